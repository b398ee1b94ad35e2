// SPDX-License-Identifier: GPL-2.0
/*
 * t_fire.c - good schedulers that come and go, round after round, on a loaded machine that
 * changes all the time.
 *
 * SCXKIT_ROUNDS in the environment is the number of rounds of each test; tests/system/rounds
 * sets it.
 */
#include <stdlib.h>

#include "disturb.h"
#include "load.h"
#include "sched.h"
#include "tap.h"

enum {
	DEFAULT_ROUNDS = 7, /* each of the schedulers once */
	LIMIT_S = 3600,
};

enum disturbance {
	CPUS = 1 << 0,
	FORKS = 1 << 1,
	CGROUPS = 1 << 2,
};

/*
 * The schedulers. They differ in where tasks are when they are unloaded.
 */

static void setup_vtime(struct busted_bpf *skel)
{
	USE(enqueue, enqueue_vtime);
	USE(running, running_vtime);
}

static void setup_held(struct busted_bpf *skel)
{
	USE(enqueue, enqueue_held);
	USE(dispatch, dispatch_held);
}

static void setup_local(struct busted_bpf *skel)
{
	USE(enqueue, enqueue_local);
}

static void setup_global(struct busted_bpf *skel)
{
	skel->struct_ops.busted_ops->select_cpu = NULL;
	skel->struct_ops.busted_ops->enqueue = NULL;
	skel->struct_ops.busted_ops->dispatch = NULL;
}

static void setup_partial(struct busted_bpf *skel)
{
	skel->struct_ops.busted_ops->flags |= SCX_OPS_SWITCH_PARTIAL;
}

static void setup_all_enqueues(struct busted_bpf *skel)
{
	skel->struct_ops.busted_ops->flags |= SCX_OPS_ENQ_LAST | SCX_OPS_ENQ_EXITING |
					      SCX_OPS_ENQ_MIGRATION_DISABLED;
}

static void setup_fifo(struct busted_bpf *skel __attribute__((unused))) {}

static const struct {
	const char *name;
	sched_setup setup;
	bool starves; /* tasks of policy SCHED_EXT: the fair class is above them */
} scheds[] = {
	{ "fifo", setup_fifo, false },	      { "vtime", setup_vtime, false },
	{ "held", setup_held, false },	      { "local", setup_local, false },
	{ "global", setup_global, false },    { "partial", setup_partial, true },
	{ "all", setup_all_enqueues, false },
};

#define NR_SCHEDS (sizeof(scheds) / sizeof(scheds[0]))

/* What this round is like. Set before sched_start(). */
static int round;
static bool stays_with_cpus;

static void setup_round(struct busted_bpf *skel)
{
	setup_count(skel);
	scheds[round % NR_SCHEDS].setup(skel);
	if (stays_with_cpus)
		setup_stay_with_cpus(skel);
}

static int nr_rounds(void)
{
	const char *text = getenv("SCXKIT_ROUNDS");
	char *end;
	long nr;

	if (!text)
		return DEFAULT_ROUNDS;
	nr = strtol(text, &end, 10);
	if (*end || end == text || nr < 1 || nr > 100000) {
		fprintf(stderr, "SCXKIT_ROUNDS is a number from 1 to 100000, not \"%s\"\n", text);
		ASSERT_TRUE(false);
	}
	return nr;
}

/*
 * A scheduler that has no callbacks for CPUs is asked to go, and to come again, when one of them
 * comes or goes. If it was not @enabled by then, it need not have got to know any task.
 */
static void expect_good_end(const struct sched *s, unsigned int disturbances, bool enabled)
{
	if ((disturbances & CPUS) && !stays_with_cpus && sched_exit_kind(s) == EXIT_UNREG_KERN) {
		EXPECT_EQ(s->skel->data->uei.exit_code, ECODE_HOTPLUG_RESTART);
	} else {
		EXPECT_EQ(sched_exit_kind(s), EXIT_UNREG);
		EXPECT_TRUE(enabled);
	}
	if (enabled)
		sched_expect_balanced(s);
	else
		sched_expect_nothing_left(s);
}

static void one_round(struct load *load, unsigned int disturbances)
{
	long long seq = file_number(SCX_SYSFS "enable_seq");
	struct sched s;

	stays_with_cpus = round / 2 % 2 == 0;
	sched_start(&s, setup_round);
	/* every other time it does not even begin to work */
	if (round % 2 && !scheds[round % NR_SCHEDS].starves)
		EXPECT_TRUE(load_progresses(load));
	sched_stop(&s);
	expect_good_end(&s, disturbances, file_number(SCX_SYSFS "enable_seq") > seq);
	expect_all_fair();
	fprintf(stderr, "round %d: %s: %s %s\n", round, scheds[round % NR_SCHEDS].name,
		s.skel->data->uei.reason, s.skel->data->uei.msg);
	sched_close(&s);
}

static void load_and_unload(unsigned int disturbances)
{
	struct load *load = load_start(LOAD_FULL);
	struct disturber *cpus = disturbances & CPUS ? disturb_cpus() : NULL;
	struct disturber *forks = disturbances & FORKS ? disturb_forks() : NULL;
	struct disturber *cgroups = disturbances & CGROUPS ? disturb_cgroups(load) : NULL;

	for (round = 0; round < nr_rounds(); round++)
		one_round(load, disturbances);
	EXPECT_TRUE(load_progresses(load));
	disturb_stop(cgroups);
	disturb_stop(forks);
	disturb_stop(cpus);
	load_finish(load);
}

TEST_TIMEOUT(schedulers_come_and_go_under_load, LIMIT_S)
{
	load_and_unload(0);
}

TEST_TIMEOUT(schedulers_come_and_go_while_cpus_do, LIMIT_S)
{
	load_and_unload(CPUS);
}

TEST_TIMEOUT(schedulers_come_and_go_in_a_storm_of_forks, LIMIT_S)
{
	load_and_unload(FORKS);
}

TEST_TIMEOUT(schedulers_come_and_go_while_tasks_change_their_cgroups, LIMIT_S)
{
	load_and_unload(CGROUPS);
}

TEST_TIMEOUT(schedulers_come_and_go_with_all_of_that_at_once, LIMIT_S)
{
	load_and_unload(CPUS | FORKS | CGROUPS);
}
