/* SPDX-License-Identifier: GPL-2.0 */
/*
 * results.h - from the documents of benchrun to a table.
 *
 * Documents may repeat a measurement (same machine label, scheduler and workload):
 * the table then has the median, and the spread of the repeats.
 */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "table.h"
#include "why.h"

struct json_object;

enum layout {
	LAYOUT_SCHEDULERS,	/* a column for each scheduler, a row for each number */
	LAYOUT_MACHINES,	/* a column for each label, a row for each scheduler */
};

/*
 * Fills @ret_table, which the caller frees by table_exit(), from @documents, a JSON
 * array. Returns 0, or -errno with the reason, naming the place in the documents,
 * in @why.
 */
int results_tabulate(struct json_object *documents, enum layout layout, struct table *ret_table,
		     struct why *why);

#endif /* BENCH_RESULTS_H */
