/* order.h: the states of a graph in an order in which every step leads to an earlier one, or to the state's own
 * component.
 *
 * Shape   ends come first, the start last. The states of a strongly connected component stand side by side, in the
 *         order in which a depth-first search left them, so that going from last to first follows the steps as far as
 *         can be. Without a cycle each state is a component of its own and `component_of` is NULL. Where the order of
 *         the numbers will do (every step leads to a greater number, as when all paths to a state are of equal length),
 *         `sequence` is NULL.
 * Units   4 bytes a state for the sequence, 4 for the components; up to 28 more while cycles are looked for.
 * Owner   order_free.
 * Errors  STATUS_NO_MEMORY, STATUS_INTERRUPTED, with an empty order.
 * Source  A. B. Kahn, "Topological sorting of large networks", CACM 5, 1962; R. Tarjan, "Depth-first search and linear
 *         graph algorithms", SIAM J. Computing 1, 1972, with the call stack kept by hand and, as in D. Pearce, "A
 *         space-efficient algorithm for finding strongly connected components", Information Processing Letters 116,
 *         2016, states stacked when they are left. */
#ifndef EXPLORE_ORDER_H
#define EXPLORE_ORDER_H

#include "explore/graph.h"
#include "explore/work.h"

/* What is known of a state, one byte each. */
enum {
    STATE_DROPPED = 1,     /* an end that an `assume` dropped */
    STATE_MARKED = 2,      /* the finding happens here */
    STATE_MARKED_EDGE = 4, /* or on one of the steps from here */
    STATE_CYCLIC = 8,      /* its component has a cycle */
    STATE_TAINTED = 16,    /* a cycle can be passed on the way here */
    STATE_DIVERGES = 32,   /* a cycle can be reached from here */
    STATE_LEADS = 64,      /* a mark can be reached from here that is STATE_KEPT */
    STATE_KEPT = 128       /* with cycles: one of them, or an end that was not dropped, can be reached from here */
};

typedef struct Order {
    uint64_t count;         /* states in the order */
    StateId *sequence;      /* NULL: count-1, ..., 1, 0 */
    uint32_t *component_of; /* by state; NULL: no cycles */
} Order;

static inline bool edge_is_marked(const uint64_t *marked_edges, EdgeId edge)
{
    return marked_edges[edge / 64] >> (edge % 64) & 1;
}
static inline StateId order_state(const Order *order, uint64_t place)
{
    return order->sequence ? order->sequence[place] : (StateId)(order->count - 1 - place);
}
/* Where the component begins that ends before place `end` (end > 0). */
static inline uint64_t order_begin(const Order *order, uint64_t end)
{
    uint64_t begin = end - 1;
    if (order->component_of) {
        uint32_t component = order->component_of[order->sequence[begin]];
        while (begin > 0 && order->component_of[order->sequence[begin - 1]] == component)
            begin--;
    }
    return begin;
}

/* All states; every one must be reachable from state 0, as search_run leaves them. */
Status order_build(const Graph *graph, Work *work, Order *order);
/* The same where there is no cycle, and only where there is one no more than that: the order is empty then. States need not be reachable. */
Status order_build_acyclic(const Graph *graph, Work *work, Order *order, bool *is_acyclic);
/* The states that can be reached from state 0 without passing a marked state or edge; components always given.
 * `marked_edges`: one bit an edge; NULL: none. */
Status order_build_unmarked(const Graph *graph, const uint8_t *flags, const uint64_t *marked_edges, Work *work,
                            Order *order);
void order_free(Order *order);

#endif
