# SPDX-License-Identifier: GPL-2.0
# kernel: build one flavour. make's O= directory is kept per flavour, so a change costs what make
# finds changed; a stamp over everything that goes in makes "nothing changed" cost nothing.
# A good build is copied to out/: who boots while another build runs gets the last good one.

. "$vm_dir/build/source.sh"
. "$vm_dir/build/config.sh"
. "$vm_dir/build/progress.sh"

# A digest of what the kernel of FLAVOUR is made from.
kernel_stamp()
{
	local flavour=$1

	{
		export LC_ALL=C # the same order, and the same words of gcc, everywhere
		package_version
		gcc --version
		cat -- "$vm_dir"/build/{kernel,source}.sh "$vm_dir"/build/upstream-scx.* $(config_fragments "$flavour")
		[[ $flavour == pristine || ! -d $top/kernel ]] ||
			(cd "$top/kernel" && find . -type f ! -name README.md -print0 | sort -z |
				xargs -0r sha256sum --)
	} | sha256sum
}

# The stamp of the last good build of FLAVOUR; nothing if there is none.
kernel_built_from()
{
	local out

	out=$(kernel_path "$1")/out
	[[ ! -r $out/bzImage || ! -r $out/stamp ]] || cat -- "$out/stamp"
}

# Whether the last good build of FLAVOUR was made from what is here now.
kernel_is_current()
{
	[[ $(kernel_built_from "$1") == "$(kernel_stamp "$1")" ]]
}

# Never a half-written file under the final name, nor a stamp beside files of another build.
publish()
{
	local obj=$1 out=$2 stamp=$3

	mkdir -p -- "$out"
	rm -f -- "$out/stamp"
	cp -- "$obj/arch/x86/boot/bzImage" "$out/bzImage.new"
	mv -- "$out/bzImage.new" "$out/bzImage"
	cp --reflink=auto -- "$obj/vmlinux" "$out/vmlinux.new"
	mv -- "$out/vmlinux.new" "$out/vmlinux"
	cp -- "$obj/.config" "$out/config"
	echo "$stamp" >"$out/stamp"
}

cmd_kernel()
{
	local flavour=${1:-base} path tree log stamp

	no_more_args kernel "${@:2}"
	check_flavour "$flavour"
	! kernel_is_current "$flavour" || return 0

	lock "source-$(source_tree "$flavour")"
	lock "kernel-$flavour"
	! kernel_is_current "$flavour" || return 0
	stamp=$(kernel_stamp "$flavour")
	update_source "$flavour"
	tree=$(source_path "$flavour")
	path=$(kernel_path "$flavour")
	log=$cache/log/kernel-$flavour
	mkdir -p -- "$path/obj"
	configure "$tree" "$path/obj" "$flavour"
	build_with_progress "$log" "$path/obj" "$flavour" \
		make -C "$tree" O="$path/obj" -j"$(nproc)" \
		KBUILD_BUILD_USER=scxkit KBUILD_BUILD_HOST=scxkit KBUILD_BUILD_VERSION=1 bzImage || exit 1
	publish "$path/obj" "$path/out" "$stamp"
}
