// SPDX-License-Identifier: GPL-2.0
#include "results.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One number for one cell; several for the same cell are repeats. */
struct sample {
	int	row;
	int	column;
	double	value;
};

struct builder {
	enum layout	layout;
	struct table	*table;
	struct sample	*samples;
	int		nr_samples;
	struct why	*why;

	/* Where in the documents the builder is. */
	const char	*label;
	const char	*scheduler;
};

static int out_of_memory(struct builder *b)
{
	return why_set(b->why, -ENOMEM, "out of memory");
}

/* Reading JSON: a member that is missing or of another type is an error. */

static int get(struct builder *b, struct json_object *o, const char *key, enum json_type type,
	       struct json_object **ret)
{
	if (!json_object_object_get_ex(o, key, ret) || !json_object_is_type(*ret, type))
		return why_set(b->why, -EBADMSG, "not a result of benchrun: no %s \"%s\" in %.200s",
			       json_type_to_name(type), key, json_object_to_json_string(o));
	return 0;
}

static int get_string(struct builder *b, struct json_object *o, const char *key, const char **ret)
{
	struct json_object *value;
	int err = get(b, o, key, json_type_string, &value);

	if (!err)
		*ret = json_object_get_string(value);
	return err;
}

static int get_number(struct builder *b, struct json_object *o, const char *key, double *ret)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value) ||
	    !(json_object_is_type(value, json_type_double) ||
	      json_object_is_type(value, json_type_int)))
		return why_set(b->why, -EBADMSG,
			       "not a result of benchrun: no number \"%s\" in %.200s", key,
			       json_object_to_json_string(o));
	*ret = json_object_get_double(value);
	return 0;
}

/* The member as a string, or NULL where a result may leave it out. */
static const char *get_optional(struct json_object *o, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value))
		return NULL;
	return json_object_get_string(value);
}

static int for_each(struct builder *b, struct json_object *array,
		    int (*fn)(struct builder *b, struct json_object *item))
{
	int err = 0;

	for (size_t i = 0; i < json_object_array_length(array) && !err; i++)
		err = fn(b, json_object_array_get_idx(array, i));
	return err;
}

static int for_each_of(struct builder *b, struct json_object *o, const char *key,
		       int (*fn)(struct builder *b, struct json_object *item))
{
	struct json_object *array;
	int err = get(b, o, key, json_type_array, &array);

	return err ? err : for_each(b, array, fn);
}

/* Placing samples */

static int add_sample(struct builder *b, const char *workload, const char *metric, const char *unit,
		      const char *better, double value)
{
	struct sample *samples;
	struct table_row *row;
	char group[512];
	int column;

	if (b->layout == LAYOUT_SCHEDULERS) {
		column = table_column(b->table, b->scheduler);
		row = table_row(b->table, workload, metric, unit, better);
	} else {
		snprintf(group, sizeof(group), "%s: %s", workload, metric);
		column = table_column(b->table, b->label);
		row = table_row(b->table, group, b->scheduler, unit, better);
	}
	if (column == -ENOSPC)
		return why_set(b->why, column, "more than %d columns", TABLE_MAX_COLUMNS);
	samples = reallocarray(b->samples, b->nr_samples + 1, sizeof(*samples));
	if (samples)
		b->samples = samples;
	if (!samples || column < 0 || !row)
		return out_of_memory(b);
	samples[b->nr_samples++] = (struct sample){
		.row = row - b->table->rows,
		.column = column,
		.value = value,
	};
	return 0;
}

static int add_metric(struct builder *b, const char *workload, struct json_object *metric)
{
	const char *name, *unit, *better;
	double value;
	int err;

	err = get_string(b, metric, "name", &name);
	if (!err)
		err = get_string(b, metric, "unit", &unit);
	if (!err)
		err = get_string(b, metric, "better", &better);
	if (!err)
		err = get_number(b, metric, "value", &value);
	if (!err)
		err = add_sample(b, workload, name, unit, better, value);
	return err;
}

/* Counts are left out where counting would have disturbed the measurement. */
static int add_count(struct builder *b, const char *workload, struct json_object *o,
		     const char *key, const char *name)
{
	double value;
	int err;

	if (!json_object_object_get_ex(o, key, NULL))
		return 0;
	err = get_number(b, o, key, &value);
	return err ? err : add_sample(b, workload, name, "", "", value);
}

static int add_workload(struct builder *b, struct json_object *workload)
{
	struct json_object *metrics;
	const char *name;
	int err;

	err = get_string(b, workload, "workload", &name);
	if (!err)
		err = get(b, workload, "metrics", json_type_array, &metrics);
	for (size_t i = 0; !err && i < json_object_array_length(metrics); i++)
		err = add_metric(b, name, json_object_array_get_idx(metrics, i));
	/* Between machines only the workloads' own numbers are compared. */
	if (err || b->layout == LAYOUT_MACHINES)
		return err;
	err = add_count(b, name, workload, "context_switches", "context switches");
	if (!err)
		err = add_count(b, name, workload, "cpu_migrations", "CPU migrations");
	return err;
}

/* Lines of @text, the first behind @key, the others below it. */
static int note_lines(struct table *table, const char *key, const char *text)
{
	for (const char *line = text; line; line = *line ? line + 1 : NULL) {
		size_t len = strcspn(line, "\n");

		if (table_note(table, "  %-10s %.*s", line == text ? key : "", (int)len, line))
			return -ENOMEM;
		line += len;
	}
	return 0;
}

/* What is not a number: which scheduler that was, what it said, why it ended. */
static int add_notes(struct builder *b, struct json_object *run, const char *ops, double start_ns)
{
	const char *stats = get_optional(run, "stats");
	const char *end = get_optional(run, "end");

	if (table_note(b->table, "%s (\"%s\" to the kernel)", b->scheduler, ops) ||
	    table_note(b->table, "  loaded in  %.1f ms", start_ns / 1e6) ||
	    note_lines(b->table, "counted", stats ? stats : "(it printed no counters)") ||
	    table_note(b->table, "  ended      %s", end ? end : "(its loader gave no reason)"))
		return out_of_memory(b);
	return 0;
}

static int add_loaded(struct builder *b, struct json_object *run)
{
	const char *ops;
	double start_ns;
	int err;

	err = get_string(b, run, "ops", &ops);
	if (!err)
		err = get_number(b, run, "start_ns", &start_ns);
	if (err)
		return err;
	if (b->layout == LAYOUT_MACHINES)
		return add_sample(b, "loader", "start to enabled", "ns", "lower", start_ns);
	return add_notes(b, run, ops, start_ns);
}

static int add_run(struct builder *b, struct json_object *run)
{
	int err;

	err = get_string(b, run, "scheduler", &b->scheduler);
	if (!err)
		err = for_each_of(b, run, "workloads", add_workload);
	if (!err && get_optional(run, "ops"))
		err = add_loaded(b, run);
	return err;
}

static int add_title(struct builder *b, struct json_object *document)
{
	double cpus, sleepers;
	const char *release;
	int err;

	err = get_string(b, document, "release", &release);
	if (!err)
		err = get_number(b, document, "cpus", &cpus);
	if (!err)
		err = get_number(b, document, "sleepers", &sleepers);
	if (err || b->layout == LAYOUT_MACHINES || b->table->title)
		return err;
	if (asprintf(&b->table->title, "Linux %s, %.0f CPUs, %.0f sleeping tasks", release, cpus,
		     sleepers) < 0) {
		b->table->title = NULL;
		return out_of_memory(b);
	}
	return 0;
}

static int add_document(struct builder *b, struct json_object *document)
{
	int err;

	err = get_string(b, document, "label", &b->label);
	if (!err)
		err = add_title(b, document);
	if (!err)
		err = for_each_of(b, document, "runs", add_run);
	return err;
}

/* Reducing repeats */

static int cmp_sample(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	if (x->row != y->row)
		return x->row - y->row;
	if (x->column != y->column)
		return x->column - y->column;
	return (x->value > y->value) - (x->value < y->value);
}

/* @nr sorted samples of one cell. The row's spread is that of its worst cell. */
static void fill_cell(struct table *table, const struct sample *s, int nr)
{
	struct table_row *row = &table->rows[s->row];
	double median = nr & 1 ? s[nr / 2].value : (s[nr / 2 - 1].value + s[nr / 2].value) / 2;

	row->value[s->column] = median;
	if (nr > 1 && median)
		row->spread = fmax(row->spread, (s[nr - 1].value - s[0].value) / median);
}

static void fill_cells(struct builder *b)
{
	struct sample *s = b->samples;
	int nr;

	qsort(s, b->nr_samples, sizeof(*s), cmp_sample);
	for (int i = 0; i < b->nr_samples; i += nr) {
		for (nr = 1; i + nr < b->nr_samples; nr++)
			if (s[i + nr].row != s[i].row || s[i + nr].column != s[i].column)
				break;
		fill_cell(b->table, &s[i], nr);
	}
}

int results_tabulate(struct json_object *documents, enum layout layout, struct table *ret_table,
		     struct why *why)
{
	struct table table = {};
	struct builder b = { .layout = layout, .table = &table, .why = why };
	int err;

	err = for_each(&b, documents, add_document);
	if (!err && !b.nr_samples)
		err = why_set(why, -ENODATA, "the results hold no measurement");
	if (!err) {
		fill_cells(&b);
		table_join_groups(&table);
	}
	free(b.samples);
	if (err)
		table_exit(&table);
	else
		*ret_table = table;
	return err;
}
