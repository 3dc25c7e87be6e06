#include "explore/graph.h"

#include <assert.h>

#include "base/memory.h"
#include "explore/store.h"

const Word *graph_state(const Graph *graph, StateId state)
{
    assert(state < graph->state_count);
    if (graph->has_beyond && state + 1 == graph->state_count)
        state = 0;
    if (graph->fetch != NULL)
        return graph->fetch(graph->fetch_context, state);
    if (graph->row == NULL)
        return store_get(graph->store, state);
    store_read(graph->store, state, graph->row);
    return graph->row;
}

uint32_t graph_edge_choice(const Graph *graph, StateId from, EdgeId edge, uint32_t *choices)
{
    EdgeId begin = edge, end = edge + 1;
    assert(graph->first_edge[from] <= edge && edge < graph->first_edge[from + 1]);
    while (begin > graph->first_edge[from] && graph->edge_thread[begin - 1] == graph->edge_thread[edge])
        begin--;
    while (end < graph->first_edge[from + 1] && graph->edge_thread[end] == graph->edge_thread[edge])
        end++;
    if (choices != NULL)
        *choices = (uint32_t)(end - begin);
    return (uint32_t)(edge - begin) + 1;
}

/* Either the search made the array, or somebody by hand. */
static void free_array(Stretch *memory, void *array)
{
    if (memory->base != NULL)
        stretch_close(memory);
    else
        mem_free(array);
}

void graph_free(Graph *graph)
{
    if (graph == NULL)
        return;
    store_free(graph->store);
    free_array(&graph->first_edge_memory, graph->first_edge);
    free_array(&graph->edge_to_memory, graph->edge_to);
    free_array(&graph->edge_thread_memory, graph->edge_thread);
    mem_free(graph->row);
    mem_free(graph);
}

Status budget_refused(const Budget *budget, GraphLimit *limit)
{
    if (!budget->was_hit)
        return STATUS_NO_MEMORY;
    *limit = GRAPH_MAX_MEMORY;
    return STATUS_LIMIT;
}
