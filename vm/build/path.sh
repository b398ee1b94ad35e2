# SPDX-License-Identifier: GPL-2.0
# path: where something is, or would be once it is made.

cmd_path()
{
	local what=${1-} flavour=${2:-base}

	[[ $what ]] || die "path: which one? There are: $path_whats"
	[[ $# -le 2 ]] || die "path: unexpected argument '$3'"
	check_flavour "$flavour"
	case $what in
	source) source_path "$flavour" ;;
	build) echo "$(kernel_path "$flavour")/obj" ;;
	bzImage) echo "$(kernel_path "$flavour")/out/bzImage" ;;
	stamp) echo "$(kernel_path "$flavour")/out/stamp" ;;
	vmlinux) echo "$(kernel_path "$flavour")/out/vmlinux" ;;
	tools) tools_path ;;
	bpftool) echo "$(tools_path)/bin/bpftool" ;;
	libbpf) echo "$(tools_path)/lib/libbpf.a" ;;
	*) die "path: no '$what'; there are: $path_whats" ;;
	esac
}
