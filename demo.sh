#!/bin/bash
#
# Runs the demo: a portal behind Gatehouse, with a directory and a mail sink of
# its own, on loopback only.
#
#     ./demo.sh             until Ctrl-C
#     ./demo.sh --detach    returns when the portal answers
#     ./demo.sh stop
#
# GATEHOUSE_DEMO_DIR (default demo-run/ here) is where it lives,
# GATEHOUSE_DEMO_PORT (default 8080) where it answers.  GATEHOUSE_BUILD_DIR names a
# build folder other than the checkout.

set -euo pipefail

checkout=$(cd "$(dirname "$0")" && pwd)
build=${GATEHOUSE_BUILD_DIR:-$checkout}

# Configures and makes what is not up to date; quiet unless it fails.
build() {
    if [ ! -e "$checkout/configure" ]; then
        (cd "$checkout" && ./bootstrap)
    fi
    mkdir -p "$build"
    if [ ! -e "$build/Makefile" ]; then
        (cd "$build" && "$checkout/configure")
    fi
    make -C "$build" -j"$(nproc)"
}

build_quietly() {
    local log
    log=$(mktemp)
    echo "Building (a minute or two the first time) ..." >&2
    # Two demos of one checkout build one after the other.
    if ! (flock 9 && build) 9< "$checkout/demo.sh" > "$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "demo.sh: the build failed, see $log" >&2
        exit 1
    fi
    rm -f "$log"
}

case "${1:-}" in
"" | --detach)
    "$checkout/tests/stack/install-packages.sh" >&2
    build_quietly
    ;;
esac

export GATEHOUSE_BUILD_DIR=$build
export PYTHONPATH=$checkout/tests PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 -m stack.demo "$@"
