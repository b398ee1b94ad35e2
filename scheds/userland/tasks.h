/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tasks.h - the user half's policy: tasks that wait, in the order of vruntime.
 *
 * vruntime advances by the CPU time that a task used, divided by its weight. Memory
 * for every possible task is taken once, at the start: the process must not fault
 * while it holds everybody's tasks.
 */
#ifndef __USERLAND_TASKS_H
#define __USERLAND_TASKS_H

#include <scx/common.h>
#include "userland.h"

struct tasks;

/* For pids up to the kernel's limit. Exits if there is no memory. */
struct tasks *tasks_create(void);
void tasks_destroy(struct tasks *tasks);

/* One more than the greatest pid that there is room for. */
s32 tasks_nr_pids(const struct tasks *tasks);

/* @task waits. One that waits already is left where it is. Its pid is below tasks_nr_pids(). */
void tasks_add(struct tasks *tasks, const struct userland_task *task);

/* The pid of the task that is to run first, taken out; 0 if none waits. */
s32 tasks_take_first(struct tasks *tasks);

/* Put back what tasks_take_first() gave, as the first again. */
void tasks_put_back(struct tasks *tasks, s32 pid);

/* How many wait. */
u64 tasks_nr(const struct tasks *tasks);

#endif /* __USERLAND_TASKS_H */
