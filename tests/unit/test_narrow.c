/* Layouts by what fields were seen to have: few bits, the same states in the same order, and values that nobody saw before the search. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "api/scenario.h"
#include "base/memory.h"
#include "explore/search.h"
#include "require.h"

typedef struct Figures {
    uint64_t states, steps;
    uint32_t bits;
} Figures;

static Figures search(const char *text, bool keeps_locals)
{
    SnScenario *scenario;
    char *message;
    ck_assert_msg(sn_load("narrow.snarl", text, strlen(text), NULL, &scenario, &message) == SN_OK, "%s", message);
    sn_string_free(message);
    const MachineOptions options = {.skip_lost_updates = true, .keep_locals = keeps_locals};
    Machine *machine;
    REQUIRE(machine_new(scenario->program, &options, &machine) == STATUS_OK);
    Graph *graph;
    REQUIRE(search_run(machine, &(SearchOptions){0}, NULL, &graph) == STATUS_OK);
    Figures figures = {graph->state_count, graph->edge_count, machine_bits(machine)};
    graph_free(graph);
    machine_free(machine);
    sn_scenario_free(scenario);
    REQUIRE(mem_live_blocks() == 0);
    return figures;
}

START_TEST(what_follows_is_not_kept)
{
    /* for each thread: point 2 bits, i 2 or 3, own 3, owner 1; i + 1 comes from i */
    Figures figures = search("shared own[3]\nmutex m[3]\n"
                             "thread worker[3] { lock m[self]\nfor i in 0..6 { own[self] = i + 1 }\nunlock m[self] }\n", false);
    ck_assert_uint_eq(figures.states, 9 * 9 * 9);
    ck_assert_uint_le(figures.bits, 3 * 9);
    /* 3k + 7, 20 - k and -k from k, across other operations, and k itself changed behind them */
    figures = search("shared a = 0, b = 0, c = 0\nthread t { for k in 0..5 { local x = k * 3 + 7\nlocal y = 20 - k\nlocal z = -k\n"
                     "a = x\nb = y\nc = z\nassert a == x && b == y && c == z } }\nthread u { skip\nskip }\n", false);
    ck_assert_uint_eq(figures.states, (5 * 6 + 1) * 3);
}
END_TEST

START_TEST(owners_by_number)
{
    /* eight threads, of which two take each lock: not free or one of eight, but free or one of two */
    Figures figures = search("mutex m[4]\nthread w[8] { lock m[self / 2]\nunlock m[self / 2] }\n"
                             "", false);
    ck_assert_uint_gt(figures.states, 0);
    ck_assert_uint_le(figures.bits, 8 * 2 + 4 * 2);
}
END_TEST

START_TEST(values_that_no_walk_shows)
{
    /* thread A must stop in time for B, again and again: random walks do not come to the end */
    Figures figures = search("atomic x = 0, y = 0\nthread A { for i in 0..12 { x = i * 100 } }\n"
                             "thread B { for i in 0..12 { await (x == i * 100)\ny = i * i * i * 1000 - 5 } }\n", false);
    Figures full = search("atomic x = 0, y = 0\nthread A { for i in 0..12 { x = i * 100 } }\n"
                          "thread B { for i in 0..12 { await (x == i * 100)\ny = i * i * i * 1000 - 5 } }\n", true);
    ck_assert_uint_le(figures.states, full.states);
    ck_assert_uint_gt(figures.states, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("narrow");
    TCase *tcase = tcase_create("narrow");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, what_follows_is_not_kept);
    tcase_add_test(tcase, owners_by_number);
    tcase_add_test(tcase, values_that_no_walk_shows);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
