// SPDX-License-Identifier: GPL-2.0
/*
 * busted - a scheduler that works, and the ways in which to break it.
 *
 * Whole, it is FIFO: a wakeup that finds an idle CPU runs there, everybody else waits in one
 * queue. The driver replaces callbacks by variants (BPF_STRUCT_OPS_VARIANT) before it loads
 * the scheduler. Some variants are just another way to be right, for loading and unloading
 * with tasks in other places:
 *
 *	vtime	the queue is in the order of vtime
 *	held	the BPF side keeps the tasks, and inserts them when a CPU asks
 *	local	every task waits where it woke up
 *
 * All others do one thing wrong. They do it from the moment that the driver sets @armed,
 * so that there is a scheduler in charge of a loaded machine to go wrong, and count in
 * @nr_misdeeds how often they did it.
 */
#include <scx/common.bpf.h>
#include "busted.h"

char _license[] SEC("license") = "GPL";

UEI_DEFINE(uei);

/* Set by the driver before loading. */
const volatile s32 bad_cpu; /* what select_cpu_bad() returns */
const volatile s32 bad_ret; /* what init_bad(), init_task_bad() and cgroup_init_bad() return */
const volatile s32 victim_pid; /* a task to treat badly */
const volatile s32 victim_tgid; /* a process to treat badly */
const volatile u64 victim_cgid; /* a cgroup to treat badly */
const volatile s32 nr_cpus;

/* Set by the driver at any time. */
volatile bool armed;
volatile bool hold; /* keeps init_held() from returning */

/* Read by the driver. */
u64 nr_misdeeds;
volatile bool in_init; /* init_held() runs */
struct busted_count counts[NR_BUSTED_PAIRS];

#define BEGIN(name) __sync_fetch_and_add(&counts[PAIR_##name].begun, 1)
#define END(name) __sync_fetch_and_add(&counts[PAIR_##name].ended, 1)

static bool misbehave(void)
{
	if (!armed)
		return false;
	__sync_fetch_and_add(&nr_misdeeds, 1);
	return true;
}

/*
 * Whole
 */

s32 BPF_STRUCT_OPS(busted_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool is_idle = false;
	s32 cpu;

	cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &is_idle);
	if (is_idle)
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, BUSTED_SLICE, 0);
	return cpu;
}

void BPF_STRUCT_OPS(busted_enqueue, struct task_struct *p, u64 enq_flags)
{
	BEGIN(custody);
	scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, enq_flags);
}

void BPF_STRUCT_OPS(busted_dispatch, s32 cpu, struct task_struct *prev)
{
	scx_bpf_dsq_move_to_local(BUSTED_DSQ);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(busted_init)
{
	return scx_bpf_create_dsq(BUSTED_DSQ, -1);
}

void BPF_STRUCT_OPS(busted_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

/* Whole, the vtime variant. Everybody is charged the same for a turn. */

void BPF_STRUCT_OPS_VARIANT(enqueue_vtime, struct task_struct *p, u64 enq_flags)
{
	BEGIN(custody);
	scx_bpf_dsq_insert_vtime(p, BUSTED_DSQ, BUSTED_SLICE, p->scx.dsq_vtime, enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(running_vtime, struct task_struct *p)
{
	BEGIN(running);
	p->scx.dsq_vtime++;
}

/* Whole, the held variant. */

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, BUSTED_MAX_HELD);
	__type(value, s32);
} held SEC(".maps");

void BPF_STRUCT_OPS_VARIANT(enqueue_held, struct task_struct *p, u64 enq_flags)
{
	s32 pid = p->pid;

	BEGIN(custody);
	if (bpf_map_push_elem(&held, &pid, 0))
		scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, enq_flags);
}

/*
 * Insert those that have waited longest, each into the queue that @dsq_of tells.
 * Some are not there any more, or are there a second time; the class drops the
 * insert of a task that is not ours.
 */
static __always_inline void insert_held(u64 (*dsq_of)(struct task_struct *p))
{
	struct task_struct *p;
	s32 i, pid;

	bpf_for(i, 0, BUSTED_MAX_BATCH) {
		if (bpf_map_pop_elem(&held, &pid))
			break;
		p = bpf_task_from_pid(pid);
		if (!p)
			continue;
		scx_bpf_dsq_insert(p, dsq_of(p), BUSTED_SLICE, 0);
		bpf_task_release(p);
	}
	scx_bpf_dsq_move_to_local(BUSTED_DSQ);
}

static u64 right_dsq(struct task_struct *p)
{
	return BUSTED_DSQ;
}

void BPF_STRUCT_OPS_VARIANT(dispatch_held, s32 cpu, struct task_struct *prev)
{
	insert_held(right_dsq);
}

/* Whole, the local variant. */

void BPF_STRUCT_OPS_VARIANT(enqueue_local, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, BUSTED_SLICE, enq_flags);
}

/* Whole, and not disturbed by CPUs that come and go. */

void BPF_STRUCT_OPS_VARIANT(cpu_online_any, s32 cpu) {}

void BPF_STRUCT_OPS_VARIANT(cpu_offline_any, s32 cpu) {}

/* Whole, and counting what begins and ends. */

s32 BPF_STRUCT_OPS_VARIANT(init_task_count, struct task_struct *p, struct scx_init_task_args *args)
{
	BEGIN(known);
	return 0;
}

void BPF_STRUCT_OPS_VARIANT(exit_task_count, struct task_struct *p, struct scx_exit_task_args *args)
{
	END(known);
}

void BPF_STRUCT_OPS_VARIANT(enable_count, struct task_struct *p)
{
	BEGIN(enabled);
}

void BPF_STRUCT_OPS_VARIANT(disable_count, struct task_struct *p)
{
	END(enabled);
}

void BPF_STRUCT_OPS_VARIANT(runnable_count, struct task_struct *p, u64 enq_flags)
{
	BEGIN(runnable);
}

void BPF_STRUCT_OPS_VARIANT(quiescent_count, struct task_struct *p, u64 deq_flags)
{
	END(runnable);
}

void BPF_STRUCT_OPS_VARIANT(running_count, struct task_struct *p)
{
	BEGIN(running);
}

void BPF_STRUCT_OPS_VARIANT(stopping_count, struct task_struct *p, bool runnable)
{
	END(running);
}

void BPF_STRUCT_OPS_VARIANT(dequeue_count, struct task_struct *p, u64 deq_flags)
{
	END(custody);
}

s32 BPF_STRUCT_OPS_VARIANT(cgroup_init_count, struct cgroup *cgrp,
			   struct scx_cgroup_init_args *args)
{
	BEGIN(cgroup);
	return 0;
}

void BPF_STRUCT_OPS_VARIANT(cgroup_exit_count, struct cgroup *cgrp)
{
	END(cgroup);
}

s32 BPF_STRUCT_OPS_VARIANT(cgroup_prep_move_count, struct task_struct *p, struct cgroup *from,
			   struct cgroup *to)
{
	BEGIN(move);
	return 0;
}

void BPF_STRUCT_OPS_VARIANT(cgroup_move_count, struct task_struct *p, struct cgroup *from,
			    struct cgroup *to)
{
	END(move);
}

void BPF_STRUCT_OPS_VARIANT(cgroup_cancel_move_count, struct task_struct *p, struct cgroup *from,
			    struct cgroup *to)
{
	END(move);
}

/* Whole, and gives up what waits on a CPU that a higher class takes. */

void BPF_STRUCT_OPS_VARIANT(cpu_release_reenqueue, s32 cpu, struct scx_cpu_release_args *args)
{
	scx_bpf_reenqueue_local();
}

/*
 * Busted: CPUs
 */

s32 BPF_STRUCT_OPS_VARIANT(select_cpu_bad, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return misbehave() ? bad_cpu : prev_cpu;
}

void BPF_STRUCT_OPS_VARIANT(tick_kick_bad_cpu, struct task_struct *p)
{
	if (misbehave())
		scx_bpf_kick_cpu(BUSTED_NO_CPU, 0);
}

void BPF_STRUCT_OPS_VARIANT(tick_kick_bad_flags, struct task_struct *p)
{
	if (misbehave())
		scx_bpf_kick_cpu(0, SCX_KICK_IDLE | SCX_KICK_PREEMPT);
}

/*
 * Busted: queues that a task is inserted into, directly or out of the hands of
 * the held variant
 */

/* A CPU that the task's affinity excludes, if there is one. */
static u64 dsq_against_affinity(struct task_struct *p)
{
	s32 cpu = bpf_cpumask_first_zero(p->cpus_ptr);

	if (cpu >= nr_cpus || is_migration_disabled(p) || !misbehave())
		return BUSTED_DSQ;
	return SCX_DSQ_LOCAL_ON | cpu;
}

/*
 * The last CPU, which the driver has taken away. This is no error, as the
 * scheduler may not know it yet; the class counts it in the event
 * SCX_EV_DISPATCH_LOCAL_DSQ_OFFLINE.
 */
static u64 dsq_of_offline_cpu(struct task_struct *p)
{
	s32 cpu = nr_cpus - 1;

	if (!bpf_cpumask_test_cpu(cpu, p->cpus_ptr) || is_migration_disabled(p) || !misbehave())
		return BUSTED_DSQ;
	return SCX_DSQ_LOCAL_ON | cpu;
}

static u64 missing_dsq(struct task_struct *p)
{
	return misbehave() ? BUSTED_NO_DSQ : BUSTED_DSQ;
}

void BPF_STRUCT_OPS_VARIANT(enqueue_against_affinity, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, dsq_against_affinity(p), BUSTED_SLICE, enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(dispatch_against_affinity, s32 cpu, struct task_struct *prev)
{
	insert_held(dsq_against_affinity);
}

void BPF_STRUCT_OPS_VARIANT(enqueue_to_offline, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, dsq_of_offline_cpu(p), BUSTED_SLICE, enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(dispatch_to_offline, s32 cpu, struct task_struct *prev)
{
	insert_held(dsq_of_offline_cpu);
}

void BPF_STRUCT_OPS_VARIANT(enqueue_to_no_dsq, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, missing_dsq(p), BUSTED_SLICE, enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(dispatch_to_no_dsq, s32 cpu, struct task_struct *prev)
{
	insert_held(missing_dsq);
}

/*
 * Busted: queues
 */

void BPF_STRUCT_OPS_VARIANT(dispatch_from_no_dsq, s32 cpu, struct task_struct *prev)
{
	scx_bpf_dsq_move_to_local(misbehave() ? BUSTED_NO_DSQ : BUSTED_DSQ);
}

void BPF_STRUCT_OPS_VARIANT(enqueue_fifo_among_vtime, struct task_struct *p, u64 enq_flags)
{
	if (misbehave())
		scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, enq_flags);
	else
		scx_bpf_dsq_insert_vtime(p, BUSTED_DSQ, BUSTED_SLICE, 0, enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(enqueue_vtime_among_fifo, struct task_struct *p, u64 enq_flags)
{
	if (misbehave())
		scx_bpf_dsq_insert_vtime(p, BUSTED_DSQ, BUSTED_SLICE, 0, enq_flags);
	else
		scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(enqueue_vtime_to_local, struct task_struct *p, u64 enq_flags)
{
	if (misbehave())
		scx_bpf_dsq_insert_vtime(p, SCX_DSQ_LOCAL, BUSTED_SLICE, 0, enq_flags);
	else
		scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(tick_destroy_full_dsq, struct task_struct *p)
{
	if (armed && scx_bpf_dsq_nr_queued(BUSTED_DSQ) > 0 && misbehave())
		scx_bpf_destroy_dsq(BUSTED_DSQ);
}

/*
 * Busted: inserts
 */

void BPF_STRUCT_OPS_VARIANT(enqueue_twice, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, enq_flags);
	if (misbehave())
		scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, BUSTED_SLICE, enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(enqueue_other_task, struct task_struct *p, u64 enq_flags)
{
	struct task_struct *waker = bpf_get_current_task_btf();

	scx_bpf_dsq_insert(waker->pid != p->pid && misbehave() ? waker : p, BUSTED_DSQ,
			   BUSTED_SLICE, enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(enqueue_bad_flags, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, misbehave() ? 1ULL << 60 : enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(enqueue_immed_to_user_dsq, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, misbehave() ? SCX_ENQ_IMMED : enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(dispatch_too_much, s32 cpu, struct task_struct *prev)
{
	s32 i;

	if (prev && misbehave()) {
		bpf_for(i, 0, BUSTED_MAX_BATCH + 1)
			scx_bpf_dsq_insert(prev, SCX_DSQ_GLOBAL, BUSTED_SLICE, 0);
	}
	scx_bpf_dsq_move_to_local(BUSTED_DSQ);
}

void BPF_STRUCT_OPS_VARIANT(dispatch_cancel_nothing, s32 cpu, struct task_struct *prev)
{
	scx_bpf_dsq_move_to_local(BUSTED_DSQ);
	if (misbehave())
		scx_bpf_dispatch_cancel();
}

/*
 * Busted: loops
 */

/* The victim is in a queue, running or asleep, but never in our hands: every insert is stale. */
void BPF_STRUCT_OPS_VARIANT(dispatch_stale_for_ever, s32 cpu, struct task_struct *prev)
{
	struct task_struct *p;

	if (!misbehave()) {
		scx_bpf_dsq_move_to_local(BUSTED_DSQ);
		return;
	}
	p = bpf_task_from_pid(victim_pid);
	if (p) {
		scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, 0);
		bpf_task_release(p);
	}
}

static void kick_everybody(void)
{
	s32 cpu;

	if (!misbehave())
		return;
	bpf_for(cpu, 0, nr_cpus)
		scx_bpf_kick_cpu(cpu, SCX_KICK_PREEMPT | SCX_KICK_WAIT);
}

void BPF_STRUCT_OPS_VARIANT(tick_kick_all, struct task_struct *p)
{
	kick_everybody();
}

void BPF_STRUCT_OPS_VARIANT(enqueue_kick_all, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, enq_flags);
	if (enq_flags & SCX_ENQ_WAKEUP)
		kick_everybody();
}

/* As everybody who runs is kicked by the next who does, nobody gets anywhere. */
void BPF_STRUCT_OPS_VARIANT(running_kick_all, struct task_struct *p)
{
	BEGIN(running);
	kick_everybody();
}

/* The CPU's queue is re-enqueued, and what comes back asks for the next time. */
void BPF_STRUCT_OPS_VARIANT(enqueue_reenq_for_ever, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, BUSTED_SLICE, 0);
	if (misbehave())
		scx_bpf_dsq_reenq(SCX_DSQ_LOCAL, 0);
}

/* A promise that cannot be kept on a busy CPU, made again each time it was broken. */
void BPF_STRUCT_OPS_VARIANT(enqueue_immed_for_ever, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, BUSTED_SLICE, misbehave() ? SCX_ENQ_IMMED : 0);
}

/*
 * Busted: starvation
 */

static bool is_victim(struct task_struct *p)
{
	return p->pid == victim_pid || p->tgid == victim_tgid;
}

s32 BPF_STRUCT_OPS_VARIANT(select_cpu_forget_victim, struct task_struct *p, s32 prev_cpu,
			   u64 wake_flags)
{
	return prev_cpu;
}

void BPF_STRUCT_OPS_VARIANT(enqueue_forget_victim, struct task_struct *p, u64 enq_flags)
{
	if (!is_victim(p) || !misbehave())
		scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, enq_flags);
}

void BPF_STRUCT_OPS_VARIANT(dispatch_nothing, s32 cpu, struct task_struct *prev)
{
	if (!misbehave())
		scx_bpf_dsq_move_to_local(BUSTED_DSQ);
}

/*
 * Busted: refusals
 */

s32 BPF_STRUCT_OPS_VARIANT(init_bad)
{
	__sync_fetch_and_add(&nr_misdeeds, 1);
	return bad_ret;
}

s32 BPF_STRUCT_OPS_VARIANT(init_task_bad, struct task_struct *p, struct scx_init_task_args *args)
{
	if (p->pid != victim_pid)
		return 0;
	__sync_fetch_and_add(&nr_misdeeds, 1);
	return bad_ret;
}

s32 BPF_STRUCT_OPS_VARIANT(init_task_no_forks, struct task_struct *p,
			   struct scx_init_task_args *args)
{
	struct task_struct *parent = bpf_get_current_task_btf();

	if (!args->fork || parent->tgid != victim_tgid || !misbehave())
		return 0;
	return bad_ret;
}

s32 BPF_STRUCT_OPS_VARIANT(cgroup_init_bad, struct cgroup *cgrp, struct scx_cgroup_init_args *args)
{
	if (victim_cgid ? cgrp->kn->id != victim_cgid : !armed)
		return 0;
	__sync_fetch_and_add(&nr_misdeeds, 1);
	return bad_ret;
}

/*
 * A long way to get ready. A program cannot sleep for as long as it likes, so this one stays
 * where it is, preemptible, until the driver lets it go; at most some minutes.
 */
SEC("?struct_ops.s/init_held")
s32 BPF_PROG(init_held)
{
	s32 i, ret = scx_bpf_create_dsq(BUSTED_DSQ, -1);

	in_init = true;
	bpf_for(i, 0, 1 << 23) {
		s32 j;

		if (!hold)
			break;
		bpf_for(j, 0, 1 << 10)
			if (!hold)
				break;
	}
	in_init = false;
	return ret;
}

/*
 * Busted: the wrong context, seen when the program is loaded
 */

void BPF_STRUCT_OPS_VARIANT(enqueue_that_moves, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, enq_flags);
	scx_bpf_dsq_move_to_local(BUSTED_DSQ);
}

void BPF_STRUCT_OPS_VARIANT(running_that_inserts, struct task_struct *p)
{
	scx_bpf_dsq_insert(p, BUSTED_DSQ, BUSTED_SLICE, 0);
}

s32 BPF_STRUCT_OPS_VARIANT(init_that_dispatches)
{
	return scx_bpf_dispatch_nr_slots();
}

void BPF_STRUCT_OPS_VARIANT(tick_that_reenqueues, struct task_struct *p)
{
	scx_bpf_reenqueue_local();
}

SCX_OPS_DEFINE(busted_ops, .select_cpu = (void *)busted_select_cpu,
	       .enqueue = (void *)busted_enqueue, .dispatch = (void *)busted_dispatch,
	       .init = (void *)busted_init, .exit = (void *)busted_exit,
	       .dispatch_max_batch = BUSTED_MAX_BATCH, .name = "busted");
