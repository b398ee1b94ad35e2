// SPDX-License-Identifier: GPL-2.0
#include "stall.h"

#include <stdio.h>

#include "tap.h"

#include "stall.bpf.skel.h"

struct stall_bpf *stall_start(const char *map, unsigned int one_in, uint64_t ns)
{
	struct stall_bpf *stall = stall_bpf__open();

	ASSERT_TRUE(stall);
	snprintf(stall->rodata->map_name, sizeof(stall->rodata->map_name), "%s", map);
	stall->rodata->one_in = one_in;
	stall->rodata->stall_ns = ns;
	ASSERT_EQ(stall_bpf__load(stall), 0);
	ASSERT_EQ(stall_bpf__attach(stall), 0);
	return stall;
}

void stall_stop(struct stall_bpf *stall)
{
	stall_bpf__destroy(stall);
}
