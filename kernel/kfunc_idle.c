// SPDX-License-Identifier: GPL-2.0
/* kfunc_idle.c - idle CPUs. */
#include "seam.h"
#include "internal.h"
#include "call.h"
#include "exit.h"
#include "idle.h"
#include "kfunc.h"

bool kfunc_idle_tracked(struct scx_sched *sch)
{
	if (idle_tracked())
		return true;
	scx_error(sch,
		  "built-in idle tracking is off: ops.update_idle() replaces it without SCX_OPS_KEEP_BUILTIN_IDLE");
	return false;
}

/* Is idle tracking on, and in the mode (per node or not) that the caller relies on? */
static bool tracked_globally(struct scx_sched *sch)
{
	if (!kfunc_idle_tracked(sch))
		return false;
	if (!idle_per_node())
		return true;
	scx_error(sch, "with SCX_OPS_BUILTIN_IDLE_PER_NODE only the _node form can be used");
	return false;
}

static bool per_node(struct scx_sched *sch)
{
	if (idle_per_node())
		return true;
	scx_error(sch, "the _node form needs SCX_OPS_BUILTIN_IDLE_PER_NODE");
	return false;
}

/* @node as given by BPF: valid, or -errno, with @sch ejected unless it is -1. */
static int check_node(struct scx_sched *sch, s32 node)
{
	if (!per_node(sch))
		return -EOPNOTSUPP;
	if (node == NUMA_NO_NODE)
		return -ENOENT;
	if (node >= 0 && node < (s32)nr_node_ids && node_possible(node))
		return 0;
	scx_error(sch, "invalid NUMA node %d (possible: 0-%u)", node, nr_node_ids - 1);
	return -EINVAL;
}

static s32 pick_any_of(const struct cpumask *allowed)
{
	u32 cpu = cpumask_any_distribute(allowed);

	return cpu < nr_cpu_ids ? (s32)cpu : -EBUSY;
}

__bpf_kfunc_start_defs();

/* NUMA node of @cpu, or -1. */
__bpf_kfunc s32 scx_bpf_cpu_node(s32 cpu)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (sch ? !scx_cpu_valid(sch, cpu, "cpu_node") : (cpu < 0 || cpu >= nr_cpu_ids))
		return NUMA_NO_NODE;
	return cpu_to_node(cpu);
}

/* The live mask of idle CPUs, and of CPUs whose whole core is idle. */
__bpf_kfunc const struct cpumask *scx_bpf_get_idle_cpumask(void)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	return sch && tracked_globally(sch) ? idle_cpumask(NUMA_NO_NODE) : cpu_none_mask;
}

__bpf_kfunc const struct cpumask *scx_bpf_get_idle_smtmask(void)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	return sch && tracked_globally(sch) ? idle_smtmask(NUMA_NO_NODE) : cpu_none_mask;
}

__bpf_kfunc const struct cpumask *scx_bpf_get_idle_cpumask_node(s32 node)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	return sch && kfunc_idle_tracked(sch) && !check_node(sch, node) ? idle_cpumask(node) :
									  cpu_none_mask;
}

__bpf_kfunc const struct cpumask *scx_bpf_get_idle_smtmask_node(s32 node)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	return sch && kfunc_idle_tracked(sch) && !check_node(sch, node) ? idle_smtmask(node) :
									  cpu_none_mask;
}

__bpf_kfunc void scx_bpf_put_idle_cpumask(const struct cpumask *idle_mask)
{
	/* the masks are not counted; the pair lets the verifier know how long one is used */
}

/* Claim @cpu. Was it idle? */
__bpf_kfunc bool scx_bpf_test_and_clear_cpu_idle(s32 cpu)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	return sch && kfunc_idle_tracked(sch) &&
	       scx_cpu_valid(sch, cpu, "test_and_clear_cpu_idle") && idle_claim(cpu);
}

/* Claim an idle CPU of @cpus_allowed, or -EBUSY. */
__bpf_kfunc s32 scx_bpf_pick_idle_cpu(const struct cpumask *cpus_allowed, u64 flags)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch)
		return -ENODEV;
	return tracked_globally(sch) ? idle_pick(cpus_allowed, NUMA_NO_NODE, flags) : -EBUSY;
}

__bpf_kfunc s32 scx_bpf_pick_idle_cpu_node(const struct cpumask *cpus_allowed, s32 node, u64 flags)
{
	struct scx_sched *sch;
	int ret;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch)
		return -ENODEV;
	ret = check_node(sch, node);
	if (ret)
		return ret;
	return kfunc_idle_tracked(sch) ? idle_pick(cpus_allowed, node, flags) : -EBUSY;
}

/* An idle CPU of @cpus_allowed if there is one, else any of them, or -EBUSY if it is empty. */
__bpf_kfunc s32 scx_bpf_pick_any_cpu(const struct cpumask *cpus_allowed, u64 flags)
{
	struct scx_sched *sch;
	s32 cpu;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch)
		return -ENODEV;
	if (idle_tracked()) {
		if (!tracked_globally(sch))
			return -EBUSY;
		cpu = idle_pick(cpus_allowed, NUMA_NO_NODE, flags);
		if (cpu >= 0)
			return cpu;
	}
	return pick_any_of(cpus_allowed);
}

__bpf_kfunc s32 scx_bpf_pick_any_cpu_node(const struct cpumask *cpus_allowed, s32 node, u64 flags)
{
	struct scx_sched *sch;
	u32 any;
	s32 cpu;
	int ret;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch)
		return -ENODEV;
	ret = check_node(sch, node);
	if (ret)
		return ret;
	if (idle_tracked()) {
		cpu = idle_pick(cpus_allowed, node, flags);
		if (cpu >= 0)
			return cpu;
	}
	if (!(flags & SCX_PICK_IDLE_IN_NODE))
		return pick_any_of(cpus_allowed);
	any = cpumask_any_and_distribute(cpumask_of_node(node), cpus_allowed);
	return any < nr_cpu_ids ? (s32)any : -EBUSY;
}

__bpf_kfunc_end_defs();
