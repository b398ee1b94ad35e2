// SPDX-License-Identifier: GPL-2.0
/* CPUs that come and go: what the scheduler is told, and where the tasks of such a CPU end up. */
#include <pthread.h>
#include <unistd.h>

#include "rig.h"

#include "any_call.h"
#include "hotplug.bpf.skel.h"

enum {
	GOING = 3, /* the CPU that comes and goes */
	STAYING = 2,
	SHORT_SLICE = 2000000,
};

#define ECODE_RESTART (1LL << 48)

/* Whatever an earlier test has left. */
static void all_online(void)
{
	int cpu;

	sched_wait_none();
	for (cpu = 1; cpu < nr_cpus(); cpu++)
		ASSERT_EQ(cpu_set_online(cpu, true), 0);
}

/* The lab with callbacks for both directions. */
static struct lab_bpf *open_lab(u32 nr_dsqs)
{
	struct lab_bpf *skel;

	all_online();
	skel = rig_open(nr_dsqs);
	skel->struct_ops.ops->cpu_online = skel->progs.lab_cpu_online;
	skel->struct_ops.ops->cpu_offline = skel->progs.lab_cpu_offline;
	return skel;
}

/* The scheduler that makes a queue for each CPU. */
static struct hotplug_bpf *open_queues(void)
{
	struct hotplug_bpf *skel;

	all_online();
	skel = SCHED_OPEN(hotplug_bpf);
	pin_self(0);
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	return skel;
}

/* GOING goes before the scheduler of the open skeleton is loaded, which must not mind. */
#define take_away(skel)                                                                     \
	({                                                                                  \
		ASSERT_EQ(cpu_set_online(GOING, false), 0);                                 \
		(skel)->struct_ops.ops->hotplug_seq = file_number(SCX_SYSFS "hotplug_seq"); \
	})

/* The CPU on which @w has run last. */
static int last_cpu(const struct sched *s, const struct worker *w)
{
	const struct journal_entry *e = journal_find(s, J_running, w->pid, -1);

	ASSERT_TRUE(e);
	return e->arg;
}

/*
 * What the scheduler is told
 */

COVERS(cpu_online, cpu_offline);

TEST(a_scheduler_with_callbacks_is_told_and_stays)
{
	struct lab_bpf *skel = open_lab(0);
	long long loads = file_number(SCX_SYSFS "enable_seq") + 1;
	const struct journal_entry *gone, *come;
	struct sched *s = SCHED_START(skel);
	struct worker *w = worker_start(.cpus = 1 << STAYING);

	ASSERT_EQ(cpu_set_online(GOING, false), 0);
	/* it has been told when the CPU is gone: nobody has to wait for it */
	EXPECT_EQ(journal_count(s, J_cpu_offline, -1), 1);
	EXPECT_EQ(journal_count(s, J_cpu_online, -1), 0);
	worker_do(w, worker_nop);
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
	EXPECT_EQ(journal_count(s, J_cpu_offline, -1), 1);
	EXPECT_EQ(journal_count(s, J_cpu_online, -1), 1);
	worker_do(w, worker_nop);

	gone = journal_find(s, J_cpu_offline, -1, 0);
	come = journal_find(s, J_cpu_online, -1, 0);
	EXPECT_EQ(gone->arg, GOING);
	EXPECT_EQ(come->arg, GOING);
	EXPECT_LT(gone, come);
	EXPECT_EQ(file_number(SCX_SYSFS "enable_seq"), loads);
	rig_stop(s);
}

TEST(the_callbacks_may_sleep)
{
	struct sched *s = SCHED_START(open_queues());

	ASSERT_EQ(cpu_set_online(GOING, false), 0);
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
	/* it was destroyed, and making it anew, which allocates memory, has worked */
	EXPECT_EQ(journal_find(s, J_cpu_offline, -1, 0)->arg2, 0);
	EXPECT_EQ(journal_find(s, J_cpu_online, -1, 0)->arg2, 0);
	sched_stop(s);
}

/* A scheduler with callbacks for some directions sees GOING go or come. */
static void expect_end(bool has_online, bool has_offline, bool online, const char *msg)
{
	struct lab_bpf *skel = open_lab(0);
	struct worker *w = worker_start();
	struct sched *s;

	if (!has_online)
		skel->struct_ops.ops->cpu_online = NULL;
	if (!has_offline)
		skel->struct_ops.ops->cpu_offline = NULL;
	if (online)
		take_away(skel);
	s = SCHED_START(skel);
	worker_do(w, worker_nop);
	ASSERT_EQ(cpu_set_online(GOING, online), 0);
	sched_expect_exit(s, KIND_UNREG_KERN, msg);
	EXPECT_EQ(s->uei->exit_code, ECODE_RESTART_HOTPLUG);
	/* nobody's fault: it has no dump */
	EXPECT_STREQ(s->dump, "");
	EXPECT_EQ(journal_count(s, J_cpu_online, -1) + journal_count(s, J_cpu_offline, -1), 0);
	journal_check(s);
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
}

TEST(without_callbacks_a_cpu_that_goes_asks_for_a_restart)
{
	expect_end(false, false, false,
		   "CPU 3 went offline and the scheduler has no ops.cpu_offline()");
}

TEST(without_callbacks_a_cpu_that_comes_asks_for_a_restart)
{
	expect_end(false, false, true,
		   "CPU 3 went online and the scheduler has no ops.cpu_online()");
}

TEST(a_callback_for_cpus_that_come_is_none_for_those_that_go)
{
	expect_end(true, false, false, "ops.cpu_offline()");
}

TEST(a_callback_for_cpus_that_go_is_none_for_those_that_come)
{
	expect_end(false, true, true, "ops.cpu_online()");
}

TEST(one_callback_is_enough_for_its_direction)
{
	struct lab_bpf *skel = open_lab(0);
	struct sched *s;

	skel->struct_ops.ops->cpu_online = NULL;
	s = SCHED_START(skel);
	ASSERT_EQ(cpu_set_online(GOING, false), 0);
	EXPECT_EQ(journal_count(s, J_cpu_offline, -1), 1);
	EXPECT_TRUE(sched_lives(s));
	rig_stop(s);
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
}

TEST(a_callback_may_ask_for_the_restart_itself)
{
	static const char *const msgs[] = { "CPU 3 has gone", "CPU 3 has come" };
	struct worker *w = worker_start();
	int online;

	for (online = 0; online <= 1; online++) {
		struct hotplug_bpf *skel = open_queues();
		struct sched *s;

		if (online)
			take_away(skel);
		/* a code of its own beside the part that loaders know */
		skel->bss->leave_code = ECODE_RESTART | 42;
		s = SCHED_START(skel);
		worker_do(w, worker_nop);
		ASSERT_EQ(cpu_set_online(GOING, online), 0);
		sched_expect_exit(s, KIND_UNREG_BPF, msgs[online]);
		EXPECT_EQ(s->uei->exit_code, ECODE_RESTART | 42);
		hotplug_bpf__destroy(skel);
	}
	all_online();
}

static void expect_counted(void)
{
	long long seq = file_number(SCX_SYSFS "hotplug_seq");

	ASSERT_GE(seq, 0);
	ASSERT_EQ(cpu_set_online(GOING, false), 0);
	EXPECT_EQ(file_number(SCX_SYSFS "hotplug_seq"), seq + 1);
	/* one that is offline already does not go again */
	ASSERT_EQ(cpu_set_online(GOING, false), 0);
	EXPECT_EQ(file_number(SCX_SYSFS "hotplug_seq"), seq + 1);
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
	EXPECT_EQ(file_number(SCX_SYSFS "hotplug_seq"), seq + 2);
}

TEST(each_cpu_that_comes_or_goes_is_counted_with_and_without_a_scheduler)
{
	struct sched *s;

	all_online();
	expect_counted();
	s = SCHED_START(open_lab(0));
	expect_counted();
	rig_stop(s);
}

/*
 * While a scheduler loads
 */

static void *attach(void *s)
{
	return (void *)(long)sched_attach(s);
}

TEST(a_cpu_may_go_while_a_scheduler_loads)
{
	struct hotplug_bpf *skel = open_queues();
	struct worker *w = worker_start();
	pthread_t loader;
	struct sched *s;
	void *ret;
	int going;

	skel->bss->hold_pid = w->pid;
	skel->bss->hold = true;
	ASSERT_EQ(SCHED_LOAD(skel), 0);
	s = SCHED_VIEW(skel);
	ASSERT_EQ(pthread_create(&loader, NULL, attach, s), 0);
	ASSERT_TRUE(WAIT_FOR(skel->bss->in_init));

	/* not the one that init_task() is on: it would have to wait for that */
	going = skel->bss->hold_cpu == GOING ? STAYING : GOING;
	ASSERT_EQ(cpu_set_online(going, false), 0);
	EXPECT_TRUE(scx_state_is("enabling"));
	EXPECT_EQ(journal_count(s, J_cpu_offline, -1), 1);
	EXPECT_EQ(journal_find(s, J_cpu_offline, -1, 0)->arg, going);
	EXPECT_TRUE(skel->bss->in_init);

	skel->bss->hold = false;
	ASSERT_EQ(pthread_join(loader, &ret), 0);
	ASSERT_EQ((long)ret, 0);
	EXPECT_TRUE(sched_lives(s));
	EXPECT_TRUE(scx_state_is("enabled"));
	worker_do(w, worker_nop);
	sched_stop(s);
	ASSERT_EQ(cpu_set_online(going, true), 0);
}

TEST(a_scheduler_without_callbacks_does_not_survive_a_cpu_that_goes_while_it_loads)
{
	struct hotplug_bpf *skel = open_queues();
	struct worker *w = worker_start();
	pthread_t loader;
	struct sched *s;
	void *ret;
	int going;

	skel->struct_ops.ops->cpu_offline = NULL;
	skel->bss->hold_pid = w->pid;
	skel->bss->hold = true;
	ASSERT_EQ(SCHED_LOAD(skel), 0);
	s = SCHED_VIEW(skel);
	ASSERT_EQ(pthread_create(&loader, NULL, attach, s), 0);
	ASSERT_TRUE(WAIT_FOR(skel->bss->in_init));
	going = skel->bss->hold_cpu == GOING ? STAYING : GOING;
	ASSERT_EQ(cpu_set_online(going, false), 0);
	skel->bss->hold = false;
	ASSERT_EQ(pthread_join(loader, &ret), 0);
	/* it was there, and has ended: attaching is no failure */
	EXPECT_EQ((long)ret, 0);
	sched_expect_exit(s, KIND_UNREG_KERN, "ops.cpu_offline()");
	EXPECT_EQ(s->uei->exit_code, ECODE_RESTART_HOTPLUG);
	ASSERT_EQ(cpu_set_online(going, true), 0);
}

/*
 * Tasks of a CPU that goes
 */

TEST(tasks_that_run_or_wait_there_go_on_elsewhere)
{
	struct lab_bpf *skel = open_lab(0);
	struct worker *w[3];
	struct sched *s;
	size_t i;

	skel->bss->knobs.enqueue.slice = SHORT_SLICE;
	skel->bss->knobs.select_cpu.cpu = GOING;
	s = SCHED_START(skel);
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		w[i] = worker_start(.cpus = 1 << STAYING | 1 << GOING);
		worker_start_spin(w[i]);
		EXPECT_EQ(last_cpu(s, w[i]), GOING);
	}
	ASSERT_EQ(cpu_set_online(GOING, false), 0);
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		EXPECT_TRUE(worker_spins_on(w[i]));
		EXPECT_EQ(last_cpu(s, w[i]), STAYING);
	}
	/* nobody had to break the affinity */
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		worker_stop_spin(w[i]);
		EXPECT_EQ(journal_find(s, J_set_cpumask, w[i]->pid, -1)->arg,
			  1 << STAYING | 1 << GOING);
	}
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
	EXPECT_TRUE(sched_lives(s));
	sched_stop(s);
}

TEST(a_task_that_the_scheduler_keeps_for_it_is_taken_back)
{
	struct lab_bpf *skel = open_lab(0);
	struct worker *w = worker_start(.cpus = 1 << STAYING | 1 << GOING);
	struct sched *s;
	u32 from;

	skel->bss->knobs.enqueue.how = HOW_NOTHING;
	skel->bss->knobs.select_cpu.cpu = GOING;
	s = SCHED_START(skel);
	worker_post(w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, w->pid)));
	EXPECT_EQ(journal_find(s, J_enqueue, w->pid, 0)->arg2, GOING);

	/* from now on tasks go where they can run */
	from = JOURNAL_NOW(s);
	skel->bss->knobs.enqueue.how = HOW_FIFO;
	ASSERT_EQ(cpu_set_online(GOING, false), 0);
	worker_wait(w);
	EXPECT_STRHAS(journal_story(s, w->pid, from),
		      "dequeue(CHANGE) quiescent(CHANGE) runnable(0) ");
	EXPECT_EQ(journal_count(s, J_dequeue, w->pid), 1);
	EXPECT_EQ(journal_find(s, J_enqueue, w->pid, -1)->arg2, STAYING);
	EXPECT_EQ(last_cpu(s, w), STAYING);
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
	rig_stop(s);
}

TEST(a_queue_of_its_own_has_nobody_left_when_the_scheduler_is_told)
{
	struct hotplug_bpf *skel = open_queues();
	struct worker *w[4];
	struct sched *s;
	size_t i;

	s = SCHED_START(skel);
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		w[i] = worker_start(.cpus = 1 << GOING);
		worker_start_spin(w[i]);
		ASSERT_EQ(set_affinity(w[i]->pid, 1 << STAYING | 1 << GOING), 0);
	}
	ASSERT_EQ(cpu_set_online(GOING, false), 0);
	/* or it could not have been destroyed without ending the scheduler */
	EXPECT_EQ(journal_find(s, J_cpu_offline, -1, 0)->arg2, 0);
	for (i = 0; i < ARRAY_SIZE(w); i++)
		EXPECT_TRUE(worker_spins_on(w[i]));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		worker_stop_spin(w[i]);
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
	sched_stop(s);
}

TEST(a_task_pinned_there_may_go_anywhere_from_then_on)
{
	struct lab_bpf *skel = open_lab(0);
	struct worker *running = worker_start(.cpus = 1 << GOING);
	struct worker *waiting = worker_start(.cpus = 1 << GOING);
	struct worker *asleep = worker_start(.cpus = 1 << GOING);
	struct sched *s = SCHED_START(skel);
	u64 mask;

	worker_start_spin(running);
	worker_post(waiting, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, waiting->pid)));
	EXPECT_EQ(journal_count(s, J_running, waiting->pid), 0);

	ASSERT_EQ(cpu_set_online(GOING, false), 0);
	EXPECT_TRUE(worker_spins_on(running));
	worker_stop_spin(running);
	worker_wait(waiting);
	/* this one did not have to move yet */
	EXPECT_EQ(journal_find(s, J_set_cpumask, asleep->pid, -1)->arg, 1 << GOING);
	worker_do(asleep, worker_nop);

	/* the scheduler is told that they are bound no more */
	mask = journal_find(s, J_set_cpumask, running->pid, -1)->arg;
	EXPECT_TRUE(mask & 1 << STAYING);
	mask = journal_find(s, J_set_cpumask, waiting->pid, -1)->arg;
	EXPECT_TRUE(mask & 1 << STAYING);
	mask = journal_find(s, J_set_cpumask, asleep->pid, -1)->arg;
	EXPECT_TRUE(mask & 1 << STAYING);
	EXPECT_NE(last_cpu(s, running), GOING);
	EXPECT_NE(last_cpu(s, waiting), GOING);
	EXPECT_NE(last_cpu(s, asleep), GOING);
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
	rig_stop(s);
}

TEST(a_cpu_that_is_away_is_replaced_when_it_is_selected)
{
	struct lab_bpf *skel = open_lab(0);
	struct worker *w = worker_start(.cpus = 1 << STAYING | 1 << GOING);
	long long before;
	struct sched *s;

	skel->bss->knobs.select_cpu.cpu = GOING;
	s = SCHED_START(skel);
	ASSERT_EQ(cpu_set_online(GOING, false), 0);
	before = sched_event("SCX_EV_SELECT_CPU_FALLBACK");
	worker_do(w, worker_nop);
	EXPECT_EQ(last_cpu(s, w), STAYING);
	EXPECT_EQ(sched_event("SCX_EV_SELECT_CPU_FALLBACK"), before + 1);
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
	/* and is as good as any when it is back */
	worker_do(w, worker_nop);
	EXPECT_EQ(last_cpu(s, w), GOING);
	rig_stop(s);
}

TEST(a_cpu_that_comes_back_asks_for_work)
{
	struct lab_bpf *skel = open_lab(1);
	struct worker *w = worker_start(.cpus = 1 << STAYING | 1 << GOING);
	struct sched *s;

	skel->bss->knobs.enqueue.dsq = 1;
	skel->bss->knobs.dispatch = (struct knob){ .how = HOW_CONSUME, .dsq = 1, .cpu = GOING };
	take_away(skel);
	s = SCHED_START(skel);
	/* it waits for the one CPU that would take it */
	worker_post(w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(s, NR_QUEUED, 1) == 1));
	EXPECT_EQ(skel->bss->nr_dispatches[GOING], 0);
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
	worker_wait(w);
	EXPECT_GT(skel->bss->nr_dispatches[GOING], 0);
	EXPECT_EQ(last_cpu(s, w), GOING);
	rig_stop(s);
}

/*
 * Idle tracking
 */

COVERS(scx_bpf_get_idle_cpumask, scx_bpf_pick_idle_cpu);

TEST(a_cpu_that_is_away_is_not_idle)
{
	struct any_bpf *skel;
	struct sched *s;
	int i;

	all_online();
	skel = any_open();
	skel->struct_ops.ops->cpu_online = skel->progs.any_cpu_online;
	skel->struct_ops.ops->cpu_offline = skel->progs.any_cpu_offline;
	s = SCHED_START(skel);
	ASSERT_TRUE(any_settle(s, 0xe));
	ASSERT_EQ(cpu_set_online(GOING, false), 0);
	/* however often it is looked for */
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(CALL(s, idle_cpumask) & 1 << GOING, 0);
		EXPECT_NE(CALL(s, pick_idle_cpu), GOING);
	}
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
	EXPECT_TRUE(any_settle(s, 0xe));
	sched_stop(s);
}
