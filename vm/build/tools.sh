# SPDX-License-Identifier: GPL-2.0
# tools: libbpf (static) and bpftool of the kernel's own generation; Debian's are older than
# links of struct_ops. They depend on the package alone, so they are built once.

build_tools()
{
	local tree=$1 obj=$2

	mkdir -p -- "$obj"
	# No skeletons inside bpftool: they would come from the types of whatever kernel runs here.
	make -C "$tree/tools/bpf/bpftool" -j"$(nproc)" OUTPUT="$obj/" VMLINUX_BTF= VMLINUX_H= feature-llvm=0
}

# install_tools OBJ DEST TREE: DEST has bin/bpftool, lib/libbpf.a, include/{bpf,linux}.
install_tools()
{
	local obj=$1 dest=$2 uapi=$3/tools/include/uapi/linux

	mkdir -p -- "$dest/bin" "$dest/lib" "$dest/include/linux"
	cp -- "$obj/bpftool" "$dest/bin/"
	cp -- "$obj/libbpf/libbpf.a" "$dest/lib/"
	cp -r -- "$obj/libbpf/include/bpf" "$dest/include/"
	cp -- "$uapi/bpf.h" "$uapi/bpf_common.h" "$uapi/btf.h" "$dest/include/linux/"
}

cmd_tools()
{
	local dest tree

	no_more_args tools "$@"
	dest=$(tools_path)
	[[ ! -d $dest ]] || return 0
	lock source-scx
	lock tools
	[[ ! -d $dest ]] || return 0
	update_source base
	tree=$(source_path base)
	say "tools: building libbpf and bpftool"
	run_logged "$cache/log/tools" "building libbpf and bpftool" \
		build_tools "$tree" "$dest.obj" || exit 1
	rm -rf -- "$dest.partial"
	install_tools "$dest.obj" "$dest.partial" "$tree"
	mv -- "$dest.partial" "$dest"
	rm -rf -- "$dest.obj"
}

. "$vm_dir/build/source.sh"
