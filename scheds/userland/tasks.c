// SPDX-License-Identifier: GPL-2.0
#include "tasks.h"

#include <stdbool.h>
#include <sys/queue.h>

struct task {
	LIST_ENTRY(task) link;
	u64 run_ns;		/* when last seen */
	u64 vruntime;
	bool waits;
};

LIST_HEAD(task_list, task);

struct tasks {
	struct task_list list;	/* those that wait, least vruntime first */
	u64 nr;			/* of them */
	u64 min_vruntime;	/* that of the last task taken */
	s32 nr_pids;
	struct task of_pid[];
};

static s32 read_pid_max(void)
{
	FILE *f = fopen("/proc/sys/kernel/pid_max", "re");
	s32 pid_max;

	SCX_BUG_ON(!f, "could not open /proc/sys/kernel/pid_max");
	SCX_BUG_ON(fscanf(f, "%d", &pid_max) != 1 || pid_max <= 0,
		   "could not read /proc/sys/kernel/pid_max");
	fclose(f);
	return pid_max;
}

struct tasks *tasks_create(void)
{
	s32 nr_pids = read_pid_max() + 1;
	struct tasks *tasks;

	tasks = calloc(1, sizeof(*tasks) + nr_pids * sizeof(struct task));
	SCX_BUG_ON(!tasks, "could not get memory for %d tasks", nr_pids);
	tasks->nr_pids = nr_pids;
	LIST_INIT(&tasks->list);
	return tasks;
}

void tasks_destroy(struct tasks *tasks)
{
	free(tasks);
}

/* Insert before the first task with more vruntime. */
static void insert_in_order(struct tasks *tasks, struct task *task)
{
	struct task *other, *last = NULL;

	LIST_FOREACH(other, &tasks->list, link)
	{
		if (other->vruntime > task->vruntime) {
			LIST_INSERT_BEFORE(other, task, link);
			return;
		}
		last = other;
	}
	if (last)
		LIST_INSERT_AFTER(last, task, link);
	else
		LIST_INSERT_HEAD(&tasks->list, task, link);
}

s32 tasks_nr_pids(const struct tasks *tasks)
{
	return tasks->nr_pids;
}

void tasks_add(struct tasks *tasks, const struct userland_task *task)
{
	struct task *t;
	u64 delta = 0;

	SCX_BUG_ON(task->pid <= 0 || task->pid >= tasks->nr_pids, "task %d is not below %d",
		   task->pid, tasks->nr_pids);
	t = &tasks->of_pid[task->pid];
	if (t->waits)
		return;

	/* What ran before it was first seen is not charged, nor for a reused pid. */
	if (t->run_ns && task->run_ns > t->run_ns)
		delta = task->run_ns - t->run_ns;
	t->run_ns = task->run_ns;
	t->vruntime += delta * 100 / task->weight;
	if (t->vruntime < tasks->min_vruntime)
		t->vruntime = tasks->min_vruntime;

	t->waits = true;
	tasks->nr++;
	insert_in_order(tasks, t);
}

s32 tasks_take_first(struct tasks *tasks)
{
	struct task *t = LIST_FIRST(&tasks->list);

	if (!t)
		return 0;
	LIST_REMOVE(t, link);
	t->waits = false;
	tasks->nr--;
	tasks->min_vruntime = t->vruntime;
	return t - tasks->of_pid;
}

void tasks_put_back(struct tasks *tasks, s32 pid)
{
	struct task *t = &tasks->of_pid[pid];

	t->waits = true;
	tasks->nr++;
	LIST_INSERT_HEAD(&tasks->list, t, link);
}

u64 tasks_nr(const struct tasks *tasks)
{
	return tasks->nr;
}
