/* SPDX-License-Identifier: GPL-2.0 */
/* cgroup.h - what cgroup.bpf.c is told and what it tells. */
#ifndef TESTS_KERNEL_CGROUP_H
#define TESTS_KERNEL_CGROUP_H

enum {
	MAX_TOLD = 256,
};

/* A call of a cgroup callback, in their order. */
struct cgroup_told {
	unsigned int op; /* enum journal_op */
	int pid;
	unsigned long long id; /* of the cgroup, or of that a task comes from */
	unsigned long long to; /* of that it goes to */
	unsigned long long weight;
	unsigned long long period_us, quota_us, burst_us;
	int idle;
};

struct cgroup_knobs {
	int init_ret; /* cgroup_init, while fail is set */
	int prep_ret; /* prep_move */
	unsigned int prep_fails_at; /* which call of prep_move fails, from 1; 0: none */
	unsigned int fail;
	int hold_pid; /* init_task of this one, in a load, goes on when this is no more its number */
	int task_ret; /* and then returns this */
};

#endif /* TESTS_KERNEL_CGROUP_H */
