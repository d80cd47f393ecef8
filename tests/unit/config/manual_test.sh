#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The manual and the completion keep up with the code: each key of the schema
# stands in hl.cfg(5), each verb in hl(1) and in the completion.
src=${srcdir:-.}
status=0

check() { # WHAT NAME FILE
	grep -q -- "\\*$2\\*" "$3" || {
		echo "$1 $2 is not in $3"
		status=1
	}
}

keys=$(sed -n '/schema_keys\[\]/,/^};/p' "$src/dom0-tools/lib/config_schema.c" |
	tr '\n\t' '  ' | grep -o '{ "[a-z_]*", config_set_[a-z0-9]*, [^}]*}' |
	grep -v 'NULL }$' | sed 's/^{ "\([a-z_]*\)".*/\1/')
[ "$(echo "$keys" | wc -l)" -ge 30 ] || {
	echo "only these keys were found: $keys"
	status=1
}
for key in $keys; do
	check key "$key" "$src/docs/man/hl.cfg.5.scd"
done

verbs=$(sed -n 's/^\t\.name = "\([a-z0-9-]*\)",/\1/p' \
	"$src"/dom0-tools/cli/verb_*.c)
[ "$(echo "$verbs" | wc -l)" -ge 15 ] || {
	echo "only these verbs were found: $verbs"
	status=1
}
for verb in $verbs; do
	check verb "$verb" "$src/docs/man/hl.1.scd"
	grep -qw -- "$verb" "$src/dom0-tools/completion/hl.bash" || {
		echo "verb $verb is not in the completion"
		status=1
	}
done
exit $status
