/* SPDX-License-Identifier: GPL-2.0 */
/* dispatch.h - scripts of dispatch.bpf.c. */
#ifndef TESTS_KERNEL_DISPATCH_H
#define TESTS_KERNEL_DISPATCH_H

enum {
	DISPATCH_MAX_TASKS = 8,
};

enum dispatch_script {
	SCRIPT_SLOTS,
	SCRIPT_CANCEL,
	SCRIPT_STALE,
	SCRIPT_SLEEPER,
	SCRIPT_FULL,
	SCRIPT_REMOTE,
	SCRIPT_CIRCLES,
	SCRIPT_REFILL,
	SCRIPT_GLOBAL,
};

#endif /* TESTS_KERNEL_DISPATCH_H */
