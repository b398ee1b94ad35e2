/* SPDX-License-Identifier: GPL-2.0 */
/*
 * scx.h - what the core scheduler calls: the hooks of the class and their empty forms.
 *
 * Included at the end of kernel/sched/sched.h. Each hook says where it is called and what
 * is held there. Source: spec "Hook surface".
 */
#ifndef _SCXKIT_SCX_H
#define _SCXKIT_SCX_H

#ifdef CONFIG_SCHED_CLASS_EXT

/* Boot: set up the runqueues' parts. Before any task is scheduled. */
void init_sched_ext_class(void);

/* Is @p scheduled by this class? Stable under the lock of its runqueue. */
static inline bool task_on_scx(const struct task_struct *p)
{
	return scx_enabled() && p->sched_class == &ext_sched_class;
}

/* Would a task of @policy below RT be scheduled by this class now? Any context. */
bool task_should_scx(int policy);

/*
 * Fork, in order of call. pre_fork() takes the read side of the fork lock, post_fork() or
 * cancel_fork() drops it, exactly one of them. fork() may fail with the errno of
 * ops.init_task(). All may sleep, none is called with a lock held.
 */
void init_scx_entity(struct sched_ext_entity *scx);
void scx_pre_fork(struct task_struct *p);
int scx_fork(struct task_struct *p);
void scx_post_fork(struct task_struct *p);
void scx_cancel_fork(struct task_struct *p);

/* Policy change of @p to @policy: 0, or -EACCES if it may not have SCHED_EXT. pi and rq lock. */
int scx_check_setscheduler(struct task_struct *p, int policy);

/* The tick on @rq, after the class tick. rq lock. Notices a watchdog that does not run. */
void scx_tick(struct rq *rq);

/*
 * What runs next on @rq, if no other class has tasks there; the current one has been put and it
 * has been set. NULL: ask each class. rq lock, which may be dropped and retaken.
 */
struct task_struct *scx_pick_alone(struct rq *rq, struct rq_flags *rf);

/* The core has chosen @next on @rq and will switch to it without dropping the rq lock. */
void __scx_picked(struct rq *rq, struct task_struct *next);

static inline void scx_picked(struct rq *rq, struct task_struct *next)
{
	if (!scx_enabled())
		return;
	/* pairs with kick_wait() */
	smp_store_release(&rq->scx.switch_seq, rq->scx.switch_seq + 1);
	if (unlikely(rq->scx.flags & SCX_RQ_WAIT_PENDING) ||
	    sched_class_above(next->sched_class, &ext_sched_class) ||
	    tick_nohz_full_cpu(cpu_of(rq)))
		__scx_picked(rq, next);
}

/* At the begin of a pick: if tasks are to be served before real-time ones, get one. rq lock. */
void scx_server_balance(struct rq *rq, struct rq_flags *rf);
/* The task of the class to be run then, or NULL: it is not needed, or nobody waits. rq lock. */
struct task_struct *scx_server_pick(struct rq *rq);

/* May the wakeup of @p be queued on the target CPU? Such wakeups skip ops.select_cpu(). */
bool scx_allow_ttwu_queue(const struct task_struct *p);

/* May the tick stop on @rq? rq lock. */
bool scx_can_stop_tick(struct rq *rq);

/* CPU hotplug, process context: @rq is about to go online, has gone offline. */
void scx_rq_activate(struct rq *rq);
void scx_rq_deactivate(struct rq *rq);

/* Performance target of @cpu as the scheduler set it, 0..SCHED_CAPACITY_SCALE. Lockless. */
static inline u32 scx_cpuperf_target(s32 cpu)
{
	return scx_enabled() ? READ_ONCE(cpu_rq(cpu)->scx.cpuperf_target) : 0;
}

#ifdef CONFIG_SCHED_CORE
/* Core scheduling: has @a lower priority than @b? Runqueue locks of the core. */
bool scx_prio_less(const struct task_struct *a, const struct task_struct *b, bool in_fi);
#endif

#else /* !CONFIG_SCHED_CLASS_EXT */

/* clang-format off */
static inline void init_sched_ext_class(void) {}
static inline bool task_on_scx(const struct task_struct *p) { return false; }
static inline bool task_should_scx(int policy) { return false; }
static inline void scx_pre_fork(struct task_struct *p) {}
static inline int scx_fork(struct task_struct *p) { return 0; }
static inline void scx_post_fork(struct task_struct *p) {}
static inline void scx_cancel_fork(struct task_struct *p) {}
static inline int scx_check_setscheduler(struct task_struct *p, int policy) { return 0; }
static inline void scx_tick(struct rq *rq) {}
static inline struct task_struct *scx_pick_alone(struct rq *rq, struct rq_flags *rf) { return NULL; }
static inline void scx_picked(struct rq *rq, struct task_struct *next) {}
static inline void scx_server_balance(struct rq *rq, struct rq_flags *rf) {}
static inline struct task_struct *scx_server_pick(struct rq *rq) { return NULL; }
static inline bool scx_allow_ttwu_queue(const struct task_struct *p) { return true; }
static inline bool scx_can_stop_tick(struct rq *rq) { return true; }
static inline void scx_rq_activate(struct rq *rq) {}
static inline void scx_rq_deactivate(struct rq *rq) {}
static inline u32 scx_cpuperf_target(s32 cpu) { return 0; }
/* clang-format on */

#endif /* CONFIG_SCHED_CLASS_EXT */

/*
 * @rq's CPU enters or leaves idle. @do_notify: a real transition, tell ops.update_idle();
 * without it the idle task was picked again. rq lock.
 */
#if defined(CONFIG_SCHED_CLASS_EXT) && defined(CONFIG_SMP)
void __scx_update_idle(struct rq *rq, bool idle, bool do_notify);

static inline void scx_update_idle(struct rq *rq, bool idle, bool do_notify)
{
	if (scx_enabled())
		__scx_update_idle(rq, idle, do_notify);
}
#else
static inline void scx_update_idle(struct rq *rq, bool idle, bool do_notify) {}
#endif

#ifdef CONFIG_EXT_GROUP_SCHED
/* @tg was allocated: defaults. */
void scx_tg_init(struct task_group *tg);
/* @tg comes online, before it is visible: 0, or the errno of ops.cgroup_init(). May sleep. */
int scx_tg_online(struct task_group *tg);
void scx_tg_offline(struct task_group *tg);

/*
 * Migration between cgroups: can_attach() takes the cgroup lock of the class and keeps it
 * unless it fails; finish or cancel drops it. move_task() commits one task, rq lock held
 * and the task off the queue.
 */
int scx_cgroup_can_attach(struct cgroup_taskset *tset);
void scx_cgroup_move_task(struct task_struct *p);
void scx_cgroup_finish_attach(void);
void scx_cgroup_cancel_attach(struct cgroup_taskset *tset);

/* Settings of @tg were written; @weight 1..10000, times in us, RUNTIME_INF for no quota. */
void scx_group_set_weight(struct task_group *tg, unsigned long weight);
void scx_group_set_idle(struct task_group *tg, bool idle);
void scx_group_set_bandwidth(struct task_group *tg, u64 period_us, u64 quota_us, u64 burst_us);
#else
/* clang-format off */
static inline void scx_tg_init(struct task_group *tg) {}
static inline int scx_tg_online(struct task_group *tg) { return 0; }
static inline void scx_tg_offline(struct task_group *tg) {}
static inline int scx_cgroup_can_attach(struct cgroup_taskset *tset) { return 0; }
static inline void scx_cgroup_move_task(struct task_struct *p) {}
static inline void scx_cgroup_finish_attach(void) {}
static inline void scx_cgroup_cancel_attach(struct cgroup_taskset *tset) {}
static inline void scx_group_set_weight(struct task_group *tg, unsigned long weight) {}
static inline void scx_group_set_idle(struct task_group *tg, bool idle) {}
static inline void scx_group_set_bandwidth(struct task_group *tg, u64 period_us, u64 quota_us,
					   u64 burst_us) {}
/* clang-format on */
#endif

#endif /* _SCXKIT_SCX_H */
