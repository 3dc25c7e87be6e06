/* memo.h: steps remembered. Private to sim/machine.
 *
 * What a step does depends on few bits of the state: the thread's own fields, and those of the objects that the code up to its next point can
 * touch. For each point a mask of these bits is known in advance (its footprint); the result of a step is kept under the masked state and found
 * again in a few instructions, however long the code is. Points whose steps reach further (signal, barriers, rendezvous, spawn, destroy) are not remembered,
 * nor are steps with more than one result.
 * Shape   one direct-mapped table for each point, of entries of 1 + 2n words, rounded up to 4, where n words of the state hold the footprint:
 *
 *           +------+----------------+----------------------------+
 *           | what | n masked words | n words to be xor-ed to it |    what: kind, flags, number of the issue; 0 is empty
 *           +------+----------------+----------------------------+
 *
 *         Every point has a table, so that looking a step up takes no decision: where nothing is remembered it is one empty entry,
 *         and where a thread has ended one that says that it cannot step.
 * Source  W. Brandon, R. van Renesse, Harmony's model checker, memoises steps by thread context; the masks are our own.
 * Owner   the Scratch of one Expansion: no sharing between workers. */
#ifndef MACHINE_MEMO_H
#define MACHINE_MEMO_H

#include "machine/execute.h"

/* A word of the state that a footprint touches. */
typedef struct MemoPart {
    Word mask, changes;
    uint32_t word;
} MemoPart;

enum { MEMO_INLINE = 2 }; /* words of a footprint that are looked at without a loop */

/* One point; or one point at one element of an array, where the point's operation takes its index from a register. */
typedef struct MemoTable {
    Word *entries;
    Word mask[MEMO_INLINE];     /* the first parts */
    uint32_t word[MEMO_INLINE];
    uint8_t shift;              /* 64 - log2 of the number of entries */
    bool is_known, is_usable;   /* usable: `mask` has the whole footprint, but for the point itself where a thread has ended or is not born */
    uint32_t count, stride;     /* n, 1 at least; words of an entry */
    uint32_t misses, hits;      /* since the table grew */
    struct MemoTable *elements; /* [element_count], by the bits of the index; NULL: not by element */
    uint32_t element_count;
    uint32_t index_word, index_shift; /* where the register lies */
    Word index_mask;
    FieldId index;
    uint32_t unused;            /* up to a power of two */
    MemoPart *parts;            /* [count] */
    Word *block;                /* in which the entries lie, from a cache line's beginning on */
    Word changes[MEMO_INLINE];  /* bits that some step kept so far has changed; of the first parts, the others have theirs beside the mask */
} MemoTable;

_Static_assert(sizeof(MemoTable) == 128, "the tables of a thread are not found by a shift");

typedef struct MemoThread {
    Word pc_mask;
    uint32_t pc_word, pc_shift;
    StepInfo step; /* what most steps of the thread look like */
    MemoTable *tables; /* of points 0 .. point_count, and of that of a thread not born */
    Word *reach;       /* bits in the footprint of any of its tables; all, once one of them was given up */
    Word *changes;     /* bits that any of its steps kept so far has changed */
} MemoThread;

typedef struct Memo {
    const Machine *machine;
    MemoThread *threads;
    MemoTable *tables;
    uint32_t table_count;
    Word *mask; /* scratch */
    Word *reach, *changes; /* of the threads, machine->words each */
    Issue *issues;
    uint32_t issue_count, issue_room;
} Memo;

enum { MEMO_STEP = 1, MEMO_BLOCKED = 2, MEMO_RARE_SHIFT = 2, MEMO_STOPS = 4, MEMO_PROGRESSES = 8, MEMO_ISSUE_SHIFT = 8 };

/* Footprint of a point: `mask` of machine->words words; false when its steps are not remembered. `element` is that of the array that the
 * point's operation is about to touch, NO_ID: any. */
bool memo_footprint(const Machine *machine, ThreadId thread, uint32_t point, uint32_t element, Word *mask);
/* Where the operation of a point takes its index from a register: where that lies in the state. False: it does not, or the index has too many values. */
bool memo_index(const Machine *machine, ThreadId thread, uint32_t point, FieldId *index);

/* Not where a step depends on whether somebody else could step: among fibres, and in an event loop that may be held up. */
bool memo_is_possible(const Program *program);

/* NULL: no memory; the machine then works without. */
Memo *memo_new(const Machine *machine);
void memo_free(Memo *memo);
/* Keeps the result of a step that memo_find did not know: successor NULL when the thread cannot step. */
void memo_keep(Memo *memo, ThreadId thread, uint32_t point, const Word *state, const Word *successor, const StepInfo *info, const Issue *issue);

static inline uint32_t memo_point(const MemoThread *thread, const Word *state) {
    return (uint32_t)(state[thread->pc_word] >> thread->pc_shift & thread->pc_mask);
}

/* The table that remembers the steps from a point in this state. */
static inline MemoTable *memo_table(const MemoThread *thread, uint32_t point, const Word *state) {
    MemoTable *table = &thread->tables[point];
    return table->elements ? &table->elements[state[table->index_word] >> table->index_shift & table->index_mask] : table;
}

#define MEMO_MIX UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t memo_mix(uint64_t hash, Word masked) { return (hash ^ hash >> 32 ^ masked) * MEMO_MIX; }

/* The parts of a footprint one by one. */
static inline uint32_t memo_word(const MemoTable *table, uint32_t i) { return i < MEMO_INLINE ? table->word[i] : table->parts[i].word; }
static inline Word memo_mask(const MemoTable *table, uint32_t i) { return i < MEMO_INLINE ? table->mask[i] : table->parts[i].mask; }
static inline Word memo_changes(const MemoTable *table, uint32_t i) { return i < MEMO_INLINE ? table->changes[i] : table->parts[i].changes; }

/* The words of a footprint one by one. */
static inline Word memo_masked(const MemoTable *table, const Word *state, uint32_t i) {
    return i < MEMO_INLINE ? state[table->word[i]] & table->mask[i] : state[table->parts[i].word] & table->parts[i].mask;
}

/* Where the masked state belongs; `words` 1: it is the only one. */
static inline Word *memo_entry(const MemoTable *table, const Word *state, uint32_t words) {
    if (words == 1) return table->entries + ((state[0] & table->mask[0]) * MEMO_MIX >> table->shift) * 4;
    uint64_t hash = memo_mix(0, memo_masked(table, state, 0));
    for (uint32_t i = 1; i < table->count; i++) hash = memo_mix(hash, memo_masked(table, state, i));
    return table->entries + (hash >> table->shift) * table->stride;
}

/* The entry of the step, or NULL. */
static inline const Word *memo_find(const MemoTable *table, const Word *state, uint32_t words) {
    if (words == 1) {
        Word masked = state[0] & table->mask[0];
        const Word *only = table->entries + (masked * MEMO_MIX >> table->shift) * 4;
        return only[1] == masked && only[0] != 0 ? only : NULL;
    }
    const Word *entry = memo_entry(table, state, words);
    uint32_t count = table->count;
    Word difference = (entry[0] == 0) | (entry[1] ^ memo_masked(table, state, 0));
    for (uint32_t i = 1; i < count; i++) difference |= entry[1 + i] ^ memo_masked(table, state, i);
    return difference ? NULL : entry;
}

/* The successor that an entry tells. */
static inline void memo_apply(const MemoTable *table, const Word *entry, const Word *state, Word *next, uint32_t words) {
    for (uint32_t w = 0; w < words; w++) next[w] = state[w];
    if (words == 1) {
        next[0] ^= entry[2];
        return;
    }
    next[table->word[0]] ^= entry[1 + table->count];
    for (uint32_t i = 1; i < table->count; i++) next[i < MEMO_INLINE ? table->word[i] : table->parts[i].word] ^= entry[1 + table->count + i];
}

#endif
