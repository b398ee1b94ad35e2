// SPDX-License-Identifier: GPL-2.0
#include "table.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MIN_CELL	10	/* characters; wider if the column's name is */

/* Building */

static void row_exit(struct table_row *row)
{
	free(row->group);
	free(row->name);
	free(row->unit);
	free(row->better);
}

void table_exit(struct table *table)
{
	for (int i = 0; i < table->nr_columns; i++)
		free(table->column[i]);
	for (int i = 0; i < table->nr_rows; i++)
		row_exit(&table->rows[i]);
	for (int i = 0; i < table->nr_notes; i++)
		free(table->notes[i]);
	free(table->rows);
	free(table->notes);
	free(table->title);
	memset(table, 0, sizeof(*table));
}

int table_column(struct table *table, const char *name)
{
	for (int i = 0; i < table->nr_columns; i++)
		if (!strcmp(table->column[i], name))
			return i;
	if (table->nr_columns == TABLE_MAX_COLUMNS)
		return -ENOSPC;
	table->column[table->nr_columns] = strdup(name);
	if (!table->column[table->nr_columns])
		return -ENOMEM;
	return table->nr_columns++;
}

struct table_row *table_row(struct table *table, const char *group, const char *name,
			    const char *unit, const char *better)
{
	struct table_row *rows, *row;

	for (int i = 0; i < table->nr_rows; i++)
		if (!strcmp(table->rows[i].group, group) && !strcmp(table->rows[i].name, name))
			return &table->rows[i];

	rows = reallocarray(table->rows, table->nr_rows + 1, sizeof(*rows));
	if (!rows)
		return NULL;
	table->rows = rows;
	row = &rows[table->nr_rows];
	*row = (struct table_row){
		.group = strdup(group),
		.name = strdup(name),
		.unit = strdup(unit),
		.better = strdup(better),
		.spread = NAN,
	};
	if (!row->group || !row->name || !row->unit || !row->better) {
		row_exit(row);
		return NULL;
	}
	for (int i = 0; i < TABLE_MAX_COLUMNS; i++)
		row->value[i] = NAN;
	table->nr_rows++;
	return row;
}

void table_join_groups(struct table *table)
{
	int end = 0;	/* rows before it stand where they belong */

	while (end < table->nr_rows) {
		const char *group = table->rows[end++].group;

		for (int i = end; i < table->nr_rows; i++) {
			struct table_row row = table->rows[i];

			if (strcmp(row.group, group))
				continue;
			memmove(&table->rows[end + 1], &table->rows[end], (i - end) * sizeof(row));
			table->rows[end++] = row;
		}
	}
}

static bool is_one_of(const char *text, const char *const *list, int nr)
{
	for (int i = 0; i < nr; i++)
		if (!strcmp(text, list[i]))
			return true;
	return false;
}

void table_keep_groups(struct table *table, const char *const *groups, int nr)
{
	int kept = 0;

	for (int i = 0; i < table->nr_rows; i++) {
		if (is_one_of(table->rows[i].group, groups, nr))
			table->rows[kept++] = table->rows[i];
		else
			row_exit(&table->rows[i]);
	}
	table->nr_rows = kept;
}

int table_note(struct table *table, const char *fmt, ...)
{
	char **notes = reallocarray(table->notes, table->nr_notes + 1, sizeof(*notes));
	va_list ap;
	int len;

	if (!notes)
		return -ENOMEM;
	table->notes = notes;
	va_start(ap, fmt);
	len = vasprintf(&notes[table->nr_notes], fmt, ap);
	va_end(ap);
	if (len < 0)
		return -ENOMEM;
	table->nr_notes++;
	return 0;
}

double table_ratio(const struct table_row *row, int column)
{
	if (column == 0 || row->value[0] == 0)
		return NAN;
	return row->value[column] / row->value[0];
}

/* Printing */

/* How the values of a row are shown: multiplied, with so many decimals. */
struct scale {
	double		factor;
	int		decimals;
	const char	*unit;
};

static struct scale row_scale(const struct table_row *row)
{
	double largest = 0;

	for (int i = 0; i < TABLE_MAX_COLUMNS; i++)
		if (row->value[i] > largest)
			largest = row->value[i];
	if (!strcmp(row->unit, "ns"))
		return largest < 1e7 ? (struct scale){ 1e-3, 2, "us" } :
				       (struct scale){ 1e-6, 2, "ms" };
	return (struct scale){ 1, !strcmp(row->unit, "instructions"), row->unit };
}

/* 1234567.8 -> "1,234,567.8" */
static void format_number(char *ret, size_t size, double value, int decimals)
{
	char digits[64];
	int len, point;
	size_t n = 0;

	if (isnan(value)) {
		snprintf(ret, size, "-");
		return;
	}
	len = snprintf(digits, sizeof(digits), "%.*f", decimals, value);
	point = decimals ? len - decimals - 1 : len;
	for (int i = 0; i < len && n + 2 < size; i++) {
		if (i && i < point && (point - i) % 3 == 0 && digits[i - 1] != '-')
			ret[n++] = ',';
		ret[n++] = digits[i];
	}
	ret[n] = '\0';
}

static int max_int(int a, int b)
{
	return a > b ? a : b;
}

struct widths {
	int	name, unit, better, cell[TABLE_MAX_COLUMNS];
	bool	spread;
};

static struct widths table_widths(const struct table *table)
{
	struct widths w = {};
	char text[80];

	for (int r = 0; r < table->nr_rows; r++) {
		const struct table_row *row = &table->rows[r];
		struct scale scale = row_scale(row);

		w.name = max_int(w.name, 2 + strlen(row->name));
		w.unit = max_int(w.unit, strlen(scale.unit));
		w.better = max_int(w.better, strlen(row->better));
		w.spread |= !isnan(row->spread);
		for (int c = 0; c < table->nr_columns; c++) {
			format_number(text, sizeof(text), row->value[c] * scale.factor,
				      scale.decimals);
			w.cell[c] = max_int(w.cell[c], strlen(text));
		}
	}
	for (int c = 0; c < table->nr_columns; c++)
		w.cell[c] = max_int(max_int(w.cell[c], MIN_CELL), strlen(table->column[c]));
	if (w.better)
		w.better = max_int(w.better, strlen("better"));
	return w;
}

static void print_ratio(double ratio, FILE *out)
{
	if (isnan(ratio))
		fprintf(out, "  %7s", "-");
	else
		fprintf(out, "  %7.3f", ratio);
}

static void print_row(const struct table *table, const struct table_row *row,
		      const struct widths *w, FILE *out)
{
	struct scale scale = row_scale(row);
	char text[80];

	fprintf(out, "  %-*s  %-*s  %-*s", w->name - 2, row->name, w->unit, scale.unit, w->better,
		row->better);
	for (int c = 0; c < table->nr_columns; c++) {
		format_number(text, sizeof(text), row->value[c] * scale.factor, scale.decimals);
		fprintf(out, "  %*s", w->cell[c], text);
	}
	for (int c = 1; c < table->nr_columns; c++)
		print_ratio(table_ratio(row, c), out);
	if (w->spread && isnan(row->spread))
		fprintf(out, "  %8s", "-");
	else if (w->spread)
		fprintf(out, "  %6.2f %%", row->spread * 100);
	fputc('\n', out);
}

static void print_head(const struct table *table, const struct widths *w, FILE *out)
{
	fprintf(out, "%-*s  %-*s  %-*s", w->name, "", w->unit, "", w->better,
		w->better ? "better" : "");
	for (int c = 0; c < table->nr_columns; c++)
		fprintf(out, "  %*s", w->cell[c], table->column[c]);
	for (int c = 1; c < table->nr_columns; c++)
		fprintf(out, "  %7s", "ratio");
	if (w->spread)
		fprintf(out, "  %8s", "spread");
	fputc('\n', out);
}

void table_print(const struct table *table, FILE *out)
{
	struct widths w = table_widths(table);
	const char *group = "";

	if (table->title)
		fprintf(out, "%s\n\n", table->title);
	print_head(table, &w, out);
	for (int r = 0; r < table->nr_rows; r++) {
		if (strcmp(group, table->rows[r].group)) {
			group = table->rows[r].group;
			fprintf(out, "%s\n", group);
		}
		print_row(table, &table->rows[r], &w, out);
	}
	if (table->nr_notes)
		fputc('\n', out);
	for (int i = 0; i < table->nr_notes; i++)
		fprintf(out, "%s\n", table->notes[i]);
}

/* JSON has no NAN: what was not measured is null. */
static struct json_object *number(double value)
{
	return isnan(value) ? NULL : json_object_new_double(value);
}

static struct json_object *row_to_json(const struct table *table, const struct table_row *row)
{
	struct json_object *o = json_object_new_object();
	struct json_object *values = json_object_new_array();
	struct json_object *ratios = json_object_new_array();

	for (int c = 0; c < table->nr_columns; c++) {
		json_object_array_add(values, number(row->value[c]));
		json_object_array_add(ratios, number(table_ratio(row, c)));
	}
	json_object_object_add(o, "group", json_object_new_string(row->group));
	json_object_object_add(o, "name", json_object_new_string(row->name));
	json_object_object_add(o, "unit", json_object_new_string(row->unit));
	json_object_object_add(o, "better", json_object_new_string(row->better));
	json_object_object_add(o, "values", values);
	json_object_object_add(o, "ratios", ratios);
	json_object_object_add(o, "spread", number(row->spread));
	return o;
}

void table_print_json(const struct table *table, FILE *out)
{
	struct json_object *o = json_object_new_object();
	struct json_object *columns = json_object_new_array();
	struct json_object *rows = json_object_new_array();
	struct json_object *notes = json_object_new_array();

	for (int c = 0; c < table->nr_columns; c++)
		json_object_array_add(columns, json_object_new_string(table->column[c]));
	for (int r = 0; r < table->nr_rows; r++)
		json_object_array_add(rows, row_to_json(table, &table->rows[r]));
	for (int i = 0; i < table->nr_notes; i++)
		json_object_array_add(notes, json_object_new_string(table->notes[i]));
	json_object_object_add(o, "title",
			       table->title ? json_object_new_string(table->title) : NULL);
	json_object_object_add(o, "columns", columns);
	json_object_object_add(o, "rows", rows);
	json_object_object_add(o, "notes", notes);
	fprintf(out, "%s\n",
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_SPACED |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}
