# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154
# The part of vif-bridge, vif-route and vif-nat that is the same.

. "${0%/*}/common.sh"

command -v ip >/dev/null || fail "there is no 'ip' command (iproute2)"

# The name the toolstack gave, or the one the config asks for.
dev=${vif:-${INTERFACE:-}}
[ -n "$dev" ] || fail "no interface was named"
store_get vifname vifname
store_get mtu mtu
store_get ip addresses
up=
case $action in
online | add) up=1 ;;
offline | remove) ;;
*) fail "unknown action '$action'" ;;
esac

# Sets dev to the interface under its final name. What goes offline is what was
# recorded when it came online: without that, $vif may be another guest's.
vif_rename() {
	if [ -z "$up" ]; then
		store_get hotplug-dev dev
		[ -n "$dev" ] || exit 0
		return
	fi
	if [ -z "$vifname" ] || [ "$vifname" = "$dev" ] ||
		[ ! -e "/sys/class/net/$dev" ]; then
		return
	fi
	[ ! -e "/sys/class/net/$vifname" ] ||
		fail "$dev: an interface $vifname exists already"
	# A new interface is down already, as renaming wants it.
	ip link set dev "$dev" name "$vifname" 2>/dev/null || {
		ip link set dev "$dev" down
		ip link set dev "$dev" name "$vifname"
	} || fail "$dev: cannot be renamed to $vifname"
	dev=$vifname
}

vif_success() {
	xenstore-write "$XENBUS_PATH/hotplug-dev" "$dev" \
		"$XENBUS_PATH/hotplug-status" connected ||
		fail "cannot write $XENBUS_PATH/hotplug-status"
}

vif_check() {
	[ -e "/sys/class/net/$dev" ] ||
		fail "interface $dev is missing (is xen-netback loaded?)"
}

# sysctl_set NAME VALUE, NAME with slashes
sysctl_set() {
	echo "$2" >"/proc/sys/$1" 2>/dev/null || fail "cannot set $1 to $2"
}

# The guest's addresses, without masks and gateways.
guest_addresses() {
	echo "$addresses" | tr -s ', ' '\n' | sed 's,/.*,,; /^$/d'
}

ip_family() {
	case $1 in
	*:*) echo -6 ;;
	*) echo -4 ;;
	esac
}

vif_rename
