// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "watchdog.h"
#include "exit.h"

/* jiffies of the last check */
static unsigned long watchdog_checked_at;

/* The first task that waits too long on @rq, or false. */
static bool rq_has_stall(struct scx_sched *sch, struct rq *rq)
{
	struct task_struct *p;
	bool stalled = false;
	unsigned long flags;

	raw_spin_rq_lock_irqsave(rq, flags);
	list_for_each_entry(p, &rq->scx.runnable_list, scx.runnable_node) {
		unsigned long since = p->scx.runnable_at;

		if (unlikely(time_after(jiffies, since + sch->timeout))) {
			u32 ms = jiffies_to_msecs(jiffies - since);

			scx_exit(sch, SCX_EXIT_ERROR_STALL, 0,
				 "%s[%d] on CPU %d has been runnable for %u.%03us without running",
				 p->comm, p->pid, cpu_of(rq), ms / 1000, ms % 1000);
			stalled = true;
			break;
		}
	}
	raw_spin_rq_unlock_irqrestore(rq, flags);
	return stalled;
}

/* Twice per timeout, but not without a break. */
static void watchdog_again(struct scx_sched *sch)
{
	kthread_queue_delayed_work(sch->helper, &sch->watchdog_work, max(sch->timeout / 2, 1UL));
}

static void watchdog_check(struct kthread_work *work)
{
	struct scx_sched *sch = container_of(work, struct scx_sched, watchdog_work.work);
	int cpu;

	WRITE_ONCE(watchdog_checked_at, jiffies);
	for_each_online_cpu(cpu) {
		if (rq_has_stall(sch, cpu_rq(cpu)))
			return;
		cond_resched();
	}
	watchdog_again(sch);
}

void watchdog_start(struct scx_sched *sch)
{
	WRITE_ONCE(watchdog_checked_at, jiffies);
	kthread_init_delayed_work(&sch->watchdog_work, watchdog_check);
	watchdog_again(sch);
}

void watchdog_stop(struct scx_sched *sch)
{
	if (sch->watchdog_work.work.func)
		kthread_cancel_delayed_work_sync(&sch->watchdog_work);
}

void watchdog_tick(struct scx_sched *sch)
{
	unsigned long checked = READ_ONCE(watchdog_checked_at);

	if (unlikely(time_after(jiffies, checked + sch->timeout))) {
		u32 ms = jiffies_to_msecs(jiffies - checked);

		scx_exit(sch, SCX_EXIT_ERROR_STALL, 0,
			 "the watchdog has not checked for stalls for %u.%03us", ms / 1000,
			 ms % 1000);
	}
}
