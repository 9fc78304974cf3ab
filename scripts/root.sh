# What the scripts share that try something in a Debian root of its own. Sourced after lib.sh; they run as root.

# make_root <suite> <folder> <package>...: a minimal root with these packages.
make_root() {
    local suite=$1 target=$2 apt_conf="$2.conf" mirror
    shift 2
    mirror=$(debian_mirror)
    [[ -n $mirror ]] || die 4 "There is no Debian mirror in this machine's apt sources."
    # How this machine reaches its mirror (proxy, checks of dates), and nothing else of its configuration.
    apt-config dump | grep -E '^Acquire::(http|https|Check)' >"$apt_conf" || true
    mmdebstrap --mode=root --variant=minbase --include="$*" --aptopt="$apt_conf" "$suite" "$target" "$mirror"
    cp "$apt_conf" "$target/etc/apt/apt.conf.d/90mirror"
    cp --dereference /etc/resolv.conf "$target/etc/resolv.conf"
}

# enter <folder> <command>...: runs a command in the root, as a user's shell would, in a mount namespace of its own: when
# the command ends, or this script is killed, the mounts are gone.
enter() {
    local target=$1
    shift
    unshare --mount --pid --fork --kill-child bash -c '
        set -e
        target=$1; shift
        mount --make-rprivate /
        mount -t proc proc "$target/proc"
        mount --rbind /sys "$target/sys"
        mount --rbind /dev "$target/dev"
        exec chroot "$target" "$@"' enter "$target" \
        env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"
}

# remove_root <folder>: the mounts went with their namespace; --one-file-system makes sure of it.
remove_root() { rm -rf --one-file-system "$1" "$1.conf"; }

# step <log> <what> <command>...: runs it, prints how it went and how long it took, and the end of the log if it failed.
# Then `failed` is yes, and steps behind it are left out. Not for a condition: bash would ignore what fails within.
failed=no
step() {
    local log=$1 what=$2 start=$SECONDS verdict=PASS
    shift 2
    [[ $failed == no ]] || return 0
    set +e
    (set -e && "$@") >"$log" 2>&1 </dev/null
    [[ $? -eq 0 ]] || verdict=FAIL
    set -e
    say "$(printf '%s  %-20s %4d s  %s' $verdict "$what" $((SECONDS - start)) "$(realpath --relative-to=. "$log")")"
    [[ $verdict == PASS ]] && return
    tail -n 15 "$log" | sed 's/^/      /' >&2
    failed=yes
}
