/* SPDX-License-Identifier: GPL-2.0 */
/* misuse_any.bpf.h - the mistakes of misuse.bpf.c that any callback can make. */
#ifndef TESTS_KERNEL_MISUSE_ANY_BPF_H
#define TESTS_KERNEL_MISUSE_ANY_BPF_H

/* enum misuse: what to do wrong. */
const volatile u32 misuse;

extern long long ret;
extern const volatile s32 other_pid;

/* What the masks of idle CPUs hold; they must be given back. */
static u32 idle_weight(const struct cpumask *mask)
{
	u32 weight = bpf_cpumask_weight(mask);

	scx_bpf_put_idle_cpumask(mask);
	return weight;
}

static void misuse_idle(struct task_struct *p)
{
	switch (misuse) {
	case MISUSE_CPU_NODE_BAD_CPU:
		ret = scx_bpf_cpu_node(MISUSE_BAD_CPU);
		break;
	case MISUSE_TEST_AND_CLEAR_BAD_CPU:
		ret = scx_bpf_test_and_clear_cpu_idle(MISUSE_BAD_CPU);
		break;
	case MISUSE_OFF_TEST_AND_CLEAR:
		ret = scx_bpf_test_and_clear_cpu_idle(0);
		break;
	case MISUSE_IDLE_MASK_NODE_GLOBAL:
		ret = idle_weight(scx_bpf_get_idle_cpumask_node(0));
		break;
	case MISUSE_IDLE_SMT_NODE_GLOBAL:
		ret = idle_weight(scx_bpf_get_idle_smtmask_node(0));
		break;
	case MISUSE_NODE_BAD_MASK:
		ret = idle_weight(scx_bpf_get_idle_cpumask_node(9999));
		break;
	case MISUSE_NODE_BAD_SMT:
		ret = idle_weight(scx_bpf_get_idle_smtmask_node(-2));
		break;
	case MISUSE_NODE_IDLE_MASK:
	case MISUSE_OFF_IDLE_MASK:
		ret = idle_weight(scx_bpf_get_idle_cpumask());
		break;
	case MISUSE_NODE_IDLE_SMT:
	case MISUSE_OFF_IDLE_SMT:
		ret = idle_weight(scx_bpf_get_idle_smtmask());
		break;
	case MISUSE_NODE_PICK_IDLE:
	case MISUSE_OFF_PICK_IDLE:
		ret = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
		break;
	case MISUSE_NODE_PICK_ANY:
		ret = scx_bpf_pick_any_cpu(p->cpus_ptr, 0);
		break;
	case MISUSE_PICK_IDLE_NODE_GLOBAL:
		ret = scx_bpf_pick_idle_cpu_node(p->cpus_ptr, 0, 0);
		break;
	case MISUSE_PICK_ANY_NODE_GLOBAL:
		ret = scx_bpf_pick_any_cpu_node(p->cpus_ptr, 0, 0);
		break;
	case MISUSE_NODE_BAD_PICK_IDLE:
		ret = scx_bpf_pick_idle_cpu_node(p->cpus_ptr, 9999, 0);
		break;
	case MISUSE_NODE_BAD_PICK_ANY:
		ret = scx_bpf_pick_any_cpu_node(p->cpus_ptr, -2, 0);
		break;
	}
}

static void misuse_bstr(void)
{
	static char plain[] = "plain", bad[] = "%5w", few[] = "%d %d";
	unsigned long long data[13] = {};

	switch (misuse) {
	case MISUSE_DUMP_OUTSIDE:
		scx_bpf_dump_bstr(plain, data, 0);
		break;
	case MISUSE_BSTR_ODD_SIZE:
		scx_bpf_error_bstr(plain, data, 7);
		break;
	case MISUSE_BSTR_TOO_MANY:
		scx_bpf_error_bstr(plain, data, sizeof(data));
		break;
	case MISUSE_BSTR_BAD_FORMAT:
		scx_bpf_error_bstr(bad, data, 8);
		break;
	case MISUSE_BSTR_TOO_FEW:
		scx_bpf_error_bstr(few, data, 8);
		break;
	case MISUSE_EXIT_BAD_FORMAT:
		scx_bpf_exit_bstr(0, bad, data, 8);
		break;
	}
}

static void misuse_queue(void)
{
	switch (misuse) {
	case MISUSE_NR_QUEUED_BAD_CPU:
		ret = scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | MISUSE_BAD_CPU);
		break;
	case MISUSE_PEEK_UNKNOWN:
		ret = !!scx_bpf_dsq_peek___new(0xdead);
		break;
	case MISUSE_PEEK_BUILTIN:
		ret = !!scx_bpf_dsq_peek___new(SCX_DSQ_LOCAL);
		break;
	case MISUSE_REENQ_GLOBAL:
		scx_bpf_dsq_reenq(SCX_DSQ_GLOBAL, 0);
		break;
	case MISUSE_REENQ_BYPASS:
		scx_bpf_dsq_reenq(SCX_DSQ_BYPASS, 0);
		break;
	case MISUSE_REENQ_UNKNOWN:
		scx_bpf_dsq_reenq(0xdead, 0);
		break;
	case MISUSE_REENQ_BAD_CPU:
		scx_bpf_dsq_reenq(SCX_DSQ_LOCAL_ON | MISUSE_BAD_CPU, 0);
		break;
	case MISUSE_REENQ_BAD_FLAGS:
		scx_bpf_dsq_reenq(SCX_DSQ_LOCAL, 2);
		break;
	}
}

static void misuse_cpu(struct task_struct *p)
{
	switch (misuse) {
	case MISUSE_KICK_BAD_CPU:
		scx_bpf_kick_cpu(MISUSE_BAD_CPU, 0);
		break;
	case MISUSE_KICK_NEGATIVE_CPU:
		scx_bpf_kick_cpu(-1, SCX_KICK_IDLE);
		break;
	case MISUSE_KICK_UNKNOWN_FLAGS:
		scx_bpf_kick_cpu(0, 1 << 10);
		break;
	case MISUSE_KICK_IDLE_PREEMPT:
		scx_bpf_kick_cpu(0, SCX_KICK_IDLE | SCX_KICK_PREEMPT);
		break;
	case MISUSE_KICK_IDLE_WAIT:
		scx_bpf_kick_cpu(0, SCX_KICK_IDLE | SCX_KICK_WAIT);
		break;
	case MISUSE_CPUPERF_CAP_BAD_CPU:
		ret = scx_bpf_cpuperf_cap(MISUSE_BAD_CPU);
		break;
	case MISUSE_CPUPERF_CUR_BAD_CPU:
		ret = scx_bpf_cpuperf_cur(MISUSE_BAD_CPU);
		break;
	case MISUSE_CPUPERF_SET_BAD_CPU:
		scx_bpf_cpuperf_set(MISUSE_BAD_CPU, 512);
		break;
	case MISUSE_CPUPERF_SET_TOO_MUCH:
		scx_bpf_cpuperf_set(scx_bpf_task_cpu(p), 1025);
		break;
	case MISUSE_CPUPERF_SET_OTHER_RQ:
		scx_bpf_cpuperf_set(scx_bpf_task_cpu(p) ? 0 : 1, 512);
		break;
	case MISUSE_CPU_RQ_BAD_CPU:
		ret = !!scx_bpf_cpu_rq(MISUSE_BAD_CPU);
		break;
	case MISUSE_CPU_CURR_BAD_CPU:
		ret = !!scx_bpf_cpu_curr(MISUSE_BAD_CPU);
		break;
	case MISUSE_LOCKED_RQ_NONE:
		ret = !!scx_bpf_locked_rq();
		break;
	}
}

/* The root's, held like any other. */
static void misuse_cgroup_of(struct task_struct *p)
{
	struct cgroup *cgrp = scx_bpf_task_cgroup(p);

	ret = cgrp->level == 0;
	bpf_cgroup_release(cgrp);
}

static void misuse_cgroup(struct task_struct *p)
{
	struct task_struct *other;

	if (misuse == MISUSE_TASK_CGROUP_DISPATCH)
		misuse_cgroup_of(p);
	if (misuse != MISUSE_TASK_CGROUP_OTHER)
		return;
	other = bpf_task_from_pid(other_pid);
	if (!other)
		return;
	misuse_cgroup_of(other);
	bpf_task_release(other);
}

static void misuse_any(struct task_struct *p)
{
	misuse_idle(p);
	misuse_bstr();
	misuse_queue();
	misuse_cpu(p);
	misuse_cgroup(p);
}

#endif /* TESTS_KERNEL_MISUSE_ANY_BPF_H */
