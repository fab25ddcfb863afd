#!/bin/sh
#
# Installs the directory on a stock Debian slapd that is running.
#
#     install.sh LDAPI_URI BASE DATABASE_FOLDER SECRETS_FOLDER
#     install.sh ldapi:/// dc=city,dc=example /var/lib/ldap/gatehouse /etc/gatehouse/secrets
#
# Run it as root on slapd's machine: it acts over ldapi as the local user (SASL
# EXTERNAL).  It adds modules, schema, a database of its own for BASE, an
# audit trail (cn=log), policies and identities, and stops at the first
# refusal.  A BASE that slapd serves already is left alone.
#
# DATABASE_FOLDER  is made if it isn't there, with the folders db/ and log/ in
#                  it.  When slapd runs as another user (Debian: openldap), make
#                  it beforehand and give it to that user.
# SECRETS_FOLDER   holds one password in each of the files gatehouse, pam and
#                  import; one that is missing is written with a random
#                  password.  A file `admin` is optional and gives cn=admin,BASE,
#                  who may do everything, a password.
#
# No password ever stands in an argument list.

set -eu
umask 077

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

config_search() {
    ldapsearch -Q -LLL -o ldif-wrap=no -Y EXTERNAL -H "$uri" \
        -b cn=config "$1" dn | sed -n 's/^dn: //p'
}

# 32 random bytes, as text.
random_password() {
    openssl rand -base64 32 | tr -d '\n'
}

# Whether the file holds what random_password writes.
is_random() {
    grep -Eqx '[A-Za-z0-9+/]{43}=' "$1"
}

# The Argon2 hash of the password in a file, with these costs.
hash_password() {
    slappasswd -n -T "$1" -h '{ARGON2}' \
        -o module-path=/usr/lib/ldap -o module-load="argon2 $2"
}

# The passwords as slapd shall see them: without the line end of the file.
#
# Nobody guesses 32 random bytes however cheap a guess is, and programs connect often,
# a PAM host for each sign-in: such a password is given to slapd with a cheap hash.
# All others are hashed by slapd, at the price of everybody's; the decoy's has to be.
prepare_secrets() {
    for name in gatehouse pam import; do
        [ -e "$secrets/$name" ] || random_password > "$secrets/$name"
        tr -d '\n' < "$secrets/$name" > "$private/$name"
        [ -s "$private/$name" ] || fail "$secrets/$name is empty"

        if is_random "$private/$name"; then
            hash_password "$private/$name" 'm=8 t=1 p=1' > "$private/hash"
            mv "$private/hash" "$private/$name"
        fi
    done
    random_password > "$private/decoy"
}

make_folders() {
    mkdir -p "$folder"
    for name in db log; do
        mkdir -p "$folder/$name"
        # slapd may run as the user whom the folder was given to.
        chown --reference="$folder" "$folder/$name"
    done
}

# Every placeholder stands here.
fill() {
    sed -e "s|@BASE@|$base|g" \
        -e "s|@BASE_REGEX@|$base_regex|g" \
        -e "s|@DC@|$dc|g" \
        -e "s|@NUMBER@||g" \
        -e "s|@LOG_NUMBER@||g" \
        -e "s|@DBDIR@|$folder/db|g" \
        -e "s|@LOGDIR@|$folder/log|g" \
        -e "s|@DATABASE@|${database:-}|g" \
        -e "s|@SECRETS@|$private|g" "$1"
}

add() {
    fill "$1" | ldapadd -Q -Y EXTERNAL -H "$uri" > /dev/null || fail "$1 was refused"
}

give_admin_password() {
    tr -d '\n' < "$secrets/admin" > "$private/admin"
    hash_password "$private/admin" 'm=19456 t=2 p=1' > "$private/admin.hash"
    {
        printf 'dn: %s\nchangetype: modify\nreplace: olcRootPW\n' "$database"
        printf 'olcRootPW: %s\n' "$(cat "$private/admin.hash")"
    } | ldapmodify -Q -Y EXTERNAL -H "$uri" > /dev/null
}

[ $# -eq 4 ] || fail "usage: install.sh LDAPI_URI BASE DATABASE_FOLDER SECRETS_FOLDER"
uri=$1
base=$2
folder=$3
secrets=$4

# Plain names only: they go into LDIF, DNs and regular expressions.
echo "$base" | grep -Eqx 'dc=[A-Za-z0-9.-]+(,dc=[A-Za-z0-9.-]+)*' \
    || fail "BASE has to look like dc=city,dc=example, without blanks"
for path in "$folder" "$secrets"; do
    echo "$path" | grep -Eqx '/[A-Za-z0-9/._-]+' \
        || fail "$path has to be absolute, of letters, digits and . _ - only"
done
[ -d "$secrets" ] || fail "$secrets is not a folder"
base_regex=$(echo "$base" | sed 's/\./[.]/g')
dc=$(echo "$base" | sed 's/^dc=\([^,]*\).*/\1/')

cd "$(dirname "$0")"
private=$(mktemp -d)
trap 'rm -rf "$private"' EXIT

[ -z "$(config_search "(olcSuffix=$base)")" ] || fail "slapd serves $base already"
prepare_secrets
make_folders

for file in 10-modules.ldif 11-passwords.ldif; do
    ldapmodify -Q -Y EXTERNAL -H "$uri" -f "$file" > /dev/null || fail "$file was refused"
done
[ -n "$(config_search '(cn={*}namedobject)')" ] || add /etc/ldap/schema/namedobject.ldif
add 20-schema.ldif
add 30-database.ldif
add 31-accesslog.ldif
database=$(config_search "(olcSuffix=$base)")
add 40-overlays.ldif
add 41-accesslog.ldif
add 50-tree.ldif
[ ! -e "$secrets/admin" ] || give_admin_password
