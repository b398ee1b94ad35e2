/* SPDX-License-Identifier: GPL-2.0 */
/* any_call.h - the test's side of any.bpf.c. */
#ifndef TESTS_KERNEL_ANY_CALL_H
#define TESTS_KERNEL_ANY_CALL_H

#include "lab.h"

#include "any.h"
#include "any.bpf.skel.h"
#include "worker.h"

/* For .mask: no CPU. */
#define ANY_NO_CPU (1ULL << 63)

/*
 * Calls a kfunc from a SYSCALL program: CALL(s, cpu_node, .arg = 3). It is about the test itself
 * and all CPUs where nothing else is said.
 */
#define CALL(s, _call, ...) any_do(s, &(struct any_ctx){ .call = ANY_##_call, ##__VA_ARGS__ })

static inline long long any_do(const struct sched *s, struct any_ctx *ctx)
{
	if (!ctx->pid)
		ctx->pid = getpid();
	if (!ctx->mask)
		ctx->mask = (1ULL << nr_cpus()) - 1;
	ASSERT_EQ(sched_run_prog(s, "any_call", ctx, sizeof(*ctx)), 0);
	return ctx->ret;
}

/* The skeleton, open, for workers only. The test itself stays on CPU 0. */
static inline struct any_bpf *any_open(void)
{
	struct any_bpf *skel = SCHED_OPEN(any_bpf);

	pin_self(0);
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	return skel;
}

/*
 * Bring idle tracking into the state that CPUs @idle, and no others, are idle: who was claimed is
 * asked to look for work, find none and go idle again. Others are expected to have work. True if
 * it was so for a moment: kernel threads come and go.
 */
static inline bool any_settle(const struct sched *s, u64 idle)
{
	u64 now;
	int cpu;

	for (cpu = 0; cpu < nr_cpus(); cpu++)
		if (idle & (1ULL << cpu))
			CALL(s, kick_cpu, .arg = cpu, .flags = KICK_IDLE);
	return WAIT_FOR((now = CALL(s, idle_cpumask)) == idle);
}

/* The default choice for @p of any.bpf.c from @prev; *@ret_idle: whether it is idle. */
static inline int any_select(const struct sched *s, const struct worker *w, int prev,
			     u64 wake_flags, bool *ret_idle)
{
	struct any_ctx ctx = {
		.call = ANY_select_cpu_dfl,
		.pid = w->pid,
		.arg = prev,
		.flags = wake_flags,
	};
	int cpu = any_do(s, &ctx);

	*ret_idle = ctx.is_idle;
	return cpu;
}

enum {
	ANY_NR_CHOICES = 20,
};

/*
 * With CPUs @idle idle the default choice for @w from @prev is one of CPUs @want, idle. Kernel
 * threads may spoil some, so it must be so most of the times; a choice by chance would not be.
 */
#define ANY_EXPECT_CHOICE(s, w, idle, prev, want) ANY_EXPECT_CHOICE_FLAGS(s, w, idle, prev, 0, want)
#define ANY_EXPECT_CHOICE_FLAGS(s, w, idle, prev, flags, want)                          \
	({                                                                              \
		int ___right = 0, ___turn;                                              \
                                                                                        \
		for (___turn = 0; ___turn < ANY_NR_CHOICES; ___turn++) {                \
			bool ___idle;                                                   \
			int ___cpu;                                                     \
                                                                                        \
			ASSERT_TRUE(any_settle(s, idle));                               \
			___cpu = any_select(s, w, prev, flags, &___idle);               \
			if (___idle && ((want) >> ___cpu & 1))                          \
				___right++;                                             \
			else                                                            \
				printf("from %d: %d idle %d\n", prev, ___cpu, ___idle); \
		}                                                                       \
		EXPECT_GE(___right, ANY_NR_CHOICES * 3 / 4);                            \
	})

#endif /* TESTS_KERNEL_ANY_CALL_H */
