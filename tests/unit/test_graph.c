/* The graph of all states for people: as many as the exploration counts, the point of no return, paths. */
#define _XOPEN_SOURCE 700 /* nftw; NOLINT(bugprone-reserved-identifier) */
#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "snarl/snarl.h"

static const char AB_BA[] = "mutex a\nmutex b\nthread T1 { lock a\n lock b\n unlock b\n unlock a }\n"
                            "thread T2 { lock b\n lock a\n unlock a\n unlock b }\n";

static SnScenario *load(const char *text)
{
    SnScenario *scenario;
    char *message = NULL;
    ck_assert_msg(sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message) == SN_OK, "%s", message);
    sn_string_free(message);
    return scenario;
}

static SnStateGraph *explore(const SnScenario *scenario, const SnGraphOptions *options)
{
    SnStateGraph *graph;
    char *message = NULL;
    ck_assert_msg(sn_explore_graph(scenario, options, &graph, &message) == SN_OK, "%s", message);
    return graph;
}

/* Edges lie within their states, ascend, and each end is what its steps say. */
static void check_graph(const SnStateGraph *graph)
{
    for (uint32_t s = 0; s < graph->state_count; s++) {
        const SnState *state = &graph->states[s];
        bool reaches = state->is_open || (state->edge_count == 0 && !state->is_bad);
        ck_assert_uint_le(state->first_edge + state->edge_count, graph->edge_count);
        if (!state->is_open)
            ck_assert_int_eq(state->end == SN_END_RUNNING, state->edge_count > 0);
        for (uint32_t e = state->first_edge; e < state->first_edge + state->edge_count; e++) {
            const SnStateEdge *edge = &graph->edges[e];
            ck_assert_uint_eq(edge->from, s);
            ck_assert_uint_lt(edge->to, graph->state_count);
            ck_assert_uint_lt(edge->thread, graph->thread_count);
            ck_assert_uint_gt(edge->line, 0);
            reaches |= graph->states[edge->to].can_end_well;
        }
        if (graph->is_complete && !state->is_open)
            ck_assert_int_eq(state->can_end_well, reaches);
        ck_assert_ptr_nonnull(strchr(state->text, '\n'));
    }
    for (uint32_t i = 0; i < graph->path_length; i++)
        ck_assert_uint_eq(graph->edges[graph->path[i]].from, i == 0 ? 0 : graph->edges[graph->path[i - 1]].to);
}

START_TEST(no_return)
{
    SnScenario *scenario = load(AB_BA);
    SnGraphOptions options = {.schedule = "T1 T2"};
    SnStateGraph *graph = explore(scenario, &options);
    check_graph(graph);
    ck_assert(graph->is_complete);
    ck_assert_uint_eq(graph->path_length, 2);
    const SnState *last = &graph->states[graph->edges[graph->path[1]].to];
    ck_assert_int_eq(last->end, SN_END_DEADLOCK);
    ck_assert(last->is_bad && !last->can_end_well);
    ck_assert(graph->states[0].can_end_well);
    ck_assert_ptr_nonnull(strstr(last->text, "a = held by T1, b = held by T2\nT1 at :4, T2 at :8"));
    uint32_t bad = 0;
    for (uint32_t s = 0; s < graph->state_count; s++)
        bad += !graph->states[s].can_end_well;
    ck_assert_uint_eq(bad, 1);
    sn_state_graph_free(graph);

    options.is_path_only = true;
    graph = explore(scenario, &options);
    check_graph(graph);
    ck_assert_uint_eq(graph->path_length, 2);
    ck_assert_uint_eq(graph->state_count, 5); /* start, T1, T2, both, and T1 with both locks */
    sn_state_graph_free(graph);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(refusals)
{
    SnScenario *scenario = load(AB_BA);
    SnStateGraph *graph;
    char *message;
    ck_assert_int_eq(sn_explore_graph(scenario, &(SnGraphOptions){.max_states = 4}, &graph, &message), SN_INCOMPLETE);
    ck_assert_ptr_null(graph);
    ck_assert_ptr_nonnull(strstr(message, "more than 4 states"));
    sn_string_free(message);
    ck_assert_int_eq(sn_explore_graph(scenario, &(SnGraphOptions){.schedule = "T1 T1 T2"}, &graph, &message),
                     SN_INVALID);
    ck_assert_ptr_nonnull(strstr(message, "step 3"));
    sn_string_free(message);
    for (uint64_t n = 1;; n++) {
        mem_fail_at(n);
        SnStatus status = sn_explore_graph(scenario, &(SnGraphOptions){.schedule = "T1 T2"}, &graph, &message);
        mem_fail_at(0);
        sn_string_free(message);
        sn_state_graph_free(graph);
        if (status == SN_OK)
            break;
        ck_assert_int_eq(status, SN_SYSTEM);
    }
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static unsigned compared;

static int check_file(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)where;
    size_t length = strlen(path);
    if (kind != FTW_F || length < 6 || strcmp(path + length - 6, ".snarl") != 0)
        return 0;
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    char *message = NULL;
    SnExploreOptions options = {.max_states = 2000, .skip_counts = true};
    ck_assert_msg(sn_load_file(path, NULL, &scenario, &message) == SN_OK, "%s", message);
    sn_string_free(message);
    sn_explore(scenario, &options, &result, &message);
    ck_assert_msg(result != NULL, "%s: %s", path, message);
    if (result->complete && result->finding_count > 0) {
        SnGraphOptions wanted = {.max_states = 2000, .schedule = result->findings[0].schedule};
        SnStateGraph *graph = explore(scenario, &wanted);
        check_graph(graph);
        ck_assert_msg(graph->state_count == result->states, "%s", path);
        ck_assert_uint_eq(graph->edge_count, result->steps);
        sn_state_graph_free(graph);
        wanted.is_path_only = true;
        graph = explore(scenario, &wanted);
        check_graph(graph);
        ck_assert_uint_eq(graph->path_length, result->findings[0].step_count);
        sn_state_graph_free(graph);
        compared++;
    }
    sn_result_free(result);
    sn_scenario_free(scenario);
    return 0;
}

START_TEST(every_lesson)
{
    ck_assert_int_eq(nftw(SNARL_SOURCE_DIR "/scenarios", check_file, 16, FTW_PHYS), 0);
    ck_assert_uint_gt(compared, 50);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("graph");
    TCase *tests = tcase_create("graph");
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, no_return);
    tcase_add_test(tests, refusals);
    tcase_add_test(tests, every_lesson);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
