/* The timeline: golden DOT, the same bytes each time in all themes and sizes, bars within the page, many rows, hostile names, memory. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "golden.h"
#include "snarl/viz.h"

static const char CORES[] = "clock virtual\ncores 2 quantum 20 ms\nmutex m\n"
                            "thread A { lock m\n compute 50 ms\n unlock m }\n"
                            "thread B { io 10 ms\n lock m\n compute 30 ms\n unlock m }\n"
                            "thread C { sleep 15 ms\n compute 40 ms }\n"
                            "daemon thread E { loop { sleep 30 ms } }\n";
static const char STUCK[] = "clock virtual\nsemaphore s = 0\nthread A { sleep 1 s }\nthread B { io 2 s\n acquire s }\n";
static const char HOSTILE[] = "clock virtual\nruntime gil\n"
                              "thread 線程_很长的名字_很长的名字_很长的名字[2] { compute 3 ns\n sleep 1 ns }\n"
                              "thread очень_длинное_имя_которое_никуда_не_помещается_и_обрезается { io 100000 ns\n print \"<b>&\\\"\\\\N\" }\n";

static SnTrace *run(const char *text, SnScenario **scenario)
{
    char *message = NULL;
    SnTrace *trace;
    ck_assert_msg(sn_load("test.snarl", text, strlen(text), NULL, scenario, &message) == SN_OK, "%s", message);
    ck_assert_msg(sn_run(*scenario, NULL, &trace, &message) == SN_OK, "%s", message);
    return trace;
}

static char *draw(const SnTrace *trace, const SnDrawOptions *options, size_t *length)
{
    char *bytes, *message = NULL;
    SnStatus status = sn_draw_timeline(trace, options, &bytes, length, &message);
    ck_assert_msg(status == SN_OK, "%s", message);
    return bytes;
}

START_TEST(golden)
{
    static const struct {
        const char *text, *file;
        SnLanguage language;
    } cases[] = {{CORES, "timeline_cores.dot", SN_LANGUAGE_ENGLISH},
                 {STUCK, "timeline_stuck.dot", SN_LANGUAGE_ENGLISH},
                 {HOSTILE, "timeline_hostile_ru.dot", SN_LANGUAGE_RUSSIAN}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        SnScenario *scenario;
        SnTrace *trace = run(cases[c].text, &scenario);
        size_t length;
        char *dot = draw(trace, &(SnDrawOptions){.format = SN_FORMAT_DOT, .language = cases[c].language}, &length);
        golden_check(cases[c].file, dot);
        sn_string_free(dot);
        sn_trace_free(trace);
        sn_scenario_free(scenario);
    }
}
END_TEST

START_TEST(same_bytes)
{
    static const char *const sizes[] = {"<svg width=\"960pt\" height=\"540pt\"", "<svg width=\"595pt\" height=\"842pt\"",
                                        "<svg width=\"1920pt\" height=\"1080pt\""};
    static const char *const texts[] = {CORES, HOSTILE};
    for (size_t t = 0; t < 2; t++) {
        SnScenario *scenario;
        SnTrace *trace = run(texts[t], &scenario);
        for (int format = SN_FORMAT_DOT; format <= SN_FORMAT_PNG; format++)
            for (int size = 0; size <= (format == SN_FORMAT_SVG ? 2 : 0); size++)
                for (int theme = 0; theme < 2; theme++) {
                    const SnDrawOptions options = {.format = (SnFormat)format, .size = (SnPageSize)size, .theme = (SnTheme)theme};
                    size_t length, again_length;
                    char *once = draw(trace, &options, &length), *again = draw(trace, &options, &again_length);
                    ck_assert_uint_eq(length, again_length);
                    ck_assert_int_eq(memcmp(once, again, length), 0);
                    ck_assert(format != SN_FORMAT_SVG || strstr(once, sizes[size]) != NULL); /* nothing sticks out */
                    sn_string_free(once);
                    sn_string_free(again);
                }
        sn_trace_free(trace);
        sn_scenario_free(scenario);
    }
}
END_TEST

START_TEST(many_rows)
{
    SnScenario *scenario;
    SnTrace *trace = run("clock virtual\ncores 30\nthread w[60] { sleep self us\n compute 5 us }", &scenario);
    uint32_t pages = sn_draw_timeline_pages(trace, SN_SIZE_SLIDE);
    ck_assert_uint_gt(pages, 2);
    ck_assert_uint_lt(sn_draw_timeline_pages(trace, SN_SIZE_PAGE), pages);
    for (uint32_t page = 1; page <= pages; page++) {
        size_t length;
        char *svg = draw(trace, &(SnDrawOptions){.format = SN_FORMAT_SVG, .page = page}, &length);
        ck_assert_ptr_nonnull(strstr(svg, "<svg width=\"960pt\" height=\"540pt\""));
        ck_assert_int_eq(strstr(svg, ">core 0<") != NULL, page == 1);
        ck_assert(page < pages || strstr(svg, ">w[59]<") != NULL);
        sn_string_free(svg);
    }
    sn_trace_free(trace);
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(refused)
{
    static const char *const texts[] = {"thread A { sleep 1 s }", "clock virtual\nthread A { skip }"};
    for (size_t t = 0; t < 2; t++) {
        SnScenario *scenario;
        SnTrace *trace = run(texts[t], &scenario);
        char *bytes, *message = NULL;
        size_t length;
        ck_assert_int_eq(sn_draw_timeline(trace, &(SnDrawOptions){0}, &bytes, &length, &message), SN_INVALID);
        ck_assert_ptr_nonnull(message);
        ck_assert_ptr_null(bytes);
        sn_string_free(message);
        sn_trace_free(trace);
        sn_scenario_free(scenario);
    }
}
END_TEST

START_TEST(memory_ends)
{
    SnScenario *scenario;
    SnTrace *trace = run(STUCK, &scenario);
    size_t before = mem_live_blocks();
    for (uint64_t n = 1;; n++) {
        char *bytes, *message = NULL;
        size_t length;
        mem_fail_at(n);
        SnStatus status = sn_draw_timeline(trace, &(SnDrawOptions){.format = SN_FORMAT_DOT}, &bytes, &length, &message);
        mem_fail_at(0);
        sn_string_free(message);
        sn_string_free(bytes);
        ck_assert_uint_eq(mem_live_blocks(), before);
        if (status == SN_OK)
            break;
        ck_assert_int_eq(status, SN_SYSTEM);
    }
    sn_trace_free(trace);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz timeline");
    TCase *tests = tcase_create("timeline");
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, golden);
    tcase_add_test(tests, same_bytes);
    tcase_add_test(tests, many_rows);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, memory_ends);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
