#include "explore/store.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "require.h"

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* The n-th of a family of distinct states: half of them differ in few bits only, as real states do. */
static void make_state(uint64_t n, uint32_t words, Word *state)
{
    for (uint32_t w = 0; w < words; w++)
        state[w] = w == n % words ? (n % 2 == 0 ? n : mix(n) | 1) : 0;
    if (words > 1)
        state[words - 1] ^= n << 32;
}

static Status add(Store *store, const Word *states, uint32_t count, StateId *ids, bool peeks)
{
    Probe probes[64];
    uint32_t done;
    REQUIRE(count <= 64);
    store_prefetch(store, states, count, probes);
    if (peeks)
        store_peek(store, count, probes);
    Status status = store_add(store, states, probes, count, ids, &done);
    REQUIRE(status != STATUS_OK || done == count);
    return status;
}

static void check_width(uint32_t words, uint64_t states, bool peeks)
{
    Budget budget = {0};
    Store *store;
    REQUIRE(store_new(words, 0, &budget, &store) == STATUS_OK);
    Word *batch = calloc((size_t)64 * words, sizeof *batch);
    StateId ids[64];
    const Word *first = NULL;
    for (uint64_t n = 0; n < states; n += 32) {
        /* 32 new ones, and behind each an old one */
        for (uint64_t i = 0; i < 32; i++) {
            make_state(n + i, words, batch + 2 * i * words);
            make_state(mix(n + i) % (n + i + 1), words, batch + (2 * i + 1) * words);
        }
        REQUIRE(add(store, batch, 64, ids, peeks) == STATUS_OK);
        for (uint64_t i = 0; i < 32; i++) {
            REQUIRE(ids[2 * i] == n + i);
            REQUIRE(ids[2 * i + 1] == mix(n + i) % (n + i + 1));
        }
        if (n == 0)
            first = store_get(store, 0);
    }
    REQUIRE(first == store_get(store, 0)); /* growth moves nothing */
    REQUIRE(store_count(store) == states);
    for (uint64_t n = 0; n < states; n++) {
        make_state(n, words, batch);
        REQUIRE(memcmp(store_get(store, (StateId)n), batch, words * sizeof *batch) == 0);
        REQUIRE(store_find(store, batch) == n);
    }
    memset(batch, 0xFF, words * sizeof *batch);
    REQUIRE(store_find(store, batch) == UINT32_MAX);
    REQUIRE(budget.used_bytes == store_bytes(store));
    REQUIRE(mem_live_blocks() == 3);
    store_free(store);
    free(batch);
    REQUIRE(budget.used_bytes == 0);
    REQUIRE(mem_live_blocks() == 0);
    REQUIRE(mem_live_bytes() == 0);
}

START_TEST(ids_follow_insertion)
{
    for (uint32_t words = 1; words <= 6; words++) {
        check_width(words, 64, false);
        check_width(words, 20000, words % 2 == 0);
    }
    check_width(1, 300000, true);
}
END_TEST

/* Rows of every number of bytes, ahead of a table that is told what to expect, rightly or not. */
START_TEST(packs_rows)
{
    enum { STATES = 6000 };
    for (uint32_t bytes = 3; bytes <= 33; bytes++) {
        uint32_t words = (bytes + 7) / 8, unused = words * 64 - bytes * 8;
        Budget budget = {0};
        Store *store;
        REQUIRE(store_new_packed(words, bytes, 0, &budget, &store) == STATUS_OK);
        Word states[2 * 5], read[5];
        for (uint64_t n = 0; n < STATES; n++) {
            for (uint32_t w = 0; w < words; w++)
                states[w] = w == 0 ? n : mix(n + w);
            states[words - 1] = words == 1 ? n : states[words - 1] >> unused;
            memcpy(states + words, states, words * sizeof *states);
            StateId ids[2];
            if (n % 1000 == 500)
                store_expect(store, n % 3 == 0 ? 0 : n % 3 == 1 ? STATES : n / 2);
            REQUIRE(add(store, states, 2, ids, n % 2 == 0) == STATUS_OK);
            REQUIRE(ids[0] == n && ids[1] == n);
            StateId earlier = (StateId)(mix(n) % (n + 1));
            store_read(store, earlier, read);
            REQUIRE(store_find(store, read) == earlier);
            store_read(store, (StateId)n, read);
            REQUIRE(memcmp(read, states, words * sizeof *read) == 0);
        }
        REQUIRE(store_count(store) == STATES);
        store_free(store);
    }
    REQUIRE(mem_live_blocks() == 0);
}
END_TEST

START_TEST(equal_states_in_one_batch)
{
    Budget budget = {0};
    Store *store;
    REQUIRE(store_new(1, 0, &budget, &store) == STATUS_OK);
    Word states[5] = {7, 7, 0, 7, 0};
    StateId ids[5], expected[5] = {0, 0, 1, 0, 1};
    REQUIRE(add(store, states, 5, ids, true) == STATUS_OK);
    REQUIRE(memcmp(ids, expected, sizeof ids) == 0);
    store_free(store);
}
END_TEST

START_TEST(stops_at_most)
{
    for (uint64_t most = 1; most < 70; most++) {
        Budget budget = {0};
        Store *store;
        REQUIRE(store_new(2, most, &budget, &store) == STATUS_OK);
        Word states[2 * 100];
        for (uint64_t n = 0; n < 100; n++)
            make_state(n, 2, states + 2 * n);
        Probe probes[100];
        StateId ids[100];
        uint32_t done;
        store_prefetch(store, states, 100, probes);
        REQUIRE(store_add(store, states, probes, 100, ids, &done) == STATUS_LIMIT);
        REQUIRE(done == most);
        REQUIRE(store_count(store) == most);
        REQUIRE(!budget.was_hit);
        REQUIRE(store_add(store, states, probes, (uint32_t)most, ids, &done) ==
                STATUS_OK); /* the old ones are still welcome */
        store_free(store);
    }
    REQUIRE(mem_live_blocks() == 0);
}
END_TEST

START_TEST(stops_at_budget)
{
    for (size_t limit = 1000; limit < 4000000; limit = limit * 3 / 2) {
        Budget budget = {.limit_bytes = limit};
        Store *store;
        Status status = store_new(1, 0, &budget, &store);
        uint64_t n = 0;
        for (; status == STATUS_OK; n++) {
            Word state = mix(n);
            StateId id;
            status = add(store, &state, 1, &id, false);
            REQUIRE(status != STATUS_OK || id == n);
            REQUIRE(budget.used_bytes <= limit);
        }
        REQUIRE(status == STATUS_LIMIT);
        REQUIRE(budget.was_hit);
        REQUIRE(n * 10 <= limit); /* at least 10 bytes a state, */
        if (limit > 300000)
            ck_assert_uint_ge(n * 32, limit); /* but not much more */
        for (uint64_t i = 0; store != NULL && i < store_count(store); i++) {
            Word state = mix(i);
            REQUIRE(store_find(store, &state) == i);
        }
        store_free(store);
    }
    REQUIRE(mem_live_blocks() == 0);
}
END_TEST

START_TEST(survives_refused_memory)
{
    uint64_t refused = 0;
    for (uint64_t fail = 1; fail < 60; fail++) {
        Budget budget = {0};
        Store *store;
        mem_fail_at(fail);
        Status status = store_new(1, 0, &budget, &store);
        if (status != STATUS_OK) {
            REQUIRE(status == STATUS_NO_MEMORY);
            ck_assert_ptr_null(store);
        }
        for (uint64_t n = 0; status == STATUS_OK && n < 30000; n++) {
            Word state = mix(n);
            StateId id;
            status = add(store, &state, 1, &id, n % 2 == 0);
            if (status == STATUS_NO_MEMORY) {
                refused++;
                REQUIRE(store_count(store) == n);
                status = add(store, &state, 1, &id, false); /* it was refused once only */
            }
            REQUIRE(status == STATUS_OK);
            REQUIRE(id == n);
        }
        store_free(store);
        mem_fail_at(0);
        REQUIRE(mem_live_blocks() == 0);
    }
#ifdef SNARL_SMALL_TABLES
    ck_assert_uint_gt(refused, 0);
#else
    (void)refused;
#endif
}
END_TEST

START_TEST(stretch_grows_in_place)
{
    Budget budget = {0};
    Stretch stretch;
    REQUIRE(stretch_open(&stretch, (size_t)1 << 33, &budget));
    unsigned char *base = stretch.base;
    for (size_t bytes = 1; bytes < (size_t)40 << 20; bytes += bytes / 2 + 1) {
        REQUIRE(stretch_ensure(&stretch, bytes));
        REQUIRE(stretch.base == base);
        REQUIRE(base[bytes - 1] == 0);
        base[bytes - 1] = 1;
        REQUIRE(mem_live_bytes() == stretch.bytes);
        REQUIRE(mem_live_blocks() == 1);
    }
    REQUIRE(!stretch_ensure(&stretch, SIZE_MAX / 2));
    mem_set_budget(stretch.bytes);
    REQUIRE(!stretch_ensure(&stretch, stretch.bytes + 1));
    mem_set_budget(0);
    REQUIRE(stretch_ensure(&stretch, stretch.bytes + 1));
    stretch_close(&stretch);
    stretch_close(&stretch);
    REQUIRE(mem_live_blocks() == 0);
    REQUIRE(budget.used_bytes == 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *tests = tcase_create("store");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, ids_follow_insertion);
    tcase_add_test(tests, packs_rows);
    tcase_add_test(tests, equal_states_in_one_batch);
    tcase_add_test(tests, stops_at_most);
    tcase_add_test(tests, stops_at_budget);
    tcase_add_test(tests, survives_refused_memory);
    tcase_add_test(tests, stretch_grows_in_place);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
