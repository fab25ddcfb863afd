#!/bin/bash
#
# Installs what the tests need, builds, runs every test, and ends with one line that
# counts them all.
#
#     ./check.sh
#
# GATEHOUSE_BUILD_DIR names a build folder other than the checkout.

set -uo pipefail

checkout=$(cd "$(dirname "$0")" && pwd)
build=${GATEHOUSE_BUILD_DIR:-$checkout}
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

die() {
    echo "check.sh: $1" >&2
    exit 1
}

# The numbers that test programs print at their ends, added up over their logs.
count() {
    local pytest=$1 cmocka=$2 script=$3
    {
        find "$build/tests/unit" -name 'test_*.log' -exec sed -nE "s/$cmocka/\1/p" {} +
        sed -nE "s/$pytest/\2/p" "$build/tests/integration/run.log" 2> /dev/null
        find "$build/tests/checks" -name '*.log' -exec grep -cE "$script" {} + \
            | sed 's/.*://'
    } | awk '{ sum += $1 } END { print sum + 0 }'
}

"$checkout/tests/stack/install-packages.sh" > "$log/packages" 2>&1 \
    || { tail -n 20 "$log/packages"; die 'the packages could not be installed'; }

[ -e "$checkout/configure" ] || (cd "$checkout" && ./bootstrap) > "$log/bootstrap" 2>&1 \
    || { tail -n 20 "$log/bootstrap"; die './bootstrap failed'; }

mkdir -p "$build" && cd "$build" || die "no folder $build"

[ -e Makefile ] || "$checkout/configure" --enable-werror > "$log/configure" 2>&1 \
    || { tail -n 20 "$log/configure"; die './configure failed'; }

make -j"$(nproc)" > "$log/make" 2>&1 || { tail -n 40 "$log/make"; die 'the build failed'; }

make -j"$(nproc)" check 2>&1 | tee "$log/check" | grep -E '^(PASS|FAIL|XFAIL|XPASS|SKIP|ERROR)'
status=${PIPESTATUS[0]}

if [ "$status" -ne 0 ]; then
    for failed in $(sed -nE 's/^(FAIL|ERROR): ([^ ]*).*/\2/p' "$log/check"); do
        echo "---- $failed"
        tail -n 100 "${failed%.sh}.log"
    done
    tail -n 20 "$log/check"
fi

passed=$(count '(.* )?([0-9]+) passed.*' '\[  PASSED  \] ([0-9]+) test.*' '^PASS:')
failed=$(count '(.* )?([0-9]+) (failed|error).*' '\[  FAILED  \] ([0-9]+) test.*' '^FAIL:')
skipped=$(count '(.* )?([0-9]+) skipped.*' '\[  SKIPPED \] ([0-9]+) test.*' '^SKIP:')

# A run that broke off counts as one failure at least.
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1

echo "$passed passed, $failed failed, $skipped skipped"
exit "$((status != 0 || failed != 0))"
