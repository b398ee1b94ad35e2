/* SPDX-License-Identifier: GPL-2.0 */
/*
 * journal.h - what a scheduler of a test wrote down while it ran: one entry for each
 * callback, in the order in which they were made. Shared by the BPF side (journal.bpf.h) and
 * the test (lab.h).
 */
#ifndef TESTS_KERNEL_JOURNAL_H
#define TESTS_KERNEL_JOURNAL_H

enum journal_sizes {
	JOURNAL_LEN = 8192,	/* entries; what comes later is counted, not kept */
};

/* Callbacks by name, as X(name). The order is that of the journal only. */
#define JOURNAL_OPS(X)          \
	X(select_cpu)           \
	X(enqueue)              \
	X(dequeue)              \
	X(dispatch)             \
	X(tick)                 \
	X(runnable)             \
	X(running)              \
	X(stopping)             \
	X(quiescent)            \
	X(yield)                \
	X(core_sched_before)    \
	X(set_weight)           \
	X(set_cpumask)          \
	X(update_idle)          \
	X(cpu_acquire)          \
	X(cpu_release)          \
	X(init_task)            \
	X(exit_task)            \
	X(enable)               \
	X(disable)              \
	X(cgroup_init)          \
	X(cgroup_exit)          \
	X(cgroup_prep_move)     \
	X(cgroup_move)          \
	X(cgroup_cancel_move)   \
	X(cgroup_set_weight)    \
	X(cgroup_set_bandwidth) \
	X(cgroup_set_idle)      \
	X(cpu_online)           \
	X(cpu_offline)          \
	X(init)                 \
	X(exit)                 \
	X(note)		/* written by a scheduler for itself */

enum journal_op {
#define JOURNAL_ENUM(name) J_##name,
	JOURNAL_OPS(JOURNAL_ENUM)
#undef JOURNAL_ENUM
		JOURNAL_NR_OPS,
};

/* For masks of callbacks: J_BIT(enqueue) | J_BIT(dequeue). */
#define J_BIT(name) (1ULL << J_##name)

struct journal_entry {
	unsigned int		op;	/* enum journal_op + 1; 0: not complete yet */
	int			pid;	/* of the task it is about, or 0 */
	int			cpu;	/* where it was made */
	unsigned int		flags;	/* p->scx.flags, or 0 */
	unsigned long long	arg;	/* the callback's other arguments, in order */
	unsigned long long	arg2;
};

#endif /* TESTS_KERNEL_JOURNAL_H */
