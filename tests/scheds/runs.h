/* SPDX-License-Identifier: GPL-2.0 */
/*
 * runs.h - every switch of every CPU, watched: which cgroup's task ran where, from when to when.
 * Shared by both sides, runs.bpf.c and runs.c.
 */
#ifndef TESTS_SCHEDS_RUNS_H
#define TESTS_SCHEDS_RUNS_H

enum {
	RUNS_MAX_CPUS = 64,
	RUNS_MAX = 65536,	/* what comes later is not kept */
};

/* A task had a CPU, from .begin to .end. */
struct run {
	unsigned long long begin;	/* ns */
	unsigned long long end;
	unsigned long long cgid;	/* 0: a task that no scheduler of ours decides about */
	int pid;
	int cpu;
};

#ifndef __bpf__

#include <stdint.h>

struct runs_bpf;

/* How tasks of different cgroups ran on two CPUs at the same time. */
struct clashes {
	unsigned int nr_runs;		/* looked at */
	unsigned int nr_changes;	/* of the cgroup that ran on a CPU */
	unsigned int nr;		/* clashes */
	uint64_t total_ns;		/* how long they lasted together */
	uint64_t longest_ns;
	struct run a, b;		/* the longest */
};

/* From here to runs_stop() all switches are watched. Ends the test if that cannot be. */
struct runs_bpf *runs_start(void);
void runs_stop(struct runs_bpf *runs);

/* The clashes on @cpu_a and @cpu_b among what was watched. */
struct clashes runs_clashes(const struct runs_bpf *runs, int cpu_a, int cpu_b);

void runs_free(struct runs_bpf *runs);

#endif /* __bpf__ */
#endif /* TESTS_SCHEDS_RUNS_H */
