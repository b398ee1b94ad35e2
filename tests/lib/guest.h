/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.h - the machine that tests of the kernel turn upside down: its files (sysfs, procfs,
 * cgroups), CPUs and tasks, and waiting for something. Who uses this runs in the guest only.
 */
#ifndef TESTS_LIB_GUEST_H
#define TESTS_LIB_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SCX_SYSFS "/sys/kernel/sched_ext/"

/* Set by the makers of 6.12, not yet known to the C library. */
#ifndef SCHED_EXT
#define SCHED_EXT 7
#endif

enum {
	WAIT_TIMEOUT_MS = 40000, /* an emulated debug kernel on a busy host is slow */
};

/* Time in ms, for WAIT_FOR() alone. */
int64_t wait_now_ms(void);
/* A short nap between two looks at a condition. */
void wait_nap(void);

/* Whether @cond became true in time. It is evaluated again and again. */
#define WAIT_FOR(cond)                                              \
	({                                                          \
		int64_t ___end = wait_now_ms() + WAIT_TIMEOUT_MS;   \
		bool ___ok;                                         \
                                                                    \
		while (!(___ok = (cond)) && wait_now_ms() < ___end) \
			wait_nap();                                 \
		___ok;                                              \
	})

/*
 * Content of the file @fmt... without the newline at its end, or NULL if it cannot be read. Good
 * until the next call but seven.
 */
const char *file_read(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The number in the file, or -1. */
long long file_number(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Writes @text into @path in one write. 0 or -errno. */
int file_write(const char *path, const char *text);

bool file_exists(const char *path);

/* The inode number of @path, which for a cgroup is its id. Ends the test if there is none. */
uint64_t file_inode(const char *path);

/*
 * Path of cgroup @name ("a/b"; "": the root), or of its @file unless that is NULL. Good until the
 * next call but three.
 */
const char *cg_path(const char *name, const char *file);

/* Each 0 or -errno. cg_enter() is about the caller if @pid is 0. */
int cg_make(const char *name);
int cg_write(const char *name, const char *file, const char *text);
int cg_enter(const char *name, pid_t pid);

/* What follows "@key" and blanks in the first line of @text that starts with it; NULL: none. */
const char *line_value(const char *text, const char *key);

/* From here to console_loud() the kernel writes to its log only: the console is slow. */
void console_quiet(void);
void console_loud(void);

/* Whether the scheduler's state in sysfs is @state now. */
bool scx_state_is(const char *state);

/* Counter @name of the loaded scheduler, from sysfs: sched_event("SCX_EV_ENQ_SKIP_EXITING"). */
long long sched_event(const char *name);

/* Number of possible CPUs (they are 0 to this - 1 in the machines of vm/vm run). */
int nr_cpus(void);

/* Brings @cpu up or down; waits until done. 0 or -errno. */
int cpu_set_online(int cpu, bool online);

/* Lets the calling process run on @cpu only; any with -1. Ends the test if it cannot. */
void pin_self(int cpu);

/* Keeps kernel thread @comm, of which there must be one, on @cpu. */
void pin_thread(const char *comm, int cpu);

/* sched_setaffinity() of @pid by a mask of CPUs 0-63. 0 or -errno. */
int set_affinity(pid_t pid, uint64_t mask);

/* sched_setscheduler(). @prio: for SCHED_FIFO and SCHED_RR, else 0. 0 or -errno. */
int set_policy(pid_t pid, int policy, int prio);

/* Makes @pid a deadline task, @runtime_ms of every @period_ms. 0 or -errno. */
int set_deadline(pid_t pid, unsigned int runtime_ms, unsigned int period_ms);

/* A letter, as /proc/PID/stat has it: 'R', 'S', 'Z', ...; 0 if there is no such process. */
char task_state_letter(pid_t pid);

/* Whether @pid is on the class, by ext.enabled of /proc/PID/sched. */
bool task_is_on_scx(pid_t pid);

#endif /* TESTS_LIB_GUEST_H */
