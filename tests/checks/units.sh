#!/bin/bash
#
# Whether every file of lib/ has a unit test that is built and run: lib/ROOM/NAME.c
# has tests/unit/test_NAME.c, and that stands in the list of tests/unit/units.mk.

set -u
cd "${GATEHOUSE_SOURCE_DIR:-$(dirname "$0")/../..}" || exit 1

checked=0
failed=0

wrong() {
    echo "FAIL: $1"
    failed=$((failed + 1))
}

# Whether the list of programs has that one.
is_run() {
    sed '/^unit_programs = /,/[^\\]$/!d' tests/unit/units.mk | grep -qE "^	$1( \\\\)?$"
}

for file in lib/*/*.c; do
    checked=$((checked + 1))
    test=tests/unit/test_$(basename "$file" .c)
    [ -e "$test.c" ] || wrong "$file has no $test.c"
done

for file in tests/unit/test_*.c; do
    is_run "${file%.c}" || wrong "$file is not among the unit_programs of tests/unit/units.mk"
done

[ "$checked" -gt 1 ] || wrong 'no files were found'
[ "$failed" -eq 0 ] && echo "PASS: units ($checked files)"
exit $((failed > 0))
