#!/usr/bin/env python3
"""Writes scenarios/README.md from the scenarios, or checks with --check that it is up to date."""
import pathlib
import re
import sys

FOLDERS = {  # in the order in which a course would take them
    "basics": "the objects and statements, one at a time",
    "races": "data races, lost updates, check-then-act",
    "deadlocks": "threads that wait for each other",
    "conditions": "condition variables and their traps",
    "barriers": "barriers, given and hand-made",
    "queues": "message passing",
    "exclusion": "mutual exclusion from plain reads and writes, and spin locks",
    "lockfree": "compare-and-swap, ABA, memory reclamation",
    "serial": "transactions and the order that explains them",
    "liveness": "livelock and starvation",
    "classics": "the problems with names",
    "notes": "beyond threads and locks: processes, actors, brokers, coroutines, pools, time",
}


def first_comment(text):
    """The lines of the comment that opens the file."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        lines.append(line[2:].strip())
    return lines


def first_sentence(lines):
    paragraph = " ".join(lines[: lines.index("")] if "" in lines else lines)
    match = re.match(r"(.*?[.!?])(\s|$)", paragraph)
    sentence = match.group(1) if match else paragraph
    return sentence.rstrip(".").replace("|", "\\|")


def expectation(text):
    match = re.search(r"^expect\s+(.*)$", text, re.MULTILINE)
    return match.group(1).split("//")[0].strip() if match else "?"


def fixes(root, path, lines):
    """Links to the scenarios that the comment names behind `Fix:` or `Fixes:`, or that are named after this one."""
    comment = " ".join(lines)
    found = []
    for sentence in re.findall(r"Fix(?:es)?\b[^:]*:(.*?)(?:\.(?:\s|$)|$)", comment.replace(".snarl", "")):
        for word in re.findall(r"[\w/]+", sentence):
            if word.startswith("_"):  # `philosophers_ordered, _waiter`
                word = path.stem + word
            for folder in (path.parent, root):
                target = folder / (word + ".snarl")
                if target.is_file() and target != path and target not in found:
                    found.append(target)
    for target in (path.with_name(path.stem + "_fixed.snarl"),):
        if target.is_file() and target not in found:
            found.append(target)
    return found


def build(root):
    out = ["# Scenarios", "",
           "Each file is a lesson for a lecture and a test: its comment says what it shows and why, its `expect` line exactly what",
           "`snarl test` has to find. This index is made from the files by `tests/scenario_index.py`.", ""]
    paths = sorted(root.rglob("*.snarl"))
    folders = sorted({path.parent.relative_to(root).as_posix() for path in paths},
                     key=lambda name: (list(FOLDERS).index(name) if name in FOLDERS else len(FOLDERS), name))
    for folder in folders:
        title = f"## {folder}"
        if folder in FOLDERS:
            title += f": {FOLDERS[folder]}"
        out += [title, "", "| file | lesson | shows | fix |", "| --- | --- | --- | --- |"]
        for path in paths:
            if path.parent.relative_to(root).as_posix() != folder:
                continue
            text = path.read_text(encoding="utf-8")
            lines = first_comment(text)
            if not lines:
                sys.exit(f"{path}: does not begin with a comment")
            links = ", ".join(f"[{fix.stem}]({fix.relative_to(root).as_posix()})" for fix in fixes(root, path, lines))
            name = f"[{path.stem}]({path.relative_to(root).as_posix()})"
            out.append(f"| {name} | {first_sentence(lines)} | {expectation(text)} | {links} |")
        out.append("")
    return "\n".join(out)


def check_links(root):
    """Every scenario that a comment names with its folder exists."""
    bad = 0
    for path in sorted(root.rglob("*.snarl")):
        comment = " ".join(first_comment(path.read_text(encoding="utf-8")))
        for folder, name in re.findall(r"\b([a-z]+)/([a-z_0-9]+)", comment):
            if folder in FOLDERS and not (root / folder / (name + ".snarl")).is_file():
                print(f"{path}: there is no {folder}/{name}")
                bad += 1
        for sentence in re.findall(r"(?:Fix|Fixes|Broken): ([^.]*)", comment.replace(".snarl", "")):
            for name in re.findall(r"(?<![\w/])([a-z]+(?:_[a-z]+)+)(?![\w(])", sentence):
                if not (path.parent / (name + ".snarl")).is_file():
                    print(f"{path}: there is no {name} beside it")
                    bad += 1
    return bad


def main():
    root = pathlib.Path(__file__).resolve().parent.parent / "scenarios"
    readme = root / "README.md"
    text = build(root)
    bad = check_links(root)
    if "--check" in sys.argv[1:]:
        if not readme.is_file() or readme.read_text(encoding="utf-8") != text:
            print("scenarios/README.md is not up to date: run tests/scenario_index.py")
            bad += 1
    else:
        readme.write_text(text, encoding="utf-8")
    sys.exit(1 if bad else 0)


main()
