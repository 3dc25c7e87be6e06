#include "explore/store.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "explore/store_inline.h"

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
    uint64_t wanted = expected == 0 ? most : expected + expected / 16 * 6 + 64;
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

static uint64_t hash_row(const Store *store, StateId id)
{
    const unsigned char *row = store_row(store, id);
    uint64_t hash = STORE_HASH_SEED;
    for (uint32_t i = 0; i < store->words; i++)
        hash = store_hash_word(hash, store_word(store, row, i, store->words));
    return store_hash_end(hash);
}

/* Enters the ids of all states into an empty table. */
static void refill(Store *store)
{
    uint32_t bits = store->bits, size = store->size;
    uint64_t hashes[REFILL_BATCH];
    for (uint64_t first = 0; first < store->count; first += REFILL_BATCH) {
        uint64_t n = store->count - first < REFILL_BATCH ? store->count - first : REFILL_BATCH;
        for (uint64_t i = 0; i < n; i++) {
            hashes[i] = hash_row(store, (StateId)(first + i));
            __builtin_prefetch(&store->slots[store_home(hashes[i], size)], 1);
        }
        for (uint64_t i = 0; i < n; i++) {
            uint32_t slot = store_home(hashes[i], size);
            while (store->slots[slot] != 0)
                slot = store_behind(slot, size);
            store->slots[slot] = store_tag(hashes[i], bits) | (uint32_t)(first + i + 1);
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
    return store_new_packed(words, words * (uint32_t)sizeof(Word), most, budget, out);
}

Status store_new_packed(uint32_t words, uint32_t row_bytes, uint64_t most, Budget *budget, Store **out)
{
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        row_bytes = words * (uint32_t)sizeof(Word);
    assert(row_bytes > (words - 1) * sizeof(Word) && row_bytes <= words * sizeof(Word));
    *out = NULL;
    Store *store = mem_alloc(1, sizeof *store);
    if (store == NULL)
        return STATUS_NO_MEMORY;
    store->words = words;
    store->row_bytes = row_bytes;
    store->last_mask = ~(Word)0 >> (words * sizeof(Word) - row_bytes) * 8;
    store->budget = budget;
    store->most = most == 0 || most > UINT32_MAX - 1 ? UINT32_MAX - 1 : most;
    Stretch table = new_table(store, FIRST_SLOTS);
    if (table.base != NULL)
        adopt_table(store, table, FIRST_SLOTS);
    if (table.base == NULL || !stretch_open(&store->memory, (size_t)store->most * row_bytes + sizeof(Word), budget)) {
        store_free(store);
        return budget->was_hit ? STATUS_LIMIT : STATUS_NO_MEMORY;
    }
    store->rows = store->memory.base;
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

size_t store_bytes(const Store *store)
{
    return store->table.bytes + store->memory.bytes;
}

/* ------------------------------------------------------------------- look-ups */

void store_prefetch(Store *store, const Word *states, uint32_t count, Probe *probes)
{
#define CALL(n) store_prefetch_wide(store, states, count, probes, n)
    STORE_FOR_WIDTH(store->words, CALL)
#undef CALL
}

/* Makes room for the words of one more state. */
static Status make_word_room(Store *store)
{
    if (store->count >= store->most)
        return STATUS_LIMIT;
    if (store->count < store->room)
        return STATUS_OK;
    if (!stretch_ensure(&store->memory, (size_t)(store->count + 1) * store->row_bytes + sizeof(Word)))
        return store->budget->was_hit ? STATUS_LIMIT : STATUS_NO_MEMORY;
    store->room = (store->memory.bytes - sizeof(Word)) / store->row_bytes;
    if (store->room > store->most)
        store->room = store->most;
    return STATUS_OK;
}

/* Makes room for one more state. */
Status store_make_room(Store *store)
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

void store_peek(const Store *store, uint32_t count, Probe *probes)
{
    store_peek_all(store, count, probes);
}

Status store_add(Store *store, const Word *states, const Probe *probes, uint32_t count, StateId *ids, uint32_t *done)
{
    Status status = STATUS_OK;
#define CALL(n) status = store_add_wide(store, states, probes, count, ids, done, n)
    STORE_FOR_WIDTH(store->words, CALL)
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
    memcpy(store->rows + store->count++ * store->row_bytes, state, store->words * sizeof *state);
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
    uint64_t hash = store_hash(state, store->words);
    uint32_t slot = store_home(hash, store->size);
    return store_find_wide(store, state, hash, store->words, &slot);
}
