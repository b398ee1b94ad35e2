# SPDX-License-Identifier: GPL-2.0
# source: unpack the package once, then keep the class and its patches in the tree by content,
# so that a change of either costs a rebuild of what it touches and nothing else.
#
# The tree's own notes are in .scxkit/: orig/ has each file that a patch touched, as it was.

# unpack TREE [TAR-OPTION...]: all or nothing; an interrupted unpacking leaves no TREE.
unpack()
{
	local tree=$1 partial=$1.partial

	shift
	[[ -d $tree ]] && return
	[[ -r $tarball ]] || die "source: $tarball is missing; vm/vm setup installs it"
	say "source: unpacking $package to $tree"
	rm -rf -- "$partial"
	mkdir -p -- "$partial"
	tar -xf "$tarball" -C "$partial" -I 'xz -T0' --strip-components=1 \
		--anchored --no-wildcards-match-slash "$@" ||
		die "source: cannot unpack $tarball"
	mv -- "$partial" "$tree"
}

# The files, relative to the tree, that the patches given as arguments touch.
patched_files()
{
	[[ $# -eq 0 ]] || sed -n -E 's,^(---|\+\+\+) [ab]/([^[:space:]]+).*,\2,p' "$@" | sort -u
}

patches()
{
	local file

	for file in "$patch_dir"/*.patch; do
		[[ ! -e $file ]] || echo "$file"
	done
}

# Upstream's data of the class in files that stay.
cut_upstream()
{
	local file=$1/kernel/sched/sched.h

	[[ ! -e $file ]] || sed -i -f "$vm_dir/build/upstream-scx.sed" -- "$file"
}

# Bring the patched files of TREE to "original + today's patches". They are made in a scratch
# directory and copied where they differ: the time stamps of all others stay.
apply_patches()
{
	local tree=$1 notes=$1/.scxkit new file
	local -a series files

	mapfile -t series < <(patches)
	mapfile -t files < <(patched_files "${series[@]}"; cat "$notes/patched" 2>/dev/null || true)
	[[ ${#files[@]} -gt 0 ]] || return 0

	rm -rf -- "$notes"/new.* # of one that was interrupted
	new=$(mktemp -d "$notes/new.XXXXXX")
	for file in "${files[@]}"; do
		if [[ -e $tree/$file && ! -e $notes/orig/$file && ! -e $notes/added/$file ]]; then
			mkdir -p -- "$notes/orig/$(dirname -- "$file")"
			cp -p -- "$tree/$file" "$notes/orig/$file.partial"
			mv -- "$notes/orig/$file.partial" "$notes/orig/$file"
		elif [[ ! -e $notes/orig/$file ]]; then
			mkdir -p -- "$notes/added/$(dirname -- "$file")"
			: >"$notes/added/$file"
		fi
		[[ ! -e $notes/orig/$file ]] ||
			(cd "$notes/orig" && cp -p --parents -- "$file" "$new")
	done
	cut_upstream "$new"
	for file in "${series[@]}"; do
		patch -d "$new" -p1 -s -f --no-backup-if-mismatch -F0 <"$file" >"$notes/patch.log" 2>&1 || {
			sed 's/^/  | /' "$notes/patch.log" >&2
			rm -rf -- "$new"
			die "source: ${file#"$top"/} does not apply to $package $(package_version)"
		}
	done
	for file in "${files[@]}"; do
		[[ -e $new/$file || ! -e $notes/added/$file ]] || rm -f -- "$tree/$file"
	done
	printf '%s\n' "${files[@]}" | sort -u >"$notes/patched" # should the next step be interrupted
	rsync -rlpc -- "$new/" "$tree/"
	rm -rf -- "$new"
	patched_files "${series[@]}" >"$notes/patched"
}

# The class, without what belongs to this repository only.
sync_class()
{
	[[ -d $top/kernel ]] || return 0
	mkdir -p -- "$1/kernel/sched/scx"
	rsync -rlpc --delete --exclude=/patches --exclude=/README.md -- "$top/kernel/" "$1/kernel/sched/scx/"
}

# Sources of FLAVOUR, up to date. The caller holds the lock of the tree.
update_source()
{
	local tree

	tree=$(source_path "$1")
	if [[ $1 == pristine ]]; then
		unpack "$tree"
		return
	fi
	local -a exclude
	mapfile -t exclude < <(sed -e '/^#/d' -e "s,^,--exclude=$package/," "$vm_dir/build/upstream-scx.def")
	unpack "$tree" "${exclude[@]}"
	mkdir -p -- "$tree/.scxkit"
	apply_patches "$tree"
	sync_class "$tree"
}

cmd_source()
{
	local flavour=${1:-base}

	no_more_args source "${@:2}"
	check_flavour "$flavour"
	lock "source-$(source_tree "$flavour")"
	update_source "$flavour"
}
