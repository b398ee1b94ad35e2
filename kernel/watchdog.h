/* SPDX-License-Identifier: GPL-2.0 */
/*
 * watchdog.h - a runnable task that has not run for longer than the scheduler's timeout ends the
 * scheduler. Checked twice per timeout on the scheduler's own FIFO thread; the tick notices when
 * even that thread does not run.
 */
#ifndef _SCXKIT_WATCHDOG_H
#define _SCXKIT_WATCHDOG_H

/* Both in process context; after stop() no check runs. */
void watchdog_start(struct scx_sched *sch);
void watchdog_stop(struct scx_sched *sch);

/* The tick of any CPU: has the last check been too long ago? */
void watchdog_tick(struct scx_sched *sch);

#endif /* _SCXKIT_WATCHDOG_H */
