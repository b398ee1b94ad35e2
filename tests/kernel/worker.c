// SPDX-License-Identifier: GPL-2.0
#include "worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "tap.h"

enum {
	MAX_WORKERS = 256,
};

static struct worker workers[MAX_WORKERS];
static int nr_workers;

static _Noreturn void worker_main(struct worker *w)
{
	uint64_t value;

	/* A scheduler lives as long as somebody has its link: only the test may. */
	close_range(3, w->wake_fd - 1, 0);
	close_range(w->wake_fd + 1, ~0U, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (read(w->wake_fd, &value, sizeof(value)) != sizeof(value))
			_exit(1);
		atomic_load (&w->page->fn)(w);
		atomic_fetch_add(&w->page->nr_done, 1);
	}
}

/*
 * It sleeps in its read, and is off the CPU. The state letter would be S already a little before
 * that, when a wakeup or a change of class still finds a running task; for this file the kernel
 * waits until the task has gone.
 */
static bool is_asleep(const struct worker *w)
{
	const char *at = file_read("/proc/%d/syscall", w->pid);
	char want[32];

	snprintf(want, sizeof(want), "%d 0x%x ", SYS_read, w->wake_fd);
	return at && !strncmp(at, want, strlen(want));
}

struct worker *__worker_start(const struct worker_opts *opts)
{
	int policy = opts->policy ?: opts->normal ? SCHED_OTHER : SCHED_EXT;
	struct worker *w = &workers[nr_workers];

	ASSERT_LT(nr_workers, MAX_WORKERS);
	nr_workers++;
	w->wake_fd = eventfd(0, EFD_CLOEXEC);
	ASSERT_GE(w->wake_fd, 0);
	w->page = mmap(NULL, sizeof(*w->page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	ASSERT_NE(w->page, MAP_FAILED);

	w->pid = fork();
	ASSERT_GE(w->pid, 0);
	if (!w->pid)
		worker_main(w);

	/* asleep first: a runnable task would have to be scheduled to get there */
	ASSERT_TRUE(WAIT_FOR(is_asleep(w)));
	ASSERT_EQ(set_affinity(w->pid, opts->cpus ?: ~0ULL), 0);
	ASSERT_EQ(setpriority(PRIO_PROCESS, w->pid, opts->nice), 0);
	ASSERT_EQ(set_policy(w->pid, policy, policy == SCHED_FIFO), 0);
	return w;
}

void worker_post(struct worker *w, worker_fn fn)
{
	uint64_t one = 1;

	ASSERT_EQ(atomic_load(&w->page->nr_done), w->nr_posted);
	atomic_store(&w->page->fn, fn);
	w->nr_posted++;
	ASSERT_EQ(write(w->wake_fd, &one, sizeof(one)), sizeof(one));
}

bool worker_is_done(const struct worker *w)
{
	return atomic_load(&w->page->nr_done) == w->nr_posted && is_asleep(w);
}

void worker_wait(struct worker *w)
{
	if (!WAIT_FOR(worker_is_done(w)))
		fprintf(stderr, "worker %d is stuck, state %c\n", w->pid,
			task_state_letter(w->pid) ?: '-');
	ASSERT_TRUE(worker_is_done(w));
}

void worker_do(struct worker *w, worker_fn fn)
{
	worker_post(w, fn);
	worker_wait(w);
}

void worker_nop(struct worker *w __attribute__((unused))) {}

void worker_spin(struct worker *w)
{
	while (!atomic_load(&w->page->stop))
		atomic_fetch_add(&w->page->nr_turns, 1);
}

void worker_yield(struct worker *w __attribute__((unused)))
{
	sched_yield();
}

void worker_exit(struct worker *w __attribute__((unused)))
{
	_exit(0);
}

void worker_fork(struct worker *w)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	atomic_store(&w->page->ret, pid < 0 ? -errno : pid);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

bool worker_spins_on(struct worker *w)
{
	unsigned long before = atomic_load(&w->page->nr_turns);

	return WAIT_FOR(atomic_load(&w->page->nr_turns) != before);
}

void worker_start_spin(struct worker *w)
{
	atomic_store(&w->page->stop, false);
	worker_post(w, worker_spin);
	ASSERT_TRUE(worker_spins_on(w));
}

void worker_stop_spin(struct worker *w)
{
	atomic_store(&w->page->stop, true);
	worker_wait(w);
}

int worker_reap(struct worker *w)
{
	int status = -1;

	ASSERT_TRUE(WAIT_FOR(waitpid(w->pid, &status, WNOHANG) == w->pid));
	w->pid = 0;
	return status;
}

void workers_check_alive(void)
{
	int i;

	for (i = 0; i < nr_workers; i++) {
		struct worker *w = &workers[i];

		if (!w->pid)
			continue;
		atomic_store(&w->page->stop, true);
		worker_wait(w);
		worker_do(w, worker_nop);
	}
}
