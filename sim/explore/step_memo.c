#include "explore/step_memo.h"

#include <string.h>

#include "base/memory.h"
#include "machine/step_bits.h"

#ifdef SNARL_SMALL_TABLES
enum { BITS = 4 };
#else
enum { BITS = 13 }; /* some hundred kilobytes: what lies in the second-level cache */
#endif

typedef struct Entry {
    const StepParts *parts; /* NULL: empty. Whose bits, at which point */
    uint32_t choice;
    StepFacts facts;
} Entry;

struct StepMemo {
    StepBits *bits;
    uint32_t words;
    Entry *entries;
    Word *values; /* 2 * words for each entry: by part, the masked word, then what is to be xor-ed to it */
};

StepMemo *step_memo_new(const Machine *machine)
{
    StepMemo *memo = mem_alloc(1, sizeof *memo);
    if (memo == NULL)
        return NULL;
    memo->words = machine_words(machine);
    memo->bits = step_bits_new(machine);
    memo->entries = mem_alloc((size_t)1 << BITS, sizeof *memo->entries);
    memo->values = mem_alloc((size_t)2 << BITS, memo->words * sizeof *memo->values);
    if (memo->bits != NULL && memo->entries != NULL && memo->values != NULL)
        return memo;
    step_memo_free(memo);
    return NULL;
}

void step_memo_free(StepMemo *memo)
{
    if (memo == NULL)
        return;
    step_bits_free(memo->bits);
    mem_free(memo->entries);
    mem_free(memo->values);
    mem_free(memo);
}

static size_t place_of(const StepParts *parts, const Word *state, ThreadId thread, uint32_t choice)
{
    uint64_t hash = ((uint64_t)thread << 32 | choice) * UINT64_C(0xD6E8FEB86659FD93);
    for (uint32_t i = 0; i < parts->count; i++) {
        hash = (hash ^ (state[parts->parts[i].word] & parts->parts[i].mask)) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    return (size_t)(hash * UINT64_C(0x9E3779B97F4A7C15) >> (64 - BITS));
}

bool step_memo_find(StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, Word *next, StepFacts *facts)
{
    if (memo == NULL)
        return false;
    const StepParts *parts = step_bits_find(memo->bits, state, thread);
    if (parts == NULL)
        return false;
    size_t place = place_of(parts, state, thread, choice);
    const Entry *entry = &memo->entries[place];
    const Word *known = memo->values + place * 2 * memo->words;
    if (entry->parts != parts || entry->choice != choice)
        return false;
    for (uint32_t i = 0; i < parts->count; i++)
        if (known[i] != (state[parts->parts[i].word] & parts->parts[i].mask))
            return false;
    *facts = entry->facts;
    if (facts->choices == 0)
        return true;
    if (next != state)
        for (uint32_t w = 0; w < memo->words; w++)
            next[w] = state[w];
    for (uint32_t i = 0; i < parts->count; i++)
        next[parts->parts[i].word] ^= known[parts->count + i];
    return true;
}

void step_memo_keep(StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, const Word *next,
                    const StepFacts *facts)
{
    if (memo == NULL || facts->issue_count > 0)
        return;
    const StepParts *parts = step_bits_find(memo->bits, state, thread);
    if (parts == NULL)
        return;
    size_t place = place_of(parts, state, thread, choice);
    memo->entries[place] = (Entry){parts, choice, *facts};
    Word *known = memo->values + place * 2 * memo->words;
    for (uint32_t i = 0; i < parts->count; i++) {
        uint32_t w = parts->parts[i].word;
        known[i] = state[w] & parts->parts[i].mask;
        known[parts->count + i] = facts->choices == 0 ? 0 : state[w] ^ next[w];
    }
}
