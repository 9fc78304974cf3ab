# Uses Trama as somebody who has just installed it: use.sh <command that runs it> <folder of the examples>
# Run by scripts/package-test, in a folder of its own.
set -eu
trama=$1 examples=$2

# expect <file> <pattern>: ends with what a program wrote, where that is not what was expected.
expect() {
    grep -qE "$2" "$1" || {
        echo "$1 has no \"$2\":"
        cat "$1"
        exit 1
    }
}

$trama --version | tee version
for file in "$examples"/*.trama; do
    [ "${file##*/}" = mnist.trama ] || $trama check "$file" # its data would have to be fetched
done
$trama show "$examples/fedavg.trama"
# Needs no libtorch, but the data that come with Trama.
$trama run --engine simulated --no-training --devices raspberry-pi-4 --out simulated "$examples/fedavg.trama"

if grep -q '^tensors *none' version; then
    if $trama run --out refused "$examples/fedavg.trama" 2>refusal; then exit 1; fi
    expect refusal 'install the package trama-torch'
else
    $trama run --quiet --json --out trained "$examples/fedavg.trama" >result
    expect result '"accuracy": 0[.]9'
fi
