#!/usr/bin/env python3
"""Lets the simulator and the oracle judge the same scenarios and compares what they say.

compare.py --snarl SNARL --oracle ORACLE --generate GENERATE --seeds A..B [--profile P] [--size S] [--keep FOLDER]
compare.py --snarl SNARL --oracle ORACLE FILE...

Compared: the number of interleavings; outcomes with values, output, end, final, numbers and probabilities; findings with
kind, objects, lines, for deadlocks the threads, numbers and probabilities. Random scenarios are also judged with --granularity statement and with --spurious, some of each.
Scenarios too big for the oracle are skipped. Exit status 1 when something differs.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from fractions import Fraction

NOT_JUDGED = {"lock-order", "livelock", "starvation", "not-serializable"}
NAMED_BY_OBJECT = {"data-race", "lost-update", "misuse"}
TOLERANCE = 1e-12
TOO_BIG, UNSUPPORTED = 3, 5


class Skip(Exception):
    """The scenario cannot be compared: too big, or invalid."""


def run(command, seconds):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise Skip("too slow") from error


def ask_oracle(args, path, options):
    limits = ["--max-paths", str(args.max_paths), "--max-seconds", str(args.max_seconds)]
    done = run([args.oracle, path, *options, *limits], 10 * args.max_seconds + 60)
    if done.returncode == TOO_BIG:
        done = run([args.oracle, path, *options, "--memo", *limits], 10 * args.max_seconds + 60)
    if done.returncode in (TOO_BIG, UNSUPPORTED):
        raise Skip("too big")
    if done.returncode == 2:
        raise Skip("invalid")
    if done.returncode != 0:
        raise RuntimeError(f"the oracle failed with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def ask_snarl(args, path, options):
    done = run([args.snarl, "explore", path, "--json", *options], 20 * args.max_seconds + 60)
    if done.returncode == 3:
        raise Skip("too big for the simulator")
    if done.returncode not in (0, 1):
        raise RuntimeError(f"snarl failed with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)


def thread_name(name):
    """The one spawned thread of a function may be named with or without its number."""
    return name[:-3] if name.endswith("[0]") else name


def finding_key(finding):
    kind = finding["kind"]
    objects = tuple(sorted(finding["objects"])) if kind in NAMED_BY_OBJECT else ()
    threads = tuple(sorted(thread_name(t) for t in finding["threads"])) if kind == "deadlock" else ()
    # Of a lost update the simulator names all lines that take part, the oracle the one of the write.
    lines = tuple(sorted(set(finding["lines"]))) if kind != "lost-update" else ()
    return (kind, objects, threads, lines)


def outcome_key(outcome):
    final = outcome.get("final") if outcome["end"] == "ok" else None
    return (json.dumps(outcome["values"]), tuple(outcome["output"]), outcome["end"], final)


def figures(entry):
    """(number, probability): a fraction where it is exact."""
    exact = entry.get("probability_exact")
    if exact is None:
        exact = entry["probability"]
    probability = Fraction(exact) if isinstance(exact, str) else exact if exact is None else float(exact)
    return (entry["interleavings"], probability)


def same_figures(ours, theirs):
    for a, b in zip(ours, theirs):
        if a is None or b is None:
            continue
        if isinstance(a, float) or isinstance(b, float):
            if abs(float(a) - float(b)) > TOLERANCE:
                return False
        elif a != b:
            return False
    return True


def group(entries, key):
    groups = collections.defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    return groups


def fits(ours, theirs):
    if not set(ours.get("lines", [])) <= set(theirs.get("lines", [])):
        return False
    return same_figures(figures(ours), figures(theirs))


def can_match(ours, theirs):
    """Is there a pairing in which each fits?"""
    if not ours:
        return not theirs
    return any(fits(ours[0], t) and can_match(ours[1:], theirs[:i] + theirs[i + 1:])
               for i, t in enumerate(theirs))


def describe(entries):
    return "; ".join(f"lines {e.get('lines', '')}: {figures(e)[0]} p={figures(e)[1]}" for e in entries)


def compare_groups(what, ours, theirs):
    differences = []
    for key in sorted(set(ours) | set(theirs), key=repr):
        a, b = ours.get(key, []), theirs.get(key, [])
        if len(a) != len(b):
            differences.append(f"{what} {key}: oracle {len(a)} times {[figures(e)[0] for e in a]}, "
                               f"snarl {len(b)} times {[figures(e)[0] for e in b]}")
            continue
        if not can_match(a, b):
            differences.append(f"{what} {key}: oracle {describe(a)}, snarl {describe(b)}")
    return differences


def check_doubles(result):
    """The double and the exact fraction of the simulator must agree."""
    differences = []
    for entry in result["findings"] + result["outcomes"]:
        exact = entry.get("probability_exact")
        if exact is not None and abs(float(Fraction(exact)) - entry["probability"]) > TOLERANCE:
            differences.append(f"probability {entry['probability']} is not {exact}")
    return differences


def differences_of(judged, found, livelock_must_be_found=False):
    """Between what the oracle and what the simulator says."""
    differences = check_doubles(found)
    if found["interleavings"] is not None and judged["interleavings"] != found["interleavings"]:
        differences.append(f"interleavings: oracle {judged['interleavings']}, snarl {found['interleavings']}")
    differences += compare_groups("outcome", group(judged["outcomes"], outcome_key), group(found["outcomes"], outcome_key))
    livelock = any(f["kind"] == "livelock" for f in found["findings"])
    expected = judged.get("livelock", False)
    if livelock and not expected or livelock_must_be_found and expected and not livelock:
        differences.append(f"livelock: oracle {expected}, snarl {livelock}")
    theirs = [f for f in found["findings"] if f["kind"] not in NOT_JUDGED]
    return differences + compare_groups("finding", group(judged["findings"], finding_key), group(theirs, finding_key))


def compare(args, path, options):
    judged = ask_oracle(args, path, options)
    found = ask_snarl(args, path, options)
    if not found.get("complete", True):
        raise Skip("incomplete")
    return judged, differences_of(judged, found, args.livelock)


class Report:
    def __init__(self, keep):
        self.keep = keep
        self.passed = self.failed = 0
        self.skipped = collections.Counter()
        self.kinds = collections.Counter()
        self.ends = collections.Counter()
        self.shown = 0

    def add(self, name, options, text, result):
        judged, differences = result
        for finding in judged["findings"] if judged is not None else []:
            self.kinds[finding["kind"]] += 1
        for outcome in judged["outcomes"] if judged is not None else []:
            self.ends[outcome["end"]] += 1
        if judged is not None and judged["interleavings"] == "infinite":
            self.ends["infinite"] += 1
        if not differences:
            self.passed += 1
            return
        self.failed += 1
        title = f"{name} {' '.join(options)}".strip()
        lines = [f"{title}:"] + [f"  {d}" for d in differences[:12]]
        if self.shown < 20:
            print("\n".join(lines))
        self.shown += 1
        if self.keep:
            os.makedirs(self.keep, exist_ok=True)
            base = os.path.join(self.keep, re.sub(r"[^A-Za-z0-9._-]+", "_", title))
            with open(base + ".snarl", "w", encoding="utf-8") as file:
                file.write(text)
            with open(base + ".txt", "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")

    def skip(self, why):
        self.skipped[why] += 1

    def close(self, verbose):
        skipped = sum(self.skipped.values())
        details = ", ".join(f"{n} {why}" for why, n in sorted(self.skipped.items()))
        if verbose:
            print("findings:", dict(sorted(self.kinds.items())))
            print("ends:", dict(sorted(self.ends.items())))
        print(f"{self.passed} passed, {self.failed} failed, {skipped} skipped" + (f" ({details})" if details else ""))
        return 1 if self.failed else 0


def variant(seed):
    if seed % 6 == 1:
        return ["--granularity", "statement"]
    if seed % 6 == 2:
        return ["--spurious"]
    return []


def judge_one(args, name, path, options, text):
    try:
        return name, options, text, compare(args, path, options), None
    except Skip as why:
        return name, options, text, None, str(why)
    except (RuntimeError, ValueError, KeyError) as error:
        return name, options, text, (None, [f"{type(error).__name__}: {error}"]), None


def random_scenario(args, seed, folder):
    done = subprocess.run([args.generate, "--seed", str(seed), "--profile", args.profile, "--size", args.size],
                          capture_output=True, text=True, check=True)
    path = os.path.join(folder, f"{args.profile}-{seed}.snarl")
    with open(path, "w", encoding="utf-8") as file:
        file.write(done.stdout)
    options = args.options.split() if args.options else [] if args.plain else variant(seed)
    result = judge_one(args, f"{args.profile}-{seed}", path, options, done.stdout)
    os.unlink(path)
    return result


def expand_files(paths):
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from (os.path.join(folder, n) for n in sorted(names) if n.endswith(".snarl"))


def given_scenario(args, path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return judge_one(args, path, path, args.options.split(), text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--snarl", required=True)
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--generate")
    parser.add_argument("--seeds", help="A..B, both included")
    parser.add_argument("--profile", default="core")
    parser.add_argument("--size", default="small")
    parser.add_argument("--options", default="", help="for both programs, instead of the variants by seed")
    parser.add_argument("--plain", action="store_true", help="no variants")
    parser.add_argument("--keep", help="folder for scenarios that differ")
    parser.add_argument("--max-paths", type=int, default=30000)
    parser.add_argument("--max-seconds", type=float, default=5)
    parser.add_argument("--total-seconds", type=float, default=0, help="stop in good order after so long")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--livelock", action="store_true", help="a livelock that is not found is a difference, too")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    if bool(args.seeds) == bool(args.files) or (args.seeds and not args.generate):
        parser.error("either --generate and --seeds, or files")
    report = Report(args.keep)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        if args.seeds:
            first, last = (int(n) for n in args.seeds.split(".."))
            work = ((random_scenario, seed) for seed in range(first, last + 1))
        else:
            work = ((given_scenario, path) for path in expand_files(args.files))
        while True:
            batch = [item for _, item in zip(range(64), work)]
            out_of_time = args.total_seconds > 0 and time.monotonic() - started > args.total_seconds
            if not batch or out_of_time:
                break
            jobs = [pool.submit(job, args, *((item, folder) if job is random_scenario else (item,))) for job, item in batch]
            for job in jobs:
                name, options, text, result, skipped = job.result()
                if skipped is not None:
                    report.skip(skipped)
                else:
                    report.add(name, options, text, result)
    return report.close(args.verbose)


if __name__ == "__main__":
    sys.exit(main())
