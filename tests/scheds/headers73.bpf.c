// SPDX-License-Identifier: GPL-2.0
/* What scheds/include/scx promises of a kernel on which scx_bpf_cpu_rq() is gone. */
#define scx_bpf_cpu_rq scx_bpf_cpu_rq_gone
#include <scx/common.bpf.h>

char _license[] SEC("license") = "GPL";

s32 cpu;
u64 clock_task, clock_pelt;

SEC("syscall")
int clocks(void *ctx)
{
	clock_task = scx_clock_task(cpu);
	clock_pelt = scx_clock_pelt(cpu);
	return 0;
}
