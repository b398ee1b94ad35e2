// SPDX-License-Identifier: GPL-2.0
/* Schedulers on a machine of one CPU, and (make check-up) in a kernel for one CPU. */
#include <scx/common.h>

#include "cmd.h"
#include "sched.h"
#include "hog.h"
#include "tap.h"

/* Two hogs share the CPU under scheduler @name. */
static void expect_all_run(const char *name)
{
	struct loaded sched;
	struct hog hogs[2];
	uint64_t ns[2];
	int i;

	sched_start(&sched, name);
	for (i = 0; i < 2; i++)
		hogs[i] = hog_start();
	hogs_measure(hogs, 2, NSEC_PER_SEC, ns);
	for (i = 0; i < 2; i++)
		EXPECT_GT(ns[i], NSEC_PER_SEC / 4);
	/* its loader, which sleeps most of the time, runs beside them */
	sched_next_stats(&sched);
	for (i = 0; i < 2; i++)
		hog_kill(&hogs[i]);
	sched_stop(&sched);
}

SCHED_TEST(simple_shares_it)
{
	expect_all_run("scx_simple");
}

SCHED_TEST(qmap_shares_it)
{
	expect_all_run("scx_qmap");
}

SCHED_TEST(userland_shares_it)
{
	expect_all_run("scx_userland");
}

/* Those that need a second CPU say so. */
static void expect_refusal(const char *name, const char *why)
{
	struct cmd_result r;

	ASSERT_EQ(CMD(&r, NULL, cmd_program(name)), 0);
	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, why);
	cmd_result_exit(&r);
}

SCHED_TEST(flatcg_shares_it_or_says_that_the_class_knows_no_cgroups)
{
	if (__COMPAT_struct_has_field("sched_ext_ops", "cgroup_init"))
		expect_all_run("scx_flatcg");
	else
		expect_refusal("scx_flatcg", "built without CONFIG_EXT_GROUP_SCHED");
}

SCHED_TEST(central_wants_a_second_cpu)
{
	expect_refusal("scx_central", "needs two CPUs");
}

SCHED_TEST(pair_wants_a_second_cpu)
{
	expect_refusal("scx_pair", "does not pair 1 CPUs");
}
