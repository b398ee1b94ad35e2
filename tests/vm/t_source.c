// SPDX-License-Identifier: GPL-2.0
/*
 * Class and patches are brought into a tree by content: what does not change keeps its time stamp,
 * what is taken back leaves no trace.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "vm.h"

/* A tree with two files, and a checkout with a class and a patch to one of them. */
static const char set_up[] =
	"dir=$(mktemp -d); trap 'rm -rf $dir' EXIT; top=$dir/top; tree=$dir/tree; "
	"patch_dir=$top/kernel/patches/6.12; package_version() { echo 0; }; "
	"mkdir -p $patch_dir $tree/.scxkit $dir/old; "
	"printf '%s\\n' one two three >$dir/old/a; printf '%s\\n' one two >$dir/old/b; "
	"cp $dir/old/* $tree; touch -d @1000 $tree/*; "
	"cp -r $dir/old $dir/new; sed -i s/two/TWO/ $dir/new/a; echo added >$dir/new/c; "
	"make_patch() { (cd $dir && diff -urN old new | "
	"sed -E 's,^(---|\\+\\+\\+) (old|new)/([^[:space:]]*),\\1 a/\\3,' >$patch_dir/0001.patch); }; "
	"make_patch || true; echo class >$top/kernel/class.c; echo readme >$top/kernel/README.md; ";

static void run_in_tree(struct cmd_result *r, const char *script)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s %s", set_up, script);
	vm_shell(r, "build/source.sh", text, "");
}

TEST(a_patch_changes_what_it_names_and_nothing_else)
{
	struct cmd_result r;

	run_in_tree(&r, "apply_patches $tree; cat $tree/a $tree/c; stat -c %Y $tree/b");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "one\nTWO\nthree\nadded\n1000\n");
	cmd_result_exit(&r);
}

TEST(applying_again_touches_nothing)
{
	struct cmd_result r;

	run_in_tree(&r, "apply_patches $tree; touch -d @2000 $tree/a $tree/c; apply_patches $tree; "
			"stat -c %Y $tree/a $tree/c");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "2000\n2000\n");
	cmd_result_exit(&r);
}

TEST(what_upstream_keeps_in_runqueues_is_cut_before_patches_apply)
{
	struct cmd_result r;

	run_in_tree(&r,
		    "h=kernel/sched/sched.h; mkdir -p $tree/${h%/*} $dir/old/${h%/*} $dir/new/${h%/*}; "
		    "printf '%s\\n' a 'struct scx_rq {' '	int x;' '};' 'struct rq {' '};' >$tree/$h; "
		    "printf '%s\\n' a 'struct rq {' '};' >$dir/old/$h; "
		    "printf '%s\\n' a ours 'struct rq {' '};' >$dir/new/$h; "
		    "make_patch || true; apply_patches $tree; apply_patches $tree; cat $tree/$h");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "a\nours\nstruct rq {\n};\n");
	cmd_result_exit(&r);
}

TEST(a_changed_patch_starts_from_the_original)
{
	struct cmd_result r;

	run_in_tree(&r, "apply_patches $tree; sed -i s/TWO/ZWEI/ $dir/new/a; rm $dir/new/c; "
			"make_patch || true; apply_patches $tree; cat $tree/a; test ! -e $tree/c");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "one\nZWEI\nthree\n");
	cmd_result_exit(&r);
}

TEST(a_patch_taken_away_leaves_the_original)
{
	struct cmd_result r;

	run_in_tree(&r, "apply_patches $tree; rm $patch_dir/*; apply_patches $tree; cat $tree/a; "
			"test ! -e $tree/c");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "one\ntwo\nthree\n");
	cmd_result_exit(&r);
}

TEST(a_patch_that_does_not_apply_is_named_and_changes_nothing)
{
	struct cmd_result r;

	run_in_tree(&r, "sed -i s/^-two/-zwei/ $patch_dir/0001.patch; (apply_patches $tree) || "
			"echo status $?; cat $tree/a; ls $tree/.scxkit");
	EXPECT_STREQ(r.out, "status 2\none\ntwo\nthree\nadded\norig\npatch.log\n");
	EXPECT_STRHAS(r.err, "kernel/patches/6.12/0001.patch does not apply");
	cmd_result_exit(&r);
}

TEST(the_class_is_copied_without_what_is_for_this_repository)
{
	struct cmd_result r;

	run_in_tree(&r, "mkdir -p $tree/kernel/sched; sync_class $tree; ls $tree/kernel/sched/scx; "
			"touch -d @3000 $tree/kernel/sched/scx/class.c; sync_class $tree; "
			"stat -c %Y $tree/kernel/sched/scx/class.c; rm $top/kernel/class.c; "
			"sync_class $tree; ls $tree/kernel/sched/scx");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "class.c\n3000\n");
	cmd_result_exit(&r);
}
