#!/bin/bash
#
# Installs what the tests need, builds, runs every test, and ends with one line that
# counts them all.
#
#     ./check.sh
#
# There are two builds, tested side by side: one as it is shipped, and one with the
# sanitizers.  Unit tests run in both.  Those with servers all run with the sanitizers;
# of the build as it is shipped, those that are marked `as_shipped`.
#
# GATEHOUSE_BUILD_DIR names a build folder other than the checkout.

set -uo pipefail

checkout=$(cd "$(dirname "$0")" && pwd)
build=${GATEHOUSE_BUILD_DIR:-$checkout}
sanitized=$build/sanitized/build
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

die() {
    echo "check.sh: $1" >&2
    exit 1
}

# Tests the build in a folder, by a target of its Makefile; shows what became of each
# test, and the logs of those that failed.
run() {
    local name=$1 folder=$2 target=$3 status failed
    make -j"$(nproc)" -C "$folder" "$target" 2>&1 | tee "$log/$name" \
        | grep -E --line-buffered '^(PASS|FAIL|XFAIL|XPASS|SKIP|ERROR)' \
        | sed -u "s,tests/,$name: &,"
    status=${PIPESTATUS[0]}
    [ "$status" -ne 0 ] || return 0

    for failed in $(sed -nE 's/^(FAIL|ERROR): ([^ ]*).*/\2/p' "$log/$name"); do
        echo "---- $name: $failed"
        tail -n 100 "$folder/${failed%.sh}.log"
    done
    tail -n 20 "$log/$name"
    return "$status"
}

# The numbers that test programs print at their ends, added up over their logs.
count() {
    local pytest=$1 cmocka=$2 script=$3 folder
    for folder in "$build" "$sanitized"; do
        find "$folder/tests/unit" -name 'test_*.log' -exec sed -nE "s/$cmocka/\1/p" {} +
        sed -nE "s/$pytest/\2/p" "$folder/tests/integration/run.log"
        find "$folder/tests/checks" -name '*.log' -exec grep -cE "$script" {} + \
            | sed 's/.*://'
    done 2> /dev/null | awk '{ sum += $1 } END { print sum + 0 }'
}

"$checkout/tests/stack/install-packages.sh" > "$log/packages" 2>&1 \
    || { tail -n 20 "$log/packages"; die 'the packages could not be installed'; }

[ -e "$checkout/configure" ] || (cd "$checkout" && ./bootstrap) > "$log/bootstrap" 2>&1 \
    || { tail -n 20 "$log/bootstrap"; die './bootstrap failed'; }

mkdir -p "$build" && cd "$build" || die "no folder $build"

[ -e Makefile ] || "$checkout/configure" --enable-werror > "$log/configure" 2>&1 \
    || { tail -n 20 "$log/configure"; die './configure failed'; }

make -j"$(nproc)" > "$log/make" 2>&1 || { tail -n 40 "$log/make"; die 'the build failed'; }

make sanitized-configure > "$log/configure" 2>&1 \
    || { tail -n 20 "$log/configure"; die 'make sanitized-configure failed'; }

# What an earlier run said does not count.
find "$build/tests" "$sanitized/tests" -name '*.log' -delete

run sanitized "$sanitized" check-servers &
beside=$!
PYTEST_ARGS="${PYTEST_ARGS:-} -m as_shipped -n 2" run shipped "$build" check
status=$?
wait "$beside" || status=$?

passed=$(count '(.* )?([0-9]+) passed.*' '\[  PASSED  \] ([0-9]+) test.*' '^PASS:')
failed=$(count '(.* )?([0-9]+) (failed|error).*' '\[  FAILED  \] ([0-9]+) test.*' '^FAIL:')
skipped=$(count '(.* )?([0-9]+) skipped.*' '\[  SKIPPED \] ([0-9]+) test.*' '^SKIP:')

# A run that broke off counts as one failure at least.
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1

echo "$passed passed, $failed failed, $skipped skipped"
exit "$((status != 0 || failed != 0))"
