// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "server.h"

/* Would tasks of the class starve without the server? */
static bool starves(struct rq *rq)
{
	return rq->scx.nr_running && sched_rt_runnable(rq);
}

/* What was run is told once a tick: a switch has no time for it. */
static void account(struct rq *rq)
{
	struct sched_dl_entity *server = &rq->fair_server;

	if (rq->scx.server_ran_ns && dl_server_active(server))
		dl_server_update(server, rq->scx.server_ran_ns);
	rq->scx.server_ran_ns = 0;
}

void server_tick(struct rq *rq)
{
	account(rq);
	/* an offline CPU has stopped its server for good */
	if (unlikely(starves(rq)) && !dl_server_active(&rq->fair_server) && cpu_online(cpu_of(rq)))
		dl_server_start(&rq->fair_server);
}

bool scx_server_waits(struct rq *rq)
{
	return !RB_EMPTY_NODE(&rq->fair_server.rb_node) && !rq->cfs.h_nr_queued && starves(rq);
}

struct task_struct *scx_server_pick(struct rq *rq)
{
	return scx_enabled() && starves(rq) ? ext_sched_class.pick_task(rq) : NULL;
}
