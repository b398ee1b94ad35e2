/* SPDX-License-Identifier: GPL-2.0 */
/*
 * server.h - time for tasks of the class beside real-time ones.
 *
 * Linux gives fair tasks that real-time ones leave no time a deadline server on each CPU: it runs
 * them for 50 ms in each second, or what /sys/kernel/debug/sched/fair_server/ says. Tasks of the
 * class share it, fair ones first as anywhere.
 *
 *	the tick finds that a higher class has the CPU and tasks wait	the server starts
 *	a period ends without enough time for them			its timer queues it
 *	it is picked: balance, then the head of the local queue		they run before RT
 *	what they ran, with its help or without, uses its time up	RT again
 *	nobody waits or no RT task is there when it is picked		it stops
 */
#ifndef _SCXKIT_SERVER_H
#define _SCXKIT_SERVER_H

/* A task of the class ran on @rq for @delta_ns. rq lock. */
static inline void server_ran(struct rq *rq, u64 delta_ns)
{
	rq->scx.server_ran_ns += delta_ns;
}

/* The tick of @rq's CPU. rq lock, clock up to date. */
void server_tick(struct rq *rq);

#endif /* _SCXKIT_SERVER_H */
