/* Several jobs give the result of one, byte for byte: over the gallery, over layouts that change on the way, and at
 * limits. Only the time, the memory and the width of a state may differ. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gallery.h"
#include "snarl/snarl.h"

static char *report(const SnScenario *scenario, SnExploreOptions options, uint32_t jobs)
{
    SnResult *result;
    char *message;
    options.jobs = jobs;
    sn_explore(scenario, &options, &result, &message);
    ck_assert_msg(result != NULL, "%s", message == NULL ? "(no message)" : message);
    sn_string_free(message);
    result->seconds = 0;
    result->peak_bytes = 0;
    char *json = sn_report_result_json(result);
    ck_assert_ptr_nonnull(json);
    sn_result_free(result);
    return json;
}

static void compare(const char *name, const SnScenario *scenario, const SnExploreOptions *options)
{
    char *one = report(scenario, *options, 1);
    for (uint32_t jobs = 2; jobs <= 3; jobs++) {
        char *several = report(scenario, *options, jobs);
        ck_assert_msg(strcmp(one, several) == 0, "%s: %u jobs give another result", name, jobs);
        sn_string_free(several);
    }
    sn_string_free(one);
}

static void check_scenario(const char *path, void *context)
{
    (void)context;
    SnScenario *scenario = gallery_load(path);
    const SnExploreOptions options = {.max_states = 20000}, few = {.max_states = 77, .skip_counts = true},
                           plain = {.max_states = 3000, .reduce = SN_REDUCE_NONE, .skip_counts = true};
    compare(path, scenario, &options);
    compare(path, scenario, &few);
    compare(path, scenario, &plain);
    sn_scenario_free(scenario);
}

START_TEST(gallery)
{
    ck_assert_uint_gt(gallery_visit(check_scenario, NULL), 100);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static const char *const grown[] = {
    /* values, outputs, assertions and spawned threads that come up late: the layout changes again and again */
    "atomic x = 1\n"
    "thread A { for i in 0..30 { local t = x; x = t * 2 } }\n"
    "thread B { for i in 0..30 { local t = x; x = t + 1 } }\n",
    "atomic x = 0\nthread w[3] { for i in 0..4 { local t = fetch_add(x, 1); print t } }\noutcome output\n",
    "atomic x = 0\nthread w[3] { for i in 0..6 { local t = fetch_add(x, 3); assert t != 21, \"t\" } }\n",
};

START_TEST(layouts_that_change)
{
    SnScenario *scenario;
    char *message;
    ck_assert_msg(sn_load("grown.snarl", grown[_i], strlen(grown[_i]), NULL, &scenario, &message) == SN_OK, "%s",
                  message);
    sn_string_free(message);
    const SnExploreOptions options = {.max_states = 60000, .skip_counts = true};
    for (int times = 0; times < 3; times++)
        compare("grown", scenario, &options);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jobs");
    TCase *cases = tcase_create("jobs");
    tcase_set_timeout(cases, 600);
    tcase_add_loop_test(cases, layouts_that_change, 0, sizeof grown / sizeof *grown);
    tcase_add_test(cases, gallery);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
