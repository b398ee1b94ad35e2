# SPDX-License-Identifier: GPL-2.0
# The options of vm/vm run.

run_usage()
{
	cat <<-END
	usage: vm/vm run [OPTIONS] [--] COMMAND [ARGUMENTS]

	Boot a kernel and run COMMAND of the host inside, in the same directory, with the host's
	files. What it writes goes to memory and is gone afterwards, unless --rw says otherwise.
	Standard streams, signals and the exit status are those of COMMAND. A second SIGINT, SIGTERM
	or SIGQUIT within two seconds ends the machine.

	  --kernel FLAVOUR|FILE  $flavours, or a bzImage (default: \$SCXKIT_KERNEL
	                         or base)
	  --cpus N               N CPUs: cores of one socket that share an LLC (default 2)
	  --topology T           sockets=S,llcs=L,cores=C,threads=T: L LLCs per socket, C cores per
	                         LLC, T threads per core
	  --numa N               N memory nodes; sockets, or else LLCs, are spread over them
	  --mem SIZE             memory, like 512M or 2G (default 1G)
	  --icount[=SHIFT]       guest time counts instructions, 2^SHIFT ns each (default 1); an idle
	                         guest jumps to its next timer, so waiting takes no real time
	  --kvm, --tcg           use KVM, or emulation (default: KVM where it works)
	  --env NAME=VALUE       a variable of COMMAND's environment; may be repeated
	  --rw DIR               writes below DIR reach the host; may be repeated
	  --append ARGUMENTS     more words for the kernel's command line
	  --timeout SECONDS      end the machine then, with exit status 124
	  --console FILE         keep the kernel's log in FILE
	  --allow-splat          do not fail when the kernel warned
	  -v, --verbose          show the kernel's log live, and the QEMU command
	  -h, --help             this text

	Exit status: that of COMMAND (128 + N when signal N ended it, 127 when there is no such
	command); 124 timeout; 125 the machine failed or its kernel panicked; 126 the kernel
	warned (see vm/console.def), or COMMAND cannot be executed; 2 wrong usage.
	END
}

# parse_run_options ARGUMENTS: sets opt[], opt_env, opt_rw and command, all checked.
parse_run_options()
{
	declare -gA opt=([kernel]=${SCXKIT_KERNEL:-base} [numa]=1 [mem]=1G [icount]=""
		[accel]="" [append]="" [timeout]=0 [console]="" [allow_splat]="" [verbose]="")
	declare -ga opt_env=() opt_rw=() command=()

	while [[ $# -gt 0 ]]; do
		case $1 in
		--icount=*)
			opt[icount]=${1#*=}
			[[ ${opt[icount]} ]] || die "run: --icount= needs a value, or leave out the '='"
			;;
		--icount)
			opt[icount]=1
			# One digit is no command.
			if [[ ${2-} =~ ^[0-9]$ ]]; then
				opt[icount]=$2
				shift
			fi
			;;
		--kernel=* | --cpus=* | --topology=* | --numa=* | --mem=* | --append=* | --timeout=* | --console=* | --env=* | --rw=*)
			set -- "${1%%=*}" "${1#*=}" "${@:2}"
			continue
			;;
		--kernel | --cpus | --topology | --numa | --mem | --append | --timeout | --console | --env | --rw)
			[[ $# -ge 2 ]] || die "run: $1 needs a value"
			case $1 in
			--env) opt_env+=("$2") ;;
			--rw) opt_rw+=("$2") ;;
			*) opt[${1#--}]=$2 ;;
			esac
			shift
			;;
		--kvm | --tcg) opt[accel]=${1#--} ;;
		--allow-splat) opt[allow_splat]=1 ;;
		-v | --verbose) opt[verbose]=1 ;;
		-h | --help)
			run_usage
			exit 0
			;;
		--)
			shift
			break
			;;
		--kvm=* | --tcg=* | --allow-splat=* | --verbose=* | --help=*)
			die "run: ${1%%=*} takes no value"
			;;
		-*) die "run: no option '$1'; vm/vm run --help lists them" ;;
		*) break ;;
		esac
		shift
	done
	command=("$@")
	check_run_options
}

check_run_options()
{
	local entry

	[[ ${#command[@]} -gt 0 ]] || die "run: which command? vm/vm run --help tells how to call it"
	[[ ! -v opt[cpus] || ! -v opt[topology] ]] ||
		die "run: --cpus and --topology both say how many CPUs there are; give one"
	if [[ -v opt[topology] ]]; then
		parse_topology "${opt[topology]}"
	else
		opt[cpus]=${opt[cpus]-2}
		is_count "${opt[cpus]}" || die "run: --cpus: '${opt[cpus]}' is not a positive number"
		parse_topology "cores=${opt[cpus]}"
	fi
	is_count "${opt[numa]}" || die "run: --numa: '${opt[numa]}' is not a positive number"
	[[ ${opt[timeout]} == 0 ]] || is_count "${opt[timeout]}" ||
		die "run: --timeout: '${opt[timeout]}' is not a number of seconds"
	[[ ! ${opt[icount]} || ${opt[icount]} =~ ^([0-9]|10)$ ]] ||
		die "run: --icount: '${opt[icount]}' is not a shift from 0 to 10"
	[[ ! ${opt[icount]} || ${opt[accel]} != kvm ]] ||
		die "run: --icount counts emulated instructions; it cannot be used with --kvm"
	for entry in "${opt_env[@]}"; do
		[[ $entry =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || die "run: --env: '$entry' is not NAME=VALUE"
	done
	for entry in "${opt_rw[@]}"; do
		[[ -d $entry ]] || die "run: --rw: '$entry' is not a directory"
		[[ $entry != *,* ]] || die "run: --rw: '$entry': a comma in the name cannot be passed to QEMU"
		[[ ! $(realpath -- "$entry") =~ ^/(proc|sys|dev|run)(/|$) ]] ||
			die "run: --rw: '$entry': the guest has a /${BASH_REMATCH[1]} of its own"
	done
}
