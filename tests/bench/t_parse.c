// SPDX-License-Identifier: GPL-2.0
/* t_parse.c - numbers out of what workloads and loaders print, and no number out of garbage. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "bench/lib/loaded.h"
#include "bench/lib/workload.h"
#include "tap.h"

typedef int parser(const char *out, struct json_object *metrics, struct why *why);

static struct why why;

static struct json_object *parsed(parser *parse, const char *out)
{
	struct json_object *metrics = json_object_new_array();

	ASSERT_EQ(parse(out, metrics, &why), 0);
	return metrics;
}

static double value(struct json_object *metrics, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(metrics); i++) {
		struct json_object *m = json_object_array_get_idx(metrics, i);

		if (!strcmp(json_object_get_string(json_object_object_get(m, "name")), name))
			return json_object_get_double(json_object_object_get(m, "value"));
	}
	return -1;
}

TEST(hackbench_throughput_is_messages_by_time)
{
	struct json_object *m =
		parsed(workload_parse_hackbench,
		       "Running in process mode with 2 groups using 40 file descriptors each (== 80 tasks)\n"
		       "Each sender will pass 100 messages of 100 bytes\n"
		       "Time: 0.500\n");

	/* 2 groups of 20 senders, each with 100 messages to each of 20 receivers. */
	EXPECT_EQ(value(m, "throughput"), 2 * 20 * 20 * 100 / 0.5);
}

TEST(stress_ng_gives_the_rate_of_each_stressor)
{
	struct json_object *m = parsed(workload_parse_stress_ng,
				       "---\nsystem-info:\n      cpus: 2\n\nmetrics:\n"
				       "    - stressor: switch\n      bogo-ops: 426417\n"
				       "      bogo-ops-per-second-usr-sys-time: 242044.055484\n"
				       "      bogo-ops-per-second-real-time: 426172.25\n"
				       "    - stressor: yield\n      bogo-ops: 4\n"
				       "      bogo-ops-per-second-real-time: 2.5\n\n...\n");

	EXPECT_EQ(json_object_array_length(m), 2);
	EXPECT_EQ(value(m, "switch"), 426172.25);
	EXPECT_EQ(value(m, "yield"), 2.5);
}

TEST(wakelat_gives_four_numbers_for_each_way_of_waking)
{
	struct json_object *m =
		parsed(workload_parse_wakelat,
		       "{\"timer\":{\"wakeups\":9,\"p50_ns\":1,\"p99_ns\":2,\"p99.9_ns\":3,\"max_ns\":4},"
		       "\"pipe\":{\"wakeups\":9,\"p50_ns\":5,\"p99_ns\":6,\"p99.9_ns\":7,\"max_ns\":8}}");

	EXPECT_EQ(json_object_array_length(m), 8);
	EXPECT_EQ(value(m, "timer wakeup p99.9"), 3);
	EXPECT_EQ(value(m, "pipe wakeup max"), 8);
}

TEST(pingpong_gives_instructions_only_where_they_were_counted)
{
	EXPECT_EQ(value(parsed(workload_parse_pingpong, "{\"ns_per_switch\":9000.5}"),
			"context switch"),
		  -1);
	EXPECT_EQ(value(parsed(workload_parse_pingpong,
			       "{\"ns_per_switch\":9000.5,\"instructions_per_switch\":4500.25}"),
			"context switch"),
		  4500.25);
}

TEST(scxload_gives_the_time_of_each_step)
{
	struct json_object *m =
		parsed(workload_parse_scxload,
		       "{\"open_ns\":1,\"load_ns\":2,\"attach_ns\":3,\"detach_ns\":4,\"enabled_ns\":6}");

	EXPECT_EQ(value(m, "attach"), 3);
	EXPECT_EQ(value(m, "open to enabled"), 6);
}

TEST(what_is_no_result_is_refused)
{
	static parser *const parsers[] = {
		workload_parse_hackbench, workload_parse_stress_ng, workload_parse_wakelat,
		workload_parse_pingpong,  workload_parse_scxload,
	};
	static const char *const garbage[] = {
		"",
		"\n",
		"{}",
		"[]",
		"null",
		"{\"timer\":1}",
		"{\"timer\":",
		"{\"timer\":{\"p50_ns\":1}}",
		"Time: 0.5\n",
		"Time: ",
		"mode with 2 groups using 40 file\nEach sender will pass 100 messages\nTime: 0\n",
		"mode with x groups using 40 file\nEach sender will pass 100 messages\nTime: 1\n",
		"\nmetrics:\n",
		"\nmetrics:\n    - stressor: switch\n",
	};

	for (size_t p = 0; p < sizeof(parsers) / sizeof(parsers[0]); p++) {
		for (size_t g = 0; g < sizeof(garbage) / sizeof(garbage[0]); g++) {
			struct json_object *metrics = json_object_new_array();

			why.text[0] = '\0';
			EXPECT_EQ(parsers[p](garbage[g], metrics, &why), -EBADMSG);
			EXPECT_STRHAS(why.text, "cannot read the result of ");
			json_object_put(metrics);
		}
	}
}

/* What a loader says */

TEST(a_report_has_the_last_counters_and_the_reason)
{
	struct loaded_report r;

	ASSERT_EQ(loaded_report_parse(&r, "local=1 global=2\nlocal=30 global=4\n",
				      "chatter\nEXIT: unregistered from user space\n"),
		  0);
	EXPECT_STREQ(r.stats, "local=30 global=4");
	EXPECT_STREQ(r.end, "unregistered from user space");
	loaded_report_exit(&r);
}

TEST(counters_are_found_in_the_forms_that_loaders_use)
{
	static const struct {
		const char *out, *stats;
	} rows[] = {
		{ "local=0 global=0\n", "local=0 global=0" },
		{ "pair 0: CPUs 0 and 2\npair 1: CPUs 1 and 3\n"
		  "total=1 dispatch=2\nkicks=3\ntotal=30 dispatch=40\nkicks=50\n",
		  "total=30 dispatch=40\nkicks=50" },
		{ "[SEQ 0]\ntotal   :    1 local:   2\noverflow:   3\n"
		  "[SEQ 1]\ntotal   :   10 local:  20\noverflow:  30\n",
		  "[SEQ 1]\ntotal   :   10 local:  20\noverflow:  30" },
		{ "stats  : enq=1 delta=-2\n  exp_local=1\ncpuperf: cur min/avg/max=1/2/3\n"
		  "stats  : enq=2 delta=3\n  exp_local=5\ncpuperf: cur min/avg/max=1/2/4\n",
		  "stats  : enq=2 delta=3\n  exp_local=5\ncpuperf: cur min/avg/max=1/2/4" },
		{ "[SEQ 0 cpu=28.0 gen=1]\n  act: 1\n[SEQ 1 cpu=2.0 gen=13]\n  act: 9\n",
		  "[SEQ 1 cpu=2.0 gen=13]\n  act: 9" },
		{ "o-----o\n| USER |\n| enq: 1 |\n|------|\n| KERNEL |\n| enq: 2 |\no-----o\n\n"
		  "o-----o\n| USER |\n| enq: 8 |\n|------|\n| KERNEL |\n| enq: 9 |\no-----o\n\n",
		  "o-----o\n| USER |\n| enq: 8 |\n|------|\n| KERNEL |\n| enq: 9 |\no-----o" },
		/* printed once */
		{ "\n[SEQ 0]\ntotal: 10\nlost: 1\n\n", "[SEQ 0]\ntotal: 10\nlost: 1" },
	};
	struct loaded_report r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASSERT_EQ(loaded_report_parse(&r, rows[i].out, ""), 0);
		EXPECT_STREQ(r.stats, rows[i].stats);
		loaded_report_exit(&r);
	}
}

TEST(a_silent_loader_has_no_report)
{
	static const char *const silent[] = { "", "\n\n", "a == b\n", "x=", "EXIT:" };
	struct loaded_report r;

	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		ASSERT_EQ(loaded_report_parse(&r, silent[i], silent[i]), 0);
		EXPECT_STREQ(r.stats, NULL);
		EXPECT_STREQ(r.end, NULL);
		loaded_report_exit(&r);
	}
}
