#!/usr/bin/env python3
"""Options with values that make no sense, for every command: each command line is refused with a message, or done.

nonsense.py --snarl SNARL [--every N]    N: only each N-th command line
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NUMBERS = ["", "-1", "0", "9" * 23, "1e3", "abc", "3x", " 5", "+5", "0x10", "\u0661", "1.5", "\033[31mX", "nan"]
FILES = ["", "/nonexistent/x", "/dev/full", ".", "/dev/null"]
VALUES = {
    "--max-states": NUMBERS, "--max-memory": NUMBERS + ["1Q", "999999999T", "1M", "10k", "1B"], "--jobs": NUMBERS + ["100000"],
    "--max-time": NUMBERS + ["1y", "0s", "10ms", "999999999999h"], "--reduce": ["", "foo", "ALL", "all,sleep"], "--max-counted": NUMBERS,
    "--search": ["", "foo", "pct"], "--preemptions": NUMBERS, "--color": ["", "purple"], "--granularity": ["", "word"],
    "-D": ["", "=", "N", "N=", "=3", "N=3", "counter=3", "N=" + "9" * 22], "--runs": [n for n in NUMBERS if n != "9" * 23], "--depth": NUMBERS,
    "--seed": NUMBERS, "--policy": ["", "foo"], "--checkpoint": FILES, "--checkpoint-every": NUMBERS, "--finding": NUMBERS, "--outcome": NUMBERS,
    "--schedule": ["", "A", "A B B A A A A A", "A*0", "A*-1", "A*99999999999999", "Z", "A:0", "A:9", "A:" + "9" * 20, "*", "A[", "A[0]", "A*", "A:",
                   "\033[31m", "A " * 50000],
    "--resume": ["", "/nonexistent", "own.snarl", "/dev/null", ".", "/dev/zero"], "-o": FILES + ["x.xyz", "x."], "--kind": ["", "foo"],
    "--theme": ["", "pink"], "--lang": ["", "de"], "--size": ["", "big"], "--seconds": [n for n in NUMBERS if n != "9" * 23],
    "--all": ["", "/proc/x", "/dev/null"], "--bogus": ["1"], "--max-stat": ["5"], "--beamer": [None], "--steps": [None], "--json": [None],
}
OPERANDS = {
    "explore": ["own.snarl"], "outcomes": ["own.snarl"], "run": ["own.snarl"], "draw": ["schedule", "own.snarl"], "html": ["own.snarl"],
    "time": ["clock.snarl"], "replay": ["own.snarl"], "stress": ["own.snarl"], "export": ["c", "own.snarl"], "test": ["own.snarl"],
    "fmt": ["--check", "own.snarl"], "new": ["race"], "completion": ["bash"], "step": ["own.snarl"], "help": ["run"],
}


def wrong(command, folder):
    """What is wrong with the answer to a command line; None: nothing."""
    try:
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, cwd=folder)
    except subprocess.TimeoutExpired:
        return "does not end"
    if answer.returncode not in range(5):
        return f"status {answer.returncode}"
    if answer.returncode in (2, 4) and not answer.stderr:
        return f"status {answer.returncode} without a message"
    if b"\033" in answer.stdout + answer.stderr:
        return "an escape sequence comes back"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--snarl", required=True, type=os.path.abspath)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    lines = [(command, option, value) for command in OPERANDS for option, values in VALUES.items() for value in values]
    chosen, bad = lines[:: options.every], 0
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "scenarios/races/lost_update.snarl", f"{folder}/own.snarl")
        shutil.copy(ROOT / "scenarios/notes/eight_tasks_four_cores.snarl", f"{folder}/clock.snarl")
        for command, option, value in chosen:
            given = [option] if value is None else [option, value]
            what = wrong([options.snarl, command, *OPERANDS[command], *given], folder)
            if what is not None:
                bad += 1
                print(f"snarl {command} {option} {value!r:.40}: {what}")
    print(f"{len(chosen)} command lines of {len(lines)}, {bad} wrong")
    sys.exit(1 if bad else 0)


main()
