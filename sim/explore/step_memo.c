#include "explore/step_memo.h"

#include <string.h>

#include "base/memory.h"

#ifdef SNARL_SMALL_TABLES
enum { BITS = 4 };
#else
enum { BITS = 13 }; /* some hundred kilobytes: what lies in the second-level cache */
#endif

typedef struct Entry {
    ThreadId thread;
    uint32_t choice; /* 0: empty */
    uint32_t choices;
    FootprintId footprint;
    StepInfo info;
} Entry;

struct StepMemo {
    uint32_t words;
    Entry *entries;
    Word *states; /* two for each entry: ahead of the step, and behind it */
};

StepMemo *step_memo_new(uint32_t words)
{
    StepMemo *memo = mem_alloc(1, sizeof *memo);
    if (memo == NULL)
        return NULL;
    memo->words = words;
    memo->entries = mem_alloc((size_t)1 << BITS, sizeof *memo->entries);
    memo->states = mem_alloc((size_t)2 << BITS, words * sizeof *memo->states);
    if (memo->entries != NULL && memo->states != NULL)
        return memo;
    step_memo_free(memo);
    return NULL;
}

void step_memo_free(StepMemo *memo)
{
    if (memo == NULL)
        return;
    mem_free(memo->entries);
    mem_free(memo->states);
    mem_free(memo);
}

static size_t place_of(const StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice)
{
    uint64_t hash = ((uint64_t)thread << 32 | choice) * UINT64_C(0xD6E8FEB86659FD93);
    for (uint32_t w = 0; w < memo->words; w++) {
        hash = (hash ^ state[w]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    return (size_t)(hash * UINT64_C(0x9E3779B97F4A7C15) >> (64 - BITS));
}

bool step_memo_find(const StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, Word *next,
                    uint32_t *choices, StepInfo *info, FootprintId *footprint)
{
    if (memo == NULL)
        return false;
    size_t place = place_of(memo, state, thread, choice), bytes = memo->words * sizeof(Word);
    const Entry *entry = &memo->entries[place];
    const Word *known = memo->states + place * 2 * memo->words;
    if (entry->choice != choice || entry->thread != thread || memcmp(known, state, bytes) != 0)
        return false;
    memcpy(next, known + memo->words, bytes);
    *choices = entry->choices;
    *info = entry->info;
    *footprint = entry->footprint;
    return true;
}

void step_memo_keep(StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, const Word *next,
                    uint32_t choices, const StepInfo *info, FootprintId footprint)
{
    if (memo == NULL || info->issue_count > 0)
        return;
    size_t place = place_of(memo, state, thread, choice), bytes = memo->words * sizeof(Word);
    memo->entries[place] = (Entry){thread, choice, choices, footprint, *info};
    Word *known = memo->states + place * 2 * memo->words;
    memcpy(known, state, bytes);
    memcpy(known + memo->words, next, bytes);
}
