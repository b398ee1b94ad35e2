// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "hotplug.h"
#include "exit.h"
#include "idle.h"

atomic_long_t scx_hotplug_seq = ATOMIC_LONG_INIT(0);

static const u64 restart_code = SCX_ECODE_ACT_RESTART | SCX_ECODE_RSN_HOTPLUG;

void hotplug_begin(struct scx_sched *sch)
{
	u64 seq = atomic_long_read(&scx_hotplug_seq);

	lockdep_assert_cpus_held();
	sch->hotplug_on = true;

	if (sch->ops.hotplug_seq && sch->ops.hotplug_seq != seq)
		scx_exit(sch, SCX_EXIT_UNREG_KERN, restart_code,
			 "CPUs came or went while loading (hotplug_seq is %llu, the loader saw %llu)",
			 seq, sch->ops.hotplug_seq);
}

void hotplug_end(struct scx_sched *sch)
{
	cpus_read_lock();
	sch->hotplug_on = false;
	cpus_read_unlock();
}

static void tell(struct rq *rq, bool online)
{
	struct scx_sched *sch;
	int cpu = cpu_of(rq);

	atomic_long_inc(&scx_hotplug_seq);

	/* one that is told stays until we are done: hotplug_end() waits for the CPU to come or go */
	scoped_guard(rcu) {
		sch = rcu_dereference(scx_root);
		if (!sch || !sch->hotplug_on)
			return;
	}

	idle_update_topology(sch->flags & SCX_OPS_BUILTIN_IDLE_PER_NODE);
	if (online && sch->ops.cpu_online)
		sch->ops.cpu_online(cpu);
	else if (!online && sch->ops.cpu_offline)
		sch->ops.cpu_offline(cpu);
	else
		scx_exit(sch, SCX_EXIT_UNREG_KERN, restart_code,
			 "CPU %d went %s and the scheduler has no ops.cpu_%s()", cpu,
			 online ? "online" : "offline", online ? "online" : "offline");
}

void scx_rq_activate(struct rq *rq)
{
	tell(rq, true);
}

void scx_rq_deactivate(struct rq *rq)
{
	tell(rq, false);
}
