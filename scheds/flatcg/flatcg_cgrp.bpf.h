/* SPDX-License-Identifier: GPL-2.0 */
/*
 * flatcg_cgrp.bpf.h - what is kept of each cgroup, and its hierarchical weight.
 *
 * A cgroup is active while it has runnable tasks or active children. hweight, a
 * cgroup's share of the machine, is the product of its share among the active
 * children of its parent and the parent's hweight. Each change in who is active,
 * or in a weight, raises hweight_gen; who needs an hweight computes it anew if
 * that was done for an older generation.
 *
 * activity_lock guards nr_active, child_weight_sum, weight, hweight and their
 * generation. Nothing else nests in it.
 */
#ifndef __FLATCG_CGRP_BPF_H
#define __FLATCG_CGRP_BPF_H

/* A cgroup in the tree of those that have tasks; see flatcg_tree.bpf.h. */
struct cgv_node {
	struct bpf_rb_node rb_node;
	u64 cvtime;
	u64 deferred;		/* part of cvtime, charged by picks that found no task */
	u64 cgid;
};

struct cgrp_ctx {
	struct flatcg_info info;
	u64 child_weight_sum;	/* of active children */
	u64 hweight_gen;	/* for which .hweight was computed */
	s64 nr_runnable;	/* tasks */
	s64 nr_waiting;		/* tasks put into its DSQ that did not run yet */
	u64 tvtime_now;		/* the furthest vtime of its tasks */
	s64 cvtime_delta;	/* to be added to its node's cvtime */
	u32 queued;		/* 0 while its node is parked in .node */
	u32 dead;
	struct cgv_node __kptr *node;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FLATCG_MAX_CGROUPS);
	__type(key, u64);
	__type(value, struct cgrp_ctx);
} cgrp_ctxs SEC(".maps");

private(ACTIVITY) struct bpf_spin_lock activity_lock;

u64 hweight_gen = 1;

static struct cgrp_ctx *find_cgrp_by_id(u64 cgid)
{
	return bpf_map_lookup_elem(&cgrp_ctxs, &cgid);
}

static struct cgrp_ctx *find_cgrp(struct cgroup *cgrp)
{
	return find_cgrp_by_id(cgrp->kn->id);
}

/* The data of @cgrp's ancestor at @level, 0 being the root. */
static struct cgrp_ctx *find_ancestor(struct cgroup *cgrp, int level)
{
	struct cgroup *ancestor = bpf_cgroup_ancestor(cgrp, level);
	struct cgrp_ctx *cgc;

	if (!ancestor)
		return NULL;
	cgc = find_cgrp(ancestor);
	bpf_cgroup_release(ancestor);
	return cgc;
}

static void hweights_changed(void)
{
	__sync_fetch_and_add(&hweight_gen, 1);
}

/* Bring hweight of @cgrp, and on the way of all its ancestors, up to date. */
static void refresh_hweight(struct cgroup *cgrp, struct cgrp_ctx *cgc)
{
	u64 gen = READ_ONCE(hweight_gen);
	int level;

	if (!cgc->info.nr_active) {
		count(FCG_HWT_SKIP);
		return;
	}
	if (cgc->hweight_gen == gen) {
		count(FCG_HWT_CACHE);
		return;
	}

	count(FCG_HWT_UPDATES);
	bpf_for(level, 0, cgrp->level + 1) {
		struct cgrp_ctx *parent, *child = find_ancestor(cgrp, level);
		bool active;

		if (!child)
			break;
		if (!level) {
			child->info.hweight = FLATCG_HWEIGHT_ONE;
			child->hweight_gen = gen;
			continue;
		}
		parent = find_ancestor(cgrp, level - 1);
		if (!parent)
			break;

		bpf_spin_lock(&activity_lock);
		active = child->info.nr_active && parent->child_weight_sum;
		if (active) {
			u64 sum = parent->child_weight_sum;
			u64 share = (u64)parent->info.hweight * child->info.weight;

			child->info.hweight = (share + sum - 1) / sum;
			child->hweight_gen = gen;
		}
		bpf_spin_unlock(&activity_lock);

		if (!active) {
			count(FCG_HWT_RACE);
			break;
		}
	}
}

/*
 * One more (@step 1) or one less (-1) reason for @cgrp to be active. Ancestors
 * are told as far as that makes a difference to them.
 */
static void change_activity(struct cgroup *cgrp, int step)
{
	bool changed = false;
	int i;

	bpf_for(i, 0, cgrp->level + 1) {
		int level = cgrp->level - i;
		struct cgrp_ctx *parent = NULL, *child;
		s32 before;
		bool flips;

		child = find_ancestor(cgrp, level);
		if (!child)
			break;
		if (level) {
			parent = find_ancestor(cgrp, level - 1);
			if (!parent)
				break;
		}

		bpf_spin_lock(&activity_lock);
		before = child->info.nr_active;
		child->info.nr_active = before + step;
		flips = !before || !(before + step);
		if (flips && parent)
			parent->child_weight_sum += (s64)step * child->info.weight;
		bpf_spin_unlock(&activity_lock);

		if (!flips)
			break;
		changed = true;
	}
	if (changed)
		hweights_changed();
}

/* A task of @cgrp has become runnable. */
static void cgrp_runnable(struct cgroup *cgrp, struct cgrp_ctx *cgc)
{
	if (__sync_fetch_and_add(&cgc->nr_runnable, 1))
		return;
	count(FCG_ACT);
	change_activity(cgrp, 1);
	refresh_hweight(cgrp, cgc);
}

/* A task of @cgrp is runnable no more. */
static void cgrp_quiescent(struct cgroup *cgrp, struct cgrp_ctx *cgc)
{
	if (__sync_fetch_and_add(&cgc->nr_runnable, -1) != 1)
		return;
	count(FCG_DEACT);
	/* For what it still has to be charged or refunded. */
	refresh_hweight(cgrp, cgc);
	change_activity(cgrp, -1);
}

static void cgrp_set_weight(struct cgroup *cgrp, u32 weight)
{
	struct cgrp_ctx *parent = NULL, *cgc = find_cgrp(cgrp);

	if (!cgc)
		return;
	if (cgrp->level)
		parent = find_ancestor(cgrp, cgrp->level - 1);

	bpf_spin_lock(&activity_lock);
	if (parent && cgc->info.nr_active)
		parent->child_weight_sum += (s64)weight - cgc->info.weight;
	cgc->info.weight = weight;
	bpf_spin_unlock(&activity_lock);
	hweights_changed();
}

#endif /* __FLATCG_CGRP_BPF_H */
