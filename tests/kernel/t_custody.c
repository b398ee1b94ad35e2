// SPDX-License-Identifier: GPL-2.0
/*
 * Custody: from enqueue without a place of its own, or from a user queue on, the scheduler answers
 * for a task, and each such period ends with exactly one dequeue that says why.
 */
#include <sched.h>
#include <sys/resource.h>

#include "rig.h"

COVERS(dequeue);

enum {
	DSQ_A = 1,
	DSQ_B = 2,
	CPU = 2,
};

struct fixture {
	struct lab_bpf *skel;
	struct sched *s;
	struct worker *w;
	u32 from; /* where the worker's story begins */
};

/* One worker that may run on CPUs 2 and 3, select_cpu says 2. */
static void fixture_init(struct fixture *f)
{
	f->skel = rig_open(2);
	f->skel->bss->knobs.select_cpu.cpu = CPU;
	f->w = worker_start(.cpus = 0xc);
	f->s = SCHED_START(f->skel);
	f->from = JOURNAL_NOW(f->s);
}

#define EXPECT_REST(f, want) EXPECT_STORY_FROM((f)->s, (f)->w->pid, (f)->from, want)

#define WOKEN "select_cpu runnable(WAKEUP) "
#define RUN " running stopping(0) quiescent(SLEEP)"

/* What enqueue does, the only place where the worker goes. */
static void enqueue_to(struct fixture *f, enum knob_how how, u64 dsq)
{
	f->skel->bss->knobs.enqueue.how = how;
	f->skel->bss->knobs.enqueue.dsq = dsq;
}

/* Wake the worker and wait until it is in custody. */
static void take_into_custody(struct fixture *f)
{
	worker_post(f->w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(f->s, GET_FLAGS, f->w->pid) & TASK_IN_CUSTODY));
}

static void dispatch(struct fixture *f, enum knob_how how, u64 dsq)
{
	f->skel->bss->knobs.dispatch = (struct knob){
		.how = how,
		.cpu = CPU,
		.dsq = dsq,
		.slice = SLICE_ENDLESS,
	};
	LAB_DO(f->s, KICK, CPU);
}

TEST(a_direct_dispatch_to_a_terminal_queue_is_no_custody)
{
	static const u64 dsqs[] = { DSQ_LOCAL, DSQ_GLOBAL, DSQ_LOCAL_ON | CPU, DSQ_LOCAL_ON | 3 };
	struct fixture f;
	size_t i;

	fixture_init(&f);
	for (i = 0; i < ARRAY_SIZE(dsqs); i++) {
		printf("DSQ 0x%llx\n", (unsigned long long)dsqs[i]);
		enqueue_to(&f, HOW_FIFO, dsqs[i]);
		f.from = JOURNAL_NOW(f.s);
		worker_do(f.w, worker_nop);
		EXPECT_REST(&f, WOKEN "enqueue(WAKEUP)" RUN);
	}
	for (i = 0; i < ARRAY_SIZE(dsqs); i++) {
		printf("select_cpu, DSQ 0x%llx\n", (unsigned long long)dsqs[i]);
		f.skel->bss->knobs.select_cpu = (struct knob){
			.how = HOW_FIFO,
			.cpu = CPU,
			.dsq = dsqs[i],
			.slice = SLICE_ENDLESS,
		};
		f.from = JOURNAL_NOW(f.s);
		worker_do(f.w, worker_nop);
		EXPECT_REST(&f, "select_cpu runnable(WAKEUP)" RUN);
	}
	rig_stop(f.s);
}

TEST(a_task_kept_by_the_scheduler_leaves_custody_when_it_is_dispatched)
{
	static const u64 dsqs[] = { DSQ_LOCAL, DSQ_GLOBAL, DSQ_LOCAL_ON | CPU, DSQ_LOCAL_ON | 3 };
	struct fixture f;
	size_t i;

	fixture_init(&f);
	enqueue_to(&f, HOW_NOTHING, 0);
	for (i = 0; i < ARRAY_SIZE(dsqs); i++) {
		printf("DSQ 0x%llx\n", (unsigned long long)dsqs[i]);
		f.skel->bss->knobs.dispatch.how = HOW_NOTHING;
		f.from = JOURNAL_NOW(f.s);
		take_into_custody(&f);
		EXPECT_REST(&f, WOKEN "enqueue(WAKEUP)");
		dispatch(&f, HOW_HELD, dsqs[i]);
		worker_wait(f.w);
		EXPECT_REST(&f, WOKEN "enqueue(WAKEUP) dequeue(0)" RUN);
		EXPECT_FALSE(LAB_DO(f.s, GET_FLAGS, f.w->pid) & TASK_IN_CUSTODY);
	}
	rig_stop(f.s);
}

TEST(a_task_in_a_user_queue_leaves_custody_when_it_is_consumed)
{
	struct fixture f;

	fixture_init(&f);
	enqueue_to(&f, HOW_FIFO, DSQ_A);
	take_into_custody(&f);
	EXPECT_REST(&f, WOKEN "enqueue(WAKEUP)");
	dispatch(&f, HOW_CONSUME, DSQ_A);
	worker_wait(f.w);
	EXPECT_REST(&f, WOKEN "enqueue(WAKEUP) dequeue(0)" RUN);
	rig_stop(f.s);
}

TEST(so_does_one_that_select_cpu_put_there)
{
	struct fixture f;

	fixture_init(&f);
	f.skel->bss->knobs.select_cpu = (struct knob){
		.how = HOW_VTIME,
		.cpu = CPU,
		.dsq = DSQ_A,
		.slice = SLICE_ENDLESS,
	};
	take_into_custody(&f);
	dispatch(&f, HOW_CONSUME, DSQ_A);
	worker_wait(f.w);
	/* the journal's check knows of no custody without enqueue */
	EXPECT_REST(&f, "select_cpu runnable(WAKEUP) dequeue(0)" RUN);
	sched_stop(f.s);
}

TEST(another_cpu_may_consume_it)
{
	struct fixture f;

	fixture_init(&f);
	enqueue_to(&f, HOW_FIFO, DSQ_A);
	take_into_custody(&f);
	f.skel->bss->knobs.dispatch = (struct knob){
		.how = HOW_CONSUME,
		.cpu = 3,
		.dsq = DSQ_A,
	};
	LAB_DO(f.s, KICK, 3);
	worker_wait(f.w);
	EXPECT_REST(&f, WOKEN "enqueue(WAKEUP) dequeue(0)" RUN);
	EXPECT_EQ(journal_find(f.s, J_running, f.w->pid, 0)->arg, 3);
	rig_stop(f.s);
}

TEST(moves_between_user_queues_keep_custody)
{
	struct fixture f;

	fixture_init(&f);
	enqueue_to(&f, HOW_FIFO, DSQ_A);
	take_into_custody(&f);
	EXPECT_EQ(LAB_DO(f.s, MOVE, DSQ_A, .b = DSQ_B), 1);
	EXPECT_EQ(LAB_DO(f.s, MOVE_VTIME, DSQ_B, .b = DSQ_A), 1);
	EXPECT_REST(&f, WOKEN "enqueue(WAKEUP)");
	EXPECT_TRUE(LAB_DO(f.s, GET_FLAGS, f.w->pid) & TASK_IN_CUSTODY);
	dispatch(&f, HOW_CONSUME, DSQ_A);
	worker_wait(f.w);
	EXPECT_REST(&f, WOKEN "enqueue(WAKEUP) dequeue(0)" RUN);
	rig_stop(f.s);
}

TEST(a_dispatch_into_a_user_queue_keeps_custody)
{
	struct fixture f;

	fixture_init(&f);
	enqueue_to(&f, HOW_NOTHING, 0);
	take_into_custody(&f);
	dispatch(&f, HOW_HELD, DSQ_A);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(f.s, NR_QUEUED, DSQ_A) == 1));
	EXPECT_REST(&f, WOKEN "enqueue(WAKEUP)");
	dispatch(&f, HOW_CONSUME, DSQ_A);
	worker_wait(f.w);
	EXPECT_REST(&f, WOKEN "enqueue(WAKEUP) dequeue(0)" RUN);
	rig_stop(f.s);
}

TEST(a_move_to_any_terminal_queue_ends_custody)
{
	static const u64 dsqs[] = { DSQ_GLOBAL, DSQ_LOCAL_ON | CPU, DSQ_LOCAL_ON | 3 };
	struct fixture f;
	size_t i;

	fixture_init(&f);
	enqueue_to(&f, HOW_FIFO, DSQ_A);
	for (i = 0; i < ARRAY_SIZE(dsqs); i++) {
		printf("DSQ 0x%llx\n", (unsigned long long)dsqs[i]);
		f.from = JOURNAL_NOW(f.s);
		take_into_custody(&f);
		EXPECT_EQ(LAB_DO(f.s, MOVE, DSQ_A, .b = dsqs[i]), 1);
		LAB_DO(f.s, KICK, CPU);
		worker_wait(f.w);
		EXPECT_REST(&f, WOKEN "enqueue(WAKEUP) dequeue(0)" RUN);
	}
	rig_stop(f.s);
}

/* Properties of a task in custody change, wherever it is. */
static void change_in_custody(enum knob_how how, u64 dsq)
{
	struct fixture f;

	fixture_init(&f);
	enqueue_to(&f, how, dsq);
	take_into_custody(&f);
	f.from = JOURNAL_NOW(f.s);

	ASSERT_EQ(setpriority(PRIO_PROCESS, f.w->pid, 5), 0);
	EXPECT_REST(&f, "dequeue(CHANGE) quiescent(CHANGE) set_weight(33) runnable(0) enqueue(0)");
	f.from = JOURNAL_NOW(f.s);
	ASSERT_EQ(set_affinity(f.w->pid, 0x4), 0);
	EXPECT_REST(&f, "dequeue(CHANGE) quiescent(CHANGE) set_cpumask(4) runnable(0) enqueue(0)");
	f.from = JOURNAL_NOW(f.s);
	ASSERT_EQ(set_policy(f.w->pid, SCHED_OTHER, 0), 0);
	worker_wait(f.w);
	EXPECT_REST(&f, "dequeue(CHANGE) quiescent(CHANGE) set_weight(33) disable");
	rig_stop(f.s);
}

TEST(changes_of_a_task_kept_by_the_scheduler_end_custody)
{
	change_in_custody(HOW_NOTHING, 0);
}

TEST(changes_of_a_task_in_a_user_queue_end_custody)
{
	change_in_custody(HOW_FIFO, DSQ_A);
}

TEST(changes_of_a_task_in_vtime_order_end_custody)
{
	change_in_custody(HOW_VTIME, DSQ_A);
}

TEST(bypass_ends_custody)
{
	struct fixture f;

	fixture_init(&f);
	enqueue_to(&f, HOW_FIFO, DSQ_A);
	take_into_custody(&f);
	f.from = JOURNAL_NOW(f.s);
	/* unloading begins with bypass, which lets it run */
	ASSERT_EQ(bpf_link__destroy(f.s->link), 0);
	worker_wait(f.w);
	EXPECT_EQ(journal_count(f.s, J_dequeue, f.w->pid), 1);
	EXPECT_STRHAS(journal_story(f.s, f.w->pid, f.from),
		      "dequeue(CHANGE) quiescent(CHANGE) runnable(0)");
	journal_check(f.s);
}

COVERS(scx_bpf_dsq_reenq);

TEST(a_reenqueue_of_a_user_queue_is_within_custody)
{
	struct fixture f;

	fixture_init(&f);
	enqueue_to(&f, HOW_FIFO, DSQ_A);
	take_into_custody(&f);
	f.from = JOURNAL_NOW(f.s);
	LAB_DO(f.s, REENQ, DSQ_A);
	EXPECT_REST(&f, "enqueue(REENQ:KFUNC)");
	/* where it goes now is up to enqueue as ever */
	enqueue_to(&f, HOW_FIFO, DSQ_LOCAL);
	LAB_DO(f.s, REENQ, DSQ_A);
	worker_wait(f.w);
	EXPECT_REST(&f, "enqueue(REENQ:KFUNC) enqueue(REENQ:KFUNC) dequeue(0)" RUN);
	rig_stop(f.s);
}

TEST(dequeue_may_iterate_the_queue_that_the_task_leaves)
{
	struct fixture f;

	fixture_init(&f);
	enqueue_to(&f, HOW_FIFO, DSQ_A);
	f.skel->bss->knobs.dequeue_walks = DSQ_A;
	take_into_custody(&f);
	/* by a change, by a move, by being consumed */
	ASSERT_EQ(setpriority(PRIO_PROCESS, f.w->pid, 5), 0);
	ASSERT_EQ(journal_count(f.s, J_note, 0), 1);
	EXPECT_EQ(LAB_DO(f.s, MOVE, DSQ_A, .b = DSQ_LOCAL_ON | 3), 1);
	worker_wait(f.w);
	ASSERT_EQ(journal_count(f.s, J_note, 0), 2);
	take_into_custody(&f);
	dispatch(&f, HOW_CONSUME, DSQ_A);
	worker_wait(f.w);
	ASSERT_EQ(journal_count(f.s, J_note, 0), 3);
	/* it is off the queue by then */
	EXPECT_EQ(journal_find(f.s, J_note, 0, 2)->arg, 0);
	rig_stop(f.s);
}
