/* SPDX-License-Identifier: GPL-2.0 */
/* events.h - reading the event counters; scx_add_event() counts. */
#ifndef _SCXKIT_EVENTS_H
#define _SCXKIT_EVENTS_H

/* Sum of all CPUs into @sum. Any context. */
void events_read(struct scx_sched *sch, struct scx_event_stats *sum);

/* Print one "NAME value" line for each counter with @emit(arg, name, value). */
void events_for_each(const struct scx_event_stats *sum,
		     void (*emit)(void *arg, const char *name, s64 value), void *arg);

#endif /* _SCXKIT_EVENTS_H */
