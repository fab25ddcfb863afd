#!/bin/bash
#
# Runs the tests that need servers, as one test of `make check`.  PYTEST_ARGS adds
# arguments, such as `-k login`, or `-n 0` for one process.
#
# They mostly wait: for hashes, deadlines, servers that start.  So there are twice
# as many processes as processors.  A file stays in one of them, with the servers
# that its tests share.

set -u
top=${GATEHOUSE_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}

# Neither the checkout nor a folder that another run uses is written to.
export PYTHONDONTWRITEBYTECODE=1
cd "$top" || exit 1

# shellcheck disable=SC2086
exec /usr/bin/python3 -m pytest -p no:cacheprovider -q -ra --color=no \
    -n "$((2 * $(nproc)))" --dist loadfile \
    ${PYTEST_ARGS:-} tests/integration tests/browser
