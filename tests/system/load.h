/* SPDX-License-Identifier: GPL-2.0 */
/*
 * load.h - keeps every CPU busy with tasks of which each counts its own progress.
 *
 * For each CPU there is a hog, which only computes and is bound to that CPU, and there are workers.
 * A worker goes round and round: it computes, wakes a partner through a pipe and waits for the
 * answer, sleeps, yields, changes its nice value, its affinity and its policy, and forks, in an
 * order that differs from round to round. The partner is a task of its own.
 *
 *	struct load *load = load_start(LOAD_FULL);
 *
 *	... something terrible ...
 *	EXPECT_TRUE(load_progresses(load));
 *	load_finish(load);
 *
 * All tasks are processes of the test's process group and end with the test.
 */
#ifndef TESTS_SYSTEM_LOAD_H
#define TESTS_SYSTEM_LOAD_H

#include <stdbool.h>
#include <sys/types.h>

enum load_kind {
	LOAD_FULL, /* all of the above */
	LOAD_ROAMING, /* every task may always run on every CPU, and never on another class */
};

struct load;

/*
 * Brings all CPUs online, starts the load and waits until every task of it has
 * made progress. Ends the test if one does not.
 */
struct load *load_start(enum load_kind kind);

/*
 * Whether every task, from now on, does something in time: workers two whole rounds. If not, says
 * on stderr which don't.
 */
bool load_progresses(struct load *load);

/*
 * Asks all tasks to come to their end, waits until they have, and checks that each ended well and
 * that nothing that a task did was refused. @load is freed.
 */
void load_finish(struct load *load);

int load_nr_tasks(const struct load *load);

/* Process of task @i, 0 to load_nr_tasks() - 1. */
pid_t load_pid(const struct load *load, int i);

/* A worker's process. */
pid_t load_worker_pid(const struct load *load);

/* From now on forks of the load may fail with errno @err. */
void load_allow_fork_error(struct load *load, int err);

/* How many have. */
unsigned long load_nr_forks_failed(const struct load *load);

#endif /* TESTS_SYSTEM_LOAD_H */
