// SPDX-License-Identifier: GPL-2.0
/*
 * Idle CPUs on a machine of two nodes, CPUs 0-3 and 4-7, each with two last-level caches of two
 * CPUs: the default choice, and the mode in which each node has masks of its own.
 */
#include "any_call.h"

static void stop(struct sched *s)
{
	any_rest();
	sched_stop(s);
}

static struct sched *start_per_node(void)
{
	struct any_bpf *skel = any_open();

	skel->struct_ops.ops->flags |= SCX_OPS_BUILTIN_IDLE_PER_NODE;
	return any_start(skel);
}

COVERS(scx_bpf_nr_node_ids, scx_bpf_cpu_node, scx_bpf_create_dsq);

TEST(nodes_are_told)
{
	struct sched *s = SCHED_START(any_open());

	EXPECT_EQ(CALL(s, nr_node_ids), 2);
	EXPECT_EQ(CALL(s, cpu_node, .arg = 3), 0);
	EXPECT_EQ(CALL(s, cpu_node, .arg = 4), 1);
	EXPECT_EQ(CALL(s, cpu_node, .arg = 7), 1);
	sched_stop(s);
}

TEST(an_idle_cpu_of_the_same_node_is_better_than_one_elsewhere)
{
	struct worker *w = worker_start();
	struct sched *s = any_start(any_open());

	/* the cache of 4 and 5 is full */
	any_keep_busy(0x30);
	ANY_EXPECT_CHOICE(s, w, 0xce, 4, 0xc0);
	ASSERT_EQ(set_affinity(w->pid, 0x3f), 0);
	ANY_EXPECT_CHOICE(s, w, 0xce, 4, 0x0e);
	stop(s);
}

TEST(tasks_on_the_global_queue_are_consumed_on_their_node)
{
	struct any_bpf *skel = any_open();
	struct worker *w = worker_start(.cpus = 1 << 5);
	struct sched *s = SCHED_START(skel);

	/* its own node's queue, whoever wakes it */
	worker_do(w, worker_nop);
	sched_stop(s);
}

COVERS(scx_bpf_get_idle_cpumask_node, scx_bpf_get_idle_smtmask_node);

TEST(each_node_has_its_masks)
{
	struct sched *s = start_per_node();
	u64 before = 0, after = 0;
	bool claimed = false;

	ASSERT_TRUE(any_settle(s, 0xfe));
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask_node, .arg = 0) == 0x0e));
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask_node, .arg = 1) == 0xf0));
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_smtmask_node, .arg = 1) == 0xf0));
	any_keep_busy(0x60);
	ANY_QUIETLY(s, 0x9e) {
		before = CALL(s, idle_cpumask_node, .arg = 1);
		claimed = CALL(s, test_and_clear_cpu_idle, .arg = 7);
		after = CALL(s, idle_cpumask_node, .arg = 1);
	}
	EXPECT_EQ(before, 0x90);
	EXPECT_TRUE(claimed);
	EXPECT_EQ(after, 0x10);
	/* no node at all */
	EXPECT_EQ(CALL(s, idle_cpumask_node, .arg = -1), 0);
	stop(s);
}

COVERS(scx_bpf_pick_idle_cpu_node);

TEST(picking_begins_with_the_node_and_goes_on_elsewhere)
{
	long long first = 0, second = 0, there = 0, elsewhere = 0;
	struct sched *s = start_per_node();

	any_keep_busy(0x30);
	ANY_QUIETLY(s, 0xce) {
		first = CALL(s, pick_idle_cpu_node, .arg = 1);
		second = CALL(s, pick_idle_cpu_node, .arg = 1);
		there = CALL(s, pick_idle_cpu_node, .arg = 1, .flags = PICK_IDLE_IN_NODE);
		elsewhere = CALL(s, pick_idle_cpu_node, .arg = 1);
	}
	EXPECT_EQ(1 << first | 1 << second, 0xc0);
	EXPECT_EQ(there, -EBUSY);
	EXPECT_TRUE(1 << elsewhere & 0x0e);
	EXPECT_EQ(CALL(s, pick_idle_cpu_node, .arg = -1), -ENOENT);
	EXPECT_EQ(CALL(s, pick_idle_cpu_node, .arg = 0, .mask = ANY_NO_CPU), -EBUSY);
	EXPECT_TRUE(sched_lives(s));
	stop(s);
}

COVERS(scx_bpf_pick_any_cpu_node);

TEST(picking_any_stays_in_the_node_if_told_to)
{
	struct sched *s = start_per_node();
	u64 got = 0;
	int i;

	ASSERT_TRUE(any_settle(s, 0xfe));
	/* claim all: nothing looks idle any more */
	ASSERT_TRUE(WAIT_FOR(CALL(s, pick_idle_cpu_node, .arg = 0) < 0));
	for (i = 0; i < 200 && got != 0xf0; i++)
		got |= 1ULL << CALL(s, pick_any_cpu_node, .arg = 1, .flags = PICK_IDLE_IN_NODE);
	EXPECT_EQ(got, 0xf0);
	EXPECT_EQ(CALL(s, pick_any_cpu_node, .arg = 1, .flags = PICK_IDLE_IN_NODE, .mask = 0x0f),
		  -EBUSY);
	EXPECT_GE(CALL(s, pick_any_cpu_node, .arg = 1, .mask = 0x0f), 0);
	EXPECT_EQ(CALL(s, pick_any_cpu_node, .arg = -1), -ENOENT);
	sched_stop(s);
}

TEST(the_default_choice_begins_with_the_previous_node)
{
	struct worker *w = worker_start();
	struct sched *s = start_per_node();
	long long there = 0, elsewhere = 0;

	any_keep_busy(0x30);
	ANY_EXPECT_CHOICE(s, w, 0xce, 4, 0xc0);

	/* none left in the node: elsewhere, unless that is ruled out */
	ANY_QUIETLY(s, 0xce) {
		CALL(s, test_and_clear_cpu_idle, .arg = 6);
		CALL(s, test_and_clear_cpu_idle, .arg = 7);
		there = CALL(s, select_cpu_and, .pid = w->pid, .arg = 4,
			     .flags = PICK_IDLE_IN_NODE);
		elsewhere = CALL(s, select_cpu_and, .pid = w->pid, .arg = 4);
	}
	EXPECT_EQ(there, -EBUSY);
	EXPECT_TRUE(1 << elsewhere & 0x0e);
	stop(s);
}
