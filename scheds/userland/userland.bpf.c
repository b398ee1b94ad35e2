// SPDX-License-Identifier: GPL-2.0
/*
 * userland - all decisions in a user process; this half only ferries.
 *
 * Tasks that become runnable go by pid through a queue to the loader process,
 * which orders them by vruntime and hands pids back through another queue. That
 * process is a task of this scheduler like any other, but is never queued: it is
 * dispatched when .needed says that it has something to do.
 *
 *	.needed is set	when a task is queued for it; when it gives up its CPU, or
 *			a CPU goes idle, while it still has tasks; every second
 *	.needed is cleared by the dispatch that puts it on a CPU
 *
 * nr_queued + nr_scheduled never understates what it has to do: the user half
 * publishes the tasks it took in nr_scheduled before it lowers nr_queued.
 *
 * Tasks that may not run everywhere are kept in the kernel; the user half knows
 * nothing of CPUs. So are those that it has no room for, as the limit of pids was
 * raised since it began. They wait on a queue of their own: a global queue that is never
 * empty would be served before dispatch() is called, and with it the user half.
 *
 * Shows: where the border between kernel and user may run. Bad for real loads:
 * each decision costs two context switches, and a page fault of the process while
 * it holds everybody's tasks can hang all of them, so it locks its memory.
 */
#include <scx/common.bpf.h>
#include <scx/counters.h>
#include "userland.h"

char _license[] SEC("license") = "GPL";

#define KEPT_DSQ 0

const volatile s32 user_pid;
const volatile s32 nr_pids;		/* the user half has room for those below */

UEI_DEFINE(uei);
DEFINE_COUNTERS(NR_USERLAND_COUNTERS);

/* Tasks in the queue to the user half, and in its own hands. */
u64 nr_queued;
u64 nr_scheduled;

static u32 needed = 1;

/* To the user half, and back. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, USERLAND_QUEUE_LEN);
	__type(value, struct userland_task);
} enqueued SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, USERLAND_QUEUE_LEN);
	__type(value, s32);
} dispatched SEC(".maps");

struct heartbeat {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct heartbeat);
} heartbeats SEC(".maps");

static bool user_has_work(void)
{
	return READ_ONCE(nr_queued) || READ_ONCE(nr_scheduled);
}

static void set_needed(void)
{
	__sync_lock_test_and_set(&needed, 1);
}

/* Whether it was needed. */
static bool clear_needed(void)
{
	return __sync_lock_test_and_set(&needed, 0);
}

static bool is_user_half(const struct task_struct *p)
{
	return p->pid == user_pid;
}

/* Whether the user half need not know of @p. */
static bool keep_in_kernel(const struct task_struct *p)
{
	return p->pid >= nr_pids || !task_may_run_everywhere(p);
}

s32 BPF_STRUCT_OPS(userland_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool is_idle = false;
	s32 cpu;

	if (!keep_in_kernel(p) || is_user_half(p))
		return prev_cpu;
	cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &is_idle);
	if (is_idle)
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, SCX_SLICE_DFL, 0);
	return cpu;
}

void BPF_STRUCT_OPS(userland_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct userland_task task = {
		.pid = p->pid,
		.weight = p->scx.weight,
		.run_ns = p->se.sum_exec_runtime,
	};

	if (is_user_half(p)) {
		if (user_has_work())
			set_needed();
		return;
	}
	if (keep_in_kernel(p)) {
		count(USERLAND_ENQ_KERNEL);
		scx_bpf_dsq_insert(p, KEPT_DSQ, SCX_SLICE_DFL, enq_flags);
		return;
	}
	__sync_fetch_and_add(&nr_queued, 1);
	if (bpf_map_push_elem(&enqueued, &task, 0)) {
		__sync_fetch_and_add(&nr_queued, -1);
		count(USERLAND_ENQ_FAILED);
		scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, enq_flags);
		return;
	}
	count(USERLAND_ENQ_USER);
	set_needed();
}

/* Dispatch the task @pid. False if there is none. */
static bool dispatch_pid(s32 pid)
{
	struct task_struct *p = bpf_task_from_pid(pid);

	if (!p)
		return false;
	scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, 0);
	bpf_task_release(p);
	return true;
}

/* Dispatch what the user half has given back. Returns whether that was anything. */
static bool dispatch_given_back(void)
{
	bool any = false;
	s32 pid;

	bpf_repeat(USERLAND_QUEUE_LEN) {
		if (!scx_bpf_dispatch_nr_slots() || bpf_map_pop_elem(&dispatched, &pid))
			break;
		if (dispatch_pid(pid)) {
			count(USERLAND_DSP);
			any = true;
		} else {
			count(USERLAND_DSP_FAILED);
		}
	}
	return any;
}

/* Dispatch what there is beside the user half: all that it gave back, one task that was kept. */
static bool dispatch_others(void)
{
	bool given_back = dispatch_given_back(), kept = scx_bpf_dsq_move_to_local(KEPT_DSQ, 0);

	return given_back || kept;
}

/*
 * The user half yields after each batch. What it gave back runs first; were it
 * dispatched as well, the slice of that insert would make it go on at once and give
 * back a second batch. It stays needed, or becomes so again when it is enqueued.
 */
static void dispatch_after_user_half(struct task_struct *user)
{
	if (!dispatch_others() && clear_needed())
		user->scx.slice = SCX_SLICE_DFL;
}

void BPF_STRUCT_OPS(userland_dispatch, s32 cpu, struct task_struct *prev)
{
	if (prev && is_user_half(prev) && (prev->scx.flags & SCX_TASK_QUEUED)) {
		dispatch_after_user_half(prev);
		return;
	}
	if (clear_needed() && !dispatch_pid(user_pid))
		scx_bpf_error("the user half (%d) has gone", user_pid);
	dispatch_others();
}

/*
 * A CPU with nothing to do may get something from the user half. Without the kick
 * it would have looked for the last time.
 */
void BPF_STRUCT_OPS(userland_update_idle, s32 cpu, bool idle)
{
	if (!idle || !user_has_work())
		return;
	set_needed();
	scx_bpf_kick_cpu(cpu, 0);
}

/*
 * The user half is always runnable, so the watchdog wants to see it run even if it
 * has nothing to do.
 */
static int beat(void *map, int *key, struct bpf_timer *timer)
{
	set_needed();
	scx_bpf_kick_cpu(bpf_get_smp_processor_id(), SCX_KICK_IDLE);
	bpf_timer_start(timer, NSEC_PER_SEC, 0);
	return 0;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(userland_init)
{
	struct heartbeat *heartbeat;
	u32 key = 0;
	s32 err;

	if (!user_pid) {
		scx_bpf_error("the loader did not say who the user half is");
		return -EINVAL;
	}
	err = scx_bpf_create_dsq(KEPT_DSQ, -1);
	if (err)
		return err;
	heartbeat = bpf_map_lookup_elem(&heartbeats, &key);
	if (!heartbeat)
		return -ESRCH;
	bpf_timer_init(&heartbeat->timer, &heartbeats, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&heartbeat->timer, beat);
	return bpf_timer_start(&heartbeat->timer, NSEC_PER_SEC, 0);
}

void BPF_STRUCT_OPS_SLEEPABLE(userland_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

SCX_OPS_DEFINE(userland_ops, .select_cpu = (void *)userland_select_cpu,
	       .enqueue = (void *)userland_enqueue, .dispatch = (void *)userland_dispatch,
	       .update_idle = (void *)userland_update_idle, .init = (void *)userland_init,
	       .exit = (void *)userland_exit, .flags = SCX_OPS_ENQ_LAST | SCX_OPS_KEEP_BUILTIN_IDLE,
	       .name		= "userland");
