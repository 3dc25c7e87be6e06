# What stress and replay take of the system is bounded: their time, their threads, and no process stays behind.
. "$(dirname "$0")/lib.sh"
COLUMNS=1000

# The processes, other than zombies, that were started with a file of this test; it is in their command line.
ours() {
    for file in $(grep -ls "[b]${mark#b}" /proc/[0-9]*/cmdline); do # the brackets: not the one that searches
        process=${file#/proc/}
        process=${process%/cmdline}
        grep -qs '^State:.*Z' "/proc/$process/status" || echo "$process"
    done
}

# A child dies with its parent, but not in the same instant.
left_behind() {
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        left=$(ours)
        [ -n "$left" ] || return 0
        sleep 0.1
    done
    echo "FAILED: $last: processes left behind: $left"
    failures=$((failures + 1))
}

# within SECONDS STATUS ARGUMENT...: expect, that soon.
within() {
    most=$1
    shift
    began=$(date +%s)
    expect "$@"
    took=$(($(date +%s) - began))
    if [ "$took" -gt "$most" ]; then
        echo "FAILED: $last took $took s, more than $most"
        failures=$((failures + 1))
    fi
    left_behind
}

# most_threads LOOKS: $most is how many threads $parent or a child of its has had, at so many looks or until it ends.
most_threads() {
    most=0
    looks=$1
    while [ "$looks" -gt 0 ] && [ -d "/proc/$parent/task" ] && ! grep -qs '^State:.*Z' "/proc/$parent/status"; do
        for process in $parent $(cat "/proc/$parent/task/$parent/children" 2>/dev/null); do
            threads=$(ls "/proc/$process/task" 2>/dev/null | wc -l)
            [ "$threads" -le "$most" ] || most=$threads
        done
        looks=$((looks - 1))
        sleep 0.05
    done
}

mark=bounds_of_stress_$$
endless=${mark}_endless.snarl chain=${mark}_chain.snarl stuck=${mark}_stuck.snarl draws=${mark}_draws.snarl pool=${mark}_pool.snarl

# Runs that never end are broken off; the time given is kept.
cat >"$endless" <<'END'
atomic x = 0
thread A, B {
    loop {
        fetch_add(x, 1)
        fetch_add(x, -1)
        progress
    }
}
END
within 10 3 stress "$endless" --seconds 0.7
contains out 'no run came to an end' 'broken off'
within 10 3 stress "$endless" --seconds 0.3 --profile yields

# Threads that are stuck for ever: a new process for each of these runs, none of which stays.
cat >"$stuck" <<'END'
mutex m
thread A {
    lock m
    lock m
}
END
within 10 0 stress "$stuck" --seconds 0.5
contains out 'deadlock'

# Many threads: as many as the scenario has, and those that look after them; the time is kept all the same.
cat >"$chain" <<'END'
const N = 300
event go[N + 1]
atomic turn = 0
thread w[N] {
    wait go[self]
    turn = self + 1
    set go[self + 1]
}
thread first { set go[0] }
finally turn == N
END
"$snarl" stress "$chain" --seconds 2 >out 2>err </dev/null &
parent=$!
most_threads 1000
wait "$parent"
got=$?
last='stress of 301 threads' # 3: on a busy machine none of them is through within a fifth of a second
[ "$got" -eq 0 ] || [ "$got" -eq 3 ] || { echo "FAILED: $last: status $got"; cat out err; failures=$((failures + 1)); }
contains out ' of 1 outcome'
lacks out 'not among the simulated'
if [ "$most" -lt 301 ] || [ "$most" -gt 305 ]; then
    echo "FAILED: $last: a process with $most threads"
    failures=$((failures + 1))
fi
left_behind
within 20 0 replay "$chain"

# The tasks of a pool run on as many real threads as it has workers: beside them there are the declared thread and the one that waits for all.
cat >"$pool" <<'END'
pool p[2]
atomic done_so_far = 0
fn job(n) {
    fetch_add(done_so_far, n)
}
thread main {
    local jobs[8]
    for i in 0..8 { jobs[i] = submit p, job(i) }
    for i in 0..8 { await jobs[i] }
    assert done_so_far == 28
}
END
"$snarl" replay --repeat 1000000 "$pool" >out 2>err </dev/null &
parent=$!
most_threads 20
kill -TERM "$parent"
wait "$parent"
got=$?
last='replay with a pool'
[ "$got" -eq 3 ] || { echo "FAILED: $last: status $got"; cat out err; failures=$((failures + 1)); }
contains out 'agree'
if [ "$most" -lt 3 ] || [ "$most" -gt 4 ]; then
    echo "FAILED: $last: a process with $most threads"
    failures=$((failures + 1))
fi
left_behind

# A limit of the system in the middle of making them.
user=
[ "$(id -u)" -ne 0 ] || user='setpriv --reuid=65533 --clear-groups'
chmod 755 .. . && chmod 644 "$chain"
if command -v prlimit >/dev/null && $user prlimit --nproc=1000 "$snarl" --version >/dev/null 2>&1; then
    for command in stress replay; do
        $user prlimit --nproc=40 "$snarl" "$command" "$chain" >out 2>err </dev/null
        got=$?
        last="$command with prlimit --nproc=40"
        [ "$got" -eq 4 ] || { echo "FAILED: $last: status $got"; cat out err; failures=$((failures + 1)); }
        contains err 'ulimit -u'
        left_behind
    done
fi

# Forcing what did not come can be interrupted as well, and what was not forced is told apart.
cat >"$draws" <<'END'
shared y = 0
thread A {
    y = choose(0..4000)
}
END
"$snarl" stress "$draws" --runs 5 >out 2>err </dev/null &
parent=$!
seen= # a process for the free runs, and then one for each outcome
looks=3000
while [ "$(echo "$seen" | wc -w)" -lt 5 ] && [ "$looks" -gt 0 ] && [ -d "/proc/$parent" ]; do
    for process in $(cat "/proc/$parent/task/$parent/children" 2>/dev/null); do
        case " $seen " in
        *" $process "*) ;;
        *) seen="$seen $process" ;;
        esac
    done
    looks=$((looks - 1))
done
kill -TERM "$parent"
wait "$parent"
got=$?
last='stress, interrupted while it forces'
[ "$got" -eq 3 ] || { echo "FAILED: $last: status $got"; failures=$((failures + 1)); }
contains out 'more by force'
grep -q ' no$' out || { echo "FAILED: $last: all of them were forced"; failures=$((failures + 1)); }
left_behind

# What does not run freely is refused at once, with the reason.
cat >"${mark}_loop.snarl" <<'END'
atomic x = 0
coroutine c() {
    repeat 50 {
        fetch_add(x, 1)
        yield
    }
}
run c()
END
within 3 2 stress "${mark}_loop.snarl"
contains err 'loop.snarl:2: `coroutine` does not run freely' 'for the event loop to say' '`snarl replay`'
finish
