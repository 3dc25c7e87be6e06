/* walk.h: where a random walk over the graph ends, cycles or not: at which end, at a mark, or never.
 *
 * Method  the probability flows from the start through the components, in order. A component with a cycle keeps what
 *         flows in until it has left: that is a linear system. Where all components are small it is solved exactly
 *         (walk_exact.h). Else what is in a component is handed on from state to state (Gauss-Seidel; every term is
 *         positive, so that nothing cancels) until nothing is left, or until what is left keeps its shape from sweep to
 *         sweep: then all of it leaves in the proportions of the last sweep. Without that, a component that is left
 *         once in 10^9 sweeps would take as many. Components of up to 1,500 states for which this is slow are solved by
 *         elimination; larger ones are given up after two billion visits, and then the last sweep decides.
 * Units   1 word a state for a call, 2 with large components.
 * Errors  STATUS_NO_MEMORY, STATUS_INTERRUPTED. */
#ifndef EXPLORE_WALK_H
#define EXPLORE_WALK_H

#include "explore/order.h"

#define WALK_NOWHERE UINT32_MAX

/* Slots count what is asked for, from 0. */
typedef struct Walk {
    const Graph *graph;
    const Order *order; /* of the whole graph, with STATE_CYCLIC in the flags */
    const uint8_t *flags;
    const uint64_t *marked_edges; /* as for Pass; a walk ends at a marked state or edge */
    const uint32_t *slot_of;      /* by state, of ends; NULL: `dropped_slot` for those with STATE_DROPPED */
    uint32_t dropped_slot, marked_slot, never_slot; /* WALK_NOWHERE: not asked for */
    uint32_t slots;
    Work *work;
} Walk;

typedef struct WalkResult {
    double probability;
    char *exact; /* mem_free; NULL: only the decimal is known */
} WalkResult;

/* results[slot], to be freed by the caller even after an error. */
Status walk_solve(const Walk *walk, WalkResult *results);

/* The rest is for walk.c and walk_exact.c. */

static inline uint32_t walk_slot_of_end(const Walk *walk, StateId end)
{
    if (walk->slot_of)
        return walk->slot_of[end];
    return walk->flags[end] & STATE_DROPPED ? walk->dropped_slot : WALK_NOWHERE;
}
static inline bool walk_is_end(const Walk *walk, StateId s)
{
    return walk->graph->first_edge[s] == walk->graph->first_edge[s + 1];
}
/* Whether the walk ends with this step: at a mark or an end, in *slot (WALK_NOWHERE: one that is not asked for). */
static inline bool walk_ends_with(const Walk *walk, StateId from, EdgeId edge, uint32_t *slot)
{
    StateId to = walk->graph->edge_to[edge];
    bool is_marked = walk->flags[to] & STATE_MARKED ||
                     (walk->flags[from] & STATE_MARKED_EDGE && edge_is_marked(walk->marked_edges, edge));
    if (!is_marked && !walk_is_end(walk, to))
        return false;
    *slot = is_marked ? walk->marked_slot : walk_slot_of_end(walk, to);
    return true;
}
/* The same for a walk that ends where it starts. */
static inline bool walk_ends_at_once(const Walk *walk, uint32_t *slot)
{
    bool is_marked = walk->flags[0] & STATE_MARKED;
    if (!is_marked && !walk_is_end(walk, 0))
        return false;
    *slot = is_marked ? walk->marked_slot : walk_slot_of_end(walk, 0);
    return true;
}
/* One state, no step to itself. */
static inline bool walk_is_plain(const Walk *walk, uint64_t begin, uint64_t end)
{
    return end - begin == 1 && !(walk->flags[order_state(walk->order, begin)] & STATE_CYCLIC);
}
/* Whether a walk that is in the component at places begin .. end-1 stays there for ever. */
bool walk_is_trap(const Walk *walk, uint64_t begin, uint64_t end);

#endif
