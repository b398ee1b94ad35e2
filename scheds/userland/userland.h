/* SPDX-License-Identifier: GPL-2.0 */
/*
 * userland.h - what scx_userland's two sides share.
 */
#ifndef __SCX_USERLAND_H
#define __SCX_USERLAND_H

enum userland_consts {
	USERLAND_QUEUE_LEN = 4096,
};

/* A task that the kernel half hands to the user half. */
struct userland_task {
	s32 pid;
	u32 weight;
	u64 run_ns;	/* CPU time that it has used in its life */
};

enum userland_counter {
	USERLAND_ENQ_USER,	/* tasks handed to the user half */
	USERLAND_ENQ_FAILED,	/* tasks kept because its queue was full */
	USERLAND_ENQ_KERNEL,	/* tasks with restricted affinity, kept */
	USERLAND_DSP,		/* tasks dispatched for the user half */
	USERLAND_DSP_FAILED,	/* tasks that had died meanwhile */
	NR_USERLAND_COUNTERS,
};

#endif /* __SCX_USERLAND_H */
