/* Numbers as people read them, and expectations against findings. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/expectation.h"
#include "report/figures.h"

static Text out;

/* What was written since the last call. */
static const char *written(void)
{
    static char copy[512];
    char *text = text_take(&out);
    ck_assert_ptr_nonnull(text);
    snprintf(copy, sizeof copy, "%s", text);
    mem_free(text);
    return copy;
}

#define CHECK_WRITES(call, wanted)                                                                                     \
    do {                                                                                                               \
        call;                                                                                                          \
        ck_assert_str_eq(written(), wanted);                                                                           \
    } while (0)

START_TEST(counts)
{
    CHECK_WRITES(figures_count(&out, "6"), "6");
    CHECK_WRITES(figures_count(&out, "123"), "123");
    CHECK_WRITES(figures_count(&out, "1234"), "1,234");
    CHECK_WRITES(figures_count(&out, "66468720"), "66,468,720");
    CHECK_WRITES(figures_count(&out, "4190000000000000000000000000000"), "about 4.19e30");
    CHECK_WRITES(figures_count(&out, "infinite"), "infinite");
    CHECK_WRITES(figures_number(&out, UINT64_MAX), "18,446,744,073,709,551,615");
    CHECK_WRITES(figures_plural(&out, 1, "state"), "1 state");
    CHECK_WRITES(figures_plural(&out, 0, "state"), "0 states");
}
END_TEST

START_TEST(shares)
{
    CHECK_WRITES(figures_share(&out, "4", "6"), "2/3");
    CHECK_WRITES(figures_share(&out, "6", "6"), "1");
    CHECK_WRITES(figures_share(&out, "0", "6"), "0");
    CHECK_WRITES(figures_share(&out, "120", "66468720"), "1.8e-6");
    CHECK_WRITES(figures_share(&out, "1000000000000000000000000", "4000000000000000000000000"), "0.250");
    CHECK_WRITES(figures_share(&out, "7", "70000000000000000000000000000"), "1.0e-28");
    ck_assert(!figures_share(&out, NULL, "6"));
    ck_assert(!figures_share(&out, "3", "infinite"));
    ck_assert(!figures_share(&out, "0", "0"));
    ck_assert_str_eq(written(), "");
}
END_TEST

START_TEST(probabilities)
{
    CHECK_WRITES(figures_decimal(&out, 0), "0");
    CHECK_WRITES(figures_decimal(&out, 1), "1");
    CHECK_WRITES(figures_decimal(&out, 0.99999), "> 0.999");
    CHECK_WRITES(figures_decimal(&out, 19.0 / 120), "0.158");
    CHECK_WRITES(figures_decimal(&out, 0.0000018), "1.8e-6");
    CHECK_WRITES(figures_decimal(&out, 0.00099999), "1.0e-3");
    CHECK_WRITES(figures_decimal(&out, NAN), "");
    CHECK_WRITES(figures_probability(&out, "1/2", 0.5), "1/2");
    CHECK_WRITES(figures_probability(&out, "19/120", 19.0 / 120), "19/120 = 0.158");
    CHECK_WRITES(figures_probability(&out, NULL, 0.25), "0.250");
    CHECK_WRITES(figures_probability(&out, "123456789/987654321987", 0.000125), "1.2e-4");
    CHECK_WRITES(figures_json_number(&out, 0.1), "0.1");
    CHECK_WRITES(figures_json_number(&out, 1.0 / 3), "0.3333333333333333");
    CHECK_WRITES(figures_json_number(&out, 2), "2");
    CHECK_WRITES(figures_json_number(&out, INFINITY), "null");
}
END_TEST

START_TEST(amounts)
{
    CHECK_WRITES(figures_seconds(&out, 0.0001), "0.000 s");
    CHECK_WRITES(figures_seconds(&out, 1.5), "1.500 s");
    CHECK_WRITES(figures_seconds(&out, 65), "65.0 s");
    CHECK_WRITES(figures_seconds(&out, 605), "10 min 05 s");
    CHECK_WRITES(figures_bytes(&out, 12), "12 bytes");
    CHECK_WRITES(figures_bytes(&out, 1234567), "1.2 MB");
    CHECK_WRITES(figures_bytes(&out, 999999), "1.0 MB");
    CHECK_WRITES(figures_bytes(&out, 512000000), "512 MB");
}
END_TEST

START_TEST(schedules)
{
    CHECK_WRITES(figures_schedule(&out, "A B B A"), "A B B A");
    CHECK_WRITES(figures_schedule(&out, ""), "");
    CHECK_WRITES(
        figures_schedule(&out,
                         "philosopher[0] philosopher[0] philosopher[0] philosopher[1] philosopher[1] philosopher[10]"),
        "philosopher[0]*3 philosopher[1]*2 philosopher[10]");
    CHECK_WRITES(figures_schedule(&out, "signaller:2 signaller:2 worker worker signaller:1 a_thread_with_a_long_name"),
                 "signaller:2 signaller:2 worker*2 signaller:1 a_thread_with_a_long_name");
}
END_TEST

/* --------------------------------------------------------- expectations */

static const char *const on_counter[] = {"counter"}, *const on_fork[] = {"fork[0]", "fork[1]"};
static const SnFinding found[] = {
    {.kind = "deadlock", .objects = on_fork, .object_count = 2},
    {.kind = "lost-update", .objects = on_counter, .object_count = 1},
};

static bool compare(uint32_t findings, const SnExpectation *expectations, size_t count)
{
    const SnResult result = {.complete = true, .findings = found, .finding_count = findings};
    return expectation_compare(&result, expectations, count, &out);
}

START_TEST(expectations)
{
    static const SnExpectation both[] = {{"lost-update", "counter"}, {"deadlock", NULL}},
                               array[] = {{"deadlock", "fork"}, {"deadlock", "fork[1]"}},
                               other[] = {{"deadlock", "for"}};
    ck_assert(compare(2, both, 2));
    ck_assert(compare(1, array, 2));
    ck_assert(compare(0, NULL, 0));
    ck_assert_str_eq(written(), "");
    ck_assert(!compare(1, other, 1));
    ck_assert_str_eq(written(),
                     "expected deadlock on for, not found; found deadlock on fork[0], fork[1], not expected");
    ck_assert(!compare(1, both, 2));
    ck_assert_str_eq(written(), "expected lost update on counter, not found");
    ck_assert(!compare(2, array, 1));
    ck_assert_str_eq(written(), "found lost update on counter, not expected");
}
END_TEST

START_TEST(an_incomplete_exploration_meets_nothing)
{
    const SnResult result = {.complete = false, .stopped = "stopped at 5 states"};
    ck_assert(!expectation_compare(&result, NULL, 0, &out));
    ck_assert_str_eq(written(), "not all explored: stopped at 5 states");
}
END_TEST

START_TEST(templates_are_there)
{
    static const char *const kinds[] = {"race",      "mutex", "deadlock", "semaphore",
                                        "condition", "queue", "barrier",  "philosophers"};
    const char *description;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        ck_assert_str_eq(sn_template_name(k, &description), kinds[k]);
        ck_assert_uint_gt(strlen(description), 10);
        ck_assert_ptr_nonnull(strstr(sn_template(kinds[k]), "\nexpect "));
    }
    ck_assert_ptr_null(sn_template_name(sizeof kinds / sizeof *kinds, NULL));
    ck_assert_ptr_null(sn_template("nothing"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_figures");
    TCase *all = tcase_create("all");
    tcase_add_test(all, counts);
    tcase_add_test(all, shares);
    tcase_add_test(all, probabilities);
    tcase_add_test(all, amounts);
    tcase_add_test(all, schedules);
    tcase_add_test(all, expectations);
    tcase_add_test(all, an_incomplete_exploration_meets_nothing);
    tcase_add_test(all, templates_are_there);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
