/* The page: its data is the library's, whatever the text of the scenario, and when memory ends nothing is left. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "snarl/viz.h"
#include "viz/markup.h"

#define TEXT                                                                                                           \
    "// </script><script>alert(1)</script> \\u003c <!--\nshared x = 0\nmutex m\n"                                      \
    "thread A { lock m\n local t = x\n x = t + 1\n unlock m }\nthread B { local t = x\n x = t + 1 }\n"                 \
    "finally x == 2\n"

static SnResult *explore(const char *text, uint64_t map_states, SnScenario **scenario)
{
    const SnExploreOptions options = {.map_states = map_states};
    char *message = NULL;
    SnResult *result;
    ck_assert_msg(sn_load("a<b>&\"'.snarl", text, strlen(text), NULL, scenario, &message) == SN_OK, "%s", message);
    sn_string_free(message);
    ck_assert_int_ne(sn_explore(*scenario, &options, &result, &message), SN_SYSTEM);
    return result;
}

static char *page_of(const SnResult *result, const SnPageOptions *options)
{
    char *bytes, *message;
    size_t length;
    ck_assert_msg(sn_page(result, options, &bytes, &length, &message) == SN_OK, "%s", message);
    ck_assert_uint_eq(strlen(bytes), length);
    return bytes;
}

/* The JSON object of the page. */
static json_t *data_of(const char *page)
{
    static const char mark[] = "<script type=\"application/json\" id=\"data\">";
    const char *begin = strstr(page, mark), *end = strstr(begin, "</script>");
    json_error_t error;
    json_t *data = json_loadb(begin + sizeof mark - 1, (size_t)(end - begin) - sizeof mark + 1, 0, &error);
    ck_assert_msg(data != NULL, "line %d: %s", error.line, error.text);
    return data;
}

static uint32_t occurrences(const char *text, const char *word)
{
    uint32_t count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        count++;
    return count;
}

static const char *string_of(const json_t *data, const json_t *number)
{
    return json_string_value(json_array_get(json_object_get(data, "strings"), (size_t)json_integer_value(number)));
}

START_TEST(data)
{
    SnScenario *scenario;
    SnResult *result = explore(TEXT, 1000, &scenario);
    char *page = page_of(result, NULL);
    json_t *all = data_of(page);
    ck_assert_uint_eq(occurrences(page, "<script"), 2);
    ck_assert_uint_eq(occurrences(page, "</script>"), 2);
    ck_assert_uint_eq(occurrences(page, "a<b>"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(all, "source")), TEXT);
    ck_assert_str_eq(json_string_value(json_object_get(all, "file")), "a<b>&\"'.snarl");
    const json_t *findings = json_object_get(all, "findings"), *map = json_object_get(all, "map");
    ck_assert_uint_eq(json_array_size(findings), result->finding_count);
    for (uint32_t f = 0; f < result->finding_count; f++) {
        const json_t *finding = json_array_get(findings, f);
        ck_assert_str_eq(string_of(all, json_object_get(finding, "message")), result->findings[f].message);
        ck_assert_str_eq(string_of(all, json_object_get(finding, "count")), result->findings[f].interleavings);
        const json_t *run = json_array_get(json_object_get(all, "runs"), f);
        ck_assert_uint_eq(json_array_size(json_object_get(run, "steps")), result->findings[f].step_count);
    }
    ck_assert_uint_eq(json_array_size(map), result->states);
    const json_t *ahead = json_array_get(json_array_get(map, 0), 10);
    ck_assert_str_eq(string_of(all, json_array_get(ahead, 0)), result->interleavings);
    json_decref(all);
    sn_string_free(page);
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

/* Without the state space each run has its own places; without findings and outcomes there is one run. */
START_TEST(without_map)
{
    SnScenario *scenario;
    SnResult *result = explore(TEXT, 0, &scenario);
    char *page = page_of(result, NULL);
    json_t *all = data_of(page);
    ck_assert(json_is_null(json_object_get(all, "map")));
    const json_t *run = json_array_get(json_object_get(all, "runs"), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(run, "places")), result->findings[0].step_count + 1);
    json_decref(all);
    sn_string_free(page);
    sn_result_free(result);
    sn_scenario_free(scenario);

    result = explore("atomic x = 0\nthread A { loop { x = 1 - x } }\n", 0, &scenario);
    page = page_of(result, NULL);
    all = data_of(page);
    ck_assert_uint_ge(json_array_size(json_object_get(all, "runs")), 1);
    json_decref(all);
    sn_string_free(page);
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(options)
{
    SnScenario *scenario;
    SnResult *result = explore(TEXT, 1000, &scenario);
    const SnPageOptions dark = {
        .has_theme = true, .theme = SN_THEME_DARK, .language = SN_LANGUAGE_RUSSIAN, .finding = 1};
    char *page = page_of(result, &dark), *again = page_of(result, &dark);
    ck_assert_str_eq(page, again);
    ck_assert_ptr_nonnull(strstr(page, "<html lang=\"ru\" data-theme=\"dark\">"));
    json_t *all = data_of(page);
    ck_assert_int_eq(json_integer_value(json_object_get(all, "first")), 1);
    json_decref(all);
    sn_string_free(page);
    sn_string_free(again);
    sn_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(markup)
{
    Text out = {0};
    markup_html(&out, "<a href='x'>&\"\t\n\x01\xFF\xE2\x80\xAE");
    ck_assert_str_eq(out.bytes, "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\t\n\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    out.length = 0;
    markup_json(&out, "</script>&\\\"\n\t\x1B\xE2\x80\xA8\xC3\xA9\xED\xA0\x80");
    ck_assert_str_eq(out.bytes, "\"\\u003c/script\\u003e\\u0026\\\\\\\"\\n\\t\xEF\xBF\xBD\xEF\xBF\xBD\xC3\xA9"
                                "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    out.length = 0;
    markup_json(&out, NULL);
    ck_assert_str_eq(out.bytes, "\"\"");
    text_free(&out);
}
END_TEST

START_TEST(memory_ends)
{
    SnScenario *scenario;
    SnResult *result = explore(TEXT, 1000, &scenario);
    size_t before = mem_live_blocks();
    SnStatus status = SN_SYSTEM;
    /* every allocation of the first thousand, then every tenth and so on: the work is the same again and again */
    for (uint64_t n = 1; status != SN_OK; n += 1 + n / 200) {
        char *bytes, *message;
        size_t length;
        mem_fail_at(n);
        status = sn_page(result, NULL, &bytes, &length, &message);
        mem_fail_at(0);
        ck_assert(status == SN_OK ? bytes != NULL && message == NULL : bytes == NULL && length == 0);
        ck_assert(status == SN_OK || status == SN_SYSTEM);
        sn_string_free(bytes);
        sn_string_free(message);
        ck_assert_uint_eq(mem_live_blocks(), before);
    }
    sn_result_free(result);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page");
    TCase *cases = tcase_create("page");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, data);
    tcase_add_test(cases, without_map);
    tcase_add_test(cases, options);
    tcase_add_test(cases, markup);
    tcase_add_test(cases, memory_ends);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
