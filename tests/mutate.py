#!/usr/bin/env python3
"""Takes one synchronisation statement at a time out of each scenario and looks whether `snarl test` notices.

mutate.py --snarl SNARL [--update]

What nothing noticed must be exactly what tests/mutations-unnoticed.txt lists, each line with the reason. --update writes the
list anew and keeps the reasons that are there; a line that ends in `-- ?` waits for one, and the test fails.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SCENARIOS = HERE.parent / "scenarios"
LIST = HERE / "mutations-unnoticed.txt"

PLACE = r"[^\W\d]\w*(?:\[[^\]\n]*(?:\[[^\]\n]*\][^\]\n]*)*\])?"
STATEMENT = re.compile(
    r"(?:(?<=[{;}])|^)[ \t]*((?:lock|unlock|rdlock|wrlock|acquire|release|wait|signal|broadcast|set|done|join|close|await|gather|shutdown)[ \t]+" + PLACE +
    r"(?:[ \t]*,[ \t]*[^;}\n]+)?(?:[ \t]+with[ \t]+" + PLACE + r")?)[ \t]*(?=[;}\n])", re.MULTILINE)
WITH = re.compile(r"(?:(?<=[{;}])|^)[ \t]*(with[ \t]+" + PLACE + r")[ \t]*(?=\{)", re.MULTILINE)


def without_comments(text):
    """The text with each comment as blanks, so that places stay where they are."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'"[^"\n]*"|//[^\n]*|/\*.*?\*/', lambda m: m.group(0) if m.group(0)[0] == '"' else blank(m), text, flags=re.DOTALL)


def mutants(text):
    """(line, statement, mutated text) for every statement that can be taken out."""
    code = without_comments(text)
    found = []
    for pattern, instead in ((STATEMENT, ""), (WITH, "if (true)")):
        for match in pattern.finditer(code):
            start, end = match.span(1)
            line = code.count("\n", 0, start) + 1
            found.append((start, line, " ".join(match.group(1).split()), code[:start] + instead + code[end:]))
    return [entry[1:] for entry in sorted(found)]


def run(snarl, folder):
    # What takes very long is not what the scenario promised either: a limit counts as noticed.
    answer = subprocess.run([snarl, "test", "--json", "--max-states", "300000", str(folder)], capture_output=True, text=True)
    try:
        return {pathlib.Path(entry["scenario"]).name: entry for entry in json.loads(answer.stdout)}
    except ValueError:
        sys.exit(f"snarl test ended with status {answer.returncode} and no list of results:\n{answer.stderr[:2000]}")


def read_list():
    """(file, statement, how manieth of its kind in the file) -> reason, and the keys with their line numbers."""
    reasons, lines, counts = {}, [], {}
    if LIST.is_file():
        for entry in LIST.read_text(encoding="utf-8").splitlines():
            match = re.match(r"([^:#]+):(\d+): (.*?)(?: \((\d+)\))? -- (.*)$", entry)
            if match:
                name, line, statement, nth, reason = match.groups()
                reasons[(name, statement, int(nth or 1))] = reason
                lines.append((name, int(line), statement, int(nth or 1)))
    return reasons, lines


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--snarl", required=True)
    arguments.add_argument("--update", action="store_true")
    options = arguments.parse_args()
    tried, unnoticed = 0, []
    with tempfile.TemporaryDirectory() as folder:
        cases = {}
        for path in sorted(SCENARIOS.rglob("*.snarl")):
            counts = {}
            for line, statement, text in mutants(path.read_text(encoding="utf-8")):
                counts[statement] = counts.get(statement, 0) + 1
                name = f"{len(cases):05d}.snarl"
                cases[name] = (path.relative_to(SCENARIOS).as_posix(), line, statement, counts[statement])
                (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")
        results = run(options.snarl, folder)
    bad = 0
    for name, case in sorted(cases.items()):
        result = results[name]
        if result.get("verdict") in (None, "invalid"):
            print(f"{case[0]}:{case[1]}: without '{case[2]}' it is no scenario: {result.get('message')}")
            bad += 1
        tried += 1
        if result["passed"]:
            unnoticed.append(case)
    reasons, listed = read_list()
    if options.update:
        head = ["# Statements of the scenarios that can be taken out without `snarl test` noticing, and why that is right.",
                "# Written by tests/mutate.py --update; the reasons are written by hand.", ""]
        body = []
        for file, line, statement, nth in unnoticed:
            shown = statement if nth == 1 else f"{statement} ({nth})"
            body.append(f"{file}:{line}: {shown} -- {reasons.get((file, statement, nth), '?')}")
        LIST.write_text("\n".join(head + body) + "\n", encoding="utf-8")
        reasons, listed = read_list()
    for case in unnoticed:
        if case not in listed:
            print(f"{case[0]}:{case[1]}: nothing notices that '{case[2]}' is missing, and the list does not have it")
            bad += 1
        elif reasons[(case[0], case[2], case[3])] in ("", "?"):
            print(f"{case[0]}:{case[1]}: '{case[2]}' has no reason in the list")
            bad += 1
    for case in listed:
        if case not in unnoticed:
            print(f"{case[0]}:{case[1]}: '{case[2]}' is in the list, but is noticed, or stands on another line")
            bad += 1
    print(f"{tried} statements taken out, {len(unnoticed)} not noticed, {bad} wrong")
    sys.exit(1 if bad else 0)


main()
