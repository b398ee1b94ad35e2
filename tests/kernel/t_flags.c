// SPDX-License-Identifier: GPL-2.0
/* Tasks and wakeups that a scheduler hears of only if its flags ask for them. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "rig.h"
#include "hold.bpf.skel.h"

enum {
	CPU = 2,
	SLICE = 2000000,
};

static struct lab_bpf *open_with(u64 flags)
{
	struct lab_bpf *skel = rig_open(0);

	skel->struct_ops.ops->flags |= flags;
	return skel;
}

/*
 * SCX_OPS_ENQ_EXITING
 */

/* The file is on the host: closing it, which is left to the exit, waits for the host's answer. */
static void exit_with_file(struct worker *w __attribute__((unused)))
{
	if (open("/proc/self/exe", O_RDONLY | O_CLOEXEC) < 0)
		_exit(1);
	_exit(0);
}

/* A worker ends. Was the scheduler asked about every wakeup of it, or were some @skipped? */
static void expect_skipped(struct lab_bpf *skel, bool skipped)
{
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s = SCHED_START(skel);
	long long counted = sched_event("SCX_EV_ENQ_SKIP_EXITING");
	u32 nr_skipped;

	worker_post(w, exit_with_file);
	EXPECT_EQ(worker_reap(w), 0);
	nr_skipped = journal_count(s, J_runnable, -1) - journal_count(s, J_enqueue, -1);
	counted = sched_event("SCX_EV_ENQ_SKIP_EXITING") - counted;
	printf("%s", journal_story(s, -1, 0));
	EXPECT_EQ(nr_skipped, counted);
	if (skipped)
		EXPECT_GT(counted, 0);
	else
		EXPECT_EQ(counted, 0);
	rig_stop(s);
}

TEST(a_scheduler_is_not_asked_about_exiting_tasks)
{
	expect_skipped(open_with(0), true);
}

TEST(but_is_with_enq_exiting)
{
	expect_skipped(open_with(SCX_OPS_ENQ_EXITING), false);
}

/*
 * SCX_OPS_ENQ_MIGRATION_DISABLED
 */

static void run_hold(struct worker *w)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int fd = bpf_prog_get_fd_by_id(atomic_load(&w->page->arg));

	atomic_store(&w->page->ret, fd < 0 ? -errno : bpf_prog_test_run_opts(fd, &opts));
	close(fd);
}

static u32 prog_id(const struct bpf_program *prog)
{
	struct bpf_prog_info info = {};
	u32 size = sizeof(info);

	ASSERT_EQ(bpf_prog_get_info_by_fd(bpf_program__fd(prog), &info, &size), 0);
	return info.id;
}

/* Two tasks take turns on CPU; one of them cannot leave it. */
struct stuck {
	struct hold_bpf *hold;
	struct worker *other, *w;
	struct sched *s;
};

static void stuck_start(struct stuck *stuck, struct lab_bpf *skel)
{
	stuck->hold = hold_bpf__open_and_load();
	ASSERT_TRUE(stuck->hold);
	stuck->other = worker_start(.cpus = 1 << CPU);
	/* it may run elsewhere, or there were nothing to disable */
	stuck->w = worker_start(.cpus = 1 << CPU | 1 << (CPU + 1));
	skel->bss->knobs.select_cpu.cpu = CPU;
	skel->bss->knobs.enqueue.slice = SLICE;
	stuck->s = SCHED_START(skel);
	worker_start_spin(stuck->other);
	atomic_store(&stuck->w->page->arg, prog_id(stuck->hold->progs.hold_task));
	worker_post(stuck->w, run_hold);
	ASSERT_TRUE(WAIT_FOR(stuck->hold->bss->is_held));
}

static void stuck_end(struct stuck *stuck)
{
	EXPECT_TRUE(stuck->hold->bss->is_held);
	stuck->hold->bss->release = 1;
	worker_wait(stuck->w);
	EXPECT_EQ(atomic_load(&stuck->w->page->ret), 0);
	worker_stop_spin(stuck->other);
	rig_stop(stuck->s);
	hold_bpf__destroy(stuck->hold);
}

TEST(a_scheduler_is_not_asked_about_tasks_that_cannot_migrate)
{
	struct stuck stuck;
	long long counted;
	u32 nr;

	stuck_start(&stuck, open_with(0));
	counted = sched_event("SCX_EV_ENQ_SKIP_MIGRATION_DISABLED");
	nr = journal_count(stuck.s, J_enqueue, stuck.w->pid);
	EXPECT_TRUE(WAIT_FOR(sched_event("SCX_EV_ENQ_SKIP_MIGRATION_DISABLED") > counted + 2));
	EXPECT_EQ(journal_count(stuck.s, J_enqueue, stuck.w->pid), nr);
	stuck_end(&stuck);
}

TEST(but_is_with_enq_migration_disabled)
{
	struct stuck stuck;
	u32 nr;

	stuck_start(&stuck, open_with(SCX_OPS_ENQ_MIGRATION_DISABLED));
	nr = journal_count(stuck.s, J_enqueue, stuck.w->pid);
	EXPECT_TRUE(WAIT_FOR(journal_count(stuck.s, J_enqueue, stuck.w->pid) > nr + 2));
	EXPECT_EQ(sched_event("SCX_EV_ENQ_SKIP_MIGRATION_DISABLED"), 0);
	stuck_end(&stuck);
}

/*
 * SCX_OPS_ALLOW_QUEUED_WAKEUP
 */

/* The test, on CPU 0, wakes a worker of an idle CPU some times: how often does that CPU enqueue it? */
static int nr_enqueued_there(struct lab_bpf *skel)
{
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct sched *s = SCHED_START(skel);
	int i, cpu, nr_there = 0;

	/* a kernel thread may keep the CPU busy, and that wakeup from being queued */
	for (i = 0; i < 20; i++) {
		worker_do(w, worker_nop);
		cpu = journal_find(s, J_enqueue, w->pid, -1)->cpu;
		ASSERT_TRUE(cpu == 0 || cpu == CPU);
		nr_there += cpu == CPU;
	}
	rig_stop(s);
	return nr_there;
}

TEST(a_wakeup_is_carried_out_by_who_wakes)
{
	EXPECT_EQ(nr_enqueued_there(open_with(0)), 0);
}

TEST(with_allow_queued_wakeup_the_other_cpu_does_it)
{
	EXPECT_GT(nr_enqueued_there(open_with(SCX_OPS_ALLOW_QUEUED_WAKEUP)), 0);
}
