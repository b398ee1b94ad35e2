// SPDX-License-Identifier: GPL-2.0
/*
 * t_misbehave.c - schedulers that do what they must not, with every CPU of the machine loaded.
 *
 * Each is first in charge of the load and shown to be good at it; then it is armed and
 * misbehaves. What must follow is always the same: it is ejected with a record that names
 * what was wrong, all tasks are back on the fair class, each of them makes progress, and the
 * load comes to its end.
 */
#include <sys/stat.h>

#include "load.h"
#include "sched.h"
#include "tap.h"

enum {
	CASE_S = 300, /* limit for one case */
	STALL_MS = 5000, /* where a stall is what is wanted; else the default of 30 s */
};

/* What the scheduler of a case is told about the machine. Set before sched_open(). */
static pid_t victim;
static u64 victim_cgid;

static void misbehaves(sched_setup setup, enum exit_kind kind, const char *msg)
{
	struct load *load = load_start(LOAD_FULL);
	struct sched s;

	victim = load_worker_pid(load);
	sched_start(&s, setup);
	EXPECT_TRUE(scx_state_is("enabled"));
	EXPECT_GT(nr_tasks_on_scx(), load_nr_tasks(load));
	EXPECT_TRUE(load_progresses(load));
	EXPECT_EQ(sched_exit_kind(&s), 0);

	sched_arm(&s);
	sched_expect_end(&s, kind, msg);
	EXPECT_GT(sched_nr_misdeeds(&s), 0);

	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

/* SETUP(sentence, statements...) - defines sentence_setup(skel). */
#define SETUP(sentence, statements...)                        \
	static void sentence##_setup(struct busted_bpf *skel) \
	{                                                     \
		statements;                                   \
	}

/*
 * CASE(sentence, kind, message, statements...) - a scheduler that loads, and is
 * ejected once it is armed.
 */
#define CASE(sentence, kind, msg, statements...)         \
	SETUP(sentence, statements)                      \
	TEST_TIMEOUT(sentence, CASE_S)                   \
	{                                                \
		misbehaves(sentence##_setup, kind, msg); \
	}

/* CPUs */

CASE(a_cpu_that_is_too_large, EXIT_ERROR, "invalid CPU 4096 in the result of ops.select_cpu()",
     USE(select_cpu, select_cpu_bad);
     skel->rodata->bad_cpu = BUSTED_NO_CPU)
CASE(a_cpu_that_is_negative, EXIT_ERROR, "invalid CPU -1 in the result of ops.select_cpu()",
     USE(select_cpu, select_cpu_bad);
     skel->rodata->bad_cpu = -1)
CASE(a_kick_of_a_cpu_that_is_not, EXIT_ERROR, "invalid CPU 4096", USE(tick, tick_kick_bad_cpu))
CASE(a_kick_with_flags_that_exclude_each_other, EXIT_ERROR, "kick flags 0x3",
     USE(tick, tick_kick_bad_flags))
CASE(an_enqueue_against_affinity, EXIT_ERROR, "whose affinity excludes it",
     USE(enqueue, enqueue_against_affinity))
CASE(a_dispatch_against_affinity, EXIT_ERROR, "whose affinity excludes it",
     USE(enqueue, enqueue_held);
     USE(dispatch, dispatch_against_affinity))

/* Queues */

CASE(an_enqueue_to_a_missing_dsq, EXIT_ERROR, "non-existent DSQ 0xdead",
     USE(enqueue, enqueue_to_no_dsq))
CASE(a_dispatch_to_a_missing_dsq, EXIT_ERROR, "non-existent DSQ 0xdead", USE(enqueue, enqueue_held);
     USE(dispatch, dispatch_to_no_dsq))
CASE(a_move_from_a_missing_dsq, EXIT_ERROR, "DSQ 0xdead, which is non-existent",
     USE(dispatch, dispatch_from_no_dsq))
CASE(fifo_order_in_a_vtime_dsq, EXIT_ERROR, "DSQ 0x5c, which has vtime tasks",
     USE(enqueue, enqueue_fifo_among_vtime))
CASE(vtime_order_in_a_fifo_dsq, EXIT_ERROR, "DSQ 0x5c, which has FIFO tasks",
     USE(enqueue, enqueue_vtime_among_fifo))
CASE(vtime_order_in_a_local_dsq, EXIT_ERROR, "vtime insert of",
     USE(enqueue, enqueue_vtime_to_local))
CASE(a_dsq_destroyed_with_tasks_on_it, EXIT_ERROR, "DSQ 0x5c is destroyed while it has",
     USE(tick, tick_destroy_full_dsq))

/* Inserts */

CASE(two_dispatches_of_one_task, EXIT_ERROR, "is dispatched a second time",
     USE(enqueue, enqueue_twice))
CASE(a_direct_dispatch_of_another_task, EXIT_ERROR, "but the callback is about",
     USE(enqueue, enqueue_other_task))
CASE(flags_that_are_internal, EXIT_ERROR, "invalid enq_flags 0x1000000000000000",
     USE(enqueue, enqueue_bad_flags))
CASE(an_immediate_insert_into_a_user_dsq, EXIT_ERROR, "SCX_ENQ_IMMED with DSQ 0x5c",
     USE(enqueue, enqueue_immed_to_user_dsq))
CASE(more_inserts_than_the_dispatch_buffer_holds, EXIT_ERROR,
     "dispatch buffer overflow: more than 8 inserts", USE(dispatch, dispatch_too_much))
CASE(a_cancel_with_nothing_to_cancel, EXIT_ERROR, "dispatch_cancel with no insert pending",
     USE(dispatch, dispatch_cancel_nothing))

/* Loops and starvation */

CASE(a_local_queue_reenqueued_for_ever, EXIT_ERROR, "re-enqueue loop on the local DSQ",
     USE(enqueue, enqueue_reenq_for_ever))
CASE(immediate_inserts_for_ever, EXIT_ERROR, "re-enqueue loop on the local DSQ",
     USE(enqueue, enqueue_immed_for_ever))
CASE(a_stale_task_inserted_for_ever, EXIT_ERROR_STALL, "without running",
     USE(dispatch, dispatch_stale_for_ever);
     skel->rodata->victim_pid = victim; skel->struct_ops.busted_ops->timeout_ms = STALL_MS)
CASE(nothing_dispatched_any_more, EXIT_ERROR_STALL, "without running",
     USE(dispatch, dispatch_nothing);
     USE(select_cpu, select_cpu_forget_victim); skel->struct_ops.busted_ops->timeout_ms = STALL_MS)
CASE(the_loader_is_never_run_again, EXIT_ERROR_STALL, "t_misbehave[",
     USE(enqueue, enqueue_forget_victim);
     USE(select_cpu, select_cpu_forget_victim); skel->rodata->victim_tgid = getpid();
     skel->struct_ops.busted_ops->timeout_ms = STALL_MS)

static void forget_one_worker(struct busted_bpf *skel)
{
	USE(enqueue, enqueue_forget_victim);
	USE(select_cpu, select_cpu_forget_victim);
	skel->rodata->victim_pid = victim;
	skel->struct_ops.busted_ops->timeout_ms = STALL_MS;
}

TEST_TIMEOUT(one_task_is_stalled_and_named, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	char name[64];
	struct sched s;

	victim = load_worker_pid(load);
	snprintf(name, sizeof(name), "%s[%d]", program_invocation_short_name, victim);
	sched_start(&s, forget_one_worker);
	EXPECT_TRUE(load_progresses(load));
	sched_arm(&s);
	sched_expect_end(&s, EXIT_ERROR_STALL, name);
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

/*
 * Not wrong, only unkind: whoever wakes up, and each tick, kicks all CPUs and
 * waits for them. All tasks go on, and the scheduler is unloaded in good order.
 */
static void kick_everybody(struct busted_bpf *skel)
{
	USE(enqueue, enqueue_kick_all);
	USE(tick, tick_kick_all);
}

TEST_TIMEOUT(kicks_of_all_cpus_all_the_time_stop_nobody, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	struct sched s;

	sched_start(&s, kick_everybody);
	EXPECT_TRUE(load_progresses(load));
	sched_arm(&s);
	EXPECT_TRUE(load_progresses(load));
	EXPECT_GT(sched_nr_misdeeds(&s), 100);
	EXPECT_EQ(sched_exit_kind(&s), 0);
	sched_stop(&s);
	sched_expect_end(&s, EXIT_UNREG, "");
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

/*
 * A CPU that is not there takes no tasks. That is no error of the scheduler, which may not have
 * heard yet: they go to the global queue, and are counted.
 */
static void enqueue_to_offline(struct busted_bpf *skel)
{
	setup_stay_with_cpus(skel);
	USE(enqueue, enqueue_to_offline);
}

static void dispatch_to_offline(struct busted_bpf *skel)
{
	setup_stay_with_cpus(skel);
	USE(enqueue, enqueue_held);
	USE(dispatch, dispatch_to_offline);
}

static void goes_to_the_global_queue(sched_setup setup)
{
	struct load *load = load_start(LOAD_FULL);
	struct sched s;

	sched_start(&s, setup);
	ASSERT_EQ(cpu_set_online(nr_cpus() - 1, false), 0);
	EXPECT_TRUE(load_progresses(load));
	sched_arm(&s);
	EXPECT_TRUE(WAIT_FOR(sched_event("SCX_EV_DISPATCH_LOCAL_DSQ_OFFLINE") > 100));
	EXPECT_TRUE(load_progresses(load));
	EXPECT_EQ(cpu_set_online(nr_cpus() - 1, true), 0);
	EXPECT_TRUE(load_progresses(load));
	EXPECT_EQ(sched_exit_kind(&s), 0);
	sched_stop(&s);
	sched_expect_end(&s, EXIT_UNREG, "");
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

TEST_TIMEOUT(an_enqueue_to_an_offline_cpu_goes_to_the_global_queue, CASE_S)
{
	goes_to_the_global_queue(enqueue_to_offline);
}

TEST_TIMEOUT(a_dispatch_to_an_offline_cpu_goes_to_the_global_queue, CASE_S)
{
	goes_to_the_global_queue(dispatch_to_offline);
}

/*
 * The wrong context. The verifier knows, so such a scheduler does not even load.
 */
static void is_refused(sched_setup setup)
{
	struct load *load = load_start(LOAD_FULL);
	struct sched s;

	sched_open(&s, setup);
	EXPECT_EQ(sched_load(&s), -EACCES);
	sched_close(&s);
	expect_all_fair();
	EXPECT_TRUE(load_progresses(load));
	load_finish(load);
}

#define REFUSED(sentence, statements...)      \
	SETUP(sentence, statements)           \
	TEST_TIMEOUT(sentence, CASE_S)        \
	{                                     \
		is_refused(sentence##_setup); \
	}

REFUSED(an_enqueue_that_moves_is_refused, USE(enqueue, enqueue_that_moves))
REFUSED(a_running_that_inserts_is_refused, USE(running, running_that_inserts))
REFUSED(a_tick_that_reenqueues_is_refused, USE(tick, tick_that_reenqueues))
REFUSED(an_init_that_dispatches_is_refused, USE(init, init_that_dispatches))

/*
 * Callbacks that fail while the scheduler is loaded. Attaching succeeds, since the scheduler was
 * there and has ended; its record tells why.
 */
static void fails_to_load(sched_setup setup, const char *msg)
{
	struct load *load = load_start(LOAD_FULL);
	struct sched s;

	victim = load_worker_pid(load);
	sched_open(&s, setup);
	ASSERT_EQ(sched_load(&s), 0);
	EXPECT_EQ(sched_attach(&s), 0);
	sched_expect_end(&s, EXIT_ERROR, msg);
	EXPECT_EQ(sched_nr_misdeeds(&s), 1);
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

#define FAILS(sentence, msg, statements...)           \
	SETUP(sentence, statements)                   \
	TEST_TIMEOUT(sentence, CASE_S)                \
	{                                             \
		fails_to_load(sentence##_setup, msg); \
	}

FAILS(an_error_from_init, "ops.init() failed with -19", USE(init, init_bad);
      skel->rodata->bad_ret = -ENODEV)
FAILS(nonsense_from_init, "ops.init() returned 7", USE(init, init_bad); skel->rodata->bad_ret = 7)
FAILS(an_error_from_init_task, "ops.init_task() failed with -12 for t_misbehave[",
      USE(init_task, init_task_bad);
      skel->rodata->bad_ret = -ENOMEM; skel->rodata->victim_pid = victim)
FAILS(nonsense_from_init_task, "ops.init_task() returned 7", USE(init_task, init_task_bad);
      skel->rodata->bad_ret = 7; skel->rodata->victim_pid = victim)

/* Cgroups */

#define CGROUP "/sys/fs/cgroup/busted"

static void refuse_cgroup(struct busted_bpf *skel)
{
	USE(cgroup_init, cgroup_init_bad);
	skel->rodata->victim_cgid = victim_cgid;
	skel->rodata->bad_ret = -EIO;
}

TEST_TIMEOUT(an_error_from_cgroup_init, CASE_S)
{
	rmdir(CGROUP);
	ASSERT_EQ(mkdir(CGROUP, 0755), 0);
	victim_cgid = file_inode(CGROUP);
	fails_to_load(refuse_cgroup, "ops.cgroup_init() failed with -5 for cgroup");
	EXPECT_EQ(rmdir(CGROUP), 0);
}

/* Later on it is the making of the cgroup that fails, and nothing else. */
TEST_TIMEOUT(an_error_from_cgroup_init_of_a_new_cgroup, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	struct sched s;

	rmdir(CGROUP);
	sched_start(&s, refuse_cgroup);
	sched_arm(&s);
	errno = 0;
	EXPECT_EQ(mkdir(CGROUP, 0755), -1);
	EXPECT_EQ(errno, EIO);
	EXPECT_EQ(sched_nr_misdeeds(&s), 1);
	EXPECT_TRUE(load_progresses(load));
	EXPECT_EQ(sched_exit_kind(&s), 0);
	sched_stop(&s);
	sched_expect_end(&s, EXIT_UNREG, "");
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

/* The same for tasks: fork() fails. */
static void refuse_forks_of_worker(struct busted_bpf *skel)
{
	USE(init_task, init_task_no_forks);
	skel->rodata->victim_tgid = victim;
	skel->rodata->bad_ret = -ENOLINK;
}

TEST_TIMEOUT(an_error_from_init_task_of_a_fork, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	struct sched s;

	victim = load_worker_pid(load);
	sched_start(&s, refuse_forks_of_worker);
	load_allow_fork_error(load, ENOLINK);
	sched_arm(&s);
	EXPECT_TRUE(load_progresses(load));
	EXPECT_EQ(sched_exit_kind(&s), 0);
	sched_stop(&s);
	sched_expect_end(&s, EXIT_UNREG, "");
	EXPECT_TRUE(load_progresses(load));
	EXPECT_GT(load_nr_forks_failed(load), 0);
	EXPECT_EQ(load_nr_forks_failed(load), sched_nr_misdeeds(&s));
	sched_close(&s);
	load_finish(load);
}
