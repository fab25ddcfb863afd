#!/bin/bash
#
# Whether the C of lib, pam, ctl and tests is as clang-format lays it out, and the
# module's lines are no longer than 100 columns.  `make format` mends the former.

set -u
cd "${GATEHOUSE_SOURCE_DIR:-$(dirname "$0")/../..}" || exit 1

failed=0

for file in $(find lib pam ctl tests -name '*.[ch]' | sort); do
    if ! clang-format --dry-run --Werror "$file" > /dev/null 2>&1; then
        echo "FAIL: $file is not as make format leaves it"
        failed=1
    fi
done

while read -r place; do
    echo "FAIL: $place is longer than 100 columns"
    failed=1
done < <(find lib pam ctl tests module -name '*.[ch]' \
    -exec awk 'length($0) > 100 { print FILENAME ":" FNR }' {} +)

[ "$failed" -eq 0 ] && echo 'PASS: format'
exit "$failed"
