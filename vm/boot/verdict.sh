# SPDX-License-Identifier: GPL-2.0
# What a run's kernel log says about it.

max_kept_logs=20

# keep_console CONSOLE: a copy in the cache, beside those of the last runs that had something to
# say. Sets kept.
keep_console()
{
	local -a old

	kept=${opt[console]}
	[[ ! $kept ]] || return 0
	mkdir -p -- "$cache/log/consoles"
	kept=$cache/log/consoles/$(date +%Y%m%d-%H%M%S)-$$
	cp -- "$1" "$kept"
	mapfile -t old < <(cd -- "$cache/log/consoles" && printf '%s\n' * | sort -r | tail -n +$((max_kept_logs + 1)))
	[[ ${#old[@]} -eq 0 ]] || (cd -- "$cache/log/consoles" && rm -f -- "${old[@]}")
}

# The last lines of the log, for the user. All of it is kept.
show_console()
{
	local kept

	keep_console "$1"
	say "the last lines of the kernel's log (all of it: $kept):"
	tail -n 30 -- "$1" | tr -d '\r' | sed 's/^/  | /' >&2
}

# The rows of console.def: pattern and meaning, with a tab between.
console_rows()
{
	sed -e '/^#/d' -e '/^$/d' "$vm_dir/console.def" | tr -s '\t'
}

# find_splats FILE: the lines of FILE that a pattern of console.def matches, each with its meaning.
find_splats()
{
	local file=$1 pattern meaning line

	# All patterns at once first: as a rule there is nothing to find.
	grep -qE -f <(console_rows | cut -f 1) -- "$file" || return 0
	console_rows | while IFS=$'\t' read -r pattern meaning; do
		grep -nE -m 3 -e "$pattern" -- "$file" | tr -d '\r' |
			while IFS= read -r line; do printf '%s\t(%s)\n' "$line" "$meaning"; done || true
	done
}

# judge WORD STATUS CONSOLE QEMU_LOG: says what went wrong with the machine, if anything did, and
# sets verdict to the exit status of the run.
judge()
{
	local word=$1 console=$3 qemu_log=$4 splats kept

	verdict=$2
	case $word in
	exited | failed) ;;
	signal) say "the machine was ended by a signal" ;;
	unclean)
		say "processes were left that could not be killed"
		verdict=125
		show_console "$console"
		;;
	timeout)
		say "the command did not end within ${opt[timeout]} s"
		show_console "$console"
		;;
	stuck)
		say "the guest did not switch itself off"
		show_console "$console"
		;;
	*)
		if grep -q 'Kernel panic' -- "$console"; then
			say "the guest kernel panicked"
		elif [[ -s $qemu_log ]]; then
			say "the machine could not run: $(<"$qemu_log")"
		else
			say "the machine stopped before the command did"
		fi
		[[ ! -s $console ]] || show_console "$console"
		;;
	esac
	[[ ! ${opt[allow_splat]} ]] || return 0
	splats=$(find_splats "$console")
	[[ $splats ]] || return 0
	keep_console "$console"
	say "the kernel's log (all of it: $kept) has what it should not have (--allow-splat lets it pass):"
	sed 's/^/  | /' <<<"$splats" >&2
	[[ $verdict == 124 || $verdict == 125 ]] || verdict=126
}
