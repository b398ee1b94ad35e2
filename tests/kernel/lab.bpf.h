/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lab.bpf.h - what every BPF scheduler of these tests begins with: the headers of a scheduler, a
 * journal, and the record of how it ended. Each names its table of callbacks "ops" and puts
 * LAB_EXIT into it, see lab.h.
 */
#ifndef TESTS_KERNEL_LAB_BPF_H
#define TESTS_KERNEL_LAB_BPF_H

#include <scx/common.bpf.h>
#include "journal.bpf.h"

char _license[] SEC("license") = "GPL";

UEI_DEFINE(uei);

/* What the record has no room for, and whether ops.exit() was called twice. */
u64 exit_flags;
u32 exit_bt_len;
u32 nr_exits;

void BPF_STRUCT_OPS(lab_exit, struct scx_exit_info *ei)
{
	exit_flags = ei->flags;
	exit_bt_len = ei->bt_len;
	__sync_fetch_and_add(&nr_exits, 1);
	JOURNAL(exit, ei->kind, ei->exit_code);
	UEI_RECORD(uei, ei);
}

/* Until @cond is false, or for some minutes: programs cannot sleep, but this one is preemptible. */
#define WAIT_WHILE(cond)                          \
	do {                                      \
		s32 ___i, ___j;                   \
                                                  \
		bpf_for(___i, 0, 1 << 23) {       \
			if (!(cond))              \
				break;            \
			bpf_for(___j, 0, 1 << 10) \
				if (!(cond))      \
					break;    \
		}                                 \
	} while (0)

#define LAB_EXIT .exit = (void *)lab_exit

#endif /* TESTS_KERNEL_LAB_BPF_H */
