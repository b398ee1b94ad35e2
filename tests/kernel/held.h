/* SPDX-License-Identifier: GPL-2.0 */
/*
 * held.h - lab.bpf.c, held up in the middle of its unload, so that the time in which tasks bypass
 * the scheduler lasts.
 */
#ifndef TESTS_KERNEL_HELD_H
#define TESTS_KERNEL_HELD_H

#include "rig.h"

enum {
	HELD_CPU = 1, /* of the thread that is held up, which is a real-time task */
};

/* rig_open(), and its unload will be held up. */
static inline struct lab_bpf *held_open(u32 nr_dsqs)
{
	struct lab_bpf *skel = rig_open(nr_dsqs);

	skel->struct_ops.ops->cgroup_exit = skel->progs.lab_cgroup_exit;
	skel->bss->knobs.hold_unload = 1;
	return skel;
}

static inline bool held_all_bypass(const struct sched *s)
{
	int cpu;

	for (cpu = 0; cpu < nr_cpus(); cpu++) {
		long long flags = LAB_DO(s, RQ_FLAGS, cpu);

		ASSERT_GE(flags, 0);
		if (!(flags & RQ_BYPASSING))
			return false;
	}
	return true;
}

/* The scheduler ends, and is held up on its way out: when this returns tasks bypass it. */
static inline void held_begin(const struct sched *s)
{
	pin_thread("scx_helper", HELD_CPU);
	LAB_DO(s, EXIT, 7);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_note, -1)));
	ASSERT_TRUE(scx_state_is("disabling"));
	ASSERT_TRUE(held_all_bypass(s));
}

/* It was held up all the time; it may go, and does. */
static inline void held_end(struct lab_bpf *skel, struct sched *s)
{
	EXPECT_TRUE(scx_state_is("disabling"));
	skel->bss->knobs.hold_unload = 0;
	sched_expect_exit(s, KIND_UNREG_BPF, "exit asked for with code 7");
}

#endif /* TESTS_KERNEL_HELD_H */
