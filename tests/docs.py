#!/usr/bin/env python3
"""Runs the scenarios in the documentation: docs.py --snarl SNARL [FILE...]

Each block between ```snarl and ``` in README.md and in docs/ is a whole scenario. One with an `expect` line must pass
`snarl test`; one without must load and be explored to the end. ```snarl OPTIONS gives options, such as --spurious.
A block ```snarl wrong must be refused. ```snarl NAME.snarl also writes the scenario as that file, for the commands behind it.

Blocks between ```console and ``` show commands with what they print: lines that begin with `$ snarl` or `$ build/release/snarl`
are run by the shell, the lines below must be the output (standard output and errors). A line `...` stands for any lines; times
are not compared. The commands of one page run in one folder, where the lessons are in scenarios/.
Pictures in docs/pictures must show what the command beside them draws.

Commands in the text, in tables and in other blocks are run as well, with a lesson for FILE, and so on (see `filled_in`): they must
be understood, and draw, write and end as any other.
"""
import argparse
import os
import pathlib
import re
import shlex
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


CONSOLE = re.compile(r"^```console\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"^```snarl (\S+\.snarl)[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
SECONDS = re.compile(r"\d+\.\d+ s\b")


def matches(shown, printed):
    """Whether the lines are the same, with `...` for any number of them."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(matches(shown[1:], printed[k:]) for k in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and matches(shown[1:], printed[1:])


def normalised(text):
    return [SECONDS.sub("T s", line.rstrip()) for line in text.rstrip("\n").split("\n")] if text.strip() else []


SPAN = re.compile(r"`(snarl\s[^`]+)`")
PLAIN = re.compile(r"^```(?:sh)?\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
LESSONS = {"timeline": "notes/eight_tasks_four_cores", "time": "notes/eight_tasks_four_cores", "waits": "deadlocks/ab_ba", "locks": "deadlocks/ab_ba"}
WORDS = {"FILE...": "FILE", "PATH...": "scenarios/deadlocks", "FOLDER": "scenarios/deadlocks", "DIR": "album", "OUT": "out.c", "SEED": "1", "S": "1"}


def filled_in(command):
    """The command with something in place of its capital words, of which `a|b` takes the first; None where it names no file."""
    command = re.sub(r"\s+#.*", "", command.replace("\\|", "|"))
    command = re.sub(r"\s*\[[^]]*\](\.\.\.)?", "", command)
    words = [word if "'" in word or '"' in word else word.split("|")[0] for word in shlex.split(command)]
    if len(words) < 3 and words[1:] not in (["new"], ["help"]):
        return None
    lesson = next((LESSONS[word] for word in words if word in LESSONS), "races/lost_update")
    if words[1] == "COMMAND":
        words[1] = "explore"
    if words[1] == "draw" and words[2] == "KIND":
        words[2] = "schedule"
    words = ["race" if word == "KIND" else WORDS.get(word, word) for word in words]
    words = [f"scenarios/{lesson}.snarl" if word == "FILE" else word.replace("OUT.", "out.") for word in words]
    if "--seconds" in words:
        words[words.index("--seconds") + 1] = "0.1"
    is_about_file = any(word.endswith(".snarl") or word.startswith("scenarios/") for word in words)
    return words if is_about_file or words[1] in ("new", "help", "completion") or "--help" in words else None


def check_inline(snarl, file, text, seen):
    """Runs the commands that stand in the text; returns how many, and how many were not understood or failed."""
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    shown = [re.sub(r"\s+", " ", match.group(1)) for match in SPAN.finditer(outside)]
    shown += [line for match in PLAIN.finditer(text) for line in match.group(1).split("\n") if line.startswith("snarl ")]
    commands = wrong = 0
    for command in shown:
        words = filled_in(command)
        if words is None or tuple(words) in seen:
            continue
        seen.add(tuple(words))
        with tempfile.TemporaryDirectory() as folder:
            here = pathlib.Path(folder)
            (here / "scenarios").symlink_to(ROOT / "scenarios")
            for match in NAMED.finditer(text):
                (here / match.group(1)).write_text(match.group(2), encoding="utf-8")
            if words[1] == "fmt": # not the lessons themselves
                words[words.index("scenarios/races/lost_update.snarl")] = "own.snarl"
                (here / "own.snarl").write_text("thread A { skip }\n", encoding="utf-8")
            answer = subprocess.run([snarl, *words[1:]], capture_output=True, stdin=subprocess.DEVNULL, timeout=60, cwd=here)
            commands += 1
            if answer.returncode not in (0, 1, 3):
                wrong += 1
                print(f"{file.name}: {' '.join(words)}: status {answer.returncode}\n{answer.stderr.decode(errors='replace')}")
    return commands, wrong


def check_console(snarl, file, text):
    """Runs the commands that a page shows; returns how many there are and how many print something else."""
    commands = wrong = 0
    blocks = list(CONSOLE.finditer(text))
    if not blocks:
        return 0, 0
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        (here / "scenarios").symlink_to(ROOT / "scenarios")
        (here / "build/release").mkdir(parents=True)
        (here / "build/release/snarl").symlink_to(snarl)
        path = f"{here}/build/release:{os.environ['PATH']}"
        for match in NAMED.finditer(text):
            (here / match.group(1)).write_text(match.group(2), encoding="utf-8")
        for match in blocks:
            parts = re.split(r"^\$ (.*)\n", match.group(1), flags=re.MULTILINE)
            for command, shown in zip(parts[1::2], parts[2::2]):
                words = shlex.split(command)
                if words[0] not in ("snarl", "build/release/snarl"):
                    continue
                commands += 1
                answer = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, cwd=here,
                                        env={**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"})
                printed = normalised(answer.stdout + answer.stderr)
                if not matches(normalised(shown), printed):
                    wrong += 1
                    line = text.count("\n", 0, match.start()) + 1
                    print(f"{file.name}:{line}: $ {command}\n  prints:\n" + "\n".join(printed))
    return commands, wrong


PICTURE = re.compile(r"`snarl (draw [^`]* -o (\w+\.svg))`")
TEXT = re.compile(r"<text[^>]*>([^<]*)</text>")


def check_pictures(snarl, file, text):
    """The pictures of a page are those that the commands beside them draw: the same words in the same order (places depend on the fonts)."""
    wrong = commands = 0
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "scenarios").symlink_to(ROOT / "scenarios")
        for command, name in PICTURE.findall(text):
            kept = file.parent / "docs" / "pictures" / name
            if not kept.is_file():
                continue
            answer = subprocess.run([snarl, *shlex.split(command)], cwd=folder, capture_output=True, text=True, timeout=60)
            if "built without Graphviz" in answer.stderr:
                break
            commands += 1
            drawn = pathlib.Path(folder) / name
            if answer.returncode != 0 or TEXT.findall(drawn.read_text(encoding="utf-8")) != TEXT.findall(kept.read_text(encoding="utf-8")):
                wrong += 1
                print(f"{file.name}: docs/pictures/{name} is not what `snarl {command}` draws\n{answer.stderr}")
    return commands, wrong


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--snarl", required=True)
    arguments.add_argument("files", nargs="*", type=pathlib.Path)
    options = arguments.parse_args()
    options.snarl = os.path.abspath(options.snarl)
    files = options.files or [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    blocks = bad = commands = 0
    seen = set()
    for file in files:
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        run_here, wrong = check_console(options.snarl, file, text)
        commands += run_here
        bad += wrong
        run_here, wrong = check_pictures(options.snarl, file, text)
        commands += run_here
        bad += wrong
        run_here, wrong = check_inline(options.snarl, file, text, seen)
        commands += run_here
        bad += wrong
        for match in BLOCK.finditer(text):
            blocks += 1
            flags, scenario = match.group(1).split(), match.group(2)
            flags = [flag for flag in flags if not flag.endswith(".snarl")]
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
    print(f"{blocks} scenarios and {commands} commands in the documentation, {bad} wrong")
    sys.exit(1 if bad else 0)


main()
