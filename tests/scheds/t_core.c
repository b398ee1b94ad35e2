// SPDX-License-Identifier: GPL-2.0
/* What schedulers have to stand where threads of a core run only what has the same cookie. */
#include <sys/prctl.h>

#include "cmd.h"
#include "hog.h"
#include "sched.h"
#include "tap.h"

#define NR_HOGS 6

/* Hogs in cgroup @cgroup, all with a cookie of their own; the test has it, too, to pass it on. */
static void start_hogs(struct hog *hogs, const char *cgroup)
{
	int i;

	cgroup_make(cgroup, 100);
	for (i = 0; i < NR_HOGS; i++)
		hogs[i] = hog_start(.cgroup = cgroup);
	ASSERT_EQ(prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, hogs[0].pid,
			PR_SCHED_CORE_SCOPE_THREAD, 0),
		  0);
	ASSERT_EQ(prctl(PR_SCHED_CORE, PR_SCHED_CORE_SHARE_FROM, hogs[0].pid,
			PR_SCHED_CORE_SCOPE_THREAD, 0),
		  0);
	for (i = 1; i < NR_HOGS; i++)
		ASSERT_EQ(prctl(PR_SCHED_CORE, PR_SCHED_CORE_SHARE_TO, hogs[i].pid,
				PR_SCHED_CORE_SCOPE_THREAD, 0),
			  0);
}

/* A thread whose core has a cookie takes tasks of that cookie out of the hands of the scheduler. */
SCHED_TEST(a_cgroup_whose_tasks_were_taken_to_other_cpus_is_still_known_to_be_empty)
{
	enum { A, B, NR_CGROUPS };
	const uint64_t total = NSEC_PER_SEC;
	struct hog hogs[NR_CGROUPS][NR_HOGS];
	uint64_t ns[NR_HOGS], sum = 0;
	struct loaded sched;
	int i;

	sched_start(&sched, "scx_flatcg");
	start_hogs(hogs[A], "A");
	start_hogs(hogs[B], "B");
	hogs_measure(hogs[A], NR_HOGS, total, ns);
	for (i = 0; i < NR_HOGS; i++)
		hog_kill(&hogs[A][i]);
	hogs_measure(hogs[B], NR_HOGS, total, ns);
	for (i = 0; i < NR_HOGS; i++)
		sum += ns[i];
	EXPECT_GE(sum, total);
	for (i = 0; i < NR_HOGS; i++)
		hog_kill(&hogs[B][i]);
	sched_stop(&sched);
}
