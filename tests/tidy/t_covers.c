// SPDX-License-Identifier: GPL-2.0
/* Every callback and every kfunc has a test that is about it. */
#include "cmd.h"
#include "tap.h"
#include "tidy.h"

#define OPS                                                              \
	"/* table\n *	SCX_OP(return type, name, (arguments))\n */\n"     \
	"SCX_OP(s32, select_cpu, (struct task_struct *p),\n       PI)\n" \
	"#ifdef CONFIG_EXT_GROUP_SCHED\n"                                \
	"SCX_OP(void, cgroup_exit, (struct cgroup *cgrp), UNL)\n"        \
	"#endif\n#undef SCX_OP\n"
#define KFUNCS "KFUNC(ANY, scx_bpf_now, 0)\t/* cheap */\nKFUNC(IDLE, scx_bpf_cpu_node,0)\n"

TEST(every_callback_and_kfunc_is_covered)
{
	EXPECT_STREQ(tidy_breaches(rule_covers, cmd_top()), "");
}

TEST(a_complete_tree_is_fine)
{
	const char *top =
		tidy_make("kernel/ops.def", OPS, "kernel/kfuncs.def", KFUNCS, "tests/kernel/t_a.c",
			  "// a\nCOVERS(select_cpu, scx_bpf_now);\n", "tests/kernel/t_b.c",
			  "// b\nCOVERS(cgroup_exit,\n       scx_bpf_cpu_node);\n");

	EXPECT_STREQ(tidy_breaches(rule_covers, top), "");
}

TEST(a_row_that_nobody_covers_is_named)
{
	const char *top = tidy_make("kernel/ops.def", OPS, "kernel/kfuncs.def", KFUNCS,
				    "tests/kernel/t_a.c",
				    "// a\nCOVERS(select_cpu, scx_bpf_cpu_node);\n",
				    /* these do not count */
				    "tests/kernel/lab.c", "// l\nCOVERS(scx_bpf_now);\n",
				    "tests/vm/t_c.c", "// c\nCOVERS(scx_bpf_now);\n",
				    "tests/kernel/t_d.c", "// COVERS(scx_bpf_now);\n");

	EXPECT_STREQ(tidy_breaches(rule_covers, top),
		     "kernel/ops.def:7: no test in tests/kernel has COVERS(cgroup_exit)\n"
		     "kernel/kfuncs.def:1: no test in tests/kernel has COVERS(scx_bpf_now)\n");
}

TEST(a_name_that_is_no_row_is_named)
{
	const char *top = tidy_make("kernel/ops.def", OPS, "kernel/kfuncs.def", KFUNCS,
				    "tests/kernel/t_a.c",
				    "// a\n\nCOVERS(select_cpu, cgroup_exit, scx_bpf_now,\n"
				    "       scx_bpf_cpu_node, select_cpus);\n");

	EXPECT_STREQ(tidy_breaches(rule_covers, top),
		     "tests/kernel/t_a.c:3: COVERS(select_cpus) names no row of kernel/ops.def or "
		     "kernel/kfuncs.def\n");
}

TEST(a_table_that_is_empty_or_away_is_named)
{
	const char *top = tidy_make("kernel/ops.def", "/* moved */\n");

	EXPECT_STREQ(tidy_breaches(rule_covers, top), "kernel/ops.def: has no row SCX_OP(...)\n"
						      "kernel/kfuncs.def: cannot be read\n");
}

TEST(a_covers_that_has_no_end_is_named)
{
	const char *top = tidy_make("kernel/ops.def", "SCX_OP(s32, init, (void))\n",
				    "kernel/kfuncs.def", KFUNCS, "tests/kernel/t_a.c",
				    "// a\nCOVERS(init, scx_bpf_now, scx_bpf_cpu_node;\n");

	EXPECT_STRHAS(tidy_breaches(rule_covers, top), "tests/kernel/t_a.c:2: COVERS( without )\n");
}
