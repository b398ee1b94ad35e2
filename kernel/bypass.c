// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "bypass.h"
#include "class.h"
#include "dsq.h"
#include "kick.h"
#include "move.h"
#include "task.h"

u64 scx_slice_dfl = SCX_SLICE_DFL;

/* Module parameters: the slice while bypassing, and how often waiting tasks are spread out. */
static unsigned int slice_bypass_us = SCX_SLICE_BYPASS / NSEC_PER_USEC;
static unsigned int bypass_lb_intv_us = SCX_BYPASS_LB_DFL_INTV_US;

/*
 * A spinlock, not a mutex: its holder must not be preempted, or a scheduler that starves the
 * holder could not be bypassed any more. Interrupts stay on: no handler takes it.
 */
static DEFINE_SPINLOCK(bypass_lock);
static int bypass_depth;
static u64 bypass_since_ns;

static void spread_waiting(struct timer_list *timer);
static DEFINE_TIMER(spread_timer, spread_waiting);

/* Queue anew what waits on @rq, and have its CPU look at it. rq lock. */
static void requeue_waiting(struct rq *rq)
{
	update_rq_clock(rq);
	class_cycle_tasks(rq);
	if (cpu_online(cpu_of(rq)) || rq == this_rq())
		kick_locked(rq);
}

static void rq_set_bypassing(struct rq *rq, bool on)
{
	unsigned long flags;

	raw_spin_rq_lock_irqsave(rq, flags);
	if (on)
		rq->scx.flags |= SCX_RQ_BYPASSING;
	else
		rq->scx.flags &= ~SCX_RQ_BYPASSING;

	if (rcu_access_pointer(scx_root))
		requeue_waiting(rq);
	raw_spin_rq_unlock_irqrestore(rq, flags);
}

static void arm_spread_timer(unsigned int us)
{
	mod_timer(&spread_timer, jiffies + usecs_to_jiffies(us));
}

static void bypass_edge(bool on)
{
	struct scx_sched *sch;
	unsigned int us;
	int cpu;

	rcu_read_lock();
	sch = rcu_dereference(scx_root);
	if (on) {
		bypass_since_ns = ktime_get_ns();
		WRITE_ONCE(scx_slice_dfl, slice_bypass_us * NSEC_PER_USEC);
		if (sch)
			scx_add_event(sch, BYPASS_ACTIVATE, 1);
	} else {
		WRITE_ONCE(scx_slice_dfl, SCX_SLICE_DFL);
		if (sch)
			scx_add_event(sch, BYPASS_DURATION, ktime_get_ns() - bypass_since_ns);
	}
	rcu_read_unlock();

	for_each_possible_cpu(cpu)
		rq_set_bypassing(cpu_rq(cpu), on);

	us = READ_ONCE(bypass_lb_intv_us);
	if (on && us)
		arm_spread_timer(us);
}

void bypass_begin(void)
{
	guard(spinlock)(&bypass_lock);
	if (bypass_depth++ == 0)
		bypass_edge(true);
}

void bypass_end(void)
{
	guard(spinlock)(&bypass_lock);
	WARN_ON_ONCE(bypass_depth <= 0);
	if (--bypass_depth == 0)
		bypass_edge(false);
}

/*
 * Spreading. A task that became runnable on a busy CPU waits on that CPU's bypass queue, and
 * nothing else would ever move it. Every so often, within each node, CPUs with clearly more
 * than the average of waiting tasks give some to those with less, and CPUs that went away all
 * they have. Only the queue changes; the CPU that takes a task from its queue fetches it from
 * the other runqueue, as for any queue.
 */

/* May @p, waiting on @rq's bypass queue, be given to @dst_rq? Both locks of its queue and rq. */
static bool may_give(struct task_struct *p, struct rq *rq, struct rq *dst_rq)
{
	/* who waits here but is of another runqueue is not ours to move: its own lock protects it */
	return task_rq(p) == rq && p->scx.holding_cpu < 0 && task_may_run_on(p, dst_rq);
}

/* Give up to @nr tasks, with a limit to how long interrupts are off. How many were given? */
static u32 give_tasks(struct scx_sched *sch, int from, int to, u32 nr)
{
	struct scx_dispatch_q *src = bypass_dsq(sch, from), *dst = bypass_dsq(sch, to);
	struct rq *rq = cpu_rq(from), *dst_rq = cpu_rq(to);
	u32 given = 0, looks = SCX_BYPASS_LB_BATCH;
	struct task_struct *p, *next;
	unsigned long flags;
	LIST_HEAD(taken);

	raw_spin_rq_lock_irqsave(rq, flags);
	if (!(rq->scx.flags & SCX_RQ_BYPASSING))
		nr = 0;

	scoped_guard(raw_spinlock, &src->lock) {
		for (p = dsq_next_task(src, NULL, false); p && nr && looks; p = next, looks--) {
			next = dsq_next_task(src, &p->scx.dsq_list, false);
			if (!may_give(p, rq, dst_rq))
				continue;
			dsq_unlink(src, p);
			p->scx.dsq = NULL;
			list_add_tail(&p->scx.dsq_list.node, &taken);
			nr--;
		}
	}
	list_for_each_entry_safe(p, next, &taken, scx.dsq_list.node) {
		list_del_init(&p->scx.dsq_list.node);
		dsq_insert(sch, rq, dst, p, 0);
		given++;
	}
	raw_spin_rq_unlock_irqrestore(rq, flags);

	if (given)
		kick_cpu(to, 0);
	return given;
}

/*
 * A task whose runqueue is not the one it waits at was given away before. If that CPU went away
 * since, only cycling the task on its own runqueue brings it back.
 */
static void recall_tasks(struct scx_sched *sch, int from)
{
	struct scx_dispatch_q *src = bypass_dsq(sch, from);
	struct task_struct *p;
	unsigned long flags;
	u32 left;

	for (left = READ_ONCE(src->nr); left; left--) {
		struct rq *rq = NULL;

		scoped_guard(raw_spinlock_irqsave, &src->lock) {
			p = dsq_next_task(src, NULL, false);
			if (p)
				rq = task_rq(p);
		}
		if (!rq)
			return;

		/* all that waits there: it is rare, and the task may have moved on */
		raw_spin_rq_lock_irqsave(rq, flags);
		requeue_waiting(rq);
		raw_spin_rq_unlock_irqrestore(rq, flags);
	}
}

/* What waits on the active CPUs of a node. */
struct load {
	u32	nr_cpus;
	u32	nr_tasks;
	u32	min;
	u32	max;
};

static struct load node_load(struct scx_sched *sch, const struct cpumask *cpus)
{
	struct load load = { .min = U32_MAX };
	int cpu;

	for_each_cpu_and(cpu, cpus, cpu_active_mask) {
		u32 nr = READ_ONCE(bypass_dsq(sch, cpu)->nr);

		load.nr_cpus++;
		load.nr_tasks += nr;
		load.min = min(load.min, nr);
		load.max = max(load.max, nr);
	}
	return load;
}

/* Give @excess tasks of CPU @from to CPUs with clearly less than @avg. How many were given? */
static u32 spread_from(struct scx_sched *sch, const struct cpumask *cpus, int from, u32 excess,
		       u32 avg)
{
	u32 room_min = max(avg / SCX_BYPASS_LB_MIN_DELTA_DIV, 1), given = 0;
	int to;

	for_each_cpu_and(to, cpus, cpu_active_mask) {
		u32 there = READ_ONCE(bypass_dsq(sch, to)->nr);
		u32 room = there < avg ? avg - there : 0;

		if (to != from && room >= room_min)
			given += give_tasks(sch, from, to, min(excess - given, room));
		if (given == excess)
			break;
	}
	return given;
}

static void spread_node(struct scx_sched *sch, int node)
{
	const struct cpumask *cpus = cpumask_of_node(node);
	struct load before, after;
	u32 avg, donor_min, moved = 0;
	int from;

	before = node_load(sch, cpus);
	if (before.nr_cpus < 2 || !before.nr_tasks)
		return;
	avg = DIV_ROUND_UP(before.nr_tasks, before.nr_cpus);
	donor_min = avg * SCX_BYPASS_LB_DONOR_PCT / 100;

	for_each_cpu_and(from, cpus, cpu_active_mask) {
		u32 has = READ_ONCE(bypass_dsq(sch, from)->nr);

		if (has > donor_min)
			moved += spread_from(sch, cpus, from, has - avg, avg);
	}

	if (moved) {
		after = node_load(sch, cpus);
		trace_sched_ext_bypass_lb(node, before.nr_cpus, before.nr_tasks, moved, before.min,
					  before.max, after.min, after.max);
	}
}

static void spread_waiting(struct timer_list *timer)
{
	unsigned int us = READ_ONCE(bypass_lb_intv_us);
	struct scx_sched *sch;
	int cpu, node;

	guard(rcu)();
	sch = rcu_dereference(scx_root);
	if (!sch || !READ_ONCE(bypass_depth))
		return;

	/* a node has lost those of its CPUs that are offline */
	for_each_possible_cpu(cpu)
		if (!cpu_active(cpu))
			recall_tasks(sch, cpu);
	if (us) {
		for_each_node_with_cpus(node)
			spread_node(sch, node);
	}
	/* what was given away may have to be recalled even when no more is to be */
	arm_spread_timer(us ?: SCX_BYPASS_LB_DFL_INTV_US);
}

static int pm_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	switch (event) {
	case PM_HIBERNATION_PREPARE:
	case PM_SUSPEND_PREPARE:
	case PM_RESTORE_PREPARE:
		bypass_begin();
		break;
	case PM_POST_HIBERNATION:
	case PM_POST_SUSPEND:
	case PM_POST_RESTORE:
		bypass_end();
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block pm_notifier = { .notifier_call = pm_event };

static int __init bypass_init(void)
{
	return register_pm_notifier(&pm_notifier);
}
late_initcall(bypass_init);

/* "sched_ext.slice_bypass_us" on the command line, .../sched_ext/parameters/ in sysfs. */
#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "sched_ext."

static int set_slice_us(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 100, 100 * USEC_PER_MSEC);
}

static const struct kernel_param_ops slice_us_ops = {
	.set = set_slice_us,
	.get = param_get_uint,
};

static int set_lb_intv_us(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 0, 10 * USEC_PER_SEC);
}

static const struct kernel_param_ops lb_intv_us_ops = {
	.set = set_lb_intv_us,
	.get = param_get_uint,
};

module_param_cb(slice_bypass_us, &slice_us_ops, &slice_bypass_us, 0600);
MODULE_PARM_DESC(slice_bypass_us, "slice in us while the scheduler is bypassed, 100 to 100000");
module_param_cb(bypass_lb_intv_us, &lb_intv_us_ops, &bypass_lb_intv_us, 0600);
MODULE_PARM_DESC(bypass_lb_intv_us,
		 "us between spreads of waiting tasks, 0 to 10000000 (0: never)");
