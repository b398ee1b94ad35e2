// SPDX-License-Identifier: GPL-2.0
/* Tasks that come back to enqueue: because somebody asked, or because "at once" cannot be kept. */
#include <sched.h>

#include "hold.h"
#include "rig.h"

enum {
	CPU = 2,
	DSQ_A = 1,
};

/* A worker that spins on CPU, and others for it. */
struct busy {
	struct lab_bpf *skel;
	struct sched *s;
	struct worker *runs, *w;
};

static void busy_start(struct busy *busy, struct lab_bpf *skel)
{
	busy->skel = skel;
	busy->runs = worker_start(.cpus = 1 << CPU);
	busy->w = worker_start(.cpus = 1 << CPU);
	busy->s = SCHED_START(skel);
	worker_start_spin(busy->runs);
}

static void busy_end(struct busy *busy)
{
	worker_stop_spin(busy->runs);
	worker_wait(busy->w);
	rig_stop(busy->s);
}

/* Let CPU take what comes back to queue A. */
static void consume_a(struct lab_bpf *skel)
{
	skel->bss->knobs.dispatch = (struct knob){
		.how = HOW_CONSUME,
		.cpu = CPU,
		.dsq = DSQ_A,
	};
}

static const struct knob to_a = { .how = HOW_FIFO, .dsq = DSQ_A, .slice = SLICE_ENDLESS };

/*
 * Asked for
 */

COVERS(scx_bpf_dsq_reenq, scx_bpf_reenqueue_local___v2);

/* One task waits in CPU's local queue when @reenqueue is called. */
static void expect_reenqueued(void (*reenqueue)(struct sched *s))
{
	struct busy busy;
	u32 from;

	busy_start(&busy, rig_open(1));
	worker_post(busy.w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(busy.s, NR_QUEUED, DSQ_LOCAL_ON | CPU) == 1));
	busy.skel->bss->knobs.reenqueue = to_a;
	from = JOURNAL_NOW(busy.s);
	reenqueue(busy.s);
	EXPECT_STORY_FROM(busy.s, busy.w->pid, from, "enqueue(REENQ:KFUNC)");
	/* if we took the CPU to ask, the spinner waited there, too */
	EXPECT_TRUE(WAIT_FOR(LAB_DO(busy.s, NR_QUEUED, DSQ_A) >= 1));
	/* the reason is told during the call only */
	EXPECT_EQ(LAB_DO(busy.s, GET_FLAGS, busy.w->pid) & 0x3000, 0);
	consume_a(busy.skel);
	busy_end(&busy);
}

static void reenq_local_on(struct sched *s)
{
	LAB_DO(s, REENQ, DSQ_LOCAL_ON | CPU);
}

static void reenq_local_on_any(struct sched *s)
{
	LAB_DO(s, REENQ, DSQ_LOCAL_ON | CPU, .b = 1);
}

static void reenq_local(struct sched *s)
{
	pin_self(CPU);
	LAB_DO(s, REENQ, DSQ_LOCAL);
	pin_self(0);
}

static void reenq_local_v2(struct sched *s)
{
	pin_self(CPU);
	LAB_DO(s, REENQ_LOCAL, 0);
	pin_self(0);
}

TEST(the_local_queue_of_another_cpu_can_be_reenqueued)
{
	expect_reenqueued(reenq_local_on);
}

TEST(no_filter_is_the_filter_any)
{
	expect_reenqueued(reenq_local_on_any);
}

TEST(the_local_queue_of_this_cpu_can_be_reenqueued)
{
	expect_reenqueued(reenq_local);
}

TEST(so_it_can_by_the_older_function)
{
	expect_reenqueued(reenq_local_v2);
}

TEST(tasks_of_a_user_queue_come_back_in_their_order)
{
	enum { NR = 3 };
	struct lab_bpf *skel = rig_open(1);
	struct worker *w[NR];
	struct sched *s;
	u32 from;
	int i;

	skel->bss->knobs.enqueue.dsq = DSQ_A;
	s = SCHED_START(skel);
	for (i = 0; i < NR; i++) {
		w[i] = worker_start(.cpus = 0xe);
		worker_post(w[i], worker_nop);
		ASSERT_TRUE(WAIT_FOR(LAB_DO(s, NR_QUEUED, DSQ_A) == i + 1));
	}
	from = JOURNAL_NOW(s);
	LAB_DO(s, REENQ, DSQ_A);
	EXPECT_STORY_FROM(s, -1, from,
			  "enqueue(REENQ:KFUNC) enqueue(REENQ:KFUNC) enqueue(REENQ:KFUNC)");
	for (i = 0; i < NR; i++)
		EXPECT_EQ(s->journal[from + i].pid, w[i]->pid);
	/* each once, though they went back to the same queue */
	EXPECT_EQ(LAB_DO(s, NR_QUEUED, DSQ_A), NR);

	skel->bss->knobs.enqueue.dsq = DSQ_GLOBAL;
	LAB_DO(s, REENQ, DSQ_A);
	for (i = 0; i < NR; i++) {
		LAB_DO(s, KICK, i + 1);
		worker_wait(w[i]);
	}
	rig_stop(s);
}

TEST(an_empty_queue_can_be_reenqueued)
{
	struct lab_bpf *skel = rig_open(1);
	struct sched *s = SCHED_START(skel);

	LAB_DO(s, REENQ, DSQ_A);
	LAB_DO(s, REENQ, DSQ_LOCAL_ON | 3);
	/* also one that goes away before it is looked at */
	LAB_DO(s, REENQ, DSQ_A);
	LAB_DO(s, DESTROY_DSQ, DSQ_A);
	rig_stop(s);
}

/*
 * At once
 */

TEST(an_immediate_task_runs_on_an_idle_cpu)
{
	struct lab_bpf *skel = rig_open(1);
	struct worker *w = worker_start(.cpus = 1 << CPU);
	const struct journal_entry *first;
	struct sched *s;
	int turn;

	skel->bss->knobs.enqueue.flags = ENQ_IMMED;
	skel->bss->knobs.reenqueue = to_a;
	consume_a(skel);
	s = SCHED_START(skel);
	for (turn = 0; turn < 20; turn++) {
		u32 from = JOURNAL_NOW(s);

		/* a kernel thread may be in the way, but not each time */
		worker_do(w, worker_nop);
		if (strstr(journal_story(s, w->pid, from), "enqueue(WAKEUP) running stopping(0)"))
			break;
	}
	ASSERT_LT(turn, 20);
	first = journal_find(s, J_running, w->pid, -1);
	EXPECT_TRUE(first->flags & TASK_IMMED);
	/* for this time only */
	skel->bss->knobs.enqueue.flags = 0;
	worker_do(w, worker_nop);
	EXPECT_FALSE(journal_find(s, J_running, w->pid, -1)->flags & TASK_IMMED);
	rig_stop(s);
}

/* Whether the story of @w since @from comes to have @text in it. */
#define BECOMES(s, w, from, text) WAIT_FOR(strstr(journal_story(s, (w)->pid, from), text))

/* What is promised to run at once on a busy CPU comes back. */
static void expect_bounced(struct lab_bpf *skel, u64 flags)
{
	struct busy busy;
	long long before;
	u32 from;

	skel->bss->knobs.reenqueue = to_a;
	consume_a(skel);
	busy_start(&busy, skel);
	busy.skel->bss->knobs.enqueue.flags = flags;
	from = JOURNAL_NOW(busy.s);
	before = sched_event("SCX_EV_REENQ_IMMED");
	worker_post(busy.w, worker_nop);
	EXPECT_TRUE(BECOMES(busy.s, busy.w, from, "enqueue(WAKEUP) enqueue(REENQ:IMMED)"));
	EXPECT_GT(sched_event("SCX_EV_REENQ_IMMED"), before);
	EXPECT_TRUE(worker_spins_on(busy.runs));
	busy_end(&busy);
}

TEST(an_immediate_task_comes_back_from_a_busy_cpu)
{
	expect_bounced(rig_open(1), ENQ_IMMED);
}

TEST(the_flag_of_the_table_makes_every_local_insert_immediate)
{
	struct lab_bpf *skel = rig_open(1);

	skel->struct_ops.ops->flags |= SCX_OPS_ALWAYS_ENQ_IMMED;
	expect_bounced(skel, 0);
}

TEST(a_preempting_immediate_insert_gets_the_cpu)
{
	struct lab_bpf *skel = rig_open(1);
	struct busy busy;
	int turn;

	skel->bss->knobs.reenqueue = to_a;
	consume_a(skel);
	busy_start(&busy, skel);
	skel->bss->knobs.enqueue.flags = ENQ_IMMED | ENQ_PREEMPT;
	/* a higher class may come in between, but not each time */
	for (turn = 0; turn < 20; turn++) {
		u32 from = JOURNAL_NOW(busy.s);

		worker_do(busy.w, worker_nop);
		if (strstr(journal_story(busy.s, busy.w->pid, from),
			   "enqueue(WAKEUP) running stopping(0)"))
			break;
	}
	EXPECT_LT(turn, 20);
	EXPECT_TRUE(worker_spins_on(busy.runs));
	busy_end(&busy);
}

TEST(it_does_not_lose_it_again_to_one_that_comes_before_the_cpu_has_obeyed)
{
	struct lab_bpf *skel = rig_open(1);
	struct worker *late = worker_start(.cpus = 1 << CPU);
	struct hold_bpf *hold;
	struct busy busy;
	u32 from;

	skel->bss->knobs.reenqueue = to_a;
	consume_a(skel);
	busy_start(&busy, skel);
	hold = hold_cpu_of(busy.runs, CPU);
	from = JOURNAL_NOW(busy.s);
	skel->bss->knobs.enqueue.flags = ENQ_IMMED | ENQ_PREEMPT;
	worker_post(busy.w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(busy.s, NR_QUEUED, DSQ_LOCAL_ON | CPU) == 1));
	skel->bss->knobs.enqueue.flags = ENQ_IMMED;
	worker_post(late, worker_nop);
	EXPECT_TRUE(BECOMES(busy.s, late, from, "enqueue(WAKEUP) enqueue(REENQ:IMMED)"));
	EXPECT_STORY_FROM(busy.s, busy.w->pid, from, "runnable(WAKEUP) enqueue(WAKEUP)");
	hold_end(hold);
	worker_wait(late);
	busy_end(&busy);
}

TEST(an_immediate_task_comes_back_from_a_cpu_of_a_higher_class)
{
	struct lab_bpf *skel = rig_open(1);
	struct worker *rt = worker_start(.policy = SCHED_FIFO, .cpus = 1 << CPU);
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s;
	u32 from;

	skel->bss->knobs.enqueue.flags = ENQ_IMMED;
	skel->bss->knobs.reenqueue = to_a;
	s = SCHED_START(skel);
	worker_start_spin(rt);
	from = JOURNAL_NOW(s);
	worker_post(w, worker_nop);
	EXPECT_STORY_FROM(s, w->pid, from, "runnable(WAKEUP) enqueue(WAKEUP) enqueue(REENQ:IMMED)");
	consume_a(skel);
	worker_stop_spin(rt);
	worker_wait(w);
	rig_stop(s);
}

TEST(a_running_immediate_task_that_loses_its_cpu_comes_back)
{
	struct lab_bpf *skel = rig_open(1);
	struct worker *rt = worker_start(.policy = SCHED_FIFO, .cpus = 1 << CPU);
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s;

	skel->bss->knobs.enqueue.flags = ENQ_IMMED;
	skel->bss->knobs.reenqueue = to_a;
	/* a kernel thread may be in its way: whatever the way to the CPU is, it is immediate */
	consume_a(skel);
	skel->bss->knobs.dispatch.flags = ENQ_IMMED;
	s = SCHED_START(skel);
	worker_start_spin(w);
	worker_start_spin(rt);
	EXPECT_STRHAS(journal_story(s, w->pid, 0), "stopping(1) enqueue(REENQ:PREEMPTED)");
	worker_stop_spin(rt);
	EXPECT_TRUE(worker_spins_on(w));
	worker_stop_spin(w);
	rig_stop(s);
}

TEST(of_two_immediate_tasks_in_one_dispatch_one_comes_back)
{
	struct lab_bpf *skel = rig_open(2);
	struct worker *a = worker_start(.cpus = 1 << CPU), *b = worker_start(.cpus = 1 << CPU);
	struct sched *s;

	skel->bss->knobs.enqueue.dsq = DSQ_A;
	s = SCHED_START(skel);
	worker_post(a, worker_spin);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(s, NR_QUEUED, DSQ_A) == 1));
	worker_post(b, worker_spin);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(s, NR_QUEUED, DSQ_A) == 2));

	skel->bss->knobs.reenqueue = (struct knob){
		.how = HOW_FIFO,
		.dsq = 2,
		.slice = SLICE_ENDLESS,
	};
	skel->bss->knobs.dispatch = (struct knob){
		.how = HOW_ITERATE,
		.cpu = CPU,
		.from = DSQ_A,
		.dsq = DSQ_LOCAL,
		.flags = ENQ_IMMED,
	};
	LAB_DO(s, KICK, CPU);
	EXPECT_TRUE(WAIT_FOR(LAB_DO(s, NR_QUEUED, 2) == 1));
	EXPECT_STRHAS(journal_story(s, b->pid, 0), "dequeue(0) enqueue(REENQ:IMMED)");
	EXPECT_EQ(LAB_DO(s, PEEK, 2), b->pid);
	EXPECT_TRUE(worker_spins_on(a));

	skel->bss->knobs.dispatch = (struct knob){ .how = HOW_CONSUME, .cpu = CPU, .dsq = 2 };
	worker_stop_spin(a);
	EXPECT_TRUE(worker_spins_on(b));
	worker_stop_spin(b);
	rig_stop(s);
}

TEST(a_task_that_is_consumed_with_the_flag_is_immediate)
{
	struct lab_bpf *skel = rig_open(1);
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s;

	skel->bss->knobs.enqueue.dsq = DSQ_A;
	consume_a(skel);
	skel->bss->knobs.dispatch.flags = ENQ_IMMED;
	s = SCHED_START(skel);
	worker_post(w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, w->pid)));
	LAB_DO(s, KICK, CPU);
	worker_wait(w);
	EXPECT_TRUE(journal_find(s, J_running, w->pid, 0)->flags & TASK_IMMED);
	rig_stop(s);
}

TEST(a_scheduler_that_finds_no_other_place_is_ejected)
{
	struct busy busy;

	busy_start(&busy, rig_open(0));
	busy.skel->bss->knobs.enqueue.flags = ENQ_IMMED;
	/* back where it cannot run, for ever */
	worker_post(busy.w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(!sched_lives(busy.s)));
	sched_expect_exit(busy.s, KIND_ERROR, "re-enqueue loop");
}

TEST(repeated_rounds_are_counted)
{
	struct busy busy;
	long long before;

	busy_start(&busy, rig_open(1));
	before = sched_event("SCX_EV_REENQ_LOCAL_REPEAT");
	busy.skel->bss->knobs.enqueue.flags = ENQ_IMMED;
	/* not for long */
	busy.skel->bss->knobs.reenqueue_limit = 10;
	busy.skel->bss->knobs.reenqueue = busy.skel->bss->knobs.enqueue;
	worker_post(busy.w, worker_nop);
	EXPECT_TRUE(WAIT_FOR(journal_count(busy.s, J_enqueue, busy.w->pid) == 12));
	EXPECT_GE(sched_event("SCX_EV_REENQ_LOCAL_REPEAT"), before + 9);
	busy_end(&busy);
}
