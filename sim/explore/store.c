#include "explore/store.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

#ifdef SNARL_SMALL_TABLES
enum { FIRST_BITS = 1 };
#else
enum { FIRST_BITS = 10 }; /* 4 KiB; the search of a small scenario should not pay for more */
#endif
enum {
    LAST_BITS = 32,
    QUADRUPLE_BELOW = 22, /* bits: beyond 16 MiB a table that is four times too large is memory wasted */
    LINE = 64,
    REFILL_BATCH = 64
};
/* Below this size the states stay in the second-level cache and need no prefetch. */
#define LARGE_BYTES ((size_t)512 << 10)

struct Store {
    uint32_t words;
    uint32_t bits; /* the table has 2^bits slots */
    uint32_t *slots;
    Word *states;
    uint64_t count;
    uint64_t full_at; /* the table must grow before `count` passes it */
    uint64_t most;
    uint64_t room; /* states that fit the memory in hand */
    Stretch table, memory;
    Budget *budget;
};

/* ------------------------------------------------------------------- hashing */

/* Each round is invertible in the state so far, so that two states that differ in one word only never collide before
 * the last shift; the last multiplication brings every bit into the high bits, which make the index, the last shift
 * brings those into the low ones, which make the tag. */
static inline uint64_t hash_words(const Word *state, uint32_t words)
{
    uint64_t hash = 0x2545F4914F6CDD1Du;
    for (uint32_t i = 0; i < words; i++) {
        hash = (hash ^ state[i]) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    hash *= 0xD6E8FEB86659FD93u;
    return hash ^ hash >> 32;
}

static inline bool is_same(const Word *a, const Word *b, uint32_t words)
{
    Word difference = 0;
    for (uint32_t i = 0; i < words; i++)
        difference |= a[i] ^ b[i];
    return difference == 0;
}

static inline uint64_t home_of(uint64_t hash, uint32_t bits)
{
    return hash >> (64 - bits);
}

static inline uint32_t tag_of(uint64_t hash, uint32_t bits)
{
    return (uint32_t)(hash << bits);
}

static inline uint32_t id_mask(uint32_t bits)
{
    return (uint32_t)(((uint64_t)1 << bits) - 1);
}

/* --------------------------------------------------------------------- tables */

static uint64_t slots_of(uint32_t bits)
{
    return (uint64_t)1 << bits;
}

static void adopt_table(Store *store, Stretch table, uint32_t bits)
{
    store->table = table;
    store->slots = table.base;
    store->bits = bits;
    store->full_at = slots_of(bits) / 4 * 3 + (bits == 1);
}

/* A zeroed table, or one without a base. */
static Stretch new_table(Store *store, uint32_t bits)
{
    Stretch table;
    size_t bytes = (size_t)slots_of(bits) * sizeof(uint32_t);
    if (stretch_open(&table, bytes, store->budget) && !stretch_ensure(&table, bytes))
        stretch_close(&table);
    return table;
}

/* Enters the ids of all states into an empty table. */
static void refill(Store *store)
{
    uint32_t bits = store->bits, mask = id_mask(bits);
    uint64_t hashes[REFILL_BATCH];
    for (uint64_t first = 0; first < store->count; first += REFILL_BATCH) {
        uint64_t n = store->count - first < REFILL_BATCH ? store->count - first : REFILL_BATCH;
        for (uint64_t i = 0; i < n; i++) {
            hashes[i] = hash_words(store->states + (first + i) * store->words, store->words);
            __builtin_prefetch(&store->slots[home_of(hashes[i], bits)], 1);
        }
        for (uint64_t i = 0; i < n; i++) {
            uint64_t slot = home_of(hashes[i], bits);
            while (store->slots[slot] != 0)
                slot = (slot + 1) & mask;
            store->slots[slot] = tag_of(hashes[i], bits) | (uint32_t)(first + i + 1);
        }
    }
}

/* The new table is had before the old one goes, so that a refusal changes nothing; no page of it is touched until then,
 * so the two are never in memory together, and the budget forgives the old one. */
static Status grow_table(Store *store)
{
    Budget *budget = store->budget;
    size_t limit = budget->limit_bytes;
    for (uint32_t step = store->bits < QUADRUPLE_BELOW ? 2 : 1; step > 0 && store->bits < LAST_BITS; step--) {
        uint32_t larger = store->bits + step > LAST_BITS ? LAST_BITS : store->bits + step;
        budget->limit_bytes = limit == 0 ? 0 : limit + store->table.bytes;
        Stretch table = new_table(store, larger);
        budget->limit_bytes = limit;
        if (table.base == NULL)
            continue;
        stretch_close(&store->table);
        adopt_table(store, table, larger);
        refill(store);
        return STATUS_OK;
    }
    /* Refused: fill this one to 15/16, slower but possible. One slot must stay empty, since probing ends there. */
    uint64_t slots = slots_of(store->bits), last = slots - (slots / 16 + 1);
    if (store->full_at < last) {
        store->full_at = last;
        return STATUS_OK;
    }
    return store->budget->was_hit ? STATUS_LIMIT : STATUS_NO_MEMORY;
}

Status store_new(uint32_t words, uint64_t most, Budget *budget, Store **out)
{
    *out = NULL;
    Store *store = mem_alloc(1, sizeof *store);
    if (store == NULL)
        return STATUS_NO_MEMORY;
    store->words = words;
    store->budget = budget;
    store->most = most == 0 || most > UINT32_MAX - 1 ? UINT32_MAX - 1 : most;
    Stretch table = new_table(store, FIRST_BITS);
    if (table.base != NULL)
        adopt_table(store, table, FIRST_BITS);
    if (table.base == NULL || !stretch_open(&store->memory, (size_t)store->most * words * sizeof(Word), budget)) {
        store_free(store);
        return budget->was_hit ? STATUS_LIMIT : STATUS_NO_MEMORY;
    }
    store->states = store->memory.base;
    *out = store;
    return STATUS_OK;
}

void store_free(Store *store)
{
    if (store == NULL)
        return;
    stretch_close(&store->table);
    stretch_close(&store->memory);
    mem_free(store);
}

uint64_t store_count(const Store *store)
{
    return store->count;
}

const Word *store_get(const Store *store, StateId id)
{
    return store->states + (size_t)id * store->words;
}

size_t store_bytes(const Store *store)
{
    return store->table.bytes + store->memory.bytes;
}

bool store_is_large(const Store *store)
{
    return store->count * store->words * sizeof(Word) > LARGE_BYTES;
}

/* ------------------------------------------------------------------- look-ups */

/* The loops below are compiled once for each common width, so that hashing and comparing are straight code. */
#define FOR_WIDTH(words, call)                                                                                         \
    switch (words) {                                                                                                   \
    case 1: call(1); break;                                                                                            \
    case 2: call(2); break;                                                                                            \
    case 3: call(3); break;                                                                                            \
    case 4: call(4); break;                                                                                            \
    default: call(words); break;                                                                                       \
    }
#define INLINE static inline __attribute__((always_inline))

INLINE void prefetch_slots(const Store *store, const Word *states, uint32_t count, Probe *probes, uint32_t words)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t hash = hash_words(states + (size_t)i * words, words);
        __builtin_prefetch(&store->slots[home_of(hash, store->bits)]);
        probes[i] = (Probe){hash, 0};
    }
}

void store_prefetch(const Store *store, const Word *states, uint32_t count, Probe *probes)
{
#define CALL(n) prefetch_slots(store, states, count, probes, n)
    FOR_WIDTH(store->words, CALL)
#undef CALL
}

void store_peek(const Store *store, uint32_t count, Probe *probes)
{
    uint32_t bits = store->bits, mask = id_mask(bits);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t slot = home_of(probes[i].hash, bits);
        uint32_t tag = tag_of(probes[i].hash, bits), entry;
        while ((entry = store->slots[slot]) != 0) {
            if (((entry ^ tag) & ~mask) == 0) {
                probes[i].hint = entry & mask;
                __builtin_prefetch(store->states + (size_t)(probes[i].hint - 1) * store->words);
                break;
            }
            slot = (slot + 1) & mask;
        }
    }
}

/* The id of an equal state, or UINT32_MAX and the slot where it would go. */
INLINE StateId find(const Store *store, const Word *state, uint64_t hash, uint32_t words, uint64_t *free_slot)
{
    uint32_t bits = store->bits, mask = id_mask(bits), tag = tag_of(hash, bits), entry;
    uint64_t slot = home_of(hash, bits);
    while ((entry = store->slots[slot]) != 0) {
        if (((entry ^ tag) & ~mask) == 0) {
            StateId id = (entry & mask) - 1;
            if (is_same(state, store->states + (size_t)id * words, words))
                return id;
        }
        slot = (slot + 1) & mask;
    }
    *free_slot = slot;
    return UINT32_MAX;
}

/* Makes room for the words of one more state. */
static Status make_word_room(Store *store)
{
    if (store->count >= store->most)
        return STATUS_LIMIT;
    if (store->count < store->room)
        return STATUS_OK;
    if (!stretch_ensure(&store->memory, (size_t)(store->count + 1) * store->words * sizeof(Word)))
        return store->budget->was_hit ? STATUS_LIMIT : STATUS_NO_MEMORY;
    store->room = store->memory.bytes / (store->words * sizeof(Word));
    if (store->room > store->most)
        store->room = store->most;
    return STATUS_OK;
}

/* Makes room for one more state. */
static __attribute__((noinline)) Status make_room(Store *store)
{
    Status status = make_word_room(store);
    if (status != STATUS_OK)
        return status;
    while (store->count >= store->full_at) {
        status = grow_table(store);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

INLINE Status add_all(Store *store, const Word *states, const Probe *probes, uint32_t count, StateId *ids,
                      uint32_t *done, uint32_t words)
{
    for (uint32_t i = 0; i < count; i++) {
        const Word *state = states + (size_t)i * words;
        if (probes[i].hint != 0 && is_same(state, store->states + (size_t)(probes[i].hint - 1) * words, words)) {
            ids[i] = probes[i].hint - 1;
            continue;
        }
        uint64_t slot = 0;
        StateId id = find(store, state, probes[i].hash, words, &slot);
        if (id == UINT32_MAX) {
            if (store->count >= store->room || store->count >= store->full_at) {
                Status status = make_room(store);
                if (status != STATUS_OK) {
                    *done = i;
                    return status;
                }
                find(store, state, probes[i].hash, words, &slot); /* the table may be another */
            }
            id = (StateId)store->count++;
            for (uint32_t w = 0; w < words; w++)
                store->states[(size_t)id * words + w] = state[w];
            store->slots[slot] = tag_of(probes[i].hash, store->bits) | (id + 1);
        }
        ids[i] = id;
    }
    *done = count;
    return STATUS_OK;
}

Status store_add(Store *store, const Word *states, const Probe *probes, uint32_t count, StateId *ids, uint32_t *done)
{
    Status status = STATUS_OK;
#define CALL(n) status = add_all(store, states, probes, count, ids, done, n)
    FOR_WIDTH(store->words, CALL)
#undef CALL
    return status;
}

Status store_append(Store *store, const Word *state)
{
    if (store->count >= store->room) {
        Status status = make_word_room(store);
        if (status != STATUS_OK)
            return status;
    }
    memcpy(store->states + store->count++ * store->words, state, store->words * sizeof *state);
    return STATUS_OK;
}

/* A table of the size that it would have grown to, one step at a time. */
Status store_index(Store *store)
{
    uint32_t bits = store->bits;
    while (bits < LAST_BITS && slots_of(bits) / 4 * 3 + (bits == 1) <= store->count)
        bits += bits < QUADRUPLE_BELOW ? 2 : 1;
    if (bits > LAST_BITS)
        bits = LAST_BITS;
    while (bits > store->bits) {
        Stretch table = new_table(store, bits);
        if (table.base != NULL) {
            stretch_close(&store->table);
            adopt_table(store, table, bits);
            break;
        }
        bits--; /* a fuller one */
    }
    uint64_t slots = slots_of(store->bits);
    if (store->count > slots - (slots / 16 + 1))
        return store->budget->was_hit ? STATUS_LIMIT : STATUS_NO_MEMORY;
    refill(store);
    return STATUS_OK;
}

StateId store_find(const Store *store, const Word *state)
{
    uint64_t slot;
    return find(store, state, hash_words(state, store->words), store->words, &slot);
}
