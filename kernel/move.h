/* SPDX-License-Identifier: GPL-2.0 */
/*
 * move.h - moving tasks between queues when that needs the lock of another runqueue.
 *
 * The caller holds one rq lock, which is dropped for another and, unless said otherwise, held
 * again on return. Interrupts stay off throughout.
 */
#ifndef _SCXKIT_MOVE_H
#define _SCXKIT_MOVE_H

/* Hold @to's lock instead of @from's. Either may be the other. */
static inline void rq_lock_switch(struct rq *from, struct rq *to)
{
	if (from != to) {
		raw_spin_rq_unlock(from);
		raw_spin_rq_lock(to);
	}
}

/* Back from @from: hold @rq's lock again, with its clock up to date, as callbacks read it. */
static inline void rq_lock_return(struct rq *from, struct rq *rq)
{
	if (from != rq) {
		rq_lock_switch(from, rq);
		update_rq_clock(rq);
	}
}

/*
 * Where a task on @src goes if the scheduler wants it on @dst's local queue: there, or on the
 * global queue because @dst is offline, or because it may not run there, which ejects @sch.
 */
struct scx_dispatch_q *move_local_target(struct scx_sched *sch, struct task_struct *p,
					 struct rq *src, struct rq *dst);

/*
 * Put @p, queued on @src's runqueue but on no dispatch queue, on @dst's local queue. @src's
 * lock is held on entry and @dst's on return.
 */
void move_to_local(struct scx_sched *sch, struct task_struct *p, u64 enq_flags, struct rq *src,
		   struct rq *dst);

/* Move the first task of @dsq that may run on @rq to its local queue. Was there one? */
bool move_consume(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq, u64 enq_flags);

/*
 * Carry out a verdict: @p, claimed from the BPF side (DISPATCHING), goes to the local queue of
 * @dst. @rq's lock is held.
 */
void move_dispatched_to_local(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			      struct rq *dst, u64 enq_flags);

/* An iterator over a user queue as BPF sees it, on a program's stack. */
struct bpf_iter_scx_dsq {
	u64			__opaque[6];
} __aligned(8);

/* The same as the kernel sees it. */
struct dsq_iter {
	struct scx_dsq_list_node cursor;	/* priv: dsq->seq when the iteration began */
	struct scx_dispatch_q	*dsq;		/* NULL: the iterator is inert */
	u64			slice;		/* for the next move, if HAS_SLICE */
	u64			vtime;		/* for the next move in vtime order, if HAS_VTIME */
};

/* Was @p on the iterated queue when the iteration began, and is it still the same stay? */
static inline bool dsq_iter_sees(const struct dsq_iter *it, const struct task_struct *p)
{
	return (s32)(p->scx.dsq_seq - it->cursor.priv) <= 0;
}

/*
 * Take @p off @it's queue if it is still there as it was when the iteration began and nobody
 * else is taking it away. Afterwards it is on no queue. @p's rq lock is held. Was it there?
 */
bool dsq_iter_take(struct dsq_iter *it, struct task_struct *p);

/*
 * Move @p from the queue under @it to queue @dsq_id. In ops.dispatch() or with no rq lock held.
 * False if @p is not there any more, or on misuse, which ejects @sch.
 */
bool move_iterated(struct scx_sched *sch, struct dsq_iter *it, struct task_struct *p, u64 dsq_id,
		   u64 enq_flags);

#endif /* _SCXKIT_MOVE_H */
