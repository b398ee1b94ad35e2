// SPDX-License-Identifier: GPL-2.0
/*
 * What scheds/pair promises: two cgroups never run on a pair at the same time.
 *
 * Tasks bound to the CPUs of a pair write down when they ran; two spans that overlap
 * are two tasks that ran at the same time. And every switch of every CPU is watched.
 */
#include <inttypes.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include "cmd.h"
#include "diary.h"
#include "sched.h"
#include "hog.h"
#include "runs.h"
#include "stall.h"
#include "tap.h"

/* With four CPUs, CPU 0 pairs with CPU 2. */
#define CPU_A 0
#define CPU_B 2
#define CPU_OF_OTHER_PAIR 1

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Two tasks, in @cgroup_a on CPU_A and in @cgroup_b on @cpu_b: which part of what
 * the one that ran less did run, the other one ran, too.
 */
static double overlap_of(const char *cgroup_a, const char *cgroup_b, int cpu_b)
{
	struct diary *a = diary_create(), *b = diary_create();
	uint64_t ns[5], least;
	struct hog hogs[5];
	unsigned int i;
	double part;

	cgroup_make(cgroup_a, 0);
	cgroup_make(cgroup_b, 0);
	hogs[0] = hog_start(.cpu = 1 + CPU_A, .cgroup = cgroup_a, .fn = diary_write, .arg = a);
	hogs[1] = hog_start(.cpu = 1 + cpu_b, .cgroup = cgroup_b, .fn = diary_write, .arg = b);
	/*
	 * With company, so that spans end even if nobody has to make way. Not with the same
	 * for both: their turns could keep step.
	 */
	hogs[2] = hog_start(.cpu = 1 + CPU_A, .cgroup = cgroup_a);
	hogs[3] = hog_start(.cpu = 1 + cpu_b, .cgroup = cgroup_b);
	hogs[4] = hog_start(.cpu = 1 + cpu_b, .cgroup = cgroup_b);
	hogs_measure(hogs, 5, 8 * NSEC_PER_SEC, ns);

	least = min(diary_total_ns(a), diary_total_ns(b));
	part = (double)diary_overlap_ns(a, b) / (least ?: 1);
	printf("%u and %u spans of %.3f and %.3f s, %.6f of it together\n", a->nr, b->nr,
	       diary_total_ns(a) * 1e-9, diary_total_ns(b) * 1e-9, part);
	/* Both must have run, or there was nothing to see. */
	EXPECT_GE(min(a->nr, b->nr), 20);
	for (i = 0; i < 5; i++)
		hog_kill(&hogs[i]);
	return part;
}

SCHED_TEST(two_cgroups_never_run_on_a_pair_at_the_same_time)
{
	struct loaded sched;

	sched_start(&sched, "scx_pair");
	EXPECT_EQ(overlap_of("A", "B", CPU_B), 0.0);
	sched_stop(&sched);
}

static _Noreturn void wake_often(void *nap)
{
	for (;;)
		nanosleep(nap, NULL);
}

SCHED_TEST(nor_do_they_when_a_higher_class_takes_a_cpu_now_and_then)
{
	static struct timespec nap = { .tv_nsec = 7 * NSEC_PER_MSEC };
	struct loaded sched;

	sched_start(&sched, "scx_pair");
	hog_start(.cpu = 1 + CPU_A, .policy = SCHED_FIFO, .fn = wake_often, .arg = &nap);
	EXPECT_EQ(overlap_of("A", "B", CPU_B), 0.0);
	sched_next_stats(&sched);
	EXPECT_GT(sched_stat(&sched, "preemptions"), 100);
	sched_stop(&sched);
}

/* Runs in A, then in B, and so on, and writes down when it ran in B. */
static void change_sides(void *diary)
{
	struct diary *in_a = diary_create();

	do {
		if (cg_enter("A", 0) || !diary_write_span(in_a) || cg_enter("B", 0))
			return;
	} while (diary_write_span(diary));
}

SCHED_TEST(a_task_that_is_moved_while_it_runs_makes_way)
{
	struct diary *a = diary_create(), *b = diary_create();
	struct loaded sched;
	struct hog hogs[2];
	uint64_t ns[2];

	cgroup_make("A", 0);
	cgroup_make("B", 0);
	sched_start(&sched, "scx_pair");
	hogs[0] = hog_start(.cpu = 1 + CPU_A, .cgroup = "A", .fn = diary_write, .arg = a);
	hogs[1] = hog_start(.cpu = 1 + CPU_B, .fn = change_sides, .arg = b);
	/* A move takes its time. */
	while (b->nr < 20)
		hogs_measure(hogs, 2, NSEC_PER_SEC / 4, ns);
	printf("%u and %u spans of %.3f and %.3f s\n", a->nr, b->nr, diary_total_ns(a) * 1e-9,
	       diary_total_ns(b) * 1e-9);
	EXPECT_GE(a->nr, 20);
	EXPECT_EQ(diary_overlap_ns(a, b), 0);
	hog_kill(&hogs[0]);
	hog_kill(&hogs[1]);
	sched_stop(&sched);
}

/* Now a real-time task, now not, and then it writes down when it runs, also after it was preempted. */
static void change_classes(void *diary)
{
	static const struct timespec nap = { .tv_nsec = NSEC_PER_MSEC };

	do {
		if (set_policy(0, SCHED_FIFO, 1) || nanosleep(&nap, NULL) ||
		    set_policy(0, SCHED_OTHER, 0))
			return;
	} while (diary_write_span(diary) && diary_write_span(diary));
}

SCHED_TEST(a_task_that_comes_back_from_a_higher_class_makes_way)
{
	/* Takes the CPU from it once more, as long as nobody was asked whether it may run. */
	static struct timespec nap = { .tv_nsec = 5 * NSEC_PER_MSEC };
	struct diary *a = diary_create(), *b = diary_create();
	struct loaded sched;
	struct hog hogs[3];
	uint64_t ns[3];

	cgroup_make("A", 0);
	cgroup_make("B", 0);
	sched_start(&sched, "scx_pair");
	hogs[0] = hog_start(.cpu = 1 + CPU_A, .cgroup = "A", .fn = diary_write, .arg = a);
	hogs[1] = hog_start(.cpu = 1 + CPU_A, .cgroup = "A");
	hogs[2] = hog_start(.cpu = 1 + CPU_B, .cgroup = "B", .fn = change_classes, .arg = b);
	hog_start(.cpu = 1 + CPU_B, .policy = SCHED_FIFO, .fn = wake_often, .arg = &nap);
	while (a->nr < 20 || b->nr < 100)
		hogs_measure(hogs, 3, NSEC_PER_SEC / 4, ns);
	printf("%u and %u spans of %.3f and %.3f s\n", a->nr, b->nr, diary_total_ns(a) * 1e-9,
	       diary_total_ns(b) * 1e-9);
	EXPECT_EQ(diary_overlap_ns(a, b), 0);
	sched_next_stats(&sched);
	EXPECT_GT(sched_stat(&sched, "preemptions"), 0);
	hog_kill(&hogs[0]);
	hog_kill(&hogs[1]);
	hog_kill(&hogs[2]);
	sched_stop(&sched);
}

SCHED_TEST(one_cgroup_runs_on_both_cpus_of_a_pair)
{
	struct loaded sched;

	sched_start(&sched, "scx_pair");
	EXPECT_GT(overlap_of("A", "A", CPU_B), 0.2);
	sched_stop(&sched);
}

SCHED_TEST(cpus_of_different_pairs_do_not_care)
{
	struct loaded sched;

	sched_start(&sched, "scx_pair");
	EXPECT_GT(overlap_of("A", "B", CPU_OF_OTHER_PAIR), 0.3);
	sched_stop(&sched);
}

/*
 * How tasks of three cgroups, that of the test, and kernel threads run on all CPUs: how long two
 * cgroups were seen on a pair, in ns.
 */
static uint64_t clashes_of(const char *scheduler)
{
	static const char *const cgroups[] = { "A", "B", "C" };
	static struct timespec nap = { .tv_nsec = 3 * NSEC_PER_MSEC };
	struct runs_bpf *runs;
	uint64_t total = 0;
	struct clashes c;
	struct loaded sched;
	struct hog hogs[9];
	uint64_t ns[6];
	unsigned int i;

	for (i = 0; i < 3; i++)
		cgroup_make(cgroups[i], 0);
	sched_start(&sched, scheduler);
	for (i = 0; i < 6; i++)
		hogs[i] = hog_start(.cgroup = cgroups[i % 3]);
	for (; i < 9; i++)
		hogs[i] = hog_start(.cgroup = cgroups[i % 3], .fn = wake_often, .arg = &nap);
	hogs_measure(hogs, 6, NSEC_PER_SEC / 2, ns);
	runs = runs_start();
	hogs_measure(hogs, 6, 4 * NSEC_PER_SEC, ns);
	runs_stop(runs);
	for (i = 0; i < 9; i++)
		hog_kill(&hogs[i]);
	sched_stop(&sched);

	for (i = 0; i < 2; i++) {
		c = runs_clashes(runs, i, i + 2);
		printf("CPUs %u and %u: %u runs, %u clashes, the longest of %" PRIu64 " ns: "
		       "task %d beside task %d\n",
		       i, i + 2, c.nr_runs, c.nr, c.longest_ns, c.a.pid, c.b.pid);
		EXPECT_GT(c.nr_changes, 20);
		total += c.total_ns;
	}
	runs_free(runs);
	return total;
}

/*
 * A CPU makes way a moment before it switches, and the other one may come first. On the clock that
 * counts instructions a CPU may stop in that moment, but not often and not for long.
 */
#define MOMENTS_NS (10 * NSEC_PER_MSEC)

SCHED_TEST(no_switch_brings_two_cgroups_together_on_a_pair)
{
	EXPECT_LT(clashes_of("scx_pair"), MOMENTS_NS);
}

SCHED_TEST(the_check_of_switches_sees_cgroups_that_do_run_at_the_same_time)
{
	EXPECT_GT(clashes_of("scx_simple"), 10 * MOMENTS_NS);
}

SCHED_TEST(the_check_sees_cgroups_that_do_run_at_the_same_time)
{
	struct loaded sched;

	sched_start(&sched, "scx_simple");
	EXPECT_GT(overlap_of("A", "B", CPU_B), 0.3);
	sched_stop(&sched);
}

SCHED_TEST(a_cpu_that_stops_while_it_queues_a_task_is_passed_by)
{
	enum { NR = 8 };
	static struct timespec naps[NR];
	struct hog sleepers[NR];
	struct stall_bpf *stall;
	struct loaded sched;
	unsigned int i;
	uint64_t ns;

	cgroup_make("A", 0);
	sched_start(&sched, "scx_pair");
	for (i = 0; i < NR; i++) {
		naps[i].tv_nsec = NSEC_PER_MSEC + i * 130000;
		sleepers[i] = hog_start(.cgroup = "A", .fn = wake_often, .arg = &naps[i]);
	}
	stall = stall_stores("fifos", 50, 30 * NSEC_PER_MSEC);
	i = 0;
	do
		sched_next_stats(&sched);
	while (sched_stat(&sched, "passed") < 20 && ++i < 60);
	EXPECT_GE(sched_stat(&sched, "passed"), 20);
	stall_stop(stall);
	for (i = 0; i < NR; i++) {
		ns = hog_cpu_ns(&sleepers[i]);
		EXPECT_TRUE(WAIT_FOR(hog_cpu_ns(&sleepers[i]) > ns));
		hog_kill(&sleepers[i]);
	}
	sched_stop(&sched);
}

/* Each CPU has to leave the other's cgroup to it, whichever it is that chooses. */
SCHED_TEST(two_cgroups_that_are_bound_to_one_cpu_of_a_pair_each_take_turns)
{
	struct hog hogs[2];
	struct loaded sched;
	uint64_t ns[2];
	unsigned int i;

	cgroup_make("A", 0);
	cgroup_make("B", 0);
	sched_start(&sched, "scx_pair");
	hogs[0] = hog_start(.cgroup = "A", .cpu = 1 + CPU_A);
	hogs[1] = hog_start(.cgroup = "B", .cpu = 1 + CPU_B);
	hogs_measure(hogs, 2, NSEC_PER_SEC / 2, ns);
	hogs_measure(hogs, 2, 2 * NSEC_PER_SEC, ns);
	for (i = 0; i < 2; i++) {
		EXPECT_GT(ns[i], NSEC_PER_SEC / 2);
		hog_kill(&hogs[i]);
	}
	sched_stop(&sched);
}

SCHED_TEST(a_task_is_found_behind_many_that_may_not_run_there)
{
	enum { NR = 41 };
	struct hog hogs[NR];
	struct loaded sched;
	uint64_t ns[NR];
	unsigned int i;

	cgroup_make("A", 0);
	sched_start(&sched, "scx_pair");
	for (i = 0; i < NR - 1; i++)
		hogs[i] = hog_start(.cgroup = "A", .cpu = 1 + CPU_B);
	hogs[i] = hog_start(.cgroup = "A", .cpu = 1 + CPU_A);
	hogs_measure(hogs, NR, NSEC_PER_SEC / 2, ns);
	hogs_measure(hogs, NR, 2 * NSEC_PER_SEC, ns);
	printf("%.3f s\n", ns[NR - 1] * 1e-9);
	/* Nobody else wants its CPU, which runs beside the other one. */
	EXPECT_GT(ns[NR - 1], NSEC_PER_SEC * 9 / 10);
	for (i = 0; i < NR; i++)
		hog_kill(&hogs[i]);
	sched_stop(&sched);
}

SCHED_TEST(every_cgroup_gets_its_turn)
{
	static const char *const cgroups[] = { "A", "B", "C" };
	struct hog hogs[6];
	struct loaded sched;
	uint64_t ns[6];
	unsigned int i;

	for (i = 0; i < 3; i++)
		cgroup_make(cgroups[i], 0);
	sched_start(&sched, "scx_pair");
	for (i = 0; i < 6; i++)
		hogs[i] = hog_start(.cgroup = cgroups[i % 3]);
	hogs_measure(hogs, 6, NSEC_PER_SEC / 2, ns);
	hogs_measure(hogs, 6, 3 * NSEC_PER_SEC, ns);
	for (i = 0; i < 6; i++)
		EXPECT_GT(ns[i], NSEC_PER_SEC / 8);
	sched_next_stats(&sched);
	EXPECT_GT(sched_stat(&sched, "cgnext"), 0);
	sched_stop(&sched);
}

/* Change something about @hog in round @i, so that it is queued anew if it waits. */
static void disturb(const struct hog *hog, unsigned int i)
{
	ASSERT_EQ(setpriority(PRIO_PROCESS, hog->pid, i % 3), 0);
}

SCHED_TEST(cgroups_come_and_go_while_others_run)
{
	struct hog stays, goes[2];
	struct loaded sched;
	unsigned int i, j;
	uint64_t ns[2];

	cgroup_make("A", 0);
	sched_start(&sched, "scx_pair");
	stays = hog_start(.cgroup = "A");
	for (i = 0; i < 20; i++) {
		cgroup_make("B", 0);
		for (j = 0; j < 2; j++)
			goes[j] = hog_start(.cgroup = "B", .cpu = 1 + CPU_A);
		hogs_measure(goes, 2, NSEC_PER_SEC / 20, ns);
		/* Stale pids stay in the FIFO. */
		for (j = 0; j < 40; j++)
			disturb(&goes[j % 2], j);
		for (j = 0; j < 2; j++)
			hog_kill(&goes[j]);
		cgroup_remove("B");
	}
	hogs_measure(&stays, 1, NSEC_PER_SEC / 10, ns);
	hog_kill(&stays);
	sched_next_stats(&sched);
	EXPECT_GT(sched_stat(&sched, "missing"), 0);
	sched_stop(&sched);
}

/* They are popped where they may not run, and queued again, while others queue them, too. */
SCHED_TEST(tasks_that_change_cpus_and_cgroups_while_they_wait_are_not_lost)
{
	static const char *const cgroups[] = { "A", "B", "C" };
	enum { NR = 9 };
	struct hog hogs[NR];
	struct loaded sched;
	unsigned int i, j;
	uint64_t ns;

	for (i = 0; i < 3; i++)
		cgroup_make(cgroups[i], 0);
	sched_start(&sched, "scx_pair");
	for (i = 0; i < NR; i++)
		hogs[i] = hog_start(.cgroup = cgroups[i % 3]);
	for (i = 0; i < 600; i++) {
		const struct hog *hog = &hogs[i % NR];
		char pid[16];

		for (j = 0; j < 3; j++)
			ASSERT_EQ(set_affinity(hog->pid, 1 << (i + j) % 4), 0);
		disturb(hog, i);
		snprintf(pid, sizeof(pid), "%d", hog->pid);
		if (i % 4 == 0)
			cgroup_write(cgroups[i / 4 % 3], "cgroup.procs", pid);
	}
	for (i = 0; i < NR; i++) {
		ns = hog_cpu_ns(&hogs[i]);
		while (hog_cpu_ns(&hogs[i]) == ns)
			sched_next_stats(&sched);
		hog_kill(&hogs[i]);
	}
	EXPECT_GT(sched_stat(&sched, "mismatch"), 0);
	sched_stop(&sched);
}

SCHED_TEST(a_stride_that_pairs_nobody_is_an_error)
{
	struct cmd_result r;

	ASSERT_EQ(CMD(&r, NULL, cmd_program("scx_pair"), "-S", "4"), 0);
	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, "stride 4 does not pair 4 CPUs");
	cmd_result_exit(&r);
}
