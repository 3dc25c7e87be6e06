/* The wait graph on its own: a machine of the test's making tells who waits for whom. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "detect/deadlock.h"

enum { MAX = 12 };

/* ------------------------------------------------------------- the mock machine */

struct Machine {
    Program program;
    StateEnd end;
    bool has_ended[MAX];
    WaitInfo waits[MAX];
};

static Instr code[] = {{.op = OP_END}, {.op = OP_LOCK, .flags = INSTR_STEP, .point = 1}};
static Point points[] = {{0}, {.instr = 1}};
static ThreadCode threads[MAX];
static Machine mock;
static DeadlockDetector *detector;
static const BlockedSet *sets;
static uint32_t set_count;

const Program *machine_program(const Machine *machine)
{
    return &machine->program;
}

StateEnd machine_end(const Machine *machine, const Word *state)
{
    (void)state;
    return machine->end;
}

ThreadId machine_controller(const Machine *machine, const Word *state, uint32_t domain)
{
    (void)machine, (void)state, (void)domain;
    return NO_ID;
}

bool machine_is_cancelled(const Machine *machine, const Word *state, ThreadId thread)
{
    (void)machine, (void)state, (void)thread;
    return false;
}

uint32_t machine_point(const Machine *machine, const Word *state, ThreadId thread)
{
    (void)state;
    return machine->has_ended[thread] ? 0 : 1;
}

void machine_wait(const Machine *machine, const Word *state, ThreadId thread, bool enabled, WaitInfo *info)
{
    (void)state;
    (void)enabled;
    *info = machine->waits[thread];
    info->controller = NO_ID;
}

void machine_wait_control(const Machine *machine, const Word *state, ThreadId thread, const bool *is_enabled, WaitInfo *info)
{
    (void)machine;
    (void)state;
    (void)thread;
    (void)is_enabled;
    (void)info;
}

static void begin(uint32_t thread_count)
{
    if (detector != NULL)
        deadlock_restart(detector);
    memset(&mock, 0, sizeof mock);
    memset(threads, 0, sizeof threads);
    mock.program.code = code;
    mock.program.code_count = 2;
    mock.program.threads = threads;
    mock.program.thread_count = thread_count;
    mock.end = STATE_DEADLOCK;
    for (uint32_t t = 0; t < thread_count; t++) {
        threads[t].points = points;
        threads[t].point_count = 1;
        mock.waits[t] = (WaitInfo){.kind = WAIT_OTHER, .object = NO_ID, .line = 10 + t};
    }
}

static void waits_for(ThreadId thread, ObjectId object, ThreadId holder)
{
    WaitInfo *wait = &mock.waits[thread];
    wait->kind = object == NO_ID ? WAIT_JOIN : WAIT_OWNED;
    wait->object = object;
    wait->holders[wait->holder_count++] = holder;
}

static void scan(const ThreadId *stepping, uint32_t count)
{
    if (detector == NULL)
        detector = deadlock_new(NULL);
    Word state = 0;
    ck_assert_int_eq(deadlock_scan(detector, &mock, &state, stepping, count, &sets, &set_count), STATUS_OK);
}

static void finish(void)
{
    deadlock_free(detector);
    detector = NULL;
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

/* ------------------------------------------------------------------------ tests */

START_TEST(a_cycle_of_two_while_a_third_can_step)
{
    begin(3);
    waits_for(0, 7, 2);
    waits_for(2, 8, 0);
    const ThreadId stepping[] = {1};
    scan(stepping, 1);
    ck_assert_uint_eq(set_count, 1);
    ck_assert_uint_eq(sets[0].count, 2);
    ck_assert_uint_eq(sets[0].threads[0], 0);
    ck_assert_uint_eq(sets[0].threads[1], 2);
    ck_assert_uint_eq(sets[0].waits[1].line, 12);
    ck_assert(sets[0].is_cycle);
    finish();
}
END_TEST

START_TEST(waiting_for_one_who_can_step_is_no_deadlock)
{
    begin(3);
    waits_for(0, 7, 1);
    waits_for(2, 8, 0);
    const ThreadId stepping[] = {1};
    scan(stepping, 1);
    ck_assert_uint_eq(set_count, 0);
    finish();
}
END_TEST

START_TEST(only_threads_on_the_cycle_belong_to_it)
{
    begin(5);
    waits_for(0, 1, 1); /* 0 waits for the cycle, but is not on it */
    waits_for(1, 2, 2);
    waits_for(2, 3, 1);
    waits_for(3, 4, 3); /* a cycle of one */
    const ThreadId stepping[] = {4};
    scan(stepping, 1);
    ck_assert_uint_eq(set_count, 2);
    ck_assert_uint_eq(sets[0].count, 2);
    ck_assert_uint_eq(sets[0].threads[0], 1);
    ck_assert_uint_eq(sets[1].count, 1);
    ck_assert_uint_eq(sets[1].threads[0], 3);
    finish();
}
END_TEST

START_TEST(daemons_count_in_a_cycle)
{
    begin(4);
    threads[0].is_daemon = threads[1].is_daemon = true;
    waits_for(0, 1, 1);
    waits_for(1, 2, 0);
    const ThreadId stepping[] = {3};
    scan(stepping, 1);
    ck_assert_uint_eq(set_count, 1);
    ck_assert_uint_eq(sets[0].count, 2);
    finish();
}
END_TEST

START_TEST(at_the_end_everybody_who_is_no_daemon)
{
    begin(5);
    threads[1].is_daemon = threads[3].is_daemon = threads[4].is_daemon = true;
    waits_for(0, 1, 1); /* daemon 1 holds what 0 wants, and waits itself for what 3 holds */
    waits_for(1, 2, 3);
    scan(NULL, 0);
    ck_assert_uint_eq(set_count, 1);
    ck_assert(!sets[0].is_cycle);
    ck_assert_uint_eq(sets[0].count, 2);
    ck_assert_uint_eq(sets[0].threads[0], 0);
    ck_assert_uint_eq(sets[0].threads[1], 2);
    mock.has_ended[2] = true;
    scan(NULL, 0);
    ck_assert_uint_eq(sets[0].count, 1);
    mock.end = STATE_STOPPED;
    scan(NULL, 0);
    ck_assert_uint_eq(set_count, 0);
    finish();
}
END_TEST

START_TEST(random_graphs_agree_with_reachability)
{
    srand(1);
    for (int round = 0; round < 20000; round++) {
        uint32_t n = 2 + (uint32_t)(rand() % (MAX - 2));
        begin(n);
        bool reach[MAX][MAX] = {{false}};
        ThreadId stepping[MAX];
        uint32_t stepping_count = 0;
        bool is_stepping[MAX] = {false};
        for (uint32_t t = 0; t < n; t++)
            if (rand() % 4 == 0 || (t == n - 1 && stepping_count == 0)) {
                is_stepping[t] = true;
                stepping[stepping_count++] = t;
            }
        for (uint32_t t = 0; t < n; t++) {
            uint32_t edges = (uint32_t)rand() % 3;
            for (uint32_t e = 0; e < edges; e++) {
                ThreadId holder = (ThreadId)rand() % n;
                waits_for(t, t, holder);
                if (!is_stepping[t] && !is_stepping[holder])
                    reach[t][holder] = true;
            }
        }
        for (uint32_t k = 0; k < n; k++)
            for (uint32_t i = 0; i < n; i++)
                for (uint32_t j = 0; j < n; j++)
                    reach[i][j] = reach[i][j] || (reach[i][k] && reach[k][j]);
        scan(stepping, stepping_count);
        uint32_t listed[MAX], listed_count = 0;
        memset(listed, 0xff, sizeof listed);
        for (uint32_t s = 0; s < set_count; s++)
            for (uint32_t i = 0; i < sets[s].count; i++) {
                ck_assert_uint_eq(listed[sets[s].threads[i]], UINT32_MAX);
                listed[sets[s].threads[i]] = s;
                listed_count++;
            }
        for (uint32_t t = 0; t < n; t++) {
            ck_assert_int_eq(listed[t] != UINT32_MAX, reach[t][t]);
            for (uint32_t u = 0; u < n && reach[t][t]; u++)
                if (reach[u][u])
                    ck_assert_int_eq(listed[t] == listed[u], reach[t][u] && reach[u][t]);
        }
    }
    finish();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deadlock");
    TCase *tests = tcase_create("deadlock");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_cycle_of_two_while_a_third_can_step);
    tcase_add_test(tests, waiting_for_one_who_can_step_is_no_deadlock);
    tcase_add_test(tests, only_threads_on_the_cycle_belong_to_it);
    tcase_add_test(tests, daemons_count_in_a_cycle);
    tcase_add_test(tests, at_the_end_everybody_who_is_no_daemon);
    tcase_add_test(tests, random_graphs_agree_with_reachability);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
