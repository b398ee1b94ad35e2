// SPDX-License-Identifier: GPL-2.0
/* Tasks that are not scheduled in time, and a watchdog that cannot look for them. */
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "rig.h"

TEST(the_watchdog_ends_a_scheduler_that_forgets_a_task)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	const char *waited;
	struct sched *s;
	char name[32];

	skel->struct_ops.ops->timeout_ms = 1000;
	skel->bss->knobs.enqueue.how = HOW_NOTHING;
	s = SCHED_START(skel);
	worker_post(w, worker_nop);
	snprintf(name, sizeof(name), "[%d]", w->pid);
	sched_expect_exit(s, KIND_ERROR_STALL, name);
	/* not before its time: "runnable for 1.234s" */
	waited = strstr((const char *)s->uei->msg, "runnable for ");
	ASSERT_TRUE(waited);
	EXPECT_GE(atoi(waited + strlen("runnable for ")), 1);
	EXPECT_STRHAS(s->dump, name);
}

TEST(changes_of_a_waiting_task_do_not_hide_that_it_waits)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s;
	int nice = 0;

	skel->struct_ops.ops->timeout_ms = 1000;
	skel->bss->knobs.enqueue.how = HOW_NOTHING;
	skel->data->journal_mask = 0;
	s = SCHED_START(skel);
	worker_post(w, worker_nop);
	/* each takes it off the runqueue and puts it back */
	ASSERT_TRUE(WAIT_FOR(({
		setpriority(PRIO_PROCESS, w->pid, nice ^= 1);
		!sched_lives(s);
	})));
	sched_expect_exit(s, KIND_ERROR_STALL, "runnable");
}

TEST(a_task_that_runs_now_and_then_does_not_stall)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s;
	long long jiffies;

	skel->struct_ops.ops->timeout_ms = 500;
	s = SCHED_START(skel);
	jiffies = wait_now_ms();
	/* three times as long as it may wait */
	while (wait_now_ms() < jiffies + 1500)
		worker_do(w, worker_nop);
	rig_stop(s);
}

enum {
	NR_CPUS = 4,
	/* above that of the class's own threads, and above that again */
	PRIO_HOGS = 90,
	PRIO_TEST = 91,
};

TEST(ticks_notice_that_the_watchdog_does_not_run)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *hogs[NR_CPUS];
	struct sched *s;
	int64_t begin;
	int i;

	skel->struct_ops.ops->timeout_ms = 1000;
	s = SCHED_START(skel);
	ASSERT_EQ(set_policy(getpid(), SCHED_FIFO, PRIO_TEST), 0);
	for (i = 0; i < NR_CPUS; i++) {
		hogs[i] = worker_start(.policy = SCHED_FIFO, .cpus = 1 << i);
		ASSERT_EQ(set_policy(hogs[i]->pid, SCHED_FIFO, PRIO_HOGS), 0);
	}
	for (i = 0; i < NR_CPUS; i++)
		worker_start_spin(hogs[i]);
	begin = wait_now_ms();
	while (wait_now_ms() < begin + 3000)
		wait_nap();
	/* it is the class's thread that unloads: not yet */
	EXPECT_TRUE(sched_lives(s));
	for (i = 0; i < NR_CPUS; i++)
		worker_stop_spin(hogs[i]);
	sched_expect_exit(s, KIND_ERROR_STALL, "the watchdog has not checked for stalls for ");
}
