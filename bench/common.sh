# SPDX-License-Identifier: GPL-2.0
# What the benchmarks' host halves share. Sourced by a script that has set $top.

bin=$top/build/bin
program=$(basename -- "$0")
results= # a folder of ours, see start_results

die()
{
	printf '%s: %s\n' "$program" "$*" >&2
	exit 2
}

# Progress, on stderr: stdout belongs to the table.
note()
{
	printf '%s: %s\n' "$program" "$*" >&2
}

# need_value OPTION [VALUE...]: an option whose value is missing ends the program.
need_value()
{
	[[ $# -ge 2 ]] || die "$1 needs a value"
}

# need_programs NAME...: those of build/bin, built by make.
need_programs()
{
	local name

	for name; do
		[[ -x $bin/$name ]] || die "build/bin/$name is not built; make builds it"
	done
}

# loader_command "NAME [ARGS]": the same with a path: a NAME without a slash is one of build/bin.
loader_command()
{
	local name=${1%% *}

	[[ $name ]] || die "the name of a scheduler is empty"
	if [[ $name == */* ]]; then
		[[ -x $name ]] || die "there is no scheduler '$name'"
		echo "$1"
	else
		[[ -x $bin/$name ]] || die "there is no scheduler '$name' in build/bin; there are:" \
			"$(cd -- "$bin" && echo scx_*)"
		echo "$bin/$1"
	fi
}

# build_kernels FLAVOUR...: brings them up to date, unless $build says not to.
build_kernels()
{
	local flavour

	for flavour; do
		[[ ! $build ]] || "$top/vm/vm" kernel "$flavour"
	done
}

# start_results: makes $results an empty folder, which is gone when the program ends.
start_results()
{
	[[ ! $results ]] || rm -rf -- "$results"
	results=$(mktemp -d)
	trap 'rm -rf -- "$results"' EXIT
}

# run_in_vm OPTIONS -- COMMAND: appends one file to $results, or ends the program. The limit is
# there for a machine that hangs; no measurement takes so long.
run_in_vm()
{
	local out

	out=$results/$(printf '%03d' "$(find "$results" -type f | wc -l)")
	"$top/vm/vm" run --timeout 1800 "$@" </dev/null >"$out" ||
		die "the run in the virtual machine failed (status $?)"
}
