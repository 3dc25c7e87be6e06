/* count_graphs.h: graphs built by hand for test_count.c and bench/count_bench.c: no machine, no store. */
#ifndef TESTS_COUNT_GRAPHS_H
#define TESTS_COUNT_GRAPHS_H

#include "base/memory.h"
#include "explore/graph.h"

/* Room for `edges` edges; state_add is called for the states in order, edge_add for the edges of the state added last.
 */
static inline void graph_start(Graph *graph, uint64_t states, uint64_t edges)
{
    *graph = (Graph){.is_complete = true, .expanded_count = states};
    graph->first_edge = mem_alloc(states + 1, sizeof *graph->first_edge);
    graph->edge_to = mem_alloc(edges, sizeof *graph->edge_to);
}

static inline void state_add(Graph *graph)
{
    graph->state_count++;
    graph->first_edge[graph->state_count] = graph->edge_count;
}

static inline void edge_add(Graph *graph, uint64_t to)
{
    graph->edge_to[graph->edge_count++] = (StateId)to;
    graph->first_edge[graph->state_count] = graph->edge_count;
}

static inline void graph_end(Graph *graph)
{
    mem_free(graph->first_edge);
    mem_free(graph->edge_to);
    *graph = (Graph){0};
}

/* `threads` threads of `steps` independent steps each: state = sum of (steps done by thread i) * (steps + 1)^i. */
static inline void graph_lattice(Graph *graph, uint32_t threads, uint32_t steps)
{
    uint64_t states = 1;
    for (uint32_t i = 0; i < threads; i++)
        states *= steps + 1;
    graph_start(graph, states, states * threads);
    for (uint64_t s = 0; s < states; s++) {
        uint64_t rest = s, weight = 1;
        state_add(graph);
        for (uint32_t i = 0; i < threads; i++, rest /= steps + 1, weight *= steps + 1)
            if (rest % (steps + 1) < steps)
                edge_add(graph, s + weight);
    }
}

#endif
