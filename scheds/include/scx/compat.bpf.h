/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.bpf.h - functions of the class whose name or shape depends on the
 * kernel: the one place where each is mapped on what the running kernel has.
 *
 * A scheduler calls the newest form. How it works: each kernel function below
 * is declared weak under a local name that ends in ___something. libbpf strips
 * exactly one such suffix, looks the rest up in the kernel, and compares the
 * prototypes; what is missing or different becomes address 0. So
 * bpf_ksym_exists() is a constant by the time the verifier looks, the branches
 * not taken are removed, and a wrapper costs one move for each form it tried.
 *
 * The suffixes: ___new for the newest form, ___old for one that was replaced,
 * ___612 for a name of 6.12. A function of the kernel that is itself called
 * foo___v2 is reached by foo___v2___new, and foo by foo___old.
 */
#ifndef __SCX_COMPAT_BPF_H
#define __SCX_COMPAT_BPF_H

/*
 * Insert
 *
 * 6.12: scx_bpf_dispatch*; 6.13: scx_bpf_dsq_insert*, returning nothing; 6.19:
 * returning whether the insert was accepted, the vtime form taking a struct.
 */
struct __scx_insert_vtime_args {
	u64 dsq_id;
	u64 slice;
	u64 vtime;
	u64 enq_flags;
};

bool scx_bpf_dsq_insert___v2___new(struct task_struct *p, u64 dsq_id, u64 slice,
				   u64 enq_flags) __ksym __weak;
void scx_bpf_dsq_insert___old(struct task_struct *p, u64 dsq_id, u64 slice,
			      u64 enq_flags) __ksym __weak;
void scx_bpf_dispatch___612(struct task_struct *p, u64 dsq_id, u64 slice,
			    u64 enq_flags) __ksym __weak;
bool __scx_bpf_dsq_insert_vtime___new(struct task_struct *p,
				      struct __scx_insert_vtime_args *args) __ksym __weak;
void scx_bpf_dsq_insert_vtime___old(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
				    u64 enq_flags) __ksym __weak;
void scx_bpf_dispatch_vtime___612(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
				  u64 enq_flags) __ksym __weak;

/*
 * Insert @p into @dsq_id in FIFO order, for @slice ns (0: keep what is left).
 *
 * From select_cpu and enqueue: only the task the callback is about, once. From
 * dispatch: any task that is in the scheduler's hands, dispatch_max_batch at a
 * time. Returns whether it was accepted; true where the kernel doesn't tell.
 */
static __always_inline bool scx_bpf_dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice,
					       u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert___v2___new))
		return scx_bpf_dsq_insert___v2___new(p, dsq_id, slice, enq_flags);
	if (bpf_ksym_exists(scx_bpf_dsq_insert___old))
		scx_bpf_dsq_insert___old(p, dsq_id, slice, enq_flags);
	else
		scx_bpf_dispatch___612(p, dsq_id, slice, enq_flags);
	return true;
}

/* The same in the order of @vtime; @dsq_id must be a user DSQ. */
static __always_inline bool scx_bpf_dsq_insert_vtime(struct task_struct *p, u64 dsq_id, u64 slice,
						     u64 vtime, u64 enq_flags)
{
	if (bpf_ksym_exists(__scx_bpf_dsq_insert_vtime___new)) {
		struct __scx_insert_vtime_args args = {
			.dsq_id = dsq_id,
			.slice = slice,
			.vtime = vtime,
			.enq_flags = enq_flags,
		};

		return __scx_bpf_dsq_insert_vtime___new(p, &args);
	}
	if (bpf_ksym_exists(scx_bpf_dsq_insert_vtime___old))
		scx_bpf_dsq_insert_vtime___old(p, dsq_id, slice, vtime, enq_flags);
	else
		scx_bpf_dispatch_vtime___612(p, dsq_id, slice, vtime, enq_flags);
	return true;
}

/*
 * Move to this CPU
 *
 * 6.12: scx_bpf_consume; 6.13: scx_bpf_dsq_move_to_local; 7.1: with flags.
 */
bool scx_bpf_dsq_move_to_local___v2___new(u64 dsq_id, u64 enq_flags) __ksym __weak;
bool scx_bpf_dsq_move_to_local___old(u64 dsq_id) __ksym __weak;
bool scx_bpf_consume___612(u64 dsq_id) __ksym __weak;

static __always_inline bool __scx_move_to_local(u64 dsq_id, u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local___v2___new))
		return scx_bpf_dsq_move_to_local___v2___new(dsq_id, enq_flags);
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local___old))
		return scx_bpf_dsq_move_to_local___old(dsq_id);
	return scx_bpf_consume___612(dsq_id);
}

/*
 * scx_bpf_dsq_move_to_local(dsq_id[, enq_flags]) - first flush the inserts of
 * this dispatch, then move the first task of user DSQ @dsq_id that may run here
 * to this CPU's local DSQ. Only in dispatch. Returns whether one was moved.
 * @enq_flags (SCX_ENQ_HEAD, _PREEMPT, _IMMED) are lost before 7.1.
 */
#define scx_bpf_dsq_move_to_local(dsq_id, flags...) __scx_move_to_local(dsq_id, (0, ##flags))

/* Sub-schedulers (7.1) */
bool scx_bpf_sub_dispatch___new(u64 cgroup_id) __ksym __weak;

/*
 * Let the sub-scheduler of the cgroup with @cgroup_id dispatch for this CPU. Only in
 * dispatch. Returns whether it did; false where there is none.
 */
static __always_inline bool scx_bpf_sub_dispatch(u64 cgroup_id)
{
	return bpf_ksym_exists(scx_bpf_sub_dispatch___new) && scx_bpf_sub_dispatch___new(cgroup_id);
}

/*
 * Move through an iterator
 *
 * 6.12: scx_bpf_dispatch_from_dsq*; 6.13: scx_bpf_dsq_move*.
 */
bool scx_bpf_dsq_move___new(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id,
			    u64 enq_flags) __ksym __weak;
bool scx_bpf_dsq_move_vtime___new(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id,
				  u64 enq_flags) __ksym __weak;
void scx_bpf_dsq_move_set_slice___new(struct bpf_iter_scx_dsq *it, u64 slice) __ksym __weak;
void scx_bpf_dsq_move_set_vtime___new(struct bpf_iter_scx_dsq *it, u64 vtime) __ksym __weak;
bool scx_bpf_dispatch_from_dsq___612(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id,
				     u64 enq_flags) __ksym __weak;
bool scx_bpf_dispatch_vtime_from_dsq___612(struct bpf_iter_scx_dsq *it, struct task_struct *p,
					   u64 dsq_id, u64 enq_flags) __ksym __weak;
void scx_bpf_dispatch_from_dsq_set_slice___612(struct bpf_iter_scx_dsq *it,
					       u64 slice) __ksym __weak;
void scx_bpf_dispatch_from_dsq_set_vtime___612(struct bpf_iter_scx_dsq *it,
					       u64 vtime) __ksym __weak;

/*
 * These four take the iterator of a bpf_for_each(scx_dsq, ...), which is
 * BPF_FOR_EACH_ITER. In dispatch, and in callbacks and programs that hold no
 * rq lock. They are macros because the verifier follows the iterator only in
 * the function that owns it.
 *
 * scx_bpf_dsq_move(it, p, dsq_id, enq_flags) - move @p from the iterated DSQ to
 * @dsq_id, built-in ones included. False if @p is there no more.
 */
#define scx_bpf_dsq_move(it, p, dsq_id, enq_flags)                           \
	(bpf_ksym_exists(scx_bpf_dsq_move___new) ?                           \
		 scx_bpf_dsq_move___new(it, p, dsq_id, enq_flags) :          \
	 bpf_ksym_exists(scx_bpf_dispatch_from_dsq___612) ?                  \
		 scx_bpf_dispatch_from_dsq___612(it, p, dsq_id, enq_flags) : \
		 false)

/* The same into the vtime order of a user DSQ. */
#define scx_bpf_dsq_move_vtime(it, p, dsq_id, enq_flags)                           \
	(bpf_ksym_exists(scx_bpf_dsq_move_vtime___new) ?                           \
		 scx_bpf_dsq_move_vtime___new(it, p, dsq_id, enq_flags) :          \
	 bpf_ksym_exists(scx_bpf_dispatch_vtime_from_dsq___612) ?                  \
		 scx_bpf_dispatch_vtime_from_dsq___612(it, p, dsq_id, enq_flags) : \
		 false)

/* Slice in ns that the next move through @it gives its task. */
#define scx_bpf_dsq_move_set_slice(it, slice)                                        \
	({                                                                           \
		if (bpf_ksym_exists(scx_bpf_dsq_move_set_slice___new))               \
			scx_bpf_dsq_move_set_slice___new(it, slice);                 \
		else if (bpf_ksym_exists(scx_bpf_dispatch_from_dsq_set_slice___612)) \
			scx_bpf_dispatch_from_dsq_set_slice___612(it, slice);        \
	})

/* Vtime that the next scx_bpf_dsq_move_vtime() through @it gives its task. */
#define scx_bpf_dsq_move_set_vtime(it, vtime)                                        \
	({                                                                           \
		if (bpf_ksym_exists(scx_bpf_dsq_move_set_vtime___new))               \
			scx_bpf_dsq_move_set_vtime___new(it, vtime);                 \
		else if (bpf_ksym_exists(scx_bpf_dispatch_from_dsq_set_vtime___612)) \
			scx_bpf_dispatch_from_dsq_set_vtime___612(it, vtime);        \
	})

/*
 * Re-enqueue
 *
 * 6.12: scx_bpf_reenqueue_local in cpu_release only; 6.19: anywhere, later;
 * 7.1: of any local or user DSQ.
 */
void scx_bpf_reenqueue_local___v2___new(void) __ksym __weak;
u32 scx_bpf_reenqueue_local___old(void) __ksym __weak;
void scx_bpf_dsq_reenq___new(u64 dsq_id, u64 reenq_flags) __ksym __weak;

/*
 * In cpu_release: pass every task of this CPU's local DSQ to enqueue again,
 * with SCX_ENQ_REENQ, at once. Returns how many.
 */
static __always_inline u32 scx_bpf_reenqueue_local(void)
{
	return scx_bpf_reenqueue_local___old();
}

/* Whether __COMPAT_scx_bpf_reenqueue_local_from_anywhere() works here. */
static __always_inline bool __COMPAT_has_reenqueue_anywhere(void)
{
	return bpf_ksym_exists(scx_bpf_reenqueue_local___v2___new);
}

/* The same from any callback, asynchronously. Before 6.19 does nothing. */
static __always_inline void __COMPAT_scx_bpf_reenqueue_local_from_anywhere(void)
{
	if (bpf_ksym_exists(scx_bpf_reenqueue_local___v2___new))
		scx_bpf_reenqueue_local___v2___new();
}

/* Whether scx_bpf_dsq_reenq() can do more than this CPU's local DSQ. */
static __always_inline bool __COMPAT_has_dsq_reenq(void)
{
	return bpf_ksym_exists(scx_bpf_dsq_reenq___new);
}

/*
 * Pass the tasks of a local or user DSQ to enqueue again, asynchronously.
 * Before 7.1 only SCX_DSQ_LOCAL is honoured, from 6.19 on.
 */
static __always_inline void scx_bpf_dsq_reenq(u64 dsq_id, u64 reenq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_reenq___new))
		scx_bpf_dsq_reenq___new(dsq_id, reenq_flags);
	else if (dsq_id == SCX_DSQ_LOCAL)
		__COMPAT_scx_bpf_reenqueue_local_from_anywhere();
}

#include "compat_idle.bpf.h"
#include "compat_task.bpf.h"

/*
 * Names of 6.12, for sources written then.
 */
#define scx_bpf_dispatch scx_bpf_dsq_insert
#define scx_bpf_dispatch_vtime scx_bpf_dsq_insert_vtime
#define scx_bpf_consume(dsq_id) scx_bpf_dsq_move_to_local(dsq_id)
#define scx_bpf_dispatch_from_dsq scx_bpf_dsq_move
#define scx_bpf_dispatch_vtime_from_dsq scx_bpf_dsq_move_vtime
#define scx_bpf_dispatch_from_dsq_set_slice scx_bpf_dsq_move_set_slice
#define scx_bpf_dispatch_from_dsq_set_vtime scx_bpf_dsq_move_set_vtime

/* Forms of the above that sources of 6.13 to 7.0 use. */
#define __COMPAT_scx_bpf_dsq_insert scx_bpf_dsq_insert
#define __COMPAT_scx_bpf_dsq_insert_vtime scx_bpf_dsq_insert_vtime
#define __COMPAT_scx_bpf_dsq_peek scx_bpf_dsq_peek
#define __COMPAT_scx_bpf_dsq_move_to_local scx_bpf_dsq_move_to_local
#define __COMPAT_scx_bpf_dsq_move scx_bpf_dsq_move
#define __COMPAT_scx_bpf_dsq_move_vtime scx_bpf_dsq_move_vtime
#define __COMPAT_scx_bpf_dsq_move_set_slice scx_bpf_dsq_move_set_slice
#define __COMPAT_scx_bpf_dsq_move_set_vtime scx_bpf_dsq_move_set_vtime

#endif /* __SCX_COMPAT_BPF_H */
