/* counter.h: what count.c and count_happens.c share. */
#ifndef EXPLORE_COUNTER_H
#define EXPLORE_COUNTER_H

#include "explore/count.h"
#include "explore/exact.h"
#include "explore/order.h"
#include "explore/walk.h"

struct Counter {
    const Graph *graph;
    Work work;
    Order order;
    uint8_t *flags;         /* STATE_, by state; those of marks are cleared after each call */
    uint64_t *marked_edges; /* one bit an edge; NULL until needed; clear between calls */
    bool is_cyclic, has_dropped;
    Exact exact;
    uint64_t primes; /* that determine any number of interleavings; 0 until known, without cycles only */
    mpz_t total;     /* with `primes` */
    double never_ends;
    bool asks_anywhere; /* any thread may ask whether to go on */
    Team *team; /* NULL: passes are not shared out */
    Layers layers;
};

/* A pass or a walk over the whole graph, of which the caller sets what it asks; the walk has one slot. */
Pass counter_pass(Counter *counter, uint8_t stop, bool counts_dropped, bool counts_others);
Walk counter_walk(Counter *counter);
/* The result of a walk with one slot. */
Status counter_walk_once(Counter *counter, const Walk *walk, Count *out);
/* Without cycles: finds `primes`, which do for the dropped ends as well, and `total`. */
Status counter_know_total(Counter *counter);
/* The probability that a walk ends as the pass counts; if `is_other`, that it does not. Without cycles. *is_too_long,
 * and nothing else: a walk has to tell. */
Status counter_set_probability(Counter *counter, const Pass *pass, bool is_other, bool *is_too_long, Count *out);
/* Without cycles and dropped ends, and with every end in the one group there is: all interleavings end in it. */
bool counter_is_everything(const Counter *counter, const uint32_t *group_of, uint32_t n);
/* Whether a component of an order (places begin .. end-1) has a cycle without marked edges (NULL: none is marked). */
bool counter_has_cycle(const Counter *counter, const Order *order, const uint64_t *marked_edges, uint64_t begin,
                       uint64_t end);

/* Takes the text; STATUS_NO_MEMORY where it is NULL. */
Status count_set_interleavings(Count *out, char *text);
/* A copy of the text of interleavings that need no arithmetic: "0", "infinite". */
Status count_set_words(Count *out, const char *text);
/* A probability of 0 or 1. */
Status count_set_certain(Count *out, bool is_certain);
/* Spoils the numerator. */
Status count_set_fraction(Count *out, mpz_t numerator, const mpz_t denominator);
/* Passes the status on; *out is empty unless it is STATUS_OK. */
Status count_finish(Status status, Count *out);

#endif
