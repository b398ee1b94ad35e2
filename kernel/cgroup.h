/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cgroup.h - the scheduler's view of the CPU controller.
 *
 * The class stores the settings of every group and tells the scheduler about them; it enforces
 * nothing. The cgroup lock is held for reading by everything that changes one group or moves
 * tasks, and for writing while a scheduler is loaded or unloaded, so that each group and each
 * task is told about exactly once. Flags of a group, under that lock:
 *
 *	SCX_TG_ONLINE	scx_tg_online() .. scx_tg_offline()
 *	SCX_TG_INITED	ops.cgroup_init() succeeded, or there is none; ops.cgroup_exit() is due
 */
#ifndef _SCXKIT_CGROUP_H
#define _SCXKIT_CGROUP_H

#ifdef CONFIG_EXT_GROUP_SCHED

void cgroup_lock_write(void);
void cgroup_unlock_write(void);

/*
 * Tell @sch about all groups, parents first, or take leave of them, children first. Cgroup lock
 * held for writing; sleep. init returns 0, or -errno with an end claimed.
 */
int cgroup_init_all(struct scx_sched *sch);
void cgroup_exit_all(struct scx_sched *sch);

/* From now on the loaded scheduler is told about changes, or not. Cgroup lock held for writing. */
void cgroup_tell_changes(bool tell);

/* The cgroup of @tg as BPF sees it: the root for autogroups. Never NULL. */
static inline struct cgroup *tg_cgrp(struct task_group *tg)
{
	return tg && tg->css.cgroup ? tg->css.cgroup : root_task_group.css.cgroup;
}

/* @tg, or if it was removed, and only dead tasks are left in it, its nearest ancestor that is there. */
static inline struct task_group *tg_known(struct task_group *tg)
{
	while (tg->parent && !(tg->scx.flags & SCX_TG_INITED))
		tg = tg->parent;
	return tg;
}

#else

static inline struct task_group *tg_known(struct task_group *tg)
{
	return tg;
}

static inline void cgroup_lock_write(void) {}
static inline void cgroup_unlock_write(void) {}
static inline int cgroup_init_all(struct scx_sched *sch)
{
	return 0;
}

static inline void cgroup_exit_all(struct scx_sched *sch) {}
static inline void cgroup_tell_changes(bool tell) {}

#endif /* CONFIG_EXT_GROUP_SCHED */

#endif /* _SCXKIT_CGROUP_H */
