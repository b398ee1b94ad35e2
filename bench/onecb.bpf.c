// SPDX-License-Identifier: GPL-2.0
/*
 * onecb.bpf.c - a scheduler of one callback: every task to the global queue.
 *
 * The least that a BPF scheduler can be asked to do for each switch, so that its
 * cost is the class and one call of a BPF program. Bad for any real load.
 */
#include <scx/common.bpf.h>

char _license[] SEC("license") = "GPL";

void BPF_STRUCT_OPS(onecb_enqueue, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, enq_flags);
}

SCX_OPS_DEFINE(onecb_ops, .enqueue = (void *)onecb_enqueue, .name = "onecb");
