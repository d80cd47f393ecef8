#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every pairing of daemon, library and clients, ours and Debian's (as
# tests/qemu/fetch unpacks them, fetched if they are not there), on this Linux
# with a faked hypervisor; see xenstore_pairs.py. The last line is "N passed,
# N failed".
#
# usage: xenstore-pairs.sh [build directory]
set -u
# shellcheck source=tests/host/xenstore-theirs.sh
. "$(dirname "$0")/xenstore-theirs.sh" "${1:-}"
exec timeout 550 python3 "$here/xenstore_pairs.py" "$build" "$root"
