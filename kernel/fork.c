// SPDX-License-Identifier: GPL-2.0
/*
 * fork.c - tasks come and go.
 *
 * A fork holds the fork lock for reading from scx_pre_fork() to scx_post_fork() or
 * scx_cancel_fork(). So whether a scheduler wants to hear of new tasks does not change in
 * between, and a walk over all tasks that holds it for writing misses none.
 *
 * Idle tasks, which have pid 0, are forked too. They are none of a scheduler's business and are
 * never on the list.
 */
#include "seam.h"
#include "internal.h"
#include "enable.h"
#include "task.h"

void init_scx_entity(struct sched_ext_entity *scx)
{
	memset(scx, 0, sizeof(*scx));
	INIT_LIST_HEAD(&scx->dsq_list.node);
	RB_CLEAR_NODE(&scx->dsq_priq);
	INIT_LIST_HEAD(&scx->runnable_node);
	INIT_LIST_HEAD(&scx->tasks_node);
	scx->sticky_cpu = -1;
	scx->holding_cpu = -1;
	scx->selected_cpu = -1;
	scx->runnable_at = jiffies;
	scx->ddsp_dsq_id = SCX_DSQ_INVALID;
	scx->slice = SCX_SLICE_DFL;
	scx->weight = 100;
}

void scx_pre_fork(struct task_struct *p)
{
	percpu_down_read(&scx_fork_rwsem);
}

int scx_fork(struct task_struct *p)
{
	percpu_rwsem_assert_held(&scx_fork_rwsem);

	if (!scx_init_task_armed || !p->pid)
		return 0;
	return task_init(rcu_dereference_protected(scx_root, true), p, task_group(p), true);
}

void scx_post_fork(struct task_struct *p)
{
	if (task_state(p) != SCX_TASK_NONE) {
		struct rq_flags rf;
		struct rq *rq = task_rq_lock(p, &rf);

		update_rq_clock(rq);
		task_ready(p);
		if (p->sched_class == &ext_sched_class)
			task_enable(scx_root_locked(), rq, p);
		task_rq_unlock(rq, p, &rf);
	}
	if (p->pid)
		task_list_add(p);
	percpu_up_read(&scx_fork_rwsem);
}

/* The last callback for @p. */
static void exit_known(struct task_struct *p)
{
	if (task_state(p) != SCX_TASK_NONE) {
		struct rq_flags rf;
		struct rq *rq = task_rq_lock(p, &rf);

		update_rq_clock(rq);
		task_exit(scx_root_locked(), rq, p);
		task_rq_unlock(rq, p, &rf);
	}
}

void scx_cancel_fork(struct task_struct *p)
{
	exit_known(p);
	percpu_up_read(&scx_fork_rwsem);
}

void sched_ext_free(struct task_struct *p)
{
	/*
	 * First exit, then leave the list: an unload that cannot get a reference any more waits
	 * for us there.
	 */
	exit_known(p);
	task_list_del(p);
}

int scx_check_setscheduler(struct task_struct *p, int policy)
{
	lockdep_assert_rq_held(task_rq(p));

	if (scx_init_task_armed && READ_ONCE(p->scx.disallow) && p->policy != policy &&
	    policy == SCHED_EXT)
		return -EACCES;
	return 0;
}
