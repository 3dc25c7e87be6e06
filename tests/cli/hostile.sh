# A scenario is data: what it, its file's name and the command line say goes through every output as text, and does nothing.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null 2>&1 || exit 77
escape=$(printf '\033')
mkdir input output
file="input/we'ird \"<b>&amp;<script>x %n%s \$(touch pwned) \`touch pwned\` \\N *+ ??! $escape[31m.snarl"
cat >"$file" <<'END'
// */ int main(void) { return 7; } /* ??/  </script><!-- \
const N = 1
shared x = 0, счётчик, label, node, graph
mutex m, k
fn f(a) { x += a } // ]]> --> $(touch pwned)
thread A {
    print "</script><script>alert(1)</script><!-- & ' \" \\ %s%n */ ??/ ${x} `touch pwned` $(touch pwned) ]]> \\N \\l \n\t"
    lock m
    lock k
    x = N // "</td>
    unlock k
    unlock m
    assert x == 1, "</script><b>\" ' & \\ %n */ ??/ ${x} $(touch pwned) ]]> \n"
}
thread end, script {
    lock k
    lock m
    счётчик = 2
    unlock m
    unlock k
    spawn f(1)
}
finally x == 3 /* </script> */ && счётчик == 2
expect deadlock
END

# No terminal gets a control character that is not ours.
quiet_terminal() {
    if LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" out err; then
        echo "FAILED: $last: a control character in the output:"
        LC_ALL=C grep "$(printf '[\001-\010\013-\037\177]')" out err | head -3 | cat -v
        failures=$((failures + 1))
    fi
}
python_says() {
    python3 -c "$1" "$2" || { echo "FAILED: $last: $2"; failures=$((failures + 1)); }
}

limits='--max-states 400 --max-time 60s'
# shellcheck disable=SC2086
for command in explore outcomes 'explore -v' 'run --seed 3' run test replay 'fmt --check' 'draw states' 'draw waits' html; do
    "$snarl" $command $(case $command in fmt*|run*) ;; *) echo $limits ;; esac) "$file" >out 2>err </dev/null
    got=$?
    last="snarl $command"
    [ "$got" -le 3 ] || { echo "FAILED: $last: status $got"; cat err; failures=$((failures + 1)); }
    quiet_terminal
done
printf 'f\nA\n\033[2J\n%s\nq\n' '$(touch pwned)' | "$snarl" step $limits "$file" >out 2>err
last='snarl step'
quiet_terminal
for command in explore outcomes run test; do
    # shellcheck disable=SC2086
    "$snarl" $command --json $([ $command = run ] || echo $limits) "$file" >out 2>err </dev/null
    last="snarl $command --json"
    quiet_terminal
    python_says 'import json,sys; json.load(open(sys.argv[1], encoding="utf-8"))' out
done

# Later control characters, marks that turn the direction of text, and bytes that are no UTF-8, in the scenario and in its name.
printf 'shared x = 0\nthread A { print "\302\2332J \342\200\256 \342\201\246"; x = 1 }\nfinally x == 2 // \342\200\256\n' >"$(printf 'input/l\302\233\342\200\256\377.snarl')"
cp "$(printf 'input/l\302\233\342\200\256\377.snarl')" "$(printf 'input/wrong\302\233\342\200\256\377.snarl')"
printf 'thread B { lok }\n' >>"$(printf 'input/wrong\302\233\342\200\256\377.snarl')"
for file2 in "$(printf 'input/l\302\233\342\200\256\377.snarl')" "$(printf 'input/wrong\302\233\342\200\256\377.snarl')"; do
    for command in explore 'explore --json' 'outcomes --json' outcomes 'run --json' run test 'test --json' replay 'fmt --check'; do
        # shellcheck disable=SC2086
        "$snarl" $command "$file2" >out 2>err </dev/null
        last="snarl $command $file2"
        quiet_terminal
        cat out err >both
        python_says 'import re,sys; assert not re.search("[\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", open(sys.argv[1], encoding="utf-8").read())' both
        rm -f both
    done
done

# Errors, with the name of the file, a name of the command line, and the line of the source.
printf 'thread A { lok "\033]0;title\007" }\n' >"input/error $escape[2J.snarl"
expect 2 explore "input/error $escape[2J.snarl"
quiet_terminal
expect 2 explore -D "$(printf 'N\033[31m=3')" "$file"
quiet_terminal
expect 4 explore "input/missing $escape[2J.snarl"
quiet_terminal
expect 2 explore "--$escape[2J" "$file"
quiet_terminal
expect 2 "$escape[2J"
quiet_terminal
expect 2 run --schedule "$escape[2J" "$file"
quiet_terminal

# Pictures and the page.
for kind in schedule waits locks order states outcomes; do
    for format in dot svg; do
        # shellcheck disable=SC2086
        "$snarl" draw $kind $limits --path "$file" -o "output/$kind.$format" >out 2>err || # --path is for states only
            "$snarl" draw $kind $limits "$file" -o "output/$kind.$format" >out 2>err
        last="snarl draw $kind"
        ! grep -q 'built without Graphviz' err || exit 77
        [ ! -e "output/$kind.svg" ] || python_says 'import sys,xml.dom.minidom as m; d = m.parse(sys.argv[1]); assert not d.getElementsByTagName("script") and not d.getElementsByTagName("b")' "output/$kind.svg"
        if [ -e "output/$kind.dot" ] && command -v dot >/dev/null 2>&1; then
            dot -Tcanon "output/$kind.dot" >canon 2>err || { echo "FAILED: dot refuses $kind"; cat err; failures=$((failures + 1)); }
            rm -f canon
        fi
    done
done
[ -s output/schedule.svg ] && [ -s output/waits.svg ] && [ -s output/locks.dot ] || { echo 'FAILED: no pictures'; failures=$((failures + 1)); }
# shellcheck disable=SC2086
"$snarl" html $limits "$file" -o output/page.html >out 2>err
"$snarl" new race >input/plain.snarl
"$snarl" html input/plain.snarl -o output/plain.html
last='snarl html'
cat >page.py <<'END'
import html.parser, json, sys
class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.tags, self.scripts, self.open = {}, [], False
        with open(path, encoding="utf-8") as file:
            self.feed(file.read())
    def handle_starttag(self, tag, attributes):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        assert not any(name.startswith("on") for name, _ in attributes), attributes
        self.open = tag == "script"
        if self.open:
            self.scripts.append([dict(attributes), ""])
    def handle_endtag(self, tag):
        self.open = False
    def handle_data(self, data):
        if self.open:
            self.scripts[-1][1] += data
hostile, plain = Page(sys.argv[1]), Page("output/plain.html")
for tag in ("script", "style", "iframe", "img"):
    assert hostile.tags.get(tag) == plain.tags.get(tag), tag
assert len(hostile.scripts) == len(plain.scripts)
data = [text for attributes, text in hostile.scripts if attributes.get("id") == "data"]
assert "alert(1)" in json.dumps(json.loads(data[0]))
assert all("alert(1)" not in text for attributes, text in hostile.scripts if attributes.get("id") != "data")
END
python3 page.py output/page.html || { echo 'FAILED: the page'; failures=$((failures + 1)); }
# shellcheck disable=SC2086
expect 0 draw --all output/album $limits "$file" --format svg
python3 -c 'import html.parser
class P(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes): assert tag not in ("script", "b"), tag
P().feed(open("output/album/index.html", encoding="utf-8").read())' || { echo 'FAILED: the album'; failures=$((failures + 1)); }

# Programs and models.
# shellcheck disable=SC2086
expect 0 export c $limits "$file" -o output/program.c
for compiler in gcc clang; do
    command -v "$compiler" >/dev/null 2>&1 || continue
    "$compiler" -std=c17 -Wall -Wextra -Werror -pthread output/program.c -o output/program || { echo "FAILED: $compiler"; failures=$((failures + 1)); }
done
expect 0 fmt "$file"
quiet_terminal
expect 2 export promela "$file" # it prints
quiet_terminal

# Nothing was run, and nothing written elsewhere.
[ -z "$(find . -name 'pwned*')" ] || { echo 'FAILED: a command of the scenario was run'; failures=$((failures + 1)); }
[ "$(ls | grep -v -E '^(input|output|scenarios|out|err|page\.py)$' | wc -l)" -eq 0 ] || { echo 'FAILED: files elsewhere:'; ls; failures=$((failures + 1)); }
finish
