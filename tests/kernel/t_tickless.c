// SPDX-License-Identifier: GPL-2.0
/*
 * The tick on CPUs that may do without it: it stops for a task whose slice has no end. How often a
 * CPU was interrupted is measured by an ordinary one, on which the test itself is busy.
 */
#include <sched.h>

#include "held.h"

enum {
	CPU = 2,
	OTHER = 3, /* both are in nohz_full, see t_tickless.vm.args */
	ORDINARY = 0,
	ANOTHER = 1,
	NR_TICKS = 200, /* of the ordinary one, for a measurement */
	FEW = NR_TICKS / 4,
};

#define SLICE_LONG (100ULL * 1000000000)

/* Timer interrupts of @cpu so far. */
static unsigned long nr_interrupts(int cpu)
{
	const char *text = file_read("/proc/interrupts"), *at;
	char *end;
	unsigned long nr;
	int i;

	ASSERT_TRUE(text);
	at = strstr(text, "LOC:");
	ASSERT_TRUE(at);
	at += strlen("LOC:");
	for (i = 0; i <= cpu; i++) {
		nr = strtoul(at, &end, 10);
		ASSERT_NE(end, at);
		at = end;
	}
	return nr;
}

/* Timer interrupts of @cpu while the ordinary one has NR_TICKS. */
static unsigned long nr_interrupts_during_ticks(int cpu)
{
	unsigned long before = nr_interrupts(cpu), begin = nr_interrupts(ORDINARY);

	/* no nap: this is what keeps that one busy */
	while (nr_interrupts(ORDINARY) < begin + NR_TICKS)
		;
	return nr_interrupts(cpu) - before;
}

/* The tick stops, now or soon: others may need it for a while, say RCU. */
static void expect_no_tick(int cpu)
{
	EXPECT_TRUE(WAIT_FOR(nr_interrupts_during_ticks(cpu) < FEW));
}

/* It does not, ever. An emulated CPU may be slower than its neighbour. */
static void expect_tick(int cpu)
{
	int turn;

	for (turn = 0; turn < 4; turn++)
		EXPECT_GT(nr_interrupts_during_ticks(cpu), FEW);
}

/* A scheduler whose slices are @slice. */
static struct lab_bpf *open_slice(u64 slice)
{
	struct lab_bpf *skel = rig_open(0);

	ASSERT_STREQ(file_read("/sys/devices/system/cpu/nohz_full"), "2-3");
	skel->bss->knobs.enqueue.slice = slice;
	return skel;
}

TEST(an_endless_slice_lets_the_tick_stop)
{
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s = SCHED_START(open_slice(SLICE_ENDLESS));

	worker_start_spin(w);
	expect_no_tick(CPU);
	EXPECT_TRUE(LAB_DO(s, RQ_FLAGS, CPU) & RQ_CAN_STOP_TICK);
	worker_stop_spin(w);
	rig_stop(s);
}

TEST(a_slice_with_an_end_keeps_the_tick_however_long_it_is)
{
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s = SCHED_START(open_slice(SLICE_LONG));

	worker_start_spin(w);
	expect_tick(CPU);
	EXPECT_EQ(LAB_DO(s, RQ_FLAGS, CPU) & RQ_CAN_STOP_TICK, 0);
	worker_stop_spin(w);
	rig_stop(s);
}

TEST(it_is_the_task_that_runs_who_counts)
{
	struct worker *endless = worker_start(.cpus = 1 << CPU);
	struct worker *finite = worker_start(.cpus = 1 << CPU);
	struct lab_bpf *skel = open_slice(SLICE_ENDLESS);
	struct sched *s = SCHED_START(skel);

	worker_start_spin(endless);
	/* one that waits changes nothing, whatever its slice */
	skel->bss->knobs.enqueue.slice = SLICE_LONG;
	atomic_store(&finite->page->stop, false);
	worker_post(finite, worker_spin);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, finite->pid)));
	expect_no_tick(CPU);
	EXPECT_EQ(journal_count(s, J_running, finite->pid), 0);

	worker_stop_spin(endless);
	EXPECT_TRUE(worker_spins_on(finite));
	expect_tick(CPU);

	/* the same the other way round: it runs when the slice that has an end is over */
	skel->bss->knobs.enqueue.slice = SLICE_ENDLESS;
	atomic_store(&endless->page->stop, false);
	worker_post(endless, worker_spin);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, endless->pid) > 1));
	LAB_DO(s, KICK, CPU, .b = KICK_PREEMPT);
	EXPECT_TRUE(worker_spins_on(endless));
	expect_no_tick(CPU);
	worker_stop_spin(endless);
	worker_stop_spin(finite);
	rig_stop(s);
}

TEST(each_cpu_is_on_its_own)
{
	struct worker *endless = worker_start(.cpus = 1 << CPU);
	struct worker *finite = worker_start(.cpus = 1 << OTHER);
	struct lab_bpf *skel = open_slice(SLICE_ENDLESS);
	struct sched *s = SCHED_START(skel);

	worker_start_spin(endless);
	skel->bss->knobs.enqueue.slice = SLICE_LONG;
	worker_start_spin(finite);
	expect_no_tick(CPU);
	expect_tick(OTHER);
	worker_stop_spin(endless);
	worker_stop_spin(finite);
	rig_stop(s);
}

TEST(an_ordinary_cpu_keeps_the_tick)
{
	struct worker *w = worker_start(.cpus = 1 << ANOTHER);
	struct sched *s = SCHED_START(open_slice(SLICE_ENDLESS));

	worker_start_spin(w);
	expect_tick(ANOTHER);
	worker_stop_spin(w);
	rig_stop(s);
}

TEST(a_task_of_another_class_is_not_kept_by_the_scheduler_from_doing_without)
{
	struct worker *fair = worker_start(.normal = true, .cpus = 1 << CPU);
	struct sched *s = SCHED_START(open_slice(SLICE_LONG));

	worker_start_spin(fair);
	expect_no_tick(CPU);
	worker_stop_spin(fair);
	rig_stop(s);
}

#define SERVER_RUNTIME "/sys/kernel/debug/sched/fair_server/cpu2/runtime"

TEST(a_task_that_changes_class_while_it_runs_has_its_tick_or_not_at_once)
{
	struct worker *w = worker_start(.normal = true, .cpus = 1 << CPU);
	struct sched *s = SCHED_START(open_slice(SLICE_LONG));

	/* when it starts, the server of these classes has the CPU pass through the scheduler */
	ASSERT_EQ(file_write(SERVER_RUNTIME, "0"), 0);
	worker_start_spin(w);
	expect_no_tick(CPU);
	ASSERT_EQ(set_policy(w->pid, SCHED_EXT, 0), 0);
	expect_tick(CPU);
	ASSERT_EQ(set_policy(w->pid, SCHED_OTHER, 0), 0);
	expect_no_tick(CPU);
	ASSERT_EQ(file_write(SERVER_RUNTIME, "50000000"), 0);
	worker_stop_spin(w);
	rig_stop(s);
}

/* Made by a CPU that has one. */
static bool last_tick_is_from_afar(const struct sched *s, const struct worker *w)
{
	const struct journal_entry *tick = journal_find(s, J_tick, w->pid, -1);

	return tick && tick->cpu != CPU;
}

TEST(the_scheduler_has_a_tick_from_afar_now_and_then)
{
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct lab_bpf *skel = open_slice(SLICE_ENDLESS);
	struct sched *s;

	skel->struct_ops.ops->tick = skel->progs.lab_tick;
	s = SCHED_START(skel);
	worker_start_spin(w);
	expect_no_tick(CPU);
	/* a kernel thread may bring back the CPU's own for a moment */
	EXPECT_TRUE(WAIT_FOR(last_tick_is_from_afar(s, w)));
	worker_stop_spin(w);
	rig_stop(s);
}

TEST(bypass_brings_the_tick_back)
{
	struct worker *w[] = { worker_start(.cpus = 1 << CPU), worker_start(.cpus = 1 << CPU) };
	struct lab_bpf *skel = held_open(0);
	struct sched *s;
	size_t i;

	s = SCHED_START(skel);
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		atomic_store(&w[i]->page->stop, false);
		worker_post(w[i], worker_spin);
		ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, w[i]->pid)));
	}
	expect_no_tick(CPU);
	EXPECT_EQ(journal_count(s, J_running, w[1]->pid), 0);
	held_begin(s);
	/* or they could not take turns */
	for (i = 0; i < 2 * ARRAY_SIZE(w); i++)
		EXPECT_TRUE(worker_spins_on(w[i % ARRAY_SIZE(w)]));
	expect_tick(CPU);
	for (i = 0; i < ARRAY_SIZE(w); i++)
		worker_stop_spin(w[i]);
	held_end(skel, s);
}
