// SPDX-License-Identifier: GPL-2.0
/* The words of vm/console.def catch what they are for, and nothing of a quiet log. */
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "vm.h"

#define JUDGE "boot/verdict.sh"

TEST(each_bad_line_is_found)
{
	struct cmd_result r;

	vm_shell(&r, JUDGE,
		 "log=$(mktemp); while IFS= read -r line; do echo \"$line\" >$log; "
		 "[[ $(find_splats $log) ]] || echo \"missed: $line\"; "
		 "done <\"$top/tests/vm/$1\"; rm $log",
		 "console_bad.txt");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "");
	cmd_result_exit(&r);
}

TEST(each_pattern_finds_a_line)
{
	struct cmd_result r;

	vm_shell(&r, JUDGE,
		 "console_rows | while IFS=$'\\t' read -r pattern meaning; do "
		 "[[ $meaning ]] || echo \"no meaning: $pattern\"; "
		 "grep -qE -e \"$pattern\" \"$top/tests/vm/$1\" || echo \"idle: $pattern\"; done",
		 "console_bad.txt");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "");
	cmd_result_exit(&r);
}

TEST(a_quiet_log_has_nothing)
{
	struct cmd_result r;

	vm_shell(&r, JUDGE, "find_splats \"$top/tests/vm/$1\"", "console_good.txt");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "");
	cmd_result_exit(&r);
}

TEST(a_finding_names_line_and_meaning)
{
	struct cmd_result r;

	vm_shell(&r, JUDGE,
		 "log=$(mktemp); printf 'quiet\\n%s\\r\\n' \"$1\" >$log; find_splats $log; rm $log",
		 "UBSAN: shift-out-of-bounds");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "2:UBSAN: shift-out-of-bounds	(undefined behaviour)\n");
	cmd_result_exit(&r);
}
