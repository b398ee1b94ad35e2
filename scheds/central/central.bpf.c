// SPDX-License-Identifier: GPL-2.0
/*
 * central - one CPU takes all decisions, the others run without a tick.
 *
 * Every task that becomes runnable is sent to the central CPU, which keeps one
 * queue of pids. A CPU that wants work raises its "gimme" flag and kicks the
 * central CPU; that pops pids and puts one on each CPU that asked. Tasks run with
 * an infinite slice, so a CPU with one task needs no tick (on kernels with
 * nohz_full). In place of ticks a timer on the central CPU looks every
 * millisecond which CPUs have had their task for a slice and, if others wait,
 * kicks them.
 *
 * Tasks that may not run where one was wanted, or that found the queue full, go
 * to FALLBACK_DSQ, from which any CPU takes first.
 *
 * Shows: deciding for other CPUs, infinite slices, kicks, pinned timers. For
 * loads such as virtual machines, which suffer from ticks and seldom sleep. Bad
 * for many short wakeups: each costs the central CPU an interrupt. It needs two
 * CPUs, and the central one does little else under load.
 */
#include <scx/common.bpf.h>
#include <scx/counters.h>
#include <scx/cpu_ctx.bpf.h>
#include "central.h"

char _license[] SEC("license") = "GPL";

#define TIMER_INTERVAL_NS (1 * 1000 * 1000)
#define QUEUE_LEN 4096
#define FALLBACK_DSQ 0

const volatile u32 central_cpu;
const volatile u64 slice_ns;

UEI_DEFINE(uei);
DEFINE_COUNTERS(NR_CENTRAL_COUNTERS);

/* Pids in the queue, stale ones too; and runs of the timer. */
u64 nr_queued;
u64 nr_timers;

/* Whether the timer runs, and stays on the central CPU. */
static bool timer_started;
static bool timer_pinned = true;

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, QUEUE_LEN);
	__type(value, s32);
} queue SEC(".maps");

DEFINE_CPU_CTX(u64 started_at;  /* when its task began to run; 0: none */
	       bool gimme;  /* it wants a task from the central CPU */
);

struct central_timer {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct central_timer);
} timers SEC(".maps");

s32 BPF_STRUCT_OPS(central_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return central_cpu;
}

void BPF_STRUCT_OPS(central_enqueue, struct task_struct *p, u64 enq_flags)
{
	s32 pid = p->pid;

	count(CENTRAL_TOTAL);

	/* They are few and urgent, and the central CPU can't place them. */
	if ((p->flags & PF_KTHREAD) && p->nr_cpus_allowed == 1) {
		count(CENTRAL_LOCALS);
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, SCX_SLICE_INF, enq_flags | SCX_ENQ_PREEMPT);
		return;
	}

	if (bpf_map_push_elem(&queue, &pid, 0)) {
		count(CENTRAL_OVERFLOWS);
		scx_bpf_dsq_insert(p, FALLBACK_DSQ, SCX_SLICE_INF, enq_flags);
		return;
	}
	__sync_fetch_and_add(&nr_queued, 1);

	/* If it runs now, its CPU is about to ask the central one anyway. */
	if (!scx_bpf_task_running(p))
		scx_bpf_kick_cpu(central_cpu, SCX_KICK_PREEMPT);
}

/* What became of one pid that was meant for a CPU. */
enum given {
	GIVEN,		/* its task will run there */
	NOT_GIVEN,	/* it was a stale one, or may not run there */
	NONE_LEFT,	/* the queue is empty or the dispatch slots are used up */
};

static enum given give_next(u32 cpu)
{
	struct task_struct *p;
	s32 pid;

	if (!scx_bpf_dispatch_nr_slots() || bpf_map_pop_elem(&queue, &pid))
		return NONE_LEFT;
	__sync_fetch_and_add(&nr_queued, -1);

	p = bpf_task_from_pid(pid);
	if (!p) {
		count(CENTRAL_LOSTS);
		return NOT_GIVEN;
	}
	/*
	 * Asked after the insert: if the answer changes later, the task is queued anew for that,
	 * and the insert is stale.
	 */
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | cpu, SCX_SLICE_INF, 0);
	if (!task_may_run_on(p, cpu)) {
		scx_bpf_dispatch_cancel();
		scx_bpf_dsq_insert(p, FALLBACK_DSQ, SCX_SLICE_INF, 0);
		bpf_task_release(p);
		count(CENTRAL_MISMATCHES);
		return NOT_GIVEN;
	}
	bpf_task_release(p);
	count(CENTRAL_DISPATCHES);
	if (cpu != central_cpu)
		scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
	return GIVEN;
}

/* Give @cpu the first task of the queue that may run there. */
static bool give_one(u32 cpu)
{
	enum given given = NONE_LEFT;

	bpf_repeat(QUEUE_LEN) {
		given = give_next(cpu);
		if (given != NOT_GIVEN)
			break;
	}
	return given == GIVEN;
}

static int start_timer(void)
{
	struct central_timer *timer;
	u32 key = 0;
	int ret;

	timer = bpf_map_lookup_elem(&timers, &key);
	if (!timer)
		return -ESRCH;
	ret = bpf_timer_start(&timer->timer, TIMER_INTERVAL_NS,
			      timer_pinned ? BPF_F_TIMER_CPU_PIN : 0);
	/* Before 6.7 timers can't be pinned. */
	if (ret == -EINVAL && timer_pinned) {
		timer_pinned = false;
		ret = bpf_timer_start(&timer->timer, TIMER_INTERVAL_NS, 0);
	}
	return ret;
}

/* Serve every CPU that asked, then the central CPU itself. */
static void dispatch_central(void)
{
	u32 cpu;

	if (!timer_started) {
		timer_started = true;
		if (start_timer())
			scx_bpf_error("could not start the timer");
	}

	bpf_for(cpu, 0, nr_cpus()) {
		if (!scx_bpf_dispatch_nr_slots())
			break;
		if (cpu_ctxs[cpu].gimme && give_one(cpu))
			cpu_ctxs[cpu].gimme = false;
	}
	if (!scx_bpf_dispatch_nr_slots()) {
		count(CENTRAL_RETRIES);
		scx_bpf_kick_cpu(central_cpu, SCX_KICK_PREEMPT);
		return;
	}
	if (!scx_bpf_dsq_move_to_local(FALLBACK_DSQ))
		give_one(central_cpu);
}

void BPF_STRUCT_OPS(central_dispatch, s32 cpu, struct task_struct *prev)
{
	struct cpu_ctx *cctx;

	if ((u32)cpu == central_cpu) {
		dispatch_central();
		return;
	}
	if (scx_bpf_dsq_move_to_local(FALLBACK_DSQ))
		return;
	cctx = find_cpu_ctx(cpu);
	if (!cctx)
		return;
	cctx->gimme = true;
	scx_bpf_kick_cpu(central_cpu, SCX_KICK_PREEMPT);
}

void BPF_STRUCT_OPS(central_running, struct task_struct *p)
{
	struct cpu_ctx *cctx = find_cpu_ctx(scx_bpf_task_cpu(p));

	if (cctx)
		cctx->started_at = bpf_ktime_get_ns() ?: 1;
}

void BPF_STRUCT_OPS(central_stopping, struct task_struct *p, bool runnable)
{
	struct cpu_ctx *cctx = find_cpu_ctx(scx_bpf_task_cpu(p));

	if (cctx)
		cctx->started_at = 0;
}

/* Whether @cpu has used up a slice, or has nothing. */
static bool is_due(struct cpu_ctx *cctx, u64 now)
{
	u64 started_at = cctx->started_at;

	return !started_at || !time_before(now, started_at + slice_ns);
}

/* Every millisecond: make CPUs that are due give way to tasks that wait. */
static int tick(void *map, int *key, struct bpf_timer *timer)
{
	u32 this_cpu = bpf_get_smp_processor_id();
	u64 now = bpf_ktime_get_ns();
	u64 to_kick = nr_queued;
	u32 nr = nr_cpus();
	u32 i, cpu;

	if (timer_pinned && this_cpu != central_cpu) {
		scx_bpf_error("the timer ran on CPU %u, not on CPU %u", this_cpu, central_cpu);
		return 0;
	}

	bpf_for(i, 0, nr) {
		struct cpu_ctx *cctx;

		cpu = (nr_timers + i) % nr;
		cctx = find_cpu_ctx(cpu);
		if (!cctx || cpu == central_cpu || !is_due(cctx, now))
			continue;
		if (scx_bpf_dsq_nr_queued(FALLBACK_DSQ) <= 0 &&
		    scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | cpu) <= 0) {
			if (!to_kick)
				continue;
			to_kick--;
		}
		scx_bpf_kick_cpu(cpu, SCX_KICK_PREEMPT);
	}

	nr_timers++;
	if (start_timer())
		scx_bpf_error("could not start the timer again");
	return 0;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(central_init)
{
	struct central_timer *timer;
	u32 key = 0;
	s32 ret;

	ret = scx_bpf_create_dsq(FALLBACK_DSQ, -1);
	if (ret)
		return ret;
	timer = bpf_map_lookup_elem(&timers, &key);
	if (!timer)
		return -ESRCH;
	bpf_timer_init(&timer->timer, &timers, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&timer->timer, tick);

	/*
	 * The timer is pinned to the CPU that starts it. Newer kernels run init
	 * wherever they like; there the central CPU's first dispatch does it.
	 */
	if (bpf_get_smp_processor_id() != central_cpu)
		return 0;
	timer_started = true;
	return start_timer();
}

void BPF_STRUCT_OPS_SLEEPABLE(central_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

SCX_OPS_DEFINE(central_ops, .select_cpu = (void *)central_select_cpu,
	       .enqueue = (void *)central_enqueue, .dispatch = (void *)central_dispatch,
	       .running = (void *)central_running, .stopping = (void *)central_stopping,
	       .init = (void *)central_init, .exit = (void *)central_exit,
	       .flags = SCX_OPS_ENQ_LAST, .name = "central");
