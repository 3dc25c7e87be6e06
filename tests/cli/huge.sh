# Huge and odd files: each is refused with its place, or explored within limits; no crash, and neither time nor memory without bounds.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null 2>&1 || exit 77
ulimit -v 6000000 2>/dev/null || :

# NAME, the wanted status, a text of the answer, and the bytes as an expression of Python; `T` is a thread.
cat >cases <<'END'
empty | 2 | 1:1: error: the scenario has no thread | b""
blank lines | 2 | 1:1: error: the file has 10000018 bytes, more than 4194304 | b"\n" * 10000000 + T
one comment | 2 | more than 4194304 | b"/*" + b"x" * 10000000 + b"*/" + T
parentheses, 10 MB | 2 | more than 4194304 | b"thread A { local x = " + b"(" * 10000000
assignments, 10 MB | 2 | more than 4194304 | b"a = " * 2500000
identifier, 10 MB | 2 | more than 4194304 | b"shared " + b"a" * 10000000 + b"\n" + T
text, 10 MB | 2 | more than 4194304 | b"thread A { print \"" + b"s" * 10000000 + b"\" }"
comment | 0 | OK | b"/*" + b"x" * 4000000 + b"*/" + T
open comments | 2 | error: this comment never ends | b"/*" * 2000000
newlines | 0 | OK | b"\n" * 4000000 + T
blanks | 0 | OK | b" " * 4000000 + T
semicolons | 0 | OK | b";" * 4000000 + T
parentheses | 2 | 1:121: error: nested more than 200 levels deep | b"thread A { local x = " + b"(" * 4000000
braces | 2 | 1:210: error: nested more than 200 levels deep | b"thread A " + b"{" * 4000000
closing braces | 2 | closes nothing | b"}" * 4000000
assignments | 2 | 1:1: error: a statement stands inside a thread or function | b"a = " * 1000000
assignments inside | 2 | error: | b"thread A { " + b"a = " * 1000000
identifier | 0 | OK | b"shared " + b"a" * 4000000 + b"\n" + T
unknown identifier | 2 | 1:12: error: unknown name | b"thread A { " + b"a" * 4000000 + b" = 1 }"
text | 0 | OK | b"thread A { print \"" + b"s" * 4000000 + b"\" }"
text without an end | 2 | 1:18: error: this text does not end on its line | b"thread A { print \"" + b"s" * 4000000
digits | 2 | 1:11: error: the number does not fit 64 bits | b"const N = " + b"9" * 4000000 + b"\n" + T
hashes | 2 | 1:1: error: '#' has no meaning here | b"#" * 4000000
bad bytes | 2 | 1:1: error: the source is not valid UTF-8 here | b"\xff" * 4000000
NULs | 2 | 1:1: error: a NUL byte in the source | b"\0" * 4000000
errors | 2 | more not shown | b"thread A {\n" + b"y = = 1\n" * 400000 + b"}\n"
unknown names | 2 | more not shown | b"thread A {\n" + b"".join(b"y%d = 1\n" % i for i in range(250000)) + b"}\n"
statements | 3 | stopped at 100 states | b"shared x\nthread A {\n" + b"x = 1\n" * 100000 + b"}\n"
variables | 0 | OK | b"shared " + b", ".join(b"v%d" % i for i in range(20000)) + b"\n" + T
terms | 2 | 2:16: error: the expression is too long | b"shared x\nthread A { x = 1" + b" + 1" * 900000 + b" }"
nested parentheses | 2 | 2:115: error: nested more than 200 levels deep | b"shared x\nthread A { x = " + b"(" * 100000 + b"1" + b")" * 100000 + b" }"
nested blocks | 2 | nested more than 200 levels deep | b"thread A " + b"{" * 100000 + b"skip" + b"}" * 100000
negations | 2 | nested more than 200 levels deep | b"shared x\nthread A { x = " + b"!" * 100000 + b"1 }"
minus signs | 2 | nested more than 200 levels deep | b"shared x\nthread A { x = " + b"- " * 100000 + b"1 }"
else if | 2 | nested more than 200 levels deep | b"shared x\nthread A { if (x) { }" + b" else if (x) { }" * 100000 + b" }"
if in if | 2 | nested more than 200 levels deep | b"shared x\nthread A { " + b"if (x) { " * 100000 + b"}" * 100000 + b" }"
with in with | 2 | nested more than 200 levels deep | b"mutex m\nthread A { " + b"with m { " * 100000 + b"}" * 100000 + b" }"
select in select | 2 | nested more than 200 levels deep | b"queue q[1]\nthread A { " + b"select { when get q { " * 100000 + b"} } " * 100000 + b" }"
index in index | 2 | nested more than 200 levels deep | b"shared a[2]\nthread A { a[" + b"a[" * 100000 + b"0" + b"]" * 100000 + b"] = 1 }"
conditions | 2 | nested more than 200 levels deep | b"shared x\nthread A { x = " + b"x ? 1 : " * 100000 + b"1 }"
functions in a chain | 2 | nested more than 1000 levels deep | b"".join(b"fn f%d() { f%d() }\n" % (i, i + 1) for i in range(100000)) + b"fn f100000() { skip }\nthread A { f0() }"
blocks in a chain | 2 | nested more than 1000 levels deep | b"shared x\n" + b"".join(b"fn f%d() { %sf%d()%s }\n" % (i, b"if (x) { " * 190, i + 1, b" }" * 190) for i in range(98)) + b"fn f98() { skip }\nthread A { f0() }"
functions that double | 2 | the scenario is too long | b"shared x\n" + b"".join(b"fn f%d() { f%d()\nf%d() }\n" % (i, i + 1, i + 1) for i in range(60)) + b"fn f60() { x = 1 }\nthread A { f0() }"
a family | 2 | 2:8: error: the scenario has more than 1000 threads | b"shared x\nthread w[10000] { x = 1 }"
a greater family | 2 | more than 1000000 | b"shared x\nthread w[9223372036854775807] { x = 1 }"
a wide array | 0 | OK | b"shared a[100000] = 7\nthread A { a[99999] = 1 }\nfinally a[99999] == 1"
too wide an array | 2 | 1:10: error: the length of 'a' is 1000001, more than 1000000 | b"shared a[1000001]\nthread A { skip }"
a wide queue | 2 | more than 1000000 | b"queue q[1000][1000000]\nthread A { put q[1], 1 }"
a long loop | 3 | stopped at 100 states | b"shared x\nthread A { repeat 9223372036854775807 { x = 1 } }"
a long local loop | 1 | runtime error | b"thread A { local x = 0\nrepeat 9223372036854775807 { x = 1 - x } }"
choices | 1 | runtime error | b"shared x\nthread A { x = choose(-9223372036854775808..9223372036854775807) }"
a long atomic block | 1 | runtime error | b"shared x\nthread A { atomic { loop { x = 1 - x } } }"
spawned for ever | 3 | stopped at 100 states | b"fn f() { spawn f() }\nthread A { f() }"
a long sleep | 2 | does not fit 64 bits of nanoseconds | b"clock virtual\nthread A { sleep 9223372036854775807 s }"
great counts | 1 | misuse | b"semaphore s = 9223372036854775807\nbarrier b = 9223372036854775807\nthread A { release s }"
CRLF | 2 | 2:16: error: expected a value, found '}' | b"shared x\r\nthread A { x = }\r\n"
BOM | 2 | 2:16: error: expected a value, found '=' | b"\xef\xbb\xbfshared x\nthread A { x = = 1 }"
BOM inside | 2 | 2:1: error: the invisible character U+FEFF has no meaning here | b"shared x\n\xef\xbb\xbfthread A { x = 1 }"
UTF-16 | 2 | 1:1: error: the source is not valid UTF-8 here | "shared x\nthread A { x = 1 }".encode("utf-16")
Latin-1 | 2 | 1:8: error: the source is not valid UTF-8 here | "shared \u00e9\nthread A { skip }".encode("latin-1")
lone surrogate | 2 | 1:8: error: the source is not valid UTF-8 here | b"shared \xed\xa0\x80\nthread A { skip }"
right to left | 2 | 1:9: error: the invisible character U+202E has no meaning here | "shared x\u202e\nthread A { x = 1 }".encode()
zero width | 2 | 1:9: error: the invisible character U+200B has no meaning here | "shared x\u200b\nthread A { x = 1 }".encode()
escape sequences | 2 | U+001B | b"shared x\x1b[31m\nthread A { lok \x1b]0;title\x07 m }"
no newline at the end | 0 | OK | b"thread A { skip }"
no newline behind an error | 2 | 1:12: error: 'lok' begins no statement | b"thread A { lok m"
END
cat >write.py <<'END'
import sys
T = b"thread A { skip }\n"
for n, line in enumerate(open("cases", encoding="utf-8")):
    name, status, text, source = line.rstrip("\n").split(" | ")
    with open("case%d.snarl" % n, "wb") as file:
        file.write(eval(source))
    with open("case%d.what" % n, "w", encoding="utf-8") as file:
        file.write("%s\n%s\n%s\n" % (name, status, text))
END
python3 write.py || exit 99
for what in case*.what; do
    { read -r name; read -r wanted; read -r text; } <"$what"
    scenario=${what%.what}.snarl
    timeout -s KILL 100 "$snarl" explore -q --max-states 100 "$scenario" >out 2>err </dev/null
    got=$?
    [ "$got" -eq "$wanted" ] || { echo "FAILED: $name: status $got instead of $wanted"; head -c 300 err; failures=$((failures + 1)); }
    cat out err | tr '\n' ' ' >both
    grep -qF -e "$text" both || { echo "FAILED: $name: no \"$text\""; head -c 300 both; failures=$((failures + 1)); }
    [ "$(wc -c <both)" -lt 100000 ] || { echo "FAILED: $name: more than 100 kB of messages"; failures=$((failures + 1)); }
    ! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" out err || { echo "FAILED: $name: control characters in the messages"; failures=$((failures + 1)); }
done

# What is no file, or cannot be read.
mkdir folder
expect 4 explore folder
contains err 'folder'
expect 2 explore /dev/null
contains err '/dev/null:1:1: error: the scenario has no thread'
expect 4 explore missing.snarl
contains err 'missing.snarl'
printf 'thread A { skip }' | "$snarl" explore -q - >out 2>err || failures=$((failures + 1))
contains out '<stdin>'
printf 'thread A { lok m }' | "$snarl" explore -q - >out 2>err
contains err '<stdin>:1:12: error:'
if [ "$(id -u)" -ne 0 ]; then
    printf 'thread A { skip }' >secret.snarl
    chmod 0 secret.snarl
    expect 4 explore secret.snarl
    contains err 'secret.snarl'
fi
# -D
printf 'const N = 2\nshared a[N]\nthread w[N] { a[self] = 1 }\n' >sized.snarl
for value in 99999999999999999999 9223372036854775807 -9223372036854775808 -1 0 1000001 '' x 1e3 0x10000000000000000 "$(printf '%05000d' 7)x"; do
    expect 2 explore -D "N=$value" sized.snarl
done
expect 0 explore -q -D N=3 sized.snarl
expect 2 explore -D "$(printf 'N\033[31m=3')" sized.snarl
! LC_ALL=C grep -q "$(printf '\033')" err || { echo "FAILED: an escape sequence of the command line in a message"; failures=$((failures + 1)); }
finish
