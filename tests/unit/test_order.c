/* Happens-before of traces: each kind of synchronisation, and what must hold for every trace of every lesson. */
#define _XOPEN_SOURCE 700 /* nftw; NOLINT(bugprone-reserved-identifier) */
#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "snarl/snarl.h"

static bool is_before(const SnTrace *trace, uint32_t a, uint32_t b)
{
    uint32_t t = trace->steps[a].thread;
    return trace->clocks[(size_t)b * trace->thread_count + t] >= trace->clocks[(size_t)a * trace->thread_count + t];
}

/* The clocks are the closure of the edges, and no edge points back. */
static void check_clocks(const SnTrace *trace, const char *what)
{
    uint32_t threads = trace->thread_count, at = 0;
    uint32_t *clock = calloc((size_t)threads + 1, sizeof *clock);
    for (uint32_t s = 0; s < trace->step_count; s++) {
        memset(clock, 0, threads * sizeof *clock);
        for (; at < trace->order_count && trace->orders[at].to_step == s; at++) {
            uint32_t from = trace->orders[at].from_step;
            ck_assert_msg(from < s, "%s: step %u", what, s);
            ck_assert_msg(is_before(trace, from, s), "%s: step %u", what, s);
            for (uint32_t t = 0; t < threads; t++)
                if (trace->clocks[(size_t)from * threads + t] > clock[t])
                    clock[t] = trace->clocks[(size_t)from * threads + t];
        }
        clock[trace->steps[s].thread]++;
        for (uint32_t t = 0; t < threads; t++)
            ck_assert_msg(clock[t] == trace->clocks[(size_t)s * threads + t], "%s: step %u thread %u", what, s, t);
    }
    ck_assert_uint_eq(at, trace->order_count);
    free(clock);
}

/* ------------------------------------------------------------ by hand */

static SnTrace *run(SnScenario **scenario, const char *text, const char *schedule)
{
    char *message = NULL;
    SnTrace *trace = NULL;
    ck_assert_msg(sn_load("test.snarl", text, strlen(text), NULL, scenario, &message) == SN_OK, "%s", message);
    sn_string_free(message);
    SnRunOptions options = {.policy = SN_POLICY_SCHEDULE, .schedule = schedule, .must_complete = true};
    ck_assert_msg(sn_run(*scenario, &options, &trace, &message) == SN_OK, "%s", message);
    check_clocks(trace, text);
    return trace;
}

/* All orders but those of the program: "1>2 lock m" for each, steps from 1. */
static void check_orders(const char *text, const char *schedule, const char *wanted)
{
    static const char *const kinds[] = {"program", "lock",      "semaphore", "signal", "queue", "barrier",
                                        "event",   "waitgroup", "once",      "atomic", "spawn", "join"};
    SnScenario *scenario;
    SnTrace *trace = run(&scenario, text, schedule);
    char got[1024] = "";
    for (uint32_t i = 0; i < trace->order_count; i++) {
        const SnOrder *order = &trace->orders[i];
        size_t length = strlen(got);
        if (order->kind == SN_ORDER_PROGRAM)
            continue;
        snprintf(got + length, sizeof got - length, "%s%u>%u %s%s%s", length == 0 ? "" : ", ", order->from_step + 1,
                 order->to_step + 1, kinds[order->kind], order->object == SN_NONE ? "" : " ",
                 order->object == SN_NONE ? "" : trace->objects[order->object].name);
    }
    ck_assert_str_eq(got, wanted);
    sn_trace_free(trace);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

START_TEST(each_kind)
{
    check_orders("mutex m\nthread A { lock m\n unlock m }\nthread B { lock m\n unlock m }\n", "A A B B", "2>3 lock m");
    check_orders("semaphore s = 0\nthread A { release s }\nthread B { acquire s }\n", "A B", "1>2 semaphore s");
    check_orders("rwlock l\nthread A { rdlock l\n unlock l }\nthread B { rdlock l\n unlock l }\n", "A A B B", "");
    check_orders("rwlock l\nthread A { wrlock l\n unlock l }\nthread B { rdlock l\n unlock l }\n", "A A B B",
                 "2>3 lock l");
    check_orders("rwlock l\nthread A { rdlock l\n unlock l }\nthread B { wrlock l\n unlock l }\n", "A A B B",
                 "2>3 lock l");
    check_orders("mutex m\ncondition c\nthread A { lock m\n wait c with m\n unlock m }\n"
                 "thread B { lock m\n signal c\n unlock m }\n",
                 "A A B B B A A", "2>3 lock m, 5>6 lock m");
    check_orders("mutex m\ncondition c\nthread A { lock m\n wait c with m\n unlock m }\nthread B { signal c }\n",
                 "A A B A A", "3>4 signal c");
    check_orders("event e\nthread A { set e }\nthread B { wait e }\n", "A B", "1>2 event e");
    check_orders("waitgroup g = 2\nthread A { done g }\nthread B { done g }\nthread C { wait g }\n", "A B C",
                 "2>3 waitgroup g, 1>3 waitgroup g");
    check_orders("queue q[2]\nthread A { put q, 1\n put q, 2 }\nthread B { local a = get q\n local b = get q }\n",
                 "A A B B", "1>3 queue q, 2>4 queue q");
    check_orders(
        "queue q[0]\nshared x = 0\nthread A { x = 1\n put q, 1 }\nthread B { local a = get q\n local b = x }\n",
        "A A B", "2>3 queue q");
    check_orders("barrier b = 2\nshared x = 0\nthread A { wait b\n x = 1 }\nthread B { wait b\n local y = x }\n",
                 "A B A B", "1>2 barrier b, 2>3 barrier b");
    check_orders("atomic f = 0\nthread A { f = 1 }\nthread B { local a = f }\n", "A B", "1>2 atomic f");
    check_orders("atomic f = 0\nthread A { f = 1 }\nthread B { local a = f }\n", "B A", "");
    check_orders("shared f = 0\nthread A { f = 1 }\nthread B { local a = f }\n", "A B", "");
    check_orders("shared x = 0\nfn f() { x = 1 }\nthread A { local t = spawn f()\n join t\n x = 2 }\n", "A f[0] A A",
                 "1>2 spawn, 2>3 join");
}
END_TEST

START_TEST(what_others_imply_is_left_out)
{
    /* B's second lock is ordered after A by its own first one. */
    check_orders("mutex m\nthread A { lock m\n unlock m }\nthread B { lock m\n unlock m\n lock m\n unlock m }\n",
                 "A A B B B B", "2>3 lock m");
}
END_TEST

/* -------------------------------------------------------- every lesson */

static unsigned races, traces;

static void check_finding(const SnResult *result, uint32_t f, const char *path)
{
    SnTrace *trace;
    char *message = NULL;
    ck_assert_msg(sn_trace_finding(result, f, &trace, &message) == SN_OK, "%s: %s", path, message);
    check_clocks(trace, path);
    traces++;
    if (strcmp(result->findings[f].kind, "data-race") == 0 && trace->step_count > 0) {
        ck_assert_msg(trace->race_first != SN_NONE, "%s: finding %u", path, f + 1);
        if (trace->race_second != SN_NONE) {
            ck_assert_msg(!is_before(trace, trace->race_first, trace->race_second), "%s: finding %u", path, f + 1);
            ck_assert_msg(!is_before(trace, trace->race_second, trace->race_first), "%s: finding %u", path, f + 1);
            races++;
        }
    } else if (trace->step_count > 0) {
        ck_assert_uint_eq(trace->race_first, SN_NONE);
    }
    sn_trace_free(trace);
}

static int check_file(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)where;
    size_t length = strlen(path);
    if (kind != FTW_F || length < 6 || strcmp(path + length - 6, ".snarl") != 0)
        return 0;
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    char *message = NULL;
    SnExploreOptions options = {.max_states = 3000, .skip_counts = true};
    ck_assert_msg(sn_load_file(path, NULL, &scenario, &message) == SN_OK, "%s", message);
    sn_string_free(message);
    sn_explore(scenario, &options, &result, &message);
    ck_assert_msg(result != NULL, "%s: %s", path, message);
    for (uint32_t f = 0; f < result->finding_count && f < 12; f++)
        check_finding(result, f, path);
    sn_result_free(result);
    sn_scenario_free(scenario);
    return 0;
}

START_TEST(racing_steps_are_concurrent_in_every_lesson)
{
    ck_assert_int_eq(nftw(SNARL_SOURCE_DIR "/scenarios", check_file, 16, FTW_PHYS), 0);
    ck_assert_uint_gt(races, 20);
    ck_assert_uint_gt(traces, 100);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("order");
    TCase *tests = tcase_create("order");
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, each_kind);
    tcase_add_test(tests, what_others_imply_is_left_out);
    tcase_add_test(tests, racing_steps_are_concurrent_in_every_lesson);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
