# Functions for one-node/slurm, one-node/gridengine and one-node/oar, which source this file.
# They set scheduler (its name), packages, answers (to the packages' questions), programs and mark_variable, and define
# make_copy, start_daemons, last_words, all_run, print_exports and killed_last. Messages go to stderr, because stdout is
# for `eval`.
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
        say "$scheduler is already installed"
        return
    fi
    [[ -z $(missing_program apt-get dpkg-query flock) ]] ||
        fail "$scheduler can only be installed on Debian and Ubuntu: $(missing_program apt-get dpkg-query flock) is missing"
    ((EUID == 0)) || [[ -z $(missing_program sudo) ]] || fail "sudo is missing: run one-node/$scheduler install as root"
    # Two simultaneous installations would restore each other's policy-rc.d.
    exec 8>"/tmp/one-node-install-$EUID.lock"
    flock 8
    trap restore_service_starts EXIT
    trap 'exit 130' INT TERM HUP
    forbid_service_starts
    [[ -z ${answers:-} ]] || printf '%s\n' "$answers" | as_root debconf-set-selections >&2
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update >&2 || say "apt-get update failed: continuing with the present lists"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends "$@" >&2
    restore_service_starts
    trap - EXIT INT TERM HUP
}

# --- the folder ---------------------------------------------------------------------------------

# Set `folder` to an absolute path that can be used in configuration files and for a socket.
choose_folder() {
    folder=${1:-${TMPDIR:-/tmp}/one-node-$scheduler-$EUID}
    [[ $folder == /* ]] || folder=$PWD/$folder
    while [[ $folder == ?*/ ]]; do folder=${folder%/}; done
    [[ $folder =~ ^[A-Za-z0-9_./+@-]+$ ]] ||
        fail "$folder: the path can only have letters, digits and _ . / + @ -"
    ((${#folder} <= 80)) || fail "$folder: the path must not be longer than 80 characters, because of a socket in the folder"
    [[ ! -L $folder ]] || fail "$folder is a symbolic link: use another folder"
    [[ ! -e $folder || -d $folder ]] || fail "$folder is not a folder: use another one"
    [[ ! -e $folder || -O $folder ]] || fail "$folder belongs to another user: use another folder"
}

# Hold the folder's lock (descriptor 9), so that no other process starts or stops this copy.
lock_folder() {
    while :; do
        (umask 022 && mkdir -p "$folder") || fail "$folder cannot be created: use another folder"
        exec 9<"$folder"
        flock -w 60 9 || fail "$folder: timed out after 60 s: another start or stop is running"
        [[ $folder -ef /proc/self/fd/9 ]] && return
    done
}

# This file marks a folder as ours; its content marks our processes.
mark_file() { printf '%s\n' "$folder/one-node-$scheduler"; }

require_own_folder() {
    [[ -f $(mark_file) || -z $(ls -A "$folder") ]] ||
        fail "$folder has files that one-node/$scheduler did not create: use another folder"
}

new_mark() {
    local bytes
    bytes=$(od -An -N6 -tx1 /dev/urandom)
    mark=one_node_${bytes// /}
    printf '%s\n' "$mark" >"$(mark_file)"
}

# --- processes ----------------------------------------------------------------------------------

# Print the processes whose environment has this copy's mark: its daemons and most processes of jobs.
processes_with_mark() {
    local file
    { grep -lzsxF -e "$mark_variable=$mark" /proc/[0-9]*/environ || true; } | while read -r file; do
        file=${file#/proc/}
        printf '%s\n' "${file%/environ}"
    done
}

# Print the processes with the mark, those to be killed last, and all their descendants.
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

# Set daemon_environment so that for the daemons, this machine is 127.0.0.1 and no other host name resolves: they listen on
# 127.0.0.1 if they listen on the address of their name, and reject unknown hosts.
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

# Start a daemon with a minimal environment instead of the caller's.
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
        # Below the range of ports for outgoing connections.
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

# Succeed if there was nothing to kill.
kill_what_is_left() {
    local pids
    mapfile -t pids < <(our_processes)
    signal_processes KILL "${pids[@]}"
    ((${#pids[@]} == 0))
}

# Give the daemons and jobs time to end.
end_processes() {
    local pids
    mapfile -t pids < <(not_killed_last)
    signal_processes TERM "${pids[@]}"
    wait_until 4 none_but_killed_last || true
    wait_until 10 kill_what_is_left || fail "$folder: these processes did not end: $(our_processes | tr '\n' ' ')"
}

read_mark() { mark=$(cat "$(mark_file)" 2>/dev/null || true); }

# Another program may take a port before the daemon does; then choose other ports.
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
    [[ -f $(mark_file) ]] || fail "$folder was not created by one-node/$scheduler: nothing is stopped or removed"
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
