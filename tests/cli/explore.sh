# explore: verdicts, exit statuses, several files, limits.
. "$(dirname "$0")/lib.sh"

"$snarl" new race >race.snarl
"$snarl" new mutex >mutex.snarl
"$snarl" new deadlock >deadlock.snarl
endless >endless.snarl
echo 'shared x = ' >wrong.snarl

expect 0 explore mutex.snarl
contains out '✓ OK' 'mutex.snarl'
empty err
expect 1 explore race.snarl
contains out '✗ FOUND' 'lost update' 'schedule: ' 'interleavings' 'counter = t + 1'
empty err
expect 1 explore deadlock.snarl
contains out 'deadlock' 'T1 waits for b, held by T2 (line ' 'T2 waits for a, held by T1 (line ' 'cycle: T1 → b → T2 → a → T1'
expect 2 explore wrong.snarl
contains err 'wrong.snarl:1:' 'error: ' '^'
empty out
expect 4 explore missing.snarl
contains err 'missing.snarl'
empty out
expect 3 explore --max-states 100 endless.snarl
contains out '… INCOMPLETE' '--max-states'

# The worst of several files counts: 4, 2, 1, 3, 0.
expect 1 explore mutex.snarl race.snarl
contains out '== mutex.snarl ==' '== race.snarl =='
expect 1 explore race.snarl endless.snarl --max-states 100
expect 2 explore race.snarl wrong.snarl mutex.snarl
contains out '== mutex.snarl =='
expect 4 explore missing.snarl race.snarl wrong.snarl

# Quiet is one line; -v has a table for every finding.
expect 1 explore -q race.snarl
[ "$(wc -l <out)" -eq 1 ] || { echo "FAILED: -q has more than a line"; failures=$((failures + 1)); }
expect 1 explore -v race.snarl
contains out 'a state'

# Colours only where asked for.
expect 1 explore race.snarl
lacks out "$(printf '\033')"
expect 1 explore --color always race.snarl
contains out "$(printf '\033[')"

# Standard input, constants, steps.
"$snarl" explore - <race.snarl >out 2>err
[ $? -eq 1 ] || { echo "FAILED: standard input"; failures=$((failures + 1)); }
"$snarl" explore - <&- >out 2>err
[ $? -eq 4 ] || { echo "FAILED: closed standard input"; failures=$((failures + 1)); }
mkdir folder
expect 4 explore folder
expect 0 explore -DN=1 race.snarl
expect 2 explore -DQ=1 race.snarl
contains err 'Q'
expect 0 explore --steps race.snarl
contains out 'inc'
cat >statement.snarl <<'END'
shared x, y
thread A { x += y; if (x == 1 && y == 2) { y = x } }
END
expect 0 explore --steps statement.snarl
contains out 'A: 7 steps'
expect 0 explore --steps --granularity statement statement.snarl
contains out 'A: 3 steps'

# The same run, the same bytes, but for the time that it took.
"$snarl" explore -v race.snarl | sed 's/[0-9.]* s$//' >first
"$snarl" explore -v race.snarl | sed 's/[0-9.]* s$//' >second
cmp first second || failures=$((failures + 1))
finish
