#!/usr/bin/env python3
"""Checks tests/claims.txt: numbers and variants that comments of scenarios and docs mention. claims.py --snarl SNARL"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SCENARIOS = HERE.parent / "scenarios"


def explore(snarl, scenario, options):
    answer = subprocess.run([snarl, "explore", "--json", *options, str(SCENARIOS / (scenario + ".snarl"))], capture_output=True, text=True)
    if answer.returncode not in (0, 1, 3): # 3: nothing found, and not all was looked at
        raise ValueError(answer.stderr.strip())
    return json.loads(answer.stdout)


def outcome_matches(outcome, wanted):
    return all(str(outcome["values"].get(name)) == value for name, value in (item.split("=") for item in wanted))


def value_of(result, name):
    if name == "outcomes":
        return str(len(result["outcomes"]))
    if name.startswith("outcome "):
        wanted = name.split()[1:]
        return str(sum(int(o["interleavings"]) for o in result["outcomes"] if outcome_matches(o, wanted)))
    if name in result:
        return str(result[name])
    return next((f["interleavings"] for f in result["findings"] if f["kind"] == name.replace(" ", "-")), "not found")


def check(snarl, line):
    head, _, claims = line.partition(": ")
    scenario, *options = head.split()
    kinds, *numbers = [part.strip() for part in claims.split(";")]
    result = explore(snarl, scenario, options)
    found = sorted({finding["kind"].replace("-", " ") for finding in result["findings"]}) or ["ok"]
    if not result["complete"]:
        found.append("incomplete")
    wrong = []
    if sorted(found) != sorted(re.split(r",\s*", kinds)):
        wrong.append(f"found {', '.join(found)}, not {kinds}")
    for number in numbers:
        name, value = (part.strip() for part in number.rsplit(" = ", 1))
        actual = value_of(result, name)
        if actual != value:
            wrong.append(f"{name} is {actual}, not {value}")
    return wrong


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--snarl", required=True)
    options = arguments.parse_args()
    bad = checked = 0
    for number, line in enumerate((HERE / "claims.txt").read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        checked += 1
        try:
            wrong = check(options.snarl, line)
        except ValueError as error:
            wrong = [str(error)]
        for sentence in wrong:
            print(f"claims.txt:{number}: {line.partition(':')[0]}: {sentence}")
        bad += bool(wrong)
    print(f"{checked} claims checked, {bad} wrong")
    sys.exit(1 if bad else 0)


main()
