#!/usr/bin/env python3
"""Compares what snarl explores with what was derived by hand from the language's contract.

check.py SNARL FOLDER [NAME...]: reads FOLDER/expected.txt, a line for each scenario:
name | options | kinds found, or ok | interleavings | least..greatest time in ms, or none | outcomes.
A hyphen is not compared. An outcome is values "output"!end:interleavings; the derivation stands in NAME.snarl.
"""
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


def differences(snarl, folder, name, options, kinds, interleavings, time, outcomes):
    command = [snarl, "explore", "--json", "-q", f"{folder}/{name}.snarl"]
    command += [] if options == "-" else options.split()
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
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


def main():
    snarl, folder, only = sys.argv[1], sys.argv[2], sys.argv[3:]
    failed = count = 0
    with open(f"{folder}/expected.txt", encoding="utf-8") as table:
        for line in table:
            if not line.strip() or line.startswith("#"):
                continue
            fields = [field.strip() for field in line.rstrip("\n").split(" | ")]
            if only and fields[0] not in only:
                continue
            count += 1
            wrong = differences(snarl, folder, *fields)
            failed += bool(wrong)
            for text in wrong:
                print(f"{fields[0]}: {text}")
    print(f"{count} scenarios, {failed} differ")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
