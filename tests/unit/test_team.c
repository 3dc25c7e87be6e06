/* Jobs shared out among threads, the layers of an order, and counting by several threads against counting by one. */
#include <check.h>
#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "count_graphs.h"
#include "explore/count.h"
#include "explore/layers.h"
#include "explore/team.h"
#include "require.h"

/* ------------------------------------------------------------------- a team */

enum { ITEMS = 5000, LAYER = 37 };

typedef struct Tally {
    atomic_uint times[ITEMS];
    atomic_uint early; /* items begun before all of the earlier layers were done */
    atomic_uint done;
    atomic_uint asked;
    uint32_t stop_at; /* 0: never */
} Tally;

static void do_item(void *context, uint64_t item)
{
    Tally *tally = context;
    if (atomic_load(&tally->done) < item / LAYER * LAYER)
        atomic_fetch_add(&tally->early, 1);
    atomic_fetch_add(&tally->times[item], 1);
    atomic_fetch_add(&tally->done, 1);
}

static uint64_t ready_at(void *context, uint64_t item)
{
    (void)context;
    return item / LAYER * LAYER;
}

static bool goes_on(void *context)
{
    Tally *tally = context;
    return atomic_fetch_add(&tally->asked, 1) + 1 != tally->stop_at;
}

START_TEST(every_item_once)
{
    static Tally tally;
    for (uint32_t hands = 0; hands <= 4; hands++) {
        Team *team = team_new(hands);
        ck_assert_ptr_nonnull(team);
        for (int times = 0; times < 50; times++) {
            memset(&tally, 0, sizeof tally);
            const TeamJob job = {do_item, &tally, times == 0 ? 0 : ITEMS, times % 2 == 0 ? ready_at : NULL, goes_on};
            ck_assert(team_run(team, &job));
            if (times % 2 == 0)
                ck_assert_uint_eq(tally.early, 0);
            for (uint32_t i = 0; i < job.count; i++)
                REQUIRE(tally.times[i] == 1);
        }
        team_free(team);
    }
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(ended_early)
{
    static Tally tally;
    Team *team = team_new(3);
    for (uint32_t stop_at = 1; stop_at < 60; stop_at++) {
        memset(&tally, 0, sizeof tally);
        tally.stop_at = stop_at;
        const TeamJob job = {do_item, &tally, ITEMS, ready_at, goes_on};
        /* the others may have done all of it before the caller's item of that number */
        bool is_done = team_run(team, &job);
        REQUIRE(is_done == (atomic_load(&tally.asked) < stop_at));
        for (uint32_t i = 0; i < ITEMS; i++)
            REQUIRE(tally.times[i] <= 1 && (!is_done || tally.times[i] == 1));
    }
    team_free(team);
}
END_TEST

/* ------------------------------------------------------------------- layers */

enum { MOST_STATES = 400 };

/* Every state can be reached; with `back`, there may be cycles. */
static void random_graph(Graph *graph, uint64_t seed, bool back)
{
    Rng rng = rng_seed(seed);
    uint32_t states = 2 + (uint32_t)rng_below(&rng, MOST_STATES - 2), wide = 1 + (uint32_t)rng_below(&rng, 40);
    graph_start(graph, states, (uint64_t)states * 5);
    for (uint32_t s = 0; s < states; s++) {
        state_add(graph);
        for (uint32_t to = s * wide / 8 + 1; to <= (s + 1) * wide / 8 + 1 && to < states && to > s && to < s + 4; to++)
            edge_add(graph, to);
        if (s + 1 < states)
            edge_add(graph, s + 1);
        if (s + 2 < states && rng_below(&rng, 3) == 0)
            edge_add(graph, s + 2 + rng_below(&rng, states - s - 2));
        if (back && rng_below(&rng, 40) == 0)
            edge_add(graph, rng_below(&rng, s + 1));
    }
}

/* Wide enough to be shared out: the start, then levels of WIDTH states, each with steps to the next level only. */
static void wide_graph(Graph *graph)
{
    enum { WIDTH = 5000, LEVELS = 8 };
    Rng rng = rng_seed(1);
    graph_start(graph, 1 + WIDTH * LEVELS, WIDTH + (uint64_t)WIDTH * LEVELS * 3);
    state_add(graph);
    for (uint32_t i = 0; i < WIDTH; i++)
        edge_add(graph, 1 + i);
    for (uint32_t level = 0; level < LEVELS; level++)
        for (uint32_t i = 0; i < WIDTH; i++) {
            uint64_t next = 1 + (uint64_t)(level + 1) * WIDTH;
            state_add(graph);
            for (uint32_t k = 0; level + 1 < LEVELS && k < 3; k++)
                edge_add(graph, next + (k == 0 ? i : rng_below(&rng, WIDTH)));
        }
}

START_TEST(no_step_inside)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        Graph graph = {0};
        Order order = {0};
        Layers layers;
        Work work = {0};
        random_graph(&graph, seed, seed % 3 == 0);
        REQUIRE(order_build(&graph, &work, &order) == STATUS_OK && layers_find(&graph, &order, &work, &layers) == STATUS_OK);
        static uint64_t place_of[MOST_STATES];
        for (uint64_t place = 0; place < order.count; place++)
            place_of[order_state(&order, place)] = place;
        REQUIRE(layers.cuts[0] == 0 && layers.cuts[layers.count] == order.count);
        for (uint64_t k = 0; k < layers.count; k++) {
            REQUIRE(layers.cuts[k] < layers.cuts[k + 1] && layers.first_of[k] <= k);
            REQUIRE(layers.first_of[layers.first_of[k]] == layers.first_of[k]);
            for (uint64_t place = layers.cuts[k]; place < layers.cuts[k + 1]; place++) {
                StateId s = order_state(&order, place);
                for (EdgeId e = graph.first_edge[s]; e < graph.first_edge[s + 1] && order.component_of == NULL; e++)
                    REQUIRE(place_of[graph.edge_to[e]] < layers.cuts[layers.first_of[k]]);
            }
        }
        layers_free(&layers);
        order_free(&order);
        graph_end(&graph);
    }
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* ------------------------------------------------------------------ counting */

static void same_count(Count *one, Count *several)
{
    REQUIRE(strcmp(one->interleavings, several->interleavings) == 0);
    REQUIRE((one->probability_exact == NULL) == (several->probability_exact == NULL));
    if (one->probability_exact != NULL)
        REQUIRE(strcmp(one->probability_exact, several->probability_exact) == 0);
    count_clear(one);
    count_clear(several);
}

START_TEST(counted_by_several)
{
    Team *team = team_new(2);
    uint32_t together = 0;
    for (uint64_t seed = 1; seed <= 120; seed++) {
        Graph graph = {0};
        Counter *one, *several;
        if (seed == 1)
            wide_graph(&graph);
        else
            random_graph(&graph, seed, seed % 3 == 0);
        REQUIRE(counter_new(&graph, NULL, NULL, NULL, &one) == STATUS_OK && counter_new(&graph, NULL, NULL, NULL, &several) == STATUS_OK);
        REQUIRE(counter_share(several, team) == STATUS_OK);
        Count a, b;
        REQUIRE(counter_total(one, &a) == STATUS_OK && counter_total(several, &b) == STATUS_OK);
        same_count(&a, &b);
        for (uint32_t k = 1; k <= 3; k++) {
            const StateId marked[2] = {(StateId)(graph.state_count * k / 4), (StateId)(graph.state_count / (k + 2))};
            const Marks marks = {.states = marked, .state_count = 2};
            REQUIRE(counter_happens(one, &marks, &a) == STATUS_OK && counter_happens(several, &marks, &b) == STATUS_OK);
            same_count(&a, &b);
            Count ends[2][2], happens[2];
            bool has_ends[2], is_counted[2];
            uint32_t *group_of = mem_alloc(graph.state_count, sizeof *group_of);
            for (uint64_t s = 0; s < graph.state_count; s++)
                group_of[s] = s % 2;
            REQUIRE(counter_together(one, group_of, 2, ends[0], &has_ends[0], &marks, 1, &happens[0], &is_counted[0]) == STATUS_OK);
            REQUIRE(counter_together(several, group_of, 2, ends[1], &has_ends[1], &marks, 1, &happens[1], &is_counted[1]) == STATUS_OK);
            REQUIRE(has_ends[0] == has_ends[1] && is_counted[0] == is_counted[1]);
            together += has_ends[0] + is_counted[0];
            for (uint32_t g = 0; g < 2 && has_ends[0]; g++)
                same_count(&ends[0][g], &ends[1][g]);
            if (is_counted[0])
                same_count(&happens[0], &happens[1]);
            mem_free(group_of);
        }
        counter_free(one);
        counter_free(several);
        graph_end(&graph);
    }
    team_free(team);
    ck_assert_uint_gt(together, 100);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("team");
    TCase *cases = tcase_create("team");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, every_item_once);
    tcase_add_test(cases, ended_early);
    tcase_add_test(cases, no_step_inside);
    tcase_add_test(cases, counted_by_several);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
