/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hog.h - processes that use all the CPU they can get, and how much they got.
 *
 * They die with the test. Functions end the test if something can't be had.
 */
#ifndef TESTS_SCHEDS_HOG_H
#define TESTS_SCHEDS_HOG_H

#include <stdint.h>
#include <sys/types.h>

struct hog {
	pid_t pid;
};

struct hog_opts {
	int cpu;		/* CPU + 1 to be bound to; 0: any */
	int nice;
	int policy;		/* SCHED_*, 0 is SCHED_OTHER */
	const char *cgroup;	/* path below the root cgroup; NULL: the test's */
	void (*fn)(void *arg);	/* instead of spinning */
	void *arg;
};

/*
 * To be called often by whatever uses a CPU for long. On the clock that counts instructions
 * the machine's CPUs take turns, and an emulated CPU that doesn't pause keeps its turn up to
 * the next timer: work that others have to do waits for milliseconds of the guest's time.
 */
static inline void hog_relax(void)
{
	__builtin_ia32_pause();
}

/* A running hog: hog_start(.cpu = 1 + 2, .nice = -5). */
#define hog_start(...) __hog_start(&(struct hog_opts){ __VA_ARGS__ })
struct hog __hog_start(const struct hog_opts *opts);

/* CPU time it has used, in ns. */
uint64_t hog_cpu_ns(const struct hog *hog);

/* How often it lost its CPU to another task, so far. */
uint64_t hog_switches(const struct hog *hog);

void hog_kill(struct hog *hog);

/*
 * Let @hogs run until together they have used @total_ns of CPU time more.
 * @ret_ns[i]: what hogs[i] used of it.
 */
void hogs_measure(const struct hog *hogs, unsigned int nr, uint64_t total_ns, uint64_t *ret_ns);

/*
 * In each of some seconds of CPU time hogs[1] gets @share of what both get, give or take a
 * slice of 20 ms.
 */
void hogs_expect_share(const struct hog hogs[2], double share);

/* nice -5 is weight 305, and nice 0 is 100. */
#define HEAVY_NICE -5
#define HEAVY_SHARE (305.0 / 405)

#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL

#endif /* TESTS_SCHEDS_HOG_H */
