/* SPDX-License-Identifier: GPL-2.0 */
/*
 * why.h - the reason of a failure, for the one place that reports it.
 *
 * Functions that can fail for reasons a user has to read fill a struct why and
 * return a negative errno; main() prints it once.
 */
#ifndef BENCH_WHY_H
#define BENCH_WHY_H

struct why {
	char	text[1024];
};

/* Writes the reason into @why and returns @err, a negative errno. */
int why_set(struct why *why, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif /* BENCH_WHY_H */
