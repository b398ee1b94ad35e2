/* SPDX-License-Identifier: GPL-2.0 */
/* any.h - what any.bpf.c asks of the class. */
#ifndef TESTS_KERNEL_ANY_H
#define TESTS_KERNEL_ANY_H

/* Calls of the SYSCALL program any_call: each one kfunc, with .arg. */
#define ANY_CALLS(X)                                      \
	X(create_dsq)                                     \
	X(destroy_dsq)                                    \
	X(dsq_nr_queued)                                  \
	X(dsq_peek)                                       \
	X(iter_new)                                       \
	X(dsq_move)                                       \
	X(dsq_reenq)                                      \
	X(reenqueue_local)                                \
	X(select_cpu_dfl)                                 \
	X(select_cpu_and)                                 \
	X(select_cpu_and_old)                             \
	X(task_set_slice)                                 \
	X(task_set_dsq_vtime)                             \
	X(kick_cpu)                                       \
	X(exit)                                           \
	X(error)                                          \
	X(dump)                                           \
	X(cpuperf_cap)                                    \
	X(cpuperf_cur)                                    \
	X(cpuperf_set)                                    \
	X(cpuperf_target) /* not a kfunc: what was set */ \
	X(nr_node_ids)                                    \
	X(nr_cpu_ids)                                     \
	X(possible_cpumask)                               \
	X(online_cpumask)                                 \
	X(task_running)                                   \
	X(task_cpu)                                       \
	X(cpu_rq)                                         \
	X(locked_rq)                                      \
	X(cpu_curr)                                       \
	X(now)                                            \
	X(events)                                         \
	X(events_few)                                     \
	X(task_cgroup)                                    \
	X(cpu_node)                                       \
	X(idle_changes) /* not a kfunc: how often */      \
	X(idle_cpumask)                                   \
	X(idle_smtmask)                                   \
	X(idle_cpumask_node)                              \
	X(idle_smtmask_node)                              \
	X(test_and_clear_cpu_idle)                        \
	X(pick_idle_cpu)                                  \
	X(pick_idle_cpu_node)                             \
	X(pick_any_cpu)                                   \
	X(pick_any_cpu_node)

enum any_call {
#define ANY_ENUM(name) ANY_##name,
	ANY_CALLS(ANY_ENUM)
#undef ANY_ENUM
		NR_ANY_CALLS,
};

struct any_ctx {
	unsigned int		call;	/* enum any_call */
	int			pid;	/* of the task that it is about */
	long long		arg;
	unsigned long long	flags;
	unsigned long long	mask;	/* CPUs 0-63, for picks */
	long long		ret;
	int			is_idle;
};

/* What a callback saw. */
struct any_seen {
	unsigned int		nr;
	int			rq_cpu, locked_cpu, same_rq;
	int			task_cpu, task_running;
	int			nr_local;
	unsigned long long	now, now_again, rq_clock;
	unsigned long long	ktime;	/* another clock */
};

#endif /* TESTS_KERNEL_ANY_H */
