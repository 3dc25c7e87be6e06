/* The public interface on whole scenarios whose numbers are known: by hand, in closed form, or from several other
 * tools. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "snarl/snarl.h"

static SnScenario *scenario;
static SnResult *result;

static void load(const char *text, const SnDefine *defines, size_t define_count)
{
    SnLoadOptions options = {.defines = defines, .define_count = define_count};
    char *message;
    SnStatus status = sn_load("test.snarl", text, strlen(text), &options, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s", message == NULL ? "(no message)" : message);
    sn_string_free(message);
}

static void explore_with(const char *text, const SnDefine *defines, size_t define_count,
                         const SnExploreOptions *options)
{
    load(text, defines, define_count);
    char *message;
    SnStatus status = sn_explore(scenario, options, &result, &message);
    ck_assert_msg(result != NULL, "%s", message == NULL ? "(no message)" : message);
    ck_assert_ptr_null(message);
    ck_assert_int_eq(status, result->status);
}

static void explore(const char *text)
{
    explore_with(text, NULL, 0, NULL);
}

static void explore_n(const char *text, const char *name, int64_t value)
{
    const SnDefine define = {name, value};
    explore_with(text, &define, 1, NULL);
}

static void done(void)
{
    sn_result_free(result);
    sn_scenario_free(scenario);
    result = NULL;
    scenario = NULL;
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

/* The only finding of a kind, or the one on a line too. */
static const SnFinding *finding_at(const char *kind, uint32_t line)
{
    const SnFinding *found = NULL;
    for (uint32_t f = 0; f < result->finding_count; f++) {
        const SnFinding *finding = &result->findings[f];
        bool fits = strcmp(finding->kind, kind) == 0 && line == 0;
        for (uint32_t l = 0; l < finding->line_count && !fits; l++)
            fits = strcmp(finding->kind, kind) == 0 && finding->lines[l] == line;
        if (fits) {
            ck_assert_msg(found == NULL, "several findings: %s", kind);
            found = finding;
        }
    }
    ck_assert_msg(found != NULL, "no %s among %u findings", kind, result->finding_count);
    return found;
}

static const SnFinding *finding(const char *kind)
{
    return finding_at(kind, 0);
}

static uint32_t count_of(const char *kind)
{
    uint32_t count = 0;
    for (uint32_t f = 0; f < result->finding_count; f++)
        count += strcmp(result->findings[f].kind, kind) == 0;
    return count;
}

static void check_probability(double value, double expected)
{
    ck_assert_msg(fabs(value - expected) < 1e-12, "probability %.17g, expected %.17g", value, expected);
}

/* --------------------------------------------------------------- lost updates */

static const char lost_update[] = "// Two threads increment a counter without a lock.\n"
                                  "const N = 2\n"
                                  "shared counter = 0\n"
                                  "\n"
                                  "thread A, B {\n"
                                  "    local t = counter\n"
                                  "    counter = t + 1\n"
                                  "}\n"
                                  "finally counter == N\n"
                                  "expect data race, lost update on counter, final\n";

/* rwRW rRwW rRWw RrwW RrWw RWrw; all but the first and the last lose an update */
START_TEST(lost_update_by_hand)
{
    explore(lost_update);
    ck_assert_int_eq(result->status, SN_FOUND);
    ck_assert_str_eq(result->verdict, "found");
    ck_assert(result->complete);
    ck_assert_str_eq(result->interleavings, "6");
    ck_assert_ptr_null(result->dropped);
    ck_assert(result->never_ends == 0);

    const SnFinding *lost = finding("lost-update");
    ck_assert_str_eq(lost->interleavings, "4");
    check_probability(lost->probability, 0.5);
    ck_assert_str_eq(lost->probability_exact, "1/2");
    ck_assert_str_eq(lost->schedule, "A B B A");
    ck_assert_uint_eq(lost->preemptions, 1);
    ck_assert_uint_eq(lost->switches, 2);
    ck_assert_uint_eq(lost->step_count, 4);
    ck_assert_uint_eq(lost->object_count, 1);
    ck_assert_str_eq(lost->objects[0], "counter");
    ck_assert_uint_eq(lost->thread_count, 2);
    ck_assert_str_eq(lost->threads[0], "A");
    ck_assert_str_eq(lost->threads[1], "B");
    ck_assert_uint_eq(lost->line_count, 2);
    ck_assert_uint_eq(lost->lines[0], 6);
    ck_assert_uint_eq(lost->lines[1], 7);
    ck_assert_msg(strstr(lost->message, "the update of counter by B is lost: A writes at line 7") == lost->message,
                  "%s", lost->message);

    const SnFinding *final = finding("final");
    ck_assert_str_eq(final->interleavings, "4");
    ck_assert_str_eq(final->schedule, "A B B A");
    ck_assert_uint_eq(final->lines[0], 9);

    ck_assert_uint_eq(result->outcome_count, 2);
    ck_assert_uint_eq(result->outcome_name_count, 1);
    ck_assert_str_eq(result->outcome_names[0], "counter");
    ck_assert_str_eq(result->outcomes[0].values[0], "1");
    ck_assert_str_eq(result->outcomes[0].interleavings, "4");
    ck_assert_str_eq(result->outcomes[0].schedule, "A B B A");
    ck_assert(result->outcomes[0].has_final && !result->outcomes[0].final);
    ck_assert_int_eq(result->outcomes[0].end, SN_END_OK);
    check_probability(result->outcomes[0].probability, 0.5);
    ck_assert_str_eq(result->outcomes[1].values[0], "2");
    ck_assert_str_eq(result->outcomes[1].interleavings, "2");
    ck_assert_str_eq(result->outcomes[1].schedule, "A A B B");
    ck_assert(result->outcomes[1].final);

    const SnExpectation *expectations;
    size_t count;
    ck_assert(sn_scenario_expects(scenario, &expectations, &count));
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(expectations[1].kind, "lost-update");
    ck_assert_str_eq(expectations[1].object, "counter");
    ck_assert_ptr_null(expectations[0].object);
    done();
}
END_TEST

START_TEST(races_of_the_lost_update)
{
    explore(lost_update);
    ck_assert_uint_eq(count_of("data-race"), 2);
    /* both orders of reading and writing, and the two writes */
    const SnFinding *mixed = finding_at("data-race", 6);
    ck_assert_uint_eq(mixed->line_count, 2);
    ck_assert_uint_eq(mixed->thread_count, 2);
    ck_assert_str_eq(mixed->schedule, "A A B");
    ck_assert_uint_eq(mixed->preemptions, 0);
    ck_assert_str_eq(mixed->message,
                     "A and B access counter without order: B reads it at line 6 while A writes it at line 7");
    ck_assert_str_eq(mixed->interleavings, "6");
    const SnFinding *writes = NULL;
    for (uint32_t f = 0; f < result->finding_count; f++)
        if (strcmp(result->findings[f].kind, "data-race") == 0 && result->findings[f].line_count == 1)
            writes = &result->findings[f];
    ck_assert_ptr_nonnull(writes);
    ck_assert_uint_eq(writes->lines[0], 7);
    ck_assert_str_eq(writes->schedule, "A B B A");
    ck_assert_str_eq(writes->interleavings, "4");
    done();
}
END_TEST

static const char increments[] = "const K = 2\n"
                                 "shared counter = 0\n"
                                 "thread A, B {\n"
                                 "    repeat K { counter += 1 }\n"
                                 "}\n";

START_TEST(increments_are_binomial)
{
    const struct {
        int64_t k;
        const char *total, *probability;
    } rows[] = {
        {1, "6", "1/2"}, {2, "70", "13/16"}, {3, "924", "239/256"}, {5, "184756", NULL}, {10, "137846528820", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        explore_n(increments, "K", rows[i].k);
        ck_assert_str_eq(result->interleavings, rows[i].total);
        if (rows[i].probability != NULL)
            ck_assert_str_eq(finding("lost-update")->probability_exact, rows[i].probability);
        done();
    }
}
END_TEST

START_TEST(three_threads_have_90)
{
    explore("shared x\nthread A, B, C { x += 1 }\n");
    ck_assert_str_eq(result->interleavings, "90");
    ck_assert_str_eq(finding("lost-update")->probability_exact, "5/6");
    ck_assert_uint_eq(result->outcome_count, 3);
    done();
}
END_TEST

START_TEST(a_lock_helps)
{
    explore("shared x\nmutex m\nthread A, B { with m { x += 1 } }\nfinally x == 2\n");
    ck_assert_int_eq(result->status, SN_OK);
    ck_assert_str_eq(result->verdict, "ok");
    ck_assert_uint_eq(result->finding_count, 0);
    ck_assert_uint_eq(result->outcome_count, 1);
    done();
}
END_TEST

/* ------------------------------------------------------------------ deadlocks */

START_TEST(ab_ba)
{
    explore("mutex a, b\n"
            "thread T1 { lock a; lock b; unlock b; unlock a }\n"
            "thread T2 { lock b; lock a; unlock a; unlock b }\n");
    ck_assert_str_eq(result->interleavings, "6");
    ck_assert_uint_eq(count_of("deadlock"), 1);
    const SnFinding *deadlock = finding("deadlock");
    ck_assert_str_eq(deadlock->interleavings, "2");
    ck_assert_str_eq(deadlock->schedule, "T1 T2");
    ck_assert_str_eq(deadlock->message, "T1 waits for b, held by T2; T2 waits for a, held by T1");
    ck_assert_uint_eq(deadlock->object_count, 2);
    ck_assert_uint_eq(deadlock->lines[0], 2);
    ck_assert_uint_eq(deadlock->lines[1], 3);
    /* two ends: deadlock and ok */
    ck_assert_uint_eq(result->outcome_count, 2);
    ck_assert_int_eq(result->outcomes[0].end, SN_END_OK);
    ck_assert_int_eq(result->outcomes[1].end, SN_END_DEADLOCK);
    done();
}
END_TEST

/* The cycle is one finding, whether the third thread has ended by then or not. */
START_TEST(a_partial_deadlock_is_found_while_others_go_on)
{
    explore("mutex a, b\n"
            "shared x\n"
            "thread T1 { lock a; lock b; unlock b; unlock a }\n"
            "thread T2 { lock b; lock a; unlock a; unlock b }\n"
            "thread T3 { repeat 3 { x = 1 } }\n");
    ck_assert_uint_eq(count_of("deadlock"), 1);
    const SnFinding *deadlock = finding("deadlock");
    ck_assert_uint_eq(deadlock->thread_count, 2);
    ck_assert_str_eq(deadlock->schedule, "T1 T2");
    done();
}
END_TEST

START_TEST(a_thread_can_block_itself)
{
    explore("mutex m\nthread A { lock m; lock m }\nthread B { loop { skip } }\n");
    const SnFinding *deadlock = finding("deadlock");
    ck_assert_uint_eq(deadlock->thread_count, 1);
    ck_assert_str_eq(deadlock->message, "A waits for m, held by itself");
    ck_assert_str_eq(result->interleavings, "infinite");
    done();
}
END_TEST

START_TEST(daemons_may_wait_for_ever)
{
    explore("queue q[1]\nshared x\ndaemon thread D { loop { get q } }\nthread A { put q, 1 }\n");
    ck_assert_uint_eq(count_of("deadlock"), 0);
    done();
    /* but not hold what others need */
    explore("mutex m\nevent e\ndaemon thread D { lock m; wait e }\nthread A { lock m; unlock m }\n");
    const SnFinding *deadlock = finding("deadlock");
    ck_assert_uint_eq(deadlock->thread_count, 1);
    ck_assert_str_eq(deadlock->message, "A waits for m, held by D");
    done();
}
END_TEST

static const char philosophers[] = "const N = 5\n"
                                   "mutex fork[N]\n"
                                   "thread P[N] {\n"
                                   "    lock fork[self]\n"
                                   "    lock fork[(self + 1) % N]\n"
                                   "    unlock fork[(self + 1) % N]\n"
                                   "    unlock fork[self]\n"
                                   "}\n";

START_TEST(philosophers_deadlock_in_n_factorial)
{
    const char *counts[] = {"2", "6", "24", "120"}, *probabilities[] = {"1/2", "1/3", "11/48", "19/120"};
    for (int64_t n = 2; n <= 5; n++) {
        explore_n(philosophers, "N", n);
        const SnFinding *deadlock = finding("deadlock");
        ck_assert_str_eq(deadlock->interleavings, counts[n - 2]);
        ck_assert_str_eq(deadlock->probability_exact, probabilities[n - 2]);
        ck_assert_uint_eq(deadlock->thread_count, (uint32_t)n);
        if (n == 5)
            ck_assert_str_eq(result->interleavings, "66468720");
        done();
    }
}
END_TEST

/* W-lock W-wait S-lock S-signal S-unlock W-wake W-unlock; S-lock S-signal S-unlock W-lock W-wait */
START_TEST(lost_wake_up)
{
    explore("mutex m\ncondition c\n"
            "thread W { lock m; wait c with m; unlock m }\n"
            "thread S { lock m; signal c; unlock m }\n");
    const SnFinding *deadlock = finding("deadlock");
    ck_assert_str_eq(result->interleavings, "2");
    ck_assert_str_eq(deadlock->probability_exact, "1/2");
    ck_assert_str_eq(deadlock->interleavings, "1");
    ck_assert_uint_eq(deadlock->thread_count, 1);
    ck_assert_str_eq(deadlock->message, "W sleeps on condition c");
    done();
}
END_TEST

/* (4N)! / 24^N */
START_TEST(independent_lockers)
{
    const char *counts[] = {"1", "70", "34650", "63063000", "305540235000"};
    for (int64_t n = 1; n <= 5; n++) {
        explore_n("const N = 2\nmutex m[N]\nshared x[N]\n"
                  "thread L[N] { lock m[self]; x[self] += 1; unlock m[self] }\n",
                  "N", n);
        ck_assert_str_eq(result->interleavings, counts[n - 1]);
        ck_assert_int_eq(result->status, SN_OK);
        done();
    }
}
END_TEST

/* ------------------------------------------------------------------ other kinds */

START_TEST(assertions_and_what_they_end)
{
    explore("atomic x\nthread A { x = 1 }\nthread B { assert x == 0, \"too late\" }\n");
    const SnFinding *assertion = finding("assertion");
    ck_assert_uint_eq(assertion->lines[0], 3);
    ck_assert_str_eq(assertion->schedule, "A B");
    ck_assert_str_eq(assertion->interleavings, "1");
    ck_assert_ptr_nonnull(strstr(assertion->message, "too late"));
    ck_assert_uint_eq(result->outcome_count, 2);
    ck_assert_int_eq(result->outcomes[0].end, SN_END_OK);
    ck_assert_int_eq(result->outcomes[1].end, SN_END_ASSERTION);
    done();
}
END_TEST

START_TEST(an_assertion_without_a_text_is_told_with_its_source)
{
    explore("shared x = 1\nthread A { assert (x ==\n   2) }\nthread B { assert x == 3, \"\" }\nthread C { assert x == 4, \"no 4\" }\n");
    ck_assert_str_eq(finding_at("assertion", 2)->message, "assertion failed at line 2: (x == 2) (in A)");
    ck_assert_str_eq(finding_at("assertion", 4)->message, "assertion failed at line 4: x == 3 (in B)");
    ck_assert_str_eq(finding_at("assertion", 5)->message, "assertion failed at line 5: no 4 (in C)");
    done();
}
END_TEST

START_TEST(an_assertion_before_any_step)
{
    explore("thread A { assert 1 == 2 }\n");
    const SnFinding *assertion = finding("assertion");
    ck_assert_str_eq(assertion->schedule, "");
    ck_assert_uint_eq(assertion->step_count, 0);
    ck_assert_str_eq(assertion->interleavings, "1");
    ck_assert_uint_eq(result->outcome_count, 1);
    ck_assert_int_eq(result->outcomes[0].end, SN_END_ASSERTION);
    done();
}
END_TEST

START_TEST(a_lock_kept_at_the_end)
{
    explore("mutex m\nthread A { lock m }\n");
    const SnFinding *misuse = finding("misuse");
    ck_assert_str_eq(misuse->schedule, "A");
    ck_assert_str_eq(misuse->objects[0], "m");
    ck_assert_int_eq(result->outcomes[0].end, SN_END_OK);
    done();
}
END_TEST

START_TEST(invariants)
{
    explore("atomic x\nthread A { x = 1; x = 0 }\nalways x == 0\n");
    const SnFinding *invariant = finding("invariant");
    ck_assert_str_eq(invariant->schedule, "A");
    ck_assert_uint_eq(invariant->lines[0], 3);
    done();
}
END_TEST

START_TEST(runtime_errors)
{
    explore("atomic x\nthread A { local t = x; x = 1 / t }\n");
    const SnFinding *error = finding("runtime-error");
    ck_assert_str_eq(error->threads[0], "A");
    ck_assert_uint_eq(count_of("data-race"), 0);
    done();
}
END_TEST

/* What only dropped executions show is no finding. */
START_TEST(dropped_executions)
{
    explore("atomic x\nmutex m\n"
            "thread A { x = 1 }\n"
            "thread B { local t = x; assume t == 0 }\n");
    ck_assert_str_eq(result->interleavings, "1");
    ck_assert_str_eq(result->dropped, "1");
    ck_assert_int_eq(result->status, SN_OK);
    ck_assert_uint_eq(result->outcome_count, 2);
    ck_assert_int_eq(result->outcomes[1].end, SN_END_ASSUME);
    done();
    explore("mutex m\natomic x\nthread A { lock m; x = 1; assume x == 0 }\nthread B { x = 2 }\n");
    ck_assert_uint_eq(count_of("misuse"), 0);
    done();
}
END_TEST

START_TEST(outcomes_name_arrays_and_output)
{
    explore(
        "shared a[2] = {1, 2}\nthread A { print \"x = \", 3 }\nthread B { print \"y\" }\noutcome a, a[1], output\n");
    ck_assert_uint_eq(result->outcome_count, 2);
    ck_assert_uint_eq(result->outcome_name_count, 2);
    ck_assert_str_eq(result->outcomes[0].values[0], "[1, 2]");
    ck_assert_str_eq(result->outcomes[0].values[1], "2");
    ck_assert_uint_eq(result->outcomes[0].output_count, 2);
    ck_assert_str_eq(result->outcomes[0].output[0], "x = 3");
    ck_assert_str_eq(result->outcomes[1].output[0], "y");
    done();
}
END_TEST

/* An end that was not reached does not keep its promise. */
START_TEST(finally_in_ends_of_all_kinds)
{
    explore("mutex a, b\natomic x\n"
            "thread T1 { lock a; lock b; unlock b; unlock a }\n"
            "thread T2 { lock b; lock a; unlock a; unlock b }\n"
            "finally x == 0\n");
    ck_assert_uint_eq(count_of("final"), 0);
    ck_assert_uint_eq(result->outcome_count, 2);
    ck_assert(result->outcomes[0].has_final && result->outcomes[0].final);
    ck_assert_int_eq(result->outcomes[1].end, SN_END_DEADLOCK);
    ck_assert(result->outcomes[1].has_final && !result->outcomes[1].final);
    done();
}
END_TEST

START_TEST(several_finally)
{
    explore("shared x\nthread A { x = 1 }\nfinally x == 0\nfinally x == 1\nfinally x == 2\n");
    ck_assert_uint_eq(count_of("final"), 2);
    ck_assert_ptr_nonnull(strstr(finding_at("final", 3)->message, "x == 0"));
    ck_assert_ptr_nonnull(strstr(finding_at("final", 5)->message, "x == 2"));
    done();
}
END_TEST

/* A loop that spawns more threads than there are spawn statements makes the program grow on the way. */
START_TEST(spawned_threads)
{
    explore("shared x = 0\n"
            "fn f(p) { x += p }\n"
            "fn g(p) { x = p }\n"
            "thread A { repeat 2 { local h = spawn f(1); local k = spawn g(5) } }\n");
    ck_assert_str_eq(result->interleavings, "1296");
    const SnFinding *lost = finding("lost-update");
    ck_assert_str_eq(lost->interleavings, "1085");
    ck_assert_str_eq(lost->schedule, "A A A A f[0] g[0] f[0]");
    ck_assert_str_eq(lost->threads[0], "f[0]");
    ck_assert_str_eq(lost->threads[1], "g[0]");
    done();
}
END_TEST

static char *report_without_time(void)
{
    result->seconds = 0;
    result->peak_bytes = 0;
    result->bytes_per_state = 0;
    result->states = result->expanded = result->steps = 0; /* keeping dead locals tells more states apart, */
    result->max_depth = 0;                                 /* and so hides short ways to some of them */
    char *json = sn_report_result_json(result);
    ck_assert_ptr_nonnull(json);
    return json;
}

/* The same run gives the same bytes, and keeping all locals the same findings. */
START_TEST(results_do_not_depend_on_chance_or_reduction)
{
    const SnReduce reductions[] = {SN_REDUCE_AUTO, SN_REDUCE_AUTO, SN_REDUCE_NONE};
    const char *const texts[] = {
        lost_update, philosophers,
        "shared x\natomic y\nthread A, B, C { local t = x; y = t + 1; if (y == 1) { x = y } }\n"};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        char *first = NULL;
        for (size_t r = 0; r < sizeof reductions / sizeof *reductions; r++) {
            const SnDefine define = {"N", 3};
            const SnExploreOptions options = {.reduce = reductions[r]};
            explore_with(texts[t], &define, t == 1, &options);
            char *json = report_without_time();
            if (first == NULL) {
                first = json;
            } else {
                ck_assert_str_eq(json, first);
                sn_string_free(json);
            }
            sn_result_free(result);
            sn_scenario_free(scenario);
        }
        sn_string_free(first);
        ck_assert_uint_eq(mem_live_blocks(), 0);
    }
    result = NULL;
    scenario = NULL;
}
END_TEST

/* One step a statement: an increment cannot be torn, but two statements can. */
START_TEST(statement_granularity)
{
    const char text[] = "shared x\nthread A, B { x += 1; local t = x; x = t + 1 }\n";
    const SnLoadOptions options = {.statement_granularity = true};
    char *message;
    ck_assert_int_eq(sn_load("test.snarl", text, strlen(text), &options, &scenario, &message), SN_OK);
    ck_assert_msg(message == NULL, "%s", message);
    ck_assert_int_eq(sn_explore(scenario, NULL, &result, &message), SN_FOUND);
    ck_assert_str_eq(result->interleavings, "20");
    ck_assert_ptr_nonnull(finding("lost-update"));
    done();
}
END_TEST

/* -------------------------------------------------------------------- limits */

START_TEST(limits_leave_what_was_found)
{
    const SnDefine define = {"N", 5};
    const SnExploreOptions options = {.max_states = 50};
    explore_with(philosophers, &define, 1, &options);
    ck_assert(!result->complete);
    ck_assert_ptr_null(result->interleavings);
    ck_assert_str_eq(result->stopped,
                     "stopped at 50 states (--max-states): 20 of 50 states expanded (40 %), to depth 3; "
                     "raise it, or look at a part: --preemptions 2, --search random, --search pct");
    for (uint32_t o = 0; o < result->outcome_count; o++)
        ck_assert(isnan(result->outcomes[o].probability));
    done();
    const SnDefine increments_define = {"K", 20};
    const SnExploreOptions some = {.max_states = 1000};
    explore_with(increments, &increments_define, 1, &some);
    ck_assert_int_eq(result->status, SN_FOUND);
    ck_assert_str_eq(finding("lost-update")->schedule, "A B B A");
    done();
}
END_TEST

START_TEST(memory_is_a_limit_too)
{
    const SnDefine define = {"K", 200};
    const SnExploreOptions options = {.max_memory = (size_t)4 << 20};
    explore_with(increments, &define, 1, &options);
    ck_assert(!result->complete);
    ck_assert_int_eq(result->status, SN_FOUND);
    ck_assert_ptr_nonnull(strstr(result->stopped, "(--max-memory)"));
    ck_assert_str_eq(finding("lost-update")->schedule, "A B B A");
    done();
}
END_TEST

static bool stop_at_once(void *context, const SnProgress *progress)
{
    (void)progress;
    ++*(int *)context;
    return false;
}

START_TEST(the_user_can_stop_it)
{
    int calls = 0;
    const SnDefine define = {"K", 60};
    const SnExploreOptions options = {.progress = stop_at_once, .progress_context = &calls};
    explore_with(increments, &define, 1, &options);
    ck_assert_int_gt(calls, 0);
    ck_assert(!result->complete || result->interleavings == NULL);
    done();
}
END_TEST

START_TEST(counts_can_be_left_out)
{
    const SnExploreOptions options = {.skip_counts = true, .skip_lost_updates = true, .skip_races = true};
    explore_with(lost_update, NULL, 0, &options);
    ck_assert_ptr_null(result->interleavings);
    ck_assert_uint_eq(result->finding_count, 1);
    ck_assert_ptr_null(finding("final")->interleavings);
    ck_assert(isnan(finding("final")->probability));
    done();
}
END_TEST

/* -------------------------------------------------------------------- loading */

START_TEST(errors_are_told_with_their_place)
{
    char *message;
    const char text[] = "thread A { x = 1 }\n";
    ck_assert_int_eq(sn_load("bad.snarl", text, strlen(text), NULL, &scenario, &message), SN_INVALID);
    ck_assert_ptr_null(scenario);
    ck_assert_ptr_nonnull(strstr(message, "bad.snarl:1:12: error:"));
    sn_string_free(message);
    ck_assert_int_eq(sn_load_file("/nonexistent/x.snarl", NULL, &scenario, &message), SN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(message, "/nonexistent/x.snarl: "));
    sn_string_free(message);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(a_scenario_tells_of_itself)
{
    load(lost_update, NULL, 0);
    size_t length;
    ck_assert_str_eq(sn_scenario_name(scenario), "test.snarl");
    ck_assert_str_eq(sn_scenario_text(scenario, &length), lost_update);
    ck_assert_uint_eq(length, strlen(lost_update));
    char *steps = sn_scenario_steps(scenario);
    ck_assert_ptr_nonnull(strstr(steps, "load"));
    sn_string_free(steps);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(traces_of_findings_and_outcomes)
{
    explore(lost_update);
    for (uint32_t f = 0; f < result->finding_count; f++) {
        SnTrace *trace;
        char *message;
        SnStatus status = sn_trace_finding(result, f, &trace, &message);
        ck_assert_msg(status == SN_OK, "%s", message == NULL ? "" : message);
        ck_assert_uint_eq(trace->step_count, result->findings[f].step_count);
        ck_assert_str_eq(trace->schedule, result->findings[f].schedule);
        sn_trace_free(trace);
    }
    for (uint32_t o = 0; o < result->outcome_count; o++) {
        SnTrace *trace;
        char *message;
        ck_assert_int_eq(sn_trace_outcome(result, o, &trace, &message), SN_OK);
        ck_assert_int_eq(trace->end, result->outcomes[o].end);
        sn_trace_free(trace);
    }
    done();
}
END_TEST

/* Every refused allocation ends in a status, and nothing is left behind. */
START_TEST(refused_memory)
{
    load(lost_update, NULL, 0);
    size_t loaded = mem_live_blocks();
    for (uint64_t n = 1; n < 100000; n++) {
        char *message;
        mem_fail_at(n);
        SnStatus status = sn_explore(scenario, NULL, &result, &message);
        mem_fail_at(0);
        bool is_done = status == SN_FOUND && result->complete && result->interleavings != NULL;
        ck_assert_msg(status == SN_SYSTEM || result != NULL, "allocation %lu", (unsigned long)n);
        sn_result_free(result);
        sn_string_free(message);
        result = NULL;
        ck_assert_uint_eq(mem_live_blocks(), loaded);
        if (is_done)
            break;
    }
    done();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("api");
    TCase *tests = tcase_create("api");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, lost_update_by_hand);
    tcase_add_test(tests, races_of_the_lost_update);
    tcase_add_test(tests, increments_are_binomial);
    tcase_add_test(tests, three_threads_have_90);
    tcase_add_test(tests, a_lock_helps);
    tcase_add_test(tests, ab_ba);
    tcase_add_test(tests, a_partial_deadlock_is_found_while_others_go_on);
    tcase_add_test(tests, a_thread_can_block_itself);
    tcase_add_test(tests, daemons_may_wait_for_ever);
    tcase_add_test(tests, philosophers_deadlock_in_n_factorial);
    tcase_add_test(tests, lost_wake_up);
    tcase_add_test(tests, independent_lockers);
    tcase_add_test(tests, assertions_and_what_they_end);
    tcase_add_test(tests, an_assertion_without_a_text_is_told_with_its_source);
    tcase_add_test(tests, an_assertion_before_any_step);
    tcase_add_test(tests, a_lock_kept_at_the_end);
    tcase_add_test(tests, invariants);
    tcase_add_test(tests, runtime_errors);
    tcase_add_test(tests, dropped_executions);
    tcase_add_test(tests, outcomes_name_arrays_and_output);
    tcase_add_test(tests, finally_in_ends_of_all_kinds);
    tcase_add_test(tests, several_finally);
    tcase_add_test(tests, spawned_threads);
    tcase_add_test(tests, results_do_not_depend_on_chance_or_reduction);
    tcase_add_test(tests, statement_granularity);
    tcase_add_test(tests, limits_leave_what_was_found);
    tcase_add_test(tests, memory_is_a_limit_too);
    tcase_add_test(tests, the_user_can_stop_it);
    tcase_add_test(tests, counts_can_be_left_out);
    tcase_add_test(tests, errors_are_told_with_their_place);
    tcase_add_test(tests, a_scenario_tells_of_itself);
    tcase_add_test(tests, traces_of_findings_and_outcomes);
    tcase_add_test(tests, refused_memory);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
