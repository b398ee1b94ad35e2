// SPDX-License-Identifier: GPL-2.0
/*
 * Core scheduling: the threads of a core run tasks of the same cookie only. Tasks without a cookie
 * count as those of one more cookie.
 *
 * A CPU picks for its whole core and tells the sibling, so for as long as that takes the sibling
 * still runs what it ran: what can be checked is who does not get to run for good.
 */
#include "core.h"

/*
 * Who runs beside whom
 */

TEST(a_task_of_another_cookie_does_not_run_beside_one)
{
	struct worker *a = start_on(LEFT), *b = start_on(RIGHT);
	struct sched *s = SCHED_START(open_core(0));

	worker_start_spin(a);
	expect_waits_for(s, b, a);
	rig_stop(s);
}

TEST(a_task_without_a_cookie_does_not_run_beside_one_with)
{
	struct worker *a = start_on(LEFT), *b = worker_start(.cpus = 1 << RIGHT);
	struct sched *s = SCHED_START(open_core(0));
	unsigned long turns_a, turns_b;

	worker_start_spin(a);
	atomic_store(&b->page->stop, false);
	worker_post(b, worker_spin);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, b->pid)));
	turns_a = atomic_load(&a->page->nr_turns);
	turns_b = atomic_load(&b->page->nr_turns);
	EXPECT_TRUE(WAIT_FOR(atomic_load(&a->page->nr_turns) > turns_a + 20 * NR_TURNS));
	/* it does beside a kernel thread that interrupts the other one */
	EXPECT_LT(atomic_load(&b->page->nr_turns), turns_b + 10 * NR_TURNS);
	worker_stop_spin(a);
	EXPECT_TRUE(worker_spins_on(b));
	worker_stop_spin(b);
	rig_stop(s);
}

TEST(nor_the_other_way_round)
{
	struct worker *a = worker_start(.cpus = 1 << LEFT), *b = start_on(RIGHT);
	struct sched *s = SCHED_START(open_core(0));

	worker_start_spin(a);
	expect_waits_for(s, b, a);
	rig_stop(s);
}

TEST(tasks_of_one_cookie_run_beside_each_other)
{
	struct worker *a = start_on(LEFT), *b = worker_start(.cpus = 1 << RIGHT);
	struct sched *s;

	share_cookie(a, b);
	s = SCHED_START(open_core(0));
	worker_start_spin(a);
	worker_start_spin(b);
	EXPECT_TRUE(worker_spins_on(a));
	EXPECT_TRUE(worker_spins_on(b));
	worker_stop_spin(a);
	worker_stop_spin(b);
	rig_stop(s);
}

TEST(tasks_of_different_cookies_take_turns)
{
	struct worker *w[] = { start_on(LEFT), start_on(RIGHT), start_on(LEFT) };
	struct lab_bpf *skel = open_core(0);
	struct sched *s;
	size_t i;
	int turn;

	skel->bss->knobs.enqueue.slice = 2000000;
	skel->data->journal_mask = 0;
	s = SCHED_START(skel);
	for (i = 0; i < ARRAY_SIZE(w); i++)
		worker_start_spin(w[i]);
	for (turn = 0; turn < 5; turn++)
		for (i = 0; i < ARRAY_SIZE(w); i++)
			EXPECT_TRUE(worker_spins_on(w[i]));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		worker_stop_spin(w[i]);
	sched_stop(s);
}

TEST(a_fair_task_of_another_cookie_has_the_core_first)
{
	struct worker *fair = worker_start(.normal = true, .cpus = 1 << RIGHT);
	struct worker *a = start_on(LEFT);
	struct sched *s;

	give_cookie(fair);
	s = SCHED_START(open_core(0));
	worker_start_spin(fair);
	expect_waits_for(s, a, fair);
	rig_stop(s);
}

/* How often @w had to make way for somebody. */
static long nr_preempted(const struct worker *w)
{
	const char *value =
		line_value(file_read("/proc/%d/status", w->pid), "nonvoluntary_ctxt_switches");

	ASSERT_TRUE(value);
	return atol(value);
}

TEST(a_task_runs_beside_a_fair_one_of_its_cookie_whoever_else_is_there)
{
	enum { NR_ROUNDS = 200 };
	struct worker *stranger = worker_start(.normal = true, .cpus = 1 << RIGHT);
	struct worker *friend = worker_start(.normal = true, .cpus = 1 << RIGHT);
	struct worker *a = start_on(LEFT);
	struct sched *s;
	u32 nr_runs;
	long begin;

	give_cookie(stranger);
	share_cookie(a, friend);
	s = SCHED_START(open_core(0));
	worker_start_spin(a);
	worker_start_spin(stranger);
	worker_start_spin(friend);
	/* these two take turns on one CPU, and when it is the friend's the other one is for a */
	begin = nr_preempted(friend);
	nr_runs = journal_count(s, J_running, a->pid);
	ASSERT_TRUE(WAIT_FOR(nr_preempted(friend) > begin + NR_ROUNDS));
	/* if that one is not too slow to take it */
	EXPECT_GT(journal_count(s, J_running, a->pid), nr_runs + NR_ROUNDS / 8);
	worker_stop_spin(stranger);
	worker_stop_spin(friend);
	worker_stop_spin(a);
	rig_stop(s);
}

TEST(a_task_stays_when_friends_of_it_take_turns_on_the_sibling)
{
	enum { NR_ROUNDS = 200 };
	struct worker *friend = worker_start(.normal = true, .cpus = 1 << RIGHT);
	struct worker *other = worker_start(.normal = true, .cpus = 1 << RIGHT);
	struct worker *a = start_on(LEFT);
	struct sched *s;
	u32 nr_runs;
	long begin;

	share_cookie(a, friend);
	share_cookie(a, other);
	s = SCHED_START(open_core(0));
	worker_start_spin(friend);
	worker_start_spin(other);
	worker_start_spin(a);
	begin = nr_preempted(friend);
	nr_runs = journal_count(s, J_running, a->pid);
	ASSERT_TRUE(WAIT_FOR(nr_preempted(friend) > begin + NR_ROUNDS));
	/* a kernel thread may want its CPU now and then */
	EXPECT_LT(journal_count(s, J_running, a->pid), nr_runs + NR_ROUNDS / 2);
	worker_stop_spin(friend);
	worker_stop_spin(other);
	worker_stop_spin(a);
	rig_stop(s);
}

/*
 * Coming and going
 */

TEST(cookies_may_change_while_tasks_run_and_wait)
{
	struct worker *w[] = { worker_start(.cpus = 1 << LEFT), worker_start(.cpus = 1 << RIGHT),
			       worker_start(.cpus = 1 << LEFT), worker_start(.cpus = 1 << RIGHT) };
	struct lab_bpf *skel = open_core(0);
	struct sched *s;
	size_t i;
	int turn;

	skel->bss->knobs.enqueue.slice = 2000000;
	skel->data->journal_mask = 0;
	s = SCHED_START(skel);
	for (i = 0; i < ARRAY_SIZE(w); i++)
		worker_start_spin(w[i]);
	for (turn = 0; turn < 10; turn++) {
		for (i = 0; i < ARRAY_SIZE(w); i++)
			give_cookie(w[i]);
		share_cookie(w[turn % 4], w[(turn + 1) % 4]);
		for (i = 0; i < ARRAY_SIZE(w); i++)
			EXPECT_TRUE(worker_spins_on(w[i]));
	}
	for (i = 0; i < ARRAY_SIZE(w); i++)
		worker_stop_spin(w[i]);
	sched_stop(s);
}

TEST(a_scheduler_comes_and_goes_while_there_are_cookies)
{
	struct worker *a = start_on(LEFT), *b = start_on(RIGHT), *kept = start_on(RIGHT);
	int turn;

	worker_start_spin(a);
	worker_start_spin(b);
	for (turn = 0; turn < 3; turn++) {
		struct lab_bpf *skel = open_core(0);
		struct sched *s;

		skel->bss->knobs.enqueue.slice = 2000000;
		s = SCHED_START(skel);
		EXPECT_TRUE(worker_spins_on(a));
		EXPECT_TRUE(worker_spins_on(b));
		skel->bss->knobs.enqueue.how = HOW_NOTHING;
		post_waiting(s, kept);
		ASSERT_EQ(bpf_link__destroy(s->link), 0);
		worker_wait(kept);
		EXPECT_TRUE(worker_spins_on(a));
		EXPECT_TRUE(worker_spins_on(b));
		lab_bpf__destroy(skel);
	}
	workers_check_alive();
}

TEST(a_scheduler_that_fails_gives_the_core_back)
{
	struct worker *a = start_on(LEFT), *b = start_on(RIGHT);
	struct sched *s = SCHED_START(open_core(0));

	worker_start_spin(a);
	/* for ever, as far as this one is concerned */
	post_waiting(s, b);
	LAB_DO(s, ERROR, 1);
	worker_wait(b);
	EXPECT_TRUE(worker_spins_on(a));
	sched_expect_exit(s, KIND_ERROR_BPF, "error asked for with 1");
}
