/* ahead.h: how much lies ahead of every state: interleavings to an end, and probabilities of a uniform random walk.
 *
 * Where count.h has one number for the whole graph, this has one for each state; so it is for graphs small enough to
 * keep that many numbers. From the start both say the same.
 *
 * Terms   as in count.h. A goal is a set of states or edges; something happens ahead of a state where a path from it
 *         passes the goal, which the state itself may be part of.
 * Method  what cannot reach the goal counts nothing and is left out. Kahn's algorithm takes the rest from the ends
 *         upwards, and the numbers with it; the states that it leaves can pass a cycle on the way to the goal:
 * infinite. Their probabilities are the least solution of the linear equations, by Gauss and Seidel's iteration from 0.
 * Units   three words a state, and the digits.
 * Owner   ahead_free. Graph, marks and numbers given are the caller's, and are not kept.
 * Errors  STATUS_NO_MEMORY with an empty result.
 * Source  A. B. Kahn, "Topological sorting of large networks", CACM 5, 1962. */
#ifndef EXPLORE_AHEAD_H
#define EXPLORE_AHEAD_H

#include <gmp.h>

#include "explore/graph.h"

typedef struct Ahead {
    uint64_t state_count;
    mpz_t *numbers; /* 0 where infinite */
    uint8_t *is_infinite;
    double *probability; /* NAN: the iteration did not settle */
} Ahead;

typedef struct AheadGoal {
    const uint8_t *states; /* one byte a state, 1: of the goal */
    const uint64_t *edges; /* one bit an edge, 1: of the goal; NULL: none */
    /* What counts once the goal was passed: the interleavings from there on, as an Ahead of all ends. NULL: one, for
     * goals that are ends. */
    const Ahead *rest;
    /* Every cycle makes it infinite, on the way to the goal or not: for all interleavings. */
    bool counts_endless;
} AheadGoal;

Status ahead_count(const Graph *graph, const AheadGoal *goal, Ahead *ahead);
void ahead_free(Ahead *ahead);

/* The goal can be reached: not 0. */
static inline bool ahead_is_possible(const Ahead *ahead, StateId state)
{
    return ahead->is_infinite[state] || mpz_sgn(ahead->numbers[state]) != 0;
}

#endif
