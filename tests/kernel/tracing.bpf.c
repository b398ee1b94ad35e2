// SPDX-License-Identifier: GPL-2.0
/* tracing.bpf.c - tracing programs that call the class from where it does not expect anybody. */
#include "lab.bpf.h"

/* x86: the bits of the preemption count that an NMI sets. */
#define NMI_MASK 0xf00000

extern const struct pcpu_hot pcpu_hot __ksym;

bool dumping;

static bool in_nmi(void)
{
	const struct pcpu_hot *hot = bpf_this_cpu_ptr(&pcpu_hot);

	return hot->preempt_count & NMI_MASK;
}

SEC("tp_btf/nmi_handler")
int tracing_nmi(void *ctx)
{
	if (in_nmi())
		scx_bpf_error("failed in an NMI on CPU %d", bpf_get_smp_processor_id());
	return 0;
}

/* Amid a message: its format and arguments have been read. */
SEC("fentry/bpf_bprintf_prepare")
int tracing_format(void *ctx)
{
	if (dumping) {
		dumping = false;
		scx_bpf_dump("traced %d%d%d\n", 1, 2, 3);
	}
	return 0;
}

void BPF_STRUCT_OPS(tracing_dump, struct scx_dump_ctx *dctx)
{
	dumping = true;
	scx_bpf_dump("mine %d, %s\n", 42, "whole");
}

SEC("syscall")
int tracing_error(void *ctx)
{
	scx_bpf_error("dump me");
	return 0;
}

SCX_OPS_DEFINE(ops, .dump = (void *)tracing_dump, LAB_EXIT, .name = "tracing");
