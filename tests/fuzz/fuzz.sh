#!/bin/bash
#
# Lets fuzz targets loose: builds them with libFuzzer, ASan and UBSan, and runs each.
#
#     fuzz.sh SOURCE SECONDS TARGET ...        (from `make fuzz`, which sets the environment)
#
# CPPFLAGS, LIBS   as the build has them
# LIBRARY          the files of lib/
#
# Works in fuzz-build/ of the current folder: new inputs go to fuzz-build/TARGET/, a crash
# to fuzz-build/crash-....  Ends with a line that counts.

set -euo pipefail

source=$1
seconds=$2
shift 2

flags=(-g -O1 -std=gnu11 -fno-omit-frame-pointer -D_GNU_SOURCE
    -fsanitize=address,undefined -fno-sanitize-recover=undefined)
build=fuzz-build
failed=0

mkdir -p "$build/lib"

# lib/ once, for all targets.
# shellcheck disable=SC2086
for file in $LIBRARY "$source"/tests/fuzz/fuzz_file.c \
    ctl/charset.c ctl/csv_rows.c ctl/master_file.c; do
    case $file in
    *.h) continue ;;
    /* | "$source"/*) path=$file ;;
    *) path=$source/$file ;;
    esac
    object=$build/lib/$(echo "${path#"$source"/}" | tr / _).o
    [ "$object" -nt "$path" ] || "$CC" $CPPFLAGS "${flags[@]}" \
        -fsanitize=fuzzer-no-link -c -o "$object" "$path"
done

for target in "$@"; do
    # shellcheck disable=SC2086
    "$CC" $CPPFLAGS "${flags[@]}" -fsanitize=fuzzer -o "$build/fuzz_$target" \
        "$source/tests/fuzz/fuzz_$target.c" "$build"/lib/*.o $LIBS
done

for target in "$@"; do
    mkdir -p "$build/$target"
    if "$build/fuzz_$target" -max_total_time="$seconds" -print_final_stats=1 \
        -rss_limit_mb=4096 -timeout=20 -artifact_prefix="$build/crash-$target-" \
        "$build/$target" "$source/tests/fuzz/corpus/$target" > "$build/$target.log" 2>&1; then
        awk -v target="$target" -v seconds="$seconds" \
            '/number_of_executed_units/ { print target ": " $2 " inputs in " seconds " s" }' \
            "$build/$target.log"
    else
        failed=$((failed + 1))
        echo "$target: see $build/$target.log"
    fi
done

echo "$# targets, $failed failed"
[ "$failed" -eq 0 ]
