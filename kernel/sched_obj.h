/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sched_obj.h - struct scx_sched as an object: memory, threads, references.
 *
 * Its reference count is that of the kobject. User space's link holds one from load to unload;
 * open sysfs files hold others.
 */
#ifndef _SCXKIT_SCHED_OBJ_H
#define _SCXKIT_SCHED_OBJ_H

/* With everything that can fail for want of memory. ERR_PTR on failure. Sleeps. */
struct scx_sched *sched_obj_create(const struct sched_ext_ops *ops, struct bpf_prog *const *progs);
void sched_obj_put(struct scx_sched *sch);

/* Let the class call the scheduler's callbacks, or not any more. */
void sched_obj_callbacks_on(struct scx_sched *sch);
void sched_obj_callbacks_off(struct scx_sched *sch);

/* No work that knows @sch or its queues is pending on any CPU any more. Sleeps. */
void sched_obj_drain(struct scx_sched *sch);

/* An end has been claimed: wait until the unload is through. Sleeps. */
void sched_obj_wait_unloaded(struct scx_sched *sch);

/* The unload itself, enable.c. On @sch's own thread. */
void sched_unload(struct scx_sched *sch);

#endif /* _SCXKIT_SCHED_OBJ_H */
