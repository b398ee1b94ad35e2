// SPDX-License-Identifier: GPL-2.0
/* What scheds/userland promises. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "sched.h"
#include "hog.h"
#include "tap.h"

#define NR_CPUS 4

/* What the loader prints each second. Of the kernel half if not said otherwise. */
struct box {
	unsigned long user_enq, user_disp, user_faults;
	unsigned long enq, failed, kept, disp, dead;
};

static const char box_rule[] = "o-----------------------o\n";
static const char box_end[] = "o-----------------------o\n\n";

/* A blank stands for any number of them. */
static const char box_format[] = "| USER HALF |\n"
				 "| enq: %lu |\n"
				 "| disp: %lu |\n"
				 "| faults: %lu |\n"
				 "|-----------------------|\n"
				 "| KERNEL HALF |\n"
				 "| enq: %lu |\n"
				 "| failed: %lu |\n"
				 "| kept: %lu |\n"
				 "| disp: %lu |\n"
				 "| failed: %lu |\n";

/* How many whole boxes @sched's loader has printed, and the last of them. */
static int boxes_read(const struct loaded *sched, struct box *last)
{
	char *out = child_output(sched->loader.out), *at, *end;
	int nr = 0;

	ASSERT_TRUE(out);
	for (at = out; (end = strstr(at, box_end)); at = end + strlen(box_end)) {
		at = strstr(at, box_rule) + strlen(box_rule);
		ASSERT_EQ(sscanf(at, box_format, &last->user_enq, &last->user_disp,
				 &last->user_faults, &last->enq, &last->failed, &last->kept,
				 &last->disp, &last->dead),
			  8);
		nr++;
	}
	free(out);
	return nr;
}

/* The counters as of now, or a little later. */
static struct box box_now(const struct loaded *sched)
{
	struct box box;
	/* The next one may be under way, with counters of before. */
	int wanted = boxes_read(sched, &box) + 2;

	while (boxes_read(sched, &box) < wanted)
		sched_next_stats(sched);
	return box;
}

/* What was counted since @before. */
static struct box box_since(const struct loaded *sched, const struct box *before)
{
	struct box now = box_now(sched);
	struct box d = {
		.user_enq = now.user_enq - before->user_enq,
		.user_disp = now.user_disp - before->user_disp,
		.user_faults = now.user_faults - before->user_faults,
		.enq = now.enq - before->enq,
		.failed = now.failed - before->failed,
		.kept = now.kept - before->kept,
		.disp = now.disp - before->disp,
		.dead = now.dead - before->dead,
	};

	printf("user half: enq %lu, disp %lu, faults %lu\n"
	       "kernel half: enq %lu, failed %lu, kept %lu, disp %lu, failed %lu\n",
	       d.user_enq, d.user_disp, d.user_faults, d.enq, d.failed, d.kept, d.disp, d.dead);
	return d;
}

/* The test looks often; let that be no business of the user half. For its children, too. */
static void bind_this_test(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	ASSERT_EQ(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

/* How often @hogs were queued again at the end of a slice, so far. */
static uint64_t hogs_switches(const struct hog *hogs, int nr)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < nr; i++)
		sum += hog_switches(&hogs[i]);
	return sum;
}

/* Hogs share the machine, and each of their switches goes through the user half. */
static void expect_hogs_go_through(bool cpu_offline)
{
	const uint64_t total = 4 * NSEC_PER_SEC;
	struct hog hogs[2 * NR_CPUS];
	uint64_t ns[2 * NR_CPUS], nr;
	struct box before, done;
	struct loaded sched;
	int i;

	cgroup_make("A", 0);
	for (i = 0; i < 2 * NR_CPUS; i++)
		hogs[i] = hog_start(.cgroup = "A");
	if (cpu_offline)
		cpu_3_offline(hogs[0].pid);
	sched_start(&sched, "scx_userland");
	bind_this_test();
	hogs_measure(hogs, 2 * NR_CPUS, NSEC_PER_SEC, ns);
	before = box_now(&sched);
	nr = hogs_switches(hogs, 2 * NR_CPUS);
	hogs_measure(hogs, 2 * NR_CPUS, total, ns);
	nr = hogs_switches(hogs, 2 * NR_CPUS) - nr;
	done = box_since(&sched, &before);
	for (i = 0; i < 2 * NR_CPUS; i++)
		EXPECT_GT(ns[i], total / (2 * NR_CPUS) / 2);
	printf("%lu switches\n", nr);
	EXPECT_GE(nr, 100);
	EXPECT_GE(done.enq, nr);
	EXPECT_GE(done.user_disp, nr);
	sched_stop(&sched);
}

SCHED_TEST(hogs_share_the_machine_through_the_user_half)
{
	expect_hogs_go_through(false);
}

SCHED_TEST(so_they_do_where_a_cpu_is_offline)
{
	expect_hogs_go_through(true);
	ASSERT_EQ(cpu_set_online(3, true), 0);
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
	struct box before, done;
	struct loaded sched;
	int i, status;

	sched_start(&sched, "scx_userland", "-b", "3");
	before = box_now(&sched);
	for (i = 0; i < nr_tasks; i++)
		hogs[i] = hog_start(.fn = nap_and_end);
	for (i = 0; i < nr_tasks; i++) {
		ASSERT_EQ(waitpid(hogs[i].pid, &status, 0), hogs[i].pid);
		EXPECT_EQ(status, 0);
	}
	done = box_since(&sched, &before);
	EXPECT_GE(done.enq, nr_tasks * NR_NAPS);
	EXPECT_GE(done.user_enq, nr_tasks * NR_NAPS);
	EXPECT_GE(done.user_disp, nr_tasks * NR_NAPS);
	EXPECT_GE(done.disp, nr_tasks * NR_NAPS);
	EXPECT_EQ(done.failed, 0);
	sched_stop(&sched);
}

SCHED_TEST(bound_tasks_run_without_the_user_half)
{
	struct hog hogs[2 * NR_CPUS];
	uint64_t ns[2 * NR_CPUS], nr;
	struct box before, done;
	struct loaded sched;
	int i;

	sched_start(&sched, "scx_userland");
	/* On all CPUs, so that their switches are more than all other tasks have. */
	for (i = 0; i < 2 * NR_CPUS; i++)
		hogs[i] = hog_start(.cpu = 1 + i / 2);
	bind_this_test();
	before = box_now(&sched);
	nr = hogs_switches(hogs, 2 * NR_CPUS);
	hogs_measure(hogs, 2 * NR_CPUS, 8 * NSEC_PER_SEC, ns);
	nr = hogs_switches(hogs, 2 * NR_CPUS) - nr;
	done = box_since(&sched, &before);
	printf("%lu switches\n", nr);
	EXPECT_GE(nr, 200);
	EXPECT_GE(done.kept, nr);
	/* Other tasks of the machine. */
	EXPECT_LT(done.enq, nr / 2);
	for (i = 0; i < 2 * NR_CPUS; i++)
		EXPECT_GT(ns[i], NSEC_PER_SEC / 2);
	sched_stop(&sched);
}

/* However many there are. */
SCHED_TEST(bound_tasks_leave_time_to_the_user_half_and_its_tasks)
{
	struct hog bound[2 * NR_CPUS], roaming;
	struct loaded sched;
	uint64_t before;
	int i;

	sched_start(&sched, "scx_userland");
	for (i = 0; i < 2 * NR_CPUS; i++)
		bound[i] = hog_start(.cpu = 1 + i / 2);
	roaming = hog_start();
	hogs_measure(bound, 2 * NR_CPUS, NSEC_PER_SEC, (uint64_t[2 * NR_CPUS]){});
	before = hog_cpu_ns(&roaming);
	hogs_measure(bound, 2 * NR_CPUS, 4 * NSEC_PER_SEC, (uint64_t[2 * NR_CPUS]){});
	EXPECT_GT(hog_cpu_ns(&roaming) - before, 4 * NSEC_PER_SEC / (2 * NR_CPUS) / 4);
	for (i = 0; i < 2 * NR_CPUS; i++)
		hog_kill(&bound[i]);
	hog_kill(&roaming);
	sched_stop(&sched);
}
