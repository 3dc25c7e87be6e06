/* Several processes give the result of one, byte for byte: over the gallery, over layouts that change on the way, at
 * limits on states; and each lack of memory ends all of them. The processes are threads here. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gallery.h"
#include "peers_threads.h"
#include "snarl/snarl.h"

typedef struct Work {
    const char *name, *text;
    SnExploreOptions options;
    char *json; /* of rank 0 */
    SnStatus statuses[PEERS_THREADS_MOST];
    uint64_t states;
    SnScenario *scenarios[PEERS_THREADS_MOST]; /* each process has its own */
} Work;

static SnScenario *load(const Work *work)
{
    SnScenario *scenario;
    char *message;
    ck_assert(sn_load(work->name, work->text, strlen(work->text), NULL, &scenario, &message) == SN_OK);
    sn_string_free(message);
    return scenario;
}

static void explore(void *context, const SnPeers *peers)
{
    Work *work = context;
    SnExploreOptions options = work->options;
    SnResult *result;
    char *message;
    options.peers = peers;
    uint32_t rank = peers == NULL ? 0 : peers->rank;
    work->statuses[rank] = sn_explore(work->scenarios[rank], &options, &result, &message);
    sn_string_free(message);
    if (result != NULL) {
        result->seconds = 0;
        result->peak_bytes = 0;
        if (rank == 0) {
            work->states = result->states;
            work->json = sn_report_result_json(result);
        }
    }
    sn_result_free(result);
}

/* By `count` processes; 0: by one that knows of no others. The `n`-th allocation fails, if n is not 0. */
static void run(Work *work, uint32_t count, uint64_t n)
{
    uint32_t scenarios = count == 0 ? 1 : count;
    for (uint32_t s = 0; s < scenarios; s++)
        work->scenarios[s] = load(work);
    mem_fail_at(n);
    if (count == 0)
        explore(work, NULL);
    else
        peers_threads(count, explore, work);
    mem_fail_at(0);
    for (uint32_t s = 0; s < scenarios; s++)
        sn_scenario_free(work->scenarios[s]);
}

static void compare(const char *name, const char *text, const SnExploreOptions *options)
{
    Work one = {.name = name, .text = text, .options = *options};
    run(&one, 0, 0);
    ck_assert_ptr_nonnull(one.json);
    for (uint32_t count = 1; count <= 4; count += count == 1 ? 1 : 2) {
        Work several = {.name = name, .text = text, .options = *options};
        run(&several, count, 0);
        ck_assert_msg(several.json != NULL, "%s: no result from %u processes", name, count);
        if (strcmp(one.json, several.json) != 0) {
            fprintf(stderr, "%s\n----\n%s\n", one.json, several.json);
            ck_abort_msg("%s: %u processes give another result", name, count);
        }
        ck_assert_int_eq(several.statuses[0], one.statuses[0]);
        for (uint32_t p = 1; p < count; p++)
            ck_assert_int_eq(several.statuses[p], SN_OK);
        sn_string_free(several.json);
    }
    sn_string_free(one.json);
}

#ifdef SNARL_SMALL_TABLES
enum { STRIDE = 4 }; /* the sanitizers of these builds are slow: every so manieth lesson */
#else
enum { STRIDE = 1 };
#endif

static void check_scenario(const char *path, void *context)
{
    uint32_t *number = context;
    if ((*number)++ % STRIDE != 0)
        return;
    SnScenario *scenario = gallery_load(path);
    size_t length;
    const char *text = sn_scenario_text(scenario, &length);
    const SnExploreOptions options = {.max_states = 1500}, few = {.max_states = 77},
                           plain = {.max_states = 300, .reduce = SN_REDUCE_NONE, .skip_counts = true};
    compare(path, text, &options);
    compare(path, text, &few);
    compare(path, text, &plain);
    sn_scenario_free(scenario);
}

START_TEST(gallery)
{
    uint32_t number = 0;
    ck_assert_uint_gt(gallery_visit(check_scenario, &number), 100);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static const char *const grown[] = {
    /* values, outputs, assertions and spawned threads that come up late: the layout changes again and again */
    "atomic x = 1\n"
    "thread A { for i in 0..30 { local t = x; x = t * 2 } }\n"
    "thread B { for i in 0..30 { local t = x; x = t + 1 } }\n",
    "atomic x = 0\nthread w[3] { for i in 0..4 { local t = fetch_add(x, 1); print t } }\noutcome output\n",
    "atomic x = 0\nthread w[3] { for i in 0..6 { local t = fetch_add(x, 3); assert t != 21, \"t\" } }\n",
};

START_TEST(layouts_that_change)
{
    const SnExploreOptions options = {.max_states = 20000};
    compare("grown.snarl", grown[_i], &options);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static const char *const small = "shared x = 0\nmutex m, n\n"
                                 "thread w[2] { local t = x; x = t + 1; progress }\n"
                                 "thread A { lock m; lock n; unlock n; unlock m; print 1 }\n"
                                 "thread B { lock n; lock m; unlock m; unlock n; assert x < 2 }\noutcome x, output\n";

/* A limit of memory leaves whole levels, of all processes. */
START_TEST(memory_limit)
{
    Work work = {.name = "endless",
                 .text = "atomic x[4]\nthread w[4] { loop { local t = fetch_add(x[self], 1) } }\n",
                 .options = {.max_memory = (size_t)64 << 20, .skip_counts = true}};
    run(&work, 2, 0); /* threads share one budget, which processes do not */
    ck_assert_ptr_nonnull(work.json);
    ck_assert_int_eq(work.statuses[0], SN_INCOMPLETE);
    ck_assert_uint_gt(work.states, 100);
    ck_assert_ptr_nonnull(strstr(work.json, "of memory (--max-memory)"));
    sn_string_free(work.json);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* Whichever allocation fails, in whichever process: all of them end, and nothing is lost. */
START_TEST(out_of_memory)
{
    bool failed = true;
    uint32_t results = 0;
    for (uint64_t n = 1; failed && n < 100000; n += 1 + n / 8) {
        Work whole = {.name = "small", .text = small};
        run(&whole, 2, n);
        failed = whole.json == NULL || whole.statuses[0] != SN_FOUND;
        results += whole.json != NULL;
        sn_string_free(whole.json);
        ck_assert_uint_eq(mem_live_blocks(), 0);
    }
    ck_assert_uint_gt(results, 0);
}
END_TEST

START_TEST(one_process_only)
{
    Work work = {.name = "small", .text = small, .options = {.search = SN_SEARCH_PCT}};
    run(&work, 2, 0);
    ck_assert_int_eq(work.statuses[0], SN_INVALID);
    ck_assert_int_eq(work.statuses[1], SN_INVALID);
    ck_assert_ptr_null(work.json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spread");
    TCase *cases = tcase_create("spread");
    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, layouts_that_change, 0, sizeof grown / sizeof *grown);
    tcase_add_test(cases, memory_limit);
    tcase_add_test(cases, one_process_only);
    tcase_add_test(cases, out_of_memory);
    tcase_add_test(cases, gallery);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
