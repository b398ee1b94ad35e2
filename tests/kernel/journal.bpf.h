/* SPDX-License-Identifier: GPL-2.0 */
/* journal.bpf.h - writes the journal that journal.h describes. Include after common.bpf.h. */
#ifndef TESTS_KERNEL_JOURNAL_BPF_H
#define TESTS_KERNEL_JOURNAL_BPF_H

#include "journal.h"

struct journal_entry journal[JOURNAL_LEN];
u32 journal_nr;

/* Callbacks to write down, J_BIT()s. May change while the scheduler runs. */
u64 journal_mask = ~0ULL;

static __noinline void journal_write(u32 op, s32 pid, u32 flags, u64 arg, u64 arg2)
{
	struct journal_entry *e;
	u32 nr;

	if (!(journal_mask & (1ULL << (op & 63))))
		return;
	nr = __sync_fetch_and_add(&journal_nr, 1);
	if (nr >= JOURNAL_LEN)
		return;
	e = &journal[nr];
	e->pid = pid;
	e->cpu = bpf_get_smp_processor_id();
	e->flags = flags;
	e->arg = arg;
	e->arg2 = arg2;
	/* last: a reader takes an entry without it for one still being written */
	__sync_lock_test_and_set(&e->op, op + 1);
}

#define JOURNAL(name, _arg, _arg2) journal_write(J_##name, 0, 0, _arg, _arg2)
#define JOURNAL_TASK(name, p, _arg, _arg2) \
	journal_write(J_##name, (p)->pid, (p)->scx.flags, _arg, _arg2)

#endif /* TESTS_KERNEL_JOURNAL_BPF_H */
