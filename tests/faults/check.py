#!/usr/bin/env python3
"""Makes each write, or each allocation, of a list of commands fail once.

An exploration that ends for want of memory tells what it found until then, and says so. Otherwise a command must never end with its usual status and less than its usual output; where it fails it says why and ends with status 4, what was there
before stays, and nothing half-written or temporary is left.

Usage: check.py --snarl SNARL (--faults FAULTS | --nomem NOMEM.so) [--most N] [--only TEXT]
"""
import argparse
import errno
import os
import re
import shutil
import subprocess
import sys
import tempfile

RACE = """shared counter = 0
mutex a, b
thread A {
    local t = counter
    counter = t + 1
    lock a
    lock b
    unlock b
    unlock a
    print "A"
}
thread B {
    counter += 1
    lock b
    lock a
    unlock a
    unlock b
}
finally counter == 2
expect data race, lost update, final, deadlock, lock order
"""
CLOCK = """clock virtual
cores 2
thread A { compute 250 ms }
thread B { sleep 300 ms }
"""
PLAIN = "shared x = 0\nmutex m\nthread A, B { with m { x += 1 } }\nfinally x == 2\nexpect ok\n"
UGLY = "shared   x=1\nthread A{x=2}\n"
OLD = b"what was here before\n"

# name, arguments, files that it writes (a folder ends in /), standard input
COMMANDS = [
    ("explore", ["explore", "race.snarl"], [], None),
    ("explore two", ["explore", "--json", "race.snarl", "clock.snarl"], [], None),
    ("explore jobs", ["explore", "--jobs", "2", "race.snarl"], [], None),
    ("explore classes", ["explore", "--reduce", "classes", "race.snarl"], [], None),
    ("explore pct", ["explore", "--search", "pct", "--runs", "50", "race.snarl"], [], None),
    ("explore wrong", ["explore", "wrong.snarl"], [], None),
    ("outcomes", ["outcomes", "race.snarl"], [], None),
    ("run", ["run", "--json", "race.snarl"], [], None),
    ("test", ["test", "race.snarl"], [], None),
    ("test --json", ["test", "--json", "race.snarl"], [], None),
    ("time --json", ["time", "--json", "clock.snarl"], [], None),
    ("export c", ["export", "c", "race.snarl", "-o", "out.c"], ["out.c"], None),
    ("export promela", ["export", "promela", "plain.snarl", "-o", "out.pml"], ["out.pml"], None),
    ("fmt", ["fmt", "ugly.snarl"], ["ugly.snarl"], None),
    ("step", ["step", "race.snarl"], ["played"], "A\nB\ns played\nq\n"),
    ("new", ["new", "mutex"], [], None),
    ("help", ["help", "manual"], [], None),
    ("completion", ["completion", "bash"], [], None),
    ("replay", ["replay", "race.snarl"], [], None),
]
DRAWN = [
    ("draw svg", ["draw", "schedule", "race.snarl", "-o", "out.svg"], ["out.svg"], None),
    ("draw pdf", ["draw", "waits", "race.snarl", "-o", "out.pdf"], ["out.pdf"], None),
    ("draw png", ["draw", "order", "race.snarl", "-o", "out.png"], ["out.png"], None),
    ("draw dot", ["draw", "locks", "race.snarl", "-o", "out.dot"], ["out.dot"], None),
    ("draw stdout", ["draw", "outcomes", "race.snarl"], [], None),
    ("draw frames", ["draw", "frames", "race.snarl", "--schedule", "A B", "-o", "film.svg"], ["film-0%d.svg" % i for i in (1, 2, 3)], None),
    ("draw frames pdf", ["draw", "frames", "race.snarl", "--schedule", "A B", "-o", "film.pdf"], ["film.pdf"], None),
    ("draw --all", ["draw", "--all", "album", "clock.snarl", "--format", "dot"], ["album/"], None),
    ("html", ["html", "race.snarl", "-o", "page.html"], ["page.html"], None),
]
CHANGING = re.compile(rb'"(?:seconds|peak_bytes|bytes_per_state)": [0-9.]+|[0-9.,]+ s$|in [0-9.]+ s|/CreationDate \([^)]*\)|[0-9.]+ [kMG]?i?B|\([0-9]+ milliseconds\)', re.M)


def plain(data):
    return CHANGING.sub(b"#", data)


def tree(folder):
    found = {}
    for where, folders, files in os.walk(folder):
        for name in files:
            path = os.path.join(where, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
        for name in folders:
            found[os.path.relpath(os.path.join(where, name), folder) + "/"] = b""
    return found


class Checker:
    def __init__(self, options):
        self.options = options
        self.failures = 0
        self.injected = 0
        self.work = tempfile.mkdtemp(prefix="faults-")
        self.environment = dict(os.environ, COLUMNS="100", LC_ALL="C.UTF-8", HOME=self.work + "/home", XDG_CACHE_HOME=self.work + "/home")
        os.mkdir(self.work + "/home")

    def prepare(self, files, has_old):
        folder = os.path.join(self.work, "run")
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        for name, text in (("race.snarl", RACE), ("clock.snarl", CLOCK), ("plain.snarl", PLAIN), ("ugly.snarl", UGLY), ("wrong.snarl", "thread A { x = = }\n" * 5)):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        for name in files if has_old else []:
            if name.endswith("/"):
                os.mkdir(os.path.join(folder, name))
                name += "index.html"
            if name != "ugly.snarl":
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(OLD)
        return folder

    def run(self, folder, arguments, given, n):
        environment = self.environment
        command = [self.options.snarl] + arguments
        if self.options.faults:
            error = errno.ENOSPC if n % 2 else errno.EIO
            command = [self.options.faults, str(n), str(error)] + command
        else:
            environment = dict(environment, LD_PRELOAD=self.options.nomem, NOMEM_AT=str(n))
        done = subprocess.run(command, cwd=folder, env=environment, input=given.encode() if given else None, stdin=None if given else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        match = re.search(rb"(?:faults|nomem): (\d+) calls\n", done.stderr)
        errors = re.sub(rb"(?:faults|nomem): \d+ calls\n", b"", done.stderr)
        return done.returncode, done.stdout, errors, int(match.group(1)) if match else None

    def complain(self, name, n, text, errors=b""):
        print("FAILED: %s, fault %d: %s" % (name, n, text))
        for line in errors.decode(errors="replace").splitlines()[:6]:
            print("    " + line)
        self.failures += 1

    def check(self, name, arguments, files, given, has_old):
        before = tree(self.prepare(files, has_old))
        folder = os.path.join(self.work, "run")
        usual, usual_out, usual_errors, calls = self.run(folder, arguments, given, 0)
        if usual == 77 or calls is None:
            sys.exit(77)
        after = tree(folder)
        numbers = range(1, calls + 1)
        if self.options.most and calls > self.options.most: # evenly spread, the first and the last among them
            numbers = sorted({1 + i * (calls - 1) // (self.options.most - 1) for i in range(self.options.most)})
        refused = 0
        for n in numbers:
            self.prepare(files, has_old)
            try:
                status, out, errors, _ = self.run(folder, arguments, given, n)
            except subprocess.TimeoutExpired:
                self.complain(name, n, "does not end")
                continue
            self.injected += 1
            now = tree(folder)
            refused += status != usual
            if status < 0 or status >= 128:
                self.complain(name, n, "died with status %d" % status, errors)
            elif self.options.nomem and b"memory" in out + errors and status in (usual, 1, 3, 4):
                pass # an exploration that ends for want of memory says so, and what was found until then stands
            elif status == usual:
                lacks_file = any(plain(now.get(path, b"")) != plain(data) for path, data in after.items())
                if plain(out) != plain(usual_out) or lacks_file:
                    self.complain(name, n, "the usual status %d, but not the usual output" % status, errors)
                if plain(errors) != plain(usual_errors) and not self.options.nomem:
                    self.complain(name, n, "the usual status %d, but other messages" % status, errors)
            else:
                if status not in ((4,) if self.options.faults else (3, 4)):
                    self.complain(name, n, "status %d" % status, errors)
                if not (errors + out).strip():
                    self.complain(name, n, "status %d without a message" % status)
            for path, data in now.items():
                if path not in after and path not in before:
                    self.complain(name, n, "%s was left behind" % path, errors)
                elif data not in (before.get(path), after.get(path)) and plain(data) != plain(after.get(path, b"")) and not b"memory" in out + errors:
                    self.complain(name, n, "%s is neither as before nor complete" % path, errors)
            for path in before:
                if path not in now:
                    self.complain(name, n, "%s is gone" % path, errors)
        print("%s%s: %d of %d faults, %d refused" % (name, " over old files" if has_old else "", len(numbers), calls, refused))

    def all(self):
        has_drawing = subprocess.run([self.options.snarl, "html", "-"], input=UGLY.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        for name, arguments, files, given in COMMANDS + (DRAWN if has_drawing else []):
            if self.options.only and self.options.only not in name:
                continue
            for has_old in (False, True) if files and files != ["ugly.snarl"] else (False,):
                self.check(name, arguments, files, given, has_old)
        shutil.rmtree(self.work, ignore_errors=True)
        print("%d faults, %d failures" % (self.injected, self.failures))
        return self.failures > 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--snarl", required=True)
    parser.add_argument("--faults")
    parser.add_argument("--nomem")
    parser.add_argument("--most", type=int, help="at most so many faults of each command, evenly spread")
    parser.add_argument("--only", help="commands with this in their name")
    options = parser.parse_args()
    options.snarl = os.path.abspath(options.snarl)
    options.faults = options.faults and os.path.abspath(options.faults)
    options.nomem = options.nomem and os.path.abspath(options.nomem)
    sys.exit(Checker(options).all())


main()
