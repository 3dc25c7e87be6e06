# time: the range of finishing times, tasks and cores; explore, test and draw with a clock.
. "$(dirname "$0")/lib.sh"

cat >tasks.snarl <<'END'
clock virtual
const CORES = 2
cores CORES
thread long[2] { compute 300 ms }
thread short[3] { compute 200 ms }
takes 600 ms..700 ms
expect ok
END
expect 0 time tasks.snarl
contains out 'tasks.snarl: 600 ms to 700 ms' 'fastest: 600 ms' 'slowest: 700 ms' 'long[1]' 'speed-up 2 against one core: 1.2 s'
empty err
expect 0 time tasks.snarl -q
lacks out 'fastest'
expect 0 time tasks.snarl -D CORES=1
contains out 'tasks.snarl: 1.2 s in every execution' 'an execution: 1.2 s'
lacks out 'against one core'
expect 0 time tasks.snarl --schedule 'short[0] long[0]'
contains out 'this schedule: '
expect 2 time tasks.snarl --schedule 'nobody'
expect 3 time tasks.snarl --max-states 5
contains out 'no execution that finishes was explored' 'threads in turn: '
expect 0 time tasks.snarl --json
contains out '"time": {"exact": true, "least": 600000000, "greatest": 700000000}' '"one_core": {"exact": true, "least": 1200000000' \
    '"makespan": 600000000' '"speedup": 2' '{"core": 0, "compute": 600000000, "utilisation": 1}' '"kind": "ready"'
if command -v python3 >/dev/null; then
    python3 -m json.tool out >/dev/null || { echo "FAILED: snarl time --json is no JSON"; failures=$((failures + 1)); }
fi

expect 0 explore tasks.snarl
contains out 'time: 600 ms to 700 ms, as `takes` says' 'least:    '
expect 0 explore tasks.snarl --json
contains out '"time": {"exact": true, "least": 600000000, "greatest": 700000000, "unbounded": false' '"takes": [600000000, 700000000], "as_expected": true'
expect 1 test tasks.snarl -D CORES=3
contains out 'expected to take 600 ms..700 ms, found 500 ms'
expect 0 explore tasks.snarl -D CORES=3
contains out 'note: `takes` in line 6 says 600 ms to 700 ms, but executions take 500 ms'
expect 3 explore tasks.snarl --reduce classes
contains out 'classes are not counted'

echo 'thread A { sleep 1 s }' >timeless.snarl
expect 2 time timeless.snarl
contains err 'has no clock'
expect 0 run timeless.snarl
contains out 'any time may have passed'
expect 2 draw timeline timeless.snarl
if ! grep -q 'built without Graphviz' err; then
    contains err 'nothing to draw: without `clock virtual`'
    expect 0 draw timeline tasks.snarl
    contains out 'tasks.snarl: 600 ms'
    expect 0 draw timeline tasks.snarl --slowest
    contains out 'tasks.snarl: 700 ms'
    expect 2 draw schedule tasks.snarl --slowest
    contains err '--slowest is for'
    expect 2 draw timeline tasks.snarl --page 2
fi

# the same from several workers
cat >many.snarl <<'END'
clock virtual
cores 3
thread w[7] { compute (self + 1) ms; sleep 2 ms }
END
expect 0 explore many.snarl --json
grep '"time"' out >one
expect 0 explore many.snarl --json --jobs 2
grep '"time"' out >two
cmp -s one two || { echo "FAILED: other times with --jobs 2"; failures=$((failures + 1)); }
expect 3 explore many.snarl --search random --runs 50 --json
contains out '"time": {"exact": false, "least": '

finish
