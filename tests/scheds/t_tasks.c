// SPDX-License-Identifier: GPL-2.0
/* The order in which scx_userland's user half takes tasks (scheds/userland/tasks.c). */
#include "scheds/userland/tasks.h"

#include "scheds/userland/tasks.c"
#include "tap.h"

#define MS 1000000ULL

static void add(struct tasks *tasks, s32 pid, u32 weight, u64 run_ns)
{
	tasks_add(tasks, &(struct userland_task){ .pid = pid, .weight = weight, .run_ns = run_ns });
}

/* @pid has been seen before, with @run_ns used. */
static void have_seen(struct tasks *tasks, s32 pid, u64 run_ns)
{
	add(tasks, pid, 100, run_ns);
	tasks_take_first(tasks);
}

TEST(the_task_that_ran_least_is_first)
{
	struct tasks *tasks = tasks_create();

	have_seen(tasks, 1, 1);
	have_seen(tasks, 2, 1);
	have_seen(tasks, 3, 1);
	add(tasks, 1, 100, 1 + 30 * MS);
	add(tasks, 2, 100, 1 + 10 * MS);
	add(tasks, 3, 100, 1 + 20 * MS);
	EXPECT_EQ(tasks_nr(tasks), 3);
	EXPECT_EQ(tasks_take_first(tasks), 2);
	EXPECT_EQ(tasks_take_first(tasks), 3);
	EXPECT_EQ(tasks_take_first(tasks), 1);
	EXPECT_EQ(tasks_take_first(tasks), 0);
	EXPECT_EQ(tasks_nr(tasks), 0);
	tasks_destroy(tasks);
}

TEST(run_time_counts_less_for_a_heavier_task)
{
	struct tasks *tasks = tasks_create();

	have_seen(tasks, 1, 1);
	have_seen(tasks, 2, 1);
	add(tasks, 1, 100, 1 + 10 * MS);
	add(tasks, 2, 300, 1 + 20 * MS);
	EXPECT_EQ(tasks_take_first(tasks), 2);
	EXPECT_EQ(tasks_take_first(tasks), 1);
	tasks_destroy(tasks);
}

TEST(one_that_slept_gets_no_credit_for_it)
{
	struct tasks *tasks = tasks_create();

	have_seen(tasks, 1, 1);
	have_seen(tasks, 2, 1);
	have_seen(tasks, 3, 1);
	/* 1 runs on and on while 2 and 3 sleep. */
	add(tasks, 1, 100, 1 + 100 * MS);
	tasks_take_first(tasks);
	add(tasks, 3, 100, 1 + 1 * MS);
	add(tasks, 2, 100, 1);
	add(tasks, 1, 100, 1 + 101 * MS);
	EXPECT_EQ(tasks_take_first(tasks), 3);
	EXPECT_EQ(tasks_take_first(tasks), 2);
	EXPECT_EQ(tasks_take_first(tasks), 1);
	tasks_destroy(tasks);
}

TEST(what_ran_before_it_was_seen_is_not_charged)
{
	struct tasks *tasks = tasks_create();

	have_seen(tasks, 1, 1);
	add(tasks, 1, 100, 1 + 1 * MS);
	add(tasks, 2, 100, 1000 * MS);
	EXPECT_EQ(tasks_take_first(tasks), 2);

	/* Its pid belongs to a new task now. */
	add(tasks, 2, 100, 5 * MS);
	EXPECT_EQ(tasks_take_first(tasks), 2);
	tasks_destroy(tasks);
}

TEST(what_is_put_back_is_first_again)
{
	struct tasks *tasks = tasks_create();
	s32 pid;

	have_seen(tasks, 1, 1);
	add(tasks, 1, 100, 1 + 1 * MS);
	add(tasks, 2, 100, 1);
	pid = tasks_take_first(tasks);
	tasks_put_back(tasks, pid);
	EXPECT_EQ(tasks_nr(tasks), 2);
	EXPECT_EQ(tasks_take_first(tasks), pid);
	tasks_destroy(tasks);
}

TEST(a_task_that_waits_is_not_queued_twice)
{
	struct tasks *tasks = tasks_create();

	add(tasks, 1, 100, 1);
	add(tasks, 1, 100, 2);
	EXPECT_EQ(tasks_nr(tasks), 1);
	tasks_destroy(tasks);
}
