/* count.h: exact numbers of interleavings and exact probabilities, by dynamic programming over the state graph.
 *
 * Terms   an interleaving is a path from state 0 to an end, a state without edges; edges between the same two states
 *         are steps of their own. Ends that an `assume` dropped have weight 0. "Happens": the path passes a marked
 *         state (the start and the end, too) or a marked edge. Probabilities are those of a random walk, uniform over
 *         the edges of each state.
 * Method  without cycles everything is exact (exact.h): residues modulo primes near 2^61 are added along a topological
 *         order and joined by the Chinese remainder theorem; a first pass, rounded up, bounds the numbers and so how
 *         many primes they take. With cycles (strongly connected components, order.h) a number is "infinite" where a
 *         cycle can be passed on the way, else exact; probabilities come from the linear systems of the components,
 *         exact where those are small (walk.h).
 * Units   about three words a state, whatever the size of the numbers.
 * Limits  fractions whose denominator has more than 60 digits are given as doubles only: without cycles rounded from
 *         the exact value, unless that would take some 10^10 operations; with cycles to about 15 digits.
 * Errors  STATUS_NO_MEMORY, STATUS_INTERRUPTED; results are empty then. */
#ifndef EXPLORE_COUNT_H
#define EXPLORE_COUNT_H

#include "explore/order.h"
#include "explore/team.h"

typedef struct Marks { /* where a finding happens; in any order, doubles do no harm */
    const StateId *states;
    uint64_t state_count;
    const EdgeId *edges;
    uint64_t edge_count;
} Marks;

typedef struct Count {
    char *interleavings; /* decimal or "infinite"; mem_free */
    double probability;
    char *probability_exact; /* "19/120", "1", "0"; NULL when only the decimal is known; mem_free */
} Count;
void count_clear(Count *count);

typedef struct Counter Counter;
/* `is_dropped` (may be NULL, and is not kept): one byte a state, 1 for ends that an `assume` dropped. The graph must be
 * complete, and outlive the counter. `keep_going` (may be NULL) is asked about every million operations of all calls on
 * the counter; once it returned false, they end with STATUS_INTERRUPTED. */
Status counter_new(const Graph *graph, const uint8_t *is_dropped, bool (*keep_going)(void *context), void *context,
                   Counter **counter);
void counter_free(Counter *counter);
/* From now on passes are shared out among the team, where the graph is wide enough for that; results are the same. */
Status counter_share(Counter *counter, Team *team);
/* Another one to ask whether to go on; `is_shared`: any thread may ask him. */
void counter_ask(Counter *counter, bool (*keep_going)(void *context), void *context, bool is_shared);
bool counter_is_cyclic(const Counter *counter);
/* That of the graph; the counter's. */
const Order *counter_order(const Counter *counter);
/* All interleavings that were not dropped, "infinite" with any cycle; and the probability not to be dropped (which
 * never to end is a part of). */
Status counter_total(Counter *counter, Count *out);
/* Those that were; "infinite" where a cycle lies on the way to one. */
Status counter_dropped(Counter *counter, Count *out);
/* For each of `n` groups of ends: the interleavings that end there, dropped or not ("infinite" where a cycle lies on
 * the way to one of its ends), and the probability of it. group_of[state] is the group of an end, UINT32_MAX elsewhere.
 * All groups are counted together. */
Status counter_ends(Counter *counter, const uint32_t *group_of, uint32_t n, Count *out);
/* The interleavings, not dropped, in which the marked states or edges happen; "infinite" where a cycle can be passed
 * before the first mark, on the way to it, or after, and not all of them are dropped. And the probability that it
 * happens, dropped afterwards or not. */
Status counter_happens(Counter *counter, const Marks *marks, Count *out);
/* What counter_ends and counter_happens tell, of as many of the `findings` as can be counted together and, where n > 0 and that can be, of the
 * ends: is_counted[finding] and *has_ends say which; the other counts are empty. Without cycles and dropped ends only. */
Status counter_together(Counter *counter, const uint32_t *group_of, uint32_t n, Count *ends, bool *has_ends, const Marks *findings,
                        uint32_t count, Count *happens, bool *is_counted);
/* Probability of never ending; 0 without cycles. */
double counter_never_ends(Counter *counter);

#endif
