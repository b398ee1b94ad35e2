# SPDX-License-Identifier: GPL-2.0
# The configuration of a flavour: tinyconfig and its fragments, checked symbol by symbol after
# Kconfig has had its say.

# The fragments of FLAVOUR, the later ones win.
config_fragments()
{
	local dir=$vm_dir/build/config

	case $1 in
	base) echo "$dir/base.config" ;;
	bench | pristine) echo "$dir/base.config $dir/bench.config" ;;
	up) echo "$dir/base.config $dir/up.config" ;;
	debug) echo "$dir/base.config $dir/debug.config" ;;
	distro) echo "$dir/base.config $dir/debug.config $dir/distro.config" ;;
	kasan) echo "$dir/base.config $dir/debug.config $dir/kasan.config" ;;
	esac
}

# The assignments of the fragments, each symbol once, as Kconfig writes them.
requested()
{
	grep -hE '^(CONFIG_[A-Za-z0-9_]+=|# CONFIG_[A-Za-z0-9_]+ is not set$)' -- "$@" | awk '
		{ name = $1 == "#" ? $2 : substr($0, 1, index($0, "=") - 1); line[name] = $0 }
		END { for (name in line) print line[name] }' | sort
}

# Those requests that .config does not fulfil. A symbol that .config does not know is off.
unfulfilled()
{
	local config=$1 line name

	shift
	requested "$@" | while read -r line; do
		if [[ $line == '# '* ]]; then
			name=${line#\# } name=${name% is not set}
			! grep -q "^$name=" -- "$config" || echo "$line"
		else
			grep -qxF -e "$line" -- "$config" || echo "$line"
		fi
	done
}

# configure TREE OBJ FLAVOUR: leaves OBJ/.config alone where it would come out the same.
configure()
{
	local tree=$1 obj=$2 flavour=$3 scratch missing
	local -a fragments

	read -ra fragments < <(config_fragments "$flavour")
	scratch=$obj/.scxkit-config
	if [[ -r $obj/.config && -r $scratch/wanted ]] &&
		cmp -s "$scratch/wanted" <(cat -- "${fragments[@]}"); then
		return 0
	fi
	mkdir -p -- "$scratch"
	rm -f -- "$scratch/wanted" # from here on .config is on its way
	run_logged "$cache/log/config-$flavour" "configuring the kernel ($flavour)" \
		merge_fragments "$tree" "$obj" "${fragments[@]}" || exit 1
	missing=$(unfulfilled "$obj/.config" "${fragments[@]}")
	if [[ $missing ]]; then
		say "kernel $flavour: the configuration lacks what was asked for (a dependency is off, or the symbol is gone):"
		sed 's/^/  /' <<<"$missing" >&2
		exit 1
	fi
	cat -- "${fragments[@]}" >"$scratch/wanted"
}

merge_fragments()
{
	local tree=$1 obj=$2

	shift 2
	make -C "$tree" O="$obj" tinyconfig &&
		(cd "$obj" && "$tree/scripts/kconfig/merge_config.sh" -m -O "$obj" "$obj/.config" "$@") &&
		make -C "$tree" O="$obj" olddefconfig
}
