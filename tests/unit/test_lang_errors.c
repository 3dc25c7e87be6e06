/* The exact reports for typical mistakes: each test is a scenario and all that is said about it. */
#include "lang_fixture.h"

START_TEST(unknown_names)
{
    check_reports("shared counter\nthread A { cuonter = 1 }\n", "2:12: error: unknown name 'cuonter' [did you mean 'counter'?]");
    check_reports("mutex gate\nthread A { lock gat }", "2:17: error: unknown name 'gat' [did you mean 'gate'?]");
    check_reports("shared gate1\nmutex gate2\nthread A { lock gate }", "3:17: error: unknown name 'gate' [did you mean 'gate2'?]");
    check_reports("thread A { z = 1 }",
                  "1:12: error: unknown name 'z' [declare it with 'local z = 0' here, or with 'shared z = 0' for all threads]");
    /* once for each body */
    check_reports("shared x\nthread A { zz = x\n zz = 2 }\nthread B { zz = 1 }",
                  "2:12: error: unknown name 'zz' [declare it with 'local zz = 0' here, or with 'shared zz = 0' for all threads]\n"
                  "4:12: error: unknown name 'zz' [declare it with 'local zz = 0' here, or with 'shared zz = 0' for all threads]");
    check_reports("shared счётчик\nthread A { счетчик = 1 }", "2:12: error: unknown name 'счетчик' [did you mean 'счётчик'?]");
}
END_TEST

START_TEST(misspelt_words)
{
    check_reports("mutex m\nthread A { lok m }", "2:12: error: 'lok' begins no statement [did you mean 'lock'?]");
    check_reports("shared x\nthread A { wile (x < 2) { x++ } }", "2:12: error: 'wile' begins no statement [did you mean 'while'?]");
    check_reports("thred A { }\nthread B { }", "1:1: error: 'thred' begins no declaration [did you mean 'thread'?]");
    check_reports("thread A { }\nfinaly 1 == 1", "2:1: error: 'finaly' begins no declaration [did you mean 'finally'?]");
}
END_TEST

START_TEST(wrong_object)
{
    check_reports("semaphore s = 1\nthread A { lock s }", "2:17: error: 's' is a semaphore, 'lock' needs a mutex [use 'acquire s']");
    check_reports("mutex m\nthread A { release m }", "2:20: error: 'm' is a mutex, 'release' needs a semaphore [use 'unlock m']");
    check_reports("rwlock rw\nthread A { lock rw }",
                  "2:17: error: 'rw' is an rwlock, 'lock' needs a mutex [use 'rdlock rw' to read or 'wrlock rw' to write]");
    check_reports("rwlock rw\nthread A { with rw { } }",
                  "2:17: error: 'rw' is an rwlock, 'with' needs a mutex or a semaphore [use 'rdlock rw' or 'wrlock rw', and 'unlock rw']");
    check_reports("condition c; mutex gate\nthread A { wait c }",
                  "2:12: error: waiting on the condition 'c' needs the mutex that is given back meanwhile [write 'wait c with gate']");
    check_reports("barrier b = 2; mutex m\nthread A { wait b with m }", "2:24: error: 'with' is for conditions, 'b' is a barrier [write 'wait b']");
    check_reports("shared x\nthread A { wait x }",
                  "2:17: error: 'x' is a variable, 'wait' needs a condition, a barrier, an event or a waitgroup [use 'await (x == ...)' to wait for a value]");
    check_reports("mutex m\nshared x\nthread A { x = m }", "3:16: error: 'm' is a mutex and has no value ['try lock m' tells whether it could be locked]");
    check_reports("mutex m[2]\nthread A { lock m }", "2:17: error: 'm' is an array; one element is needed here [write 'm[0]']");
    check_reports("mutex m\nthread A { lock m[1] }", "2:17: error: 'm' is a mutex, not an array");
}
END_TEST

START_TEST(assignment_and_comparison)
{
    check_reports("shared x\nthread A { if (x = 1) { x = 2 } }", "2:18: error: '=' assigns, a comparison is written '==' [write '==']");
    check_reports("shared x\nthread A { x == 1 }", "2:12: error: this statement has no effect ['==' compares; an assignment is written '=']");
    check_reports("const N = 1\nthread A { N = 2 }", "2:12: error: 'N' is a constant and cannot be assigned to [declare it with 'shared' (line 1)]");
    check_reports("shared x\nthread A { 1 = x }", "2:12: error: only a variable can be assigned to [its name stands on the left side: 'x = ...']");
    check_reports("shared x\nthread A { x, x = 1 }", "2:19: error: only 'get' has two results [write one assignment a line]");
    check_reports("shared x\nfinally x = 1\nthread A { x = 1 }", "2:11: error: '=' assigns, a comparison is written '==' [write '==']");
}
END_TEST

START_TEST(other_languages)
{
    check_reports("def f(x):\n    return 1\nthread A { f(1) }", "1:1: error: 'def' is not a word of the language [write 'fn name(a, b) { ... }']");
    check_reports("shared x\nthread A {\n if (x) { x = 1 }\n elif (x == 2) { x = 2 }\n}",
                  "4:2: error: 'elif' is not a word of the language [write 'else if (...)']");
    check_reports("shared x\nthread A {\n while (x < 1):\n  x = 1\n}", "3:15: error: expected '{' after 'while (...)', found ':' [blocks stand in braces: { ... }]");
    check_reports("shared x\nthread A {\n if x == 1 { x = 2 }\n}", "3:5: error: the condition of 'if' stands in parentheses [write 'if (...)']");
    check_reports("shared x\nthread A {\n if (x) x = 2\n}", "3:9: error: expected '{' after 'if (...)', found 'x' [the body stands in braces: { ... }]");
    check_reports("shared x\nthread A {\n for (int i = 0; i < 3; i++) { x = i }\n}",
                  "3:6: error: a 'for' loop counts through a range [write 'for i in 0..n { ... }']");
    check_reports("shared x\nthread A {\n for i in range(3) { x = i }\n}",
                  "3:11: error: 'range' is not a word of the language [write 'for i in 0..n { ... }']");
    check_reports("thread A {\n int y = 0\n y = 1\n}", "2:2: error: 'int' is not a word of the language [inside a thread write 'local x = 0', outside 'shared x = 0']");
    check_reports("mutex m\nthread A {\n m.lock()\n lock(&m)\n lock(m)\n}", "3:3: error: objects have no methods [write 'lock m']\n"
                                                                              "4:7: error: there are no pointers, '&' has no meaning here [write 'm' alone]");
    check_reports("queue q[1]\nthread A { put(q, 1) }", "2:15: error: the operands of 'put' stand without parentheses [write 'put q, ...']");
    check_reports("thread A { x := 3 }", "1:14: error: ':=' is no operator [write 'local x = ...']");
    check_reports("shared x\nthread A { x = True and not x }", "2:16: error: unknown name 'True' [write 'true']\n"
                                                              "2:21: error: 'and' is not a word of the language [write '&&']");
    check_reports("shared x\nthread A { x = 'a' }", "2:16: error: a text stands in double quotes [write \"a\"]\n"
                                                   "2:16: error: a text can only stand in 'print' and 'assert' [values are whole numbers; 'enum { idle, busy }' gives names to some]");
    check_reports("# hello\nthread A { }", "1:1: error: '#' has no meaning here [comments begin with //]");
    check_reports("shared x\nthread A { ++x }", "2:12: error: '++' is a statement of its own, behind its variable [write 'x++' on a line of its own]");
    check_reports("thread A { printf(\"x\") }", "1:12: error: 'printf' is not a word of the language [write 'print \"x = \", x']");
}
END_TEST

START_TEST(brackets)
{
    check_reports("thread A {\n skip\nthread B { }", "2:6: error: missing '}' [the '{' in line 1, column 10 is still open]");
    check_reports("shared x\nthread A {\n    if (x == 1) {\n        x = 2\n}\nthread B { x = 1 }",
                  "5:2: error: missing '}' [the '{' in line 3, column 17 is still open]");
    check_reports("thread A { } }\nthread B { }", "1:14: error: '}' closes nothing [remove it, or look for the '{' that is missing above]");
    check_reports("shared x\nthread A { x = (1 + 2 }\nthread B { x = [1] }", "2:22: error: missing ')' [the '(' in line 2, column 16 is still open]\n"
                                                                             "3:16: error: expected a value, found '[' [the values of an array stand in braces, behind its length: a[3] = {1, 2, 3}]");
    check_reports("shared x, a[2] = {1, 2\nthread A { x = 1 }", "2:1: error: expected ',' or '}' in the list of values, found 'thread'");
}
END_TEST

START_TEST(calls)
{
    check_reports("shared x\nfn f(a) { return a }\nthread A { x = f(1) + 1 }",
                  "3:16: error: a call stands alone or as the whole right side of an assignment [write 'local t = f(...)' first, then use t]");
    check_reports("shared x\nfn f(a) { return a }\nthread A { x += f(1); x -= f(x) }", "");
    check_reports("shared x\nfn f(a) { return a }\nthread A { x += spawn f(1) }",
                  "3:17: error: 'spawn' stands alone or as the whole right side of an assignment [write 'local h = spawn f(...)' first, then use h]");
    check_reports("fn f(a) { return a }\nthread A { f() }", "2:12: error: 'f' takes 1 argument, not 0 [it is declared in line 1]");
    check_reports("fn f(a, b) { return a }\nthread A { f(1, 2, 3) }", "2:12: error: 'f' takes 2 arguments, not 3 [it is declared in line 1]");
    check_reports("fn f() { f() }\nthread A { f() }", "1:10: error: recursion: 'f' calls itself [write a loop; 'spawn' may name the function itself]");
    check_reports("fn f() { g() }\nfn g() { f() }\nthread A { f() }",
                  "2:10: error: recursion: f -> g -> f [write a loop; 'spawn' may name the function itself]");
    check_reports("fn f() { spawn f() }\nthread A { f() }", "");
    check_reports("thread B { }\nthread A { spawn B() }", "2:12: error: 'B' is a thread, not a function [it starts with the scenario; 'spawn' starts an 'fn']");
    check_reports("fn f() { }\nthread A { join f }",
                  "2:17: error: 'f' is a function; a thread started from it is joined by its handle [write 'local h = spawn f(...)' and 'join h']");
}
END_TEST

START_TEST(places)
{
    check_reports("thread A { break }", "1:12: error: 'break' outside of a loop [it belongs into a 'while', 'for' or 'loop'; 'return' leaves a function, 'exit' ends the thread]");
    check_reports("thread A { return 1 }", "1:12: error: a thread returns no value [write 'exit'; a result goes into a shared variable]");
    check_reports("shared x\nthread A { x = 1 }\nfinally x == self", "3:14: error: 'self' has a value in threads and functions only [name each, as in 'a[0] == 1 && a[1] == 1', or write 'assert' inside the thread]");
    check_reports("x = 1\ny = 2\nthread A { }", "1:1: error: a statement stands inside a thread or function [write 'thread main { ... }' around it]");
    check_reports("thread A {\n shared z = 1\n z = 2\n}",
                  "2:2: error: 'shared' stands outside of threads and functions [move it to the top level, or write 'local' for a private variable]");
    check_reports("local x = 1\nthread A { x = 2 }", "1:1: error: 'local' stands inside a thread or function [write 'shared' for a variable of all threads]");
    check_reports("shared x, y\nthread A { x = 1 + get y }",
                  "2:20: error: 'get' can only be the whole right side of an assignment [write 'local x = get q' first, then use x]");
    check_reports("queue y[1]\nshared x\nthread A { if (x = get y) { } }", "3:18: error: 'get' in a condition needs 'try' [write 'try x = get q': 1 when there was an item]");
    check_reports("mutex m\nshared x\nthread A { x = lock m }", "3:16: error: 'lock' is a statement and has no value ['try lock ...' tells whether it was possible]");
    check_reports("shared x\nthread A { await (cas(x, 0, 1)) }", "2:19: error: 'cas' cannot stand in 'await', which only reads");
    check_reports("shared x\nthread A { x = 1 }\nalways choose(0, 1) == x", "3:8: error: 'choose' cannot stand in 'always', which only reads");
    check_reports("condition c\nmutex m\nthread A { if (try wait c with m) { } }",
                  "3:20: error: waiting on a condition takes two steps and cannot stand in 'try'");
}
END_TEST

START_TEST(declarations)
{
    check_reports("shared x\nmutex x\nthread A { x = 1 }", "2:7: error: 'x' is declared twice [the first is a variable in line 1]");
    check_reports("thread A { local y = 1\n local y = 2 }", "2:8: error: 'y' is declared twice in this block [the first is in line 1]");
    check_reports("shared y\nthread A { local y = 1 }",
                  "2:18: warning: the local variable 'y' hides a variable of this name [it is declared in line 1; another name avoids confusion]");
    check_reports("semaphore s\nthread A { acquire s }", "1:11: error: the semaphore 's' needs its initial value [write 'semaphore s = 1']");
    check_reports("queue q\nthread A { }", "1:7: error: the queue 'q' needs a capacity [write 'queue q[3]', or 'queue q[0]' for a rendezvous]");
    check_reports("shared a[-1], b[0]\nthread A { }", "1:10: error: the length of 'a' is -1, it must be at least 1\n"
                                                    "1:17: error: the length of 'b' is 0, it must be at least 1");
    check_reports("shared a[2] = {1, 2, 3}\nthread A { }", "1:22: error: 'a' has 2 elements, here are 3 values [write 'a[3]' for all of them]");
    check_reports("shared a[1000001]\nthread A { }", "1:10: error: the length of 'a' is 1000001, more than 1000000");
    check_reports("const A1 = 9223372036854775807 + 1, B1 = 1 / 0, C1 = 1 << 64\nthread A { }",
                  "1:12: error: the value does not fit 64 bits\n1:42: error: division by zero\n"
                  "1:54: error: a shift by 64 is out of range [0 to 63 are possible]");
    check_reports("const A1 = B1\nconst B1 = 1\nthread A { }", "1:12: error: the constant 'B1' is declared later [move its declaration (line 2) up]");
    check_reports("shared n = 2\nmutex m[n]\nthread A { n = 1 }",
                  "2:9: error: the length of 'm' must be a constant, 'n' is a variable [declare 'n' with 'const']");
    check_reports("shared if\nthread A { }", "1:8: error: 'if' is a word of the language and cannot be a name [choose another name]");
    check_reports("shared x = 99999999999999999999\nthread A { x = 1 }", "1:12: error: the number does not fit 64 bits [the greatest is 9223372036854775807]");
    check_reports("", "1:1: error: the scenario has no thread [write 'thread main { ... }']");
}
END_TEST

START_TEST(properties)
{
    check_reports("thread A { local t = 1 }\nfinally t == 1", "2:9: error: unknown name 't' [a local variable is named with its thread: 'A.t']");
    check_reports("thread A[2] { local t = 1 }\nfinally A.t == 1", "2:9: error: 'A' is a family of 2 threads [write 'A[0].t']");
    check_reports("thread A[2] { local t = 1 }\nfinally A[2].t == 1", "2:11: error: 'A' has no number 2 [its threads are A[0] to A[1]]");
    check_reports("thread A { local total = 1 }\nfinally A.totl == 1", "2:9: error: 'A' has no outermost local variable 'totl' [did you mean 'A.total'?]");
    check_reports("thread A { }\nexpect lost updat", "2:8: error: 'lost updat' is no kind of finding [did you mean 'lost update'?]");
    check_reports("thread A { }\nexpect data-race", "2:8: error: 'data-race' is written with a blank here [write 'data race']");
    check_reports("thread A { }\nexpect ok, deadlock", "2:1: error: 'ok' stands alone: nothing else is found then");
    check_reports("thread A { }\nexpect ok\nexpect ok", "3:1: error: a second 'expect' [the first is in line 2; join both lists with ',']");
    check_reports("shared a[2]\nthread A { a[0] = 1 }\noutcome a[2]", "3:11: error: 'a' has no element 2, they are 0 to 1");
    check_reports("shared a\nthread A { a = 1 }\noutcome a, a + 1", "3:12: error: an outcome names variables: x, a[1], A.t, output");
}
END_TEST

START_TEST(domains)
{
    check_reports("coroutine f() { return 1 }\nthread A { await f() }",
                  "2:12: error: this 'await' stands only in a coroutine");
    check_reports("coroutine f() { return 1 }\ncoroutine main() { local x = f() }\nrun main()",
                  "2:30: error: the call of a coroutine has no value until it is awaited [write 'await f(...)']");
    check_reports("fn f() { return 1 }\ncoroutine main() { local x = await f()\n task t = f() }\nrun main()",
                  "2:30: error: 'f' is no coroutine, there is nothing to await [write 'f(...)', or declare it in line 1 as 'coroutine f(...)']\n"
                  "3:11: error: 'f' is no coroutine [declare it in line 1 as 'coroutine f(...)', or start a thread: 'spawn f(...)']");
    check_reports("coroutine f() { skip }\nthread A { task t = f()\n spawn f() }",
                  "2:21: error: a task is started in the event loop, by a coroutine\n"
                  "3:2: error: 'f' is a coroutine and runs in the event loop [write 'task t = f(...)'; 'spawn' needs an 'fn']");
    check_reports("fn f(n) { skip }\nrun f(1)", "2:5: error: 'f' is a function, 'run' needs a coroutine");
    check_reports("coroutine f(n) { skip }\nrun f()", "2:5: error: 'f' takes 1 argument, not 0");
    check_reports("coroutine f() { skip }\nrun f()\nrun f()",
                  "3:1: error: a scenario has one event loop, it is run in line 2 [start the other coroutine inside of it: 'task t = f()']");
    check_reports("coroutine f() { local a, b, c = gather f2(), f2() }\ncoroutine f2() { skip }\nrun f()",
                  "1:23: error: 'gather' has 2 results here, for 3 variables");
    check_reports("future f = submit p, square(3)\nthread A { skip }",
                  "1:1: error: a statement stands inside a thread or function [write 'thread main { ... }' around it]");
    check_reports("fiber A { skip }\nthread B { create_task(f) }",
                  "1:1: error: 'fiber' is not a word of the language [write 'fibre name { ... }']\n"
                  "2:12: error: 'create_task' is not a word of the language [write 'task t = f(1)']");
    check_reports("pool p\nthread A { skip }", "1:6: error: the pool 'p' needs the number of its workers [write 'pool p[4]']");
    check_reports("pool p[0]\nthread A { skip }", "1:8: error: the number of workers of 'p' is 0, it must be at least 1");
    check_reports("pool p[2]\nfn f(x) { skip }\nshared a[2], b\nthread A { map p, f, b\n lock p }",
                  "4:22: error: 'map' needs a whole array\n"
                  "5:7: error: 'p' is a pool, 'lock' needs a mutex");
    check_reports("shared task, pool, gather, run, submit\nthread A { task = gather\n submit = pool\n run++ }", ""); /* ordinary names elsewhere */
}
END_TEST

/* All errors of a file are reported, in the order of their places. */
START_TEST(several)
{
    check_reports("shared x = \n"
                  "mutex m\n"
                  "thread A, B {\n"
                  "    lok m\n"
                  "    x = y +\n"
                  "}\n"
                  "thread C { unlock n }\n"
                  "finally x = 1\n",
                  "1:11: error: expected a value, found the end of the line\n"
                  "4:5: error: 'lok' begins no statement [did you mean 'lock'?]\n"
                  "5:9: error: unknown name 'y' [declare it with 'local y = 0' here, or with 'shared y = 0' for all threads]\n"
                  "5:12: error: expected a value, found the end of the line\n"
                  "7:19: error: unknown name 'n' [declare it outside of the threads: 'mutex n']\n"
                  "8:11: error: '=' assigns, a comparison is written '==' [write '==']");
}
END_TEST

START_TEST(limits)
{
    Text text = {0};
    text_add(&text, "shared x\nthread A { x = ");
    for (int i = 0; i < 1000; i++)
        text_add_char(&text, '(');
    text_add(&text, "1\n}");
    check_reports(text.bytes, "2:115: error: nested more than 200 levels deep [move the inner part into a function]");
    text.length = 0;
    text_add(&text, "shared x\nthread A { x = 1");
    for (int i = 0; i < 1000; i++)
        text_add(&text, "+1");
    text_add(&text, " }");
    check_reports(text.bytes, "2:16: error: the expression is too long [compute it in several statements]");
    text_free(&text);
}
END_TEST

/* The lines under a report: tabs kept, wide and combining characters measured. */
START_TEST(layout)
{
    Loaded loaded;
    loaded_begin(&loaded, "thread A {\n\t線 = 1\n}");
    ck_assert_str_eq(loaded.messages, "t:2:2: error: unknown name '線'\n"
                                      "    \t線 = 1\n"
                                      "    \t^~\n"
                                      "    hint: declare it with 'local 線 = 0' here, or with 'shared 線 = 0' for all threads\n");
    loaded_end(&loaded);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {unknown_names, misspelt_words, wrong_object, assignment_and_comparison, other_languages, brackets, calls, places,
                                  declarations, properties, domains, several, limits, layout};
    return run_tests("lang errors", tests, sizeof tests / sizeof *tests);
}
