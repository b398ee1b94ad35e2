// SPDX-License-Identifier: GPL-2.0
/* A symbol that was asked for and is not in the configuration is noticed. */
#include <stdlib.h>

#include "tap.h"
#include "vm.h"

#define CONFIG "build/config.sh"

/* What unfulfilled() says when @fragment was asked for and @config came out. */
static void expect_unfulfilled(const char *fragment, const char *config, const char *want)
{
	struct cmd_result r;

	setenv("FRAGMENT", fragment, 1);
	setenv("CONFIG", config, 1);
	vm_shell(&r, CONFIG,
		 "dir=$(mktemp -d); printf '%s' \"$FRAGMENT\" >$dir/f; "
		 "printf '%s' \"$CONFIG\" >$dir/c; unfulfilled $dir/c $dir/f; rm -r $dir",
		 "");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, want);
	cmd_result_exit(&r);
}

TEST(what_came_out_as_asked_is_not_reported)
{
	expect_unfulfilled("CONFIG_A=y\nCONFIG_N=25\n# CONFIG_B is not set\n# CONFIG_C is not set\n",
			   "CONFIG_A=y\nCONFIG_N=25\n# CONFIG_B is not set\n", "");
}

TEST(a_symbol_that_is_off_gone_or_different_is_reported)
{
	expect_unfulfilled("CONFIG_A=y\nCONFIG_AB=y\nCONFIG_N=25\n",
			   "# CONFIG_A is not set\nCONFIG_ABC=y\nCONFIG_N=250\n",
			   "CONFIG_A=y\nCONFIG_AB=y\nCONFIG_N=25\n");
}

TEST(a_symbol_that_should_be_off_and_is_on_is_reported)
{
	expect_unfulfilled("# CONFIG_A is not set\n", "CONFIG_A=y\n", "# CONFIG_A is not set\n");
}

TEST(the_later_of_two_requests_counts)
{
	expect_unfulfilled("CONFIG_N=1\nCONFIG_N=2\n", "CONFIG_N=2\n", "");
	expect_unfulfilled("CONFIG_N=2\nCONFIG_N=1\n", "CONFIG_N=2\n", "CONFIG_N=1\n");
}

TEST(every_flavour_has_fragments_that_exist)
{
	struct cmd_result r;

	vm_shell(&r, CONFIG,
		 "for flavour in $flavours; do cat -- $(config_fragments $flavour) >/dev/null; done",
		 "");
	EXPECT_EQ(r.status, 0);
	cmd_result_exit(&r);
}
