/* The virtual clock through the public calls: when steps happen, how long executions take, what tasks and cores do meanwhile; random
 * tasks against a simulation of its own. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/memory.h"
#include "golden.h"
#include "snarl/snarl.h"

static const int64_t MS = 1000000;

static SnScenario *load(const char *text)
{
    SnScenario *scenario;
    char *message = NULL;
    ck_assert_msg(sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message) == SN_OK, "%s", message);
    ck_assert_msg(message == NULL, "%s", message);
    return scenario;
}

static SnResult *explore(const SnScenario *scenario)
{
    SnResult *result;
    char *message = NULL;
    sn_explore(scenario, NULL, &result, &message);
    ck_assert_msg(result != NULL, "%s", message);
    ck_assert(result->complete);
    return result;
}

/* The times of all executions, and that the schedules of the least and the greatest take as long. */
static void check_range(const char *text, int64_t least_ns, int64_t greatest_ns)
{
    SnScenario *scenario = load(text);
    SnResult *result = explore(scenario);
    const SnTime *time = &result->time;
    ck_assert(time->has_clock && time->is_known && time->is_exact && !time->is_unbounded);
    ck_assert_msg(time->least_ns == least_ns && time->greatest_ns == greatest_ns, "%lld..%lld in\n%s", (long long)time->least_ns,
                  (long long)time->greatest_ns, text);
    const char *const schedules[] = {time->least_schedule, time->greatest_schedule};
    for (int i = 0; i < 2; i++) {
        SnTrace *trace;
        char *message = NULL;
        const SnRunOptions options = {.policy = SN_POLICY_SCHEDULE, .schedule = schedules[i]};
        ck_assert_int_eq(sn_run(scenario, &options, &trace, &message), SN_OK);
        ck_assert_int_eq(trace->end, SN_END_OK);
        ck_assert_int_eq(trace->end_ns, i == 0 ? least_ns : greatest_ns);
        sn_trace_free(trace);
    }
    sn_result_free(result);
    sn_scenario_free(scenario);
}

START_TEST(ranges)
{
    check_range("clock virtual\nthread A { sleep 100 ms }\nthread B { sleep 200 ms }", 200 * MS, 200 * MS);
    check_range("clock virtual\nthread A { skip }", 0, 0);
    check_range("clock virtual\nthread A { sleep 0 ms\n compute 0 s }", 0, 0);
    check_range("clock virtual\ncores 1\nthread A { compute 0 s }", 0, 0);
    check_range("clock virtual\nthread A { sleep choose(1, 5, 3) s }", 1000 * MS, 5000 * MS);
    /* five tasks on two cores: both long ones together, or the last short one alone */
    check_range("clock virtual\ncores 2\nthread L[2] { compute 3 ms }\nthread S[3] { compute 2 ms }", 6 * MS, 7 * MS);
    check_range("clock virtual\ncores 1 quantum 5 ms\nthread A { compute 12 ms }\nthread B { compute 3 ms }", 15 * MS, 15 * MS);
    check_range("clock virtual\ncores 3\nruntime gil\nthread A[4] { compute 250 ms }", 1000 * MS, 1000 * MS);
    check_range("clock virtual\nruntime gil\nthread A[2] { io 500 ms }", 500 * MS, 500 * MS);
    /* an interpreter for each process */
    check_range("clock virtual\ncores 3\nruntime gil\nprocess P[4] { compute 250 ms }", 500 * MS, 500 * MS);
    /* waiting for a lock that is held over a sleep */
    check_range("clock virtual\nmutex m\nthread A[3] { lock m\n sleep 1 s\n unlock m }", 3000 * MS, 3000 * MS);
    /* a daemon that goes on for ever ends with the others */
    check_range("clock virtual\ndaemon thread D { loop { sleep 7 ms } }\nthread A { sleep 10 ms }", 10 * MS, 10 * MS);
    /* spawned threads begin when they are spawned */
    check_range("clock virtual\nfn f(n) { sleep n ms }\nthread A { sleep 5 ms\n local h = spawn f(10)\n local g = spawn f(20)\n join h\n join g }", 25 * MS,
                25 * MS);
    /* coroutines, of which one is cancelled; fibres; a pool of processes with costs */
    check_range("clock virtual\ncoroutine f(n) { await sleep n s\n return n }\ncoroutine main() { gather f(2), f(3) }\nrun main()", 3000 * MS, 3000 * MS);
    check_range("clock virtual\ncoroutine other() { await sleep 10 s }\ncoroutine main() { task t = other()\n await sleep 1 s }\nrun main()", 1000 * MS,
                1000 * MS);
    check_range("clock virtual\nfibre A { sleep 1 s\n yield\n compute 1 s }\nfibre B { io 2 s\n yield\n compute 1 s }", 3000 * MS, 3000 * MS);
    check_range("clock virtual\ncores 2\nprocess pool p[2] start 10 ms copy 5 ms\nfn f(n) { compute n ms }\n"
                "thread main { submit p, f(20)\n submit p, f(20)\n submit p, f(20)\n shutdown p }", 60 * MS, 60 * MS);
    /* the least and the greatest time that there is room for */
    check_range("clock virtual\nthread A { sleep 1 ns\n sleep 100_000_000 min }", INT64_C(6000000000000000001), INT64_C(6000000000000000001));
}
END_TEST

static void check_unbounded(const char *text, bool is_known, int64_t least_ns)
{
    SnScenario *scenario = load(text);
    SnResult *result = explore(scenario);
    ck_assert_int_eq(result->time.is_known, is_known);
    ck_assert_int_eq(result->time.is_unbounded, is_known);
    ck_assert_int_eq(result->time.least_ns, least_ns);
    ck_assert_ptr_null(result->time.greatest_schedule);
    sn_result_free(result);
    sn_scenario_free(scenario);
}

START_TEST(without_bound)
{
    check_unbounded("clock virtual\nthread A { loop { sleep 1 s\n if (choose(0, 1)) { break } } }", true, 1000 * MS);
    check_unbounded("clock virtual\nthread A { loop { sleep 1 s } }", false, 0);
    check_unbounded("clock virtual\nsemaphore s = 0\nthread A { sleep 1 s\n acquire s }", false, 0);
    /* a cycle on which no time passes bounds nothing */
    check_range("clock virtual\natomic x = 0\nthread A { loop { if (choose(0, 1)) { break }\n x = 1 - x } sleep 1 s }", 1000 * MS, 1000 * MS);
}
END_TEST

/* Who sleeps is not blocked for ever; time does not pass while somebody can step. */
START_TEST(findings)
{
    static const struct {
        const char *text, *kind;
    } cases[] = {
        {"clock virtual\nmutex m\nthread A { lock m\n sleep 1 s\n unlock m }\nthread B { lock m\n unlock m }", NULL},
        {"clock virtual\nsemaphore s = 0\nthread A { sleep 1 s\n release s }\nthread B { acquire s }", NULL},
        {"clock virtual\nsemaphore s = 0\nthread A { sleep 1 s }\nthread B { acquire s }", "deadlock"},
        {"clock virtual\nmutex a, b\nthread A { lock a\n sleep 1 s\n lock b }\nthread B { lock b\n sleep 1 s\n lock a }\nthread C { loop { sleep 1 s\n progress } }",
         "deadlock"},
        {"clock virtual\natomic x\nthread A { sleep 1 s\n x = 1 }\nthread B { while (!x) { yield } }", "livelock"},
        {"clock virtual\natomic x\nthread A { sleep 1 s\n x = 1 }\nthread B { while (!x) { sleep 300 ms } }", NULL},
        {"clock virtual\nshared x\nthread A { sleep 1 s\n x = 1 }\nthread B { x = 2 }", NULL},
        {"shared x\nthread A { sleep 1 s\n x = 1 }\nthread B { x = 2 }", "data-race"},
        {"clock virtual\nshared x\nthread A { sleep 1 s\n x = 1 }\nthread B { sleep 1 s\n x = 2 }", "data-race"},
        {"runtime gil\nshared x\nthread A { x = 1 }\nthread B { x = 2 }", NULL},
        {"runtime gil\nshared x\nthread A[2] { x += 1 }", "lost-update"},
        {"runtime gil\nmapped x\nprocess A[2] { x = 1 }", "data-race"},
        {"clock virtual\nshared n = 0 - 1\nthread A { sleep n ms }", "runtime-error"},
        {"clock virtual\nthread A { atomic { sleep 1 ms } }", "runtime-error"},
        {"clock virtual\nfn f() { sleep 1 ms }\nthread A { atomic { f() } }", "runtime-error"},
        {"clock virtual\nbarrier b = 2\nthread A { sleep 1 s\n wait b }\nthread B { wait b\n sleep 1 s }", NULL},
        {"clock virtual\nqueue q[0]\nthread A { sleep 1 s\n put q, 1 }\nthread B { local x = get q\n sleep 1 s }", NULL},
        {"clock virtual\nmutex m\ncondition c\nthread A { sleep 1 s\n signal c }\nthread B { lock m\n wait c with m\n unlock m }", NULL},
        {"clock virtual\nmutex m\ncondition c\nthread A { signal c }\nthread B { sleep 1 s\n lock m\n wait c with m\n unlock m }", "deadlock"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        SnScenario *scenario = load(cases[c].text);
        SnResult *result = explore(scenario);
        bool is_found = cases[c].kind == NULL ? result->finding_count == 0
                                              : result->finding_count >= 1 && strcmp(result->findings[0].kind, cases[c].kind) == 0;
        bool stands_still = strstr(cases[c].text, "yield") != NULL;
        ck_assert_int_eq(result->note_count > 0 && strstr(result->notes[result->note_count - 1], "time stands still") != NULL, stands_still);
        ck_assert_msg(is_found, "%s: %s", cases[c].text, result->finding_count ? result->findings[0].kind : "nothing");
        sn_result_free(result);
        sn_scenario_free(scenario);
    }
}
END_TEST

/* ----------------------------------------------------------------- simulation */

enum { TASKS = 3, PARTS = 3, MEMO = 1 << 18 };

/* Each task is a row of parts: io, or computing, for some milliseconds. */
typedef struct Work {
    int count[TASKS], ms[TASKS][PARTS];
    bool computes[TASKS][PARTS];
    int cores;
} Work;

typedef struct Moment {
    int part[TASKS], left[TASKS]; /* of the part at hand */
    bool waits[TASKS];            /* for a core */
} Moment;

typedef struct Span {
    int least, greatest;
} Span;

static struct {
    uint64_t key;
    Span span;
} *memo;

static uint64_t key_of(const Moment *moment)
{
    uint64_t key = 1;
    for (int t = 0; t < TASKS; t++)
        key = ((key * 8 + (uint64_t)moment->part[t]) * 64 + (uint64_t)moment->left[t]) * 2 + moment->waits[t];
    return key;
}

static void begin_part(const Work *work, Moment *moment, int t)
{
    int part = moment->part[t];
    if (part == work->count[t])
        return;
    moment->waits[t] = work->computes[t][part];
    moment->left[t] = work->ms[t][part];
}

static int busy(const Work *work, const Moment *moment)
{
    int count = 0;
    for (int t = 0; t < TASKS; t++)
        count += moment->part[t] < work->count[t] && work->computes[t][moment->part[t]] && !moment->waits[t];
    return count;
}

/* Least and greatest time to the end: every order of what can happen at this instant. */
static Span simulate(const Work *work, Moment moment)
{
    uint64_t key = key_of(&moment), slot = key * UINT64_C(0x9E3779B97F4A7C15) >> 46;
    while (memo[slot % MEMO].key != 0 && memo[slot % MEMO].key != key)
        slot++;
    if (memo[slot % MEMO].key == key)
        return memo[slot % MEMO].span;
    Span span = {1 << 30, -1};
    int next = 1 << 30;
    bool is_over = true;
    for (int t = 0; t < TASKS; t++) {
        if (moment.part[t] == work->count[t])
            continue;
        is_over = false;
        Moment after = moment;
        if (moment.waits[t] && busy(work, &moment) < work->cores) {
            after.waits[t] = false;
        } else if (!moment.waits[t] && moment.left[t] == 0) {
            after.part[t]++;
            begin_part(work, &after, t);
        } else {
            if (!moment.waits[t] && moment.left[t] < next)
                next = moment.left[t];
            continue;
        }
        Span then = simulate(work, after);
        span.least = then.least < span.least ? then.least : span.least;
        span.greatest = then.greatest > span.greatest ? then.greatest : span.greatest;
    }
    if (is_over)
        span = (Span){0, 0};
    if (span.greatest < 0) { /* nobody can do anything: time passes */
        for (int t = 0; t < TASKS; t++)
            if (moment.part[t] < work->count[t] && !moment.waits[t])
                moment.left[t] -= next;
        Span then = simulate(work, moment);
        span = (Span){then.least + next, then.greatest + next};
    }
    slot = key * UINT64_C(0x9E3779B97F4A7C15) >> 46; /* others may have come since */
    while (memo[slot % MEMO].key != 0)
        slot++;
    memo[slot % MEMO].key = key;
    memo[slot % MEMO].span = span;
    return span;
}

static uint32_t random_below(uint64_t *seed, uint32_t limit)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % limit;
}

START_TEST(random_tasks)
{
    memo = calloc(MEMO, sizeof *memo);
    ck_assert_ptr_nonnull(memo);
    uint64_t seed = 7;
    int ranges_seen = 0; /* where the order matters */
    for (int round = 0; round < 120; round++) {
        char text[1024];
        Work work = {.cores = 1 + (int)random_below(&seed, 2)};
        int length = snprintf(text, sizeof text, "clock virtual\ncores %d\n", work.cores);
        Moment start = {0};
        for (int t = 0; t < TASKS; t++) {
            work.count[t] = 1 + (int)random_below(&seed, PARTS);
            length += snprintf(text + length, sizeof text - (size_t)length, "thread T%d {\n", t);
            for (int p = 0; p < work.count[t]; p++) {
                work.computes[t][p] = random_below(&seed, 3) > 0;
                work.ms[t][p] = (int)random_below(&seed, 6);
                const char *other = random_below(&seed, 2) ? "io" : "sleep";
                length += snprintf(text + length, sizeof text - (size_t)length, "    %s %d ms\n", work.computes[t][p] ? "compute" : other, work.ms[t][p]);
            }
            length += snprintf(text + length, sizeof text - (size_t)length, "}\n");
            begin_part(&work, &start, t);
        }
        memset(memo, 0, MEMO * sizeof *memo);
        Span span = simulate(&work, start);
        check_range(text, span.least * MS, span.greatest * MS);
        ranges_seen += span.least < span.greatest;
    }
    free(memo);
    ck_assert_int_gt(ranges_seen, 20);
}
END_TEST

/* --------------------------------------------------------------------- traces */

static SnTrace *run(const SnScenario *scenario, const char *schedule)
{
    SnTrace *trace;
    char *message = NULL;
    const SnRunOptions options = {.policy = SN_POLICY_SCHEDULE, .schedule = schedule, .must_complete = true};
    SnStatus status = sn_run(scenario, &options, &trace, &message);
    ck_assert_msg(status == SN_OK, "%s", message);
    return trace;
}

static const char SHARING[] = "clock virtual\ncores 2 quantum 20 ms\nmutex m\n"
                              "thread A { lock m\n compute 50 ms\n unlock m }\n"
                              "thread B { io 10 ms\n lock m\n compute 30 ms\n unlock m }\n"
                              "thread C { sleep 15 ms\n compute 40 ms }\n"
                              "thread D { compute 25 ms }\n"
                              "daemon thread E { loop { sleep 30 ms } }\n";

/* The spans of a thread leave no gap, and on a core nobody computes beside another. */
START_TEST(spans)
{
    SnScenario *scenario = load(SHARING);
    SnTrace *trace = run(scenario, NULL);
    ck_assert_int_eq(trace->end, SN_END_OK);
    ck_assert_uint_eq(trace->cores, 2);
    ck_assert_uint_eq(trace->cores_used, 2);
    int64_t computed = 0;
    for (uint32_t t = 0; t < trace->thread_count; t++) {
        int64_t at = trace->thread_starts[t];
        for (uint32_t s = 0; s < trace->span_count; s++) {
            const SnSpan *span = &trace->spans[s];
            if (span->thread != t)
                continue;
            ck_assert_int_eq(span->from_ns, at);
            ck_assert_int_gt(span->to_ns, at);
            ck_assert_int_eq(span->core != SN_NONE, span->kind == SN_SPAN_COMPUTE);
            at = span->to_ns;
            computed += span->kind == SN_SPAN_COMPUTE ? span->to_ns - span->from_ns : 0;
        }
        ck_assert_int_eq(at, trace->threads[t].is_daemon ? trace->end_ns : trace->thread_ends[t]);
    }
    ck_assert_int_eq(computed, 145 * MS);
    for (uint32_t a = 0; a < trace->span_count; a++)
        for (uint32_t b = 0; b < a; b++) {
            const SnSpan *one = &trace->spans[a], *two = &trace->spans[b];
            if (one->core != SN_NONE && one->core == two->core)
                ck_assert(one->to_ns <= two->from_ns || two->to_ns <= one->from_ns);
        }
    for (uint32_t s = 1; s < trace->step_count; s++)
        ck_assert_int_ge(trace->steps[s].time_ns, trace->steps[s - 1].time_ns);
    sn_trace_free(trace);
    sn_scenario_free(scenario);
}
END_TEST

static char *report(const SnScenario *scenario, bool is_json)
{
    SnResult *result = explore(scenario), *one_result;
    SnScenario *one;
    ck_assert_int_eq(sn_scenario_on_cores(scenario, 1, &one), SN_OK);
    one_result = explore(one);
    SnTrace *fastest = run(scenario, result->time.least_schedule), *slowest = run(scenario, result->time.greatest_schedule);
    const SnTimeReport subject = {.scenario = scenario, .time = &result->time, .one_core = &one_result->time, .traces = {fastest, slowest},
                                  .names = {"fastest", "slowest"}, .trace_count = 2};
    const SnTextStyle style = {.columns = 100};
    char *text = is_json ? sn_report_time_json(&subject) : sn_report_time(&subject, &style);
    ck_assert_ptr_nonnull(text);
    size_t before = mem_live_blocks();
    for (uint64_t n = 1;; n++) { /* memory ends */
        mem_fail_at(n);
        char *again = is_json ? sn_report_time_json(&subject) : sn_report_time(&subject, &style);
        mem_fail_at(0);
        if (again != NULL) {
            ck_assert_str_eq(again, text);
            sn_string_free(again);
            break;
        }
        ck_assert_uint_eq(mem_live_blocks(), before);
    }
    sn_trace_free(fastest);
    sn_trace_free(slowest);
    sn_result_free(result);
    sn_result_free(one_result);
    sn_scenario_free(one);
    return text;
}

START_TEST(reports)
{
    SnScenario *scenario = load(SHARING);
    char *text = report(scenario, false), *json = report(scenario, true);
    golden_check("time_sharing.txt", text);
    golden_check("time_sharing.json", json);
    sn_string_free(text);
    sn_string_free(json);
    SnTrace *trace = run(scenario, NULL);
    const SnTextStyle style = {.columns = 100};
    text = sn_report_trace(trace, &style);
    golden_check("trace_sharing.txt", text);
    sn_string_free(text);
    sn_trace_free(trace);
    SnResult *result = explore(scenario);
    text = sn_report_result(result, &style);
    ck_assert_ptr_nonnull(strstr(text, "\ntime: "));
    sn_string_free(text);
    text = sn_report_result_json(result);
    ck_assert_ptr_nonnull(strstr(text, "\n  \"time\": {\"exact\": true, \"least\": "));
    sn_string_free(text);
    sn_result_free(result);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static void check_takes(const char *takes, const char *wanted)
{
    char text[256], *message = NULL;
    snprintf(text, sizeof text, "clock virtual\n%s\nthread A { sleep choose(1, 2) s }\nexpect ok", takes);
    SnScenario *scenario = load(text);
    SnResult *result = explore(scenario);
    bool is_met = sn_expectation_met(result, &message);
    ck_assert_int_eq(is_met, wanted == NULL);
    ck_assert_str_eq(message == NULL ? "" : message, wanted == NULL ? "" : wanted);
    ck_assert_uint_eq(result->note_count, wanted != NULL);
    sn_string_free(message);
    sn_result_free(result);
    sn_scenario_free(scenario);
}

START_TEST(takes)
{
    check_takes("takes 1 s..2 s", NULL);
    check_takes("takes 1000 ms..2_000_000 us", NULL);
    check_takes("takes 1 s", "expected to take 1 s, found 1 s..2 s");
    check_takes("takes 1 s..3 s", "expected to take 1 s..3 s, found 1 s..2 s");
    check_takes("takes 0.5 s..2 s", "expected to take 500 ms..2 s, found 1 s..2 s");
}
END_TEST

/* The schedules, the ranges and the traces with memory that ends at any place. */
START_TEST(memory_ends)
{
    SnScenario *scenario = load("clock virtual\natomic x\nthread A { sleep 1 s\n x = 1 }\nthread B { while (!x) { yield } }");
    size_t before = mem_live_blocks();
    for (uint64_t n = 1;; n++) {
        SnResult *result;
        char *message = NULL;
        mem_fail_at(n);
        sn_explore(scenario, NULL, &result, &message);
        mem_fail_at(0);
        bool is_done = result != NULL && result->finding_count == 1 && result->note_count == 1 && result->interleavings != NULL;
        sn_result_free(result);
        sn_string_free(message);
        ck_assert_uint_eq(mem_live_blocks(), before);
        if (is_done)
            break;
    }
    sn_scenario_free(scenario);
    scenario = load("clock virtual\ncores 1 quantum 2 ms\nthread A { compute 3 ms }\nthread B { sleep 1 ms\n compute 2 ms }");
    before = mem_live_blocks();
    for (uint64_t n = 1;; n++) {
        SnResult *result;
        char *message = NULL;
        mem_fail_at(n);
        SnStatus status = sn_explore(scenario, NULL, &result, &message);
        mem_fail_at(0);
        bool is_done = status == SN_OK && result->complete && result->interleavings != NULL && result->note_count == 0;
        if (is_done)
            ck_assert_int_eq(result->time.greatest_ns, 5 * MS);
        sn_result_free(result);
        sn_string_free(message);
        ck_assert_uint_eq(mem_live_blocks(), before);
        if (is_done)
            break;
    }
    for (uint64_t n = 1;; n++) {
        SnTrace *trace;
        char *message = NULL;
        mem_fail_at(n);
        SnStatus status = sn_run(scenario, NULL, &trace, &message);
        mem_fail_at(0);
        sn_trace_free(trace);
        sn_string_free(message);
        ck_assert_uint_eq(mem_live_blocks(), before);
        if (status == SN_OK)
            break;
    }
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(durations)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{0, "0 s"},           {1, "1 ns"},
                 {999, "999 ns"},      {1000, "1 us"},
                 {1500000, "1.5 ms"},  {INT64_C(250000000), "250 ms"},
                 {INT64_C(1000000000), "1 s"}, {INT64_C(1000000001), "1.000000001 s"},
                 {INT64_C(2136000000), "2.136 s"}, {INT64_C(90000000000), "90 s"},
                 {-1500, "-1.5 us"},   {INT64_MAX, "9223372036.854775807 s"},
                 {INT64_MIN, "-9223372036.854775808 s"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[DURATION_ROOM];
        ck_assert_str_eq(duration_print(cases[c].ns, text), cases[c].text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tests = tcase_create("clock");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, ranges);
    tcase_add_test(tests, without_bound);
    tcase_add_test(tests, findings);
    tcase_add_test(tests, random_tasks);
    tcase_add_test(tests, spans);
    tcase_add_test(tests, reports);
    tcase_add_test(tests, takes);
    tcase_add_test(tests, memory_ends);
    tcase_add_test(tests, durations);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
