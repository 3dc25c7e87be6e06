/* Walks: random ones, forwards and back, agree with the map of the whole state space; what grows on the way is gone along again. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "require.h"
#include "snarl/snarl.h"

static SnScenario *load(const char *text)
{
    SnScenario *scenario;
    char *message;
    SnStatus status = sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s", message == NULL ? "(no message)" : message);
    sn_string_free(message);
    return scenario;
}

static void check_same_place(const SnMap *map, const SnPlace *a, const SnWalk *walk, const SnPlace *b)
{
    ck_assert_int_eq(a->end, b->end);
    ck_assert_uint_eq(a->is_bad, b->is_bad);
    ck_assert_uint_eq(a->move_count, b->move_count);
    for (uint32_t m = 0; m < a->move_count; m++) {
        ck_assert_str_eq(map->threads[a->moves[m].step.thread].name, walk->threads[b->moves[m].step.thread].name);
        ck_assert_uint_eq(a->moves[m].step.choice, b->moves[m].step.choice);
        ck_assert_str_eq(a->moves[m].step.effect, b->moves[m].step.effect);
    }
    ck_assert_uint_eq(map->object_count, walk->object_count);
    for (uint32_t o = 0; o < map->object_count; o++)
        ck_assert_str_eq(a->values[o], b->values[o]);
}

static const char *const texts[] = {
    "shared x = 0\nthread A[2] { x += 1 }\n",
    "mutex a, b\nthread S { lock a\n lock b\n unlock b\n unlock a }\nthread T { lock b\n lock a\n unlock a\n unlock b }\n",
    "queue q[2] lossy\nthread A { put q, 1\n put q, 2 }\nthread B { get q }\n",
    "shared big = 1\nthread A { repeat 20 { big = big * 3 } }\nthread B { skip }\n",
    "actor M { loop { receive } }\nthread A[2] { send M, 1\n send M, 2 }\n",
};

START_TEST(agrees_with_the_map)
{
    SnScenario *scenario = load(texts[_i]);
    SnResult *result;
    SnMap *map;
    SnWalk *walk;
    char *message;
    const SnExploreOptions options = {.map_states = 10000};
    sn_explore(scenario, &options, &result, &message);
    ck_assert_ptr_nonnull(result);
    ck_assert_int_eq(sn_map(result, &map, &message), SN_OK);
    ck_assert_int_eq(sn_walk(scenario, &walk, &message), SN_OK);
    Rng rng = rng_seed(7);
    uint32_t states[200] = {0};
    for (uint32_t round = 0; round < 400; round++) {
        const SnPlace *a = sn_map_place(map, states[walk->step_count]), *b = sn_walk_place(walk);
        ck_assert_ptr_nonnull(b);
        check_same_place(map, a, walk, b);
        if (b->move_count == 0 || rng_below(&rng, 4) == 0) {
            bool at_start = walk->step_count == 0;
            ck_assert_int_eq(sn_walk_back(walk), at_start ? SN_INVALID : SN_OK);
            continue;
        }
        uint32_t move = (uint32_t)rng_below(&rng, b->move_count);
        states[walk->step_count + 1] = a->moves[move].to;
        ck_assert_int_eq(sn_walk_step(walk, move), SN_OK);
    }
    ck_assert_int_eq(sn_walk_step(walk, 1000), SN_INVALID);
    sn_walk_free(walk);
    sn_map_free(map);
    sn_result_free(result);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(functions_that_are_started)
{
    SnScenario *scenario = load("shared n = 0\nfn f() { atomic { n += 1 } }\nthread A { repeat 3 { spawn f() } }\n");
    SnWalk *walk;
    char *message;
    ck_assert_int_eq(sn_walk(scenario, &walk, &message), SN_OK);
    uint32_t before = walk->thread_count;
    while (sn_walk_place(walk)->move_count > 0)
        ck_assert_int_eq(sn_walk_step(walk, 0), SN_OK);
    const SnPlace *end = sn_walk_place(walk);
    ck_assert_str_eq(end->values[0], "3");
    ck_assert_uint_eq(walk->thread_count, before + 2);
    while (walk->step_count > 0)
        ck_assert_int_eq(sn_walk_back(walk), SN_OK);
    ck_assert_str_eq(sn_walk_place(walk)->values[0], "0");
    sn_walk_free(walk);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(memory_that_ends_is_survived)
{
    SnScenario *scenario = load(texts[4]);
    size_t before = mem_live_blocks();
    for (uint64_t n = 1; n < 400; n++) {
        SnWalk *walk;
        char *message;
        mem_fail_at(n);
        SnStatus status = sn_walk(scenario, &walk, &message);
        for (uint32_t s = 0; status == SN_OK && s < 6; s++) {
            const SnPlace *place = sn_walk_place(walk);
            if (place == NULL || place->move_count == 0 || sn_walk_step(walk, place->move_count - 1) != SN_OK)
                break;
        }
        if (status == SN_OK)
            sn_walk_back(walk);
        mem_fail_at(0);
        sn_string_free(message);
        sn_walk_free(walk);
        REQUIRE(mem_live_blocks() == before);
    }
    sn_scenario_free(scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("walk");
    TCase *tcase = tcase_create("walk");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, agrees_with_the_map, 0, sizeof texts / sizeof *texts);
    tcase_add_test(tcase, functions_that_are_started);
    tcase_add_test(tcase, memory_that_ends_is_survived);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
