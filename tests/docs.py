#!/usr/bin/env python3
"""Runs the scenarios in the documentation: docs.py --snarl SNARL [FILE...]

Each block between ```snarl and ``` in README.md and in docs/ is a whole scenario. One with an `expect` line must pass
`snarl test`; one without must load and be explored to the end. ```snarl OPTIONS gives options, such as --spurious.
A block ```snarl wrong must be refused.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```snarl([^\n]*)\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)


def run(snarl, command, options, text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "block.snarl"
        path.write_text(text, encoding="utf-8")
        answer = subprocess.run([snarl, command, "--color", "never", *options, str(path)], capture_output=True, text=True, timeout=60)
    return answer.returncode, answer.stdout + answer.stderr


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--snarl", required=True)
    arguments.add_argument("files", nargs="*", type=pathlib.Path)
    options = arguments.parse_args()
    files = options.files or [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    blocks = bad = 0
    for file in files:
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            blocks += 1
            flags, scenario = match.group(1).split(), match.group(2)
            line = text.count("\n", 0, match.start()) + 1
            if flags == ["wrong"]:
                status, output = run(options.snarl, "explore", [], scenario)
                good = status == 2
            elif re.search(r"^expect\b", scenario, re.MULTILINE):
                status, output = run(options.snarl, "test", flags, scenario)
                good = status == 0
            else:
                status, output = run(options.snarl, "explore", flags, scenario)
                good = status in (0, 1) and "warning:" not in output
            if not good:
                bad += 1
                print(f"{file.name}:{line}: status {status}\n{output}")
    print(f"{blocks} scenarios in the documentation, {bad} wrong")
    sys.exit(1 if bad else 0)


main()
