/* Uniform runs: the shares of findings are those of the exact counts, every interleaving comes, and none that is
 * dropped; whichever allocation fails, nothing is lost. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "snarl/snarl.h"

static SnScenario *load(const char *text)
{
    SnScenario *scenario;
    char *message;
    ck_assert(sn_load("uniform", text, strlen(text), NULL, &scenario, &message) == SN_OK);
    sn_string_free(message);
    return scenario;
}

static SnResult *sample(const SnScenario *scenario, uint64_t runs, uint64_t seed)
{
    const SnExploreOptions options = {.search = SN_SEARCH_UNIFORM, .runs = runs, .seed = seed};
    SnResult *result;
    char *message;
    sn_explore(scenario, &options, &result, &message);
    ck_assert_msg(result != NULL, "%s", message == NULL ? "(no message)" : message);
    return result;
}

static const char *const texts[] = {
    "shared x = 0\nthread A, B { local t = x; x = t + 1 }\n",
    "mutex f[3]\nthread p[3] { lock f[self]; lock f[(self + 1) % 3]; unlock f[(self + 1) % 3]; unlock f[self] }\n",
    /* unlike a random walk, which takes the short way half of the time */
    "shared x = 0\nthread A { x = 1 }\nthread B { x = 2; x = 3; x = 4; x = 5; x = 6 }\noutcome x\n",
    "shared x = 0\nthread A { local c = choose(0, 1, 2); if (c == 1) { x = 1 } if (c == 2) { x = 3; x = 4 } }\nthread B { x = 2 }\noutcome x\n",
    "shared x = 0\nthread A { x = 1; x = 3 }\nthread B { local t = x; assume t != 1; x = 2 }\noutcome x\n",
};

/* Five standard deviations. */
static void check_share(const char *part, const char *whole, uint64_t seen, uint64_t runs)
{
    double p = atof(part) / atof(whole), n = (double)runs;
    double deviation = sqrt(n * p * (1 - p));
    if (fabs((double)seen - n * p) > 5 * deviation + 1e-6)
        ck_abort_msg("%llu of %llu runs for %s of %s interleavings", (unsigned long long)seen, (unsigned long long)runs,
                     part, whole);
}

START_TEST(shares)
{
    SnScenario *scenario = load(texts[_i]);
    SnResult *result = sample(scenario, 20000, 7);
    ck_assert(result->complete);
    ck_assert_uint_gt(result->finding_count + result->outcome_count, 0);
    for (uint32_t f = 0; f < result->finding_count; f++)
        check_share(result->findings[f].interleavings, result->interleavings, result->findings[f].seen.runs, 20000);
    for (uint32_t o = 0; o < result->outcome_count; o++)
        if (result->outcomes[o].end == SN_END_ASSUME)
            ck_assert_uint_eq(result->outcomes[o].seen.runs, 0);
        else
            check_share(result->outcomes[o].interleavings, result->interleavings, result->outcomes[o].seen.runs, 20000);
    sn_result_free(result);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(out_of_memory)
{
    SnScenario *scenario = load(texts[1]);
    const SnExploreOptions options = {.search = SN_SEARCH_UNIFORM, .runs = 50};
    bool failed = true;
    for (uint64_t n = 1; failed && n < 100000; n += 1 + n / 16) {
        SnResult *result;
        char *message;
        size_t before = mem_live_blocks();
        mem_fail_at(n);
        SnStatus status = sn_explore(scenario, &options, &result, &message);
        mem_fail_at(0);
        failed = status != SN_FOUND || !result->complete || result->interleavings == NULL;
        sn_result_free(result);
        sn_string_free(message);
        ck_assert_uint_eq(mem_live_blocks(), before);
    }
    ck_assert(!failed);
    sn_scenario_free(scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("uniform");
    TCase *cases = tcase_create("uniform");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, shares, 0, sizeof texts / sizeof *texts);
    tcase_add_test(cases, out_of_memory);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
