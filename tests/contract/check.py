#!/usr/bin/env python3
"""Compares what snarl explores with what was derived by hand from the language's contract.

check.py SNARL FOLDER [NAME...]: reads FOLDER/expected.txt, a line for each scenario:
name | options | kinds found, or ok | interleavings | least..greatest time in ms, or none | outcomes.
A hyphen is not compared. An outcome is values "output"!end:interleavings; the derivation stands in NAME.snarl.
The other FOLDER/*.txt hold scenarios together with their lines: each begins with "=== " and such a line.
"""
import glob
import json
import re
import subprocess
import sys


def outcome_text(outcome, counted):
    text = ",".join(f"{name}={json.dumps(value)}" for name, value in outcome["values"].items())
    if outcome["output"]:
        text += " ".join([""] * bool(text) + [json.dumps(line, ensure_ascii=False) for line in outcome["output"]])
    if outcome["end"] != "ok":
        text += "!" + outcome["end"]
    return text + ":" + (outcome["interleavings"] or "null" if counted else "-")


def differences(snarl, scenario, options, kinds, interleavings, time, outcomes):
    command = [snarl, "explore", "--json", "-q", "-"]
    command += [] if options == "-" else options.split()
    run = subprocess.run(command, input=scenario, capture_output=True, text=True, check=False, timeout=60)
    if run.returncode not in (0, 1, 3):
        return [f"status {run.returncode}: {run.stderr.strip()}"]
    got = json.loads(run.stdout)
    wrong = []

    def compare(what, expected, actual):
        if expected != "-" and expected != actual:
            wrong.append(f"{what}: expected {expected}, got {actual}")

    found = sorted({finding["kind"] for finding in got["findings"]})
    if kinds != "-":
        compare("kinds", ",".join(sorted(kinds.split(","))), ",".join(found) or "ok")
    compare("status", "1" if found else "0" if got["complete"] else "3", str(run.returncode))
    compare("interleavings", interleavings, got["interleavings"])
    if time != "-":
        least, greatest = got["time"]["least"], got["time"]["greatest"]
        actual = "none" if least is None else f"{least / 1e6:g}..{'none' if greatest is None else format(greatest / 1e6, 'g')}"
        compare("time", time, actual)
    if outcomes != "-":
        expected = sorted(outcomes.split("; "))
        counted = not expected[0].endswith(":-")
        compare("outcomes", "; ".join(expected), "; ".join(sorted(outcome_text(o, counted) for o in got["outcomes"])))
    return wrong


def fields_of(line):
    fields = [field.strip() for field in line.rstrip("\n").split(" | ")]
    if len(fields) != 6:
        sys.exit(f"not six fields: {line}")
    return fields


def scenarios(folder):
    """name, text, and what is expected of it, of all scenarios of the folder"""
    with open(f"{folder}/expected.txt", encoding="utf-8") as table:
        for line in table:
            if line.strip() and not line.startswith("#"):
                fields = fields_of(line)
                with open(f"{folder}/{fields[0]}.snarl", encoding="utf-8") as file:
                    yield fields[0], file.read(), fields[1:]
    for name in sorted(glob.glob(f"{folder}/*.txt")):
        if name.endswith("/expected.txt"):
            continue
        with open(name, encoding="utf-8") as file:
            for part in re.split("^=== ", file.read(), flags=re.MULTILINE)[1:]:
                line, text = part.split("\n", 1)
                fields = fields_of(line)
                yield fields[0], text, fields[1:]


def main():
    snarl, folder, only = sys.argv[1], sys.argv[2], sys.argv[3:]
    failed, names = 0, set()
    for name, text, expected in scenarios(folder):
        if only and name not in only:
            continue
        if name in names:
            sys.exit(f"{name} stands there twice")
        names.add(name)
        wrong = differences(snarl, text, *expected)
        failed += bool(wrong)
        for difference in wrong:
            print(f"{name}: {difference}")
    print(f"{len(names)} scenarios, {failed} differ")
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
