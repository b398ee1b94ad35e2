// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "idle.h"
#include "call.h"
#include "dsq.h"

#ifdef CONFIG_SMP

struct idle_masks {
	cpumask_var_t	cpu;	/* idle CPUs */
	cpumask_var_t	smt;	/* CPUs of cores that are idle as a whole, with active SMT */
};

static DEFINE_STATIC_KEY_FALSE(idle_tracked_key);
static DEFINE_STATIC_KEY_FALSE(idle_per_node_key);
static DEFINE_STATIC_KEY_FALSE(use_llc_key);
static DEFINE_STATIC_KEY_FALSE(use_numa_key);

static struct idle_masks global_masks;
static struct idle_masks *node_masks;	/* by node */

/* Scratch space for selections, used with interrupts off. */
struct select_scratch {
	cpumask_var_t	allowed;
	cpumask_var_t	domain;
};

static DEFINE_PER_CPU(struct select_scratch, select_scratch);

bool idle_tracked(void)
{
	return static_branch_likely(&idle_tracked_key);
}

bool idle_per_node(void)
{
	return static_branch_unlikely(&idle_per_node_key);
}

static struct idle_masks *masks_of(int node)
{
	if (!idle_per_node() || node == NUMA_NO_NODE)
		return &global_masks;
	return &node_masks[node];
}

const struct cpumask *idle_cpumask(int node)
{
	return masks_of(node)->cpu;
}

const struct cpumask *idle_smtmask(int node)
{
	struct idle_masks *masks = masks_of(node);

	return sched_smt_active() ? masks->smt : masks->cpu;
}

/* Bits are set and cleared only if that changes them: the masks are shared by all CPUs. */
static void mask_set(int cpu, struct cpumask *mask)
{
	if (!cpumask_test_cpu(cpu, mask))
		cpumask_set_cpu(cpu, mask);
}

static void mask_clear(int cpu, struct cpumask *mask)
{
	if (cpumask_test_cpu(cpu, mask))
		cpumask_clear_cpu(cpu, mask);
}

static void core_clear(struct idle_masks *masks, int cpu)
{
	int sibling;

	for_each_cpu(sibling, cpu_smt_mask(cpu))
		mask_clear(sibling, masks->smt);
	/* an offline CPU is not among its own siblings; its bit must go all the same */
	mask_clear(cpu, masks->smt);
}

static void core_set_if_idle(struct idle_masks *masks, int cpu)
{
	const struct cpumask *siblings = cpu_smt_mask(cpu);
	int sibling;

	if (!cpumask_subset(siblings, masks->cpu))
		return;
	for_each_cpu(sibling, siblings)
		mask_set(sibling, masks->smt);

	/* a sibling that became busy meanwhile may have cleared the core before we set it */
	smp_mb();
	if (!cpumask_subset(siblings, masks->cpu))
		core_clear(masks, cpu);
}

void idle_forget(int cpu)
{
	struct idle_masks *masks = masks_of(cpu_to_node(cpu));

	core_clear(masks, cpu);
	mask_clear(cpu, masks->cpu);
}

static bool claim_in(struct idle_masks *masks, s32 cpu)
{
	/* the core first: a stale core bit would be picked again and again */
	if (sched_smt_active())
		core_clear(masks, cpu);
	return cpumask_test_and_clear_cpu(cpu, masks->cpu);
}

bool idle_claim(s32 cpu)
{
	return claim_in(masks_of(cpu_to_node(cpu)), cpu);
}

static s32 pick_from(struct idle_masks *masks, const struct cpumask *allowed, u64 flags)
{
	unsigned int cpu;

	do {
		cpu = nr_cpu_ids;
		if (sched_smt_active()) {
			cpu = cpumask_any_and_distribute(masks->smt, allowed);
			if (cpu >= nr_cpu_ids && (flags & SCX_PICK_IDLE_CORE))
				return -EBUSY;
		}
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_any_and_distribute(masks->cpu, allowed);
		if (cpu >= nr_cpu_ids)
			return -EBUSY;
	} while (!claim_in(masks, cpu));

	return cpu;
}

s32 idle_pick(const struct cpumask *allowed, int node, u64 flags)
{
	int other, nearest;
	nodemask_t left;
	s32 cpu;

	if (!idle_per_node())
		return pick_from(&global_masks, allowed, flags);

	if (node == NUMA_NO_NODE)
		node = numa_node_id();
	if (flags & SCX_PICK_IDLE_IN_NODE)
		return pick_from(&node_masks[node], allowed, flags);

	/* the given node, then the others from near to far */
	for (left = node_states[N_POSSIBLE]; !nodes_empty(left); node_clear(nearest, left)) {
		nearest = node_isset(node, left) ? node : NUMA_NO_NODE;
		for_each_node_mask(other, left) {
			if (nearest == NUMA_NO_NODE ||
			    node_distance(node, other) < node_distance(node, nearest))
				nearest = other;
		}
		cpu = pick_from(&node_masks[nearest], allowed, flags);
		if (cpu >= 0)
			return cpu;
	}
	return -EBUSY;
}

/* CPUs that share the last-level cache with @cpu. RCU. */
static const struct cpumask *llc_span(int cpu)
{
	struct sched_domain *sd = rcu_dereference(per_cpu(sd_llc, cpu));

	return sd ? sched_domain_span(sd) : NULL;
}

/* Try one domain: @span within @allowed, unless that adds nothing to trying @allowed itself. */
static s32 pick_in_domain(const struct cpumask *span, const struct cpumask *allowed, int node,
			  u64 flags)
{
	struct cpumask *domain = this_cpu_ptr(&select_scratch)->domain;

	if (!span || !cpumask_and(domain, span, allowed) || cpumask_equal(domain, allowed))
		return -EBUSY;
	return idle_pick(domain, node, flags);
}

/* From near to far: last-level cache, node, anywhere allowed. */
static s32 pick_near_first(s32 prev_cpu, const struct cpumask *allowed, u64 flags)
{
	int node = cpu_to_node(prev_cpu);
	s32 cpu = -EBUSY;

	if (static_branch_likely(&use_llc_key))
		cpu = pick_in_domain(llc_span(prev_cpu), allowed, node, flags);
	if (cpu < 0 && static_branch_unlikely(&use_numa_key))
		cpu = pick_in_domain(cpumask_of_node(node), allowed, node, flags);
	if (cpu < 0)
		cpu = idle_pick(allowed, node, flags);
	return cpu;
}

/*
 * The waker is about to sleep and shares data with @p: its CPU will be free and warm. Good only
 * if nobody waits there, and only on a machine that is not saturated.
 */
static s32 pick_waker(s32 prev_cpu, const struct cpumask *allowed, u64 flags)
{
	int cpu = smp_processor_id(), node = cpu_to_node(cpu);

	if (cpumask_test_cpu(prev_cpu, allowed) && cpus_share_cache(cpu, prev_cpu) &&
	    idle_claim(prev_cpu))
		return prev_cpu;

	if ((current->flags & PF_EXITING) || READ_ONCE(cpu_rq(cpu)->scx.local_dsq.nr) ||
	    cpumask_empty(idle_cpumask(node)) || !cpumask_test_cpu(cpu, allowed))
		return -EBUSY;
	if ((flags & SCX_PICK_IDLE_IN_NODE) && node != cpu_to_node(prev_cpu))
		return -EBUSY;
	return cpu;
}

static s32 pick_sibling(s32 prev_cpu, const struct cpumask *allowed)
{
	int cpu;

	for_each_cpu_and(cpu, cpu_smt_mask(prev_cpu), allowed) {
		if (cpu != prev_cpu && cpumask_test_cpu(cpu, idle_cpumask(cpu_to_node(cpu))) &&
		    idle_claim(cpu))
			return cpu;
	}
	return -EBUSY;
}

s32 idle_select_cpu(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
		    const struct cpumask *allowed, u64 flags)
{
	bool prev_ok;
	s32 cpu;

	if (!idle_tracked())
		return -EBUSY;

	guard(rcu)();

	if (!allowed) {
		allowed = p->cpus_ptr;
	} else {
		struct cpumask *both = this_cpu_ptr(&select_scratch)->allowed;

		if (!cpumask_and(both, allowed, p->cpus_ptr))
			return -EBUSY;
		allowed = both;
	}
	prev_ok = cpumask_test_cpu(prev_cpu, allowed);

	if (wake_flags & SCX_WAKE_SYNC) {
		cpu = pick_waker(prev_cpu, allowed, flags);
		if (cpu >= 0)
			return cpu;
	}

	/* a whole idle core: the previous one, then the nearest */
	if (sched_smt_active()) {
		if (prev_ok && cpumask_test_cpu(prev_cpu, idle_smtmask(cpu_to_node(prev_cpu))) &&
		    idle_claim(prev_cpu))
			return prev_cpu;
		cpu = pick_near_first(prev_cpu, allowed, flags | SCX_PICK_IDLE_CORE);
		if (cpu >= 0 || (flags & SCX_PICK_IDLE_CORE))
			return cpu;
	}

	if (prev_ok && idle_claim(prev_cpu))
		return prev_cpu;
	if (sched_smt_active()) {
		cpu = pick_sibling(prev_cpu, allowed);
		if (cpu >= 0)
			return cpu;
	}
	return pick_near_first(prev_cpu, allowed, flags);
}

static void track(struct rq *rq, bool idle)
{
	int cpu = cpu_of(rq);
	struct idle_masks *masks = masks_of(cpu_to_node(cpu));

	/* the last that a CPU does on its way out is to go idle */
	if (idle && !cpu_active(cpu))
		return;

	if (idle) {
		mask_set(cpu, masks->cpu);
		if (sched_smt_active())
			core_set_if_idle(masks, cpu);
	} else {
		mask_clear(cpu, masks->cpu);
		if (sched_smt_active())
			core_clear(masks, cpu);
	}
}

void __scx_update_idle(struct rq *rq, bool idle, bool do_notify)
{
	struct scx_sched *sch = scx_root_locked();

	if (unlikely(!sch))
		return;

	/*
	 * The masks come first, so that a scheduler that reacts to the callback finds the CPU.
	 * A mere re-pick of the idle task repairs the bit of a CPU that was claimed and then
	 * not used; with core scheduling it may also be a pick for a CPU that is busy.
	 */
	if (idle_tracked() && (do_notify || rq->curr == rq->idle))
		track(rq, idle);

	if (do_notify && scx_has_op(sch, update_idle) && !(rq->scx.flags & SCX_RQ_BYPASSING))
		scx_call(sch, update_idle, rq, NULL, NULL, cpu_of(rq), idle);
}

static void key_set(struct static_key_false *key, bool on)
{
	if (on)
		static_branch_enable_cpuslocked(key);
	else
		static_branch_disable_cpuslocked(key);
}

void idle_update_topology(bool per_node)
{
	unsigned int nr_online = num_online_cpus(), nr_llc = nr_online, nr_node = nr_online;
	int cpu = cpumask_first(cpu_online_mask);
	const struct cpumask *llc;

	lockdep_assert_cpus_held();

	rcu_read_lock();
	llc = llc_span(cpu);
	if (llc)
		nr_llc = cpumask_weight(llc);
	nr_node = cpumask_weight(cpumask_of_node(cpu_to_node(cpu)));
	rcu_read_unlock();

	key_set(&use_llc_key, nr_llc < nr_online);
	key_set(&use_numa_key, !per_node && nr_node < nr_online && nr_node != nr_llc);
}

void idle_begin(struct scx_sched *sch)
{
	bool tracked = !sch->ops.update_idle || (sch->flags & SCX_OPS_KEEP_BUILTIN_IDLE);
	bool per_node = sch->flags & SCX_OPS_BUILTIN_IDLE_PER_NODE;
	int node;

	/* busy CPUs clear themselves when they switch; a claim of one until then does no harm */
	cpumask_copy(global_masks.cpu, cpu_online_mask);
	cpumask_copy(global_masks.smt, cpu_online_mask);
	for_each_node(node) {
		cpumask_and(node_masks[node].cpu, cpu_online_mask, cpumask_of_node(node));
		cpumask_copy(node_masks[node].smt, node_masks[node].cpu);
	}

	key_set(&idle_per_node_key, per_node);
	key_set(&idle_tracked_key, tracked);
	idle_update_topology(per_node);
}

void idle_end(void)
{
	static_branch_disable(&idle_tracked_key);
	static_branch_disable(&idle_per_node_key);
	static_branch_disable(&use_llc_key);
	static_branch_disable(&use_numa_key);
}

static void __init masks_alloc(struct idle_masks *masks, int node)
{
	BUG_ON(!zalloc_cpumask_var_node(&masks->cpu, GFP_KERNEL, node));
	BUG_ON(!zalloc_cpumask_var_node(&masks->smt, GFP_KERNEL, node));
}

void __init idle_init(void)
{
	int node, cpu;

	masks_alloc(&global_masks, NUMA_NO_NODE);
	node_masks = kcalloc(nr_node_ids, sizeof(node_masks[0]), GFP_KERNEL);
	BUG_ON(!node_masks);
	for_each_node(node)
		masks_alloc(&node_masks[node], NUMA_NO_NODE);

	for_each_possible_cpu(cpu) {
		struct select_scratch *scratch = per_cpu_ptr(&select_scratch, cpu);

		BUG_ON(!zalloc_cpumask_var_node(&scratch->allowed, GFP_KERNEL, cpu_to_node(cpu)));
		BUG_ON(!zalloc_cpumask_var_node(&scratch->domain, GFP_KERNEL, cpu_to_node(cpu)));
	}
}

#else /* !CONFIG_SMP */

/* The one CPU is never idle where somebody asks. */
bool idle_tracked(void)
{
	return true;
}

bool idle_per_node(void)
{
	return false;
}

void idle_begin(struct scx_sched *sch) {}
void idle_end(void) {}
void idle_update_topology(bool per_node) {}
void __init idle_init(void) {}

bool idle_claim(s32 cpu)
{
	return false;
}

s32 idle_pick(const struct cpumask *allowed, int node, u64 flags)
{
	return -EBUSY;
}

s32 idle_select_cpu(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
		    const struct cpumask *allowed, u64 flags)
{
	return -EBUSY;
}

const struct cpumask *idle_cpumask(int node)
{
	return cpu_none_mask;
}

const struct cpumask *idle_smtmask(int node)
{
	return cpu_none_mask;
}

#endif /* CONFIG_SMP */
