// SPDX-License-Identifier: GPL-2.0
/*
 * What scheds/include/scx promises a scheduler's author, called one by one by
 * t_headers.c. What needs a scheduler to be loaded finds the least that is one.
 */
#include <scx/common.bpf.h>
#include "headers.h"

char _license[] SEC("license") = "GPL";

UEI_DEFINE(uei);

u32 RESIZABLE_ARRAY(data, resizable);
const volatile u32 nr_resizable;

struct headers_args args;

struct cell {
	u64 before;
	u64 value;
};

static struct cell table[4][4];

u64 enum_values[HEADERS_MAX_ENUMS];
u32 nr_enum_values;

/* args.i: index; args.ret: the element, or -1 if there is none. */
SEC("syscall")
int array_elem(void *ctx)
{
	u32 *elem = ARRAY_ELEM_PTR(resizable, args.i, nr_resizable);

	args.ret = elem ? *elem : (u64)-1;
	return 0;
}

/* args.i, args.j: indexes; args.ret: offset of the member, or -1. */
SEC("syscall")
int member_vptr(void *ctx)
{
	u64 *value = MEMBER_VPTR(table, [args.i][args.j].value);

	args.ret = value ? (void *)value - (void *)table : (u64)-1;
	return 0;
}

SEC("syscall")
int arithmetic(void *ctx)
{
	u64 a = args.i, b = args.j;

	args.before = time_before(a, b);
	args.after = time_after(a, b);
	args.before_eq = time_before_eq(a, b);
	args.after_eq = time_after_eq(a, b);
	args.in_range = time_in_range(a, b, args.k);
	args.in_range_open = time_in_range_open(a, b, args.k);
	args.delta = time_delta(a, b);
	args.log2 = log2_u64(a);
	args.ewma = ewma14(a, b);
	return 0;
}

/* args.i: value; scaled by the weight of the task that asks. */
SEC("syscall")
int weight(void *ctx)
{
	const struct task_struct *p = bpf_get_current_task_btf();

	args.scaled = scale_by_task_weight(p, args.i);
	args.scaled_inverse = scale_by_task_weight_inverse(p, args.i);
	return 0;
}

/* args.i: CPU. */
SEC("syscall")
int clocks(void *ctx)
{
	s32 cpu = args.i;

	args.clock_task = scx_clock_task(cpu);
	args.clock_pelt = scx_clock_pelt(cpu);
	args.clock_irq = scx_clock_irq(cpu);
	args.clock_virt = scx_clock_virt(cpu);
	return 0;
}

/* args.i: CPU; args.ret: pid of the task that it runs, or -1. */
SEC("syscall")
int cpu_curr(void *ctx)
{
	struct task_struct *p;

	bpf_rcu_read_lock();
	p = __COMPAT_scx_bpf_cpu_curr(args.i);
	args.ret = p ? p->pid : (u64)-1;
	bpf_rcu_read_unlock();
	return 0;
}

/* A counter that no kernel has. */
struct scx_event_stats___no_such {
	s64 SCX_EV_NO_SUCH;
} __attribute__((preserve_access_index));

SEC("syscall")
int events(void *ctx)
{
	struct scx_event_stats events;

	__COMPAT_scx_bpf_events(&events, sizeof(events));
	args.ev_keep_last = scx_read_event(&events, SCX_EV_DISPATCH_KEEP_LAST);
	args.ev_no_such =
		scx_read_event((struct scx_event_stats___no_such *)&events, SCX_EV_NO_SUCH);
	return 0;
}

/* args.ret: number of the state, 0 to 3, of the task that asks. */
SEC("syscall")
int task_state(void *ctx)
{
	const u64 states[] = { SCX_TASK_NONE, SCX_TASK_INIT, SCX_TASK_READY, SCX_TASK_ENABLED };
	u64 state = bpf_get_current_task_btf()->scx.flags & SCX_TASK_STATE_MASK;
	u32 i;

	args.ret = -1;
	bpf_for(i, 0, 4)
		if (states[i & 3] == state)
			args.ret = i;
	return 0;
}

#define EMPTY_DSQ 7

/* args.ret: pid of the first task of a queue that is empty, or -1. */
SEC("syscall")
int peek(void *ctx)
{
	struct task_struct *p;

	bpf_rcu_read_lock();
	p = scx_bpf_dsq_peek(EMPTY_DSQ);
	args.ret = p ? p->pid : (u64)-1;
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
int fail_now(void *ctx)
{
	scx_bpf_error("as asked for");
	return 0;
}

void BPF_STRUCT_OPS(headers_dump, struct scx_dump_ctx *dctx)
{
	scx_bpf_dump_header();
}

void BPF_STRUCT_OPS_SLEEPABLE(headers_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(headers_init)
{
	return scx_bpf_create_dsq(EMPTY_DSQ, -1);
}

void BPF_STRUCT_OPS(headers_dispatch, s32 cpu, struct task_struct *prev)
{
	args.nr_dispatches++;
	args.nr_sub_dispatches += scx_bpf_sub_dispatch(1);
}

/* Without enqueue the class's own queue will do. */
SCX_OPS_DEFINE(headers_ops, .dispatch = (void *)headers_dispatch, .init = (void *)headers_init,
	       .dump = (void *)headers_dump, .exit = (void *)headers_exit, .name = "headers");

/* The constants as this kernel numbers them, in the order of enums.def. */
SEC("syscall")
int enums(void *ctx)
{
	u32 n = 0;

#define ENUM_BEGIN(type)
#define ENUM_END(type)
#define ENUMERATOR(name, value) enum_values[n++] = name;
#define ENUMERATOR_NEW(name, value) enum_values[n++] = name;
#include <scx/enums.def>
	nr_enum_values = n;
	return 0;
}
