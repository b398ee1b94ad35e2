# SPDX-License-Identifier: GPL-2.0
# parts: compile each file of the class alone, where the kernel compiles them as one unit (all.c),
# to show what leaks between them.

. "$vm_dir/build/source.sh"

# The files of the class in TREE, as objects that make knows.
part_objects()
{
	sed -n 's,^#include "\(.*\)\.c"$,kernel/sched/scx/\1.o,p' "$1/kernel/sched/scx/all.c"
}

cmd_parts()
{
	local tree obj
	local -a objects

	no_more_args parts "$@"
	tree=$(source_path base)
	obj=$(kernel_path base)/obj
	[[ -r $obj/vmlinux ]] || die "parts: there is no kernel base; vm/vm kernel builds it"
	lock "source-$(source_tree base)"
	lock kernel-base
	update_source base
	mapfile -t objects < <(part_objects "$tree")
	say "parts: compiling ${#objects[@]} files of the class one by one"
	run_logged "$cache/log/parts" "compiling the files of the class one by one" \
		make -C "$tree" O="$obj" -j"$(nproc)" "${objects[@]}" || exit 1
}
