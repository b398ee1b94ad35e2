/* SPDX-License-Identifier: GPL-2.0 */
/* relay_options.h - the command line of relay: a command for the guest, and QEMU's. */
#ifndef VM_RELAY_OPTIONS_H
#define VM_RELAY_OPTIONS_H

#include <stddef.h>

/* Strings belong to argv. */
struct relay_options {
	const char *cwd, *result, *qemu_args, *qemu_log;
	unsigned int timeout_s;		/* 0: none */
	char **env, **rw;
	size_t nr_env, nr_rw;
	char **arg;			/* the command, ended by NULL */
};

/*
 * Reads the command line; ends the program with a message where it is wrong.
 * Returns 0 or -ENOMEM. Pair: relay_options_exit().
 */
int relay_options_init(struct relay_options *opt, int argc, char **argv);
void relay_options_exit(struct relay_options *opt);

/* Tells the guest what to run. Returns 0, or a negative errno. */
int relay_options_send(const struct relay_options *opt, int control);

#endif
