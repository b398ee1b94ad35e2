// SPDX-License-Identifier: GPL-2.0
/*
 * t_vm.c - benchmarks where they belong: in a virtual machine, with schedulers that are
 * really loaded, one that goes away under way, and one that is thrown out.
 */
#include <json-c/json.h>
#include <libgen.h>
#include <string.h>

#include "cmd.h"
#include "tap.h"

#define LIMIT_S 600

/* Runs @script by sh in a machine of 2 CPUs; its $1 is build/bin. */
static struct cmd_result in_vm(const char *script)
{
	char *bin = dirname(strdup(cmd_program("benchrun")));
	struct cmd_result r;

	ASSERT_EQ(CMD(&r, NULL, cmd_program("../../vm/vm"), "run", "--cpus", "2", "--", "sh", "-c",
		      script, "sh", bin),
		  0);
	fputs(r.err, stderr);
	return r;
}

static void expect_number_for_both(struct json_object *row)
{
	struct json_object *values = json_object_object_get(row, "values");

	EXPECT_EQ(json_object_array_length(values), 2);
	for (int i = 0; i < 2; i++)
		EXPECT_TRUE(json_object_is_type(json_object_array_get_idx(values, i),
						json_type_double));
}

TEST_TIMEOUT(compare_makes_one_table_of_two_schedulers, LIMIT_S)
{
	struct json_object *table, *columns, *rows;
	struct cmd_result r;

	ASSERT_EQ(CMD(&r, NULL, cmd_program("../../bench/compare"), "--quick", "--cpus", "2",
		      "--json", "--sched", "scx_simple"),
		  0);
	fputs(r.err, stderr);
	ASSERT_EQ(r.status, 0);
	table = json_tokener_parse(r.out);
	columns = json_object_object_get(table, "columns");
	ASSERT_EQ(json_object_array_length(columns), 2);
	EXPECT_STREQ(json_object_get_string(json_object_array_get_idx(columns, 1)), "scx_simple");
	rows = json_object_object_get(table, "rows");
	EXPECT_GT(json_object_array_length(rows), 20);
	for (size_t i = 0; i < json_object_array_length(rows); i++)
		expect_number_for_both(json_object_array_get_idx(rows, i));
	EXPECT_STRHAS(r.out, "counted    local=");
	EXPECT_STRHAS(r.out, "ended      unregistered from user space");
}

TEST_TIMEOUT(a_scheduler_whose_loader_goes_away_fails_the_run, LIMIT_S)
{
	struct cmd_result r =
		in_vm("(until pidof scxload && pidof wakelat; do sleep 0.1; done >/dev/null; "
		      "kill $(pidof scxload)) & "
		      "exec $1/benchrun --sched \"$1/scxload --hold $1/../bpf/onecb.bpf.o\""
		      " --workload 'wakelat --kind pipe --duration 5'");

	EXPECT_EQ(r.status, 1);
	EXPECT_STREQ(r.out, "");
	EXPECT_STRHAS(r.err, "the scheduler did not stay loaded");
}

TEST_TIMEOUT(a_scheduler_that_is_ejected_fails_the_run, LIMIT_S)
{
	struct cmd_result r =
		in_vm("(until pidof scxload && pidof wakelat; do sleep 0.1; done >/dev/null; "
		      "echo S >/proc/sysrq-trigger) & "
		      "$1/benchrun --sched \"$1/scxload --hold $1/../bpf/onecb.bpf.o\""
		      " --workload 'wakelat --kind pipe --duration 8'");

	EXPECT_EQ(r.status, 1);
	EXPECT_STREQ(r.out, "");
	EXPECT_STRHAS(r.err, "the scheduler did not stay loaded");
	EXPECT_STRHAS(r.err, "was ejected");
}

TEST_TIMEOUT(a_second_scheduler_is_refused_while_one_is_loaded, LIMIT_S)
{
	struct cmd_result r =
		in_vm("$1/scxload --hold $1/../bpf/onecb.bpf.o & "
		      "until grep -q enabled /sys/kernel/sched_ext/state; do sleep 0.1; done; "
		      "$1/scxload $1/../bpf/onecb.bpf.o; echo status $?; "
		      "$1/benchrun --sched default --workload 'pingpong --rounds 1'; "
		      "kill -INT $!; wait $!");

	EXPECT_EQ(r.status, 0);
	EXPECT_STRHAS(r.out, "status 1\n");
	EXPECT_STRHAS(r.err, "a scheduler is loaded");
	EXPECT_STRHAS(r.err, "a BPF scheduler is loaded already");
}

TEST_TIMEOUT(an_object_without_a_scheduler_is_refused, LIMIT_S)
{
	struct cmd_result r = in_vm("exec $1/scxload $1/scxload");

	EXPECT_EQ(r.status, 1);
	EXPECT_STREQ(r.out, "");
}
