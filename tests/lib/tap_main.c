// SPDX-License-Identifier: GPL-2.0
/* tap_main.c - main() of a test program: its options and its list of tests. */
#include "tap.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static struct tap_test *registered;
static int nr_registered;

void tap_register(struct tap_test *test)
{
	test->next = registered;
	registered = test;
	nr_registered++;
}

struct arguments {
	struct tap_options	opts;
	bool			list;
	char			**names;	/* of the tests to run; none: all */
	int			nr_names;
};

enum { OPT_LIST = 0x100, OPT_SEED };

static const struct argp_option options[] = {
	{ "verbose", 'v', NULL, 0, "Show what passing tests print, too", 0 },
	{ "list", OPT_LIST, NULL, 0, "Print the names of the tests and stop", 0 },
	{ "seed", OPT_SEED, "N", 0, "Seed of tests that use chance", 0 },
	{ "timeout", 't', "SECONDS", 0, "Limit for each test that sets none itself (60)", 0 },
	{}
};

static unsigned long long parse_number(struct argp_state *state, const char *what, const char *arg,
				       unsigned long long min, unsigned long long max)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(arg, &end, 0);
	if (errno || end == arg || *end || strchr(arg, '-') || v < min || v > max)
		argp_error(state, "%s is a number from %llu to %llu, not \"%s\"", what, min, max,
			   arg);
	return v;
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case 'v':
		args->opts.verbose = true;
		break;
	case OPT_LIST:
		args->list = true;
		break;
	case OPT_SEED:
		args->opts.seed = parse_number(state, "a seed", arg, 0, UINT64_MAX);
		break;
	case 't':
		args->opts.timeout_s = parse_number(state, "a time limit", arg, 1, 86400);
		break;
	case ARGP_KEY_ARGS:
		args->names = state->argv + state->next;
		args->nr_names = state->argc - state->next;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Constructors run in no promised order; the source has one. */
static int cmp_source_order(const void *a, const void *b)
{
	const struct tap_test *x = *(struct tap_test *const *)a;
	const struct tap_test *y = *(struct tap_test *const *)b;

	return strcmp(x->file, y->file) ?: x->line - y->line;
}

static struct tap_test *find(struct tap_test **all, int nr, const char *name)
{
	for (int i = 0; i < nr; i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}

/* Fills @chosen with what the command line asks for; returns how many. */
static int choose(const struct arguments *args, struct tap_test **all, int nr,
		  struct tap_test **chosen)
{
	if (!args->nr_names) {
		memcpy(chosen, all, nr * sizeof(*all));
		return nr;
	}
	for (int i = 0; i < args->nr_names; i++) {
		chosen[i] = find(all, nr, args->names[i]);
		if (!chosen[i]) {
			fprintf(stderr, "%s: no test is named \"%s\"; --list shows the names\n",
				program_invocation_short_name, args->names[i]);
			return -ENOENT;
		}
	}
	return args->nr_names;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_opt,
		.args_doc = "[TEST...]",
		.doc = "Runs the tests of this program, or those named, and prints TAP.",
	};
	struct tap_test **all, **chosen;
	struct arguments args = {};
	int nr = 0, ret;

	if (getrandom(&args.opts.seed, sizeof(args.opts.seed), 0) < 0)
		args.opts.seed = 1;
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	all = calloc(nr_registered + 1, sizeof(*all));
	chosen = calloc(nr_registered + args.nr_names + 1, sizeof(*chosen));
	if (!all || !chosen) {
		perror("tap");
		ret = 2;
		goto free_lists;
	}
	for (struct tap_test *t = registered; t; t = t->next)
		all[nr++] = t;
	qsort(all, nr, sizeof(*all), cmp_source_order);

	if (args.list) {
		for (int i = 0; i < nr; i++)
			puts(all[i]->name);
		ret = 0;
		goto free_lists;
	}
	nr = choose(&args, all, nr, chosen);
	if (nr < 0) {
		ret = 2;
		goto free_lists;
	}
	if (!nr) {
		fprintf(stderr, "%s: there is no test in this program\n",
			program_invocation_short_name);
		ret = 2;
		goto free_lists;
	}
	ret = tap_run(chosen, nr, &args.opts, stdout);
	if (ret < 0)
		fprintf(stderr, "%s: cannot run a test: %s\n", program_invocation_short_name,
			strerror(-ret));
	ret = !!ret;
free_lists:
	free(chosen);
	free(all);
	return ret;
}
