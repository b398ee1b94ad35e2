// SPDX-License-Identifier: GPL-2.0
/*
 * scxload.c - a loader for any BPF scheduler, and a stopwatch for loading it.
 *
 * Opens a BPF object, loads it, attaches its struct_ops map through libbpf and
 * detaches it again, and tells how long each took: a measurement of the class, with
 * nothing of a scheduler's own loader in it. With --hold it keeps the scheduler
 * loaded until SIGINT or SIGTERM, as a loader does.
 *
 * The scheduler runs with its options as they are in the object.
 */
#include <argp.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/options.h"
#include "lib/why.h"

#define STATE_FILE	"/sys/kernel/sched_ext/state"
#define MAX_REPEAT	1000

struct settings {
	const char	*object;
	unsigned long	repeat;
	bool		hold;
	bool		json;
};

enum step { STEP_OPEN, STEP_LOAD, STEP_ATTACH, STEP_DETACH, NR_STEPS };

static const char *const step_names[NR_STEPS] = {
	"open",
	"load",
	"attach",
	"detach",
};

struct timing {
	uint64_t	ns[NR_STEPS];
	uint64_t	enabled_ns;	/* open, load and attach together */
};

static bool verbose;

static int libbpf_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level == LIBBPF_DEBUG && !verbose)
		return 0;
	return vfprintf(stderr, fmt, ap);
}

/* The struct_ops map of sched_ext_ops. An object with more than one is refused. */
static struct bpf_map *find_ops(struct bpf_object *obj)
{
	struct bpf_map *map, *found = NULL;

	bpf_object__for_each_map(map, obj) {
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		if (found)
			return NULL;
		found = map;
	}
	return found;
}

static bool is_enabled(void)
{
	FILE *f = fopen(STATE_FILE, "re");
	char state[32] = "";

	if (!f)
		return false;
	if (!fgets(state, sizeof(state), f))
		state[0] = '\0';
	fclose(f);
	return !strcmp(state, "enabled\n");
}

/* Until the user asks to end; an error if the scheduler ends by itself before. */
static int hold(const sigset_t *signals, struct why *why)
{
	static const struct timespec second = { .tv_sec = 1 };

	while (sigtimedwait(signals, NULL, &second) < 0)
		if (!is_enabled())
			return why_set(why, -ECANCELED,
				       "the scheduler was ejected; the kernel log says why");
	return 0;
}

/* Attach succeeds even where the scheduler is ejected at once: look at the state. */
static int attach(struct bpf_map *ops, struct bpf_link **ret_link, struct why *why)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(ops);

	if (!link)
		return why_set(why, -errno, "cannot attach %s: %s%s", bpf_map__name(ops),
			       strerror(errno), errno == EBUSY ? " (a scheduler is loaded)" : "");
	if (!is_enabled()) {
		bpf_link__destroy(link);
		return why_set(why, -ECANCELED,
			       "%s was attached but is not enabled; the kernel log says why",
			       bpf_map__name(ops));
	}
	*ret_link = link;
	return 0;
}

static int run(const struct settings *set, const sigset_t *signals, struct timing *ret,
	       struct why *why)
{
	uint64_t at[NR_STEPS + 1];
	struct bpf_link *link = NULL;
	struct bpf_object *obj;
	struct bpf_map *ops;
	int err;

	at[STEP_OPEN] = clock_ns();
	obj = bpf_object__open_file(set->object, NULL);
	if (!obj)
		return why_set(why, -errno, "cannot open %s: %s", set->object, strerror(errno));
	ops = find_ops(obj);
	if (!ops) {
		err = why_set(why, -EINVAL,
			      "%s holds no scheduler, or several: one struct_ops map is wanted",
			      set->object);
		goto close_object;
	}
	at[STEP_LOAD] = clock_ns();
	err = bpf_object__load(obj);
	if (err) {
		why_set(why, err, "cannot load %s: %s", set->object, strerror(-err));
		goto close_object;
	}
	at[STEP_ATTACH] = clock_ns();
	err = attach(ops, &link, why);
	if (err)
		goto close_object;
	ret->enabled_ns = clock_ns() - at[STEP_OPEN];
	ret->ns[STEP_ATTACH] = clock_ns() - at[STEP_ATTACH];
	err = set->hold ? hold(signals, why) : 0;
	at[STEP_DETACH] = clock_ns();
	bpf_link__destroy(link);
	at[NR_STEPS] = clock_ns();

	ret->ns[STEP_OPEN] = at[STEP_LOAD] - at[STEP_OPEN];
	ret->ns[STEP_LOAD] = at[STEP_ATTACH] - at[STEP_LOAD];
	ret->ns[STEP_DETACH] = at[NR_STEPS] - at[STEP_DETACH];
close_object:
	bpf_object__close(obj);
	return err;
}

static int cmp_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The median of one uint64_t member of all @nr timings. */
static uint64_t median(const struct timing *timings, unsigned long nr, size_t offset)
{
	uint64_t values[MAX_REPEAT];

	for (unsigned long i = 0; i < nr; i++)
		memcpy(&values[i], (const char *)&timings[i] + offset, sizeof(values[i]));
	qsort(values, nr, sizeof(values[0]), cmp_u64);
	return values[nr / 2];
}

static void print(const struct settings *set, const struct timing *timings)
{
	struct json_object *o = json_object_new_object();
	uint64_t ns;
	char key[32];

	for (int step = 0; step < NR_STEPS; step++) {
		ns = median(timings, set->repeat, offsetof(struct timing, ns) + step * sizeof(ns));
		snprintf(key, sizeof(key), "%s_ns", step_names[step]);
		json_object_object_add(o, key, json_object_new_uint64(ns));
		if (!set->json)
			printf("%-16s %10.3f ms\n", step_names[step], ns / 1e6);
	}
	ns = median(timings, set->repeat, offsetof(struct timing, enabled_ns));
	json_object_object_add(o, "enabled_ns", json_object_new_uint64(ns));
	if (set->json)
		puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	else
		printf("%-16s %10.3f ms\n", "open to enabled", ns / 1e6);
	json_object_put(o);
}

enum { OPT_JSON = 0x100, OPT_HOLD };

static const struct argp_option options[] = {
	{ "repeat", 'r', "N", 0, "Load and unload N times; medians are printed (1)", 0 },
	{ "hold", OPT_HOLD, NULL, 0, "Keep it loaded until SIGINT or SIGTERM", 0 },
	{ "verbose", 'v', NULL, 0, "Show what libbpf does", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print one JSON object", 0 },
	{}
};

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct settings *set = state->input;

	switch (key) {
	case 'r':
		set->repeat = option_number(state, "--repeat", arg, 1, MAX_REPEAT);
		break;
	case 'v':
		verbose = true;
		break;
	case OPT_HOLD:
		set->hold = true;
		break;
	case OPT_JSON:
		set->json = true;
		break;
	case ARGP_KEY_ARG:
		if (set->object)
			argp_error(state, "one object at a time, but got \"%s\", too", arg);
		set->object = arg;
		break;
	case ARGP_KEY_END:
		if (!set->object)
			argp_error(state, "no BPF object to load");
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
		.args_doc = "OBJECT.bpf.o",
		.doc = "Loads a BPF scheduler and tells how long that took.",
	};
	static struct timing timings[MAX_REPEAT];
	struct settings set = { .repeat = 1 };
	sigset_t signals;
	struct why why;

	argp_parse(&argp, argc, argv, 0, NULL, &set);
	libbpf_set_print(libbpf_print);
	/* Blocked from the start, so that one that comes early ends the hold. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (set.hold)
		sigprocmask(SIG_BLOCK, &signals, NULL);

	for (unsigned long i = 0; i < set.repeat; i++) {
		if (run(&set, &signals, &timings[i], &why)) {
			fprintf(stderr, "scxload: %s\n", why.text);
			return 1;
		}
	}
	print(&set, timings);
	return 0;
}
