// SPDX-License-Identifier: GPL-2.0
/* workload_parse.c - reads the results of the workloads from what they print. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "workload.h"

static void metric_add(struct json_object *metrics, const char *name, const char *unit,
		       const char *better, double value)
{
	struct json_object *m = json_object_new_object();

	json_object_object_add(m, "name", json_object_new_string(name));
	json_object_object_add(m, "unit", json_object_new_string(unit));
	json_object_object_add(m, "better", json_object_new_string(better));
	json_object_object_add(m, "value", json_object_new_double(value));
	json_object_array_add(metrics, m);
}

static int bad_output(struct why *why, const char *program, const char *out)
{
	return why_set(why, -EBADMSG, "cannot read the result of %s from: %.500s", program,
		       *out ? out : "(nothing)");
}

/* From hackbench's own words: how many messages it passed, and its "Time: ". */
int workload_parse_hackbench(const char *out, struct json_object *metrics, struct why *why)
{
	const char *mode = strstr(out, "mode with ");
	const char *pass = strstr(out, "Each sender will pass ");
	const char *time = strstr(out, "Time: ");
	unsigned long groups, fds, loops;
	double seconds;

	if (!mode || !pass || !time ||
	    sscanf(mode, "mode with %lu groups using %lu file", &groups, &fds) != 2 ||
	    sscanf(pass, "Each sender will pass %lu messages", &loops) != 1 ||
	    sscanf(time, "Time: %lf", &seconds) != 1 || !(seconds > 0))
		return bad_output(why, "hackbench", out);

	/* Half of a group's descriptors send, each to every one of the others. */
	metric_add(metrics, "throughput", "messages/s", "higher",
		   groups * (fds / 2) * (fds / 2) * loops / seconds);
	return 0;
}

int workload_parse_stress_ng(const char *out, struct json_object *metrics, struct why *why)
{
	static const char name_key[] = "- stressor: ";
	static const char rate_key[] = "bogo-ops-per-second-real-time: ";
	const char *at = strstr(out, "\nmetrics:");
	int nr = 0;

	while (at && (at = strstr(at, name_key))) {
		char stressor[64];
		double rate;

		if (sscanf(at + sizeof(name_key) - 1, "%63s", stressor) != 1)
			break;
		at = strstr(at, rate_key);
		if (!at || sscanf(at + sizeof(rate_key) - 1, "%lf", &rate) != 1)
			break;
		metric_add(metrics, stressor, "bogo-ops/s", "higher", rate);
		nr++;
	}
	return nr ? 0 : bad_output(why, "stress-ng", out);
}

int workload_parse_wakelat(const char *out, struct json_object *metrics, struct why *why)
{
	static const char *const quantiles[] = { "p50", "p99", "p99.9", "max" };
	struct json_object *all = json_tokener_parse(out);
	int nr = 0;

	if (!json_object_is_type(all, json_type_object))
		goto bad;
	json_object_object_foreach(all, kind, hist)
	{
		for (int i = 0; i < 4; i++) {
			struct json_object *value;
			char key[32], name[64];

			snprintf(key, sizeof(key), "%s_ns", quantiles[i]);
			if (!json_object_object_get_ex(hist, key, &value))
				goto bad;
			snprintf(name, sizeof(name), "%s wakeup %s", kind, quantiles[i]);
			metric_add(metrics, name, "ns", "lower", json_object_get_double(value));
			nr++;
		}
	}
	json_object_put(all);
	return nr ? 0 : bad_output(why, "wakelat", out);
bad:
	json_object_put(all);
	return bad_output(why, "wakelat", out);
}

/* A program of ours that prints one object: takes the members that it has. */
struct member {
	const char	*key;
	const char	*name;
	const char	*unit;
};

static int parse_members(const char *program, const struct member *members, int nr_members,
			 const char *out, struct json_object *metrics, struct why *why)
{
	struct json_object *all = json_tokener_parse(out);
	struct json_object *value;
	int nr = 0;

	for (int i = 0; i < nr_members; i++) {
		if (!json_object_object_get_ex(all, members[i].key, &value))
			continue;
		metric_add(metrics, members[i].name, members[i].unit, "lower",
			   json_object_get_double(value));
		nr++;
	}
	json_object_put(all);
	return nr ? 0 : bad_output(why, program, out);
}

int workload_parse_pingpong(const char *out, struct json_object *metrics, struct why *why)
{
	static const struct member members[] = {
		{ "instructions_per_switch", "context switch", "instructions" },
		{ "ns_per_switch", "context switch time", "ns" },
	};

	return parse_members("pingpong", members, 2, out, metrics, why);
}

int workload_parse_scxload(const char *out, struct json_object *metrics, struct why *why)
{
	static const struct member members[] = {
		{ "open_ns", "open", "ns" },
		{ "load_ns", "load", "ns" },
		{ "attach_ns", "attach", "ns" },
		{ "detach_ns", "detach", "ns" },
		{ "enabled_ns", "open to enabled", "ns" },
	};

	return parse_members("scxload", members, 5, out, metrics, why);
}
