/* step_memo.h: what dependence_step told before. Steps are remembered by the bits of the state that they depend on
 * (machine/step_bits.h), so that runs which pass different states share them.
 *
 * Shape   a direct-mapped table: the masked state, thread and choice -> facts, and the bits that change. An entry that is
 *         in the way is replaced; nothing depends on what is remembered.
 * Limits  steps that report an issue are not remembered, nor are those of programs whose footprints count (queues).
 * Owner   step_memo_free. */
#ifndef EXPLORE_STEP_MEMO_H
#define EXPLORE_STEP_MEMO_H

#include "explore/dependence.h"
#include "machine/step_bits.h"

#ifdef SNARL_SMALL_TABLES
enum { STEP_MEMO_BITS = 4 };
#else
enum { STEP_MEMO_BITS = 13 }; /* some hundred kilobytes: what lies in the second-level cache */
#endif

/* Entries lie in cache lines of their own: two words of state fit into one. */
enum { STEP_MEMO_LINE = 64 };

typedef struct StepEntry {
    const StepParts *parts; /* NULL: empty. Whose bits, at which point */
    uint32_t choice, choices;
    FootprintId footprint, potential;
    uint16_t disablers;
    bool is_fixed, moves_others;
    Word values[]; /* by part: the masked word; then what is to be xor-ed to it */
} StepEntry;

typedef struct StepMemo {
    StepBits *bits;
    uint32_t words;
    size_t stride; /* bytes of an entry */
    char *block, *entries;
} StepMemo;

StepMemo *step_memo_new(const Machine *machine); /* NULL: no memory */
void step_memo_free(StepMemo *memo);
/* `state` is the one ahead of the step, which must still be there. */
void step_memo_keep(StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, const Word *next,
                    const StepFacts *facts);

static inline StepEntry *step_memo_entry(const StepMemo *memo, const StepParts *parts, const Word *state, ThreadId thread,
                              uint32_t choice)
{
    uint64_t hash = (uint64_t)thread << 32 | choice;
    for (uint32_t i = 0; i < parts->count; i++)
        hash = (hash ^ hash >> 32 ^ (state[parts->parts[i].word] & parts->parts[i].mask)) * UINT64_C(0x9E3779B97F4A7C15);
    return (StepEntry *)(void *)(memo->entries + (size_t)(hash >> (64 - STEP_MEMO_BITS)) * memo->stride);
}

/* As machine_point. */
static inline uint32_t step_memo_point(const StepMemo *memo, const Word *state, ThreadId thread)
{
    return step_bits_point(memo->bits, state, thread);
}

/* The thread must stand at a point, which is in the facts. False: not known. `next` may be `state`; it is not touched when
 * there is no step. */
static inline bool step_memo_find(const StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, Word *next, StepFacts *facts)
{
    const StepParts *parts = step_bits_find(memo->bits, state, thread, facts->point);
    if (parts == NULL)
        return false;
    const uint32_t count = parts->count, words = memo->words;
    const StepEntry *entry = step_memo_entry(memo, parts, state, thread, choice);
    const Word *known = entry->values;
    if (entry->parts != parts || entry->choice != choice)
        return false;
    Word difference = 0;
    for (uint32_t i = 0; i < count; i++)
        difference |= known[i] ^ (state[parts->parts[i].word] & parts->parts[i].mask);
    if (difference != 0)
        return false;
    facts->choices = entry->choices;
    facts->footprint = entry->footprint;
    facts->potential = entry->potential;
    facts->disablers = entry->disablers;
    facts->is_fixed = entry->is_fixed;
    facts->moves_others = entry->moves_others;
    facts->stops = false;
    facts->first_issue = facts->issue_count = 0;
    if (entry->choices == 0)
        return true;
    if (next != state)
        for (uint32_t w = 0; w < words; w++)
            next[w] = state[w];
    for (uint32_t i = 0; i < count; i++)
        next[parts->parts[i].word] ^= known[count + i];
    return true;
}

#endif
