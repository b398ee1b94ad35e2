# SPDX-License-Identifier: GPL-2.0
# vmlinux-h: the types of the built kernel as C, for BPF sources. The file is replaced only when
# it would differ, so that a rebuilt kernel with the same types rebuilds no BPF object.

cmd_vmlinux_h()
{
	local flavour=${1:-base} vmlinux bpftool header=$build_dir/vmlinux.h

	no_more_args vmlinux-h "${@:2}"
	check_flavour "$flavour"
	vmlinux=$(kernel_path "$flavour")/out/vmlinux
	[[ -r $vmlinux ]] || die "vmlinux-h: there is no kernel $flavour; vm/vm kernel $flavour builds it"
	bpftool=$(tools_path)/bin/bpftool
	[[ -x $bpftool ]] || die "vmlinux-h: there is no bpftool; vm/vm tools builds it"
	mkdir -p -- "$build_dir"
	"$bpftool" btf dump file "$vmlinux" format c >"$header.new.$$" || {
		rm -f -- "$header.new.$$"
		die "vmlinux-h: bpftool cannot read the types in $vmlinux"
	}
	if cmp -s "$header.new.$$" "$header"; then
		rm -f -- "$header.new.$$"
	else
		mv -- "$header.new.$$" "$header"
	fi
}
