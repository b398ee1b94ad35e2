// SPDX-License-Identifier: GPL-2.0
/*
 * Core scheduling: the threads of a core run tasks of the same cookie only. Tasks without a cookie
 * count as those of one more cookie.
 *
 * A CPU picks for its whole core and tells the sibling, so for as long as that takes the sibling
 * still runs what it ran: what can be checked is who does not get to run for good.
 */
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

enum {
	LEFT = 2, /* the threads of one core */
	RIGHT = 3,
	NR_TURNS = 1000000,
};

static struct lab_bpf *open_core(u32 nr_dsqs)
{
	struct lab_bpf *skel;

	ASSERT_STREQ(file_read("/sys/devices/system/cpu/cpu3/topology/thread_siblings_list"),
		     "2-3");
	skel = rig_open(nr_dsqs);
	skel->data->journal_mask &= ~J_BIT(core_sched_before);
	return skel;
}

/*
 * Cookies
 */

static int core_prctl(int cmd, pid_t pid, unsigned long *cookie)
{
	return prctl(PR_SCHED_CORE, cmd, pid, PR_SCHED_CORE_SCOPE_THREAD, (unsigned long)cookie);
}

static unsigned long cookie_of(const struct worker *w)
{
	unsigned long cookie = 0;

	ASSERT_EQ(core_prctl(PR_SCHED_CORE_GET, w->pid, &cookie), 0);
	return cookie;
}

/* A cookie that nobody else has. */
static void give_cookie(const struct worker *w)
{
	ASSERT_EQ(core_prctl(PR_SCHED_CORE_CREATE, w->pid, NULL), 0);
	ASSERT_NE(cookie_of(w), 0);
}

/* @to gets the cookie of @from, through a process that has it meanwhile. */
static void share_cookie(const struct worker *from, const struct worker *to)
{
	pid_t pid = fork();
	int status;

	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(core_prctl(PR_SCHED_CORE_SHARE_FROM, from->pid, NULL) ||
		      core_prctl(PR_SCHED_CORE_SHARE_TO, to->pid, NULL));
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_EQ(status, 0);
	ASSERT_EQ(cookie_of(to), cookie_of(from));
}

/* A worker with a cookie of its own on @cpu. */
static struct worker *start_on(int cpu)
{
	struct worker *w = worker_start(.cpus = 1 << cpu);

	give_cookie(w);
	return w;
}

/* Wake @w, which cannot run yet. */
static void post_waiting(const struct sched *s, struct worker *w)
{
	u32 before = journal_count(s, J_enqueue, w->pid);

	worker_post(w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, w->pid) > before));
}

/* While @spinning goes on, @w, woken, does not run; and it does when the other has stopped. */
static void expect_waits_for(const struct sched *s, struct worker *w, struct worker *spinning)
{
	unsigned long turns;

	post_waiting(s, w);
	turns = atomic_load(&spinning->page->nr_turns);
	EXPECT_TRUE(WAIT_FOR(atomic_load(&spinning->page->nr_turns) > turns + NR_TURNS));
	EXPECT_EQ(journal_count(s, J_running, w->pid), 0);
	worker_stop_spin(spinning);
	worker_wait(w);
	EXPECT_GT(journal_count(s, J_running, w->pid), 0);
}

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
 * Who is first
 */

/*
 * Two tasks of different cookies, one on each thread, wait for a third; @first is posted first.
 * True if it also runs first.
 */
static bool runs_first(const struct sched *s, struct worker *holder, struct worker *first,
		       struct worker *second)
{
	u32 from_first = journal_count(s, J_running, first->pid);
	u32 from_second = journal_count(s, J_running, second->pid);

	worker_start_spin(holder);
	post_waiting(s, first);
	post_waiting(s, second);
	EXPECT_EQ(journal_count(s, J_running, first->pid), from_first);
	EXPECT_EQ(journal_count(s, J_running, second->pid), from_second);
	worker_stop_spin(holder);
	worker_wait(first);
	worker_wait(second);
	return journal_find(s, J_running, first->pid, from_first) <
	       journal_find(s, J_running, second->pid, from_second);
}

TEST(without_a_callback_the_one_that_has_waited_longest_is_first)
{
	struct worker *holder = start_on(LEFT);
	struct worker *left = start_on(LEFT), *right = start_on(RIGHT);
	struct sched *s = SCHED_START(open_core(0));
	int turn;

	for (turn = 0; turn < 5; turn++) {
		EXPECT_TRUE(runs_first(s, holder, left, right));
		EXPECT_TRUE(runs_first(s, holder, right, left));
	}
	rig_stop(s);
}

static void set_vtime(struct lab_bpf *skel, const struct worker *w, u64 vtime)
{
	ASSERT_EQ(bpf_map__update_elem(skel->maps.vtimes, &w->pid, sizeof(w->pid), &vtime,
				       sizeof(vtime), 0),
		  0);
}

COVERS(core_sched_before);

TEST(core_sched_before_says_who_is_first)
{
	struct worker *holder = start_on(LEFT);
	struct worker *left = start_on(LEFT), *right = start_on(RIGHT);
	struct lab_bpf *skel = open_core(0);
	struct sched *s;

	/* it goes by vtime; without one the holder has 0 */
	skel->struct_ops.ops->core_sched_before = skel->progs.lab_core_sched_before;
	s = SCHED_START(skel);
	set_vtime(skel, left, 10);
	set_vtime(skel, right, 20);
	EXPECT_TRUE(runs_first(s, holder, left, right));
	EXPECT_FALSE(runs_first(s, holder, right, left));
	set_vtime(skel, left, 30);
	EXPECT_FALSE(runs_first(s, holder, left, right));
	EXPECT_TRUE(runs_first(s, holder, right, left));
	rig_stop(s);
}

TEST(core_sched_before_is_asked_about_two_tasks_of_the_scheduler)
{
	struct worker *a = start_on(LEFT), *b = start_on(RIGHT);
	struct lab_bpf *skel = open_core(0);
	const struct journal_entry *e;
	struct sched *s;
	u32 i;

	skel->struct_ops.ops->core_sched_before = skel->progs.lab_core_sched_before;
	skel->data->journal_mask |= J_BIT(core_sched_before);
	s = SCHED_START(skel);
	set_vtime(skel, b, 10);
	worker_start_spin(a);
	expect_waits_for(s, b, a);
	ASSERT_GT(journal_count(s, J_core_sched_before, -1), 0);
	for (i = 0; i < journal_count(s, J_core_sched_before, -1); i++) {
		e = journal_find(s, J_core_sched_before, -1, i);
		EXPECT_TRUE((e->pid == a->pid && (pid_t)e->arg == b->pid) ||
			    (e->pid == b->pid && (pid_t)e->arg == a->pid));
	}
	sched_stop(s);
}

/*
 * Tasks that the scheduler has
 */

/*
 * @a spins on the left. On the right a task of another cookie is what the class would run; so the
 * core looks for one of @a's cookie among all that are runnable there. That is @b, which is with
 * the scheduler.
 */
static void expect_picked(struct lab_bpf *skel, const struct knob *keep)
{
	struct worker *a = start_on(LEFT), *other = start_on(RIGHT);
	struct worker *b = worker_start(.cpus = 1 << RIGHT);
	struct sched *s;
	u32 from;

	share_cookie(a, b);
	s = SCHED_START(skel);
	worker_start_spin(a);
	post_waiting(s, other);
	skel->bss->knobs.enqueue = *keep;
	from = JOURNAL_NOW(s);
	worker_do(b, worker_nop);
	EXPECT_STORY_FROM(s, b->pid, from,
			  "runnable(WAKEUP) enqueue(WAKEUP) dequeue(EXEC) running stopping(0) quiescent(SLEEP)");
	EXPECT_EQ(journal_count(s, J_running, other->pid), 0);
	if (keep->how == HOW_FIFO)
		EXPECT_EQ(LAB_DO(s, NR_QUEUED, keep->dsq), 0);

	/* who still has it on a list has an old entry: nothing comes of it */
	skel->bss->knobs.dispatch = (struct knob){
		.how = HOW_HELD,
		.cpu = -1,
		.dsq = DSQ_GLOBAL,
		.slice = SLICE_ENDLESS,
	};
	worker_stop_spin(a);
	worker_wait(other);
	rig_stop(s);
}

TEST(a_task_that_the_scheduler_keeps_can_be_picked)
{
	expect_picked(open_core(0), &(struct knob){ .how = HOW_NOTHING });
}

TEST(a_task_in_a_user_queue_can_be_picked)
{
	expect_picked(open_core(1), &(struct knob){
					    .how = HOW_FIFO,
					    .dsq = 1,
					    .slice = SLICE_ENDLESS,
				    });
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
