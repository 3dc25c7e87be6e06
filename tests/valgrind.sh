#!/bin/sh
# Command lines under memcheck: no error, no leak. Usage: MEMCHECK='valgrind;...' LEAKS='--leak-check=...' valgrind.sh SNARL SCENARIOS
set -u
snarl=$1 s=$2
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT
memcheck=$(echo "$MEMCHECK" | tr ';' ' ')
leaks=$(echo "$LEAKS" | tr ';' ' ')
count=0 bad=0

# The status that it should have, and the arguments of snarl.
check() {
    wanted=$1
    shift
    # shellcheck disable=SC2086
    $memcheck $options "$snarl" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    count=$((count + 1))
    if [ "$status" != "$wanted" ] || grep -q '^==[0-9]*==' "$work/err"; then
        echo "status $status, expected $wanted: snarl $*"
        head -40 "$work/err"
        bad=$((bad + 1))
    fi
}

options=$leaks
lost=$s/races/lost_update.snarl locks=$s/deadlocks/ab_ba.snarl
check 1 explore "$lost"
check 1 explore "$lost" --jobs 3
check 1 explore "$locks" --json
check 1 explore "$lost" --reduce classes
check 1 explore "$lost" --search random --seed 3
check 0 outcomes "$lost"
check 0 run "$locks" --seed 7
for scheme in schedule waits order states locks outcomes; do
    check 0 draw $scheme "$locks" -o "$work/$scheme.svg"
done
check 0 draw timeline "$s"/notes/squares_two_workers.snarl -o "$work/timeline.svg"
check 0 draw schedule "$lost" -o "$work/schedule.dot"
check 0 draw frames "$locks" -o "$work/frames.pdf"
check 0 html "$locks" -o "$work/page.html"
check 0 fmt --check "$lost"
check 0 export c "$lost" -o "$work/lost.c"
check 0 export promela "$locks" -o "$work/locks.pml"
for folder in barriers basics classics conditions deadlocks exclusion liveness lockfree queues races serial; do
    [ -d "$s/$folder" ] && check 0 test "$s/$folder"
done
options=--leak-check=no
check 0 replay "$lost"
check 0 replay "$locks"
echo "valgrind: $count command lines, $bad with errors or leaks"
[ $bad = 0 ]
