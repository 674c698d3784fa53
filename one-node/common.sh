# What one-node/slurm and one-node/gridengine share. Sourced by them, not run.
# They set scheduler (its name), packages, answers (to the packages' questions), programs and mark_variable, and define
# make_copy, start_daemons, last_words, all_run, print_exports and killed_last. All talk goes to stderr: stdout is for
# `eval`.
# shellcheck shell=bash disable=SC2154

PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

missing_program() {
    local program
    for program in "$@"; do
        type -P "$program" >/dev/null || { printf '%s\n' "$program" && return; }
    done
}

# --- packages -----------------------------------------------------------------------------------

policy=/usr/sbin/policy-rc.d
kept_policy=$policy.one-node

forbid_service_starts() {
    if as_root test -e "$policy" && ! as_root test -e "$kept_policy"; then
        as_root mv "$policy" "$kept_policy"
    fi
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
}

restore_service_starts() {
    if as_root test -e "$kept_policy"; then
        as_root mv "$kept_policy" "$policy"
    else
        as_root rm -f "$policy"
    fi
}

installed() {
    [[ $(dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null | grep -cx installed) == "$#" ]]
}

install_packages() {
    if installed "$@"; then
        say "$scheduler is installed already"
        return
    fi
    [[ -z $(missing_program apt-get dpkg-query flock) ]] ||
        fail "$scheduler can be installed on Debian and Ubuntu only: $(missing_program apt-get dpkg-query flock) is missing"
    ((EUID == 0)) || [[ -z $(missing_program sudo) ]] || fail "sudo is missing: run one-node/$scheduler install as root"
    # Two installations at once would take each other's policy-rc.d for the machine's own.
    exec 8>"/tmp/one-node-install-$EUID.lock"
    flock 8
    trap restore_service_starts EXIT
    trap 'exit 130' INT TERM HUP
    forbid_service_starts
    [[ -z ${answers:-} ]] || printf '%s\n' "$answers" | as_root debconf-set-selections >&2
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update >&2 || say "apt-get update failed: going on with the lists at hand"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends "$@" >&2
    restore_service_starts
    trap - EXIT INT TERM HUP
}

# --- the folder ---------------------------------------------------------------------------------

# Sets `folder` to an absolute path that fits into the configuration files and a socket's name.
choose_folder() {
    folder=${1:-${TMPDIR:-/tmp}/one-node-$scheduler-$EUID}
    [[ $folder == /* ]] || folder=$PWD/$folder
    while [[ $folder == ?*/ ]]; do folder=${folder%/}; done
    [[ $folder =~ ^[A-Za-z0-9_./+@-]+$ ]] ||
        fail "$folder: the folder's name may have letters, digits and _ . / + @ - only"
    ((${#folder} <= 80)) || fail "$folder: the folder's name is longer than 80 characters, too long for a socket in it"
    [[ ! -L $folder ]] || fail "$folder is a symbolic link: name another folder"
    [[ ! -e $folder || -d $folder ]] || fail "$folder is not a folder: name another one"
    [[ ! -e $folder || -O $folder ]] || fail "$folder belongs to somebody else: name another folder"
}

# Nobody else starts or stops this copy while we hold the folder's lock (descriptor 9).
lock_folder() {
    while :; do
        (umask 022 && mkdir -p "$folder") || fail "$folder cannot be made: name another folder"
        exec 9<"$folder"
        flock -w 60 9 || fail "$folder: another start or stop has gone on for 60 s"
        [[ $folder -ef /proc/self/fd/9 ]] && return
    done
}

# The file that says a folder is ours; its text marks our processes.
mark_file() { printf '%s\n' "$folder/one-node-$scheduler"; }

require_own_folder() {
    [[ -f $(mark_file) || -z $(ls -A "$folder") ]] ||
        fail "$folder has files that one-node/$scheduler did not make: name another folder"
}

new_mark() {
    local bytes
    bytes=$(od -An -N6 -tx1 /dev/urandom)
    mark=one_node_${bytes// /}
    printf '%s\n' "$mark" >"$(mark_file)"
}

# --- processes ----------------------------------------------------------------------------------

# Prints the processes in whose environment this copy's mark stands: its daemons and most of its jobs' processes.
processes_with_mark() {
    local file
    { grep -lzsxF -e "$mark_variable=$mark" /proc/[0-9]*/environ || true; } | while read -r file; do
        file=${file#/proc/}
        printf '%s\n' "${file%/environ}"
    done
}

# Prints the processes with the mark, those killed last, and all that descends from both.
our_processes() {
    local roots
    roots=$({ processes_with_mark && killed_last; } | tr '\n' ' ')
    [[ -n $roots ]] || return 0
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v roots="$roots" '
        { process = $1; sub(/.*\) /, ""); if ($1 != "Z") parent[process] = $2 }
        function ours(process) {
            while (process in parent && !(process in root)) process = parent[process]
            return process in root
        }
        END {
            count = split(roots, list, " ")
            for (i = 1; i <= count; i++) root[list[i]] = 1
            for (process in parent) if (ours(process)) print process
        }'
}

# Sets daemon_environment so that the daemons know this machine as 127.0.0.1 and no other one at all: they listen
# there if they listen where their name leads, and turn away hosts whose names they do not know.
wrap_names() {
    ldconfig -p | grep -c libnss_wrapper.so >/dev/null || fail "libnss_wrapper.so is missing: run one-node/$scheduler install"
    local name
    name=$(uname -n)
    printf '127.0.0.1 localhost %s %s\n' "$name" "${name%%.*}" >"$folder/hosts"
    # shellcheck disable=SC2034
    daemon_environment=(LD_PRELOAD=libnss_wrapper.so "NSS_WRAPPER_HOSTS=$folder/hosts")
}

is_marked() { [[ -n $1 ]] && grep -qzsxF -e "$mark_variable=$mark" "/proc/$1/environ"; }

daemon_pid() { cat "$folder/$1.pid" 2>/dev/null || true; }

daemon_runs() { is_marked "$(daemon_pid "$1")"; }

# A daemon starts with a machine's plain environment, not with the caller's.
# Usage: start_daemon NAME [VARIABLE=VALUE ...] COMMAND [ARGUMENT ...]
start_daemon() {
    local name=$1
    shift
    (
        cd /
        exec setsid env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
            "$mark_variable=$mark" "$@" </dev/null >>"$folder/logs/$name.out" 2>&1 9<&-
    ) &
    printf '%s\n' "$!" >"$folder/$name.pid"
    disown
}

# Usage: wait_until SECONDS COMMAND [ARGUMENT ...]
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.05
    done
}

# Usage: wait_for_start COMMAND [ARGUMENT ...]; all such waits of one start together have 20 s
wait_for_start() { wait_until $((start_end - SECONDS)) "$@"; }

free_port() {
    local port
    while :; do
        # Below the range from which systems take ports for outgoing connections.
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        if ! { : <"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null; then
            printf '%s\n' "$port"
            return
        fi
    done
}

# Usage: signal_processes SIGNAL PID ...
signal_processes() {
    local signal=$1
    shift
    (($# == 0)) || kill -s "$signal" "$@" 2>/dev/null || true
}

not_killed_last() { our_processes | grep -vxF -e "$(killed_last)" || true; }

none_but_killed_last() { [[ -z $(not_killed_last) ]]; }

# Succeeds when there was nothing to kill.
kill_what_is_left() {
    local pids
    mapfile -t pids < <(our_processes)
    signal_processes KILL "${pids[@]}"
    ((${#pids[@]} == 0))
}

# The daemons and the jobs get a moment to end by themselves.
end_processes() {
    local pids
    mapfile -t pids < <(not_killed_last)
    signal_processes TERM "${pids[@]}"
    wait_until 4 none_but_killed_last || true
    wait_until 10 kill_what_is_left || fail "$folder: processes would not end: $(our_processes | tr '\n' ' ')"
}

read_mark() { mark=$(cat "$(mark_file)" 2>/dev/null || true); }

# Another program may take a port between our look at it and the daemon's: then we choose others.
start_copy() {
    start_end=$((SECONDS + 20))
    while ((SECONDS < start_end)); do
        make_copy
        start_daemons && return
        say "$scheduler did not start: $(last_words)"
        end_processes
    done
    fail "$scheduler did not start within 20 s; its logs are in $folder"
}

stop_copy() {
    [[ -d $folder ]] || { say "$scheduler is not running in $folder" && return; }
    [[ -f $(mark_file) ]] || fail "$folder was not made by one-node/$scheduler: nothing stopped, nothing removed"
    lock_folder
    read_mark
    [[ -z $mark ]] || end_processes
    rm -rf "$folder"
}

usage() {
    say "usage: one-node/$scheduler install | start [FOLDER] | stop [FOLDER]"
    exit 2
}

main() {
    (($# >= 1 && $# <= 2)) || usage
    case $1 in
    install)
        (($# == 1)) || usage
        install_packages "${packages[@]}"
        ;;
    start)
        choose_folder "${2:-}"
        local program
        program=$(missing_program "${programs[@]}")
        [[ -z $program ]] || fail "$program is missing: run one-node/$scheduler install"
        lock_folder
        require_own_folder
        read_mark
        if ! all_run; then
            [[ -z $mark ]] || end_processes
            start_copy
        fi
        print_exports
        ;;
    stop)
        choose_folder "${2:-}"
        stop_copy
        ;;
    *) usage ;;
    esac
}
