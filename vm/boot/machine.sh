# SPDX-License-Identifier: GPL-2.0
# The machine, as a QEMU command.

# Whether this machine lets us use KVM: ask QEMU for the smallest machine, which also opens /dev/kvm.
kvm_works()
{
	[[ -r /dev/kvm && -w /dev/kvm ]] || return 1
	# In braces: QEMU may abort, and bash would say so.
	{
		timeout 10 qemu-system-x86_64 -accel kvm -cpu host -machine q35 -nodefaults \
			-display none -monitor stdio -S <<<quit
	} >/dev/null 2>&1
}

# The accelerator to use: what was asked for, or the best there is.
pick_accel()
{
	case ${opt[accel]} in
	kvm) kvm_works || die "run: --kvm: KVM cannot be used here (is /dev/kvm there and accessible?)" ;;
	'')
		opt[accel]=tcg
		[[ ${opt[icount]} ]] || ! kvm_works || opt[accel]=kvm
		;;
	esac
}

# Emulated interrupt controllers have names of 8 bits, and the last one means all.
max_tcg_id=254

# The smallest power of two that is not below COUNT.
power_of_two()
{
	local power=1

	while ((power < $1)); do power=$((power * 2)); done
	echo "$power"
}

# The name of the last CPU's interrupt controller: each level of the topology has bits of its own.
last_cpu_id()
{
	local level id=0

	for level in sockets llcs cores threads; do
		id=$((id * $(power_of_two "${topology[$level]}") + topology[$level] - 1))
	done
	echo "$id"
}

# config_of IMAGE: where the configuration of a kernel is, if it is one of ours.
config_of()
{
	echo "$(dirname -- "$1")/config"
}

# max_cpus IMAGE: how many the kernel can have. One that does not tell may have as many as it likes.
max_cpus()
{
	local max

	max=$(sed -n 's/^CONFIG_NR_CPUS=//p' -- "$(config_of "$1")" 2>/dev/null) || true
	echo "${max:-8192}"
}

# check_cpu_count IMAGE
check_cpu_count()
{
	local cpus max

	cpus=$(topology_cpus)
	max=$(max_cpus "$1")
	((cpus <= max)) || die "run: $cpus CPUs are too many; the kernel can have $max"
	[[ ${opt[accel]} == kvm ]] || (($(last_cpu_id) <= max_tcg_id)) ||
		die "run: $cpus CPUs in this topology are too many without KVM: their interrupt controllers would need more than 8 bits (numbers that are powers of two need fewest)"
}

# A processor that tells the guest of threads, cores and shared caches. Intel's way of telling works
# under emulation without the extensions that AMD's needs. Page tables have four levels: with five,
# KASAN takes an interrupt during identify_cpu(), which begins by clearing the CPU's features, for a
# wild access.
cpu_model()
{
	if [[ ${opt[accel]} == kvm ]]; then
		echo host,topoext=on
	else
		echo max,vendor=GenuineIntel,family=6,model=85,stepping=4,l3-cache=on,la57=off
	fi
}

# tcg_threads IMAGE: emulation on several threads is not safe for a kernel that rewrites itself
# (base.config), as one does whose configuration is not there to tell.
tcg_threads()
{
	local config

	config=$(config_of "$1")
	if [[ -r $config ]] && ! grep -q '^CONFIG_JUMP_LABEL=y' -- "$config"; then
		echo multi
	else
		echo single
	fi
}

accel_words()
{
	local image=$1

	case ${opt[accel]},${opt[icount]} in
	kvm,*) printf '%s\n' -accel kvm ;;
	tcg,) printf '%s\n' -accel "tcg,thread=$(tcg_threads "$image")" ;;
	tcg,*) printf '%s\n' -accel tcg,thread=single -icount "shift=${opt[icount]},sleep=off" ;;
	esac
}

# What the kernel is to believe about its time stamp counter. Emulated in time, it is the host's.
tsc_words()
{
	local khz

	printf 'tsc=reliable'
	[[ ${opt[accel]} == tcg && ! ${opt[icount]} ]] || return 0
	khz=$("$build_dir/vm/tsc_rate")
	[[ ! $khz ]] || printf ' tsc_early_khz=%s' "$khz"
}

# The kernel's command line. All but debug messages reach the console, which is searched afterwards.
kernel_words()
{
	echo "console=ttyS0 loglevel=7 oops=panic panic=-1 $(tsc_words) random.trust_cpu=on ${opt[append]}"
}

share_words()
{
	local dir=$1 tag=$2 extra=$3

	printf '%s\n' -virtfs "local,path=$dir,mount_tag=$tag,security_model=none,multidevs=remap$extra"
}

# machine_words IMAGE CONSOLE: one word of the QEMU command per line.
machine_words()
{
	local image=$1 console=$2 mem i

	mem=$(mib "${opt[mem]}")
	printf '%s\n' qemu-system-x86_64 -machine q35 -cpu "$(cpu_model)" -smp "$(machine_smp)" -m "${mem}M"
	accel_words "$image"
	numa_words "${opt[numa]}" "$mem"
	printf '%s\n' -nodefaults -no-user-config -display none -no-reboot \
		-chardev "file,id=console,path=${console//,/,,}" -serial chardev:console \
		-kernel "$image" -initrd "$build_dir/vm/initramfs" -append "$(kernel_words)" \
		-device virtio-serial-pci,max_ports=8
	share_words / host ,readonly=on
	for i in "${!opt_rw[@]}"; do
		share_words "${opt_rw[i]}" "rw$i" ''
	done
}
