# snarl-mpi: 1, 2 and 4 processes say what one program says, byte for byte.
. "$(dirname "$0")/lib.sh"

mpi=$(dirname "$snarl")/snarl-mpi
HWLOC_HIDE_ERRORS=2 # where /sys is not mounted Open MPI would say so
export HWLOC_HIDE_ERRORS
[ -x "$mpi" ] && command -v mpirun >/dev/null || exit 77
# tests may run as root, on fewer processors than processes
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM

# processes N STATUS ARGUMENT...
processes() {
    count=$1 wanted=$2
    shift 2
    last="mpirun -n $count snarl-mpi $*"
    timeout 100 mpirun -q --oversubscribe -n "$count" "$mpi" "$@" >out 2>err </dev/null
    got=$?
    if [ "$got" -ne "$wanted" ]; then
        echo "FAILED: $last: status $got instead of $wanted"
        sed 's/^/    /' out err | head -20
        failures=$((failures + 1))
    fi
}

gallery=../scenarios
set -- "$gallery"/classics/*.snarl "$gallery"/conditions/*.snarl "$gallery"/liveness/*.snarl "$gallery"/basics/*.snarl
endless >endless.snarl
set -- --max-states 4000 "$@" "$gallery"/deadlocks/*.snarl endless.snarl

"$snarl" explore --json "$@" | grep -v -e '"seconds"' -e '"peak_bytes"' >one.json
"$snarl" explore --color never "$@" >one.txt
for count in 1 2 4; do
    processes $count 1 explore --json "$@"
    grep -v -e '"seconds"' -e '"peak_bytes"' out >several.json
    cmp one.json several.json || { echo "FAILED: $count processes"; failures=$((failures + 1)); }
done
# only the time may differ
processes 2 1 explore --color never "$@"
sed 's/ [0-9.]* s$//' one.txt >one.lines
sed 's/ [0-9.]* s$//' out >several.lines
diff one.lines several.lines || failures=$((failures + 1))
empty err

# What is wrong is said once.
echo 'thread A { lock nothing }' >wrong.snarl
processes 2 2 explore wrong.snarl
[ "$(grep -c 'error:' err)" -eq 1 ] || { echo "FAILED: errors of 2 processes:"; cat err; failures=$((failures + 1)); }
processes 2 2 explore --search random wrong.snarl
processes 2 2 test wrong.snarl
contains err 'for all else there is `snarl test`'
"$snarl" new race >race.snarl
processes 2 2 explore --preemptions 2 race.snarl
contains err 'one process'
processes 2 4 explore missing.snarl
contains err 'missing.snarl'

# A limit of one process ends them all, with what was found so far.
processes 2 3 explore --max-memory 20M endless.snarl
contains out 'of memory'

finish
