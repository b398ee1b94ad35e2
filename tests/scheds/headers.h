/* SPDX-License-Identifier: GPL-2.0 */
/* headers.h - what t_headers.c and headers.bpf.c tell each other. */
#ifndef TESTS_SCHEDS_HEADERS_H
#define TESTS_SCHEDS_HEADERS_H

#define HEADERS_MAX_ENUMS 128

struct headers_args {
	u64 i;
	u64 j;
	u64 k;
	u64 ret;
	u64 before, after, before_eq, after_eq;
	u64 in_range, in_range_open;
	u64 log2, ewma;
	s64 delta;
	u64 scaled, scaled_inverse;
	u64 clock_task, clock_pelt, clock_irq, clock_virt;
	u64 ev_keep_last, ev_no_such;
	u64 nr_dispatches, nr_sub_dispatches;
};

#endif /* TESTS_SCHEDS_HEADERS_H */
