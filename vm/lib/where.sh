# SPDX-License-Identifier: GPL-2.0
# Where things are. The cache outlives checkouts and may be shared by several:
#
#   src/VERSION-TREE      sources: scx has the class in it, pristine is the package as it is;
#                         scx-debug and scx-kasan are apart, so that a long build of theirs does
#                         not hold up who changes the class and builds base
#   kernel/VERSION-FLAVOUR/{obj,out}  make's O= directory; what the last good build gave
#   tools/VERSION         libbpf and bpftool
#   log/                  full output of the last build of each kind
#
# VERSION is that of the Debian package. What is shared is changed under a lock, by content,
# and make decides what a change of content costs.

cache=${SCXKIT_CACHE:-${XDG_CACHE_HOME:-~/.cache}/scxkit}
package=linux-source-6.12
tarball=/usr/src/$package.tar.xz
patch_dir=$top/kernel/patches/6.12
build_dir=$top/build
flavours="base debug kasan distro bench up pristine"
path_whats="source build bzImage stamp vmlinux tools bpftool libbpf"

package_version()
{
	local version

	# shellcheck disable=SC2016 # dpkg's placeholder, not the shell's
	version=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null) && [[ $version ]] ||
		die "the package $package is not installed; vm/vm setup installs it"
	echo "${version//[~+:]/-}"
}

# A name in $flavours, or an end with the list of them.
check_flavour()
{
	local known

	for known in $flavours; do
		[[ $1 != "$known" ]] || return 0
	done
	die "no flavour '$1'; there are: $flavours"
}

# The name of the sources that FLAVOUR is built from.
source_tree()
{
	case $1 in
	pristine) echo pristine ;;
	base | bench | up) echo scx ;;
	debug | distro) echo scx-debug ;;
	*) echo "scx-$1" ;;
	esac
}

source_path()
{
	echo "$cache/src/$(package_version)-$(source_tree "$1")"
}

kernel_path()
{
	echo "$cache/kernel/$(package_version)-$1"
}

tools_path()
{
	echo "$cache/tools/$(package_version)"
}

# lock NAME: until this process ends nobody else holds NAME.
lock()
{
	local fd

	mkdir -p -- "$cache/lock"
	exec {fd}>"$cache/lock/$1"
	flock -n "$fd" && return
	say "waiting for another vm/vm that works on $1"
	flock "$fd"
}
