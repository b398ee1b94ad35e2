// SPDX-License-Identifier: GPL-2.0
/* Taking a CPU from its task: kicks, preempting inserts, higher classes. */
#include <sched.h>

#include "rig.h"

enum {
	CPU = 2,
	DSQ_A = 1,
};

enum {
	REASON_RT,
	REASON_DL,
	REASON_STOP,
	REASON_UNKNOWN,
};

/* A worker that spins on CPU and one that waits for it in the local queue. */
struct pair {
	struct lab_bpf *skel;
	struct sched *s;
	struct worker *runs, *waits;
};

static void pair_start(struct pair *pair, struct lab_bpf *skel)
{
	pair->skel = skel;
	pair->runs = worker_start(.cpus = 1 << CPU);
	pair->waits = worker_start(.cpus = 1 << CPU);
	pair->s = SCHED_START(skel);
	worker_start_spin(pair->runs);
	worker_post(pair->waits, worker_spin);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(pair->s, NR_QUEUED, DSQ_LOCAL_ON | CPU) == 1));
}

static void pair_end(struct pair *pair)
{
	atomic_store(&pair->waits->page->stop, true);
	worker_stop_spin(pair->runs);
	worker_wait(pair->waits);
	rig_stop(pair->s);
}

COVERS(scx_bpf_kick_cpu);

TEST(a_plain_kick_takes_nothing_from_a_task_with_slice)
{
	struct pair pair;
	int i;

	pair_start(&pair, rig_open(0));
	for (i = 0; i < 20; i++)
		LAB_DO(pair.s, KICK, CPU);
	EXPECT_TRUE(worker_spins_on(pair.runs));
	EXPECT_EQ(journal_count(pair.s, J_enqueue, pair.runs->pid), 1);
	EXPECT_EQ(journal_count(pair.s, J_running, pair.waits->pid), 0);
	pair_end(&pair);
}

TEST(a_preempting_kick_ends_the_slice)
{
	struct pair pair;

	pair_start(&pair, rig_open(0));
	LAB_DO(pair.s, KICK, CPU, .b = KICK_PREEMPT);
	EXPECT_TRUE(WAIT_FOR(journal_count(pair.s, J_running, pair.waits->pid)));
	/* the other was asked about anew, and waits */
	EXPECT_EQ(journal_count(pair.s, J_enqueue, pair.runs->pid), 2);
	EXPECT_FALSE(journal_find(pair.s, J_enqueue, pair.runs->pid, 1)->arg &
		     (ENQ_WAKEUP | ENQ_LAST | ENQ_REENQ));
	pair_end(&pair);
}

TEST(a_kick_of_an_idle_cpu_makes_it_look_for_work)
{
	struct lab_bpf *skel = rig_open(0);
	struct sched *s = SCHED_START(skel);
	u32 before = skel->bss->nr_dispatches[CPU];

	/* each, since the CPU may be about to look anyway */
	LAB_DO(s, KICK, CPU, .b = KICK_IDLE);
	EXPECT_TRUE(WAIT_FOR(skel->bss->nr_dispatches[CPU] > before));
	before = skel->bss->nr_dispatches[CPU];
	LAB_DO(s, KICK, CPU);
	EXPECT_TRUE(WAIT_FOR(skel->bss->nr_dispatches[CPU] > before));
	rig_stop(s);
}

TEST(an_idle_kick_leaves_a_busy_cpu_alone)
{
	struct pair pair;
	int i;

	pair_start(&pair, rig_open(0));
	/* with no slice left any pass through the scheduler would let the other run */
	LAB_DO(pair.s, KICK, CPU, .b = KICK_IDLE);
	for (i = 0; i < 20; i++)
		LAB_DO(pair.s, KICK, CPU, .b = KICK_IDLE);
	EXPECT_TRUE(worker_spins_on(pair.runs));
	EXPECT_EQ(journal_count(pair.s, J_running, pair.waits->pid), 0);
	pair_end(&pair);
}

TEST(a_cpu_can_kick_itself)
{
	struct lab_bpf *skel = rig_open(0);
	struct sched *s = SCHED_START(skel);

	pin_self(1);
	LAB_DO(s, KICK, 1);
	LAB_DO(s, KICK, 1, .b = KICK_PREEMPT | KICK_WAIT);
	LAB_DO(s, KICK, 1, .b = KICK_IDLE);
	rig_stop(s);
}

static unsigned long pair_turns(const struct pair *pair)
{
	return atomic_load(&pair->runs->page->nr_turns) + atomic_load(&pair->waits->page->nr_turns);
}

TEST(a_waiting_kick_returns_when_the_other_cpu_has_switched)
{
	struct pair pair;
	int i, in_time = 0;

	pair_start(&pair, rig_open(0));
	pin_self(1);
	for (i = 0; i < 100; i++) {
		unsigned long turns = pair_turns(&pair);
		u32 before;

		ASSERT_TRUE(WAIT_FOR(pair_turns(&pair) > turns));
		before = journal_count(pair.s, J_stopping, -1);
		LAB_DO(pair.s, KICK, CPU, .b = KICK_PREEMPT | KICK_WAIT);
		/* not some time later: by the time that we are back in user space */
		in_time += journal_count(pair.s, J_stopping, -1) > before;
	}
	/* nobody waits while a kernel thread, of a higher class here, has the CPU */
	EXPECT_GE(in_time, 90);
	pair_end(&pair);
}

TEST(nobody_waits_for_a_cpu_of_a_higher_class)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *rt = worker_start(.policy = SCHED_FIFO, .cpus = 1 << CPU);
	struct sched *s = SCHED_START(skel);

	worker_start_spin(rt);
	LAB_DO(s, KICK, CPU, .b = KICK_PREEMPT | KICK_WAIT);
	EXPECT_TRUE(worker_spins_on(rt));
	worker_stop_spin(rt);
	rig_stop(s);
}

TEST(nobody_waits_for_a_cpu_that_is_offline)
{
	struct lab_bpf *skel = rig_open(0);
	struct sched *s;

	skel->struct_ops.ops->cpu_online = skel->progs.lab_cpu_online;
	skel->struct_ops.ops->cpu_offline = skel->progs.lab_cpu_offline;
	s = SCHED_START(skel);
	ASSERT_EQ(cpu_set_online(3, false), 0);
	LAB_DO(s, KICK, 3, .b = KICK_PREEMPT | KICK_WAIT);
	LAB_DO(s, KICK, 3, .b = KICK_IDLE);
	LAB_DO(s, KICK, 3);
	ASSERT_EQ(cpu_set_online(3, true), 0);
	rig_stop(s);
}

/*
 * Inserts
 */

/*
 * From here on what wakes up preempts. What lost its CPU does not: it could take it back before the
 * other one had it, if a higher class comes in between.
 */
static void wakeups_preempt(struct lab_bpf *skel)
{
	skel->bss->knobs.requeue = skel->bss->knobs.enqueue;
	skel->bss->knobs.enqueue.flags = ENQ_PREEMPT;
}

TEST(a_preempting_insert_takes_the_cpu)
{
	struct pair pair;
	struct worker *third;

	pair_start(&pair, rig_open(0));
	third = worker_start(.cpus = 1 << CPU);
	wakeups_preempt(pair.skel);
	/* it comes to the head, in front of the one that waits */
	worker_do(third, worker_nop);
	EXPECT_EQ(journal_count(pair.s, J_running, third->pid), 1);
	EXPECT_GT(journal_count(pair.s, J_enqueue, pair.runs->pid), 1);
	pair.skel->bss->knobs.enqueue.flags = 0;
	pair_end(&pair);
}

TEST(a_preempting_insert_takes_another_cpu)
{
	struct pair pair;
	struct worker *third;

	pair_start(&pair, rig_open(0));
	third = worker_start(.cpus = 1 << CPU | 1 << 3);
	wakeups_preempt(pair.skel);
	pair.skel->bss->knobs.select_cpu.cpu = 3;
	pair.skel->bss->knobs.enqueue.dsq = DSQ_LOCAL_ON | CPU;
	worker_do(third, worker_nop);
	EXPECT_EQ(journal_find(pair.s, J_running, third->pid, 0)->arg, CPU);
	pair.skel->bss->knobs.enqueue.flags = 0;
	pair.skel->bss->knobs.enqueue.dsq = DSQ_LOCAL;
	pair_end(&pair);
}

TEST(an_insert_to_the_head_waits_only_for_the_running_task)
{
	struct pair pair;
	struct worker *third;

	pair_start(&pair, rig_open(0));
	third = worker_start(.cpus = 1 << CPU);
	pair.skel->bss->knobs.enqueue.flags = ENQ_HEAD;
	worker_post(third, worker_nop);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(pair.s, NR_QUEUED, DSQ_LOCAL_ON | CPU) == 2));
	EXPECT_TRUE(worker_spins_on(pair.runs));
	EXPECT_EQ(journal_count(pair.s, J_enqueue, pair.runs->pid), 1);
	pair.skel->bss->knobs.enqueue.flags = 0;
	worker_stop_spin(pair.runs);
	worker_wait(third);
	/* both have run, the third first */
	ASSERT_TRUE(WAIT_FOR(journal_count(pair.s, J_running, pair.waits->pid)));
	EXPECT_LT(journal_find(pair.s, J_running, third->pid, 0),
		  journal_find(pair.s, J_running, pair.waits->pid, 0));
	worker_stop_spin(pair.waits);
	rig_stop(pair.s);
}

/*
 * Higher classes
 */

COVERS(cpu_release, cpu_acquire);

static struct lab_bpf *open_with_release(u32 nr_dsqs)
{
	struct lab_bpf *skel = rig_open(nr_dsqs);

	skel->struct_ops.ops->cpu_acquire = skel->progs.lab_cpu_acquire;
	skel->struct_ops.ops->cpu_release = skel->progs.lab_cpu_release;
	return skel;
}

/* Releases and acquires of CPU alternate, from entry @from of the journal on. */
static void expect_alternating(const struct sched *s, u32 from)
{
	u32 i, nr = JOURNAL_NOW(s), nr_releases = 0;
	bool released = false;

	for (i = from; i < nr; i++) {
		const struct journal_entry *e = &s->journal[i];

		if (e->op == J_cpu_release + 1 && e->arg == CPU) {
			EXPECT_FALSE(released);
			released = true;
			nr_releases++;
		} else if (e->op == J_cpu_acquire + 1 && e->arg == CPU) {
			EXPECT_TRUE(released);
			released = false;
			/* deprecated: nothing is passed */
			EXPECT_EQ(e->arg2, 0);
		}
	}
	EXPECT_GT(nr_releases, 0);
}

/* Take CPU away for @w, and give it back. */
static void expect_released_for(struct sched *s, struct worker *runs, struct worker *w, int reason)
{
	const struct journal_entry *e;
	u32 from = JOURNAL_NOW(s);

	worker_start_spin(w);
	ASSERT_TRUE(WAIT_FOR(journal_find(s, J_cpu_release, w->pid, -1)));
	e = journal_find(s, J_cpu_release, w->pid, -1);
	EXPECT_EQ(e->arg, CPU);
	EXPECT_EQ(e->arg2, reason);
	worker_stop_spin(w);
	EXPECT_TRUE(worker_spins_on(runs));
	printf("%s\n", journal_story(s, -1, from));
}

TEST(a_cpu_is_released_to_a_higher_class_and_acquired_afterwards)
{
	struct lab_bpf *skel = open_with_release(0);
	struct worker *runs = worker_start(.cpus = 1 << CPU), *rt, *fair;
	struct sched *s;
	u32 from;

	rt = worker_start(.policy = SCHED_FIFO, .cpus = 1 << CPU);
	fair = worker_start(.normal = true, .cpus = 1 << CPU);
	s = SCHED_START(skel);
	worker_start_spin(runs);
	/* the first acquire, if any, belongs to a release that nobody was told of */
	from = JOURNAL_NOW(s);
	expect_released_for(s, runs, rt, REASON_RT);
	/* in partial mode the fair class is a higher one */
	expect_released_for(s, runs, fair, REASON_UNKNOWN);
	worker_stop_spin(runs);
	expect_alternating(s, from);
	rig_stop(s);
}

TEST(the_deadline_class_is_named_as_the_reason)
{
	struct lab_bpf *skel = open_with_release(0);
	/* a deadline task may not be pinned: it comes to CPU when all others are taken */
	struct worker *runs[4], *dl;
	const struct journal_entry *e;
	struct sched *s;
	int i;

	for (i = 0; i < 4; i++)
		runs[i] = worker_start(.cpus = 1 << i);
	dl = worker_start(.normal = true);
	ASSERT_EQ(set_deadline(dl->pid, 5, 50), 0);
	s = SCHED_START(skel);
	for (i = 0; i < 4; i++)
		worker_start_spin(runs[i]);
	worker_start_spin(dl);
	ASSERT_TRUE(WAIT_FOR(journal_find(s, J_cpu_release, dl->pid, 0)));
	e = journal_find(s, J_cpu_release, dl->pid, 0);
	EXPECT_EQ(e->arg2, REASON_DL);
	worker_stop_spin(dl);
	for (i = 0; i < 4; i++)
		worker_stop_spin(runs[i]);
	rig_stop(s);
}

TEST(the_stopper_is_named_as_the_reason)
{
	struct lab_bpf *skel = open_with_release(0);
	struct worker *runs = worker_start(.cpus = 1 << CPU);
	struct sched *s = SCHED_START(skel);
	bool found = false;
	u32 i;

	worker_start_spin(runs);
	/* the way off a CPU that a running task may not use any more */
	ASSERT_EQ(set_affinity(runs->pid, 1 << 3), 0);
	for (i = 0; i < JOURNAL_NOW(s); i++) {
		const struct journal_entry *e = &s->journal[i];

		if (e->op == J_cpu_release + 1 && e->arg == CPU && e->arg2 == REASON_STOP)
			found = true;
	}
	EXPECT_TRUE(found);
	worker_stop_spin(runs);
	rig_stop(s);
}

COVERS(scx_bpf_reenqueue_local);

TEST(a_released_cpu_can_pass_on_what_waits_for_it)
{
	struct pair pair;
	struct worker *rt;
	u32 nr, from, i;

	pair_start(&pair, open_with_release(1));
	rt = worker_start(.policy = SCHED_FIFO, .cpus = 1 << CPU);
	pair.skel->bss->knobs.reenqueue = (struct knob){
		.how = HOW_FIFO,
		.dsq = DSQ_A,
		.slice = SLICE_ENDLESS,
	};
	from = JOURNAL_NOW(pair.s);
	pair.skel->bss->knobs.release_reenq = 1;
	worker_start_spin(rt);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(pair.s, NR_QUEUED, DSQ_A) == 2));
	pair.skel->bss->knobs.release_reenq = 0;

	/* both were on the local queue, the one that ran at its head */
	EXPECT_STRHAS(journal_story(pair.s, pair.waits->pid, from), "enqueue(REENQ:KFUNC)");
	EXPECT_STRHAS(journal_story(pair.s, pair.runs->pid, from), "enqueue(REENQ:KFUNC)");
	for (nr = 0, i = 0; i < journal_count(pair.s, J_note, 0); i++)
		nr += journal_find(pair.s, J_note, 0, i)->arg;
	EXPECT_EQ(nr, 2);

	pair.skel->bss->knobs.dispatch = (struct knob){
		.how = HOW_CONSUME,
		.cpu = CPU,
		.dsq = DSQ_A,
	};
	worker_stop_spin(rt);
	pair_end(&pair);
}

/* How many tasks the first re-enqueue on CPU has visited, -1 while there was none. */
static long long first_reenqueue(const struct sched *s)
{
	const struct journal_entry *e;
	u32 i;

	for (i = 0; (e = journal_find(s, J_note, 0, i)); i++)
		if (e->arg2 == CPU)
			return e->arg;
	return -1;
}

TEST(a_reenqueue_does_not_visit_what_comes_back)
{
	struct pair pair;
	struct worker *rt;

	pair_start(&pair, open_with_release(0));
	rt = worker_start(.policy = SCHED_FIFO, .cpus = 1 << CPU);
	/* back to the very queue */
	pair.skel->bss->knobs.release_reenq = 1;
	worker_start_spin(rt);
	ASSERT_TRUE(WAIT_FOR(first_reenqueue(pair.s) >= 0));
	pair.skel->bss->knobs.release_reenq = 0;
	EXPECT_EQ(first_reenqueue(pair.s), 2);
	EXPECT_EQ(LAB_DO(pair.s, NR_QUEUED, DSQ_LOCAL_ON | CPU), 2);
	worker_stop_spin(rt);
	pair_end(&pair);
}
