/* SPDX-License-Identifier: GPL-2.0 */
/*
 * swcount.h - the kernel's software events, counted on every CPU for all tasks.
 *
 * Needs root (or CAP_PERFMON, or kernel.perf_event_paranoid of 0 or less).
 */
#ifndef BENCH_SWCOUNT_H
#define BENCH_SWCOUNT_H

#include <stdint.h>

#include "why.h"

enum swcount_event {
	SWCOUNT_CONTEXT_SWITCHES,
	SWCOUNT_CPU_MIGRATIONS,
	SWCOUNT_PAGE_FAULTS,
	SWCOUNT_NR_EVENTS,
};

/* As they stand in JSON: "context_switches", ... */
extern const char *const swcount_names[SWCOUNT_NR_EVENTS];

struct swcount;

/*
 * Opens the counters on all online CPUs and starts them at 0. A CPU that comes
 * online later is not counted. Returns 0, or -errno with the reason in @why.
 */
int swcount_create(struct swcount **ret_counts, struct why *why);

/* Adds up what was counted so far. Returns 0, or -errno with @why. */
int swcount_read(const struct swcount *counts, uint64_t ret_value[SWCOUNT_NR_EVENTS],
		 struct why *why);

/* Stops and frees; NULL is fine. */
void swcount_destroy(struct swcount *counts);

#endif /* BENCH_SWCOUNT_H */
