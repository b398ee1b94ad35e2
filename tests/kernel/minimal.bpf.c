// SPDX-License-Identifier: GPL-2.0
/* minimal.bpf.c - a scheduler that leaves everything to the class; even exit is a variant. */
#include "lab.bpf.h"

s32 BPF_STRUCT_OPS_VARIANT(minimal_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return prev_cpu;
}

void BPF_STRUCT_OPS_VARIANT(minimal_update_idle, s32 cpu, bool idle) {}

SCX_OPS_DEFINE(ops, LAB_EXIT, .name = "minimal");
