/* SPDX-License-Identifier: GPL-2.0 */
/*
 * types.h - the data of the class that lives inside other people's structs.
 *
 * struct sched_ext_entity sits in every task and struct scx_task_group in every CPU cgroup;
 * rq.h has the part of a runqueue. <linux/sched.h> includes this header, so it holds plain
 * types, and the two entry points for callers outside kernel/sched. The enums are part of the
 * BPF interface: programs read them from the kernel's BTF by type name and by enumerator name,
 * so neither may change, and a name that stands here is a promise that the behaviour behind it
 * exists.
 *
 * Letters say what protects a field:
 *
 *	I	set at init, constant afterwards
 *	R	the lock of the runqueue the task is on
 *	O	whoever owns the task by its ops_state (see task.h)
 *	Q	the lock of the dispatch queue; for a local queue the runqueue lock
 *	T	the lock of the list of all tasks (task.c)
 *	A	atomic, or written with WRITE_ONCE and read anywhere as a hint
 *	F	the cgroup lock of the class (cgroup.c)
 */
#ifndef _SCXKIT_TYPES_H
#define _SCXKIT_TYPES_H

#ifdef CONFIG_SCHED_CLASS_EXT

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rbtree_types.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock_types.h>

struct cgroup;
struct task_struct;

enum scx_public_consts {
	SCX_OPS_NAME_LEN = 128,

	/* slices in ns; SCX_SLICE_INF is never used up */
	SCX_SLICE_DFL = 20 * 1000000,
	SCX_SLICE_BYPASS = 5 * 1000000,
	SCX_SLICE_INF = ~0ULL,
};

/* A queue id is 64 bits: bit 63 marks built-in queues, bit 62 the "local queue of CPU n" form. */
enum scx_dsq_id_flags {
	SCX_DSQ_FLAG_BUILTIN = 1LLU << 63,
	SCX_DSQ_FLAG_LOCAL_ON = 1LLU << 62,

	SCX_DSQ_INVALID = SCX_DSQ_FLAG_BUILTIN | 0,
	SCX_DSQ_GLOBAL = SCX_DSQ_FLAG_BUILTIN | 1,
	SCX_DSQ_LOCAL = SCX_DSQ_FLAG_BUILTIN | 2,
	SCX_DSQ_BYPASS = SCX_DSQ_FLAG_BUILTIN | 3,
	SCX_DSQ_LOCAL_ON = SCX_DSQ_FLAG_BUILTIN | SCX_DSQ_FLAG_LOCAL_ON,
	SCX_DSQ_LOCAL_CPU_MASK = 0xffffffffLLU,
};

/* p->scx.flags. Written under R, or by the owner while ops_state is DISPATCHING. */
enum scx_ent_flags {
	SCX_TASK_QUEUED = 1 << 0,	/* on a runqueue */
	SCX_TASK_IN_CUSTODY = 1 << 1,	/* the BPF scheduler answers for it, see task.h */
	SCX_TASK_RESET_RUNNABLE_AT = 1 << 2, /* ran: its next wait starts afresh */
	SCX_TASK_DEQD_FOR_SLEEP = 1 << 3, /* last dequeue was a sleep */
	SCX_TASK_IMMED = 1 << 5,	/* runs at once where it was put or comes back */

	/* life of a task as the scheduler sees it, see task.h */
	SCX_TASK_STATE_SHIFT = 8,
	SCX_TASK_STATE_BITS = 2,
	SCX_TASK_STATE_MASK = ((1 << SCX_TASK_STATE_BITS) - 1) << SCX_TASK_STATE_SHIFT,
	SCX_TASK_NONE = 0 << SCX_TASK_STATE_SHIFT,
	SCX_TASK_INIT = 1 << SCX_TASK_STATE_SHIFT,
	SCX_TASK_READY = 2 << SCX_TASK_STATE_SHIFT,
	SCX_TASK_ENABLED = 3 << SCX_TASK_STATE_SHIFT,

	/* why ops.enqueue() is called again, valid during that call */
	SCX_TASK_REENQ_REASON_SHIFT = 12,
	SCX_TASK_REENQ_REASON_BITS = 2,
	SCX_TASK_REENQ_REASON_MASK = ((1 << SCX_TASK_REENQ_REASON_BITS) - 1)
				     << SCX_TASK_REENQ_REASON_SHIFT,
	SCX_TASK_REENQ_NONE = 0 << SCX_TASK_REENQ_REASON_SHIFT,
	SCX_TASK_REENQ_KFUNC = 1 << SCX_TASK_REENQ_REASON_SHIFT,
	SCX_TASK_REENQ_IMMED = 2 << SCX_TASK_REENQ_REASON_SHIFT,
	SCX_TASK_REENQ_PREEMPTED = 3 << SCX_TASK_REENQ_REASON_SHIFT,

	/* not a task but a place in a list of tasks; here such lists hold tasks only */
	SCX_TASK_CURSOR = 1U << 31,
};

/* p->scx.dsq_flags */
enum scx_ent_dsq_flags {
	SCX_TASK_DSQ_ON_PRIQ = 1 << 0,	/* ordered by vtime */
};

enum scx_dsq_lnode_flags {
	SCX_DSQ_LNODE_ITER_CURSOR = 1 << 0, /* not a task: the position of an iterator */

	/* upper half of the flags word belongs to the owner of the node */
	__SCX_DSQ_LNODE_PRIV_SHIFT = 16,
};

/* A place in the linear order of a dispatch queue. */
struct scx_dsq_list_node {
	struct list_head	node;
	u32			flags;	/* SCX_DSQ_LNODE_* and the owner's bits */
	u32			priv;	/* the owner's: an iterator keeps its start here */
};

/* A dispatch queue. dsq.h has the rules. */
struct scx_dispatch_q {
	raw_spinlock_t		lock;	/* unused by local queues: their lock is the runqueue's */
	struct list_head	list;	/* Q: tasks and cursors in dispatch order */
	struct task_struct __rcu *first_task; /* Q: head of the order, for lockless peeks */
	struct rb_root		priq;	/* Q: tasks by vtime, same order as list */
	u32			nr;	/* Q: number of tasks; A for readers */
	u32			seq;	/* Q: insertions so far */
	u64			id;	/* I, but becomes SCX_DSQ_INVALID under Q when destroyed */
	u64			old_id;	/* Q: what it was before that */
	struct rhash_head	hash_node;
	struct llist_node	free_node;
	struct llist_node	reenq_node; /* on the list of a CPU that will re-enqueue it */
	atomic_t		reenq_pending;
	struct rcu_head		rcu;
};

/* The part of a task that belongs to the class. */
struct sched_ext_entity {
	struct scx_dispatch_q	*dsq;		/* R: queue the task is on, or is just leaving */
	struct scx_dsq_list_node dsq_list;	/* Q; R while on a list of deferred inserts */
	struct rb_node		dsq_priq;	/* Q */
	u32			dsq_seq;	/* Q: dsq->seq at insertion */
	u32			dsq_flags;	/* Q: SCX_TASK_DSQ_* */
	u32			flags;		/* R or O: SCX_TASK_* */
	u32			weight;		/* R: 1..10000 */
	s32			sticky_cpu;	/* R: target CPU while the class itself migrates it */
	s32			holding_cpu;	/* Q: mover between unlinking and locking, see task.h */
	s32			selected_cpu;	/* pi_lock: last answer of CPU selection */
	u32			qseq;		/* R: numbers the times it was handed to BPF, never 0 */
	atomic_long_t		ops_state;	/* who owns the task, see task.h */

	struct list_head	runnable_node;	/* R: rq->scx.runnable_list */
	unsigned long		runnable_at;	/* R: jiffies, start of the current wait */

	u64			core_sched_at;	/* R: ns, age for core scheduling */
	u64			ddsp_dsq_id;	/* direct dispatch on record, or SCX_DSQ_INVALID */
	u64			ddsp_enq_flags;

	/* These three are written by BPF programs. */
	u64			slice;		/* ns left to run */
	u64			dsq_vtime;	/* order key in vtime queues */
	bool			disallow;	/* init_task() refuses SCHED_EXT for this task */

#ifdef CONFIG_EXT_GROUP_SCHED
	struct cgroup		*cgrp_moving_from; /* F: set between prep_move and move */
#endif
	struct list_head	tasks_node;	/* T: list of all tasks */
};

/*
 * The last reference to @p is gone. Takes it out of the class's books and, if it was known
 * to the scheduler, calls ops.disable() and ops.exit_task(). Any context but NMI.
 */
void sched_ext_free(struct task_struct *p);

/*
 * Append one line about the loaded scheduler and @p to a dump on the console at @log_lvl.
 * Any context, takes no lock, tolerates a @p that is being freed.
 */
void print_scx_info(const char *log_lvl, struct task_struct *p);

#else /* !CONFIG_SCHED_CLASS_EXT */

static inline void sched_ext_free(struct task_struct *p) {}
static inline void print_scx_info(const char *log_lvl, struct task_struct *p) {}

#endif /* CONFIG_SCHED_CLASS_EXT */

/* The part of a CPU cgroup that belongs to the class. */
struct scx_task_group {
#ifdef CONFIG_EXT_GROUP_SCHED
	u32			flags;		/* F: SCX_TG_* */
	u32			weight;		/* F: 1..10000 */
	u64			bw_period_us;	/* F */
	u64			bw_quota_us;	/* F: RUNTIME_INF is no limit */
	u64			bw_burst_us;	/* F */
	bool			idle;		/* F */
#endif
};

#endif /* _SCXKIT_TYPES_H */
