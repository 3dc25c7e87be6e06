#include "explore/step_memo.h"

#include <string.h>

#include "base/memory.h"
#include "machine/step_bits.h"

#ifdef SNARL_SMALL_TABLES
enum { BITS = 4 };
#else
enum { BITS = 13 }; /* some hundred kilobytes: what lies in the second-level cache */
#endif

/* Entries lie in cache lines of their own: two words of state fit into one. */
enum { LINE = 64 };

typedef struct Entry {
    const StepParts *parts; /* NULL: empty. Whose bits, at which point */
    uint32_t choice, choices;
    FootprintId footprint, potential;
    uint16_t disablers;
    bool is_fixed, moves_others;
    Word values[]; /* by part: the masked word; then what is to be xor-ed to it */
} Entry;

struct StepMemo {
    StepBits *bits;
    uint32_t words;
    size_t stride; /* bytes of an entry */
    char *block, *entries;
};

StepMemo *step_memo_new(const Machine *machine)
{
    StepMemo *memo = mem_alloc(1, sizeof *memo);
    if (memo == NULL)
        return NULL;
    memo->words = machine_words(machine);
    memo->bits = step_bits_new(machine);
    memo->stride = (sizeof(Entry) + 2 * memo->words * sizeof(Word) + LINE - 1) / LINE * LINE;
    memo->block = mem_alloc(((size_t)1 << BITS) + 1, memo->stride);
    if (memo->bits == NULL || memo->block == NULL) {
        step_memo_free(memo);
        return NULL;
    }
    memo->entries = memo->block + (-(uintptr_t)memo->block) % LINE;
    return memo;
}

void step_memo_free(StepMemo *memo)
{
    if (memo == NULL)
        return;
    step_bits_free(memo->bits);
    mem_free(memo->block);
    mem_free(memo);
}

static inline Entry *entry_of(const StepMemo *memo, const StepParts *parts, const Word *state, ThreadId thread,
                              uint32_t choice)
{
    uint64_t hash = (uint64_t)thread << 32 | choice;
    for (uint32_t i = 0; i < parts->count; i++)
        hash = (hash ^ hash >> 32 ^ (state[parts->parts[i].word] & parts->parts[i].mask)) * UINT64_C(0x9E3779B97F4A7C15);
    return (Entry *)(void *)(memo->entries + (size_t)(hash >> (64 - BITS)) * memo->stride);
}

uint32_t step_memo_point(const StepMemo *memo, const Word *state, ThreadId thread)
{
    return step_bits_point(memo->bits, state, thread);
}

bool step_memo_find(StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, Word *next, StepFacts *facts)
{
    const StepParts *parts = step_bits_find(memo->bits, state, thread, facts->point);
    if (parts == NULL)
        return false;
    const uint32_t count = parts->count, words = memo->words;
    const Entry *entry = entry_of(memo, parts, state, thread, choice);
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

void step_memo_keep(StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, const Word *next,
                    const StepFacts *facts)
{
    if (facts->issue_count > 0)
        return;
    const StepParts *parts = step_bits_find(memo->bits, state, thread, facts->point);
    if (parts == NULL)
        return;
    Entry *entry = entry_of(memo, parts, state, thread, choice);
    *entry = (Entry){.parts = parts,
                     .choice = choice,
                     .choices = facts->choices,
                     .footprint = facts->footprint,
                     .potential = facts->potential,
                     .disablers = facts->disablers,
                     .is_fixed = facts->is_fixed,
                     .moves_others = facts->moves_others};
    Word *known = entry->values;
    for (uint32_t i = 0; i < parts->count; i++) {
        uint32_t w = parts->parts[i].word;
        known[i] = state[w] & parts->parts[i].mask;
        known[parts->count + i] = facts->choices == 0 ? 0 : state[w] ^ next[w];
    }
}
