#!/bin/bash
#
# Holds the includes of the tree against its layers: arrows point down only.
# docs/architecture.md draws them.

set -u
cd "${GATEHOUSE_SOURCE_DIR:-$(dirname "$0")/../..}" || exit 1

# room: the rooms it may include from, itself included.
rooms="
base:      base
config:    config base
directory: directory config base
session:   session base
template:  template base
web:       web base
account:   account directory config base
"

checked=0
failed=0

wrong() {
    echo "FAIL: $1"
    failed=$((failed + 1))
}

# The quoted includes of lib/ that a file has: `room/header.h`, a line each.
includes() {
    sed -n 's|^#include "\([a-z_]*/[a-z_]*\.h\)"$|\1|p' "$1"
}

while IFS=: read -r room allowed; do
    [ -n "$room" ] || continue
    for file in lib/"$room"/*.[ch]; do
        checked=$((checked + 1))
        for header in $(includes "$file"); do
            case " $allowed " in
            *" ${header%%/*} "*) ;;
            *) wrong "$file includes $header: lib/$room/ stands below it" ;;
            esac
            [ -e "lib/$header" ] || wrong "$file includes $header, which is not there"
        done
    done
done <<< "$rooms"

# only PATTERN WHERE WHAT: files outside WHERE (an extended regex) don't include PATTERN.
only() {
    local file
    for file in $(grep -rlE "^#include <($1)>" lib module pam ctl --include='*.[ch]'); do
        [[ $file =~ ^($2)$ ]] || wrong "$file includes $3"
    done
}

only 'ldap\.h|lber\.h|openldap\.h|ldap_.*\.h' \
    'lib/directory/.*|module/ngx_http_gatehouse_(connection|module|transport)\.[ch]' 'libldap'
only 'ngx_.*\.h' 'module/.*' 'nginx'
only 'security/.*\.h' 'pam/.*' 'PAM'
only 'confuse\.h' 'lib/config/.*' 'libConfuse'
only 'csv\.h' 'ctl/.*' 'libcsv'
only 'curl/.*\.h' 'module/ngx_http_gatehouse_(curl|smtp)\.[ch]' 'libcurl'

for file in lib/*; do
    [ -d "$file" ] || continue
    grep -q "^$(basename "$file"):" <<< "$rooms" || wrong "$file is no room of tests/checks/layers.sh"
done

[ "$checked" -gt 0 ] || wrong 'no files were found'
[ "$failed" -eq 0 ] && echo "PASS: layers ($checked files)"
exit $((failed > 0))
