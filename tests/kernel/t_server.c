// SPDX-License-Identifier: GPL-2.0
/* Time for tasks of the class on a CPU that a real-time hog would keep: the fair server. */
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "rig.h"

enum {
	CPU = 2,
	DSQ_A = 1,
};

#define SERVER "/sys/kernel/debug/sched/fair_server/cpu2/"
#define NSEC_PER_SEC 1000000000LL
#define SLICE (5 * NSEC_PER_SEC / 1000)

static long long cpu_ns(const struct worker *w)
{
	struct timespec ts;
	clockid_t clock;

	ASSERT_EQ(clock_getcpuclockid(w->pid, &clock), 0);
	ASSERT_EQ(clock_gettime(clock, &ts), 0);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static struct worker *hog_start(void)
{
	struct worker *hog = worker_start(.policy = SCHED_FIFO, .cpus = 1 << CPU);

	worker_start_spin(hog);
	return hog;
}

/* @w, which the hog leaves no time, is to spin all the same. */
static struct worker *starving_start(void)
{
	struct worker *w = worker_start(.cpus = 1 << CPU);

	worker_post(w, worker_spin);
	return w;
}

static void starving_stop(struct worker *w)
{
	atomic_store(&w->page->stop, true);
	worker_wait(w);
}

/* What @w gets, in thousandths of what @hog gets in some seconds. */
static long long share(const struct worker *w, const struct worker *hog)
{
	long long begin = cpu_ns(w), hog_begin = cpu_ns(hog), ran;

	ASSERT_TRUE(WAIT_FOR(cpu_ns(hog) - hog_begin > 4 * NSEC_PER_SEC));
	ran = cpu_ns(w) - begin;
	return ran * 1000 / (cpu_ns(hog) - hog_begin);
}

/* 50 ms of each second; it may be one more or one less that falls into the time of measurement. */
#define EXPECT_SERVED(_share)                       \
	({                                          \
		long long ___share = (_share);      \
                                                    \
		printf("%lld in 1000\n", ___share); \
		EXPECT_GE(___share, 30);            \
		EXPECT_LE(___share, 80);            \
	})

TEST(a_task_on_the_local_queue_gets_a_twentieth)
{
	struct sched *s = SCHED_START(rig_open(0));
	struct worker *hog = hog_start(), *w = starving_start();

	EXPECT_SERVED(share(w, hog));
	worker_stop_spin(hog);
	starving_stop(w);
	rig_stop(s);
}

/* rig_open(), with tasks on a queue of which CPUs take one after the other. */
static struct lab_bpf *queue_open(void)
{
	struct lab_bpf *skel = rig_open(1);

	skel->bss->knobs.enqueue.dsq = DSQ_A;
	skel->bss->knobs.enqueue.slice = SLICE;
	skel->bss->knobs.dispatch.how = HOW_CONSUME;
	skel->bss->knobs.dispatch.dsq = DSQ_A;
	return skel;
}

TEST(so_do_tasks_that_are_yet_to_be_dispatched)
{
	struct sched *s = SCHED_START(queue_open());
	struct worker *hog = hog_start(), *w[2];
	long long first;

	w[0] = starving_start();
	w[1] = starving_start();
	first = cpu_ns(w[0]);
	/* half each */
	EXPECT_SERVED(2 * share(w[1], hog));
	EXPECT_GT(cpu_ns(w[0]), first + NSEC_PER_SEC / 20);
	worker_stop_spin(hog);
	starving_stop(w[0]);
	starving_stop(w[1]);
	rig_stop(s);
}

/* Less than a tick at a time. */
static void work_and_nap(struct worker *w)
{
	const struct timespec nap = { .tv_nsec = NSEC_PER_SEC / 1000 };
	struct timespec begin, now;

	while (!atomic_load(&w->page->stop)) {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
		do
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
		while ((now.tv_sec - begin.tv_sec) * NSEC_PER_SEC + now.tv_nsec - begin.tv_nsec <
		       2 * NSEC_PER_SEC / 1000);
		nanosleep(&nap, NULL);
	}
}

TEST(naps_do_not_get_a_task_more)
{
	struct sched *s = SCHED_START(rig_open(0));
	struct worker *hog = hog_start(), *w = worker_start(.cpus = 1 << CPU);

	worker_post(w, work_and_nap);
	EXPECT_SERVED(share(w, hog));
	worker_stop_spin(hog);
	starving_stop(w);
	rig_stop(s);
}

TEST(a_task_that_the_scheduler_holds_back_starves_nobody)
{
	struct lab_bpf *skel = queue_open();
	struct worker *hog, *w;
	struct sched *s;

	skel->bss->knobs.dispatch.how = HOW_NOTHING;
	s = SCHED_START(skel);
	hog = hog_start();
	w = starving_start();
	EXPECT_EQ(share(w, hog), 0);
	/* and is served once it is let go */
	skel->bss->knobs.dispatch.how = HOW_CONSUME;
	EXPECT_SERVED(share(w, hog));
	worker_stop_spin(hog);
	starving_stop(w);
	rig_stop(s);
}

TEST(fair_tasks_are_served_first)
{
	struct worker *fair = worker_start(.normal = true, .cpus = 1 << CPU), *hog, *w;
	struct sched *s = SCHED_START(rig_open(0));
	long long before;

	hog = hog_start();
	worker_post(fair, worker_spin);
	w = starving_start();
	before = cpu_ns(w);
	EXPECT_SERVED(share(fair, hog));
	EXPECT_EQ(cpu_ns(w), before);
	worker_stop_spin(hog);
	starving_stop(fair);
	starving_stop(w);
	rig_stop(s);
}

TEST(its_time_can_be_set)
{
	struct sched *s = SCHED_START(rig_open(0));
	struct worker *hog, *w;
	long long none, more;

	ASSERT_EQ(file_write(SERVER "runtime", "0"), 0);
	hog = hog_start();
	w = starving_start();
	none = share(w, hog);
	ASSERT_EQ(file_write(SERVER "runtime", "200000000"), 0);
	more = share(w, hog);
	ASSERT_EQ(file_write(SERVER "runtime", "50000000"), 0);
	EXPECT_EQ(none, 0);
	/* 200 to 800 */
	EXPECT_GE(more, 170);
	EXPECT_LE(more, 340);
	worker_stop_spin(hog);
	starving_stop(w);
	rig_stop(s);
}

COVERS(cpu_acquire, cpu_release);

TEST(the_scheduler_is_told_that_it_has_the_cpu_for_a_while)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *hog, *w;
	u32 acquired, released;
	struct sched *s;

	skel->struct_ops.ops->cpu_acquire = skel->progs.lab_cpu_acquire;
	skel->struct_ops.ops->cpu_release = skel->progs.lab_cpu_release;
	s = SCHED_START(skel);
	hog = hog_start();
	w = starving_start();
	acquired = journal_count(s, J_cpu_acquire, -1);
	released = journal_count(s, J_cpu_release, -1);
	EXPECT_SERVED(share(w, hog));
	EXPECT_GE(journal_count(s, J_cpu_acquire, -1), acquired + 2);
	EXPECT_GE(journal_count(s, J_cpu_release, -1), released + 2);
	worker_stop_spin(hog);
	starving_stop(w);
	rig_stop(s);
}

/* What of all deadline bandwidth is spoken for. */
static long long bandwidth(void)
{
	const char *text = file_read("/sys/kernel/debug/sched/debug");
	const char *value = line_value(text, "  .dl_bw->total_bw");

	ASSERT_TRUE(value);
	return strtoll(value, NULL, 10);
}

TEST(loading_takes_no_bandwidth)
{
	long long before = bandwidth();
	struct sched *s = SCHED_START(rig_open(0));
	struct worker *hog = hog_start(), *w = starving_start();

	EXPECT_GT(before, 0);
	EXPECT_SERVED(share(w, hog));
	EXPECT_EQ(bandwidth(), before);
	worker_stop_spin(hog);
	starving_stop(w);
	rig_stop(s);
	EXPECT_EQ(bandwidth(), before);
}
