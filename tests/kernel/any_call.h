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

long long any_do(const struct sched *s, struct any_ctx *ctx);

/* The skeleton, open, for workers only. The test itself stays on CPU 0. */
struct any_bpf *any_open(void);

/* SCHED_START(), and count what ANY_QUIETLY() wants to know. */
struct sched *any_start(struct any_bpf *skel);

/* Keep these CPUs busy, each with a worker that spins, until any_rest(). */
void any_keep_busy(u64 cpus);
void any_rest(void);

/* The CPUs that are marked idle, of all nodes. */
u64 any_idle(const struct sched *s);

/*
 * Bring idle tracking into the state that CPUs @idle, and no others, are idle: who was claimed is
 * asked to look for work, find none and go idle again. Others are expected to have work. True if
 * it was so for a moment: kernel threads come and go.
 */
bool any_settle(const struct sched *s, u64 idle);

/*
 * ANY_QUIETLY(s, idle) { ... }: run the block with CPUs @idle idle, and no others, and none that
 * becomes idle or busy meanwhile. Kernel threads come and go, so the block is run again until it
 * was so: it is to note things, and what is expected of them comes after it. @s is any_start()ed.
 */
#define ANY_QUIETLY(s, idle) \
	for (struct any_quiet ___quiet = {}; any_quiet_next(&___quiet, s, idle);)

struct any_quiet {
	int turn;
	long long changes;
};

bool any_quiet_next(struct any_quiet *quiet, const struct sched *s, u64 idle);

/* The default choice for @w from @prev; *@ret_idle: whether it is idle. */
int any_select(const struct sched *s, const struct worker *w, int prev, u64 wake_flags,
	       bool *ret_idle);

/* With CPUs @idle idle the default choice for @w from @prev is one of CPUs @want, idle. */
#define ANY_EXPECT_CHOICE(s, w, idle, prev, want) ANY_EXPECT_CHOICE_FLAGS(s, w, idle, prev, 0, want)
#define ANY_EXPECT_CHOICE_FLAGS(s, w, idle, prev, flags, want)                    \
	do {                                                                      \
		bool ___idle = false;                                             \
		int ___cpu = -1;                                                  \
                                                                                  \
		ANY_QUIETLY(s, idle)                                              \
			___cpu = any_select(s, w, prev, flags, &___idle);         \
		EXPECT_TRUE(___idle);                                             \
		if (!EXPECT_TRUE((want) >> ___cpu & 1))                           \
			printf("from %d: %d, not of 0x%x\n", prev, ___cpu, want); \
	} while (0)

#endif /* TESTS_KERNEL_ANY_CALL_H */
