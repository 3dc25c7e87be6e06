# --json is JSON, with the figures of the contract's example.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null 2>&1 || exit 77

cat >lost_update.snarl <<'END'
// The example of docs/cli.md.
shared counter = 0


thread A, B {
    local t = counter
    counter = t + 1
}
expect data race, lost update
END
expect 1 explore --json lost_update.snarl
empty err
python3 - out <<'END' || failures=$((failures + 1))
import json, sys
r = json.load(open(sys.argv[1]))
assert r["schema"] == 1 and r["scenario"] == "lost_update.snarl" and r["verdict"] == "found" and r["complete"] is True
assert r["interleavings"] == "6" and r["states"] in (12, 13) and r["steps"] == 14 and r["max_depth"] == 4, r
assert sorted({f["kind"] for f in r["findings"]}) == ["data-race", "lost-update"], r["findings"]
lost = r["findings"][-1]
assert lost["schedule"] == "A B B A" and lost["preemptions"] == 1 and lost["switches"] == 2, lost
assert lost["interleavings"] == "4" and lost["probability"] == 0.5 and lost["objects"] == ["counter"] and lost["lines"] == [6, 7], lost
assert [(o["values"], o["interleavings"], o["probability"], o["ended"], o["end"]) for o in r["outcomes"]] == [
    ({"counter": 1}, "4", 0.5, True, "ok"), ({"counter": 2}, "2", 0.5, True, "ok")], r["outcomes"]
assert "final" not in r["outcomes"][0]
END
expect 0 outcomes --json lost_update.snarl
python3 -m json.tool out >/dev/null || failures=$((failures + 1))
expect 0 run --json lost_update.snarl --schedule 'A B B A'
python3 - out <<'END' || failures=$((failures + 1))
import json, sys
r = json.load(open(sys.argv[1]))
assert r["schedule"] == "A B B A" and [s["thread"] for s in r["steps"]] == ["A", "B", "B", "A"], r
END
"$snarl" new mutex >mutex.snarl
expect 0 test --json lost_update.snarl mutex.snarl
python3 - out <<'END' || failures=$((failures + 1))
import json, sys
r = json.load(open(sys.argv[1]))
assert [t["passed"] for t in r] == [True, True] and r[0]["found"] == ["data-race", "lost-update"] and r[1]["expected"] == [], r
END
# Several files are several objects, one after the other.
expect 1 explore --json lost_update.snarl mutex.snarl
python3 - out <<'END' || failures=$((failures + 1))
import json, sys
text, count = open(sys.argv[1]).read(), 0
while text.strip():
    _, end = json.JSONDecoder().raw_decode(text.lstrip())
    text, count = text.lstrip()[end:], count + 1
assert count == 2
END
finish
