// SPDX-License-Identifier: GPL-2.0
/*
 * lab.bpf.c - a scheduler that does in each callback what its knobs say and writes down every
 * call. Tests use it with SCX_OPS_SWITCH_PARTIAL, so that it rules over their workers alone.
 *
 * Callbacks whose mere presence changes what the class does are variants, which a test puts into
 * the table before it loads: skel->struct_ops.ops->tick = skel->progs.lab_tick.
 */
#include "lab.bpf.h"
#include "knobs.h"
#include "lab_verbs.bpf.h"

struct knobs knobs;

/* Calls of dispatch for each CPU. */
u32 nr_dispatches[64];

/* DSQs 1 to nr_dsqs are made by init. */
const volatile u32 nr_dsqs;

/* Tasks that enqueue kept, oldest first, by pid. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1024);
	__type(value, s32);
} held SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, s32);
	__type(value, u64);
} vtimes SEC(".maps");

static u64 vtime_of(struct task_struct *p)
{
	s32 pid = p->pid;
	u64 *vtime = bpf_map_lookup_elem(&vtimes, &pid);

	return vtime ? *vtime : 0;
}

static void insert(struct task_struct *p, struct knob *knob)
{
	if (knob->how == HOW_VTIME)
		scx_bpf_dsq_insert_vtime(p, knob->dsq, knob->slice, vtime_of(p), knob->flags);
	else
		scx_bpf_dsq_insert(p, knob->dsq, knob->slice, knob->flags);
}

/* For those that came back too often. */
struct knob plainly = { .how = HOW_FIFO, .dsq = 0x8000000000000002ULL };
u32 nr_reenqueued;

static bool inserts(const struct knob *knob)
{
	return knob->how == HOW_FIFO || knob->how == HOW_VTIME;
}

s32 BPF_STRUCT_OPS(lab_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	struct knob *knob = &knobs.select_cpu;
	bool is_idle;

	JOURNAL_TASK(select_cpu, p, wake_flags, prev_cpu);
	if (inserts(knob))
		insert(p, knob);
	if (knob->how == HOW_DEFAULT)
		return scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &is_idle);
	return knob->cpu < 0 ? prev_cpu : knob->cpu;
}

/* Enough of it: whether a task that comes back has done so often enough. */
static bool reenqueued_enough(void)
{
	return knobs.reenqueue_limit && nr_reenqueued++ >= knobs.reenqueue_limit;
}

void BPF_STRUCT_OPS(lab_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct knob *knob = &knobs.enqueue;
	s32 pid = p->pid;

	JOURNAL_TASK(enqueue, p, enq_flags, scx_bpf_task_cpu(p));
	if (!(enq_flags & SCX_ENQ_WAKEUP) && knobs.requeue.how)
		knob = &knobs.requeue;
	if ((enq_flags & SCX_ENQ_REENQ) && knobs.reenqueue.how) {
		knob = &knobs.reenqueue;
		if (reenqueued_enough())
			knob = &plainly;
	}
	if ((enq_flags & SCX_ENQ_LAST) && knobs.last.how)
		knob = &knobs.last;
	if (inserts(knob))
		insert(p, knob);
	else
		bpf_map_push_elem(&held, &pid, 0);
}

void BPF_STRUCT_OPS(lab_dequeue, struct task_struct *p, u64 deq_flags)
{
	u64 dsq_id = knobs.dequeue_walks;
	u32 nr = 0;

	JOURNAL_TASK(dequeue, p, deq_flags, 0);
	if (!dsq_id)
		return;
	bpf_for_each(scx_dsq, p, dsq_id, 0)
		nr++;
	JOURNAL(note, nr, 0);
}

static void dispatch_held(struct knob *knob)
{
	struct task_struct *p;
	s32 pid;

	if (bpf_map_pop_elem(&held, &pid))
		return;
	p = bpf_task_from_pid(pid);
	if (!p)
		return;
	scx_bpf_dsq_insert(p, knob->dsq, knob->slice, knob->flags);
	bpf_task_release(p);
}

static void dispatch_iterated(struct knob *knob, bool vtime)
{
	struct task_struct *p;

	bpf_for_each(scx_dsq, p, knob->from, 0) {
		if (knob->slice)
			scx_bpf_dsq_move_set_slice(BPF_FOR_EACH_ITER, knob->slice);
		if (vtime) {
			scx_bpf_dsq_move_set_vtime(BPF_FOR_EACH_ITER, vtime_of(p));
			scx_bpf_dsq_move_vtime(BPF_FOR_EACH_ITER, p, knob->dsq, knob->flags);
		} else {
			scx_bpf_dsq_move(BPF_FOR_EACH_ITER, p, knob->dsq, knob->flags);
		}
	}
}

void BPF_STRUCT_OPS(lab_dispatch, s32 cpu, struct task_struct *prev)
{
	struct knob *knob = &knobs.dispatch;

	nr_dispatches[cpu & 63]++;
	if (knob->cpu >= 0 && knob->cpu != cpu)
		return;
	if (knob->how == HOW_CONSUME)
		scx_bpf_dsq_move_to_local(knob->dsq, knob->flags);
	else if (knob->how == HOW_HELD)
		dispatch_held(knob);
	else if (knob->how == HOW_ITERATE)
		dispatch_iterated(knob, false);
	else if (knob->how == HOW_ITERATE_VTIME)
		dispatch_iterated(knob, true);
}

void BPF_STRUCT_OPS(lab_runnable, struct task_struct *p, u64 enq_flags)
{
	JOURNAL_TASK(runnable, p, enq_flags, 0);
}

void BPF_STRUCT_OPS(lab_running, struct task_struct *p)
{
	JOURNAL_TASK(running, p, scx_bpf_task_cpu(p), p->scx.slice);
}

void BPF_STRUCT_OPS(lab_stopping, struct task_struct *p, bool runnable)
{
	JOURNAL_TASK(stopping, p, runnable, p->scx.slice);
}

void BPF_STRUCT_OPS(lab_quiescent, struct task_struct *p, u64 deq_flags)
{
	JOURNAL_TASK(quiescent, p, deq_flags, 0);
}

void BPF_STRUCT_OPS(lab_set_weight, struct task_struct *p, u32 weight)
{
	JOURNAL_TASK(set_weight, p, weight, p->scx.weight);
}

void BPF_STRUCT_OPS(lab_set_cpumask, struct task_struct *p, const struct cpumask *cpumask)
{
	/* CPUs 0-63 */
	JOURNAL_TASK(set_cpumask, p, cpumask->bits[0], p->cpus_ptr == cpumask);
}

static int fork_is_free(u32 nth, void *ctx)
{
	return !knobs.hold_fork;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(lab_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	s32 pid = args->fork ? (s32)bpf_get_current_pid_tgid() : p->pid;
	u64 cgid = bpf_core_field_exists(args->cgroup) ? args->cgroup->kn->id : 0;

	/* a task being forked has no number of its own that others know */
	JOURNAL_TASK(init_task, p, args->fork, cgid);
	if (pid == knobs.disallow_pid && args->fork == knobs.disallow_fork)
		p->scx.disallow = true;
	if (!knobs.init_task_pid || pid != knobs.init_task_pid)
		return 0;
	if (args->fork && knobs.hold_fork) {
		JOURNAL(note, p->pid, 0);
		bpf_loop(1 << 23, fork_is_free, NULL, 0);
	}
	return knobs.init_task_ret;
}

void BPF_STRUCT_OPS(lab_exit_task, struct task_struct *p, struct scx_exit_task_args *args)
{
	JOURNAL_TASK(exit_task, p, args->cancelled, 0);
}

void BPF_STRUCT_OPS(lab_enable, struct task_struct *p)
{
	JOURNAL_TASK(enable, p, 0, 0);
}

void BPF_STRUCT_OPS(lab_disable, struct task_struct *p)
{
	JOURNAL_TASK(disable, p, 0, 0);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(lab_init)
{
	s32 ret;
	u32 i;

	JOURNAL(init, 0, 0);
	bpf_for(i, 0, nr_dsqs) {
		ret = scx_bpf_create_dsq(i + 1, -1);
		if (ret)
			return ret;
	}
	return knobs.init_ret;
}

/* Variants */

void BPF_STRUCT_OPS_VARIANT(lab_tick, struct task_struct *p)
{
	JOURNAL_TASK(tick, p, 0, p->scx.slice);
	if (knobs.tick_slice_0)
		p->scx.slice = 0;
}

bool BPF_STRUCT_OPS_VARIANT(lab_yield, struct task_struct *from, struct task_struct *to)
{
	JOURNAL_TASK(yield, from, !!to, from->scx.slice);
	if (!to && !knobs.yield_keeps)
		from->scx.slice = 0;
	return false;
}

bool BPF_STRUCT_OPS_VARIANT(lab_core_sched_before, struct task_struct *a, struct task_struct *b)
{
	JOURNAL_TASK(core_sched_before, a, b->pid, 0);
	return vtime_of(a) < vtime_of(b);
}

void BPF_STRUCT_OPS_VARIANT(lab_update_idle, s32 cpu, bool idle)
{
	JOURNAL(update_idle, cpu, idle);
}

void BPF_STRUCT_OPS_VARIANT(lab_cpu_acquire, s32 cpu, struct scx_cpu_acquire_args *args)
{
	JOURNAL(cpu_acquire, cpu, (u64)args);
}

void BPF_STRUCT_OPS_VARIANT(lab_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	journal_write(J_cpu_release, args->task->pid, 0, cpu, args->reason);
	if (knobs.release_reenq)
		JOURNAL(note, scx_bpf_reenqueue_local(), cpu);
}

void BPF_STRUCT_OPS_VARIANT(lab_cpu_online, s32 cpu)
{
	JOURNAL(cpu_online, cpu, 0);
}

void BPF_STRUCT_OPS_VARIANT(lab_cpu_offline, s32 cpu)
{
	JOURNAL(cpu_offline, cpu, 0);
}

static int unload_is_free(u32 nth, void *ctx)
{
	return !knobs.hold_unload;
}

/* In the middle of an unload, with everything bypassed. It can be held there for some minutes. */
SEC("?struct_ops.s/lab_cgroup_exit")
void BPF_PROG(lab_cgroup_exit, struct cgroup *cgrp)
{
	s32 i;

	if (!knobs.hold_unload)
		return;
	JOURNAL(note, 0, 0);
	bpf_for(i, 0, 1 << 8)
		if (bpf_loop(1 << 23, unload_is_free, NULL, 0) < 1 << 23)
			break;
}

SCX_OPS_DEFINE(ops, .select_cpu = (void *)lab_select_cpu, .enqueue = (void *)lab_enqueue,
	       .dequeue = (void *)lab_dequeue, .dispatch = (void *)lab_dispatch,
	       .runnable = (void *)lab_runnable, .running = (void *)lab_running,
	       .stopping = (void *)lab_stopping, .quiescent = (void *)lab_quiescent,
	       .set_weight = (void *)lab_set_weight, .set_cpumask = (void *)lab_set_cpumask,
	       .init_task = (void *)lab_init_task, .exit_task = (void *)lab_exit_task,
	       .enable = (void *)lab_enable, .disable = (void *)lab_disable,
	       .init = (void *)lab_init, LAB_EXIT, .timeout_ms = 30000, .name = "lab");
