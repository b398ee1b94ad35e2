// SPDX-License-Identifier: GPL-2.0
/*
 * simple - one queue for the whole machine, in the order of weighted vtime.
 *
 * A wakeup that finds an idle CPU runs there at once. Every other task waits in
 * one shared dispatch queue, from which each CPU takes the first task when it
 * has nothing to run. The order is that of virtual time: a task's advances by
 * the CPU time it used, divided by its weight, so over time tasks get CPU in
 * proportion to their weights. A task that slept may be at most one slice
 * behind the others, so that it can't catch up on all it missed.
 *
 * The FIFO variant takes tasks in the order in which they came. It needs no
 * vtime, so the loader leaves those callbacks out.
 *
 * Shows: how little a useful scheduler needs. Good for one socket whose CPUs
 * share a cache. Bad for many CPUs (they all take one lock), for machines of
 * several caches or nodes (tasks move without regard to them), and in FIFO mode
 * for anything interactive beside CPU hogs.
 */
#include <scx/common.bpf.h>
#include <scx/counters.h>
#include "simple.h"

char _license[] SEC("license") = "GPL";

#define SHARED_DSQ 0

UEI_DEFINE(uei);
DEFINE_COUNTERS(NR_SIMPLE_COUNTERS);

/*
 * The furthest vtime of any task that has started to run. Written without a
 * lock: two CPUs may race, and one update be lost until the next.
 */
static u64 vtime_now;

s32 BPF_STRUCT_OPS(simple_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool is_idle = false;
	s32 cpu;

	cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &is_idle);
	if (is_idle) {
		count(SIMPLE_LOCAL);
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, SCX_SLICE_DFL, 0);
	}
	return cpu;
}

void BPF_STRUCT_OPS(simple_enqueue, struct task_struct *p, u64 enq_flags)
{
	u64 vtime = p->scx.dsq_vtime;
	u64 floor = vtime_now - SCX_SLICE_DFL;

	count(SIMPLE_GLOBAL);
	if (time_before(vtime, floor))
		vtime = floor;
	scx_bpf_dsq_insert_vtime(p, SHARED_DSQ, SCX_SLICE_DFL, vtime, enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(simple_enqueue_fifo, struct task_struct *p, u64 enq_flags)
{
	count(SIMPLE_GLOBAL);
	scx_bpf_dsq_insert(p, SHARED_DSQ, SCX_SLICE_DFL, enq_flags);
}

/*
 * vtime of @p with what it has used of its slice. A task that yields has its slice
 * zeroed and so is charged all of it.
 */
static u64 charged_vtime(const struct task_struct *p)
{
	u64 used = SCX_SLICE_DFL - p->scx.slice;

	return p->scx.dsq_vtime + scale_by_task_weight_inverse(p, used);
}

static void advance_vtime_now(u64 vtime)
{
	if (time_before(vtime_now, vtime))
		vtime_now = vtime;
}

/* Whether a task that may run on @cpu waits with at most @vtime. */
static bool someone_is_before(s32 cpu, u64 vtime)
{
	bool found = false;
	struct task_struct *p;

	bpf_for_each(scx_dsq, p, SHARED_DSQ, 0) {
		if (time_before(vtime, p->scx.dsq_vtime))
			break;
		if (bpf_cpumask_test_cpu(cpu, p->cpus_ptr)) {
			found = true;
			break;
		}
	}
	return found;
}

/* Charge @prev for its slice and give it another. */
static void renew_slice(struct task_struct *prev)
{
	prev->scx.dsq_vtime = charged_vtime(prev);
	prev->scx.slice = SCX_SLICE_DFL;
	advance_vtime_now(prev->scx.dsq_vtime);
}

/*
 * A task at the end of its slice gets another if it still is before all that wait for
 * @cpu, or if they went elsewhere. The class queues it only after dispatch has found the
 * next one; without this it could never run twice in a row, and two hogs would alternate
 * whatever their weights.
 */
void BPF_STRUCT_OPS(simple_dispatch, s32 cpu, struct task_struct *prev)
{
	bool moved = false;

	if (!prev || !(prev->scx.flags & SCX_TASK_QUEUED)) {
		scx_bpf_dsq_move_to_local(SHARED_DSQ);
		return;
	}
	if (someone_is_before(cpu, charged_vtime(prev)))
		moved = scx_bpf_dsq_move_to_local(SHARED_DSQ);
	/* a move lets others in, who may have taken prev away */
	if (!moved && (prev->scx.flags & SCX_TASK_QUEUED))
		renew_slice(prev);
}

void BPF_STRUCT_OPS_VARIANT(simple_dispatch_fifo, s32 cpu, struct task_struct *prev)
{
	scx_bpf_dsq_move_to_local(SHARED_DSQ);
}

void BPF_STRUCT_OPS(simple_running, struct task_struct *p)
{
	advance_vtime_now(p->scx.dsq_vtime);
}

/*
 * vtime is assigned rather than set through scx_bpf_task_set_dsq_vtime(), which
 * would cost a call for each context switch.
 */
void BPF_STRUCT_OPS(simple_stopping, struct task_struct *p, bool runnable)
{
	p->scx.dsq_vtime = charged_vtime(p);
}

void BPF_STRUCT_OPS(simple_enable, struct task_struct *p)
{
	p->scx.dsq_vtime = vtime_now;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(simple_init)
{
	return scx_bpf_create_dsq(SHARED_DSQ, -1);
}

void BPF_STRUCT_OPS_SLEEPABLE(simple_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

/* The vtime variant; for FIFO the loader exchanges and blanks members. */
SCX_OPS_DEFINE(simple_ops, .select_cpu = (void *)simple_select_cpu,
	       .enqueue = (void *)simple_enqueue, .dispatch = (void *)simple_dispatch,
	       .running = (void *)simple_running, .stopping = (void *)simple_stopping,
	       .enable = (void *)simple_enable, .init = (void *)simple_init,
	       .exit = (void *)simple_exit, .name = "simple");
