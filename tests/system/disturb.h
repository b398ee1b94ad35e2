/* SPDX-License-Identifier: GPL-2.0 */
/*
 * disturb.h - processes that change the machine under a scheduler, turn after turn, until told
 * to stop. They end with the test.
 */
#ifndef TESTS_SYSTEM_DISTURB_H
#define TESTS_SYSTEM_DISTURB_H

#include "load.h"

struct disturber;

/* Takes any CPU but the first away and brings it back. All are online at the end. */
struct disturber *disturb_cpus(void);

/* Forks children that fork children; some of them execute another program. */
struct disturber *disturb_forks(void);

/*
 * Moves tasks of @load between cgroups of two levels, changes weights and limits of these, makes
 * and removes one. The tasks are back where they were, and the cgroups gone, at the end.
 */
struct disturber *disturb_cgroups(struct load *load);

/*
 * Stops it, waits until it has, and checks that it had at least one turn and that nothing it did
 * was refused. NULL is fine.
 */
void disturb_stop(struct disturber *d);

#endif /* TESTS_SYSTEM_DISTURB_H */
