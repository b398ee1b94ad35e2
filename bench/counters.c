// SPDX-License-Identifier: GPL-2.0
/*
 * counters.c - runs a command and counts the machine's context switches, CPU
 * migrations and page faults meanwhile: on every CPU, of all tasks, the command's
 * or not.
 *
 * The report goes to stderr (or --output), as the command owns stdout; the exit
 * status is the command's.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/swcount.h"
#include "lib/why.h"

struct settings {
	bool		json;
	const char	*output;
	char		**command;
};

struct result {
	uint64_t	elapsed_ns;
	uint64_t	count[SWCOUNT_NR_EVENTS];
	int		status;		/* of the command, as a shell tells it */
};

static int run_command(char **command, int *ret_status, struct why *why)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return why_set(why, -errno, "cannot fork: %s", strerror(errno));
	if (!pid) {
		execvp(command[0], command);
		fprintf(stderr, "counters: cannot run %s: %s\n", command[0], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return why_set(why, -errno, "cannot wait for %s: %s", command[0],
				       strerror(errno));
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

static int measure(char **command, struct result *ret, struct why *why)
{
	struct swcount *counts;
	uint64_t start;
	int err;

	err = swcount_create(&counts, why);
	if (err)
		return err;
	start = clock_ns();
	err = run_command(command, &ret->status, why);
	ret->elapsed_ns = clock_ns() - start;
	if (!err)
		err = swcount_read(counts, ret->count, why);
	swcount_destroy(counts);
	return err;
}

static void print(const struct settings *set, const struct result *r, FILE *out)
{
	struct json_object *o;

	if (!set->json) {
		fprintf(out, "%-18s %14.6f s\n", "elapsed", r->elapsed_ns / 1e9);
		for (int i = 0; i < SWCOUNT_NR_EVENTS; i++)
			fprintf(out, "%-18s %14" PRIu64 "\n", swcount_names[i], r->count[i]);
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "elapsed_ns", json_object_new_uint64(r->elapsed_ns));
	for (int i = 0; i < SWCOUNT_NR_EVENTS; i++)
		json_object_object_add(o, swcount_names[i], json_object_new_uint64(r->count[i]));
	json_object_object_add(o, "status", json_object_new_int(r->status));
	fprintf(out, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

static int report(const struct settings *set, const struct result *r, struct why *why)
{
	FILE *out = set->output ? fopen(set->output, "w") : stderr;

	if (!out)
		return why_set(why, -errno, "cannot write %s: %s", set->output, strerror(errno));
	print(set, r, out);
	if (set->output && fclose(out))
		return why_set(why, -errno, "cannot write %s: %s", set->output, strerror(errno));
	return 0;
}

enum { OPT_JSON = 0x100 };

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "Write the report there, not to stderr", 0 },
	{ "json", OPT_JSON, NULL, 0, "Write one JSON object", 0 },
	{}
};

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct settings *set = state->input;

	switch (key) {
	case 'o':
		set->output = arg;
		break;
	case OPT_JSON:
		set->json = true;
		break;
	case ARGP_KEY_ARGS:
		set->command = state->argv + state->next;
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no command to run");
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
		.args_doc = "COMMAND [ARGS...]",
		.doc = "Runs COMMAND and counts context switches, CPU migrations and page faults of the whole machine.",
	};
	struct settings set = {};
	struct result result = {};
	struct why why;
	int err;

	/* In order: options after the command's name are the command's. */
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &set);
	err = measure(set.command, &result, &why);
	if (!err)
		err = report(&set, &result, &why);
	if (err) {
		fprintf(stderr, "counters: %s\n", why.text);
		return 1;
	}
	return result.status;
}
