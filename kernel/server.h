/* SPDX-License-Identifier: GPL-2.0 */
/*
 * server.h - time for tasks of the class beside real-time ones.
 *
 * Linux gives fair tasks that real-time ones leave no time a deadline server on each CPU: it runs
 * them for 50 ms in each second, or what /sys/kernel/debug/sched/fair_server/ says. Tasks of the
 * class share it, fair ones first as anywhere.
 *
 *	tasks wait where a real-time task runs or is about to	the server starts
 *	a period ends without enough time for them		its timer queues it
 *	it is picked: balance, then the local queue's head	they run before RT
 *	what they ran, with its help or without, uses it up	RT again
 *	nobody waits, or no RT task is there, when it is picked	it stops
 */
#ifndef _SCXKIT_SERVER_H
#define _SCXKIT_SERVER_H

/* Would tasks of the class starve on @rq without the server? rq lock. */
static inline bool server_needed(struct rq *rq)
{
	return unlikely(sched_rt_runnable(rq)) && rq->scx.nr_running;
}

/* Is it among the runnable entities of @rq, which count it in their number? rq lock. */
static inline bool server_queued(struct rq *rq)
{
	return !RB_EMPTY_NODE(&rq->fair_server.rb_node);
}

void __server_start(struct rq *rq);

/* Start it if it is needed. rq lock, clock up to date; not between a pick and its switch. */
static inline void server_start(struct rq *rq)
{
	if (server_needed(rq))
		__server_start(rq);
}

/* The same from anywhere else: a moment later, from an irq_work. rq lock. */
void server_start_soon(struct rq *rq);

/* Tell it what was run since it was told last. rq lock, clock up to date. */
void server_account(struct rq *rq);

/*
 * @curr ran on @rq for @delta_ns. The server hears of it at the next tick, a switch has no time for
 * it; unless @curr runs on its account, which it might get past by sleeping. rq lock.
 */
static inline void server_ran(struct rq *rq, struct task_struct *curr, u64 delta_ns)
{
	rq->scx.server_ran_ns += delta_ns;
	if (unlikely(curr->dl_server))
		server_account(rq);
}

#endif /* _SCXKIT_SERVER_H */
