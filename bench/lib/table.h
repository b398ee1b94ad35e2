/* SPDX-License-Identifier: GPL-2.0 */
/*
 * table.h - numbers side by side: rows in groups, columns, and how each column
 * compares to the first.
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdio.h>

#define TABLE_MAX_COLUMNS	16

struct table_row {
	char	*group;		/* heading above the rows that share it */
	char	*name;
	char	*unit;		/* "ns" is shown in us or ms; "": a plain count */
	char	*better;	/* "higher", "lower", or "" for neither */
	double	value[TABLE_MAX_COLUMNS];	/* NAN: not measured */
	double	spread;		/* of repeats, (max - min) / median; NAN: no repeats */
};

struct table {
	char		*title;
	int		nr_columns;
	char		*column[TABLE_MAX_COLUMNS];
	int		nr_rows;
	struct table_row *rows;
	int		nr_notes;
	char		**notes;	/* lines below the table */
};

/* Frees what @table holds. A table of zeroes is an empty one. */
void table_exit(struct table *table);

/* Index of the column with this name, added if new; -ENOSPC, -ENOMEM. */
int table_column(struct table *table, const char *name);

/*
 * The row of this group and name, added (with no value) if new; NULL if there is no
 * memory. Valid until the next row is added.
 */
struct table_row *table_row(struct table *table, const char *group, const char *name,
			    const char *unit, const char *better);

/*
 * Moves rows so that those of one group stand together; groups, and rows in a group,
 * keep the order in which they came.
 */
void table_join_groups(struct table *table);

/* Removes the rows whose group is not one of the @nr of @groups. */
void table_keep_groups(struct table *table, const char *const *groups, int nr);

/* Adds a line below the table. Returns 0 or -ENOMEM. */
int table_note(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* @column's value over the first column's; NAN unless both are there. */
double table_ratio(const struct table_row *row, int column);

/* For people: aligned columns. */
void table_print(const struct table *table, FILE *out);

/* For programs: one object with title, columns, rows (values, ratios) and notes. */
void table_print_json(const struct table *table, FILE *out);

#endif /* BENCH_TABLE_H */
