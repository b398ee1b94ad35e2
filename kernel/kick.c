// SPDX-License-Identifier: GPL-2.0
/*
 * kick.c - kicks, waiting for kicked CPUs, and CPUs lost to higher classes.
 *
 * A kick is recorded in masks of the CPU that asks and carried out there by an irq_work, since
 * the asking callback holds a runqueue lock.
 *
 * SCX_KICK_WAIT makes the asking CPU wait until the target has been through the scheduler. It
 * waits at the end of its own next pass through the scheduler, in a balance callback: there no
 * lock is held, interrupts can be on, and its own switch_seq has already advanced. So in a ring
 * of CPUs waiting for each other somebody always sees the other's step:
 *
 *	irq_work	target's switch_seq noted, both CPUs told to reschedule
 *	picked		own switch_seq advanced, what was noted is to be waited for	rq lock
 *	wait		until the target's switch_seq differs		no lock, interrupts on
 *
 * What an irq_work notes during a wait belongs to the next pass: were it joined to this wait, a
 * CPU could wait for the step of one that itself waits for our next.
 */
#include "seam.h"
#include "internal.h"
#include "kick.h"
#include "call.h"
#include "exit.h"
#include "reenq.h"
#include "server.h"

void kick_cpu(s32 cpu, u64 flags)
{
	struct rq *rq;

	guard(irqsave)();
	rq = this_rq();

	if (flags & SCX_KICK_IDLE) {
		cpumask_set_cpu(cpu, rq->scx.kick_if_idle);
	} else {
		cpumask_set_cpu(cpu, rq->scx.kick);
		if (flags & SCX_KICK_PREEMPT)
			cpumask_set_cpu(cpu, rq->scx.kick_preempt);
		if (flags & SCX_KICK_WAIT)
			cpumask_set_cpu(cpu, rq->scx.kick_wait);
	}
	irq_work_queue(&rq->scx.kick_work);
}

/*
 * Core scheduling picks for all CPUs of a core, and a CPU that has not obeyed yet does so without
 * another look, unless tasks have come or gone. To it, what it is kicked for is neither.
 */
static void resched_afresh(struct rq *rq)
{
#ifdef CONFIG_SCHED_CORE
	if (sched_core_enabled(rq))
		rq->core->core_task_seq++;
#endif
	resched_curr(rq);
}

void kick_locked(struct rq *target)
{
	/* a resched set on a CPU inside balance is lost; balance repeats it */
	if (target->scx.flags & SCX_RQ_IN_BALANCE)
		target->scx.flags |= SCX_RQ_KICKED;
	else
		resched_afresh(target);
}

/* Carry out one kick. True if @rq's CPU has to wait for it, with the sequence number noted. */
static bool kick_one(struct rq *rq, struct rq *target)
{
	int cpu = cpu_of(target);
	const struct sched_class *class;
	bool wait = false;
	unsigned long flags;

	raw_spin_rq_lock_irqsave(target, flags);
	class = target->curr->sched_class;

	/* a higher class is not ours to disturb; an offline CPU has nobody to disturb */
	if ((cpu_online(cpu) || target == rq) && !sched_class_above(class, &ext_sched_class)) {
		if (class == &ext_sched_class) {
			if (cpumask_test_cpu(cpu, rq->scx.kick_preempt))
				target->curr->scx.slice = 0;
			wait = cpumask_test_cpu(cpu, rq->scx.kick_wait) && target != rq;
		}
		if (wait)
			rq->scx.wait_asked_seq[cpu] = target->scx.switch_seq;
		kick_locked(target);
	}
	raw_spin_rq_unlock_irqrestore(target, flags);
	return wait;
}

/*
 * Under the target's lock there is no doubt: it idles, or looks for work now, or will look later
 * and find what was queued before the kick.
 */
static void kick_one_if_idle(struct rq *target)
{
	unsigned long flags;

	raw_spin_rq_lock_irqsave(target, flags);
	if (cpu_online(cpu_of(target)) &&
	    (target->curr == target->idle || (target->scx.flags & SCX_RQ_IN_BALANCE)))
		kick_locked(target);
	raw_spin_rq_unlock_irqrestore(target, flags);
}

static void kick_irq_work(struct irq_work *work)
{
	struct rq *rq = container_of(work, struct rq, scx.kick_work);
	unsigned long flags;
	bool wait = false;
	int cpu;

	for_each_cpu(cpu, rq->scx.kick) {
		if (kick_one(rq, cpu_rq(cpu))) {
			cpumask_set_cpu(cpu, rq->scx.wait_asked);
			wait = true;
		}
		cpumask_clear_cpu(cpu, rq->scx.kick);
		cpumask_clear_cpu(cpu, rq->scx.kick_preempt);
		cpumask_clear_cpu(cpu, rq->scx.kick_wait);
		cpumask_clear_cpu(cpu, rq->scx.kick_if_idle);
	}

	for_each_cpu(cpu, rq->scx.kick_if_idle) {
		kick_one_if_idle(cpu_rq(cpu));
		cpumask_clear_cpu(cpu, rq->scx.kick_if_idle);
	}

	if (wait) {
		raw_spin_rq_lock_irqsave(rq, flags);
		rq->scx.flags |= SCX_RQ_WAIT_PENDING;
		resched_curr(rq);
		raw_spin_rq_unlock_irqrestore(rq, flags);
	}
}

/* Balance callback at the end of a pass through the scheduler on @rq's own CPU. */
static void kick_wait(struct rq *rq)
{
	int cpu;

	lockdep_assert_rq_held(rq);
	raw_spin_rq_unlock_irq(rq);

	for_each_cpu(cpu, rq->scx.waiting_for) {
		/* pairs with scx_picked(); a CPU that went away, or all without the class, do not count */
		while (smp_load_acquire(&cpu_rq(cpu)->scx.switch_seq) == rq->scx.wait_seq[cpu] &&
		       cpu_online(cpu) && scx_enabled())
			cpu_relax();
	}

	raw_spin_rq_lock_irq(rq);
	/* callbacks may follow in this pass, and ask what time it is */
	update_rq_clock(rq);
}

void kick_cpu_acquired(struct scx_sched *sch, struct rq *rq)
{
	/* what was told before stands until it can be told otherwise */
	if (rq->scx.flags & SCX_RQ_BYPASSING)
		return;
	rq->scx.cpu_released = false;
	if (scx_has_op(sch, cpu_acquire))
		scx_call(sch, cpu_acquire, rq, NULL, NULL, cpu_of(rq),
			 (struct scx_cpu_acquire_args *)NULL);
}

static enum scx_cpu_preempt_reason preempt_reason(const struct sched_class *class)
{
	if (IS_ENABLED(CONFIG_SMP) && class == &stop_sched_class)
		return SCX_CPU_PREEMPT_STOP;
	if (class == &dl_sched_class)
		return SCX_CPU_PREEMPT_DL;
	if (class == &rt_sched_class)
		return SCX_CPU_PREEMPT_RT;
	return SCX_CPU_PREEMPT_UNKNOWN;
}

/* A higher class takes the CPU for @next. */
static void cpu_lost(struct scx_sched *sch, struct rq *rq, struct task_struct *next)
{
	if (unlikely(rq->scx.nr_immed))
		reenq_request_immed(rq);

	server_start_soon(rq);

	if (!sch->preempt_ops || rq->scx.cpu_released || (rq->scx.flags & SCX_RQ_BYPASSING))
		return;
	rq->scx.cpu_released = true;

	if (scx_has_op(sch, cpu_release)) {
		struct scx_cpu_release_args args = {
			.reason = preempt_reason(next->sched_class),
			.task = next,
		};

		scx_call(sch, cpu_release, rq, NULL, NULL, cpu_of(rq), &args);
	}
}

/* Have this pass through the scheduler end with a wait for the CPUs that kicks have named. */
static void queue_wait(struct rq *rq)
{
	int cpu;

	rq->scx.flags &= ~SCX_RQ_WAIT_PENDING;
	cpumask_copy(rq->scx.waiting_for, rq->scx.wait_asked);
	cpumask_clear(rq->scx.wait_asked);
	for_each_cpu(cpu, rq->scx.waiting_for)
		rq->scx.wait_seq[cpu] = rq->scx.wait_asked_seq[cpu];
	queue_balance_callback(rq, &rq->scx.wait_cb, kick_wait);
}

void kick_update_tick(struct rq *rq, struct task_struct *next)
{
	bool can_stop = next->sched_class != &ext_sched_class ||
			(next->scx.slice == SCX_SLICE_INF && !(rq->scx.flags & SCX_RQ_BYPASSING));

	if (can_stop != !!(rq->scx.flags & SCX_RQ_CAN_STOP_TICK)) {
		rq->scx.flags ^= SCX_RQ_CAN_STOP_TICK;
		sched_update_tick_dependency(rq);
	}
}

void __scx_picked(struct rq *rq, struct task_struct *next)
{
	struct scx_sched *sch = scx_root_locked();

	if (tick_nohz_full_cpu(cpu_of(rq)))
		kick_update_tick(rq, next);

	if (rq->scx.flags & SCX_RQ_WAIT_PENDING)
		queue_wait(rq);
	if (sched_class_above(next->sched_class, &ext_sched_class) && sch)
		cpu_lost(sch, rq, next);
}

void kick_init(struct rq *rq)
{
	int node = cpu_to_node(cpu_of(rq));

	/* too early in boot to go on without memory */
	BUG_ON(!zalloc_cpumask_var_node(&rq->scx.kick, GFP_KERNEL, node));
	BUG_ON(!zalloc_cpumask_var_node(&rq->scx.kick_if_idle, GFP_KERNEL, node));
	BUG_ON(!zalloc_cpumask_var_node(&rq->scx.kick_preempt, GFP_KERNEL, node));
	BUG_ON(!zalloc_cpumask_var_node(&rq->scx.kick_wait, GFP_KERNEL, node));
	BUG_ON(!zalloc_cpumask_var_node(&rq->scx.wait_asked, GFP_KERNEL, node));
	BUG_ON(!zalloc_cpumask_var_node(&rq->scx.waiting_for, GFP_KERNEL, node));
	rq->scx.wait_asked_seq = kcalloc_node(nr_cpu_ids, sizeof(long), GFP_KERNEL, node);
	BUG_ON(!rq->scx.wait_asked_seq);
	rq->scx.wait_seq = kcalloc_node(nr_cpu_ids, sizeof(long), GFP_KERNEL, node);
	BUG_ON(!rq->scx.wait_seq);
	rq->scx.kick_work = IRQ_WORK_INIT_HARD(kick_irq_work);
}
