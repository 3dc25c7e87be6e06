/* The machine: steps remembered against steps executed anew on every shipped scenario, layouts that grow, choices, and memory that ends. */
#define _XOPEN_SOURCE 700 /* nftw */

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/lang.h"
#include "machine/machine.h"

typedef struct Loaded {
    Arena arena;
    Source source;
    DiagList diagnostics;
    Program *program;
} Loaded;

static bool load(Loaded *loaded, const char *text, const LowerOptions *options)
{
    *loaded = (Loaded){.source = {.name = "test.snarl", .text = text, .length = strlen(text)}};
    Scenario *scenario;
    return lang_load(&loaded->arena, &loaded->source, NULL, 0, &loaded->diagnostics, &scenario) == STATUS_OK &&
           program_lower(&loaded->arena, scenario, options, &loaded->diagnostics, &loaded->program) == STATUS_OK;
}

static void unload(Loaded *loaded) { arena_free(&loaded->arena); }

enum { MOST_STATES = 3000, MOST_WORDS = 64 };

/* Expands the first states breadth-first and prints what every step led to into `out`. False: the layout changed, begin again. */
static Status explore(Machine *machine, Text *out)
{
    uint32_t words = machine_words(machine), count = 1;
    ck_assert_uint_le(words, MOST_WORDS);
    Word *states = mem_alloc((size_t)MOST_STATES * words, sizeof *states);
    ck_assert_ptr_nonnull(states);
    Expansion expansion = {0};
    out->length = 0;
    Status status = machine_start(machine, states, &expansion);
    for (uint32_t s = 0; s < count && status == STATUS_OK; s++) {
        status = machine_expand(machine, &states[(size_t)s * words], &expansion);
        if (status != STATUS_OK)
            break;
        for (uint32_t i = 0; i < expansion.count; i++) {
            const Word *next = &expansion.states[(size_t)i * words];
            const StepInfo *step = &expansion.steps[i];
            uint32_t id = 0;
            while (id < count && memcmp(&states[(size_t)id * words], next, words * sizeof *next) != 0)
                id++;
            if (id == count && count < MOST_STATES)
                memcpy(&states[(size_t)count++ * words], next, words * sizeof *next);
            text_format(out, "%u: %u:%u/%u -> %u%s%s\n", s, step->thread, step->choice, step->choices, id, step->stops ? " stops" : "",
                        step->progresses ? " progress" : "");
            for (uint32_t k = 0; k < step->issue_count; k++) {
                const Issue *issue = &expansion.issues[step->first_issue + k];
                text_format(out, "  issue %d %u %u %u %s\n", (int)issue->kind, issue->thread, issue->object, issue->line, issue->text ? issue->text : "");
            }
        }
    }
    expansion_free(&expansion);
    mem_free(states);
    return status;
}

static void explore_fully(const Program *program, bool skip_memo, bool keep_locals, Text *out)
{
    const MachineOptions options = {.skip_memo = skip_memo, .keep_locals = keep_locals};
    Machine *machine;
    ck_assert_int_eq(machine_new(program, &options, &machine), STATUS_OK);
    Status status;
    while ((status = explore(machine, out)) == STATUS_RELAYOUT)
        ck_assert_int_eq(machine_relayout(machine), STATUS_OK);
    ck_assert_int_eq(status, STATUS_OK);
    machine_free(machine);
}

static void compare(const char *name, const char *text)
{
    static const LowerOptions granularities[] = {{.statement_granularity = false}, {.statement_granularity = true}, {.spurious = true}};
    for (size_t g = 0; g < sizeof granularities / sizeof *granularities; g++) {
        Loaded loaded;
        ck_assert_msg(load(&loaded, text, &granularities[g]), "%s does not load", name);
        for (int keep = 0; keep < 2; keep++) {
            Text remembered = {0}, anew = {0};
            explore_fully(loaded.program, false, keep, &remembered);
            explore_fully(loaded.program, true, keep, &anew);
            ck_assert_uint_eq(remembered.length, anew.length);
            ck_assert_msg(remembered.length == 0 || memcmp(remembered.bytes, anew.bytes, anew.length) == 0, "%s: a remembered step differs", name);
            text_free(&remembered);
            text_free(&anew);
        }
        unload(&loaded);
    }
}

static int compared;

static int visit(const char *path, const struct stat *about, int type, struct FTW *place)
{
    (void)about;
    (void)place;
    size_t length = strlen(path);
    if (type != FTW_F || length < 6 || strcmp(path + length - 6, ".snarl") != 0 || compared++ % 3 != 0)
        return 0;
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    static char text[1 << 16];
    size_t count = fread(text, 1, sizeof text - 1, file);
    text[count] = '\0';
    ck_assert_int_eq(fclose(file), 0);
    compare(path, text);
    return 0;
}

START_TEST(remembered_steps_are_the_steps)
{
    compared = 0;
    ck_assert_int_eq(nftw(SNARL_SOURCE_DIR "/scenarios", visit, 16, FTW_PHYS), 0);
    ck_assert_int_gt(compared, 30);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* Values from one end of the integers to the other pass through a field that began with one bit. */
START_TEST(fields_grow_to_what_they_hold)
{
    Loaded loaded;
    ck_assert(load(&loaded, "shared x\nthread A { x = 1; x = -1; x = 1000; x = 9223372036854775807; x = -9223372036854775807 - 1; x = 0 }\n", NULL));
    Machine *machine;
    ck_assert_int_eq(machine_new(loaded.program, NULL, &machine), STATUS_OK);
    const int64_t expected[] = {0, 1, -1, 1000, INT64_MAX, INT64_MIN, 0};
    Expansion expansion = {0};
    Word state[MOST_WORDS];
    uint32_t reached = 0, restarts = 0;
    while (reached < 6) {
        ck_assert_int_eq(machine_start(machine, state, &expansion), STATUS_OK);
        for (reached = 0; reached < 6; reached++) {
            Status status = machine_expand(machine, state, &expansion);
            if (status == STATUS_RELAYOUT) {
                ck_assert_int_eq(machine_relayout(machine), STATUS_OK);
                ck_assert_uint_lt(++restarts, 10);
                break;
            }
            ck_assert_int_eq(status, STATUS_OK);
            ck_assert_uint_eq(expansion.count, 1);
            memcpy(state, expansion.states, machine_words(machine) * sizeof *state);
            ck_assert_int_eq(machine_value(machine, state, 0), expected[reached + 1]);
        }
    }
    ck_assert(machine_all_ended(machine, state));
    expansion_free(&expansion);
    machine_free(machine);
    unload(&loaded);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* Two threads with a program counter and an unlocked counter need a handful of bits, not words. */
START_TEST(states_are_small)
{
    Loaded loaded;
    ck_assert(load(&loaded, "shared c\nthread A, B { c += 1 }\n", NULL));
    Machine *machine;
    ck_assert_int_eq(machine_new(loaded.program, NULL, &machine), STATUS_OK);
    ck_assert_uint_eq(machine_words(machine), 1);
    ck_assert_uint_le(machine_bits(machine), 12);
    machine_free(machine);
    unload(&loaded);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* choose inside choose: every combination is a result of one step, in lexicographic order. */
START_TEST(choices_of_an_atomic_block_are_combined)
{
    Loaded loaded;
    ck_assert(load(&loaded, "shared x\nthread A { atomic { local a = choose(1, 2); local b = choose(0..a); x = 10 * a + b } }\n", NULL));
    Machine *machine;
    ck_assert_int_eq(machine_new(loaded.program, NULL, &machine), STATUS_OK);
    Expansion expansion = {0};
    Word state[MOST_WORDS];
    Status status = machine_start(machine, state, &expansion);
    while (status == STATUS_OK && (status = machine_expand(machine, state, &expansion)) == STATUS_RELAYOUT) {
        ck_assert_int_eq(machine_relayout(machine), STATUS_OK);
        status = machine_start(machine, state, &expansion);
    }
    ck_assert_uint_eq(expansion.count, 3);
    const int64_t expected[] = {10, 20, 21};
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(expansion.steps[i].choice, i + 1);
        ck_assert_uint_eq(expansion.steps[i].choices, 3);
        ck_assert_int_eq(machine_value(machine, &expansion.states[i * machine_words(machine)], 0), expected[i]);
    }
    expansion_free(&expansion);
    machine_free(machine);
    unload(&loaded);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* Each allocation of lowering and of the machine fails once: a status, no crash, nothing left behind. */
START_TEST(memory_may_end_anywhere)
{
    static const char text[] = "mutex m\nqueue q[2]\nshared a[3]\nfn f(x) { a[x] += 1 }\n"
                               "thread A { local h = spawn f(1); with m { put q, a[0] }; join h; print \"x\" }\nthread B { get q; a[1] = a[1] + 1 }\n";
    for (uint64_t n = 1;; n++) {
        ck_assert_uint_lt(n, 5000);
        Loaded loaded = {.source = {.name = "test.snarl", .text = text, .length = strlen(text)}};
        Scenario *scenario;
        ck_assert_int_eq(lang_load(&loaded.arena, &loaded.source, NULL, 0, &loaded.diagnostics, &scenario), STATUS_OK);
        mem_fail_at(n);
        Machine *machine = NULL;
        Status status = program_lower(&loaded.arena, scenario, NULL, &loaded.diagnostics, &loaded.program);
        if (status == STATUS_OK)
            status = machine_new(loaded.program, NULL, &machine);
        Expansion expansion = {0};
        Word state[MOST_WORDS];
        for (int round = 0; status == STATUS_OK && round < 12; round++) {
            status = machine_start(machine, state, &expansion);
            for (int step = 0; status == STATUS_OK && step < 12; step++) {
                status = machine_expand(machine, state, &expansion);
                if (status == STATUS_OK && expansion.count > 0)
                    memcpy(state, expansion.states, machine_words(machine) * sizeof *state);
            }
            if (status == STATUS_RELAYOUT)
                status = machine_relayout(machine);
        }
        ck_assert(status == STATUS_OK || status == STATUS_NO_MEMORY);
        mem_fail_at(0);
        expansion_free(&expansion);
        machine_free(machine);
        unload(&loaded);
        ck_assert_uint_eq(mem_live_blocks(), 0);
        if (status == STATUS_OK)
            break;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("machine");
    TCase *tests = tcase_create("machine");
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, remembered_steps_are_the_steps);
    tcase_add_test(tests, fields_grow_to_what_they_hold);
    tcase_add_test(tests, states_are_small);
    tcase_add_test(tests, choices_of_an_atomic_block_are_combined);
    tcase_add_test(tests, memory_may_end_anywhere);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
