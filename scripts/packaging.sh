# What scripts/package and scripts/package-test share. Sourced after lib.sh.

# package_for <architecture or nothing> <suite or nothing>: sets `arch` and `suite`, `native` (yes for this machine's
# own) and `suffix`, which ends a package's version, so that each release of Debian has its own.
package_for() {
    local here release
    here=$(dpkg --print-architecture)
    release=$(source /etc/os-release && printf '%s' "${VERSION_CODENAME:-sid}")
    arch=${1:-$here} suite=$2 native=no
    [[ -n $suite ]] || if [[ $arch == "$here" ]]; then suite=$release; else suite=trixie; fi
    [[ $arch != "$here" || $suite != "$release" ]] || native=yes
    case $suite in
    bookworm) suffix='~deb12' ;;
    trixie) suffix='~deb13' ;;
    *) suffix="~$suite" ;;
    esac
}

# package_sysroot <torch: ON|OFF>: of `arch` and `suite`.
package_sysroot() {
    local options=(--suite "$suite")
    [[ $1 == OFF ]] || options+=(--torch)
    "$root/scripts/sysroot" "${options[@]}" "$arch"
}
