/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dsq.h - dispatch queues: runnable tasks in FIFO or in vtime order, never both in one queue.
 *
 * A queue is local (one per CPU, under its rq lock), global (one per NUMA node), bypass (one
 * per CPU) or made by the scheduler ("user"). All but the local ones have a lock of their own,
 * which nests inside rq locks; no rq lock is taken and no callback is made under it.
 *
 * dsq->list has the tasks in the order in which they will be dispatched, and cursors of
 * iterators in between, which everybody else skips. A vtime queue keeps the same order in an
 * rb tree for insertion.
 */
#ifndef _SCXKIT_DSQ_H
#define _SCXKIT_DSQ_H

static inline bool dsq_is_local(const struct scx_dispatch_q *dsq)
{
	return dsq->id == SCX_DSQ_LOCAL;
}

/* Does a task on it belong to the core again? True for every built-in queue. */
static inline bool dsq_is_terminal(const struct scx_dispatch_q *dsq)
{
	return dsq->id & SCX_DSQ_FLAG_BUILTIN;
}

/* Does @id name the local queue of a CPU, SCX_DSQ_LOCAL_ON | cpu? */
static inline bool dsq_id_is_local_on(u64 id)
{
	return (id & ~(u64)SCX_DSQ_LOCAL_CPU_MASK) == SCX_DSQ_LOCAL_ON;
}

static inline struct rq *dsq_local_rq(struct scx_dispatch_q *dsq)
{
	return container_of(dsq, struct rq, scx.local_dsq);
}

void dsq_init(struct scx_dispatch_q *dsq, u64 id);

/*
 * User queue @id of @sch: create on NUMA @node (NUMA_NO_NODE: any), find, destroy. create may
 * sleep and returns 0, -EINVAL for a built-in id, -EEXIST or -ENOMEM. find needs RCU, any
 * context, NULL if there is none. Destroying one that has tasks ejects @sch; an unknown id is
 * ignored.
 */
int dsq_create(struct scx_sched *sch, u64 id, int node);
struct scx_dispatch_q *dsq_find(struct scx_sched *sch, u64 id);
void dsq_destroy(struct scx_sched *sch, u64 id);

/* The hash of user queues, at load and at unload: then no task and no user is left. */
int dsq_table_init(struct scx_sched *sch);
void dsq_table_destroy(struct scx_sched *sch);

/* Global queue of the NUMA node that @p is on. */
static inline struct scx_dispatch_q *dsq_global(struct scx_sched *sch, struct task_struct *p)
{
	return sch->global_dsqs[cpu_to_node(task_cpu(p))];
}

/*
 * The queue that @id names for a task @p on @rq, in an insert. LOCAL is @rq's. An unknown id
 * or an invalid CPU ejects @sch and gives the global queue, so that @p is not lost.
 */
struct scx_dispatch_q *__dsq_resolve(struct scx_sched *sch, u64 id, struct task_struct *p);

static inline struct scx_dispatch_q *dsq_resolve(struct scx_sched *sch, struct rq *rq, u64 id,
						 struct task_struct *p)
{
	if (id == SCX_DSQ_LOCAL)
		return &rq->scx.local_dsq;
	if (id == SCX_DSQ_GLOBAL)
		return dsq_global(sch, p);
	return __dsq_resolve(sch, id, p);
}

/*
 * Put @p, which is on no queue, on @dsq. @rq's lock is held; for a local queue @rq is its CPU,
 * otherwise any. @enq_flags: HEAD, PREEMPT, IMMED; DSQ_PRIQ for vtime order; CLEAR_OPSS to let
 * go of a task that is DISPATCHING. Settles custody. A destroyed queue, a vtime insert into a
 * built-in queue and a mix of orders eject @sch; the task is queued nevertheless.
 */
void dsq_insert_local(struct scx_sched *sch, struct rq *rq, struct task_struct *p, u64 enq_flags);
void dsq_insert_shared(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq,
		       struct task_struct *p, u64 enq_flags);

static inline void dsq_insert(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq,
			      struct task_struct *p, u64 enq_flags)
{
	if (dsq_is_local(dsq))
		dsq_insert_local(sch, rq, p, enq_flags);
	else
		dsq_insert_shared(sch, rq, dsq, p, enq_flags);
}

/* Checked on kernels that check lists: a task that is to be queued is on no queue. */
static inline void dsq_assert_off(struct task_struct *p)
{
	if (IS_ENABLED(CONFIG_DEBUG_LIST))
		WARN_ON_ONCE(p->scx.dsq || !list_empty(&p->scx.dsq_list.node));
}

/* Take @p off the local queue it is on. rq lock. */
static inline void dsq_remove_local(struct task_struct *p)
{
	struct scx_dispatch_q *dsq = p->scx.dsq;

	list_del_init(&p->scx.dsq_list.node);
	WRITE_ONCE(dsq->nr, dsq->nr - 1);
	p->scx.dsq = NULL;
	if (unlikely(p->scx.flags & SCX_TASK_IMMED))
		dsq_local_rq(dsq)->scx.nr_immed--;
}

/*
 * Take @p off the queue it is on, if any, or away from a mover that has not locked its rq yet
 * (task.h, 3). @p's rq lock is held. Custody is the caller's business.
 */
void __dsq_remove(struct task_struct *p);
void __dsq_remove_off(struct task_struct *p);

static inline void dsq_remove(struct task_struct *p)
{
	if (unlikely(!p->scx.dsq))
		__dsq_remove_off(p);
	else if (dsq_is_local(p->scx.dsq))
		dsq_remove_local(p);
	else
		__dsq_remove(p);
}

/* Unlink @p from @dsq, not a local one, whose lock is held. p->scx.dsq stays; see task.h, 3. */
void dsq_unlink(struct scx_dispatch_q *dsq, struct task_struct *p);

/*
 * Task behind @cur (NULL: the first; or a cursor) in dispatch order, or in reverse, or NULL.
 * The queue's lock is held.
 */
struct task_struct *dsq_next_task(struct scx_dispatch_q *dsq, struct scx_dsq_list_node *cur,
				  bool reverse);

#define dsq_for_each_task(p, dsq)                    \
	for (p = dsq_next_task(dsq, NULL, false); p; \
	     p = dsq_next_task(dsq, &p->scx.dsq_list, false))

/* First task of a local queue, whose rq lock is held: such queues have no cursors. */
static inline struct task_struct *dsq_local_first(struct rq *rq)
{
	return list_first_entry_or_null(&rq->scx.local_dsq.list, struct task_struct,
					scx.dsq_list.node);
}

#endif /* _SCXKIT_DSQ_H */
