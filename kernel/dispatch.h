/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dispatch.h - verdicts of the scheduler: "this task goes to that queue".
 *
 * From ops.select_cpu() and ops.enqueue() a verdict is about the task at hand (direct dispatch)
 * and is written on the task. From ops.dispatch() it is about any task the BPF side owns; such
 * verdicts are collected in the CPU's dispatch buffer and carried out when the callback returns
 * or asks for a move to the local queue.
 */
#ifndef _SCXKIT_DISPATCH_H
#define _SCXKIT_DISPATCH_H

struct scx_call;

/*
 * Verdict @dsq_id with @enq_flags on @p, given in the callback @call. False with the scheduler
 * ejected if it comes at the wrong place or twice, or if the buffer is full.
 */
bool dispatch_verdict(struct scx_call *call, struct task_struct *p, u64 dsq_id, u64 enq_flags);

/* Is a direct dispatch on record? Forget it. */
static inline bool dispatch_is_direct(const struct task_struct *p)
{
	return p->scx.ddsp_dsq_id != SCX_DSQ_INVALID;
}

static inline void dispatch_clear_direct(struct task_struct *p)
{
	p->scx.ddsp_dsq_id = SCX_DSQ_INVALID;
	p->scx.ddsp_enq_flags = 0;
}

/* Carry out the direct dispatch on record for @p, which is being enqueued on @rq. rq lock. */
void dispatch_direct(struct scx_sched *sch, struct rq *rq, struct task_struct *p, u64 enq_flags);

static inline struct scx_dispatch_buf *dispatch_buf(struct scx_sched *sch)
{
	return this_cpu_ptr(sch->pcpu)->buf;
}

/* Carry out what is in @rq's dispatch buffer. Inside balance; may drop and retake the rq lock. */
void __dispatch_flush(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_buf *buf);

static inline void dispatch_flush(struct scx_sched *sch, struct rq *rq)
{
	struct scx_dispatch_buf *buf = dispatch_buf(sch);

	if (buf->nr)
		__dispatch_flush(sch, rq, buf);
}

#endif /* _SCXKIT_DISPATCH_H */
