// SPDX-License-Identifier: GPL-2.0
/* What scheds/userland promises. */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "guest.h"
#include "hog.h"
#include "tap.h"

#define NR_CPUS 4

SCHED_TEST(hogs_share_the_machine_through_the_user_half)
{
	const uint64_t total = 4 * NSEC_PER_SEC;
	struct hog hogs[2 * NR_CPUS];
	uint64_t ns[2 * NR_CPUS];
	struct loaded sched;
	int i;

	sched_start(&sched, "scx_userland");
	for (i = 0; i < 2 * NR_CPUS; i++)
		hogs[i] = hog_start();
	hogs_measure(hogs, 2 * NR_CPUS, NSEC_PER_SEC, ns);
	hogs_measure(hogs, 2 * NR_CPUS, total, ns);
	for (i = 0; i < 2 * NR_CPUS; i++)
		EXPECT_GT(ns[i], total / (2 * NR_CPUS) / 2);
	sched_stop(&sched);
}

/* Shares of two hogs on the one CPU of a machine, in batches of @batch. */
static void expect_heavy_share(const char *batch, double share)
{
	struct loaded sched;
	struct hog hogs[2];

	only_cpu_0(true);
	sched_start(&sched, "scx_userland", "-b", batch);
	hogs[0] = hog_start();
	hogs[1] = hog_start(.nice = HEAVY_NICE);
	hogs_expect_share(hogs, share);
	hog_kill(&hogs[0]);
	hog_kill(&hogs[1]);
	sched_stop(&sched);
	only_cpu_0(false);
}

SCHED_TEST(hogs_share_a_cpu_by_weight_if_dispatched_one_at_a_time)
{
	expect_heavy_share("1", HEAVY_SHARE);
}

SCHED_TEST(hogs_that_all_fit_in_a_batch_take_turns)
{
	expect_heavy_share("8", 0.5);
}

#define NR_NAPS 100

static void nap_and_end(void *arg)
{
	const struct timespec ts = { .tv_nsec = 1000000 };
	int i;

	for (i = 0; i < NR_NAPS; i++)
		nanosleep(&ts, NULL);
	(void)arg;
}

SCHED_TEST(tasks_that_sleep_often_go_through_it_and_none_is_lost)
{
	const int nr_tasks = 20;
	struct hog hogs[nr_tasks];
	struct loaded sched;
	int i, status;

	sched_start(&sched, "scx_userland", "-b", "3");
	for (i = 0; i < nr_tasks; i++)
		hogs[i] = hog_start(.fn = nap_and_end);
	for (i = 0; i < nr_tasks; i++) {
		ASSERT_EQ(waitpid(hogs[i].pid, &status, 0), hogs[i].pid);
		EXPECT_EQ(status, 0);
	}
	sched_stop(&sched);
}

SCHED_TEST(bound_tasks_run_without_the_user_half)
{
	struct hog hogs[2];
	struct loaded sched;
	uint64_t ns[2];

	sched_start(&sched, "scx_userland");
	hogs[0] = hog_start(.cpu = 1 + 2);
	hogs[1] = hog_start(.cpu = 1 + 2);
	hogs_measure(hogs, 2, 2 * NSEC_PER_SEC, ns);
	EXPECT_GT(ns[0], NSEC_PER_SEC / 2);
	EXPECT_GT(ns[1], NSEC_PER_SEC / 2);
	sched_stop(&sched);
}
