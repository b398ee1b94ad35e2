// SPDX-License-Identifier: GPL-2.0
/* t_results.c - from documents to a table: which number lands where, and how it is shown. */
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/lib/results.h"
#include "bench/lib/table.h"
#include "tap.h"

/* clang-format off: documents read as they nest, tables as they print */
#define METRIC(name, unit, value) \
	"{\"name\":\"" name "\",\"unit\":\"" unit "\",\"better\":\"lower\",\"value\":" #value "}"
#define WORKLOAD(name, metrics) \
	"{\"workload\":\"" name \
	"\",\"context_switches\":1200,\"cpu_migrations\":7,\"metrics\":[" metrics "]}"
#define DEFAULT(workloads) "{\"scheduler\":\"default\",\"workloads\":[" workloads "]}"
#define SIMPLE(workloads)                                                          \
	"{\"scheduler\":\"scx_simple\",\"ops\":\"simple\",\"start_ns\":2500000,"   \
	"\"stats\":\"local=5 global=6\",\"end\":\"unregistered from user space\"," \
	"\"workloads\":[" workloads "]}"
#define DOCUMENT(label, runs) \
	"{\"label\":\"" label \
	"\",\"release\":\"6.12.9\",\"cpus\":4,\"sleepers\":0,\"runs\":[" runs "]}"

static const char two_schedulers[] = "[" DOCUMENT(
	"vm",
	DEFAULT(WORKLOAD("hackbench",
			 METRIC("throughput", "messages/s", 1234567) "," METRIC("time", "ns", 2000) "," METRIC(
				 "late", "ns",
				 20000000))) "," SIMPLE(WORKLOAD("hackbench",
								 METRIC("throughput", "messages/s",
									2469134) "," METRIC("time",
											    "ns",
											    3000)))) "]";

static const char two_machines[] =
	"[" DOCUMENT("theirs",
		     DEFAULT(WORKLOAD("pingpong", METRIC("switch", "instructions", 4000))) "," SIMPLE(
			     WORKLOAD("pingpong",
				      METRIC("switch", "instructions",
					     5000)))) "," DOCUMENT("ours",
								   SIMPLE(WORKLOAD("pingpong",
										   METRIC("switch",
											  "instructions",
											  4500)))) "]";

#define RUN(value) DOCUMENT("vm", DEFAULT(WORKLOAD("w", METRIC("m", "", value))))
static const char three_repeats[] = "[" RUN(100) "," RUN(90) "," RUN(120) "]";
static const char two_repeats[] = "[" RUN(100) "," RUN(90) "]";

static const struct {
	const char	*documents;
	const char	*reason;
} bad[] = {
	{ "[]", "hold no measurement" },
	{ "[1]", "\"label\"" },
	{ "[{\"label\":1}]", "\"label\"" },
	{ "[{\"label\":\"x\",\"runs\":[]}]", "\"release\"" },
	{ "[" DOCUMENT("x", "") "]", "hold no measurement" },
	{ "[" DOCUMENT("x", "{}") "]", "\"scheduler\"" },
	{ "[" DOCUMENT("x", "{\"scheduler\":\"s\"}") "]", "\"workloads\"" },
	{ "[" DOCUMENT("x", DEFAULT("{\"workload\":\"c\"}")) "]", "\"metrics\"" },
	{ "[" DOCUMENT("x", DEFAULT(WORKLOAD("c", "{}"))) "]", "\"name\"" },
	{ "[" DOCUMENT("x", DEFAULT(WORKLOAD("c", METRIC("m", "u", "1")))) "]", "\"value\"" },
};

static const char printed_two_schedulers[] =
	"Linux 6.12.9, 4 CPUs, 0 sleeping tasks\n"
	"\n"
	"                                better     default  scx_simple    ratio\n"
	"hackbench\n"
	"  throughput        messages/s  lower    1,234,567   2,469,134    2.000\n"
	"  time              us          lower         2.00        3.00    1.500\n"
	"  late              ms          lower        20.00           -        -\n"
	"  context switches                           1,200       1,200    1.000\n"
	"  CPU migrations                                 7           7    1.000\n"
	"\n"
	"scx_simple (\"simple\" to the kernel)\n"
	"  loaded in  2.5 ms\n"
	"  counted    local=5 global=6\n"
	"  ended      unregistered from user space\n";
/* clang-format on */

static struct why why;

static int tabulate(const char *documents, enum layout layout, struct table *ret)
{
	struct json_object *array = json_tokener_parse(documents);
	int err;

	ASSERT_TRUE(array);
	err = results_tabulate(array, layout, ret, &why);
	json_object_put(array);
	return err;
}

static struct table_row *row(const struct table *table, const char *group, const char *name)
{
	for (int i = 0; i < table->nr_rows; i++)
		if (!strcmp(table->rows[i].group, group) && !strcmp(table->rows[i].name, name))
			return &table->rows[i];
	ASSERT_STREQ(name, "a row of the table");
	return NULL;
}

static char *printed(const struct table *table, void (*print)(const struct table *table, FILE *out))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print(table, out);
	fclose(out);
	return text;
}

TEST(schedulers_stand_side_by_side_with_ratios_to_the_first)
{
	struct table t;

	ASSERT_EQ(tabulate(two_schedulers, LAYOUT_SCHEDULERS, &t), 0);
	ASSERT_EQ(t.nr_columns, 2);
	EXPECT_STREQ(t.column[0], "default");
	EXPECT_STREQ(t.column[1], "scx_simple");
	EXPECT_EQ(row(&t, "hackbench", "time")->value[0], 2000);
	EXPECT_EQ(row(&t, "hackbench", "time")->value[1], 3000);
	EXPECT_EQ(table_ratio(row(&t, "hackbench", "time"), 1), 1.5);
	EXPECT_EQ(row(&t, "hackbench", "context switches")->value[1], 1200);
	EXPECT_EQ(row(&t, "hackbench", "CPU migrations")->value[0], 7);
	EXPECT_TRUE(isnan(row(&t, "hackbench", "time")->spread));
	table_exit(&t);
}

TEST(the_printed_table_shows_machine_numbers_counters_and_end)
{
	struct table t;
	char *text;

	ASSERT_EQ(tabulate(two_schedulers, LAYOUT_SCHEDULERS, &t), 0);
	text = printed(&t, table_print);
	EXPECT_STREQ(text, printed_two_schedulers);
	free(text);
	table_exit(&t);
}

TEST(machines_stand_side_by_side_with_a_row_for_each_scheduler)
{
	struct table t;

	ASSERT_EQ(tabulate(two_machines, LAYOUT_MACHINES, &t), 0);
	ASSERT_EQ(t.nr_columns, 2);
	EXPECT_STREQ(t.column[1], "ours");
	EXPECT_EQ(row(&t, "pingpong: switch", "default")->value[0], 4000);
	EXPECT_TRUE(isnan(row(&t, "pingpong: switch", "default")->value[1]));
	EXPECT_TRUE(isnan(table_ratio(row(&t, "pingpong: switch", "default"), 1)));
	EXPECT_EQ(table_ratio(row(&t, "pingpong: switch", "scx_simple"), 1), 0.9);
	EXPECT_EQ(row(&t, "loader: start to enabled", "scx_simple")->value[0], 2500000);
	table_exit(&t);
}

TEST(repeats_give_the_median_and_their_spread)
{
	struct table t;

	ASSERT_EQ(tabulate(three_repeats, LAYOUT_MACHINES, &t), 0);
	EXPECT_EQ(row(&t, "w: m", "default")->value[0], 100);
	EXPECT_EQ(row(&t, "w: m", "default")->spread, 0.3);
	table_exit(&t);

	ASSERT_EQ(tabulate(two_repeats, LAYOUT_MACHINES, &t), 0);
	EXPECT_EQ(row(&t, "w: m", "default")->value[0], 95);
	table_exit(&t);
}

TEST(rows_of_one_group_stand_together_in_the_order_they_came)
{
	static const char *const in[][2] = {
		{ "a", "1" }, { "b", "1" }, { "a", "2" }, { "c", "1" }, { "b", "2" }, { "a", "3" },
	};
	static const char *const want[][2] = {
		{ "a", "1" }, { "a", "2" }, { "a", "3" }, { "b", "1" }, { "b", "2" }, { "c", "1" },
	};
	struct table t = {};

	for (int i = 0; i < 6; i++)
		ASSERT_TRUE(table_row(&t, in[i][0], in[i][1], "", ""));
	table_join_groups(&t);
	for (int i = 0; i < 6; i++) {
		EXPECT_STREQ(t.rows[i].group, want[i][0]);
		EXPECT_STREQ(t.rows[i].name, want[i][1]);
	}
	table_exit(&t);
}

TEST(only_the_groups_asked_for_are_kept)
{
	static const char *const wanted[] = { "c", "a" };
	struct table t = {};

	ASSERT_TRUE(table_row(&t, "a", "1", "", "") && table_row(&t, "b", "1", "", "") &&
		    table_row(&t, "c", "1", "", ""));
	table_keep_groups(&t, wanted, 2);
	ASSERT_EQ(t.nr_rows, 2);
	EXPECT_STREQ(t.rows[0].group, "a");
	EXPECT_STREQ(t.rows[1].group, "c");
	table_exit(&t);
}

TEST(the_json_of_a_table_is_json_and_has_null_for_what_is_missing)
{
	struct json_object *o, *rows, *ratios;
	struct table t;
	char *text;

	ASSERT_EQ(tabulate(two_machines, LAYOUT_MACHINES, &t), 0);
	text = printed(&t, table_print_json);
	o = json_tokener_parse(text);
	ASSERT_TRUE(o);
	rows = json_object_object_get(o, "rows");
	EXPECT_EQ(json_object_array_length(rows), 3);
	ratios = json_object_object_get(json_object_array_get_idx(rows, 0), "ratios");
	EXPECT_EQ(json_object_array_length(ratios), 2);
	EXPECT_FALSE(json_object_array_get_idx(ratios, 1));
	json_object_put(o);
	free(text);
	table_exit(&t);
}

TEST(what_is_no_result_is_refused_with_the_place)
{
	struct table t;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_LT(tabulate(bad[i].documents, LAYOUT_SCHEDULERS, &t), 0);
		EXPECT_STRHAS(why.text, bad[i].reason);
	}
}
