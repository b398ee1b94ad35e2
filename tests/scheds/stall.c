// SPDX-License-Identifier: GPL-2.0
#include "stall.h"

#include <stdio.h>

#include "tap.h"

#include "stall.bpf.skel.h"

static struct stall_bpf *open_stall(unsigned int one_in, uint64_t ns)
{
	struct stall_bpf *stall = stall_bpf__open();

	ASSERT_TRUE(stall);
	stall->rodata->one_in = one_in;
	stall->rodata->stall_ns = ns;
	return stall;
}

/* With @prog, and none of the others. */
static void start_stall(struct stall_bpf *stall, struct bpf_program *prog)
{
	bpf_program__set_autoload(prog, true);
	ASSERT_EQ(stall_bpf__load(stall), 0);
	ASSERT_EQ(stall_bpf__attach(stall), 0);
}

struct stall_bpf *stall_stores(const char *map, unsigned int one_in, uint64_t ns)
{
	struct stall_bpf *stall = open_stall(one_in, ns);

	snprintf(stall->rodata->map_name, sizeof(stall->rodata->map_name), "%s", map);
	start_stall(stall, stall->progs.stall_store);
	return stall;
}

struct stall_bpf *stall_inserts(unsigned int one_in, uint64_t ns)
{
	struct stall_bpf *stall = open_stall(one_in, ns);

	start_stall(stall, stall->progs.stall_insert);
	return stall;
}

bool stalled_insert(const struct stall_bpf *stall, pid_t *ret_pid, int *ret_cpu)
{
	*ret_pid = __atomic_load_n(&stall->bss->stalled_pid, __ATOMIC_ACQUIRE);
	*ret_cpu = stall->bss->stalled_cpu;
	return *ret_pid;
}

void stall_stop(struct stall_bpf *stall)
{
	stall_bpf__destroy(stall);
}
