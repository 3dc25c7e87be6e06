# The line of progress: what it tells, and that it stands on a terminal only.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || exit 77
cat >terminal.py <<'END'
import os, pty, subprocess, sys
reader, writer = pty.openpty()
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writer)
os.close(writer)
try:
    while piece := os.read(reader, 4096):
        sys.stdout.buffer.write(piece)
except OSError:  # the other end was closed
    pass
process.wait()
END
endless >endless.snarl
expect 3 explore --max-time 1s endless.snarl
lacks err 'exploring:'
python3 terminal.py "$snarl" explore --max-time 1500ms endless.snarl | tr '\r' '\n' >shown
last='snarl explore on a terminal'
contains shown 'exploring: ' ' states, ' ' waiting, ' '/s, ' 'half, '
if ! grep -Eq 'exploring: [0-9]+[kMG]? states, [0-9]+[kMG]? waiting, [0-9]+[kMG]?/s, (less than half|about [0-9]+ %), [0-9]+[kMG]?B, [0-9]+ s' shown; then
    echo 'FAILED: the line of progress:'
    sed 's/^/    /' shown
    failures=$((failures + 1))
fi
python3 terminal.py "$snarl" explore --quiet --max-time 1s endless.snarl >shown
lacks shown 'exploring:'
finish
