// SPDX-License-Identifier: GPL-2.0
/*
 * Idle CPUs on a machine of two nodes, CPUs 0-3 and 4-7, each with two last-level caches of two
 * CPUs: the default choice, and the mode in which each node has masks of its own.
 */
#include "any_call.h"

static struct worker *busy[8];

static void keep_busy(u64 cpus)
{
	int cpu;

	for (cpu = 0; cpu < 8; cpu++) {
		if (!(cpus & (1 << cpu)))
			continue;
		busy[cpu] = worker_start(.cpus = 1 << cpu);
		worker_start_spin(busy[cpu]);
	}
}

static void stop(struct sched *s)
{
	int cpu;

	for (cpu = 0; cpu < 8; cpu++)
		if (busy[cpu])
			worker_stop_spin(busy[cpu]);
	sched_stop(s);
}

static struct sched *start_per_node(void)
{
	struct any_bpf *skel = any_open();

	skel->struct_ops.ops->flags |= SCX_OPS_BUILTIN_IDLE_PER_NODE;
	return SCHED_START(skel);
}

/* any_settle() for masks of nodes. */
static bool settle(struct sched *s, u64 idle)
{
	int cpu;

	for (cpu = 0; cpu < 8; cpu++)
		if (idle & (1 << cpu))
			CALL(s, kick_cpu, .arg = cpu, .flags = KICK_IDLE);
	return WAIT_FOR((CALL(s, idle_cpumask_node, .arg = 0) |
			 CALL(s, idle_cpumask_node, .arg = 1)) == (long long)idle);
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
	struct sched *s = SCHED_START(any_open());

	/* the cache of 4 and 5 is full */
	keep_busy(0x30);
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

	ASSERT_TRUE(settle(s, 0xfe));
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask_node, .arg = 0) == 0x0e));
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask_node, .arg = 1) == 0xf0));
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_smtmask_node, .arg = 1) == 0xf0));
	keep_busy(0x60);
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask_node, .arg = 1) == 0x90));
	EXPECT_EQ(CALL(s, test_and_clear_cpu_idle, .arg = 7), 1);
	EXPECT_EQ(CALL(s, idle_cpumask_node, .arg = 1), 0x10);
	/* no node at all */
	EXPECT_EQ(CALL(s, idle_cpumask_node, .arg = -1), 0);
	stop(s);
}

COVERS(scx_bpf_pick_idle_cpu_node);

TEST(picking_begins_with_the_node_and_goes_on_elsewhere)
{
	struct sched *s = start_per_node();
	u64 got = 0;
	int i;

	keep_busy(0x30);
	ASSERT_TRUE(settle(s, 0xce));
	for (i = 0; i < 2; i++)
		got |= 1 << CALL(s, pick_idle_cpu_node, .arg = 1);
	EXPECT_EQ(got, 0xc0);
	EXPECT_EQ(CALL(s, pick_idle_cpu_node, .arg = 1, .flags = PICK_IDLE_IN_NODE), -EBUSY);
	got = 1 << CALL(s, pick_idle_cpu_node, .arg = 1);
	EXPECT_TRUE(got & 0x0e);
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

	ASSERT_TRUE(settle(s, 0xfe));
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
	int right = 0, turn;
	bool idle;

	keep_busy(0x30);
	for (turn = 0; turn < ANY_NR_CHOICES; turn++) {
		ASSERT_TRUE(settle(s, 0xce));
		right += any_select(s, w, 4, 0, &idle) >= 6 && idle;
	}
	EXPECT_GE(right, ANY_NR_CHOICES * 3 / 4);

	/* none left in the node: elsewhere, unless that is ruled out */
	ASSERT_TRUE(settle(s, 0xce));
	CALL(s, test_and_clear_cpu_idle, .arg = 6);
	CALL(s, test_and_clear_cpu_idle, .arg = 7);
	EXPECT_EQ(CALL(s, select_cpu_and, .pid = w->pid, .arg = 4, .flags = PICK_IDLE_IN_NODE),
		  -EBUSY);
	EXPECT_LT(CALL(s, select_cpu_and, .pid = w->pid, .arg = 4), 4);
	stop(s);
}
