// SPDX-License-Identifier: GPL-2.0
/* task.c - see task.h for the state machines; the life of a task is changed here only. */
#include "seam.h"
#include "internal.h"
#include "task.h"
#include "call.h"
#include "cgroup.h"
#include "dispatch.h"
#include "enable.h"
#include "exit.h"

static DEFINE_RAW_SPINLOCK(tasks_lock);
static LIST_HEAD(tasks);

const char *task_state_name(u32 state)
{
	switch (state) {
	case SCX_TASK_NONE:
		return "none";
	case SCX_TASK_INIT:
		return "init";
	case SCX_TASK_READY:
		return "ready";
	default:
		return "enabled";
	}
}

static bool task_may_go(u32 from, u32 to)
{
	switch (to) {
	case SCX_TASK_INIT:
		return from == SCX_TASK_NONE;
	case SCX_TASK_READY:
		return from == SCX_TASK_INIT || from == SCX_TASK_ENABLED;
	case SCX_TASK_ENABLED:
		return from == SCX_TASK_READY;
	default:
		return true;
	}
}

static void task_set_state(struct task_struct *p, u32 next)
{
	WARN_ONCE(!task_may_go(task_state(p), next), "%s[%d]: illegal transition %s -> %s\n",
		  p->comm, p->pid, task_state_name(task_state(p)), task_state_name(next));
	p->scx.flags = (p->scx.flags & ~SCX_TASK_STATE_MASK) | next;
}

/*
 * The flag stands until the next load. A task that already has the policy is set back; one
 * that asks for it later is refused by scx_check_setscheduler().
 */
static void task_apply_disallow(struct task_struct *p)
{
	struct rq_flags rf;
	struct rq *rq = task_rq_lock(p, &rf);

	if (p->policy == SCHED_EXT) {
		p->policy = SCHED_NORMAL;
		set_load_weight(p, false);
		atomic_long_inc(&scx_nr_rejected);
	}
	task_rq_unlock(rq, p, &rf);
}

int task_init(struct scx_sched *sch, struct task_struct *p, struct task_group *tg, bool fork)
{
	int ret = 0;

	p->scx.disallow = false;

	if (sch->ops.init_task) {
		struct scx_init_task_args args = {
#ifdef CONFIG_EXT_GROUP_SCHED
			.cgroup = tg_cgrp(tg),
#endif
			.fork = fork,
		};

		ret = scx_call_errno(sch, "init_task", sch->ops.init_task(p, &args));
		if (ret)
			return ret;
	}

	task_set_state(p, SCX_TASK_INIT);

	if (unlikely(p->scx.disallow)) {
		if (fork)
			scx_error(sch,
				  "ops.init_task() set task->scx.disallow for %s[%d] during fork",
				  p->comm, p->pid);
		else
			task_apply_disallow(p);
	}
	return 0;
}

void task_ready(struct task_struct *p)
{
	task_set_state(p, SCX_TASK_READY);
}

u32 task_weight(const struct task_struct *p)
{
	u32 weight;

	if (task_has_idle_policy((struct task_struct *)p))
		weight = WEIGHT_IDLEPRIO;
	else
		weight = sched_prio_to_weight[p->static_prio - MAX_RT_PRIO];
	return clamp_t(u32, DIV_ROUND_CLOSEST(weight * 100, 1024), 1, 10000);
}

void task_enable(struct scx_sched *sch, struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);

	/* nothing of its last time on this class counts any more */
	p->scx.flags |= SCX_TASK_RESET_RUNNABLE_AT;
	dispatch_clear_direct(p);

	p->scx.weight = task_weight(p);
	scx_call_task(sch, enable, rq, p);
	task_set_state(p, SCX_TASK_ENABLED);
	scx_call_task(sch, set_weight, rq, p, p->scx.weight);
	scx_call_task(sch, set_cpumask, rq, p, p->cpus_ptr);
}

void task_disable(struct scx_sched *sch, struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	WARN_ON_ONCE(task_state(p) != SCX_TASK_ENABLED);

	scx_call_task(sch, disable, rq, p);
	task_set_state(p, SCX_TASK_READY);
}

void task_exit(struct scx_sched *sch, struct rq *rq, struct task_struct *p)
{
	struct scx_exit_task_args args = { .cancelled = task_state(p) == SCX_TASK_INIT };

	lockdep_assert_rq_held(rq);

	if (task_state(p) == SCX_TASK_NONE)
		return;
	if (task_state(p) == SCX_TASK_ENABLED)
		task_disable(sch, rq, p);
	scx_call_task(sch, exit_task, rq, p, &args);
	task_set_state(p, SCX_TASK_NONE);
}

void task_list_add(struct task_struct *p)
{
	guard(raw_spinlock_irqsave)(&tasks_lock);
	list_add_tail(&p->scx.tasks_node, &tasks);
}

void task_list_del(struct task_struct *p)
{
	guard(raw_spinlock_irqsave)(&tasks_lock);
	list_del_init(&p->scx.tasks_node);
}

/*
 * Take references on up to @max tasks behind @last (NULL: from the start). The reference on
 * @last keeps its place in the list.
 */
static int task_list_batch(struct task_struct *last, struct task_struct **batch, int max)
{
	struct list_head *pos = last ? &last->scx.tasks_node : &tasks;
	int nr = 0;

	guard(raw_spinlock_irq)(&tasks_lock);
	for (pos = pos->next; pos != &tasks && nr < max; pos = pos->next) {
		struct task_struct *p = list_entry(pos, struct task_struct, scx.tasks_node);

		/* a task at zero is about to take itself off the list */
		if (refcount_inc_not_zero(&p->usage))
			batch[nr++] = p;
	}
	return nr;
}

int for_each_task_batched(int (*fn)(struct task_struct *p, void *arg), void *arg)
{
	struct task_struct *batch[SCX_TASK_ITER_BATCH], *last = NULL;
	int nr, i, ret = 0;

	do {
		nr = task_list_batch(last, batch, ARRAY_SIZE(batch));
		if (last)
			put_task_struct(last);
		last = nr ? batch[nr - 1] : NULL;

		for (i = 0; i < nr; i++) {
			if (!ret)
				ret = fn(batch[i], arg);
			if (batch[i] != last)
				put_task_struct(batch[i]);
		}
		cond_resched();
	} while (nr && !ret);

	if (last)
		put_task_struct(last);
	return ret;
}

static bool task_list_has_known(void)
{
	struct task_struct *p;

	guard(raw_spinlock_irq)(&tasks_lock);
	list_for_each_entry(p, &tasks, scx.tasks_node) {
		if (task_state(p) != SCX_TASK_NONE)
			return true;
	}
	return false;
}

void task_list_wait_exited(void)
{
	while (task_list_has_known())
		schedule_timeout_uninterruptible(1);
}

void __task_leave_custody(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			  u64 deq_flags)
{
	p->scx.flags &= ~SCX_TASK_IN_CUSTODY;
	scx_call_task(sch, dequeue, rq, p, deq_flags);
}

bool task_may_run_on(struct task_struct *p, struct rq *rq)
{
	int cpu = cpu_of(rq);

	if (!cpumask_test_cpu(cpu, p->cpus_ptr) || is_migration_disabled(p))
		return false;
	/* per-CPU kernel threads may use a CPU that is on its way up or down */
	if ((p->flags & PF_KTHREAD) && kthread_is_per_cpu(p))
		return cpu_online(cpu);
	return task_cpu_possible(cpu, p);
}
