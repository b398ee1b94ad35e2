/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ops.bpf.h - how a scheduler's callbacks and its table of them are written.
 */
#ifndef __SCX_OPS_BPF_H
#define __SCX_OPS_BPF_H

/*
 * A callback has to name the arguments before the one it wants, and is written
 * with all of them for the reader; that it leaves some unused is no mistake.
 */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/*
 * BPF_STRUCT_OPS(name, args...) - head of a callback's definition.
 *
 *	s32 BPF_STRUCT_OPS(simple_select_cpu, struct task_struct *p,
 *			   s32 prev_cpu, u64 wake_flags)
 *	{
 *		...
 *	}
 *
 * @args are those of the member of struct sched_ext_ops that it is for, in
 * order; trailing ones may be left out, none may be called ctx. The program may
 * not sleep.
 */
#define BPF_STRUCT_OPS(name, args...) \
	SEC("struct_ops/" #name)      \
	BPF_PROG(name, ##args)

/*
 * BPF_STRUCT_OPS_SLEEPABLE(name, args...) - the same for one that may sleep.
 *
 * Only for init, exit, init_task, cgroup_init, cgroup_exit, cgroup_prep_move,
 * cpu_online, cpu_offline, sub_attach and sub_detach: the kernel refuses a
 * sleepable program anywhere else. scx_bpf_create_dsq() needs one.
 */
#define BPF_STRUCT_OPS_SLEEPABLE(name, args...) \
	SEC("struct_ops.s/" #name)              \
	BPF_PROG(name, ##args)

/*
 * BPF_STRUCT_OPS_VARIANT(name, args...) - a callback that SCX_OPS_DEFINE()
 * doesn't name. It is loaded only if the loader puts it into a member:
 *
 *	skel->struct_ops.simple_ops->enqueue = skel->progs.simple_enqueue_fifo;
 */
#define BPF_STRUCT_OPS_VARIANT(name, args...) \
	SEC("?struct_ops/" #name)             \
	BPF_PROG(name, ##args)

/*
 * SCX_OPS_DEFINE(name, members...) - the scheduler itself.
 *
 *	SCX_OPS_DEFINE(simple_ops,
 *		       .enqueue	= (void *)simple_enqueue,
 *		       .name	= "simple");
 *
 * Defines the map @name, which SCX_OPS_OPEN(), _LOAD() and _ATTACH() of the
 * loader take. `.name` is mandatory.
 */
#define SCX_OPS_DEFINE(ops_name, members...) \
	SEC(".struct_ops.link")              \
	struct sched_ext_ops ops_name = { members }

#endif /* __SCX_OPS_BPF_H */
