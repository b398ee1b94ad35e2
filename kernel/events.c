// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "events.h"

void events_read(struct scx_sched *sch, struct scx_event_stats *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct scx_event_stats *ev = &per_cpu_ptr(sch->pcpu, cpu)->events;

#define SCX_EVENT(name) sum->SCX_EV_##name += READ_ONCE(ev->SCX_EV_##name);
#include "events.def"
	}
}

void events_for_each(const struct scx_event_stats *sum,
		     void (*emit)(void *arg, const char *name, s64 value), void *arg)
{
#define SCX_EVENT(name) emit(arg, "SCX_EV_" #name, sum->SCX_EV_##name);
#include "events.def"
}
