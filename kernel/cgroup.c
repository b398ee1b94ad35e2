// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "cgroup.h"
#include "call.h"
#include "exit.h"
#include "task.h"

#ifdef CONFIG_EXT_GROUP_SCHED

/*
 * The cgroup lock. Who changes a group holds it for reading, and keeps out other changes of what it
 * changes: attaches by the core's cgroup_mutex, limits by its cfs_constraints_mutex, weights by ours.
 */
DEFINE_STATIC_PERCPU_RWSEM(cgroup_rwsem);
static DEFINE_MUTEX(weight_mutex);

/* A scheduler knows all groups and tasks, and is told about changes. Cgroup lock. */
static bool changes_told;

void cgroup_lock_write(void)
{
	percpu_down_write(&cgroup_rwsem);
}

void cgroup_unlock_write(void)
{
	percpu_up_write(&cgroup_rwsem);
}

void cgroup_tell_changes(bool tell)
{
	percpu_rwsem_assert_held(&cgroup_rwsem);
	changes_told = tell;
}

/* The scheduler to tell about a change, or NULL. Cgroup lock. */
static struct scx_sched *told_sched(void)
{
	percpu_rwsem_assert_held(&cgroup_rwsem);
	return changes_told ? rcu_dereference_protected(scx_root, true) : NULL;
}

void scx_tg_init(struct task_group *tg)
{
	tg->scx.weight = CGROUP_WEIGHT_DFL;
	tg->scx.bw_period_us = 100 * USEC_PER_MSEC;
	tg->scx.bw_quota_us = RUNTIME_INF;
}

static int tg_tell(struct scx_sched *sch, struct task_group *tg)
{
	int ret = 0;

	if (sch->ops.cgroup_init) {
		struct scx_cgroup_init_args args = {
			.weight = tg->scx.weight,
			.bw_period_us = tg->scx.bw_period_us,
			.bw_quota_us = tg->scx.bw_quota_us,
			.bw_burst_us = tg->scx.bw_burst_us,
		};

		ret = scx_call_errno(sch, "cgroup_init",
				     sch->ops.cgroup_init(tg->css.cgroup, &args));
	}
	if (!ret)
		tg->scx.flags |= SCX_TG_INITED;
	return ret;
}

/* @tg is known to @sch. */
static void tg_take_leave(struct scx_sched *sch, struct task_group *tg)
{
	tg->scx.flags &= ~SCX_TG_INITED;
	if (sch->ops.cgroup_exit)
		sch->ops.cgroup_exit(tg->css.cgroup);
}

int scx_tg_online(struct task_group *tg)
{
	struct scx_sched *sch;
	int ret = 0;

	percpu_down_read(&cgroup_rwsem);
	sch = told_sched();
	if (sch)
		ret = tg_tell(sch, tg);
	if (!ret)
		tg->scx.flags |= SCX_TG_ONLINE;
	percpu_up_read(&cgroup_rwsem);
	return ret;
}

void scx_tg_offline(struct task_group *tg)
{
	percpu_down_read(&cgroup_rwsem);
	/* the scheduler that knows it is there, as it has not taken leave of all */
	if (tg->scx.flags & SCX_TG_INITED)
		tg_take_leave(rcu_dereference_protected(scx_root, true), tg);
	tg->scx.flags &= ~SCX_TG_ONLINE;
	percpu_up_read(&cgroup_rwsem);
}

/*
 * Walk groups with RCU and a reference on the current one, which keeps its place while the
 * callback sleeps.
 */
int cgroup_init_all(struct scx_sched *sch)
{
	struct cgroup_subsys_state *css;
	int ret = 0;

	percpu_rwsem_assert_held(&cgroup_rwsem);

	rcu_read_lock();
	css_for_each_descendant_pre(css, &root_task_group.css) {
		struct task_group *tg = container_of(css, struct task_group, css);

		if (!(tg->scx.flags & SCX_TG_ONLINE) || !css_tryget(css))
			continue;
		rcu_read_unlock();
		ret = tg_tell(sch, tg);
		if (ret)
			scx_error(sch, "ops.cgroup_init() failed with %d for cgroup %llu", ret,
				  cgroup_id(css->cgroup));
		rcu_read_lock();
		css_put(css);
		if (ret)
			break;
	}
	rcu_read_unlock();
	return ret;
}

void cgroup_exit_all(struct scx_sched *sch)
{
	struct cgroup_subsys_state *css;

	percpu_rwsem_assert_held(&cgroup_rwsem);

	rcu_read_lock();
	css_for_each_descendant_post(css, &root_task_group.css) {
		struct task_group *tg = container_of(css, struct task_group, css);

		if (!(tg->scx.flags & SCX_TG_INITED) || !css_tryget(css))
			continue;
		rcu_read_unlock();
		tg_take_leave(sch, tg);
		rcu_read_lock();
		css_put(css);
	}
	rcu_read_unlock();
}

/* Undo ops.cgroup_prep_move() for the tasks of @tset up to @end, or for all. */
static void cancel_moves(struct scx_sched *sch, struct cgroup_taskset *tset,
			 struct task_struct *end)
{
	struct cgroup_subsys_state *css;
	struct task_struct *p;

	cgroup_taskset_for_each(p, css, tset) {
		if (p == end)
			break;
		if (!p->scx.cgrp_moving_from)
			continue;
		if (sch && sch->ops.cgroup_cancel_move)
			sch->ops.cgroup_cancel_move(p, p->scx.cgrp_moving_from, css->cgroup);
		p->scx.cgrp_moving_from = NULL;
	}
}

int scx_cgroup_can_attach(struct cgroup_taskset *tset)
{
	struct cgroup_subsys_state *css;
	struct task_struct *p;
	struct scx_sched *sch;
	int ret;

	percpu_down_read(&cgroup_rwsem);
	sch = told_sched();
	if (!sch)
		return 0;

	cgroup_taskset_for_each(p, css, tset) {
		struct cgroup *from;

		/* its autogroup may go at any time; no other group can */
		scoped_guard(rcu)
			from = tg_cgrp(task_group(p));

		WARN_ON_ONCE(p->scx.cgrp_moving_from);

		/* the cgroup of the CPU controller need not change when another one's does */
		if (from == css->cgroup)
			continue;

		if (sch->ops.cgroup_prep_move) {
			ret = scx_call_errno(sch, "cgroup_prep_move",
					     sch->ops.cgroup_prep_move(p, from, css->cgroup));
			if (ret) {
				cancel_moves(sch, tset, p);
				percpu_up_read(&cgroup_rwsem);
				return ret;
			}
		}
		p->scx.cgrp_moving_from = from;
	}
	return 0;
}

void scx_cgroup_move_task(struct task_struct *p)
{
	struct scx_sched *sch;

	/* exit and autogroup changes come without an attach, identity moves without a prep */
	if (!p->scx.cgrp_moving_from)
		return;
	sch = told_sched();
	if (sch && scx_has_op(sch, cgroup_move))
		scx_call(sch, cgroup_move, task_rq(p), p, NULL, p, p->scx.cgrp_moving_from,
			 tg_cgrp(task_group(p)));
	p->scx.cgrp_moving_from = NULL;
}

void scx_cgroup_finish_attach(void)
{
	percpu_up_read(&cgroup_rwsem);
}

void scx_cgroup_cancel_attach(struct cgroup_taskset *tset)
{
	cancel_moves(told_sched(), tset, NULL);
	percpu_up_read(&cgroup_rwsem);
}

void scx_group_set_weight(struct task_group *tg, unsigned long weight)
{
	struct scx_sched *sch;

	percpu_down_read(&cgroup_rwsem);
	mutex_lock(&weight_mutex);
	sch = told_sched();
	if (sch && sch->ops.cgroup_set_weight && tg->scx.weight != weight)
		sch->ops.cgroup_set_weight(tg_cgrp(tg), weight);
	tg->scx.weight = weight;
	mutex_unlock(&weight_mutex);
	percpu_up_read(&cgroup_rwsem);
}

void scx_group_set_idle(struct task_group *tg, bool idle)
{
	struct scx_sched *sch;

	percpu_down_read(&cgroup_rwsem);
	mutex_lock(&weight_mutex);
	sch = told_sched();
	if (sch && sch->ops.cgroup_set_idle)
		sch->ops.cgroup_set_idle(tg_cgrp(tg), idle);
	tg->scx.idle = idle;
	mutex_unlock(&weight_mutex);
	percpu_up_read(&cgroup_rwsem);
}

void scx_group_set_bandwidth(struct task_group *tg, u64 period_us, u64 quota_us, u64 burst_us)
{
	struct scx_sched *sch;

	percpu_down_read(&cgroup_rwsem);
	sch = told_sched();
	if (sch && sch->ops.cgroup_set_bandwidth &&
	    (tg->scx.bw_period_us != period_us || tg->scx.bw_quota_us != quota_us ||
	     tg->scx.bw_burst_us != burst_us))
		sch->ops.cgroup_set_bandwidth(tg_cgrp(tg), period_us, quota_us, burst_us);
	tg->scx.bw_period_us = period_us;
	tg->scx.bw_quota_us = quota_us;
	tg->scx.bw_burst_us = burst_us;
	percpu_up_read(&cgroup_rwsem);
}

#endif /* CONFIG_EXT_GROUP_SCHED */
