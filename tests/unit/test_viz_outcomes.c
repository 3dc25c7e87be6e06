/* Bars of the outcomes: golden DOT, measured shares, pages, hostile names, memory. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "golden.h"
#include "snarl/viz.h"

static const char LOST[] = "shared counter = 0\nthread A { local t = counter\n counter = t + 1 }\n"
                           "thread B { local t = counter\n counter = t + 1 }\nfinally counter == 2\n";
static const char MANY[] = "shared x = 0\nthread A { x = choose(0..60)\n print \"<b>&\\\"\\\\N\" }\n";

static SnResult *explore(const char *text, SnScenario **scenario)
{
    char *message;
    SnResult *result;
    ck_assert_int_eq(sn_load("test.snarl", text, strlen(text), NULL, scenario, &message), SN_OK);
    sn_string_free(message);
    sn_explore(*scenario, NULL, &result, &message);
    sn_string_free(message);
    ck_assert_ptr_nonnull(result);
    return result;
}

static char *draw(const SnResult *result, const SnStressResult *stress, SnDrawOptions options)
{
    char *bytes, *message;
    size_t length;
    SnStatus status = sn_draw_outcomes(result, stress, &options, &bytes, &length, &message);
    ck_assert_msg(status == SN_OK, "%s", message == NULL ? "?" : message);
    return bytes;
}

START_TEST(test_bars)
{
    SnScenario *scenario;
    SnResult *result = explore(LOST, &scenario);
    char *bytes = draw(result, NULL, (SnDrawOptions){.format = SN_FORMAT_DOT});
    golden_check("outcomes_simulated.dot", bytes);
    sn_string_free(bytes);
    const SnStressOutcome shares[] = {{.runs = 30, .first_seconds = 0.1}, {.runs = 90, .first_seconds = 0.2}};
    const SnStressResult stress = {.explored = result, .outcomes = shares, .outcome_count = 2, .runs = 120, .seen = 2};
    bytes = draw(result, &stress, (SnDrawOptions){.format = SN_FORMAT_DOT});
    golden_check("outcomes_measured.dot", bytes);
    ck_assert_ptr_nonnull(strstr(bytes, "0.250"));
    ck_assert_ptr_nonnull(strstr(bytes, "0.750"));
    sn_string_free(bytes);
    static const SnFormat formats[] = {SN_FORMAT_SVG, SN_FORMAT_PDF, SN_FORMAT_PNG};
    for (size_t f = 0; f < 3; f++)
        sn_string_free(draw(result, &stress, (SnDrawOptions){.format = formats[f], .theme = SN_THEME_DARK, .language = SN_LANGUAGE_RUSSIAN}));
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(test_pages)
{
    SnScenario *scenario;
    SnResult *result = explore(MANY, &scenario);
    ck_assert_uint_eq(result->outcome_count, 60);
    char *first = draw(result, NULL, (SnDrawOptions){.format = SN_FORMAT_DOT});
    char *third = draw(result, NULL, (SnDrawOptions){.format = SN_FORMAT_DOT, .page = 3});
    ck_assert_ptr_nonnull(strstr(first, "page 1 of"));
    ck_assert_ptr_nonnull(strstr(first, "x = 0"));
    ck_assert_ptr_nonnull(strstr(third, "page 3 of"));
    ck_assert_ptr_null(strstr(third, "x = 0;"));
    ck_assert_ptr_null(strstr(first, "<b>"));
    sn_string_free(first);
    sn_string_free(third);
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(test_nothing_and_memory)
{
    char *bytes, *message;
    size_t length;
    SnResult nothing = {.complete = true};
    const SnDrawOptions options = {.format = SN_FORMAT_DOT};
    ck_assert_int_eq(sn_draw_outcomes(&nothing, NULL, &options, &bytes, &length, &message), SN_INVALID);
    ck_assert_ptr_nonnull(strstr(message, "comes to an end"));
    sn_string_free(message);
    SnScenario *scenario;
    SnResult *result = explore(LOST, &scenario);
    size_t before = mem_live_blocks();
    SnStatus status = SN_SYSTEM;
    for (uint64_t n = 1; status != SN_OK; n++) {
        mem_fail_at(n);
        status = sn_draw_outcomes(result, NULL, &options, &bytes, &length, &message);
        mem_fail_at(0);
        ck_assert(status == SN_OK || status == SN_SYSTEM);
        sn_string_free(bytes);
        sn_string_free(message);
        ck_assert_uint_eq(mem_live_blocks(), before);
    }
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("outcomes");
    TCase *test = tcase_create("outcomes");
    tcase_set_timeout(test, 60);
    tcase_add_test(test, test_bars);
    tcase_add_test(test, test_pages);
    tcase_add_test(test, test_nothing_and_memory);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
