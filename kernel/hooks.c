// SPDX-License-Identifier: GPL-2.0
/* hooks.c - small questions of the core scheduler, and boot. */
#include "seam.h"
#include "internal.h"
#include "call.h"
#include "defer.h"
#include "dsq.h"
#include "idle.h"
#include "kick.h"
#include "server.h"
#include "watchdog.h"

void scx_tick(struct rq *rq)
{
	struct scx_sched *sch = scx_enabled() ? scx_root_locked() : NULL;

	if (!sch)
		return;
	watchdog_tick(sch);
	server_account(rq);
	server_start(rq);
}

/* By the flag, since the core asks on its way from one task to the next, too. */
bool scx_can_stop_tick(struct rq *rq)
{
	return rq->scx.flags & SCX_RQ_CAN_STOP_TICK;
}

bool scx_allow_ttwu_queue(const struct task_struct *p)
{
	struct scx_sched *sch;

	if (!task_on_scx(p))
		return true;
	sch = scx_root_locked();
	return sch && (sch->flags & SCX_OPS_ALLOW_QUEUED_WAKEUP);
}

#ifdef CONFIG_SCHED_CORE
/*
 * "@a has lower priority than @b", while ops.core_sched_before(a, b) means that @a must run
 * before @b: hence the exchanged arguments.
 */
bool scx_prio_less(const struct task_struct *a, const struct task_struct *b, bool in_fi)
{
	struct scx_sched *sch = scx_root_locked();

	if (scx_has_op(sch, core_sched_before) && !(task_rq(a)->scx.flags & SCX_RQ_BYPASSING)) {
		struct task_struct *pa = (struct task_struct *)a, *pb = (struct task_struct *)b;

		return (u8)scx_call(sch, core_sched_before, task_rq(a), pb, pa, pb, pa);
	}
	return time_after64(a->scx.core_sched_at, b->scx.core_sched_at);
}
#endif

void __init init_sched_ext_class(void)
{
	int cpu;

	idle_init();
	for_each_possible_cpu(cpu) {
		struct rq *rq = cpu_rq(cpu);

		dsq_init(&rq->scx.local_dsq, SCX_DSQ_LOCAL);
		INIT_LIST_HEAD(&rq->scx.runnable_list);
		kick_init(rq);
		defer_init(rq);
		rq->scx.flags |= SCX_RQ_CAN_STOP_TICK;
		if (cpu_online(cpu))
			rq->scx.flags |= SCX_RQ_ONLINE;
	}
}
