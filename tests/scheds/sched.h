/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sched.h - schedulers, as their loaders load them, and the machine set up for one.
 *
 * Functions end the test if something can't be had.
 */
#ifndef TESTS_SCHEDS_SCHED_H
#define TESTS_SCHEDS_SCHED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/lib/loaded.h"
#include "guest.h"

/*
 * No time limits in here: on the clock that counts instructions time leaps ahead
 * while the machine waits for a file of the host. A hang is ended from outside.
 */
#define FOR_EVER_MS (-1)
#define SCHED_TEST(ident) TEST_TIMEOUT(ident, 1000000)

/*
 * Load a scheduler: sched_start(&sched, "scx_simple", "-f"). Returns when it is
 * enabled.
 */
#define sched_start(sched, name, ...) \
	__sched_start(sched, (const char *const[]){ cmd_program(name), ##__VA_ARGS__, NULL })
void __sched_start(struct loaded *sched, const char *const argv[]);

/* Still enabled, and leaves as it should when asked to. */
void sched_stop(struct loaded *sched);

/*
 * Run a loader to its end, which comes by itself. Returns its exit status; @out and
 * @err (to be freed) are what it printed. The kernel is back to its own classes.
 */
#define sched_run(out, err, name, ...) \
	__sched_run(out, err, (const char *const[]){ cmd_program(name), ##__VA_ARGS__, NULL })
int __sched_run(char **out, char **err, const char *const argv[]);

/* The number after the last "@key=" that @sched's loader has printed. */
uint64_t sched_stat(const struct loaded *sched, const char *key);

/* Wait until the loader has printed another line of statistics. */
void sched_next_stats(const struct loaded *sched);

/*
 * The kernel's tick. A slice ends at the first tick that finds it used up, so it lasts
 * up to a tick longer.
 */
uint64_t tick_ns(void);

/* Whether the kernel checks every memory access. */
bool kernel_has_kasan(void);

/* Make it a machine of one CPU, or of all of them again. */
void only_cpu_0(bool only);

/*
 * Take CPU 3 of 4 offline. @pid is one of a cgroup whose tasks may run on all CPUs: its cpuset takes
 * the one that is offline from their affinity.
 */
void cpu_3_offline(pid_t pid);

/* Make the cgroup @path (below the root) with CPU control and @weight; 0: as is. */
void cgroup_make(const char *path, unsigned int weight);

/* Remove cgroup @path, once the last of its processes is gone. */
void cgroup_remove(const char *path);

/* Write @text into file @name of cgroup @path. */
void cgroup_write(const char *path, const char *name, const char *text);

#endif /* TESTS_SCHEDS_SCHED_H */
