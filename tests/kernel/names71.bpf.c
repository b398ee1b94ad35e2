// SPDX-License-Identifier: GPL-2.0
/*
 * names71.bpf.c - the same way as in names612.bpf.c with the functions of 7.1 only, none weak.
 * A kernel function whose own name ends in ___v2 is asked for with a second suffix.
 */
#define BPF_NO_KFUNC_PROTOTYPES
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <scx/enums.bpf.h>
#include <scx/ops.bpf.h>
#include <scx/mem.bpf.h>
#include <scx/user_exit_info.bpf.h>
#include "journal.bpf.h"

char _license[] SEC("license") = "GPL";

UEI_DEFINE(uei);

bool scx_bpf_dsq_insert___v2___71(struct task_struct *p, u64 dsq_id, u64 slice,
				  u64 enq_flags) __ksym;
bool __scx_bpf_dsq_insert_vtime(struct task_struct *p,
				struct scx_bpf_dsq_insert_vtime_args *args) __ksym;
bool scx_bpf_dsq_move_to_local___v2___71(u64 dsq_id, u64 enq_flags) __ksym;
bool scx_bpf_dsq_move(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p, u64 dsq_id,
		      u64 enq_flags) __ksym;
bool scx_bpf_dsq_move_vtime(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p, u64 dsq_id,
			    u64 enq_flags) __ksym;
void scx_bpf_dsq_move_set_slice(struct bpf_iter_scx_dsq *it__iter, u64 slice) __ksym;
void scx_bpf_dsq_move_set_vtime(struct bpf_iter_scx_dsq *it__iter, u64 vtime) __ksym;
int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags) __ksym;
struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it) __ksym;
void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it) __ksym;
s32 __scx_bpf_select_cpu_and(struct task_struct *p, const struct cpumask *cpus_allowed,
			     struct scx_bpf_select_cpu_and_args *args) __ksym;
void scx_bpf_reenqueue_local___v2___71(void) __ksym;
void scx_bpf_dsq_reenq(u64 dsq_id, u64 reenq_flags) __ksym;
bool scx_bpf_task_set_slice(struct task_struct *p, u64 slice) __ksym;
bool scx_bpf_task_set_dsq_vtime(struct task_struct *p, u64 vtime) __ksym;
struct rq *scx_bpf_locked_rq(void) __ksym;
struct task_struct *scx_bpf_cpu_curr(s32 cpu) __ksym;
struct task_struct *scx_bpf_dsq_peek(u64 dsq_id) __ksym;
u64 scx_bpf_now(void) __ksym;
void scx_bpf_events(struct scx_event_stats *events, size_t events__sz) __ksym;
s32 scx_bpf_create_dsq(u64 dsq_id, s32 node) __ksym;

enum {
	DSQ_FIFO = 1,
	DSQ_VTIME = 2,
	DSQ_FIFO2 = 3,
	SLICE_NS = 7000000,
	VTIME = 77,
};

u32 nr_fifo, nr_vtime, nr_moved, nr_moved_vtime, nr_consumed, nr_reenqueued;
u64 seen_slice, seen_vtime, refill_events;

s32 BPF_STRUCT_OPS(names71_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	struct scx_bpf_select_cpu_and_args args = {
		.prev_cpu = prev_cpu,
		.wake_flags = wake_flags,
	};
	s32 cpu = __scx_bpf_select_cpu_and(p, p->cpus_ptr, &args);

	return cpu < 0 ? prev_cpu : cpu;
}

void BPF_STRUCT_OPS(names71_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (p->pid & 1) {
		struct scx_bpf_dsq_insert_vtime_args args = {
			.dsq_id = DSQ_VTIME,
			.slice = 1,
			.vtime = 2,
			.enq_flags = enq_flags,
		};

		if (__scx_bpf_dsq_insert_vtime(p, &args))
			__sync_fetch_and_add(&nr_vtime, 1);
	} else {
		if (scx_bpf_dsq_insert___v2___71(p, DSQ_FIFO, 1, enq_flags))
			__sync_fetch_and_add(&nr_fifo, 1);
	}
}

void BPF_STRUCT_OPS(names71_dispatch, s32 cpu, struct task_struct *prev)
{
	struct task_struct *p;

	bpf_for_each(scx_dsq, p, DSQ_FIFO, 0) {
		scx_bpf_dsq_move_set_slice(BPF_FOR_EACH_ITER, SLICE_NS);
		scx_bpf_dsq_move_set_vtime(BPF_FOR_EACH_ITER, VTIME);
		if (scx_bpf_dsq_move_vtime(BPF_FOR_EACH_ITER, p, DSQ_VTIME, 0))
			__sync_fetch_and_add(&nr_moved_vtime, 1);
	}
	bpf_for_each(scx_dsq, p, DSQ_VTIME, 0) {
		scx_bpf_dsq_move_set_slice(BPF_FOR_EACH_ITER, SLICE_NS);
		if (scx_bpf_dsq_move(BPF_FOR_EACH_ITER, p, DSQ_FIFO2, 0))
			__sync_fetch_and_add(&nr_moved, 1);
	}
	p = scx_bpf_dsq_peek(DSQ_FIFO2);
	if (p && scx_bpf_dsq_move_to_local___v2___71(DSQ_FIFO2, 0))
		__sync_fetch_and_add(&nr_consumed, 1);
}

void BPF_STRUCT_OPS(names71_running, struct task_struct *p)
{
	struct rq *rq = scx_bpf_locked_rq();
	struct scx_event_stats events = {};

	scx_bpf_events(&events, sizeof(events));
	refill_events = events.SCX_EV_REFILL_SLICE_DFL;
	if ((p->pid & 1) || !rq || !scx_bpf_now() || !scx_bpf_cpu_curr(0))
		return;
	seen_slice = p->scx.slice;
	seen_vtime = p->scx.dsq_vtime;
	scx_bpf_task_set_slice(p, SLICE_NS);
	scx_bpf_task_set_dsq_vtime(p, VTIME);
}

void BPF_STRUCT_OPS(names71_stopping, struct task_struct *p, bool runnable)
{
	scx_bpf_reenqueue_local___v2___71();
	scx_bpf_dsq_reenq(SCX_DSQ_LOCAL, 0);
	__sync_fetch_and_add(&nr_reenqueued, 1);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(names71_init)
{
	s32 ret = scx_bpf_create_dsq(DSQ_FIFO, -1);

	if (!ret)
		ret = scx_bpf_create_dsq(DSQ_VTIME, -1);
	if (!ret)
		ret = scx_bpf_create_dsq(DSQ_FIFO2, -1);
	return ret;
}

void BPF_STRUCT_OPS(names71_exit, struct scx_exit_info *ei)
{
	JOURNAL(exit, ei->kind, 0);
	UEI_RECORD(uei, ei);
}

SCX_OPS_DEFINE(ops, .select_cpu = (void *)names71_select_cpu, .enqueue = (void *)names71_enqueue,
	       .dispatch = (void *)names71_dispatch, .running = (void *)names71_running,
	       .stopping = (void *)names71_stopping, .init = (void *)names71_init,
	       .exit = (void *)names71_exit, .name = "names71");
