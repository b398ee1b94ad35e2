// SPDX-License-Identifier: GPL-2.0
/* The callbacks that a task goes through, in their order: wakeups, slices, changes of properties. */
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "hold.h"
#include "rig.h"

#define NEW "init_task(0) enable set_weight(100) "

COVERS(runnable, running, stopping, quiescent, enqueue);

TEST(a_wakeup_goes_through_every_callback_once)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);

	EXPECT_STORY(s, w->pid, NEW "set_cpumask(4)");
	worker_do(w, worker_nop);
	EXPECT_STORY(s, w->pid,
		     NEW
		     "set_cpumask(4) runnable(WAKEUP) enqueue(WAKEUP) running stopping(0) quiescent(SLEEP)");
	EXPECT_EQ(journal_find(s, J_running, w->pid, 0)->cpu, 2);
	rig_stop(s);
}

COVERS(select_cpu);

TEST(a_wakeup_with_a_choice_asks_for_a_cpu_first)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 0xc);
	const struct journal_entry *e;
	struct sched *s;

	skel->bss->knobs.select_cpu.cpu = 3;
	s = SCHED_START(skel);
	worker_do(w, worker_nop);
	EXPECT_STORY(s, w->pid,
		     NEW
		     "set_cpumask(12) select_cpu runnable(WAKEUP) enqueue(WAKEUP) running stopping(0) quiescent(SLEEP)");
	e = journal_find(s, J_select_cpu, w->pid, 0);
	EXPECT_EQ(e->arg & (WAKE_FORK | WAKE_TTWU | WAKE_SYNC), WAKE_TTWU);
	EXPECT_EQ(journal_find(s, J_running, w->pid, 0)->arg, 3);
	EXPECT_TRUE(journal_find(s, J_enqueue, w->pid, 0)->arg & ENQ_CPU_SELECTED);

	/* the CPU it was on is what is proposed the next time */
	worker_do(w, worker_nop);
	EXPECT_EQ(journal_find(s, J_select_cpu, w->pid, 1)->arg2, 3);
	rig_stop(s);
}

TEST(a_task_with_one_cpu_is_enqueued_without_being_asked)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 1);
	struct sched *s = SCHED_START(skel);

	worker_do(w, worker_nop);
	EXPECT_EQ(journal_count(s, J_select_cpu, w->pid), 0);
	EXPECT_FALSE(journal_find(s, J_enqueue, w->pid, 0)->arg & ENQ_CPU_SELECTED);
	rig_stop(s);
}

TEST(a_cpu_outside_of_the_affinity_is_replaced_and_counted)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 0x6);
	long long before;
	struct sched *s;

	skel->bss->knobs.select_cpu.cpu = 3;
	s = SCHED_START(skel);
	before = sched_event("SCX_EV_SELECT_CPU_FALLBACK");
	worker_do(w, worker_nop);
	EXPECT_EQ(sched_event("SCX_EV_SELECT_CPU_FALLBACK"), before + 1);
	EXPECT_NE(journal_find(s, J_running, w->pid, 0)->arg, 3);
	rig_stop(s);
}

TEST(a_direct_dispatch_from_select_cpu_skips_enqueue)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 0xc);
	struct sched *s;

	skel->bss->knobs.select_cpu = (struct knob){
		.how = HOW_FIFO,
		.cpu = 2,
		.dsq = DSQ_LOCAL,
		.slice = SLICE_ENDLESS,
	};
	s = SCHED_START(skel);
	worker_do(w, worker_nop);
	EXPECT_STORY(s, w->pid,
		     NEW
		     "set_cpumask(12) select_cpu runnable(WAKEUP) running stopping(0) quiescent(SLEEP)");
	/* LOCAL is that of the CPU it goes to */
	EXPECT_EQ(journal_find(s, J_running, w->pid, 0)->arg, 2);
	rig_stop(s);
}

TEST(a_fork_wakes_the_child_with_the_flag_of_a_fork)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	const struct journal_entry *e;
	struct sched *s = SCHED_START(skel);
	pid_t child;

	worker_do(w, worker_fork);
	child = w->page->ret;
	ASSERT_GT(child, 0);
	EXPECT_TRUE(WAIT_FOR(journal_count(s, J_exit_task, child)));
	e = journal_find(s, J_select_cpu, child, 0);
	ASSERT_TRUE(e);
	EXPECT_EQ(e->arg & (WAKE_FORK | WAKE_TTWU), WAKE_FORK);
	EXPECT_TRUE(journal_find(s, J_enqueue, child, 0)->arg & ENQ_WAKEUP);
	rig_stop(s);
}

/*
 * Slices
 */

TEST(a_task_whose_slice_is_over_is_enqueued_again)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *a = worker_start(.cpus = 1 << 2), *b = worker_start(.cpus = 1 << 2);
	struct sched *s;

	skel->bss->knobs.enqueue.slice = 2000000;
	s = SCHED_START(skel);
	worker_start_spin(a);
	worker_start_spin(b);
	EXPECT_TRUE(worker_spins_on(a));
	EXPECT_TRUE(worker_spins_on(b));
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, a->pid) > 2));
	EXPECT_FALSE(journal_find(s, J_enqueue, a->pid, 1)->arg &
		     (ENQ_WAKEUP | ENQ_LAST | ENQ_REENQ));
	worker_stop_spin(a);
	worker_stop_spin(b);
	rig_stop(s);
}

TEST(the_only_task_goes_on_when_its_slice_is_over)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	long long kept, refilled;
	struct sched *s;
	u32 i;

	skel->bss->knobs.enqueue.slice = 1000000;
	s = SCHED_START(skel);
	kept = sched_event("SCX_EV_DISPATCH_KEEP_LAST");
	refilled = sched_event("SCX_EV_REFILL_SLICE_DFL");
	worker_start_spin(w);
	EXPECT_TRUE(WAIT_FOR(sched_event("SCX_EV_DISPATCH_KEEP_LAST") > kept + 1));
	EXPECT_GT(sched_event("SCX_EV_REFILL_SLICE_DFL"), refilled);
	/* kernel threads of that CPU may come between; for want of others it is never asked about */
	for (i = 0; i < journal_count(s, J_enqueue, w->pid); i++)
		EXPECT_FALSE(journal_find(s, J_enqueue, w->pid, i)->arg & ENQ_LAST);
	worker_stop_spin(w);
	rig_stop(s);
}

TEST(enq_last_asks_about_the_only_task)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s;

	skel->struct_ops.ops->flags |= SCX_OPS_ENQ_LAST;
	skel->bss->knobs.enqueue.slice = 1000000;
	s = SCHED_START(skel);
	worker_start_spin(w);
	/* at some end of a slice no kernel thread of that CPU wants to run */
	EXPECT_TRUE(WAIT_FOR((journal_find(s, J_enqueue, w->pid, -1)->arg &
			      (ENQ_LAST | ENQ_WAKEUP)) == ENQ_LAST));
	/* and it does run: what was put on the local queue is looked at */
	EXPECT_TRUE(worker_spins_on(w));
	worker_stop_spin(w);
	rig_stop(s);
}

COVERS(scx_bpf_task_set_slice, scx_bpf_task_set_dsq_vtime);

TEST(slice_and_vtime_are_what_they_were_set_to)
{
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(rig_open(0));

	EXPECT_EQ(LAB_DO(s, SET_SLICE, w->pid, .b = 12345), 1);
	EXPECT_EQ(LAB_DO(s, SET_VTIME, w->pid, .b = 67890), 1);
	EXPECT_EQ(LAB_DO(s, GET_SLICE, w->pid), 12345);
	EXPECT_EQ(LAB_DO(s, GET_VTIME, w->pid), 67890);
	rig_stop(s);
}

/* The slice of a task that had @slice and is inserted with 0. */
static long long slice_kept(u64 slice)
{
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct lab_bpf *skel = rig_open(1);
	struct sched *s;
	long long kept;

	skel->bss->knobs.enqueue.dsq = 1;
	skel->bss->knobs.enqueue.slice = 0;
	s = SCHED_START(skel);
	LAB_DO(s, SET_SLICE, w->pid, .b = slice);
	worker_post(w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(s, NR_QUEUED, 1) == 1));
	kept = LAB_DO(s, GET_SLICE, w->pid);
	skel->bss->knobs.dispatch.dsq = 1;
	skel->bss->knobs.dispatch.how = HOW_CONSUME;
	LAB_DO(s, KICK, 2);
	worker_wait(w);
	rig_stop(s);
	return kept;
}

TEST(an_insert_without_a_slice_leaves_what_the_task_has)
{
	EXPECT_EQ(slice_kept(777777), 777777);
}

TEST(or_the_least_if_it_has_none)
{
	EXPECT_EQ(slice_kept(0), 1);
}

TEST(an_endless_slice_does_not_end)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *a = worker_start(.cpus = 1 << 2), *b = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);
	unsigned long turns;

	worker_start_spin(a);
	worker_post(b, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, b->pid)));
	turns = a->page->nr_turns;
	ASSERT_TRUE(WAIT_FOR(a->page->nr_turns > turns + 1000000));
	EXPECT_EQ(journal_count(s, J_running, b->pid), 0);
	EXPECT_EQ((u64)LAB_DO(s, GET_SLICE, a->pid), SLICE_ENDLESS);
	worker_stop_spin(a);
	worker_wait(b);
	rig_stop(s);
}

COVERS(tick);

TEST(the_tick_is_told_and_may_end_a_slice)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *a = worker_start(.cpus = 1 << 2), *b = worker_start(.cpus = 1 << 2);
	struct sched *s;

	skel->struct_ops.ops->tick = skel->progs.lab_tick;
	s = SCHED_START(skel);
	worker_start_spin(a);
	EXPECT_TRUE(WAIT_FOR(journal_count(s, J_tick, a->pid) > 2));
	worker_post(b, worker_nop);
	skel->bss->knobs.tick_slice_0 = 1;
	worker_wait(b);
	EXPECT_GT(journal_count(s, J_enqueue, a->pid), 1);
	worker_stop_spin(a);
	rig_stop(s);
}

COVERS(yield);

TEST(a_yield_without_callback_gives_up_the_slice)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *a = worker_start(.cpus = 1 << 2), *b = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);

	worker_start_spin(a);
	worker_post(b, worker_yield);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, b->pid)));
	worker_stop_spin(a);
	worker_wait(b);
	/* alone on its CPU it is kept; its slice was replaced by a new one */
	EXPECT_NE((u64)LAB_DO(s, GET_SLICE, b->pid), SLICE_ENDLESS);
	rig_stop(s);
}

TEST(a_yield_is_up_to_the_callback)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s;

	skel->struct_ops.ops->yield = skel->progs.lab_yield;
	skel->bss->knobs.yield_keeps = 1;
	s = SCHED_START(skel);
	worker_do(w, worker_yield);
	ASSERT_EQ(journal_count(s, J_yield, w->pid), 1);
	/* sched_yield() yields to nobody in particular */
	EXPECT_EQ(journal_find(s, J_yield, w->pid, 0)->arg, 0);
	EXPECT_EQ((u64)LAB_DO(s, GET_SLICE, w->pid), SLICE_ENDLESS);

	skel->bss->knobs.yield_keeps = 0;
	worker_do(w, worker_yield);
	EXPECT_NE((u64)LAB_DO(s, GET_SLICE, w->pid), SLICE_ENDLESS);
	rig_stop(s);
}

/*
 * Changes of properties
 */

COVERS(set_weight, set_cpumask, enable, disable);

/* @w spins on CPU 2, which nobody else gets until hold_end(): a change meets it running. */
static struct hold_bpf *start_running(struct worker *w)
{
	worker_start_spin(w);
	return hold_cpu_of(w, 2);
}

TEST(a_running_task_goes_on_after_a_change_of_its_weight)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);
	struct hold_bpf *hold = start_running(w);
	u32 from = JOURNAL_NOW(s);

	ASSERT_EQ(setpriority(PRIO_PROCESS, w->pid, 10), 0);
	EXPECT_STORY_FROM(s, w->pid, from,
			  "stopping(0) quiescent(CHANGE) set_weight(11) runnable(0) running");
	hold_end(hold);
	EXPECT_TRUE(worker_spins_on(w));
	worker_stop_spin(w);
	rig_stop(s);
}

TEST(a_running_task_goes_on_after_a_change_of_its_affinity)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);
	struct hold_bpf *hold = start_running(w);
	u32 from = JOURNAL_NOW(s);

	ASSERT_EQ(set_affinity(w->pid, 0xc), 0);
	EXPECT_STORY_FROM(s, w->pid, from,
			  "stopping(0) quiescent(CHANGE) set_cpumask(12) runnable(0) running");
	hold_end(hold);
	EXPECT_TRUE(worker_spins_on(w));
	worker_stop_spin(w);
	rig_stop(s);
}

/* Bind the worker whose pid is the argument to CPU 3, which waits for the CPU it is on. */
static void bind_to_3(struct worker *w)
{
	w->page->ret = set_affinity(w->page->arg, 1 << 3);
}

TEST(a_running_task_leaves_a_cpu_that_it_may_not_use_any_more)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct worker *binder = worker_start(.cpus = 1 << 1, .normal = true);
	struct sched *s = SCHED_START(skel);
	struct hold_bpf *hold = start_running(w);
	u32 from = JOURNAL_NOW(s);

	binder->page->arg = w->pid;
	worker_post(binder, bind_to_3);
	EXPECT_STORY_FROM(s, w->pid, from,
			  "stopping(0) quiescent(CHANGE) set_cpumask(8) runnable(0) running");
	/* through the stopper, which is a migration: neither quiescent nor select_cpu */
	from = JOURNAL_NOW(s);
	hold_end(hold);
	worker_wait(binder);
	EXPECT_EQ(binder->page->ret, 0);
	EXPECT_STORY_FROM(s, w->pid, from, "stopping(1) enqueue(0) running");
	EXPECT_EQ(journal_find(s, J_running, w->pid, -1)->arg, 3);
	EXPECT_TRUE(worker_spins_on(w));
	worker_stop_spin(w);
	rig_stop(s);
}

/* A worker that waits on the BPF side. */
static u32 start_waiting(struct sched *s, struct worker *w)
{
	worker_post(w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, w->pid)));
	return JOURNAL_NOW(s);
}

TEST(a_waiting_task_is_enqueued_anew_after_a_change)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s;
	u32 from;

	skel->bss->knobs.enqueue.how = HOW_NOTHING;
	s = SCHED_START(skel);
	from = start_waiting(s, w);
	ASSERT_EQ(setpriority(PRIO_PROCESS, w->pid, -5), 0);
	EXPECT_STORY_FROM(s, w->pid, from,
			  "dequeue(CHANGE) quiescent(CHANGE) set_weight(305) runnable(0) enqueue(0)");

	from = JOURNAL_NOW(s);
	ASSERT_EQ(set_affinity(w->pid, 0xc), 0);
	EXPECT_STORY_FROM(s, w->pid, from,
			  "dequeue(CHANGE) quiescent(CHANGE) set_cpumask(12) runnable(0) enqueue(0)");

	/* where it was kept is stale now: each enqueue counts */
	skel->bss->knobs.dispatch = (struct knob){
		.how = HOW_HELD,
		.cpu = -1,
		.dsq = DSQ_GLOBAL,
		.slice = SLICE_ENDLESS,
	};
	LAB_DO(s, KICK, 2);
	worker_wait(w);
	rig_stop(s);
}

TEST(a_sleeping_task_is_told_of_changes_without_being_queued)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);
	u32 from = JOURNAL_NOW(s);

	ASSERT_EQ(setpriority(PRIO_PROCESS, w->pid, 19), 0);
	ASSERT_EQ(set_affinity(w->pid, 0x6), 0);
	EXPECT_STORY_FROM(s, w->pid, from, "set_weight(1) set_cpumask(6)");
	rig_stop(s);
}

TEST(weights_are_on_the_scale_of_cgroups)
{
	static const struct {
		int nice;
		unsigned int weight;
	} rows[] = {
		{ -20, 8668 }, { -10, 932 }, { -1, 125 }, { 1, 80 },
		{ 10, 11 },    { 19, 1 },    { 0, 100 },
	};
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);
	const struct journal_entry *e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ASSERT_EQ(setpriority(PRIO_PROCESS, w->pid, rows[i].nice), 0);
		e = journal_find(s, J_set_weight, w->pid, -1);
		EXPECT_EQ(e->arg, rows[i].weight);
		/* p->scx.weight is right already */
		EXPECT_EQ(e->arg2, rows[i].weight);
	}
	rig_stop(s);
}

TEST(the_idle_policy_has_the_least_weight)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s;

	/* every policy of the fair class */
	skel->struct_ops.ops->flags = 0;
	skel->data->journal_mask = J_BIT(set_weight);
	skel->bss->knobs.enqueue.slice = SLICE_DFL;
	s = SCHED_START(skel);
	ASSERT_EQ(set_policy(w->pid, SCHED_IDLE, 0), 0);
	EXPECT_EQ(journal_find(s, J_set_weight, w->pid, -1)->arg, 1);
	sched_stop(s);
}

TEST(leaving_the_policy_disables_a_running_task)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);
	struct hold_bpf *hold = start_running(w);
	u32 from = JOURNAL_NOW(s);

	ASSERT_EQ(set_policy(w->pid, SCHED_OTHER, 0), 0);
	EXPECT_STORY_FROM(s, w->pid, from, "stopping(0) quiescent(CHANGE) set_weight(100) disable");
	hold_end(hold);
	EXPECT_TRUE(worker_spins_on(w));

	hold = hold_cpu_of(w, 2);
	from = JOURNAL_NOW(s);
	ASSERT_EQ(set_policy(w->pid, SCHED_EXT, 0), 0);
	EXPECT_STORY_FROM(s, w->pid, from,
			  "enable set_weight(100) set_cpumask(4) runnable(0) running");
	hold_end(hold);
	EXPECT_TRUE(worker_spins_on(w));
	worker_stop_spin(w);
	rig_stop(s);
}

TEST(a_task_that_ends_leaves_all_it_was_in)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	pid_t pid = w->pid;
	struct sched *s = SCHED_START(skel);
	u32 from = JOURNAL_NOW(s);

	worker_post(w, worker_exit);
	worker_reap(w);
	EXPECT_STORY_FROM(s, pid, from,
			  "runnable(WAKEUP) enqueue(WAKEUP) running stopping(0) quiescent(SLEEP) disable exit_task(0)");
	rig_stop(s);
}

TEST(a_loaded_scheduler_takes_over_running_tasks_and_gives_them_back)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s;

	worker_start_spin(w);
	s = SCHED_START(skel);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_running, w->pid)));
	EXPECT_TRUE(worker_spins_on(w));
	ASSERT_EQ(bpf_link__destroy(s->link), 0);
	EXPECT_TRUE(worker_spins_on(w));
	EXPECT_FALSE(task_is_on_scx(w->pid));
	/* in between it may have to wait for a kernel thread */
	EXPECT_STRHAS(journal_story(s, w->pid, 0), NEW "set_cpumask(4) runnable(0) ");
	EXPECT_STRHAS(journal_story(s, w->pid, 0), " quiescent(CHANGE) disable exit_task(0)");
	journal_check(s);
	workers_check_alive();
}
