// SPDX-License-Identifier: GPL-2.0
/*
 * any.bpf.c - calls kfuncs that anybody may call, and those of unlocked contexts: from a SYSCALL
 * program when the test says so, whether a scheduler is loaded or not, and from callbacks.
 */
#include "lab.bpf.h"
#include "any.h"

/* The task that callbacks look at. */
s32 watched_pid;
struct any_seen in_enqueue, in_running, in_yield;
u32 set_perf; /* running: set this CPU's performance, if not 0 */

u64 ev_refill, ev_bypass_duration, ev_bypass_activate;
u64 few_events[2];

static void look(struct any_seen *seen, struct task_struct *p)
{
	s32 cpu = scx_bpf_task_cpu(p);
	struct rq *rq = scx_bpf_cpu_rq(cpu), *locked = scx_bpf_locked_rq();

	seen->nr++;
	seen->task_cpu = cpu;
	seen->task_running = scx_bpf_task_running(p);
	seen->nr_local = scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | cpu);
	seen->rq_cpu = rq ? rq->cpu : -1;
	seen->locked_cpu = locked ? locked->cpu : -1;
	seen->same_rq = rq == locked;
	seen->now = scx_bpf_now();
	seen->rq_clock = locked ? locked->clock : 0;
	seen->now_again = scx_bpf_now();
	seen->ktime = bpf_ktime_get_ns();
}

void BPF_STRUCT_OPS(any_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (p->pid == watched_pid)
		look(&in_enqueue, p);
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, SCX_SLICE_INF, 0);
}

void BPF_STRUCT_OPS(any_running, struct task_struct *p)
{
	if (p->pid != watched_pid)
		return;
	look(&in_running, p);
	if (set_perf)
		scx_bpf_cpuperf_set(scx_bpf_task_cpu(p), set_perf);
}

/* Goes with SCX_OPS_KEEP_BUILTIN_IDLE: what the masks say at that time is noted, too. */
void BPF_STRUCT_OPS_VARIANT(any_update_idle, s32 cpu, bool idle)
{
	const struct cpumask *mask = scx_bpf_get_idle_cpumask();
	u64 bits = mask->bits[0];

	scx_bpf_put_idle_cpumask(mask);
	JOURNAL(update_idle, (u64)cpu << 1 | idle, bits);
}

/* Without built-in tracking. */
void BPF_STRUCT_OPS_VARIANT(any_update_idle_alone, s32 cpu, bool idle)
{
	JOURNAL(update_idle, (u64)cpu << 1 | idle, 0);
}

void BPF_STRUCT_OPS_VARIANT(any_cpu_online, s32 cpu) {}

void BPF_STRUCT_OPS_VARIANT(any_cpu_offline, s32 cpu) {}

/* How often a CPU became idle or busy, for ANY_QUIETLY(). */
u64 nr_idle_changes;

SEC("?tp_btf/sched_switch")
int BPF_PROG(any_idle_change, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	if (!prev->pid || !next->pid)
		__sync_fetch_and_add(&nr_idle_changes, 1);
	return 0;
}

static u64 online_bits(const struct cpumask *mask)
{
	u64 bits = mask->bits[0];

	scx_bpf_put_cpumask(mask);
	return bits;
}

static u64 idle_bits(const struct cpumask *mask)
{
	u64 bits = mask->bits[0];

	scx_bpf_put_idle_cpumask(mask);
	return bits;
}

static long long peek(u64 dsq_id)
{
	struct task_struct *p;
	long long ret;

	bpf_rcu_read_lock();
	p = scx_bpf_dsq_peek___new(dsq_id);
	ret = p ? p->pid : 0;
	bpf_rcu_read_unlock();
	return ret;
}

static long long iter_new(u64 dsq_id, struct task_struct *p, bool move)
{
	struct bpf_iter_scx_dsq it;
	long long ret;

	bpf_rcu_read_lock();
	ret = bpf_iter_scx_dsq_new(&it, dsq_id, 0);
	if (move)
		ret = scx_bpf_dsq_move(&it, p, SCX_DSQ_GLOBAL, 0);
	bpf_iter_scx_dsq_destroy(&it);
	bpf_rcu_read_unlock();
	return ret;
}

static long long curr_of(s32 cpu)
{
	struct task_struct *p;
	long long ret;

	bpf_rcu_read_lock();
	p = scx_bpf_cpu_curr(cpu);
	ret = p ? p->pid : -1;
	bpf_rcu_read_unlock();
	return ret;
}

static long long cgroup_of(struct task_struct *p)
{
	struct cgroup *cgrp = scx_bpf_task_cgroup(p);
	long long id = cgrp->kn->id;

	bpf_cgroup_release(cgrp);
	return id;
}

static long long rq_cpu(s32 cpu)
{
	struct rq *rq = scx_bpf_cpu_rq(cpu);

	return rq ? rq->cpu : -1;
}

static long long perf_target(s32 cpu)
{
	struct rq *rq = scx_bpf_cpu_rq(cpu);

	return rq ? rq->scx.cpuperf_target : -1;
}

static long long locked_cpu(void)
{
	struct rq *rq = scx_bpf_locked_rq();

	return rq ? rq->cpu : -1;
}

/* Calls that need a task. */
static long long call_about(struct any_ctx *ctx, struct task_struct *p)
{
	bool is_idle = false;
	long long ret = -EINVAL;

	switch (ctx->call) {
	case ANY_dsq_move:
		ret = iter_new(ctx->arg, p, true);
		break;
	case ANY_select_cpu_dfl:
		ret = scx_bpf_select_cpu_dfl(p, ctx->arg, ctx->flags, &is_idle);
		ctx->is_idle = is_idle;
		break;
	case ANY_task_set_slice:
		ret = scx_bpf_task_set_slice___new(p, ctx->arg);
		break;
	case ANY_task_set_dsq_vtime:
		ret = scx_bpf_task_set_dsq_vtime___new(p, ctx->arg);
		break;
	case ANY_task_running:
		ret = scx_bpf_task_running(p);
		break;
	case ANY_task_cpu:
		ret = scx_bpf_task_cpu(p);
		break;
	case ANY_task_cgroup:
		ret = cgroup_of(p);
		break;
	}
	return ret;
}

/* Calls that need a mask, and those of them that need a task, too. */
static long long call_with_mask(struct any_ctx *ctx, struct task_struct *p,
				const struct cpumask *mask)
{
	switch (ctx->call) {
	case ANY_select_cpu_and:
		return scx_bpf_select_cpu_and(p, ctx->arg, 0, mask, ctx->flags);
	case ANY_select_cpu_and_old:
		return scx_bpf_select_cpu_and___old(p, ctx->arg, 0, mask, ctx->flags);
	case ANY_pick_idle_cpu:
		return scx_bpf_pick_idle_cpu(mask, ctx->flags);
	case ANY_pick_idle_cpu_node:
		return scx_bpf_pick_idle_cpu_node(mask, ctx->arg, ctx->flags);
	case ANY_pick_any_cpu:
		return scx_bpf_pick_any_cpu(mask, ctx->flags);
	case ANY_pick_any_cpu_node:
		return scx_bpf_pick_any_cpu_node(mask, ctx->arg, ctx->flags);
	}
	return -EINVAL;
}

static void all_events(void)
{
	struct scx_event_stats events;

	scx_bpf_events(&events, sizeof(events));
	ev_refill = events.SCX_EV_REFILL_SLICE_DFL;
	ev_bypass_duration = events.SCX_EV_BYPASS_DURATION;
	ev_bypass_activate = events.SCX_EV_BYPASS_ACTIVATE;
}

static long long call_plain(struct any_ctx *ctx)
{
	switch (ctx->call) {
	case ANY_create_dsq:
		return scx_bpf_create_dsq(ctx->arg, -1);
	case ANY_destroy_dsq:
		scx_bpf_destroy_dsq(ctx->arg);
		break;
	case ANY_dsq_nr_queued:
		return scx_bpf_dsq_nr_queued(ctx->arg);
	case ANY_dsq_peek:
		return peek(ctx->arg);
	case ANY_dsq_reenq:
		scx_bpf_dsq_reenq(ctx->arg, 0);
		break;
	case ANY_reenqueue_local:
		__COMPAT_scx_bpf_reenqueue_local_from_anywhere();
		break;
	case ANY_kick_cpu:
		scx_bpf_kick_cpu(ctx->arg, ctx->flags);
		break;
	case ANY_exit:
		scx_bpf_exit(ctx->arg, "exit %d %s", 42, "because");
		break;
	case ANY_error:
		scx_bpf_error("error %d %s 0x%llx", -1, "of mine", 1ULL << 63);
		break;
	case ANY_dump:
		scx_bpf_dump("nowhere\n");
		break;
	case ANY_nr_node_ids:
		return scx_bpf_nr_node_ids();
	case ANY_nr_cpu_ids:
		return scx_bpf_nr_cpu_ids();
	case ANY_now:
		return scx_bpf_now();
	case ANY_events:
		all_events();
		break;
	case ANY_events_few:
		/* the first counter only */
		few_events[0] = few_events[1] = 0xdead;
		scx_bpf_events((void *)few_events, sizeof(few_events[0]));
		break;
	}
	return 0;
}

static long long call_about_cpu(struct any_ctx *ctx)
{
	switch (ctx->call) {
	case ANY_iter_new:
		return iter_new(ctx->arg, NULL, false);
	case ANY_cpuperf_cap:
		return scx_bpf_cpuperf_cap(ctx->arg);
	case ANY_cpuperf_cur:
		return scx_bpf_cpuperf_cur(ctx->arg);
	case ANY_cpuperf_set:
		scx_bpf_cpuperf_set(ctx->arg, ctx->flags);
		break;
	case ANY_cpuperf_target:
		return perf_target(ctx->arg);
	case ANY_possible_cpumask:
		return online_bits(scx_bpf_get_possible_cpumask());
	case ANY_online_cpumask:
		return online_bits(scx_bpf_get_online_cpumask());
	case ANY_cpu_rq:
		return rq_cpu(ctx->arg);
	case ANY_locked_rq:
		return locked_cpu();
	case ANY_cpu_curr:
		return curr_of(ctx->arg);
	case ANY_cpu_node:
		return scx_bpf_cpu_node(ctx->arg);
	case ANY_idle_changes:
		return nr_idle_changes;
	case ANY_idle_cpumask:
		return idle_bits(scx_bpf_get_idle_cpumask());
	case ANY_idle_smtmask:
		return idle_bits(scx_bpf_get_idle_smtmask());
	case ANY_idle_cpumask_node:
		return idle_bits(scx_bpf_get_idle_cpumask_node(ctx->arg));
	case ANY_idle_smtmask_node:
		return idle_bits(scx_bpf_get_idle_smtmask_node(ctx->arg));
	case ANY_test_and_clear_cpu_idle:
		return scx_bpf_test_and_clear_cpu_idle(ctx->arg);
	}
	return 0;
}

static long long call_masked(struct any_ctx *ctx, struct task_struct *p)
{
	struct bpf_cpumask *mask = bpf_cpumask_create();
	long long ret;
	u32 cpu;

	if (!mask)
		return -ENOMEM;
	bpf_for(cpu, 0, 64)
		if (ctx->mask & (1ULL << cpu))
			bpf_cpumask_set_cpu(cpu, mask);
	ret = call_with_mask(ctx, p, cast_mask(mask));
	bpf_cpumask_release(mask);
	return ret;
}

SEC("syscall")
int any_call(struct any_ctx *ctx)
{
	struct task_struct *p = bpf_task_from_pid(ctx->pid);

	if (!p)
		return -ESRCH;
	switch (ctx->call) {
	case ANY_dsq_move:
	case ANY_select_cpu_dfl:
	case ANY_task_set_slice:
	case ANY_task_set_dsq_vtime:
	case ANY_task_running:
	case ANY_task_cpu:
	case ANY_task_cgroup:
		ctx->ret = call_about(ctx, p);
		break;
	case ANY_select_cpu_and:
	case ANY_select_cpu_and_old:
	case ANY_pick_idle_cpu:
	case ANY_pick_idle_cpu_node:
	case ANY_pick_any_cpu:
	case ANY_pick_any_cpu_node:
		ctx->ret = call_masked(ctx, p);
		break;
	default:
		ctx->ret = call_plain(ctx) + call_about_cpu(ctx);
	}
	bpf_task_release(p);
	return 0;
}

/* A tracing program, which knows nothing of schedulers, at a place that is passed often. */
u64 nr_traced, traced_cpu_ids, traced_now, traced_curr;

SEC("?tp_btf/sched_switch")
int BPF_PROG(any_traced, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	const struct cpumask *idle = scx_bpf_get_idle_cpumask();
	struct task_struct *curr = scx_bpf_cpu_curr(0);

	scx_bpf_put_idle_cpumask(idle);
	traced_cpu_ids = scx_bpf_nr_cpu_ids();
	traced_now = scx_bpf_now();
	if (curr)
		traced_curr++;
	if (scx_bpf_task_cpu(next) >= 0)
		nr_traced++;
	return 0;
}

bool BPF_STRUCT_OPS(any_yield, struct task_struct *from, struct task_struct *to)
{
	if (from->pid == watched_pid)
		look(&in_yield, from);
	from->scx.slice = 0;
	return false;
}

SCX_OPS_DEFINE(ops, .enqueue = (void *)any_enqueue, .running = (void *)any_running,
	       .yield = (void *)any_yield, LAB_EXIT, .name = "any");
