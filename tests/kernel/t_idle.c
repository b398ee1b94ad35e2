// SPDX-License-Identifier: GPL-2.0
/* Idle CPUs on a machine of 4 CPUs that share a cache: masks, claims, the default choice. */
#include "any_call.h"

COVERS(scx_bpf_get_idle_cpumask, scx_bpf_get_idle_smtmask);

TEST(the_mask_follows_the_cpus)
{
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(any_open());

	/* CPU 0 runs us */
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask) == 0xe));
	worker_start_spin(w);
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask) == 0xa));
	worker_stop_spin(w);
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask) == 0xe));
	/* without threads of cores both masks are one */
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_smtmask) == 0xe));
	sched_stop(s);
}

COVERS(scx_bpf_test_and_clear_cpu_idle);

TEST(an_idle_cpu_is_claimed_once_until_it_looks_for_work)
{
	struct sched *s = any_start(any_open());
	bool first = false, again = true;
	u64 idle = 0;

	ANY_QUIETLY(s, 0xe) {
		first = CALL(s, test_and_clear_cpu_idle, .arg = 3);
		again = CALL(s, test_and_clear_cpu_idle, .arg = 3);
		idle = CALL(s, idle_cpumask);
	}
	EXPECT_TRUE(first);
	EXPECT_FALSE(again);
	EXPECT_EQ(idle, 0x6);
	/* an idle CPU that was claimed in vain repairs its bit when it is kicked */
	EXPECT_TRUE(any_settle(s, 0xe));
	/* ours, which runs */
	EXPECT_EQ(CALL(s, test_and_clear_cpu_idle, .arg = 0), 0);
	sched_stop(s);
}

COVERS(scx_bpf_pick_idle_cpu);

TEST(picking_claims_idle_cpus_of_the_mask_until_there_are_none)
{
	struct sched *s = any_start(any_open());
	long long first = 0, second = 0, third = 0;

	ANY_QUIETLY(s, 0xe) {
		first = CALL(s, pick_idle_cpu, .mask = 0x6);
		second = CALL(s, pick_idle_cpu, .mask = 0x6);
		third = CALL(s, pick_idle_cpu, .mask = 0x6);
	}
	EXPECT_EQ(1 << first | 1 << second, 0x6);
	EXPECT_EQ(third, -EBUSY);
	EXPECT_EQ(CALL(s, pick_idle_cpu, .mask = 0x1), -EBUSY);
	EXPECT_EQ(CALL(s, pick_idle_cpu, .mask = ANY_NO_CPU), -EBUSY);
	sched_stop(s);
}

COVERS(scx_bpf_pick_any_cpu);

TEST(picking_any_prefers_idle_cpus)
{
	struct sched *s = any_start(any_open());
	long long cpu = 0;
	u64 got = 0;
	int i;

	any_keep_busy(1 << 1);
	ANY_QUIETLY(s, 0xc)
		cpu = CALL(s, pick_any_cpu, .mask = 0x6);
	EXPECT_EQ(cpu, 2);
	/* now none is idle, and all get their turn */
	for (i = 0; i < 100 && got != 0x6; i++)
		got |= 1 << CALL(s, pick_any_cpu, .mask = 0x6);
	EXPECT_EQ(got, 0x6);
	EXPECT_EQ(CALL(s, pick_any_cpu, .mask = ANY_NO_CPU), -EBUSY);
	any_rest();
	sched_stop(s);
}

TEST(picking_any_works_without_tracking)
{
	struct any_bpf *skel = any_open();
	struct sched *s;
	u64 got = 0;
	int i;

	skel->struct_ops.ops->update_idle = skel->progs.any_update_idle_alone;
	s = SCHED_START(skel);
	for (i = 0; i < 100 && got != 0xa; i++)
		got |= 1 << CALL(s, pick_any_cpu, .mask = 0xa);
	EXPECT_EQ(got, 0xa);
	EXPECT_EQ(CALL(s, pick_any_cpu, .mask = ANY_NO_CPU), -EBUSY);
	sched_stop(s);
}

COVERS(scx_bpf_select_cpu_dfl);

TEST(the_default_choice_is_the_previous_cpu_if_it_is_idle)
{
	struct worker *w = worker_start();
	struct sched *s = any_start(any_open());

	ANY_EXPECT_CHOICE(s, w, 0xe, 1, 0x2);
	ANY_EXPECT_CHOICE(s, w, 0xe, 3, 0x8);
	sched_stop(s);
}

TEST(or_else_another_idle_one)
{
	struct worker *w = worker_start();
	struct sched *s = any_start(any_open());

	any_keep_busy(1 << 2);
	ANY_EXPECT_CHOICE(s, w, 0xa, 2, 0xa);
	/* it must be one that the task may use */
	ASSERT_EQ(set_affinity(w->pid, 0xc), 0);
	ANY_EXPECT_CHOICE(s, w, 0xa, 2, 0x8);
	/* where it was does not count if it may not go back */
	ANY_EXPECT_CHOICE(s, w, 0xa, 1, 0x8);
	any_rest();
	sched_stop(s);
}

TEST(or_else_the_previous_one_all_the_same)
{
	struct worker *w = worker_start();
	struct sched *s = any_start(any_open());
	bool idle = true;
	int cpu = -1;

	/* all claimed: they look busy until they are kicked */
	ANY_QUIETLY(s, 0xe) {
		while (CALL(s, pick_idle_cpu) >= 0)
			;
		cpu = any_select(s, w, 2, 0, &idle);
	}
	EXPECT_EQ(cpu, 2);
	EXPECT_FALSE(idle);
	sched_stop(s);
}

TEST(a_pinned_task_gets_its_cpu_or_nothing)
{
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = any_start(any_open());
	u64 idle_after = 0;
	bool idle = true;
	int cpu = -1;

	ANY_EXPECT_CHOICE(s, w, 0xe, 2, 0x4);
	any_keep_busy(1 << 2);
	ANY_QUIETLY(s, 0xa) {
		cpu = any_select(s, w, 2, 0, &idle);
		idle_after = CALL(s, idle_cpumask);
	}
	EXPECT_EQ(cpu, 2);
	EXPECT_FALSE(idle);
	/* nothing was claimed for it elsewhere */
	EXPECT_EQ(idle_after, 0xa);
	any_rest();
	sched_stop(s);
}

TEST(a_synchronous_waker_offers_its_own_cpu)
{
	struct worker *w = worker_start();
	struct sched *s = any_start(any_open());

	/* the previous one shares a cache with ours and is idle: it is better */
	ANY_EXPECT_CHOICE_FLAGS(s, w, 0xe, 1, WAKE_SYNC, 0x2);
	any_keep_busy(1 << 2);
	/* CPU 0 is ours, and we will sleep */
	ANY_EXPECT_CHOICE_FLAGS(s, w, 0xa, 2, WAKE_SYNC, 0x1);
	/* unless the task may not go there */
	ASSERT_EQ(set_affinity(w->pid, 0xe), 0);
	ANY_EXPECT_CHOICE_FLAGS(s, w, 0xa, 2, WAKE_SYNC, 0xa);
	any_rest();
	sched_stop(s);
}

COVERS(scx_bpf_select_cpu_and, __scx_bpf_select_cpu_and);

/* Both forms. */
static void expect_and(bool old)
{
	struct worker *w = worker_start(.cpus = 0x7);
	struct sched *s = any_start(any_open());
	long long first = 0, second = 0, third = 0, not_its = 0, none = 0;

#define AND(_prev, _mask)                                                                    \
	(old ? CALL(s, select_cpu_and_old, .pid = w->pid, .arg = (_prev), .mask = (_mask)) : \
	       CALL(s, select_cpu_and, .pid = w->pid, .arg = (_prev), .mask = (_mask)))
	ANY_QUIETLY(s, 0xe) {
		/* idle, but not for it */
		not_its = AND(2, 0x8);
		none = AND(2, ANY_NO_CPU);
		first = AND(2, 0x6);
		second = AND(2, 0x6);
		third = AND(2, 0x6);
	}
#undef AND
	EXPECT_EQ(not_its, -EBUSY);
	EXPECT_EQ(none, -EBUSY);
	EXPECT_EQ(first, 2);
	EXPECT_EQ(second, 1);
	EXPECT_EQ(third, -EBUSY);
	sched_stop(s);
}

TEST(the_choice_can_be_confined)
{
	expect_and(false);
}

TEST(the_older_form_does_the_same)
{
	expect_and(true);
}

TEST(without_select_cpu_a_wakeup_goes_straight_to_an_idle_cpu)
{
	struct any_bpf *skel = any_open();
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);
	long long refilled = sched_event("SCX_EV_REFILL_SLICE_DFL");
	int i;

	skel->bss->watched_pid = w->pid;
	for (i = 0; i < 20; i++)
		worker_do(w, worker_nop);
	/* there was an idle CPU nearly each time */
	EXPECT_LT(skel->bss->in_enqueue.nr, 5);
	EXPECT_GE(skel->bss->in_running.nr, 20);
	EXPECT_GE(sched_event("SCX_EV_REFILL_SLICE_DFL"), refilled + 15);

	/* a pinned task is not asked about */
	ASSERT_EQ(set_affinity(w->pid, 1 << 2), 0);
	skel->bss->in_enqueue.nr = 0;
	worker_do(w, worker_nop);
	EXPECT_EQ(skel->bss->in_enqueue.nr, 1);
	sched_stop(s);
}

COVERS(update_idle);

/* Entries of the journal about CPU 2 alternate between busy and idle. Returns how many. */
static u32 expect_transitions(struct sched *s, bool masks)
{
	const struct journal_entry *e;
	bool idle = false;
	u32 i, nr = 0;

	for (i = 0; (e = journal_find(s, J_update_idle, 0, i)); i++) {
		if (e->arg >> 1 != 2)
			continue;
		if (nr++)
			EXPECT_NE(e->arg & 1, idle);
		idle = e->arg & 1;
		/* the masks are brought up to date before the callback is made */
		if (masks)
			EXPECT_EQ(e->arg2 >> 2 & 1, idle);
	}
	return nr;
}

TEST(update_idle_is_told_of_every_transition)
{
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct any_bpf *skel = any_open();
	struct sched *s;
	int i;

	skel->struct_ops.ops->update_idle = skel->progs.any_update_idle_alone;
	s = SCHED_START(skel);
	for (i = 0; i < 10; i++)
		worker_do(w, worker_nop);
	/* the last one comes after the worker went to sleep */
	EXPECT_TRUE(WAIT_FOR(expect_transitions(s, false) >= 20));
	sched_stop(s);
}

TEST(tracking_can_be_kept_beside_update_idle)
{
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct any_bpf *skel = any_open();
	u32 before = 0, after = 0;
	bool settled = false;
	struct sched *s;
	int i;

	skel->struct_ops.ops->update_idle = skel->progs.any_update_idle;
	skel->struct_ops.ops->flags |= SCX_OPS_KEEP_BUILTIN_IDLE;
	s = any_start(skel);
	worker_do(w, worker_nop);
	ASSERT_TRUE(any_settle(s, 0xe));
	worker_start_spin(w);
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask) == 0xa));
	worker_stop_spin(w);
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask) == 0xe));
	EXPECT_GE(expect_transitions(s, true), 4);

	/* going from idle to idle is no transition */
	ANY_QUIETLY(s, 0xe) {
		before = journal_count(s, J_update_idle, 0);
		CALL(s, test_and_clear_cpu_idle, .arg = 2);
		CALL(s, kick_cpu, .arg = 2, .flags = KICK_IDLE);
		/* no nap, which would be a transition of ours */
		for (i = 0; i < 1000000 && any_idle(s) != 0xe; i++)
			;
		settled = any_idle(s) == 0xe;
		after = journal_count(s, J_update_idle, 0);
	}
	EXPECT_TRUE(settled);
	EXPECT_EQ(after, before);
	sched_stop(s);
}
