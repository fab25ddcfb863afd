#!/bin/sh
#
# Prints the LDIF that makes a 389 Directory Server Gatehouse's, as far as that one can be.
#
#     389-ds.sh BASE SECRETS_FOLDER
#     389-ds.sh dc=city,dc=example /etc/gatehouse/secrets |
#         ldapmodify -a -x -H ldaps://ds.city.example -D 'cn=Directory Manager' -W
#
# BASE is there, as dscreate makes it with create_suffix_entry.  SECRETS_FOLDER has a password
# in each of the files gatehouse, pam, import and decoy, without a line end; ldapmodify reads
# them.  docs/389-ds.md says what works and what differs.

set -eu

fail() {
    echo "389-ds.sh: $*" >&2
    exit 1
}

[ $# -eq 2 ] || fail "usage: 389-ds.sh BASE SECRETS_FOLDER"
base=$1
secrets=$2

# Plain names only: they go into LDIF, DNs and rules.
echo "$base" | grep -Eqx 'dc=[A-Za-z0-9.-]+(,dc=[A-Za-z0-9.-]+)*' \
    || fail "BASE has to look like dc=city,dc=example, without blanks"
echo "$secrets" | grep -Eqx '/[A-Za-z0-9/._-]+' \
    || fail "$secrets has to be absolute, of letters, digits and . _ - only"

# The definitions of one kind out of 20-schema.ldif: one a line, the short names of the arc
# written out, which cn=schema wants.
definitions() {
    sed -e '/^#/d' "$(dirname "$0")/20-schema.ldif" \
        | sed -e ':again' -e 'N' -e 's/\n //' -e 't again' -e 'P' -e 'D' \
        | awk -v kind="$1" -v name="$2" '
            $1 == "olcObjectIdentifier:" { oid = $3 ? $3 : oid; split($3, part, ":")
                arc[$2] = part[1] in arc ? arc[part[1]] "." part[2] : $3 }
            $1 == kind ":" { split($3, part, ":"); $1 = name ":"
                $3 = arc[part[1]] "." part[2]; print }'
}

# A rule: who (cn=NAME, or a whole value), what it is called, what is allowed, to what.
aci() {
    printf 'aci: (%s)(version 3.0; acl "%s"; allow (%s) userdn = "ldap:///%s";)\n' \
        "$4" "$2" "$3" "$1"
}

gatehouse="cn=gatehouse,ou=services,$base"
pam="cn=pam,ou=services,$base"
import="cn=import,ou=services,$base"
staff="uid=*,ou=staff,$base"

official='gatehouseLicenseStatus || gatehouseLicenseSecondaryStatus || gatehouseLicenseClass || gatehouseLicenseIssued || gatehouseLicenseExpiry || gatehouseLicenseUpdated || gatehouseBusinessType || gatehouseWorkersComp || gatehouseWorkersCompCarrier || gatehouseWorkersCompPolicy || gatehouseWorkersCompEffective || gatehouseWorkersCompExpiry || gatehouseWorkersCompCancelled || gatehouseWorkersCompSuspended'
secret='userPassword || passwordHistory || gatehouseQuestion'
state='gatehouseDisabled || pwdReset || passwordExpirationTime || accountUnlockTime || passwordRetryCount || nsAccountLock || aci'

people() {
    cat <<END

dn: ou=$1,$base
objectClass: organizationalUnit
ou: $1
description: $2
END
    aci "$gatehouse" "the gateway reads people" "read, search, compare" \
        "targetattr != \"$secret\""
    # The right to add is one for all attributes, whatever targetattr says.
    aci "$gatehouse" "the gateway adds people" "add" "targetattr = \"*\""
    aci "$gatehouse" "the gateway writes what people say" "write" \
        "targetattr != \"$official || $state\""
    aci "$gatehouse" "the gateway reads questions" "read, search" \
        "targetattr = \"gatehouseQuestion || objectClass || cn\""
    aci "$pam" "PAM hosts read people" "read, search, compare" "targetattr != \"$secret\""
    aci "$staff" "staff read people" "read, search, compare" "targetattr != \"$secret\""
    aci "$staff" "staff help people" "write" \
        "targetattr = \"userPassword || gatehouseDisabled || gatehousePasswordSet || gatehouseSessionsNotBefore || gatehouseMarked || passwordRetryCount || accountUnlockTime || retryCountResetTime\""
    aci "self" "people change their password" "write" "targetattr = \"userPassword\""
    aci "self" "people read themselves" "read, search" "targetattr != \"$secret\""
}

identity() {
    cat <<END

dn: cn=$1,ou=services,$base
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: $1
description: $2
userPassword:< file://$secrets/$1
END
}

cat <<END
dn: cn=schema
changetype: modify
add: attributeTypes
$(definitions olcAttributeTypes attributeTypes)
-
add: objectClasses
$(definitions olcObjectClasses objectClasses)

# Password policy: one for all.  passwordMustChange would make whatever the gateway sets a
# temporary password, those of people who set up an account included.
dn: cn=config
changetype: modify
replace: passwordMustChange
passwordMustChange: off
-
replace: passwordCheckSyntax
passwordCheckSyntax: on
-
replace: passwordMinLength
passwordMinLength: 15
-
replace: passwordMinCategories
passwordMinCategories: 1
-
# The gateway itself refuses passwords that rest on names, with less zeal.
replace: passwordMinTokenLength
passwordMinTokenLength: 64
-
replace: passwordHistory
passwordHistory: on
-
replace: passwordInHistory
passwordInHistory: 5
-
replace: passwordLockout
passwordLockout: on
-
replace: passwordMaxFailure
passwordMaxFailure: 100
-
replace: passwordLockoutDuration
passwordLockoutDuration: 60
-
replace: passwordResetFailureCount
passwordResetFailureCount: 600
END

people public "Members of the public; uid is the user name"
people contractors "Licensed contractors; uid is the license number"
aci "$import" "license files read contractors" "read, search, compare" \
    "targetattr != \"$secret || mail\""
aci "$import" "license files add contractors" "add" "targetattr = \"*\""
aci "$import" "license files write official data" "write" \
    "targetattr = \"$official || gatehouseSearchKey || cn || sn || o || street || l || st || postalCode || telephoneNumber\""

for name in services staff; do
    printf '\ndn: ou=%s,%s\nobjectClass: organizationalUnit\nou: %s\n' "$name" "$base" "$name"
done

identity gatehouse "The gateway: adds and changes people"
identity pam "PAM hosts: read what a sign-in needs"
identity import "License files: writes official license data"
identity decoy "Stands in for people who do not exist"
