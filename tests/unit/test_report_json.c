/* The JSON that is written, read back with Jansson. */
#include <check.h>
#include <jansson.h>

#include "base/memory.h"
#include "report_fixtures.h"

static json_t *read_back(char *text)
{
    json_error_t error;
    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(text[strlen(text) - 1], '\n');
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(object != NULL, "line %d: %s in\n%s", error.line, error.text, text);
    mem_free(text);
    ck_assert_uint_eq(mem_live_blocks(), 0);
    return object;
}

static const char *string_at(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

START_TEST(result_has_the_fields_of_the_contract)
{
    static const char *const fields[] = {"schema",   "scenario",  "verdict",       "complete", "states",
                                         "steps",    "max_depth", "interleavings", "classes",  "findings",
                                         "outcomes", "seconds",   "peak_bytes"};
    json_t *object = read_back(sn_report_result_json(&lost_result));
    for (size_t f = 0; f < COUNT_OF(fields); f++)
        ck_assert_msg(json_object_get(object, fields[f]) != NULL, "no %s", fields[f]);
    ck_assert_str_eq(string_at(object, "verdict"), "found");
    ck_assert_str_eq(string_at(object, "interleavings"), "6");
    ck_assert(json_is_null(json_object_get(object, "classes")));
    ck_assert_int_eq(json_integer_value(json_object_get(object, "states")), 13);

    const json_t *finding = json_array_get(json_object_get(object, "findings"), 1);
    ck_assert_str_eq(string_at(finding, "kind"), "lost-update");
    ck_assert_str_eq(string_at(finding, "schedule"), "A B B A");
    ck_assert_str_eq(string_at(finding, "interleavings"), "4");
    ck_assert_str_eq(string_at(finding, "probability_exact"), "1/2");
    ck_assert_double_eq(json_real_value(json_object_get(finding, "probability")), 0.5);
    ck_assert_int_eq(json_integer_value(json_array_get(json_object_get(finding, "lines"), 2)), 9);
    ck_assert_ptr_null(json_object_get(finding, "status"));

    const json_t *outcome = json_array_get(json_object_get(object, "outcomes"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(outcome, "values"), "counter")), 1);
    ck_assert(json_is_true(json_object_get(outcome, "ended")));
    ck_assert(json_is_false(json_object_get(outcome, "final")));
    ck_assert_str_eq(string_at(outcome, "end"), "ok");
    json_decref(object);
}
END_TEST

START_TEST(what_is_not_known_is_null)
{
    static const char *const names[] = {"a", "A.t"}, *const values[] = {"[1, 2, 3]", "-7"};
    const SnOutcome outcome = {.values = values, .end = SN_END_RUNTIME_ERROR, .probability = NAN};
    const SnFinding finding = {.kind = "lock-order",
                               .words = "lock order",
                               .message = "m",
                               .schedule = "",
                               .probability = NAN,
                               .loop_start = SN_NONE,
                               .status = "unconfirmed"};
    const SnResult result = {.verdict = "incomplete",
                             .stopped = "stopped",
                             .never_ends = NAN,
                             .outcome_names = names,
                             .outcome_name_count = 2,
                             .outcomes = &outcome,
                             .outcome_count = 1,
                             .findings = &finding,
                             .finding_count = 1};
    json_t *object = read_back(sn_report_result_json(&result));
    ck_assert(json_is_null(json_object_get(object, "interleavings")));
    ck_assert(json_is_null(json_object_get(object, "never_ends")));
    ck_assert_str_eq(string_at(object, "stopped"), "stopped");
    const json_t *first = json_array_get(json_object_get(object, "outcomes"), 0);
    ck_assert(json_is_null(json_object_get(first, "probability")));
    ck_assert(json_is_null(json_object_get(first, "schedule")));
    ck_assert(json_is_false(json_object_get(first, "ended")));
    ck_assert_str_eq(string_at(first, "end"), "runtime-error");
    ck_assert_ptr_null(json_object_get(first, "final"));
    ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(first, "values"), "a")), 3);
    ck_assert_str_eq(string_at(json_array_get(json_object_get(object, "findings"), 0), "status"), "unconfirmed");
    json_decref(object);
}
END_TEST

START_TEST(any_text_is_escaped)
{
    const SnFinding finding = {.kind = "assertion",
                               .words = "assertion",
                               .message = "\"quoted\" \\ \n\t\x01\x7F Ключ 鍵 \xFF\xC3( \xED\xA0\x80 \xF4\x90\x80\x80",
                               .schedule = "A",
                               .loop_start = 3};
    const SnResult result = {.verdict = "found", .findings = &finding, .finding_count = 1};
    json_t *object = read_back(sn_report_result_json(&result));
    const json_t *first = json_array_get(json_object_get(object, "findings"), 0);
    const char *message = string_at(first, "message");
    ck_assert_ptr_nonnull(strstr(message, "\"quoted\" \\ \n\t\x01\x7F Ключ 鍵 \xEF\xBF\xBD\xEF\xBF\xBD( \xEF\xBF\xBD"));
    ck_assert_int_eq(json_integer_value(json_object_get(first, "loop_start")), 3);
    json_decref(object);
}
END_TEST

START_TEST(doubles_read_back_exactly)
{
    static const double doubles[] = {19.0 / 120, 1.0 / 3, 1e-300, 0.1, 1};
    for (size_t d = 0; d < COUNT_OF(doubles); d++) {
        const SnFinding finding = {.kind = "k", .words = "k", .probability = doubles[d], .loop_start = SN_NONE};
        const SnResult result = {.verdict = "found", .findings = &finding, .finding_count = 1};
        json_t *object = read_back(sn_report_result_json(&result));
        const json_t *first = json_array_get(json_object_get(object, "findings"), 0);
        double got = json_number_value(json_object_get(first, "probability"));
        ck_assert(got >= doubles[d] && got <= doubles[d]);
        json_decref(object);
    }
}
END_TEST

START_TEST(traces)
{
    json_t *object = read_back(sn_report_trace_json(&lost_trace));
    ck_assert_str_eq(string_at(object, "schedule"), "A B B A");
    const json_t *step = json_array_get(json_object_get(object, "steps"), 3);
    ck_assert_str_eq(string_at(step, "thread"), "A");
    ck_assert_str_eq(string_at(step, "action"), "write");
    ck_assert_int_eq(json_integer_value(json_object_get(step, "line")), 5);
    ck_assert_str_eq(string_at(json_object_get(step, "values"), "counter"), "1");
    const json_t *note = json_array_get(json_object_get(object, "notes"), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(note, "step")), 4);
    ck_assert_int_eq(json_integer_value(json_object_get(note, "from_step")), 1);
    ck_assert(json_is_true(json_object_get(note, "stale_read")));
    json_decref(object);

    object = read_back(sn_report_trace_json(&dead_trace));
    ck_assert_str_eq(string_at(object, "end"), "deadlock");
    const json_t *wait = json_array_get(json_object_get(object, "waits"), 0);
    ck_assert_str_eq(string_at(wait, "object"), "b");
    ck_assert_str_eq(string_at(json_array_get(json_object_get(wait, "holders"), 0), "thread"), "T2");
    ck_assert_str_eq(json_string_value(json_array_get(json_array_get(json_object_get(object, "cycles"), 0), 1)), "T2");
    json_decref(object);
}
END_TEST

START_TEST(no_memory_no_text)
{
    bool made = false;
    for (uint64_t n = 1; !made; n++) {
        mem_fail_at(n);
        char *text = sn_report_trace_json(&lost_trace);
        made = text != NULL;
        mem_free(text);
        ck_assert_uint_eq(mem_live_blocks(), 0);
    }
    mem_fail_at(0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_json");
    TCase *all = tcase_create("all");
    tcase_add_test(all, result_has_the_fields_of_the_contract);
    tcase_add_test(all, what_is_not_known_is_null);
    tcase_add_test(all, any_text_is_escaped);
    tcase_add_test(all, doubles_read_back_exactly);
    tcase_add_test(all, traces);
    tcase_add_test(all, no_memory_no_text);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
