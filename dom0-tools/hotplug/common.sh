# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What all hotplug scripts share. They are called by the toolstack with an
# action and these variables:
#
#   XENBUS_PATH   the back end's directory in the store
#   vif           the interface's name (vif scripts)
#
# and answer in the store: hotplug-status is "connected", or "error" with the
# cause, in one line, in hotplug-error. The exit code says the same.

# Installed as PREFIX/libexec/hospes/hotplug: the store's clients are near.
PATH=${0%/libexec/*}/bin:${0%/libexec/*}/sbin:$PATH
export PATH

fail() {
	echo "${0##*/}: $*" >&2
	# A back end that is being removed must not come back by this.
	if xenstore-exists "${XENBUS_PATH:-/none}/frontend" 2>/dev/null; then
		xenstore-write "$XENBUS_PATH/hotplug-error" "${0##*/}: $*" \
			"$XENBUS_PATH/hotplug-status" error
	fi
	exit 1
}

# The back end's directory, read at once: a create waits for this script, and
# each program it starts is a part of that time. Lines of: PATH/key = "value"
# (with -f, as without it long values are cut).
store=

store_load() {
	store=$(xenstore-ls -f "$XENBUS_PATH" 2>/dev/null) || {
		case $action in
		offline | remove) exit 0 ;; # nothing is left to do
		esac
		fail "cannot read $XENBUS_PATH from the store"
	}
}

# store_get KEY VARIABLE: the value, empty if there is none. Line by line: one
# pattern over all of it costs the shell the square of its length.
store_get() {
	store_value=
	store_ifs=$IFS
	IFS='
'
	set -f
	for store_line in $store; do
		case $store_line in
		"$XENBUS_PATH/$1 = \""*)
			store_value=${store_line#"$XENBUS_PATH/$1 = \""}
			store_value=${store_value%\"}
			;;
		esac
	done
	set +f
	IFS=$store_ifs
	eval "$2=\$store_value"
}

success() {
	xenstore-write "$XENBUS_PATH/hotplug-status" connected ||
		fail "cannot write $XENBUS_PATH/hotplug-status"
}

[ -n "${XENBUS_PATH:-}" ] || fail "XENBUS_PATH is not set"
# shellcheck disable=SC2034 # for the scripts
action=${1:-}
store_load
