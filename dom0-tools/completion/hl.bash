# SPDX-License-Identifier: BSD-2-Clause
# bash completion for hl: verbs, options, names of domains, files.

_hl_domains() {
	hl list 2>/dev/null | awk 'NR > 1 && $1 != "Domain-0" { print $1 }'
}

_hl_words() { # WORDS: those that fit what is typed
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_hl_options() { # VERB
	case $1 in
	create) echo "-c -p -n -d -q" ;;
	list) echo "-l -v -c" ;;
	console) echo "-t -n" ;;
	shutdown) echo "-w -F -a" ;;
	reboot) echo "-F -a" ;;
	destroy) echo "-f" ;;
	dmesg) echo "-c" ;;
	uptime) echo "-s" ;;
	vcpu-set) echo "-i" ;;
	sched-credit2) echo "-d -w -c" ;;
	esac
}

_hl() {
	local cur=${COMP_WORDS[COMP_CWORD]} verb="" i
	local verbs="create list info console shutdown reboot destroy pause
		unpause dmesg vcpu-list vcpu-set vcpu-pin mem-set domid domname
		uptime rename sched-credit2 debug-keys help"

	COMPREPLY=()
	if [[ ${COMP_WORDS[COMP_CWORD - 1]} == --format ]]; then
		_hl_words "text json"
		return
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--format) ((i++)) ;;
		-*) ;;
		*)
			verb=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	if [[ -z $verb ]]; then
		if [[ $cur == -* ]]; then
			_hl_words "-v -N --format"
		else
			_hl_words "$verbs"
		fi
	elif [[ $cur == -* ]]; then
		_hl_words "$(_hl_options "$verb") --format"
	else
		case $verb in
		create) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
		help) _hl_words "$verbs" ;;
		info | dmesg | debug-keys | domname) ;;
		*) _hl_words "$(_hl_domains)" ;;
		esac
	fi
}

complete -F _hl hl
