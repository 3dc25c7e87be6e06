/* pass.h: sums over all paths of a graph without cycles, one pass over its states for one, two or four moduli at once.
 *
 * Shape   values[state * lanes + lane]. `pull` goes from the ends to the start and gives each state the sum over its
 *         edges: the number of paths from there, or the probability, or a bound. `push` goes from the start to the
 *         ends: the same of the paths that lead there. Where both will do, pull is the faster: it writes each state
 *         once, and in order.
 * Units   values are residues modulo 2^61 - gap, except SUM_BOUND (see bound_add) and SUM_LONGEST (plain numbers).
 * Errors  STATUS_INTERRUPTED. */
#ifndef EXPLORE_PASS_H
#define EXPLORE_PASS_H

#include "explore/modular.h"
#include "explore/layers.h"
#include "explore/team.h"

enum { PASS_LANES_MAX = 4 };

typedef enum SumKind {
    SUM_MODULO,  /* the number of paths, modulo a prime */
    SUM_MEAN,    /* the probability under a random walk, modulo a prime; factor: 1/degree */
    SUM_LONGEST, /* the greatest sum of a factor along a path (pull only); factor: by degree */
    SUM_BOUND    /* the number of paths, rounded up (one lane only) */
} SumKind;

typedef struct Sums {
    SumKind kind;
    uint32_t lanes;         /* 1, 2 or 4 */
    const uint64_t *gaps;   /* of each lane: SUM_MODULO, SUM_MEAN */
    const uint64_t *factor; /* [degree * lanes + lane]: SUM_MEAN, SUM_LONGEST */
} Sums;

typedef struct Pass {
    const Graph *graph;
    const Order *order;
    const uint8_t *flags;         /* STATE_; pull takes NULL for none */
    const uint64_t *marked_edges; /* one bit an edge, looked at for states with STATE_MARKED_EDGE: a pull does not pass
                                     them. NULL: all edges */
    uint8_t stop;                 /* states with one of these flags are not passed, and their edges not looked at */
    bool counts_dropped, counts_others; /* which ends count: 1, the others 0 (pull only) */
    Work *work;
    Team *team;           /* with `layers` of the order: a pull is shared out. NULL: it is not */
    const Layers *layers;
} Pass;

/* `result`: canonical values of the start, one a lane. */
Status pass_pull(const Pass *pass, const Sums *sums, uint64_t *values, uint64_t *result);
/* All values are canonical afterwards; the marks of edges are not looked at. */
Status pass_push(const Pass *pass, const Sums *sums, uint64_t *values);
/* The number of paths that pass a mark: `after`, one lane, is that of a pull of all paths with STATE_DIVERGES stopped;
 * the pass's order is that of order_build_unmarked, and only states with STATE_LEADS are looked at. SUM_MODULO or
 * SUM_BOUND, one lane. `before` is scratch, one lane. */
Status pass_through_marks(const Pass *pass, const Sums *sums, const uint64_t *after, uint64_t *before,
                          uint64_t *result);

/* A number rounded up to 32 significant bits: mantissa m in the low half, its top bit set, exponent e in the high half,
 * m * 2^(e-31); 0 is 0. Sums are rounded up always, so that they are bounds whatever their number. Greater numbers
 * compare greater. */
#define BOUND_ONE (UINT64_C(1) << 31)
static inline uint64_t bound_add(uint64_t a, uint64_t b)
{
    if (a < b) {
        uint64_t greater = b;
        b = a;
        a = greater;
    }
    if (b == 0)
        return a;
    uint64_t exponent = a >> 32, shift = exponent - (b >> 32), m = a & UINT32_MAX, less = b & UINT32_MAX;
    m += shift < 32 ? (less + (UINT64_C(1) << shift) - 1) >> shift : 1;
    if (m >> 32) {
        m = (m + 1) >> 1; /* m was at most 2^33 - 2 */
        exponent++;
    }
    return exponent << 32 | m;
}
/* Adds canonical residues to sums below 2^63, and leaves such sums: a state with up to four steps to it is never folded here. */
static inline __attribute__((always_inline)) void pass_add_lazily(uint64_t *sums, const uint64_t *residues, const uint64_t *gaps,
                                                                  const uint32_t lanes)
{
    uint64_t any = 0;
    for (uint32_t lane = 0; lane < lanes; lane++) {
        sums[lane] += residues[lane];
        any |= sums[lane];
    }
    if (__builtin_expect(any >> 63 == 0, 1))
        return;
    for (uint32_t lane = 0; lane < lanes; lane++)
        sums[lane] = mod_fold(sums[lane], gaps[lane]);
}
/* The number is below 2^bits. */
static inline uint64_t bound_bits(uint64_t bound)
{
    return bound ? (bound >> 32) + 1 : 0;
}

#endif
