/* SPDX-License-Identifier: GPL-2.0 */
/* sysfs.h - /sys/kernel/sched_ext: state, counters, and a directory for the loaded scheduler. */
#ifndef _SCXKIT_SYSFS_H
#define _SCXKIT_SYSFS_H

/* Make @sch's directory "root"; initialises its kobject, also on failure. 0 or -errno. */
int sysfs_add(struct scx_sched *sch);
/* Send the uevent of a successful load. */
void sysfs_announce(struct scx_sched *sch);
void sysfs_remove(struct scx_sched *sch);

/* The kobject's release, sched_obj.c. */
void sched_obj_release(struct kobject *kobj);

#endif /* _SCXKIT_SYSFS_H */
