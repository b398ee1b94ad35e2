// SPDX-License-Identifier: GPL-2.0
/*
 * misuse.bpf.c - a scheduler that makes the one mistake it is told to, in the callback that
 * misuse.h names, about the first worker that comes along, and then behaves.
 *
 * What is not chosen is never reached, as the verifier sees: the choice is a constant.
 */
#include "lab.bpf.h"
#include "misuse.h"
#include "misuse_any.bpf.h"

/* The callback that is to make it. */
const volatile u32 misuse_callback;

/* How often it was made, and what the kfunc returned. */
u32 nr_made;
long long ret = MISUSE_NONE;

/* Another task of ours, that a callback is never about while it sleeps. */
const volatile s32 other_pid;

/* A CPU that no worker may use. */
const volatile s32 foreign_cpu;

const u64 dsq_fifo = 1, dsq_vtime = 2, dsq_unknown = 0xdead;

/* The workers that wait on our side, for mistakes in dispatch. */
s32 waiting_pid, waiting_pid2;

struct late {
	struct bpf_timer timer;
	s32 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct late);
} late SEC(".maps");

/* Is it time to make the mistake? Once. */
static bool due(u32 callback)
{
	return misuse_callback == callback && !__sync_lock_test_and_set(&nr_made, 1);
}

static void insert_other(void)
{
	struct task_struct *p = bpf_task_from_pid(other_pid);

	if (!p)
		return;
	ret = scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, 0, 0);
	bpf_task_release(p);
}

/* Mistakes about @p in select_cpu and enqueue. */
static void misinsert(struct task_struct *p)
{
	u64 internal = 1ULL << 56;

	switch (misuse) {
	case MISUSE_INSERT_OTHER_TASK:
	case MISUSE_INSERT_OTHER_TASK_ENQ:
		insert_other();
		break;
	case MISUSE_INSERT_TWICE:
	case MISUSE_INSERT_TWICE_ENQ:
		scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, 0, 0);
		ret = scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, 0, 0);
		break;
	case MISUSE_INSERT_UNKNOWN_DSQ:
	case MISUSE_INSERT_UNKNOWN_DSQ_ENQ:
		ret = scx_bpf_dsq_insert(p, dsq_unknown, 0, 0);
		break;
	case MISUSE_INSERT_BYPASS_DSQ:
		ret = scx_bpf_dsq_insert(p, SCX_DSQ_BYPASS, 0, 0);
		break;
	case MISUSE_INSERT_INVALID_DSQ:
		ret = scx_bpf_dsq_insert(p, SCX_DSQ_INVALID, 0, 0);
		break;
	case MISUSE_INSERT_LOCAL_ON_BAD_CPU:
		ret = scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | MISUSE_BAD_CPU, 0, 0);
		break;
	case MISUSE_INSERT_LOCAL_ON_FOREIGN:
		ret = scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | foreign_cpu, 0, 0);
		break;
	case MISUSE_INSERT_INTERNAL_FLAGS:
		ret = scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, 0, internal);
		break;
	case MISUSE_INSERT_VTIME_INTERNAL_FLAGS:
		ret = scx_bpf_dsq_insert_vtime(p, dsq_vtime, 0, 0, internal);
		break;
	case MISUSE_INSERT_IMMED_GLOBAL:
		ret = scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, 0, SCX_ENQ_IMMED);
		break;
	case MISUSE_INSERT_IMMED_USER:
		ret = scx_bpf_dsq_insert(p, dsq_fifo, 0, SCX_ENQ_IMMED);
		break;
	case MISUSE_INSERT_VTIME_LOCAL:
	case MISUSE_INSERT_VTIME_LOCAL_SEL:
		ret = scx_bpf_dsq_insert_vtime(p, SCX_DSQ_LOCAL, 0, 0, 0);
		break;
	case MISUSE_INSERT_VTIME_GLOBAL:
		ret = scx_bpf_dsq_insert_vtime(p, SCX_DSQ_GLOBAL, 0, 0, 0);
		break;
	}
}

static s32 misselect(struct task_struct *p, s32 prev_cpu)
{
	bool is_idle = true;

	switch (misuse) {
	case MISUSE_SELECT_LARGE_CPU:
		return MISUSE_BAD_CPU;
	case MISUSE_SELECT_NEGATIVE_CPU:
		return -2;
	case MISUSE_DFL_BAD_PREV:
		ret = scx_bpf_select_cpu_dfl(p, MISUSE_BAD_CPU, 0, &is_idle);
		break;
	case MISUSE_DFL_NEGATIVE_PREV:
		ret = scx_bpf_select_cpu_dfl(p, -1, 0, &is_idle);
		break;
	case MISUSE_AND_BAD_PREV:
		ret = scx_bpf_select_cpu_and(p, MISUSE_BAD_CPU, 0, p->cpus_ptr, 0);
		break;
	case MISUSE_AND_OLD_BAD_PREV:
		ret = scx_bpf_select_cpu_and___old(p, MISUSE_BAD_CPU, 0, p->cpus_ptr, 0);
		break;
	case MISUSE_OFF_DFL:
		if (scx_bpf_select_cpu_dfl(p, prev_cpu, 0, &is_idle) != prev_cpu || is_idle)
			ret = -1;
		break;
	case MISUSE_OFF_AND:
		ret = scx_bpf_select_cpu_and(p, prev_cpu, 0, p->cpus_ptr, 0);
		break;
	}
	return prev_cpu;
}

/* From the program of select_cpu: a timer inherits what it may call. */
static int late_insert(void *map, int *key, struct late *value)
{
	struct task_struct *p = bpf_task_from_pid(value->pid);

	if (!p)
		return 0;
	if (misuse == MISUSE_TIMER_INSERT)
		ret = scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, 0, 0);
	else
		ret = scx_bpf_dsq_insert_vtime(p, dsq_vtime, 0, 0, 0);
	bpf_task_release(p);
	return 0;
}

static int late_dispatch(void *map, int *key, struct late *value)
{
	switch (misuse) {
	case MISUSE_TIMER_NR_SLOTS:
		ret = scx_bpf_dispatch_nr_slots();
		break;
	case MISUSE_TIMER_CANCEL:
		scx_bpf_dispatch_cancel();
		break;
	case MISUSE_TIMER_MOVE_TO_LOCAL:
		ret = scx_bpf_dsq_move_to_local(dsq_fifo);
		break;
	}
	return 0;
}

s32 BPF_STRUCT_OPS(misuse_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	u32 zero = 0;
	struct late *value;

	if (p->pid == other_pid)
		return prev_cpu;
	if (due(MISUSE_IN_SELECT_CPU)) {
		misinsert(p);
		misuse_any(p);
		return misselect(p, prev_cpu);
	}
	if (due(MISUSE_IN_TIMER)) {
		value = bpf_map_lookup_elem(&late, &zero);
		if (value) {
			value->pid = p->pid;
			bpf_timer_set_callback(&value->timer, late_insert);
			bpf_timer_start(&value->timer, 0, 0);
		}
	}
	return prev_cpu;
}

void BPF_STRUCT_OPS(misuse_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (p->pid != other_pid && due(MISUSE_IN_ENQUEUE)) {
		misinsert(p);
		misselect(p, scx_bpf_task_cpu(p));
		misuse_any(p);
	}
	/* what is still without a place waits for dispatch */
	if (misuse_callback == MISUSE_IN_DISPATCH) {
		if (!waiting_pid)
			waiting_pid = p->pid;
		else
			waiting_pid2 = p->pid;
		return;
	}
	if (misuse_callback != MISUSE_IN_ENQUEUE || p->scx.ddsp_dsq_id == SCX_DSQ_INVALID)
		scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, enq_flags);
}

/* Fill the buffer with inserts of @p, all but the first of them stale, and go on. */
static void insert_too_many(struct task_struct *p)
{
	u32 i;

	bpf_for(i, 0, 8)
		scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, 0, 0);
	ret = scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, 0, 0);
}

/* Put @p, which waits on our side, on @dsq_id now: a move flushes the buffer. */
static void insert_and_flush(struct task_struct *p, u64 dsq_id, bool vtime)
{
	if (vtime)
		ret = scx_bpf_dsq_insert_vtime(p, dsq_id, 0, 0, 0);
	else
		ret = scx_bpf_dsq_insert(p, dsq_id, 0, 0);
}

static void mismove(struct task_struct *p)
{
	switch (misuse) {
	case MISUSE_MOVE_FLAGS:
	case MISUSE_MOVE_UNKNOWN_DSQ:
	case MISUSE_MOVE_LOCAL_ON_FOREIGN:
	case MISUSE_MOVE_VTIME_BUILTIN:
		break;
	default:
		return;
	}
	scx_bpf_dsq_insert(p, dsq_fifo, 0, 0);
	/* nothing is there to be moved, but what is pending is carried out */
	scx_bpf_dsq_move_to_local(dsq_vtime);

	bpf_for_each(scx_dsq, p, dsq_fifo, 0) {
		if (misuse == MISUSE_MOVE_FLAGS)
			ret = scx_bpf_dsq_move(BPF_FOR_EACH_ITER, p, dsq_fifo, 1ULL << 60);
		else if (misuse == MISUSE_MOVE_UNKNOWN_DSQ)
			ret = scx_bpf_dsq_move(BPF_FOR_EACH_ITER, p, dsq_unknown, 0);
		else if (misuse == MISUSE_MOVE_LOCAL_ON_FOREIGN)
			ret = scx_bpf_dsq_move(BPF_FOR_EACH_ITER, p, SCX_DSQ_LOCAL_ON | foreign_cpu,
					       0);
		else
			ret = scx_bpf_dsq_move_vtime(BPF_FOR_EACH_ITER, p, SCX_DSQ_GLOBAL, 0);
	}
}

static void misdispatch(struct task_struct *p, struct task_struct *other)
{
	switch (misuse) {
	case MISUSE_INSERT_UNKNOWN_DSQ_DSP:
		ret = scx_bpf_dsq_insert(p, dsq_unknown, 0, 0);
		break;
	case MISUSE_INSERT_LOCAL_ON_BAD_CPU_DSP:
		ret = scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | MISUSE_BAD_CPU, 0, 0);
		break;
	case MISUSE_INSERT_LOCAL_ON_FOREIGN_DSP:
		ret = scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | foreign_cpu, 0, 0);
		break;
	case MISUSE_INSERT_INTERNAL_FLAGS_DSP:
		ret = scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, 0, 1ULL << 63);
		break;
	case MISUSE_INSERT_VTIME_LOCAL_DSP:
		ret = scx_bpf_dsq_insert_vtime(p, SCX_DSQ_LOCAL, 0, 0, 0);
		break;
	case MISUSE_INSERT_FIFO_AMONG_VTIME:
		insert_and_flush(p, dsq_vtime, true);
		insert_and_flush(other, dsq_vtime, false);
		break;
	case MISUSE_INSERT_VTIME_AMONG_FIFO:
		insert_and_flush(p, dsq_fifo, false);
		insert_and_flush(other, dsq_fifo, true);
		break;
	case MISUSE_INSERT_TOO_MANY:
		insert_too_many(p);
		break;
	case MISUSE_CANCEL_NOTHING:
		scx_bpf_dispatch_cancel();
		break;
	case MISUSE_MOVE_TO_LOCAL_UNKNOWN:
		ret = scx_bpf_dsq_move_to_local(dsq_unknown);
		break;
	case MISUSE_MOVE_TO_LOCAL_GLOBAL:
		ret = scx_bpf_dsq_move_to_local(SCX_DSQ_GLOBAL);
		break;
	case MISUSE_MOVE_TO_LOCAL_LOCAL:
		ret = scx_bpf_dsq_move_to_local(SCX_DSQ_LOCAL);
		break;
	case MISUSE_MOVE_TO_LOCAL_FLAGS:
		ret = scx_bpf_dsq_move_to_local(dsq_fifo, 1ULL << 57);
		break;
	case MISUSE_DESTROY_NON_EMPTY:
		scx_bpf_dsq_insert(p, dsq_fifo, 0, 0);
		scx_bpf_dsq_move_to_local(dsq_vtime);
		scx_bpf_destroy_dsq(dsq_fifo);
		break;
	}
}

void BPF_STRUCT_OPS(misuse_dispatch, s32 cpu, struct task_struct *prev)
{
	struct task_struct *p, *other;
	struct late *value;
	u32 zero = 0;

	if (due(MISUSE_IN_TIMER_DSP)) {
		value = bpf_map_lookup_elem(&late, &zero);
		if (value) {
			bpf_timer_set_callback(&value->timer, late_dispatch);
			bpf_timer_start(&value->timer, 0, 0);
		}
	}
	if (!waiting_pid || !waiting_pid2)
		return;
	p = bpf_task_from_pid(waiting_pid);
	if (!p)
		return;
	/* only the mistake is to be wrong: not the CPU, too */
	if (bpf_cpumask_test_cpu(cpu, p->cpus_ptr) && due(MISUSE_IN_DISPATCH)) {
		other = bpf_task_from_pid(waiting_pid2);
		if (other) {
			misdispatch(p, other);
			mismove(p);
			misuse_any(p);
			bpf_task_release(other);
		}
	}
	bpf_task_release(p);
}

void BPF_STRUCT_OPS(misuse_running, struct task_struct *p)
{
	if (due(MISUSE_IN_RUNNING))
		misuse_any(p);
}

void BPF_STRUCT_OPS_VARIANT(misuse_update_idle, s32 cpu, bool idle) {}

s32 BPF_STRUCT_OPS_SLEEPABLE(misuse_init)
{
	struct late *value;
	u32 zero = 0;
	s32 err;

	value = bpf_map_lookup_elem(&late, &zero);
	if (!value)
		return -ESRCH;
	err = bpf_timer_init(&value->timer, &late, CLOCK_MONOTONIC);
	if (err)
		return err;
	err = scx_bpf_create_dsq(dsq_fifo, -1);
	if (err)
		return err;
	return scx_bpf_create_dsq(dsq_vtime, -1);
}

SCX_OPS_DEFINE(ops, .select_cpu = (void *)misuse_select_cpu, .enqueue = (void *)misuse_enqueue,
	       .dispatch = (void *)misuse_dispatch, .running = (void *)misuse_running,
	       .init = (void *)misuse_init, LAB_EXIT, .dispatch_max_batch = 8, .name = "misuse");
