/* Replays: policies, what a listener hears, refusals, and the check that findings pass. */
#include <check.h>
#include <string.h>

#include "api/scenario.h"
#include "base/memory.h"
#include "base/rng.h"
#include "trace/build.h"
#include "trace/replay.h"

static SnScenario *scenario;
static Machine *machine;

static void load(const char *text)
{
    char *message;
    SnStatus status = sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s", message == NULL ? "" : message);
    sn_string_free(message);
    const MachineOptions options = {.keep_locals = true};
    ck_assert_int_eq(machine_new(scenario->program, &options, &machine), STATUS_OK);
}

static void done(void)
{
    machine_free(machine);
    sn_scenario_free(scenario);
    machine = NULL;
    scenario = NULL;
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

/* Records a plan and compares the steps taken. */
static void record(const char *given, ReplayPolicy policy, uint64_t seed, uint64_t max_steps, const char *wanted,
                   uint32_t loop_start)
{
    Schedule schedule;
    char *message;
    Text out = {0};
    ck_assert_int_eq(schedule_parse(scenario->program, given, &schedule, &message), STATUS_OK);
    const ReplayPlan plan = {.schedule = &schedule, .policy = policy, .seed = seed, .max_steps = max_steps};
    Recording recording;
    ck_assert_int_eq(replay_record(machine, &plan, &recording), STATUS_OK);
    schedule_print(machine_program(machine), &recording.done, &out);
    if (wanted != NULL)
        ck_assert_str_eq(out.length == 0 ? "" : out.bytes, wanted);
    ck_assert_uint_eq(recording.loop_start, loop_start);
    text_free(&out);
    schedule_free(&recording.done);
    schedule_free(&schedule);
}

#define THREE "atomic x\nthread A, B, C {\n x = 1\n x = 2\n}\n"

START_TEST(policies)
{
    load(THREE);
    record("", REPLAY_STOP, 0, 0, "", NO_ID);
    record("B", REPLAY_STOP, 0, 0, "B", NO_ID);
    record("", REPLAY_ROUND_ROBIN, 0, 0, "A B C A B C", NO_ID);
    record("B B", REPLAY_ROUND_ROBIN, 0, 0, "B B C A C A", NO_ID);
    record("", REPLAY_SEQUENTIAL, 0, 0, "A A B B C C", NO_ID);
    record("B", REPLAY_SEQUENTIAL, 0, 0, "B B C C A A", NO_ID);
    record("", REPLAY_SEQUENTIAL, 0, 3, "A A B", NO_ID);
    done();
}
END_TEST

START_TEST(policies_pass_over_the_blocked)
{
    load("mutex m\nthread A, B {\n lock m\n skip\n unlock m\n}\n");
    record("", REPLAY_ROUND_ROBIN, 0, 0, "A A A B B B", NO_ID);
    record("B", REPLAY_SEQUENTIAL, 0, 0, "B B B A A A", NO_ID);
    done();
}
END_TEST

START_TEST(a_policy_notices_that_it_goes_round)
{
    load("atomic x\nthread A {\n skip\n skip\n skip\n loop { if (x == 1) { break } }\n}\n");
    record("", REPLAY_SEQUENTIAL, 0, 0, "A A A A", 3);
    done();
    load("thread A {\n loop {\n  skip\n  skip\n  skip\n }\n}\ndaemon thread d {\n loop { yield }\n}\n");
    record("", REPLAY_ROUND_ROBIN, 0, 0, NULL, 7);
    record("", REPLAY_RANDOM, 1, 50, NULL, NO_ID);
    done();
}
END_TEST

/* The same seed gives the same run on every machine; each step and each choice is as likely as the others. */
START_TEST(random_runs)
{
    load("thread A {\n local t = choose(1, 2, 3)\n}\nthread B { skip }\n");
    uint32_t first[4] = {0};
    const uint32_t runs = 4000;
    for (uint64_t seed = 0; seed < runs; seed++) {
        const ReplayPlan plan = {.policy = REPLAY_RANDOM, .seed = seed};
        Recording recording;
        ck_assert_int_eq(replay_record(machine, &plan, &recording), STATUS_OK);
        ck_assert_uint_eq(recording.done.count, 2);
        const NamedStep *step = &recording.done.steps[0];
        first[strcmp(step->symbol->name, "B") == 0 ? 3 : step->choice - 1]++;
        schedule_free(&recording.done);
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_uint_gt(first[i], runs / 4 - 150);
        ck_assert_uint_lt(first[i], runs / 4 + 150);
    }
    done();
}
END_TEST

START_TEST(random_numbers)
{
    Rng rng = rng_seed(42), again = rng_seed(42), other = rng_seed(43);
    ck_assert(rng_next(&rng) == rng_next(&again));
    ck_assert(rng_next(&rng) != rng_next(&other));
    ck_assert(rng_below(&rng, 1) == 0);
    for (int i = 0; i < 1000; i++)
        ck_assert(rng_below(&rng, 7) < 7);
}
END_TEST

/* ------------------------------------------------------------------- refusals */

static void refuse(const char *text, RefusalKind kind, uint32_t step)
{
    Schedule schedule;
    char *message;
    ck_assert_int_eq(schedule_parse(scenario->program, text, &schedule, &message), STATUS_OK);
    const ReplayPlan plan = {.schedule = &schedule};
    Recording recording;
    ck_assert_int_eq(replay_record(machine, &plan, &recording), STATUS_INVALID);
    ck_assert_int_eq(recording.refusal.kind, kind);
    ck_assert_uint_eq(recording.refusal.step, step);
    ck_assert_uint_eq(recording.done.count, step);
    const ReplayListener nobody = {0};
    Refusal refusal;
    ck_assert_int_eq(replay_walk(machine, &schedule, &nobody, &refusal), STATUS_INVALID);
    ck_assert_int_eq(refusal.kind, kind);
    ck_assert_uint_eq(refusal.step, step);
    schedule_free(&recording.done);
    schedule_free(&schedule);
}

START_TEST(refusals)
{
    load("mutex m\nfn f() { skip }\nthread A {\n lock m\n lock m\n}\nthread B {\n lock m\n spawn f()\n}\nthread C { "
         "local t = choose(1, 2) }\n");
    refuse("A B", REFUSAL_BLOCKED, 1);
    refuse("C C", REFUSAL_ENDED, 1);
    refuse("C:3", REFUSAL_CHOICE, 0);
    refuse("f", REFUSAL_UNBORN, 0);
    refuse("f[9]", REFUSAL_UNBORN, 0);
    refuse("A C A", REFUSAL_OVER, 2);
    done();
}
END_TEST

/* ------------------------------------------------------------------- listening */

typedef struct Heard {
    uint32_t begins, states, steps, stops, issues, printed;
} Heard;

static Status hear_begin(void *context, Machine *m, const Word *state, const Issue *issues, uint32_t issue_count)
{
    (void)m, (void)state, (void)issues;
    Heard *heard = context;
    *heard = (Heard){.begins = heard->begins + 1, .issues = issue_count};
    return STATUS_OK;
}

static Status hear_state(void *context, Machine *m, const ReplayState *told)
{
    (void)m;
    Heard *heard = context;
    ck_assert_uint_eq(told->step, heard->steps);
    heard->states++;
    return STATUS_OK;
}

static Status hear_step(void *context, Machine *m, const ReplayEvent *event)
{
    (void)m;
    Heard *heard = context;
    ck_assert_uint_eq(event->step, heard->steps);
    ck_assert_uint_ge(event->choices, event->choice);
    heard->steps++;
    heard->stops += event->stops;
    heard->issues += event->issue_count;
    heard->printed += event->log->printed != NULL;
    return STATUS_OK;
}

static Heard hear(const char *text)
{
    Schedule schedule;
    char *message;
    Heard heard = {0};
    ck_assert_int_eq(schedule_parse(scenario->program, text, &schedule, &message), STATUS_OK);
    const ReplayListener listener = {&heard, hear_begin, hear_state, hear_step};
    Refusal refusal;
    ck_assert_int_eq(replay_walk(machine, &schedule, &listener, &refusal), STATUS_OK);
    schedule_free(&schedule);
    return heard;
}

START_TEST(a_walk_tells_everything)
{
    load("shared x = 5\nthread A {\n print \"x\"\n assert x == 1\n}\nthread B { skip }\n");
    Heard heard = hear("A B A");
    ck_assert_uint_ge(heard.begins, 1);
    ck_assert_uint_eq(heard.states, 4);
    ck_assert_uint_eq(heard.steps, 3);
    ck_assert_uint_eq(heard.stops, 1);
    ck_assert_uint_eq(heard.issues, 1);
    ck_assert_uint_eq(heard.printed, 1);
    done();
}
END_TEST

START_TEST(a_walk_starts_over_when_a_value_does_not_fit)
{
    load("shared x\nthread A {\n local t = 1\n repeat 40 {\n  t = t * 3\n  x = t\n }\n}\n");
    Heard heard = hear("A*39");
    ck_assert_uint_gt(heard.begins, 1);
    ck_assert_uint_eq(heard.steps, 39);
    ck_assert_uint_eq(heard.states, 40);
    done();
}
END_TEST

/* -------------------------------------------------------------------- checking */

static void check(const char *text, FindingKind kind, ObjectId object, uint32_t line, bool is_cycle, bool wanted)
{
    Schedule schedule;
    char *message;
    const char *reason;
    bool shown;
    ck_assert_int_eq(schedule_parse(scenario->program, text, &schedule, &message), STATUS_OK);
    ScheduleStep *steps = mem_alloc(schedule.count, sizeof *steps);
    for (uint32_t i = 0; i < schedule.count; i++)
        steps[i] = (ScheduleStep){schedule_thread(scenario->program, &schedule.steps[i]), schedule.steps[i].choice, 0};
    const ThreadId threads[2] = {0, 1};
    const TraceSubject subject = {.kind = kind,
                                  .objects = &object,
                                  .object_count = object != NO_ID,
                                  .lines = &line,
                                  .line_count = line != 0,
                                  .threads = threads,
                                  .thread_count = kind == FINDING_DEADLOCK ? 2 : 0,
                                  .is_cycle = is_cycle,
                                  .loop_start = 0};
    ck_assert_int_eq(trace_check(machine, scenario->program, steps, schedule.count, &subject, &shown, &reason),
                     STATUS_OK);
    ck_assert_msg(shown == wanted, "%s: %s", text, reason == NULL ? "shown" : reason);
    ck_assert((reason == NULL) == shown);
    mem_free(steps);
    schedule_free(&schedule);
}

START_TEST(checks_of_updates_and_races)
{
    load("shared x\nthread A, B {\n local t = x\n x = t + 1\n}\nfinally x == 2\n");
    check("A B B A", FINDING_LOST_UPDATE, 0, 4, false, true);
    check("A B B", FINDING_LOST_UPDATE, 0, 4, false, false);
    check("A A B B", FINDING_LOST_UPDATE, 0, 4, false, false);
    check("A B B A", FINDING_LOST_UPDATE, 0, 3, false, false);
    check("A B B A", FINDING_FINAL, NO_ID, 0, false, true);
    check("A A B B", FINDING_FINAL, NO_ID, 0, false, false);
    check("A B A", FINDING_DATA_RACE, 0, 0, false, true); /* B's read, A's write */
    check("A A B", FINDING_DATA_RACE, 0, 0, false, true);
    check("A B", FINDING_DATA_RACE, 0, 0, false, false); /* two reads */
    check("A", FINDING_DATA_RACE, 0, 0, false, false);
    check("", FINDING_DATA_RACE, 0, 0, false, false);
    check("A A A", FINDING_DATA_RACE, 0, 0, false, false); /* not possible */
    check("A A B B", FINDING_NOT_SERIALIZABLE, NO_ID, 0, false, true);
    done();
}
END_TEST

START_TEST(checks_of_races_behind_locks)
{
    load("shared x\nmutex m\natomic y\nthread A, B {\n lock m\n x = 1\n unlock m\n y = 1\n}\nthread C {\n atomic { x = "
         "2 }\n}\nthread D {\n atomic { x = 3 }\n}\n");
    check("A A A B B", FINDING_DATA_RACE, 0, 0, false, false); /* the last steps are a lock and a write */
    check("A A", FINDING_DATA_RACE, 0, 0, false, false);
    check("A A C", FINDING_DATA_RACE, 0, 0, false, true);
    check("C D", FINDING_DATA_RACE, 0, 0, false, false);             /* both are atomic */
    check("A A A A B B B B", FINDING_DATA_RACE, 1, 0, false, false); /* y is an atomic variable */
    done();
}
END_TEST

START_TEST(checks_of_deadlocks)
{
    load("mutex a, b\nthread A {\n lock a\n lock b\n}\nthread B {\n lock b\n lock a\n}\nthread C { skip }\n");
    check("A B", FINDING_DEADLOCK, NO_ID, 0, true, true);
    check("A B", FINDING_DEADLOCK, NO_ID, 0, false, false); /* C can still step */
    check("A B C", FINDING_DEADLOCK, NO_ID, 0, false, true);
    check("A", FINDING_DEADLOCK, NO_ID, 0, true, false);
    check("A A B", FINDING_DEADLOCK, NO_ID, 0, true, false); /* not possible */
    done();
}
END_TEST

START_TEST(checks_of_the_rest)
{
    load("shared x\nmutex m\nalways x < 2\nthread A {\n unlock m\n}\nthread B {\n local t = 1 / x\n}\nthread C {\n "
         "assert x == 1, \"no\"\n}\nthread D { x = 2 }\n");
    check("A", FINDING_MISUSE, 1, 5, false, true);
    check("A", FINDING_MISUSE, 1, 6, false, false);
    check("A", FINDING_MISUSE, 0, 5, false, false);
    check("B", FINDING_RUNTIME_ERROR, NO_ID, 8, false, true);
    check("C", FINDING_ASSERTION, NO_ID, 11, false, true);
    check("C", FINDING_RUNTIME_ERROR, NO_ID, 11, false, false);
    check("D", FINDING_INVARIANT, NO_ID, 3, false, true);
    done();
    load("thread A {\n assert 1 == 2\n skip\n}\n");
    check("", FINDING_ASSERTION, NO_ID, 2, false, true);
    done();
    load("thread A {\n loop {\n  skip\n  skip\n }\n}\n");
    check("A A", FINDING_LIVELOCK, NO_ID, 0, false, true);
    check("A", FINDING_LIVELOCK, NO_ID, 0, false, false);
    check("", FINDING_LIVELOCK, NO_ID, 0, false, false);
    done();
}
END_TEST

/* ---------------------------------------------------------------------- memory */

START_TEST(memory_that_ends_is_survived)
{
    load("shared x\nfn f(n) { x = n * 1000 }\nthread A {\n for i in 0..3 { spawn f(i) }\n}\n");
    machine_free(machine);
    machine = NULL;
    Status status = STATUS_NO_MEMORY;
    for (uint64_t n = 1; status == STATUS_NO_MEMORY; n++) {
        size_t before = mem_live_blocks();
        const MachineOptions options = {.keep_locals = true};
        const ReplayPlan plan = {.policy = REPLAY_ROUND_ROBIN};
        Recording recording = {0};
        Machine *fresh = NULL;
        ck_assert_int_eq(machine_new(scenario->program, &options, &fresh), STATUS_OK);
        mem_fail_at(n);
        status = replay_record(fresh, &plan, &recording);
        mem_fail_at(0);
        schedule_free(&recording.done);
        machine_free(fresh);
        ck_assert_uint_eq(mem_live_blocks(), before);
    }
    ck_assert_int_eq(status, STATUS_OK);
    done();

    load("shared x\nthread A, B {\n local t = x\n x = t + 1\n}\n");
    const ScheduleStep steps[] = {{0, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}};
    ObjectId object = 0;
    const ThreadId threads[2] = {0, 1};
    const TraceSubject subject = {
        .kind = FINDING_LOST_UPDATE, .objects = &object, .object_count = 1, .threads = threads, .thread_count = 2};
    size_t before = mem_live_blocks();
    status = STATUS_NO_MEMORY;
    for (uint64_t n = 1; status == STATUS_NO_MEMORY; n++) {
        bool shown;
        mem_fail_at(n);
        status = trace_check(machine, scenario->program, steps, 4, &subject, &shown, NULL);
        mem_fail_at(0);
        ck_assert(shown == (status == STATUS_OK));
        ck_assert_uint_eq(mem_live_blocks(), before);
    }
    status = STATUS_NO_MEMORY;
    for (uint64_t n = 1; status == STATUS_NO_MEMORY; n++) {
        SnTrace *trace;
        mem_fail_at(n);
        status = trace_build(NULL, machine, scenario->program, steps, 4, &subject, &trace, NULL);
        mem_fail_at(0);
        ck_assert((trace != NULL) == (status == STATUS_OK));
        trace_free(trace);
        ck_assert_uint_eq(mem_live_blocks(), before);
    }
    done();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("replay");
    TCase *tcase = tcase_create("replay");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, policies);
    tcase_add_test(tcase, policies_pass_over_the_blocked);
    tcase_add_test(tcase, a_policy_notices_that_it_goes_round);
    tcase_add_test(tcase, random_runs);
    tcase_add_test(tcase, random_numbers);
    tcase_add_test(tcase, refusals);
    tcase_add_test(tcase, a_walk_tells_everything);
    tcase_add_test(tcase, a_walk_starts_over_when_a_value_does_not_fit);
    tcase_add_test(tcase, checks_of_updates_and_races);
    tcase_add_test(tcase, checks_of_races_behind_locks);
    tcase_add_test(tcase, checks_of_deadlocks);
    tcase_add_test(tcase, checks_of_the_rest);
    tcase_add_test(tcase, memory_that_ends_is_survived);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
