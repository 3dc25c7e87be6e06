/* graph.h: the graph of all reachable states, as the search leaves it.
 *
 * Shape   states are numbered from 0 (the start) in order of discovery; the edges of state s are first_edge[s] ..
 *         first_edge[s+1]-1, grouped by thread, threads ascending, choices ascending: the choice of an edge is its
 *         rank among the edges of its thread, from 1.
 * Owner   graph_free; the packed states lie in the store. The arrays lie in the stretches below; in a graph made by
 *         hand these are all zero, and the arrays come from mem_alloc.
 * Units   ids count states, edges; a state that was not expanded (a limit) has no edges and `is_open` set. */
#ifndef EXPLORE_GRAPH_H
#define EXPLORE_GRAPH_H

#include "base/status.h"
#include "explore/stretch.h"
#include "machine/machine.h"

typedef uint32_t StateId;
typedef uint64_t EdgeId;

typedef struct Store Store;

/* What ended the search before all was seen. */
typedef enum GraphLimit { GRAPH_NO_LIMIT, GRAPH_MAX_STATES, GRAPH_MAX_MEMORY, GRAPH_MAX_SECONDS } GraphLimit;

typedef struct Graph {
    Store *store;
    uint64_t state_count, edge_count; /* edges are counted even when they are not kept; then the arrays are NULL */
    EdgeId *first_edge;               /* state_count + 1 */
    StateId *edge_to;
    uint16_t *edge_thread;
    uint64_t left_out_count; /* of the edges: steps that were not made (SearchOptions.skip_known) */
    uint32_t max_depth;      /* greatest breadth-first distance */
    bool is_complete;        /* every state was expanded */
    uint64_t expanded_count; /* states 0 .. expanded_count-1 were expanded; the others are open */
    bool has_beyond;         /* the last state stands for all that were left out (partial.h): graph_state gives the start */
    GraphLimit limit;
    Budget budget; /* bytes in use: store and graph */
    Stretch first_edge_memory, edge_to_memory, edge_thread_memory;
    /* Where the states are elsewhere (spread.h) they come from here; the store is NULL then. */
    Word *row; /* room for one state, where the store is packed; NULL otherwise */
    const Word *(*fetch)(void *context, StateId state);
    void *fetch_context;
} Graph;

/* The packed state; valid until the graph is freed, of a graph without edges until the next call. */
const Word *graph_state(const Graph *graph, StateId state);
static inline bool graph_is_open(const Graph *graph, StateId state)
{
    return state >= graph->expanded_count;
}
/* 1-based choice of an edge, and how many choices its thread has in that state. */
uint32_t graph_edge_choice(const Graph *graph, StateId from, EdgeId edge, uint32_t *choices);
void graph_free(Graph *graph);

/* Why a stretch was refused: at its budget STATUS_LIMIT, with the limit noted; otherwise STATUS_NO_MEMORY. */
Status budget_refused(const Budget *budget, GraphLimit *limit);

#endif
