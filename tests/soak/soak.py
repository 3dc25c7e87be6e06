#!/usr/bin/env python3
"""Random scenarios by the thousand, each before every judge that can take it.

soak.py --snarl SNARL --oracle ORACLE --generate GENERATE --judge SOAK_JUDGE --folder FOLDER
        [--count N] [--first SEED] [--jobs J] [--spin-every N]

The scenarios are those of all profiles of the generator, small and medium ones, a sixth of them with --granularity statement and a sixth
with --spurious; which ones there are depends on --count, --first and --chunk only. Ctrl-C and SIGTERM end the run with the table so far;
the same command goes on from there (--fresh: from the beginning). Scenarios on which judges differ are kept in FOLDER/differences.
Exit status 0: no difference; 1: some; 3: interrupted before the end, and none so far.
"""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "oracle"), os.path.join(HERE, "..")]
import compare  # noqa: E402
import export_promela  # noqa: E402

PROFILES = ("core", "objects", "all", "models", "memory", "messages", "coroutines", "pools")
EXPRESSIBLE = ("core", "objects", "all")  # in Promela; the others are refused, nearly all of them
SIZES = ("small", "small", "medium")
PLAIN, TOO_BIG, UNSUPPORTED = 0, 3, 5
KILLED_BY_LIMIT = {128 + signal.SIGXCPU, 128 + signal.SIGKILL}

JUDGES = (
    ("oracle", "the oracle: numbers, verdict, outcomes, probabilities"),
    ("oracle, both ways", "... path by path, and sharing equal states"),
    ("spin", "SPIN, by `snarl export promela`"),
    ("schedules", "each schedule run again in the machine"),
    ("none", "--reduce none, with all numbers"),
    ("persistent", "persistent sets alone"),
    ("sleep", "sleep sets alone"),
    ("merge", "merged steps alone"),
    ("symmetry", "symmetry alone"),
    ("all", "all reductions together"),
    ("jobs", "two jobs, every byte"),
    ("classes", "findings and outcomes of --reduce classes"),
    ("counted", "its classes, by brute force"),
    ("replay", "every schedule on real threads"),
)


class Stopped(Exception):
    """The run was interrupted: what is under way does not count."""


class Batches:
    """Programs that take many scenarios each. All are ended when the run is."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = set()
        self.is_stopped = False

    def run(self, command, folder, lines):
        """(output, status, seconds) for each line."""
        if not lines:
            return []
        with self.lock:
            if self.is_stopped:
                raise Stopped()
            # a session of its own: Ctrl-C goes to this program alone
            process = subprocess.Popen([*command, "--batch"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True, encoding="utf-8", errors="replace", start_new_session=True)
            self.running.add(process)
        output = process.communicate("".join(line + "\n" for line in lines))[0]
        with self.lock:
            self.running.discard(process)
            if self.is_stopped:
                raise Stopped()
        answers, text = [], []
        for line in output.split("\n"):
            if line.startswith("@@ "):
                _, status, seconds = line.split()
                answers.append(("\n".join(text), int(status), float(seconds)))
                text = []
            else:
                text.append(line)
        if len(answers) != len(lines):
            raise RuntimeError(f"{command[0]} ended early")
        return answers

    def stop(self):
        with self.lock:
            self.is_stopped = True
            for process in self.running:
                os.killpg(process.pid, signal.SIGKILL)


class Tally:
    """What the table is made of; sums up."""

    def __init__(self, saved=None):
        saved = saved or {}
        self.numbers = collections.Counter(saved.get("numbers", {}))
        self.compared = collections.Counter(saved.get("compared", {}))
        self.different = collections.Counter(saved.get("different", {}))
        self.left = {judge: collections.Counter(reasons) for judge, reasons in saved.get("left", {}).items()}
        self.kinds = collections.Counter(saved.get("kinds", {}))
        self.seconds = collections.Counter(saved.get("seconds", {}))

    def leave(self, judge, reason):
        self.left.setdefault(judge, collections.Counter())[reason] += 1

    def add(self, other):
        for mine, theirs in ((self.numbers, other.numbers), (self.compared, other.compared), (self.different, other.different),
                             (self.kinds, other.kinds), (self.seconds, other.seconds)):
            mine.update(theirs)
        for judge, reasons in other.left.items():
            self.left.setdefault(judge, collections.Counter()).update(reasons)

    def saved(self):
        return {"numbers": self.numbers, "compared": self.compared, "different": self.different, "left": self.left, "kinds": self.kinds,
                "seconds": self.seconds}

    def print(self):
        n = self.numbers
        print(f"{n['scenarios']:,} scenarios, {n['states']:,} states, {n['findings']:,} findings, {n['outcomes']:,} outcomes, "
              f"{n['endless']:,} scenarios with executions without end")
        print("findings: " + ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.kinds.items())))
        print(f"\n{'compared':>9}  {'different':>9}  {'left out':>9}  judge")
        for judge, what in JUDGES:
            left = self.left.get(judge, {})
            print(f"{self.compared[judge]:>9,}  {self.different[judge]:>9,}  {sum(left.values()):>9,}  {what}")
            for reason, count in sorted(left.items(), key=lambda item: (-item[1], item[0])):
                print(f"{'':>33}{count:>9,}  {reason}")
        print(f"\nschedules on real threads: {n['replays']:,}; processor time: "
              + ", ".join(f"{what} {seconds:,.0f} s" for what, seconds in sorted(self.seconds.items())))


def chunks(options):
    """(number, profile, size, first seed, count): the profiles in turn, two small chunks to a medium one."""
    next_seed = collections.Counter()
    total, number = 0, 0
    while total < options.count:
        profile, size = PROFILES[number % len(PROFILES)], SIZES[number // len(PROFILES) % len(SIZES)]
        count = min(options.chunk, options.count - total)
        # no seed twice: for some profiles both sizes are the same
        yield number, profile, size, options.first + next_seed[profile], count
        next_seed[profile] += count
        total += count
        number += 1


def judge_by_oracle(options, batches, folder, scenarios, results, tally, differ):
    """`results`: what snarl said, by name."""
    names = [name for name in scenarios if name in results]
    lines = [" ".join([name, *scenarios[name], "--max-paths", str(options.max_paths)]) for name in names]
    answers = dict(zip(names, batches.run([options.oracle], folder, lines)))
    again = [name for name in names if answers[name][1] == TOO_BIG]
    lines = [" ".join([name, *scenarios[name], "--memo", "--max-paths", str(options.max_nodes)]) for name in again]
    shared = dict(zip(again, batches.run([options.oracle], folder, lines)))
    # where there are few paths, both ways of walking must agree; a tenth of the scenarios is enough
    some = [name for name in names if answers[name][1] == PLAIN and int(re.search(r"(\d+)\.snarl", name).group(1)) % 10 == 0]
    lines = [" ".join([name, *scenarios[name], "--check", "--max-paths", str(options.max_paths)]) for name in some]
    for name, (_, status, seconds) in zip(some, batches.run([options.oracle], folder, lines)):
        tally.seconds["oracle"] += seconds
        if status == PLAIN:
            tally.compared["oracle, both ways"] += 1
        elif status == TOO_BIG:
            tally.leave("oracle, both ways", "too many states")
        else:
            differ(name, "oracle, both ways", [f"status {status}"])
    for name in names:
        text, status, seconds = shared.get(name, answers[name])
        tally.seconds["oracle"] += seconds + (answers[name][2] if name in shared else 0)
        if status == TOO_BIG:
            tally.leave("oracle", f"more than {options.max_paths:,} paths, and than {options.max_nodes:,} states of the oracle's")
        elif status == UNSUPPORTED:
            tally.leave("oracle", "beyond the oracle")
        elif status in KILLED_BY_LIMIT:
            tally.leave("oracle", "more processor time than a scenario gets")
        elif status != PLAIN:
            differ(name, "oracle", [f"the oracle fails with {status}"])
        else:
            judged = json.loads(text)
            differences = compare.differences_of(judged, results[name])
            if differences:
                differ(name, "oracle", differences)
            else:
                tally.compared["oracle"] += 1
                for finding in judged["findings"]:
                    tally.kinds[finding["kind"]] += 1


def judge_by_spin(options, profile, folder, scenarios, results, tally, differ):
    for name, flags in scenarios.items():
        if name not in results:
            continue
        seed = int(re.search(r"(\d+)\.snarl", name).group(1))
        if not options.spin_every:
            tally.leave("spin", "not asked for (--spin-every)")
        elif profile not in EXPRESSIBLE:
            tally.leave("spin", f"profile {profile}: not expressible in Promela")
        elif flags:
            tally.leave("spin", f"{flags[0]} is not exported")
        elif seed % options.spin_every != 0:
            tally.leave("spin", f"not among the sample of one in {options.spin_every}")
        else:
            try:
                export_promela.judge(types.SimpleNamespace(snarl=options.snarl), os.path.join(folder, name))
                tally.compared["spin"] += 1
            except export_promela.LeftOut as why:
                tally.leave("spin", str(why))
            except subprocess.TimeoutExpired:
                tally.leave("spin", "more time than a model gets")
            except export_promela.Bad as bad:
                differ(name, "spin", [str(bad)])


def read_judge(name, answer, tally, differ):
    """What soak_judge said about one scenario; the result of snarl, or None."""
    text, status, seconds = answer
    tally.seconds["snarl"] += seconds
    result, last = None, "explore"
    for line in text.split("\n"):
        if not line:
            continue
        judge, verdict, count, rest = line.split(" ", 3)
        last = judge
        if judge == "explore" and verdict == "same":
            result = json.loads(rest)
            tally.numbers["states"] += int(count)
            tally.numbers["findings"] += len(result["findings"])
            tally.numbers["outcomes"] += len(result["outcomes"])
            tally.numbers["endless"] += result["interleavings"] == "infinite"
        elif verdict == "same":
            tally.compared[judge] += 1
            if judge == "replay":
                tally.numbers["replays"] += int(count)
        elif verdict == "different":
            differ(name, judge, [rest])
        elif judge == "explore":
            for other, _ in JUDGES:
                tally.leave(other, "too many states for the simulator")
        else:
            tally.leave(judge, rest)
    if status in KILLED_BY_LIMIT:
        tally.leave(last, "behind it: more processor time than a scenario gets")
    elif status not in (0, 2):
        differ(name, last, [f"the judge behind it died with {status}"])
    return result


def work(options, batches, chunk):
    _, profile, size, first, count = chunk
    tally, kept = Tally(), []
    folder = tempfile.mkdtemp(prefix="snarl-soak-")
    try:
        made = subprocess.run([options.generate, "--profile", profile, "--size", size, "--seeds", f"{first}..{first + count - 1}", "--into", folder],
                              check=False)
        if made.returncode != 0:
            raise RuntimeError(f"generate failed with {made.returncode}")
        scenarios = {f"{profile}-{size}-{seed}.snarl": compare.variant(seed) for seed in range(first, first + count)}

        def differ(name, judge, texts):
            tally.different[judge] += 1
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                kept.append((name, judge, scenarios[name], texts, file.read()))

        lines = [" ".join([name, *flags, "--max-states", str(options.max_states)]) for name, flags in scenarios.items()]
        answers = batches.run([options.judge], folder, lines)
        results = {}
        for name, answer in zip(scenarios, answers):
            tally.numbers["scenarios"] += 1
            result = read_judge(name, answer, tally, differ)
            if result is not None:
                results[name] = result
        judge_by_oracle(options, batches, folder, scenarios, results, tally, differ)
        judge_by_spin(options, profile, folder, scenarios, results, tally, differ)
    finally:
        shutil.rmtree(folder)
    return tally, kept


class Run:
    """The table so far, and what was done of the work: FOLDER/progress.json."""

    def __init__(self, options):
        self.path = os.path.join(options.folder, "progress.json")
        self.keep = os.path.join(options.folder, "differences")
        settings = [options.count, options.first, options.chunk, options.max_states, options.max_paths, options.max_nodes, options.spin_every]
        programs = [hashlib.sha256(open(p, "rb").read()).hexdigest() for p in (options.judge, options.oracle, options.generate)]
        self.what = {"settings": settings, "programs": programs}
        self.done, self.tally = set(), Tally()
        os.makedirs(options.folder, exist_ok=True)
        if options.fresh or not os.path.exists(self.path):
            shutil.rmtree(self.keep, ignore_errors=True)
            return
        with open(self.path, encoding="utf-8") as file:
            saved = json.load(file)
        if saved["what"] != self.what:
            sys.exit(f"{self.path} is of other programs or settings: --fresh begins anew")
        self.done, self.tally = set(saved["done"]), Tally(saved["tally"])

    def add(self, chunk, tally, kept):
        self.tally.add(tally)
        self.done.add(chunk[0])
        for name, judge, flags, texts, text in kept:
            print("\n  ".join([f"{name} {' '.join(flags)}: {judge}:", *texts[:8]]), flush=True)
            os.makedirs(self.keep, exist_ok=True)
            with open(os.path.join(self.keep, name), "w", encoding="utf-8") as file:
                file.write(text)
            with open(os.path.join(self.keep, name + ".txt"), "a", encoding="utf-8") as file:
                file.write(f"{judge} {' '.join(flags)}\n" + "\n".join(texts) + "\n")
        saved = {"what": self.what, "done": sorted(self.done), "tally": self.tally.saved()}
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(saved, file)
        os.replace(self.path + ".new", self.path)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    for program in ("snarl", "oracle", "generate", "judge", "folder"):
        parser.add_argument("--" + program, required=True, type=os.path.abspath)
    parser.add_argument("--count", type=int, default=100000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--chunk", type=int, default=50, help="scenarios that are worked on in a row")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--max-states", type=int, default=5000, help="of the simulator")
    parser.add_argument("--max-paths", type=int, default=1000, help="that the oracle walks one by one")
    parser.add_argument("--max-nodes", type=int, default=4000, help="that the oracle keeps where there are more paths")
    parser.add_argument("--spin-every", type=int, default=60, help="a model for SPIN takes as long as hundreds of scenarios; 0: none")
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    if options.spin_every and not (shutil.which("spin") and shutil.which("gcc")):
        options.spin_every = 0
    run, batches = Run(options), Batches()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: batches.stop())
    todo = [chunk for chunk in chunks(options) if chunk[0] not in run.done]
    shown = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = {}
        todo.reverse()
        while (todo or waiting) and not (batches.is_stopped and not waiting):
            while todo and len(waiting) < options.jobs and not batches.is_stopped:
                chunk = todo.pop()
                waiting[pool.submit(work, options, batches, chunk)] = chunk
            # with a limit, so that signals are seen
            finished, _ = concurrent.futures.wait(waiting, timeout=0.5, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in finished:
                chunk = waiting.pop(future)
                try:
                    run.add(chunk, *future.result())
                except Stopped:
                    pass
            if sys.stderr.isatty() and run.tally.numbers["scenarios"] != shown:
                shown = run.tally.numbers["scenarios"]
                print(f"\r{shown:,} of {options.count:,}", end="", file=sys.stderr, flush=True)
    print(flush=True)
    if batches.is_stopped:
        print("interrupted: the same command goes on from here")
    run.tally.print()
    if run.tally.different:
        print(f"\n{sum(run.tally.different.values())} DIFFERENCES, kept in {run.keep}")
        return 1
    return 3 if batches.is_stopped else 0


if __name__ == "__main__":
    sys.exit(main())
