#!/bin/sh
# Data flows one way (docs/architecture.md): a folder includes only folders to its left. Fails on an arrow that runs back.
set -eu
cd "$(dirname "$0")/.."
# folder: what it may include beside itself
rules='
base:
lang: base
program: base lang
machine: base lang program
trace: base lang program machine
explore: base lang program machine trace
detect: base lang program machine trace
pthreads: base lang program machine trace
report: base
export: base lang program
api: base lang program machine trace explore detect pthreads report export
cli: mpi
mpi:
'
bad=0
for folder in sim/*/; do
    name=$(basename "$folder")
    allowed=$(printf '%s\n' "$rules" | sed -n "s/^$name://p")
    printf '%s\n' "$rules" | grep -q "^$name:" || { echo "layers: no rule for sim/$name"; bad=1; }
    for included in $(cat "$folder"*.c "$folder"*.h "$folder"*.def 2>/dev/null | sed -n 's/^#include "\([a-z_0-9]*\)\/.*/\1/p' | sort -u); do
        case " $name $allowed snarl " in
            *" $included "*) ;;
            *) echo "layers: sim/$name includes $included/: $(grep -l "#include \"$included/" "$folder"* | tr '\n' ' ')"; bad=1 ;;
        esac
    done
done
for included in $(cat viz/*.c viz/*.h | sed -n 's/^#include "\([a-z_0-9]*\)\/.*/\1/p' | sort -u); do
    case " viz snarl base " in
        *" $included "*) ;;
        *) echo "layers: viz includes $included/"; bad=1 ;;
    esac
done
[ "$(grep -l 'gvc.h' viz/*.c viz/*.h | wc -l)" -le 1 ] || { echo "layers: gvc.h in more than one file of viz/"; bad=1; }
exit $bad
