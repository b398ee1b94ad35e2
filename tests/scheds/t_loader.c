// SPDX-License-Identifier: GPL-2.0
/* What every loader promises: its messages, its status, and when it stays. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "sched.h"
#include "hog.h"
#include "tap.h"

static const char *const loaders[] = {
	"scx_simple", "scx_qmap", "scx_central", "scx_pair", "scx_flatcg", "scx_userland",
};

#define NR_LOADERS (sizeof(loaders) / sizeof(loaders[0]))

SCHED_TEST(each_loader_has_help)
{
	struct cmd_result r;
	size_t i;

	for (i = 0; i < NR_LOADERS; i++) {
		ASSERT_EQ(CMD(&r, NULL, cmd_program(loaders[i]), "-h"), 0);
		EXPECT_EQ(r.status, 0);
		EXPECT_STRHAS(r.out, "Usage:");
		EXPECT_STRHAS(r.out, "-v, --verbose");
		cmd_result_exit(&r);
	}
}

SCHED_TEST(each_loader_refuses_what_it_does_not_know)
{
	struct cmd_result r;
	size_t i;

	for (i = 0; i < NR_LOADERS; i++) {
		ASSERT_EQ(CMD(&r, NULL, cmd_program(loaders[i]), "--no-such"), 0);
		EXPECT_NE(r.status, 0);
		EXPECT_STRHAS(r.err, "--no-such");
		cmd_result_exit(&r);
		ASSERT_EQ(CMD(&r, NULL, cmd_program(loaders[i]), "more"), 0);
		EXPECT_NE(r.status, 0);
		EXPECT_STRHAS(r.err, "Too many arguments");
		cmd_result_exit(&r);
	}
}

SCHED_TEST(a_bad_number_is_named_with_what_would_be_right)
{
	static const char *const bad[] = {
		"x", "", "-1", "0", "99999999999", "99999999999999999999", "12x", " 12", "+12",
	};
	struct cmd_result r;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_EQ(CMD(&r, NULL, cmd_program("scx_qmap"), "-s", bad[i]), 0);
		EXPECT_NE(r.status, 0);
		EXPECT_STRHAS(r.err, "-s wants a number from 1 to");
		EXPECT_STRHAS(r.err, bad[i]);
		cmd_result_exit(&r);
	}
}

SCHED_TEST(each_loader_loads_and_leaves_when_told)
{
	struct loaded sched;
	size_t i;

	for (i = 0; i < NR_LOADERS; i++) {
		sched_start(&sched, loaders[i]);
		EXPECT_STRHAS(sched.ops, strchr(loaders[i], '_') + 1);
		sched_next_stats(&sched);
		sched_stop(&sched);
	}
}

SCHED_TEST(a_second_scheduler_is_refused_and_says_which_is_loaded)
{
	struct loaded sched;
	struct cmd_result r;

	sched_start(&sched, "scx_simple");
	ASSERT_EQ(CMD(&r, NULL, cmd_program("scx_qmap")), 0);
	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, "scheduler \"simple\" is loaded");
	cmd_result_exit(&r);
	sched_stop(&sched);
}

SCHED_TEST(an_ejected_scheduler_is_reported_by_exit_status)
{
	struct hog hog = hog_start();
	char *out, *err;

	EXPECT_EQ(sched_run(&out, &err, "scx_qmap", "-e", "10"), 1);
	EXPECT_STRHAS(err, "EXIT: ");
	EXPECT_STRHAS(err, "error of enqueue 10, as asked for");
	free(out);
	free(err);
	hog_kill(&hog);
}

SCHED_TEST(sigterm_ends_a_loader_as_ctrl_c_does)
{
	struct loaded sched;

	sched_start(&sched, "scx_simple");
	ASSERT_EQ(kill(sched.loader.pid, SIGTERM), 0);
	ASSERT_EQ(child_wait(&sched.loader, FOR_EVER_MS), 0);
	EXPECT_EQ(sched.loader.status, 0);
	EXPECT_TRUE(scx_state_is("disabled"));
	loaded_exit(&sched);
}

/* Brings CPU 3 up or down and waits until @sched has been loaded anew because of it. */
static void expect_restart(const struct loaded *sched, bool online)
{
	long long seq = file_number(SCX_SYSFS "enable_seq");

	ASSERT_EQ(cpu_set_online(3, online), 0);
	while (file_number(SCX_SYSFS "enable_seq") == seq)
		ASSERT_TRUE(child_runs(&sched->loader));
	EXPECT_STREQ(file_read(SCX_SYSFS "root/ops"), sched->ops);
}

SCHED_TEST(hotplug_makes_schedulers_without_callbacks_start_again)
{
	static const char *const restarting[] = {
		"scx_simple", "scx_central", "scx_pair", "scx_flatcg", "scx_userland",
	};
	struct loaded sched;
	size_t i;

	for (i = 0; i < sizeof(restarting) / sizeof(restarting[0]); i++) {
		printf("%s\n", restarting[i]);
		sched_start(&sched, restarting[i]);
		expect_restart(&sched, false);
		expect_restart(&sched, true);
		ASSERT_EQ(kill(sched.loader.pid, SIGINT), 0);
		ASSERT_EQ(child_wait(&sched.loader, FOR_EVER_MS), 0);
		EXPECT_EQ(sched.loader.status, 0);
		loaded_exit(&sched);
	}
}

SCHED_TEST(central_does_not_start_again_with_one_cpu)
{
	struct loaded sched;
	char *err;

	only_cpu_0(true);
	ASSERT_EQ(cpu_set_online(1, true), 0);
	sched_start(&sched, "scx_central");
	ASSERT_EQ(cpu_set_online(1, false), 0);
	ASSERT_EQ(child_wait(&sched.loader, FOR_EVER_MS), 0);
	EXPECT_EQ(sched.loader.status, 1);
	err = child_output(sched.loader.err);
	ASSERT_TRUE(err);
	EXPECT_STRHAS(err, "needs two CPUs");
	free(err);
	loaded_exit(&sched);
	only_cpu_0(false);
}

SCHED_TEST(hotplug_leaves_a_scheduler_with_callbacks_alone)
{
	struct loaded sched;

	sched_start(&sched, "scx_qmap");
	ASSERT_EQ(cpu_set_online(3, false), 0);
	ASSERT_EQ(cpu_set_online(3, true), 0);
	sched_next_stats(&sched);
	/* Checks that it was not loaded anew. */
	sched_stop(&sched);
}
