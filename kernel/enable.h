/* SPDX-License-Identifier: GPL-2.0 */
/*
 * enable.h - the life of a scheduler.
 *
 *	           scx_load()                  step H                   an end was claimed
 *	DISABLED ------------> ENABLING ----------------> ENABLED ----------------+
 *	   ^                       |                                              v
 *	   |                       +------- an end was claimed ------------> DISABLING
 *	   +------------------------------------------------------------------+
 *
 * The state changes under the enable mutex. enable.c has the steps of loading and unloading
 * with what each protects itself by.
 */
#ifndef _SCXKIT_ENABLE_H
#define _SCXKIT_ENABLE_H

/*
 * Load the scheduler that @ops describes, with the programs @progs by callback index. 0 means
 * that it was taken on: what goes wrong later ends it through ops.exit(). Else -EINVAL (CPUs
 * are isolated from load balancing), -EBUSY (one is loaded) or -ENOMEM. Sleeps.
 */
int scx_load(struct sched_ext_ops *ops, struct bpf_prog *const *progs);

/* User space let go of @ops: unload it, wait until it is gone, free it. Sleeps. */
void scx_unload(struct sched_ext_ops *ops);

/* For sysfs. */
enum scx_enable_state scx_enable_state(void);
const char *scx_enable_state_name(enum scx_enable_state state);
extern atomic_long_t scx_nr_rejected;	/* tasks refused SCHED_EXT since the last load */
extern atomic_long_t scx_enable_seq;	/* successful loads since boot */

/* Keeps forks out (write) or is held by one (read). See fork.c. */
extern struct percpu_rw_semaphore scx_fork_rwsem;

#endif /* _SCXKIT_ENABLE_H */
