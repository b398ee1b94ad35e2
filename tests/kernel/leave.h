/* SPDX-License-Identifier: GPL-2.0 */
/* leave.h - how leave.bpf.c ends itself, and from which callback. */
#ifndef TESTS_KERNEL_LEAVE_H
#define TESTS_KERNEL_LEAVE_H

enum leave_op {
#define SPEC_OP(name, groups, may_sleep, nr_args) LEAVE_##name,
#include "spec_ops.def"
	NR_LEAVE_OPS,
};

enum leave_how {
	LEAVE_BY_EXIT,		/* scx_bpf_exit(), with code LEAVE_CODE + enum leave_op */
	LEAVE_BY_ERROR,		/* scx_bpf_error() */
	LEAVE_BY_BOTH,		/* first an error, then others, which must not count */
};

#define LEAVE_CODE 0xcafe00

#endif /* TESTS_KERNEL_LEAVE_H */
