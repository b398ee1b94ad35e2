/* SPDX-License-Identifier: GPL-2.0 */
/* sleepers.h - tasks that only sleep: they exist, and a scheduler must take them in. */
#ifndef BENCH_SLEEPERS_H
#define BENCH_SLEEPERS_H

#include <sys/types.h>

#include "why.h"

struct sleepers {
	pid_t	leader;		/* also the number of their process group; 0: none */
};

/* Returns 0 when all @nr are alive, or -errno with the reason in @why. */
int sleepers_init(struct sleepers *s, unsigned long nr, struct why *why);

/* Kills them all. */
void sleepers_exit(struct sleepers *s);

#endif /* BENCH_SLEEPERS_H */
