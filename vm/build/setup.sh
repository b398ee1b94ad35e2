# SPDX-License-Identifier: GPL-2.0
# setup: the packages of packages.def that are not installed yet. Silent when there are none.

missing_packages()
{
	local wanted installed

	wanted=$(sed -e 's/#.*//' -e 's/[[:space:]].*//' -e '/^$/d' "$vm_dir/build/packages.def")
	# shellcheck disable=SC2016,SC2086 # dpkg's placeholders; words are wanted
	installed=$( { dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null || true; } |
		sed -n 's/ installed$//p')
	grep -vxF -e "$installed" <<<"$wanted" || true
}

as_root()
{
	if [[ $EUID -eq 0 ]]; then
		"$@"
	else
		sudo "$@"
	fi
}

cmd_setup()
{
	local missing log=$cache/log/setup

	no_more_args setup "$@"
	command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
		die "setup: this needs Debian 12 (dpkg-query and apt-get); vm/build/packages.def lists what to install"
	[[ $(dpkg --print-architecture) == amd64 ]] ||
		die "setup: this needs Debian 12 for amd64; here it is $(dpkg --print-architecture)"
	missing=$(missing_packages)
	[[ $missing ]] || return 0
	[[ $EUID -eq 0 ]] || command -v sudo >/dev/null ||
		die "setup: installing packages needs root or sudo; run as root: apt-get install" $missing
	say "setup: installing" $missing
	run_logged "$log" "apt-get update" as_root apt-get -q -o DPkg::Lock::Timeout=600 update || exit 1
	# shellcheck disable=SC2086
	run_logged "$log" "apt-get install" as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y -o DPkg::Lock::Timeout=600 --no-install-recommends install $missing || exit 1
	missing=$(missing_packages)
	[[ ! $missing ]] || die "setup: still missing after the installation:" $missing
}
