/* SPDX-License-Identifier: GPL-2.0 */
/*
 * leave.h - the callbacks from which leave.bpf.c can end itself, as X(name): all but those that the
 * test cannot bring about here, core_sched_before and cgroup_cancel_move, and exit.
 */
#ifndef TESTS_KERNEL_LEAVE_H
#define TESTS_KERNEL_LEAVE_H

#define LEAVE_OPS(X)            \
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
	X(set_weight)           \
	X(set_cpumask)          \
	X(update_idle)          \
	X(cpu_acquire)          \
	X(cpu_release)          \
	X(init_task)            \
	X(exit_task)            \
	X(enable)               \
	X(disable)              \
	X(dump)                 \
	X(dump_cpu)             \
	X(dump_task)            \
	X(cgroup_init)          \
	X(cgroup_exit)          \
	X(cgroup_prep_move)     \
	X(cgroup_move)          \
	X(cgroup_set_weight)    \
	X(cgroup_set_bandwidth) \
	X(cgroup_set_idle)      \
	X(cpu_online)           \
	X(cpu_offline)          \
	X(init)

enum leave_op {
#define LEAVE_ENUM(name) LEAVE_##name,
	LEAVE_OPS(LEAVE_ENUM)
#undef LEAVE_ENUM
		NR_LEAVE_OPS,
};

enum leave_how {
	LEAVE_BY_EXIT,		/* scx_bpf_exit(), with code LEAVE_CODE + enum leave_op */
	LEAVE_BY_ERROR,		/* scx_bpf_error() */
	LEAVE_BY_BOTH,		/* first an error, then others, which must not count */
};

#define LEAVE_CODE 0xcafe00

#endif /* TESTS_KERNEL_LEAVE_H */
