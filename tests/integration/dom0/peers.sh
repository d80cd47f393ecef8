# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# The other side's tool does the same with the XenStore that runs here: xl on
# our hypervisor, hl on Debian's Xen. With its own libxenstore, and with the
# other's in its place.

peer_was=$TOOL
case $TOOL in
hl) TOOL=xl ;;
*) TOOL=hl ;;
esac

# Either side's client, by the socket and by the kernel, says the same.
clients_agree() {
	for bin in /usr/bin /usr/local/bin; do
		for path in /run/xenstored/socket /dev/xen/xenbus; do
			XENSTORED_PATH=$path timeout 20 "$bin/xenstore-ls" -p \
				/local/domain/0 >/tmp/peer.ls || return 1
			[ -e /tmp/peer.first ] || cp /tmp/peer.ls /tmp/peer.first
			diff /tmp/peer.first /tmp/peer.ls || return 1
		done
	done
	grep -q frontend-id /tmp/peer.first && rm /tmp/peer.first
}

make_disk peer
write_config peer 1 "job=idle"
for library in ours theirs; do
	use_library "$library"
	peer="peer $TOOL with the library of $library"
	LD_TRACE_LOADED_OBJECTS=1 "$(command -v "$TOOL")" >/tmp/peer.objects
	check "$peer: it is that" library_is "$library" /tmp/peer.objects
	check "$peer: info" "$TOOL" info
	check "$peer: list" "$TOOL" list
	check "$peer: create" create peer
	check "$peer: listed" exists peer
	check "$peer: up" wait_until 180 console_has peer "^guest: idle"
	check "$peer: both sides' clients" clients_agree
	check "$peer: destroy" "$TOOL" destroy peer
	check "$peer: nothing left" wait_until 30 nothing_left peer
done
use_library ours
TOOL=$peer_was
