// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "server.h"
#include "local.h"

/* An offline CPU has stopped it for good. */
static bool may_start(struct rq *rq)
{
	return server_needed(rq) && !dl_server_active(&rq->fair_server) && cpu_online(cpu_of(rq));
}

void __server_start(struct rq *rq)
{
	if (likely(!may_start(rq)))
		return;
	/* what they ran before they starved is not its business */
	rq->scx.server_ran_ns = 0;
	dl_server_start(&rq->fair_server);
}

void server_start_soon(struct rq *rq)
{
	if (unlikely(may_start(rq)))
		irq_work_queue(&rq->scx.deferred_work);
}

void server_account(struct rq *rq)
{
	struct sched_dl_entity *server = &rq->fair_server;

	if (rq->scx.server_ran_ns && dl_server_active(server))
		dl_server_update(server, rq->scx.server_ran_ns);
	rq->scx.server_ran_ns = 0;
}

void scx_server_balance(struct rq *rq, struct rq_flags *rf)
{
	/* below RT the core's walk through the classes comes to ours anyway */
	if (!server_queued(rq) || rq->cfs.h_nr_queued || !server_needed(rq) ||
	    !sched_class_above(rq->donor->sched_class, &ext_sched_class))
		return;
	local_balance_early(rq, rf);
}

struct task_struct *scx_server_pick(struct rq *rq)
{
	return scx_enabled() && server_needed(rq) ? ext_sched_class.pick_task(rq) : NULL;
}
