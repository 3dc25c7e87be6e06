/* Execution domains: small scenarios counted by hand; random coroutines and fibres against threads that hand a baton over,
 * random pools against threads that draw tickets; what goes wrong in each model; memory that ends. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/text.h"
#include "snarl/snarl.h"

static SnScenario *scenario;
static SnResult *result;

static void explore(const char *text)
{
    char *message;
    SnStatus status = sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s\n%s", message == NULL ? "(no message)" : message, text);
    sn_string_free(message);
    sn_explore(scenario, NULL, &result, &message);
    ck_assert_msg(result != NULL, "%s\n%s", message == NULL ? "(no message)" : message, text);
}

static void drop(void)
{
    sn_result_free(result);
    sn_scenario_free(scenario);
    result = NULL;
    scenario = NULL;
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

static const SnFinding *finding(const char *kind)
{
    for (uint32_t f = 0; f < result->finding_count; f++)
        if (strcmp(result->findings[f].kind, kind) == 0)
            return &result->findings[f];
    return NULL;
}

/* What is expected of a whole scenario: interleavings, outcomes, and kinds of findings, separated by blanks. */
static void check(const char *text, const char *interleavings, uint32_t outcomes, const char *kinds)
{
    explore(text);
    char found[256] = "";
    for (uint32_t f = 0; f < result->finding_count; f++) {
        const char *kind = result->findings[f].kind;
        if (strstr(found, kind) == NULL)
            snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", found[0] == '\0' ? "" : " ", kind);
    }
    ck_assert_msg(strcmp(found, kinds) == 0, "found '%s', not '%s' in\n%s", found, kinds, text);
    if (interleavings != NULL)
        ck_assert_msg(strcmp(result->interleavings, interleavings) == 0, "%s interleavings, not %s, in\n%s",
                      result->interleavings, interleavings, text);
    ck_assert_msg(result->outcome_count == outcomes, "%u outcomes, not %u, in\n%s", result->outcome_count, outcomes, text);
    drop();
}

/* ------------------------------------------------------------------------ by hand */

/* Each coroutine has two parts, before and behind its await: C(4,2) orders, of which 2 keep both updates. */
START_TEST(an_await_is_the_only_gap)
{
    check("shared x = 0\ncoroutine f() {\n local t = x\n await (true)\n x = t + 1\n}\n"
          "coroutine main() { gather f(), f() }\nrun main()\nfinally x == 2\n",
          "6", 2, "lost-update final");
    check("shared x = 0\ncoroutine f() {\n await (true)\n local t = x\n x = t + 1\n}\n"
          "coroutine main() { gather f(), f() }\nrun main()\nfinally x == 2\n",
          "2", 1, "");
    /* One part of two accesses, and a plain thread with two: C(4,2) orders. */
    check("shared x = 0\ncoroutine f() { x += 1 }\ncoroutine main() { await f() }\nrun main()\nthread A { x += 1 }\n", "6", 2,
          "data-race lost-update");
}
END_TEST

/* Rounds of main come behind the ends that they tell: the Catalan number 5 for each of 3! orders. */
START_TEST(rounds_follow_the_ends)
{
    check("outcome output\ncoroutine f(n) {\n await (true)\n return n\n}\n"
          "coroutine main() { for r in as_completed(f(1), f(2), f(3)) { local k = r } }\nrun main()\n",
          "30", 1, "");
    check("outcome output\ncoroutine f(n) {\n await (true)\n return n\n}\n"
          "coroutine main() { for r in as_completed(f(1), f(2)) { print r } }\nrun main()\n",
          "4", 2, "");
}
END_TEST

/* Four parts each between yields: C(8,4). A fibre that waits lets the other one run. */
START_TEST(fibres_take_turns)
{
    check("shared x = 0\nfibre A, B {\n repeat 3 {\n  x += 1\n  yield\n }\n}\nfinally x == 6\n", "70", 1, "");
    check("shared x = 0\nmutex m\nfibre A, B {\n lock m\n yield\n x += 1\n unlock m\n}\nfinally x == 2\n", "2", 1, "");
    check("shared ready = 0\nfibre A { while (ready == 0) {} }\nfibre B { ready = 1 }\n", "infinite", 1, "livelock");
    check("shared ready = 0\nfibre A { while (ready == 0) { yield } }\nfibre B { ready = 1 }\n", "infinite", 1, "");
    check("shared ready = 0\nfibre A { while (ready == 0) { if (choose(0, 1)) { yield } } }\nfibre B { ready = 1 }\n",
          "infinite", 1, "livelock");
    check("shared ready = 0\nfibre A { loop { progress\n ready = 1 - ready } }\nfibre B { ready = 2 }\n", "infinite", 0,
          "starvation");
}
END_TEST

/* One worker takes them in the order of submitting; two, with two steps each: start and print of each in turn. */
START_TEST(workers_take_in_order)
{
    check("pool p[1]\noutcome output\nfn f(n) { print n }\nthread A { submit p, f(1)\n submit p, f(2)\n submit p, f(3) }\n", NULL, 1, "");
    check("pool p[2]\noutcome output\nfn f(n) { print n }\nthread A { submit p, f(1)\n submit p, f(2) }\n", NULL, 2, "");
    /* While 1 is with one worker, 2 and 3 follow each other on the other one: 3 never comes before 2 and 1 both. */
    check("pool p[2]\noutcome output\nfn f(n) { print n }\nthread A { submit p, f(1)\n submit p, f(2)\n submit p, f(3) }\n", NULL, 4, "");
}
END_TEST

START_TEST(results_come_back)
{
    explore("pool p[2]\nshared a[3] = {1, 2, 3}, b[3], x, y\nfn square(n) { return n * n }\nfn nothing() {}\n"
            "thread A {\n b = map p, square, a\n future h = submit p, square(7), k = submit p, nothing()\n x = await h\n y = await k\n"
            " local again = await h\n assert again == 49\n}\nfinally x == 49 && y == 0 && b[0] == 1 && b[1] == 4 && b[2] == 9\n");
    ck_assert_uint_eq(result->finding_count, 0);
    ck_assert_uint_eq(result->outcome_count, 1);
    drop();
    check("shared x, y\ncoroutine f(n) {\n if (n == 1) { return 5 }\n await (true)\n if (n == 2) { exit }\n return n\n}\n"
          "coroutine g(n) { return await f(n) }\n"
          "coroutine main(n) {\n local a[4] = gather f(1), f(2), f(3), g(4)\n x = a[0] * 1000 + a[1] * 100 + a[2] * 10 + a[3]\n"
          " task t = f(n)\n y = await t\n}\nrun main(6)\nfinally x == 5034 && y == 6\n",
          NULL, 1, "");
}
END_TEST

/* ------------------------------------------------------------------- what goes wrong */

START_TEST(what_goes_wrong_is_told)
{
    check("shared x\ncoroutine f(n) { x = n }\ncoroutine main() {\n f(1)\n await f(2)\n}\nrun main()\nfinally x == 2\n", "1", 1, "misuse");
    check("pool p[1]\nfn f() {}\nthread A {\n shutdown p\n submit p, f()\n}\n", "1", 1, "misuse");
}
END_TEST

START_TEST(a_blocked_loop_is_told)
{
    explore("queue q[1]\ncoroutine put_one() { put q, 1 }\ncoroutine main() {\n task t = put_one()\n local x = get q\n}\nrun main()\n");
    const SnFinding *misuse = finding("misuse"), *deadlock = finding("deadlock");
    ck_assert_ptr_nonnull(misuse);
    ck_assert_ptr_nonnull(deadlock);
    ck_assert_ptr_nonnull(strstr(misuse->message, "blocks the event loop"));
    ck_assert_ptr_nonnull(strstr(deadlock->message, "waits for the event loop, which main has"));
    drop();
    /* A plain thread helps: the loop is held up only for a while, which is a misuse and no deadlock. */
    check("queue q[1]\ncoroutine other() { await (true) }\ncoroutine main() {\n task t = other()\n local x = get q\n}\nrun main()\n"
          "thread A { put q, 1 }\n",
          NULL, 1, "misuse");
    check("queue q[1]\ncoroutine put_one() { put q, 1 }\ncoroutine main() {\n task t = put_one()\n local x = await get q\n}\nrun main()\n",
          "1", 1, "");
    check("coroutine other() { await (true) }\ncoroutine main() {\n task t = other()\n sleep 1 s\n}\nrun main()\n", NULL, 1, "misuse");
    check("coroutine other() { await (true) }\ncoroutine main() {\n task t = other()\n await sleep 1 s\n compute 1 s\n}\nrun main()\n", NULL, 1,
          "");
}
END_TEST

START_TEST(a_pool_that_waits_for_itself_is_told)
{
    explore("pool p[1]\nfn inner() { return 1 }\nfn outer() {\n future f = submit p, inner()\n local x = await f\n}\n"
            "thread A {\n future h = submit p, outer()\n await h\n}\n");
    const SnFinding *deadlock = finding("deadlock");
    ck_assert_ptr_nonnull(deadlock);
    ck_assert_ptr_nonnull(strstr(deadlock->message, "waits for a worker of pool p, busy with outer"));
    ck_assert_ptr_nonnull(strstr(deadlock->message, "no worker is left"));
    ck_assert_str_eq(deadlock->interleavings, "1");
    drop();
}
END_TEST

START_TEST(the_loop_stops_with_main)
{
    check("outcome output\ncoroutine late() {\n await (true)\n print 1\n}\ncoroutine main() { task t = late() }\nrun main()\n", "1", 1, "");
    check("queue q[1]\ncoroutine stuck() { await get q }\ncoroutine main() {\n task t = stuck()\n await (true)\n}\nrun main()\n", NULL, 1, "");
    check("queue q[1]\ncoroutine stuck() { await get q }\ncoroutine main() {\n task t = stuck()\n await t\n}\nrun main()\n", NULL, 1, "deadlock");
}
END_TEST

/* -------------------------------------------------------------------------- in words */

/* The effects of a run, one a line. */
static void check_effects(const char *text, const char *schedule, const char *effects)
{
    char *message;
    ck_assert_int_eq(sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message), SN_OK);
    SnTrace *trace;
    const SnRunOptions options = {.policy = SN_POLICY_SCHEDULE, .schedule = schedule};
    ck_assert_int_eq(sn_run(scenario, &options, &trace, &message), SN_OK);
    Text all = {0};
    for (uint32_t s = 0; s < trace->step_count; s++)
        text_format(&all, "%s: %s\n", trace->threads[trace->steps[s].thread].name, trace->steps[s].effect);
    char *told = text_take(&all);
    ck_assert_str_eq(told, effects);
    mem_free(told);
    sn_trace_free(trace);
    drop();
}

START_TEST(steps_tell_who_has_control)
{
    check_effects("queue q[1]\nshared x = 0\ncoroutine f(n) {\n await put q, n\n x = n\n return n\n}\n"
                  "coroutine main() {\n task t = f(7)\n yield\n local v = await get q\n v = await t\n}\nrun main()\n",
                  "main f*2 main*3",
                  "main: spawns f; hands over\nf: q \u2190 7\nf: x: 0 \u2192 7\nmain: is resumed; hands over\nmain: 7 \u2190 q; hands over\n"
                  "main: f has ended: 7\n");
    check_effects("pool p[2]\nshared x = 0\nfn f(n) {\n x = n\n return n\n}\n"
                  "thread A {\n future h = submit p, f(5), k = submit p, f(6)\n local y = await h\n shutdown p\n}\n",
                  "A A f[0] f[1] f[0] A f[1] A A",
                  "A: submits f[0] to p\nA: submits f[1] to p\nf[0]: p[0] takes it\nf[1]: p[1] takes it\nf[0]: x: 0 \u2192 5\n"
                  "A: f[0] has ended: 5\nf[1]: x: 5 \u2192 6\nA: p takes no more\nA: all in p have ended\n");
}
END_TEST

/* --------------------------------------------------------------- random, against threads */

enum { VARIABLES = 2, MEMBERS = 3, STATEMENTS = 4 };

typedef enum Form { FORM_COROUTINES, FORM_FIBRES, FORM_BATON } Form;

/* A baton that only one has: what a loop is, in plain threads. To wait for a condition is to give it back and to take it when it is free and the
 * condition holds. */
static void hand_over(Text *text, Form form, unsigned member, const char *condition)
{
    if (form == FORM_COROUTINES)
        text_format(text, " await (%s)\n", condition);
    else if (form == FORM_FIBRES)
        text_add(text, " yield\n");
    else
        text_format(text, " baton = 0\n atomic when (baton == 0 && (%s)) { baton = %u }\n", condition, member + 1);
}

static void random_body(Text *text, Rng *rng, Form form, unsigned member)
{
    if (form == FORM_BATON)
        text_format(text, " atomic when (baton == 0) { baton = %u }\n", member + 1);
    unsigned count = 1 + (unsigned)rng_below(rng, STATEMENTS);
    for (unsigned s = 0; s < count; s++) {
        unsigned a = (unsigned)rng_below(rng, VARIABLES), b = (unsigned)rng_below(rng, VARIABLES), kind = (unsigned)rng_below(rng, 6);
        int64_t value = (int64_t)rng_below(rng, 3);
        switch (kind) {
        case 0: text_format(text, " v%u = v%u + %lld\n", a, b, (long long)value); break;
        case 1: text_format(text, " t = v%u\n", a); break;
        case 2: text_format(text, " v%u = t + %lld\n", a, (long long)value); break;
        case 3: text_format(text, " if (v%u == %lld) { v%u = 1 - v%u }\n", a, (long long)value, b, b); break;
        default: {
            char condition[64] = "true";
            if (kind == 4 && form != FORM_FIBRES)
                snprintf(condition, sizeof condition, "v%u >= %lld", a, (long long)value - 1);
            hand_over(text, form, member, condition);
        }
        }
    }
    if (form == FORM_BATON)
        text_add(text, " baton = 0\n");
}

static char *random_turns(uint64_t seed, Form form, bool as_fibres)
{
    Text text = {0};
    Rng rng = rng_seed(seed);
    unsigned members = 2 + (unsigned)rng_below(&rng, MEMBERS - 1);
    text_add(&text, "shared v0 = 0, v1 = 1\noutcome v0, v1\n");
    if (form == FORM_BATON)
        text_add(&text, "atomic baton = 0\n");
    for (unsigned m = 0; m < members; m++) {
        text_format(&text, form == FORM_COROUTINES ? "coroutine c%u() {\n local t = 0\n" : form == FORM_FIBRES ? "fibre c%u {\n local t = 0\n" : "thread c%u {\n local t = 0\n", m);
        Rng own = rng_seed(seed * 8 + m);
        if (as_fibres && form == FORM_BATON) { /* the same draws as FORM_FIBRES makes */
            Text part = {0};
            random_body(&part, &own, FORM_FIBRES, m);
            text_format(&text, " atomic when (baton == 0) { baton = %u }\n", m + 1);
            for (char *line = strtok(part.bytes, "\n"); line != NULL; line = strtok(NULL, "\n")) {
                if (strcmp(line, " yield") == 0)
                    hand_over(&text, FORM_BATON, m, "true");
                else
                    text_format(&text, "%s\n", line);
            }
            text_add(&text, " baton = 0\n");
            text_free(&part);
        } else {
            random_body(&text, &own, form, m);
        }
        text_add(&text, "}\n");
    }
    if (form == FORM_COROUTINES) {
        text_add(&text, "coroutine main() { gather ");
        for (unsigned m = 0; m < members; m++)
            text_format(&text, "%sc%u()", m == 0 ? "" : ", ", m);
        text_add(&text, " }\nrun main()\n");
    }
    return text_take(&text);
}

/* The sorted outcomes with how they ended, one a line. */
static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *outcomes_of(const char *source, bool with_output)
{
    explore(source);
    ck_assert_msg(result->complete, "%s", source);
    char **lines = calloc(result->outcome_count + 1, sizeof *lines);
    for (uint32_t o = 0; o < result->outcome_count; o++) {
        Text line = {0};
        text_format(&line, "%d", (int)result->outcomes[o].end);
        for (uint32_t v = 0; v < result->outcome_name_count; v++)
            text_format(&line, " %s", result->outcomes[o].values[v]);
        for (uint32_t v = 0; with_output && v < result->outcomes[o].output_count; v++)
            text_format(&line, " '%s'", result->outcomes[o].output[v]);
        lines[o] = text_take(&line);
    }
    qsort(lines, result->outcome_count, sizeof *lines, compare_lines);
    Text all = {0};
    for (uint32_t o = 0; o < result->outcome_count; o++) {
        text_format(&all, "%s\n", lines[o]);
        mem_free(lines[o]);
    }
    free(lines);
    sn_result_free(result);
    sn_scenario_free(scenario);
    result = NULL;
    scenario = NULL;
    return text_take(&all);
}

static void compare(uint64_t seed, char *one, char *other, bool with_output)
{
    char *left = outcomes_of(one, with_output), *right = outcomes_of(other, with_output);
    ck_assert_msg(strcmp(left, right) == 0, "seed %llu\n%s\n%s\n%s\n%s", (unsigned long long)seed, one, left, other, right);
    mem_free(left);
    mem_free(right);
    mem_free(one);
    mem_free(other);
}

START_TEST(random_coroutines_agree_with_a_baton)
{
    for (uint64_t seed = 1; seed <= 250; seed++)
        compare(seed, random_turns(seed, FORM_COROUTINES, false), random_turns(seed, FORM_BATON, false), false);
}
END_TEST

START_TEST(random_fibres_agree_with_a_baton)
{
    for (uint64_t seed = 1; seed <= 250; seed++)
        compare(seed, random_turns(seed, FORM_FIBRES, true), random_turns(seed, FORM_BATON, true), false);
}
END_TEST

/* Tickets in the order of submitting, and a count of free workers: what a pool is, in plain threads. */
static char *random_pool(uint64_t seed, bool is_pool)
{
    Text text = {0};
    Rng rng = rng_seed(seed);
    unsigned workers = 1 + (unsigned)rng_below(&rng, 2), tasks = 2 + (unsigned)rng_below(&rng, 2);
    text_add(&text, "shared v0 = 0, v1 = 1\noutcome v0, v1, output\n");
    if (is_pool)
        text_format(&text, "pool p[%u]\n", workers);
    else
        text_format(&text, "atomic idle = %u, next = 0\n", workers);
    text_add(&text, is_pool ? "fn f(n) {\n" : "fn f(n, ticket) {\n atomic when (idle > 0 && next == ticket) { idle -= 1; next += 1 }\n");
    unsigned count = 1 + (unsigned)rng_below(&rng, 3);
    for (unsigned s = 0; s < count; s++) {
        unsigned a = (unsigned)rng_below(&rng, VARIABLES), b = (unsigned)rng_below(&rng, VARIABLES);
        switch (rng_below(&rng, 3)) {
        case 0: text_format(&text, " v%u = v%u + n\n", a, b); break;
        case 1: text_format(&text, " if (v%u == n) { v%u = 0 }\n", a, b); break;
        default: text_add(&text, " print n\n"); break;
        }
    }
    if (!is_pool)
        text_add(&text, " fetch_add(idle, 1)\n");
    text_add(&text, "}\nthread A {\n");
    for (unsigned t = 0; t < tasks; t++) {
        if (is_pool)
            text_format(&text, " submit p, f(%u)\n", t);
        else
            text_format(&text, " spawn f(%u, %u)\n", t, t);
        if (rng_below(&rng, 3) == 0)
            text_add(&text, " v0 = v1\n");
    }
    text_add(&text, "}\n");
    return text_take(&text);
}

START_TEST(random_pools_agree_with_tickets)
{
    for (uint64_t seed = 1; seed <= 150; seed++)
        compare(seed, random_pool(seed, true), random_pool(seed, false), true);
}
END_TEST

/* -------------------------------------------------------------------------- memory */

START_TEST(memory_that_ends_is_survived)
{
    const char text[] = "pool p[2]\nshared x = 0\nmutex m\nfn g(n) { return n }\n"
                        "coroutine f(n) {\n await lock m\n x += n\n unlock m\n future h = submit p, g(n)\n local y = await h\n return y\n}\n"
                        "coroutine main() {\n for r in as_completed(f(1), f(2)) { x += r }\n lock m\n shutdown p\n}\nrun main()\n"
                        "fibre A, B { yield }\n";
    bool is_done = false;
    for (uint64_t at = 1; !is_done; at += at / 8 + 1) {
        mem_fail_at(at);
        char *message;
        if (sn_load("test.snarl", text, sizeof text - 1, NULL, &scenario, &message) == SN_OK) {
            SnStatus status = sn_explore(scenario, NULL, &result, &message);
            is_done = (status == SN_OK || status == SN_FOUND) && result != NULL && result->complete;
        }
        mem_fail_at(0);
        sn_string_free(message);
        drop();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domains");
    TCase *tcase = tcase_create("domains");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, an_await_is_the_only_gap);
    tcase_add_test(tcase, rounds_follow_the_ends);
    tcase_add_test(tcase, fibres_take_turns);
    tcase_add_test(tcase, workers_take_in_order);
    tcase_add_test(tcase, results_come_back);
    tcase_add_test(tcase, what_goes_wrong_is_told);
    tcase_add_test(tcase, a_blocked_loop_is_told);
    tcase_add_test(tcase, a_pool_that_waits_for_itself_is_told);
    tcase_add_test(tcase, the_loop_stops_with_main);
    tcase_add_test(tcase, steps_tell_who_has_control);
    tcase_add_test(tcase, random_coroutines_agree_with_a_baton);
    tcase_add_test(tcase, random_fibres_agree_with_a_baton);
    tcase_add_test(tcase, random_pools_agree_with_tickets);
    tcase_add_test(tcase, memory_that_ends_is_survived);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
