// SPDX-License-Identifier: GPL-2.0
/*
 * Mistakes that only show when the program runs: each ejects the scheduler with a message that
 * names it, the kfunc returns what it should, and nobody is lost.
 */
#include "lab.h"
#include "misuse.bpf.skel.h"
#include "misuse.h"
#include "worker.h"

enum {
	FOREIGN_CPU = 3,
	CPUS_OF_WORKERS = 0x6,
};

static const struct {
	const char *name;
	enum misuse_callback callback;
	long long ret;
	const char *msg;
} rows[] = {
#define MISUSE_ROW(name, callback, ret, msg) { #name, MISUSE_IN_##callback, ret, msg },
	MISUSES(MISUSE_ROW)
#undef MISUSE_ROW
};

static void expect_ejected(enum misuse misuse, struct worker *w, struct worker *other)
{
	struct misuse_bpf *skel = SCHED_OPEN(misuse_bpf);
	bool both = rows[misuse].callback == MISUSE_IN_DISPATCH;
	struct sched *s;

	skel->rodata->misuse = misuse;
	skel->rodata->misuse_callback = rows[misuse].callback;
	skel->rodata->other_pid = other->pid;
	skel->rodata->foreign_cpu = FOREIGN_CPU;
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	if (misuse >= MISUSE_OFF_FIRST)
		skel->struct_ops.ops->update_idle = skel->progs.misuse_update_idle;
	else if (misuse >= MISUSE_NODE_FIRST)
		skel->struct_ops.ops->flags |= SCX_OPS_BUILTIN_IDLE_PER_NODE;

	s = SCHED_START(skel);
	worker_post(w, worker_nop);
	if (both)
		worker_post(other, worker_nop);
	/* nobody waits for ever, whatever the mistake was */
	worker_wait(w);
	if (both)
		worker_wait(other);
	sched_expect_exit(s, KIND_ERROR, rows[misuse].msg);
	EXPECT_EQ(skel->bss->nr_made, 1);
	EXPECT_EQ(skel->data->ret, rows[misuse].ret);
	misuse_bpf__destroy(skel);
}

/* The mistakes that are made in @callback, those of one TEST. */
static void expect_each_ejected(enum misuse_callback callback)
{
	struct worker *w = worker_start(.cpus = CPUS_OF_WORKERS);
	struct worker *other = worker_start(.cpus = CPUS_OF_WORKERS);
	int i;

	for (i = 0; i < NR_MISUSES; i++) {
		if (rows[i].callback != callback)
			continue;
		printf("%s\n", rows[i].name);
		expect_ejected(i, w, other);
	}
}

TEST_TIMEOUT(mistakes_in_select_cpu_are_ejected, 300)
{
	expect_each_ejected(MISUSE_IN_SELECT_CPU);
}

TEST_TIMEOUT(mistakes_in_enqueue_are_ejected, 300)
{
	expect_each_ejected(MISUSE_IN_ENQUEUE);
}

TEST_TIMEOUT(mistakes_in_dispatch_are_ejected, 300)
{
	expect_each_ejected(MISUSE_IN_DISPATCH);
}

TEST_TIMEOUT(mistakes_in_running_are_ejected, 300)
{
	expect_each_ejected(MISUSE_IN_RUNNING);
}

TEST_TIMEOUT(a_timer_does_not_have_the_locks_of_the_callback_that_started_it, 300)
{
	expect_each_ejected(MISUSE_IN_TIMER);
	expect_each_ejected(MISUSE_IN_TIMER_DSP);
}
