#!/bin/sh
# What newcomers write, and what they are told: NN_name.snarl and NN_name.expected, which SNARL_UPDATE_GOLDEN=1 writes anew. Usage: check.sh SNARL
set -eu
snarl=$(realpath "$1")
cd "$(dirname "$0")"
export COLUMNS=100 LC_ALL=C.UTF-8
unset NO_COLOR
said=$(mktemp)
trap 'rm -f "$said"' EXIT
bad=0
for scenario in [0-9]*.snarl; do
    status=0
    "$snarl" explore "$scenario" >"$said" 2>&1 </dev/null || status=$?
    sed -i 's/ · [0-9.]* s$//' "$said"
    echo "[$status]" >>"$said"
    [ -z "${SNARL_UPDATE_GOLDEN:-}" ] || cp "$said" "${scenario%.snarl}.expected"
    diff -u "${scenario%.snarl}.expected" "$said" || bad=1
done
exit $bad
