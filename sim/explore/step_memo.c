#include "explore/step_memo.h"

#include <string.h>

#include "base/memory.h"

StepMemo *step_memo_new(const Machine *machine)
{
    StepMemo *memo = mem_alloc(1, sizeof *memo);
    if (memo == NULL)
        return NULL;
    memo->words = machine_words(machine);
    memo->bits = step_bits_new(machine);
    memo->stride = (sizeof(StepEntry) + (size_t)memo->words * 2 * sizeof(Word) + STEP_MEMO_LINE - 1) / STEP_MEMO_LINE * STEP_MEMO_LINE;
    memo->block = mem_alloc(((size_t)1 << STEP_MEMO_BITS) + 1, memo->stride);
    if (memo->bits == NULL || memo->block == NULL) {
        step_memo_free(memo);
        return NULL;
    }
    memo->entries = memo->block + (-(uintptr_t)memo->block) % STEP_MEMO_LINE;
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

void step_memo_keep(StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, const Word *next,
                    const StepFacts *facts)
{
    if (facts->issue_count > 0)
        return;
    const StepParts *parts = step_bits_find(memo->bits, state, thread, facts->point);
    if (parts == NULL)
        return;
    StepEntry *entry = step_memo_entry(memo, parts, state, thread, choice);
    *entry = (StepEntry){.parts = parts,
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
