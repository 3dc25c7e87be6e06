/* Formatting: memory that ends, texts that are no scenarios, and that the second time changes nothing. tests/cli/fmt.sh has the layout. */
#include <check.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "require.h"
#include "snarl/snarl.h"

static void check_stable(const char *text, size_t length)
{
    char *once, *twice, *message;
    SnStatus status = sn_format("test.snarl", text, length, &once, &message);
    if (status == SN_OK) {
        ck_assert_ptr_null(message);
        ck_assert_int_eq(sn_format("test.snarl", once, strlen(once), &twice, &message), SN_OK);
        ck_assert_msg(strcmp(once, twice) == 0, "of:\n%s\nonce:\n%s\ntwice:\n%s", text, once, twice);
        sn_string_free(twice);
    } else {
        ck_assert_int_eq(status, SN_INVALID);
        ck_assert_ptr_null(once);
        ck_assert_ptr_nonnull(message);
    }
    sn_string_free(once);
    sn_string_free(message);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

/* Rows of pieces that hardly ever are a scenario, but always rows of words. */
START_TEST(any_row_of_words_is_stable)
{
    static const char *const pieces[] = {"thread", " A", "{", "}", "\n", "\n\n\n", "  ", "\t", "(", ")", "[", "]", "-", "--", "!", "x", "= ", "==",
                                         "+", "1", "..", "..=", ".", ",", ";", "// c\n", "/* b */", "/* two\n lines */", "\"s  \"", "if", "min",
                                         "?", ":", "\xD1\x8F", "while(", "&&"};
    Rng rng = rng_seed(11);
    for (int round = 0; round < 20000; round++) {
        char text[400] = "";
        for (uint64_t n = rng_below(&rng, 25); n > 0; n--)
            strcat(text, pieces[rng_below(&rng, sizeof pieces / sizeof *pieces)]);
        check_stable(text, strlen(text));
    }
}
END_TEST

START_TEST(odd_texts)
{
    check_stable("", 0);
    check_stable("\n\n", 2);
    check_stable("// only a comment", 17);
    check_stable("a\0b", 3);
    check_stable("\r\nthread A {\r\n skip // c\r\n}\r\n", 29);
    check_stable("/* open", 7);
    check_stable("\xFF\xFE", 2);
}
END_TEST

START_TEST(memory_that_ends_is_survived)
{
    static const char text[] = "shared x\nthread A { x = 1 // c\n}\n";
    for (uint64_t n = 1; n < 60; n++) {
        char *formatted, *message;
        mem_fail_at(n);
        SnStatus status = sn_format("test.snarl", text, sizeof text - 1, &formatted, &message);
        mem_fail_at(0);
        REQUIRE(status == SN_OK || (status == SN_SYSTEM && formatted == NULL));
        sn_string_free(formatted);
        sn_string_free(message);
        REQUIRE(mem_live_blocks() == 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("format");
    TCase *tcase = tcase_create("format");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, any_row_of_words_is_stable);
    tcase_add_test(tcase, odd_texts);
    tcase_add_test(tcase, memory_that_ends_is_survived);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
