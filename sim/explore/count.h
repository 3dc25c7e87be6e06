/* count.h: exact numbers of interleavings and exact probabilities, by dynamic programming over the state graph.
 *
 * Method  Residues modulo several 61/62-bit primes are added along a topological order, one pass a group of primes, and joined by the Chinese
 *         remainder theorem (GMP); a first pass in floating point with upward rounding bounds the size of the numbers and so the number of primes.
 *         Memory is a few words a state, whatever the size of the numbers. A random walk's probability is exact too: its denominator divides
 *         the product of q^e(q) over the primes q of the branching degrees, with e(q) the greatest exponent along any path (a DP of its own).
 *         On cyclic graphs: strongly connected components (Tarjan); numbers are infinite where a cycle can be passed on the way;
 *         probabilities come from the linear system of each component.
 * Terms   An interleaving is a path from state 0 to a state without edges. `weight` of an end: 1, or 0 for dropped ends (assume).
 *         "Happens": the path passes a marked state or a marked edge. */
#ifndef EXPLORE_COUNT_H
#define EXPLORE_COUNT_H

#include "explore/graph.h"

typedef struct Marks {        /* where a finding happens */
    const StateId *states; uint64_t state_count;
    const EdgeId *edges;   uint64_t edge_count;
} Marks;

typedef struct Count {
    char *interleavings;      /* decimal or "infinite"; mem_free */
    double probability;
    char *probability_exact;  /* "19/120", "1", "0"; NULL when only the decimal is known; mem_free */
} Count;
void count_clear(Count *count);

typedef struct Counter Counter;
/* `is_dropped` (may be NULL): one byte a state, 1 for ends that an `assume` dropped. The graph must be complete.
 * keep_going as in shortest.h, for all calls on the counter. */
Status counter_new(const Graph *graph, const uint8_t *is_dropped, bool (*keep_going)(void *context), void *context, Counter **counter);
void counter_free(Counter *counter);
bool counter_is_cyclic(const Counter *counter);
/* All interleavings that were not dropped (and the probability not to be dropped). */
Status counter_total(Counter *counter, Count *out);
Status counter_dropped(Counter *counter, Count *out);
/* For each of `n` groups of ends: interleavings that end there and the probability of it. group_of[state] is the group of an end, UINT32_MAX elsewhere. */
Status counter_ends(Counter *counter, const uint32_t *group_of, uint32_t n, Count *out);
/* Interleavings (not dropped) in which the marked states or edges happen, and the probability that it happens (in a dropped execution too: 0 weight, not counted). */
Status counter_happens(Counter *counter, const Marks *marks, Count *out);
/* Probability of never ending; 0 on acyclic graphs. */
double counter_never_ends(Counter *counter);

#endif
