#!/bin/bash
#
# Installs the Debian packages of packages.txt that are missing, when root;
# otherwise names them and fails.  Does nothing when all are there.

set -euo pipefail

list=$(dirname "$0")/packages.txt
policy=/usr/sbin/policy-rc.d

missing=()
while read -r package; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list")

[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "These packages are missing; as root: apt-get install ${missing[*]}" >&2
    exit 1
fi

# slapd and nginx are wanted as programs: Debian would start them as services.
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
