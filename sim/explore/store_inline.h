/* store_inline.h: the passes of store.h, in sight of the compiler: compiled into their callers, for a number of words that is known there.
 * Private to store.c and search.c. */
#ifndef EXPLORE_STORE_INLINE_H
#define EXPLORE_STORE_INLINE_H

#include "explore/store.h"

/* ------------------------------------------------------------------- hashing */

/* Each round is invertible in the state so far, so that two states that differ in one word only never collide before
 * the last shift; the last multiplication brings every bit into the high bits, which make the index, the last shift
 * brings those into the low ones, which make the tag. */
#define STORE_HASH_SEED UINT64_C(0x2545F4914F6CDD1D)

static inline uint64_t store_hash_word(uint64_t hash, Word word)
{
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

static inline uint64_t store_hash_end(uint64_t hash)
{
    hash *= 0xD6E8FEB86659FD93u;
    return hash ^ hash >> 32;
}

static inline uint64_t store_hash(const Word *state, uint32_t words)
{
    uint64_t hash = STORE_HASH_SEED;
    for (uint32_t i = 0; i < words; i++)
        hash = store_hash_word(hash, state[i]);
    return store_hash_end(hash);
}

static inline const unsigned char *store_row(const Store *store, StateId id)
{
    return store->rows + (size_t)id * store->row_bytes;
}

/* A word of a row; behind the last row there is room for one. */
static inline Word store_word(const Store *store, const unsigned char *row, uint32_t i, uint32_t words)
{
    Word word;
    memcpy(&word, row + (size_t)i * sizeof word, sizeof word);
    return i + 1 == words ? word & store->last_mask : word;
}

static inline bool store_is_same(const Store *store, StateId id, const Word *state, uint32_t words)
{
    const unsigned char *row = store_row(store, id);
    Word difference = 0;
    for (uint32_t i = 0; i < words; i++)
        difference |= state[i] ^ store_word(store, row, i, words);
    return difference == 0;
}

/* The 32 highest bits as a fraction of the table (Lemire, "Fast random integer generation in an interval", 2019). */
static inline uint32_t store_home(uint64_t hash, uint32_t size)
{
    return (uint32_t)((hash >> 32) * size >> 32);
}

static inline uint32_t store_behind(uint32_t slot, uint32_t size)
{
    return ++slot == size ? 0 : slot;
}

static inline uint32_t store_tag(uint64_t hash, uint32_t bits)
{
    return (uint32_t)(hash << bits);
}

static inline uint32_t store_id_mask(uint32_t bits)
{
    return (uint32_t)(((uint64_t)1 << bits) - 1);
}

/* The loops below are compiled once for each common width, so that hashing and comparing are straight code. */
#define STORE_FOR_WIDTH(words, call)                                                                                         \
    switch (words) {                                                                                                   \
    case 1: call(1); break;                                                                                            \
    case 2: call(2); break;                                                                                            \
    case 3: call(3); break;                                                                                            \
    case 4: call(4); break;                                                                                            \
    default: call(words); break;                                                                                       \
    }
#define STORE_INLINE static inline __attribute__((always_inline))

STORE_INLINE void store_prefetch_wide(Store *store, const Word *states, uint32_t count, Probe *probes, uint32_t words)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t hash = store_hash(states + (size_t)i * words, words);
        uint32_t home = store_home(hash, store->size);
        __builtin_prefetch(&store->slots[home]);
        probes[i] = (Probe){hash, 0, home};
    }
    store->aimed_size = store->size;
}

STORE_INLINE void store_peek_all(const Store *store, uint32_t count, Probe *probes)
{
    uint32_t bits = store->bits, mask = store_id_mask(bits), size = store->size;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = probes[i].slot;
        uint32_t tag = store_tag(probes[i].hash, bits), entry;
        while ((entry = store->slots[slot]) != 0) {
            if (((entry ^ tag) & ~mask) == 0) {
                probes[i].hint = entry & mask;
                __builtin_prefetch(store_row(store, probes[i].hint - 1));
                break;
            }
            slot = store_behind(slot, size);
        }
        probes[i].slot = slot;
    }
}

/* The id of an equal state, or UINT32_MAX and the slot where it would go. `*at`: the slot to begin with, ahead of which it cannot be. */
STORE_INLINE StateId store_find_wide(const Store *store, const Word *state, uint64_t hash, uint32_t words, uint32_t *at)
{
    uint32_t bits = store->bits, mask = store_id_mask(bits), tag = store_tag(hash, bits), size = store->size, entry;
    uint32_t slot = *at;
    while ((entry = store->slots[slot]) != 0) {
        if (((entry ^ tag) & ~mask) == 0) {
            StateId id = (entry & mask) - 1;
            if (store_is_same(store, id, state, words))
                return id;
        }
        slot = store_behind(slot, size);
    }
    *at = slot;
    return UINT32_MAX;
}

/* Makes room for one more state. */
Status store_make_room(Store *store);

STORE_INLINE Status store_add_wide(Store *store, const Word *states, const Probe *probes, uint32_t count, StateId *ids,
                      uint32_t *done, uint32_t words)
{
    for (uint32_t i = 0; i < count; i++) {
        const Word *state = states + (size_t)i * words;
        if (probes[i].hint != 0 && store_is_same(store, probes[i].hint - 1, state, words)) {
            ids[i] = probes[i].hint - 1;
            continue;
        }
        /* nothing is ever taken out: what was looked at in the second pass is as it was, as long as the table is the same */
        uint32_t slot = store->size == store->aimed_size ? probes[i].slot : store_home(probes[i].hash, store->size);
        StateId id = store_find_wide(store, state, probes[i].hash, words, &slot);
        if (id == UINT32_MAX) {
            if (store->count >= store->room || store->count >= store->full_at) {
                Status status = store_make_room(store);
                if (status != STATUS_OK) {
                    *done = i;
                    return status;
                }
                slot = store_home(probes[i].hash, store->size); /* the table may be another */
                store_find_wide(store, state, probes[i].hash, words, &slot);
            }
            id = (StateId)store->count++;
            memcpy(store->rows + (size_t)id * store->row_bytes, state, words * sizeof *state); /* the next row goes over what is too much */
            store->slots[slot] = store_tag(probes[i].hash, store->bits) | (id + 1);
        }
        ids[i] = id;
    }
    *done = count;
    return STATUS_OK;
}

#endif
