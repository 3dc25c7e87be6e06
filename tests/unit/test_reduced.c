/* The reduced search and its parts: by hand, and where memory ends. Against the search of all states: see
 * tests/oracle/judge_reductions.c. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "api/arrange.h"
#include "api/scenario.h"
#include "base/memory.h"
#include "explore/acyclic.h"
#include "explore/persistent.h"
#include "explore/reduced.h"
#include "require.h"
#include "snarl/snarl.h"

static SnScenario *load(const char *text)
{
    SnScenario *scenario;
    char *message;
    SnStatus status = sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s", message == NULL ? "(no message)" : message);
    sn_string_free(message);
    return scenario;
}

static SnResult *explore(const char *text, SnReduce reduce, SnScenario **scenario)
{
    SnResult *result;
    char *message;
    const SnExploreOptions options = {.reduce = reduce};
    *scenario = load(text);
    sn_explore(*scenario, &options, &result, &message);
    ck_assert_msg(result != NULL, "%s", message == NULL ? "(no message)" : message);
    return result;
}

static uint64_t states_of(const char *text, SnReduce reduce)
{
    SnScenario *scenario;
    SnResult *result = explore(text, reduce, &scenario);
    uint64_t states = result->states;
    ck_assert(result->complete);
    ck_assert(result->is_reduced);
    ck_assert_ptr_null(result->interleavings);
    sn_result_free(result);
    sn_scenario_free(scenario);
    return states;
}

/* Two threads with k steps on memory of their own: (k + 1)^2 states, one way through them, nothing to keep. */
START_TEST(independent_threads)
{
    static const char text[] = "shared a, b\nthread A { a = 1; a = 2; a = 3 }\nthread B { b = 1; b = 2; b = 3 }\n";
    ck_assert_uint_eq(states_of(text, SN_REDUCE_PERSISTENT), 7);
    ck_assert_uint_eq(states_of(text, SN_REDUCE_SLEEP), 16);
    ck_assert_uint_eq(states_of(text, SN_REDUCE_MERGE), 1);
    ck_assert_uint_eq(states_of(text, SN_REDUCE_ALL), 1);
}
END_TEST

/* Three threads whose steps commute in no order, and that nothing tells apart: how many of them have done 0, 1 or 2
 * steps, with the counter that follows from it: multisets of three out of three, 10. With names 3^3 = 27. */
START_TEST(a_family)
{
    static const char text[] = "atomic x\nthread w[3] { fetch_add(x, 1); fetch_add(x, 1) }\n";
    ck_assert_uint_eq(states_of(text, SN_REDUCE_PERSISTENT), 27);
    ck_assert_uint_eq(states_of(text, SN_REDUCE_SYMMETRY), 10);
    /* `self` tells them apart */
    static const char named[] = "atomic x\nthread w[3] { fetch_add(x, self + 1); fetch_add(x, 1) }\n";
    ck_assert_uint_eq(states_of(named, SN_REDUCE_SYMMETRY), 27);
}
END_TEST

/* Elements that two threads never share do not tie them together, though the index is a register. */
START_TEST(elements_that_are_seen)
{
    static const char text[] = "shared a[4]\n"
                               "thread A { for i in 0..2 { a[i] = 1 } }\n"
                               "thread B { for i in 2..4 { a[i] = 1 } }\n";
    ck_assert_uint_eq(states_of(text, SN_REDUCE_PERSISTENT), 5);
    static const char shared[] = "shared a[4]\n"
                                 "thread A { for i in 0..2 { a[i] = 1 } }\n"
                                 "thread B { for i in 1..3 { a[i] = 2 } }\n";
    ck_assert_uint_gt(states_of(shared, SN_REDUCE_PERSISTENT), 5);
}
END_TEST

/* An assertion that can fail keeps the values at which it does: all of them. */
START_TEST(a_step_that_ends_it)
{
    static const char text[] = "atomic x, y\nthread A { x = 1; x = 2 }\nthread B { y = 1; assert y == 0 }\n";
    SnScenario *scenario;
    SnResult *result = explore(text, SN_REDUCE_ALL, &scenario);
    ck_assert_uint_eq(result->outcome_count, 3);
    ck_assert_uint_eq(result->finding_count, 1);
    ck_assert_str_eq(result->findings[0].schedule, "B B");
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

/* What is not reduced is explored whole. */
START_TEST(executions_without_end)
{
    static const char text[] = "atomic x\nthread A { while (x == 0) { } }\nthread B { x = 1 }\n";
    SnScenario *scenario;
    SnResult *result = explore(text, SN_REDUCE_ALL, &scenario);
    ck_assert(!result->is_reduced);
    ck_assert(result->complete);
    ck_assert_str_eq(result->interleavings, "infinite");
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

/* ------------------------------------------------------------------------ conflicts */

static StepKind kind_at(const Uses *uses, const Machine *machine, const Word *state, ThreadId thread)
{
    return uses_kind(uses, machine, state, thread, machine_point(machine, state, thread));
}

START_TEST(conflicts_by_hand)
{
    static const char text[] = "semaphore s = 1\nmutex m\natomic x\nevent e\nqueue q[2] = {1}\n"
                               "thread acquires { acquire s }\nthread releases { release s }\n"
                               "thread locks { lock m; unlock m }\nthread locks_too { lock m; unlock m }\n"
                               "thread reads { local t = x }\nthread writes { x = 1 }\nthread reads_too { local t = x }\n"
                               "thread puts { put q, 1 }\nthread gets { get q }\nthread tries { local t = try lock m }\n"
                               "outcome x\n";
    enum { ACQUIRES, RELEASES, LOCKS, LOCKS_TOO, READS, WRITES, READS_TOO, PUTS, GETS, TRIES, THREADS };
    static const ThreadId pairs[][2] = {{ACQUIRES, ACQUIRES}, {LOCKS, LOCKS_TOO}, {READS, WRITES}, {LOCKS, TRIES},
                                        {PUTS, PUTS},         {GETS, GETS}};
    SnScenario *scenario = load(text);
    Machine *machine;
    REQUIRE(machine_new(scenario->program, NULL, &machine) == STATUS_OK);
    Expansion expansion = {0};
    Word *state = mem_alloc(machine_words(machine), sizeof *state);
    bool is_unfit;
    Uses *uses = uses_new(machine_program(machine), &is_unfit);
    REQUIRE(uses != NULL && state != NULL && machine_start(machine, state, &expansion) == STATUS_OK);
    for (ThreadId a = 0; a < THREADS; a++)
        for (ThreadId b = a; b < THREADS; b++) {
            bool expected = a == WRITES && b == WRITES;
            expected |= a == TRIES && b == TRIES;
            expected |= (a == LOCKS || a == LOCKS_TOO) && (b == LOCKS || b == LOCKS_TOO || b == TRIES);
            expected |= a == WRITES && b == READS_TOO;
            for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++)
                expected |= pairs[p][0] == a && pairs[p][1] == b;
            bool actual = uses_conflict(uses, kind_at(uses, machine, state, a), kind_at(uses, machine, state, b));
            ck_assert_msg(actual == expected, "%s and %s", machine_program(machine)->threads[a].name,
                          machine_program(machine)->threads[b].name);
        }
    /* the unlock behind the lock makes it possible */
    StepKind lock = kind_at(uses, machine, state, LOCKS);
    ck_assert(uses_may_enable(uses, lock, LOCKS_TOO, machine_point(machine, state, LOCKS_TOO)));
    ck_assert(!uses_may_enable(uses, lock, WRITES, machine_point(machine, state, WRITES)));
    ck_assert(!uses_meet(uses, lock, WRITES, machine_point(machine, state, WRITES)));
    ck_assert(uses_add_stop(uses, WRITES, machine_point(machine, state, WRITES)));
    uses_refresh(uses);
    ck_assert(uses_meet(uses, lock, WRITES, machine_point(machine, state, WRITES)));
    uses_free(uses);
    mem_free(state);
    expansion_free(&expansion);
    machine_free(machine);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* ---------------------------------------------------------------------------- parts */

START_TEST(cycles_of_edges)
{
    Budget budget = {0};
    Edges edges;
    bool is_acyclic;
    ck_assert(edges_open(&edges, &budget));
    static const StateId pairs[][2] = {{0, 1}, {0, 2}, {2, 1}, {1, 3}, {2, 3}};
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++)
        ck_assert(edges_add(&edges, pairs[p][0], pairs[p][1]));
    ck_assert(edges_check(&edges, 4, &is_acyclic) && is_acyclic);
    ck_assert(edges_add(&edges, 3, 2));
    ck_assert(edges_check(&edges, 4, &is_acyclic) && !is_acyclic);
    edges_free(&edges);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static bool count_one(void *context, const ThreadId *to)
{
    uint32_t *seen = context;
    seen[0]++;
    uint32_t places = 0;
    for (ThreadId t = 0; t < 4; t++)
        places |= 1u << to[t];
    seen[1] += places == 15; /* an exchange: everybody goes somewhere else */
    return true;
}

/* Of four threads two have one role and two another: 4! / (2! 2!) arrangements. */
START_TEST(arrangements)
{
    SnScenario *scenario = load("atomic x\nthread w[4] { fetch_add(x, 1) }\n");
    Machine *machine;
    REQUIRE(machine_new(scenario->program, NULL, &machine) == STATUS_OK);
    Symmetry *symmetry = symmetry_new(machine);
    REQUIRE(symmetry != NULL);
    ck_assert_uint_eq(symmetry_family_count(symmetry), 1);
    const uint32_t roles[4] = {2, 7, 7, 2};
    uint32_t seen[2] = {0};
    ck_assert(arrange_all(symmetry, 4, roles, 100, count_one, seen));
    ck_assert_uint_eq(seen[0], 6);
    ck_assert_uint_eq(seen[1], 6);
    ck_assert(!arrange_all(symmetry, 4, roles, 5, count_one, seen));
    symmetry_free(symmetry);
    machine_free(machine);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* ---------------------------------------------------------------------- memory ends */

/* With each allocation refused once: the same findings, or none because memory ended; nothing stays behind. */
START_TEST(memory_ends)
{
    static const char text[] = "mutex a, b\nshared x\nthread w[2] { lock a; lock b; x++; unlock b; unlock a }\n"
                               "thread v { lock b; lock a; unlock a; unlock b }\n";
    SnScenario *scenario = load(text);
    size_t base = mem_live_blocks();
    uint32_t whole = 0;
    for (uint64_t n = 1; n < 100000; n++) {
        SnResult *result;
        char *message;
        const SnExploreOptions options = {.reduce = SN_REDUCE_ALL};
        mem_fail_at(n);
        sn_explore(scenario, &options, &result, &message);
        bool was_refused = result == NULL || !result->complete || !result->is_reduced;
        ck_assert(result != NULL || message != NULL);
        if (result != NULL && result->complete) /* two sets of threads, and the lock order of each */
            ck_assert_uint_eq(result->finding_count, 4);
        sn_string_free(message);
        sn_result_free(result);
        ck_assert_uint_eq(mem_live_blocks(), base);
        whole = was_refused ? 0 : whole + 1;
        if (whole > 300) /* no allocation has this number any more */
            break;
    }
    mem_fail_at(0);
    ck_assert_uint_gt(whole, 300);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reduced");
    TCase *tests = tcase_create("reduced");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, independent_threads);
    tcase_add_test(tests, a_family);
    tcase_add_test(tests, elements_that_are_seen);
    tcase_add_test(tests, a_step_that_ends_it);
    tcase_add_test(tests, executions_without_end);
    tcase_add_test(tests, conflicts_by_hand);
    tcase_add_test(tests, cycles_of_edges);
    tcase_add_test(tests, arrangements);
    tcase_add_test(tests, memory_ends);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
