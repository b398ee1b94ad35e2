// SPDX-License-Identifier: GPL-2.0
/* What scheds/qmap promises, and what becomes of it when it misbehaves. */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "guest.h"
#include "hog.h"
#include "tap.h"

#define SCHED_EXT 7

/* Weights 21, 41, 100, 305 and 932: one of each level. */
static const int level_nice[] = { 7, 4, 0, -5, -10 };

#define NR_LEVELS (sizeof(level_nice) / sizeof(level_nice[0]))

#define SLICE_NS (20 * NSEC_PER_MSEC)
#define PICKS_OF_LEVEL(level) (1 << (level))
#define PICKS_OF_ROUND (PICKS_OF_LEVEL(NR_LEVELS) - 1)

/*
 * CPU time of the levels is as their picks, with @nr hogs of each on one CPU. Those are the
 * only tasks of the class (-p): of a whole system, most others are of level 2 and use up
 * picks of it, however little they run.
 */
static void expect_shares_as_picks(unsigned int nr)
{
	const unsigned int nr_hogs = nr * NR_LEVELS;
	uint64_t ns[nr_hogs], total = 0;
	double level_ns, share;
	struct hog hogs[nr_hogs];
	struct loaded sched;
	unsigned int i, k;

	/* Other CPUs take tasks off the FIFOs as well, by budgets of their own. */
	only_cpu_0(true);
	sched_start(&sched, "scx_qmap", "-p");
	for (i = 0; i < nr_hogs; i++)
		hogs[i] = hog_start(.nice = level_nice[i / nr], .policy = SCHED_EXT);
	hogs_measure(hogs, nr_hogs, NSEC_PER_SEC / 2, ns);
	hogs_measure(hogs, nr_hogs, 10 * PICKS_OF_ROUND * SLICE_NS, ns);
	for (i = 0; i < nr_hogs; i++)
		total += ns[i];
	for (i = 0; i < NR_LEVELS; i++) {
		level_ns = 0;
		for (k = 0; k < nr; k++)
			level_ns += ns[nr * i + k];
		share = (double)PICKS_OF_LEVEL(i) / PICKS_OF_ROUND;
		printf("level %u: %.1f of %.1f ms\n", i, level_ns / NSEC_PER_MSEC,
		       share * total / NSEC_PER_MSEC);
		/* One turn more or less, as the ten rounds may begin and end in its midst. */
		EXPECT_LE(fabs(level_ns - share * total), PICKS_OF_LEVEL(i) * SLICE_NS);
	}
	for (i = 0; i < nr_hogs; i++)
		hog_kill(&hogs[i]);
	sched_stop(&sched);
	only_cpu_0(false);
}

SCHED_TEST(one_hog_of_each_level_gets_cpu_time_1_2_4_8_16)
{
	expect_shares_as_picks(1);
}

SCHED_TEST(two_hogs_of_each_level_get_cpu_time_1_2_4_8_16)
{
	expect_shares_as_picks(2);
}

SCHED_TEST(each_misuse_of_a_queue_ends_in_an_error_and_tasks_go_on)
{
	static const char *const kinds[] = {
		"missing:20", "vtime-local:20", "mix:20", "cpu:20", "destroy:20",
	};
	struct hog hogs[2];
	uint64_t ns[2];
	char *out, *err;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		hogs[0] = hog_start(.cpu = 1 + 1);
		hogs[1] = hog_start(.cpu = 1 + 1);
		printf("-B %s\n", kinds[i]);
		EXPECT_EQ(sched_run(&out, &err, "scx_qmap", "-B", kinds[i]), 1);
		EXPECT_STRHAS(err, "EXIT: ");
		EXPECT_STRHAS(err, "DEBUG DUMP");
		free(out);
		free(err);
		hogs_measure(hogs, 2, NSEC_PER_SEC / 10, ns);
		EXPECT_GT(ns[0], 0);
		hog_kill(&hogs[0]);
		hog_kill(&hogs[1]);
	}
}

SCHED_TEST(a_lost_task_is_found_by_the_watchdog)
{
	struct hog hogs[2] = { hog_start(.cpu = 1 + 1), hog_start(.cpu = 1 + 1) };
	uint64_t ns[2];
	char *out, *err;

	EXPECT_EQ(sched_run(&out, &err, "scx_qmap", "-t", "30", "-S"), 1);
	EXPECT_STRHAS(err, "EXIT: ");
	free(out);
	free(err);
	hogs_measure(hogs, 2, NSEC_PER_SEC / 10, ns);
	EXPECT_GT(ns[0], 0);
	EXPECT_GT(ns[1], 0);
}

SCHED_TEST(the_dump_has_what_qmap_adds_unless_told_not_to)
{
	struct hog hog = hog_start();
	char *out, *err;

	EXPECT_EQ(sched_run(&out, &err, "scx_qmap", "-e", "20"), 1);
	EXPECT_STRHAS(err, "qmap: FIFO 4:");
	EXPECT_STRHAS(err, "qmap: highpri_queued=");
	free(out);
	free(err);

	EXPECT_EQ(sched_run(&out, &err, "scx_qmap", "-e", "20", "-S"), 1);
	EXPECT_STRHAS(err, "DEBUG DUMP");
	EXPECT_FALSE(strstr(err, "qmap: FIFO"));
	free(out);
	free(err);

	EXPECT_EQ(sched_run(&out, &err, "scx_qmap", "-e", "20", "-D", "500"), 1);
	EXPECT_LT(strlen(err), 1000);
	free(out);
	free(err);
	hog_kill(&hog);
}

static int set_policy(pid_t pid, int policy)
{
	struct sched_param param = {};

	return sched_setscheduler(pid, policy, &param) ? errno : 0;
}

SCHED_TEST(partial_switch_takes_sched_ext_tasks_only)
{
	struct loaded sched;
	struct hog normal, ext;
	uint64_t before, ns;

	sched_start(&sched, "scx_qmap", "-p");
	EXPECT_STREQ(file_text("/sys/kernel/sched_ext/switch_all"), "0");

	normal = hog_start(.cpu = 1 + 1);
	hogs_measure(&normal, 1, NSEC_PER_SEC / 10, &ns);
	sched_next_stats(&sched);
	before = sched_stat(&sched, "enq");
	hogs_measure(&normal, 1, 2 * NSEC_PER_SEC, &ns);
	sched_next_stats(&sched);
	EXPECT_EQ(sched_stat(&sched, "enq"), before);
	hog_kill(&normal);

	ext = hog_start(.cpu = 1 + 1, .policy = SCHED_EXT);
	hogs_measure(&ext, 1, NSEC_PER_SEC / 2, &ns);
	sched_next_stats(&sched);
	EXPECT_GT(sched_stat(&sched, "enq"), before);
	hog_kill(&ext);
	sched_stop(&sched);
}

SCHED_TEST(a_disallowed_process_can_not_become_sched_ext)
{
	struct hog hog = hog_start(.cpu = 1 + 1), other = hog_start();
	struct loaded sched;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", hog.pid);
	sched_start(&sched, "scx_qmap", "-p", "-d", pid);
	EXPECT_EQ(set_policy(hog.pid, SCHED_EXT), EACCES);
	EXPECT_EQ(set_policy(other.pid, SCHED_EXT), 0);
	sched_stop(&sched);
	hog_kill(&hog);
	hog_kill(&other);
}

SCHED_TEST(highpri_tasks_are_moved_ahead)
{
	const unsigned int nr_hogs = 16, nr_highpri = 8;
	uint64_t ns[nr_hogs], least = UINT64_MAX;
	struct hog hogs[nr_hogs];
	struct loaded sched;
	unsigned int i;

	/* Picked together, all but the first wait in the shared queue, where they are found. */
	sched_start(&sched, "scx_qmap", "-H", "-b", "4");
	for (i = 0; i < nr_hogs; i++)
		hogs[i] = hog_start(.nice = i < nr_highpri ? -20 : 0);
	hogs_measure(hogs, nr_hogs, NSEC_PER_SEC / 2, ns);
	hogs_measure(hogs, nr_hogs, 6 * NSEC_PER_SEC, ns);
	sched_next_stats(&sched);
	printf("%lu local, %lu remote, %lu lost\n", sched_stat(&sched, "exp_local"),
	       sched_stat(&sched, "exp_remote"), sched_stat(&sched, "exp_lost"));
	EXPECT_GT(sched_stat(&sched, "exp_local") + sched_stat(&sched, "exp_remote"), 0);
	for (i = 0; i < nr_hogs; i++) {
		printf("%u: %lu\n", i, ns[i]);
		if (i < nr_highpri && ns[i] < least)
			least = ns[i];
	}
	for (i = nr_highpri; i < nr_hogs; i++)
		EXPECT_LT(ns[i], least);
	for (i = 0; i < nr_hogs; i++)
		hog_kill(&hogs[i]);
	sched_stop(&sched);
}
