/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loaded.h - a BPF scheduler loaded by its loader program, for as long as a
 * measurement lasts.
 *
 *	loaded_init()	starts the loader, waits until the kernel says "enabled"
 *	loaded_check()	still the same one? a scheduler may be ejected at any time
 *	loaded_stop()	ctrl-C (SIGINT); waits for the loader and for "disabled"
 *	loaded_exit()	frees; kills the loader if it still runs
 */
#ifndef BENCH_LOADED_H
#define BENCH_LOADED_H

#include <stdint.h>

#include "child.h"
#include "why.h"

struct loaded {
	struct child	loader;
	char		ops[128];	/* its name, as the kernel shows it */
	long		enable_seq;	/* the kernel's count of loads */
	uint64_t	start_ns;	/* from starting the loader to "enabled" */
};

/* What the loader had said when it ended. */
struct loaded_report {
	char	*stats;		/* the last it printed, see stats.h; NULL: none */
	char	*end;		/* why the scheduler ended; NULL: it did not say */
};

/*
 * Fails unless no BPF scheduler is loaded. A kernel without the class counts as
 * none loaded. Returns 0, or -errno with the reason in @why.
 */
int loaded_require_none(struct why *why);

/*
 * Runs the loader @argv and waits up to @timeout_ms (-1: for ever) until its
 * scheduler is enabled. Returns 0, or -errno with the reason (and what the loader said) in
 * @why; then nothing is left running.
 */
int loaded_init(struct loaded *sched, const char *const argv[], int timeout_ms, struct why *why);

/* 0 while the scheduler of loaded_init() is still enabled, else -errno and @why. */
int loaded_check(struct loaded *sched, struct why *why);

/*
 * Ends the scheduler as a user would, within @timeout_ms, and fills @ret_report,
 * which the caller frees by loaded_report_exit(). Returns 0, or -errno and @why if
 * the loader did not end well or the kernel did not go back to its own class.
 */
int loaded_stop(struct loaded *sched, int timeout_ms, struct loaded_report *ret_report,
		struct why *why);

void loaded_exit(struct loaded *sched);
void loaded_report_exit(struct loaded_report *report);

/*
 * Takes the report out of what a loader printed: the counters are the block of lines
 * that @out ends with and has repeated, see stats_last(); the end is the last line of @err or @out that starts
 * with "EXIT:", without that word. Returns 0 or -ENOMEM.
 */
int loaded_report_parse(struct loaded_report *ret_report, const char *out, const char *err);

#endif /* BENCH_LOADED_H */
