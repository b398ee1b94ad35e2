// SPDX-License-Identifier: GPL-2.0
/* Idle CPUs on a machine whose cores have two threads, 0 and 1, 2 and 3, and so on. */
#include "any_call.h"

static struct sched *start(void)
{
	struct sched *s;

	ASSERT_EQ(nr_cpus(), 8);
	ASSERT_STREQ(file_read("/sys/devices/system/cpu/cpu5/topology/thread_siblings_list"),
		     "4-5");
	s = any_start(any_open());
	ASSERT_TRUE(any_settle(s, 0xfe));
	return s;
}

static void stop(struct sched *s)
{
	any_rest();
	sched_stop(s);
}

COVERS(scx_bpf_get_idle_smtmask);

TEST(the_mask_of_cores_has_those_with_all_threads_idle)
{
	struct sched *s = start();

	/* we are on CPU 0 */
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_smtmask) == 0xfc));
	any_keep_busy(1 << 2);
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask) == 0xfa && CALL(s, idle_smtmask) == 0xf0));
	any_rest();
	EXPECT_TRUE(WAIT_FOR(CALL(s, idle_cpumask) == 0xfe && CALL(s, idle_smtmask) == 0xfc));
	stop(s);
}

TEST(a_claim_takes_the_core_from_its_mask_and_leaves_the_sibling)
{
	struct sched *s = start();
	u64 cores = 0, cpus = 0;
	bool claimed = false;

	ANY_QUIETLY(s, 0xfe) {
		claimed = CALL(s, test_and_clear_cpu_idle, .arg = 4);
		cores = CALL(s, idle_smtmask);
		cpus = CALL(s, idle_cpumask);
	}
	EXPECT_TRUE(claimed);
	EXPECT_EQ(cores, 0xcc);
	EXPECT_EQ(cpus, 0xee);
	stop(s);
}

COVERS(scx_bpf_pick_idle_cpu, scx_bpf_pick_any_cpu);

TEST(picking_prefers_whole_cores_and_can_insist_on_them)
{
	long long first = 0, second = 0, whole = 0, half = 0, any = 0;
	struct sched *s = start();

	any_keep_busy(1 << 2);
	/* whole ones: 4 and 5, 6 and 7; half ones: 1, 3 */
	ANY_QUIETLY(s, 0xfa) {
		first = CALL(s, pick_idle_cpu);
		second = CALL(s, pick_idle_cpu);
		whole = CALL(s, pick_idle_cpu, .flags = PICK_IDLE_CORE);
		half = CALL(s, pick_idle_cpu);
		any = CALL(s, pick_any_cpu, .flags = PICK_IDLE_CORE);
	}
	EXPECT_GE(first, 4);
	EXPECT_GE(second, 4);
	EXPECT_NE(first / 2, second / 2);
	EXPECT_EQ(whole, -EBUSY);
	EXPECT_GE(half, 0);
	EXPECT_GE(any, 0);
	stop(s);
}

COVERS(scx_bpf_select_cpu_dfl);

TEST(a_whole_core_is_better_than_the_previous_cpu_beside_a_busy_one)
{
	struct sched *s = start();
	struct worker *w = worker_start();

	ANY_EXPECT_CHOICE(s, w, 0xfe, 1, 0xfc);
	stop(s);
}

TEST(the_previous_cpu_is_best_if_its_core_is_idle)
{
	struct sched *s = start();
	struct worker *w = worker_start();

	ANY_EXPECT_CHOICE(s, w, 0xfe, 5, 1 << 5);
	stop(s);
}

TEST(without_whole_cores_the_previous_cpu_is_best)
{
	struct sched *s = start();
	struct worker *w = worker_start();

	any_keep_busy(0x54);
	ANY_EXPECT_CHOICE(s, w, 0xaa, 3, 1 << 3);
	/* or else its sibling */
	ANY_EXPECT_CHOICE(s, w, 0xaa, 2, 1 << 3);
	ANY_EXPECT_CHOICE(s, w, 0xaa, 6, 1 << 7);
	/* a sibling that it may not use does not count */
	ASSERT_EQ(set_affinity(w->pid, 0xf7), 0);
	ANY_EXPECT_CHOICE(s, w, 0xaa, 2, 0xa2);
	stop(s);
}

TEST(or_else_any_idle_one)
{
	struct sched *s = start();
	struct worker *w = worker_start();

	any_keep_busy(0x5c);
	ANY_EXPECT_CHOICE(s, w, 0xa2, 2, 0xa2);
	stop(s);
}

COVERS(__scx_bpf_select_cpu_and);

TEST(whole_cores_can_be_insisted_on)
{
	struct sched *s = start();
	struct worker *w = worker_start();
	long long first = 0, second = 0, any = 0;

	any_keep_busy(0x14);
	ANY_QUIETLY(s, 0xea) {
		first = CALL(s, select_cpu_and, .pid = w->pid, .arg = 3, .flags = PICK_IDLE_CORE);
		second = CALL(s, select_cpu_and, .pid = w->pid, .arg = 3, .flags = PICK_IDLE_CORE);
		any = CALL(s, select_cpu_and, .pid = w->pid, .arg = 3);
	}
	EXPECT_GE(first, 6);
	EXPECT_EQ(second, -EBUSY);
	EXPECT_GE(any, 0);
	stop(s);
}
