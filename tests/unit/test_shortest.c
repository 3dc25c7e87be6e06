#include "explore/shortest.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "require.h"

enum { MOST_STATES = 12, MOST_OUT = 6, THREADS = 3, MOST_LENGTH = 16 };

typedef struct Random {
    uint64_t x;
} Random;

static uint32_t draw(Random *random, uint32_t n)
{
    random->x ^= random->x << 13;
    random->x ^= random->x >> 7;
    random->x ^= random->x << 17;
    return (uint32_t)((random->x >> 33) % n);
}

static void graph_make(Graph *graph, uint32_t states, uint32_t edges)
{
    *graph = (Graph){.state_count = states, .expanded_count = states, .is_complete = true};
    graph->first_edge = mem_alloc(states + 1, sizeof *graph->first_edge);
    graph->edge_to = mem_alloc(edges, sizeof *graph->edge_to);
    graph->edge_thread = mem_alloc(edges, sizeof *graph->edge_thread);
}

static void graph_drop(Graph *graph)
{
    mem_free(graph->first_edge);
    mem_free(graph->edge_to);
    mem_free(graph->edge_thread);
}

/* Acyclic: edges go to greater ids only, within reach when `is_long`. */
static void random_graph(Graph *graph, Random *random, bool is_cyclic, bool is_long)
{
    uint32_t states = 2 + draw(random, MOST_STATES - 1);
    graph_make(graph, states, MOST_STATES * MOST_OUT);
    for (uint32_t s = 0; s < states; s++) {
        graph->first_edge[s] = graph->edge_count;
        uint32_t out = draw(random, is_cyclic ? 3 : MOST_OUT);
        if (!is_cyclic && s + 1 == states)
            out = 0;
        uint16_t threads[MOST_OUT];
        for (uint32_t i = 0; i < out; i++)
            threads[i] = (uint16_t)draw(random, THREADS);
        for (uint32_t t = 0; t < THREADS; t++)
            for (uint32_t i = 0; i < out; i++)
                if (threads[i] == t) {
                    uint32_t left = states - s - 1;
                    uint32_t to =
                        is_cyclic ? draw(random, states) : s + 1 + draw(random, is_long && left > 2 ? 2 : left);
                    graph->edge_to[graph->edge_count] = to;
                    graph->edge_thread[graph->edge_count++] = (uint16_t)t;
                }
    }
    graph->first_edge[states] = graph->edge_count;
}

/* ------------------------------------------------------------------- the judge */

/* Looks at every path, which knows nothing of distances: each prefix's cost is counted by reading the schedule. */
typedef struct Judge {
    const Graph *graph;
    const Goal *goals;
    uint32_t goal_count;
    StateId states[MOST_LENGTH + 1];
    EdgeId edges[MOST_LENGTH];
    bool is_found;
    Cost cost;
    EdgeId best[MOST_LENGTH];
    uint32_t goal;
} Judge;

static bool thread_has_step(const Graph *graph, StateId state, uint16_t thread)
{
    for (EdgeId e = graph->first_edge[state]; e < graph->first_edge[state + 1]; e++)
        if (graph->edge_thread[e] == thread)
            return true;
    return false;
}

static Cost read_cost(const Judge *judge, uint32_t length)
{
    Cost cost = {.steps = length};
    for (uint32_t i = 1; i < length; i++) {
        uint16_t before = judge->graph->edge_thread[judge->edges[i - 1]];
        if (before == judge->graph->edge_thread[judge->edges[i]])
            continue;
        cost.switches++;
        cost.preemptions += thread_has_step(judge->graph, judge->states[i], before);
    }
    return cost;
}

static bool is_better(const Judge *judge, Cost cost, uint32_t length)
{
    if (!judge->is_found)
        return true;
    if (cost.preemptions != judge->cost.preemptions)
        return cost.preemptions < judge->cost.preemptions;
    if (cost.switches != judge->cost.switches)
        return cost.switches < judge->cost.switches;
    if (cost.steps != judge->cost.steps)
        return cost.steps < judge->cost.steps;
    /* Edge ids of the same state ascend with thread and choice; up to the first difference the states are the same. */
    for (uint32_t i = 0; i < length; i++)
        if (judge->edges[i] != judge->best[i])
            return judge->edges[i] < judge->best[i];
    return false;
}

static void judge_path(Judge *judge, uint32_t length)
{
    for (uint32_t g = 0; g < judge->goal_count; g++) {
        const Goal *goal = &judge->goals[g];
        uint32_t extra = goal->edge == NO_EDGE ? 0 : goal->second_edge == NO_EDGE ? 1 : 2;
        if (length < extra || judge->states[length - extra] != goal->state)
            continue;
        if ((extra >= 1 && judge->edges[length - extra] != goal->edge) ||
            (extra == 2 && judge->edges[length - 1] != goal->second_edge))
            continue;
        Cost cost = read_cost(judge, length);
        if (!is_better(judge, cost, length))
            continue;
        judge->is_found = true;
        judge->cost = cost;
        judge->goal = g;
        memcpy(judge->best, judge->edges, length * sizeof *judge->best);
    }
    if (length == MOST_LENGTH)
        return;
    StateId state = judge->states[length];
    for (EdgeId e = judge->graph->first_edge[state]; e < judge->graph->first_edge[state + 1]; e++) {
        judge->edges[length] = e;
        judge->states[length + 1] = judge->graph->edge_to[e];
        judge_path(judge, length + 1);
    }
}

static void random_goals(const Graph *graph, Random *random, Goal *goals, uint32_t count)
{
    for (uint32_t g = 0; g < count; g++) {
        StateId state = draw(random, (uint32_t)graph->state_count);
        goals[g] = (Goal){state, NO_EDGE, NO_EDGE};
        uint32_t out = (uint32_t)(graph->first_edge[state + 1] - graph->first_edge[state]);
        if (out == 0 || draw(random, 3) == 0)
            continue;
        goals[g].edge = graph->first_edge[state] + draw(random, out);
        StateId next = graph->edge_to[goals[g].edge];
        out = (uint32_t)(graph->first_edge[next + 1] - graph->first_edge[next]);
        if (out > 0 && draw(random, 2) == 0)
            goals[g].second_edge = graph->first_edge[next] + draw(random, out);
    }
}

/* One question; what the engine says must be what the judge says, to the last step. */
static bool compare(Shortest *shortest, const Graph *graph, const Goal *goals, uint32_t goal_count)
{
    static Judge judge;
    judge = (Judge){.graph = graph, .goals = goals, .goal_count = goal_count};
    judge_path(&judge, 0);
    EasiestSchedule schedule;
    Status status = shortest_schedule(shortest, goals, goal_count, &schedule);
    if (!judge.is_found) {
        REQUIRE(status == STATUS_INVALID && schedule.steps == NULL);
        return false;
    }
    REQUIRE(status == STATUS_OK);
    REQUIRE(memcmp(&schedule.cost, &judge.cost, sizeof judge.cost) == 0);
    REQUIRE(schedule.count == judge.cost.steps && schedule.goal == judge.goal && schedule.steps != NULL);
    StateId state = 0;
    for (uint32_t i = 0; i < schedule.count; i++) {
        uint32_t choices, choice = graph_edge_choice(graph, state, judge.best[i], &choices);
        REQUIRE(schedule.steps[i].thread == graph->edge_thread[judge.best[i]]);
        REQUIRE(schedule.steps[i].choice == choice && schedule.steps[i].choices == choices);
        state = graph->edge_to[judge.best[i]];
    }
    mem_free(schedule.steps);
    return true;
}

static void compare_random(uint64_t seed, bool is_cyclic, uint32_t *reached, uint32_t *preempted)
{
    Random random = {seed * 0x9E3779B97F4A7C15u + 1};
    Graph graph;
    random_graph(&graph, &random, is_cyclic, seed % 2 == 0);
    Shortest *shortest;
    REQUIRE(shortest_new(&graph, NULL, NULL, &shortest) == STATUS_OK);
    for (uint32_t question = 0; question < 4; question++) {
        if (question == seed % 8) /* what was settled before is forgotten */
            REQUIRE(shortest_find_all(shortest) == STATUS_OK);
        Goal goals[4];
        uint32_t count = 1 + draw(&random, 4);
        random_goals(&graph, &random, goals, count);
        /* Paths through cycles have no end; the judge sees those of MOST_LENGTH steps, and longer answers are not for
         * it to judge. */
        if (is_cyclic) {
            EasiestSchedule schedule;
            Status status = shortest_schedule(shortest, goals, count, &schedule);
            mem_free(schedule.steps);
            if (status == STATUS_OK && schedule.count > MOST_LENGTH)
                continue;
        }
        if (compare(shortest, &graph, goals, count)) {
            EasiestSchedule schedule;
            REQUIRE(shortest_schedule(shortest, goals, count, &schedule) == STATUS_OK);
            ++*reached;
            *preempted += schedule.cost.preemptions > 0;
            mem_free(schedule.steps);
        }
    }
    shortest_free(shortest);
    graph_drop(&graph);
    REQUIRE(mem_live_blocks() == 0);
}

START_TEST(acyclic_against_all_paths)
{
    uint32_t reached = 0, preempted = 0;
    for (uint64_t seed = 1; seed <= 6000; seed++)
        compare_random(seed, false, &reached, &preempted);
    ck_assert_uint_gt(reached, 6000);
    ck_assert_uint_gt(preempted, 1000);
}
END_TEST

START_TEST(cyclic_against_all_paths)
{
    uint32_t reached = 0, preempted = 0;
    for (uint64_t seed = 1; seed <= 3000; seed++)
        compare_random(seed, true, &reached, &preempted);
    ck_assert_uint_gt(reached, 3000);
    ck_assert_uint_gt(preempted, 150);
}
END_TEST

/* --------------------------------------------------------- interleavings, as grids */

/* All interleavings of threads with the given numbers of steps, states by mixed radix: state = sum of place[t] *
 * stride[t]. */
static void grid(Graph *graph, const uint32_t *steps, uint32_t threads)
{
    uint32_t states = 1, stride[THREADS + 1];
    for (uint32_t t = 0; t < threads; t++) {
        stride[t] = states;
        states *= steps[t] + 1;
    }
    graph_make(graph, states, states * threads);
    for (uint32_t s = 0; s < states; s++) {
        graph->first_edge[s] = graph->edge_count;
        for (uint32_t t = 0; t < threads; t++)
            if (s / stride[t] % (steps[t] + 1) < steps[t]) {
                graph->edge_to[graph->edge_count] = s + stride[t];
                graph->edge_thread[graph->edge_count++] = (uint16_t)t;
            }
    }
    graph->first_edge[states] = graph->edge_count;
}

static void expect_schedule(Shortest *shortest, Goal goal, const char *threads, Cost cost)
{
    EasiestSchedule schedule;
    ck_assert_int_eq(shortest_schedule(shortest, &goal, 1, &schedule), STATUS_OK);
    ck_assert_uint_eq(schedule.count, strlen(threads));
    for (uint32_t i = 0; i < schedule.count; i++) {
        ck_assert_uint_eq(schedule.steps[i].thread, (uint32_t)(threads[i] - 'A'));
        ck_assert_uint_eq(schedule.steps[i].choice, 1);
        ck_assert_uint_eq(schedule.steps[i].choices, 1);
    }
    ck_assert_mem_eq(&schedule.cost, &cost, sizeof cost);
    mem_free(schedule.steps);
}

/* Two threads, read and write each, states by hand. */
START_TEST(lost_update)
{
    /* 0 start; 1 A read; 2 B read; 3 A done; 4 both read; 5 B done; 6 both read, A wrote; 7 both read, B wrote;
     * 8 A done, B read; 9 B done, A read; 10 lost; 11 good */
    static const struct {
        StateId from;
        uint16_t thread;
        StateId to;
    } steps[] = {
        {0, 0, 1}, {0, 1, 2}, {1, 0, 3}, {1, 1, 4},  {2, 0, 4},  {2, 1, 5},  {3, 1, 8},
        {4, 0, 6}, {4, 1, 7}, {5, 0, 9}, {6, 1, 10}, {7, 0, 10}, {8, 1, 11}, {9, 0, 11},
    };
    enum { COUNT = sizeof steps / sizeof steps[0] };
    Graph graph;
    graph_make(&graph, 12, COUNT);
    for (uint32_t s = 0, e = 0; s < 12; s++) {
        graph.first_edge[s] = e;
        for (; e < COUNT && steps[e].from == s; e++) {
            graph.edge_to[e] = steps[e].to;
            graph.edge_thread[e] = steps[e].thread;
        }
    }
    graph.edge_count = graph.first_edge[12] = COUNT;
    Shortest *shortest;
    ck_assert_int_eq(shortest_new(&graph, NULL, NULL, &shortest), STATUS_OK);
    expect_schedule(shortest, (Goal){0, NO_EDGE, NO_EDGE}, "", (Cost){0, 0, 0});
    expect_schedule(shortest, (Goal){11, NO_EDGE, NO_EDGE}, "AABB", (Cost){0, 1, 4});
    expect_schedule(shortest, (Goal){10, NO_EDGE, NO_EDGE}, "ABBA", (Cost){1, 2, 4});
    expect_schedule(shortest, (Goal){4, 8, NO_EDGE}, "ABB", (Cost){1, 1, 3});
    expect_schedule(shortest, (Goal){4, 7, NO_EDGE}, "BAA", (Cost){1, 1, 3});
    expect_schedule(shortest, (Goal){4, 8, 11}, "ABBA", (Cost){1, 2, 4});
    shortest_free(shortest);
    graph_drop(&graph);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(threads_one_after_the_other)
{
    Graph graph;
    grid(&graph, (uint32_t[]){5, 3, 4}, 3);
    Shortest *shortest;
    ck_assert_int_eq(shortest_new(&graph, NULL, NULL, &shortest), STATUS_OK);
    expect_schedule(shortest, (Goal){(StateId)graph.state_count - 1, NO_EDGE, NO_EDGE}, "AAAAABBBCCCC",
                    (Cost){0, 2, 12});
    /* A has made 2 of 5, B 1 of 3, C all 4: C ends, so only the switch from A preempts */
    expect_schedule(shortest, (Goal){2 + 1 * 6 + 4 * 24, NO_EDGE, NO_EDGE}, "AACCCCB", (Cost){1, 2, 7});
    shortest_free(shortest);
    graph_drop(&graph);
}
END_TEST

START_TEST(unreachable_goals_are_passed_over)
{
    Graph graph;
    graph_make(&graph, 4, 2); /* 2 is reached from 3 only, which nothing reaches */
    graph.first_edge[0] = 0;
    graph.first_edge[1] = graph.first_edge[2] = graph.first_edge[3] = 1;
    graph.first_edge[4] = graph.edge_count = 2;
    graph.edge_to[0] = 1;
    graph.edge_to[1] = 2;
    Shortest *shortest;
    EasiestSchedule schedule;
    ck_assert_int_eq(shortest_new(&graph, NULL, NULL, &shortest), STATUS_OK);
    Goal goals[] = {{2, NO_EDGE, NO_EDGE}, {3, 1, NO_EDGE}, {1, NO_EDGE, NO_EDGE}};
    ck_assert_int_eq(shortest_schedule(shortest, goals, 2, &schedule), STATUS_INVALID);
    ck_assert_int_eq(shortest_schedule(shortest, goals, 0, &schedule), STATUS_INVALID);
    ck_assert_int_eq(shortest_schedule(shortest, goals, 3, &schedule), STATUS_OK);
    ck_assert_uint_eq(schedule.goal, 2);
    ck_assert_uint_eq(schedule.count, 1);
    mem_free(schedule.steps);
    shortest_free(shortest);
    graph_drop(&graph);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* ------------------------------------------------------------ when the world says no */

static bool count_down(void *context)
{
    uint32_t *left = context;
    if (*left == 0)
        return false;
    --*left;
    return true;
}

START_TEST(interruption_resumes)
{
    Graph graph;
    grid(&graph, (uint32_t[]){60, 60, 60}, 3); /* enough for questions before and while the costs of all are found */
    Goal goal = {20 + 20 * 61 + 20 * 61 * 61, NO_EDGE, NO_EDGE};
    uint32_t left = 0, interruptions = 0;
    Shortest *shortest;
    EasiestSchedule schedule;
    ck_assert_int_eq(shortest_new(&graph, count_down, &left, &shortest), STATUS_OK);
    Status status;
    while ((status = shortest_schedule(shortest, &goal, 1, &schedule)) == STATUS_INTERRUPTED)
        left = ++interruptions;
    ck_assert_int_eq(status, STATUS_OK);
    ck_assert_uint_gt(interruptions, 2);
    ck_assert_uint_eq(schedule.count, 60);
    ck_assert_uint_eq(schedule.cost.preemptions, 2);
    for (uint32_t i = 0; i < 60; i++)
        ck_assert_uint_eq(schedule.steps[i].thread, i / 20);
    mem_free(schedule.steps);
    shortest_free(shortest);
    graph_drop(&graph);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(refused_memory)
{
    Graph graph;
    grid(&graph, (uint32_t[]){12, 12, 12}, 3);
    Goal goal = {6 + 6 * 13 + 6 * 169, NO_EDGE, NO_EDGE};
    uint32_t failures = 0;
    for (uint64_t fail = 1; fail < 80; fail++) {
        Shortest *shortest;
        EasiestSchedule schedule = {0};
        mem_fail_at(fail);
        Status status = shortest_new(&graph, NULL, NULL, &shortest);
        for (uint32_t attempts = 0; shortest != NULL && attempts < 2 && status != STATUS_INVALID; attempts++) {
            status = shortest_schedule(shortest, &goal, 1, &schedule);
            if (status == STATUS_OK)
                break;
            failures++;
        }
        mem_fail_at(0);
        if (shortest != NULL) { /* one refusal is got over at the second call, with the same answer */
            REQUIRE(status == STATUS_OK && schedule.count == 18 && schedule.cost.preemptions == 2 &&
                    schedule.cost.switches == 2);
            for (uint32_t i = 0; i < 18; i++)
                REQUIRE(schedule.steps[i].thread == i / 6);
        } else {
            REQUIRE(status == STATUS_NO_MEMORY);
        }
        mem_free(schedule.steps);
        shortest_free(shortest);
        REQUIRE(mem_live_blocks() == 3);
    }
    ck_assert_uint_gt(failures, 4);
    graph_drop(&graph);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shortest");
    TCase *tests = tcase_create("shortest");
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, acyclic_against_all_paths);
    tcase_add_test(tests, cyclic_against_all_paths);
    tcase_add_test(tests, lost_update);
    tcase_add_test(tests, threads_one_after_the_other);
    tcase_add_test(tests, unreachable_goals_are_passed_over);
    tcase_add_test(tests, interruption_resumes);
    tcase_add_test(tests, refused_memory);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
