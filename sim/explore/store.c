#include "explore/store.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

#ifdef SNARL_SMALL_TABLES
enum { FIRST_SLOTS = 2 };
#else
enum { FIRST_SLOTS = 1024 }; /* 4 KiB; the search of a small scenario should not pay for more */
#endif
enum {
    QUADRUPLE_BELOW = 1 << 22, /* slots: beyond 16 MiB a table that is four times too large is memory wasted */
    REFILL_BATCH = 64
};
#define MOST_SLOTS UINT32_MAX
/* Below this size the states stay in the second-level cache and need no prefetch. */
#define LARGE_BYTES ((size_t)512 << 10)

struct Store {
    uint32_t words;
    uint32_t size; /* slots */
    uint32_t bits; /* of a slot, for the id */
    uint32_t *slots;
    Word *states;
    uint64_t count;
    uint64_t full_at; /* the table must grow before `count` passes it */
    uint64_t most;
    uint64_t expected; /* states in all; 0: no idea */
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

/* The 32 highest bits as a fraction of the table (Lemire, "Fast random integer generation in an interval", 2019). */
static inline uint32_t home_of(uint64_t hash, uint32_t size)
{
    return (uint32_t)((hash >> 32) * size >> 32);
}

static inline uint32_t behind(uint32_t slot, uint32_t size)
{
    return ++slot == size ? 0 : slot;
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

static uint32_t bits_for(uint32_t size)
{
    return 32 - (uint32_t)__builtin_clz(size);
}

/* Beyond this many states a table is full: 13 of 16 slots; at least one must stay empty, since probing ends there. */
static uint64_t fill_of(uint32_t size)
{
    return size <= 2 ? 1 : (uint64_t)size * 13 / 16;
}

static uint64_t last_fill(uint32_t size)
{
    return size - (size / 16 + 1);
}

/* The next size: for what is expected, neither too little more nor too much. */
static uint32_t larger(uint32_t size, uint64_t expected)
{
    uint64_t least = (uint64_t)size + size / 4, most = (uint64_t)size * (size < QUADRUPLE_BELOW ? 4 : 2);
    uint64_t wanted = expected == 0 ? most : expected + expected / 16 * 4 + 64;
    uint64_t more = wanted < least ? least : wanted > most ? most : wanted;
    return more > MOST_SLOTS ? MOST_SLOTS : (uint32_t)more;
}

static void adopt_table(Store *store, Stretch table, uint32_t size)
{
    store->table = table;
    store->slots = table.base;
    store->size = size;
    store->bits = bits_for(size);
    store->full_at = fill_of(size);
}

/* A zeroed table, or one without a base. */
static Stretch new_table(Store *store, uint32_t size)
{
    Stretch table;
    size_t bytes = (size_t)size * sizeof(uint32_t);
    if (stretch_open(&table, bytes, store->budget) && !stretch_ensure(&table, bytes))
        stretch_close(&table);
    return table;
}

/* Enters the ids of all states into an empty table. */
static void refill(Store *store)
{
    uint32_t bits = store->bits, size = store->size;
    uint64_t hashes[REFILL_BATCH];
    for (uint64_t first = 0; first < store->count; first += REFILL_BATCH) {
        uint64_t n = store->count - first < REFILL_BATCH ? store->count - first : REFILL_BATCH;
        for (uint64_t i = 0; i < n; i++) {
            hashes[i] = hash_words(store->states + (first + i) * store->words, store->words);
            __builtin_prefetch(&store->slots[home_of(hashes[i], size)], 1);
        }
        for (uint64_t i = 0; i < n; i++) {
            uint32_t slot = home_of(hashes[i], size);
            while (store->slots[slot] != 0)
                slot = behind(slot, size);
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
    uint32_t wanted = larger(store->size, store->expected), less = store->size + store->size / 4;
    for (uint32_t tries = 0; tries < 2 && wanted > store->size; tries++, wanted = less) {
        budget->limit_bytes = limit == 0 ? 0 : limit + store->table.bytes;
        Stretch table = new_table(store, wanted);
        budget->limit_bytes = limit;
        if (table.base == NULL)
            continue;
        stretch_close(&store->table);
        adopt_table(store, table, wanted);
        refill(store);
        return STATUS_OK;
    }
    /* Refused: fill this one to 15/16, slower but possible. */
    uint64_t last = last_fill(store->size);
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
    Stretch table = new_table(store, FIRST_SLOTS);
    if (table.base != NULL)
        adopt_table(store, table, FIRST_SLOTS);
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

void store_expect(Store *store, uint64_t states)
{
    store->expected = states;
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
        __builtin_prefetch(&store->slots[home_of(hash, store->size)]);
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
    uint32_t bits = store->bits, mask = id_mask(bits), size = store->size;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = home_of(probes[i].hash, size);
        uint32_t tag = tag_of(probes[i].hash, bits), entry;
        while ((entry = store->slots[slot]) != 0) {
            if (((entry ^ tag) & ~mask) == 0) {
                probes[i].hint = entry & mask;
                __builtin_prefetch(store->states + (size_t)(probes[i].hint - 1) * store->words);
                break;
            }
            slot = behind(slot, size);
        }
    }
}

/* The id of an equal state, or UINT32_MAX and the slot where it would go. */
INLINE StateId find(const Store *store, const Word *state, uint64_t hash, uint32_t words, uint32_t *free_slot)
{
    uint32_t bits = store->bits, mask = id_mask(bits), tag = tag_of(hash, bits), size = store->size, entry;
    uint32_t slot = home_of(hash, size);
    while ((entry = store->slots[slot]) != 0) {
        if (((entry ^ tag) & ~mask) == 0) {
            StateId id = (entry & mask) - 1;
            if (is_same(state, store->states + (size_t)id * words, words))
                return id;
        }
        slot = behind(slot, size);
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
        uint32_t slot = 0;
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
    uint32_t size = store->size;
    while (size < MOST_SLOTS && fill_of(size) <= store->count)
        size = larger(size, store->expected);
    for (; size > store->size; size -= size / 4) { /* a fuller one */
        Stretch table = new_table(store, size);
        if (table.base != NULL) {
            stretch_close(&store->table);
            adopt_table(store, table, size);
            break;
        }
    }
    if (store->count > last_fill(store->size))
        return store->budget->was_hit ? STATUS_LIMIT : STATUS_NO_MEMORY;
    refill(store);
    return STATUS_OK;
}

StateId store_find(const Store *store, const Word *state)
{
    uint32_t slot;
    return find(store, state, hash_words(state, store->words), store->words, &slot);
}
