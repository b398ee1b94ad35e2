# SPDX-License-Identifier: GPL-2.0
# The shape of the machine, as QEMU options. A last-level cache is a QEMU "die": CPUs of a die share
# the L3. CPU numbers count threads first, then cores, LLCs, sockets.

# A positive decimal number without leading zeros.
is_count()
{
	[[ $1 =~ ^[1-9][0-9]{0,5}$ ]]
}

# parse_topology TEXT: sets topology[sockets|llcs|cores|threads]; those not named are 1.
parse_topology()
{
	local text=$1 part key value
	local -a parts

	IFS=, read -ra parts <<<"$text"
	[[ ${#parts[@]} -gt 0 && $text != *, ]] ||
		die "run: --topology: '$text' is not like sockets=1,llcs=2,cores=4,threads=2"
	declare -gA topology=([sockets]=1 [llcs]=1 [cores]=1 [threads]=1)
	local -A seen=()
	for part in "${parts[@]}"; do
		key=${part%%=*} value=${part#*=}
		[[ $part == *=* && $key && -v topology[$key] ]] ||
			die "run: --topology: '$part' in '$text' is none of sockets=S, llcs=L (per socket), cores=C (per LLC), threads=T (per core)"
		is_count "$value" || die "run: --topology: $key='$value' is not a positive number"
		[[ ! -v seen[$key] ]] || die "run: --topology: $key is given twice in '$text'"
		seen[$key]=1
		topology[$key]=$value
	done
}

topology_cpus()
{
	echo $((topology[sockets] * topology[llcs] * topology[cores] * topology[threads]))
}

# machine_smp: the value of -smp.
machine_smp()
{
	echo "$(topology_cpus),sockets=${topology[sockets]},dies=${topology[llcs]},cores=${topology[cores]},threads=${topology[threads]}"
}

# mib SIZE: a memory size like 512M or 2G in MiB.
mib()
{
	[[ $1 =~ ^([1-9][0-9]{0,6})([MG])$ ]] || die "run: --mem: '$1' is not a size like 512M or 2G"
	if [[ ${BASH_REMATCH[2]} == G ]]; then
		echo $((BASH_REMATCH[1] * 1024))
	else
		echo "${BASH_REMATCH[1]}"
	fi
}

# numa_words NODES MIB: -numa options that spread sockets, or else LLCs, evenly over the nodes.
numa_words()
{
	local nodes=$1 mem=$2 cpus per node size
	local llcs=$((topology[sockets] * topology[llcs]))

	[[ $nodes -gt 1 ]] || return 0
	((topology[sockets] % nodes == 0 || llcs % nodes == 0)) ||
		die "run: --numa: neither ${topology[sockets]} socket(s) nor $llcs LLC(s) can be spread evenly over $nodes nodes"
	((mem / nodes >= 64)) || die "run: --numa: $mem MiB is too little for $nodes nodes; each needs 64 MiB"
	cpus=$(topology_cpus)
	per=$((cpus / nodes))
	for ((node = 0; node < nodes; node++)); do
		# The last one gets what the division leaves.
		size=$((node < nodes - 1 ? mem / nodes : mem - mem / nodes * node))
		printf '%s\n' -object "memory-backend-ram,id=node$node,size=${size}M" \
			-numa "node,nodeid=$node,memdev=node$node,cpus=$((node * per))-$((node * per + per - 1))"
	done
}
