/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lab.h - loads a BPF scheduler for a test and reads what became of it.
 *
 *	struct lab_bpf *skel = SCHED_OPEN(lab_bpf);
 *	struct sched *s = SCHED_START(skel);
 *
 *	skel->bss->knob = 1;
 *	worker_do(w, worker_nop);
 *	EXPECT_STORY(s, w->pid, "enqueue(WAKEUP) running stopping(0) quiescent(SLEEP)");
 *
 *	sched_stop(s);
 *
 * Every helper here ends the test as failed when it cannot do what it says.
 */
#ifndef TESTS_KERNEL_LAB_H
#define TESTS_KERNEL_LAB_H

#include <scx/common.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

#include "consts.h"
#include "journal.h"
#include "knobs.h"
#include "guest.h"
#include "tap.h"

/*
 * COVERS(name, ...) - the callbacks and kfuncs whose behaviour a test checks. t_covers looks for
 * one of each row of kernel/ops.def and kernel/kfuncs.def.
 */
#define COVERS(...) struct __covers

/* A scheduler that has been attached. */
struct sched {
	struct bpf_object *obj;
	struct bpf_map *ops;
	struct bpf_link *link; /* NULL: none any more */
	const volatile struct user_exit_info *uei;
	const char *dump;
	const struct journal_entry *journal;
	const u32 *journal_nr;
};

/*
 * SCHED_OPEN(type) - the open skeleton, struct @type *. Waits until a scheduler that an earlier
 * test left behind is gone.
 */
#define SCHED_OPEN(type)                 \
	({                               \
		sched_wait_none();       \
		SCX_OPS_OPEN(ops, type); \
	})

/* SCHED_LOAD(skel) - load the open skeleton. 0 or -errno; sched_log() has libbpf's messages. */
#define SCHED_LOAD(skel)                      \
	({                                    \
		typeof(skel) ___l = (skel);   \
                                              \
		UEI_SET_SIZE(___l, ops, uei); \
		sched_load(___l->skeleton);   \
	})

/* SCHED_VIEW(skel) - the struct sched of a loaded skeleton, not attached. */
#define SCHED_VIEW(skel)                                       \
	({                                                     \
		typeof(skel) ___v = (skel);                    \
                                                               \
		sched_new(&(struct sched){                     \
			.obj = ___v->obj,                      \
			.ops = ___v->maps.ops,                 \
			.uei = (void *)&___v->data->uei,       \
			.dump = ___v->data_uei_dump->uei_dump, \
			.journal = ___v->bss->journal,         \
			.journal_nr = &___v->bss->journal_nr,  \
		});                                            \
	})

/*
 * SCHED_START(skel) - load the open skeleton and attach it. The scheduler may have ended already
 * when this returns.
 */
#define SCHED_START(skel)                         \
	({                                        \
		typeof(skel) ___k = (skel);       \
		struct sched *___s;               \
                                                  \
		ASSERT_EQ(SCHED_LOAD(___k), 0);   \
		___s = SCHED_VIEW(___k);          \
		ASSERT_EQ(sched_attach(___s), 0); \
		___s;                             \
	})

/* What the macros expand to. */
int sched_load(struct bpf_object_skeleton *skeleton);
struct sched *sched_new(const struct sched *s);

/* Attach. 0 or -errno. */
int sched_attach(struct sched *s);

/* Detach, as its loader would. It must not have ended before, and all workers must be alive. */
void sched_stop(struct sched *s);

/*
 * The scheduler is expected to end by itself: wait for it, check the kind of exit, that its message
 * has @msg in it, that the state becomes "disabled" and that all workers are alive, then detach.
 */
void sched_expect_exit(struct sched *s, int kind, const char *msg);

/* Wait until no scheduler is loaded. */
void sched_wait_none(void);

/* Whether the scheduler has not ended. */
bool sched_lives(const struct sched *s);

/* What libbpf and the verifier have said since sched_log_clear(). */
const char *sched_log(void);
void sched_log_clear(void);

/*
 * Run the SYSCALL program @name of @s's object with @ctx (NULL: none). The program's result.
 */
int sched_run_prog(const struct sched *s, const char *name, void *ctx, size_t size);

/* The SYSCALL program of lab.bpf.c: LAB_DO(s, KICK, cpu, flags). Its result. */
#define LAB_DO(s, _verb, _a, ...) \
	lab_do(s, &(struct lab_do){ .verb = DO_##_verb, .a = (_a), __VA_ARGS__ })
long long lab_do(const struct sched *s, struct lab_do *ctx);

/*
 * The journal
 */

/* Number of entries of callback @op about @pid (-1: any). */
u32 journal_count(const struct sched *s, enum journal_op op, pid_t pid);

/* The @nth (from 0; -1: the last) of those; NULL if there are not as many. */
const struct journal_entry *journal_find(const struct sched *s, enum journal_op op, pid_t pid,
					 int nth);

/*
 * The entries about @pid (-1: all) as one line, like
 *
 *	runnable(WAKEUP) enqueue(WAKEUP) running stopping(0) quiescent(SLEEP)
 *
 * A running task that had to make way for a higher class and went on, which depends on the rest
 * of the system, is not shown. Good until the next call. @from: the first entry to show.
 */
const char *journal_story(const struct sched *s, pid_t pid, u32 from);

/*
 * Check that what brackets what holds for every task: init_task and exit_task, enable and disable,
 * runnable and quiescent, running and stopping, each pair inside the one before; at most one
 * dequeue for an enqueue. The journal must be complete but for ops that are not of these. Call it
 * when the scheduler has ended.
 */
void journal_check(const struct sched *s);

/*
 * EXPECT_STORY(s, pid, want) - the story becomes @want. EXPECT_STORY_FROM: counted from entry
 * @from, which JOURNAL_NOW() gave.
 */
#define EXPECT_STORY(s, pid, want) EXPECT_STORY_FROM(s, pid, 0, want)
#define EXPECT_STORY_FROM(s, pid, from, want)                                 \
	({                                                                    \
		bool ___same __attribute__((unused)) =                        \
			WAIT_FOR(!strcmp(journal_story(s, pid, from), want)); \
                                                                              \
		EXPECT_STREQ(journal_story(s, pid, from), want);              \
	})
#define JOURNAL_NOW(s) __atomic_load_n((s)->journal_nr, __ATOMIC_ACQUIRE)

#endif /* TESTS_KERNEL_LAB_H */
