# What the tests of the command line share. Use: . "$(dirname "$0")/lib.sh"; $1 is the program.
snarl=$1
case $snarl in
/*) ;;
*) snarl=$PWD/$snarl ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
# The lessons are ../scenarios: under a short name no line breaks elsewhere because of where the project lies.
ln -s "$here/../../scenarios" "$work/scenarios" && mkdir "$work/here" && cd "$work/here" || exit 99
failures=0
unset NO_COLOR
COLUMNS=100
export COLUMNS

# expect STATUS ARGUMENT...: runs snarl; its output is in out, its messages in err.
expect() {
    wanted=$1
    shift
    "$snarl" "$@" >out 2>err </dev/null
    got=$?
    if [ "$got" -ne "$wanted" ]; then
        echo "FAILED: snarl $*: status $got instead of $wanted"
        sed 's/^/    /' out err | head -20
        failures=$((failures + 1))
    fi
    last="snarl $*"
}

# contains FILE TEXT...: each text is somewhere in the file.
contains() {
    file=$1
    shift
    for text in "$@"; do
        if ! grep -qF -e "$text" "$file"; then
            echo "FAILED: $last: no \"$text\" in $file:"
            sed 's/^/    /' "$file" | head -20
            failures=$((failures + 1))
        fi
    done
}

# lacks FILE TEXT: the text is nowhere in the file.
lacks() {
    if grep -qF -e "$2" "$1"; then
        echo "FAILED: $last: \"$2\" in $1"
        failures=$((failures + 1))
    fi
}

empty() {
    if [ -s "$1" ]; then
        echo "FAILED: $last: $1 is not empty:"
        sed 's/^/    /' "$1" | head -20
        failures=$((failures + 1))
    fi
}

# A scenario without errors that nobody explores to its end.
endless() {
    cat <<'END'
atomic counter = 0
thread w[8] {
    for i in 0..20 {
        local old = fetch_add(counter, 1)
        print old
    }
}
expect ok
END
}

finish() {
    if [ "$failures" -gt 0 ]; then
        echo "$failures failed"
        exit 1
    fi
    exit 0
}
