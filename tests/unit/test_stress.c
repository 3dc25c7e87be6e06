/* Free runs on real threads: every outcome that comes is one of the simulated ones, in both modes; one that is not is told; deadlocks end. */
#define _GNU_SOURCE
#include <check.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>

#include "api/exploration.h"
#include "base/memory.h"
#include "pthreads/stress.h"

static SnScenario *load(const char *text)
{
    SnScenario *scenario;
    char *message;
    SnStatus status = sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s", message == NULL ? "(no message)" : message);
    sn_string_free(message);
    return scenario;
}

static SnResult *explore(const SnScenario *scenario)
{
    SnResult *result;
    char *message;
    sn_explore(scenario, NULL, &result, &message);
    sn_string_free(message);
    ck_assert_ptr_nonnull(result);
    return result;
}

/* Runs it and checks what must always hold. */
static void stress(const char *text, uint64_t runs, bool is_stepwise, uint32_t outcomes)
{
    SnScenario *scenario = load(text);
    SnResult *explored = explore(scenario);
    ck_assert_uint_eq(explored->outcome_count, outcomes);
    SnStressResult *result;
    char *message;
    const SnStressOptions options = {.runs = runs, .seconds = 30, .seed = 5};
    SnStatus status = sn_stress(explored, &options, &result, &message);
    ck_assert_msg(status == SN_OK, "%d: %s", (int)status, message == NULL ? result->stranger_count > 0 ? result->strangers[0].values : "?" : message);
    ck_assert_uint_eq(result->is_stepwise, is_stepwise);
    ck_assert_uint_ge(result->runs, runs);
    ck_assert_uint_eq(result->stranger_runs, 0);
    ck_assert_uint_eq(result->seen + result->forced, outcomes);
    uint64_t counted = 0;
    for (uint32_t o = 0; o < outcomes; o++) {
        counted += result->outcomes[o].runs;
        ck_assert_int_eq(isnan(result->outcomes[o].first_seconds), result->outcomes[o].runs == 0);
        ck_assert_int_eq(result->outcomes[o].is_forced, result->outcomes[o].runs == 0);
    }
    ck_assert_uint_eq(counted, result->runs);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no process is left */
    sn_stress_result_free(result);
    sn_result_free(explored);
    sn_scenario_free(scenario);
}

START_TEST(test_free)
{
    stress("shared x = 0\nthread A, B { x = x + 1 }\n", 300, false, 2);
    stress("mutex a, b\nthread A { lock a; lock b; unlock b; unlock a }\nthread B { lock b; lock a; unlock a; unlock b }\n", 60, false, 2);
    stress("mutex m\nthread A { lock m; lock m }\n", 4, false, 1);
    stress("shared x = 0\nfn f(n) { fetch_add(x, n) }\nthread main { local a = spawn f(1); local b = spawn f(2); join a; join b; assert x == 3 }\n", 60, false, 1);
    stress("queue q[1]\nshared sum = 0\nthread P { for i in 0..3 { put q, i }; close q }\nthread C { local x = 0; local ok = 0; loop { x, ok = get q; if (!ok) { break }; sum += x } }\n", 60, false, 1);
    stress("mutex m\ncondition c\nshared ready = 0\nthread W { with m { while (!ready) { wait c with m } } }\nthread S { with m { ready = 1; signal c } }\n", 100, false, 1);
    stress("barrier b = 2\nshared x = 0\nonce o\nthread A, B { wait b; do o { x++ }; wait b; assert x == 1 }\n", 100, false, 1);
    stress("rwlock rw\nshared x = 0\nthread R { rdlock rw; local t = x; unlock rw }\nthread W { wrlock rw; x = 1; unlock rw }\noutcome R.t\n", 100, false, 2);
}
END_TEST

START_TEST(test_stepwise)
{
    stress("shared x = 0\nthread A, B { atomic { x = x + 1 } }\n", 100, true, 1);
    stress("shared x = 0\nthread A { x = 1; x = 2 }\nthread B { assert x != 1 }\n", 200, true, 2);
    stress("shared x = 0\nthread A { x = 1 }\nthread B { await (x == 1); x = 5 }\n", 100, true, 1);
    stress("queue q[0]\nshared x = 0\nthread A { put q, 7 }\nthread B { x = get q }\n", 100, true, 1);
    stress("shared x = 0\nsemaphore s = 0\ndaemon thread D { loop { acquire s; x++ } }\nthread A { release s, 2 }\n", 50, true, 1);
    stress("shared x = 0\nthread A { x = choose(1, 2, 3); assume x != 2 }\n", 100, true, 3);
}
END_TEST

/* Keys that lack an outcome make it a stranger. */
START_TEST(test_stranger)
{
    SnScenario *scenario = load("shared x = 0\nthread A, B { fetch_add(x, 1) }\n");
    const char *const keys[] = {"1\x1fok+"};
    const StressOptions options = {.mode = RIG_FREE, .seconds = 10, .runs = 50};
    StressResult result;
    char *message;
    ck_assert_int_eq(stress_measure(scenario->program, keys, 1, &options, &result, &message), STATUS_OK);
    ck_assert_uint_eq(result.strangers, result.runs);
    ck_assert_uint_eq(result.stranger_count, 1);
    ck_assert_str_eq(result.stranger_keys[0], "2\x1fok+");
    ck_assert_uint_eq(result.counts[0].runs, 0);
    mem_free(result.counts);
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(test_without_proc)
{
    SnScenario *scenario = load("mutex m\nthread A { lock m; lock m }\n");
    SnResult *explored = explore(scenario);
    SnStressResult *result;
    char *message;
    const SnStressOptions options = {.runs = 1, .seconds = 30, .proc = "/nowhere"};
    ck_assert_int_eq(sn_stress(explored, &options, &result, &message), SN_OK);
    ck_assert(result->was_weak);
    ck_assert_uint_eq(result->outcomes[0].runs, 1);
    sn_stress_result_free(result);
    sn_result_free(explored);
    sn_scenario_free(scenario);
}
END_TEST

/* A scenario that never ends is broken off. */
START_TEST(test_endless)
{
    SnScenario *scenario = load("shared x = 0\nthread A { while (x == 0) { } }\n");
    SnResult *explored = explore(scenario);
    SnStressResult *result;
    char *message;
    const SnStressOptions options = {.seconds = 0.7};
    ck_assert_int_eq(sn_stress(explored, &options, &result, &message), SN_INCOMPLETE);
    ck_assert_uint_eq(result->runs, 0);
    ck_assert_uint_ge(result->cut_runs, 1);
    sn_stress_result_free(result);
    sn_result_free(explored);
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(test_memory)
{
    SnScenario *scenario = load("shared x = 0\nthread A, B { x = x + 1 }\n");
    SnResult *explored = explore(scenario);
    size_t before = mem_live_blocks();
    bool succeeded = false;
    for (uint64_t n = 1; !succeeded; n++) {
        SnStressResult *result;
        char *message;
        const SnStressOptions options = {.runs = 2, .seconds = 10};
        mem_fail_at(n);
        SnStatus status = sn_stress(explored, &options, &result, &message);
        mem_fail_at(0);
        ck_assert_msg(status == SN_OK || status == SN_SYSTEM, "%d", (int)status);
        succeeded = status == SN_OK;
        sn_string_free(message);
        sn_stress_result_free(result);
        ck_assert_uint_eq(mem_live_blocks(), before);
    }
    sn_result_free(explored);
    sn_scenario_free(scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stress");
    TCase *test = tcase_create("stress");
    tcase_set_timeout(test, 90);
    tcase_add_test(test, test_free);
    tcase_add_test(test, test_stepwise);
    tcase_add_test(test, test_stranger);
    tcase_add_test(test, test_without_proc);
    tcase_add_test(test, test_endless);
    tcase_add_test(test, test_memory);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
