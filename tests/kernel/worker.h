/* SPDX-License-Identifier: GPL-2.0 */
/*
 * worker.h - tasks for a scheduler to schedule: processes that sleep until told what to do.
 *
 * A worker waits on an eventfd (a plain wakeup, no hint that the waker is about to sleep). It is
 * handed a function and runs it in its own process. It dies with the process of the test.
 */
#ifndef TESTS_KERNEL_WORKER_H
#define TESTS_KERNEL_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct worker;

/* What a worker is to do, run by the worker itself. */
typedef void (*worker_fn)(struct worker *w);

/* Shared between a worker and the test. */
struct worker_page {
	_Atomic(worker_fn)	fn;
	atomic_uint		nr_done;	/* functions that have returned */
	atomic_bool		stop;		/* asks worker_spin() to return */
	atomic_ulong		nr_turns;	/* grows while it spins */
	atomic_long		arg;		/* for the function, by agreement */
	atomic_long		ret;
};

struct worker {
	pid_t			pid;
	unsigned int		nr_posted;
	int			wake_fd;
	struct worker_page	*page;
};

struct worker_opts {
	int		policy;		/* SCHED_*; default SCHED_EXT, see worker_start() */
	bool		normal;		/* SCHED_OTHER */
	uint64_t	cpus;		/* mask of CPUs; 0: all */
	int		nice;
};

/*
 * A new worker, asleep when this returns. Ends the test if that cannot be had. Freed by the end
 * of the process.
 *
 *	w = worker_start(.cpus = 1 << 2);
 */
#define worker_start(...) __worker_start(&(struct worker_opts){ __VA_ARGS__ })
struct worker *__worker_start(const struct worker_opts *opts);

/* Wake @w to run @fn. One at a time. */
void worker_post(struct worker *w, worker_fn fn);

/* Whether all that was posted is done, and @w sleeps again. */
bool worker_is_done(const struct worker *w);

/* Post, and wait until it is done; ends the test as failed if it is not in time. */
void worker_do(struct worker *w, worker_fn fn);

/* Wait for what was posted; ends the test as failed if it is not done in time. */
void worker_wait(struct worker *w);

/* Functions to post */

void worker_nop(struct worker *w);
/* Keep the CPU until worker_stop_spin(). */
void worker_spin(struct worker *w);
/* sched_yield() once. */
void worker_yield(struct worker *w);
/* End the process. Use worker_reap(), not worker_wait(). */
void worker_exit(struct worker *w);
/* Fork a child that ends at once, reap it; page->ret: its pid, or -errno of fork(). */
void worker_fork(struct worker *w);

/* Post worker_spin() and wait until @w does spin. */
void worker_start_spin(struct worker *w);
/* Let it end, and wait for that. */
void worker_stop_spin(struct worker *w);
/* Whether a spinning worker gets CPU time from now on. */
bool worker_spins_on(struct worker *w);

/* Waits for the end of @w's process. Returns its status as waitpid() has it. */
int worker_reap(struct worker *w);

/*
 * Every worker that was started, but for those that were reaped, can run: each is woken and must
 * do something. Fails the test otherwise.
 */
void workers_check_alive(void);

#endif /* TESTS_KERNEL_WORKER_H */
