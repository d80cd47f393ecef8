#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What ./run and ./check need before anything else: the packages of
# packages.txt, the build configured in build/, and built. Packages are asked
# of apt only when one is missing.
#
# usage: setup.sh packages|build|all
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${HOSPES_BUILD:-$top/build}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "setup: not root and no sudo; as root: $*" >&2
		exit 2
	fi
}

missing_packages() {
	sed 's/#.*//' "$top/tests/packages.txt" | tr -d ' \t' | grep . |
		while read -r package; do
			dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
				grep -q '^install ok installed' ||
				echo "$package"
		done
}

setup_packages() {
	local missing
	missing=$(missing_packages)
	# The machine's kernel comes through apt's lists too.
	if [ -n "$missing" ] ||
		[ ! -s "${HOSPES_DEBS:-$build/debs}/complete" ] &&
		[ -z "$(apt-cache depends linux-image-amd64 2>/dev/null)" ]; then
		as_root apt-get -q update
	fi
	[ -n "$missing" ] || return 0
	echo "setup: installing ${missing//$'\n'/ }"
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		--no-install-recommends install $missing
}

setup_build() {
	cd "$top"
	if [ ! -x configure ] || [ configure.ac -nt configure ]; then
		autoreconf -i
	fi
	mkdir -p "$build"
	cd "$build"
	[ -e Makefile ] || "$top/configure" -q
	make -s -j"$(nproc)"
}

case ${1:-all} in
packages) setup_packages ;;
build) setup_build ;;
all)
	setup_packages
	setup_build
	;;
*)
	echo "usage: setup.sh packages|build|all" >&2
	exit 2
	;;
esac
