// SPDX-License-Identifier: GPL-2.0
/* Core scheduling: whom a CPU picks for its core, and when it picks anew. */
#include <sched.h>
#include <bpf/bpf.h>

#include "core.h"
#include "hold.h"

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
 * Kicks, and other classes on the sibling
 */

/*
 * @left, which is first, has @right's CPU forced idle. Before that CPU has obeyed it is kicked for
 * @late, a friend of @left, which waits in a queue that only its dispatch looks at.
 */
TEST(a_kick_is_for_what_there_is_now_not_for_what_the_core_has_picked_before)
{
	struct worker *left = start_on(LEFT), *right = start_on(RIGHT);
	struct worker *late = worker_start(.cpus = 1 << 1);
	struct lab_bpf *skel = open_core(2);
	struct hold_bpf *hold;
	unsigned long turns;
	struct sched *s;
	u32 from;

	share_cookie(left, late);
	skel->struct_ops.ops->core_sched_before = skel->progs.lab_core_sched_before;
	skel->bss->knobs.dispatch.cpu = RIGHT;
	s = SCHED_START(skel);
	set_vtime(skel, right, 1);
	worker_start_spin(right);
	hold = hold_cpu_of(right, RIGHT);
	from = JOURNAL_NOW(s);
	worker_start_spin(left);

	skel->bss->knobs.enqueue.dsq = 1;
	ASSERT_EQ(set_affinity(late->pid, 1 << 1 | 1 << RIGHT), 0);
	atomic_store(&late->page->stop, false);
	worker_post(late, worker_spin);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(s, NR_QUEUED, 1) == 1));
	/* where nobody looks, so that nothing else makes the CPU look again */
	skel->bss->knobs.enqueue.dsq = 2;
	skel->bss->knobs.dispatch.dsq = 1;
	skel->bss->knobs.dispatch.how = HOW_CONSUME;
	LAB_DO(s, KICK, RIGHT, .b = KICK_PREEMPT);
	ASSERT_TRUE(WAIT_FOR(!LAB_DO(s, GET_SLICE, right->pid)));
	EXPECT_STREQ(journal_story(s, right->pid, from), "");

	turns = atomic_load(&left->page->nr_turns);
	hold_end(hold);
	EXPECT_TRUE(WAIT_FOR(journal_count(s, J_running, late->pid) ||
			     atomic_load(&left->page->nr_turns) > turns + 20 * NR_TURNS));
	EXPECT_TRUE(journal_count(s, J_running, late->pid));

	skel->bss->knobs.dispatch.dsq = 2;
	worker_stop_spin(late);
	worker_stop_spin(left);
	worker_stop_spin(right);
	rig_stop(s);
}

static u32 nr_acquired(const struct sched *s, int cpu)
{
	u32 i, nr = journal_count(s, J_cpu_acquire, -1), count = 0;

	for (i = 0; i < nr; i++)
		count += (int)journal_find(s, J_cpu_acquire, -1, i)->arg == cpu;
	return count;
}

COVERS(cpu_acquire);

TEST(a_cpu_that_runs_a_task_of_a_higher_class_is_not_acquired_by_its_sibling)
{
	enum { NR_SWITCHES = 20 };
	struct worker *rt = worker_start(.policy = SCHED_FIFO, .cpus = 1 << RIGHT);
	struct worker *right = worker_start(.cpus = 1 << RIGHT), *left = start_on(LEFT);
	struct lab_bpf *skel = open_core(0);
	struct sched *s;
	u32 from, i;

	share_cookie(left, rt);
	share_cookie(left, right);
	skel->struct_ops.ops->cpu_acquire = skel->progs.lab_cpu_acquire;
	skel->struct_ops.ops->cpu_release = skel->progs.lab_cpu_release;
	s = SCHED_START(skel);
	worker_start_spin(right);
	worker_start_spin(rt);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_cpu_release, rt->pid)));
	from = nr_acquired(s, RIGHT);
	for (i = 0; i < NR_SWITCHES; i++)
		worker_do(left, worker_nop);
	EXPECT_EQ(nr_acquired(s, RIGHT), from);
	worker_stop_spin(rt);
	EXPECT_TRUE(worker_spins_on(right));
	worker_stop_spin(right);
	rig_stop(s);
}
