#!/bin/bash
#
# Installs the Debian packages of packages.txt that are missing, when root;
# otherwise names them and fails.  Does nothing when all are there.
#
#     install-packages.sh                what building and testing take
#     install-packages.sh bench FOLDER   what running the bench takes; what is not
#                                        to be installed goes into FOLDER

set -euo pipefail

list=$(dirname "$0")/packages.txt
policy=/usr/sbin/policy-rc.d

# The packages under the headings that match.
packages() {
    awk -v heading="$1" '/^# .*[.]$/ { wanted = $0 ~ heading } /^[^#]/ && wanted' "$list"
}

# Downloads the packages that FOLDER lacks and unpacks them there.
unpack() {
    local package download
    for package in $(packages '^# Bench, unpacked[.]$'); do
        [ -e "$1/usr/share/doc/$package" ] && continue
        download=$(mktemp -d)
        (cd "$download" && apt-get download -q "$package" 2> /dev/null) \
            || { echo "$package can't be downloaded" >&2; return 1; }
        mkdir -p "$1"
        dpkg-deb -x "$download"/*.deb "$1"
        rm -r "$download"
    done
}

if [ "${1:-}" = bench ]; then
    headings='^# (Run|Test|Bench)[.]$'
    unpack "$2"
else
    headings='^# (Build|Run|Test)[.]$'
fi

missing=()
for package in $(packages "$headings"); do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done

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
