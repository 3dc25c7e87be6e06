# --checkpoint and --resume: a run that is killed, interrupted or limited, and gone on with, prints what one without a break prints.
. "$(dirname "$0")/lib.sh"

cat >long.snarl <<'END'
shared x = 0
thread w[4] {
    for i in 0..3 {
        local t = x
        x = t + 1
    }
}
expect lost update, data race
END

# Without times and memory, which no two runs have in common.
untimed() {
    sed -E 's/"(seconds|peak_bytes)": [0-9.e+-]+/"\1": 0/; s/[0-9]+\.[0-9]+ s$/T s/' "$1"
}

# same FILE FILE: what is printed is equal.
same() {
    untimed "$1" >left
    untimed "$2" >right
    if ! cmp -s left right; then
        echo "FAILED: $last: another result:"
        diff left right | head -10 | cut -c1-200
        failures=$((failures + 1))
    fi
}

# For all states, and for a reduced search.
for options in '' '--reduce sleep' '--max-counted 10000'; do
    expect 1 explore $options --json long.snarl
    mv out whole.json
    expect 1 explore $options long.snarl
    mv out whole

    # kill -9 as soon as there is a checkpoint
    rm -f file
    "$snarl" explore $options --json --checkpoint file --checkpoint-every 1ms long.snarl >killed 2>&1 </dev/null &
    process=$!
    tries=0
    while [ ! -s file ] && kill -0 $process 2>/dev/null && [ $tries -lt 3000 ]; do
        sleep 0.01
        tries=$((tries + 1))
    done
    kill -9 $process 2>/dev/null
    wait $process 2>/dev/null
    if [ -s file ]; then
        cp file kept
        expect 1 explore $options --json --resume file long.snarl
        same whole.json out
        expect 1 explore $options --jobs 2 --resume file --checkpoint file long.snarl
        same whole out
        if [ -e file ] || [ -e file.new ]; then
            echo "FAILED: $last: the checkpoint is still there"
            failures=$((failures + 1))
        fi
    fi

    # Ctrl-C (and not before the handler is there)
    rm -f file
    "$snarl" explore $options --checkpoint file --checkpoint-every 1ms long.snarl >interrupted 2>&1 </dev/null &
    process=$!
    while [ ! -s file ] && kill -0 $process 2>/dev/null; do
        sleep 0.01
    done
    kill -TERM $process 2>/dev/null
    wait $process
    if [ -s file ]; then
        expect 1 explore $options --json --resume file long.snarl
        same whole.json out
    fi
done

# Limits: what was found is written, and the limit may be another one afterwards.
expect 1 explore --max-states 5000 --checkpoint file long.snarl
contains out 'to go on from here: --resume file'
expect 1 explore --max-states 20000 --resume file --checkpoint file long.snarl
expect 1 explore --json --max-time 1ms --checkpoint other --resume file long.snarl
expect 1 explore --json --resume file long.snarl
expect 1 explore --json long.snarl
mv out whole.json
expect 1 explore --json --resume file long.snarl
same whole.json out
expect 0 outcomes --json --resume file long.snarl

# What is refused.
sed 's/t + 1/t + 2/' long.snarl >changed.snarl
expect 2 explore --resume file changed.snarl
contains err 'another scenario'
expect 2 explore --resume file --granularity statement long.snarl
contains err 'other options'
expect 2 explore --resume file --reduce classes long.snarl
contains err 'no checkpoints of --reduce classes'
expect 2 explore --checkpoint file --search pct long.snarl
expect 2 explore --checkpoint file --preemptions 1 long.snarl
expect 2 explore --checkpoint file long.snarl long.snarl
contains err 'one file at a time'
expect 2 explore --checkpoint-every 1s long.snarl
expect 2 explore --checkpoint long.snarl long.snarl
contains err 'not written over'
expect 2 explore --resume long.snarl long.snarl
contains err 'not a checkpoint'
printf 'x' >>file
expect 2 explore --resume file long.snarl
contains err 'damaged'
rm -f file
expect 4 explore --resume file long.snarl
contains err 'cannot be read'
expect 4 explore --checkpoint nowhere/file long.snarl
contains err 'cannot be written'
expect 2 explore --checkpoint /dev/full long.snarl
expect 2 run --checkpoint file long.snarl

# A full disk in the middle is told, and what was there stays.
(
    ulimit -f 1
    "$snarl" explore --max-states 20000 --checkpoint file long.snarl >out 2>err </dev/null
    echo $? >status
)
last='snarl explore --checkpoint on a full disk'
contains status 4
contains err 'cannot be written'
contains out 'lost update'
[ ! -e file ] && [ ! -e file.new ] || {
    echo 'FAILED: something was left behind'
    failures=$((failures + 1))
}
finish
