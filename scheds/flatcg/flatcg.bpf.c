// SPDX-License-Identifier: GPL-2.0
/*
 * flatcg - a hierarchy of cpu.weight, flattened into one level.
 *
 * The share of each cgroup is the product of the shares on the path to it, so it
 * can compete with all other cgroups at once instead of level by level. A CPU
 * serves one cgroup for a slice, then takes the cgroup whose virtual time, cvtime,
 * is least: that advances by the time it was served, divided by its share. Within
 * a cgroup tasks run in the order of weighted vtime, or FIFO.
 *
 * A CPU charges a cgroup for the whole slice when it begins, so that other CPUs
 * see it at once, and refunds what is left at the end. What bypasses all this (a
 * wakeup that finds an idle CPU, tasks that may not run everywhere) is charged to
 * its cgroup afterwards.
 *
 * Shows: cgroup callbacks, kernel-side trees, objects handed between map and tree.
 * Good for deep hierarchies under steady load. Bad where cgroups come and go
 * between active and not all the time, as every change makes all shares stale; and
 * many runnable tasks waking at once in one light cgroup can hold up others.
 */
#include <scx/common.bpf.h>
#include <scx/counters.h>
#include <scx/cpu_ctx.bpf.h>
#include "flatcg.h"

char _license[] SEC("license") = "GPL";

#define PF_EXITING 0x00000004
#define FALLBACK_DSQ 0 /* no cgroup has this id */
#define MAX_PICKS 1024

const volatile u32 nr_possible_cpus;
const volatile u64 cgrp_slice_ns;
const volatile bool fifo;

UEI_DEFINE(uei);
DEFINE_COUNTERS(NR_FCG_COUNTERS);

#include "flatcg_cgrp.bpf.h"
#include "flatcg_tree.bpf.h"

struct task_ctx {
	u64 bypassed_at;	/* total run time when it bypassed; 0: didn't */
	bool waiting;		/* counted in its cgroup's .nr_waiting */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_ctx);
} task_ctxs SEC(".maps");

static struct task_ctx *find_task_ctx(struct task_struct *p)
{
	struct task_ctx *tctx = bpf_task_storage_get(&task_ctxs, p, NULL, 0);

	if (!tctx)
		scx_bpf_error("no data of task %d", p->pid);
	return tctx;
}

/* From now on @p's run time is to be charged to its cgroup. */
static void mark_bypassed(struct task_struct *p, struct task_ctx *tctx)
{
	tctx->bypassed_at = p->se.sum_exec_runtime ?: (u64)-1;
}

/*
 * @p is about to wait in its cgroup's DSQ. Maybe it did already: one that waits is enqueued anew,
 * with no quiescent between, when the core scheduler takes it to another CPU.
 */
static void begin_waiting(struct task_ctx *tctx, struct cgrp_ctx *cgc)
{
	if (tctx->waiting)
		return;
	tctx->waiting = true;
	__sync_fetch_and_add(&cgc->nr_waiting, 1);
}

/* @p waits in its cgroup's DSQ no more: it runs, or has been dequeued. */
static void end_waiting(struct task_ctx *tctx, struct cgrp_ctx *cgc)
{
	if (!tctx->waiting)
		return;
	tctx->waiting = false;
	__sync_fetch_and_add(&cgc->nr_waiting, -1);
}

s32 BPF_STRUCT_OPS(flatcg_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool is_idle = false;
	struct task_ctx *tctx;
	s32 cpu;

	cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &is_idle);
	if (!is_idle)
		return cpu;
	tctx = find_task_ctx(p);
	if (!tctx)
		return cpu;
	mark_bypassed(p, tctx);
	count(FCG_LOCAL);
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, SCX_SLICE_DFL, 0);
	return cpu;
}

/*
 * Tasks that may not run everywhere would hold up their cgroup on other CPUs. An
 * exiting one may outlive its cgroup, whose DSQ is gone then.
 */
static bool enqueue_bypassing(struct task_struct *p, struct task_ctx *tctx, u64 enq_flags)
{
	u64 dsq_id = FALLBACK_DSQ;

	if (task_may_run_everywhere(p) && !(p->flags & PF_EXITING))
		return false;

	mark_bypassed(p, tctx);
	if (p->nr_cpus_allowed == 1 && (p->flags & PF_KTHREAD))
		dsq_id = SCX_DSQ_LOCAL;
	else
		count(FCG_GLOBAL);
	scx_bpf_dsq_insert(p, dsq_id, SCX_SLICE_DFL, enq_flags);
	return true;
}

void BPF_STRUCT_OPS(flatcg_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct task_ctx *tctx = find_task_ctx(p);
	u64 vtime = p->scx.dsq_vtime;
	struct cgrp_ctx *cgc;
	struct cgroup *cgrp;
	u64 cgid;

	if (!tctx || enqueue_bypassing(p, tctx, enq_flags))
		return;

	cgrp = scx_bpf_task_cgroup(p);
	cgid = cgrp->kn->id;
	cgc = find_cgrp_by_id(cgid);
	if (!cgc) {
		scx_bpf_error("no data of cgroup %llu", cgid);
		goto release;
	}

	if (fifo) {
		scx_bpf_dsq_insert(p, cgid, SCX_SLICE_DFL, enq_flags);
	} else {
		if (time_before(vtime, cgc->tvtime_now - SCX_SLICE_DFL))
			vtime = cgc->tvtime_now - SCX_SLICE_DFL;
		scx_bpf_dsq_insert_vtime(p, cgid, SCX_SLICE_DFL, vtime, enq_flags);
	}
	refresh_hweight(cgrp, cgc);
	begin_waiting(tctx, cgc);
	tree_enter(cgc);
release:
	bpf_cgroup_release(cgrp);
}

/* Call @fn with the cgroup and the data of @p, if its cgroup is still there. */
#define with_cgrp(p, cgrp, cgc, body...)                      \
	({                                                    \
		struct cgroup *cgrp = scx_bpf_task_cgroup(p); \
		struct cgrp_ctx *cgc = find_cgrp(cgrp);       \
                                                              \
		if (cgc) {                                    \
			body;                                 \
		}                                             \
		bpf_cgroup_release(cgrp);                     \
	})

void BPF_STRUCT_OPS(flatcg_runnable, struct task_struct *p, u64 enq_flags)
{
	with_cgrp(p, cgrp, cgc, cgrp_runnable(cgrp, cgc));
}

void BPF_STRUCT_OPS(flatcg_quiescent, struct task_struct *p, u64 deq_flags)
{
	struct task_ctx *tctx = find_task_ctx(p);

	if (!tctx)
		return;
	with_cgrp(p, cgrp, cgc, {
		end_waiting(tctx, cgc);
		cgrp_quiescent(cgrp, cgc);
	});
}

void BPF_STRUCT_OPS(flatcg_running, struct task_struct *p)
{
	struct task_ctx *tctx = find_task_ctx(p);

	if (!tctx)
		return;
	with_cgrp(p, cgrp, cgc, {
		end_waiting(tctx, cgc);
		if (time_before(cgc->tvtime_now, p->scx.dsq_vtime))
			cgc->tvtime_now = p->scx.dsq_vtime;
	});
}

void BPF_STRUCT_OPS(flatcg_stopping, struct task_struct *p, bool runnable)
{
	struct task_ctx *tctx;
	u64 ran;

	if (!fifo)
		p->scx.dsq_vtime += scale_by_task_weight_inverse(p, SCX_SLICE_DFL - p->scx.slice);

	tctx = find_task_ctx(p);
	if (!tctx || !tctx->bypassed_at)
		return;
	ran = p->se.sum_exec_runtime - tctx->bypassed_at;
	tctx->bypassed_at = 0;
	with_cgrp(p, cgrp, cgc, __sync_fetch_and_add(&cgc->cvtime_delta, ran));
}

void BPF_STRUCT_OPS(flatcg_enable, struct task_struct *p)
{
	with_cgrp(p, cgrp, cgc, p->scx.dsq_vtime = cgc->tvtime_now);
}

/*
 * Go on with the CPU's current cgroup if it has time and tasks left. If not, give
 * back what it was charged too much, or charge what it took too long.
 */
static bool dispatch_current(struct cpu_ctx *cctx, u64 now)
{
	u64 cgid = READ_ONCE(cctx->cur_cgid);
	u64 end = cctx->cur_at + cgrp_slice_ns;
	struct cgrp_ctx *cgc;
	bool kept = false;

	if (!cgid)
		return false;
	hazard_begin(cctx, cgid);
	if (READ_ONCE(cctx->cur_cgid) != cgid) {
		count(FCG_CNS_GONE);
		goto end;
	}
	if (time_before(now, end)) {
		kept = scx_bpf_dsq_move_to_local(cgid);
		count(kept ? FCG_CNS_KEEP : FCG_CNS_EMPTY);
		if (kept)
			goto end;
	} else {
		count(FCG_CNS_EXPIRE);
	}
	cgc = find_cgrp_by_id(cgid);
	if (cgc)
		__sync_fetch_and_add(&cgc->cvtime_delta, -charge_of(cgc, end - now));
	else
		count(FCG_CNS_GONE);
end:
	hazard_end(cctx);
	return kept;
}

/* Go on with another cgroup. False if none has a task. */
static bool dispatch_next(struct cpu_ctx *cctx)
{
	enum pick pick = PICK_AGAIN;

	bpf_repeat(MAX_PICKS) {
		pick = pick_next(cctx);
		if (pick != PICK_AGAIN)
			break;
	}
	return pick == PICK_FOUND;
}

/*
 * Tasks that bypass come before those of another cgroup, but not twice in a row: there may be some
 * all the time.
 */
void BPF_STRUCT_OPS(flatcg_dispatch, s32 cpu, struct task_struct *prev)
{
	struct cpu_ctx *cctx = find_cpu_ctx(cpu);
	u64 now = scx_bpf_now();
	bool fell_back;

	if (!cctx || dispatch_current(cctx, now))
		return;

	cctx->cur_cgid = 0;
	cctx->cur_at = now;
	fell_back = cctx->fell_back;
	cctx->fell_back = false;
	if (fell_back && dispatch_next(cctx))
		return;
	if (scx_bpf_dsq_move_to_local(FALLBACK_DSQ)) {
		cctx->fell_back = true;
		return;
	}
	if (!fell_back)
		dispatch_next(cctx);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(flatcg_init_task, struct task_struct *p,
			     struct scx_init_task_args *args)
{
	if (!bpf_task_storage_get(&task_ctxs, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE))
		return -ENOMEM;
	return 0;
}

static u64 parent_id(struct cgroup *cgrp)
{
	struct cgroup *parent;
	u64 cgid;

	if (!cgrp->level)
		return 0;
	parent = bpf_cgroup_ancestor(cgrp, cgrp->level - 1);
	if (!parent)
		return 0;
	cgid = parent->kn->id;
	bpf_cgroup_release(parent);
	return cgid;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(flatcg_cgroup_init, struct cgroup *cgrp,
			     struct scx_cgroup_init_args *args)
{
	struct cgrp_ctx *cgc, init = {
		.info.parent = parent_id(cgrp),
		.info.level = cgrp->level,
		.info.weight = args->weight,
		.info.hweight = FLATCG_HWEIGHT_ONE,
	};
	u64 cgid = cgrp->kn->id;
	struct cgv_node *node;
	s32 ret;

	ret = scx_bpf_create_dsq(cgid, -1);
	if (ret)
		return ret;
	ret = bpf_map_update_elem(&cgrp_ctxs, &cgid, &init, BPF_NOEXIST);
	if (ret)
		goto destroy;
	cgc = find_cgrp_by_id(cgid);
	node = bpf_obj_new(struct cgv_node);
	if (!cgc || !node) {
		ret = -ENOMEM;
		goto forget;
	}
	node->cgid = cgid;
	node->cvtime = cvtime_now;
	node = bpf_kptr_xchg(&cgc->node, node);
	if (node)
		bpf_obj_drop(node);
	return 0;

forget:
	if (node)
		bpf_obj_drop(node);
	bpf_map_delete_elem(&cgrp_ctxs, &cgid);
destroy:
	scx_bpf_destroy_dsq(cgid);
	return ret;
}

void BPF_STRUCT_OPS_SLEEPABLE(flatcg_cgroup_exit, struct cgroup *cgrp)
{
	u64 cgid = cgrp->kn->id;
	struct cgrp_ctx *cgc = find_cgrp_by_id(cgid);

	if (!cgc)
		return;
	retire_cgrp(cgc, cgid);
	bpf_map_delete_elem(&cgrp_ctxs, &cgid);
	scx_bpf_destroy_dsq(cgid);
}

void BPF_STRUCT_OPS(flatcg_cgroup_set_weight, struct cgroup *cgrp, u32 weight)
{
	cgrp_set_weight(cgrp, weight);
}

/* Keep @p's distance to the others: it brings neither credit nor debt. */
void BPF_STRUCT_OPS(flatcg_cgroup_move, struct task_struct *p, struct cgroup *from,
		    struct cgroup *to)
{
	struct cgrp_ctx *from_cgc = find_cgrp(from), *to_cgc = find_cgrp(to);

	if (from_cgc && to_cgc)
		p->scx.dsq_vtime = to_cgc->tvtime_now + (p->scx.dsq_vtime - from_cgc->tvtime_now);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(flatcg_init)
{
	return scx_bpf_create_dsq(FALLBACK_DSQ, -1);
}

void BPF_STRUCT_OPS_SLEEPABLE(flatcg_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

SCX_OPS_DEFINE(flatcg_ops, .select_cpu = (void *)flatcg_select_cpu,
	       .enqueue = (void *)flatcg_enqueue, .dispatch = (void *)flatcg_dispatch,
	       .runnable = (void *)flatcg_runnable, .running = (void *)flatcg_running,
	       .stopping = (void *)flatcg_stopping, .quiescent = (void *)flatcg_quiescent,
	       .enable = (void *)flatcg_enable, .init_task = (void *)flatcg_init_task,
	       .cgroup_init = (void *)flatcg_cgroup_init, .cgroup_exit = (void *)flatcg_cgroup_exit,
	       .cgroup_set_weight	= (void *)flatcg_cgroup_set_weight,
	       .cgroup_move = (void *)flatcg_cgroup_move, .init = (void *)flatcg_init,
	       .exit = (void *)flatcg_exit, .name = "flatcg");
