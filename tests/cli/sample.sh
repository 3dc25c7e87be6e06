# explore when it is too big: random runs, PCT, few preemptions, limits, an interruption.
. "$(dirname "$0")/lib.sh"

"$snarl" new race >race.snarl
"$snarl" new mutex >mutex.snarl
"$snarl" new deadlock >deadlock.snarl
endless >endless.snarl

# The exit status is that of an exploration that saw a part: 1 found, 3 nothing so far.
expect 1 explore --search random race.snarl
contains out 'random runs' 'estimate for a random scheduler' 'of 10,000 runs, first in run' 'schedule: '
expect 3 explore --search random mutex.snarl
contains out 'INCOMPLETE'
expect 1 explore --search pct --depth 2 --runs 200 --seed 9 deadlock.snarl
contains out '200 PCT runs' '(seed 9)' 'at least 1/(n k^1) = ' 'deadlock'
lacks out 'estimate'
expect 1 explore --search random --runs 50 -q race.snarl
[ "$(wc -l <out)" -eq 1 ] || { echo "FAILED: -q has more than a line"; failures=$((failures + 1)); }

# The same seed, the same bytes; a schedule that was found can be run.
"$snarl" explore --search pct --seed 5 --json race.snarl | grep -v -e '"seconds"' -e '"peak_bytes"' >first
"$snarl" explore --search pct --seed 5 --json race.snarl | grep -v -e '"seconds"' -e '"peak_bytes"' >second
cmp first second || failures=$((failures + 1))
grep -q '"guarantee"' first || { echo "FAILED: no guarantee"; failures=$((failures + 1)); }
schedule=$(sed -n 's/.*"kind": "lost-update".*"schedule": "\([^"]*\)".*/\1/p' first | head -1)
expect 0 run race.snarl --schedule "$schedule"

# Each interleaving as likely as the others: exact counts and shares of the runs side by side; refused without counts.
expect 1 explore --search uniform --runs 3000 --seed 4 race.snarl
contains out 'in 4 of 6 interleavings (2/3)' 'of 3,000 runs, first in run' 'estimate of its share' '3,000 uniform runs (seed 4)'
cp out first
expect 1 explore --search uniform --runs 3000 --seed 4 race.snarl
sed 's/ [0-9.]* s$//' first >first.lines
sed 's/ [0-9.]* s$//' out >second.lines
cmp first.lines second.lines || failures=$((failures + 1))
expect 0 explore --search uniform --runs 10 mutex.snarl
expect 2 explore --search uniform --max-states 3 race.snarl
contains err 'needs the exact number of interleavings' '--search random'
printf 'atomic x = 0\nthread A { while (x == 0) { } }\nthread B { x = 1 }\n' >spin.snarl
expect 2 explore --search uniform spin.snarl
contains err 'infinitely many'

# Outcomes with their shares.
expect 3 outcomes --search random race.snarl
contains out 'runs' 'share'
expect 3 outcomes --search random --json race.snarl
contains out '"seen": ' '"estimate": ' '"estimate_low": ' '"interleavings": null'

# Several jobs, one result.
for jobs in 1 2 3; do
    "$snarl" explore --jobs "$jobs" --json --max-states 30000 endless.snarl | grep -v -e '"seconds"' -e '"peak_bytes"' >"jobs$jobs"
done
cmp jobs1 jobs2 || failures=$((failures + 1))
cmp jobs1 jobs3 || failures=$((failures + 1))

# Few preemptions; a bound that leaves nothing out is no bound.
cat >glimpse.snarl <<'END'
atomic x = 0
thread A {
    x = 1
    x = 0
}
thread B {
    assert x == 0
}
expect assertion
END
expect 3 explore --preemptions 0 glimpse.snarl
contains out 'complete up to 0 preemptions'
expect 1 explore --preemptions 1 glimpse.snarl
contains out 'assertion'
expect 1 explore --preemptions 1 deadlock.snarl
contains out 'deadlock'
expect 0 explore --preemptions 9 mutex.snarl
contains out 'OK'
expect 3 explore --json --preemptions 1 endless.snarl --max-states 300000
contains out '"complete_up_to_preemptions": '

# Limits say what was seen and what to try.
expect 3 explore --max-states 100 endless.snarl
contains out '(--max-states)' 'expanded' '--preemptions 2' '--search pct'
expect 3 explore --max-time 200ms endless.snarl
contains out '(--max-time)' 'expanded' 'to depth'
expect 3 explore --max-memory 8M endless.snarl
contains out 'stopped at 8 MiB of memory' 'expanded'
expect 3 explore --max-memory 8M --search random --runs 1000000 endless.snarl
contains out 'stopped at 8 MiB of memory'
expect 3 explore --max-time 200ms --search random --runs 100000000 endless.snarl
contains out '(--max-time) after'

# Ctrl-C ends it with what was found so far.
for mode in '--search exhaustive' '--search random --runs 100000000' '--preemptions 5'; do
    # shellcheck disable=SC2086
    "$snarl" explore $mode endless.snarl >out 2>err </dev/null &
    job=$!
    sleep 1
    kill -TERM "$job"
    wait "$job"
    got=$?
    [ "$got" -eq 3 ] || { echo "FAILED: interrupted $mode: status $got"; failures=$((failures + 1)); }
    contains out 'interrupted'
done

# What does not go together.
expect 2 explore --search random --preemptions 2 race.snarl
contains err '--preemptions'
expect 2 explore --runs 5 race.snarl
expect 2 explore --depth 2 race.snarl
expect 2 explore --seed 2 race.snarl
finish
