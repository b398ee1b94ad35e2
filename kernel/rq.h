/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rq.h - the data of the class that lives inside a runqueue.
 *
 * Included by kernel/sched/sched.h in front of struct rq. The letters are those of types.h.
 */
#ifndef _SCXKIT_RQ_H
#define _SCXKIT_RQ_H

/* rq->scx.flags, under R */
enum scx_rq_flags {
	SCX_RQ_ONLINE = 1 << 0,		/* the scheduler may dispatch on this CPU */
	SCX_RQ_CAN_STOP_TICK = 1 << 1,	/* no task of the class runs, or one of endless slice */
	SCX_RQ_BAL_PENDING = 1 << 2,	/* balance has not run since the core began a pick */
	SCX_RQ_BAL_KEEP = 1 << 3,	/* balance decided that the current task goes on */
	SCX_RQ_BYPASSING = 1 << 4,
	SCX_RQ_BAL_CB_PENDING = 1 << 6,	/* deferred work is queued as a balance callback */
	SCX_RQ_WAIT_PENDING = 1 << 7,	/* a kick asked this CPU to wait for others */
	SCX_RQ_REENQ_IMMED = 1 << 8,	/* promises to immediate tasks are to be looked at */
	SCX_RQ_KICKED = 1 << 9,	/* was kicked while inside balance */

	SCX_RQ_IN_WAKEUP = 1 << 16,	/* task_woken() will follow */
	SCX_RQ_IN_BALANCE = 1 << 17,
};

/* The part of a runqueue that belongs to the class. */
struct scx_rq {
	struct scx_dispatch_q	local_dsq;
	struct list_head	runnable_list;	/* R: runnable tasks that do not run */
	struct list_head	deferred_locals; /* R: direct dispatches to other CPUs, to be moved */
	u64			extra_enq_flags; /* R: enqueue flags that an int has no room for */
	u32			nr_running;	/* R */
	u32			nr_immed;	/* R: immediate tasks on the local queue */
	u32			flags;		/* R: SCX_RQ_* */
	u32			cpuperf_target;	/* A: 0..SCHED_CAPACITY_SCALE */
	bool			cpu_released;	/* R: a higher class has the CPU */
	u64			server_ran_ns;	/* R: time that tasks ran since the last tick */
	unsigned long		switch_seq;	/* A: passes through the scheduler */

	/* Kicks asked for on this CPU, by target. Owner CPU with interrupts off. */
	cpumask_var_t		kick;
	cpumask_var_t		kick_if_idle;
	cpumask_var_t		kick_preempt;
	cpumask_var_t		kick_wait;
	struct irq_work		kick_work;

	/* Waiting for kicked CPUs, see kick.c. */
	cpumask_var_t		wait_asked;	/* owner CPU, interrupts off: to be waited for next */
	unsigned long		*wait_asked_seq; /* their switch_seq when kicked */
	cpumask_var_t		waiting_for;	/* R: being waited for */
	unsigned long		*wait_seq;	/* R: until their switch_seq is not this */
	struct balance_callback	wait_cb;

	bool			reenq_asked;	/* A: re-enqueue the local queue */
	bool			cpuperf_asked;	/* A: tell cpufreq of a new cpuperf_target */
	struct llist_head	reenq_dsqs;	/* user queues this CPU is to re-enqueue */
	struct balance_callback	deferred_cb;
	struct irq_work		deferred_work;
};

#endif /* _SCXKIT_RQ_H */
