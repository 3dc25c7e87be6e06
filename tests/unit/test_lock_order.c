/* Lock order: small scenarios judged by hand, and random ones against a search that knows nothing but who owns what. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/text.h"
#include "require.h"
#include "snarl/snarl.h"

static SnScenario *scenario;
static SnResult *result;

static void explore(const char *text, const SnExploreOptions *options)
{
    char *message;
    SnStatus status = sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s", message == NULL ? "(no message)" : message);
    sn_string_free(message);
    sn_explore(scenario, options, &result, &message);
    ck_assert_msg(result != NULL, "%s", message == NULL ? "(no message)" : message);
}

static void done(void)
{
    sn_result_free(result);
    sn_scenario_free(scenario);
    result = NULL;
    scenario = NULL;
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

static const SnFinding *next_lock_order(const SnFinding *after)
{
    for (const SnFinding *f = after == NULL ? result->findings : after + 1;
         f < result->findings + result->finding_count; f++)
        if (strcmp(f->kind, "lock-order") == 0)
            return f;
    return NULL;
}

static uint32_t lock_orders(void)
{
    uint32_t count = 0;
    for (const SnFinding *f = NULL; (f = next_lock_order(f)) != NULL;)
        count++;
    return count;
}

static bool has_note(const char *part)
{
    for (uint32_t n = 0; n < result->note_count; n++)
        if (strstr(result->notes[n], part) != NULL)
            return true;
    return false;
}

static const SnLockEdge *edge(const char *from, const char *to, const char *thread)
{
    const SnLockOrder *order = &result->lock_order;
    for (uint32_t e = 0; e < order->edge_count; e++)
        if (strcmp(order->locks[order->edges[e].from], from) == 0 &&
            strcmp(order->locks[order->edges[e].to], to) == 0 && strcmp(order->edges[e].thread, thread) == 0)
            return &order->edges[e];
    return NULL;
}

/* ---------------------------------------------------------------------- confirmed */

static const char ab_ba[] = "mutex a, b\n"
                            "thread T1 {\n lock a\n lock b\n unlock b\n unlock a\n}\n"
                            "thread T2 {\n lock b\n lock a\n unlock a\n unlock b\n}\n";

START_TEST(opposite_orders_are_confirmed_with_the_deadlock)
{
    explore(ab_ba, NULL);
    ck_assert_uint_eq(lock_orders(), 1);
    const SnFinding *finding = next_lock_order(NULL);
    ck_assert_str_eq(finding->status, "confirmed");
    ck_assert_str_eq(finding->interleavings, "2");
    ck_assert_str_eq(finding->probability_exact, "1/2");
    ck_assert_str_eq(finding->schedule, "T1 T2");
    ck_assert_uint_eq(finding->object_count, 2);
    ck_assert_str_eq(finding->objects[0], "a");
    ck_assert_uint_eq(finding->line_count, 2);
    ck_assert_uint_eq(finding->lines[0], 4);
    ck_assert_uint_eq(finding->lines[1], 10);
    ck_assert_uint_eq(result->lock_order.cycle_count, 1);
    ck_assert_int_eq(result->lock_order.cycles[0].status, SN_CYCLE_CONFIRMED);
    ck_assert_uint_eq(result->lock_order.cycles[0].edge_count, 2);
    const SnLockEdge *first = edge("a", "b", "T1");
    ck_assert_ptr_nonnull(first);
    ck_assert_uint_eq(first->from_line, 3);
    ck_assert_uint_eq(first->to_line, 4);
    ck_assert_int_eq(first->status, SN_CYCLE_CONFIRMED);
    ck_assert_uint_eq(result->note_count, 0);
    SnTrace *trace;
    char *message;
    ck_assert_int_eq(sn_trace_finding(result, (uint32_t)(finding - result->findings), &trace, &message), SN_OK);
    ck_assert_uint_eq(trace->cycle_count, 1);
    sn_trace_free(trace);
    done();
}
END_TEST

/* In the first cycle while C can still step, and in the end with C waiting behind it, too. */
START_TEST(others_make_no_other_finding)
{
    explore("mutex a, b\nshared x\n"
            "thread T1 { lock a; lock b }\nthread T2 { lock b; lock a }\n"
            "thread C { x = 1; lock a }\nthread D { skip; skip }\n",
            NULL);
    ck_assert_uint_eq(lock_orders(), 1);
    ck_assert_uint_eq(next_lock_order(NULL)->thread_count, 2);
    done();
}
END_TEST

START_TEST(a_family_is_as_many_threads)
{
    explore("const N = 9\nmutex fork[N]\n"
            "thread p[N] {\n lock fork[self]\n lock fork[(self + 1) % N]\n unlock fork[(self + 1) % N]\n unlock "
            "fork[self]\n}\n",
            NULL);
    ck_assert_uint_eq(lock_orders(), 1);
    ck_assert_uint_eq(next_lock_order(NULL)->object_count, 9);
    ck_assert_str_eq(next_lock_order(NULL)->interleavings, "362880");
    ck_assert_uint_eq(result->lock_order.cycles[0].edge_count, 9);
    ck_assert_uint_eq(result->lock_order.edge_count, 9);
    done();
}
END_TEST

/* -------------------------------------------------------------- no lock-order cycle */

START_TEST(other_cycles_are_deadlocks_alone)
{
    static const char *const scenarios[] = {
        "mutex a\nthread A { lock a; lock a }\n",
        "mutex a\nthread A { lock a; join B }\nthread B { lock a; unlock a }\n",
        "rwlock rw\nthread A, B { rdlock rw; wrlock rw }\n",
        "semaphore s = 1, t = 1\nthread A { acquire s; acquire t }\nthread B { acquire t; acquire s }\n",
        "mutex a\nonce o\nthread A { lock a; do o { skip } }\nthread B { do o { lock a } }\n",
    };
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        explore(scenarios[i], NULL);
        ck_assert_msg(lock_orders() == 0, "%s", scenarios[i]);
        ck_assert_int_eq(result->status, SN_FOUND);
        ck_assert_uint_eq(result->lock_order.cycle_count, 0);
        done();
    }
}
END_TEST

START_TEST(who_tries_does_not_wait)
{
    explore("mutex a, b\n"
            "thread A { lock a; lock b; unlock b; unlock a }\n"
            "thread B { lock b; if (try lock a) { unlock a }; unlock b }\n",
            NULL);
    ck_assert_int_eq(result->status, SN_OK);
    ck_assert_uint_eq(result->lock_order.cycle_count, 0);
    ck_assert_ptr_null(edge("b", "a", "B"));
    done();
    /* but what it got that way it owns */
    explore("mutex a, b\n"
            "thread A { lock a; lock b; unlock b; unlock a }\n"
            "thread B { if (try lock b) { lock a; unlock a; unlock b } }\n",
            NULL);
    ck_assert_uint_eq(lock_orders(), 1);
    done();
}
END_TEST

/* ------------------------------------------------------------------- rwlocks, conditions */

#define READERS                                                                                                        \
    "mutex m\nthread A {\n rdlock rw\n lock m\n unlock m\n unlock rw\n}\n"                                             \
    "thread B {\n lock m\n rdlock rw\n unlock rw\n unlock m\n}\n"

START_TEST(readers_close_a_cycle_only_where_writers_come_first)
{
    explore("rwlock rw\n" READERS, NULL);
    ck_assert_int_eq(result->status, SN_OK);
    ck_assert_uint_eq(result->lock_order.cycle_count, 0);
    ck_assert_ptr_nonnull(edge("rw", "m", "A"));
    done();
    explore("rwlock rw\n" READERS "thread W {\n wrlock rw\n unlock rw\n}\n", NULL);
    ck_assert_int_eq(result->status, SN_OK);
    done();
    explore("rwlock rw writers first\n" READERS "thread W {\n wrlock rw\n unlock rw\n}\n", NULL);
    ck_assert_uint_eq(lock_orders(), 1);
    ck_assert_uint_eq(next_lock_order(NULL)->thread_count, 2);
    done();
    explore("rwlock rw writers first\n" READERS, NULL); /* no writer: refuted */
    ck_assert_int_eq(result->status, SN_OK);
    ck_assert_uint_eq(result->lock_order.cycle_count, 1);
    ck_assert(has_note("is not reachable"));
    done();
}
END_TEST

START_TEST(a_writer_and_a_reader_do)
{
    explore("rwlock rw\nmutex m\nthread A { rdlock rw; lock m; unlock m; unlock rw }\n"
            "thread B { lock m; wrlock rw; unlock rw; unlock m }\n",
            NULL);
    ck_assert_uint_eq(lock_orders(), 1);
    done();
}
END_TEST

/* The wake-up takes m again while the outer lock is owned. */
START_TEST(the_end_of_a_wait_asks_for_its_mutex)
{
    explore("mutex outer, m\ncondition c\nshared go = 0\n"
            "thread A {\n lock outer\n lock m\n while (go == 0) { wait c with m }\n unlock m\n unlock outer\n}\n"
            "thread B {\n lock m\n go = 1\n signal c\n lock outer\n unlock outer\n unlock m\n}\n",
            NULL);
    ck_assert_uint_ge(lock_orders(), 1);
    bool has_wait = false;
    for (const SnFinding *f = NULL; (f = next_lock_order(f)) != NULL;)
        for (uint32_t l = 0; l < f->line_count; l++)
            has_wait = has_wait || f->lines[l] == 7;
    ck_assert(has_wait);
    done();
}
END_TEST

/* ---------------------------------------------------------------------- refuted */

START_TEST(a_gate_refutes)
{
    explore("mutex g, a, b\n"
            "thread A { lock g; lock a; lock b; unlock b; unlock a; unlock g }\n"
            "thread B { lock g; lock b; lock a; unlock a; unlock b; unlock g }\n",
            NULL);
    ck_assert_int_eq(result->status, SN_OK);
    ck_assert_uint_eq(result->note_count, 1);
    ck_assert(has_note("A (line 2) and B (line 3) both hold g"));
    ck_assert_int_eq(result->lock_order.cycles[0].status, SN_CYCLE_REFUTED);
    ck_assert_int_eq(edge("a", "b", "A")->status, SN_CYCLE_REFUTED);
    ck_assert_int_eq(edge("g", "a", "A")->status, SN_CYCLE_NONE);
    done();
}
END_TEST

START_TEST(a_join_refutes)
{
    explore("mutex a, b\nfn f() { lock a; lock b; unlock b; unlock a }\n"
            "thread main {\n local h = spawn f()\n join h\n lock b\n lock a\n unlock a\n unlock b\n}\n",
            NULL);
    ck_assert_int_eq(result->status, SN_OK);
    ck_assert(has_note("whenever main is at line 7, f has ended or has not begun"));
    done();
    explore("mutex a, b\nfn f() { lock a; lock b; unlock b; unlock a }\n" /* a spawn behind it, too */
            "thread main { lock b; lock a; unlock a; unlock b; spawn f() }\n",
            NULL);
    ck_assert_int_eq(result->status, SN_OK);
    ck_assert(has_note("has ended or has not begun"));
    done();
}
END_TEST

START_TEST(an_event_refutes_by_the_states_alone)
{
    explore("mutex a, b\nevent e\nthread A { lock a; lock b; unlock b; unlock a; set e }\n"
            "thread B { wait e; lock b; lock a; unlock a; unlock b }\n",
            NULL);
    ck_assert_int_eq(result->status, SN_OK);
    ck_assert(has_note("is not reachable") || has_note("has ended or has not begun"));
    ck_assert_uint_eq(result->lock_order.cycle_count, 1);
    done();
}
END_TEST

/* Only in executions that an assume drops. */
START_TEST(a_dropped_deadlock_is_none)
{
    explore("mutex a, b\natomic x = 0\n"
            "thread A { lock a; lock b; unlock b; unlock a }\n"
            "thread B { lock b; lock a; unlock a; unlock b }\nthread C { skip; assume x == 1 }\n",
            NULL);
    ck_assert_uint_eq(lock_orders(), 0);
    done();
}
END_TEST

/* -------------------------------------------------------------------- unconfirmed */

/* Each has been at its second lock, but the search has not come to where both have. */
START_TEST(a_search_cut_short_leaves_it_open)
{
    const char *text = "mutex a, b\natomic n = 0\n"
                       "thread A {\n lock a\n lock b\n unlock b\n unlock a\n}\n"
                       "thread B {\n n = 1\n n = 2\n n = 3\n lock b\n lock a\n unlock a\n unlock b\n}\n";
    uint32_t unconfirmed = 0, none = 0;
    for (uint64_t max_states = 1; max_states < 40; max_states++) {
        const SnExploreOptions options = {.max_states = max_states};
        explore(text, &options);
        const SnFinding *finding = next_lock_order(NULL);
        if (finding == NULL) {
            none++;
            ck_assert_uint_eq(unconfirmed, 0);
        } else if (strcmp(finding->status, "unconfirmed") == 0) {
            unconfirmed++;
            ck_assert(!result->complete);
            ck_assert_ptr_null(finding->interleavings);
            ck_assert_uint_eq(finding->thread_count, 2);
            ck_assert_int_eq(result->lock_order.cycles[0].status, SN_CYCLE_UNCONFIRMED);
            SnTrace *trace;
            char *message;
            ck_assert_int_eq(sn_trace_finding(result, (uint32_t)(finding - result->findings), &trace, &message), SN_OK);
            sn_trace_free(trace);
        } else {
            ck_assert_str_eq(finding->status, "confirmed");
        }
        done();
    }
    ck_assert_uint_gt(none, 0);
    ck_assert_uint_gt(unconfirmed, 0);
}
END_TEST

/* ------------------------------------------------------------------ where it was taken */

START_TEST(the_line_of_the_taking_follows_the_way)
{
    explore("mutex a, b\natomic x = 1\n"
            "thread A {\n if (x == 1) {\n  lock a\n } else {\n  lock a\n }\n lock b\n unlock b\n unlock a\n}\n"
            "thread B {\n lock a\n unlock a\n lock a\n lock b\n unlock b\n unlock a\n}\n",
            NULL);
    ck_assert_uint_eq(edge("a", "b", "A")->from_line, 5);
    ck_assert_uint_eq(edge("a", "b", "A")->to_line, 9);
    ck_assert_uint_eq(edge("a", "b", "B")->from_line, 16);
    done();
}
END_TEST

/* ------------------------------------------------------------------------ brute force */

enum { THREADS = 3, LOCKS = 3, OPS = 10, RINGS = 64 };

typedef struct Op {
    bool locks;
    uint32_t lock;
} Op;

typedef struct Model {
    Op ops[THREADS][OPS];
    uint32_t count[THREADS];
    uint32_t first_line[THREADS]; /* of the first operation */
} Model;

typedef struct Ring {
    uint32_t locks; /* a bit each */
    uint64_t lines;
} Ring;

static void draw(Model *model, Rng *rng)
{
    memset(model, 0, sizeof *model);
    for (uint32_t t = 0; t < THREADS; t++) {
        uint32_t owned[LOCKS], depth = 0;
        while (model->count[t] + depth < OPS - 1) {
            uint32_t lock = (uint32_t)rng_below(rng, LOCKS);
            bool is_owned = false;
            for (uint32_t i = 0; i < depth; i++)
                is_owned = is_owned || owned[i] == lock;
            if (rng_below(rng, 8) == 0)
                break;
            if (!is_owned && rng_below(rng, 3) > 0) {
                owned[depth++] = lock;
                model->ops[t][model->count[t]++] = (Op){true, lock};
            } else if (depth > 0) { /* in any order */
                uint32_t i = (uint32_t)rng_below(rng, depth);
                model->ops[t][model->count[t]++] = (Op){false, owned[i]};
                owned[i] = owned[--depth];
            }
        }
        while (depth > 0)
            model->ops[t][model->count[t]++] = (Op){false, owned[--depth]};
    }
}

static void write_model(Model *model, Text *text)
{
    uint32_t line = 2;
    text_add(text, "mutex l[3]\n");
    for (uint32_t t = 0; t < THREADS; t++) {
        text_format(text, "thread T%u {\n", t);
        line++;
        model->first_line[t] = line;
        for (uint32_t i = 0; i < model->count[t]; i++, line++)
            text_format(text, " %s l[%u]\n", model->ops[t][i].locks ? "lock" : "unlock", model->ops[t][i].lock);
        text_add(text, "}\n");
        line++;
    }
}

static bool holds(const Model *model, uint32_t t, uint32_t at, uint32_t lock)
{
    bool is_held = false;
    for (uint32_t i = 0; i < at; i++)
        if (model->ops[t][i].lock == lock)
            is_held = model->ops[t][i].locks;
    return is_held;
}

static uint32_t owner(const Model *model, const uint32_t *at, uint32_t lock)
{
    for (uint32_t t = 0; t < THREADS; t++)
        if (holds(model, t, at[t], lock))
            return t;
    return THREADS;
}

/* The thread that keeps t waiting; THREADS: none. */
static uint32_t blocker(const Model *model, const uint32_t *at, uint32_t t)
{
    if (at[t] >= model->count[t] || !model->ops[t][at[t]].locks)
        return THREADS;
    return owner(model, at, model->ops[t][at[t]].lock);
}

static void note_rings(const Model *model, const uint32_t *at, Ring *rings, uint32_t *count)
{
    for (uint32_t start = 0; start < THREADS; start++) {
        Ring ring = {0};
        uint32_t t = start, length = 0;
        do {
            ring.locks |= 1u << model->ops[t][at[t] < OPS ? at[t] : 0].lock;
            ring.lines |= UINT64_C(1) << (model->first_line[t] + at[t]);
            t = blocker(model, at, t);
            length++;
        } while (t != THREADS && t != start && length <= THREADS);
        if (t != start)
            continue;
        bool is_known = false;
        for (uint32_t i = 0; i < *count; i++)
            is_known = is_known || (rings[i].locks == ring.locks && rings[i].lines == ring.lines);
        if (!is_known) {
            REQUIRE(*count < RINGS);
            rings[(*count)++] = ring;
        }
    }
}

static void visit(const Model *model, uint32_t *at, bool *seen, Ring *rings, uint32_t *count)
{
    uint32_t number = (at[0] * (OPS + 1) + at[1]) * (OPS + 1) + at[2];
    if (seen[number])
        return;
    seen[number] = true;
    note_rings(model, at, rings, count);
    for (uint32_t t = 0; t < THREADS; t++) {
        if (at[t] >= model->count[t] || blocker(model, at, t) != THREADS)
            continue;
        at[t]++;
        visit(model, at, seen, rings, count);
        at[t]--;
    }
}

static void compare_rings(const Ring *rings, uint32_t count, const char *text)
{
    ck_assert_msg(lock_orders() == count, "%u lock orders instead of %u:\n%s", lock_orders(), count, text);
    for (const SnFinding *f = NULL; (f = next_lock_order(f)) != NULL;) {
        Ring ring = {0};
        for (uint32_t i = 0; i < f->object_count; i++)
            ring.locks |= 1u << (f->objects[i][2] - '0');
        for (uint32_t i = 0; i < f->line_count; i++)
            ring.lines |= UINT64_C(1) << f->lines[i];
        bool is_known = false;
        for (uint32_t i = 0; i < count; i++)
            is_known = is_known || (rings[i].locks == ring.locks && rings[i].lines == ring.lines);
        ck_assert_msg(is_known && strcmp(f->status, "confirmed") == 0, "%s\n%s", f->message, text);
    }
}

/* Each thread can go its way alone first, so each edge of its code is seen. */
static void compare_edges(const Model *model, const char *text)
{
    uint32_t count = 0;
    for (uint32_t t = 0; t < THREADS; t++)
        for (uint32_t i = 0; i < model->count[t]; i++)
            for (uint32_t lock = 0; lock < LOCKS && model->ops[t][i].locks; lock++) {
                if (!holds(model, t, i, lock))
                    continue;
                uint32_t taken = i;
                while (model->ops[t][taken].lock != lock)
                    taken--;
                bool is_told = false;
                for (uint32_t e = 0; e < result->lock_order.edge_count; e++) {
                    const SnLockEdge *told = &result->lock_order.edges[e];
                    is_told = is_told || (told->from_line == model->first_line[t] + taken &&
                                          told->to_line == model->first_line[t] + i);
                }
                ck_assert_msg(is_told, "T%u: l[%u] at operation %u\n%s", t, lock, i, text);
                count++;
            }
    ck_assert_msg(result->lock_order.edge_count == count, "%u edges instead of %u\n%s", result->lock_order.edge_count,
                  count, text);
}

START_TEST(random_programs_agree_with_brute_force)
{
    Rng rng = rng_seed(5);
    uint32_t with_rings = 0;
    for (uint32_t n = 0; n < 300; n++) {
        Model model;
        Text text = {0};
        Ring rings[RINGS];
        uint32_t count = 0, at[THREADS] = {0};
        static bool seen[(OPS + 1) * (OPS + 1) * (OPS + 1)];
        draw(&model, &rng);
        write_model(&model, &text);
        memset(seen, 0, sizeof seen);
        visit(&model, at, seen, rings, &count);
        const SnExploreOptions options = {.skip_counts = true};
        explore(text.bytes, &options);
        compare_rings(rings, count, text.bytes);
        compare_edges(&model, text.bytes);
        with_rings += count > 0;
        text_free(&text);
        done();
    }
    ck_assert_uint_gt(with_rings, 30);
    ck_assert_uint_lt(with_rings, 290);
}
END_TEST

/* ----------------------------------------------------------------------------- memory */

static void starve(const char *text, const SnExploreOptions *options)
{
    char *message;
    ck_assert_int_eq(sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message), SN_OK);
    sn_string_free(message);
    size_t before = mem_live_blocks();
    for (uint64_t n = 1;; n++) {
        mem_fail_at(n);
        SnStatus status = sn_explore(scenario, options, &result, &message);
        mem_fail_at(0);
        bool is_whole = result != NULL && (result->complete || result->finding_count > 0);
        REQUIRE(result != NULL || status == SN_SYSTEM);
        sn_string_free(message);
        sn_result_free(result);
        result = NULL;
        REQUIRE(mem_live_blocks() == before);
        if (is_whole && n > 2000)
            break;
    }
    done();
}

START_TEST(memory_that_ends_is_survived)
{
    starve(ab_ba, NULL);
    starve("mutex g, a, b\nthread A { lock g; lock a; lock b }\nthread B { lock g; lock b; lock a }\n", NULL);
    const SnExploreOptions options = {.max_states = 9};
    starve(ab_ba, &options);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lock order");
    TCase *tcase = tcase_create("lock order");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, opposite_orders_are_confirmed_with_the_deadlock);
    tcase_add_test(tcase, others_make_no_other_finding);
    tcase_add_test(tcase, a_family_is_as_many_threads);
    tcase_add_test(tcase, other_cycles_are_deadlocks_alone);
    tcase_add_test(tcase, who_tries_does_not_wait);
    tcase_add_test(tcase, readers_close_a_cycle_only_where_writers_come_first);
    tcase_add_test(tcase, a_writer_and_a_reader_do);
    tcase_add_test(tcase, the_end_of_a_wait_asks_for_its_mutex);
    tcase_add_test(tcase, a_gate_refutes);
    tcase_add_test(tcase, a_join_refutes);
    tcase_add_test(tcase, an_event_refutes_by_the_states_alone);
    tcase_add_test(tcase, a_dropped_deadlock_is_none);
    tcase_add_test(tcase, a_search_cut_short_leaves_it_open);
    tcase_add_test(tcase, the_line_of_the_taking_follows_the_way);
    tcase_add_test(tcase, random_programs_agree_with_brute_force);
    tcase_add_test(tcase, memory_that_ends_is_survived);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
