// SPDX-License-Identifier: GPL-2.0
/* Programs that run beside a measurement. */
#include "bench/lib/child.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tap.h"

TEST(what_a_program_leaves_behind_ends_with_it)
{
	static const char *const argv[] = { "sh", "-c", "sleep 1000 & echo $!", NULL };
	struct child child;
	struct why why;
	int status;
	pid_t left;
	char *out;

	/* who is left becomes our child */
	ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ASSERT_EQ(child_run(&child, argv, -1, &why), 0);
	out = child_output(child.out);
	left = atoi(out);
	ASSERT_GT(left, 0);
	ASSERT_EQ(waitpid(left, &status, 0), left);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(WTERMSIG(status), SIGKILL);
	free(out);
	child_exit(&child);
}
