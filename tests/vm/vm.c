// SPDX-License-Identifier: GPL-2.0
#include "vm.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

#define MAX_ARGS 64

void vm_call(struct cmd_result *ret_result, const char *input, const char *const args[])
{
	const char *argv[MAX_ARGS];
	char program[PATH_MAX];
	int nr = 0;

	snprintf(program, sizeof(program), "%s/vm/vm", cmd_top());
	argv[nr++] = program;
	while (*args && nr < MAX_ARGS - 1)
		argv[nr++] = *args++;
	ASSERT_FALSE(*args);
	argv[nr] = NULL;
	ASSERT_EQ(cmd_run(ret_result, input, argv), 0);
	/* Seen when the test fails. */
	printf("%s", ret_result->err);
}

void vm_shell(struct cmd_result *ret_result, const char *file, const char *script, const char *arg)
{
	char text[2 * PATH_MAX];

	snprintf(text, sizeof(text),
		 "set -euo pipefail; top='%s'; vm_dir=$top/vm; . \"$vm_dir/lib/say.sh\"; "
		 ". \"$vm_dir/lib/where.sh\"; . \"$vm_dir/%s\"; %s",
		 cmd_top(), file, script);
	ASSERT_EQ(CMD(ret_result, NULL, "bash", "-c", text, "bash", arg), 0);
	printf("%s", ret_result->err);
}
