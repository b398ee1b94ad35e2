// SPDX-License-Identifier: GPL-2.0
/*
 * names612.bpf.c - a scheduler built for 6.12 and nothing newer: every function by the name and
 * prototype that it has there, none of them weak, so that the object loads only where all exist.
 * It uses each of them on the way of a task: select_cpu -> enqueue -> queue 1 -> queue 2 -> CPU.
 */
#include "lab.bpf.h"

#undef scx_bpf_dispatch
#undef scx_bpf_dispatch_vtime
#undef scx_bpf_consume
#undef scx_bpf_dispatch_from_dsq
#undef scx_bpf_dispatch_vtime_from_dsq
#undef scx_bpf_dispatch_from_dsq_set_slice
#undef scx_bpf_dispatch_from_dsq_set_vtime

void scx_bpf_dispatch(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags) __ksym;
void scx_bpf_dispatch_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
			    u64 enq_flags) __ksym;
bool scx_bpf_consume(u64 dsq_id) __ksym;
bool scx_bpf_dispatch_from_dsq(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p, u64 dsq_id,
			       u64 enq_flags) __ksym;
bool scx_bpf_dispatch_vtime_from_dsq(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p,
				     u64 dsq_id, u64 enq_flags) __ksym;
void scx_bpf_dispatch_from_dsq_set_slice(struct bpf_iter_scx_dsq *it__iter, u64 slice) __ksym;
void scx_bpf_dispatch_from_dsq_set_vtime(struct bpf_iter_scx_dsq *it__iter, u64 vtime) __ksym;
u32 scx_bpf_reenqueue_local___612(void) __ksym;

enum {
	DSQ_FIFO = 1,
	DSQ_VTIME = 2,
	DSQ_FIFO2 = 3,
	SLICE_NS = 7000000,
	VTIME = 77,
};

u32 nr_fifo, nr_vtime, nr_moved, nr_moved_vtime, nr_consumed, nr_released;
u64 seen_slice, seen_vtime;

s32 BPF_STRUCT_OPS(names612_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool is_idle;

	return scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &is_idle);
}

void BPF_STRUCT_OPS(names612_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (p->pid & 1) {
		__sync_fetch_and_add(&nr_vtime, 1);
		scx_bpf_dispatch_vtime(p, DSQ_VTIME, 1, 2, enq_flags);
	} else {
		__sync_fetch_and_add(&nr_fifo, 1);
		scx_bpf_dispatch(p, DSQ_FIFO, 1, enq_flags);
	}
}

void BPF_STRUCT_OPS(names612_dispatch, s32 cpu, struct task_struct *prev)
{
	struct task_struct *p;

	bpf_for_each(scx_dsq, p, DSQ_FIFO, 0) {
		scx_bpf_dispatch_from_dsq_set_slice(BPF_FOR_EACH_ITER, SLICE_NS);
		scx_bpf_dispatch_from_dsq_set_vtime(BPF_FOR_EACH_ITER, VTIME);
		if (scx_bpf_dispatch_vtime_from_dsq(BPF_FOR_EACH_ITER, p, DSQ_VTIME, 0))
			__sync_fetch_and_add(&nr_moved_vtime, 1);
	}
	bpf_for_each(scx_dsq, p, DSQ_VTIME, 0) {
		scx_bpf_dispatch_from_dsq_set_slice(BPF_FOR_EACH_ITER, SLICE_NS);
		if (scx_bpf_dispatch_from_dsq(BPF_FOR_EACH_ITER, p, DSQ_FIFO2, 0))
			__sync_fetch_and_add(&nr_moved, 1);
	}
	if (scx_bpf_consume(DSQ_FIFO2))
		__sync_fetch_and_add(&nr_consumed, 1);
}

void BPF_STRUCT_OPS(names612_running, struct task_struct *p)
{
	if (p->pid & 1)
		return;
	seen_slice = p->scx.slice;
	seen_vtime = p->scx.dsq_vtime;
}

void BPF_STRUCT_OPS(names612_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	scx_bpf_reenqueue_local___612();
	__sync_fetch_and_add(&nr_released, 1);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(names612_init)
{
	return scx_bpf_create_dsq(DSQ_FIFO, -1)		 ?:
		       scx_bpf_create_dsq(DSQ_VTIME, -1) ?:
							   scx_bpf_create_dsq(DSQ_FIFO2, -1);
}

SCX_OPS_DEFINE(ops, .select_cpu = (void *)names612_select_cpu, .enqueue = (void *)names612_enqueue,
	       .dispatch = (void *)names612_dispatch, .running = (void *)names612_running,
	       .cpu_release = (void *)names612_cpu_release, .init = (void *)names612_init, LAB_EXIT,
	       .name = "names612");
