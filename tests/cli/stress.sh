# Free runs on real threads: snarl stress.
. "$(dirname "$0")/lib.sh"
COLUMNS=1000 # how many runs there are in some seconds is another number each time: no line breaks because of it

expect 0 stress ../scenarios/races/lost_update.snarl --seconds 0.3
contains out 'of real threads' 'of 2 outcomes' 'forbidden' 'nothing stands between'
empty err
expect 0 stress ../scenarios/races/lost_update.snarl --runs 500 --profile pauses --json
contains out '"outside_runs": 0' '"grade": "forbidden"' '"probability": 0.5' '"stepwise": false'
expect 0 stress ../scenarios/races/lost_update.snarl --runs 20 --profile yields -q
expect 0 stress ../scenarios/races/lost_update.snarl --runs 20 --profile plain -q
# deadlocks are counted, and nobody is left behind
expect 0 stress ../scenarios/deadlocks/upgrade.snarl --runs 5
contains out 'deadlock' '5 runs'
expect 0 stress ../scenarios/deadlocks/self_deadlock.snarl --runs 3
# an atomic block: a step at a time
expect 0 stress ../scenarios/races/lost_update_atomic.snarl --runs 200
contains out 'one step at a time'
# an assertion stops an execution with its values
expect 0 stress ../scenarios/races/publication_order.snarl --runs 300
contains out 'assertion'
# what is too rare comes by force: no two threads meet in two runs, or they do
expect 0 stress ../scenarios/deadlocks/three_locks.snarl --runs 1
contains out 'by force'
# a thread that spins for ever is broken off, a scenario without an end says so
expect 3 stress ../scenarios/liveness/spin_lock_starves.snarl --seconds 0.5
contains out 'no run came to an end' 'broken off'
# where no run ends, --runs is a bound all the same
timeout 30 "$snarl" stress ../scenarios/liveness/spin_lock_starves.snarl --runs 2 >out 2>err </dev/null
got=$?
last='stress --runs of what never ends'
[ "$got" -eq 3 ] || { echo "FAILED: $last: status $got"; cat out err; failures=$((failures + 1)); }
# what a limit left over is no error of the simulator's
expect 3 stress ../scenarios/races/lost_update.snarl --runs 20 --max-states 2
contains out 'simulated so far'
contains err 'not all explored'
expect 3 stress ../scenarios/races/lost_update.snarl --runs 20 --max-memory 1k
contains err 'too little to begin'
# on one processor
if command -v taskset >/dev/null; then
    taskset -c "$(taskset -pc $$ | sed 's/.*[:,-] *//')" "$snarl" stress ../scenarios/deadlocks/ab_ba.snarl --runs 50 >out 2>err </dev/null
    got=$?
    last='stress on one processor'
    [ "$got" -eq 0 ] || { echo "FAILED: $last: status $got"; cat out err; failures=$((failures + 1)); }
    contains out ' on 1'
fi

expect 2 stress ../scenarios/races/lost_update.snarl --profile wild
expect 2 stress
expect 2 stress nothing.snarl --runs 0

# no processes to be had
user=
[ "$(id -u)" -ne 0 ] || user='setpriv --reuid=65534 --clear-groups'
cp ../scenarios/deadlocks/ab_ba.snarl x.snarl
chmod 755 . && chmod 644 x.snarl
# not where that user may not run the program, as under a home folder of root's
if command -v prlimit >/dev/null && $user prlimit --nproc=1000 "$snarl" --version >/dev/null 2>&1; then
    $user prlimit --nproc=0 "$snarl" stress x.snarl --runs 5 >out 2>err </dev/null
    got=$?
    last='stress with prlimit --nproc=0'
    [ "$got" -eq 4 ] || { echo "FAILED: $last: status $got"; cat out err; failures=$((failures + 1)); }
    contains err 'ulimit -u'
fi

# Ctrl-C: what was seen so far
"$snarl" stress ../scenarios/races/lost_update.snarl --seconds 60 >out 2>err </dev/null &
parent=$!
sleep 0.5
kill -TERM "$parent"
wait "$parent"
got=$?
last='stress, interrupted'
[ "$got" -eq 3 ] || { echo "FAILED: $last: status $got"; failures=$((failures + 1)); }
contains out 'of real threads'

# killed: the threads go as well
"$snarl" stress ../scenarios/races/lost_update.snarl --seconds 60 >out 2>err </dev/null &
parent=$!
sleep 0.4
children=$(cat "/proc/$parent/task/$parent/children" 2>/dev/null)
kill -9 "$parent"
wait "$parent" 2>/dev/null
sleep 0.3
for child in $children; do
    if grep -q '^State:.*[RS] ' "/proc/$child/status" 2>/dev/null && grep -q snarl "/proc/$child/comm" 2>/dev/null; then
        echo "FAILED: process $child was left behind"
        failures=$((failures + 1))
    fi
done

finish
