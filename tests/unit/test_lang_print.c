/* Printing and loading again gives the same text, and so the same tree; and no text whatever brings the loader down. */
#include "lang_fixture.h"

static const char everything[] =
    "// every form of the language\n"
    "const N = 2, M = N * (3 - 1)\nenum { idle, busy }\nenum { gone }\n"
    "shared x = 0, y, a[3] = {1, 2}, b[2 * N - 1] = 7\natomic ready = false\nmutex m, fork[5]; recursive mutex rm\n"
    "rwlock rw writers first, rw2\nsemaphore s = 3, s2[2] = {1, 0} max 1\ncondition c, cc[2]\nbarrier b1 = 3\nevent e\n"
    "queue q[3] = {1, 2}, qq[N][4], r[0]\nonce o\nwaitgroup g = 3\n"
    "fn f(v, u) { local z = v + u; return z }\nfn nothing() { return }\n"
    "thread w[N] {\n"
    "    local t = x, arr[4] = {1}, arr2[2] = 5, arr3[2]\n"
    "    x = t + 1; y += 2; y++; x <<= 1\n"
    "    lock m; unlock m; lock fork[self]; with fork[(self + 1) % 5] { skip }\n"
    "    wait c with m; wait b1; wait e; set e; clear e; wait g; add g, 2; done g\n"
    "    rdlock rw; unlock rw; wrlock rw; acquire s; release s; release s, 2; signal c; broadcast cc[1]\n"
    "    put q, 3; local i1 = get q; local i2, ok = get q; i1, ok = get q; i1 = get q; get q; close q; destroy m\n"
    "    do o { y = 1 }\n    await (x == 1 &&\n y == 2)\n    atomic { y = 1; y = 2 }\n    atomic when (y == 1) { y = 3 }\n"
    "    local h = spawn f(1, 2); spawn nothing(); join h; join A; join w; join w[1]\n"
    "    if (try lock m) { unlock m } else if (try i1 = get q) { } else { }\n    ok = try put q, 3; ok = !(try put q, 3) && 1\n"
    "    select { when i1 = get q { } when put q, 3 { y = 1 } when await (y == 1) { } when join A { } else { } }\n"
    "    h = f(1, -(2)); nothing(); loop { break }\n    while (!closed(q)) { continue }\n"
    "    for i in 0..N { }\n    for i in 0..=N { y = i }\n    repeat 3 { progress }\n"
    "    print \"x = \", x, \"\\n\\\"\\\\\"; assert x == 1, \"te\\\"xt\"; assert (x == 1) || y; assume x >= min(1, 2, 3)\n"
    "    y = cas(x, 0, 1) + choose(0..2) * fetch_add(y, 1) - - exchange(y, 2) - -1 + +x\n"
    "    y = len(q) + len(a) ? abs(-1) : choose(1, 5, 9) ? ~x : (x ? 1 : 2)\n    y = (x ? 1 : 2) ? 3 : 4\n"
    "    y = 1 - (2 - 3) - -9223372036854775808; y = x == 1 == (1 == 0)\n"
    "    serial { y = y + 1 }\n    fence; yield; { y = 1 }\n    exit\n}\n"
    "daemon thread A, B { local k = self; y = k }\n"
    "pool p[N], p2[1]; process pool pp[2] start 40 ms copy 0.5 us\nfn sq(v) { return v * v }\nfibre F, G[2] { yield; put q, 1 }\n"
    "thread P { local res[3] = map p, sq, a; res = map pp, sq, res; map p, sq, a; future u = submit p, sq(2); local v3 = await u; submit p2, sq(1)\n"
    "    v3 = submit p, sq(3); await v3; with p2 { skip }; shutdown p; if (try await u) { }; select { when await u { } else { } } }\n"
    "coroutine co(v) { await get q; local w1 = await get q; await lock m; await wait c with m; unlock m; await (x == 1); await sleep 2 ms; return v }\n"
    "coroutine main(v) { local t1 = await co(1); await co(2); task t2 = co(3), t3 = co(4); task co(5); local l[2] = {t2, t3}\n"
    "    gather t2, co(6); local a1, a2 = gather co(7), t3; local a3[2] = gather l; a1, x = gather t2, t3; await gather l\n"
    "    for k in as_completed(co(8), t2, l) { print k }\n    yield; co(9); t1 = await t2; await t3; x, y = await get q; return await co(1) }\nrun main(N)\n"
    "clock virtual\nruntime gil; cores N + 1 quantum 5 ms\ntakes 0.25 s..(N + 1) min\n"
    "thread T { sleep 1.5 s; io x * 20 us; compute (x ? 1 : 2) min; sleep 0 ns }\n"
    "always x <= N\nfinally x == N && w[0].t >= 0 && A.k == 0\neventually f[3].z == 1 || f.v == 2\n"
    "outcome x, a, a[ 1 ], A.k, w[N - 1] . t, output\n"
    "expect data race, lost update on x, final on fork[N - 1], lock order\n";

static char *printed(const char *text)
{
    Loaded loaded;
    loaded_begin_fine(&loaded, text);
    Text out = {0};
    print_scenario(&out, loaded.scenario);
    mem_free(loaded.messages);
    arena_free(&loaded.arena);
    return text_take(&out);
}

START_TEST(round_trip)
{
    char *once = printed(everything);
    char *twice = printed(once);
    ck_assert_str_eq(once, twice);
    mem_free(once);
    mem_free(twice);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(canonical)
{
    char *text = printed("shared   x,y=2 ; mutex m\nthread A{if(x==1){with m{x=y}}else if(x){}else{skip}}\nfinally x==1");
    ck_assert_str_eq(text, "shared x\nshared y = 2\nmutex m\n\nthread A {\n    if (x == 1) {\n        with m {\n            x = y\n        }\n"
                           "    } else if (x) {\n    } else {\n        skip\n    }\n}\n\nfinally x == 1\n");
    mem_free(text);
}
END_TEST

/* Trees that were built rather than parsed have no parentheses noted: they come where precedence needs them. */
START_TEST(parentheses)
{
    Expr one = {.kind = EXPR_INTEGER, .value = 1}, two = {.kind = EXPR_INTEGER, .value = -2};
    Expr sum = {.kind = EXPR_BINARY, .binary = BINARY_ADD, .a = &one, .b = &two};
    Expr product = {.kind = EXPR_BINARY, .binary = BINARY_MULTIPLY, .a = &sum, .b = &sum};
    Expr difference = {.kind = EXPR_BINARY, .binary = BINARY_SUBTRACT, .a = &product, .b = &sum};
    Expr negative = {.kind = EXPR_UNARY, .unary = UNARY_NEGATE, .a = &two};
    Expr choice = {.kind = EXPR_CONDITIONAL, .a = &difference, .b = &negative, .c = &one};
    Expr all = {.kind = EXPR_UNARY, .unary = UNARY_NOT, .a = &choice};
    Text text = {0};
    print_expression(&text, &all);
    ck_assert_str_eq(text.bytes, "!((1 + -2) * (1 + -2) - (1 + -2) ? - -2 : 1)");
    text_free(&text);
}
END_TEST

/* -------------------------------------------------------------------- fuzz */

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % limit;
}

/* Loads the bytes; what loads must print and load again to the same text. */
static void feed(const char *bytes, size_t length)
{
    Loaded loaded;
    loaded_begin_bytes(&loaded, bytes, length, NULL, 0);
    ck_assert_ptr_nonnull(loaded.messages);
    if (loaded.status == STATUS_OK) {
        Text once = {0}, twice = {0};
        print_scenario(&once, loaded.scenario);
        Loaded again;
        loaded_begin_bytes(&again, once.bytes, once.length, NULL, 0);
        ck_assert_int_eq(again.status, STATUS_OK);
        print_scenario(&twice, again.scenario);
        ck_assert_str_eq(once.bytes, twice.bytes);
        text_free(&once);
        text_free(&twice);
        mem_free(again.messages);
        arena_free(&again.arena);
    } else {
        ck_assert_int_eq(loaded.status, STATUS_INVALID);
        ck_assert_uint_gt(loaded.diagnostics.errors, 0);
    }
    loaded_end(&loaded);
}

START_TEST(random_bytes)
{
    static const char alphabet[] = "(){}[];,\n\n  =+-*/<>&|!~?:.\"'\\#0123456789abcxyz_\xd1\x87\xff";
    random_state = 1;
    for (int i = 0; i < 1500; i++) {
        char bytes[200];
        size_t length = random_below(sizeof bytes);
        for (size_t j = 0; j < length; j++)
            bytes[j] = i % 2 == 0 ? (char)random_below(256) : alphabet[random_below(sizeof alphabet)];
        feed(bytes, length);
    }
}
END_TEST

/* Words and signs of a correct file deleted, doubled, exchanged. */
START_TEST(mutations)
{
    size_t length = sizeof everything - 1;
    char *bytes = malloc(length * 2);
    random_state = 2;
    for (int i = 0; i < 2500; i++) {
        size_t count = length;
        memcpy(bytes, everything, length);
        for (uint32_t changes = 1 + random_below(4); changes > 0; changes--) {
            size_t at = random_below((uint32_t)count - 40), from = random_below((uint32_t)length - 40), size = 1 + random_below(12);
            switch (random_below(3)) {
            case 0: /* delete */
                memmove(bytes + at, bytes + at + size, count - at - size);
                count -= size;
                break;
            case 1: /* insert */
                memmove(bytes + at + size, bytes + at, count - at);
                memcpy(bytes + at, everything + from, size);
                count += size;
                break;
            default: memcpy(bytes + at, everything + from, size); break;
            }
        }
        feed(bytes, count);
    }
    free(bytes);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {round_trip, canonical, parentheses, random_bytes, mutations};
    return run_tests("lang print", tests, sizeof tests / sizeof *tests);
}
