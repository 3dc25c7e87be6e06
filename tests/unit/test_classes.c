/* test_classes.c: published numbers of classes, small cases by hand, and the judge that walks every path. */
#include "explore/classes.h"

#include <check.h>
#include <string.h>

#include "api/scenario.h"
#include "base/memory.h"
#include "classes_judge.h"
#include "explore/happens.h"
#include "require.h"

typedef struct Ends {
    uint64_t deadlocks, stops;
} Ends;

static Status count_end(void *context, const ClassRun *run)
{
    Ends *ends = context;
    StateEnd end = machine_end(run->machine, run->states + (size_t)run->count * machine_words(run->machine));
    ends->deadlocks += end == STATE_DEADLOCK;
    ends->stops += end == STATE_STOPPED;
    return STATUS_OK;
}

static void forget_ends(void *context)
{
    *(Ends *)context = (Ends){0};
}

static SnScenario *load(const char *text, const SnDefine *defines, size_t count)
{
    SnScenario *scenario = NULL;
    char *message = NULL;
    const SnLoadOptions options = {.defines = defines, .define_count = count};
    if (sn_load("classes", text, strlen(text), &options, &scenario, &message) != SN_OK)
        ck_abort_msg("%s", message);
    sn_string_free(message);
    return scenario;
}

/* Explores with N = n and K = k (both must be constants of the scenario). */
static ClassesResult explore(const char *text, int64_t n, int64_t k, Ends *ends)
{
    const SnDefine defines[] = {{"N", n}, {"K", k}};
    SnScenario *scenario = load(text, defines, 2);
    Machine *machine = NULL;
    const MachineOptions machine_options = {0};
    ClassesResult result;
    *ends = (Ends){0};
    REQUIRE(machine_new(scenario->program, &machine_options, &machine) == STATUS_OK);
    const ClassesOptions options = {.visit = count_end, .restart = forget_ends, .context = ends};
    REQUIRE(classes_run(machine, &options, &result) == STATUS_OK);
    REQUIRE(result.faults == 0);
    REQUIRE(result.is_complete);
    machine_free(machine);
    sn_scenario_free(scenario);
    return result;
}

static void expect_classes(const char *text, int64_t n, int64_t k, uint64_t classes, uint64_t deadlocks)
{
    Ends ends;
    ClassesResult result = explore(text, n, k, &ends);
    if (result.classes != classes || ends.deadlocks != deadlocks)
        ck_abort_msg("N=%d K=%d: %llu classes and %llu deadlocks, not %llu and %llu in\n%s", (int)n, (int)k,
                     (unsigned long long)result.classes, (unsigned long long)ends.deadlocks,
                     (unsigned long long)classes, (unsigned long long)deadlocks, text);
}

static uint64_t power(uint64_t base, uint64_t exponent)
{
    return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

static uint64_t factorial(uint64_t n)
{
    return n < 2 ? 1 : n * factorial(n - 1);
}

#define WORKERS "const N = 2, K = 1\n"

START_TEST(test_lost_update)
{
    static const char text[] = WORKERS "shared c\nthread w[N] { repeat K { local t = c; c = t + 1 } }\n";
    static const uint64_t two[] = {4, 34, 328, 3334, 34904};
    for (int64_t n = 2; n <= 5; n++)
        expect_classes(text, n, 1, factorial((uint64_t)n) * factorial((uint64_t)n), 0);
    for (int64_t k = 1; k <= 5; k++)
        expect_classes(text, 2, k, two[k - 1], 0);
    expect_classes(text, 3, 2, 7134, 0);
}
END_TEST

START_TEST(test_locked)
{
    static const char locked[] =
        WORKERS "shared c\nmutex m\nthread w[N] { repeat K { lock m; local t = c; c = t + 1; unlock m } }\n";
    static const char block[] = WORKERS "shared c\nthread w[N] { repeat K { atomic { c = c + 1 } } }\n";
    static const char added[] = WORKERS "shared c\nthread w[N] { repeat K { fetch_add(c, 1) } }\n";
    for (int64_t n = 2; n <= 4; n++)
        for (int64_t k = 1; n * k <= 8; k++) {
            uint64_t classes = factorial((uint64_t)(n * k)) / power(factorial((uint64_t)k), (uint64_t)n);
            expect_classes(locked, n, k, classes, 0);
            expect_classes(block, n, k, classes, 0);
            expect_classes(added, n, k, classes, 0);
        }
}
END_TEST

START_TEST(test_readers)
{
    static const char text[] =
        WORKERS "shared x\nthread writer { for i in 0..K { x = i } }\nthread reader[N] { local t = x }\n";
    for (int64_t n = 1; n <= 5; n++)
        for (int64_t w = 1; w <= 3; w++)
            expect_classes(text, n, w, power((uint64_t)w + 1, (uint64_t)n), 0);
}
END_TEST

START_TEST(test_last_zero)
{
    static const char text[] = WORKERS "shared a[N + 1]\n"
                                       "thread writer[N] { local left = a[self]; a[self + 1] = left + 1 }\n"
                                       "thread reader { local i = N; while (a[i] != 0) { i-- } }\n";
    for (int64_t n = 3; n <= 10; n++)
        expect_classes(text, n, 1, ((uint64_t)n + 3) << (n - 2), 0);
}
END_TEST

START_TEST(test_indexer)
{
    static const char text[] =
        WORKERS "atomic table[128]\n"
                "thread worker[N] { for k in 1..=4 { local v = k * 11 + self; local h = v * 7 % 128\n"
                "  while (!cas(table[h], 0, v)) { h = (h + 1) % 128 } } }\n";
    for (int64_t n = 11; n <= 13; n++)
        expect_classes(text, n, 1, power(8, (uint64_t)n - 11), 0);
}
END_TEST

START_TEST(test_file_system)
{
    static const char text[] = WORKERS "shared inode[32], busy[26]\nmutex locki[32], lockb[26]\n"
                                       "thread worker[N] { local i = self % 32; lock locki[i]\n"
                                       "  if (inode[i] == 0) { local b = i * 2 % 26\n"
                                       "    loop { lock lockb[b]\n"
                                       "      if (!busy[b]) { busy[b] = 1; inode[i] = b + 1; unlock lockb[b]; break }\n"
                                       "      unlock lockb[b]; b = (b + 1) % 26 } }\n"
                                       "  unlock locki[i] }\n";
    for (int64_t n = 12; n <= 20; n++)
        expect_classes(text, n, 1, n < 13 ? 1 : power(2, (uint64_t)n - 13), 0);
}
END_TEST

START_TEST(test_philosophers)
{
    static const char left[] =
        WORKERS "mutex fork[N]\nthread p[N] { repeat K {\n"
                "lock fork[self]; lock fork[(self + 1) % N]; unlock fork[(self + 1) % N]; unlock fork[self] } }\n";
    static const char ordered[] = WORKERS
        "mutex fork[N]\nthread p[N] { repeat K { local a = min(self, (self + 1) % N), b = max(self, (self + 1) % N)\n"
        "lock fork[a]; lock fork[b]; unlock fork[b]; unlock fork[a] } }\n";
    static const uint64_t twice[] = {11, 106, 831}, stuck[] = {5, 16, 45};
    for (int64_t n = 2; n <= 8; n++)
        expect_classes(left, n, 1, (UINT64_C(1) << n) - 1, 1);
    for (int64_t n = 3; n <= 8; n++)
        expect_classes(ordered, n, 1, (UINT64_C(1) << n) - 2, 0);
    for (int64_t n = 2; n <= 4; n++)
        expect_classes(left, n, 2, twice[n - 2], stuck[n - 2]);
}
END_TEST

START_TEST(test_small)
{
    expect_classes(WORKERS "mutex a, b\nthread A { lock a; lock b; unlock b; unlock a }\nthread B { lock b; lock a; "
                           "unlock a; unlock b }\n",
                   2, 1, 3, 1);
    expect_classes(WORKERS "mutex g, a, b\nthread A { lock g; lock a; lock b; unlock b; unlock a; unlock g }\n"
                           "thread B { lock g; lock b; lock a; unlock a; unlock b; unlock g }\n",
                   2, 1, 2, 0);
    expect_classes(
        WORKERS
        "mutex m\ncondition c\nthread W { lock m; wait c with m; unlock m }\nthread S { lock m; signal c; unlock m }\n",
        2, 1, 2, 1);
    expect_classes(WORKERS "shared x\nmutex m\ncondition c\nthread W { if (!x) { lock m; wait c with m; unlock m } }\n"
                           "thread S { x = 1; lock m; signal c; unlock m }\n",
                   2, 1, 3, 1);
    expect_classes(WORKERS "mutex m[N]\nshared x[N]\nthread w[N] { lock m[self]; x[self]++; unlock m[self] }\n", 6, 1,
                   1, 0);
    /* one producer, one consumer: the queue orders what must be ordered, and nothing else is */
    expect_classes(WORKERS "queue q[K]\nthread P { for i in 0..4 { put q, i } }\nthread C { repeat 4 { get q } }\n", 2,
                   2, 1, 0);
    /* two producers: which of them is first, each time */
    expect_classes(WORKERS "queue q[4]\nthread P[N] { put q, self; put q, self }\n", 2, 1, 6, 0);
    /* who gets the last permit */
    expect_classes(WORKERS "semaphore s = 1\nthread T[N] { acquire s; release s }\n", 3, 1, 6, 0);
    expect_classes(WORKERS "semaphore s = 1\nthread T[N] { acquire s }\n", 3, 1, 3, 3);
    /* releases commute */
    expect_classes(WORKERS "semaphore s = 0\nthread T[N] { release s }\n", 4, 1, 1, 0);
    /* every value, and no order of what is local */
    expect_classes(WORKERS "shared x[N]\nthread T[N] { local t = choose(0..3); x[self] = t }\n", 2, 1, 9, 0);
    /* a waiter that others may hold off: it goes first, or last */
    expect_classes(WORKERS
                   "shared x, y\nthread A { x = 1 }\nthread B { y = 1 }\nthread C { await (x == 0 && y == 0) }\n",
                   2, 1, 2, 1);
}
END_TEST

/* Runs of more events than there are rows for (HAPPENS_LONG). */
START_TEST(test_long)
{
    static const char text[] = WORKERS "atomic a[N]\nshared x\nthread T[N] { repeat 2300 { fetch_add(a[self], 1) }; x = self }\n";
    Ends ends;
    ClassesResult result = explore(text, 2, 1, &ends);
    REQUIRE(result.classes == 2 && result.max_depth > HAPPENS_LONG && ends.deadlocks == 0);
}
END_TEST

START_TEST(test_cut)
{
    SnScenario *scenario = load("shared x\nthread A { while (x == 0) { } }\nthread B { x = 1 }\n", NULL, 0);
    Machine *machine = NULL;
    const MachineOptions machine_options = {0};
    const ClassesOptions options = {.max_steps = 1000};
    ClassesResult result;
    REQUIRE(machine_new(scenario->program, &machine_options, &machine) == STATUS_OK);
    REQUIRE(classes_run(machine, &options, &result) == STATUS_OK);
    REQUIRE(!result.is_complete && result.limit == CLASSES_ENDLESS && result.faults == 0);
    machine_free(machine);
    sn_scenario_free(scenario);
}
END_TEST

static const char *const judged[] = {
    "shared x, y\nthread A { x = 1; local t = y }\nthread B { y = 1; local t = x }\nthread C { x = 2; y = 2 }\n",
    "shared x\nthread A { x = 1; assert x == 1 }\nthread B { x = 2 }\nthread C { x = 1 }\n",
    "shared x, y\nalways x >= y\nthread A { x = 1; y = 1 }\nthread B { y = 0; x = 0 }\n",
    "shared x\nthread A { local t = x; assume t == 0; x = 1 }\nthread B { x = 2 }\n",
    "rwlock l\nthread A { rdlock l; unlock l }\nthread B { rdlock l; unlock l }\nthread C { wrlock l; unlock l }\n",
    "rwlock l writers first\nthread A { rdlock l; unlock l }\nthread B { rdlock l; unlock l }\nthread C { wrlock l; "
    "unlock l }\n",
    "mutex m\ncondition c\nshared ready\nthread W[2] { lock m; while (!ready) { wait c with m }; unlock m }\n"
    "thread S { lock m; ready = 1; signal c; signal c; unlock m }\n",
    "queue q[1]\nthread A { put q, 1 }\nthread B { put q, 2 }\nthread C { local a = get q; local b = get q; assert a < "
    "b }\n",
    "queue q[0], r[0]\nthread A { put q, 1 }\nthread B { put r, 2 }\nthread C { select { when get q { } when get r { } "
    "else { skip } } }\n",
    "queue q[2]\nthread A { put q, 1; close q }\nthread B { local x, ok = get q; x, ok = get q }\nthread C { if (try "
    "get q) { skip } }\n",
    "barrier b = 2\nshared x\nthread T[3] { x = self; wait b }\n",
    "event e\nthread A { set e; clear e }\nthread B { wait e }\nthread C { wait e }\n",
    "waitgroup g = 2\nthread A { done g }\nthread B { done g }\nthread C { wait g; done g }\n",
    "once o\nshared x\nthread T[3] { do o { x = x + 1 } }\n",
    "shared x\nfn f(a) { x = a }\nthread A { local h = spawn f(1); join h }\nthread B { local h = spawn f(2); join h; "
    "print x }\n",
    "mutex m\nthread A { lock m; unlock m; destroy m }\nthread B { if (try lock m) { unlock m } }\n",
    "shared x, y\nthread A { x = 1; x = 0 }\nthread B { y = 1; y = 0 }\nthread C { await (x == 0 && y == 1); print x "
    "}\n",
    "shared x, y\nthread A { atomic when (x == y) { x = x + 1 } }\nthread B { atomic when (x == y) { y = y + 1 } "
    "}\nthread C { x = 0 }\n",
    "recursive mutex m\nthread T[2] { lock m; lock m; unlock m; unlock m }\n",
    "semaphore s = 0 max 1\nthread A { release s }\nthread B { release s }\nthread C { acquire s }\n",
};

START_TEST(test_judged)
{
    for (uint32_t spurious = 0; spurious < 2; spurious++)
        for (uint32_t statement = 0; statement < 2; statement++) {
            SnScenario *scenario = NULL;
            char *message = NULL;
            const SnLoadOptions options = {.spurious = spurious != 0, .statement_granularity = statement != 0};
            const char *text = judged[_i];
            if (sn_load("judged", text, strlen(text), &options, &scenario, &message) != SN_OK)
                ck_abort_msg("%s", message);
            sn_string_free(message);
            Machine *machine = NULL;
            const MachineOptions machine_options = {0};
            char difference[256];
            uint64_t classes;
            REQUIRE(machine_new(scenario->program, &machine_options, &machine) == STATUS_OK);
            if (!judge_compare(machine, 200000, difference, sizeof difference, &classes))
                ck_abort_msg("%s in\n%s", difference, text);
            machine_free(machine);
            sn_scenario_free(scenario);
        }
}
END_TEST

static void check_memory(void)
{
    REQUIRE(mem_live_blocks() == 0);
}

int main(void)
{
    Suite *suite = suite_create("classes");
    TCase *known = tcase_create("known");
    tcase_set_timeout(known, 120);
    tcase_add_checked_fixture(known, NULL, check_memory);
    tcase_add_test(known, test_lost_update);
    tcase_add_test(known, test_locked);
    tcase_add_test(known, test_readers);
    tcase_add_test(known, test_last_zero);
    tcase_add_test(known, test_indexer);
    tcase_add_test(known, test_file_system);
    tcase_add_test(known, test_philosophers);
    tcase_add_test(known, test_small);
    tcase_add_test(known, test_long);
    tcase_add_test(known, test_cut);
    suite_add_tcase(suite, known);
    TCase *cases = tcase_create("judged");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, NULL, check_memory);
    tcase_add_loop_test(cases, test_judged, 0, (int)(sizeof judged / sizeof *judged));
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
