// SPDX-License-Identifier: GPL-2.0
#include <bpf/libbpf.h>
#include <unistd.h>

#include "any_call.h"

enum {
	MAX_CPUS = 64,
	MAX_TURNS = 1000,
};

/* Each test has a process of its own, so these are its own, too. */
static struct worker *busy[MAX_CPUS];
static bool by_node; /* idle tracking */

long long any_do(const struct sched *s, struct any_ctx *ctx)
{
	if (!ctx->pid)
		ctx->pid = getpid();
	if (!ctx->mask)
		ctx->mask = (1ULL << nr_cpus()) - 1;
	ASSERT_EQ(sched_run_prog(s, "any_call", ctx, sizeof(*ctx)), 0);
	return ctx->ret;
}

struct any_bpf *any_open(void)
{
	struct any_bpf *skel = SCHED_OPEN(any_bpf);

	pin_self(0);
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	return skel;
}

struct sched *any_start(struct any_bpf *skel)
{
	struct sched *s;

	by_node = skel->struct_ops.ops->flags & SCX_OPS_BUILTIN_IDLE_PER_NODE;
	ASSERT_EQ(bpf_program__set_autoload(skel->progs.any_idle_change, true), 0);
	s = SCHED_START(skel);
	ASSERT_TRUE(bpf_program__attach(skel->progs.any_idle_change));
	return s;
}

void any_keep_busy(u64 cpus)
{
	int cpu;

	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (!(cpus & 1ULL << cpu))
			continue;
		busy[cpu] = worker_start(.cpus = 1ULL << cpu);
		worker_start_spin(busy[cpu]);
	}
}

void any_rest(void)
{
	int cpu;

	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (busy[cpu])
			worker_stop_spin(busy[cpu]);
		busy[cpu] = NULL;
	}
}

u64 any_idle(const struct sched *s)
{
	int node, nr_nodes;
	u64 idle = 0;

	if (!by_node)
		return CALL(s, idle_cpumask);
	nr_nodes = CALL(s, nr_node_ids);
	for (node = 0; node < nr_nodes; node++)
		idle |= CALL(s, idle_cpumask_node, .arg = node);
	return idle;
}

/*
 * A CPU whose mark is missing is kicked, no other: a kick that is still under way when the marks
 * are right would undo a claim.
 */
bool any_settle(const struct sched *s, u64 idle)
{
	u64 missing = idle & ~any_idle(s);
	int cpu;

	for (cpu = 0; cpu < nr_cpus(); cpu++)
		if (missing & 1ULL << cpu)
			CALL(s, kick_cpu, .arg = cpu, .flags = KICK_IDLE);
	return WAIT_FOR(any_idle(s) == idle);
}

bool any_quiet_next(struct any_quiet *quiet, const struct sched *s, u64 idle)
{
	if (quiet->turn && CALL(s, idle_changes) == quiet->changes)
		return false;
	do {
		ASSERT_LT(quiet->turn++, MAX_TURNS);
		ASSERT_TRUE(any_settle(s, idle));
		quiet->changes = CALL(s, idle_changes);
	} while (any_idle(s) != idle);
	return true;
}

int any_select(const struct sched *s, const struct worker *w, int prev, u64 wake_flags,
	       bool *ret_idle)
{
	struct any_ctx ctx = {
		.call = ANY_select_cpu_dfl,
		.pid = w->pid,
		.arg = prev,
		.flags = wake_flags,
	};
	int cpu = any_do(s, &ctx);

	*ret_idle = ctx.is_idle;
	return cpu;
}
