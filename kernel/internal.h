/* SPDX-License-Identifier: GPL-2.0 */
/*
 * internal.h - what the class's own files share: the interface structs that BPF programs
 * see in BTF, and struct scx_sched, one loaded scheduler.
 *
 * Locks, outermost first. A lock may be taken while holding those above it.
 *
 *	enable mutex	enable.c	one load or unload at a time
 *	cpus_read_lock			during ops.init()
 *	fork lock	enable.c	percpu rwsem; forks read, walks over all tasks write
 *	cgroup lock	cgroup.c	percpu rwsem; moves and creation read, load and unload write
 *	bypass lock	bypass.c	the depth of bypass
 *	p->pi_lock			wakeups and property changes of a task
 *	dump lock	dump.c		one debug dump at a time
 *	rq lock				everything per CPU; the local queue
 *	dsq->lock	dsq.c		one dispatch queue; leaf, no callback is made under it
 *	tasks lock	task.c		list of all tasks; leaf
 *
 * Two rq locks are never held at once by the class: it drops one to take the other, and
 * what protects a task in between is drawn in task.h.
 */
#ifndef _SCXKIT_INTERNAL_H
#define _SCXKIT_INTERNAL_H

#include "trace.h"

/* Groups of kfuncs by the context that may call them, see kfuncs.def. */
enum kfunc_group {
	KG_INSERT = 1 << 0,
	KG_DISPATCH = 1 << 1,
	KG_MOVE = 1 << 2,
	KG_RELEASE = 1 << 3,
	KG_SELECT = 1 << 4,
	__KG_UNLOCKED = 1 << 5,
	/* what a callback without a runqueue lock may call */
	KG_UNLOCKED = __KG_UNLOCKED | KG_MOVE | KG_SELECT,
};

enum scx_consts {
	SCX_DSP_DFL_MAX_BATCH = 32,
	SCX_DSP_MAX_LOOPS = 32,
	SCX_WATCHDOG_MAX_TIMEOUT = 30 * HZ,	/* jiffies */

	SCX_EXIT_BT_LEN = 64,
	SCX_EXIT_MSG_LEN = 1024,
	SCX_EXIT_DUMP_DFL_LEN = 32768,

	SCX_CPUPERF_ONE = SCHED_CAPACITY_SCALE,

	SCX_TASK_ITER_BATCH = 32,	/* tasks visited between two breaths */
	SCX_OPS_TASK_ITER_BATCH = SCX_TASK_ITER_BATCH,

	SCX_BYPASS_LB_DFL_INTV_US = 500000,
	SCX_BYPASS_LB_DONOR_PCT = 125,
	SCX_BYPASS_LB_MIN_DELTA_DIV = 4,
	SCX_BYPASS_LB_BATCH = 256,

	SCX_REENQ_LOCAL_MAX_REPEAT = 256,
};

enum scx_cpu_preempt_reason {
	SCX_CPU_PREEMPT_RT,
	SCX_CPU_PREEMPT_DL,
	SCX_CPU_PREEMPT_STOP,
	SCX_CPU_PREEMPT_UNKNOWN,
};

enum scx_enable_state {
	SCX_ENABLING,
	SCX_ENABLED,
	SCX_DISABLING,
	SCX_DISABLED,
};

/* The same for objects of 6.12, as SCX_OPS_TASK_ITER_BATCH above. */
enum scx_ops_enable_state {
	SCX_OPS_ENABLING,
	SCX_OPS_ENABLED,
	SCX_OPS_DISABLING,
	SCX_OPS_DISABLED,
};

enum scx_exit_kind {
	SCX_EXIT_NONE,
	SCX_EXIT_DONE,
#define SCX_EXIT_ROW(name, value, reason) SCX_EXIT_##name = (value),
#include "exits.def"
};

/* exit_code is 16 bits of action, 16 bits of reason and 32 bits for the scheduler's author */
enum scx_exit_code {
	SCX_ECODE_RSN_HOTPLUG = 1LLU << 32,
	SCX_ECODE_ACT_RESTART = 1LLU << 48,
};

enum scx_exit_flags {
	SCX_EFLAG_INITIALIZED = 1LLU << 0,	/* ops.init() succeeded */
};

/* Handed to ops.exit(). The strings are never NULL. */
struct scx_exit_info {
	enum scx_exit_kind	kind;
	s64			exit_code;
	u64			flags;
	const char		*reason;
	unsigned long		*bt;
	u32			bt_len;
	char			*msg;
	char			*dump;
};

enum scx_ops_flags {
	SCX_OPS_KEEP_BUILTIN_IDLE = 1LLU << 0,
	SCX_OPS_ENQ_LAST = 1LLU << 1,
	SCX_OPS_ENQ_EXITING = 1LLU << 2,
	SCX_OPS_SWITCH_PARTIAL = 1LLU << 3,
	SCX_OPS_ENQ_MIGRATION_DISABLED = 1LLU << 4,
	SCX_OPS_ALLOW_QUEUED_WAKEUP = 1LLU << 5,
	SCX_OPS_BUILTIN_IDLE_PER_NODE = 1LLU << 6,
	SCX_OPS_ALWAYS_ENQ_IMMED = 1LLU << 7,
	/* objects built for 6.12 set it; it asks for nothing any more */
	SCX_OPS_HAS_CGROUP_WEIGHT = 1LLU << 16,

	SCX_OPS_ALL_FLAGS = 0xff | SCX_OPS_HAS_CGROUP_WEIGHT,
};

struct scx_init_task_args {
	bool			fork;		/* being forked, or already there at load */
#ifdef CONFIG_EXT_GROUP_SCHED
	struct cgroup		*cgroup;	/* the one it joins */
#endif
};

struct scx_exit_task_args {
	bool			cancelled;	/* left before it could run */
};

struct scx_cgroup_init_args {
	u32			weight;
	u64			bw_period_us;
	u64			bw_quota_us;
	u64			bw_burst_us;
};

struct scx_cpu_acquire_args {};

struct scx_cpu_release_args {
	enum scx_cpu_preempt_reason reason;
	struct task_struct	*task;		/* about to run */
};

struct scx_dump_ctx {
	enum scx_exit_kind	kind;
	s64			exit_code;
	const char		*reason;
	u64			at_ns;
	u64			at_jiffies;
};

/* What a BPF scheduler registers. Only name is mandatory. */
struct sched_ext_ops {
#define SCX_OP(ret, name, args, ctx, sleep, groups) ret(*name) args;
#include "ops.def"
	u32			dispatch_max_batch; /* inserts pending in ops.dispatch(), 0 = 32 */
	u64			flags;		/* SCX_OPS_* */
	u32			timeout_ms;	/* stall limit, 0 = 30 s, which is the most */
	u32			exit_dump_len;	/* bytes, 0 = 32768 */
	u64			hotplug_seq;	/* refuse to load if CPUs came or went since */
	u64			sub_cgroup_id;	/* 0 or 1: rule over all; others are not supported */
	char			name[SCX_OPS_NAME_LEN];
	/* the class's, NULL in what user space gives; not void: BPF takes that for an owner module */
	struct scx_sched	*priv;
};

enum scx_opi {
#define SCX_OP(ret, name, args, ctx, sleep, groups) SCX_OP_IDX_##name,
#include "ops.def"
	SCX_OPI_NR,
	SCX_OPI_CPU_HOTPLUG_BEGIN = SCX_OP_IDX_cpu_online,
	SCX_OPI_NORMAL_END = SCX_OPI_CPU_HOTPLUG_BEGIN,
	SCX_OPI_CPU_HOTPLUG_END = SCX_OP_IDX_init,
	SCX_OPI_END = SCX_OPI_CPU_HOTPLUG_END,
};

enum scx_wake_flags {
	SCX_WAKE_FORK = WF_FORK,
	SCX_WAKE_TTWU = WF_TTWU,
	SCX_WAKE_SYNC = WF_SYNC,
};

enum scx_enq_flags {
	/* the core's flags that mean something here, with this kernel's values */
	SCX_ENQ_WAKEUP = ENQUEUE_WAKEUP,
	SCX_ENQ_HEAD = ENQUEUE_HEAD,
	SCX_ENQ_CPU_SELECTED = ENQUEUE_RQ_SELECTED,

	/* from the scheduler */
	SCX_ENQ_PREEMPT = 1LLU << 32,	/* take the CPU from its current task; implies HEAD */
	SCX_ENQ_IMMED = 1LLU << 33,	/* local queues: run at once or come back */

	/* to the scheduler */
	SCX_ENQ_REENQ = 1LLU << 40,	/* comes back from a queue */
	SCX_ENQ_LAST = 1LLU << 41,	/* the CPU has nothing else to run */

	__SCX_ENQ_INTERNAL_MASK = 0xffLLU << 56,
	SCX_ENQ_CLEAR_OPSS = 1LLU << 56, /* release the task's ownership once it is queued */
	SCX_ENQ_DSQ_PRIQ = 1LLU << 57,	/* insert in vtime order */
};

enum scx_deq_flags {
	SCX_DEQ_SLEEP = DEQUEUE_SLEEP,
	SCX_DEQ_CORE_SCHED_EXEC = 1LLU << 32, /* core scheduling runs it directly */
	SCX_DEQ_SCHED_CHANGE = 1LLU << 33, /* leaves because a property of it changes */
};

enum scx_reenq_flags {
	SCX_REENQ_ANY = 1LLU << 0,
	__SCX_REENQ_USER_MASK = SCX_REENQ_ANY,
};

enum scx_pick_idle_cpu_flags {
	SCX_PICK_IDLE_CORE = 1LLU << 0,	/* only CPUs whose whole core is idle */
	SCX_PICK_IDLE_IN_NODE = 1LLU << 1, /* only CPUs of the given node */
};

enum scx_kick_flags {
	SCX_KICK_IDLE = 1LLU << 0,	/* only if the CPU is idle */
	SCX_KICK_PREEMPT = 1LLU << 1,	/* end the current task's slice */
	SCX_KICK_WAIT = 1LLU << 2,	/* wait until the CPU has switched */
};

enum scx_tg_flags {
	SCX_TG_ONLINE = 1U << 0,
	SCX_TG_INITED = 1U << 1,
};

/* p->scx.ops_state, see task.h */
enum scx_ops_state {
	SCX_OPSS_NONE,
	SCX_OPSS_QUEUEING,
	SCX_OPSS_QUEUED,
	SCX_OPSS_DISPATCHING,

	SCX_OPSS_QSEQ_SHIFT = 2,
	SCX_OPSS_STATE_MASK = (1 << SCX_OPSS_QSEQ_SHIFT) - 1,
};

enum scx_dsq_iter_flags {
	SCX_DSQ_ITER_REV = 1U << 16,

	__SCX_DSQ_ITER_HAS_SLICE = 1U << 30,
	__SCX_DSQ_ITER_HAS_VTIME = 1U << 31,
	__SCX_DSQ_ITER_USER_FLAGS = SCX_DSQ_ITER_REV,
	__SCX_DSQ_ITER_ALL_FLAGS = __SCX_DSQ_ITER_USER_FLAGS | __SCX_DSQ_ITER_HAS_SLICE |
				   __SCX_DSQ_ITER_HAS_VTIME,
};

/* Arguments of kfuncs that have too many for registers. */
struct scx_bpf_dsq_insert_vtime_args {
	u64			dsq_id;
	u64			slice;
	u64			vtime;
	u64			enq_flags;
};

struct scx_bpf_select_cpu_and_args {
	s32			prev_cpu;
	u64			wake_flags;
	u64			flags;
};

/* What the class counts, see events.def. Per CPU, summed when read. */
struct scx_event_stats {
#define SCX_EVENT(name) s64 SCX_EV_##name;
#include "events.def"
};

/* An insert that ops.dispatch() asked for and that has not been carried out yet. */
struct scx_pending_insert {
	struct task_struct	*task;
	unsigned long		qseq;		/* ops_state when it was asked for, sans state */
	u64			dsq_id;
	u64			enq_flags;
};

/* The dispatch buffer of a CPU. Used under its rq lock. */
struct scx_dispatch_buf {
	u32			nr;		/* entries in use */
	u32			nr_moved;	/* tasks brought to local queues this round */
	struct scx_pending_insert ent[];
};

struct scx_sched_cpu {
	struct scx_dispatch_buf	*buf;
	struct scx_event_stats	events;
	struct scx_dispatch_q	bypass_dsq;
};

#define SCX_DSQ_SLOT_BITS	5

/*
 * A loaded scheduler. Published through scx_root, freed after a grace period once every
 * task has left it.
 */
struct scx_sched {
	/* read at every callback */
	struct bpf_prog		*prog[SCX_OPI_NR]; /* called directly; NULL = absent or not yet on */
	struct scx_sched_cpu __percpu *pcpu;
	u64			flags;		/* ops.flags */
	struct scx_dispatch_q	**global_dsqs;	/* by NUMA node */
	struct scx_dispatch_q	*dsq_slots[1 << SCX_DSQ_SLOT_BITS]; /* see dsq_find() */
	bool			preempt_ops;	/* has cpu_acquire or cpu_release */
	bool			aborting;	/* an end was claimed: stop looping over queues */

	struct sched_ext_ops	ops;		/* copy; callbacks are trampolines */
	struct bpf_prog		*all_progs[SCX_OPI_NR]; /* all that may be called directly */
	u32			dispatch_max_batch;
	struct rhashtable	dsq_hash;
	bool			warned_zero_slice;
	bool			warned_cpu_rq;

	/* end of life, see exit.c and enable.c */
	atomic_t		exit_kind;
	struct scx_exit_info	*exit_info;
	bool			bypassed;	/* by a load that failed; enable mutex */
	bool			hotplug_on;	/* told about CPUs; cpus_write_lock or read lock */
	struct kthread_worker	*helper;	/* FIFO: works even if the scheduler stalls */
	struct irq_work		exit_irq_work;
	struct kthread_work	disable_work;

	struct kthread_delayed_work watchdog_work;
	unsigned long		timeout;	/* jiffies */

	struct kobject		kobj;
	struct rcu_work		free_work;
};

/* The loaded scheduler, or NULL. Changes under the enable mutex. */
extern struct scx_sched __rcu *scx_root;

/* ops.init_task() is to be called for forks; changes with the fork lock held for writing. */
extern bool scx_init_task_armed;

/* All tasks of the fair class are to be on this class, see task_should_scx(). */
extern bool scx_switching_all;

/*
 * The scheduler that rules @rq or a task on it. Only where one must be there: callers hold
 * the lock of a runqueue with tasks of the class, and unloading takes every such lock.
 */
static inline struct scx_sched *scx_root_locked(void)
{
	return rcu_dereference_raw(scx_root);
}

/* Count @n more of event @name, see events.def. Any context. */
#define scx_add_event(sch, name, n)                                   \
	do {                                                          \
		this_cpu_add((sch)->pcpu->events.SCX_EV_##name, (n)); \
		trace_sched_ext_event("SCX_EV_" #name, (n));          \
	} while (0)

#endif /* _SCXKIT_INTERNAL_H */
