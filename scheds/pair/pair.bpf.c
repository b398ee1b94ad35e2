// SPDX-License-Identifier: GPL-2.0
/*
 * pair - core scheduling by hand: the two CPUs of a pair only ever run tasks of
 * one cgroup at a time.
 *
 * Each cgroup has a FIFO of tasks. A pair of CPUs serves one cgroup for a batch,
 * one slice long. At its end the pair drains: neither CPU takes another task until
 * both have given up the one they have. The last to do so chooses the next cgroup
 * that has tasks, round robin, and kicks the other. Each pair goes round by itself:
 * in one list for all, it would move what it can't run behind the rest for others,
 * too.
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
 * it. One that may not run on that CPU is queued again. If a CPU finds none but
 * such, it stands aside for the other one of the pair, if that may run some; else
 * the cgroup is given up for the next.
 *
 * Outside the rule are tasks that the class does not ask about: those that exit,
 * those of higher classes, and up to the next tick those that run when the scheduler
 * is loaded or that come from a higher class.
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

#define UNSEEN (~0ULL)

struct pair_ctx {
	struct bpf_spin_lock lock;
	u64 slot;		/* of the cgroup being served */
	u64 started_at;		/* when its batch began */
	u64 seen[2];		/* tail of its FIFO when a CPU stood aside, else UNSEEN */
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

/* The search of a CPU for a task, in one dispatch. */
struct search {
	bool started;		/* it has chosen the pair's cgroup just now */
	u32 passed;		/* slots that it has gone round */
	u32 nr_stale;		/* pids that were gone or stale */

	/* what it saw of the pair's cgroup */
	u64 looking;		/* slot + 1 */
	u64 looks;		/* tasks to look at before the cgroup is given up */
	u64 seen;		/* tail, but for tasks that this CPU has queued again */
	bool other_wanted;	/* a task for the other CPU of the pair */
};

/* In a map, as the verifier would follow each count of one on the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct search);
} searches SEC(".maps");

/* What a CPU knows of its pair. */
struct place {
	struct pair_ctx *pair;
	struct search *search;	/* in dispatch */
	u32 idx;		/* which of the pair it is */
	u32 mask;		/* its own bit */
	s32 other;		/* the other CPU */
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
		place->idx = *idx & 1;
		place->mask = 1 << place->idx;
		place->other = *other;
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
	u64 slot = slot_of(cgrp->kn->id);

	bpf_cgroup_release(cgrp);
	count(PAIR_TOTAL);
	fifo_push(p, slot, 0);

	/*
	 * A wakeup sees to it that the CPU asks. What was runnable before is missed if
	 * dispatch looked while it was not queued, and its CPU goes idle now.
	 */
	if (!(enq_flags & SCX_ENQ_WAKEUP))
		scx_bpf_kick_cpu(scx_bpf_task_cpu(p), SCX_KICK_IDLE);
}

void BPF_STRUCT_OPS(pair_dequeue, struct task_struct *p, u64 deq_flags)
{
	fifo_forget(p);
}

enum step {
	STEP_GAVE,		/* a task was dispatched */
	STEP_NONE,		/* there is none for this CPU now */
	STEP_AGAIN,		/* not this one; look for another */
};

/* Steps of one dispatch, so that it ends. */
#define MAX_STEPS PAIR_MAX_CGROUPS

/*
 * The batch is over and the pair drained as far as this CPU knows: choose the
 * next cgroup. Returns whether the pair has one now, ours or another's choice.
 */
static bool start_batch(struct place *place, u64 now)
{
	struct pair_ctx *pair = place->pair;
	struct search *search = place->search;
	u64 last = READ_ONCE(pair->slot), slot = next_waiting(last);
	bool started = false, draining;

	if (slot < PAIR_MAX_CGROUPS)
		search->passed += (slot - last - 1) % PAIR_MAX_CGROUPS + 1;
	/* More than once round, those that were given up would come again. */
	if (slot == PAIR_NO_SLOT || search->passed > PAIR_MAX_CGROUPS) {
		count(PAIR_EXP_EMPTY);
		return false;
	}

	bpf_spin_lock(&pair->lock);
	if (pair->draining && !pair->active && !pair->preempted) {
		pair->slot = slot;
		pair->started_at = now;
		pair->seen[0] = UNSEEN;
		pair->seen[1] = UNSEEN;
		pair->draining = false;
		started = true;
	}
	draining = pair->draining;
	bpf_spin_unlock(&pair->lock);

	search->started |= started;
	count(started ? PAIR_CGRP_NEXT : PAIR_CGRP_COLL);
	return !draining;
}

/*
 * The slot of the pair's cgroup, with @place's CPU active for it. PAIR_NO_SLOT if there is none now:
 * the other CPU has to give up its task first, or there is nothing to do.
 */
static u64 join_batch(struct place *place, u64 now)
{
	struct pair_ctx *pair = place->pair;
	bool expired, over, wait, preempted;
	u64 slot = PAIR_NO_SLOT;

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
			return PAIR_NO_SLOT;
		}
		if (!start_batch(place, now))
			return PAIR_NO_SLOT;
	}

	bpf_spin_lock(&pair->lock);
	if (!pair->draining) {
		pair->active |= place->mask;
		slot = pair->slot;
	}
	bpf_spin_unlock(&pair->lock);
	return slot;
}

/* This CPU has no use for the pair's cgroup, and the other one neither. */
static void end_batch(struct place *place)
{
	struct pair_ctx *pair = place->pair;

	place->search->looking = 0;
	bpf_spin_lock(&pair->lock);
	pair->active &= ~place->mask;
	pair->draining = true;
	bpf_spin_unlock(&pair->lock);
}

/* Leave the batch to the other CPU. @seen: of the cgroup's FIFO. */
static void stand_aside(struct place *place, u64 seen)
{
	struct pair_ctx *pair = place->pair;

	bpf_spin_lock(&pair->lock);
	pair->active &= ~place->mask;
	pair->seen[place->idx & 1] = seen;
	bpf_spin_unlock(&pair->lock);
}

/*
 * None of the tasks of the cgroup may run here. If the other CPU may run one, the batch is for it;
 * else the pair goes on to the next cgroup.
 */
static enum step give_up(struct place *place)
{
	struct search *search = place->search;

	if (search->other_wanted) {
		stand_aside(place, search->seen);
		return STEP_NONE;
	}
	end_batch(place);
	return STEP_AGAIN;
}

static enum step missing(struct search *search)
{
	count(PAIR_MISSING);
	search->nr_stale++;
	return STEP_AGAIN;
}

/* Give this CPU @p, which was popped with @ticket. */
static enum step give(struct task_struct *p, u64 ticket, struct search *search)
{
	if (!scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, SCX_SLICE_DFL, 0))
		return missing(search);
	/*
	 * Queued anew before the insert, it would be that task that goes, maybe of another
	 * cgroup. If it was, dequeue has changed the ticket; later, the class sees it.
	 */
	if (!fifo_is_latest(p, ticket)) {
		scx_bpf_dispatch_cancel();
		return missing(search);
	}
	count(PAIR_DISPATCHED);
	return STEP_GAVE;
}

/*
 * Queue again what can't run here, and tell a CPU where it can. The other CPU of
 * the pair is told only when this one has left the batch; until then it would
 * have to wait.
 */
static enum step requeue(struct task_struct *p, u64 slot, u64 ticket, struct place *place)
{
	s32 cpu = scx_bpf_task_cpu(p);

	count(PAIR_MISMATCHES);
	place->search->seen++;
	fifo_push(p, slot, ticket);
	if (!bpf_cpumask_test_cpu(cpu, p->cpus_ptr))
		cpu = bpf_cpumask_any_distribute(p->cpus_ptr);
	if (cpu == place->other)
		place->search->other_wanted = true;
	else
		scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
	return STEP_AGAIN;
}

/*
 * Whether to look at one more task of the cgroup. Each that it had when this dispatch came to it
 * is looked at, as any may be the one that can run here.
 */
static bool look_on(struct search *search, u64 slot, const struct cgrp_ctx *cgrp)
{
	if (search->looking != slot + 1) {
		search->looking = slot + 1;
		search->seen = READ_ONCE(cgrp->tail);
		search->looks = READ_ONCE(cgrp->len) ?: 1;
		search->other_wanted = false;
	}
	if (!search->looks)
		return false;
	search->looks--;
	return true;
}

/*
 * Dispatch a task of the pair's cgroup to @cpu, or say what to do next. A CPU that stood aside
 * comes back when its kick of the other one does: it must not hold the other's task in its hands
 * then, and has nothing to look at unless somebody has queued something since.
 */
static enum step try_dispatch(s32 cpu, struct place *place)
{
	struct search *search = place->search;
	u64 slot = join_batch(place, scx_bpf_now()), ticket = 0;
	struct cgrp_ctx *cgrp = cgrp_at(slot);
	struct task_struct *p;
	enum step step;
	u64 seen;

	if (!cgrp)
		return STEP_NONE;
	seen = READ_ONCE(place->pair->seen[place->idx & 1]);
	if (seen == READ_ONCE(cgrp->tail)) {
		stand_aside(place, seen);
		return STEP_NONE;
	}
	if (!look_on(search, slot, cgrp))
		return give_up(place);
	if (!fifo_claim(cgrp)) {
		count(PAIR_CGRP_EMPTY);
		end_batch(place);
		return STEP_AGAIN;
	}
	p = fifo_pop(cgrp, slot, &ticket);
	if (!p)
		return missing(search);
	if (task_may_run_on(p, cpu))
		step = give(p, ticket, search);
	else
		step = requeue(p, slot, ticket, place);
	bpf_task_release(p);
	return step;
}

void BPF_STRUCT_OPS(pair_dispatch, s32 cpu, struct task_struct *prev)
{
	enum step step = STEP_NONE;
	struct search *search;
	struct place place;
	u32 zero = 0;

	search = bpf_map_lookup_elem(&searches, &zero);
	if (!search || !find_place(cpu, &place))
		return;
	__builtin_memset(search, 0, sizeof(*search));
	place.search = search;
	bpf_repeat(MAX_STEPS) {
		step = try_dispatch(cpu, &place);
		if (step != STEP_AGAIN)
			break;
	}
	if (step == STEP_AGAIN) {
		end_batch(&place);
		/* Of those that are stale there are fewer now. */
		if (search->nr_stale)
			scx_bpf_kick_cpu(cpu, 0);
	}

	/*
	 * The other CPU may join the batch, if there is one: two CPUs that find
	 * only tasks that neither may run would go on kicking each other.
	 */
	if (search->other_wanted || (search->started && step == STEP_GAVE))
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

/* From another class it may come while it runs, and would go on, and later anew, unasked. */
void BPF_STRUCT_OPS(pair_enable, struct task_struct *p)
{
	scx_bpf_task_set_slice(p, 0);
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
	       .dequeue = (void *)pair_dequeue, .dispatch = (void *)pair_dispatch,
	       .cpu_acquire = (void *)pair_cpu_acquire, .cpu_release = (void *)pair_cpu_release,
	       .init_task = (void *)pair_init_task, .enable = (void *)pair_enable,
	       .cgroup_init = (void *)pair_cgroup_init, .cgroup_exit = (void *)pair_cgroup_exit,
	       .cgroup_move = (void *)pair_cgroup_move, .exit = (void *)pair_exit,
	       .flags = SCX_OPS_ENQ_LAST, .name = "pair");
