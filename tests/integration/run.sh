#!/bin/bash
#
# Runs the tests that need servers, as one test of `make check`.  PYTEST_ARGS adds
# arguments, such as `-k login`.

set -u
top=${GATEHOUSE_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}

# Neither the checkout nor a folder that another run uses is written to.
export PYTHONDONTWRITEBYTECODE=1
cd "$top" || exit 1

# shellcheck disable=SC2086
exec /usr/bin/python3 -m pytest -p no:cacheprovider -q -ra --color=no \
    ${PYTEST_ARGS:-} tests/integration tests/browser
