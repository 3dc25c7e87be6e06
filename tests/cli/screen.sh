# step on a terminal: the whole screen, its keys, and terminals on which it cannot be.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || exit 77
cat >terminal.py <<'END'
"""terminal.py ROWS COLUMNS TERM KEYS PROGRAM ARGUMENT...: the program on a terminal, the keys one by one (Python escapes; RESIZE makes it
small, INT sends a SIGINT); what it writes is the output, its end the status, 99 when it does not end."""
import fcntl, os, pty, select, signal, struct, sys, termios, time

rows, columns, term, keys = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4].split(" ")
child, terminal = pty.fork()
if child == 0:
    os.environ.update(TERM=term, LANG="C.UTF-8")
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    time.sleep(0.2)  # until the terminal has its size
    os.execv(sys.argv[5], sys.argv[5:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def listen(quiet, most):
    """Passes on what comes until nothing has come for `quiet` seconds; False at the end."""
    end = time.monotonic() + most
    while time.monotonic() < end:
        if not select.select([terminal], [], [], quiet)[0]:
            return True
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            return False
        sys.stdout.buffer.write(piece)
    return True


open_still = select.select([terminal], [], [], 20)[0] and listen(0.2, 20)
for key in keys:
    if not open_still:
        break
    if key == "RESIZE":
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 14, 50, 0, 0))
        os.kill(child, signal.SIGWINCH)
    elif key == "INT":
        os.kill(child, signal.SIGINT)
    else:
        os.write(terminal, key.encode().decode("unicode_escape").encode())
    open_still = listen(0.1, 5)
end = time.monotonic() + 10
while time.monotonic() < end:
    listen(0.05, 1)
    done, status = os.waitpid(child, os.WNOHANG)
    if done:
        sys.exit(os.waitstatus_to_exitcode(status))
os.kill(child, signal.SIGKILL)
sys.exit(99)
END

# shown ROWS COLUMNS TERM KEYS: step of race.snarl; what is on the terminal is in out, without colours and moves.
shown() {
    python3 terminal.py "$1" "$2" "$3" "$4" "$snarl" step race.snarl >raw 2>err
    got=$?
    last="snarl step, $1 x $2, $3, keys $4"
    [ "$got" -eq 0 ] || { echo "FAILED: $last: status $got"; cat err; failures=$((failures + 1)); }
    sed 's/\x1b(.//g; s/\x1b\[[0-9;?]*[A-Za-z]/ /g; s/\x1b[=>]//g' raw | tr '\r' '\n' >out
}

"$snarl" new race >race.snarl
# steps, back, again, the finding, help and what the help hides again; at the end the terminal is as before and has the schedule
shown 40 110 xterm '1 2 \x1bOD . f ? ? q'
contains out 'possible steps' 'interleavings' 'lost update' 'finding 1 of' 'to the next finding' 'schedule: '
tail -c 200 raw | grep -qF "$(printf '\033[?1049l')" || { echo "FAILED: $last: the terminal is not given back"; failures=$((failures + 1)); }
# smaller while it runs, too small for anything, interrupted, at the end of the input
shown 40 110 xterm '1 RESIZE 2 f q'
contains out 'schedule: '
shown 3 12 xterm '1 f q'
contains out 'schedule: '
shown 24 80 xterm '1 2 b INT'
contains out 'schedule: inc[0]'
shown 24 80 xterm '2 \x04'
contains out 'schedule: inc[1]'
# no screen to be had: lines
for term in dumb no-such-terminal; do
    shown 24 80 $term '1\n s\n q\n'
    contains out '--- 1 step: inc[0]' 'schedule: inc[0]'
    lacks out 'possible steps'
done
finish
