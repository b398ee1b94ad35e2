/* SPDX-License-Identifier: GPL-2.0 */
/*
 * diary.h - a hog that writes down when it ran.
 *
 * It looks at the clock and at its count of context switches all the time; between two
 * looks with the same count it had its CPU. So what it writes down is true to the
 * nanosecond, if a little short.
 */
#ifndef TESTS_SCHEDS_DIARY_H
#define TESTS_SCHEDS_DIARY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define DIARY_MAX_SPANS 10000

/* Runs of one task, from .begin to .end, one after the other. */
struct diary {
	atomic_uint nr;		/* complete ones */
	struct {
		uint64_t begin;
		uint64_t end;
	} spans[DIARY_MAX_SPANS];
};

/* An empty one, which hogs can write. */
struct diary *diary_create(void);

/* The hog's function: hog_start(.fn = diary_write, .arg = diary). */
void diary_write(void *diary);

/* Run up to the next context switch and write that down. False if @diary is full. */
bool diary_write_span(struct diary *diary);

/* How long the task ran. */
uint64_t diary_total_ns(const struct diary *diary);

/* How long both diaries' tasks ran at the same time. */
uint64_t diary_overlap_ns(const struct diary *a, const struct diary *b);

#endif /* TESTS_SCHEDS_DIARY_H */
