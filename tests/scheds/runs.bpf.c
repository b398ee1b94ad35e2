// SPDX-License-Identifier: GPL-2.0
/* runs.bpf.c - writes down every run of every task: see runs.h. */
#include <scx/common.bpf.h>
#include "runs.h"

char _license[] SEC("license") = "GPL";

#define MAX_RT_PRIO 100
#define PF_IDLE	    0x00000002
#define PF_EXITING  0x00000004

struct run runs[RUNS_MAX];
unsigned int nr_runs;

static struct run now_on[RUNS_MAX_CPUS];

/* Idle, of a higher class, or put on its CPU by the class itself: docs/class.md. */
static bool is_outside(const struct task_struct *p)
{
	return p->flags & (PF_IDLE | PF_EXITING) || p->prio < MAX_RT_PRIO || p->migration_disabled;
}

static void write_down(const struct run *run)
{
	u32 i = __sync_fetch_and_add(&nr_runs, 1);
	struct run *slot = ARRAY_ELEM_PTR(runs, i, RUNS_MAX);

	if (slot)
		*slot = *run;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(runs_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	s32 cpu = bpf_get_smp_processor_id();
	struct run *run = ARRAY_ELEM_PTR(now_on, cpu, RUNS_MAX_CPUS);
	u64 now = bpf_ktime_get_ns();

	if (!run)
		return 0;
	run->end = now;
	if (run->begin)
		write_down(run);
	run->begin = now;
	run->cpu = cpu;
	run->pid = next->pid;
	run->cgid = is_outside(next) ? 0 : next->sched_task_group->css.cgroup->kn->id;
	return 0;
}
