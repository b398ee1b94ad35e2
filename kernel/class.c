// SPDX-License-Identifier: GPL-2.0
/*
 * class.c - the scheduling class: what the core calls, in the order of a task's day. Thin: the
 * decisions are in the parts.
 *
 *	wakeup		select_task_rq -> enqueue -> (task_woken)
 *	run		balance -> pick -> set_next -> tick ... -> put_prev
 *	sleep		dequeue -> put_prev
 *	property change	dequeue, put_prev, <change>, enqueue, set_next
 */
#include "seam.h"
#include "internal.h"
#include "class.h"
#include "bypass.h"
#include "call.h"
#include "defer.h"
#include "dispatch.h"
#include "dsq.h"
#include "exit.h"
#include "idle.h"
#include "kick.h"
#include "local.h"
#include "server.h"
#include "task.h"

static inline bool rq_bypassing(struct rq *rq)
{
	return rq->scx.flags & SCX_RQ_BYPASSING;
}

static void runnable_add(struct rq *rq, struct task_struct *p)
{
	/*
	 * Only having run starts a new wait. A mere dequeue and enqueue, say for a change of
	 * priority, must not hide a stall from the watchdog.
	 */
	if (p->scx.flags & SCX_TASK_RESET_RUNNABLE_AT) {
		p->scx.runnable_at = jiffies;
		p->scx.flags &= ~SCX_TASK_RESET_RUNNABLE_AT;
	}
	/* at the tail: class_cycle_tasks() walks in reverse and must not meet a task twice */
	list_add_tail(&p->scx.runnable_node, &rq->scx.runnable_list);
}

/* The next qseq of @p, never 0: that is what NONE and DISPATCHING read as. */
static unsigned long next_qseq(struct task_struct *p)
{
	if (unlikely(!++p->scx.qseq))
		p->scx.qseq = 1;
	return (unsigned long)p->scx.qseq << SCX_OPSS_QSEQ_SHIFT;
}

/* Ask ops.enqueue(). */
static void enqueue_to_bpf(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			   u64 enq_flags)
{
	unsigned long qseq = next_qseq(p);

	atomic_long_set(&p->scx.ops_state, SCX_OPSS_QUEUEING | qseq);
	scx_call(sch, enqueue, rq, p, NULL, p, enq_flags);

	/* before others may claim it: from then on the flags are theirs */
	if (unlikely(enq_flags & SCX_ENQ_REENQ))
		p->scx.flags &= ~SCX_TASK_REENQ_REASON_MASK;

	if (dispatch_is_direct(p)) {
		atomic_long_set_release(&p->scx.ops_state, SCX_OPSS_NONE);
		dispatch_direct(sch, rq, p, enq_flags);
		return;
	}
	p->scx.flags |= SCX_TASK_IN_CUSTODY;
	/* from here on any dispatcher may claim it; pairs with the acquires in dispatch.c */
	atomic_long_set_release(&p->scx.ops_state, SCX_OPSS_QUEUED | qseq);
}

void class_do_enqueue(struct scx_sched *sch, struct rq *rq, struct task_struct *p, u64 enq_flags,
		      int sticky)
{
	struct scx_dispatch_q *dsq = &rq->scx.local_dsq;

	/* brought here by the class itself, or running: nothing to decide */
	if (sticky == cpu_of(rq)) {
		dsq_insert_local(sch, rq, p, enq_flags);
		return;
	}

	p->scx.flags &= ~SCX_TASK_IMMED;

	if (!rq_takes_tasks(rq)) {
		/* local: the core will push it to another CPU */
	} else if (unlikely(rq_bypassing(rq))) {
		scx_add_event(sch, BYPASS_DISPATCH, 1);
		dsq = bypass_dsq(sch, cpu_of(rq));
	} else if (dispatch_is_direct(p)) {
		dispatch_direct(sch, rq, p, enq_flags);
		return;
	} else if (unlikely(p->flags & PF_EXITING) && !(sch->flags & SCX_OPS_ENQ_EXITING)) {
		scx_add_event(sch, ENQ_SKIP_EXITING, 1);
	} else if (unlikely(is_migration_disabled(p)) &&
		   !(sch->flags & SCX_OPS_ENQ_MIGRATION_DISABLED)) {
		scx_add_event(sch, ENQ_SKIP_MIGRATION_DISABLED, 1);
	} else if (scx_has_op(sch, enqueue)) {
		enqueue_to_bpf(sch, rq, p, enq_flags);
		return;
	} else {
		dsq = dsq_global(sch, p);
	}

	p->scx.flags &= ~SCX_TASK_REENQ_REASON_MASK;
	task_refill_slice(sch, p);
	dispatch_clear_direct(p);
	dsq_insert(sch, rq, dsq, p, enq_flags);
}

void class_reenqueue(struct scx_sched *sch, struct rq *rq, struct task_struct *p, u32 reason)
{
	p->scx.flags |= reason;
	class_do_enqueue(sch, rq, p, SCX_ENQ_REENQ, -1);
}

static void enqueue_task_scx(struct rq *rq, struct task_struct *p, int core_flags)
{
	struct scx_sched *sch = scx_root_locked();
	u64 enq_flags = core_flags | rq->scx.extra_enq_flags;
	int sticky = p->scx.sticky_cpu;

	/*
	 * To the scheduler a new task is woken like any other. The core does not say of it that
	 * its CPU was selected.
	 */
	if ((core_flags & ENQUEUE_INITIAL) && p->nr_cpus_allowed > 1 && !is_migration_disabled(p))
		enq_flags |= SCX_ENQ_CPU_SELECTED;
	if (core_flags & (ENQUEUE_WAKEUP | ENQUEUE_INITIAL)) {
		enq_flags |= SCX_ENQ_WAKEUP;
		rq->scx.flags |= SCX_RQ_IN_WAKEUP;
	}

	/* before the insertion: left set, it would pass for a migration by the class later on */
	p->scx.sticky_cpu = -1;

	/* a running task whose property changed runs on */
	if ((core_flags & ENQUEUE_RESTORE) && task_current(rq, p))
		sticky = cpu_of(rq);

	if (p->scx.flags & SCX_TASK_QUEUED)
		goto out;

	runnable_add(rq, p);
	p->scx.flags |= SCX_TASK_QUEUED;
	rq->scx.nr_running++;
	add_nr_running(rq, 1);

	if (scx_has_op(sch, runnable) && !task_on_rq_migrating(p))
		scx_call(sch, runnable, rq, p, NULL, p, enq_flags);
	if (enq_flags & SCX_ENQ_WAKEUP)
		task_touch_core_sched(rq, p);

	class_do_enqueue(sch, rq, p, enq_flags, sticky);

	if (unlikely(p->scx.selected_cpu != cpu_of(rq)) && (enq_flags & SCX_ENQ_CPU_SELECTED) &&
	    p->scx.selected_cpu >= 0)
		scx_add_event(sch, SELECT_CPU_FALLBACK, 1);
	/* a CPU that has dropped the lock may have looked there already, and its resched is lost */
	if (unlikely(rq->scx.flags & SCX_RQ_IN_BALANCE) && sticky < 0)
		rq->scx.flags |= SCX_RQ_KICKED;
	server_start(rq);
out:
	rq->scx.flags &= ~SCX_RQ_IN_WAKEUP;
}

static bool dequeue_task_scx(struct rq *rq, struct task_struct *p, int core_flags)
{
	struct scx_sched *sch = scx_root_locked();
	u64 deq_flags = core_flags & DEQUEUE_SLEEP ? SCX_DEQ_SLEEP : SCX_DEQ_SCHED_CHANGE;

	if (!(p->scx.flags & SCX_TASK_QUEUED))
		return true;

	task_reclaim(p);
	task_leave_custody(sch, rq, p, deq_flags);

	if (task_current(rq, p)) {
		/* on no queue and no list */
		local_update_curr(rq);
		if (scx_has_op(sch, stopping))
			scx_call(sch, stopping, rq, p, NULL, p, false);
	} else {
		dsq_remove(p);
		list_del_init(&p->scx.runnable_node);
		dispatch_clear_direct(p);
	}
	if (scx_has_op(sch, quiescent) && !task_on_rq_migrating(p))
		scx_call(sch, quiescent, rq, p, NULL, p, deq_flags);

	/* after task_reclaim(): before, the flags could have been a dispatcher's */
	p->scx.flags &= ~(SCX_TASK_QUEUED | SCX_TASK_DEQD_FOR_SLEEP);
	if (core_flags & DEQUEUE_SLEEP)
		p->scx.flags |= SCX_TASK_DEQD_FOR_SLEEP;
	rq->scx.nr_running--;
	sub_nr_running(rq, 1);
	return true;
}

void class_cycle_tasks(struct rq *rq)
{
	struct task_struct *p, *n;

	lockdep_assert_rq_held(rq);

	list_for_each_entry_safe_reverse(p, n, &rq->scx.runnable_list, scx.runnable_node) {
		struct sched_enq_and_set_ctx ctx;

		sched_deq_and_put_task(p, DEQUEUE_SAVE | DEQUEUE_MOVE, &ctx);
		sched_enq_and_set_task(&ctx);
	}
}

/* Inlined, as the pick below, into what the core calls and into its short cut. */
static __always_inline bool balance(struct rq *rq, struct task_struct *prev, struct rq_flags *rf)
{
	bool found;

	rq_unpin_lock(rq, rf);
	found = local_balance(rq, prev);
#ifdef CONFIG_SCHED_CORE
	/*
	 * The core picks for all siblings at once, under the lock they share, and picks only
	 * from what is queued: have every sibling's queue filled.
	 */
	if (sched_core_enabled(rq)) {
		int cpu;

		/* a kick while they drop the lock is lost as one during our own */
		rq->scx.flags |= SCX_RQ_IN_BALANCE;
		for_each_cpu(cpu, cpu_smt_mask(cpu_of(rq))) {
			struct rq *srq = cpu_rq(cpu);

			/* one that is at it has dropped the lock and goes on later */
			if (srq != rq && !(srq->scx.flags & SCX_RQ_IN_BALANCE)) {
				update_rq_clock(srq);
				local_balance(srq, srq->curr);
				defer_end_balance(srq);
			}
		}
		local_end_balance(rq);
	}
#endif
	rq_repin_lock(rq, rf);
	return found;
}

static int balance_scx(struct rq *rq, struct task_struct *prev, struct rq_flags *rf)
{
	bool found = balance(rq, prev, rf);

	defer_end_balance(rq);
	return found;
}

static void warn_zero_slice(struct scx_sched *sch, struct task_struct *p)
{
	if (sch->warned_zero_slice)
		return;
	sch->warned_zero_slice = true;
	printk_deferred(KERN_WARNING
			"sched_ext: %s[%d] has no slice left when picked, scheduler \"%s\"\n",
			p->comm, p->pid, sch->ops.name);
}

/*
 * Does @curr, which runs on @rq, go on? Balance has decided, if it was asked; if it was not, now
 * or since @curr began to run, do what is right without asking anybody.
 */
static __always_inline bool pick_curr(struct scx_sched *sch, struct rq *rq,
				      struct task_struct *curr)
{
	bool may = curr->sched_class == &ext_sched_class && (curr->scx.flags & SCX_TASK_QUEUED);

	if (unlikely(rq->scx.flags & SCX_RQ_BAL_PENDING)) {
		rq->scx.flags &= ~(SCX_RQ_BAL_PENDING | SCX_RQ_BAL_KEEP);
		if (rq->scx.cpu_released)
			kick_cpu_acquired(sch, rq);
		if (may)
			rq->scx.flags |= SCX_RQ_BAL_KEEP;
		else
			kick_cpu(cpu_of(rq), SCX_KICK_IDLE);
		return may;
	}
	if (rq->scx.flags & SCX_RQ_BAL_KEEP)
		return may;
	/* core scheduling picks for CPUs whose balance it did not call */
	return sched_core_enabled(rq) && may && curr->scx.slice && !rq_bypassing(rq);
}

static __always_inline struct task_struct *pick_task(struct rq *rq)
{
	struct scx_sched *sch = scx_root_locked();
	struct task_struct *prev = rq->curr, *p;

	if (pick_curr(sch, rq, prev)) {
		if (!prev->scx.slice)
			task_refill_slice(sch, prev);
		return prev;
	}

	p = dsq_local_first(rq);
	if (p && unlikely(!p->scx.slice)) {
		if (!rq_bypassing(rq))
			warn_zero_slice(sch, p);
		task_refill_slice(sch, p);
	}
	return p;
}

static struct task_struct *pick_task_scx(struct rq *rq)
{
	return pick_task(rq);
}

static void set_next_task_scx(struct rq *rq, struct task_struct *p, bool first)
{
	struct scx_sched *sch = scx_root_locked();

	p->se.exec_start = rq_clock_task(rq);
	/* that was about the task before */
	rq->scx.flags &= ~SCX_RQ_BAL_KEEP;

	if (p->scx.flags & SCX_TASK_QUEUED) {
		if (likely(p->scx.dsq == &rq->scx.local_dsq)) {
			dsq_remove_local(p);
		} else {
			/* core scheduling picks tasks that BPF still holds */
			task_reclaim(p);
			task_leave_custody(sch, rq, p, SCX_DEQ_CORE_SCHED_EXEC);
			dsq_remove(p);
			dispatch_clear_direct(p);
		}
		if (scx_has_op(sch, running))
			scx_call(sch, running, rq, p, NULL, p);
		p->scx.flags |= SCX_TASK_RESET_RUNNABLE_AT;
		list_del_init(&p->scx.runnable_node);
	}
}

/* @p stays runnable but stops running: where does it wait? @next takes its CPU. */
static void put_runnable(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			 struct task_struct *next)
{
	bool idle = sched_class_above(&ext_sched_class, next->sched_class);

	if (!p->scx.slice || rq_bypassing(rq)) {
		bool last = idle && (sch->flags & SCX_OPS_ENQ_LAST);

		class_do_enqueue(sch, rq, p, last ? SCX_ENQ_LAST : 0, -1);
	} else if (unlikely(p->scx.flags & SCX_TASK_IMMED)) {
		class_reenqueue(sch, rq, p, SCX_TASK_REENQ_PREEMPTED);
	} else {
		dsq_insert_local(sch, rq, p, SCX_ENQ_HEAD);
	}

	/*
	 * The core is about to go idle and to forget any resched set now. If the task came back
	 * here, or went where this CPU looks first, go through the scheduler again.
	 */
	if (idle && (rq->scx.local_dsq.nr || READ_ONCE(local_global_dsq(sch, rq)->nr)))
		kick_cpu(cpu_of(rq), 0);
}

static void put_prev_task_scx(struct rq *rq, struct task_struct *p, struct task_struct *next)
{
	struct scx_sched *sch = scx_root_locked();

	/* asleep, or a property change: dequeue has done it all */
	if (!(p->scx.flags & SCX_TASK_QUEUED))
		return;

	local_update_curr(rq);
	if (scx_has_op(sch, stopping))
		scx_call(sch, stopping, rq, p, NULL, p, true);
	runnable_add(rq, p);

	/* next is NULL only after a dequeue, but a queue is never wrong */
	put_runnable(sch, rq, p, next ?: p);
}

/* Does no other class, nor a server, have anything that wants to run on @rq? */
static bool rq_is_ours(struct rq *rq)
{
	return rq->nr_running == rq->scx.nr_running;
}

struct task_struct *scx_pick_alone(struct rq *rq, struct rq_flags *rf)
{
	struct task_struct *prev = rq->donor, *p;

	/* a higher class that leaves the CPU may want to pull tasks here */
	if (sched_class_above(prev->sched_class, &ext_sched_class) || !rq_is_ours(rq))
		return NULL;

	balance(rq, prev, rf);
	/* the lock may have been dropped */
	if (unlikely(!rq_is_ours(rq))) {
		defer_end_balance_early(rq);
		return NULL;
	}
	defer_end_balance(rq);

	p = pick_task(rq) ?: pick_task_idle(rq);
	put_prev_set_next_task(rq, prev, p);
	return p;
}

static void wakeup_preempt_scx(struct rq *rq, struct task_struct *p, int wake_flags)
{
	/* who preempts whom within the class is up to the scheduler */
}

static void task_tick_scx(struct rq *rq, struct task_struct *curr, int queued)
{
	struct scx_sched *sch = scx_root_locked();

	local_update_curr(rq);

	if (unlikely(rq_bypassing(rq))) {
		curr->scx.slice = 0;
		task_touch_core_sched(rq, curr);
	} else if (scx_has_op(sch, tick)) {
		scx_call(sch, tick, rq, curr, NULL, curr);
	}
	if (!curr->scx.slice)
		resched_curr(rq);
}

static void yield_task_scx(struct rq *rq)
{
	struct scx_sched *sch = scx_root_locked();
	struct task_struct *curr = rq->curr;

	update_rq_clock(rq);
	if (scx_has_op(sch, yield))
		scx_call(sch, yield, rq, curr, NULL, curr, (struct task_struct *)NULL);
	else
		curr->scx.slice = 0;
}

static bool yield_to_task_scx(struct rq *rq, struct task_struct *to)
{
	struct scx_sched *sch = scx_root_locked();

	update_rq_clock(rq);
	if (scx_has_op(sch, yield))
		return (u8)scx_call(sch, yield, rq, rq->curr, to, rq->curr, to);
	return false;
}

#ifdef CONFIG_SMP
static int select_task_rq_scx(struct task_struct *p, int prev_cpu, int wake_flags)
{
	struct scx_sched *sch = scx_root_locked();
	s32 cpu;

	/* exec has nowhere better to go: the task runs */
	if (wake_flags & WF_EXEC)
		return prev_cpu;

	if (scx_has_op(sch, select_cpu) && !rq_bypassing(this_rq())) {
		cpu = scx_call(sch, select_cpu, NULL, p, NULL, p, prev_cpu, (u64)wake_flags);
		p->scx.selected_cpu = cpu;
		return scx_cpu_valid(sch, cpu, "the result of ops.select_cpu()") ? cpu : prev_cpu;
	}

	cpu = idle_select_cpu(p, prev_cpu, wake_flags, NULL, 0);
	if (cpu >= 0) {
		task_refill_slice(sch, p);
		p->scx.ddsp_dsq_id = SCX_DSQ_LOCAL;
	} else {
		cpu = prev_cpu;
	}
	p->scx.selected_cpu = cpu;
	return cpu;
}

static void task_woken_scx(struct rq *rq, struct task_struct *p)
{
	if (unlikely(defer_pending(rq)))
		defer_run(rq);
}

static void set_cpus_allowed_scx(struct task_struct *p, struct affinity_context *ctx)
{
	/*
	 * do_set_cpus_allowed(), which alone clears the user's mask, comes with the pi_lock only
	 * if the task is on no runqueue.
	 */
	bool lock = !p->on_rq && (ctx->flags & SCA_USER) && !ctx->user_mask;
	struct rq *rq = task_rq(p);

	set_cpus_allowed_common(p, ctx);
	if (task_state(p) != SCX_TASK_ENABLED)
		return;

	if (lock) {
		raw_spin_rq_lock(rq);
		update_rq_clock(rq);
	}
	scx_call_task(scx_root_locked(), set_cpumask, rq, p, p->cpus_ptr);
	if (lock)
		raw_spin_rq_unlock(rq);
}

static void rq_online_scx(struct rq *rq)
{
	rq->scx.flags |= SCX_RQ_ONLINE;
}

static void rq_offline_scx(struct rq *rq)
{
	rq->scx.flags &= ~SCX_RQ_ONLINE;
	/* a mere change of domains? */
	if (cpu_active(cpu_of(rq)))
		return;

	idle_forget(cpu_of(rq));
	/*
	 * Nothing is dispatched here any more, and the core pushes away only what is next in
	 * line: bring every waiting task to the local queue.
	 */
	if (scx_enabled())
		class_cycle_tasks(rq);
}
#endif /* CONFIG_SMP */

/* A child that can be found already but is not forked yet is enabled by scx_post_fork(). */
static void switching_to_scx(struct rq *rq, struct task_struct *p)
{
	if (task_state(p) == SCX_TASK_READY)
		task_enable(scx_root_locked(), rq, p);
}

/* A task that changes class while it runs is not picked. */
static void update_tick_of_curr(struct rq *rq, struct task_struct *p)
{
	if (task_current(rq, p) && tick_nohz_full_cpu(cpu_of(rq)))
		kick_update_tick(rq, p);
}

static void switched_from_scx(struct rq *rq, struct task_struct *p)
{
	update_tick_of_curr(rq, p);
	if (task_state(p) == SCX_TASK_ENABLED)
		task_disable(scx_root_locked(), rq, p);
}

/* Other classes leave it to this one to make an idle CPU look at @p. */
static void switched_to_scx(struct rq *rq, struct task_struct *p)
{
	update_tick_of_curr(rq, p);
	if (task_on_rq_queued(p) && sched_class_above(&ext_sched_class, rq->curr->sched_class))
		resched_curr(rq);
}

static void prio_changed_scx(struct rq *rq, struct task_struct *p, int oldprio) {}

static void reweight_task_scx(struct rq *rq, struct task_struct *p, const struct load_weight *lw)
{
	/* for fair, when it gets @p back: the core leaves it to a class that wants to know */
	p->se.load = *lw;

	p->scx.weight = task_weight(p);
	if (task_state(p) == SCX_TASK_ENABLED)
		scx_call_task(scx_root_locked(), set_weight, rq, p, p->scx.weight);
}

DEFINE_SCHED_CLASS(ext) = {
	.enqueue_task		= enqueue_task_scx,
	.dequeue_task		= dequeue_task_scx,
	.yield_task		= yield_task_scx,
	.yield_to_task		= yield_to_task_scx,

	.wakeup_preempt		= wakeup_preempt_scx,

	.balance		= balance_scx,
	.pick_task		= pick_task_scx,
	.put_prev_task		= put_prev_task_scx,
	.set_next_task		= set_next_task_scx,

#ifdef CONFIG_SMP
	.select_task_rq		= select_task_rq_scx,
	.task_woken		= task_woken_scx,
	.set_cpus_allowed	= set_cpus_allowed_scx,
	.rq_online		= rq_online_scx,
	.rq_offline		= rq_offline_scx,
#endif

	.task_tick		= task_tick_scx,

	.switching_to		= switching_to_scx,
	.switched_from		= switched_from_scx,
	.switched_to		= switched_to_scx,
	.reweight_task		= reweight_task_scx,
	.prio_changed		= prio_changed_scx,

	.update_curr		= local_update_curr,

#ifdef CONFIG_UCLAMP_TASK
	.uclamp_enabled		= 1,
#endif
};
