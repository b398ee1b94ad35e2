# SPDX-License-Identifier: GPL-2.0
# Messages. Chatter goes to stderr: stdout belongs to results.

say()
{
	printf 'vm: %s\n' "$*" >&2
}

# Ends the program with status 2: the request cannot be carried out as it stands.
die()
{
	say "$@"
	exit 2
}

# no_more_args COMMAND [ARGUMENT...]: a command that takes no (further) argument got some.
no_more_args()
{
	[[ $# -le 1 ]] || die "$1: unexpected argument '$2'"
}

# run_logged LOG WHAT COMMAND...: COMMAND with its output in LOG; on failure its tail is shown.
run_logged()
{
	local log=$1 what=$2

	shift 2
	mkdir -p -- "$(dirname -- "$log")"
	"$@" >"$log" 2>&1 </dev/null && return
	say "$what failed; from $log:"
	show_errors "$log" | sed 's/^/  | /' >&2
	return 1
}

# The errors in LOG, the first ones; or its end, where none is called so.
show_errors()
{
	grep -E -m 12 -A 3 '(^|[ :])(fatal )?error: |undefined reference|multiple definition|^E: ' -- "$1" ||
		tail -n 25 -- "$1"
}
