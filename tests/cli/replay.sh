# Schedules forced on real threads: snarl replay.
. "$(dirname "$0")/lib.sh"

expect 0 replay ../scenarios/deadlocks/ab_ba.snarl
contains out '1 schedule on real threads: agrees with' 'T1 is stuck in pthread_mutex_lock, line 10: b' 'seen from outside'
empty err
expect 0 replay --all ../scenarios/races/lost_update.snarl
contains out 'agree' 'outcome 2, 4 steps: A A B B'
expect 0 replay ../scenarios/races/lost_update.snarl --outcome 2 --repeat 5 -q
contains out '1 schedule on real threads: agrees'
expect 0 replay ../scenarios/races/lost_update.snarl --runs 4 --seed 7
contains out 'seed 10'
expect 0 replay ../scenarios/deadlocks/ab_ba.snarl --finding 1 --json
contains out '"agrees": true' '"call": "pthread_mutex_lock", "object": "b"'
expect 0 replay ../scenarios/races/lost_update.snarl --schedule 'A A'
contains out 'the threads could go on'

# a limit before there is a schedule, and before all are known
expect 3 replay ../scenarios/races/lost_update.snarl --max-states 2
contains out 'no schedule to force'
expect 3 replay ../scenarios/races/lost_update.snarl --max-memory 1k
contains err 'too little to begin'
expect 3 replay --all ../scenarios/races/lost_update.snarl --max-states 6

# threads that spawn threads for ever
cat >forks.snarl <<'END'
fn f() { loop { spawn f() } }
thread a { loop { spawn f() } }
END
timeout 60 "$snarl" replay --runs 1 forks.snarl >out 2>err </dev/null
got=$?
last='replay --runs of what spawns for ever'
[ "$got" -eq 0 ] || { echo "FAILED: $last: status $got"; cat out err; failures=$((failures + 1)); }
# a schedule that does not fit: the step, and who could
expect 2 replay ../scenarios/races/lost_update.snarl --schedule 'A B A A'
contains err 'step 4: A cannot step: it has ended; B could'
empty out
expect 2 replay ../scenarios/races/lost_update.snarl --schedule 'A X'
expect 2 replay ../scenarios/races/lost_update.snarl --finding 99
contains err 'no number 99'
expect 2 replay ../scenarios/races/lost_update.snarl --finding 1 --all
contains err 'use only one of'
expect 2 replay ../scenarios/races/lost_update.snarl --seed 1
expect 2 run ../scenarios/races/lost_update.snarl --repeat 2

# the system gives no threads, or no process: said, not hung
user=
[ "$(id -u)" -ne 0 ] || user='setpriv --reuid=65534 --clear-groups'
cp ../scenarios/deadlocks/ab_ba.snarl x.snarl
chmod 755 . && chmod 644 x.snarl
# not where that user may not run the program, as under a home folder of root's
if command -v prlimit >/dev/null && $user prlimit --nproc=1000 "$snarl" --version >/dev/null 2>&1; then
    $user prlimit --nproc=0 "$snarl" replay x.snarl --schedule 'T1 T2' >out 2>err </dev/null
    got=$?
    last='replay with prlimit --nproc=0'
    [ "$got" -eq 4 ] || { echo "FAILED: $last: status $got"; cat out err; failures=$((failures + 1)); }
    contains err 'ulimit -u'
fi

# killed in the middle: the process with the stuck threads goes as well
"$snarl" replay ../scenarios/deadlocks/ab_ba.snarl --repeat 1000000 >out 2>err </dev/null &
parent=$!
sleep 0.4
children=$(cat "/proc/$parent/task/$parent/children" 2>/dev/null)
kill -9 "$parent"
wait "$parent" 2>/dev/null
sleep 0.3
for child in $children; do
    if [ -d "/proc/$child" ] && ! grep -q '^State:.*Z' "/proc/$child/status" 2>/dev/null && grep -q snarl "/proc/$child/comm" 2>/dev/null; then
        echo "FAILED: process $child was left behind"
        failures=$((failures + 1))
    fi
done

# Ctrl-C: what was done so far
"$snarl" replay ../scenarios/deadlocks/ab_ba.snarl --repeat 1000000 >out 2>err </dev/null &
parent=$!
sleep 0.5
kill -TERM "$parent"
wait "$parent"
got=$?
last='replay, interrupted'
[ "$got" -eq 3 ] || { echo "FAILED: $last: status $got"; failures=$((failures + 1)); }
contains out 'on real threads: agrees'

finish
