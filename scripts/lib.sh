# What the scripts share. Sourced, not run; `root` is the project's folder.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Messages go to stderr: stdout belongs to what the script runs.
say() { printf '%s\n' "$*" >&2; }
die() {
    local code=$1
    shift
    say "$@"
    exit "$code"
}

# The packages of these groups, as scripts/packages.txt lists them.
packages() {
    local groups=" $* " group package
    while read -r group package; do
        [[ $groups == *" $group "* ]] && printf '%s\n' "$package"
    done < <(grep -v '^#' "$root/scripts/packages.txt")
    return 0
}

# Those of them that are not installed, by one call of dpkg-query.
missing_packages() {
    local wanted installed
    wanted=$(packages "$@")
    # shellcheck disable=SC2086
    installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p' || true)
    grep -vxF -f <(printf '%s\n' "$installed") <<<"$wanted" || true
}

# need_packages <install: yes|no> <group>...: prints what is missing, then installs it or refuses (exit 4).
need_packages() {
    local install=$1 missing as_root=() update=(apt-get update -qq)
    shift
    if ! command -v dpkg-query >/dev/null; then
        say "This is not Debian: the packages of scripts/packages.txt are taken to be there under other names."
        return
    fi
    missing=$(missing_packages "$@")
    [[ -z $missing ]] && return
    say "Missing packages:"
    # shellcheck disable=SC2086
    printf '  %s\n' $missing >&2
    if [[ $install == no ]]; then
        die 4 "Nothing was installed (--no-install). To install them yourself:" \
            $'\n  apt-get install --no-install-recommends' "${missing//$'\n'/ }"
    fi
    if [[ $EUID -ne 0 ]]; then
        command -v sudo >/dev/null || die 4 "To install them, become root or install sudo."
        as_root=(sudo)
    fi
    say "Installing them..."
    "${as_root[@]}" "${update[@]}" >&2
    # shellcheck disable=SC2086
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing \
        -o Dpkg::Use-Pty=0 >&2
}

# The first repository of this machine's apt that is a release of Debian itself (not -security, not -updates).
debian_mirror() {
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' "Created-By: Packages" |
        awk '$2 ~ /^[a-z]+$/ && $3 == "main" { print $1; exit }'
}

# What compilers call an architecture of Debian.
debian_triple() {
    case $1 in
    amd64) printf 'x86_64-linux-gnu\n' ;;
    arm64) printf 'aarch64-linux-gnu\n' ;;
    riscv64) printf 'riscv64-linux-gnu\n' ;;
    s390x) printf 's390x-linux-gnu\n' ;;
    esac
}

# The emulator of its programs.
debian_emulator() {
    local triple
    triple=$(debian_triple "$1")
    printf 'qemu-%s\n' "${triple%%-*}"
}

# How many compilers at once: one per core, and 2 GB of memory for each (libtorch's headers are large).
jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/^MemAvailable/ { print int($2 / 2000000) }' /proc/meminfo)
    memory=$((memory < 1 ? 1 : memory))
    printf '%s\n' "${TRAMA_JOBS:-$((cores < memory ? cores : memory))}"
}

# configure <preset> [-D...]: only when the build folder is not there yet or a given cache entry has another value.
configure() {
    local preset=$1 dir="$root/build/$1" entry name
    shift
    if [[ -f $dir/build.ninja ]]; then
        local same=yes
        for entry in "$@"; do
            name=${entry#-D}
            if ! grep -qE "^${name%%=*}:[A-Z]+=${name#*=}\$" "$dir/CMakeCache.txt"; then
                same=no
                # What was found in another sysroot is not what there is in this one.
                [[ $name != TRAMA_SYSROOT=* ]] || rm -rf "$dir"
            fi
            [[ -d $dir ]] || break
        done
        [[ $same == yes ]] && return
    fi
    (cd "$root" && cmake --preset "$preset" "$@" -Wno-dev --log-level=WARNING >&2)
}

# build <preset> [target...]: what the same compiler makes of the same source and options is shared by all build folders
build() {
    local dir="$root/build/$1"
    shift
    export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1
    if [[ -x $dir/bin/trama ]]; then
        ninja -C "$dir" -j "$(jobs)" "$@" | sed -u '/^ninja: /d; /Re-checking globbed/d' >&2
    else
        ninja -C "$dir" -j "$(jobs)" "$@" >&2
    fi
}

# bench_arguments <usage> [--no-install] [argument]...: sets `install` and `arguments`, what the benchmark gets.
bench_arguments() {
    local usage=$1
    shift
    install=yes
    case ${1-} in
    -h | --help)
        printf '%s\n' "$usage"
        exit 0
        ;;
    --no-install)
        install=no
        shift
        ;;
    esac
    arguments=("$@")
}

# bench_build <name>: the program bench_<name> in the release build.
bench_build() {
    need_packages "$install" build bench
    configure release -DTRAMA_BENCH=ON
    build release "bench_$1"
}
