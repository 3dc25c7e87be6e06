/* test_happens.c: rows of events against what pairs of events say, one by one, on random walks that are cut back again and again; masked
 * states against whole ones. */
#include "explore/happens.h"

#include <check.h>
#include <string.h>

#include "api/scenario.h"
#include "base/memory.h"
#include "base/rng.h"
#include "machine/step_bits.h"
#include "require.h"

enum { MOST = 200, WORDS = 64 };

typedef struct Walk {
    SnScenario *scenario;
    Machine *machine;
    Dependence *dependence;
    Happens happens;
    uint32_t count;
    Word states[MOST + 1][WORDS];
    uint64_t counts[MOST + 1][WORDS];
    ThreadId threads[MOST];
    FootprintId footprints[MOST];
    bool before[MOST][MOST]; /* [at][k]: event k comes before it */
} Walk;

static Walk walk;

static const char scenario_text[] = "shared x, y, a[4]\nmutex m, n\nsemaphore s = 1\nqueue q[2]\nalways x >= 0\n"
                                    "thread A { repeat 9 { lock m; x = x + 1; unlock m; put q, 1 } }\n"
                                    "thread B { repeat 9 { lock n; y = x; a[y % 4] = 1; unlock n } }\n"
                                    "thread C { repeat 9 { acquire s; lock n; unlock n; release s; get q } }\n"
                                    "thread D[2] { repeat 9 { local i = a[self]; a[(i + self) % 4] = y; acquire s; release s } }\n";

/* Random walks until the machine knows the ranges of nearly all values; a step that needs another layout is left out later. */
static void learn(Expansion *expansion)
{
    Rng rng = rng_seed(99);
    for (uint32_t walks = 0; walks < 300; walks++) {
        Word state[WORDS];
        Status status = machine_start(walk.machine, state, expansion);
        for (expansion->count = 1; status == STATUS_OK && expansion->count > 0;) {
            status = machine_expand(walk.machine, state, expansion);
            if (status == STATUS_OK && expansion->count > 0)
                memcpy(state, expansion->states + rng_below(&rng, expansion->count) * machine_words(walk.machine),
                       machine_words(walk.machine) * sizeof *state);
        }
        if (status == STATUS_RELAYOUT) {
            REQUIRE(machine_relayout(walk.machine) == STATUS_OK);
            REQUIRE(machine_words(walk.machine) <= WORDS);
            walks = 0;
        }
    }
}

static void begin_walk(void)
{
    char *message = NULL;
    Expansion expansion = {0};
    memset(&walk, 0, sizeof walk);
    REQUIRE(sn_load("happens", scenario_text, strlen(scenario_text), NULL, &walk.scenario, &message) == SN_OK);
    sn_string_free(message);
    REQUIRE(machine_new(walk.scenario->program, &(MachineOptions){0}, &walk.machine) == STATUS_OK);
    learn(&expansion);
    REQUIRE(machine_words(walk.machine) <= WORDS);
    REQUIRE(machine_start(walk.machine, walk.states[0], &expansion) == STATUS_OK);
    walk.dependence = dependence_new(walk.machine);
    REQUIRE(walk.dependence != NULL);
    dependence_start(walk.dependence, walk.counts[0]);
    walk.happens = (Happens){.dependence = walk.dependence, .threads = machine_program(walk.machine)->thread_count};
    expansion_free(&expansion);
}

static void end_walk(void)
{
    happens_free(&walk.happens);
    dependence_free(walk.dependence);
    machine_free(walk.machine);
    sn_scenario_free(walk.scenario);
}

/* One more event, some thread's; false: there is none. */
static bool go_on(Rng *rng)
{
    uint32_t threads = walk.happens.threads, start = (uint32_t)rng_below(rng, threads), at = walk.count;
    for (uint32_t i = 0; i < threads; i++) {
        ThreadId t = (start + i) % threads;
        StepFacts facts;
        memcpy(walk.counts[at + 1], walk.counts[at], sizeof walk.counts[at]);
        Status status = dependence_step(walk.dependence, walk.states[at], t, 1, walk.states[at + 1],
                                        walk.counts[at + 1], &facts);
        REQUIRE(status == STATUS_OK || status == STATUS_RELAYOUT);
        if (status == STATUS_RELAYOUT || facts.choices == 0)
            continue;
        uint32_t races[MOST], race_count = 0, expected = 0;
        walk.threads[at] = t;
        walk.footprints[at] = facts.footprint;
        REQUIRE(happens_add(&walk.happens, t, facts.footprint, races, &race_count));
        memset(walk.before[at], 0, sizeof walk.before[at]);
        walk.before[at][at] = true;
        for (uint32_t k = at; k-- > 0;) {
            if (walk.before[at][k] || !dependence_conflict(walk.dependence, walk.footprints[k], facts.footprint))
                continue;
            REQUIRE(expected < race_count && races[expected++] == k);
            for (uint32_t j = 0; j <= k; j++)
                walk.before[at][j] |= walk.before[k][j];
        }
        REQUIRE(expected == race_count);
        walk.count++;
        return true;
    }
    return false;
}

static bool bit(const uint64_t *row, uint32_t event)
{
    return event < walk.happens.width * 64 && happens_has(row, event);
}

static void compare(Rng *rng)
{
    Happens *h = &walk.happens;
    uint32_t at = (uint32_t)rng_below(rng, walk.count), words = happens_words(h);
    ThreadId thread = (ThreadId)rng_below(rng, h->threads);
    FootprintId footprint = (FootprintId)rng_below(rng, dependence_footprints(walk.dependence));
    const uint64_t *before = happens_before(h, at), *mine = happens_of_thread(h, thread);
    const uint64_t *conflicts = happens_conflicts(h, footprint);
    uint64_t rest[MOST / 64 + 1];
    memset(rest, 0xFF, sizeof rest);
    happens_drop_after(h, at, rest, 0, words);
    REQUIRE(conflicts != NULL && h->count == walk.count);
    for (uint32_t k = 0; k < words * 64; k++) {
        bool is_event = k < walk.count;
        REQUIRE(bit(before, k) == (k <= at && walk.before[at][k]));
        REQUIRE(bit(mine, k) == (is_event && walk.threads[k] == thread));
        REQUIRE(bit(conflicts, k) ==
                (is_event && dependence_conflict(walk.dependence, walk.footprints[k], footprint)));
        REQUIRE(happens_has(rest, k) == !(is_event && k >= at && walk.before[k][at]));
        if (is_event && k <= at)
            REQUIRE(happens_earlier(h, k, at) == walk.before[at][k]);
        if (is_event)
            REQUIRE(happens_conflict(h, walk.footprints[k], footprint) ==
                    dependence_conflict(walk.dependence, walk.footprints[k], footprint));
    }
}

START_TEST(test_rows)
{
    Rng rng = rng_seed((uint64_t)_i + 1);
    begin_walk();
    for (uint32_t round = 0; round < 60; round++) {
        uint32_t cut = walk.count == 0 ? 0 : (uint32_t)rng_below(&rng, walk.count + 1);
        happens_cut(&walk.happens, cut);
        walk.count = cut;
        for (uint64_t steps = rng_below(&rng, MOST); steps > 0 && walk.count < MOST && go_on(&rng); steps--)
            ;
        for (uint32_t k = 0; walk.count > 0 && k < 20; k++)
            compare(&rng);
    }
    end_walk();
}
END_TEST

/* A state that differs in no bit that a step depends on has the same step. */
START_TEST(test_step_bits)
{
    Rng rng = rng_seed(7);
    begin_walk();
    StepBits *bits = step_bits_new(walk.machine);
    uint32_t words = machine_words(walk.machine), compared = 0;
    Expansion scratch = {0};
    REQUIRE(bits != NULL);
    for (uint32_t round = 0; round < 40; round++) {
        happens_cut(&walk.happens, 0);
        walk.count = 0;
        while (walk.count < MOST && go_on(&rng))
            ;
        for (uint32_t k = 0; k < 200; k++) {
            const Word *one = walk.states[rng_below(&rng, walk.count + 1)], *other = walk.states[rng_below(&rng, walk.count + 1)];
            ThreadId t = (ThreadId)rng_below(&rng, walk.happens.threads);
            uint32_t point = machine_point(walk.machine, one, t), choices[2];
            REQUIRE(step_bits_point(bits, one, t) == point);
            if (point == 0 || machine_point(walk.machine, other, t) != point)
                continue;
            const StepParts *parts = step_bits_find(bits, one, t, point);
            REQUIRE(parts != NULL);
            Word mixed[WORDS], next[2][WORDS], difference = 0; /* of what the step changes */
            memcpy(mixed, other, words * sizeof *mixed); /* the bits of the one, all others of the other */
            for (uint32_t i = 0; i < parts->count; i++)
                mixed[parts->parts[i].word] = (mixed[parts->parts[i].word] & ~parts->parts[i].mask) |
                                              (one[parts->parts[i].word] & parts->parts[i].mask);
            StepInfo info;
            StepLog log = {0};
            Status first = machine_step(walk.machine, one, t, 1, next[0], &choices[0], &info, &scratch, &log);
            REQUIRE(machine_step(walk.machine, mixed, t, 1, next[1], &choices[1], &info, &scratch, &log) == first);
            step_log_free(&log);
            if (first == STATUS_RELAYOUT)
                continue;
            REQUIRE(first == STATUS_OK);
            REQUIRE(choices[0] == choices[1]);
            for (uint32_t w = 0; w < words && choices[0] > 0; w++)
                difference |= (next[0][w] ^ one[w]) ^ (next[1][w] ^ mixed[w]);
            REQUIRE(difference == 0);
            compared += choices[0];
        }
    }
    REQUIRE(compared > 100);
    expansion_free(&scratch);
    step_bits_free(bits);
    end_walk();
}
END_TEST

static void check_memory(void)
{
    REQUIRE(mem_live_blocks() == 0);
}

int main(void)
{
    Suite *suite = suite_create("happens");
    TCase *cases = tcase_create("happens");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, NULL, check_memory);
    tcase_add_loop_test(cases, test_rows, 0, 8);
    tcase_add_test(cases, test_step_bits);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
