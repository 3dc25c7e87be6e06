#include "explore/search.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mock_machine.h"
#include "require.h"

enum { PROGRAMS = 300, FEW_STATES = 4000 };

/* A state told in full, whatever the layout. */
typedef struct Plain {
    uint32_t fields[TOY_FIELDS];
} Plain;

static Plain plain_of(const Machine *machine, const Word *state)
{
    Plain plain;
    for (uint32_t field = 0; field < TOY_FIELDS; field++)
        plain.fields[field] = toy_get(machine, state, field);
    return plain;
}

/* The judge: breadth-first search with lists, word for word as in the textbook. */
typedef struct Reference {
    Plain states[FEW_STATES + 64];
    uint32_t depth[FEW_STATES + 64];
    uint32_t state_count, edge_count, expanded;
    uint32_t first_edge[FEW_STATES + 64], to[FEW_STATES * 16], thread[FEW_STATES * 16], choice[FEW_STATES * 16];
} Reference;

static uint32_t enter(Reference *reference, Plain plain, uint32_t depth)
{
    for (uint32_t id = 0; id < reference->state_count; id++)
        if (memcmp(&reference->states[id], &plain, sizeof plain) == 0)
            return id;
    reference->states[reference->state_count] = plain;
    reference->depth[reference->state_count] = depth;
    return reference->state_count++;
}

/* Breadth first; false when there are more than a few states. */
static bool reference_search(const ToyProgram *toy, Reference *reference)
{
    Machine machine;
    Expansion expansion = {0};
    Word start[8];
    toy_machine(&machine, toy, false, 0);
    reference->state_count = reference->edge_count = reference->expanded = 0;
    machine_start(&machine, start, &expansion);
    enter(reference, plain_of(&machine, start), 0);
    uint32_t words = machine_words(&machine), id = 0;
    for (; id < reference->state_count && reference->state_count <= FEW_STATES; id++) {
        Word state[8] = {0};
        for (uint32_t field = 0; field < TOY_FIELDS; field++)
            toy_put(&machine, state, field, reference->states[id].fields[field]);
        machine_expand(&machine, state, &expansion);
        reference->first_edge[id] = reference->edge_count;
        for (uint32_t i = 0; i < expansion.count; i++) {
            reference->to[reference->edge_count] =
                enter(reference, plain_of(&machine, expansion.states + (size_t)i * words), reference->depth[id] + 1);
            reference->thread[reference->edge_count] = expansion.steps[i].thread;
            reference->choice[reference->edge_count++] = expansion.steps[i].choice;
        }
    }
    reference->first_edge[id] = reference->edge_count;
    reference->expanded = id;
    expansion_free(&expansion);
    return reference->state_count <= FEW_STATES;
}

/* What a monitor heard. */
typedef struct Heard {
    uint64_t states, edges, restarts, starts;
    bool is_in_order;
    uint64_t fail_at; /* says NO_MEMORY at this state; 0 never */
} Heard;

static Status hear(void *context, const MonitorEvent *event)
{
    Heard *heard = context;
    if (event->is_start_report) {
        heard->is_in_order &= heard->states == 0 && heard->starts == 0;
        heard->starts++;
        return STATUS_OK;
    }
    heard->is_in_order &= event->state_id == heard->states && event->first_edge == heard->edges && heard->starts == 1;
    heard->states++;
    if (heard->fail_at != 0 && heard->states == heard->fail_at)
        return STATUS_NO_MEMORY;
    heard->edges += event->expansion->count;
    return STATUS_OK;
}

static void forget(void *context)
{
    Heard *heard = context;
    *heard = (Heard){.restarts = heard->restarts + 1, .is_in_order = true, .fail_at = heard->fail_at};
}

/* `graph` is the reference, as far as it was expanded. */
static void check_against(const Reference *reference, const Graph *graph, const Machine *machine, bool has_edges)
{
    REQUIRE(graph->expanded_count <= reference->expanded);
    for (uint32_t id = 0; id < graph->state_count; id++) {
        Plain plain = plain_of(machine, graph_state(graph, id));
        REQUIRE(memcmp(&plain, &reference->states[id], sizeof plain) == 0);
    }
    REQUIRE(graph->max_depth == reference->depth[graph->state_count - 1]);
    REQUIRE(graph->edge_count == reference->first_edge[graph->expanded_count]);
    for (uint32_t id = 0; has_edges && id < graph->state_count; id++) {
        REQUIRE(graph_is_open(graph, id) == (id >= graph->expanded_count));
        REQUIRE(graph->first_edge[id] == (graph_is_open(graph, id) ? graph->edge_count : reference->first_edge[id]));
        for (EdgeId edge = graph->first_edge[id]; edge < graph->first_edge[id + 1]; edge++) {
            uint32_t choices, first = 0, all = 0;
            REQUIRE(graph->edge_to[edge] == reference->to[edge]);
            REQUIRE(graph->edge_thread[edge] == reference->thread[edge]);
            REQUIRE(graph_edge_choice(graph, id, edge, &choices) == reference->choice[edge]);
            for (EdgeId other = graph->first_edge[id]; other < graph->first_edge[id + 1]; other++) {
                all += graph->edge_thread[other] == graph->edge_thread[edge];
                first += graph->edge_thread[other] == graph->edge_thread[edge] && other <= edge;
            }
            REQUIRE(choices == all && first == reference->choice[edge]);
        }
    }
    if (has_edges)
        REQUIRE(graph->first_edge[graph->state_count] == graph->edge_count);
    else
        REQUIRE(graph->first_edge == NULL && graph->edge_to == NULL && graph->edge_thread == NULL);
}

static Reference reference;

START_TEST(same_as_the_textbook)
{
    uint32_t compared = 0, relayouts = 0;
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        ToyProgram toy;
        toy_random(&toy, seed);
        if (!reference_search(&toy, &reference))
            continue;
        compared++;
        for (uint32_t way = 0; way < 4; way++) {
            Machine machine;
            toy_machine(&machine, &toy, way % 2 == 0, way);
            Heard heard = {.is_in_order = true};
            Monitor monitor = {&heard, hear, forget};
            SearchOptions options = {.skip_edges = way == 3};
            Graph *graph;
            REQUIRE(search_run(&machine, &options, way == 2 ? NULL : &monitor, &graph) == STATUS_OK);
            REQUIRE(graph->is_complete && graph->limit == GRAPH_NO_LIMIT);
            REQUIRE(graph->state_count == reference.state_count && graph->edge_count == reference.edge_count);
            REQUIRE(graph->expanded_count == graph->state_count);
            check_against(&reference, graph, &machine, way != 3);
            if (way != 2)
                REQUIRE(heard.is_in_order && heard.states == graph->state_count && heard.edges == graph->edge_count &&
                        heard.starts == 1);
            REQUIRE(graph->budget.used_bytes + 2 * sizeof(Word) <= mem_live_bytes());
            relayouts += machine.relayouts;
            graph_free(graph);
            REQUIRE(mem_live_blocks() == 0 && mem_live_bytes() == 0);
        }
    }
    ck_assert_uint_gt(compared, PROGRAMS / 2);
    ck_assert_uint_gt(relayouts, PROGRAMS);
}
END_TEST

START_TEST(limit_on_states)
{
    uint32_t compared = 0;
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        ToyProgram toy;
        toy_random(&toy, seed);
        if (!reference_search(&toy, &reference))
            continue;
        for (uint32_t most = 1; most <= reference.state_count; most += 1 + most / 3) {
            Machine machine;
            Graph *graph;
            Heard heard = {.is_in_order = true};
            Monitor monitor = {&heard, hear, forget};
            SearchOptions options = {.max_states = most};
            toy_machine(&machine, &toy, true, 0);
            Status status = search_run(&machine, &options, &monitor, &graph);
            REQUIRE(status == (most < reference.state_count ? STATUS_LIMIT : STATUS_OK));
            REQUIRE(graph->is_complete == (status == STATUS_OK));
            REQUIRE(graph->limit == (status == STATUS_OK ? GRAPH_NO_LIMIT : GRAPH_MAX_STATES));
            REQUIRE(graph->state_count == most);
            REQUIRE(heard.states >= graph->expanded_count && heard.edges == graph->edge_count && heard.is_in_order);
            REQUIRE(heard.states == graph->expanded_count);
            check_against(&reference, graph, &machine, true);
            graph_free(graph);
            REQUIRE(mem_live_blocks() == 0);
            compared++;
        }
    }
    ck_assert_uint_gt(compared, PROGRAMS);
}
END_TEST

/* Three threads that count, each on its own: k^3 states. */
static void make_counters(ToyProgram *toy, uint32_t k)
{
    memset(toy, 0, sizeof *toy);
    toy->thread_count = toy->var_count = 3;
    toy->modulus = k;
    for (uint32_t t = 0; t < 3; t++) {
        toy->step_count[t] = 2;
        toy->steps[t][0] = (ToyStep){.effect = TOY_ADD, .var = (uint8_t)t, .value = 1, .choices = 1};
        toy->steps[t][1] = (ToyStep){.effect = TOY_GOTO, .var = (uint8_t)t, .value = 0, .choices = 1};
    }
}

START_TEST(limit_on_memory)
{
    ToyProgram toy;
    make_counters(&toy, 30);
    for (size_t limit = 1; limit < 20000000; limit = limit * 2 + 1000) {
        Machine machine;
        Graph *graph;
        SearchOptions options = {.max_memory = limit};
        toy_machine(&machine, &toy, false, 0);
        Status status = search_run(&machine, &options, NULL, &graph);
        if (graph != NULL) {
            REQUIRE(graph->budget.used_bytes <= limit);
            REQUIRE(graph->limit == (status == STATUS_OK ? GRAPH_NO_LIMIT : GRAPH_MAX_MEMORY));
            REQUIRE(graph->state_count == (status == STATUS_OK ? (uint64_t)60 * 60 * 60 : graph->state_count));
            REQUIRE(graph->first_edge[graph->state_count] == graph->edge_count);
        }
        REQUIRE(limit < 10000000 ? status == STATUS_LIMIT : status == STATUS_OK);
        graph_free(graph);
        REQUIRE(mem_live_blocks() == 0);
    }
}
END_TEST

typedef struct Patience {
    uint32_t calls, patience;
    uint64_t steps;
} Patience;

static bool be_patient(void *context, uint64_t states, uint64_t steps, uint64_t frontier, size_t bytes, double seconds)
{
    Patience *patience = context;
    REQUIRE(frontier <= states && steps >= patience->steps && bytes > 0 && seconds >= 0);
    patience->steps = steps;
    return ++patience->calls < patience->patience;
}

START_TEST(interruption_and_time)
{
    ToyProgram toy;
    make_counters(&toy, 40);
    Machine machine;
    Graph *graph;
    Patience patience = {.patience = 3};
    SearchOptions options = {.progress = be_patient, .progress_context = &patience};
    toy_machine(&machine, &toy, false, 0);
    ck_assert_int_eq(search_run(&machine, &options, NULL, &graph), STATUS_INTERRUPTED);
    ck_assert_uint_eq(patience.calls, 3);
    ck_assert(!graph->is_complete && graph->state_count > 3 && graph->expanded_count > 1);
    graph_free(graph);
    patience = (Patience){.patience = UINT32_MAX};
    ck_assert_int_eq(search_run(&machine, &options, NULL, &graph), STATUS_OK);
    ck_assert_uint_eq(graph->state_count, (uint64_t)80 * 80 * 80);
    ck_assert_uint_ge(patience.calls, (uint32_t)(graph->edge_count / 65536 / 2));
    graph_free(graph);
    options = (SearchOptions){.max_seconds = 1e-9, .skip_edges = true};
    ck_assert_int_eq(search_run(&machine, &options, NULL, &graph), STATUS_LIMIT);
    ck_assert_int_eq(graph->limit, GRAPH_MAX_SECONDS);
    graph_free(graph);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(refused_memory)
{
    ToyProgram toy;
    make_counters(&toy, 5);
    uint32_t failures = 0;
    for (uint64_t fail = 1; fail < 120; fail++) {
        Machine machine;
        Graph *graph;
        SearchOptions options = {.skip_edges = fail % 3 == 0};
        Heard heard = {.is_in_order = true};
        Monitor monitor = {&heard, hear, forget};
        toy_machine(&machine, &toy, fail % 2 == 0, 1);
        mem_fail_at(fail);
        Status status = search_run(&machine, &options, &monitor, &graph);
        mem_fail_at(0);
        REQUIRE(status == STATUS_OK || status == STATUS_NO_MEMORY);
        failures += status != STATUS_OK;
        if (graph != NULL) {
            REQUIRE(graph->is_complete == (status == STATUS_OK));
            REQUIRE(status != STATUS_OK || graph->state_count == 1000);
            REQUIRE(heard.states == graph->expanded_count && heard.edges == graph->edge_count);
            REQUIRE(options.skip_edges || graph->first_edge[graph->state_count] == graph->edge_count);
        }
        graph_free(graph);
        REQUIRE(mem_live_blocks() == 0 && mem_live_bytes() == 0);
    }
    ck_assert_uint_gt(failures, 5);
}
END_TEST

START_TEST(monitor_ends_the_search)
{
    ToyProgram toy;
    make_counters(&toy, 5);
    Machine machine;
    Graph *graph;
    SearchOptions options = {0};
    Heard heard = {.is_in_order = true, .fail_at = 77};
    Monitor monitor = {&heard, hear, forget};
    toy_machine(&machine, &toy, false, 0);
    ck_assert_int_eq(search_run(&machine, &options, &monitor, &graph), STATUS_NO_MEMORY);
    ck_assert_uint_eq(graph->expanded_count, 76);
    ck_assert_uint_eq(heard.states, 77);
    graph_free(graph);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(widens_what_walks_did_not_show)
{
    /* A guard that a random walk hardly ever passes, with a large value behind it. */
    ToyProgram toy = {.thread_count = 2, .var_count = 2, .step_count = {12, 2}, .modulus = 1000};
    for (uint32_t s = 0; s < 12; s++)
        toy.steps[0][s] = (ToyStep){.effect = TOY_ADD, .var = 0, .value = 1, .choices = 9};
    toy.steps[1][0] = (ToyStep){.has_guard = true,
                                .guard_var = 0,
                                .guard_value = 12 * 9 - 1,
                                .effect = TOY_SET,
                                .var = 1,
                                .value = 200,
                                .choices = 1};
    toy.steps[1][1] = (ToyStep){.effect = TOY_COPY, .var = 0, .value = 1, .choices = 1};
    Machine machine;
    Graph *graph;
    SearchOptions options = {0};
    Heard heard = {.is_in_order = true};
    Monitor monitor = {&heard, hear, forget};
    toy_machine(&machine, &toy, true, 0);
    ck_assert_int_eq(search_run(&machine, &options, &monitor, &graph), STATUS_OK);
    ck_assert_uint_gt(heard.restarts, 0);
    ck_assert(heard.is_in_order);
    ck_assert_uint_eq(heard.states, graph->state_count);
    ck_assert_uint_eq(machine.bits[TOY_THREADS + 1], 8);
    graph_free(graph);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("search");
    TCase *tests = tcase_create("search");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, same_as_the_textbook);
    tcase_add_test(tests, limit_on_states);
    tcase_add_test(tests, limit_on_memory);
    tcase_add_test(tests, interruption_and_time);
    tcase_add_test(tests, refused_memory);
    tcase_add_test(tests, monitor_ends_the_search);
    tcase_add_test(tests, widens_what_walks_did_not_show);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
