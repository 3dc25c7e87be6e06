/* exact.h: exact numbers of paths and exact probabilities on the part of a graph that has no cycles.
 *
 * Method  passes modulo primes (pass.h), as many as a bound on the result asks for, joined by the Chinese remainder
 *         theorem. The probability of a set of paths is a sum of products of 1/degree: its denominator divides D =
 *         product of q^e(q), q the primes that divide a degree, e(q) the greatest exponent along any path. Probability
 *         times D is a whole number of at most D, found like a number of paths. Nothing is left to chance.
 * Units   2 words a state, 4 below 2^23 states; for groups of ends one more.
 * Owner   exact_end; graph, order and work are the caller's, and each mpz_t of a result.
 * Errors  STATUS_NO_MEMORY, STATUS_INTERRUPTED, STATUS_LIMIT. */
#ifndef EXPLORE_EXACT_H
#define EXPLORE_EXACT_H

#include "explore/crossing.h"

typedef struct Exact {
    const Graph *graph;
    const Order *order;
    Work *work;
    Primes primes;
    uint32_t lanes;   /* at most; 2 or 4 */
    uint64_t *values; /* [state][lanes]; this and `factor` are NULL until needed */
    uint64_t max_degree;
    uint64_t *factor;  /* of one pass: [max_degree + 1][lanes] */
    mpz_t denominator; /* D; 0 as long as it is not known */
    Team *team;        /* as of a Pass */
    const Layers *layers;
} Exact;

/* A probability that would take more operations is not worth its exactness. */
#define EXACT_WORK_MAX 1e10

/* The order may be built later, but before the first of the calls below. */
void exact_begin(Exact *exact, const Graph *graph, const Order *order, Work *work);
void exact_end(Exact *exact);
/* Gives the memory for the states back until it is needed again. */
void exact_rest(Exact *exact);
/* How many primes determine the number of paths of this pass, or of one that has fewer. */
Status exact_paths_primes(Exact *exact, const Pass *pass, uint64_t *primes);
/* The number of paths of the pass, from its residues modulo so many primes. */
Status exact_paths(Exact *exact, const Pass *pass, uint64_t primes, mpz_t number);
/* The number of paths that pass a mark, in a graph with cycles where it is finite: `marks` as pass_through_marks takes
 * it, `after` as it needs it. */
Status exact_paths_through(Exact *exact, const Pass *after, const Pass *marks, mpz_t number);
/* Finds D. *is_too_long: so many probabilities in one call (exact_ends; else 1) would take more than EXACT_WORK_MAX. */
Status exact_denominator(Exact *exact, uint32_t probabilities, bool *is_too_long);
/* The probability of the paths of the pass, times D, which must be known. */
Status exact_probability(Exact *exact, const Pass *pass, mpz_t numerator);

/* Receives a group and its number of paths, or its probability times D. */
typedef Status (*ExactGive)(void *context, uint32_t group, const mpz_t number);
/* One number for each of n groups of ends: group_of[state] is the group of an end, UINT32_MAX elsewhere. Only paths
 * count that do not pass a state stopped by the pass. kind: SUM_MODULO or SUM_MEAN. */
Status exact_ends(Exact *exact, const Pass *pass, SumKind kind, const uint32_t *group_of, uint32_t n, ExactGive give,
                  void *context);

/* What one call counts together: groups of ends, as above, and what goes in at crossings. Residue k of group g is ends[g * primes + k], that of
 * finding f is happens[f * primes + k]; all must be 0 before. */
typedef struct Together {
    const uint32_t *group_of;
    uint32_t groups; /* 0: none */
    uint64_t *ends;
    const Crossings *crossings; /* NULL: none */
    uint64_t *happens;
} Together;

/* Residues modulo the first `primes` primes, which must be there; the pass counts all ends. kind: SUM_MODULO; or SUM_MEAN, times D. */
Status exact_together(Exact *exact, const Pass *pass, SumKind kind, uint64_t primes, const Together *together);
/* A word for each state, not initialised; other calls overwrite it. NULL: no memory. */
uint64_t *exact_scratch(Exact *exact);

#endif
