/* Pictures of traces made at random, most of which no scenario could have: whatever a trace holds, the page keeps its
 * size, every page can be drawn, and nothing leaks. Run it under sanitizers. SNARL_RANDOM_SEEDS says how many. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "snarl/viz.h"

enum { THREADS = 16, OBJECTS = 12, STEPS = 40, HOLDS = 20, NOTES = 6, HOLDERS = 64, CYCLES = 8 };

static uint64_t state;

static uint32_t below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return n > 0 ? (uint32_t)(state % n) : 0;
}

static const char *some_text(void)
{
    static const char *const texts[] = {"x = y + 1",
                                        "lock m",
                                        "",
                                        "counter = t + 1 // a very long comment that goes on and on and on and on",
                                        "<b>&\\N",
                                        "\xFF",
                                        "\xD1\x81\xD1\x87\xD1\x91\xD1\x82\xD1\x87\xD0\xB8\xD0\xBA += 1",
                                        "\xE7\xB7\x9A\xE7\xA8\x8B\xE4\xBA\x8C"};
    return texts[below(sizeof texts / sizeof texts[0])];
}

typedef struct RandomTrace {
    SnTrace trace;
    char names[THREADS + OBJECTS][12];
    SnThread threads[THREADS];
    SnObject objects[OBJECTS];
    SnStep steps[STEPS];
    SnHold holds[HOLDS];
    SnNote notes[NOTES];
    SnWait waits[THREADS];
    SnHolder holders[HOLDERS];
    uint32_t cycle_start[CYCLES + 1], cycle_threads[CYCLES * 5];
    uint32_t watched[OBJECTS];
    const char *values[(STEPS + 1) * OBJECTS];
    uint8_t states[(STEPS + 1) * THREADS];
} RandomTrace;

static void make_waits(RandomTrace *r)
{
    SnTrace *t = &r->trace;
    for (uint32_t thread = 0; thread < t->thread_count; thread++) {
        if (below(2) == 0)
            continue;
        SnWait wait = {.thread = thread,
                       .line = below(100),
                       .source = some_text(),
                       .object = SN_NONE,
                       .target = SN_NONE,
                       .why = below(8) > 0 ? some_text() : NULL,
                       .first_holder = t->holder_count};
        uint32_t kind = below(6);
        if (kind > 1)
            wait.object = below(t->object_count);
        else if (kind == 1)
            wait.target = below(t->thread_count);
        for (uint32_t h = below(4); h > 0 && t->holder_count < HOLDERS; h--, wait.holder_count++)
            r->holders[t->holder_count++] =
                (SnHolder){below(t->thread_count), wait.object, below(30), SN_NONE, below(2) == 0};
        r->waits[t->wait_count++] = wait;
    }
    uint32_t cycles = t->wait_count > 0 && below(2) == 0 ? 1 + below(CYCLES) : 0;
    for (; t->cycle_count < cycles; t->cycle_count++) {
        uint32_t start = r->cycle_start[t->cycle_count], length = 1 + below(5);
        for (uint32_t i = 0; i < length; i++)
            r->cycle_threads[start + i] = r->waits[below(t->wait_count)].thread;
        r->cycle_start[t->cycle_count + 1] = start + length;
    }
}

static const SnTrace *make_trace(uint64_t seed)
{
    static RandomTrace r;
    memset(&r, 0, sizeof r);
    state = UINT64_C(0x9E3779B97F4A7C15) * (seed + 1);
    SnTrace *t = &r.trace;
    *t = (SnTrace){.title = some_text(), .verdict = some_text(), .is_bad = below(2) == 0, .loop_start = SN_NONE};
    t->thread_count = 1 + below(THREADS);
    t->object_count = 1 + below(OBJECTS);
    t->step_count = below(STEPS + 1);
    t->hold_count = t->step_count > 0 ? below(HOLDS + 1) : 0;
    t->note_count = t->step_count > 0 ? below(NOTES + 1) : 0;
    t->watched_count = below(t->object_count + 1);
    for (uint32_t i = 0; i < THREADS + OBJECTS; i++)
        snprintf(r.names[i], sizeof r.names[i], "%s%u", i % 3 == 0 ? "worker[" : "t", (unsigned)i);
    for (uint32_t i = 0; i < t->thread_count; i++)
        r.threads[i].name = below(6) > 0 ? r.names[i] : some_text();
    for (uint32_t i = 0; i < t->object_count; i++)
        r.objects[i] = (SnObject){.name = below(6) > 0 ? r.names[THREADS + i] : some_text(),
                                  .kind = (SnObjectKind)below(SN_WAITGROUP + 1)};
    for (uint32_t i = 0; i < t->step_count; i++)
        r.steps[i] = (SnStep){.thread = below(t->thread_count),
                              .line = 1 + below(2000),
                              .source = some_text(),
                              .effect = some_text(),
                              .action = (SnAction)below(SN_OTHER + 1),
                              .object = below(3) > 0 ? below(t->object_count) : SN_NONE,
                              .partner = SN_NONE};
    for (uint32_t i = 0; i < t->hold_count; i++) {
        uint32_t from = below(t->step_count);
        r.holds[i] = (SnHold){below(t->thread_count), below(t->object_count), from,
                              below(2) == 0 ? SN_NONE : from + below(t->step_count - from)};
    }
    for (uint32_t i = 0; i < t->note_count; i++)
        r.notes[i] = (SnNote){below(t->step_count), below(3) > 0 ? below(t->step_count) : SN_NONE, below(2) == 0,
                              below(2) == 0, some_text()};
    for (uint32_t i = 0; i < t->watched_count; i++)
        r.watched[i] = i;
    for (uint32_t i = 0; i < (t->step_count + 1) * t->watched_count; i++)
        r.values[i] = below(10) > 0 ? r.names[below(4)] : NULL;
    for (size_t i = 0; i < sizeof r.states; i++)
        r.states[i] = (uint8_t)below(4);
    if (t->step_count > 0 && below(3) == 0)
        t->loop_start = below(t->step_count);
    make_waits(&r);
    t->threads = r.threads;
    t->objects = r.objects;
    t->steps = r.steps;
    t->holds = r.holds;
    t->notes = r.notes;
    t->waits = r.waits;
    t->holders = r.holders;
    t->cycle_start = r.cycle_start;
    t->cycle_threads = r.cycle_threads;
    t->watched = r.watched;
    t->values = r.values;
    t->thread_states = r.states;
    return t;
}

static void check_picture(uint64_t seed, uint32_t page, SnStatus status, char *svg, char *message)
{
    ck_assert_msg(status == SN_OK, "seed %llu, page %u: %s", (unsigned long long)seed, (unsigned)page,
                  message != NULL ? message : "");
    ck_assert_msg(strstr(svg, "<svg width=\"960pt\" height=\"540pt\"") != NULL,
                  "seed %llu, page %u: page of another size", (unsigned long long)seed, (unsigned)page);
    sn_string_free(svg);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

START_TEST(pages_keep_their_size)
{
    const char *wanted = getenv("SNARL_RANDOM_SEEDS");
    uint64_t seeds = wanted != NULL ? strtoull(wanted, NULL, 10) : 60;
    for (uint64_t seed = 0; seed < seeds; seed++) {
        const SnTrace *trace = make_trace(seed);
        char *bytes, *message;
        size_t length;
        SnDrawOptions options = {.theme = (SnTheme)(seed % 2), .format = SN_FORMAT_SVG};
        uint32_t pages = sn_draw_schedule_pages(trace, SN_SIZE_SLIDE);
        for (options.page = 0; options.page <= pages; options.page++) {
            SnStatus status = sn_draw_schedule(trace, &options, &bytes, &length, &message);
            check_picture(seed, options.page, status, bytes, message);
        }
        if (trace->wait_count > 0) {
            SnStatus status = sn_draw_waits(trace, &options, &bytes, &length, &message);
            check_picture(seed, 0, status, bytes, message);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz random");
    TCase *tests = tcase_create("random");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, pages_keep_their_size);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
