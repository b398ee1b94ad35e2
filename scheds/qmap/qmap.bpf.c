// SPDX-License-Identifier: GPL-2.0
/*
 * qmap - five FIFOs of pids in BPF maps, served by weight; a tour of the API.
 *
 * A task waits as a pid in one of five FIFO maps, its level, chosen by weight. A
 * CPU that wants work serves one level at a time, for 1, 2, 4, 8 or 16 picks or
 * until nobody of it waits, then the next level. Picked tasks go through the
 * dispatch queue SHARED_DSQ to the CPU. With -H, tasks of nice -20 are taken out of
 * SHARED_DSQ by an iterator into HIGHPRI_DSQ and from there put on a CPU at once.
 *
 * Shows: queues on the BPF side, with pids that may have died meanwhile; per-task
 * storage; iterating and moving between dispatch queues; core scheduling order;
 * frequency control; a timer; cgroup, hotplug and dump callbacks; and, by
 * options, what the class does with a scheduler that stalls a task, fails, loops
 * or misuses a dispatch queue.
 *
 * Bad for real loads: every enqueue takes the lock of one of five maps, there is
 * no fairness within or between levels but the number of picks, and pids of
 * tasks that left stay in the FIFOs until they are popped.
 */
#include <scx/common.bpf.h>
#include <scx/counters.h>
#include <scx/cpu_ctx.bpf.h>
#include "qmap.h"

char _license[] SEC("license") = "GPL";

enum {
	SHARED_DSQ = 0,
	HIGHPRI_DSQ = 1,
	MISUSED_DSQ = 2,	/* exists only to be misused */
	MISSING_DSQ = 0xbadd,	/* never created */
};

const volatile u64 slice_ns;
const volatile u32 batch;		/* pids per pick, at least 1 */
const volatile s32 disallow_tgid;	/* may not be SCHED_EXT; 0: none */
const volatile bool highpri_boost;

UEI_DEFINE(uei);
DEFINE_COUNTERS(NR_QMAP_COUNTERS);

static s64 nr_cgroups;

struct fifo {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, QMAP_FIFO_LEN);
	__type(value, s32);
} fifo0 SEC(".maps"), fifo1 SEC(".maps"), fifo2 SEC(".maps"), fifo3 SEC(".maps"), fifo4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, QMAP_NR_LEVELS);
	__type(key, u32);
	__array(values, struct fifo);
} fifos SEC(".maps") = {
	.values = { &fifo0, &fifo1, &fifo2, &fifo3, &fifo4 },
};

/* Highpri tasks that wait, and the order in which they do. */
static s64 nr_highpri_queued;
static u64 highpri_seq;

struct task_ctx {
	bool force_local;	/* select_cpu found an idle CPU */
	bool highpri;		/* counted in nr_highpri_queued */
	u64 core_sched_seq;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_ctx);
} task_ctxs SEC(".maps");

/* Written by its own CPU, in dispatch and tick. */
DEFINE_CPU_CTX(u32 dsp_idx;  /* level being served */
	       u32 dsp_cnt;  /* picks left for it */
	       u32 avg_weight; u32 cpuperf_target;);

static u32 weight_to_level(u32 weight)
{
	if (weight <= 25)
		return 0;
	if (weight <= 50)
		return 1;
	if (weight < 200)
		return 2;
	if (weight < 400)
		return 3;
	return 4;
}

/* The data of @p; its absence is an error, as init_task made it. */
static struct task_ctx *find_task_ctx(struct task_struct *p)
{
	struct task_ctx *tctx = bpf_task_storage_get(&task_ctxs, p, NULL, 0);

	if (!tctx)
		scx_bpf_error("no data of task %d", p->pid);
	return tctx;
}

/* Mark a task highpri or not, and keep count of those that are. */
static void set_highpri(struct task_ctx *tctx, bool highpri)
{
	if (tctx->highpri == highpri)
		return;
	tctx->highpri = highpri;
	__sync_fetch_and_add(&nr_highpri_queued, highpri ? 1 : -1);
}

#include "qmap_core.bpf.h"
#include "qmap_misuse.bpf.h"

/*
 * Enqueue
 */

/*
 * Claim an idle CPU for @p, @prev_cpu if it can be had. Negative: none. Affinity may have changed
 * while @p slept.
 */
static s32 claim_idle_cpu(struct task_struct *p, s32 prev_cpu)
{
	if (task_may_run_on(p, prev_cpu) && scx_bpf_test_and_clear_cpu_idle(prev_cpu))
		return prev_cpu;
	if (p->nr_cpus_allowed == 1 || is_migration_disabled(p))
		return -EBUSY;
	return scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
}

s32 BPF_STRUCT_OPS(qmap_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	struct task_ctx *tctx = find_task_ctx(p);
	s32 cpu;

	if (!tctx)
		return prev_cpu;
	cpu = p->nr_cpus_allowed == 1 ? prev_cpu : claim_idle_cpu(p, prev_cpu);
	if (cpu < 0)
		return prev_cpu;
	tctx->force_local = true;
	return cpu;
}

void BPF_STRUCT_OPS(qmap_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct task_ctx *tctx = find_task_ctx(p);
	u32 level = weight_to_level(p->scx.weight);
	s32 pid = p->pid;
	void *fifo;
	s32 cpu;

	if (!tctx)
		return;
	count(QMAP_ENQ);
	if (misuse_enqueue(p, enq_flags))
		return;

	core_sched_queued(p, tctx);

	if (tctx->force_local) {
		tctx->force_local = false;
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, enq_flags);
		return;
	}

	/* Nobody looked for an idle CPU: a pinned task, an expired slice. */
	if (!__COMPAT_is_enq_cpu_selected(enq_flags)) {
		cpu = claim_idle_cpu(p, scx_bpf_task_cpu(p));
		if (cpu >= 0) {
			count(QMAP_ENQ_DDSP);
			scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | cpu, slice_ns, enq_flags);
			return;
		}
	}

	/* Its CPU went to a higher class; let another take it. */
	if (enq_flags & SCX_ENQ_REENQ) {
		scx_bpf_dsq_insert(p, SHARED_DSQ, 0, enq_flags);
		cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
		if (cpu >= 0)
			scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
		return;
	}

	fifo = bpf_map_lookup_elem(&fifos, &level);
	if (!fifo) {
		scx_bpf_error("no FIFO of level %u", level);
		return;
	}
	if (bpf_map_push_elem(fifo, &pid, 0)) {
		scx_bpf_dsq_insert(p, SHARED_DSQ, slice_ns, enq_flags);
		return;
	}
	set_highpri(tctx, highpri_boost && p->scx.weight >= QMAP_HIGHPRI_WEIGHT);
}

/* The pid stays in its FIFO; dispatch finds it stale, or the task queued anew. */
void BPF_STRUCT_OPS(qmap_dequeue, struct task_struct *p, u64 deq_flags)
{
	count(QMAP_DEQ);
	if (deq_flags & SCX_DEQ_CORE_SCHED_EXEC)
		count(QMAP_CORE);
}

/*
 * Dispatch
 */

/* Where a highpri task is to run: @this_cpu if it may (negative: don't). */
static s32 highpri_cpu(struct task_struct *p, s32 this_cpu)
{
	if (is_migration_disabled(p))
		return scx_bpf_task_cpu(p);
	if (this_cpu >= 0 && bpf_cpumask_test_cpu(this_cpu, p->cpus_ptr))
		return this_cpu;
	return bpf_cpumask_any_distribute(p->cpus_ptr);
}

/*
 * Take all highpri tasks out of SHARED_DSQ and put each on a CPU. @this_cpu is
 * the dispatching CPU, or negative from the timer, when none is. Returns whether
 * something went to @this_cpu.
 */
static bool expedite_highpri(s32 this_cpu)
{
	struct task_struct *p;
	bool local = false;
	s32 cpu;

	bpf_for_each(scx_dsq, p, SHARED_DSQ, 0) {
		struct task_ctx *tctx = find_task_ctx(p);

		if (!tctx)
			return false;
		if (!tctx->highpri)
			continue;
		scx_bpf_dsq_move_set_slice(BPF_FOR_EACH_ITER, slice_ns * 2);
		scx_bpf_dsq_move_set_vtime(BPF_FOR_EACH_ITER, highpri_seq++);
		scx_bpf_dsq_move_vtime(BPF_FOR_EACH_ITER, p, HIGHPRI_DSQ, 0);
	}

	bpf_for_each(scx_dsq, p, HIGHPRI_DSQ, 0) {
		cpu = highpri_cpu(p, this_cpu);
		if (!scx_bpf_dsq_move(BPF_FOR_EACH_ITER, p, SCX_DSQ_LOCAL_ON | cpu,
				      SCX_ENQ_PREEMPT)) {
			count(QMAP_EXP_LOST);
			continue;
		}
		if (this_cpu < 0)
			count(QMAP_EXP_TIMER);
		if (cpu == this_cpu) {
			count(QMAP_EXP_LOCAL);
			local = true;
		} else {
			count(QMAP_EXP_REMOTE);
		}
	}
	return local;
}

/* Whether @prev, which dispatch was given, goes on waiting in FIFO @level. */
static bool waits_in_level(const struct task_struct *prev, u32 level)
{
	return prev && (prev->scx.flags & SCX_TASK_QUEUED) &&
	       weight_to_level(prev->scx.weight) == level;
}

/*
 * Insert up to a batch of @cctx's level into SHARED_DSQ, as its budget allows.
 * Returns how many; the level's turn ends with its budget or its last task, which
 * may be @prev.
 */
static u32 refill_shared(struct cpu_ctx *cctx, const struct task_struct *prev)
{
	u32 level = cctx->dsp_idx;
	struct task_struct *p;
	struct task_ctx *tctx;
	u32 nr = 0;
	void *fifo;
	s32 pid;

	fifo = bpf_map_lookup_elem(&fifos, &level);
	if (!fifo)
		return 0;
	/* Once round the FIFO: pids of tasks that are gone don't count. */
	bpf_repeat(QMAP_FIFO_LEN) {
		if (bpf_map_pop_elem(fifo, &pid)) {
			if (!waits_in_level(prev, level))
				cctx->dsp_cnt = 0;
			break;
		}
		p = bpf_task_from_pid(pid);
		if (!p)
			continue;
		tctx = find_task_ctx(p);
		if (tctx)
			core_sched_dispatched(level, tctx);
		count(QMAP_DSP);
		misuse_count_dispatch();
		scx_bpf_dsq_insert(p, SHARED_DSQ, slice_ns, 0);
		bpf_task_release(p);
		cctx->dsp_cnt--;
		nr++;
		if (nr >= batch || !cctx->dsp_cnt || !scx_bpf_dispatch_nr_slots())
			break;
	}
	return nr;
}

/*
 * @cctx's level has nobody in its FIFO. If @prev is of that level, pick it: the class
 * queues it only after dispatch has found the next one, else it would be there now.
 */
static bool pick_prev(struct cpu_ctx *cctx, struct task_struct *prev)
{
	u32 level = cctx->dsp_idx;
	struct task_ctx *tctx;

	if (!waits_in_level(prev, level))
		return false;
	tctx = find_task_ctx(prev);
	if (!tctx)
		return false;
	core_sched_queued(prev, tctx);
	core_sched_dispatched(level, tctx);
	cctx->dsp_cnt--;
	prev->scx.slice = slice_ns;
	return true;
}

void BPF_STRUCT_OPS(qmap_dispatch, s32 cpu, struct task_struct *prev)
{
	struct cpu_ctx *cctx = find_cpu_ctx(cpu);
	struct task_ctx *tctx;

	if (!cctx)
		return;
	if (expedite_highpri(cpu))
		return;
	if (nr_highpri_queued <= 0 && scx_bpf_dsq_move_to_local(SHARED_DSQ))
		return;
	if (misuse_loop())
		return;

	bpf_repeat(QMAP_NR_LEVELS) {
		if (!cctx->dsp_cnt) {
			cctx->dsp_idx = (cctx->dsp_idx + 1) % QMAP_NR_LEVELS;
			cctx->dsp_cnt = 1 << cctx->dsp_idx;
		}
		if (!refill_shared(cctx, prev)) {
			if (pick_prev(cctx, prev))
				return;
			continue;
		}
		if (expedite_highpri(cpu) || scx_bpf_dsq_move_to_local(SHARED_DSQ))
			return;
	}
	/* A highpri task may be on its way to another CPU; that is nothing to wait for. */
	if (scx_bpf_dsq_move_to_local(SHARED_DSQ))
		return;

	/* prev goes on; it must not look like the one that waits longest. */
	if (prev && prev->scx.flags & SCX_TASK_QUEUED) {
		tctx = find_task_ctx(prev);
		if (tctx)
			core_sched_queued(prev, tctx);
	}
}

void BPF_STRUCT_OPS(qmap_running, struct task_struct *p)
{
	struct task_ctx *tctx;

	if (nr_highpri_queued <= 0)
		return;
	tctx = find_task_ctx(p);
	if (tctx)
		set_highpri(tctx, false);
}

/* A task that leaves the class while it waits, waits no more. */
void BPF_STRUCT_OPS(qmap_disable, struct task_struct *p)
{
	struct task_ctx *tctx = find_task_ctx(p);

	if (tctx)
		set_highpri(tctx, false);
}

void BPF_STRUCT_OPS(qmap_tick, struct task_struct *p)
{
	s32 cpu = scx_bpf_task_cpu(p);
	struct cpu_ctx *cctx = find_cpu_ctx(cpu);

	if (!cctx)
		return;
	cctx->avg_weight = cctx->avg_weight * 3 / 4 + p->scx.weight / 4;
	cctx->cpuperf_target =
		weight_to_level(cctx->avg_weight) * SCX_CPUPERF_ONE / (QMAP_NR_LEVELS - 1);
	scx_bpf_cpuperf_set(cpu, cctx->cpuperf_target);
}

void BPF_STRUCT_OPS(qmap_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	count_add(QMAP_REENQ, scx_bpf_reenqueue_local());
}

/*
 * Tasks, cgroups, hotplug
 */

s32 BPF_STRUCT_OPS_SLEEPABLE(qmap_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	if (disallow_tgid && p->tgid == disallow_tgid && !args->fork)
		p->scx.disallow = true;
	if (!bpf_task_storage_get(&task_ctxs, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE))
		return -ENOMEM;
	return 0;
}

s32 BPF_STRUCT_OPS(qmap_cgroup_init, struct cgroup *cgrp, struct scx_cgroup_init_args *args)
{
	__sync_fetch_and_add(&nr_cgroups, 1);
	return 0;
}

void BPF_STRUCT_OPS(qmap_cgroup_exit, struct cgroup *cgrp)
{
	__sync_fetch_and_add(&nr_cgroups, -1);
}

void BPF_STRUCT_OPS(qmap_cgroup_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	count(QMAP_CGRP_MOVES);
}

/* That these two exist tells the class not to unload us at hotplug. */
void BPF_STRUCT_OPS(qmap_cpu_online, s32 cpu)
{
	struct cpu_ctx *cctx = find_cpu_ctx(cpu);

	if (cctx)
		__builtin_memset(cctx, 0, sizeof(*cctx));
}

void BPF_STRUCT_OPS(qmap_cpu_offline, s32 cpu) {}

#include "qmap_dump.bpf.h"
#include "qmap_monitor.bpf.h"

s32 BPF_STRUCT_OPS_SLEEPABLE(qmap_init)
{
	u64 dsq_id;
	s32 ret;

	bpf_for(dsq_id, SHARED_DSQ, MISUSED_DSQ + 1) {
		ret = scx_bpf_create_dsq(dsq_id, -1);
		if (ret)
			return ret;
	}
	return start_monitor();
}

void BPF_STRUCT_OPS_SLEEPABLE(qmap_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

SCX_OPS_DEFINE(qmap_ops, .select_cpu = (void *)qmap_select_cpu, .enqueue = (void *)qmap_enqueue,
	       .dequeue = (void *)qmap_dequeue, .dispatch = (void *)qmap_dispatch,
	       .running = (void *)qmap_running, .disable = (void *)qmap_disable,
	       .tick = (void *)qmap_tick, .core_sched_before = (void *)qmap_core_sched_before,
	       .cpu_release = (void *)qmap_cpu_release, .init_task = (void *)qmap_init_task,
	       .dump = (void *)qmap_dump, .dump_cpu = (void *)qmap_dump_cpu,
	       .dump_task = (void *)qmap_dump_task, .cgroup_init = (void *)qmap_cgroup_init,
	       .cgroup_exit = (void *)qmap_cgroup_exit, .cgroup_move = (void *)qmap_cgroup_move,
	       .cpu_online = (void *)qmap_cpu_online, .cpu_offline = (void *)qmap_cpu_offline,
	       .init = (void *)qmap_init, .exit = (void *)qmap_exit, .timeout_ms = 5000,
	       .name = "qmap");
