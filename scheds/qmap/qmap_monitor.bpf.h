/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qmap_monitor.bpf.h - a timer that, once a second, looks after highpri tasks
 * that no dispatch has met, and takes note of the CPUs' frequencies.
 */
#ifndef __QMAP_MONITOR_BPF_H
#define __QMAP_MONITOR_BPF_H

const volatile bool print_shared;

/* For the loader. */
struct qmap_range cpuperf_current;
struct qmap_range cpuperf_target;

struct monitor {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct monitor);
} monitors SEC(".maps");

/* Take @value into @range, the @nth so far; .avg holds the sum until the end. */
static void range_add(struct qmap_range *range, u32 nth, u32 value)
{
	if (nth == 1 || value < range->min)
		range->min = value;
	if (value > range->max)
		range->max = value;
	range->avg += value;
}

/*
 * Ranges in the making. Not on the stack, where the verifier would follow each
 * value through each round of the loop.
 */
static struct {
	struct qmap_range current;
	struct qmap_range target;
	u32 nr;
} scan;

static void monitor_cpuperf(void)
{
	const struct cpumask *online = scx_bpf_get_online_cpumask();
	u32 cpu;

	__builtin_memset(&scan, 0, sizeof(scan));
	bpf_for(cpu, 0, nr_cpus()) {
		if (!bpf_cpumask_test_cpu(cpu, online))
			continue;
		scan.nr++;
		range_add(&scan.current, scan.nr, scx_bpf_cpuperf_cur(cpu));
		range_add(&scan.target, scan.nr, cpu_ctxs[cpu].cpuperf_target);
	}
	scx_bpf_put_cpumask(online);
	if (!scan.nr)
		return;
	scan.current.avg /= scan.nr;
	scan.target.avg /= scan.nr;
	cpuperf_current = scan.current;
	cpuperf_target = scan.target;
}

static void trace_shared(void)
{
	struct task_struct *p;

	bpf_printk("qmap: SHARED_DSQ:");
	bpf_for_each(scx_dsq, p, SHARED_DSQ, 0)
		bpf_printk("qmap:   %s[%d]", p->comm, p->pid);
}

static int monitor(void *map, int *key, struct bpf_timer *timer)
{
	bpf_rcu_read_lock();
	expedite_highpri(-1);
	if (print_shared)
		trace_shared();
	bpf_rcu_read_unlock();
	monitor_cpuperf();
	bpf_timer_start(timer, NSEC_PER_SEC, 0);
	return 0;
}

static int start_monitor(void)
{
	struct bpf_timer *timer;
	u32 key = 0;

	timer = bpf_map_lookup_elem(&monitors, &key);
	if (!timer)
		return -ESRCH;
	bpf_timer_init(timer, &monitors, CLOCK_MONOTONIC);
	bpf_timer_set_callback(timer, monitor);
	return bpf_timer_start(timer, NSEC_PER_SEC, 0);
}

#endif /* __QMAP_MONITOR_BPF_H */
