/* SPDX-License-Identifier: GPL-2.0 */
/*
 * seam.h - the one list of what the class needs from its home. Every .c includes it first.
 *
 * "sched.h" is the core scheduler's private header: struct rq, struct sched_class, the
 * helpers around them, and at its end scx.h, the hooks that the class implements.
 */
#ifndef _SCXKIT_SEAM_H
#define _SCXKIT_SEAM_H

#include <linux/args.h>
#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/cgroup.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/filter.h>
#include <linux/hash.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kobject.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/percpu-rwsem.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/sched/clock.h>
#include <linux/sched/debug.h>
#include <linux/sched/isolation.h>
#include <linux/sched/task.h>
#include <linux/sched/topology.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/sysfs.h>
#include <linux/sysrq.h>
#include <linux/timer.h>
#include <linux/topology.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "sched.h"

#ifndef CONFIG_SMP
/* A kernel for one CPU has no balance callbacks, and nobody to wait for in one. */
static inline void queue_balance_callback(struct rq *rq, struct balance_callback *head,
					  void (*func)(struct rq *rq))
{
}
#endif

#endif /* _SCXKIT_SEAM_H */
