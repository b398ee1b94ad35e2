// SPDX-License-Identifier: GPL-2.0
/* What scheds/central promises. */
#include <sched.h>

#include "cmd.h"
#include "diary.h"
#include "sched.h"
#include "hog.h"
#include "stall.h"
#include "tap.h"

#define SLICE_NS (20 * NSEC_PER_MSEC)

/* What a kick takes to have effect, at most, on a kernel that checks locks. */
#define KICK_NS (NSEC_PER_MSEC / 5)

static uint64_t longest_ns(const struct diary *diary)
{
	uint64_t ns, longest = 0;
	unsigned int i;

	for (i = 0; i < diary->nr; i++) {
		ns = diary->spans[i].end - diary->spans[i].begin;
		if (ns > longest)
			longest = ns;
	}
	return longest;
}

/* How many turns took from @least to @most ns. */
static unsigned int nr_turns(const struct diary *diary, uint64_t least, uint64_t most)
{
	unsigned int i, nr = 0;
	uint64_t ns;

	for (i = 0; i < diary->nr; i++) {
		ns = diary->spans[i].end - diary->spans[i].begin;
		if (ns >= least && ns <= most)
			nr++;
	}
	return nr;
}

/* How many turns ended with a slice: at the tick after it, or earlier, when the timer looks. */
static unsigned int nr_slice_ends(const struct diary *diary)
{
	return nr_turns(diary, SLICE_NS - KICK_NS, SLICE_NS + tick_ns() + KICK_NS);
}

/* How many turns went on when the timer had looked: it does so each millisecond. */
static unsigned int nr_late_ends(const struct diary *diary)
{
	return nr_turns(diary, SLICE_NS + NSEC_PER_MSEC + KICK_NS + 1, UINT64_MAX);
}

SCHED_TEST(a_cpu_with_one_hog_has_no_switch_at_the_end_of_a_slice)
{
	struct diary *diary = diary_create();
	struct loaded sched;
	struct hog hog;
	uint64_t ns;

	sched_start(&sched, "scx_central");
	hog = hog_start(.cpu = 1 + 2, .fn = diary_write, .arg = diary);
	hogs_measure(&hog, 1, 4 * NSEC_PER_SEC, &ns);
	printf("%u turns in %llu ms, %u as long as a slice, the longest of %.3f ms\n", diary->nr,
	       ns / NSEC_PER_MSEC, nr_slice_ends(diary), (double)longest_ns(diary) / NSEC_PER_MSEC);
	/* Kernel threads end turns, at any time. */
	EXPECT_LE(nr_slice_ends(diary), ns / SLICE_NS / 50);
	EXPECT_GE(longest_ns(diary), 10 * SLICE_NS);
	hog_kill(&hog);
	sched_stop(&sched);
}

SCHED_TEST(two_hogs_on_a_cpu_switch_after_a_slice_and_get_half)
{
	bool kasan = kernel_has_kasan();
	struct diary *diaries[2];
	struct hog hogs[2];
	struct loaded sched;
	uint64_t ns[2], total;
	unsigned int i;

	sched_start(&sched, "scx_central");
	for (i = 0; i < 2; i++) {
		diaries[i] = diary_create();
		hogs[i] = hog_start(.cpu = 1 + 2, .fn = diary_write, .arg = diaries[i]);
	}
	hogs_measure(hogs, 2, 4 * NSEC_PER_SEC, ns);
	/* So that the diaries end here, too. */
	for (i = 0; i < 2; i++)
		hog_kill(&hogs[i]);
	for (i = 0; i < 2; i++) {
		printf("%u turns in %llu ms, %u of them late, the longest of %.3f ms\n",
		       diaries[i]->nr, ns[i] / NSEC_PER_MSEC, nr_late_ends(diaries[i]),
		       (double)longest_ns(diaries[i]) / NSEC_PER_MSEC);
		/* BPF timers are soft interrupts, of which some come late with KASAN. */
		EXPECT_LE(nr_late_ends(diaries[i]), kasan ? diaries[i]->nr / 20 : 0);
		/* Kernel threads end some early. */
		EXPECT_LE(diaries[i]->nr, ns[i] / SLICE_NS * 11 / 10);
	}
	total = ns[0] + ns[1];
	/* Half, give or take a turn for each that was short. */
	EXPECT_GE(ns[0], total * 48 / 100);
	EXPECT_LE(ns[0], total * 52 / 100);
	sched_stop(&sched);
}

SCHED_TEST(every_cpu_is_used_and_every_hog_runs)
{
	struct loaded sched;
	struct hog hogs[8];
	uint64_t ns[8];
	unsigned int i;

	sched_start(&sched, "scx_central", "-c", "3", "-s", "5000");
	for (i = 0; i < 8; i++)
		hogs[i] = hog_start();
	hogs_measure(hogs, 8, NSEC_PER_SEC, ns);
	hogs_measure(hogs, 8, 4 * NSEC_PER_SEC, ns);
	for (i = 0; i < 8; i++)
		EXPECT_GT(ns[i], 4 * NSEC_PER_SEC / 8 / 4);
	sched_next_stats(&sched);
	sched_stop(&sched);
}

static bool is_one_of(pid_t pid, const struct hog *hogs, unsigned int nr)
{
	while (nr--)
		if (hogs[nr].pid == pid)
			return true;
	return false;
}

SCHED_TEST(a_task_that_may_no_longer_run_where_it_is_given_to_is_no_error)
{
	enum { NR = 8, NR_CHANGES = 20 };
	struct stall_bpf *stall;
	unsigned int i, nr = 0;
	struct hog hogs[NR];
	struct loaded sched;
	pid_t pid;
	int cpu;

	sched_start(&sched, "scx_central", "-s", "2000");
	for (i = 0; i < NR; i++)
		hogs[i] = hog_start();
	stall = stall_inserts(5, 10 * NSEC_PER_MSEC);
	/* So that it goes on while the central CPU stands still. */
	pin_self(1);
	ASSERT_EQ(set_policy(0, SCHED_FIFO, 1), 0);
	for (i = 0; i < 10000 && nr < NR_CHANGES; i++) {
		wait_nap();
		if (!stalled_insert(stall, &pid, &cpu) || !is_one_of(pid, hogs, NR))
			continue;
		ASSERT_EQ(set_affinity(pid, 0xf & ~(1 << cpu)), 0);
		nr++;
	}
	ASSERT_EQ(set_policy(0, SCHED_OTHER, 0), 0);
	EXPECT_EQ(nr, NR_CHANGES);
	stall_stop(stall);
	for (i = 0; i < NR; i++)
		hog_kill(&hogs[i]);
	sched_stop(&sched);
}

SCHED_TEST(a_central_cpu_that_is_offline_is_an_error)
{
	struct cmd_result r;

	ASSERT_EQ(cpu_set_online(3, false), 0);
	ASSERT_EQ(CMD(&r, NULL, cmd_program("scx_central"), "-c", "3"), 0);
	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, "central CPU 3 (is it online?)");
	cmd_result_exit(&r);
	ASSERT_EQ(cpu_set_online(3, true), 0);
}
