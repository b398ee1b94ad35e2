// SPDX-License-Identifier: GPL-2.0
/*
 * pair - core scheduling by hand: the two CPUs of a pair only ever run tasks of
 * one cgroup at a time.
 *
 * Each cgroup has a FIFO of tasks, and a round robin list holds the cgroups that
 * have some. A pair of CPUs serves one cgroup for a batch, one slice long. At its
 * end the pair drains: neither CPU takes another task until both have given up
 * the one they have. The last to do so chooses the next cgroup and kicks the
 * other.
 *
 *	active		CPUs of the pair that run a task of the cgroup
 *	draining	nobody may become active until active is empty, and then
 *			only with a new cgroup
 *	preempted	CPUs that a higher class has taken. While one is, the
 *			pair doesn't start a batch. When a CPU is taken the other
 *			one is kicked and waited for, so no task of the cgroup
 *			runs beside what took it; and the task that lost it is
 *			queued anew, or it would go on in the next batch.
 *
 * The lock of a pair guards all of that. A task is inserted into the local queue
 * of the CPU that took it: from the global queue any CPU of any pair might take
 * it. One that may not run on that CPU is queued again.
 *
 * Outside the rule are tasks that the class does not ask about: those that exit,
 * those that ran when the scheduler was loaded, and those of higher classes.
 *
 * Shows: exclusion between CPUs, by kicks that wait and by cpu_release. Slow on
 * purpose: half of the machine idles at each hand-over, and a cgroup with one
 * task leaves the other CPU idle.
 */
#include <scx/common.bpf.h>
#include <scx/counters.h>
#include "pair.h"

char _license[] SEC("license") = "GPL";

UEI_DEFINE(uei);
DEFINE_COUNTERS(NR_PAIR_COUNTERS);

#include "pair_fifo.bpf.h"

const volatile u32 nr_cpu_ids;

/* Of each CPU: the other one of its pair, the pair, and which of it this is. */
const volatile s32 RESIZABLE_ARRAY(rodata, pair_cpu);
const volatile u32 RESIZABLE_ARRAY(rodata, pair_id);
const volatile u32 RESIZABLE_ARRAY(rodata, in_pair_idx);

struct pair_ctx {
	struct bpf_spin_lock lock;
	u64 cgid;		/* the cgroup being served */
	u64 started_at;		/* when its batch began */
	bool draining;
	u32 active;		/* bit masks of in_pair_idx */
	u32 preempted;
};

/* The loader gives it an entry for each pair. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct pair_ctx);
} pairs SEC(".maps");

/* What a CPU knows of its pair. */
struct place {
	struct pair_ctx *pair;
	u32 mask;		/* its own bit */
	s32 other;		/* the other CPU */
	bool started;		/* this CPU has chosen the cgroup just now */
	bool other_wanted;	/* it met a task for the other CPU */
};

static bool find_place(s32 cpu, struct place *place)
{
	const volatile u32 *id, *idx;
	const volatile s32 *other;
	u32 key;

	id = ARRAY_ELEM_PTR(pair_id, (u32)cpu, nr_cpu_ids);
	idx = ARRAY_ELEM_PTR(in_pair_idx, (u32)cpu, nr_cpu_ids);
	other = ARRAY_ELEM_PTR(pair_cpu, (u32)cpu, nr_cpu_ids);
	if (id && idx && other) {
		key = *id;
		place->pair = bpf_map_lookup_elem(&pairs, &key);
		place->mask = 1 << *idx;
		place->other = *other;
		place->started = false;
		place->other_wanted = false;
		if (place->pair)
			return true;
	}
	scx_bpf_error("CPU %d is in no pair", cpu);
	return false;
}

/*
 * Kick @cpu off its task and wait until it is. Kernels before 7.1 (which brings
 * scx_bpf_dsq_reenq()) wait with interrupts off, and hang if @cpu waits for this
 * one in an interprocessor call; there the kick has to do.
 */
#define KICK_AND_WAIT \
	(__COMPAT_has_dsq_reenq() ? SCX_KICK_PREEMPT | SCX_KICK_WAIT : SCX_KICK_PREEMPT)

static void kick_other(s32 cpu, u64 flags)
{
	count(PAIR_KICKS);
	scx_bpf_kick_cpu(cpu, flags);
}

/* An idle CPU is woken to ask for a task; nobody gets one past dispatch. */
s32 BPF_STRUCT_OPS(pair_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool is_idle;

	return scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &is_idle);
}

void BPF_STRUCT_OPS(pair_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct cgroup *cgrp = scx_bpf_task_cgroup(p);
	u64 cgid = cgrp->kn->id;

	bpf_cgroup_release(cgrp);
	count(PAIR_TOTAL);
	fifo_push(p, cgid, 0);

	/*
	 * Dispatch found nothing while this task was not queued yet, and its CPU
	 * goes idle now. Nobody else might wake it.
	 */
	if (enq_flags & SCX_ENQ_LAST)
		scx_bpf_kick_cpu(scx_bpf_task_cpu(p), SCX_KICK_IDLE);
}

enum step {
	STEP_DONE,		/* a task was dispatched, or there is none */
	STEP_AGAIN,		/* the cgroup had none after all */
	STEP_MISMATCH,		/* the task may not run here; try another */
};

/* Tasks that may not run here which a dispatch looks past before it gives up. */
#define MAX_MISMATCHES 32

/*
 * The batch is over and the pair drained as far as this CPU knows: choose the
 * next cgroup. Returns whether the pair has one now, ours or another's choice.
 */
static bool start_batch(struct place *place, u64 now)
{
	struct pair_ctx *pair = place->pair;
	u64 cgid = next_cgrp();
	bool started = false, draining;

	if (!cgid) {
		count(PAIR_EXP_EMPTY);
		return false;
	}

	bpf_spin_lock(&pair->lock);
	if (pair->draining && !pair->active && !pair->preempted) {
		pair->cgid = cgid;
		pair->started_at = now;
		pair->draining = false;
		started = true;
	}
	draining = pair->draining;
	bpf_spin_unlock(&pair->lock);

	place->started |= started;
	count(started ? PAIR_CGRP_NEXT : PAIR_CGRP_COLL);
	return !draining;
}

/*
 * The pair's cgroup, with @place's CPU active for it. 0 if there is none now: the
 * other CPU has to give up its task first, or there is nothing to do.
 */
static u64 join_batch(struct place *place, u64 now)
{
	struct pair_ctx *pair = place->pair;
	bool expired, over, wait, preempted;
	u64 cgid = 0;

	bpf_spin_lock(&pair->lock);
	pair->active &= ~place->mask;
	expired = time_before(pair->started_at + SCX_SLICE_DFL, now);
	if (expired)
		pair->draining = true;
	over = pair->draining;
	preempted = pair->preempted;
	wait = pair->active || preempted;
	bpf_spin_unlock(&pair->lock);

	if (over) {
		count(PAIR_EXPS);
		if (wait) {
			count(PAIR_EXP_WAITS);
			if (expired && !preempted)
				kick_other(place->other, SCX_KICK_PREEMPT);
			return 0;
		}
		if (!start_batch(place, now))
			return 0;
	}

	bpf_spin_lock(&pair->lock);
	if (!pair->draining) {
		pair->active |= place->mask;
		cgid = pair->cgid;
	}
	bpf_spin_unlock(&pair->lock);
	return cgid;
}

/* This CPU has no use for the pair's cgroup; let the pair have another. */
static void leave_batch(struct place *place)
{
	struct pair_ctx *pair = place->pair;

	bpf_spin_lock(&pair->lock);
	pair->active &= ~place->mask;
	pair->draining = true;
	bpf_spin_unlock(&pair->lock);
}

/* Give this CPU @p, which was popped with @ticket. */
static enum step give(struct task_struct *p, u64 ticket)
{
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, SCX_SLICE_DFL, 0);
	/* Queued anew in the meantime, it would be that task, maybe of another cgroup, that goes. */
	if (!fifo_is_latest(p, ticket)) {
		scx_bpf_dispatch_cancel();
		count(PAIR_MISSING);
		return STEP_AGAIN;
	}
	count(PAIR_DISPATCHED);
	return STEP_DONE;
}

/*
 * Queue again what can't run here, and tell a CPU where it can. The other CPU of
 * the pair is told only when this one has left the batch; until then it would
 * have to wait.
 */
static enum step requeue(struct task_struct *p, u64 cgid, u64 ticket, struct place *place)
{
	s32 cpu = scx_bpf_task_cpu(p);

	count(PAIR_MISMATCHES);
	fifo_push(p, cgid, ticket);
	if (!bpf_cpumask_test_cpu(cpu, p->cpus_ptr))
		cpu = bpf_cpumask_any_distribute(p->cpus_ptr);
	if (cpu == place->other)
		place->other_wanted = true;
	else
		scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
	return STEP_MISMATCH;
}

/* Dispatch a task of the pair's cgroup to @cpu, or say what to do next. */
static enum step try_dispatch(s32 cpu, struct place *place)
{
	struct task_struct *p;
	struct cgrp_ctx *cgrp;
	u64 cgid, slot = 0, ticket = 0;
	enum step step;

	cgid = join_batch(place, scx_bpf_now());
	if (!cgid)
		return STEP_DONE;

	cgrp = find_cgrp(cgid, &slot);
	if (!cgrp || !fifo_claim(cgrp)) {
		count(PAIR_CGRP_EMPTY);
		leave_batch(place);
		return STEP_AGAIN;
	}
	p = fifo_pop(cgrp, slot, &ticket);
	if (!p) {
		count(PAIR_MISSING);
		return STEP_AGAIN;
	}
	if (task_may_run_on(p, cpu))
		step = give(p, ticket);
	else
		step = requeue(p, cgid, ticket, place);
	bpf_task_release(p);
	return step;
}

void BPF_STRUCT_OPS(pair_dispatch, s32 cpu, struct task_struct *prev)
{
	enum step step = STEP_DONE;
	u32 mismatches = 0;
	struct place place;

	if (!find_place(cpu, &place))
		return;
	bpf_repeat(PAIR_MAX_CGROUPS) {
		step = try_dispatch(cpu, &place);
		if (step == STEP_DONE)
			break;
		if (step == STEP_AGAIN)
			continue;
		if (++mismatches == MAX_MISMATCHES)
			break;
	}
	if (step == STEP_MISMATCH)
		leave_batch(&place);

	/*
	 * The other CPU may join the batch, if there is one: two CPUs that find
	 * only tasks that neither may run would go on kicking each other.
	 */
	if (place.other_wanted || (place.started && step == STEP_DONE))
		kick_other(place.other, 0);
}

void BPF_STRUCT_OPS(pair_cpu_acquire, s32 cpu, struct scx_cpu_acquire_args *args)
{
	struct place place;
	u32 preempted;

	if (!find_place(cpu, &place))
		return;
	bpf_spin_lock(&place.pair->lock);
	place.pair->preempted &= ~place.mask;
	preempted = place.pair->preempted;
	bpf_spin_unlock(&place.pair->lock);

	if (!preempted)
		kick_other(place.other, SCX_KICK_PREEMPT);
}

void BPF_STRUCT_OPS(pair_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	struct place place;
	u32 active;

	if (!find_place(cpu, &place))
		return;
	bpf_spin_lock(&place.pair->lock);
	place.pair->preempted |= place.mask;
	place.pair->active &= ~place.mask;
	place.pair->draining = true;
	active = place.pair->active;
	bpf_spin_unlock(&place.pair->lock);

	count(PAIR_PREEMPTIONS);
	/* What was preempted waits in the local queue, from where it would go on unasked. */
	scx_bpf_reenqueue_local();
	if (active)
		kick_other(place.other, KICK_AND_WAIT);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(pair_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	if (!bpf_task_storage_get(&task_ctxs, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE))
		return -ENOMEM;
	return 0;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(pair_cgroup_init, struct cgroup *cgrp,
			     struct scx_cgroup_init_args *args)
{
	return cgrp_open(cgrp->kn->id);
}

void BPF_STRUCT_OPS_SLEEPABLE(pair_cgroup_exit, struct cgroup *cgrp)
{
	cgrp_close(cgrp->kn->id);
}

/* If it runs it would go on, beside whatever its old cgroup shares the pair with. */
void BPF_STRUCT_OPS(pair_cgroup_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	if (scx_bpf_task_running(p))
		scx_bpf_kick_cpu(scx_bpf_task_cpu(p), SCX_KICK_PREEMPT);
}

void BPF_STRUCT_OPS_SLEEPABLE(pair_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

SCX_OPS_DEFINE(pair_ops, .select_cpu = (void *)pair_select_cpu, .enqueue = (void *)pair_enqueue,
	       .dispatch = (void *)pair_dispatch, .cpu_acquire = (void *)pair_cpu_acquire,
	       .cpu_release = (void *)pair_cpu_release, .init_task = (void *)pair_init_task,
	       .cgroup_init = (void *)pair_cgroup_init, .cgroup_exit = (void *)pair_cgroup_exit,
	       .cgroup_move = (void *)pair_cgroup_move, .exit = (void *)pair_exit,
	       .flags = SCX_OPS_ENQ_LAST, .name = "pair");
