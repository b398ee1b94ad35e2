/* SPDX-License-Identifier: GPL-2.0 */
/* child.h - a program that runs beside this one; what it prints is kept. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "why.h"

struct child {
	pid_t	pid;		/* 0: none, or reaped already */
	int	pidfd;		/* readable once it has ended */
	int	out, err;	/* files that hold its stdout and stderr */
	int	status;		/* exit status, 128 + N after signal N; valid once reaped */
};

/*
 * Starts @argv (searched in PATH unless it has a slash) in a process group of its
 * own; it dies with this process. Returns 0, or -errno with the reason in @why.
 * After 0 the caller calls child_exit() in the end.
 */
int child_init(struct child *child, const char *const argv[], struct why *why);

/*
 * Waits at most @timeout_ms for the end (-1: for ever), kills what is left of its process
 * group, reaps, fills child->status.
 * Returns 0, -ETIMEDOUT while it runs, or -errno.
 */
int child_wait(struct child *child, int timeout_ms);

/* Sends @signal to it, and to nobody if it has ended. */
void child_signal(const struct child *child, int signal);

/* True while the program runs; a finished one is not reaped by asking. */
bool child_runs(const struct child *child);

/*
 * What it printed so far on stdout (@fd child->out) or stderr, NUL-terminated, to
 * be freed by the caller; NULL if it can't be read.
 */
char *child_output(int fd);

/* Kills its process group unless it was reaped, reaps, closes the files. */
void child_exit(struct child *child);

/* child_init(), wait for the end, and fail unless it exits with status 0. */
int child_run(struct child *child, const char *const argv[], int timeout_ms, struct why *why);

#endif /* BENCH_CHILD_H */
