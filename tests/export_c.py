#!/usr/bin/env python3
"""Emitted C programs against the simulator.

usage: export_c.py --snarl SNARL [--part K/N] [--per-scenario N] [--races] [--compilers] [PATH...]

For each scenario: the program compiles without warnings (--compilers: under gcc and clang, -O2). Run freely it ends in an outcome of the
simulated set, and ThreadSanitizer is silent where the simulator finds no data race. With the schedule of each outcome (at most N) it ends in
that very outcome; with the schedule of each data race ThreadSanitizer reports that variable, and none that the simulator does not call racy.
Scenarios that cannot be exported are told with the reason."""
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
WARNINGS = ["-std=c17", "-Wall", "-Wextra", "-Werror"]
STATES = "200000"
INVERSION = "(a cycle of locks)"


class Bad(Exception):
    pass


def call(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", **more)


def first_lines(text, count=6):
    return "\n      ".join(text.strip().split("\n")[:count])


class Judge:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.tsan_prefix = ["setarch", "-R"] if shutil.which("setarch") and call(["setarch", "-R", "true"]).returncode == 0 else []

    def export(self, path, name, schedule=None):
        target = os.path.join(self.folder, name + ".c")
        extra = [] if schedule is None else ["--schedule", schedule]
        made = call([self.options.snarl, "export", "c", path, "-q", "--max-states", STATES, "-o", target] + extra)
        if made.returncode != 0:
            raise Bad("export: status %d: %s" % (made.returncode, first_lines(made.stderr)))
        return target

    def compile(self, source, name, compiler, flags):
        program = os.path.join(self.folder, name)
        made = call([compiler] + WARNINGS + flags + ["-pthread", source, "-o", program])
        if made.returncode != 0:
            raise Bad("%s %s: %s" % (compiler, os.path.basename(source), first_lines(made.stderr)))
        return program

    def run(self, program, seed, tsan=False):
        environment = dict(os.environ, TSAN_OPTIONS="exitcode=0 halt_on_error=0 report_signal_unsafe=0 history_size=7 suppress_equal_addresses=0 suppress_equal_stacks=0")
        try:
            return call((self.tsan_prefix if tsan else []) + [program, str(seed)], timeout=120, env=environment)
        except subprocess.TimeoutExpired:
            raise Bad("%s: does not end" % os.path.basename(program))


def result_of(stdout):
    """(end, {name: text}, output, all of `finally` hold)"""
    end, values, output, final = None, collections.OrderedDict(), [], None
    for line in stdout.split("\n"):
        if line.startswith("# end: "):
            end = re.split(r"[: (]", line[7:])[0]
        elif line.startswith("# finally "):
            final = (final is not False) and line.endswith(": holds")
        elif line.startswith("# ") and " = " in line:
            name, value = line[2:].rsplit(" = ", 1)
            values[name] = value
        elif not line.startswith("#") and end is None:
            output.append(line)
    return end, values, [line for line in "\n".join(output).split("\n")][:-1] if output and output[-1] == "" else output, final


def same(outcome, found, has_output, end_matters=True):
    end, values, output, final = found
    if end_matters and end != outcome["end"]:
        return False
    wanted = {name: json.dumps(value) for name, value in outcome["values"].items()}
    if dict(values) != wanted:
        return False
    return not has_output or "\n".join(output) == "\n".join(outcome["output"])


PIE_BASE = 0x555555554000 # where programs lie without address randomisation


def variable_at(program, address):
    """Name and offset of the global at an address: ThreadSanitizer leaves its location out now and then. None: no variable."""
    for line in call(["nm", "-S", program]).stdout.split("\n"):
        fields = line.split()
        if len(fields) == 4 and fields[2] in "bBdD":
            start, size = int(fields[0], 16) + PIE_BASE, int(fields[1], 16)
            if start <= address < start + size:
                return fields[3], address - start, size
    return None


def racy_variables(report, program):
    """From ThreadSanitizer's reports: names as in the scenario's program, `a[1]` for elements."""
    names = set()
    for part in report.split("WARNING: ThreadSanitizer: ")[1:]:
        if part.startswith("lock-order-inversion"):
            names.add(INVERSION)
            continue
        if not part.startswith("data race"):
            names.add("(%s)" % part.split("\n")[0][:80])
            continue
        where = re.search(r"Location is global '([^']+)' of size (\d+) at (0x[0-9a-f]+)", part)
        access = re.search(r"of size \d+ at (0x[0-9a-f]+) by", part)
        if not where and access:
            found = variable_at(program, int(access.group(1), 16))
            if found:
                names.add(found[0].rstrip("_") + ("[%d]" % (found[1] // 8) if found[2] > 8 else ""))
                continue
        if not where or not access:
            names.add("(a place that is no variable: %s)" % part.split("\n")[1][:80])
            continue
        size = int(where.group(2))
        name = where.group(1).rstrip("_") # a name that C has taken got an underscore
        if size > 8:
            name += "[%d]" % ((int(access.group(1), 16) - int(where.group(3), 16)) // 8)
        names.add(name)
    return names


def judge(judge_of, path):
    """Lines to tell, a dictionary of counts. Raises Bad."""
    options = judge_of.options
    short = os.path.relpath(path, ROOT)
    name = re.sub(r"[^a-zA-Z0-9]", "_", short)
    counts = collections.Counter()
    explored = call([options.snarl, "explore", "--json", "-q", "--max-states", STATES, path])
    if explored.returncode not in (0, 1, 3):
        raise Bad("explore: status %d" % explored.returncode)
    result = json.loads(explored.stdout)
    has_output = "output" in json.dumps(result.get("outcomes", [])) and not re.search(r"^\s*outcome\b(?!.*\boutput\b)", open(path, encoding="utf-8").read(), re.M)
    racy = {o for f in result["findings"] if f["kind"] == "data-race" for o in f["objects"]}
    refused = call([options.snarl, "export", "c", path, "-q", "--max-states", STATES])
    if refused.returncode == 2:
        reason = re.search(r"error: (.*)", refused.stderr)
        return reason.group(1) if reason else "?", counts
    source = judge_of.export(path, name)
    if options.compilers:
        for compiler in ("gcc", "clang"):
            if shutil.which(compiler):
                judge_of.compile(source, name + "_" + compiler, compiler, ["-O2"])
                counts["compiled"] += 1
    # free runs under ThreadSanitizer
    endless = result["interleavings"] == "infinite" # a free run may go on until its time limit
    if endless:
        counts["not run freely: may go on for ever"] += 1
    elif not racy and result["complete"]:
        program = judge_of.compile(source, name + "_tsan", "gcc", ["-g", "-O1", "-fsanitize=thread"])
        ran = judge_of.run(program, 1, tsan=True)
        seen = racy_variables(ran.stderr, program)
        if INVERSION in seen and result["lock_order"]["cycles"]:
            seen.remove(INVERSION)
            counts["cycles of locks that ThreadSanitizer saw, too"] += 1
        if seen:
            raise Bad("free run: ThreadSanitizer reports %s, the simulator nothing\n      %s" % (", ".join(sorted(seen)), first_lines(ran.stderr, 30)))
        counts["free runs under ThreadSanitizer without a race"] += 1
    else:
        ran = judge_of.run(judge_of.compile(source, name + "_free", "gcc", ["-O1"]), 1)
    found = ("endless",) if endless else result_of(ran.stdout)
    if found[0] is None:
        raise Bad("free run: no end told: %s %s" % (first_lines(ran.stdout), first_lines(ran.stderr)))
    if result["complete"] and found[0] in ("ok", "deadlock") and not racy and not result.get("never_ends"):
        if not any(same(o, found, has_output) for o in result["outcomes"]):
            raise Bad("free run: outcome %s is not in the simulated set" % (found,))
        counts["free outcomes in the set"] += 1
    # each outcome by its schedule
    for number, outcome in enumerate(result["outcomes"][:options.per_scenario]):
        if outcome["schedule"] is None:
            continue
        made = judge_of.export(path, "%s_o%d" % (name, number), outcome["schedule"])
        ran = judge_of.run(judge_of.compile(made, "%s_o%d" % (name, number), "gcc", ["-O0"]), 1)
        found = result_of(ran.stdout)
        if found[0] != outcome["end"] or not same(outcome, found, has_output):
            raise Bad("schedule %s: ends %s, simulated %s\n      %s" % (outcome["schedule"], found, outcome, first_lines(ran.stdout + ran.stderr, 12)))
        counts["outcomes by their schedule"] += 1
    # each race by its schedule
    seen_all = set()
    races = [f for f in result["findings"] if f["kind"] == "data-race"]
    if options.races:
        done = set()
        for number, finding in enumerate(races):
            wanted = finding["objects"][0]
            if wanted in done:
                continue
            done.add(wanted)
            made = judge_of.export(path, "%s_r%d" % (name, number), finding["schedule"])
            program = judge_of.compile(made, "%s_r%d" % (name, number), "gcc", ["-g", "-O1", "-fsanitize=thread"])
            ran = judge_of.run(program, 1, tsan=True)
            seen = racy_variables(ran.stderr, program) - {INVERSION}
            if wanted not in seen or not seen <= racy:
                raise Bad("race on %s, schedule %s: ThreadSanitizer reports %s, the simulator %s\n      %s" %
                          (wanted, finding["schedule"], sorted(seen), sorted(racy), first_lines(ran.stdout + ran.stderr, 30)))
            seen_all |= seen
            counts["races by their schedule"] += 1
        if seen_all != racy:
            raise Bad("ThreadSanitizer reports %s, the simulator %s" % (sorted(seen_all), sorted(racy)))
    return None, counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--snarl", required=True)
    parser.add_argument("--part", default="1/1", help="K/N: every N-th scenario, beginning with the K-th")
    parser.add_argument("--per-scenario", type=int, default=4, help="outcomes replayed for each scenario")
    parser.add_argument("--races", action="store_true")
    parser.add_argument("--compilers", action="store_true")
    parser.add_argument("--keep", help="folder for the programs")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("paths", nargs="*", default=[os.path.join(ROOT, "scenarios")])
    options = parser.parse_args()
    options.snarl = os.path.abspath(options.snarl)
    if not shutil.which("gcc"):
        print("no gcc: skipped")
        return 77
    files = []
    for path in options.paths:
        if os.path.isdir(path):
            files += [os.path.join(folder, f) for folder, _, names in os.walk(path) for f in names if f.endswith(".snarl")]
        else:
            files.append(os.path.abspath(path))
    first, step = map(int, options.part.split("/"))
    files = sorted(files)[first - 1::step]
    failures, refused, counts = 0, collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        if options.keep:
            folder = options.keep
            os.makedirs(folder, exist_ok=True)
        of = Judge(options, folder)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            waiting = [(path, pool.submit(judge, of, path)) for path in files]
            for path, future in waiting:
                try:
                    reason, more = future.result()
                    counts += more
                    if reason:
                        refused[reason] += 1
                    else:
                        counts["scenarios"] += 1
                except Bad as bad:
                    failures += 1
                    print("FAILED %s: %s" % (os.path.relpath(path, ROOT), bad), flush=True)
    print("%d scenarios exported and compared" % counts.pop("scenarios", 0))
    for what, count in sorted(counts.items()):
        print("  %5d %s" % (count, what))
    for reason, count in sorted(refused.items()):
        print("  %5d left out: %s" % (count, reason))
    if failures:
        print("%d FAILED" % failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
