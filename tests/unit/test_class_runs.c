/* Findings and outcomes of the classes are those of all states: over the gallery, and for random scenarios in the
 * oracle's tests. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gallery.h"
#include "snarl/snarl.h"

static SnResult *explore(const SnScenario *scenario, SnExploreOptions options)
{
    SnResult *result;
    char *message;
    sn_explore(scenario, &options, &result, &message);
    ck_assert_msg(result != NULL, "%s", message == NULL ? "(no message)" : message);
    sn_string_free(message);
    return result;
}

static bool is_same_list(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count)
{
    return a_count == b_count && (a_count == 0 || memcmp(a, b, a_count * sizeof *a) == 0);
}

static bool is_same_texts(const char *const *a, uint32_t a_count, const char *const *b, uint32_t b_count)
{
    bool is_same = a_count == b_count;
    for (uint32_t i = 0; is_same && i < a_count; i++)
        is_same = strcmp(a[i], b[i]) == 0;
    return is_same;
}

/* A deadlock of some, while others go on, may be told as one of all: kinds are compared there. All else is
 * the same, and so is the cost of the easiest schedule. */
static bool has_finding(const SnResult *result, const SnFinding *finding)
{
    bool is_coarse = strcmp(finding->kind, "deadlock") == 0;
    for (uint32_t i = 0; i < result->finding_count; i++) {
        const SnFinding *other = &result->findings[i];
        if (strcmp(other->kind, finding->kind) == 0 &&
            (is_coarse || (other->preemptions == finding->preemptions && other->switches == finding->switches &&
                           other->step_count == finding->step_count &&
                           is_same_list(other->lines, other->line_count, finding->lines, finding->line_count) &&
                           is_same_texts(other->objects, other->object_count, finding->objects, finding->object_count))))
            return true;
    }
    return false;
}

static bool has_outcome(const SnResult *result, const SnOutcome *outcome)
{
    for (uint32_t i = 0; i < result->outcome_count; i++)
        if (result->outcomes[i].end == outcome->end && result->outcomes[i].final == outcome->final &&
            is_same_texts(result->outcomes[i].values, result->outcome_name_count, outcome->values,
                          result->outcome_name_count) &&
            is_same_texts(result->outcomes[i].output, result->outcomes[i].output_count, outcome->output,
                          outcome->output_count))
            return true;
    return false;
}

typedef struct Tally {
    uint32_t compared, findings, outcomes;
} Tally;

static void check_scenario(const char *path, void *context)
{
    Tally *tally = context;
    SnScenario *scenario = gallery_load(path);
    const SnExploreOptions all = {.max_states = 200000, .skip_counts = true},
                           classes = {.max_states = 3, .max_seconds = 2, .reduce = SN_REDUCE_CLASSES};
    SnResult *states = explore(scenario, all), *runs = explore(scenario, classes);
    if (states->complete && runs->complete && runs->states > 3) {
        tally->compared++;
        for (uint32_t i = 0; i < states->finding_count; i++) {
            tally->findings++;
            if (strcmp(states->findings[i].kind, "not-serializable") == 0)
                continue; /* judged by a search of its own, for which three states do not do */
            if (!has_finding(runs, &states->findings[i]))
                ck_abort_msg("%s: the classes lack: %s", path, states->findings[i].message);
        }
        for (uint32_t i = 0; i < runs->finding_count; i++)
            if (!has_finding(states, &runs->findings[i]))
                ck_abort_msg("%s: only the classes have: %s", path, runs->findings[i].message);
        for (uint32_t i = 0; i < states->outcome_count; i++) {
            tally->outcomes++;
            if (!has_outcome(runs, &states->outcomes[i]))
                ck_abort_msg("%s: the classes lack outcome %u", path, i);
        }
        ck_assert_uint_eq(runs->outcome_count, states->outcome_count);
        ck_assert_ptr_nonnull(runs->classes);
    }
    sn_result_free(states);
    sn_result_free(runs);
    sn_scenario_free(scenario);
}

START_TEST(gallery)
{
    Tally tally = {0};
    gallery_visit(check_scenario, &tally);
    printf("%u scenarios, %u findings, %u outcomes\n", tally.compared, tally.findings, tally.outcomes);
    ck_assert_uint_gt(tally.compared, 80);
    ck_assert_uint_gt(tally.findings, 60);
    ck_assert_uint_gt(tally.outcomes, 100);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* A race that no state of any run shows by itself: both accesses come next only in another run of the class. */
static const char *const far_apart = "shared x = 0, y = 0\nmutex m\n"
                                     "thread A { x = 1; lock m; unlock m }\n"
                                     "thread B { lock m; y = 1; unlock m; local t = x }\n";

START_TEST(race_between_runs)
{
    SnScenario *scenario;
    char *message;
    ck_assert(sn_load("far", far_apart, strlen(far_apart), NULL, &scenario, &message) == SN_OK);
    sn_string_free(message);
    const SnExploreOptions options = {.max_states = 3, .reduce = SN_REDUCE_CLASSES};
    SnResult *result = explore(scenario, options);
    ck_assert(result->complete);
    ck_assert_str_eq(result->findings[0].kind, "data-race");
    ck_assert_uint_eq(result->findings[0].lines[0], 3);
    ck_assert_uint_eq(result->findings[0].lines[1], 4);
    ck_assert_ptr_nonnull(result->findings[0].schedule);
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

/* In some classes the write lets the await on, which is no race; in one the await could be taken ahead of it. */
static const char *const awaited = "shared x = 0\n"
                                   "thread A { x = (x ? x : 2)\n"
                                   "    await (x != 2) }\n"
                                   "thread B { while (x < 2) {\n"
                                   "    x++\n"
                                   "    x++ } }\n";

START_TEST(race_with_an_await)
{
    SnScenario *scenario;
    char *message;
    ck_assert(sn_load("awaited", awaited, strlen(awaited), NULL, &scenario, &message) == SN_OK);
    sn_string_free(message);
    const SnExploreOptions options = {.max_states = 3, .reduce = SN_REDUCE_CLASSES};
    SnResult *result = explore(scenario, options);
    bool is_there = false;
    for (uint32_t i = 0; i < result->finding_count; i++) {
        const SnFinding *finding = &result->findings[i];
        is_there |= strcmp(finding->kind, "data-race") == 0 && finding->lines[0] == 3 && finding->lines[1] == 5;
    }
    ck_assert(is_there);
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(out_of_memory)
{
    SnScenario *scenario = gallery_load(SNARL_SOURCE_DIR "/scenarios/races/lost_update.snarl");
    SnExploreOptions options = {.max_states = 3, .reduce = SN_REDUCE_CLASSES};
    bool failed = true;
    for (uint64_t n = 1; failed && n < 100000; n += 1 + n / 16) {
        SnResult *result;
        char *message;
        size_t before = mem_live_blocks();
        mem_fail_at(n);
        SnStatus status = sn_explore(scenario, &options, &result, &message);
        mem_fail_at(0);
        failed = status != SN_FOUND || !result->complete;
        sn_result_free(result);
        sn_string_free(message);
        ck_assert_uint_eq(mem_live_blocks(), before);
    }
    ck_assert(!failed);
    sn_scenario_free(scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("class_runs");
    TCase *cases = tcase_create("class_runs");
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, race_between_runs);
    tcase_add_test(cases, race_with_an_await);
    tcase_add_test(cases, out_of_memory);
    tcase_add_test(cases, gallery);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
