/* Serial blocks: small scenarios judged by hand, and random ones against the same blocks under one lock, whose
 * interleavings are the serial orders. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/text.h"
#include "require.h"
#include "snarl/snarl.h"

static SnScenario *scenario;
static SnResult *result;

static void explore_in(const char *text, const SnLoadOptions *load, const SnExploreOptions *options)
{
    char *message;
    SnStatus status = sn_load("test.snarl", text, strlen(text), load, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s\n%s", message == NULL ? "(no message)" : message, text);
    sn_string_free(message);
    sn_explore(scenario, options, &result, &message);
    ck_assert_msg(result != NULL, "%s\n%s", message == NULL ? "(no message)" : message, text);
}

static void explore(const char *text)
{
    explore_in(text, NULL, NULL);
}

static void drop(void)
{
    sn_result_free(result);
    sn_scenario_free(scenario);
    result = NULL;
    scenario = NULL;
}

static void done(void)
{
    drop();
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

static const SnFinding *not_serializable(void)
{
    const SnFinding *found = NULL;
    for (uint32_t f = 0; f < result->finding_count; f++)
        if (strcmp(result->findings[f].kind, "not-serializable") == 0) {
            ck_assert_ptr_null(found); /* one is enough */
            found = &result->findings[f];
        }
    return found;
}

static uint32_t count_outcomes(SnSerial serial)
{
    uint32_t count = 0;
    for (uint32_t o = 0; o < result->outcome_count; o++)
        count += result->outcomes[o].serial == serial;
    return count;
}

/* ------------------------------------------------------------------------- by hand */

/* 0 0 takes rwRW without a write in between: r r w w in any order of the threads but one after the other. */
START_TEST(write_skew_comes_from_no_order)
{
    explore("atomic a = 1, b = 1\n"
            "thread A {\n serial {\n  if (b) { a = 0 }\n }\n}\n"
            "thread B {\n serial {\n  if (a) { b = 0 }\n }\n}\n");
    const SnFinding *finding = not_serializable();
    ck_assert_ptr_nonnull(finding);
    ck_assert_str_eq(finding->interleavings, "4");
    ck_assert_str_eq(finding->probability_exact, "1/2");
    ck_assert_uint_eq(finding->line_count, 2);
    ck_assert_uint_eq(finding->lines[0], 3);
    ck_assert_uint_eq(finding->lines[1], 8);
    ck_assert_uint_eq(finding->thread_count, 2);
    ck_assert_str_eq(finding->message,
                     "a = 0, b = 0 comes from no serial order of the blocks; those give: a = 0, b = 1; a = 1, b = 0");
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_YES), 2);
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_NO), 1);
    char *json = sn_report_result_json(result);
    ck_assert_ptr_nonnull(strstr(json, "\"serializable\": false"));
    sn_string_free(json);
    SnTrace *trace;
    char *message;
    ck_assert_int_eq(sn_trace_finding(result, (uint32_t)(finding - result->findings), &trace, &message), SN_OK);
    sn_trace_free(trace);
    done();
}
END_TEST

START_TEST(without_blocks_nothing_is_judged)
{
    explore("atomic a = 0\nthread A, B { a += 1 }\n");
    ck_assert_ptr_null(not_serializable());
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_UNKNOWN), result->outcome_count);
    char *json = sn_report_result_json(result);
    ck_assert_ptr_null(strstr(json, "serializable"));
    sn_string_free(json);
    done();
}
END_TEST

/* What is outside of blocks interleaves with them only between the blocks, and may do there what it likes. */
START_TEST(what_is_outside_goes_between)
{
    explore("atomic a = 0\nthread A { serial { a += 1 } }\nthread B { a = 5 }\n");
    const SnFinding *finding = not_serializable(); /* r w=5 w: 1 */
    ck_assert_ptr_nonnull(finding);
    ck_assert_str_eq(finding->message, "a = 1 comes from no serial order of the blocks; those give: a = 5; a = 6");
    done();
    explore("atomic a = 0\nthread A { serial { a = 1 } serial { a = 2 } }\nthread B { serial { a += 5 } }\n");
    ck_assert_ptr_nonnull(not_serializable());           /* 0 + 5 behind both */
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_YES), 2); /* 2, 7 */
    done();
}
END_TEST

/* One step each: nothing can come between. Two blocks in a row are two, not one. */
START_TEST(a_block_of_one_step_is_serial)
{
    explore("atomic a = 0, b = 0\n"
            "thread A { serial { a = 1 } serial { b = 1 } }\n"
            "thread B { serial { a = 2 } serial { b = 2 } }\n");
    ck_assert_ptr_null(not_serializable());
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_YES), 4);
    done();
    explore("atomic a = 0, b = 0\n"
            "thread A { serial { a = 1; b = 1 } }\n"
            "thread B { serial { a = 2; b = 2 } }\n");
    ck_assert_ptr_nonnull(not_serializable());
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_YES), 2);
    done();
}
END_TEST

START_TEST(inner_blocks_belong_to_the_outer)
{
    explore("atomic a = 0, b = 0\n"
            "thread A { serial { serial { a = 1 } serial { b = 1 } } }\n"
            "fn f() { serial { a = 2 } }\n"
            "thread B { serial { f(); serial { b = 2 } } }\n");
    ck_assert_ptr_nonnull(not_serializable());
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_YES), 2);
    done();
}
END_TEST

START_TEST(every_way_out_leaves_the_block)
{
    static const char *const ways[] = {"exit", "if (a == 0) { return }", "while (true) { break }", "skip"};
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        char text[512];
        snprintf(text, sizeof text,
                 "mutex m\natomic a = 0, b = 0\nfn f() { with m { serial { b += 1; %s } } }\n"
                 "thread A, B { f() }\nthread C { with m { a = 7 } }\n",
                 ways[w]);
        explore(text);
        ck_assert_msg(not_serializable() == NULL, "%s", text);
        ck_assert_uint_eq(count_outcomes(SN_SERIAL_YES), 1);
        done();
    }
}
END_TEST

/* A goes on only after B's block has begun: stuck, alone. What ends so in no order is told. */
START_TEST(orders_that_get_stuck_are_none)
{
    explore("event e\natomic a = 0\n"
            "thread A { serial { a = 1; wait e } }\nthread B { serial { set e; a = 2 } }\n");
    ck_assert_ptr_nonnull(not_serializable()); /* a = 1 between set and a = 2 is fine, a = 1 last is B, A */
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_YES), 1);
    done();
    explore("event e, f\nthread A { serial { set e; wait f } }\nthread B { serial { set f; wait e } }\natomic a = 0\n");
    ck_assert_str_eq(not_serializable()->message, "a = 0 comes from no serial order of the blocks; in each of them a "
                                                  "thread waits inside its block for ever");
    done();
}
END_TEST

START_TEST(a_rendezvous_is_in_both_blocks)
{
    explore("queue q[0]\natomic a = 0\nthread A { put q, 1 }\nthread B { serial { get q; a = 1 } }\n");
    ck_assert_ptr_null(not_serializable());
    done();
    explore(
        "queue q[0]\natomic a = 0\nthread A { serial { put q, 1; a = 2 } }\nthread B { serial { get q; a = 1 } }\n");
    ck_assert_ptr_nonnull(not_serializable());
    done();
    /* the receiver is inside from the joint step on: C cannot come between */
    explore("queue q[0]\natomic a = 0\nthread A { put q, 1 }\nthread B { serial { get q; a += 1 } }\n"
            "thread C { serial { a += 10 } }\n");
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_YES), 1);
    done();
}
END_TEST

START_TEST(the_output_counts)
{
    const char *text = "atomic a = 0\nthread A, B { serial { print \"in\"; a = 0; print \"out\" } }\n";
    explore(text);
    ck_assert_ptr_nonnull(not_serializable());
    ck_assert_ptr_nonnull(
        strstr(not_serializable()->message, "each of them gives: a = 0, output \"in\", \"out\", \"in\", \"out\""));
    done();
    char named[256];
    snprintf(named, sizeof named, "%soutcome a\n", text);
    explore(named);
    ck_assert_ptr_null(not_serializable());
    done();
}
END_TEST

/* Deadlocks and failures are findings of their own; what an assume drops is none. */
START_TEST(only_ends_are_judged)
{
    explore("mutex m, n\natomic a = 0\n"
            "thread A { serial { lock m; lock n; a += 1; unlock n; unlock m } }\n"
            "thread B { serial { lock n; lock m; a += 1; unlock m; unlock n } }\n");
    ck_assert_ptr_null(not_serializable());
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_YES), 1);
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_UNKNOWN), 1);
    done();
    explore("atomic a = 0\nthread A, B { serial { a += 1; a += 1 } }\nthread C { join A; join B; local x = a; assume x "
            "== 4 "
            "}\n");
    ck_assert_ptr_null(not_serializable());
    ck_assert_uint_eq(count_outcomes(SN_SERIAL_YES), 1);
    done();
}
END_TEST

START_TEST(statements_as_steps)
{
    const SnLoadOptions load = {.statement_granularity = true};
    explore_in("atomic a = 0\nthread A, B { serial { a += 1 } }\n", &load, NULL);
    ck_assert_ptr_null(not_serializable());
    done();
    explore_in("atomic a = 0, b = 0\nthread A, B { serial { local t = a; a = t + 1 } }\n", &load, NULL);
    ck_assert_ptr_nonnull(not_serializable());
    done();
}
END_TEST

START_TEST(a_search_cut_short_says_so)
{
    const SnExploreOptions options = {.max_states = 3};
    explore_in("atomic a = 0\nthread A, B { serial { a += 1 } }\n", NULL, &options);
    ck_assert_ptr_null(not_serializable());
    bool has_note = false;
    for (uint32_t n = 0; n < result->note_count; n++)
        has_note = has_note || strstr(result->notes[n], "serial orders") != NULL;
    ck_assert(has_note);
    done();
}
END_TEST

/* ---------------------------------------------------------------------- brute force */

enum { THREADS = 3, VARIABLES = 3 };

static void statement(Text *text, Rng *rng)
{
    uint32_t to = (uint32_t)rng_below(rng, VARIABLES), from = (uint32_t)rng_below(rng, VARIABLES);
    uint32_t number = (uint32_t)rng_below(rng, 3);
    switch (rng_below(rng, 5)) {
    case 0: text_format(text, "v[%u] = v[%u] + %u; ", to, from, number); break;
    case 1: text_format(text, "v[%u] = %u; ", to, number); break;
    case 2: text_format(text, "if (v[%u] == %u) { v[%u] = %u }; ", from, number, to, number + 1); break;
    case 3: text_format(text, "t = v[%u]; v[%u] = t * 2; ", from, to); break;
    default: text_format(text, "t = choose(%u, 5); v[%u] = t; ", number, to); break;
    }
}

/* The same bodies with both kinds of blocks. */
static void write_program(Text *text, uint64_t seed, bool is_locked)
{
    Rng rng = rng_seed(seed);
    text_add(text, is_locked ? "mutex one\n" : "");
    text_add(text, "atomic v[3] = {0, 1, 2}\n");
    for (uint32_t t = 0; t < THREADS; t++) {
        text_format(text, "thread T%u { local t = 0; ", t);
        uint64_t blocks = t == 0 ? 2 : rng_below(&rng, 2) + (t == 1);
        for (uint64_t b = 0; b < blocks; b++) {
            if (rng_below(&rng, 3) == 0)
                statement(text, &rng);
            text_add(text, is_locked ? "with one { " : "serial { ");
            for (uint64_t s = rng_below(&rng, 2) + 1; s > 0; s--)
                statement(text, &rng);
            text_add(text, "}; ");
        }
        text_add(text, "}\n");
    }
    text_add(text, "outcome v\n");
}

/* A lock lets others go on inside, where they are outside of blocks: so these are compared only without such
 * statements, and are a superset with them. */
static bool has_loose_statements(const char *text)
{
    return strstr(text, "; }; v") != NULL || strstr(text, "; }; t") != NULL || strstr(text, "; }; if") != NULL ||
           strstr(text, "0; v") != NULL || strstr(text, "0; t =") != NULL || strstr(text, "0; if") != NULL;
}

START_TEST(random_programs_agree_with_one_lock)
{
    enum { ROOM = 1000 };
    uint32_t exact = 0, violated = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        Text plain = {0}, locked = {0};
        char values[ROOM][64];
        uint32_t count = 0;
        write_program(&plain, seed, false);
        write_program(&locked, seed, true);
        const SnExploreOptions options = {.skip_counts = true};
        explore_in(plain.bytes, NULL, &options);
        for (uint32_t o = 0; o < result->outcome_count; o++)
            if (result->outcomes[o].serial == SN_SERIAL_YES) {
                ck_assert_uint_lt(count, ROOM);
                snprintf(values[count++], sizeof values[0], "%s", result->outcomes[o].values[0]);
            }
        bool is_violated = not_serializable() != NULL;
        ck_assert_int_eq(is_violated, count_outcomes(SN_SERIAL_NO) > 0);
        violated += is_violated;
        drop();
        bool is_exact = !has_loose_statements(plain.bytes);
        explore_in(locked.bytes, NULL, &options);
        uint32_t found = 0;
        for (uint32_t o = 0; o < result->outcome_count; o++)
            for (uint32_t k = 0; k < count; k++)
                found += strcmp(values[k], result->outcomes[o].values[0]) == 0;
        ck_assert_msg(found == count && (!is_exact || result->outcome_count == count), "%u of %u, %u\n%s", found, count,
                      result->outcome_count, plain.bytes);
        exact += is_exact;
        drop();
        text_free(&plain);
        text_free(&locked);
    }
    done();
    ck_assert_uint_gt(exact, 20);
    ck_assert_uint_gt(violated, 20);
}
END_TEST

/* ---------------------------------------------------------------------------- memory */

START_TEST(memory_that_ends_is_survived)
{
    const char *text = "atomic a = 1, b = 1\n"
                       "thread A { serial { if (b) { a = 0 }; print \"A\" } }\n"
                       "thread B { serial { if (a) { b = 0 }; print \"B\" } }\n";
    char *message;
    ck_assert_int_eq(sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message), SN_OK);
    sn_string_free(message);
    size_t before = mem_live_blocks();
    for (uint64_t n = 1; n < 3000; n++) {
        mem_fail_at(n);
        SnStatus status = sn_explore(scenario, NULL, &result, &message);
        mem_fail_at(0);
        REQUIRE(result != NULL || status == SN_SYSTEM);
        sn_string_free(message);
        sn_result_free(result);
        result = NULL;
        REQUIRE(mem_live_blocks() == before);
    }
    done();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("serial");
    TCase *tcase = tcase_create("serial");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, write_skew_comes_from_no_order);
    tcase_add_test(tcase, without_blocks_nothing_is_judged);
    tcase_add_test(tcase, what_is_outside_goes_between);
    tcase_add_test(tcase, a_block_of_one_step_is_serial);
    tcase_add_test(tcase, inner_blocks_belong_to_the_outer);
    tcase_add_test(tcase, every_way_out_leaves_the_block);
    tcase_add_test(tcase, orders_that_get_stuck_are_none);
    tcase_add_test(tcase, a_rendezvous_is_in_both_blocks);
    tcase_add_test(tcase, the_output_counts);
    tcase_add_test(tcase, only_ends_are_judged);
    tcase_add_test(tcase, statements_as_steps);
    tcase_add_test(tcase, a_search_cut_short_says_so);
    tcase_add_test(tcase, random_programs_agree_with_one_lock);
    tcase_add_test(tcase, memory_that_ends_is_survived);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
