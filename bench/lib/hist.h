/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hist.h - a histogram of durations with buckets whose width grows with the value.
 *
 * Each power of two is cut into HIST_SUB buckets, so a quantile is at most
 * 1/HIST_SUB (1.6 %) above the value that was recorded, from 1 ns to 584 years.
 * Values below HIST_SUB are exact. Nothing allocates; recording costs a few
 * instructions. Not thread safe: one histogram for each thread, merged at the end.
 */
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS	6
#define HIST_SUB	(1u << HIST_SUB_BITS)
#define HIST_BUCKETS	((64 - HIST_SUB_BITS + 1) * HIST_SUB)

struct hist {
	uint64_t	nr;			/* values recorded */
	uint64_t	max;			/* the largest, exact; 0 if none */
	uint64_t	count[HIST_BUCKETS];
};

/* Counts one value. */
void hist_record(struct hist *h, uint64_t value);

/* Adds all that @from counted to @to. */
void hist_merge(struct hist *to, const struct hist *from);

/*
 * The smallest value, rounded up to the end of its bucket but never above the
 * maximum, such that at least @num/@den of all values are not larger:
 * hist_quantile(h, 999, 1000) is p99.9. 0 if nothing was recorded.
 * @num <= @den, 0 < @den <= 1000000.
 */
uint64_t hist_quantile(const struct hist *h, uint32_t num, uint32_t den);

#endif /* BENCH_HIST_H */
