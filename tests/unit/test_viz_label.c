/* Text of users: made safe, measured, cut, wrapped. */
#include <check.h>
#include <string.h>

#include "base/memory.h"
#include "viz/label.h"

static Arena arena;
static jmp_buf escape;

static void setup(void)
{
    arena = (Arena){.escape = &escape};
}

static void teardown(void)
{
    arena_free(&arena);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

START_TEST(clean)
{
    ck_assert_str_eq(label_clean(&arena, NULL), "");
    ck_assert_str_eq(label_clean(&arena, "x = 1"), "x = 1");
    ck_assert_str_eq(label_clean(&arena, "a\tb\nc\x01\x7F"), "a b c");
    ck_assert_str_eq(label_clean(&arena, "\xFF\xC3("), "\xEF\xBF\xBD\xEF\xBF\xBD(");
    ck_assert_str_eq(label_clean(&arena, "\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); /* a surrogate */
    ck_assert_str_eq(label_clean(&arena, "a\xE2\x80\xAE"
                                         "b\xE2\x80\x8B"
                                         "c\xEF\xBB\xBF"),
                     "abc"); /* override, zero width, BOM */
    ck_assert_str_eq(label_clean(&arena, "\xD1\x81\xD1\x87\xE7\xB7\x9A"), "\xD1\x81\xD1\x87\xE7\xB7\x9A");
    ck_assert_str_eq(label_clean(&arena, "\xEF\xBF\xBE\xEF\xBF\xBF"), ""); /* XML forbids U+FFFE and U+FFFF */
}
END_TEST

START_TEST(html)
{
    ck_assert_str_eq(label_html(&arena, "a < b > \"c\""), "a &lt; b &gt; &quot;c&quot;");
    ck_assert_str_eq(label_html(&arena, "&lt;"), "&amp;\xE2\x81\xA0lt;");
    ck_assert_str_eq(label_html(&arena, "\\N\\"), "\\\\N\\\\");
    ck_assert_str_eq(label_html(&arena, ""), "&#160;");
    ck_assert_str_eq(label_html(&arena, "   "), "&#160;");
    ck_assert_str_eq(label_tooltip(&arena, "\\N &lt; <b>"), "\\\\\\\\N &\xE2\x81\xA0lt; <b>");
}
END_TEST

START_TEST(widths)
{
    ck_assert_double_eq_tol(label_width(FACE_MONO, 10, "abcde"), 5 * 6.03, 0.001);
    ck_assert_double_eq_tol(label_width(FACE_SANS, 10, "WWW"), 3 * 9.89, 0.001);
    ck_assert_double_eq_tol(label_width(FACE_MONO, 10, "e\xCC\x81"), 6.03, 0.001); /* combining acute */
    ck_assert_double_eq_tol(label_width(FACE_MONO, 10, "\xE7\xB7\x9A"), 12.05, 0.001);
    ck_assert_double_gt(label_width(FACE_BOLD, 10, "abc"), label_width(FACE_SANS, 10, "abc"));
}
END_TEST

START_TEST(cut)
{
    ck_assert_str_eq(label_cut(&arena, FACE_MONO, 10, "abcdef", 6 * 6.04), "abcdef");
    ck_assert_str_eq(label_cut(&arena, FACE_MONO, 10, "abcdefg", 6 * 6.04), "abcde\xE2\x80\xA6");
    ck_assert_str_eq(label_cut(&arena, FACE_MONO, 10, "abcd efg", 6 * 6.04),
                     "abcd\xE2\x80\xA6"); /* no blank before it */
    ck_assert_str_eq(label_cut(&arena, FACE_MONO, 10, "\xE7\xB7\x9A\xE7\xB7\x9A\xE7\xB7\x9A", 5 * 6.04),
                     "\xE7\xB7\x9A\xE7\xB7\x9A\xE2\x80\xA6");
    ck_assert_str_eq(label_cut(&arena, FACE_MONO, 10, "abc", 0), "\xE2\x80\xA6");
}
END_TEST

START_TEST(wrap)
{
    char *lines[3];
    ck_assert_uint_eq(label_wrap(&arena, FACE_MONO, 10, "", 100, lines, 3), 0);
    ck_assert_uint_eq(label_wrap(&arena, FACE_MONO, 10, "one two three", 8 * 6.04, lines, 3), 2);
    ck_assert_str_eq(lines[0], "one two");
    ck_assert_str_eq(lines[1], "three");
    ck_assert_uint_eq(label_wrap(&arena, FACE_MONO, 10, "one two three four", 8 * 6.04, lines, 2), 2);
    ck_assert_str_eq(lines[1], "three f\xE2\x80\xA6");
    ck_assert_uint_eq(label_wrap(&arena, FACE_MONO, 10, "abcdefghijkl", 5 * 6.04, lines, 3), 3); /* one long word */
    ck_assert_str_eq(lines[0], "abcde");
    ck_assert_str_eq(lines[2], "kl");
    ck_assert_uint_eq(label_wrap(&arena, FACE_MONO, 10, "\xE7\xB7\x9A\xE7\xB7\x9A", 1, lines, 3),
                      2); /* never inside a character */
    ck_assert_str_eq(lines[0], "\xE7\xB7\x9A");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz label");
    TCase *tests = tcase_create("label");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, clean);
    tcase_add_test(tests, html);
    tcase_add_test(tests, widths);
    tcase_add_test(tests, cut);
    tcase_add_test(tests, wrap);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
