// SPDX-License-Identifier: GPL-2.0
/* kfuncs that anybody may call, with a scheduler and without. */
#include <sys/wait.h>
#include <unistd.h>

#include "any_call.h"

enum {
	CPU = 2,
};

/* Loaded, but not attached. */
static struct sched *load_any(struct any_bpf *skel)
{
	ASSERT_EQ(SCHED_LOAD(skel), 0);
	return SCHED_VIEW(skel);
}

TEST(without_a_scheduler_every_kfunc_does_nothing)
{
	struct worker *w = worker_start();
	struct sched *s = load_any(any_open());
	static const struct {
		const char *name;
		enum any_call call;
		long long ret;
	} rows[] = {
#define ROW(name, ret) { #name, ANY_##name, ret }
		ROW(create_dsq, -ENODEV),
		ROW(destroy_dsq, 0),
		ROW(dsq_nr_queued, -ENODEV),
		ROW(dsq_peek, 0),
		ROW(iter_new, -ENODEV),
		ROW(dsq_move, 0),
		ROW(dsq_reenq, 0),
		ROW(reenqueue_local, 0),
		ROW(select_cpu_dfl, -ENODEV),
		ROW(select_cpu_and, -ENODEV),
		ROW(select_cpu_and_old, -ENODEV),
		ROW(task_set_slice, 0),
		ROW(task_set_dsq_vtime, 0),
		ROW(kick_cpu, 0),
		ROW(exit, 0),
		ROW(error, 0),
		ROW(dump, 0),
		ROW(cpuperf_set, 0),
		ROW(cpu_rq, -1),
		ROW(locked_rq, -1),
		ROW(cpu_curr, -1),
		ROW(idle_cpumask, 0),
		ROW(idle_smtmask, 0),
		ROW(idle_cpumask_node, 0),
		ROW(idle_smtmask_node, 0),
		ROW(test_and_clear_cpu_idle, 0),
		ROW(pick_idle_cpu, -ENODEV),
		ROW(pick_idle_cpu_node, -ENODEV),
		ROW(pick_any_cpu, -ENODEV),
		ROW(pick_any_cpu_node, -ENODEV),
#undef ROW
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct any_ctx ctx = {
			.call = rows[i].call,
			.pid = w->pid,
			.arg = 1,
			.mask = 0xf,
		};

		if (!EXPECT_EQ(any_do(s, &ctx), rows[i].ret))
			printf("%s\n", rows[i].name);
	}
	EXPECT_TRUE(scx_state_is("disabled"));
	workers_check_alive();
}

COVERS(scx_bpf_nr_cpu_ids, scx_bpf_nr_node_ids, scx_bpf_get_possible_cpumask,
       scx_bpf_get_online_cpumask, scx_bpf_cpu_node);

static void expect_facts(struct sched *s)
{
	EXPECT_EQ(CALL(s, nr_cpu_ids), 4);
	EXPECT_EQ(CALL(s, nr_node_ids), 1);
	EXPECT_EQ(CALL(s, possible_cpumask), 0xf);
	EXPECT_EQ(CALL(s, online_cpumask), 0xf);
	EXPECT_EQ(CALL(s, cpu_node, .arg = 3), 0);
}

TEST(facts_about_the_machine_do_not_depend_on_a_scheduler)
{
	struct sched *s = load_any(any_open());

	expect_facts(s);
	ASSERT_EQ(cpu_set_online(3, false), 0);
	EXPECT_EQ(CALL(s, online_cpumask), 0x7);
	EXPECT_EQ(CALL(s, possible_cpumask), 0xf);
	ASSERT_EQ(cpu_set_online(3, true), 0);

	s = SCHED_START(any_open());
	expect_facts(s);
	sched_stop(s);
}

COVERS(scx_bpf_task_running, scx_bpf_task_cpu, scx_bpf_cpu_rq, scx_bpf_cpu_curr, scx_bpf_locked_rq);

TEST(tasks_and_runqueues_are_told_from_outside)
{
	struct any_bpf *skel = any_open();
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s = SCHED_START(skel);

	worker_do(w, worker_nop);
	EXPECT_EQ(CALL(s, task_running, .pid = w->pid), 0);
	EXPECT_EQ(CALL(s, task_cpu, .pid = w->pid), CPU);
	worker_start_spin(w);
	/* something of a higher class may be there for a moment */
	EXPECT_TRUE(WAIT_FOR(CALL(s, task_running, .pid = w->pid)));
	EXPECT_TRUE(WAIT_FOR(CALL(s, cpu_curr, .arg = CPU) == w->pid));
	EXPECT_EQ(CALL(s, cpu_curr, .arg = 0), getpid());
	EXPECT_EQ(CALL(s, cpu_rq, .arg = CPU), CPU);
	worker_stop_spin(w);
	sched_stop(s);
}

TEST(tasks_and_runqueues_are_told_in_callbacks)
{
	struct any_bpf *skel = any_open();
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s = SCHED_START(skel);

	skel->bss->watched_pid = w->pid;
	worker_do(w, worker_nop);
	ASSERT_GT(skel->bss->in_enqueue.nr, 0);
	ASSERT_GT(skel->bss->in_running.nr, 0);
	EXPECT_EQ(skel->bss->in_enqueue.task_cpu, CPU);
	EXPECT_EQ(skel->bss->in_enqueue.rq_cpu, CPU);
	EXPECT_EQ(skel->bss->in_enqueue.locked_cpu, CPU);
	EXPECT_TRUE(skel->bss->in_enqueue.same_rq);
	EXPECT_FALSE(skel->bss->in_enqueue.task_running);
	EXPECT_EQ(skel->bss->in_enqueue.nr_local, 0);
	EXPECT_EQ(skel->bss->in_running.locked_cpu, CPU);
	EXPECT_EQ(skel->bss->in_running.nr_local, 0);
	sched_stop(s);
}

COVERS(scx_bpf_now);

TEST(the_clock_stands_still_in_a_callback_and_goes_on_outside)
{
	struct any_bpf *skel = any_open();
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s = SCHED_START(skel);
	long long now, last = 0;
	u64 in_callback;
	int i;

	skel->bss->watched_pid = w->pid;
	worker_do(w, worker_nop);
	in_callback = skel->bss->in_running.now;
	/* on the CPU of the runqueue it is that one's clock */
	EXPECT_EQ(skel->bss->in_running.now_again, in_callback);
	EXPECT_GE(in_callback, skel->bss->in_running.rq_clock);

	for (i = 0; i < 1000; i++) {
		now = CALL(s, now);
		ASSERT_GE(now, last);
		last = now;
	}
	EXPECT_GT(now, CALL(s, now) - 1000000000LL);
	/* in ns: it goes on about as fast as any other clock */
	last = CALL(s, now);
	ASSERT_TRUE(WAIT_FOR(CALL(s, now) - last > 100000000));
	worker_do(w, worker_nop);
	EXPECT_GT(skel->bss->in_running.now, in_callback);
	sched_stop(s);
}

static void spin_and_yield(struct worker *w)
{
	int64_t end = wait_now_ms() + 4;

	while (wait_now_ms() < end)
		;
	worker_yield(w);
}

/* The core takes the lock for a yield without reading the clock. */
TEST(in_a_yield_the_clock_is_not_that_of_the_last_tick)
{
	struct any_bpf *skel = any_open();
	const struct any_seen *yield = &skel->bss->in_yield, *running = &skel->bss->in_running;
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s = SCHED_START(skel);
	int i, nr_late = 0;

	skel->bss->watched_pid = w->pid;
	for (i = 0; i < 40; i++) {
		long long late;

		worker_do(w, spin_and_yield);
		ASSERT_EQ(yield->nr, i + 1);
		late = (long long)(yield->ktime - running->ktime) -
		       (long long)(yield->now - running->now);
		nr_late += late > 200000;
	}
	printf("%d of 40 late\n", nr_late);
	/* a machine may stop between two looks at its clocks, now and then */
	EXPECT_LT(nr_late, 20);
	sched_stop(s);
}

COVERS(scx_bpf_events);

static bool counters_agree(struct any_bpf *skel, struct sched *s)
{
	CALL(s, events);
	return (long long)skel->bss->ev_refill == sched_event("SCX_EV_REFILL_SLICE_DFL") &&
	       (long long)skel->bss->ev_bypass_duration == sched_event("SCX_EV_BYPASS_DURATION");
}

TEST(the_counters_are_those_of_sysfs)
{
	struct any_bpf *skel = any_open();
	struct worker *w = worker_start(.cpus = 0xe);
	struct sched *s = SCHED_START(skel);

	worker_do(w, worker_nop);
	worker_do(w, worker_fork);
	/* they go on counting while we look */
	EXPECT_TRUE(WAIT_FOR(counters_agree(skel, s)));
	EXPECT_GT(skel->bss->ev_refill, 0);
	EXPECT_GT(skel->bss->ev_bypass_duration, 0);
	EXPECT_EQ(skel->bss->ev_bypass_activate, 1);
	sched_stop(s);
}

TEST(a_program_of_an_older_kernel_gets_the_counters_it_knows)
{
	struct any_bpf *skel = any_open();
	struct sched *s = SCHED_START(skel);

	CALL(s, events_few);
	EXPECT_EQ(skel->bss->few_events[0], (u64)sched_event("SCX_EV_SELECT_CPU_FALLBACK"));
	EXPECT_EQ(skel->bss->few_events[1], 0xdead);
	sched_stop(s);
	/* none without a scheduler */
	CALL(s, events_few);
	EXPECT_EQ(skel->bss->few_events[0], 0);
}

COVERS(scx_bpf_cpuperf_cap, scx_bpf_cpuperf_cur, scx_bpf_cpuperf_set);

TEST(performance_is_asked_for_and_reset_by_the_next_scheduler)
{
	struct any_bpf *skel = any_open();
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s = SCHED_START(skel);

	EXPECT_EQ(CALL(s, cpuperf_cap, .arg = 1), 1024);
	EXPECT_GT(CALL(s, cpuperf_cur, .arg = 1), 0);
	EXPECT_LE(CALL(s, cpuperf_cur, .arg = 1), 1024);
	EXPECT_EQ(CALL(s, cpuperf_target, .arg = 1), 1024);
	CALL(s, cpuperf_set, .arg = 1, .flags = 0);
	EXPECT_EQ(CALL(s, cpuperf_target, .arg = 1), 0);
	CALL(s, cpuperf_set, .arg = 1, .flags = 1024);
	EXPECT_EQ(CALL(s, cpuperf_target, .arg = 1), 1024);
	CALL(s, cpuperf_set, .arg = 1, .flags = 77);
	EXPECT_EQ(CALL(s, cpuperf_target, .arg = 1), 77);

	/* a callback, which has the lock of its runqueue already */
	skel->bss->watched_pid = w->pid;
	skel->bss->set_perf = 333;
	worker_do(w, worker_nop);
	EXPECT_EQ(CALL(s, cpuperf_target, .arg = CPU), 333);
	sched_stop(s);

	s = load_any(any_open());
	ASSERT_EQ(sched_attach(s), 0);
	EXPECT_EQ(CALL(s, cpuperf_target, .arg = 1), 1024);
	EXPECT_EQ(CALL(s, cpuperf_target, .arg = CPU), 1024);
	sched_stop(s);
}

COVERS(scx_bpf_task_set_slice, scx_bpf_task_set_dsq_vtime);

static long long task_scx(struct sched *s, pid_t pid, bool slice, u64 value)
{
	return slice ? CALL(s, task_set_slice, .pid = pid, .arg = value) :
		       CALL(s, task_set_dsq_vtime, .pid = pid, .arg = value);
}

TEST(slice_and_vtime_can_be_set)
{
	struct any_bpf *skel = any_open();
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s = SCHED_START(skel);

	EXPECT_EQ(task_scx(s, w->pid, true, 5), 1);
	EXPECT_EQ(task_scx(s, w->pid, false, 5), 1);
	worker_do(w, worker_nop);
	sched_stop(s);
}

TEST(a_tracing_program_can_ask_as_well)
{
	struct any_bpf *skel = any_open();
	struct sched *s;

	ASSERT_EQ(bpf_program__set_autoload(skel->progs.any_traced, true), 0);
	s = SCHED_START(skel);
	ASSERT_TRUE(bpf_program__attach(skel->progs.any_traced));
	ASSERT_TRUE(WAIT_FOR(skel->bss->nr_traced > 10));
	EXPECT_EQ(skel->bss->traced_cpu_ids, 4);
	EXPECT_GT(skel->bss->traced_now, 0);
	EXPECT_GT(skel->bss->traced_curr, 0);
	sched_stop(s);
}

static void nap_often(struct worker *w)
{
	while (!atomic_load(&w->page->stop))
		usleep(10);
}

/* It finds a scheduler that tracks idle CPUs, or none. */
TEST(a_tracing_program_can_ask_at_any_moment_while_schedulers_come_and_go)
{
	struct any_bpf *tracer = any_open();
	struct worker *nappers[3];
	unsigned int i;

	ASSERT_EQ(bpf_program__set_autoload(tracer->progs.any_traced, true), 0);
	load_any(tracer);
	ASSERT_TRUE(bpf_program__attach(tracer->progs.any_traced));
	for (i = 0; i < 3; i++) {
		nappers[i] = worker_start(.cpus = 2 << i, .normal = true);
		worker_post(nappers[i], nap_often);
	}
	for (i = 0; i < 30; i++)
		sched_stop(SCHED_START(any_open()));
	EXPECT_GT(tracer->bss->nr_traced, 1000);
	for (i = 0; i < 3; i++)
		worker_stop_spin(nappers[i]);
}

/*
 * The end
 */

COVERS(scx_bpf_exit_bstr, scx_bpf_error_bstr);

TEST(exit_ends_in_peace_with_code_and_text)
{
	struct sched *s = SCHED_START(any_open());

	CALL(s, exit, .arg = 0x12345678);
	sched_expect_exit(s, KIND_UNREG_BPF, "exit 42 because");
	EXPECT_EQ(s->uei->exit_code, 0x12345678);
	EXPECT_STRHAS((const char *)s->uei->reason, "BPF");
	/* no error, no dump */
	EXPECT_STREQ(s->dump, "");
}

TEST(error_ends_with_a_dump)
{
	struct sched *s = SCHED_START(any_open());

	CALL(s, error);
	sched_expect_exit(s, KIND_ERROR_BPF, "error -1 of mine 0x8000000000000000");
	EXPECT_EQ(s->uei->exit_code, 0);
	EXPECT_STRHAS(s->dump, "error -1 of mine");
}
