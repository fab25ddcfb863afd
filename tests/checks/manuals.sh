#!/bin/bash
#
# Whether mandoc finds nothing to say about the man pages.  What depends on the machine is
# left out: which other pages are installed there.

set -u
cd "${GATEHOUSE_SOURCE_DIR:-$(dirname "$0")/../..}" || exit 1

found=$(mandoc -Tlint docs/*.[1-9] 2>&1 |
    grep -vE 'referenced manual not found|outdated mandoc.db|mandoc.db: No such file')

if [ -n "$found" ]; then
    echo "$found"
    echo 'FAIL: mandoc -Tlint'
    exit 1
fi

echo 'PASS: mandoc -Tlint'
