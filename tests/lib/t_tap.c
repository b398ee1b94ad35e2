// SPDX-License-Identifier: GPL-2.0
/*
 * t_tap.c - the TAP library: above all, that what fails is reported as failing.
 *
 * The tests in here run suites of busted tests through tap_run() and read what
 * it printed.
 */
#include "tap.h"
#include "cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR(array) ((int)(sizeof(array) / sizeof((array)[0])))

struct suite_result {
	int	failed;		/* of tap_run() */
	char	*text;		/* what it printed */
};

static struct suite_result run(const struct tap_options *opts, int nr, struct tap_test *tests[])
{
	struct suite_result r = {};
	size_t size;
	FILE *out = open_memstream(&r.text, &size);

	ASSERT_TRUE(out);
	r.failed = tap_run(tests, nr, opts, out);
	fclose(out);
	return r;
}

static struct suite_result run_one(void (*fn)(void))
{
	struct tap_test test = { .name = "it", .file = __FILE__, .run = fn };

	return run(&(struct tap_options){ .timeout_s = 20, .seed = 7 }, 1,
		   (struct tap_test *[]){ &test });
}

static void passes(void)
{
	puts("chatter");
	EXPECT_EQ(1, 1);
}

TEST(a_passing_test_is_ok_and_quiet)
{
	struct suite_result r = run_one(passes);

	EXPECT_EQ(r.failed, 0);
	EXPECT_STREQ(r.text, "1..1\nok 1 - it\n");
}

TEST(verbose_shows_what_a_passing_test_prints)
{
	struct tap_test test = { .name = "it", .run = passes };
	struct suite_result r =
		run(&(struct tap_options){ .verbose = true }, 1, (struct tap_test *[]){ &test });

	EXPECT_STREQ(r.text, "1..1\nok 1 - it\n# chatter\n");
}

static void three_is_not_four(void)
{
	int a = 3, b = 4;

	puts("before");
	EXPECT_EQ(a, b);
	EXPECT_EQ(a, 3);
}

TEST(a_failed_check_names_place_expression_and_values)
{
	struct suite_result r = run_one(three_is_not_four);

	EXPECT_EQ(r.failed, 1);
	EXPECT_STRHAS(r.text, "\nnot ok 1 - it\n");
	EXPECT_STRHAS(r.text, "t_tap.c:");
	EXPECT_STRHAS(r.text, ": a == b failed: 3 vs 4\n");
	EXPECT_STRHAS(r.text, "# before\n");
	EXPECT_STRHAS(r.text, "--seed 7 it\n");
}

static void all_kinds_of_failure(void)
{
	const char *null = NULL;

	EXPECT_EQ(-1, 4294967295u);
	EXPECT_NE(5, 5ul);
	EXPECT_LT(2u, -2);
	EXPECT_LE(2.5, 2);
	EXPECT_GT((unsigned char)1, true);
	EXPECT_GE(-3, -2ll);
	EXPECT_TRUE(0);
	EXPECT_FALSE(2);
	EXPECT_STREQ("a", "b");
	EXPECT_STREQ(null, "b");
	EXPECT_STRHAS("haystack", "needle");
}

TEST(each_kind_of_check_can_fail)
{
	static const char *const lines[] = {
		": -1 == 4294967295u failed: -1 vs 4294967295\n",
		": 5 != 5ul failed: 5 vs 5\n",
		": 2u < -2 failed: 2 vs -2\n",
		": 2.5 <= 2 failed: 2.5 vs 2\n",
		": (unsigned char)1 > true failed: 1 vs 1\n",
		": -3 >= -2ll failed: -3 vs -2\n",
		": 0 failed: is false\n",
		": 2 failed: is true\n",
		": \"a\" == \"b\" failed: \"a\" vs \"b\"\n",
		": null == \"b\" failed: NULL vs \"b\"\n",
		": \"haystack\" has \"needle\" failed: \"haystack\" vs \"needle\"\n",
	};
	struct suite_result r = run_one(all_kinds_of_failure);

	for (int i = 0; i < NR(lines); i++)
		EXPECT_STRHAS(r.text, lines[i]);
}

TEST(each_kind_of_check_can_hold)
{
	const char *null = NULL;
	double nan = strtod("nan", NULL);
	int x;

	EXPECT_EQ(18446744073709551615ull, UINT64_MAX);
	EXPECT_EQ(null, 0);
	EXPECT_EQ(&x, &x);
	EXPECT_NE(-1, UINT64_MAX);
	EXPECT_NE(nan, nan);
	EXPECT_LT(-1, 0u);
	EXPECT_LE(1, 1);
	EXPECT_GT(UINT64_MAX, INT64_MIN);
	EXPECT_GE(0.5, 0.5);
	EXPECT_TRUE(2);
	EXPECT_FALSE(0);
	EXPECT_STREQ("a", "a");
	EXPECT_STREQ(null, null);
	EXPECT_STRHAS("haystack", "stack");
}

static void asserts_then_goes_on(void)
{
	ASSERT_EQ(1, 2);
	puts("not reached");
}

TEST(an_assertion_ends_its_test)
{
	struct suite_result r = run_one(asserts_then_goes_on);

	EXPECT_EQ(r.failed, 1);
	EXPECT_STRHAS(r.text, ": 1 == 2 failed: 1 vs 2\n");
	EXPECT_FALSE(strstr(r.text, "not reached"));
}

static void checks_nothing(void) {}

TEST(a_test_without_a_check_fails)
{
	struct suite_result r = run_one(checks_nothing);

	EXPECT_EQ(r.failed, 1);
	EXPECT_STRHAS(r.text, "not ok 1 - it\n# made no check\n");
}

static void crashes(void)
{
	EXPECT_TRUE(true);
	raise(SIGSEGV);
}

TEST(a_crash_fails_only_its_own_test)
{
	struct tap_test bad = { .name = "bad", .run = crashes };
	struct tap_test good = { .name = "good", .run = passes };
	struct suite_result r =
		run(&(struct tap_options){}, 2, (struct tap_test *[]){ &bad, &good });

	EXPECT_EQ(r.failed, 1);
	EXPECT_STRHAS(r.text, "1..2\nnot ok 1 - bad\n# killed by signal 11");
	EXPECT_STRHAS(r.text, "\nok 2 - good\n");
}

static void exits_early(void)
{
	EXPECT_TRUE(true);
	exit(0);
}

TEST(a_test_that_exits_before_its_end_fails)
{
	struct suite_result r = run_one(exits_early);

	EXPECT_EQ(r.failed, 1);
	EXPECT_STRHAS(r.text, "# exited with status 0 before its end\n");
}

static void hangs(void)
{
	EXPECT_TRUE(true);
	for (;;)
		pause();
}

TEST(a_hang_is_killed_and_fails_only_its_own_test)
{
	struct tap_test bad = { .name = "bad", .timeout_s = 1, .run = hangs };
	struct tap_test good = { .name = "good", .run = passes };
	struct suite_result r =
		run(&(struct tap_options){}, 2, (struct tap_test *[]){ &bad, &good });

	EXPECT_EQ(r.failed, 1);
	EXPECT_STRHAS(r.text, "# did not end within 1 s and was killed\n");
	EXPECT_STRHAS(r.text, "\nok 2 - good\n");
}

static int orphan_pipe[2];

static void leaves_a_child(void)
{
	EXPECT_TRUE(true);
	if (!fork())
		for (;;)
			pause();
	close(orphan_pipe[1]);
}

TEST(what_a_test_started_dies_with_it)
{
	char byte;

	ASSERT_EQ(pipe(orphan_pipe), 0);
	EXPECT_EQ(run_one(leaves_a_child).failed, 0);
	close(orphan_pipe[1]);
	/* End of file means that the child's copy of the pipe is gone. */
	EXPECT_EQ(read(orphan_pipe[0], &byte, 1), 0);
}

static void skips(void)
{
	SKIP("no %s here", "KVM");
}

TEST(a_skipped_test_is_ok_and_gives_its_reason)
{
	struct suite_result r = run_one(skips);

	EXPECT_EQ(r.failed, 0);
	EXPECT_STREQ(r.text, "1..1\nok 1 - it # SKIP no KVM here\n");
}

static void fails_then_skips(void)
{
	EXPECT_EQ(1, 2);
	SKIP("too late");
}

TEST(a_skip_does_not_hide_a_failed_check)
{
	struct suite_result r = run_one(fails_then_skips);

	EXPECT_EQ(r.failed, 1);
	EXPECT_STRHAS(r.text, "not ok 1 - it\n");
}

static void child_fails(void)
{
	EXPECT_TRUE(true);
	if (!fork()) {
		EXPECT_EQ(1, 2);
		tap_stop();
	}
	wait(NULL);
}

TEST(a_check_that_fails_in_a_child_process_counts)
{
	EXPECT_EQ(run_one(child_fails).failed, 1);
}

static void prints_its_seed(void)
{
	EXPECT_EQ(tap_seed(), 7);
}

TEST(a_test_sees_the_seed_of_its_run)
{
	EXPECT_EQ(run_one(prints_its_seed).failed, 0);
}

/* This very program, as a user runs it. */

TEST(list_prints_one_name_a_line_in_source_order)
{
	struct cmd_result r;

	ASSERT_EQ(CMD(&r, NULL, "/proc/self/exe", "--list"), 0);
	EXPECT_EQ(r.status, 0);
	EXPECT_EQ(strncmp(r.out,
			  "a_passing_test_is_ok_and_quiet\n"
			  "verbose_shows_",
			  45),
		  0);
	cmd_result_exit(&r);
}

TEST(a_name_on_the_command_line_runs_that_test_alone)
{
	struct cmd_result r;

	ASSERT_EQ(CMD(&r, NULL, "/proc/self/exe", "each_kind_of_check_can_hold"), 0);
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "1..1\nok 1 - each_kind_of_check_can_hold\n");
	cmd_result_exit(&r);
}

TEST(an_unknown_name_is_an_error)
{
	struct cmd_result r;

	ASSERT_EQ(CMD(&r, NULL, "/proc/self/exe", "nonesuch"), 0);
	EXPECT_EQ(r.status, 2);
	EXPECT_STRHAS(r.err, "no test is named \"nonesuch\"");
	EXPECT_STREQ(r.out, "");
	cmd_result_exit(&r);
}

TEST(a_malformed_timeout_is_an_error)
{
	struct cmd_result r;

	ASSERT_EQ(CMD(&r, NULL, "/proc/self/exe", "--timeout", "5x"), 0);
	EXPECT_NE(r.status, 0);
	EXPECT_STRHAS(r.err, "\"5x\"");
	cmd_result_exit(&r);
}

/* cmd.h */

TEST(a_command_gets_its_input_and_gives_output_and_status)
{
	struct cmd_result r;

	ASSERT_EQ(CMD(&r, "text", "sh", "-c", "cat; echo oops >&2; exit 3"), 0);
	EXPECT_EQ(r.status, 3);
	EXPECT_STREQ(r.out, "text");
	EXPECT_STREQ(r.err, "oops\n");
	cmd_result_exit(&r);
}

TEST(a_command_ended_by_a_signal_has_status_128_and_its_number)
{
	struct cmd_result r;

	ASSERT_EQ(CMD(&r, NULL, "sh", "-c", "kill -9 $$"), 0);
	EXPECT_EQ(r.status, 128 + SIGKILL);
	cmd_result_exit(&r);
}

TEST(a_command_that_does_not_exist_is_an_error)
{
	struct cmd_result r;

	EXPECT_EQ(CMD(&r, NULL, "nonesuch-program"), -ENOENT);
}
