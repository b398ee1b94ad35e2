/* SPDX-License-Identifier: GPL-2.0 */
/*
 * workload.h - the programs that a measurement runs, and what it reads from them.
 *
 * One row of workloads.def for each: its name, the arguments it gets unless others
 * are given, those that only warm up, and the parser of its output.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "why.h"

struct json_object;

/*
 * Runs the workload @command: its name in the table, followed by arguments that
 * replace those of the table ("pingpong --rounds 1000"). Programs of this
 * project are looked for in @bin_dir, others in PATH.
 *
 * *@ret_metrics is a new JSON array of { name, unit, better, value }, "better"
 * being "higher" or "lower"; the caller drops it. Returns 0, or -errno with the
 * reason in @why.
 */
int workload_run(const char *command, const char *bin_dir, int timeout_ms,
		 struct json_object **ret_metrics, struct why *why);

/* Runs it shortly, so that its files are in memory before it is measured. */
int workload_warm_up(const char *command, const char *bin_dir, int timeout_ms, struct why *why);

/*
 * Parsers: fill @metrics from what the program printed on stdout. Return 0, or
 * -EBADMSG and @why if that is not what was expected.
 */
int workload_parse_hackbench(const char *out, struct json_object *metrics, struct why *why);
int workload_parse_stress_ng(const char *out, struct json_object *metrics, struct why *why);
int workload_parse_wakelat(const char *out, struct json_object *metrics, struct why *why);
int workload_parse_pingpong(const char *out, struct json_object *metrics, struct why *why);
int workload_parse_scxload(const char *out, struct json_object *metrics, struct why *why);

#endif /* BENCH_WORKLOAD_H */
