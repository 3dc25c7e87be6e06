/* Executions with few preemptions, against what the exhaustive search says about the same scenarios. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gallery.h"
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

static SnResult *explore(const SnScenario *scenario, const SnExploreOptions *options)
{
    SnResult *result;
    char *message;
    sn_explore(scenario, options, &result, &message);
    ck_assert_msg(result != NULL, "%s", message == NULL ? "(no message)" : message);
    return result;
}

static bool is_same_finding(const SnFinding *a, const SnFinding *b)
{
    return strcmp(a->kind, b->kind) == 0 && strcmp(a->schedule, b->schedule) == 0 && a->preemptions == b->preemptions &&
           a->switches == b->switches && strcmp(a->message, b->message) == 0;
}

/* Loops can be told only where the graph is whole, and refuted lock orders likewise. */
static bool is_local(const SnFinding *finding)
{
    return strcmp(finding->kind, "livelock") != 0 && strcmp(finding->kind, "starvation") != 0 &&
           strcmp(finding->kind, "never") != 0 && strcmp(finding->kind, "lock-order") != 0 &&
           strcmp(finding->kind, "not-serial") != 0;
}

static bool is_same_row(const SnFinding *a, const SnFinding *b)
{
    return strcmp(a->kind, b->kind) == 0 && a->line_count == b->line_count &&
           memcmp(a->lines, b->lines, a->line_count * sizeof *a->lines) == 0;
}

/* A race is shown by both accesses; where that takes more preemptions than are allowed, by the first of them, when it
 * keeps the other from happening. */
static bool is_half_a_race(const SnResult *whole, const SnFinding *finding, uint32_t bound)
{
    if (strcmp(finding->kind, "data-race") != 0)
        return false;
    for (uint32_t w = 0; w < whole->finding_count; w++)
        if (is_same_row(&whole->findings[w], finding) && whole->findings[w].preemptions > bound)
            return true;
    return false;
}

/* What the bounded search finds is what the exhaustive one finds with so few preemptions, schedules and all. */
static void compare(const char *name, const SnResult *whole, const SnResult *part, uint32_t bound)
{
    uint32_t expected = 0, found = 0;
    for (uint32_t w = 0; w < whole->finding_count; w++) {
        const SnFinding *finding = &whole->findings[w];
        if (!is_local(finding) || finding->preemptions > bound)
            continue;
        expected++;
        bool is_there = false;
        for (uint32_t p = 0; p < part->finding_count && !is_there; p++)
            is_there = is_same_finding(finding, &part->findings[p]);
        if (!is_there)
            ck_abort_msg("%s: with %u preemptions there is no %s by %s", name, bound, finding->kind, finding->schedule);
    }
    for (uint32_t p = 0; p < part->finding_count; p++)
        found += is_local(&part->findings[p]) && !is_half_a_race(whole, &part->findings[p], bound);
    ck_assert_msg(found == expected, "%s: %u findings instead of %u with %u preemptions", name, found, expected, bound);
    uint32_t outcomes = 0;
    for (uint32_t w = 0; w < whole->outcome_count; w++) {
        const SnOutcome *outcome = &whole->outcomes[w];
        if (outcome->preemptions > bound)
            continue;
        REQUIRE(outcomes < part->outcome_count);
        ck_assert_str_eq(outcome->schedule, part->outcomes[outcomes].schedule);
        outcomes++;
    }
    ck_assert_uint_eq(outcomes, part->outcome_count);
}

static void check_scenario(const char *path, void *context)
{
    (void)context;
    SnScenario *scenario = gallery_load(path);
    SnExploreOptions options = {.max_states = 5000, .skip_counts = true};
    SnResult *whole = explore(scenario, &options);
    bool reached_all = !whole->complete;
    for (uint32_t bound = 0; bound < 12 && whole->complete && !reached_all; bound++) {
        options.has_preemption_bound = true;
        options.preemption_bound = bound;
        options.max_states = 0;
        SnResult *part = explore(scenario, &options);
        compare(path, whole, part, bound);
        reached_all = part->complete;
        ck_assert_uint_eq(part->preemptions, part->complete ? SN_NONE : bound);
        if (part->complete) {
            ck_assert_uint_eq(part->states, whole->states);
            ck_assert_uint_eq(part->steps, whole->steps);
            ck_assert_uint_eq(part->max_depth, whole->max_depth);
            ck_assert_uint_eq(part->finding_count, whole->finding_count);
        } else {
            ck_assert_ptr_nonnull(strstr(part->stopped, "complete up to"));
        }
        sn_result_free(part);
    }
    sn_result_free(whole);
    sn_scenario_free(scenario);
}

START_TEST(gallery_agrees_with_the_exhaustive_search)
{
    ck_assert_uint_gt(gallery_visit(check_scenario, NULL), 100);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static const char counter[] = "shared x = 0\n"
                              "thread A, B {\n"
                              "    local t = x\n"
                              "    x = t + 1\n"
                              "}\n"
                              "outcome x\n";

/* Two threads with two steps each: without a preemption AABB and BBAA; with one, also ABBA, BAAB (A ends behind B);
 * ABAB takes two. */
START_TEST(two_counters_by_hand)
{
    SnScenario *scenario = load(counter);
    SnExploreOptions options = {.has_preemption_bound = true};
    SnResult *result = explore(scenario, &options);
    ck_assert_uint_eq(result->outcome_count, 1);
    ck_assert_str_eq(result->outcomes[0].values[0], "2");
    ck_assert(!result->complete);
    ck_assert_uint_eq(result->preemptions, 0);
    ck_assert_ptr_null(result->interleavings);
    ck_assert_str_eq(result->stopped,
                     "complete up to 0 preemptions (--preemptions); executions with more were left out");
    sn_result_free(result);
    options.preemption_bound = 1;
    result = explore(scenario, &options);
    ck_assert_uint_eq(result->outcome_count, 2);
    ck_assert_str_eq(result->outcomes[0].schedule, "A B B A");
    ck_assert(result->complete); /* ABAB passes the states of ABBA and BABA passes those of BAAB */
    ck_assert_str_eq(result->interleavings, "6");
    sn_result_free(result);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static const char many[] = "atomic x = 0\n"
                           "thread w[4] { for i in 0..6 { local t = fetch_add(x, 1); print t } }\n";

/* A limit leaves the levels before it whole. */
START_TEST(limits)
{
    SnScenario *scenario = load(many);
    SnExploreOptions options = {.has_preemption_bound = true, .preemption_bound = 9, .max_states = 20000};
    SnResult *result = explore(scenario, &options);
    ck_assert_int_eq(result->status, SN_INCOMPLETE);
    ck_assert_uint_eq(result->states, 20000);
    ck_assert_uint_lt(result->preemptions, 9);
    ck_assert_ptr_nonnull(strstr(result->stopped, "stopped at 20,000 states (--max-states)"));
    ck_assert_ptr_nonnull(strstr(result->stopped, "complete up to"));
    sn_result_free(result);
    for (size_t bytes = 1 << 16; bytes <= (size_t)8 << 20; bytes *= 2) {
        options = (SnExploreOptions){.has_preemption_bound = true, .preemption_bound = 2, .max_memory = bytes};
        char *message;
        sn_explore(scenario, &options, &result, &message);
        ck_assert(result != NULL || message != NULL);
        if (result != NULL && result->stopped != NULL && strstr(result->stopped, "executions with more") == NULL)
            ck_assert_ptr_nonnull(strstr(result->stopped, "(--max-memory)"));
        sn_string_free(message);
        sn_result_free(result);
    }
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static bool stop_at_once(void *context, const SnProgress *progress)
{
    (void)context, (void)progress;
    return false;
}

START_TEST(interruption)
{
    SnScenario *scenario =
        load("atomic x = 0\nthread w[8] { for i in 0..20 { local t = fetch_add(x, 1); print t } }\n");
    SnExploreOptions options = {.has_preemption_bound = true, .preemption_bound = 3, .progress = stop_at_once};
    SnResult *result;
    char *message;
    ck_assert_int_eq(sn_explore(scenario, &options, &result, &message), SN_INCOMPLETE);
    ck_assert_ptr_nonnull(strstr(result->stopped, "interrupted"));
    sn_result_free(result);
    sn_string_free(message);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bounded");
    TCase *cases = tcase_create("bounded");
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, two_counters_by_hand);
    tcase_add_test(cases, limits);
    tcase_add_test(cases, interruption);
    tcase_add_test(cases, gallery_agrees_with_the_exhaustive_search);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
