/* SPDX-License-Identifier: GPL-2.0 */
/* busted.h - what the schedulers of busted.bpf.c share with their driver. */
#ifndef TESTS_SYSTEM_BUSTED_H
#define TESTS_SYSTEM_BUSTED_H

enum busted_consts {
	BUSTED_SLICE = 5000000, /* ns; short, so that all come round soon */
	BUSTED_DSQ = 0x5c, /* the one queue of the machine */
	BUSTED_NO_DSQ = 0xdead, /* never created */
	BUSTED_NO_CPU = 4096,
	BUSTED_MAX_BATCH = 8, /* .dispatch_max_batch */
	BUSTED_MAX_HELD = 8192, /* tasks held on the BPF side */
};

/*
 * Things that begin and end. Whatever happens, they have ended as often as they
 * have begun once the scheduler is gone.
 */
#define BUSTED_PAIRS(X)                                                  \
	X(known) /* init_task; exit_task */                              \
	X(enabled) /* enable; disable */                                 \
	X(runnable) /* runnable; quiescent */                            \
	X(running) /* running; stopping */                               \
	X(custody) /* enqueue to a queue of ours, or to none; dequeue */ \
	X(cgroup) /* cgroup_init; cgroup_exit */                         \
	X(move) /* cgroup_prep_move; cgroup_move, cgroup_cancel_move */

enum busted_pair {
#define BUSTED_PAIR_ENUM(name) PAIR_##name,
	BUSTED_PAIRS(BUSTED_PAIR_ENUM)
#undef BUSTED_PAIR_ENUM
		NR_BUSTED_PAIRS,
};

struct busted_count {
	unsigned long long begun;
	unsigned long long ended;
};

#endif /* TESTS_SYSTEM_BUSTED_H */
