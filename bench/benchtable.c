// SPDX-License-Identifier: GPL-2.0
/*
 * benchtable.c - makes one table of what benchrun measured.
 *
 * Reads JSON documents, from the files named or from stdin, and prints them side by
 * side: schedulers as columns (one machine), or machines as columns (one row for
 * each scheduler and number). --limit turns a ratio into a verdict, so that a
 * benchmark can fail.
 */
#include <argp.h>
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/results.h"
#include "lib/table.h"
#include "lib/why.h"

#define MAX_LIMITS	32
#define MAX_GROUPS	32

/* A row's ratio, in the last column, must stay below. */
struct limit {
	const char	*group;
	const char	*name;
	double		ratio;
};

struct settings {
	enum layout	layout;
	bool		json;
	const char	*title;
	double		max_spread;	/* NAN: any */
	struct limit	limits[MAX_LIMITS];
	int		nr_limits;
	const char	*groups[MAX_GROUPS];	/* to show; none: all */
	int		nr_groups;
	char		**files;
	int		nr_files;
};

/* Reading */

static char *read_stream(FILE *in)
{
	char *text = NULL;
	size_t size = 0;

	/* JSON holds no NUL, so one "line" up to it is all there is. */
	if (getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		return ferror(in) ? NULL : strdup("");
	}
	return text;
}

static const char *bad_json(struct json_tokener *tok)
{
	return json_tokener_error_desc(json_tokener_get_error(tok));
}

/* Adds every document of @text, one after the other, to @documents. */
static int add_documents(struct json_object *documents, const char *text, const char *name,
			 struct why *why)
{
	struct json_tokener *tok = json_tokener_new();
	const char *at = text;
	int err = 0;

	while (!err && at[strspn(at, " \t\r\n")]) {
		struct json_object *o = json_tokener_parse_ex(tok, at, -1);
		size_t end = json_tokener_get_parse_end(tok);

		if (json_object_is_type(o, json_type_object)) {
			json_object_array_add(documents, o);
			at += end;
			json_tokener_reset(tok);
			continue;
		}
		err = why_set(why, -EBADMSG, "%s: not a JSON object at byte %zu: %s", name,
			      at - text + end, o ? "some other value" : bad_json(tok));
		json_object_put(o);
	}
	json_tokener_free(tok);
	return err;
}

static int read_file(struct json_object *documents, const char *name, FILE *in, struct why *why)
{
	char *text = in ? read_stream(in) : NULL;
	int err;

	if (!text)
		return why_set(why, -errno, "cannot read %s: %s", name, strerror(errno));
	err = add_documents(documents, text, name, why);
	free(text);
	return err;
}

static int read_files(const struct settings *set, struct json_object *documents, struct why *why)
{
	int err = 0;

	if (!set->nr_files)
		return read_file(documents, "stdin", stdin, why);
	for (int i = 0; i < set->nr_files && !err; i++) {
		FILE *in = fopen(set->files[i], "r");

		err = read_file(documents, set->files[i], in, why);
		if (in)
			fclose(in);
	}
	return err;
}

/* Judging */

static const struct table_row *find_row(const struct table *table, const struct limit *limit)
{
	for (int r = 0; r < table->nr_rows; r++)
		if (!strcmp(table->rows[r].group, limit->group) &&
		    !strcmp(table->rows[r].name, limit->name))
			return &table->rows[r];
	return NULL;
}

static bool limit_holds(const struct table *table, const struct limit *limit)
{
	const struct table_row *row = find_row(table, limit);
	double ratio = row ? table_ratio(row, table->nr_columns - 1) : NAN;

	if (ratio < limit->ratio)
		return true;
	if (isnan(ratio))
		fprintf(stderr,
			"benchtable: %s, %s: not measured, but limited to a ratio below %g\n",
			limit->group, limit->name, limit->ratio);
	else
		fprintf(stderr, "benchtable: %s, %s: ratio %.3f is not below %g\n", limit->group,
			limit->name, ratio, limit->ratio);
	return false;
}

static bool spread_holds(const struct table_row *row, double max_spread)
{
	if (isnan(row->spread) || !(row->spread > max_spread))
		return true;
	fprintf(stderr, "benchtable: %s, %s: repeats differ by %.2f %%, more than %g %%\n",
		row->group, row->name, row->spread * 100, max_spread * 100);
	return false;
}

static bool judge(const struct settings *set, const struct table *table)
{
	bool good = true;

	for (int i = 0; i < set->nr_limits; i++)
		good &= limit_holds(table, &set->limits[i]);
	for (int r = 0; r < table->nr_rows; r++)
		good &= spread_holds(&table->rows[r], set->max_spread);
	return good;
}

/* Options */

enum { OPT_JSON = 0x100, OPT_MACHINES, OPT_TITLE, OPT_GROUP, OPT_LIMIT, OPT_MAX_SPREAD };

static const struct argp_option options[] = {
	{ "machines", OPT_MACHINES, NULL, 0,
	  "Machines are columns, schedulers are rows (default: schedulers are columns)", 0 },
	{ "title", OPT_TITLE, "TEXT", 0, "Line above the table", 0 },
	{ "group", OPT_GROUP, "GROUP", 0, "Show this group of rows only; may be given again", 0 },
	{ "limit", OPT_LIMIT, "GROUP|NAME=RATIO", 0,
	  "Fail unless that row's last column is below RATIO times the first; may be given again",
	  0 },
	{ "max-spread", OPT_MAX_SPREAD, "PERCENT", 0, "Fail if repeats differ by more", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print the table as JSON", 0 },
	{}
};

static double parse_positive(struct argp_state *state, const char *what, const char *arg)
{
	char *end;
	double value = strtod(arg, &end);

	if (end == arg || *end || !(value > 0) || isinf(value))
		argp_error(state, "%s is a number above 0, not \"%s\"", what, arg);
	return value;
}

static void parse_limit(struct settings *set, char *arg, struct argp_state *state)
{
	char *bar = strchr(arg, '|'), *eq = strrchr(arg, '=');

	if (!bar || !eq || eq < bar)
		argp_error(state, "--limit is GROUP|NAME=RATIO, not \"%s\"", arg);
	if (set->nr_limits == MAX_LIMITS)
		argp_error(state, "at most %d limits", MAX_LIMITS);
	*bar = *eq = '\0';
	set->limits[set->nr_limits++] = (struct limit){
		.group = arg,
		.name = bar + 1,
		.ratio = parse_positive(state, "the ratio of --limit", eq + 1),
	};
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct settings *set = state->input;

	switch (key) {
	case OPT_MACHINES:
		set->layout = LAYOUT_MACHINES;
		break;
	case OPT_TITLE:
		set->title = arg;
		break;
	case OPT_GROUP:
		if (set->nr_groups == MAX_GROUPS)
			argp_error(state, "at most %d groups", MAX_GROUPS);
		set->groups[set->nr_groups++] = arg;
		break;
	case OPT_LIMIT:
		parse_limit(set, arg, state);
		break;
	case OPT_MAX_SPREAD:
		set->max_spread = parse_positive(state, "--max-spread", arg) / 100;
		break;
	case OPT_JSON:
		set->json = true;
		break;
	case ARGP_KEY_ARGS:
		set->files = state->argv + state->next;
		set->nr_files = state->argc - state->next;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* The table as the options want it. */
static int arrange(const struct settings *set, struct table *table, struct why *why)
{
	if (set->nr_groups)
		table_keep_groups(table, set->groups, set->nr_groups);
	if (!table->nr_rows)
		return why_set(why, -ENODATA, "no group of the results has the name of a --group");
	if (set->title) {
		free(table->title);
		table->title = strdup(set->title);
		if (!table->title)
			return why_set(why, -ENOMEM, "out of memory");
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_opt,
		.args_doc = "[FILE...]",
		.doc = "Prints results of benchrun, from the files or from stdin, as one table.",
	};
	struct settings set = { .layout = LAYOUT_SCHEDULERS, .max_spread = NAN };
	struct json_object *documents = json_object_new_array();
	struct table table = {};
	struct why why;
	bool good = false;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &set);
	err = read_files(&set, documents, &why);
	if (!err)
		err = results_tabulate(documents, set.layout, &table, &why);
	if (!err)
		err = arrange(&set, &table, &why);
	if (err) {
		fprintf(stderr, "benchtable: %s\n", why.text);
	} else {
		if (set.json)
			table_print_json(&table, stdout);
		else
			table_print(&table, stdout);
		fflush(stdout);
		good = judge(&set, &table);
	}
	table_exit(&table);
	json_object_put(documents);
	return good ? 0 : 1;
}
