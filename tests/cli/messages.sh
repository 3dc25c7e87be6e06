# The command line when it is wrong, --help and --version.
. "$(dirname "$0")/lib.sh"

expect 2
contains err 'usage: snarl COMMAND'
empty out
expect 0 --help
contains out 'explore' 'outcomes' '--max-memory SIZE'
for command in explore run outcomes test draw export replay stress new completion help; do
    expect 0 "$command" --help
    contains out "usage: snarl $command" '--json'
    expect 0 help "$command"
done
expect 0 --version
contains out 'snarl 0.'

expect 2 explroe x
contains err 'did you mean `snarl explore`?'
expect 2 explore --jsno x
contains err 'did you mean --json?'
expect 2 explore
contains err 'usage: snarl explore FILE...'
expect 2 run
expect 2 outcomes a b
expect 2 x.snarl
contains err 'snarl explore x.snarl'
expect 2 explore --jobs 0 x.snarl
expect 2 explore --page 3 x.snarl
contains err 'has no option --page'

# Scripts for shells are accepted by the shells that are there.
for shell in bash zsh fish; do
    expect 0 completion "$shell"
    if command -v "$shell" >/dev/null 2>&1; then
        "$shell" -n out || { echo "FAILED: completion $shell"; failures=$((failures + 1)); }
    fi
done
expect 2 completion tcsh

# Syntax files for editors.
expect 0 help vim
contains out 'syntax keyword snarlOperation lock' 'syntax keyword snarlDeclaration'
expect 0 help textmate
contains out '"scopeName": "source.snarl"'

# The manual page is the one that the program makes.
expect 0 help manual
diff -u "$here/../../docs/snarl.1" out || { echo "FAILED: docs/snarl.1 is old: snarl help manual > docs/snarl.1"; failures=$((failures + 1)); }
finish
