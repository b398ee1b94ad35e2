// SPDX-License-Identifier: GPL-2.0
#include "load.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "chance.h"
#include "tap.h"
#include "guest.h"

enum {
	WORKERS_PER_CPU = 2,
	MAX_TASKS = 256,
	MAX_TRIES = 100,
};

enum role { HOG, WORKER, PARTNER };

static const char *const role_names[] = { "hog", "worker", "partner" };

/* A task of the load. In memory that all of them share. */
struct load_task {
	enum role role;
	int cpu; /* of a hog */
	pid_t pid;
	bool ended;
	int to_partner[2]; /* pipes of a worker and of its partner */
	int from_partner[2];
	uint64_t chance; /* state of its own random numbers */
	atomic_ulong nr_rounds;
	const char *doing; /* the last thing begun; the address is the same for all */
};

struct load {
	enum load_kind kind;
	int nr_cpus;
	int nr;
	struct load_task tasks[MAX_TASKS];
	unsigned long seen[MAX_TASKS]; /* rounds, when progress was asked for */
	atomic_bool stop;
	atomic_ulong nr_refused; /* system calls that failed and must not */
	atomic_int fork_error; /* errno that fork() may fail with */
	atomic_ulong nr_forks_failed; /* with that errno */
};

static uint64_t chance(struct load_task *t, uint64_t below)
{
	return chance_below(&t->chance, below);
}

static void refused(struct load *load, const char *what, int err)
{
	fprintf(stderr, "%d: %s: %s\n", getpid(), what, strerror(err));
	atomic_fetch_add(&load->nr_refused, 1);
}

static void compute(uint64_t nr)
{
	volatile uint64_t x = 1;

	while (nr--)
		x = x * 3 + 1;
}

/*
 * What a worker does. Each is one step of a round.
 */

static void do_compute(struct load *load __attribute__((unused)), struct load_task *t)
{
	compute(chance(t, 200000));
}

static void do_ping(struct load *load, struct load_task *t)
{
	char byte = 0;

	for (int n = chance(t, 3); n >= 0; n--) {
		if (write(t->to_partner[1], &byte, 1) != 1 ||
		    read(t->from_partner[0], &byte, 1) != 1) {
			refused(load, "ping", errno);
			return;
		}
	}
}

static void do_sleep(struct load *load __attribute__((unused)), struct load_task *t)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1 + chance(t, 2000000) }, NULL);
}

static void do_yield(struct load *load __attribute__((unused)), struct load_task *t)
{
	for (int n = chance(t, 4); n >= 0; n--)
		sched_yield();
}

static void do_nice(struct load *load, struct load_task *t)
{
	if (setpriority(PRIO_PROCESS, 0, (int)chance(t, 11) - 5))
		refused(load, "setpriority", errno);
}

/*
 * Any set of CPUs, then any CPU again. A set whose CPUs are all offline is no set, and what the
 * kernel calls invalid may have been made so by a CPU that came or went during the call; so what
 * must work in the end is retried.
 */
static void do_affinity(struct load *load, struct load_task *t)
{
	int err;

	if (load->kind == LOAD_ROAMING)
		return;
	err = set_affinity(0, 1 + chance(t, (1ULL << load->nr_cpus) - 1));
	if (err && err != -EINVAL)
		refused(load, "sched_setaffinity", -err);
	compute(chance(t, 20000));
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		err = set_affinity(0, ~0ULL);
		if (err != -EINVAL)
			break;
	}
	if (err)
		refused(load, "sched_setaffinity to all CPUs", -err);
}

static void do_policy(struct load *load, struct load_task *t)
{
	static const int policies[] = { SCHED_EXT, SCHED_BATCH, SCHED_FIFO };
	int policy = policies[chance(t, 3)], err;

	if (load->kind == LOAD_ROAMING)
		return;
	err = set_policy(0, policy, policy == SCHED_FIFO);
	err = err ?: set_policy(0, SCHED_OTHER, 0);
	if (err)
		refused(load, "sched_setscheduler", -err);
}

static void do_fork(struct load *load, struct load_task *t)
{
	int status;
	pid_t pid = fork();

	if (pid < 0) {
		if (errno == atomic_load(&load->fork_error))
			atomic_fetch_add(&load->nr_forks_failed, 1);
		else
			refused(load, "fork", errno);
		return;
	}
	if (!pid) {
		compute(chance(t, 20000));
		sched_yield();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		refused(load, "waitpid", errno);
}

static const struct {
	const char *name;
	void (*fn)(struct load *load, struct load_task *t);
} steps[] = {
	{ "compute", do_compute }, { "ping", do_ping }, { "sleep", do_sleep },
	{ "yield", do_yield },	   { "nice", do_nice }, { "affinity", do_affinity },
	{ "policy", do_policy },   { "fork", do_fork },
};

#define NR_STEPS (sizeof(steps) / sizeof(steps[0]))

/* All steps once, in any order. */
static void work_one_round(struct load *load, struct load_task *t)
{
	unsigned char order[NR_STEPS];
	size_t i;

	for (i = 0; i < NR_STEPS; i++) {
		size_t j = chance(t, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	for (i = 0; i < NR_STEPS; i++) {
		t->doing = steps[order[i]].name;
		steps[order[i]].fn(load, t);
	}
}

static void worker_main(struct load *load, struct load_task *t)
{
	close(t->to_partner[0]);
	close(t->from_partner[1]);
	while (!atomic_load(&load->stop)) {
		work_one_round(load, t);
		atomic_fetch_add(&t->nr_rounds, 1);
	}
}

/* Answers until its worker has gone. */
static void partner_main(struct load *load, struct load_task *t)
{
	char byte;

	close(t->to_partner[1]);
	close(t->from_partner[0]);
	while (read(t->to_partner[0], &byte, 1) == 1) {
		atomic_fetch_add(&t->nr_rounds, 1);
		if (write(t->from_partner[1], &byte, 1) != 1)
			refused(load, "pong", errno);
	}
}

static void hog_main(struct load *load, struct load_task *t)
{
	if (load->kind != LOAD_ROAMING && set_affinity(0, 1ULL << t->cpu))
		refused(load, "sched_setaffinity of a hog", errno);
	while (!atomic_load(&load->stop)) {
		compute(20000);
		atomic_fetch_add(&t->nr_rounds, 1);
	}
}

static void task_main(struct load *load, struct load_task *t)
{
	static void (*const mains[])(struct load *load, struct load_task *t) = {
		[HOG] = hog_main,
		[WORKER] = worker_main,
		[PARTNER] = partner_main,
	};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mains[t->role](load, t);
	_exit(0);
}

static struct load_task *add_task(struct load *load, enum role role)
{
	struct load_task *t = &load->tasks[load->nr];

	ASSERT_LT(load->nr, MAX_TASKS);
	t->role = role;
	t->chance = chance_seed(load->nr);
	load->nr++;
	return t;
}

static void start_task(struct load *load, struct load_task *t)
{
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (!pid)
		task_main(load, t);
	t->pid = pid;
}

static void add_worker(struct load *load)
{
	struct load_task *worker = add_task(load, WORKER);
	struct load_task *partner = add_task(load, PARTNER);

	ASSERT_EQ(pipe(worker->to_partner), 0);
	ASSERT_EQ(pipe(worker->from_partner), 0);
	memcpy(partner->to_partner, worker->to_partner, sizeof(partner->to_partner));
	memcpy(partner->from_partner, worker->from_partner, sizeof(partner->from_partner));
	start_task(load, worker);
	start_task(load, partner);
	/* their own now: no other task must keep them open */
	for (int i = 0; i < 2; i++) {
		close(worker->to_partner[i]);
		close(worker->from_partner[i]);
	}
}

struct load *load_start(enum load_kind kind)
{
	struct load *load = mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int cpu;

	ASSERT_NE(load, MAP_FAILED);
	load->kind = kind;
	load->nr_cpus = nr_cpus();
	/* whatever an earlier test left behind */
	for (cpu = 1; cpu < load->nr_cpus; cpu++)
		ASSERT_EQ(cpu_set_online(cpu, true), 0);
	for (cpu = 0; cpu < load->nr_cpus; cpu++) {
		struct load_task *hog = add_task(load, HOG);

		hog->cpu = cpu;
		start_task(load, hog);
		for (int i = 0; i < WORKERS_PER_CPU; i++)
			add_worker(load);
	}
	ASSERT_TRUE(load_progresses(load));
	return load;
}

static bool task_progressed(const struct load *load, int i)
{
	/* two: the first may have begun before anybody asked */
	return atomic_load(&load->tasks[i].nr_rounds) - load->seen[i] >= 2;
}

static bool all_progressed(const struct load *load)
{
	for (int i = 0; i < load->nr; i++)
		if (!task_progressed(load, i))
			return false;
	return true;
}

static void show_task(const struct load *load, int i)
{
	const struct load_task *t = &load->tasks[i];
	unsigned long nr = atomic_load(&t->nr_rounds);

	fprintf(stderr,
		"%s %d: %lu rounds, %lu of them new; last began: %s; state %c, on SCX: %.1s\n",
		role_names[t->role], t->pid, nr, nr - load->seen[i], t->doing ?: "-",
		task_state_letter(t->pid) ?: '-',
		line_value(file_read("/proc/%d/sched", t->pid), "ext.enabled") ?: "?");
}

static void load_mark(struct load *load)
{
	for (int i = 0; i < load->nr; i++)
		load->seen[i] = atomic_load(&load->tasks[i].nr_rounds);
}

bool load_progresses(struct load *load)
{
	int i;

	load_mark(load);
	if (WAIT_FOR(all_progressed(load)))
		return true;
	for (i = 0; i < load->nr; i++)
		if (!task_progressed(load, i))
			show_task(load, i);
	return false;
}

/* Reaps the tasks that have ended. Whether there are none left. */
static bool reap_ended(struct load *load)
{
	bool all = true;

	for (int i = 0; i < load->nr; i++) {
		struct load_task *t = &load->tasks[i];
		int status = 0;

		if (!t->ended && waitpid(t->pid, &status, WNOHANG) == t->pid) {
			t->ended = true;
			if (status) {
				fprintf(stderr, "%s %d ended with status 0x%x\n",
					role_names[t->role], t->pid, status);
				atomic_fetch_add(&load->nr_refused, 1);
			}
		}
		all &= t->ended;
	}
	return all;
}

void load_finish(struct load *load)
{
	bool all;

	atomic_store(&load->stop, true);
	all = WAIT_FOR(reap_ended(load));
	for (int i = 0; i < load->nr; i++)
		if (!load->tasks[i].ended)
			show_task(load, i);
	EXPECT_TRUE(all);
	EXPECT_EQ(atomic_load(&load->nr_refused), 0);
	munmap(load, sizeof(*load));
}

int load_nr_tasks(const struct load *load)
{
	return load->nr;
}

pid_t load_pid(const struct load *load, int i)
{
	return load->tasks[i].pid;
}

pid_t load_worker_pid(const struct load *load)
{
	int i;

	for (i = 0; load->tasks[i].role != WORKER; i++)
		;
	return load->tasks[i].pid;
}

void load_allow_fork_error(struct load *load, int err)
{
	atomic_store(&load->fork_error, err);
}

unsigned long load_nr_forks_failed(const struct load *load)
{
	return atomic_load(&load->nr_forks_failed);
}
