/* The schedule diagram: DOT of every fixture byte by byte, pages, and what every picture has to keep to. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "golden.h"
#include "snarl/viz.h"
#include "trace_fixtures.h"

static char *draw(const SnTrace *trace, SnTheme theme, SnFormat format, uint32_t page, size_t *length)
{
    SnDrawOptions options = {.theme = theme, .format = format, .page = page};
    char *bytes, *message;
    SnStatus status = sn_draw_schedule(trace, &options, &bytes, length, &message);
    ck_assert_msg(status == SN_OK, "%s", message != NULL ? message : "no message");
    ck_assert_ptr_null(message);
    ck_assert_ptr_nonnull(bytes);
    return bytes;
}

static void check_golden(const SnTrace *trace, const char *name, uint32_t page)
{
    char file[96];
    size_t length;
    char *dot = draw(trace, SN_THEME_LIGHT, SN_FORMAT_DOT, page, &length);
    ck_assert_uint_eq(strlen(dot), length);
    snprintf(file, sizeof file, "schedule_%s.dot", name);
    golden_check(file, dot);
    sn_string_free(dot);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

START_TEST(golden)
{
    for (size_t i = 0; i < named_fixture_count; i++)
        check_golden(named_fixtures[i].make(), named_fixtures[i].name, 0);
    check_golden(fixture_long(), "long_page_1", 1);
    check_golden(fixture_many_threads(), "many_threads_page_2", 2);
}
END_TEST

START_TEST(dark_differs_in_colors_only)
{
    for (size_t i = 0; i < named_fixture_count; i++) {
        size_t light_length, dark_length;
        char *light = draw(named_fixtures[i].make(), SN_THEME_LIGHT, SN_FORMAT_DOT, 0, &light_length);
        char *dark = draw(named_fixtures[i].make(), SN_THEME_DARK, SN_FORMAT_DOT, 0, &dark_length);
        ck_assert_uint_eq(light_length, dark_length);
        for (size_t at = 0; at < light_length; at++)
            if (light[at] != dark[at]) {
                size_t start = at;
                while (start > 0 && light[start] != '#' &&
                       at - start < 8) /* long lines are broken: a \ and a newline */
                    start--;
                ck_assert_msg(light[start] == '#', "%s differs at byte %zu", named_fixtures[i].name, at);
            }
        sn_string_free(light);
        sn_string_free(dark);
    }
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(pages)
{
    ck_assert_uint_eq(sn_draw_schedule_pages(fixture_lost_update(), SN_SIZE_SLIDE), 1);
    ck_assert_uint_eq(sn_draw_schedule_pages(fixture_empty(), SN_SIZE_SLIDE), 1);
    ck_assert_uint_eq(sn_draw_schedule_pages(fixture_long(), SN_SIZE_SLIDE), 4);
    ck_assert_uint_eq(sn_draw_schedule_pages(fixture_many_threads(), SN_SIZE_SLIDE), 4);

    /* Together the pages show every step; lane heads and values are on each. */
    const SnTrace *trace = fixture_long();
    bool seen[31] = {false};
    for (uint32_t page = 1; page <= 4; page++) {
        size_t length;
        char *dot = draw(trace, SN_THEME_LIGHT, SN_FORMAT_DOT, page, &length), id[24];
        for (unsigned step = 1; step <= 30; step++) {
            snprintf(id, sizeof id, "id=s%u,", step);
            seen[step] |= strstr(dot, id) != NULL;
        }
        for (int lane = 1; lane <= 4; lane++) {
            snprintf(id, sizeof id, "<B>T%d</B>", lane);
            ck_assert_ptr_nonnull(strstr(dot, id));
        }
        ck_assert_ptr_nonnull(strstr(dot, "<B>balance</B>"));
        snprintf(id, sizeof id, "page %u of 4", (unsigned)page);
        ck_assert_ptr_nonnull(strstr(dot, id));
        sn_string_free(dot);
    }
    for (unsigned step = 1; step <= 30; step++)
        ck_assert_msg(seen[step], "step %u is on no page", step);

    /* A page above the last is the last; page 0 is the one with the finding. */
    size_t length;
    char *last = draw(trace, SN_THEME_LIGHT, SN_FORMAT_DOT, 4, &length),
         *beyond = draw(trace, SN_THEME_LIGHT, SN_FORMAT_DOT, 99, &length);
    char *finding = draw(trace, SN_THEME_LIGHT, SN_FORMAT_DOT, 0, &length);
    ck_assert_str_eq(last, beyond);
    ck_assert_str_eq(last, finding);
    sn_string_free(last);
    sn_string_free(beyond);
    sn_string_free(finding);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* Graphviz enlarges the page by whatever sticks out of it. */
START_TEST(page_size_is_exact)
{
    for (size_t i = 0; i < named_fixture_count; i++) {
        const SnTrace *trace = named_fixtures[i].make();
        uint32_t count = sn_draw_schedule_pages(trace, SN_SIZE_SLIDE);
        for (uint32_t page = 1; page <= count; page++) {
            size_t length;
            char *svg = draw(trace, SN_THEME_DARK, SN_FORMAT_SVG, page, &length);
            ck_assert_msg(strstr(svg, "<svg width=\"960pt\" height=\"540pt\"") != NULL, "%s page %u",
                          named_fixtures[i].name, (unsigned)page);
            sn_string_free(svg);
        }
    }
    size_t length;
    char *png = draw(fixture_long(), SN_THEME_LIGHT, SN_FORMAT_PNG, 0, &length);
    static const unsigned char size[8] = {0, 0, 1920 / 256, 1920 % 256, 0, 0, 1080 / 256, 1080 % 256};
    ck_assert_int_eq(memcmp(png + 16, size, 8), 0);
    sn_string_free(png);
}
END_TEST

/* No text below 11 points. */
START_TEST(text_is_large_enough)
{
    for (size_t i = 0; i < named_fixture_count; i++) {
        size_t length;
        char *svg = draw(named_fixtures[i].make(), SN_THEME_LIGHT, SN_FORMAT_SVG, 0, &length);
        static const char key[] = "font-size=\"";
        for (const char *at = svg; (at = strstr(at, key)) != NULL; at += sizeof key - 1)
            ck_assert_msg(atof(at + sizeof key - 1) >= 11, "%s", named_fixtures[i].name);
        sn_string_free(svg);
    }
}
END_TEST

START_TEST(hostile_text_survives)
{
    size_t length;
    char *svg = draw(fixture_hostile(), SN_THEME_LIGHT, SN_FORMAT_SVG, 0, &length);
    static const char *const wanted[] = {
        "&lt;b&gt;&amp;",                           /* markup stays text */
        "\\N",                                      /* is not replaced by a node's name */
        ">\\T \\H \\L ",                            /* nor these */
        "\xE2\x80\x94 \\T \\H \\L ",                /* nor in the tooltip */
        "\xD0\x9F\xD0\xBE\xD1\x82\xD0\xBE\xD0\xBA", /* Cyrillic */
        "\xE7\xB7\x9A\xE7\xA8\x8B\xE4\xBA\x8C",     /* CJK */
        "\xEF\xBF\xBD",                             /* bytes that are no UTF-8 */
        "\xE2\x80\xA6",                             /* long names are cut */
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        ck_assert_msg(strstr(svg, wanted[i]) != NULL, "%s is missing", wanted[i]);
    ck_assert_ptr_null(strstr(svg, "<b>"));
    ck_assert_ptr_null(strstr(svg, "\x01"));
    ck_assert_ptr_null(strstr(svg, "\xC3\xA9"));     /* entities in the text of users are not read as such */
    ck_assert_ptr_null(strstr(svg, "TABLE&gt; A"));  /* \L in a tooltip is not replaced by the label */
    ck_assert_ptr_null(strstr(svg, "\xE2\x80\xAE")); /* right-to-left override */
    sn_string_free(svg);
}
END_TEST

/* Each allocation fails once: a status, no bytes, nothing leaked. */
START_TEST(memory_ends)
{
    const SnTrace *trace = fixture_long();
    SnDrawOptions options = {.format = SN_FORMAT_DOT};
    for (uint64_t n = 1;; n++) {
        char *bytes, *message;
        size_t length;
        mem_fail_at(n);
        SnStatus status = sn_draw_schedule(trace, &options, &bytes, &length, &message);
        mem_fail_at(0);
        if (status == SN_OK) {
            ck_assert_uint_gt(n, 10);
            sn_string_free(bytes);
            break;
        }
        ck_assert_int_eq(status, SN_SYSTEM);
        ck_assert_ptr_null(bytes);
        sn_string_free(message);
        ck_assert_uint_eq(mem_live_blocks(), 0);
    }
    mem_fail_at(1);
    ck_assert_uint_ge(sn_draw_schedule_pages(trace, SN_SIZE_SLIDE), 1);
    mem_fail_at(0);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz schedule");
    TCase *tests = tcase_create("schedule");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, golden);
    tcase_add_test(tests, dark_differs_in_colors_only);
    tcase_add_test(tests, pages);
    tcase_add_test(tests, page_size_is_exact);
    tcase_add_test(tests, text_is_large_enough);
    tcase_add_test(tests, hostile_text_survives);
    tcase_add_test(tests, memory_ends);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
