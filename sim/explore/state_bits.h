/* state_bits.h: a few bits for each state of a growing graph, as searches need them that may come to a state in
 * several ways.
 *
 * Shape   whole 64-bit words for each state; new states have all bits clear.
 * Owner   state_bits_close gives the memory back.
 * Errors  false: as stretch.h. */
#ifndef EXPLORE_STATE_BITS_H
#define EXPLORE_STATE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "explore/graph.h"
#include "explore/stretch.h"

typedef struct StateBits {
    Stretch words;
    uint32_t words_per_state;
} StateBits;

/* Room for `states` states. */
static inline bool state_bits_ensure(StateBits *bits, size_t states)
{
    return stretch_ensure(&bits->words, states * bits->words_per_state * sizeof(uint64_t));
}

/* With room for one state. */
static inline bool state_bits_open(StateBits *bits, uint32_t bits_per_state, Budget *budget)
{
    bits->words_per_state = (bits_per_state + 63) / 64;
    return stretch_open(&bits->words, (size_t)1 << 40, budget) && state_bits_ensure(bits, 1);
}

/* Accepts one that is not open, if zeroed. */
static inline void state_bits_close(StateBits *bits)
{
    stretch_close(&bits->words);
    *bits = (StateBits){0};
}

static inline bool state_bits_have(const StateBits *bits, StateId state, uint32_t bit)
{
    const uint64_t *word = (const uint64_t *)bits->words.base + (size_t)state * bits->words_per_state + bit / 64;
    return (*word >> bit % 64 & 1) != 0;
}

/* Sets the bit; whether it was set before. */
static inline bool state_bits_add(StateBits *bits, StateId state, uint32_t bit)
{
    uint64_t *word = (uint64_t *)bits->words.base + (size_t)state * bits->words_per_state + bit / 64;
    uint64_t mask = UINT64_C(1) << bit % 64;
    bool was_set = (*word & mask) != 0;
    *word |= mask;
    return was_set;
}

#endif
