/* Lowering: how many steps each construct makes (LANGUAGE: what one step is), in both granularities, and which registers are kept. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/lang.h"
#include "program/flow.h"
#include "program/program.h"

static const char prelude[] = "shared x, y, a[3]\natomic z\nmutex m\nrwlock rw\nrwlock wf writers first\nsemaphore s = 1\ncondition c\nbarrier b = 2\n"
                              "event e\nqueue q[2]\nonce o\nwaitgroup g = 1\nfn sum(u, v) { return u + v }\nfn touch() { x = 1 }\n";

typedef struct Row {
    const char *body;
    uint32_t steps, statement_steps; /* places to stand at, in each granularity */
} Row;

/* Statement granularity has a place ahead of each access of a statement; only those that begin it are stood at, the others are listed too. */
static const Row rows[] = {
    {"skip", 1, 1},
    {"local t = x", 1, 1},
    {"local t = 1; t += 2", 0, 0},
    {"x = 1", 1, 1},
    {"x += 1", 2, 2},
    {"x++", 2, 2},
    {"x = y", 2, 2},
    {"x = y + z", 3, 3},
    {"a[x] = y", 3, 3},
    {"a[x] += 1", 3, 3},
    {"a[1] = 2", 1, 1},
    {"if (x == 1 && y == 1) { }", 2, 2},
    {"while (x) { }", 1, 1},
    {"cas(z, 0, 1)", 1, 1},
    {"x = cas(z, 0, 1)", 2, 2},
    {"fetch_add(z, x)", 2, 2},
    {"exchange(z, 1)", 1, 1},
    {"local t = choose(1, 2)", 1, 1},
    {"print \"x = \", x", 2, 2},
    {"assert x == 1", 1, 1},
    {"assume 1 == 1", 0, 0},
    {"yield; fence; progress", 2, 2},
    {"lock m; unlock m", 2, 2},
    {"with m { skip }", 3, 3},
    {"rdlock rw; unlock rw", 2, 2},
    {"wrlock rw; unlock rw", 2, 2},
    {"wrlock wf; unlock wf", 3, 3},
    {"acquire s; release s; release s, x", 4, 4},
    {"wait c with m", 3, 3}, /* give back, asleep, take again */
    {"wait b", 2, 2},        /* arrive, waiting */
    {"set e; clear e; wait e", 3, 3},
    {"add g, 2; done g; wait g", 3, 3},
    {"put q, x", 2, 2},
    {"x = get q", 2, 2},
    {"local t = get q", 1, 1},
    {"close q; local t = len(q) + closed(q)", 3, 3},
    {"do o { skip }", 3, 3},
    {"await (x == 1 && y == 2)", 1, 1},
    {"atomic { x = y; z = x }", 1, 1},
    {"atomic when (x) { y = 1 }", 1, 1},
    {"if (try lock m) { unlock m }", 2, 2},
    {"select { when put q, 1 { } when lock m { unlock m } else { } }", 2, 2},
    {"local t = sum(x, y)", 2, 2},
    {"touch()", 1, 1},
    {"local h = spawn touch(); join h", 2, 2},
    {"join B", 1, 1},
    {"for i in 0..3 { x = i }", 1, 1},
    {"repeat 3 { skip }", 1, 1},
    {"exit; skip", 1, 1},
    {"destroy m", 1, 1},
};

static Program *lower(Arena *arena, DiagList *diagnostics, Source *source, bool statement)
{
    Scenario *scenario;
    Program *program;
    const LowerOptions options = {.statement_granularity = statement};
    ck_assert_msg(lang_load(arena, source, NULL, 0, diagnostics, &scenario) == STATUS_OK, "does not load: %s", source->text);
    ck_assert_int_eq(program_lower(arena, scenario, &options, diagnostics, &program), STATUS_OK);
    return program;
}

START_TEST(steps_of_each_construct)
{
    const Row *row = &rows[_i];
    char text[1024];
    ck_assert_int_lt(snprintf(text, sizeof text, "%sthread A { %s }\nthread B { skip }\n", prelude, row->body), (int)sizeof text);
    for (int statement = 0; statement < 2; statement++) {
        Arena arena = {0};
        DiagList diagnostics;
        Source source = {.name = "test.snarl", .text = text, .length = strlen(text)};
        const Program *program = lower(&arena, &diagnostics, &source, statement);
        uint32_t wanted = statement ? row->statement_steps : row->steps;
        ck_assert_msg(program->threads[0].point_count == wanted, "%s: %u steps instead of %u", row->body, program->threads[0].point_count, wanted);
        arena_free(&arena);
    }
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* Only what is read again later is kept between steps; with keep_locals every named local. */
START_TEST(kept_registers)
{
    static char text[] = "shared x\nthread A { local t = x; local unused = 5; x = t + 1; skip }\n";
    Arena arena = {0};
    DiagList diagnostics;
    Source source = {.name = "test.snarl", .text = text, .length = strlen(text)};
    const Program *program = lower(&arena, &diagnostics, &source, false);
    jmp_buf escape;
    arena.escape = &escape;
    ck_assert_int_eq(setjmp(escape), 0);
    const ThreadCode *thread = &program->threads[0];
    const LiveSet *needed = flow_liveness(&arena, program, thread, false), *named = flow_liveness(&arena, program, thread, true);
    const uint32_t expected[] = {0, 0, 1, 0}; /* at the end, before the read, before the write (t + 1), before skip */
    ck_assert_uint_eq(thread->point_count, 3);
    for (uint32_t p = 0; p <= 3; p++) {
        ck_assert_uint_eq(needed[p].count, expected[p]);
        ck_assert_uint_ge(named[p].count, 2);
    }
    /* The write is computed from a read of the same variable: it is watched ahead of the write only. */
    ck_assert_uint_eq(thread->token_count, 1);
    ck_assert(!thread->tracks_taint);
    ck_assert_uint_eq(thread->points[1].watched[0], 0);
    ck_assert_uint_eq(thread->points[2].watched[0], 1);
    ck_assert_uint_eq(thread->points[3].watched[0], 0);
    arena_free(&arena);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("program");
    TCase *tests = tcase_create("program");
    tcase_add_loop_test(tests, steps_of_each_construct, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tests, kept_registers);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
