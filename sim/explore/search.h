/* search.h: breadth-first search of every reachable state.
 *
 * Errors  STATUS_OK with a complete graph; STATUS_LIMIT, STATUS_INTERRUPTED, STATUS_NO_MEMORY with the graph of what was found so far (graph may be
 *         NULL only when not even the start fitted).
 * Speed   successors are hashed and prefetched in batches before they are looked up; no heap work for each step (docs/engine.md). */
#ifndef EXPLORE_SEARCH_H
#define EXPLORE_SEARCH_H

#include "explore/graph.h"
#include "trace/monitor.h"

typedef struct SearchOptions {
    uint64_t max_states;  /* 0: none */
    size_t max_memory;    /* bytes for store and graph; 0: none */
    double max_seconds;   /* 0: none */
    bool skip_edges;      /* do not keep edges: no counts, no schedules */
    bool (*progress)(void *context, uint64_t states, uint64_t steps, uint64_t frontier, size_t bytes, double seconds);
    void *progress_context;
} SearchOptions;

Status search_run(Machine *machine, const SearchOptions *options, const Monitor *monitor, Graph **graph);

#endif
