#!/usr/bin/env python3
"""What `--max-memory` promises: the whole process takes no more, give or take a twentieth, and uses most of it before it gives up.

memory.py --snarl SNARL [--all]
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

COUNTERS = """shared c = 0, d = 0
thread w[6] {
    repeat 4 {
        local t = c
        c = t + 1
        local u = d
        d = u + 1
    }
}
finally c == 24
"""
# Nothing is found before memory ends: all that there is to use is for the search.
LOCKS = """mutex m[16]
shared a[16] = 0
thread w[8] {
    for i in 0..16 {
        with m[(i + self) % 16] { a[(i + self) % 16]++ }
    }
}
"""
MANY_LOST, NOTHING = "counters.snarl", "locks.snarl"
RUNS = [(NOTHING, ["--reduce", "none"]), (NOTHING, ["--reduce", "none", "--jobs", "2"]), (MANY_LOST, ["--reduce", "none"]), (MANY_LOST, []),
        (MANY_LOST, ["--reduce", "all"]), (MANY_LOST, ["--reduce", "classes", "--max-time", "3s"])]
MOST, LEAST = 1.05, 0.7


def peak_kib(command, folder):
    """(greatest resident set, output) of a process of its own."""
    child, parent = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(parent, 1)
        os.chdir(folder)
        os.execv(command[0], command)
    os.close(parent)
    with os.fdopen(child, "rb") as pipe:
        output = pipe.read()
    _, status, used = os.wait4(pid, 0)
    return used.ru_maxrss, os.waitstatus_to_exitcode(status), output


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--snarl", required=True, type=os.path.abspath)
    parser.add_argument("--all", action="store_true", help="up to 1 GiB")
    options = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, text in ((MANY_LOST, COUNTERS), (NOTHING, LOCKS)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        for mib in (32, 64, 100, 256, 1024) if options.all else (32, 100):
            for name, flags in RUNS:
                command = [options.snarl, "explore", "--json", "-q", "--max-memory", f"{mib}M", *flags, name]
                peak, status, output = peak_kib(command, folder)
                share = peak / 1024 / mib
                result = json.loads(output) if status in (0, 1, 3) else {}
                is_good = share <= MOST and status in (1, 3) and (result["states"] > 0 or "--max-time" in flags)
                if name == NOTHING:
                    is_good = is_good and "memory" in result["stopped"] and share >= LEAST
                bad += not is_good
                print(f"{'ok ' if is_good else 'BAD'} {mib:5} MiB {share:6.1%} {result.get('states', 0):>12,} states  {name} {' '.join(flags)}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
