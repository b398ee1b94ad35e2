/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qmap_core.bpf.h - which of two tasks is to run first when core scheduling has
 * to choose between siblings.
 */
#ifndef __QMAP_CORE_BPF_H
#define __QMAP_CORE_BPF_H

/*
 * Order for core scheduling. A task gets its level's next number when it is
 * enqueued; head is the number last dispatched. So number - head tells how many
 * of its level are before it.
 */
static u64 core_sched_head[QMAP_NR_LEVELS];
static u64 core_sched_tail[QMAP_NR_LEVELS];

/* @p has come to wait, behind all others of its level. */
static void core_sched_queued(struct task_struct *p, struct task_ctx *tctx)
{
	tctx->core_sched_seq = core_sched_tail[weight_to_level(p->scx.weight)]++;
}

/* @tctx's task of @level has been dispatched. */
static void core_sched_dispatched(u32 level, struct task_ctx *tctx)
{
	if (level < QMAP_NR_LEVELS)
		core_sched_head[level] = tctx->core_sched_seq;
}

/*
 * How far @p is from its level's head, scaled so that levels compare: a place in
 * a lightly served level counts for more.
 */
static s64 core_sched_distance(struct task_struct *p)
{
	u32 level = weight_to_level(p->scx.weight);
	struct task_ctx *tctx = find_task_ctx(p);
	s64 distance;

	if (!tctx)
		return 0;
	distance = tctx->core_sched_seq - core_sched_head[level];
	return distance >= 0 ? distance << (QMAP_NR_LEVELS - 1 - level) : distance << level;
}

bool BPF_STRUCT_OPS(qmap_core_sched_before, struct task_struct *a, struct task_struct *b)
{
	return core_sched_distance(a) > core_sched_distance(b);
}

#endif /* __QMAP_CORE_BPF_H */
