// SPDX-License-Identifier: GPL-2.0
#include "hold.h"

#include <bpf/bpf.h>

struct hold_bpf *hold_cpu_of(const struct worker *w, int cpu)
{
	struct hold_bpf *skel = hold_bpf__open_and_load();

	ASSERT_TRUE(skel);
	skel->bss->hold_pid = w->pid;
	do {
		LIBBPF_OPTS(bpf_test_run_opts, opts);

		pin_self(cpu);
		ASSERT_EQ(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.hold_cpu), &opts), 0);
		ASSERT_EQ(opts.retval, 0);
		pin_self(0);
		ASSERT_TRUE(WAIT_FOR(skel->bss->is_held || !skel->bss->is_armed));
	} while (!skel->bss->is_held);
	return skel;
}

void hold_end(struct hold_bpf *hold)
{
	ASSERT_TRUE(hold->bss->is_held);
	hold->bss->release = 1;
	ASSERT_TRUE(WAIT_FOR(!hold->bss->is_armed));
	hold_bpf__destroy(hold);
}
