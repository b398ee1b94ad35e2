// SPDX-License-Identifier: GPL-2.0
#include "workload.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>

#include "child.h"

enum origin { HOST, OURS };

struct workload {
	const char	*name;
	const char	*program;
	enum origin	origin;
	const char	*fixed_args;
	const char	*default_args;
	const char	*warm_up_args;
	int (*parse)(const char *out, struct json_object *metrics, struct why *why);
};

static const struct workload workloads[] = {
#define WORKLOAD(id, program, origin, fixed, dfl, warm_up, parse) \
	{ #id, program, origin, fixed, dfl, warm_up, parse },
#include "workloads.def"
#undef WORKLOAD
};

#define NR_WORKLOADS (sizeof(workloads) / sizeof(workloads[0]))

static const struct workload *find(const char *name)
{
	for (size_t i = 0; i < NR_WORKLOADS; i++)
		if (!strcmp(workloads[i].name, name))
			return &workloads[i];
	return NULL;
}

static int unknown(const char *name, struct why *why)
{
	char names[256] = "";

	for (size_t i = 0; i < NR_WORKLOADS; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s",
			 workloads[i].name);
	return why_set(why, -EINVAL, "no workload is named \"%s\"; there are:%s", name, names);
}

/*
 * What to execute: the program, its fixed arguments, then @args. The caller frees
 * the words by wordfree().
 */
static int command_words(const struct workload *w, const char *bin_dir, const char *args,
			 wordexp_t *ret_words, struct why *why)
{
	char *text;
	int err;

	if (asprintf(&text, "%s%s%s %s %s", w->origin == OURS ? bin_dir : "",
		     w->origin == OURS ? "/" : "", w->program, w->fixed_args, args) < 0)
		return why_set(why, -ENOMEM, "out of memory");
	err = wordexp(text, ret_words, WRDE_NOCMD | WRDE_UNDEF);
	if (err)
		err = why_set(why, -EINVAL, "cannot split into words: %s", text);
	free(text);
	return err;
}

/* Runs @w with @args; its stdout goes to *@ret_out, which the caller frees. */
static int run(const struct workload *w, const char *bin_dir, const char *args, int timeout_ms,
	       char **ret_out, struct why *why)
{
	struct child child;
	wordexp_t words;
	int err;

	err = command_words(w, bin_dir, args, &words, why);
	if (err)
		return err;
	err = child_run(&child, (const char *const *)words.we_wordv, timeout_ms, why);
	wordfree(&words);
	if (err)
		return err;
	*ret_out = child_output(child.out);
	child_exit(&child);
	return *ret_out ? 0 : why_set(why, -ENOMEM, "out of memory");
}

/* Cuts @command into the row of the table and the arguments after its name. */
static int look_up(const char *command, const struct workload **ret_workload, const char **ret_args,
		   struct why *why)
{
	size_t len = strcspn(command, " ");
	char *name = strndup(command, len);

	if (!name)
		return why_set(why, -ENOMEM, "out of memory");
	*ret_workload = find(name);
	*ret_args = command[len] ? command + len + 1 : NULL;
	if (!*ret_workload)
		unknown(name, why);
	free(name);
	return *ret_workload ? 0 : -EINVAL;
}

int workload_run(const char *command, const char *bin_dir, int timeout_ms,
		 struct json_object **ret_metrics, struct why *why)
{
	const struct workload *w;
	struct json_object *metrics;
	const char *args;
	char *out;
	int err;

	err = look_up(command, &w, &args, why);
	if (err)
		return err;
	err = run(w, bin_dir, args ?: w->default_args, timeout_ms, &out, why);
	if (err)
		return err;
	metrics = json_object_new_array();
	err = w->parse(out, metrics, why);
	free(out);
	if (err)
		json_object_put(metrics);
	else
		*ret_metrics = metrics;
	return err;
}

int workload_warm_up(const char *command, const char *bin_dir, int timeout_ms, struct why *why)
{
	const struct workload *w;
	const char *args;
	char *out;
	int err;

	err = look_up(command, &w, &args, why);
	if (err)
		return err;
	err = run(w, bin_dir, w->warm_up_args, timeout_ms, &out, why);
	if (!err)
		free(out);
	return err;
}
