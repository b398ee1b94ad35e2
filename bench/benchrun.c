// SPDX-License-Identifier: GPL-2.0
/*
 * benchrun.c - the half of a benchmark that runs where it measures.
 *
 * For each scheduler in turn: load it, run each workload under it while the
 * machine's software events are counted, see that it is still loaded, end it, keep
 * what it said. One JSON document on stdout; benchtable makes a table of it.
 *
 * Any failure ends the program with the reason on stderr and no document: half a
 * comparison is none.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <wordexp.h>

#include "lib/loaded.h"
#include "lib/options.h"
#include "lib/sleepers.h"
#include "lib/swcount.h"
#include "lib/why.h"
#include "lib/workload.h"

#define MAX_LIST	32
#define DEFAULT_SCHED	"default"

struct list {
	const char	*item[MAX_LIST];
	int		nr;
};

struct settings {
	const char	*label;
	struct list	schedulers;
	struct list	workloads;
	unsigned long	nr_sleepers;
	int		limit_ms;	/* -1: none */
	bool		no_counters;
	bool		rehearse;
	char		bin_dir[PATH_MAX];
};

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, text ? json_object_new_string(text) : NULL);
}

/*
 * Cuts "NAME=COMMAND" after the name, or returns @arg as it is: a command has no '='
 * in its first word, or the user can give it a name.
 */
static const char *skip_name(const char *arg)
{
	size_t len = strcspn(arg, " =");

	return arg[len] == '=' ? arg + len + 1 : arg;
}

/* As "@key": NAME of "NAME=COMMAND"; else "/a/b/scx_simple -f" is "scx_simple -f". */
static void add_name(struct json_object *o, const char *key, const char *arg)
{
	const char *command = skip_name(arg);
	const char *end = command + strcspn(command, " ");
	const char *slash = memrchr(command, '/', end - command);

	if (command != arg)
		json_object_object_add(o, key, json_object_new_string_len(arg, command - arg - 1));
	else
		add_text(o, key, slash ? slash + 1 : command);
}

static void add_counts(struct json_object *o, const uint64_t count[SWCOUNT_NR_EVENTS])
{
	for (int i = 0; i < SWCOUNT_NR_EVENTS; i++)
		json_object_object_add(o, swcount_names[i], json_object_new_uint64(count[i]));
}

static int run_workload(const struct settings *set, const char *workload,
			struct json_object **ret_result, struct why *why)
{
	struct json_object *metrics, *o;
	uint64_t count[SWCOUNT_NR_EVENTS];
	struct swcount *counts = NULL;
	int err;

	err = set->no_counters ? 0 : swcount_create(&counts, why);
	if (err)
		return err;
	err = workload_run(skip_name(workload), set->bin_dir, set->limit_ms, &metrics, why);
	if (err)
		goto destroy_counts;
	err = counts ? swcount_read(counts, count, why) : 0;
	if (err) {
		json_object_put(metrics);
		goto destroy_counts;
	}

	o = json_object_new_object();
	add_name(o, "workload", workload);
	json_object_object_add(o, "metrics", metrics);
	if (counts)
		add_counts(o, count);
	*ret_result = o;
destroy_counts:
	swcount_destroy(counts);
	return err;
}

/* Runs all workloads; after each, @sched (NULL: none) must still be loaded. */
static int run_workloads(const struct settings *set, const char *scheduler, struct loaded *sched,
			 struct json_object *results, struct why *why)
{
	struct json_object *result;
	int err = sched ? 0 : loaded_require_none(why);

	for (int i = 0; i < set->workloads.nr && !err; i++) {
		const char *workload = set->workloads.item[i];

		fprintf(stderr, "benchrun: %s: %s\n", scheduler, workload);
		err = run_workload(set, workload, &result, why);
		if (!err)
			json_object_array_add(results, result);
		/* An ejected scheduler explains a failed workload, not vice versa. */
		if (sched && loaded_check(sched, why))
			err = -ECANCELED;
		else if (!sched && !err)
			err = loaded_require_none(why);
	}
	return err;
}

static int run_loaded(const struct settings *set, const char *command, struct json_object *run,
		      struct json_object *results, struct why *why)
{
	struct loaded_report report;
	struct loaded sched;
	wordexp_t words;
	int err;

	if (wordexp(command, &words, WRDE_NOCMD | WRDE_UNDEF))
		return why_set(why, -EINVAL, "not a command: \"%s\"", command);
	err = loaded_init(&sched, (const char *const *)words.we_wordv, set->limit_ms, why);
	wordfree(&words);
	if (err)
		return err;
	err = run_workloads(set, command, &sched, results, why);
	if (err)
		goto exit_sched;
	err = loaded_stop(&sched, set->limit_ms, &report, why);
	if (err)
		goto exit_sched;
	add_text(run, "ops", sched.ops);
	json_object_object_add(run, "start_ns", json_object_new_uint64(sched.start_ns));
	add_text(run, "stats", report.stats);
	add_text(run, "end", report.end);
	loaded_report_exit(&report);
exit_sched:
	loaded_exit(&sched);
	return err;
}

static int run_scheduler(const struct settings *set, const char *scheduler,
			 struct json_object *runs, struct why *why)
{
	struct json_object *run = json_object_new_object();
	struct json_object *results = json_object_new_array();
	struct why reason;
	int err;

	json_object_array_add(runs, run);
	json_object_object_add(run, "workloads", results);
	add_name(run, "scheduler", scheduler);
	if (!strcmp(skip_name(scheduler), DEFAULT_SCHED))
		err = run_workloads(set, scheduler, NULL, results, &reason);
	else
		err = run_loaded(set, skip_name(scheduler), run, results, &reason);
	return err ? why_set(why, err, "%s: %s", scheduler, reason.text) : 0;
}

static struct json_object *describe_machine(const struct settings *set)
{
	struct json_object *o = json_object_new_object();
	struct utsname uts;

	uname(&uts);
	add_text(o, "label", set->label ?: uts.release);
	add_text(o, "release", uts.release);
	json_object_object_add(o, "cpus", json_object_new_int(sysconf(_SC_NPROCESSORS_ONLN)));
	json_object_object_add(o, "sleepers", json_object_new_uint64(set->nr_sleepers));
	return o;
}

static int run_schedulers(const struct settings *set, struct json_object *runs, struct why *why)
{
	int err = 0;

	for (int i = 0; i < set->schedulers.nr && !err; i++)
		err = run_scheduler(set, set->schedulers.item[i], runs, why);
	return err;
}

/* Files that come into memory while something is measured would be measured, too. */
static int prepare(const struct settings *set, struct why *why)
{
	struct json_object *dropped;
	int err = 0;

	for (int i = 0; i < set->workloads.nr && !err; i++)
		err = workload_warm_up(skip_name(set->workloads.item[i]), set->bin_dir,
				       set->limit_ms, why);
	if (err || !set->rehearse)
		return err;
	fputs("benchrun: rehearsal\n", stderr);
	dropped = json_object_new_array();
	err = run_schedulers(set, dropped, why);
	json_object_put(dropped);
	return err;
}

static int run_all(const struct settings *set, struct json_object *document, struct why *why)
{
	struct json_object *runs = json_object_new_array();
	struct sleepers sleepers;
	int err;

	json_object_object_add(document, "runs", runs);
	err = sleepers_init(&sleepers, set->nr_sleepers, why);
	if (err)
		return err;
	err = prepare(set, why);
	if (!err)
		err = run_schedulers(set, runs, why);
	sleepers_exit(&sleepers);
	return err;
}

static int find_bin_dir(struct settings *set)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n < 0)
		return -errno;
	path[n] = '\0';
	strcpy(set->bin_dir, dirname(path));
	return 0;
}

enum { OPT_SLEEPERS = 0x100, OPT_LIMIT, OPT_NO_COUNTERS, OPT_REHEARSE };

static const struct argp_option options[] = {
	{ "label", 'l', "TEXT", 0, "What the table calls this machine (kernel release)", 0 },
	{ "sched", 's', "[NAME=]COMMAND", 0,
	  "Loader of a scheduler, with its arguments, or \"default\" for the kernel's own; may be given again",
	  0 },
	{ "workload", 'w', "[NAME=]WORKLOAD [ARGS]", 0,
	  "What to run under each; may be given again", 0 },
	{ "sleepers", OPT_SLEEPERS, "N", 0, "Sleeping tasks alive meanwhile (0)", 0 },
	{ "no-counters", OPT_NO_COUNTERS, NULL, 0,
	  "Do not count software events, which costs some 160 instructions for each context switch",
	  0 },
	{ "rehearse", OPT_REHEARSE, NULL, 0,
	  "Do everything once before, so that all files are in memory", 0 },
	{ "limit", OPT_LIMIT, "SECONDS", 0,
	  "Longest time for one step (none: the clock of a guest with -icount leaps while it waits for the host)",
	  0 },
	{}
};

static void list_add(struct list *list, const char *what, const char *item,
		     struct argp_state *state)
{
	if (list->nr == MAX_LIST)
		argp_error(state, "at most %d %s", MAX_LIST, what);
	list->item[list->nr++] = item;
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct settings *set = state->input;

	switch (key) {
	case 'l':
		set->label = arg;
		break;
	case 's':
		if (!arg[strspn(arg, " ")])
			argp_error(state, "--sched needs a command or \"default\"");
		list_add(&set->schedulers, "schedulers", arg, state);
		break;
	case 'w':
		list_add(&set->workloads, "workloads", arg, state);
		break;
	case OPT_SLEEPERS:
		set->nr_sleepers = option_number(state, "--sleepers", arg, 0, 1000000);
		break;
	case OPT_LIMIT:
		set->limit_ms = 1000 * option_number(state, "--limit", arg, 1, 86400);
		break;
	case OPT_REHEARSE:
		set->rehearse = true;
		break;
	case OPT_NO_COUNTERS:
		set->no_counters = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "takes options only, but got \"%s\"", arg);
		break;
	case ARGP_KEY_END:
		if (!set->schedulers.nr)
			argp_error(state, "no --sched to run under");
		if (!set->workloads.nr)
			argp_error(state, "no --workload to run");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_opt,
		.doc = "Runs workloads under schedulers and prints what was measured as JSON.",
	};
	struct settings set = { .limit_ms = -1 };
	struct json_object *document;
	struct why why;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &set);
	err = find_bin_dir(&set);
	if (err) {
		fprintf(stderr, "benchrun: cannot find its own folder: %s\n", strerror(-err));
		return 1;
	}
	document = describe_machine(&set);
	err = run_all(&set, document, &why);
	if (err)
		fprintf(stderr, "benchrun: %s\n", why.text);
	else
		puts(json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN));
	json_object_put(document);
	return err ? 1 : 0;
}
