# SPDX-License-Identifier: GPL-2.0
# run: boot a kernel and run a command of the host inside.

. "$vm_dir/boot/topology.sh"
. "$vm_dir/boot/options.sh"
. "$vm_dir/boot/machine.sh"
. "$vm_dir/boot/verdict.sh"
. "$vm_dir/build/kernel.sh"

# The image that --kernel names. Checked here, so that QEMU need not explain it.
kernel_image()
{
	local kernel=$1 image

	if [[ $kernel == */* ]]; then
		[[ -r $kernel && ! -d $kernel ]] || die "run: --kernel: there is no readable file $kernel"
		echo "$kernel"
		return
	fi
	check_flavour "$kernel"
	image=$(kernel_path "$kernel")/out/bzImage
	[[ -r $image ]] || die "run: there is no kernel $kernel; vm/vm kernel $kernel builds it"
	[[ ! ${SCXKIT_STAMP-} || $kernel != "${SCXKIT_KERNEL:-base}" || ${SCXKIT_STAMP} == "$(kernel_built_from "$kernel")" ]] ||
		die "run: kernel $kernel was built anew from other sources while these tests ran; run them again"
	kernel_is_current "$kernel" ||
		say "run: kernel $kernel was not made from the sources that are here; vm/vm kernel $kernel makes it"
	echo "$image"
}

# What the guest's command gets of our environment; --env adds to it and wins.
guest_environment()
{
	local name

	printf '%s\n' "PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin" "HOME=${HOME:-/}" \
		"TERM=${TERM:-dumb}" "SHELL=/bin/bash" "USER=root" "LOGNAME=root" "PWD=$PWD" \
		SCXKIT_GUEST=1
	for name in LANG LC_ALL TZ; do
		[[ ! -v $name ]] || printf '%s\n' "$name=${!name}"
	done
}

build_boot_programs()
{
	mkdir -p -- "$build_dir"
	flock -- "$build_dir" make -s -C "$top" build/vm/relay build/vm/tsc_rate build/vm/initramfs >&2 ||
		die "run: cannot build what the guest starts with"
}

# Fills the array relay_words but for the command.
make_relay_words()
{
	local scratch=$1 entry

	relay_words=("$build_dir/vm/relay" --cwd "$PWD" --result "$scratch/result" --qemu "$scratch/qemu"
		--qemu-log "$scratch/qemu.log" --timeout "${opt[timeout]}")
	while IFS= read -r entry; do
		relay_words+=(--env "$entry")
	done < <(guest_environment)
	for entry in "${opt_env[@]}"; do
		relay_words+=(--env "$entry")
	done
	for entry in "${opt_rw[@]}"; do
		relay_words+=(--rw "$entry")
	done
}

# run_relay: the relay as a child, with our standard streams. It heeds signals that come from us
# alone, which have other numbers, so that one that the terminal sends to all of us counts once. Sets
# status and result, its word for how the run ended.
run_relay()
{
	local relay name

	"${relay_words[@]}" -- "${command[@]}" <&0 &
	relay=$!
	for name in INT TERM HUP QUIT USR1 USR2; do
		# shellcheck disable=SC2064 # now, not later
		trap "kill -RTMIN+$(kill -l "$name") $relay 2>/dev/null || true" "$name"
	done
	# A signal ends the wait, not the relay.
	while wait "$relay" || true; kill -0 "$relay" 2>/dev/null; do :; done
	status=0
	wait "$relay" || status=$?
	result=$(cat -- "$scratch/result" 2>/dev/null) || true
	trap - INT TERM HUP QUIT USR1 USR2
}

cmd_run()
{
	local scratch console image status=0 result verdict i
	local -a relay_words=()

	parse_run_options "$@"
	command -v qemu-system-x86_64 >/dev/null || die "run: QEMU is not installed; vm/vm setup installs it"
	for i in "${!opt_rw[@]}"; do
		opt_rw[i]=$(realpath -- "${opt_rw[i]}")
	done
	image=$(kernel_image "${opt[kernel]}")
	pick_accel
	check_cpu_count "$image"
	build_boot_programs

	scratch=$(mktemp -d)
	# shellcheck disable=SC2064 # now, not later
	trap "rm -rf -- '$scratch'" EXIT
	console=${opt[console]:-$scratch/console}
	: >"$console" || die "run: --console: cannot write $console"
	machine_words "$image" "$console" | tr '\n' '\0' >"$scratch/qemu"
	if [[ ${opt[verbose]} ]]; then
		say "run: $(tr '\0' ' ' <"$scratch/qemu")"
		tail -n +1 -q -f --pid=$$ -- "$console" >&2 &
	fi
	make_relay_words "$scratch"
	run_relay
	if [[ $result == crashed ]]; then
		# Its emulation of several CPUs has races. Nothing has been done yet, so do it again.
		say "run: QEMU crashed before the command began, another machine is tried: $(<"$scratch/qemu.log")"
		run_relay
	fi
	judge "$result" "$status" "$console" "$scratch/qemu.log"
	exit "$verdict"
}
