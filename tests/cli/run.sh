# run and outcomes.
. "$(dirname "$0")/lib.sh"

"$snarl" new race >race.snarl
expect 0 run race.snarl
contains out 'inc[0]' 'schedule: '
expect 0 run race.snarl --schedule 'inc[0] inc[1]*2 inc[0]'
contains out 'counter'
expect 2 run race.snarl --schedule 'nobody'
contains err 'nobody'
expect 2 run race.snarl --schedule 'inc[0]*9'
expect 0 run race.snarl --seed 7
contains out 'seed: 7'
cp out first
expect 0 run race.snarl --seed 7
cmp out first || failures=$((failures + 1))
expect 0 run race.snarl --policy sequential
expect 2 run race.snarl --seed 7 --policy sequential
expect 2 run race.snarl --schedule 'inc[0]' --policy random

expect 0 outcomes race.snarl
contains out '2 outcomes of 6 interleavings' 'easiest schedule' '1/2' '0.500'

# A table that may lack outcomes says so.
endless >endless.snarl
expect 3 outcomes --max-states 100 endless.snarl
contains out '… INCOMPLETE' '--max-states'

# Every schedule that the tool prints is accepted back by it.
"$snarl" outcomes race.snarl --json | sed -n 's/.*"schedule": "\([^"]*\)".*/\1/p' >schedules
[ -s schedules ] || { echo "FAILED: no schedules"; failures=$((failures + 1)); }
while read -r schedule; do
    expect 0 run race.snarl --schedule "$schedule"
done <schedules
# what goes on for ever, and spawns for ever, ends in time
printf 'shared n = 0\nfn f() { n += 1; local h = spawn f() }\nthread A { local h = spawn f() }\n' >endless.snarl
expect 0 run --seed 1 --max-time 1s endless.snarl
contains out 'seed: 1'
contains out 'spawn f()'
finish
