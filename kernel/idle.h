/* SPDX-License-Identifier: GPL-2.0 */
/*
 * idle.h - which CPUs are idle, and the default choice of a CPU for a waking task.
 *
 * Tracking is on while a scheduler is loaded that does not do it itself. The masks are hints:
 * they change under nobody's lock, and claiming a CPU that is not idle any more only means that
 * the wakeup waits there. A CPU is claimed by clearing its bit; if it then finds nothing to do
 * it sets the bit again on its way back to idle.
 */
#ifndef _SCXKIT_IDLE_H
#define _SCXKIT_IDLE_H

/* Is the class tracking idle CPUs? With one pair of masks for each NUMA node? */
bool idle_tracked(void);
bool idle_per_node(void);

/* Load: begin tracking as @sch wants it. Unload: end. CPU hotplug is locked out for begin. */
void idle_begin(struct scx_sched *sch);
void idle_end(void);

/* Which levels of the topology are worth a look: at load and when CPUs come or go. */
void idle_update_topology(bool per_node);

/* @cpu is on its way out: nobody is to be sent there, however idle it is. */
void idle_forget(int cpu);

/* Claim @cpu. Was it idle? */
bool idle_claim(s32 cpu);

/*
 * Claim an idle CPU out of @allowed. @node: where to begin in per-node mode, NUMA_NO_NODE for
 * anywhere. @flags: SCX_PICK_IDLE_*. The CPU, or -EBUSY.
 */
s32 idle_pick(const struct cpumask *allowed, int node, u64 flags);

/*
 * The default choice for @p, which last ran on @prev_cpu and is woken with @wake_flags: an idle
 * CPU, claimed, in the order of the spec's section "Built-in select algorithm", or -EBUSY.
 * @allowed restricts @p's own mask further, or is NULL. Interrupts are off.
 */
s32 idle_select_cpu(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
		    const struct cpumask *allowed, u64 flags);

/* The live masks, of all CPUs or of @node in per-node mode: idle CPUs, CPUs of idle cores. */
const struct cpumask *idle_cpumask(int node);
const struct cpumask *idle_smtmask(int node);

/* Boot. */
void idle_init(void);

#endif /* _SCXKIT_IDLE_H */
