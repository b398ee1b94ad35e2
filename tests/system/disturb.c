// SPDX-License-Identifier: GPL-2.0
#include "disturb.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chance.h"
#include "tap.h"
#include "guest.h"

struct disturber {
	const char *name;
	void (*begin)(struct disturber *d);
	void (*turn)(struct disturber *d);
	void (*end)(struct disturber *d);
	struct load *load;
	uint64_t chance;
	pid_t pid;
	int status; /* of its process, once that has ended */
	atomic_bool stop;
	atomic_ulong nr_turns;
};

static uint64_t chance(struct disturber *d, uint64_t below)
{
	return chance_below(&d->chance, below);
}

/* In the process of a disturber: it ends here, and its test fails. */
static _Noreturn void refused(const struct disturber *d, const char *what, int err)
{
	fprintf(stderr, "%s: %s: %s\n", d->name, what, strerror(err));
	_exit(1);
}

static _Noreturn void disturber_main(struct disturber *d)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (d->begin)
		d->begin(d);
	while (!atomic_load(&d->stop)) {
		d->turn(d);
		atomic_fetch_add(&d->nr_turns, 1);
	}
	if (d->end)
		d->end(d);
	_exit(0);
}

static struct disturber *disturb_start(const struct disturber *kind)
{
	struct disturber *d =
		mmap(NULL, sizeof(*d), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	ASSERT_NE(d, MAP_FAILED);
	*d = *kind;
	d->chance = chance_seed(d->name[0]);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		disturber_main(d);
	d->pid = pid;
	ASSERT_TRUE(WAIT_FOR(atomic_load(&d->nr_turns) > 0));
	return d;
}

void disturb_stop(struct disturber *d)
{
	if (!d)
		return;
	atomic_store(&d->stop, true);
	ASSERT_TRUE(WAIT_FOR(waitpid(d->pid, &d->status, WNOHANG) == d->pid));
	fprintf(stderr, "%s: %lu turns\n", d->name, atomic_load(&d->nr_turns));
	EXPECT_EQ(d->status, 0);
	munmap(d, sizeof(*d));
}

/*
 * CPUs
 */

static void set_cpu(struct disturber *d, int cpu, bool online)
{
	int err = cpu_set_online(cpu, online);

	if (err)
		refused(d, online ? "CPU online" : "CPU offline", -err);
}

static void turn_cpu(struct disturber *d)
{
	int cpu = 1 + chance(d, nr_cpus() - 1);

	set_cpu(d, cpu, false);
	for (int n = chance(d, 4); n; n--)
		sched_yield();
	set_cpu(d, cpu, true);
}

struct disturber *disturb_cpus(void)
{
	return disturb_start(&(struct disturber){ .name = "hotplug", .turn = turn_cpu });
}

/*
 * Forks
 */

enum {
	STORM_CHILDREN = 8,
	STORM_GRANDCHILDREN = 2,
};

static void wait_children(struct disturber *d, int nr)
{
	int status;

	while (nr--)
		if (wait(&status) < 0 || status)
			refused(d, "a child did not end well", errno);
}

static pid_t fork_or_refuse(struct disturber *d)
{
	pid_t pid = fork();

	if (pid < 0)
		refused(d, "fork", errno);
	return pid;
}

static _Noreturn void storm_child(struct disturber *d, int nr)
{
	for (int i = 0; i < STORM_GRANDCHILDREN; i++) {
		if (!fork_or_refuse(d)) {
			sched_yield();
			_exit(0);
		}
	}
	wait_children(d, STORM_GRANDCHILDREN);
	if (!nr)
		execl("/bin/true", "true", NULL);
	_exit(0);
}

static void turn_fork(struct disturber *d)
{
	for (int i = 0; i < STORM_CHILDREN; i++)
		if (!fork_or_refuse(d))
			storm_child(d, i);
	wait_children(d, STORM_CHILDREN);
}

struct disturber *disturb_forks(void)
{
	return disturb_start(&(struct disturber){ .name = "forks", .turn = turn_fork });
}

/*
 * Cgroups
 */

#define CGROUP_ROOT "/sys/fs/cgroup"
#define CGROUP_TOP CGROUP_ROOT "/fire"
#define CGROUP_SCRATCH CGROUP_TOP "/scratch"

/* Those without tasks of their own stand before those below them. */
static const char *const inner_cgroups[] = { CGROUP_TOP, CGROUP_TOP "/c" };
static const char *const leaf_cgroups[] = { CGROUP_TOP "/a", CGROUP_TOP "/b", CGROUP_TOP "/c/d",
					    CGROUP_TOP "/c/e" };

#define NR(array) (sizeof(array) / sizeof((array)[0]))

static void cgroup_write(struct disturber *d, const char *cgroup, const char *file,
			 const char *text)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), "%s/%s", cgroup, file);
	err = file_write(path, text);
	if (err)
		refused(d, path, -err);
}

static void cgroup_make(struct disturber *d, const char *cgroup)
{
	if (mkdir(cgroup, 0755) && errno != EEXIST)
		refused(d, cgroup, errno);
}

/* A child of a task that was moved away may still be on its way out. */
static void cgroup_remove(struct disturber *d, const char *cgroup)
{
	if (!WAIT_FOR(!rmdir(cgroup) || errno != EBUSY) || file_exists(cgroup))
		refused(d, cgroup, errno);
}

static void cgroup_move(struct disturber *d, int task, const char *cgroup)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", load_pid(d->load, task));
	cgroup_write(d, cgroup, "cgroup.procs", pid);
}

static void begin_cgroups(struct disturber *d)
{
	for (size_t i = 0; i < NR(inner_cgroups); i++) {
		cgroup_make(d, inner_cgroups[i]);
		cgroup_write(d, inner_cgroups[i], "cgroup.subtree_control", "+cpu");
	}
	for (size_t i = 0; i < NR(leaf_cgroups); i++)
		cgroup_make(d, leaf_cgroups[i]);
}

static void turn_cgroup(struct disturber *d)
{
	const char *cgroup = leaf_cgroups[chance(d, NR(leaf_cgroups))];
	int nr = load_nr_tasks(d->load);
	char weight[16];

	for (int i = 0; i < 4; i++)
		cgroup_move(d, chance(d, nr), cgroup);
	snprintf(weight, sizeof(weight), "%d", 50 + (int)chance(d, 200));
	cgroup_write(d, cgroup, "cpu.weight", weight);
	cgroup_write(d, cgroup, "cpu.max", chance(d, 2) ? "max" : "400000 100000");
	cgroup_make(d, CGROUP_SCRATCH);
	cgroup_move(d, 0, CGROUP_SCRATCH);
	cgroup_move(d, 0, cgroup);
	cgroup_remove(d, CGROUP_SCRATCH);
}

static void end_cgroups(struct disturber *d)
{
	for (int i = 0; i < load_nr_tasks(d->load); i++)
		cgroup_move(d, i, CGROUP_ROOT);
	for (size_t i = NR(leaf_cgroups); i-- > 0;)
		cgroup_remove(d, leaf_cgroups[i]);
	for (size_t i = NR(inner_cgroups); i-- > 0;)
		cgroup_remove(d, inner_cgroups[i]);
}

struct disturber *disturb_cgroups(struct load *load)
{
	return disturb_start(&(struct disturber){
		.name = "cgroups",
		.begin = begin_cgroups,
		.turn = turn_cgroup,
		.end = end_cgroups,
		.load = load,
	});
}
