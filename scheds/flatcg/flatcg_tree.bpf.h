/* SPDX-License-Identifier: GPL-2.0 */
/*
 * flatcg_tree.bpf.h - the cgroups that have tasks, in the order of cvtime.
 *
 * Each cgroup has one node, which is in one of three places:
 *
 *	parked		in the cgroup's own data; .queued is 0
 *	in the tree	.queued is 1
 *	in hand		of a CPU that picks it; .queued is 1
 *
 *	parked -> tree		tree_enter(), by who changes .queued from 0 to 1
 *	tree -> in hand		pick, under tree_lock
 *	in hand -> tree		pick, when it found a task or one is on its way
 *	in hand -> parked	node_park(), which sets .queued to 0 last
 *
 * A task counts in .nr_waiting from before tree_enter() until it runs or is
 * dequeued. Parking looks at .nr_waiting after .queued is 0, and enqueue looks at
 * .queued after it raised .nr_waiting, so one of them sees the other and no
 * cgroup with tasks stays parked. The DSQ itself can't be asked: a task gets there
 * only after the enqueue callback has returned.
 *
 * Hazards. A CPU that dispatches from a cgroup's DSQ must not do so once
 * cgroup_exit has destroyed it. It says which cgroup it is about to use in
 * .using, then looks whether that may still be used; cgroup_exit first sees to it
 * that this look fails, then waits until no CPU says it uses the cgroup.
 */
#ifndef __FLATCG_TREE_BPF_H
#define __FLATCG_TREE_BPF_H

private(TREE) struct bpf_spin_lock tree_lock;
private(TREE) struct bpf_rb_root tree __contains(cgv_node, rb_node);

/* The furthest cvtime of any cgroup picked. Written under tree_lock. */
static u64 cvtime_now;

DEFINE_CPU_CTX(u64 cur_cgid;  /* the cgroup being served; 0: none */
	       u64 cur_at;  /* since when */
	       u64 using;  /* hazard: whose DSQ is being used */
	       bool fell_back;  /* its last task came from FALLBACK_DSQ */
);

static bool node_less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	struct cgv_node *na = container_of(a, struct cgv_node, rb_node);
	struct cgv_node *nb = container_of(b, struct cgv_node, rb_node);

	return time_before(na->cvtime, nb->cvtime);
}

/* A cgroup's charge in cvtime for @ns. */
static s64 charge_of(const struct cgrp_ctx *cgc, s64 ns)
{
	u64 hweight = cgc->info.hweight ?: 1;
	bool negative = ns < 0;
	u64 charge = (u64)(negative ? -ns : ns) * FLATCG_HWEIGHT_ONE / hweight;

	return negative ? -(s64)charge : (s64)charge;
}

/*
 * @cvtime with what has gathered in .cvtime_delta, and not so far behind the
 * others that a cgroup which was away could take more than its share of half a
 * slice of the whole machine.
 */
static u64 cap_budget(struct cgrp_ctx *cgc, u64 cvtime)
{
	u64 max_budget =
		cgrp_slice_ns * nr_possible_cpus * cgc->info.hweight / (2 * FLATCG_HWEIGHT_ONE);

	cvtime += __sync_lock_test_and_set(&cgc->cvtime_delta, 0);
	if (time_before(cvtime, cvtime_now - max_budget))
		cvtime = cvtime_now - max_budget;
	return cvtime;
}

/* Put an owned node into the tree. */
static void node_insert(struct cgrp_ctx *cgc, struct cgv_node *node)
{
	bpf_spin_lock(&tree_lock);
	node->cvtime = cap_budget(cgc, node->cvtime);
	bpf_rbtree_add(&tree, &node->rb_node, node_less);
	bpf_spin_unlock(&tree_lock);
}

/* Have the cgroup in the tree. Its .nr_waiting counts the task already. */
static void tree_enter(struct cgrp_ctx *cgc)
{
	struct cgv_node *node;

	if (__sync_val_compare_and_swap(&cgc->queued, 0, 1)) {
		count(FCG_ENQ_SKIP);
		return;
	}
	node = bpf_kptr_xchg(&cgc->node, NULL);
	if (!node) {
		count(FCG_ENQ_RACE);
		return;
	}
	node_insert(cgc, node);
}

/* The cgroup of an owned node has no task. */
static void node_park(struct cgrp_ctx *cgc, struct cgv_node *node)
{
	struct cgv_node *old = bpf_kptr_xchg(&cgc->node, node);

	if (old) {
		bpf_obj_drop(old);
		scx_bpf_error("a cgroup has two nodes");
		return;
	}
	__sync_lock_test_and_set(&cgc->queued, 0);
	if (*(volatile s64 *)&cgc->nr_waiting)
		tree_enter(cgc);
}

/* From here until hazard_end() @cctx's CPU uses the DSQ of @cgid. */
static void hazard_begin(struct cpu_ctx *cctx, u64 cgid)
{
	__sync_lock_test_and_set(&cctx->using, cgid);
}

static void hazard_end(struct cpu_ctx *cctx)
{
	__sync_lock_test_and_set(&cctx->using, 0);
}

/* Wait until no CPU uses the DSQ of @cgid. They do with interrupts off. */
static void hazard_wait(u64 cgid)
{
	u32 cpu;

	bpf_for(cpu, 0, nr_cpus()) {
		bpf_repeat(1 << 23) {
			if (READ_ONCE(cpu_ctxs[cpu].using) != cgid)
				break;
		}
	}
}

/* Make all CPUs forget that they serve @cgid. */
static void forget_current(u64 cgid)
{
	u32 cpu;

	bpf_for(cpu, 0, nr_cpus())
		__sync_val_compare_and_swap(&cpu_ctxs[cpu].cur_cgid, cgid, 0);
}

/*
 * After this nobody uses the DSQ of @cgid, and nobody will. The first wait is for
 * picks that saw the cgroup alive and are about to make it current, the second
 * for dispatches that found it current.
 */
static void retire_cgrp(struct cgrp_ctx *cgc, u64 cgid)
{
	__sync_lock_test_and_set(&cgc->dead, 1);
	hazard_wait(cgid);
	forget_current(cgid);
	hazard_wait(cgid);
}

enum pick {
	PICK_FOUND,
	PICK_NONE,		/* the tree is empty */
	PICK_AGAIN,
};

/* Take the first node off the tree; NULL if there is none. */
static struct cgv_node *node_first(void)
{
	struct bpf_rb_node *first, *rb_node = NULL;
	struct cgv_node *node;

	bpf_spin_lock(&tree_lock);
	first = bpf_rbtree_first(&tree);
	if (!first) {
		bpf_spin_unlock(&tree_lock);
		count(FCG_PNC_NO_CGRP);
		return NULL;
	}
	rb_node = bpf_rbtree_remove(&tree, first);
	if (!rb_node) {
		bpf_spin_unlock(&tree_lock);
		count(FCG_BAD_REMOVAL);
		return NULL;
	}
	node = container_of(rb_node, struct cgv_node, rb_node);
	if (time_before(cvtime_now, node->cvtime))
		cvtime_now = node->cvtime;
	bpf_spin_unlock(&tree_lock);
	return node;
}

/* An owned node gets back what it was charged for nothing. */
static void refund_deferred(struct cgv_node *node)
{
	node->cvtime -= node->deferred;
	node->deferred = 0;
}

/*
 * Give @cctx's CPU a task of the first cgroup of the tree and make that its
 * current one, charged for a full slice in advance.
 */
static enum pick pick_next(struct cpu_ctx *cctx)
{
	struct cgv_node *node = node_first();
	struct cgrp_ctx *cgc;
	u64 cgid;

	if (!node)
		return PICK_NONE;
	cgid = node->cgid;
	hazard_begin(cctx, cgid);
	cgc = find_cgrp_by_id(cgid);
	if (!cgc || READ_ONCE(cgc->dead)) {
		count(FCG_PNC_GONE);
		bpf_obj_drop(node);
		hazard_end(cctx);
		return PICK_AGAIN;
	}

	if (scx_bpf_dsq_move_to_local(cgid)) {
		count(FCG_PNC_NEXT);
		refund_deferred(node);
		node->cvtime += charge_of(cgc, cgrp_slice_ns);
		node_insert(cgc, node);
		cctx->cur_cgid = cgid;
		hazard_end(cctx);
		return PICK_FOUND;
	}

	count(FCG_PNC_EMPTY);
	if (cgc->nr_waiting) {
		/*
		 * A task is on its way in, or on its way from here to a CPU, which
		 * takes long if something of a higher class runs there. The others
		 * have their turn meanwhile, at no cost to the cgroup in the end.
		 */
		u64 charge = charge_of(cgc, cgrp_slice_ns);

		count(FCG_PNC_RACE);
		node->deferred += charge;
		node->cvtime += charge;
		node_insert(cgc, node);
	} else {
		refund_deferred(node);
		node_park(cgc, node);
	}
	hazard_end(cctx);
	return PICK_AGAIN;
}

#endif /* __FLATCG_TREE_BPF_H */
