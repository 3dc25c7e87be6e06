#!/usr/bin/env python3
"""Promela models against the simulator: SPIN as an independent judge.

usage: export_promela.py --snarl SNARL [--part K/N] [--generate GENERATE --seeds A..B --profile P] [PATH...]

For each scenario that can be exported, SPIN visits every state of the model. The ends that it comes to (values, how they ended, whether
`finally` holds) must be the outcomes of the simulator, and the states as many, where no execution is stopped by an error. What is left
out is told with the reason."""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STATES = 60000
KINDS = {0: "ok", 1: "assertion", 2: "invariant", 3: "misuse", 4: "runtime-error", 5: "assume"}


class Bad(Exception):
    pass


class LeftOut(Exception):
    pass


def call(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", **more)


def flat(values):
    out = []
    for value in values.values():
        out += value if isinstance(value, list) else [value]
    return tuple(out)


def judge(options, path):
    explored = call([options.snarl, "explore", "--json", "-q", "--reduce", "none", "--max-states", str(STATES), path])
    if explored.returncode not in (0, 1, 3):
        raise Bad("explore: status %d: %s" % (explored.returncode, explored.stderr[:300]))
    result = json.loads(explored.stdout)
    if not result["complete"]:
        raise LeftOut("more than %d states" % STATES)
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.pml")
        made = call([options.snarl, "export", "promela", path, "-q", "-o", model])
        if made.returncode == 2:
            reason = re.search(r"error: (.*) cannot be exported", made.stderr)
            if not reason:
                raise Bad("export: " + made.stderr[:300])
            raise LeftOut(reason.group(1))
        if made.returncode != 0:
            raise Bad("export: status %d" % made.returncode)
        generated = call(["spin", "-a", "model.pml"], cwd=folder)
        if generated.returncode != 0 or "rror" in generated.stdout:
            raise Bad("spin: " + (generated.stdout + generated.stderr)[:600])
        built = call(["gcc", "-w", "-O0", "-DNOREDUCE", "-DSAFETY", "-DVECTORSZ=65536", "-o", "pan", "pan.c"], cwd=folder)
        if built.returncode != 0:
            raise Bad("gcc: " + built.stderr[:600])
        ran = call(["./pan", "-E", "-m1000000", "-w20"], cwd=folder, timeout=120)
    found = collections.Counter()
    for line in ran.stdout.split("\n"):
        if line.startswith("END "):
            stop, ended, final, *values = map(int, line.split()[1:])
            if stop == 6:
                raise LeftOut("numbers beyond 32 bits come up")
            kind = KINDS[stop] if stop or ended else "deadlock"
            found[(kind, bool(final) if kind == "ok" else None, tuple(values))] += 1
    if "max search depth too small" in ran.stdout or "States=" not in ran.stdout and "states, stored" not in ran.stdout:
        raise Bad("pan: " + ran.stdout[-600:])
    has_final = any("final" in o for o in result["outcomes"])
    wanted = {(o["end"], (o.get("final", True) if o["end"] == "ok" else None), flat(o["values"])) for o in result["outcomes"]}
    got = set(found)
    if not has_final:
        got = {(kind, True if kind == "ok" else None, values) for kind, _, values in got}
        wanted = {(kind, True if kind == "ok" else None, values) for kind, _, values in wanted}
    got = {g for g in got if g[0] != "assume"}
    wanted = {w for w in wanted if w[0] != "assume"}
    if got != wanted:
        raise Bad("SPIN only: %s; simulator only: %s" % (sorted(map(str, got - wanted))[:4], sorted(map(str, wanted - got))[:4]))
    states = int(re.search(r"(\d+) states, stored", ran.stdout).group(1))
    stops = any(kind not in ("ok", "deadlock") for kind, _, _ in found)
    own = states - sum(found.values()) - 1 # each end is told by one more state, and one is ahead of `init`
    return len(wanted), own, result["states"], stops


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--snarl", required=True)
    parser.add_argument("--generate")
    parser.add_argument("--seeds", default="1..20")
    parser.add_argument("--profile", default="core")
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("paths", nargs="*")
    options = parser.parse_args()
    options.snarl = os.path.abspath(options.snarl)
    if not shutil.which("spin") or not shutil.which("gcc"):
        print("needs spin and gcc: skipped")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        files = []
        if options.generate:
            low, high = map(int, options.seeds.split(".."))
            for seed in range(low, high + 1):
                path = os.path.join(folder, "%s_%d.snarl" % (options.profile, seed))
                open(path, "w", encoding="utf-8").write(call([options.generate, "--seed", str(seed), "--profile", options.profile]).stdout)
                files.append(path)
        for path in options.paths or ([] if options.generate else [os.path.join(ROOT, "scenarios")]):
            if os.path.isdir(path):
                files += sorted(os.path.join(f, n) for f, _, names in os.walk(path) for n in names if n.endswith(".snarl"))
            else:
                files.append(os.path.abspath(path))
        first, step = map(int, options.part.split("/"))
        files = files[first - 1::step]
        compared = outcomes = same = differ = failures = 0
        left = collections.Counter()
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            waiting = [(path, pool.submit(judge, options, path)) for path in files]
            for path, future in waiting:
                try:
                    count, own, states, stops = future.result()
                    compared += 1
                    outcomes += count
                    if own == states:
                        same += 1
                    else:
                        differ += 1
                        if os.environ.get("SHOW"):
                            print("  states of %s: SPIN %d, simulator %d%s" % (os.path.basename(path), own, states, " (stops)" if stops else ""))
                except LeftOut as why:
                    left[str(why)] += 1
                except Bad as bad:
                    failures += 1
                    print("FAILED %s: %s" % (os.path.relpath(path, ROOT) if path.startswith(ROOT) else os.path.basename(path), bad), flush=True)
        print("%d scenarios compared with SPIN, %d outcomes alike; as many states in %d of them" % (compared, outcomes, same))
        for reason, count in sorted(left.items()):
            print("  %5d left out: %s" % (count, reason))
        if failures:
            print("%d FAILED" % failures)
        return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
