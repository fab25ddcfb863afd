#!/bin/bash
#
# Replays the corpora of the fuzz targets: each input that a fuzzer once found
# worth keeping, through the same function.

set -u
top=${GATEHOUSE_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${GATEHOUSE_BUILD_DIR:-$top}
status=0

for corpus in "$top"/tests/fuzz/corpus/*/; do
    target=$(basename "$corpus")
    "$build/tests/fuzz/replay_$target" "$corpus" || status=1
done

for program in "$top"/tests/fuzz/fuzz_*.c; do
    target=$(basename "$program" .c)
    target=${target#fuzz_}
    if [ "$target" != file ] && [ ! -d "$top/tests/fuzz/corpus/$target" ]; then
        echo "fuzz target $target has no corpus"
        status=1
    fi
done

exit "$status"
