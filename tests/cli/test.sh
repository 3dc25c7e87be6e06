# test: expectations, folders, the summary line; and that each scenario of `new` passes.
. "$(dirname "$0")/lib.sh"

mkdir -p all/deeper all/.hidden
"$snarl" new >kinds
for kind in $(sed -n 's/^  \([a-z]*\) .*/\1/p' kinds); do
    "$snarl" new "$kind" >"all/$kind.snarl"
done
mv all/race.snarl all/deeper
echo 'expect deadlock' >all/.hidden/not_me.snarl
echo 'not a scenario' >all/readme.txt
expect 0 test all
contains out '✓ all/deeper/race.snarl' 'lost update' '8 passed, 0 failed'
[ "$(tail -n 1 out)" = '8 passed, 0 failed' ] || { echo "FAILED: the summary is not the last line"; failures=$((failures + 1)); }
sed -n 's/^✓ \(all[^ ]*\) .*/\1/p' out >order
LC_ALL=C sort -c order || { echo "FAILED: order"; failures=$((failures + 1)); }

sed '/^expect/d' all/mutex.snarl >silent.snarl
expect 1 test silent.snarl
contains out '✗ silent.snarl' '`expect`' '0 passed, 1 failed'
sed 's/^expect.*/expect deadlock/' all/mutex.snarl >wishful.snarl
expect 1 test wishful.snarl all
contains out 'expected deadlock, not found' '8 passed, 1 failed'
sed 's/^expect.*/expect ok/' all/deeper/race.snarl >blind.snarl
expect 1 test blind.snarl
contains out 'not expected'
endless >endless.snarl
expect 1 test endless.snarl --max-states 100
contains out 'not all explored' '0 passed, 1 failed'
echo 'thread {' >wrong.snarl
expect 2 test wrong.snarl all/mutex.snarl
contains err 'wrong.snarl:1:'
contains out '1 passed, 1 failed'
expect 4 test missing.snarl all/mutex.snarl
contains out '1 passed, 1 failed'
mkdir none
expect 2 test none
contains out '0 passed, 0 failed'
expect 0 test -q all
[ "$(cat out)" = '8 passed, 0 failed' ] || { echo "FAILED: -q"; failures=$((failures + 1)); }

expect 2 new nothing
expect 2 new mutx
contains err 'did you mean `mutex`?'
finish
