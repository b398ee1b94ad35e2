// SPDX-License-Identifier: GPL-2.0
/* The tree keeps to its own rules, and each rule notices when it does not. */
#include "cmd.h"
#include "tap.h"
#include "tidy.h"

TEST(the_class_includes_the_seam_first)
{
	EXPECT_STREQ(tidy_breaches(rule_seam_first, cmd_top()), "");
}

TEST(a_part_that_does_not_begin_with_the_seam_is_named)
{
	const char *top =
		tidy_make("kernel/internal.h", "", "kernel/a.h", "", "kernel/b.h", "",
			  "kernel/trace.h", "",
		  /* right */
			  "kernel/all.c", "#include \"seam.h\"\n", "kernel/trace.c",
			  "#include \"seam.h\"\n\n#include \"trace.h\"\n", "kernel/no_header.c",
			  "/* x */\n#include \"seam.h\"\n#include \"internal.h\"\n#include \"a.h\"\n",
		  /* wrong */
			  "kernel/a.c",
			  "#include \"seam.h\"\n#include \"internal.h\"\n#include \"b.h\"\n",
			  "kernel/b.c", "#include \"internal.h\"\n", "kernel/c.c", "int nothing;\n",
			  "kernel/d.c", "#include <linux/list.h>\n#include \"seam.h\"\n");

	EXPECT_STREQ(tidy_breaches(rule_seam_first, top),
		     "kernel/a.c:3: includes \"b.h\" where \"a.h\" has its place: first "
		     "\"seam.h\", then \"internal.h\", then the file's own header\n"
		     "kernel/b.c:1: includes \"internal.h\" where \"seam.h\" has its place: first "
		     "\"seam.h\", then \"internal.h\", then the file's own header\n"
		     "kernel/c.c:1: includes nothing where \"seam.h\" has its place: first "
		     "\"seam.h\", then \"internal.h\", then the file's own header\n"
		     "kernel/d.c:1: includes <linux/list.h> where \"seam.h\" has its place: first "
		     "\"seam.h\", then \"internal.h\", then the file's own header\n");
}

TEST(the_class_names_linux_by_the_seam_alone)
{
	EXPECT_STREQ(tidy_breaches(rule_linux_by_seam, cmd_top()), "");
}

TEST(a_header_of_linux_elsewhere_is_named)
{
	const char *top =
		tidy_make("kernel/seam.h", "#include <linux/list.h>\n#include \"sched.h\"\n",
			  "kernel/types.h", "#include <linux/rbtree_types.h>\n", "kernel/trace.h",
			  "#include <linux/tracepoint.h>\n#include <trace/define_trace.h>\n",
			  "kernel/a.c",
			  "#include \"seam.h\"\n#include \"types.h\"\n# include <linux/slab.h>\n",
			  "kernel/a.h", "/* see <linux/list.h> */\n#include \"../vm/x.h\"\n",
			  "kernel/b.c", "#include \"sched.h\"\n", "vm/x.h", "#include <stdio.h>\n");

	EXPECT_STREQ(tidy_breaches(rule_linux_by_seam, top),
		     "kernel/a.c:3: includes <linux/slab.h>: kernel/seam.h is the place for it\n"
		     "kernel/a.h:2: includes \"../vm/x.h\", which is not in kernel/\n"
		     "kernel/b.c:1: includes \"sched.h\", which is not in kernel/\n");
}

TEST(the_class_does_not_ask_where_it_is)
{
	EXPECT_STREQ(tidy_breaches(rule_conditionals, cmd_top()), "");
}

TEST(a_condition_on_the_home_is_named)
{
	const char *top =
		tidy_make("kernel/a.h",
			  "#ifndef _SCXKIT_A_H\n#define SIM 1\n#if defined(CONFIG_SMP) && !defined(SIM)\n"
			  "#endif /* SIM */\n#ifdef CONFIG_SMP /* not HOME */\n#endif\n#endif\n",
			  "kernel/b.c",
			  "/*\n * #ifdef SIM\n */\n# ifdef HOME_IS_LINUX\n#elif IS_ENABLED(CONFIG_X)\n#endif\n"
			  "#if LINUX_VERSION_CODE > 1\n#endif\n",
			  "kernel/c.def", "#ifndef __KERNEL__\n#endif\n", "scheds/d.c",
			  "#ifdef SIM\n#endif\n");

	EXPECT_STREQ(tidy_breaches(rule_conditionals, top),
		     "kernel/a.h:3: a condition on SIM: only CONFIG_* may decide\n"
		     "kernel/b.c:4: a condition on HOME_IS_LINUX: only CONFIG_* may decide\n"
		     "kernel/b.c:7: a condition on LINUX_VERSION_CODE: only CONFIG_* may decide\n"
		     "kernel/c.def:1: a condition on __KERNEL__: only CONFIG_* may decide\n");
}

TEST(all_c_has_all_parts)
{
	EXPECT_STREQ(tidy_breaches(rule_all_parts, cmd_top()), "");
}

TEST(a_part_that_all_c_lacks_or_has_twice_is_named)
{
	const char *top = tidy_make("kernel/all.c",
				    "#include \"seam.h\"\n#include \"a.c\"\n#include \"b.c\"\n"
				    "#include \"b.c\"\n/* #include \"c.c\" */\n",
				    "kernel/a.c", "", "kernel/b.c", "", "kernel/c.c", "",
				    "kernel/d.h", "", "vm/e.c", "");

	EXPECT_STREQ(tidy_breaches(rule_all_parts, top),
		     "kernel/all.c: includes \"b.c\" 2 times, not once\n"
		     "kernel/all.c: includes \"c.c\" 0 times, not once\n");
}

TEST(pages_refer_to_what_is_there)
{
	EXPECT_STREQ(tidy_breaches(rule_references, cmd_top()), "");
}

TEST(a_page_that_refers_to_what_is_not_there_is_named)
{
	const char *top =
		tidy_make("README.md",
			  "See `kernel/` and `kernel/README.md`, then `task.h`.\n"
			  "Or `kernel/dump/` and [this](docs/a.md), [that](docs/b.md#x), [it](https://x/y).\n"
			  "Run `vm/vm run -- sh` or `vm/wm run`.\n"
			  "    indented `kernel/none`\n"
			  "```\nfenced `kernel/none`\n```\n"
			  "Not `scx_bpf_now`, `-1`, `cpu.max`, `tests/PART/t_NAME.c`, `build/bin/x`,\n"
			  "`/sys/kernel`, `~/.cache`, `kernel/sched/scx/`, `root/ops`. But `gone.c`.\n",
			  "kernel/README.md",
			  "`ops.def`, `patches/1/0002`, `patches/1/0003`, `kfunc_*.c`, `kick_*.c`\n",
			  "kernel/task.h", "", "kernel/ops.def", "", "kernel/kfunc_a.c", "",
			  "kernel/patches/1/0002-x.patch", "", "docs/a.md", "", "vm/vm", "",
			  "build/README.md", "`kernel/none`\n");

	EXPECT_STREQ(tidy_breaches(rule_references, top),
		     "README.md:2: there is no kernel/dump/\n"
		     "README.md:2: there is no docs/b.md\n"
		     "README.md:3: there is no vm/wm\n"
		     "README.md:9: there is no gone.c\n"
		     "kernel/README.md:1: there is no patches/1/0003\n"
		     "kernel/README.md:1: there is no kick_*.c\n");
}
