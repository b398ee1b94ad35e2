// SPDX-License-Identifier: GPL-2.0
#include "relay_options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>

#include "../wire/wire.h"

enum { OPT_CWD = 1, OPT_ENV, OPT_RW, OPT_TIMEOUT, OPT_RESULT, OPT_QEMU, OPT_QEMU_LOG };

static const struct argp_option argp_options[] = {
	{ "cwd", OPT_CWD, "DIR", 0, "working directory of the command", 0 },
	{ "env", OPT_ENV, "NAME=VALUE", 0, "one variable of its environment", 0 },
	{ "rw", OPT_RW, "DIR", 0, "directory to mount writable; the tags are rw0, rw1, ...", 0 },
	{ "timeout", OPT_TIMEOUT, "SECONDS", 0, "end the machine then; 0: never", 0 },
	{ "result", OPT_RESULT, "FILE", 0, "where to write how the run ended", 0 },
	{ "qemu", OPT_QEMU, "FILE", 0, "the words of the QEMU command, each ended by a NUL", 0 },
	{ "qemu-log", OPT_QEMU_LOG, "FILE", 0, "where QEMU's own messages go", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct relay_options *opt = state->input;
	char *end;

	switch (key) {
	case OPT_CWD:
		opt->cwd = arg;
		break;
	case OPT_ENV:
		opt->env[opt->nr_env++] = arg;
		break;
	case OPT_RW:
		opt->rw[opt->nr_rw++] = arg;
		break;
	case OPT_TIMEOUT:
		opt->timeout_s = strtoul(arg, &end, 10);
		if (*end || end == arg)
			argp_error(state, "--timeout: '%s' is not a number of seconds", arg);
		break;
	case OPT_RESULT:
		opt->result = arg;
		break;
	case OPT_QEMU:
		opt->qemu_args = arg;
		break;
	case OPT_QEMU_LOG:
		opt->qemu_log = arg;
		break;
	case ARGP_KEY_ARGS:
		opt->arg = state->argv + state->next;
		break;
	case ARGP_KEY_END:
		if (!opt->arg || !opt->cwd || !opt->result || !opt->qemu_args || !opt->qemu_log)
			argp_error(state, "a command and --cwd, --result, --qemu, --qemu-log "
					  "are needed");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int relay_options_init(struct relay_options *opt, int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse_option,
		.args_doc = "-- COMMAND [ARGUMENT...]",
		.doc = "Run COMMAND in the machine that the QEMU command describes.",
	};

	*opt = (struct relay_options){
		.env = calloc(argc, sizeof(*opt->env)),
		.rw = calloc(argc, sizeof(*opt->rw)),
	};
	if (!opt->env || !opt->rw) {
		relay_options_exit(opt);
		return -ENOMEM;
	}
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, opt);
	return 0;
}

void relay_options_exit(struct relay_options *opt)
{
	free(opt->env);
	free(opt->rw);
}

static int send_strings(int fd, enum wire_type type, char *const *strings, size_t nr)
{
	size_t i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = wire_send_str(fd, type, strings[i]);
	return err;
}

int relay_options_send(const struct relay_options *opt, int control)
{
	size_t nr_arg = 0;
	int err;

	while (opt->arg[nr_arg])
		nr_arg++;
	err = wire_send_str(control, WIRE_CWD, opt->cwd);
	if (!err)
		err = send_strings(control, WIRE_ENV, opt->env, opt->nr_env);
	if (!err)
		err = send_strings(control, WIRE_RW, opt->rw, opt->nr_rw);
	if (!err)
		err = send_strings(control, WIRE_ARG, opt->arg, nr_arg);
	return err ? err : wire_send(control, WIRE_START, NULL, 0);
}
