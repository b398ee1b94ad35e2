// SPDX-License-Identifier: GPL-2.0
/*
 * dispatch.bpf.c - a scheduler whose dispatch does, once and on one CPU, the script it is given, with
 * the tasks that wait on its side, and notes every result. All tasks are kept by enqueue.
 */
#include "lab.bpf.h"
#include "dispatch.h"

const volatile u32 script;
const volatile s32 script_cpu;

/* Tasks that wait, in the order in which they came. */
s32 waiting[DISPATCH_MAX_TASKS];
u32 nr_waiting;

/* Set by the test when all are there. */
u32 go;
u32 nr_calls;
s32 seen_prev = -1; /* pid of prev, 0: NULL */

#define NOTE(x) JOURNAL(note, x, 0)

/* Without this the class would take an idle CPU and pass us over. */
s32 BPF_STRUCT_OPS(dispatch_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return prev_cpu;
}

void BPF_STRUCT_OPS(dispatch_enqueue, struct task_struct *p, u64 enq_flags)
{
	u32 nr = __sync_fetch_and_add(&nr_waiting, 1);

	JOURNAL_TASK(enqueue, p, enq_flags, 0);
	if (nr < DISPATCH_MAX_TASKS)
		waiting[nr] = p->pid;
}

static bool insert_waiting(u32 n, u64 dsq_id)
{
	u64 slice = script == SCRIPT_REFILL ? 5000000 : SCX_SLICE_INF;
	struct task_struct *p;
	bool ret;

	if (n >= DISPATCH_MAX_TASKS)
		return false;
	p = bpf_task_from_pid(waiting[n]);
	if (!p)
		return false;
	ret = scx_bpf_dsq_insert(p, dsq_id, slice, 0);
	bpf_task_release(p);
	return ret;
}

/* The buffer fills, and empties with what it is emptied into. */
static void script_slots(void)
{
	NOTE(scx_bpf_dispatch_nr_slots());
	insert_waiting(0, 1);
	NOTE(scx_bpf_dispatch_nr_slots());
	insert_waiting(1, 1);
	NOTE(scx_bpf_dispatch_nr_slots());
	/* nothing can be moved out of an empty queue, but the buffer is carried out */
	NOTE(scx_bpf_dsq_move_to_local(2));
	NOTE(scx_bpf_dispatch_nr_slots());
	NOTE(scx_bpf_dsq_nr_queued(1));
	NOTE(scx_bpf_dsq_move_to_local(1));
	NOTE(scx_bpf_dsq_nr_queued(1));
	NOTE(scx_bpf_dsq_move_to_local___old(1));
	NOTE(scx_bpf_dsq_nr_queued(1));
	NOTE(scx_bpf_dsq_move_to_local(1));
}

/* The last one is taken back, the one before it stays. */
static void script_cancel(void)
{
	insert_waiting(0, SCX_DSQ_LOCAL);
	insert_waiting(1, SCX_DSQ_LOCAL);
	NOTE(scx_bpf_dispatch_nr_slots());
	scx_bpf_dispatch_cancel();
	NOTE(scx_bpf_dispatch_nr_slots());
}

/* Twice the same task: the second verdict is stale by the time it is carried out. */
static void script_stale(void)
{
	insert_waiting(0, SCX_DSQ_LOCAL);
	NOTE(insert_waiting(0, SCX_DSQ_GLOBAL));
	insert_waiting(1, SCX_DSQ_LOCAL);
}

/* One that sleeps, which is nobody's to dispatch. */
static void script_sleeper(void)
{
	NOTE(insert_waiting(2, SCX_DSQ_LOCAL));
	insert_waiting(0, SCX_DSQ_LOCAL);
	insert_waiting(1, SCX_DSQ_LOCAL);
}

/* As many as fit. */
static void script_full(void)
{
	u32 i;

	bpf_for(i, 0, 100) {
		if (!scx_bpf_dispatch_nr_slots())
			break;
		insert_waiting(i & 1, SCX_DSQ_LOCAL);
	}
	NOTE(i);
}

/* Tasks of this CPU to others, straight from here. */
static void script_remote(void)
{
	NOTE(insert_waiting(0, SCX_DSQ_LOCAL_ON | 3));
	NOTE(insert_waiting(1, SCX_DSQ_LOCAL_ON | 1));
}

/* Around in circles: each call moves tasks, but none that the CPU can run. */
static void script_circles(void)
{
	struct task_struct *p;

	if (nr_calls == 1) {
		insert_waiting(0, 1);
		insert_waiting(1, 1);
		scx_bpf_dsq_move_to_local(2);
	}
	bpf_for_each(scx_dsq, p, 1, 0)
		scx_bpf_dsq_move(BPF_FOR_EACH_ITER, p, 1, 0);
}

void BPF_STRUCT_OPS(dispatch_dispatch, s32 cpu, struct task_struct *prev)
{
	if (cpu != script_cpu || !go)
		return;
	if (script == SCRIPT_CIRCLES || script == SCRIPT_REFILL)
		nr_calls++;
	else if (__sync_lock_test_and_set(&nr_calls, 1))
		return;
	seen_prev = prev ? prev->pid : 0;

	switch (script) {
	case SCRIPT_SLOTS:
		script_slots();
		break;
	case SCRIPT_CANCEL:
		script_cancel();
		break;
	case SCRIPT_STALE:
		script_stale();
		break;
	case SCRIPT_SLEEPER:
		script_sleeper();
		break;
	case SCRIPT_FULL:
		script_full();
		break;
	case SCRIPT_REMOTE:
		script_remote();
		break;
	case SCRIPT_CIRCLES:
		script_circles();
		break;
	case SCRIPT_REFILL:
		/* others wait, and wait on */
		if (prev)
			prev->scx.slice = 5000000;
		else
			insert_waiting(0, SCX_DSQ_LOCAL);
		break;
	case SCRIPT_GLOBAL:
		insert_waiting(0, SCX_DSQ_GLOBAL);
		insert_waiting(1, SCX_DSQ_GLOBAL);
		break;
	}
}

void BPF_STRUCT_OPS(dispatch_running, struct task_struct *p)
{
	JOURNAL_TASK(running, p, scx_bpf_task_cpu(p), 0);
}

void BPF_STRUCT_OPS(dispatch_stopping, struct task_struct *p, bool runnable)
{
	JOURNAL_TASK(stopping, p, runnable, 0);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(dispatch_init)
{
	s32 ret = scx_bpf_create_dsq(1, -1);

	return ret ? ret : scx_bpf_create_dsq(2, -1);
}

SEC("syscall")
int dispatch_kick(void *ctx)
{
	scx_bpf_kick_cpu(script_cpu, 0);
	return 0;
}

SCX_OPS_DEFINE(ops, .select_cpu = (void *)dispatch_select_cpu, .enqueue = (void *)dispatch_enqueue,
	       .dispatch = (void *)dispatch_dispatch, .running = (void *)dispatch_running,
	       .stopping = (void *)dispatch_stopping, .init = (void *)dispatch_init, LAB_EXIT,
	       .name = "dispatch");
