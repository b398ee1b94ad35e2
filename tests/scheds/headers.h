/* SPDX-License-Identifier: GPL-2.0 */
/* headers.h - what t_headers.c and headers.bpf.c tell each other. */
#ifndef TESTS_SCHEDS_HEADERS_H
#define TESTS_SCHEDS_HEADERS_H

#define HEADERS_MAX_ENUMS 128

struct headers_args {
	u64 i;
	u64 j;
	u64 ret;
	u64 before, after, before_eq, after_eq;
	u64 log2, ewma;
	s64 delta;
};

#endif /* TESTS_SCHEDS_HEADERS_H */
