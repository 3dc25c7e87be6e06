/* Schedules forced on real threads: the whole gallery agrees; what does not agree is told with its step; the system's refusals. */
#define _GNU_SOURCE
#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gallery.h"
#include "pthreads/child.h"
#include "pthreads/turnstile.h"
#include "api/scenario.h"

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
    const SnExploreOptions options = {.max_states = 30000, .skip_counts = true};
    SnResult *result;
    char *message;
    sn_explore(scenario, &options, &result, &message);
    sn_string_free(message);
    ck_assert_ptr_nonnull(result);
    return result;
}

static SnReplayResult *replay(const SnScenario *scenario, const SnReplayOptions *options)
{
    SnReplayResult *result;
    char *message;
    SnStatus status = sn_replay(scenario, options, &result, &message);
    ck_assert_msg(result != NULL, "status %d: %s", (int)status, message == NULL ? "(no message)" : message);
    sn_string_free(message);
    return result;
}

/* ---------------------------------------------------------------- gallery */

/* With AddressSanitizer a fork takes a hundred times as long. */
#ifdef __SANITIZE_ADDRESS__
enum { EVERY = 16 };
#else
enum { EVERY = 1 };
#endif

typedef struct Tally {
    unsigned visited, scenarios, schedules, deadlocks;
} Tally;

static void replay_all(const char *path, void *context)
{
    Tally *tally = context;
    if (tally->visited++ % EVERY != 0)
        return;
    SnScenario *scenario = gallery_load(path);
    SnResult *explored = explore(scenario);
    SnReplayResult *result = NULL;
    char *message = NULL;
    const SnReplayOptions options = {.result = explored};
    SnStatus status = explored->complete ? sn_replay(scenario, &options, &result, &message) : SN_OK;
    ck_assert_int_eq(status, SN_OK);
    ck_assert_msg(result != NULL || !explored->complete, "%s: %s", path, message == NULL ? "(no message)" : message);
    for (uint32_t r = 0; result != NULL && r < result->replay_count; r++) {
        const SnReplayed *replayed = &result->replays[r];
        ck_assert_msg(replayed->agrees, "%s: %s (%s), step %u: %s", path, replayed->what, replayed->schedule, replayed->step, replayed->difference);
        if (replayed->end == SN_END_DEADLOCK && replayed->evidence != SN_EVIDENCE_NONE) {
            ck_assert_uint_gt(replayed->stuck_count, 0);
            ck_assert_int_ge(replayed->evidence, SN_EVIDENCE_ASLEEP);
            tally->deadlocks++;
        }
        tally->schedules++;
    }
    tally->scenarios += result != NULL;
    sn_string_free(message);
    sn_replay_result_free(result);
    sn_result_free(explored);
    sn_scenario_free(scenario);
}

START_TEST(test_gallery)
{
    Tally tally = {0};
    gallery_visit(replay_all, &tally);
    printf("real threads: %u schedules of %u scenarios agree, %u of them deadlocks\n", tally.schedules, tally.scenarios, tally.deadlocks);
    ck_assert_uint_ge(tally.scenarios, 230 / EVERY);
    ck_assert_uint_ge(tally.schedules, EVERY == 1 ? 602 : 10);
    ck_assert_uint_ge(tally.deadlocks, EVERY == 1 ? 50 : 1);
}
END_TEST

/* -------------------------------------------------------- processes, faults */

static const char *const processes[] = {
    /* a fork inside a fork: each level goes on with a copy */
    "shared x = 1\nmapped total = 0\nmutex m\n"
    "fn inner(n) { x += n\n lock m\n total += x\n unlock m }\n"
    "fn outer(n) { x += 10\n local h = fork inner(n)\n x += 100\n join h\n lock m\n total += x\n unlock m }\n"
    "process P { x = 5\n local h = fork outer(1)\n x = 6\n join h }\n"
    "thread T { x += 3 }\n",
    /* a lock between processes */
    "mutex a, b\nprocess P { lock a\n lock b\n unlock b\n unlock a }\nprocess Q { lock b\n lock a\n unlock a\n unlock b }\n",
    /* the forker ends first; both wait for a thread of the runner */
    "mapped t = 0\nmutex m\nfn child() { lock m\n t += 1\n unlock m }\n"
    "process P { local h = fork child() }\nthread T { lock m\n t += 1\n lock m }\n",
    /* condition, barrier, rendezvous, once */
    "mutex m\ncondition c\nmapped ready = 0\nbarrier b = 2\n"
    "process W { lock m\n while (ready == 0) { wait c with m }\n unlock m\n wait b }\n"
    "process S { lock m\n ready = 1\n signal c\n unlock m\n wait b }\n",
    "queue q[0]\nshared x = 0\nprocess A { x = 3\n put q, x }\nprocess B { local v = get q\n x = v + 1\n assert x == 4 }\n",
    "once o\nmapped n = 0\nevent e\nprocess A { do o { n += 1\n wait e } }\nprocess B { do o { n += 1 } }\n",
};

static const char *const faults[] = {
    "queue l[3] lossy duplicating reordering ack\nshared s = 0\nthread P { put l, 1\n put l, 2 }\n"
    "thread R { repeat 2 { local x = get l\n s = s * 10 + x\n ack l } }\nthread R2 { local x = get l }\n",
    "queue l[3] lossy duplicating reordering\nshared s = 0\nthread P { put l, 1\n put l, 2\n put l, 1 }\n"
    "thread R { repeat 2 { local x = get l\n s = s * 10 + x } }\n",
};

/* several selects in one step, each with an arm of its own */
static const char *const selects[] = {
    "shared x = 0\nrecursive mutex n\nmutex l\nthread A { lock n }\nthread B { atomic { repeat 2 {\n"
    "select { when lock n { x += 1 }; when lock l { }; else { skip } } } } }\n",
    "atomic a = 0\natomic b = 1\nshared x = 0\nthread A { a = 1\n b = 0 }\nthread B { atomic { x = 0\n repeat 3 {\n"
    "select { when await (a == 1 && b < 2) { x += 1\n b = 1 - b }; when await (b == 1 && a >= 0) { b = 0\n x += 10 }; else { x += 100\n b = 1 } } } } }\n",
};

static void replay_random(const char *text, unsigned runs)
{
    SnScenario *scenario = load(text);
    const SnReplayOptions options = {.runs = runs, .seed = 1};
    SnReplayResult *result = replay(scenario, &options);
    ck_assert_uint_gt(result->replay_count, 0);
    for (uint32_t r = 0; r < result->replay_count; r++) {
        const SnReplayed *replayed = &result->replays[r];
        ck_assert_msg(replayed->agrees, "%s\n(%s), step %u: %s", text, replayed->schedule, replayed->step, replayed->difference);
        ck_assert(replayed->end != SN_END_DEADLOCK || replayed->evidence >= SN_EVIDENCE_ASLEEP);
    }
    sn_replay_result_free(result);
    sn_scenario_free(scenario);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no process is left */
}

START_TEST(test_processes)
{
    for (size_t k = 0; k < sizeof processes / sizeof *processes; k++)
        replay_random(processes[k], EVERY == 1 ? 30 : 2);
}
END_TEST

START_TEST(test_selects)
{
    for (size_t k = 0; k < sizeof selects / sizeof *selects; k++)
        replay_random(selects[k], 30);
}
END_TEST

START_TEST(test_faults)
{
    for (size_t k = 0; k < sizeof faults / sizeof *faults; k++)
        replay_random(faults[k], EVERY == 1 ? 200 : 5);
}
END_TEST

/* ---------------------------------------------------------- disagreements */

static const char *const locked = "shared x = 0\n"
                                  "mutex m\n"
                                  "thread A, B {\n"
                                  "    lock m\n"
                                  "    local t = x\n"
                                  "    x = t + 1\n"
                                  "    unlock m\n"
                                  "}\n"
                                  "finally x == 2\n";

/* What the turnstile says about a course that was tampered with. */
static void expect_difference(const char *text, const char *schedule_text, void (*tamper)(Course *course), uint32_t step, const char *difference)
{
    SnScenario *scenario = load(text);
    const MachineOptions options = {.keep_locals = true};
    Machine *machine;
    Schedule schedule = {0};
    Course *course;
    Refusal refusal;
    char *message = NULL;
    ck_assert_int_eq(machine_new(scenario->program, &options, &machine), STATUS_OK);
    ck_assert_int_eq(schedule_parse(scenario->program, schedule_text, &schedule, &message), STATUS_OK);
    ck_assert_int_eq(course_make(machine, &schedule, &course, &refusal), STATUS_OK);
    tamper(course);
    const TurnOptions turns = {.proc = "/proc"};
    TurnReport report;
    ck_assert_int_eq(turnstile_run(course, &turns, &report), STATUS_OK);
    ck_assert(!report.agrees);
    ck_assert_uint_eq(report.step, step);
    ck_assert_msg(strstr(report.text.bytes, difference) != NULL, "\"%s\" instead of \"%s\"", report.text.bytes, difference);
    ck_assert(!report.is_stuck);
    text_free(&report.text);
    course_free(course);
    schedule_free(&schedule);
    machine_free(machine);
    sn_scenario_free(scenario);
}

static void tamper_nothing_but_value(Course *course)
{
    course->steps[2].row[0] = 7; /* x behind the write */
}

static void tamper_owner(Course *course)
{
    course->steps[0].row[1] = 2;
}

static void tamper_order(Course *course)
{
    course->steps[1].thread = 1; /* B, whom the mutex keeps out */
}

static void tamper_outcome(Course *course)
{
    course->values[0] = 3;
}

static void tamper_final(Course *course)
{
    course->final_holds = false;
}

START_TEST(test_disagreements)
{
    expect_difference(locked, "A*4 B*4", tamper_nothing_but_value, 2, "x is 1, simulated 7");
    expect_difference(locked, "A*4 B*4", tamper_owner, 0, "m is held by A, simulated held by B");
    expect_difference(locked, "A*4 B*4", tamper_order, 1, "would block, simulated it goes through");
    expect_difference(locked, "A*4 B*4", tamper_outcome, 8, "at the end x is 2, simulated 3");
    expect_difference(locked, "A*4 B*4", tamper_final, 8, "`finally` holds");
}
END_TEST

static void tamper_stop(Course *course)
{
    course->steps[0].stop.is_stopped = false;
}

static void tamper_place(Course *course)
{
    course->steps[1].row[2]++; /* where A stands */
}

START_TEST(test_more_disagreements)
{
    expect_difference("shared x = 0\nthread A { assert x == 1 }\n", "A", tamper_stop, 0, "stops at line 2");
    expect_difference(locked, "A*4 B*4", tamper_place, 1, "A stands at its step 3, simulated 4");
}
END_TEST

/* ----------------------------------------------------------------- limits */

START_TEST(test_refusal)
{
    SnScenario *scenario = load(locked);
    SnReplayResult *result;
    char *message;
    const SnReplayOptions options = {.schedule = "A B"};
    ck_assert_int_eq(sn_replay(scenario, &options, &result, &message), SN_INVALID);
    ck_assert_ptr_null(result);
    ck_assert_msg(strstr(message, "step 2") != NULL && strstr(message, "A could") != NULL, "%s", message);
    sn_string_free(message);
    const SnReplayOptions nothing = {0};
    ck_assert_int_eq(sn_replay(scenario, &nothing, &result, &message), SN_INVALID);
    ck_assert_ptr_null(result);
    ck_assert_ptr_nonnull(strstr(message, "nothing to replay"));
    sn_string_free(message);
    sn_scenario_free(scenario);
}
END_TEST

START_TEST(test_schedule_that_stops_early)
{
    SnScenario *scenario = load(locked);
    const SnReplayOptions options = {.schedule = "A A", .repeat = 3};
    SnReplayResult *result = replay(scenario, &options);
    ck_assert_uint_eq(result->agreed, 1);
    ck_assert_uint_eq(result->replays[0].runs, 3);
    ck_assert_int_eq(result->replays[0].end, SN_END_RUNNING);
    sn_replay_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

static const char *const crossed = "mutex a, b\n"
                                   "thread A { lock a; lock b; unlock b; unlock a }\n"
                                   "thread B { lock b; lock a; unlock a; unlock b }\n";

START_TEST(test_without_proc)
{
    SnScenario *scenario = load(crossed);
    const SnReplayOptions options = {.schedule = "A B", .proc = "/nowhere"};
    SnReplayResult *result = replay(scenario, &options);
    ck_assert_uint_eq(result->agreed, 1);
    ck_assert_uint_eq(result->replays[0].stuck_count, 2);
    ck_assert_int_eq(result->replays[0].evidence, SN_EVIDENCE_QUIET);
    sn_replay_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

/* The process with the stuck threads is gone when the call returns. */
START_TEST(test_no_process_left)
{
    SnScenario *scenario = load(crossed);
    const SnReplayOptions options = {.schedule = "A B"};
    SnReplayResult *result = replay(scenario, &options);
    ck_assert_str_eq(result->replays[0].stuck[0].call, "pthread_mutex_lock");
    ck_assert_str_eq(result->replays[0].stuck[0].object, "b");
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no child */
    sn_replay_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

static bool stop_at_once(void *context, uint32_t done, uint32_t total)
{
    (void)context, (void)done, (void)total;
    return false;
}

START_TEST(test_interrupted)
{
    SnScenario *scenario = load(crossed);
    SnReplayResult *result;
    char *message;
    const SnReplayOptions options = {.schedule = "A B", .repeat = 1000, .progress = stop_at_once};
    SnStatus status = sn_replay(scenario, &options, &result, &message);
    ck_assert(status == SN_INCOMPLETE || status == SN_OK); /* it may be faster than the first look */
    ck_assert_ptr_nonnull(result);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    sn_replay_result_free(result);
    sn_scenario_free(scenario);
}
END_TEST

/* A child that dies takes its threads along; the caller is told. */
static int die(void *context, int to)
{
    (void)context, (void)to;
    abort();
}

START_TEST(test_child_dies)
{
    Child child;
    char byte;
    ck_assert(child_start(&child, die, NULL));
    ck_assert(!child_read(&child, &byte, 1));
    int how = child_end(&child, false);
    ck_assert(WIFSIGNALED(how));
}
END_TEST

/* Each allocation fails once: a status, nothing lost, and a replay that succeeds is one of the whole schedule. */
static void sweep_memory(const SnReplayOptions *options)
{
    SnScenario *scenario = load(locked);
    size_t before = mem_live_blocks();
    bool succeeded = false;
    for (uint64_t n = 1; !succeeded; n++) {
        SnReplayResult *result;
        char *message;
        mem_fail_at(n);
        SnStatus status = sn_replay(scenario, options, &result, &message);
        mem_fail_at(0);
        ck_assert_msg(status == SN_OK || status == SN_SYSTEM, "%d", (int)status);
        succeeded = status == SN_OK;
        if (succeeded)
            ck_assert_uint_eq(result->replays[0].step_count, 8);
        sn_string_free(message);
        sn_replay_result_free(result);
        ck_assert_uint_eq(mem_live_blocks(), before);
    }
    sn_scenario_free(scenario);
}

START_TEST(test_memory)
{
    const SnReplayOptions given = {.schedule = "A*4 B*4"}, random = {.runs = 1, .seed = 1};
    sweep_memory(&given);
    sweep_memory(&random);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pthreads");
    TCase *gallery = tcase_create("gallery"), *rest = tcase_create("rest");
    tcase_set_timeout(gallery, 100);
    tcase_set_timeout(rest, 60);
    tcase_add_test(gallery, test_gallery);
    tcase_add_test(rest, test_processes);
    tcase_add_test(rest, test_faults);
    tcase_add_test(rest, test_selects);
    tcase_add_test(rest, test_disagreements);
    tcase_add_test(rest, test_more_disagreements);
    tcase_add_test(rest, test_refusal);
    tcase_add_test(rest, test_schedule_that_stops_early);
    tcase_add_test(rest, test_without_proc);
    tcase_add_test(rest, test_no_process_left);
    tcase_add_test(rest, test_interrupted);
    tcase_add_test(rest, test_child_dies);
    tcase_add_test(rest, test_memory);
    suite_add_tcase(suite, gallery);
    suite_add_tcase(suite, rest);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
