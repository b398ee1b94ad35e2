// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "tidy.h"

/* The second argument of a macro call in a table. */
struct row {
	const char *file;
	int line;
	char *name;
	bool covered;
};

struct rows {
	struct row *row;
	size_t nr;
};

static struct row *find_row(struct rows *rows, const char *name)
{
	size_t i;

	for (i = 0; i < rows->nr; i++)
		if (!strcmp(rows->row[i].name, name))
			return &rows->row[i];
	return NULL;
}

static void read_rows(FILE *out, const char *top, const char *file, const char *macro,
		      struct rows *rows)
{
	char *text = tidy_read(top, file), *line, *name;
	size_t before = rows->nr;
	int nr = 0;

	if (!text) {
		fprintf(out, "%s: cannot be read\n", file);
		return;
	}
	while ((line = tidy_line(&text))) {
		nr++;
		if (strncmp(line, macro, strlen(macro)))
			continue;
		name = strchr(line, ',');
		name = name ? strtok(name, ", \t)") : NULL;
		if (!name) {
			fprintf(out, "%s:%d: %s) without a name\n", file, nr, macro);
			continue;
		}
		rows->row = realloc(rows->row, (rows->nr + 1) * sizeof(rows->row[0]));
		ASSERT_TRUE(rows->row);
		rows->row[rows->nr++] = (struct row){ .file = file, .line = nr, .name = name };
	}
	if (rows->nr == before)
		fprintf(out, "%s: has no row %s...)\n", file, macro);
}

static int line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* The names in each COVERS() of @file, which may go on in the next line. */
static void read_covers(FILE *out, const char *top, const char *file, struct rows *rows)
{
	static const char call[] = "\nCOVERS(";
	char *text = tidy_read(top, file), *at = text;

	ASSERT_TRUE(text);
	while ((at = strstr(at, call))) {
		char *end = strchr(at, ')'), *names, *name, *save = NULL;
		int line = line_of(text, at + 1);

		if (!end) {
			fprintf(out, "%s:%d: COVERS( without )\n", file, line);
			return;
		}
		names = strndup(at + strlen(call), end - at - strlen(call));
		for (name = strtok_r(names, ", \t\n", &save); name;
		     name = strtok_r(NULL, ", \t\n", &save)) {
			struct row *row = find_row(rows, name);

			if (row)
				row->covered = true;
			else
				fprintf(out,
					"%s:%d: COVERS(%s) names no row of kernel/ops.def or kernel/kfuncs.def\n",
					file, line, name);
		}
		at = end;
	}
}

void rule_covers(FILE *out, const char *top)
{
	struct rows rows = {};
	char **files;
	size_t i;

	read_rows(out, top, "kernel/ops.def", "SCX_OP(", &rows);
	read_rows(out, top, "kernel/kfuncs.def", "KFUNC(", &rows);
	for (files = tidy_find(top, "tests/kernel/t_*.c"); *files; files++)
		read_covers(out, top, *files, &rows);
	for (i = 0; i < rows.nr; i++)
		if (!rows.row[i].covered)
			fprintf(out, "%s:%d: no test in tests/kernel has COVERS(%s)\n",
				rows.row[i].file, rows.row[i].line, rows.row[i].name);
}
