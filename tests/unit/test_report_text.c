/* The texts for people: what they look like, that they fit, and that they hold together without memory. */
#include <check.h>
#include <time.h>

#include "base/memory.h"
#include "base/text.h"
#include "golden.h"
#include "report/result.h"
#include "report_fixtures.h"
#include "snarl/snarl.h"

/* Traces of the findings of the fixtures. */
static SnStatus fixture_finding(const SnResult *result, uint32_t finding, SnTrace **trace, char **message)
{
    (void)finding;
    *message = NULL;
    *trace = malloc(sizeof **trace);
    if (*trace != NULL)
        **trace = result == &dead_result ? dead_trace : lost_trace;
    return SN_OK;
}

static void fixture_free(SnTrace *trace)
{
    free(trace);
}

static const TraceSource fixtures = {fixture_finding, fixture_free};

static void check_result(const char *golden, const SnResult *result, SnTextStyle style)
{
    char *text = result_report(result, &style, &fixtures);
    golden_check(golden, text);
    mem_free(text);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

static void check_trace(const char *golden, const SnTrace *trace, SnTextStyle style)
{
    char *text = sn_report_trace(trace, &style);
    golden_check(golden, text);
    mem_free(text);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

START_TEST(result_texts)
{
    check_result("report_lost.txt", &lost_result, (SnTextStyle){0});
    check_result("report_lost_color.txt", &lost_result, (SnTextStyle){.color = true});
    check_result("report_lost_verbose.txt", &lost_result, (SnTextStyle){.verbose = true, .columns = 120});
    check_result("report_lost_narrow.txt", &lost_result, (SnTextStyle){.columns = 60});
    check_result("report_lost_quiet.txt", &lost_result, (SnTextStyle){.quiet = true});
    check_result("report_deadlock.txt", &dead_result, (SnTextStyle){0});
}
END_TEST

START_TEST(verdicts)
{
    SnResult result = {.status = SN_OK,
                       .verdict = "ok",
                       .complete = true,
                       .states = 153631,
                       .steps = 7,
                       .interleavings = "4190000000000000000",
                       .seconds = 12};
    check_result("report_ok.txt", &result, (SnTextStyle){0});
    result.interleavings = "1";
    check_result("report_ok_one.txt", &result, (SnTextStyle){.quiet = true});
    result.interleavings = "infinite";
    result.never_ends = 0.25;
    check_result("report_ok_infinite.txt", &result, (SnTextStyle){0});
    result.interleavings = NULL;
    result.complete = false;
    result.stopped = "stopped at 1,000,000 states (--max-states); a loop may never end at line 12";
    static const char *const notes[] = {"the cycle a, b of lock orders cannot close: a gate lock is held around it"};
    result.notes = notes;
    result.note_count = 1;
    check_result("report_incomplete.txt", &result, (SnTextStyle){0});
}
END_TEST

START_TEST(trace_texts)
{
    check_trace("trace_lost.txt", &lost_trace, (SnTextStyle){0});
    check_trace("trace_lost_locals.txt", &lost_trace, (SnTextStyle){.verbose = true});
    check_trace("trace_deadlock.txt", &dead_trace, (SnTextStyle){0});
}
END_TEST

/* A trace of `threads` threads that step in turn, `steps` steps in all. */
static SnTrace *make_trace(uint32_t threads, uint32_t steps, const char *source)
{
    struct Made {
        SnTrace trace;
        SnThread threads[16];
        SnStep steps[2000];
        const char *values[2001];
        uint8_t states[2001 * 16];
    } *made = calloc(1, sizeof *made);
    static const char *const names[] = {"первый",    "第二",      "worker[2]", "worker[3]",
                                        "worker[4]", "worker[5]", "worker[6]", "worker[7]"};
    ck_assert_ptr_nonnull(made);
    made->trace = lost_trace;
    for (uint32_t t = 0; t < threads; t++)
        made->threads[t] = (SnThread){names[t % 8], false, t + 1};
    for (uint32_t s = 0; s < steps; s++) {
        made->steps[s] = lost_steps[2];
        made->steps[s].thread = s % threads;
        made->steps[s].source = source;
        made->values[s] = s % 2 == 0 ? "0" : "17";
    }
    made->values[steps] = "0";
    memset(made->states, SN_THREAD_READY, sizeof made->states);
    made->trace.threads = made->threads;
    made->trace.thread_count = threads;
    made->trace.steps = made->steps;
    made->trace.step_count = steps;
    made->trace.values = made->values;
    made->trace.thread_states = made->states;
    made->trace.note_count = 0;
    made->trace.local_count = 0;
    return &made->trace;
}

/* Greatest width of a line. */
static size_t widest_line(const char *text)
{
    size_t widest = 0;
    for (; *text != '\0'; text += strcspn(text, "\n") + 1) {
        size_t width = text_columns(text, strcspn(text, "\n"));
        widest = width > widest ? width : widest;
    }
    return widest;
}

START_TEST(names_of_any_script_stay_aligned)
{
    SnTrace *trace = make_trace(2, 4, "счётчик = 値 + 1");
    check_trace("trace_scripts.txt", trace, (SnTextStyle){0});
    free(trace);
}
END_TEST

START_TEST(many_threads_share_a_column)
{
    SnTrace *trace = make_trace(8, 12, "counter = t + 1");
    check_trace("trace_many_threads.txt", trace, (SnTextStyle){0});
    free(trace);
}
END_TEST

START_TEST(lines_fit_the_terminal)
{
    for (uint32_t threads = 1; threads <= 8; threads++)
        for (uint32_t columns = 60; columns <= 140; columns += 7) {
            SnTrace *trace = make_trace(threads, 10, "counter = some_long_name + another_long_name * 3");
            const SnTextStyle style = {.columns = columns};
            char *text = sn_report_trace(trace, &style);
            ck_assert_uint_le(widest_line(text), columns);
            mem_free(text);
            free(trace);
        }
}
END_TEST

static SnTrace *long_trace;

static SnStatus long_finding(const SnResult *result, uint32_t finding, SnTrace **trace, char **message)
{
    (void)result;
    (void)finding;
    *message = NULL;
    *trace = long_trace;
    return SN_OK;
}

static void keep_trace(SnTrace *trace)
{
    (void)trace;
}

START_TEST(long_traces_show_what_matters)
{
    static const TraceSource source = {long_finding, keep_trace};
    static const SnNote notes[] = {{500, 100, true, true, "the value of step 101 is stale"}};
    long_trace = make_trace(2, 1000, "counter = t + 1");
    long_trace->notes = notes;
    long_trace->note_count = 1;
    const SnTextStyle brief = {0}, verbose = {.verbose = true};
    char *text = result_report(&dead_result, &brief, &source);
    golden_check("report_long.txt", text);
    mem_free(text);
    text = result_report(&dead_result, &verbose, &source);
    ck_assert_ptr_nonnull(strstr(text, " 777     9  "));
    mem_free(text);
    free(long_trace);
}
END_TEST

START_TEST(loops_are_marked)
{
    SnTrace *trace = make_trace(2, 6, "wait_a_bit = 1");
    trace->loop_start = 2;
    trace->end = SN_END_RUNNING;
    check_trace("trace_loop.txt", trace, (SnTextStyle){0});
    free(trace);
}
END_TEST

START_TEST(control_characters_do_not_reach_the_terminal)
{
    SnTrace trace = lost_trace;
    trace.title = "bad \033[31m title \x01 \x7F \xFF \xC2\x9B \u202E";
    trace.schedule = "A\nB";
    const SnTextStyle style = {0};
    char *text = sn_report_trace(&trace, &style);
    ck_assert_ptr_null(strchr(text, '\033'));
    ck_assert_ptr_null(strchr(text, '\x01'));
    ck_assert_ptr_null(strchr(text, '\x7F'));
    ck_assert_ptr_null(strchr(text, '\xFF'));
    ck_assert_ptr_null(strstr(text, "\xC2\x9B"));
    ck_assert_ptr_null(strstr(text, "\u202E"));
    ck_assert_ptr_nonnull(strstr(text, "A\u240AB"));
    mem_free(text);
}
END_TEST

START_TEST(outcome_tables)
{
    const SnTextStyle style = {0};
    char *text = sn_report_outcomes(&lost_result, &style);
    golden_check("outcomes_lost.txt", text);
    mem_free(text);

    static const char *const printed[] = {"x = 1", "done"}, *const names[] = {"a", "A.t"},
                             *const values[] = {"[1, 2, 3]", "0"};
    static const SnOutcome outcomes[] = {
        {.values = values,
         .output = printed,
         .output_count = 2,
         .end = SN_END_DEADLOCK,
         .interleavings = "120",
         .probability = 19.0 / 120,
         .probability_exact = "19/120",
         .schedule = "A B C D E"},
        {.values = values,
         .end = SN_END_OK,
         .interleavings = "66468600",
         .probability = 101.0 / 120,
         .probability_exact = "101/120",
         .schedule = "A*3 B*3 C*3 D*3 E*3"},
        {.values = values, .end = SN_END_ASSUME, .interleavings = NULL, .probability = NAN, .schedule = NULL},
    };
    SnResult result = {.complete = false,
                       .stopped = "stopped at 5 states (--max-states)",
                       .interleavings = "66468720",
                       .outcomes = outcomes,
                       .outcome_count = 3,
                       .outcome_names = names,
                       .outcome_name_count = 2};
    text = sn_report_outcomes(&result, &style);
    golden_check("outcomes_more.txt", text);
    mem_free(text);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(many_outcomes_take_no_time)
{
    enum { MANY = 100000 };
    SnOutcome *outcomes = calloc(MANY, sizeof *outcomes);
    ck_assert_ptr_nonnull(outcomes);
    for (uint32_t o = 0; o < MANY; o++)
        outcomes[o] = lost_outcomes[o % 2];
    SnResult result = lost_result;
    result.outcomes = outcomes;
    result.outcome_count = MANY;
    clock_t start = clock();
    const SnTextStyle style = {0};
    char *text = sn_report_outcomes(&result, &style), *json = sn_report_result_json(&result);
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(json);
    mem_free(text);
    mem_free(json);
    ck_assert_msg(clock() - start < 10 * CLOCKS_PER_SEC, "quadratic?");
    free(outcomes);
}
END_TEST

START_TEST(no_memory_no_text_no_leak)
{
    const SnTextStyle style = {.color = true, .verbose = true};
    bool made = false;
    for (uint64_t n = 1; !made; n++) {
        mem_fail_at(n);
        char *text = result_report(&lost_result, &style, &fixtures);
        made = text != NULL;
        mem_free(text);
        ck_assert_uint_eq(mem_live_blocks(), 0);
        ck_assert_uint_lt(n, 100000);
    }
    mem_fail_at(0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_text");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, result_texts);
    tcase_add_test(all, verdicts);
    tcase_add_test(all, trace_texts);
    tcase_add_test(all, names_of_any_script_stay_aligned);
    tcase_add_test(all, many_threads_share_a_column);
    tcase_add_test(all, lines_fit_the_terminal);
    tcase_add_test(all, long_traces_show_what_matters);
    tcase_add_test(all, loops_are_marked);
    tcase_add_test(all, control_characters_do_not_reach_the_terminal);
    tcase_add_test(all, outcome_tables);
    tcase_add_test(all, many_outcomes_take_no_time);
    tcase_add_test(all, no_memory_no_text_no_leak);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
