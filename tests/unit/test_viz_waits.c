/* The wait-for graph: DOT of every fixture with blocked threads byte by byte, and what it must and must not show. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "golden.h"
#include "snarl/viz.h"
#include "trace_fixtures.h"

static char *draw(const SnTrace *trace, SnTheme theme, SnFormat format)
{
    SnDrawOptions options = {.theme = theme, .format = format};
    char *bytes, *message;
    size_t length;
    SnStatus status = sn_draw_waits(trace, &options, &bytes, &length, &message);
    ck_assert_msg(status == SN_OK, "%s", message != NULL ? message : "no message");
    return bytes;
}

static unsigned count(const char *text, const char *part)
{
    unsigned found = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        found++;
    return found;
}

START_TEST(golden)
{
    for (size_t i = 0; i < named_fixture_count; i++) {
        if (!named_fixtures[i].has_waits)
            continue;
        char file[96];
        char *dot = draw(named_fixtures[i].make(), SN_THEME_LIGHT, SN_FORMAT_DOT);
        snprintf(file, sizeof file, "waits_%s.dot", named_fixtures[i].name);
        golden_check(file, dot);
        sn_string_free(dot);
        ck_assert_uint_eq(mem_live_blocks(), 0);
    }
}
END_TEST

START_TEST(page_and_text)
{
    for (size_t i = 0; i < named_fixture_count; i++) {
        if (!named_fixtures[i].has_waits)
            continue;
        char *svg = draw(named_fixtures[i].make(), SN_THEME_DARK, SN_FORMAT_SVG);
        ck_assert_msg(strstr(svg, "<svg width=\"960pt\" height=\"540pt\"") != NULL, "%s", named_fixtures[i].name);
        static const char key[] = "font-size=\"";
        for (const char *at = svg; (at = strstr(at, key)) != NULL; at += sizeof key - 1)
            ck_assert_msg(atof(at + sizeof key - 1) >= 11, "%s", named_fixtures[i].name);
        sn_string_free(svg);
    }
}
END_TEST

START_TEST(only_members_are_red)
{
    char *dot = draw(fixture_deadlock(), SN_THEME_LIGHT, SN_FORMAT_DOT);
    ck_assert_uint_eq(count(dot, "fillcolor=\"#FFE1DC\""), 4);    /* T1, B, T2, A */
    ck_assert_uint_eq(count(dot, "penwidth=3,\n\t\tpos=\"e"), 4); /* the ring, and only it, has thick arrows */
    ck_assert_uint_eq(count(dot, "style=dashed"), 3);             /* T1, T2 and T3 wait */
    ck_assert_ptr_nonnull(strstr(dot, "cycle: T1 \xE2\x86\x92 B \xE2\x86\x92 T2 \xE2\x86\x92 A \xE2\x86\x92 T1"));
    ck_assert_ptr_nonnull(strstr(dot, "T3 waits too, but is not part of the cycle"));
    sn_string_free(dot);

    dot = draw(fixture_two_cycles(), SN_THEME_LIGHT, SN_FORMAT_DOT);
    ck_assert_uint_eq(count(dot, "fillcolor=\"#FFE1DC\""), 8);
    ck_assert_uint_eq(count(dot, "cycle: "), 2);
    sn_string_free(dot);
}
END_TEST

START_TEST(long_rings_leave_out_the_middle)
{
    char *dot = draw(fixture_philosophers(8), SN_THEME_LIGHT, SN_FORMAT_DOT);
    ck_assert_uint_eq(count(dot, "fillcolor=\"#FFE1DC\""), 16);
    ck_assert_ptr_null(strstr(dot, "more</B>"));
    sn_string_free(dot);
    dot = draw(fixture_philosophers(9), SN_THEME_LIGHT, SN_FORMAT_DOT);
    ck_assert_ptr_nonnull(strstr(dot, "<B>2 more</B>"));
    sn_string_free(dot);
}
END_TEST

START_TEST(nobody_waits)
{
    SnDrawOptions options = {.format = SN_FORMAT_SVG};
    char *bytes, *message;
    size_t length;
    ck_assert_int_eq(sn_draw_waits(fixture_lost_update(), &options, &bytes, &length, &message), SN_INVALID);
    ck_assert_ptr_null(bytes);
    ck_assert_ptr_nonnull(strstr(message, "no thread waits"));
    sn_string_free(message);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(memory_ends)
{
    const SnTrace *trace = fixture_deadlock();
    SnDrawOptions options = {.format = SN_FORMAT_DOT};
    for (uint64_t n = 1;; n++) {
        char *bytes, *message;
        size_t length;
        mem_fail_at(n);
        SnStatus status = sn_draw_waits(trace, &options, &bytes, &length, &message);
        mem_fail_at(0);
        sn_string_free(message);
        sn_string_free(bytes);
        ck_assert_uint_eq(mem_live_blocks(), 0);
        if (status == SN_OK)
            break;
        ck_assert_int_eq(status, SN_SYSTEM);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz waits");
    TCase *tests = tcase_create("waits");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, golden);
    tcase_add_test(tests, page_and_text);
    tcase_add_test(tests, only_members_are_red);
    tcase_add_test(tests, long_rings_leave_out_the_middle);
    tcase_add_test(tests, nobody_waits);
    tcase_add_test(tests, memory_ends);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
