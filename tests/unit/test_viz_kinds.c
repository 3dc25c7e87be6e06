/* Happens-before, state space, lock order and frames: golden DOT, same bytes each time, hostile names, memory. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "golden.h"
#include "snarl/viz.h"
#include "viz/words.h"

static const char RACE[] = "shared x = 0\nshared y = 0\nmutex m\nsemaphore s = 0\n"
                           "thread T1 { x = 1\n lock m\n unlock m\n y = 7 }\n"
                           "thread T2 { lock m\n local r = x\n unlock m\n release s }\n"
                           "thread T3 { acquire s\n y = 5 }\n";
static const char AB_BA[] = "mutex a\nmutex b\nthread T1 { lock a\n lock b\n unlock b\n unlock a }\n"
                            "thread T2 { lock b\n lock a\n unlock a\n unlock b }\n";
static const char LOST[] = "shared counter = 0\nthread A { local t = counter\n counter = t + 1 }\n"
                           "thread B { local t = counter\n counter = t + 1 }\nfinally counter == 2\n";
static const char HOSTILE[] =
    "shared счётчик_с_очень_длинным_именем_которое_никуда_не_помещается_и_потому_обрезается = 0\n"
    "thread 線程_很长的名字[2] { "
    "счётчик_с_очень_длинным_именем_которое_никуда_не_помещается_и_потому_обрезается += 1\n"
    " print \"<b>&\\\"\\\\N\" }\n";

typedef struct Subject {
    SnScenario *scenario;
    SnResult *result;
    SnTrace *trace;
    SnStateGraph *graph;
} Subject;

/* The first finding of a kind, or a plain run. */
static Subject load(const char *text, const char *kind)
{
    Subject subject = {0};
    char *message = NULL;
    ck_assert_msg(sn_load("test.snarl", text, strlen(text), NULL, &subject.scenario, &message) == SN_OK, "%s", message);
    sn_string_free(message);
    SnExploreOptions explore = {.skip_counts = true};
    sn_explore(subject.scenario, &explore, &subject.result, &message);
    ck_assert_ptr_nonnull(subject.result);
    uint32_t f = 0;
    while (f < subject.result->finding_count && strcmp(subject.result->findings[f].kind, kind) != 0)
        f++;
    ck_assert_msg(f < subject.result->finding_count, "no %s", kind);
    ck_assert_int_eq(sn_trace_finding(subject.result, f, &subject.trace, &message), SN_OK);
    SnGraphOptions options = {.schedule = subject.trace->schedule};
    ck_assert_int_eq(sn_explore_graph(subject.scenario, &options, &subject.graph, &message), SN_OK);
    return subject;
}

static void drop(Subject *subject)
{
    sn_state_graph_free(subject->graph);
    sn_trace_free(subject->trace);
    sn_result_free(subject->result);
    sn_scenario_free(subject->scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

typedef enum Kind { ORDER, STATES, FRAME, FRAMES, KINDS } Kind;

static SnStatus try_draw(const Subject *subject, Kind kind, const SnDrawOptions *options, char **bytes, size_t *length,
                         char **message)
{
    switch (kind) {
    case ORDER: return sn_draw_order(subject->trace, options, bytes, length, message);
    case STATES: return sn_draw_states(subject->graph, subject->trace, options, bytes, length, message);
    case FRAME: return sn_draw_frame(subject->trace, 1, options, bytes, length, message);
    default: return sn_draw_frames(subject->trace, options, bytes, length, message);
    }
}

static char *draw(const Subject *subject, Kind kind, const SnDrawOptions *options, size_t *length)
{
    char *bytes, *message = NULL;
    SnStatus status = try_draw(subject, kind, options, &bytes, length, &message);
    ck_assert_msg(status == SN_OK, "%s", message != NULL ? message : "no message");
    return bytes;
}

static void check_golden(const Subject *subject, Kind kind, SnLanguage language, const char *file)
{
    size_t length;
    char *dot = draw(subject, kind, &(SnDrawOptions){.format = SN_FORMAT_DOT, .language = language}, &length);
    golden_check(file, dot);
    sn_string_free(dot);
}

START_TEST(golden)
{
    Subject race = load(RACE, "data-race");
    check_golden(&race, ORDER, SN_LANGUAGE_ENGLISH, "order_race.dot");
    drop(&race);
    Subject deadlock = load(AB_BA, "deadlock");
    check_golden(&deadlock, STATES, SN_LANGUAGE_ENGLISH, "states_deadlock.dot");
    check_golden(&deadlock, ORDER, SN_LANGUAGE_ENGLISH, "order_deadlock.dot");
    check_golden(&deadlock, FRAME, SN_LANGUAGE_ENGLISH, "frame_deadlock.dot");
    drop(&deadlock);
    Subject lost = load(LOST, "lost-update");
    check_golden(&lost, STATES, SN_LANGUAGE_RUSSIAN, "states_lost_update_ru.dot");
    check_golden(&lost, FRAME, SN_LANGUAGE_ENGLISH, "frame_lost_update.dot");
    drop(&lost);
    Subject hostile = load(HOSTILE, "data-race");
    check_golden(&hostile, ORDER, SN_LANGUAGE_ENGLISH, "order_hostile.dot");
    check_golden(&hostile, STATES, SN_LANGUAGE_ENGLISH, "states_hostile.dot");
    drop(&hostile);
}
END_TEST

/* Every kind, format, theme and size draws, twice the same. */
START_TEST(same_bytes)
{
    static const char *const texts[] = {RACE, HOSTILE};
    for (size_t t = 0; t < 2; t++) {
        Subject subject = load(texts[t], "data-race");
        for (Kind kind = ORDER; kind < KINDS; kind++)
            for (int format = SN_FORMAT_DOT; format <= SN_FORMAT_PNG; format++)
                for (int size = SN_SIZE_SLIDE; size <= (format == SN_FORMAT_SVG ? SN_SIZE_WIDE : SN_SIZE_SLIDE);
                     size++) {
                    SnDrawOptions options = {
                        .format = (SnFormat)format, .size = (SnPageSize)size, .theme = SN_THEME_DARK};
                    size_t length, again_length;
                    char *once = draw(&subject, kind, &options, &length);
                    char *again = draw(&subject, kind, &options, &again_length);
                    ck_assert_uint_eq(length, again_length);
                    ck_assert_int_eq(memcmp(once, again, length), 0);
                    sn_string_free(once);
                    sn_string_free(again);
                }
        drop(&subject);
    }
}
END_TEST

static unsigned count(const char *text, size_t length, const char *part)
{
    unsigned found = 0;
    for (size_t at = 0; at + strlen(part) <= length; at++)
        found += memcmp(text + at, part, strlen(part)) == 0;
    return found;
}

START_TEST(pages_keep_their_size)
{
    static const char *const wanted[] = {"<svg width=\"960pt\" height=\"540pt\"",
                                         "<svg width=\"595pt\" height=\"842pt\"",
                                         "<svg width=\"1920pt\" height=\"1080pt\""};
    Subject subject = load(RACE, "data-race");
    size_t length;
    for (int size = 0; size < 3; size++)
        for (Kind kind = ORDER; kind <= FRAME; kind += FRAME) {
            char *svg =
                draw(&subject, kind, &(SnDrawOptions){.format = SN_FORMAT_SVG, .size = (SnPageSize)size}, &length);
            ck_assert_msg(strstr(svg, wanted[size]) != NULL, "%.400s", svg);
            sn_string_free(svg);
        }
    drop(&subject);
}
END_TEST

/* One page a frame, and nothing but what was added differs from one frame to the next: boxes stay where they are. */
START_TEST(frames_do_not_jump)
{
    Subject subject = load(LOST, "lost-update");
    size_t length;
    char *pdf = draw(&subject, FRAMES, &(SnDrawOptions){.format = SN_FORMAT_PDF}, &length);
    char pages[32];
    snprintf(pages, sizeof pages, "/Count %u", (unsigned)sn_draw_frame_count(subject.trace));
    ck_assert_uint_eq(sn_draw_frame_count(subject.trace), subject.trace->step_count + 1);
    ck_assert_uint_eq(count(pdf, length, pages), 1);
    sn_string_free(pdf);
    char places[8][256] = {0};
    for (uint32_t frame = 0; frame <= subject.trace->step_count; frame++) {
        char *dot, *message;
        SnDrawOptions options = {.format = SN_FORMAT_DOT};
        ck_assert_int_eq(sn_draw_frame(subject.trace, frame, &options, &dot, &length, &message), SN_OK);
        for (uint32_t s = 0; s < subject.trace->step_count; s++) {
            char id[16];
            snprintf(id, sizeof id, "\n\ts%u\t[", (unsigned)s + 1);
            const char *box = strstr(dot, id);
            ck_assert_msg((box != NULL) == (s < frame), "frame %u, step %u", frame, s);
            const char *pos = box != NULL ? strstr(box, "pos=\"") : NULL;
            if (pos == NULL)
                continue;
            char place[256];
            snprintf(place, sizeof place, "%.*s", (int)strcspn(pos + 5, "\""), pos + 5);
            if (places[s][0] != '\0')
                ck_assert_str_eq(places[s], place);
            strcpy(places[s], place);
        }
        sn_string_free(dot);
    }
    drop(&subject);
}
END_TEST

START_TEST(racing_pair_stands_in_one_row)
{
    Subject subject = load(RACE, "data-race");
    size_t length;
    char *dot = draw(&subject, ORDER, &(SnDrawOptions){.format = SN_FORMAT_DOT}, &length);
    ck_assert_ptr_nonnull(strstr(dot, "no order: data race"));
    ck_assert_ptr_nonnull(strstr(dot, "neither clock is"));
    sn_string_free(dot);
    drop(&subject);
}
END_TEST

/* Six locks, of which three are taken in a circle. */
static const SnResult *lock_result(SnCycleStatus status)
{
    static const char *const locks[] = {"A", "B", "C", "D", "E", "замок<F>&"};
    static SnLockEdge edges[] = {{0, 1, "T1", 4, 5, 0},   {0, 3, "T1", 4, 7, 0},   {1, 2, "T2", 11, 12, 0},
                                 {1, 2, "T4", 40, 42, 0}, {1, 4, "T4", 40, 44, 0}, {2, 0, "T3", 21, 22, 0},
                                 {2, 5, "T1", 60, 61, 0}, {2, 5, "T2", 60, 61, 0}, {2, 5, "T3", 21, 25, 0},
                                 {3, 4, "T2", 0, 16, 0}};
    static const uint32_t around[] = {0, 2, 5};
    static SnLockCycle cycle = {.edges = around, .edge_count = 3};
    static SnResult result = {
        .lock_order = {
            .locks = locks, .lock_count = 6, .edges = edges, .edge_count = 10, .cycles = &cycle, .cycle_count = 1}};
    edges[0].status = edges[2].status = edges[3].status = edges[5].status = cycle.status = status;
    cycle.why = status == SN_CYCLE_REFUTED ? "all of them are taken while E is held" : NULL;
    return &result;
}

START_TEST(lock_order)
{
    static const struct {
        SnCycleStatus status;
        const char *file, *words;
    } cases[] = {{SN_CYCLE_CONFIRMED, "locks_confirmed.dot",
                  "the cycle A \xE2\x86\x92 B \xE2\x86\x92 C \xE2\x86\x92 A can deadlock"},
                 {SN_CYCLE_REFUTED, "locks_refuted.dot", "all of them are taken while E is held"}};
    for (size_t c = 0; c < 2; c++) {
        char *bytes, *message;
        size_t length;
        SnDrawOptions options = {.format = SN_FORMAT_DOT};
        ck_assert_int_eq(sn_draw_locks(lock_result(cases[c].status), &options, &bytes, &length, &message), SN_OK);
        ck_assert_ptr_nonnull(strstr(bytes, cases[c].words));
        golden_check(cases[c].file, bytes);
        sn_string_free(bytes);
        options.format = SN_FORMAT_SVG;
        ck_assert_int_eq(sn_draw_locks(lock_result(cases[c].status), &options, &bytes, &length, &message), SN_OK);
        sn_string_free(bytes);
    }
    char *bytes, *message;
    size_t length;
    SnResult nothing = {0};
    ck_assert_int_eq(sn_draw_locks(&nothing, &(SnDrawOptions){0}, &bytes, &length, &message), SN_INVALID);
    ck_assert_ptr_nonnull(strstr(message, "no mutex or rwlock"));
    sn_string_free(message);
    ck_assert_uint_eq(mem_live_blocks(), 0);
    if (getenv("SNARL_PICTURES") != NULL) { /* to look at */
        char path[512];
        SnDrawOptions options = {.format = SN_FORMAT_PNG};
        snprintf(path, sizeof path, "%s/locks.png", getenv("SNARL_PICTURES"));
        ck_assert_int_eq(sn_draw_locks(lock_result(SN_CYCLE_CONFIRMED), &options, &bytes, &length, &message), SN_OK);
        ck_assert_int_eq(sn_write_file(path, bytes, length, &message), SN_OK);
        sn_string_free(bytes);
    }
}
END_TEST

/* Both languages take the same arguments in the same order. */
START_TEST(words_agree)
{
    for (WordId word = 0; word < WORD_COUNT; word++) {
        const char *one = words_get(SN_LANGUAGE_ENGLISH, word), *two = words_get(SN_LANGUAGE_RUSSIAN, word);
        ck_assert(*one != '\0' && *two != '\0');
        for (;;) {
            one = strchr(one, '%');
            two = strchr(two, '%');
            ck_assert_msg((one == NULL) == (two == NULL), "%s", words_get(SN_LANGUAGE_ENGLISH, word));
            if (one == NULL)
                break;
            size_t letters = strspn(one + 1, "l") + 2;
            ck_assert_msg(strncmp(one, two, letters) == 0, "%s", words_get(SN_LANGUAGE_ENGLISH, word));
            one += letters;
            two += letters;
        }
    }
}
END_TEST

START_TEST(memory_ends)
{
    Subject subject = load(AB_BA, "deadlock");
    size_t before = mem_live_blocks();
    for (Kind kind = ORDER; kind <= FRAME; kind++)
        for (uint64_t n = 1;; n++) {
            char *bytes, *message = NULL;
            size_t length;
            mem_fail_at(n);
            SnStatus status =
                try_draw(&subject, kind, &(SnDrawOptions){.format = SN_FORMAT_DOT}, &bytes, &length, &message);
            mem_fail_at(0);
            sn_string_free(message);
            sn_string_free(bytes);
            ck_assert_uint_eq(mem_live_blocks(), before);
            if (status == SN_OK)
                break;
            ck_assert_int_eq(status, SN_SYSTEM);
        }
    drop(&subject);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz kinds");
    TCase *tests = tcase_create("kinds");
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, golden);
    tcase_add_test(tests, same_bytes);
    tcase_add_test(tests, pages_keep_their_size);
    tcase_add_test(tests, frames_do_not_jump);
    tcase_add_test(tests, racing_pair_stands_in_one_row);
    tcase_add_test(tests, lock_order);
    tcase_add_test(tests, words_agree);
    tcase_add_test(tests, memory_ends);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
