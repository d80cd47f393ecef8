# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
# Sourced, with the build directory or nothing as the argument: sets here,
# build, binary (our daemon) and client, and what these tests share: our
# clients, an expectation, and the count that they end with.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${1:-${HOSPES_BUILD:-$here/../../build}}
[ -x ./hospes-xenstored ] && build=.
build=$(cd "$build" && pwd) || exit 2
binary=$build/hospes-xenstored
client=$build/.libs/xenstore-client
[ -x "$client" ] || client=$build/xenstore-client
passed=0
failed=0

# ours VERB ARGS: our client with our library, by the name of the verb.
ours() {
	local verb=$1
	shift
	LD_LIBRARY_PATH=$build/.libs bash -c \
		'exec -a "$0" "$@"' "xenstore-$verb" "$client" "$@"
}

ok() {
	passed=$((passed + 1))
}

not_ok() {
	failed=$((failed + 1))
	echo "not ok: $*"
}

# expect NAME WANTED-STATUS WANTED-OUTPUT COMMAND...
expect() {
	local name=$1 status=$2 output=$3 got rc
	shift 3
	got=$("$@" 2>&1)
	rc=$?
	if [ "$rc" = "$status" ] && [ "$got" = "$output" ]; then
		ok
	else
		not_ok "$name: status $rc, output: $got"
	fi
}

# The last line, and whether all went well.
count() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
