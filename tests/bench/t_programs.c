// SPDX-License-Identifier: GPL-2.0
/* t_programs.c - the programs as a user runs them: what they print, and what they refuse. */
#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "tap.h"

#define RUN(name, input, ...)                                                      \
	({                                                                         \
		struct cmd_result ___r;                                            \
                                                                                   \
		ASSERT_EQ(CMD(&___r, input, cmd_program(name), ##__VA_ARGS__), 0); \
		___r;                                                              \
	})

/* @text must be an object in which each of @keys is a number above 0. */
static void expect_json(const char *text, const char *const *keys)
{
	struct json_object *o = json_tokener_parse(text);

	ASSERT_TRUE(json_object_is_type(o, json_type_object));
	for (; *keys; keys++)
		EXPECT_GT(json_object_get_double(json_object_object_get(o, *keys)), 0);
	json_object_put(o);
}

TEST(pingpong_measures_a_switch)
{
	struct cmd_result r = RUN("pingpong", NULL, "--json", "--rounds", "500", "--repeat", "3",
				  "--icount-shift", "1");

	EXPECT_EQ(r.status, 0);
	expect_json(r.out,
		    (const char *[]){ "ns_per_switch", "ns_per_switch_min", "ns_per_switch_max",
				      "instructions_per_switch", NULL });
}

TEST(pingpong_on_a_cpu_that_is_not_there_fails)
{
	struct cmd_result r = RUN("pingpong", NULL, "--cpu", "1023");

	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, "cannot run on CPU 1023");
	EXPECT_STREQ(r.out, "");
}

TEST(wakelat_measures_each_way_of_waking)
{
	static const char *const kinds[] = { "timer", "futex", "pipe" };
	struct cmd_result r =
		RUN("wakelat", NULL, "--json", "--duration", "2", "--threads", "2", "--hogs", "1");
	struct json_object *o;

	EXPECT_EQ(r.status, 0);
	o = json_tokener_parse(r.out);
	for (int i = 0; i < 3; i++)
		EXPECT_GT(json_object_get_int64(
				  json_object_object_get(json_object_object_get(o, kinds[i]),
							 "wakeups")),
			  0);
	json_object_put(o);
}

TEST(wakelat_measures_only_what_was_chosen)
{
	struct cmd_result r = RUN("wakelat", NULL, "--json", "--duration", "1", "--kind", "pipe");

	EXPECT_EQ(r.status, 0);
	EXPECT_EQ(strncmp(r.out, "{\"pipe\":", 8), 0);
	EXPECT_FALSE(strstr(r.out, "timer"));
}

TEST(counters_count_the_switches_of_a_ping_pong)
{
	struct cmd_result r;
	struct json_object *o;

	if (geteuid())
		SKIP("counting on all CPUs needs root");
	r = RUN("counters", NULL, "--json", cmd_program("pingpong"), "--rounds", "1000", "--warmup",
		"0", "--repeat", "1");
	EXPECT_EQ(r.status, 0);
	o = json_tokener_parse(r.err);
	ASSERT_TRUE(o);
	EXPECT_GE(json_object_get_int64(json_object_object_get(o, "context_switches")), 2000);
	json_object_put(o);
}

TEST(counters_pass_on_the_exit_status_of_the_command)
{
	struct cmd_result r;

	if (geteuid())
		SKIP("counting on all CPUs needs root");
	r = RUN("counters", NULL, "sh", "-c", "exit 7");
	EXPECT_EQ(r.status, 7);
	r = RUN("counters", NULL, "nonesuch-program");
	EXPECT_EQ(r.status, 127);
	EXPECT_STRHAS(r.err, "cannot run nonesuch-program");
}

TEST(benchrun_under_the_default_scheduler_gives_a_table)
{
	struct cmd_result run, table;

	if (geteuid())
		SKIP("counting on all CPUs needs root");
	run = RUN("benchrun", NULL, "--label", "here", "--sched", "default", "--sleepers", "50",
		  "--workload", "pingpong --rounds 200 --repeat 1");
	EXPECT_EQ(run.status, 0);
	table = RUN("benchtable", run.out);
	EXPECT_EQ(table.status, 0);
	EXPECT_STRHAS(table.out, "50 sleeping tasks");
	EXPECT_STRHAS(table.out, "context switch time");
	EXPECT_STRHAS(table.out, "CPU migrations");
	table = RUN("benchtable", run.out, "--machines");
	EXPECT_EQ(table.status, 0);
	EXPECT_STRHAS(table.out, "here");
}

TEST(benchrun_gives_no_document_when_a_scheduler_is_not_loaded)
{
	struct cmd_result r = RUN("benchrun", NULL, "--no-counters", "--sched",
				  "sh -c 'echo no such class >&2; exit 1'", "--workload",
				  "pingpong --rounds 1");

	EXPECT_EQ(r.status, 1);
	EXPECT_STREQ(r.out, "");
	EXPECT_STRHAS(r.err, "the scheduler was not loaded");
	EXPECT_STRHAS(r.err, "no such class");
}

TEST(benchrun_gives_no_document_when_a_workload_fails)
{
	struct cmd_result r = RUN("benchrun", NULL, "--no-counters", "--sched", "default",
				  "--workload", "pingpong --cpu 1023");

	EXPECT_EQ(r.status, 1);
	EXPECT_STREQ(r.out, "");
	EXPECT_STRHAS(r.err, "cannot run on CPU 1023");
}

TEST(scxload_refuses_what_is_no_scheduler)
{
	struct cmd_result r = RUN("scxload", NULL, "/dev/null");

	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, "cannot open /dev/null");
}

#define DOCUMENT(label, value)                                                            \
	"{\"label\":\"" label "\",\"release\":\"r\",\"cpus\":1,\"sleepers\":0,\"runs\":[" \
	"{\"scheduler\":\"s\",\"workloads\":[{\"workload\":\"w\",\"metrics\":["           \
	"{\"name\":\"m\",\"unit\":\"\",\"better\":\"lower\",\"value\":" value "}]}]}]}"

TEST(a_ratio_below_its_limit_is_a_success_and_one_above_is_not)
{
	static const char documents[] = DOCUMENT("a", "100") DOCUMENT("b", "110");
	struct cmd_result r;

	EXPECT_EQ(RUN("benchtable", documents, "--machines", "--limit", "w: m|s=1.2").status, 0);
	r = RUN("benchtable", documents, "--machines", "--limit", "w: m|s=1.1");
	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, "w: m, s: ratio 1.100 is not below 1.1");
}

TEST(a_limit_on_what_was_not_measured_is_a_failure)
{
	struct cmd_result r =
		RUN("benchtable", DOCUMENT("a", "1"), "--machines", "--limit", "w: m|other=1");

	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, "not measured");
}

TEST(a_group_that_was_not_measured_is_an_error)
{
	struct cmd_result r = RUN("benchtable", DOCUMENT("a", "1"), "--group", "x");

	EXPECT_EQ(r.status, 1);
	EXPECT_STREQ(r.out, "");
	EXPECT_STRHAS(r.err, "no group");
}

TEST(repeats_that_differ_too_much_are_a_failure)
{
	static const char documents[] = DOCUMENT("a", "100") "\n" DOCUMENT("a", "103");
	struct cmd_result r;

	EXPECT_EQ(RUN("benchtable", documents, "--max-spread", "5").status, 0);
	r = RUN("benchtable", documents, "--max-spread", "1");
	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, "differ by 2.96 %");
}

TEST(benchtable_refuses_garbage_and_says_where)
{
	static const struct {
		const char	*input;
		const char	*reason;
	} bad[] = {
		{ "", "no measurement" },
		{ "garbage", "not a JSON object at byte 0" },
		{ "{\"label\":", "unexpected end of data" },
		{ "[]", "some other value" },
		{ "{} x", "not a JSON object at byte 3" },
		{ "{}", "\"label\"" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cmd_result r = RUN("benchtable", bad[i].input);

		EXPECT_EQ(r.status, 1);
		EXPECT_STREQ(r.out, "");
		EXPECT_STRHAS(r.err, bad[i].reason);
	}
}

TEST(a_file_that_is_not_there_is_named)
{
	struct cmd_result r = RUN("benchtable", NULL, "/nonesuch/file");

	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, "cannot read /nonesuch/file: No such file");
}

TEST(every_program_refuses_bad_options_and_names_them)
{
	static const struct {
		const char	*program;
		const char	*args[3];
		const char	*reason;
	} bad[] = {
		{ "pingpong", { "--rounds", "5x" }, "\"5x\"" },
		{ "pingpong", { "--rounds", "0" }, "\"0\"" },
		{ "pingpong", { "--rounds", "-1" }, "\"-1\"" },
		{ "pingpong", { "extra" }, "\"extra\"" },
		{ "pingpong", { "--nonesuch" }, "--nonesuch" },
		{ "wakelat", { "--threads", "3" }, "even number" },
		{ "wakelat", { "--threads", "" }, "\"\"" },
		{ "wakelat", { "--kind", "telepathy" }, "\"telepathy\"" },
		{ "wakelat", { "--duration", "nan" }, "\"nan\"" },
		{ "counters", { NULL }, "no command" },
		{ "scxload", { NULL }, "no BPF object" },
		{ "scxload", { "a.o", "b.o" }, "\"b.o\"" },
		{ "benchrun", { "--workload", "pingpong" }, "no --sched" },
		{ "benchrun", { "--sched", "default" }, "no --workload" },
		{ "benchrun", { "--sched", "" }, "needs a command" },
		{ "benchrun", { "--sched=default", "--workload=nonesuch" }, "\"nonesuch\"" },
		{ "benchtable", { "--limit", "a=1" }, "\"a=1\"" },
		{ "benchtable", { "--limit", "a|b=zero" }, "\"zero\"" },
		{ "benchtable", { "--max-spread", "-1" }, "\"-1\"" },
		{ "../../bench/compare", { "--sched" }, "needs a value" },
		{ "../../bench/compare", { "--sched", "scx_nonesuch" }, "'scx_nonesuch'" },
		{ "../../bench/compare", { "--cpus", "two" }, "'two'" },
		{ "../../bench/compare", { "--nonesuch" }, "'--nonesuch'" },
		{ "../../bench/switch", { "--boots", "0" }, "'0'" },
		{ "../../bench/switch", { "extra" }, "'extra'" },
		{ "../../bench/load", { "--tasks", "-1" }, "'-1'" },
		{ "../../bench/load", { "--boots" }, "needs a value" },
		{ "../../bench/profile", { "--rounds", "0" }, "'0'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cmd_result r =
			RUN(bad[i].program, NULL, bad[i].args[0], bad[i].args[1], bad[i].args[2]);

		EXPECT_NE(r.status, 0);
		EXPECT_STREQ(r.out, "");
		EXPECT_STRHAS(r.err, bad[i].reason);
	}
}
