#!/usr/bin/env python3
"""The oracle against values computed by hand. Usage: selftest.py ORACLE"""
import json
import math
import os
import subprocess
import sys
import tempfile
from fractions import Fraction


def lost_update(threads, rounds):
    body = "local t = counter; counter = t + 1" if rounds == 1 else f"repeat {rounds} {{ local t = counter; counter = t + 1 }}"
    return f"shared counter = 0\nthread w[{threads}] {{\n{body}\n}}\nfinally counter == {threads * rounds}\n"


ABBA = """mutex a, b
thread A { lock a; lock b; unlock b; unlock a }
thread B { lock b; lock a; unlock a; unlock b }
"""

PHILOSOPHERS = """const N = %d
mutex fork[N]
thread p[N] {
    lock fork[self]
    lock fork[(self + 1) %% N]
    unlock fork[(self + 1) %% N]
    unlock fork[self]
}
"""

LOST_WAKE_UP = """mutex m
condition c
thread W {
    lock m
    wait c with m
    unlock m
}
thread S {
    lock m
    signal c
    unlock m
}
"""

READERS = """shared x
shared y[%d]
thread W { x = 1 }
thread r[%d] { local t = x }
"""

LOCKERS = """shared x[%d]
mutex m[%d]
thread w[%d] { lock m[self]; local t = x[self]; x[self] = t + 1; unlock m[self] }
"""

LAST_ZERO = """const N = %d
shared a[N + 1]
thread w[N] { a[self + 1] = a[self] + 1 }
thread r {
    local i = N
    while (a[i] != 0) { i -= 1 }
}
"""

failures = 0


def run(oracle, text, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".snarl", delete=False) as file:
        file.write(text)
    try:
        done = subprocess.run([oracle, file.name, *options], capture_output=True, text=True, check=False)
    finally:
        os.unlink(file.name)
    if done.returncode != 0:
        raise SystemExit(f"oracle failed with {done.returncode} on\n{text}\n{done.stderr}")
    return json.loads(done.stdout)


def expect(name, got, wanted):
    global failures
    if got != wanted:
        failures += 1
        print(f"{name}: got {got!r}, not {wanted!r}")


def total(result):
    return result["interleavings"] if result["interleavings"] == "infinite" else int(result["interleavings"])


def findings(result, kind):
    return [f for f in result["findings"] if f["kind"] == kind]


def outcome(result, **wanted):
    """Number and probability of the outcomes with these fields."""
    count, probability = 0, Fraction(0)
    for o in result["outcomes"]:
        if all(o[k] == v if k in o else o["values"][k] == v for k, v in wanted.items()):
            count += int(o["interleavings"])
            probability += Fraction(o["probability"])
    return count, probability


def both(oracle, text, *options):
    return run(oracle, text, "--check", *options)


def main(oracle):
    r = both(oracle, lost_update(2, 1))
    expect("lost update", total(r), 6)
    expect("lost update, counter 1", outcome(r, counter=1), (4, Fraction(1, 2)))
    f = findings(r, "lost-update")
    expect("lost update, finding", [(x["objects"], x["lines"], x["interleavings"], x["probability"]) for x in f],
           [(["counter"], [3], "4", "1/2")])
    expect("lost update, final", [(x["interleavings"], x["lines"]) for x in findings(r, "final")], [("4", [5])])
    expect("lost update, race", [x["objects"] for x in findings(r, "data-race")], [["counter"]])
    expect("lost update 3x1", total(both(oracle, lost_update(3, 1))), 90)
    expect("lost update 3x1 probability", findings(both(oracle, lost_update(3, 1)), "lost-update")[0]["probability"], "5/6")
    r = both(oracle, lost_update(2, 2))
    expect("lost update 2x2", total(r), 70)
    expect("lost update 2x2 probability", findings(r, "lost-update")[0]["probability"], "13/16")
    r = run(oracle, lost_update(2, 3), "--memo")
    expect("lost update 2x3", (total(r), findings(r, "lost-update")[0]["probability"]), (math.comb(12, 6), "239/256"))
    expect("lost update 3x2", total(run(oracle, lost_update(3, 2), "--memo")), 34650)
    expect("statement granularity", total(both(oracle, "shared c\nthread w[2] { c += 1 }", "--granularity", "statement")), 2)

    r = both(oracle, ABBA)
    expect("AB-BA", (total(r), outcome(r, end="deadlock")[0]), (6, 2))
    expect("AB-BA finding", [(x["threads"], x["lines"], x["interleavings"]) for x in findings(r, "deadlock")], [(["A", "B"], [2, 3], "2")])

    for n, probability in ((2, "1/2"), (3, "1/3"), (4, "11/48")):
        r = run(oracle, PHILOSOPHERS % n, "--memo")
        f = findings(r, "deadlock")
        expect(f"philosophers {n}", (int(f[0]["interleavings"]), f[0]["probability"]), (math.factorial(n), probability))

    r = both(oracle, LOST_WAKE_UP)
    expect("lost wake-up", (total(r), outcome(r, end="deadlock")), (2, (1, Fraction(1, 2))))
    expect("lost wake-up, spurious", outcome(both(oracle, LOST_WAKE_UP, "--spurious"), end="deadlock")[0], 0)

    for n in (2, 3, 4):
        expect(f"readers {n}", total(both(oracle, READERS % (n, n))), math.factorial(n + 1))
    for n in (2, 3):
        r = run(oracle, LOCKERS % (n, n, n), "--memo")
        expect(f"lockers {n}", (total(r), len(r["findings"])), (math.factorial(4 * n) // 24 ** n, 0))
    expect("last zero 3", both(oracle, LAST_ZERO % 3)["interleavings"], run(oracle, LAST_ZERO % 3, "--memo")["interleavings"])
    expect("last zero 5", total(run(oracle, LAST_ZERO % 5, "--memo")), 3487880)

    for name, text, wanted in (
            ("spinning", "atomic f\nthread A { while (f == 0) { } }\nthread B { f = 1 }", "infinite"),
            ("await", "atomic f\nthread A { await (f == 1) }\nthread B { f = 1 }", 1),
            ("atomic", "shared c\nthread w[3] { atomic { c += 1 } }", 6),
            ("barrier", "barrier b = 2\nthread w[2] { wait b; skip }", 4),
            ("rendezvous", "queue q[0]\nshared x\nthread A { put q, 5 }\nthread B { x = get q }", 1),
            ("once", "once o\nthread w[2] { do o { skip } }", 2),
            ("choose", "shared x\nthread A { x = choose(1, 2, 3) }", 3),
            ("assume", "shared x\nthread A { x = choose(1, 2, 3)\nassume x != 2 }", 2),
            ("spawn and join", "shared x\nfn f(v) { x = v }\nthread A { local h = spawn f(3)\njoin h }", 1),
            ("select", "queue q[1] = {1}, p[1] = {2}\nthread A { local x\nselect { when x = get q { }\nwhen x = get p { } } }", 2),
            ("try", "mutex m\nthread w[2] { if (try lock m) { unlock m } }", 4)):
        expect(name, total(both(oracle, text)), wanted)

    if failures > 0:
        raise SystemExit(f"{failures} failed")
    print("passed")


if __name__ == "__main__":
    main(sys.argv[1])
