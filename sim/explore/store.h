/* store.h: the set of visited states, packed state -> StateId.
 *
 * Shape   Packed states lie back to back in order of insertion, `words` words each; the n-th is that with id n. The
 *         table has n < 2^k slots of 32 bits:
 *
 *              31           k k-1            0
 *             +--------------+----------------+    the highest bits of the hash, as a fraction of n, say which slot comes
 *             | tag          | id + 1, or 0   |    first, then linear probing; the tag is its 32-k lowest bits, so that
 *             +--------------+----------------+    few states are compared in vain
 *
 *         A state costs its own words and 4.9 bytes of table where store_expect guessed well, otherwise up to 10 (20 in small
 *         tables, which grow by 4); nothing is lost.
 * Units   ids count states; tables count slots.
 * Owner   the store; a pointer from store_get lives until store_free.
 * Errors  STATUS_LIMIT at the budget or at `most` states, STATUS_NO_MEMORY; the store stays as it was.
 * Speed   Once the table has left the cache a look-up waits twice for memory: for the slot, and for the state to
 *         compare. The three passes of a batch (hash and prefetch the slot; read the slot and prefetch the state;
 *         compare or insert) let these waits overlap. Growth fills a new table from the states, which are read in
 *         sequence; the old table is given back before.
 * Source  Laarman, van de Pol, Weber, "Boosting multi-core reachability performance with shared hash tables", FMCAD
 *         2010. There the table holds the states; here ids are wanted in order of discovery, so the table holds ids.
 *         */
#ifndef EXPLORE_STORE_H
#define EXPLORE_STORE_H

#include <assert.h>
#include <string.h>

#include "explore/graph.h"
#include "explore/stretch.h"

/* A state on its way through the three passes. */
typedef struct Probe {
    uint64_t hash;
    StateId hint;  /* id + 1 of a state that may be equal; 0: none known */
    uint32_t slot; /* where to look next */
} Probe;

/* Nobody's but the functions' of this header and store_inline.h; in sight so that they can be part of their callers. */
struct Store {
    uint32_t words;
    uint32_t size; /* slots */
    uint32_t aimed_size; /* when the first pass was made */
    uint32_t bits; /* of a slot, for the id */
    uint32_t *slots;
    unsigned char *rows;
    uint32_t row_bytes; /* of a state */
    Word last_mask;     /* what of its last word is in them */
    uint64_t count;
    uint64_t full_at; /* the table must grow before `count` passes it */
    uint64_t most;
    uint64_t expected; /* states in all; 0: no idea */
    uint64_t room; /* states that fit the memory in hand */
    Stretch table, memory;
    Budget *budget;
};

/* At most `most` states (0: as many as ids allow). */
Status store_new(uint32_t words, uint64_t most, Budget *budget, Store **out);
/* The same for states whose last words have no bits but in their first bytes, so that a state has `row_bytes` in all: no more than these are kept,
 * and states can be read by store_read only. */
Status store_new_packed(uint32_t words, uint32_t row_bytes, uint64_t most, Budget *budget, Store **out);
void store_free(Store *store);
/* How many states it will have, as far as one can tell: the table grows to the size for them. */
void store_expect(Store *store, uint64_t states);
static inline uint64_t store_count(const Store *store)
{
    return store->count;
}
static inline const Word *store_get(const Store *store, StateId id)
{
    assert(store->row_bytes == store->words * sizeof(Word));
    return (const Word *)(const void *)(store->rows + (size_t)id * store->row_bytes);
}
/* A copy. */
static inline void store_read(const Store *store, StateId id, Word *state)
{
    const unsigned char *row = store->rows + (size_t)id * store->row_bytes;
    memcpy(state, row, store->words * sizeof *state); /* behind the last row there is room for a word */
    state[store->words - 1] &= store->last_mask;
}
size_t store_bytes(const Store *store);

/* First pass, for `count` states that lie back to back. */
void store_prefetch(Store *store, const Word *states, uint32_t count, Probe *probes);
/* Second pass; may be left out. */
void store_peek(const Store *store, uint32_t count, Probe *probes);
/* True when the second pass pays. */
static inline bool store_is_large(const Store *store)
{
    return store->count * store->words * sizeof(Word) > ((size_t)512 << 10); /* beyond the second-level cache */
}
/* Third pass: writes the id of each state, in order, and adds those that are new. When it ends early, `*done` of them
 * were treated. */
Status store_add(Store *store, const Word *states, const Probe *probes, uint32_t count, StateId *ids, uint32_t *done);

/* One that is known to be new, without a look at the table. Until store_index, states can only be appended and read. */
Status store_append(Store *store, const Word *state);
/* Enters all states into the table. */
Status store_index(Store *store);

/* The id of a state, or UINT32_MAX. */
StateId store_find(const Store *store, const Word *state);

#endif
