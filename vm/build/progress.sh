# SPDX-License-Identifier: GPL-2.0
# A kernel build as a line now and then instead of a wall of them.

# How many objects a build of FLAVOUR from nothing makes: as its configuration says.
expected_objects()
{
	local -a fragments

	read -ra fragments < <(config_fragments "$1")
	sed -n 's/^# objects: //p' -- "${fragments[@]}" | tail -n 1
}

# Prints progress of the build that writes LOG until process PID ends.
watch_build()
{
	local log=$1 pid=$2 flavour=$3 expected=$4 step=15 done_objects last=-1 start=$SECONDS percent note

	while kill -0 "$pid" 2>/dev/null; do
		if ((SECONDS - start >= step)); then
			step=$((step + 15))
			done_objects=$(grep -cE '^  (CC|AS|LD|AR|HOSTCC) ' -- "$log" || true)
			[[ $done_objects -ne $last ]] && note="" || note=", linking and writing BTF"
			last=$done_objects
			if [[ $expected ]]; then
				percent=$((done_objects >= expected ? 99 : 100 * done_objects / expected))
				say "kernel $flavour: $percent % ($done_objects objects)$note, $((SECONDS - start)) s"
			else
				say "kernel $flavour: $done_objects objects$note, $((SECONDS - start)) s"
			fi
		fi
		sleep 0.3
	done
}

# build_with_progress LOG OBJ FLAVOUR COMMAND...
build_with_progress()
{
	local log=$1 obj=$2 flavour=$3 expected="" watcher status=0 start=$SECONDS

	shift 3
	[[ -e $obj/vmlinux ]] || expected=$(expected_objects "$flavour")
	say "kernel $flavour: building${expected:+ from nothing, which takes some 12 minutes on 2 cores} (log: $log)"
	mkdir -p -- "$(dirname -- "$log")"
	: >"$log"
	watch_build "$log" $BASHPID "$flavour" "$expected" &
	watcher=$!
	run_logged "$log" "building the kernel ($flavour)" "$@" || status=$?
	kill "$watcher" 2>/dev/null || true
	wait "$watcher" 2>/dev/null || true
	[[ $status -ne 0 ]] || say "kernel $flavour: built in $((SECONDS - start)) s"
	return "$status"
}
