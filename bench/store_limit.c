/* store_limit: how near the store comes to what a hash table can do at all on this machine.
 *
 * The limit is a bare loop: random keys go into a preallocated table of keys, no ids, no growth, no states kept, with
 * batched prefetch. The store gets the same keys, starts small, grows, hands out ids and keeps the states. Then every
 * key is looked up again. Both in one run, since figures drift with the load of the machine.
 *
 * Usage   store_limit [MILLIONS_OF_KEYS] */
#define _DEFAULT_SOURCE /* MADV_HUGEPAGE; NOLINT(bugprone-reserved-identifier) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "explore/store.h"

enum { BATCH = 64 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* splitmix64: the n-th key, never 0 in its first word. */
static uint64_t key(uint64_t n)
{
    uint64_t z = (n + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* A batch of keys: in order in the first pass, any of them in the second. */
static void make_keys(uint64_t first, uint64_t count, uint32_t pass, uint32_t words, uint64_t *keys)
{
    for (uint32_t i = 0; i < BATCH; i++) {
        uint64_t n = pass == 0 ? first + i : (key(first + i) >> 32) * count >> 32;
        for (uint32_t w = 0; w < words; w++)
            keys[i * words + w] = key(n * words + w);
    }
}

/* ------------------------------------------------------------------ the limit */

static inline uint64_t bare_hash(const uint64_t *state, uint32_t words)
{
    uint64_t hash = 0;
    for (uint32_t w = 0; w < words; w++)
        hash = (hash ^ state[w]) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

static inline __attribute__((always_inline)) uint64_t bare_batch(uint64_t *table, uint64_t mask, const uint64_t *keys,
                                                                 uint32_t words)
{
    uint64_t places[BATCH], added = 0;
    for (uint32_t i = 0; i < BATCH; i++) {
        places[i] = bare_hash(keys + (size_t)i * words, words) & mask;
        __builtin_prefetch(&table[places[i] * words], 1);
    }
    for (uint32_t i = 0; i < BATCH; i++) {
        uint64_t place = places[i];
        while (table[place * words] != 0 &&
               memcmp(&table[place * words], keys + (size_t)i * words, words * sizeof *keys) != 0)
            place = (place + 1) & mask;
        added += table[place * words] == 0;
        memcpy(&table[place * words], keys + (size_t)i * words, words * sizeof *keys);
    }
    return added;
}

static void bare(uint64_t count, uint32_t words, double *insert, double *find)
{
    uint64_t slots = 1024;
    while (slots / 4 * 3 < count)
        slots *= 2;
    size_t bytes = slots * words * sizeof(uint64_t);
    uint64_t *table = aligned_alloc((size_t)2 << 20, (bytes + ((size_t)2 << 20) - 1) >> 21 << 21);
    if (table == NULL)
        exit(1);
    madvise(table, bytes, MADV_HUGEPAGE);
    memset(table, 0, bytes);
    uint64_t keys[BATCH * 2], added = 0;
    for (uint32_t pass = 0; pass < 2; pass++) {
        double begin = seconds();
        for (uint64_t n = 0; n < count; n += BATCH) {
            make_keys(n, count, pass, words, keys);
            added += words == 1 ? bare_batch(table, slots - 1, keys, 1) : bare_batch(table, slots - 1, keys, 2);
        }
        *(pass == 0 ? insert : find) = seconds() - begin;
    }
    if (added != count)
        exit(1);
    free(table);
}

/* ------------------------------------------------------------------- the store */

static void ours(uint64_t count, uint32_t words, double *insert, double *find, double *bytes)
{
    Budget budget = {0};
    Store *store;
    if (store_new(words, 0, &budget, &store) != STATUS_OK)
        exit(1);
    uint64_t keys[BATCH * 2];
    Probe probes[BATCH];
    StateId ids[BATCH];
    uint32_t done;
    for (uint32_t pass = 0; pass < 2; pass++) {
        double begin = seconds();
        for (uint64_t n = 0; n < count; n += BATCH) {
            make_keys(n, count, pass, words, keys);
            store_prefetch(store, keys, BATCH, probes);
            if (store_is_large(store))
                store_peek(store, BATCH, probes);
            if (store_add(store, keys, probes, BATCH, ids, &done) != STATUS_OK || (pass == 0 && ids[0] != (StateId)n))
                exit(1);
        }
        *(pass == 0 ? insert : find) = seconds() - begin;
    }
    *bytes = (double)store_bytes(store) / (double)count;
    store_free(store);
}

int main(int argc, char **argv)
{
    double millions = argc > 1 ? strtod(argv[1], NULL) : 10;
    uint64_t count = (uint64_t)(millions * 1e6) / BATCH * BATCH;
    if (count == 0 || count > UINT32_MAX / 2)
        return 2;
    for (uint32_t words = 1; words <= 2; words++) {
        double bare_insert, bare_find, insert, find, bytes, m = (double)count / 1e6;
        bare(count, words, &bare_insert, &bare_find);
        ours(count, words, &insert, &find, &bytes);
        printf("%2u-byte keys, %.1f M: insert %5.1f M/s of %5.1f (%3.0f %%), find %5.1f M/s of %5.1f (%3.0f %%), %.1f "
               "bytes a state\n",
               words * 8, m, m / insert, m / bare_insert, 100 * bare_insert / insert, m / find, m / bare_find,
               100 * bare_find / find, bytes);
    }
    return 0;
}
