/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hotplug.h - CPUs that come and go. A scheduler either has a callback for the direction or is
 * ended with a code that asks its loader to start it again.
 */
#ifndef _SCXKIT_HOTPLUG_H
#define _SCXKIT_HOTPLUG_H

/*
 * From now on @sch is told about CPUs. Ends @sch if CPUs came or went since its loader looked.
 * CPU hotplug is locked out.
 */
void hotplug_begin(struct scx_sched *sch);

/* Not any more; none of its callbacks is running. Sleeps. */
void hotplug_end(struct scx_sched *sch);

/* CPUs that came or went since boot, for sysfs. */
extern atomic_long_t scx_hotplug_seq;

#endif /* _SCXKIT_HOTPLUG_H */
