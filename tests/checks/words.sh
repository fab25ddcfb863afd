#!/bin/bash
#
# Holds the words against the code: what the man pages and docs/ name must be
# there, and what there is to name must stand in its man page.

set -u
cd "${GATEHOUSE_SOURCE_DIR:-$(dirname "$0")/../..}" || exit 1

exec /usr/bin/python3 -B tests/checks/words.py
