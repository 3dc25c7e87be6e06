/* search.h: breadth-first search of every reachable state.
 *
 * Order   states get their ids in the order of breadth-first discovery (expanded by id, steps in the order of the
 *         expansion), whatever the layout, the batches or the table do: two runs give the same graph, byte for byte
 *         but for the packing of states.
 * Layout  Fields of the packed state start narrow. Short random walks with fixed seeds teach the machine most of
 *         their ranges before the search; a value that does not fit later ends the attempt: relayout,
 *         Monitor.restart, from the start.
 * Errors  STATUS_OK with a complete graph; STATUS_LIMIT (graph->limit says which), STATUS_INTERRUPTED (`progress`
 *         returned false), STATUS_NO_MEMORY with the graph of what was found so far (NULL only when not even the
 *         start fitted). A state whose steps could not all be entered counts as not expanded; those of its successors
 *         that were new may then stay in the graph without an edge to them. The monitor has seen the expanded states
 *         exactly.
 * Speed   some ten states are expanded in a row; their successors are hashed and prefetched meanwhile, then looked up
 *         (store.h). No heap work for each step: expansions keep their memory from batch to batch.
 * Past    With options.checkpoint it first enters what was found before, and writes down what it has now and then; the
 *         graph is that of a search that was never interrupted.
 * Jobs    With several of them a crew (crew.h) expands states ahead, once some thousand wait; entering, monitor and
 *         limits stay with the caller, in order. */
#ifndef EXPLORE_SEARCH_H
#define EXPLORE_SEARCH_H

#include "explore/graph.h"
#include "trace/monitor.h"

typedef struct SearchOptions {
    uint64_t max_states; /* 0: none */
    size_t max_memory;   /* bytes for store and graph; 0: none */
    double max_seconds;  /* 0: none */
    bool skip_edges;     /* do not keep edges: no counts, no schedules */
    bool skip_known;     /* with skip_edges: where it is possible, steps that lead to states known by other ways are counted, but neither made nor
                          * told to the monitor, whose expansions have them as left_out (machine_expand_carried). Not with several jobs */
    uint32_t jobs;       /* threads that expand states; 0: 1. The graph does not depend on it */
    /* Called at least every 65,536 steps or 50 ms; false ends the search. May be NULL. */
    bool (*progress)(void *context, uint64_t states, uint64_t steps, uint64_t frontier, size_t bytes, double seconds);
    void *progress_context;
    struct Checkpoint *checkpoint; /* checkpoint.h; NULL: none. Needs edges */
} SearchOptions;

Status search_run(Machine *machine, const SearchOptions *options, const Monitor *monitor, Graph **out);

#endif
