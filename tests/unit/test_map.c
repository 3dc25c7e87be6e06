/* The state space to walk through: what lies ahead of each state, against all paths listed one by one. */
#define _XOPEN_SOURCE 700 /* nftw; NOLINT(bugprone-reserved-identifier) */
#include <check.h>
#include <ftw.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "snarl/snarl.h"

enum { MAP_STATES = 3000, LISTED = 3000, SLOTS = 64 };

static SnScenario *load(const char *text)
{
    SnScenario *scenario;
    char *message = NULL;
    ck_assert_msg(sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message) == SN_OK, "%s", message);
    sn_string_free(message);
    return scenario;
}

static SnMap *explore(const SnScenario *scenario, SnResult **result)
{
    const SnExploreOptions options = {.map_states = MAP_STATES, .max_states = 200000};
    char *message = NULL;
    SnMap *map = NULL;
    SnStatus status = sn_explore(scenario, &options, result, &message);
    ck_assert_msg(status != SN_SYSTEM, "%s", message);
    status = sn_map(*result, &map, &message);
    ck_assert_int_eq(status, (*result)->complete && (*result)->states <= MAP_STATES ? SN_OK : SN_INCOMPLETE);
    ck_assert_int_eq(status == SN_OK, message == NULL);
    sn_string_free(message);
    return map;
}

static const SnPlace *follow(SnMap *map, const char *threads)
{
    uint32_t state = 0;
    for (; *threads != '\0'; threads++) {
        const SnPlace *place = sn_map_place(map, state);
        const SnMove *found = NULL;
        for (uint32_t m = 0; m < place->move_count; m++)
            if (map->threads[place->moves[m].step.thread].name[0] == *threads)
                found = &place->moves[m];
        ck_assert_ptr_nonnull(found);
        state = found->to;
    }
    return sn_map_place(map, state);
}

/* rwRW rRwW rRWw RrwW RrWw RWrw; all but the first and the last lose an update. */
START_TEST(lost_update)
{
    SnScenario *scenario =
        load("shared x = 0\nthread A {\n local t = x\n x = t + 1\n}\nthread B {\n local t = x\n x = t + 1\n}\n"
             "expect lost update\n");
    static const struct {
        const char *played, *all, *lost;
        double probability;
    } cases[] = {{"", "6", "4", 0.5},  {"A", "3", "2", 0.5}, {"AB", "2", "2", 1},
                 {"AA", "1", "0", 0},  {"BA", "2", "2", 1},  {"ABA", "1", "1", 1}, /* its last step loses */
                 {"ABAB", "1", "0", 0}};                                           /* it was lost in the step before */
    SnResult *result;
    SnMap *map = explore(scenario, &result);
    ck_assert_uint_eq(map->kind_count, 2);
    ck_assert_str_eq(map->kinds[1], "lost-update");
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const SnPlace *place = follow(map, cases[c].played);
        ck_assert_str_eq(place->ahead.interleavings, cases[c].all);
        ck_assert_str_eq(place->ahead.kinds[1], cases[c].lost);
        ck_assert_double_eq_tol(place->ahead.kind_probability[1], cases[c].probability, 1e-12);
    }
    const SnPlace *both = follow(map, "AB");
    ck_assert_uint_eq(both->move_count, 2);
    ck_assert_str_eq(both->moves[0].step.effect, "x: 0 → 1");
    ck_assert_str_eq(both->moves[0].step.source, "x = t + 1");
    ck_assert_uint_eq(both->moves[0].step.line, 4);
    ck_assert_uint_eq(both->moves[0].finding_count, 0);
    const SnPlace *last = follow(map, "ABA");
    ck_assert_uint_eq(last->moves[0].finding_count, 1);
    ck_assert_str_eq(result->findings[last->moves[0].findings[0]].kind, "lost-update");
    ck_assert_str_eq(last->values[0], "1");
    ck_assert_int_eq(last->stands[0].state, SN_THREAD_ENDED);
    ck_assert_int_eq(last->stands[1].state, SN_THREAD_READY);
    const SnPlace *end = follow(map, "ABAB");
    ck_assert_int_eq(end->end, SN_END_OK);
    ck_assert_uint_eq(end->outcome, 0);
    sn_map_free(map);
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(deadlock)
{
    SnScenario *scenario = load("mutex a\nmutex b\nthread A { lock a\n lock b\n unlock b\n unlock a }\n"
                                "thread B { lock b\n lock a\n unlock a\n unlock b }\nexpect deadlock\n");
    SnResult *result;
    SnMap *map = explore(scenario, &result);
    const SnPlace *place = follow(map, "A");
    ck_assert_uint_eq(place->owner_count, 1);
    ck_assert_uint_eq(place->owners[0].thread, 0);
    ck_assert_uint_eq(place->owners[0].object, 0);
    ck_assert(place->can_end_well);
    place = follow(map, "AB");
    ck_assert_int_eq(place->end, SN_END_DEADLOCK);
    ck_assert(place->is_bad && !place->can_end_well);
    ck_assert_uint_eq(place->cycle_count, 1);
    ck_assert_int_eq(place->stands[0].state, SN_THREAD_BLOCKED);
    ck_assert_uint_eq(place->stands[0].object, 1);
    ck_assert_str_eq(place->stands[0].why, "b is held by B");
    ck_assert_str_eq(place->stands[0].source, "lock b");
    ck_assert_str_eq(place->ahead.interleavings, "1");
    ck_assert_ptr_null(sn_map_place(map, map->state_count));
    sn_map_free(map);
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(locals)
{
    SnScenario *scenario = load("shared x = 7\nthread A {\n local t = x\n x = t\n x = t + 1\n}\n");
    SnResult *result;
    SnMap *map = explore(scenario, &result);
    ck_assert_str_eq(follow(map, "")->stands[0].locals, "");
    ck_assert_str_eq(follow(map, "A")->stands[0].locals, "t = 7");
    ck_assert_str_eq(follow(map, "AAA")->stands[0].locals, "");
    sn_map_free(map);
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

/* ------------------------------------------------------- all paths, one by one */

typedef struct Listing {
    SnMap *map;
    uint64_t all, findings[SLOTS], kinds[SLOTS], outcomes[SLOTS];
    bool happened[SLOTS];
} Listing;

static void mark(Listing *listing, const uint32_t *findings, uint32_t count, bool *was)
{
    for (uint32_t i = 0; i < count; i++) {
        was[i] = listing->happened[findings[i]];
        listing->happened[findings[i]] = true;
    }
}

static void unmark(Listing *listing, const uint32_t *findings, uint32_t count, const bool *was)
{
    for (uint32_t i = 0; i < count; i++)
        listing->happened[findings[i]] = was[i];
}

/* An execution that came to its end: what happened in it. */
static void count_end(Listing *listing)
{
    const SnMap *map = listing->map;
    listing->all++;
    for (uint32_t f = 0; f < SLOTS; f++)
        listing->findings[f] += listing->happened[f];
    for (uint32_t k = 0; k < map->kind_count; k++) {
        bool happened = false;
        for (uint32_t f = 0; f < map->result->finding_count; f++)
            happened |= listing->happened[f] && strcmp(map->result->findings[f].kind, map->kinds[k]) == 0;
        listing->kinds[k] += happened;
    }
}

static void list_paths(Listing *listing, uint32_t state)
{
    const SnPlace *place = sn_map_place(listing->map, state);
    bool was_here[SLOTS], was_there[SLOTS];
    mark(listing, place->findings, place->finding_count, was_here);
    if (place->move_count == 0) {
        listing->outcomes[place->outcome]++;
        if (place->end != SN_END_ASSUME)
            count_end(listing);
    }
    for (uint32_t m = 0; m < place->move_count; m++) {
        const SnMove *move = &place->moves[m];
        mark(listing, move->findings, move->finding_count, was_there);
        list_paths(listing, move->to);
        unmark(listing, move->findings, move->finding_count, was_there);
    }
    unmark(listing, place->findings, place->finding_count, was_here);
}

static void check_number(const char *text, uint64_t number)
{
    char expected[24];
    snprintf(expected, sizeof expected, "%" PRIu64, number);
    ck_assert_str_eq(text, expected);
}

static void check_by_listing(SnMap *map, uint32_t state)
{
    const SnAhead *ahead = &sn_map_place(map, state)->ahead;
    const SnResult *result = map->result;
    Listing *listing = mem_alloc(1, sizeof *listing);
    listing->map = map;
    list_paths(listing, state);
    check_number(ahead->interleavings, listing->all);
    for (uint32_t f = 0; f < result->finding_count; f++)
        if (ahead->findings[f] != NULL)
            check_number(ahead->findings[f], listing->findings[f]);
    for (uint32_t k = 0; k < map->kind_count; k++)
        if (ahead->kinds[k] != NULL)
            check_number(ahead->kinds[k], listing->kinds[k]);
    for (uint32_t o = 0; o < result->outcome_count; o++)
        check_number(ahead->outcomes[o], listing->outcomes[o]);
    mem_free(listing);
}

/* Where all numbers are finite, small, and so quickly listed. */
static bool is_listed(const SnResult *result, const SnPlace *place)
{
    double all = 0;
    for (uint32_t o = 0; o < result->outcome_count; o++)
        all += strcmp(place->ahead.outcomes[o], "infinite") == 0 ? HUGE_VAL : atof(place->ahead.outcomes[o]);
    return all <= LISTED && strcmp(place->ahead.interleavings, "infinite") != 0 && result->finding_count <= SLOTS &&
           result->outcome_count <= SLOTS;
}

/* --------------------------------------------------------------- all scenarios */

static void check_same(const char *ahead, double ahead_probability, const char *whole, double probability)
{
    if (ahead == NULL || whole == NULL)
        return;
    ck_assert_str_eq(ahead, whole);
    if (!isnan(ahead_probability) && !isnan(probability))
        ck_assert_double_eq_tol(ahead_probability, probability, 1e-9);
}

/* From the start it is what the whole result says. */
static void check_start(SnMap *map)
{
    const SnResult *result = map->result;
    const SnAhead *ahead = &sn_map_place(map, 0)->ahead;
    check_same(ahead->interleavings, (double)NAN, result->interleavings, (double)NAN);
    for (uint32_t f = 0; f < result->finding_count; f++)
        check_same(ahead->findings[f], ahead->finding_probability[f], result->findings[f].interleavings,
                   result->findings[f].probability);
    for (uint32_t o = 0; o < result->outcome_count; o++)
        check_same(ahead->outcomes[o], ahead->outcome_probability[o], result->outcomes[o].interleavings,
                   result->outcomes[o].probability);
}

/* How long a thread slept, and on which core it computes, is known to the trace only. */
static bool is_timed(const SnTrace *trace, const SnStep *step)
{
    static const char *const parts[] = {"awake after ", "I/O done after ", "takes core ", " of work done", " to start and to copy"};
    for (size_t p = 0; p < sizeof parts / sizeof *parts && trace->has_clock; p++)
        if (strstr(step->effect, parts[p]) != NULL)
            return true;
    return false;
}

/* Who woke a thread, and which worker takes a task, is known to the trace only. */
static bool needs_history(const SnStep *step)
{
    return step->action == SN_WAKE || strstr(step->effect, " takes it") != NULL;
}

/* A trace tells the same of each of its steps, and ends where the map does. */
static void check_trace(SnMap *map, const SnTrace *trace)
{
    uint32_t state = 0;
    for (uint32_t s = 0; s < trace->step_count; s++) {
        const SnStep *step = &trace->steps[s];
        const SnPlace *place = sn_map_place(map, state);
        const SnMove *found = NULL;
        for (uint32_t t = 0; t < trace->thread_count; t++) {
            const SnThreadState told = (SnThreadState)trace->thread_states[s * trace->thread_count + t];
            for (uint32_t k = 0; k < map->thread_count; k++)
                if (strcmp(map->threads[k].name, trace->threads[t].name) == 0)
                    ck_assert_int_eq(place->stands[k].state, told);
        }
        for (uint32_t m = 0; m < place->move_count; m++)
            if (strcmp(map->threads[place->moves[m].step.thread].name, trace->threads[step->thread].name) == 0 &&
                place->moves[m].step.choice == step->choice)
                found = &place->moves[m];
        ck_assert_ptr_nonnull(found);
        ck_assert_str_eq(found->step.source, step->source);
        if (!needs_history(step) && !is_timed(trace, step))
            ck_assert_str_eq(found->step.effect, step->effect);
        ck_assert_uint_eq(found->step.line, step->line);
        ck_assert_uint_eq(found->step.choices, step->choices);
        ck_assert_uint_eq(found->step.object, step->object);
        ck_assert_int_eq(found->step.action, step->action);
        state = found->to;
    }
    ck_assert_int_eq(sn_map_place(map, state)->end, trace->end);
    for (uint32_t w = 0; w < trace->watched_count; w++)
        ck_assert_str_eq(sn_map_place(map, state)->values[trace->watched[w]],
                         trace->values[trace->step_count * trace->watched_count + w]);
}

static void check_traces(SnMap *map)
{
    const SnResult *result = map->result;
    for (uint32_t i = 0; i < result->finding_count + result->outcome_count; i++) {
        SnTrace *trace;
        char *message;
        SnStatus status = i < result->finding_count
                              ? sn_trace_finding(result, i, &trace, &message)
                              : sn_trace_outcome(result, i - result->finding_count, &trace, &message);
        ck_assert_msg(status == SN_OK, "%s", message);
        check_trace(map, trace);
        sn_trace_free(trace);
    }
}

static uint32_t checked, listed;

static int check_file(const char *path, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info;
    (void)ftw;
    if (kind != FTW_F || strstr(path, ".snarl") == NULL)
        return 0;
    SnScenario *scenario;
    SnResult *result;
    char *message;
    ck_assert_msg(sn_load_file(path, NULL, &scenario, &message) == SN_OK, "%s: %s", path, message);
    sn_string_free(message);
    SnMap *map = explore(scenario, &result);
    if (map != NULL) {
        checked++;
        ck_assert_uint_eq(map->state_count, result->states);
        check_start(map);
        check_traces(map);
        for (uint32_t s = 0; s < map->state_count; s += 1 + map->state_count / 200) {
            const SnPlace *place = sn_map_place(map, s);
            ck_assert_ptr_eq(place, sn_map_place(map, s));
            ck_assert_int_eq(place->end == SN_END_RUNNING, place->move_count > 0);
            ck_assert_int_eq(place->outcome != SN_NONE, place->move_count == 0);
            for (uint32_t t = 0; t < map->thread_count; t++) {
                const SnStand *stand = &place->stands[t];
                bool is_told = stand->state != SN_THREAD_BLOCKED || stand->why != NULL;
                ck_assert_msg(is_told || map->threads[t].is_daemon, "%s: state %u: %s", path, s, map->threads[t].name);
            }
            if (is_listed(result, place)) {
                listed++;
                check_by_listing(map, s);
            }
        }
    }
    sn_map_free(map);
    sn_result_free(result);
    sn_scenario_free(scenario);
    return 0;
}

START_TEST(scenarios)
{
    ck_assert_int_eq(nftw(SNARL_SOURCE_DIR "/scenarios", check_file, 16, 0), 0);
    ck_assert_uint_gt(checked, 100);
    ck_assert_uint_gt(listed, 2000);
}
END_TEST

/* -------------------------------------------------------------------- memory */

START_TEST(memory_ends)
{
    SnScenario *scenario =
        load("mutex m\ncondition c\nshared x = 0\nthread A { lock m\n while (x == 0) { wait c with m }\n unlock m }\n"
             "thread B { x = 1\n signal c }\nthread C { x = 2 }\n");
    const SnExploreOptions options = {.map_states = MAP_STATES};
    size_t before = mem_live_blocks();
    bool is_done = false;
    for (uint64_t n = 1; !is_done; n++) {
        SnResult *result;
        SnMap *map = NULL;
        char *message;
        sn_string_free((sn_explore(scenario, &options, &result, &message), message));
        mem_fail_at(n);
        SnStatus status = sn_map(result, &map, &message);
        ck_assert(status == SN_OK || status == SN_SYSTEM);
        bool has_all = status == SN_OK;
        for (uint32_t s = 0; status == SN_OK && s < map->state_count; s++)
            has_all &= sn_map_place(map, s) != NULL;
        mem_fail_at(0);
        is_done = has_all;
        for (uint32_t s = 0; status == SN_OK && s < map->state_count; s++)
            ck_assert_ptr_nonnull(sn_map_place(map, s));
        sn_map_free(map);
        sn_string_free(message);
        sn_result_free(result);
        ck_assert_uint_eq(mem_live_blocks(), before);
    }
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("map");
    TCase *cases = tcase_create("map");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, lost_update);
    tcase_add_test(cases, deadlock);
    tcase_add_test(cases, locals);
    tcase_add_test(cases, scenarios);
    tcase_add_test(cases, memory_ends);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
