# When standard output fails, and when the work is interrupted.
. "$(dirname "$0")/lib.sh"

"$snarl" new race >race.snarl
endless >endless.snarl

check_failure() {
    if [ "$1" -ne 4 ] || ! grep -q 'cannot write to standard output' err; then
        echo "FAILED: $2: status $1"
        cat err
        failures=$((failures + 1))
    fi
}

if [ -w /dev/full ]; then
    "$snarl" explore race.snarl >/dev/full 2>err
    check_failure $? 'full disk'
    "$snarl" help >/dev/full 2>err
    check_failure $? 'full disk, help'
fi
"$snarl" explore race.snarl >&- 2>err
check_failure $? 'closed output'
{ sleep 1; "$snarl" explore race.snarl 2>err; echo $? >status; } | true
while [ ! -s status ]; do sleep 0.1; done
check_failure "$(cat status)" 'closed pipe'

# SIGTERM, as Ctrl-C: what was found so far, and a whole JSON object.
"$snarl" explore --json --max-time 60s --max-memory 1G endless.snarl >out 2>err &
pid=$!
sleep 1
kill -TERM "$pid"
wait "$pid"
status=$?
last='interrupted'
if [ "$status" -ne 3 ]; then
    echo "FAILED: interrupted: status $status instead of 3"
    failures=$((failures + 1))
fi
contains out '"verdict": "incomplete"' '"peak_bytes"'
finish
