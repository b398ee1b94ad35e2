/* SPDX-License-Identifier: GPL-2.0 */
/* cmd.h - runs a program for a test and keeps all that it printed. */
#ifndef TESTS_LIB_CMD_H
#define TESTS_LIB_CMD_H

struct cmd_result {
	int	status;		/* exit status; 128 + N if signal N ended it */
	char	*out;		/* what it printed on stdout, NUL-terminated */
	char	*err;		/* the same for stderr */
};

/*
 * Runs @argv (searched in PATH unless it has a slash) with @input, if any, as its
 * standard input, waits for its end and fills @ret_result. Returns 0, or -errno
 * if it could not be started or read. The caller calls cmd_result_exit().
 */
int cmd_run(struct cmd_result *ret_result, const char *input, const char *const argv[]);

/* Frees what @result holds; a zeroed or half-filled one is fine. */
void cmd_result_exit(struct cmd_result *result);

/* cmd_run() with the arguments written out: CMD(&r, NULL, "ls", "-l"). */
#define CMD(ret_result, input, ...) \
	cmd_run(ret_result, input, (const char *const[]){ __VA_ARGS__, NULL })

/* The top folder of the checkout that this test program was built in. Valid for ever. */
const char *cmd_top(void);

/* Path of the built program @name (build/bin/NAME). The end of the process frees it. */
const char *cmd_program(const char *name);

#endif /* TESTS_LIB_CMD_H */
