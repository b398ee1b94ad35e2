// SPDX-License-Identifier: GPL-2.0
/* dump.bpf.c - a scheduler that has something to say in the debug dump, and keeps tasks waiting. */
#include "lab.bpf.h"

/* CPU that says something even if it is idle. */
const volatile s32 talking_cpu;

s32 seen_kind = -1;
u64 seen_at_ns, seen_at_jiffies;
char seen_reason[128];

s32 BPF_STRUCT_OPS(dump_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return prev_cpu;
}

/* Kept for ever. */
void BPF_STRUCT_OPS(dump_enqueue, struct task_struct *p, u64 enq_flags)
{
	JOURNAL_TASK(enqueue, p, enq_flags, 0);
}

void BPF_STRUCT_OPS(dump_dump, struct scx_dump_ctx *dctx)
{
	seen_kind = dctx->kind;
	seen_at_ns = dctx->at_ns;
	seen_at_jiffies = dctx->at_jiffies;
	bpf_probe_read_kernel_str(seen_reason, sizeof(seen_reason), dctx->reason);
	scx_bpf_dump("first of mine, kind %d\nsecond", dctx->kind);
	scx_bpf_dump(" goes on\nthird has no end");
}

void BPF_STRUCT_OPS(dump_dump_cpu, struct scx_dump_ctx *dctx, s32 cpu, bool idle)
{
	if (cpu == talking_cpu)
		scx_bpf_dump("mine about cpu %d idle %d\n", cpu, idle);
}

void BPF_STRUCT_OPS(dump_dump_task, struct scx_dump_ctx *dctx, struct task_struct *p)
{
	scx_bpf_dump("mine about %s[%d]\n", p->comm, p->pid);
}

SEC("syscall")
int dump_error(void *ctx)
{
	scx_bpf_error("dump me");
	return 0;
}

SCX_OPS_DEFINE(ops, .select_cpu = (void *)dump_select_cpu, .enqueue = (void *)dump_enqueue,
	       .dump = (void *)dump_dump, .dump_cpu = (void *)dump_dump_cpu,
	       .dump_task = (void *)dump_dump_task, LAB_EXIT, .name = "dumper");
