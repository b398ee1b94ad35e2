/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qmap_misuse.bpf.h - errors on demand: each option makes qmap do wrong in one
 * way, so that what the class does about it can be seen.
 */
#ifndef __QMAP_MISUSE_BPF_H
#define __QMAP_MISUSE_BPF_H

const volatile u32 stall_user_nth;	/* drop each nth user thread; 0: none */
const volatile u32 stall_kernel_nth;	/* drop each nth kernel thread */
const volatile u32 fail_at_enqueue;	/* error in the nth enqueue */
const volatile u32 loop_after;		/* dispatch pid 2 for ever after n */
const volatile u32 bad_dsq;		/* enum qmap_bad_dsq */
const volatile u32 bad_dsq_at;		/* from which enqueue on */

/* Enqueues so far, exact: options name one by number. */
static u32 nr_enqueues;
static u32 nr_user, nr_kernel;
static u64 nr_dispatched;

/* Whether @p is to be lost on purpose, to provoke the watchdog. */
static bool is_to_stall(struct task_struct *p)
{
	if (p->flags & PF_KTHREAD)
		return stall_kernel_nth &&
		       !((__sync_fetch_and_add(&nr_kernel, 1) + 1) % stall_kernel_nth);
	return stall_user_nth && !((__sync_fetch_and_add(&nr_user, 1) + 1) % stall_user_nth);
}

/* Do with @p what the option asks for. The class ejects us for each. */
static void misuse_dsq(struct task_struct *p, u32 nth, u64 enq_flags)
{
	u64 dsq_id = MISUSED_DSQ;

	switch (bad_dsq) {
	case QMAP_BAD_MISSING:
		scx_bpf_dsq_insert(p, MISSING_DSQ, slice_ns, enq_flags);
		return;
	case QMAP_BAD_VTIME_LOCAL:
		scx_bpf_dsq_insert_vtime(p, SCX_DSQ_LOCAL, slice_ns, nth, enq_flags);
		return;
	case QMAP_BAD_CPU:
		dsq_id = SCX_DSQ_LOCAL_ON | SCX_DSQ_LOCAL_CPU_MASK;
		break;
	case QMAP_BAD_MIX:
		if (nth & 1) {
			scx_bpf_dsq_insert_vtime(p, dsq_id, slice_ns, nth, enq_flags);
			return;
		}
		break;
	case QMAP_BAD_DESTROY:
		/* This one isn't in it yet, but the one before is. */
		if (scx_bpf_dsq_nr_queued(dsq_id) > 0)
			scx_bpf_destroy_dsq(dsq_id);
		break;
	}
	scx_bpf_dsq_insert(p, dsq_id, slice_ns, enq_flags);
}

/* Errors on demand. Returns whether that was the end of @p's enqueue. */
static bool misuse_enqueue(struct task_struct *p, u64 enq_flags)
{
	u32 nth;

	if (is_to_stall(p))
		return true;
	nth = __sync_fetch_and_add(&nr_enqueues, 1) + 1;
	if (nth == fail_at_enqueue)
		scx_bpf_error("error of enqueue %u, as asked for", nth);
	if (bad_dsq == QMAP_BAD_NONE || nth < bad_dsq_at)
		return false;
	misuse_dsq(p, nth, enq_flags);
	return true;
}

static void misuse_count_dispatch(void)
{
	__sync_fetch_and_add(&nr_dispatched, 1);
}

/* Dispatch a task that isn't ours to dispatch, for ever. */
static bool misuse_loop(void)
{
	struct task_struct *p;

	if (!loop_after || nr_dispatched <= loop_after)
		return false;
	p = bpf_task_from_pid(2);
	if (!p)
		return false;
	scx_bpf_dsq_insert(p, SHARED_DSQ, slice_ns, 0);
	bpf_task_release(p);
	return true;
}

#endif /* __QMAP_MISUSE_BPF_H */
