/* Livelock, starvation, `eventually`: the graph algorithms against enumerating all sets of states, and scenarios whose
 * verdict follows from the rules by hand. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "detect/livelock.h"
#include "explore/cut.h"
#include "explore/cycles.h"
#include "explore/lasso.h"
#include "snarl/snarl.h"

/* ------------------------------------------------------------------- random graphs */

enum { STATES = 6, THREADS = 3, EDGES = 2 * STATES };

typedef struct Toy {
    Graph graph;
    EdgeId first_edge[STATES + 1];
    StateId edge_to[EDGES];
    uint16_t edge_thread[EDGES];
    uint64_t removed[1], wanted[1], faults[1];
} Toy;

/* Edges of a state are grouped by thread, as the search leaves them. */
static void make_toy(Toy *toy, Rng *rng)
{
    memset(toy, 0, sizeof *toy);
    uint32_t states = 1 + (uint32_t)rng_below(rng, STATES);
    for (uint32_t s = 0; s < states; s++) {
        toy->first_edge[s] = toy->graph.edge_count;
        for (uint16_t t = 0; t < THREADS; t++)
            if (toy->graph.edge_count < EDGES && rng_below(rng, 2) == 0) {
                EdgeId e = toy->graph.edge_count++;
                toy->edge_to[e] = (StateId)rng_below(rng, states);
                toy->edge_thread[e] = t;
                if (rng_below(rng, 5) == 0)
                    bits_add(toy->removed, e);
                if (rng_below(rng, 4) == 0)
                    bits_add(toy->wanted, e);
                if (rng_below(rng, 9) == 0) { /* a step that may happen, but not for ever */
                    bits_add(toy->faults, e);
                    bits_add(toy->removed, e);
                }
            }
    }
    toy->first_edge[states] = toy->graph.edge_count;
    toy->graph.state_count = toy->graph.expanded_count = states;
    toy->graph.is_complete = true;
    toy->graph.first_edge = toy->first_edge;
    toy->graph.edge_to = toy->edge_to;
    toy->graph.edge_thread = toy->edge_thread;
}

/* ------------------------------------------------------------- the judge by brute force */

static uint32_t reached_in(const Toy *toy, uint32_t set, StateId from)
{
    uint32_t reached = 0, before;
    for (EdgeId e = toy->first_edge[from]; e < toy->first_edge[from + 1]; e++)
        if (!bits_have(toy->removed, e) && (set >> toy->edge_to[e] & 1))
            reached |= 1u << toy->edge_to[e];
    do {
        before = reached;
        for (StateId s = 0; s < toy->graph.state_count; s++)
            if (reached >> s & 1)
                for (EdgeId e = toy->first_edge[s]; e < toy->first_edge[s + 1]; e++)
                    if (!bits_have(toy->removed, e) && (set >> toy->edge_to[e] & 1))
                        reached |= 1u << toy->edge_to[e];
    } while (reached != before);
    return reached;
}

/* Strongly connected with at least one step, and fair; with a wanted step inside where that is asked for. */
static bool is_loop(const Toy *toy, uint32_t set, bool wants)
{
    bool moves[THREADS] = {false}, rests[THREADS] = {false}, has_wanted = false;
    for (StateId s = 0; s < toy->graph.state_count; s++) {
        bool enabled[THREADS] = {false};
        if ((set >> s & 1) == 0)
            continue;
        if (reached_in(toy, set, s) != set)
            return false;
        for (EdgeId e = toy->first_edge[s]; e < toy->first_edge[s + 1]; e++) {
            enabled[toy->edge_thread[e]] |= !bits_have(toy->faults, e);
            if (bits_have(toy->removed, e) || (set >> toy->edge_to[e] & 1) == 0)
                continue;
            moves[toy->edge_thread[e]] = true;
            has_wanted |= bits_have(toy->wanted, e);
        }
        for (int t = 0; t < THREADS; t++)
            rests[t] |= !enabled[t];
    }
    for (int t = 0; t < THREADS; t++)
        if (!moves[t] && !rests[t])
            return false;
    return !wants || has_wanted;
}

/* The union of all loops: each maximal one is the union of those inside it. */
static uint32_t states_of_loops(const Toy *toy, bool wants)
{
    uint32_t all = 0;
    for (uint32_t set = 1; set < 1u << toy->graph.state_count; set++)
        if (is_loop(toy, set, wants))
            all |= set;
    return all;
}

typedef struct Finder {
    const Toy *toy;
    bool wants;
    uint32_t found; /* states of maximal loops that are fair */
} Finder;

/* The walk is closed, stays inside, is fair by the states and steps that it passes itself, and passes a wanted step. */
static void check_walk(const Toy *toy, uint32_t set, StateId start, bool wants)
{
    StateId states[STATES];
    EdgeId *edges;
    uint32_t count, state_count = 0;
    for (StateId s = 0; s < STATES; s++)
        if (set >> s & 1)
            states[state_count++] = s;
    const LassoPlan plan = {.graph = &toy->graph,
                            .states = states,
                            .count = state_count,
                            .start = start,
                            .removed = toy->removed,
                            .faults = toy->faults,
                            .wanted = wants ? toy->wanted : NULL,
                            .thread_count = THREADS};
    ck_assert_int_eq(lasso_find(&plan, &edges, &count), STATUS_OK);
    ck_assert_uint_gt(count, 0);
    bool moves[THREADS] = {false}, rests[THREADS] = {false}, has_wanted = false;
    StateId at = start;
    for (uint32_t i = 0; i < count; i++) {
        bool enabled[THREADS] = {false};
        for (EdgeId e = toy->first_edge[at]; e < toy->first_edge[at + 1]; e++)
            enabled[toy->edge_thread[e]] |= !bits_have(toy->faults, e);
        for (int t = 0; t < THREADS; t++)
            rests[t] |= !enabled[t];
        ck_assert(toy->first_edge[at] <= edges[i] && edges[i] < toy->first_edge[at + 1]);
        ck_assert(!bits_have(toy->removed, edges[i]));
        moves[toy->edge_thread[edges[i]]] = true;
        has_wanted |= bits_have(toy->wanted, edges[i]);
        at = toy->edge_to[edges[i]];
        ck_assert(set >> at & 1);
    }
    ck_assert_uint_eq(at, start);
    for (int t = 0; t < THREADS; t++)
        ck_assert(moves[t] || rests[t]);
    ck_assert(has_wanted || !wants);
    mem_free(edges);
}

static Status judge_cycle(void *context, const Cycle *cycle)
{
    Finder *finder = context;
    const Toy *toy = finder->toy;
    uint64_t enabled_in[THREADS] = {0}, steps[THREADS] = {0};
    LoopFacts facts = {
        .thread_count = THREADS, .state_count = cycle->count, .enabled_in = enabled_in, .steps = steps};
    uint32_t set = 0;
    for (uint64_t i = 0; i < cycle->count; i++) {
        StateId s = cycle->states[i];
        set |= 1u << s;
        for (EdgeId e = toy->first_edge[s]; e < toy->first_edge[s + 1]; e++) {
            enabled_in[toy->edge_thread[e]] += !bits_have(toy->faults, e);
            if (!cycle_has(cycle, &toy->graph, toy->removed, e))
                continue;
            steps[toy->edge_thread[e]]++;
            if (bits_have(toy->wanted, e))
                facts.progressed |= step_thread_bit(THREADS);
        }
    }
    if (finder->wants ? !livelock_starves(&facts, 0) : !livelock_is_fair(&facts))
        return STATUS_OK;
    ck_assert_uint_eq(finder->found & set, 0);
    finder->found |= set;
    for (StateId s = 0; s < STATES; s++)
        if (set >> s & 1)
            check_walk(toy, set, s, finder->wants);
    return STATUS_OK;
}

START_TEST(loops_of_random_graphs)
{
    Rng rng = rng_seed(20240);
    uint32_t with_loop = 0;
    for (int round = 0; round < 20000; round++) {
        Toy toy;
        make_toy(&toy, &rng);
        for (int wants = 0; wants < 2; wants++) {
            Work work = {0};
            Finder finder = {.toy = &toy, .wants = wants};
            ck_assert_int_eq(cycles_find(&toy.graph, toy.removed, &work, judge_cycle, &finder), STATUS_OK);
            ck_assert_msg(finder.found == states_of_loops(&toy, wants), "round %d", round);
            with_loop += finder.found != 0;
        }
    }
    ck_assert_uint_gt(with_loop, 2000);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* What is reached through states that are no stops. */
START_TEST(cuts_of_random_graphs)
{
    Rng rng = rng_seed(7);
    for (int round = 0; round < 5000; round++) {
        Toy toy;
        make_toy(&toy, &rng);
        uint64_t stops[1] = {rng_below(&rng, 1u << STATES)};
        uint32_t reached = 1, before;
        do {
            before = reached;
            for (StateId s = 0; s < toy.graph.state_count; s++)
                if ((reached >> s & 1) && !bits_have(stops, s))
                    for (EdgeId e = toy.first_edge[s]; e < toy.first_edge[s + 1]; e++)
                        reached |= 1u << toy.edge_to[e];
        } while (reached != before);
        Work work = {0};
        Cut cut;
        ck_assert_int_eq(cut_build(&toy.graph, stops, &work, &cut), STATUS_OK);
        uint32_t seen = 0;
        for (StateId s = 0; s < cut.graph->state_count; s++) {
            StateId whole = cut.whole[s];
            seen |= 1u << whole;
            ck_assert_uint_eq(cut_state(&cut, whole), s);
            uint64_t count = cut.graph->first_edge[s + 1] - cut.graph->first_edge[s];
            ck_assert_uint_eq(
                count, bits_have(stops, whole) ? 0 : toy.first_edge[whole + 1] - toy.first_edge[whole]);
            for (uint64_t i = 0; i < count; i++) {
                EdgeId part = cut.graph->first_edge[s] + i, edge = toy.first_edge[whole] + i;
                ck_assert_uint_eq(cut.whole[cut.graph->edge_to[part]], toy.edge_to[edge]);
                ck_assert_uint_eq(cut.graph->edge_thread[part], toy.edge_thread[edge]);
            }
        }
        ck_assert_uint_eq(seen, reached);
        cut_free(&cut);
    }
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* A ring too large for the shortest walk: once round is a walk all the same. */
START_TEST(a_large_ring)
{
    enum { RING = 400000 };
    Graph ring = {.state_count = RING, .expanded_count = RING, .edge_count = RING, .is_complete = true};
    ring.first_edge = mem_alloc(RING + 1, sizeof *ring.first_edge);
    ring.edge_to = mem_alloc(RING, sizeof *ring.edge_to);
    ring.edge_thread = mem_alloc(RING, sizeof *ring.edge_thread);
    StateId *states = mem_alloc(RING, sizeof *states);
    for (uint32_t s = 0; s < RING; s++) {
        ring.first_edge[s + 1] = s + 1;
        ring.edge_to[s] = (s + 1) % RING;
        ring.edge_thread[s] = (uint16_t)(s % 5);
        states[s] = s;
    }
    const LassoPlan plan = {.graph = &ring, .states = states, .count = RING, .start = 77, .thread_count = 5};
    EdgeId *edges;
    uint32_t count;
    ck_assert_int_eq(lasso_find(&plan, &edges, &count), STATUS_OK);
    ck_assert_uint_eq(count, RING);
    ck_assert_uint_eq(edges[0], 77);
    ck_assert_uint_eq(edges[RING - 1], 76);
    ck_assert(!cycles_cannot_be(&ring));
    mem_free(edges);
    mem_free(states);
    mem_free(ring.first_edge);
    mem_free(ring.edge_to);
    mem_free(ring.edge_thread);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* ---------------------------------------------------------------------- scenarios */

typedef struct Case {
    const char *name, *text;
    const char *found; /* kind thread line, ...; in the order of the report */
    bool spurious;
} Case;

#define TWO_LOCKERS(last)                                                                                              \
    "mutex m\nthread A {\n loop { lock m ; unlock m" last " }\n}\nthread B {\n loop { lock m ; unlock m" last " }\n}\n"

static const Case CASES[] = {
    /* livelock */
    {"the flag is never set", "atomic flag\nthread A {\n while (!flag) { }\n}\n", "livelock A 3", false},
    {"the other sets the flag", "atomic flag\nthread A {\n while (!flag) { }\n}\nthread B { flag = 1 }\n", "", false},
    {"waiting is no step", "atomic flag\nthread A { await (flag) }\nthread B { flag = 1 }\n", "", false},
    {"progress is no livelock", "thread A {\n loop { skip ; progress }\n}\n", "", false},
    {"rounds without progress", TWO_LOCKERS(""), "livelock A 3 6", false},
    {"a daemon alone may go on", "thread A { skip }\ndaemon thread D { loop { skip } }\n", "", false},
    {"a daemon that goes round while one waits",
     "event e\nthread A { wait e }\ndaemon thread D {\n loop { skip }\n}\n", "livelock D 4", false},
    {"a deadlock beside a daemon is a deadlock",
     "mutex m\nthread A {\n lock m\n lock m\n}\ndaemon thread D { loop { skip } }\n", "deadlock A 4", false},
    {"so is one who waits behind it",
     "mutex m\nthread A {\n lock m\n lock m\n}\nthread B { join A }\ndaemon thread D { loop { skip } }\n",
     "deadlock A 4", false},
    {"Peterson", "atomic flag[2], turn\nthread P[2] {\n flag[self] = 1\n turn = 1 - self\n while (flag[1 - self] && "
                 "turn == 1 - self) { }\n flag[self] = 0\n}\n", "", false},
    {"spurious wake-ups do not come for ever",
     "mutex m\ncondition c\natomic go\nthread A {\n lock m\n while (!go) { wait c with m }\n unlock m\n}\n"
     "thread B {\n lock m\n go = 1\n signal c\n unlock m\n}\n", "", true},
    /* starvation */
    {"whoever comes next", TWO_LOCKERS(" ; progress"), "starvation A 3, starvation B 6", false},
    {"nobody passes", "mutex m\nthread A { loop { lock m ; unlock m ; progress } }\n", "", false},
    {"a barrier takes both along", "barrier b = 2\nthread A, B { loop { wait b ; progress } }\n", "", false},
    {"a hand-over takes both along",
     "queue q[0]\nthread A { loop { put q, 1 ; progress } }\nthread B { loop { get q } }\n", "", false},
    {"but only one of two receivers",
     "queue q[0]\nthread A { loop { put q, 1 ; progress } }\nthread B[2] {\n loop { get q }\n}\n",
     "starvation B[0] 4, starvation B[1] 4", false},
    {"a spin lock", "atomic taken\ndaemon thread D {\n loop {\n  while (exchange(taken, 1)) { }\n  progress\n  taken = "
                    "0\n }\n}\nthread A {\n while (exchange(taken, 1)) { }\n taken = 0\n}\n", "starvation A 10", false},
    {"rounds need no progress", "atomic x\nthread A { loop { x = 1 - x } }\nthread B { loop { skip ; progress } }\n",
     "", false},
    {"spinning is no round", "atomic x\nthread A {\n loop { if (x) { x = 0 } }\n}\nthread B { loop { skip ; progress } "
                             "}\n", "starvation A 3", false},
    {"a daemon does not starve", "event e\ndaemon thread D { wait e }\nthread A { loop { skip ; progress } }\n", "",
     false},
    {"who waits for what never comes", "event e\nthread A {\n wait e\n}\nthread B { loop { skip ; progress } }\n",
     "starvation A 3", false},
    {"who is deadlocked does not starve",
     "mutex m\nthread A {\n lock m\n lock m\n}\nthread B { loop { skip ; progress } }\n", "deadlock A 4", false},
    /* eventually */
    {"it comes true", "atomic x\nthread A { x = 1 }\neventually x == 1\n", "", false},
    {"it is true at some time", "atomic x\nthread A { x = 1 ; x = 0 }\neventually x == 1\n", "", false},
    {"it is true at the start", "atomic x\nthread A { skip }\neventually x == 0\n", "", false},
    {"it may end before", "atomic x\nthread A {\n if (choose(0, 1)) { x = 1 }\n}\neventually x == 1\n", "final 5", false},
    {"a deadlock is an end", "atomic x\nmutex m\nthread A {\n lock m\n lock m\n x = 1\n}\neventually x == 1\n",
     "deadlock A 5, final 8", false},
    {"an assertion is not", "atomic x\nthread A {\n assert x == 1\n x = 1\n}\neventually x == 1\n", "assertion A 3",
     false},
    {"nor what is dropped", "atomic x\nthread A { assume x == 1 ; x = 1 }\neventually x == 1\n", "", false},
    {"the loop may be fair", "atomic x\nthread A {\n loop { skip ; progress }\n}\neventually x == 1\n", "livelock A 5",
     false},
    {"or not", "atomic x\nthread A { loop { skip ; progress } }\nthread B { x = 1 }\neventually x == 1\n", "", false},
};

static void describe(const SnResult *result, char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t f = 0; f < result->finding_count; f++) {
        const SnFinding *finding = &result->findings[f];
        used += (size_t)snprintf(text + used, room - used, "%s%s", f == 0 ? "" : ", ", finding->kind);
        for (uint32_t t = 0; t < finding->thread_count; t++)
            used += (size_t)snprintf(text + used, room - used, " %s", finding->threads[t]);
        for (uint32_t l = 0; l < finding->line_count; l++)
            used += (size_t)snprintf(text + used, room - used, " %u", finding->lines[l]);
    }
}

static SnScenario *load(const char *text, bool spurious)
{
    SnScenario *scenario;
    char *message;
    const SnLoadOptions options = {.spurious = spurious};
    SnStatus status = sn_load("test.snarl", text, strlen(text), &options, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s: %s", text, message == NULL ? "(no message)" : message);
    sn_string_free(message);
    return scenario;
}

/* sn_explore itself replays every schedule, checks that the loop closes and is fair, and fails otherwise. */
START_TEST(scenarios_by_hand)
{
    const Case *test = &CASES[_i];
    SnScenario *scenario = load(test->text, test->spurious);
    SnResult *result;
    char *message, found[400];
    const SnExploreOptions without_counts = {.skip_counts = true};
    for (int round = 0; round < 2; round++) {
        sn_explore(scenario, round == 0 ? NULL : &without_counts, &result, &message);
        ck_assert_msg(result != NULL, "%s: %s", test->name, message == NULL ? "(no message)" : message);
        describe(result, found, sizeof found);
        ck_assert_msg(strcmp(found, test->found) == 0, "%s: found '%s'", test->name, found);
        for (uint32_t f = 0; f < result->finding_count; f++) {
            const SnFinding *finding = &result->findings[f];
            bool is_loop = strcmp(finding->kind, "livelock") == 0 || strcmp(finding->kind, "starvation") == 0;
            ck_assert(is_loop == (finding->loop_start != SN_NONE));
            SnTrace *trace;
            ck_assert_int_eq(sn_trace_finding(result, f, &trace, &message), SN_OK);
            ck_assert_uint_eq(trace->loop_start, finding->loop_start);
            sn_trace_free(trace);
        }
        sn_result_free(result);
    }
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

typedef struct Number {
    const char *text, *schedule, *interleavings, *probability;
    uint32_t loop_start;
} Number;

/* Of the first finding. */
static const Number NUMBERS[] = {
    /* half of the runs never set the flag */
    {"atomic x\nthread A { while (!x) { } }\nthread B { if (choose(0, 1)) { x = 1 } }\n", "B:1 A", "infinite", "1/2", 1},
    /* a random scheduler leaves it */
    {"mutex m\nthread A, B { loop { lock m ; unlock m ; progress } }\n", "B B", "infinite", "0", 0},
    /* three ways, one of them is dropped, one ends at once */
    {"atomic x\nthread A { local c = choose(0, 1, 2) ; assume c != 1 ; if (c == 2) { x = 1 } }\neventually x == 1\n", "A:1",
     "1", "1/3", SN_NONE},
    /* x is true for a while in the other ending */
    {"atomic x\nthread A { if (choose(0, 1)) { x = 1 ; x = 0 } }\neventually x == 1\n", "A:1", "1", "1/2", SN_NONE},
};

START_TEST(numbers_and_schedules)
{
    const Number *test = &NUMBERS[_i];
    SnScenario *scenario = load(test->text, false);
    SnResult *result;
    char *message;
    sn_explore(scenario, NULL, &result, &message);
    ck_assert_ptr_nonnull(result);
    ck_assert_uint_gt(result->finding_count, 0);
    const SnFinding *finding = &result->findings[0];
    ck_assert_str_eq(finding->schedule, test->schedule);
    ck_assert_str_eq(finding->interleavings, test->interleavings);
    ck_assert_str_eq(finding->probability_exact, test->probability);
    ck_assert_uint_eq(finding->loop_start, test->loop_start);
    sn_result_free(result);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static const char *const REFUSED[] = {
    "atomic x, y\nthread A { while (!x) { } }\nthread B { if (choose(0, 1)) { x = 1 } }\neventually y == 1\n",
    "mutex m\nthread A, B { loop { lock m ; unlock m ; progress } }\n",
    "atomic x\nqueue q[0]\nthread A { loop { if (x) { x = 0 } ; get q } }\nthread B { loop { try put q, 1 ; progress } "
    "}\n",
};

/* Every refused allocation ends in a status, and nothing is left behind. */
START_TEST(refused_memory)
{
    SnScenario *scenario = load(REFUSED[_i], false);
    size_t loaded = mem_live_blocks();
    bool is_done = false;
    for (uint64_t n = 1; n < 100000 && !is_done; n++) {
        SnResult *result;
        char *message, *again;
        mem_fail_at(n);
        SnStatus status = sn_explore(scenario, NULL, &result, &message);
        mem_fail_at(0);
        ck_assert_msg(status == SN_SYSTEM || result != NULL, "allocation %lu", (unsigned long)n);
        ck_assert_msg(message == NULL || strstr(message, "internal") == NULL, "allocation %lu: %s", (unsigned long)n,
                      message == NULL ? "" : message);
        if (result != NULL && result->complete && result->interleavings != NULL) {
            SnResult *whole;
            sn_explore(scenario, NULL, &whole, &again);
            is_done = whole->finding_count == result->finding_count && n > 200;
            sn_result_free(whole);
        }
        sn_result_free(result);
        sn_string_free(message);
        ck_assert_uint_eq(mem_live_blocks(), loaded);
    }
    ck_assert(is_done);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("liveness");
    TCase *tests = tcase_create("liveness");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, loops_of_random_graphs);
    tcase_add_test(tests, cuts_of_random_graphs);
    tcase_add_test(tests, a_large_ring);
    tcase_add_loop_test(tests, scenarios_by_hand, 0, sizeof CASES / sizeof *CASES);
    tcase_add_loop_test(tests, numbers_and_schedules, 0, sizeof NUMBERS / sizeof *NUMBERS);
    tcase_add_loop_test(tests, refused_memory, 0, sizeof REFUSED / sizeof *REFUSED);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
