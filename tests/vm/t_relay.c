// SPDX-License-Identifier: GPL-2.0
/* The relay beside a machine that a script stands in for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "tap.h"

/*
 * Runs the relay with @script as its machine. Behind the script's words are those that would tell
 * QEMU of the ports. Nobody reads what the relay writes before the machine has ended.
 */
static void relay(struct cmd_result *ret_result, const char *script)
{
	char dir[] = "/tmp/t_relay.XXXXXX", text[4096];

	ASSERT_TRUE(mkdtemp(dir));
	snprintf(text, sizeof(text),
		 "cd %s && printf '%%s\\0' bash -c \"echo \\$\\$ >pid; $1\" qemu >words && "
		 "{ %s/build/vm/relay --cwd / --result result --qemu words --qemu-log log -- true; "
		 "echo $? $(cat result log) >&2; } | "
		 "{ until [ -s pid ]; do sleep 0.01; done; tail -f --pid=$(cat pid) /dev/null; cat; }; "
		 "rm -r %s",
		 dir, cmd_top(), dir);
	ASSERT_EQ(CMD(ret_result, NULL, "bash", "-c", text, "bash", script), 0);
	printf("%s", ret_result->err);
}

TEST(what_was_written_before_the_machine_ended_comes_out_whole)
{
	struct cmd_result r;

	relay(&r,
	      "for word; do case $word in socket,id=scxkit.stdout,fd=*) out=${word##*=} ;; esac; "
	      "done; seq 1 20000 >&$out");
	EXPECT_STREQ(r.err, "125 lost\n");
	EXPECT_EQ(strlen(r.out), 108894);
	cmd_result_exit(&r);
}

TEST(a_machine_that_does_not_start_is_lost_and_says_why)
{
	struct cmd_result r;

	relay(&r, "echo no such machine; exit 1");
	EXPECT_STREQ(r.err, "125 lost no such machine\n");
	cmd_result_exit(&r);
}
