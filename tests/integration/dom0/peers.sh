# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# The other side's tool does the same with the XenStore that runs here: xl on
# our hypervisor, hl on Debian's Xen.

peer_was=$TOOL
case $TOOL in
hl) TOOL=xl ;;
*) TOOL=hl ;;
esac
net_prepare
make_disk peer
write_config peer 1 "job=idle"
check "peer $TOOL: info" "$TOOL" info
check "peer $TOOL: list" "$TOOL" list
check "peer $TOOL: create" create peer
check "peer $TOOL: listed" exists peer
check "peer $TOOL: up" wait_until 90 console_has peer "^guest: idle"
check "peer $TOOL: destroy" "$TOOL" destroy peer
check "peer $TOOL: nothing left" wait_until 30 nothing_left peer
TOOL=$peer_was
