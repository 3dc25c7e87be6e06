# step: an execution by hand, by commands on standard input.
. "$(dirname "$0")/lib.sh"

"$snarl" new race >race.snarl

# play STATUS ARGUMENT...: runs `snarl step` with the file `commands` as its input.
play() {
    wanted=$1
    shift
    "$snarl" step "$@" <commands >out 2>err
    got=$?
    last="snarl step $*"
    [ "$got" -eq "$wanted" ] || { echo "FAILED: $last: status $got instead of $wanted"; cat out err; failures=$((failures + 1)); }
}

printf '1\ninc[1]\nb\n.\ns\nq\n' >commands
play 0 race.snarl
contains out '6 interleavings ahead' 'lost update in 4 (0.5)' 'outcomes ahead: counter = 1: 4; counter = 2: 2' '--- 2 steps: inc[0] inc[1]' 'schedule: inc[0] inc[1]'

# What was played is a schedule.
printf '1\n2\n1\n1\ns played\n' >commands
play 0 race.snarl
contains out 'all threads have ended' 'here: ' 'lost update'
expect 0 run race.snarl --schedule "$(cat played)"
printf 's\n' | "$snarl" step race.snarl --schedule "$(cat played)" >out
contains out "schedule: $(cat played)"

# Jumps, and what is no command.
printf 'f\nf 99\no 1\nstart\nb\nwhatever\ngo nobody\n?\n' >commands
play 0 race.snarl
contains out 'finding 1: ' 'there are findings 1 to' 'outcome 1' 'this is the start' '`whatever` is no step' 'nobody' 'quits'
expect 2 step race.snarl --finding 99
contains err 'there is no finding 99'
expect 2 step race.snarl --finding 1 --outcome 1
expect 2 step -
expect 2 step race.snarl --schedule 'inc[0]*9'

# A scenario that is too big is walked through without what lies ahead.
endless >endless.snarl
printf '1\n1\nb\n1\n1\ns\n' >commands
play 0 --max-states 100 endless.snarl
contains out 'schedule: '
finish
