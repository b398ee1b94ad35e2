/* SPDX-License-Identifier: GPL-2.0 */
/* stats.h - the statistics in what a loader has printed, whatever their form. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

/*
 * The last statistics in @text, one or more lines without the newline at the end, to be freed.
 * *@ret_stats is NULL if there is no number in it. 0 or -ENOMEM.
 *
 * Loaders print them again and again, each in a form of its own: the last are the fewest lines at
 * the end that look like as many before them but for the numbers. If none do, they were printed
 * once, and @text is all there is.
 */
int stats_last(const char *text, char **ret_stats);

#endif /* BENCH_STATS_H */
