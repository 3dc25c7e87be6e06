#include "explore/cut.h"

#include <string.h>

#include "base/memory.h"
#include "explore/cycles.h"

#define NOT_HERE UINT32_MAX

/* Marks what is reached in `number`, and counts it. */
static Status reach(const Graph *graph, const uint64_t *stops, StateId *number, StateId *stack, Work *work,
                    uint64_t *states, uint64_t *edges)
{
    uint64_t depth = 0;
    for (uint64_t s = 0; s < graph->state_count; s++)
        number[s] = NOT_HERE;
    number[0] = 0;
    stack[depth++] = 0;
    *states = 1;
    while (depth > 0) {
        StateId s = stack[--depth];
        if (bits_have(stops, s))
            continue;
        *edges += graph->first_edge[s + 1] - graph->first_edge[s];
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
            if (number[graph->edge_to[e]] == NOT_HERE) {
                number[graph->edge_to[e]] = 0;
                stack[depth++] = graph->edge_to[e];
                ++*states;
            }
        if (!work_goes_on(work, 2 + graph->first_edge[s + 1] - graph->first_edge[s]))
            return STATUS_INTERRUPTED;
    }
    return STATUS_OK;
}

static Status fill(const Graph *graph, const uint64_t *stops, StateId *number, uint64_t states, uint64_t edges,
                   Cut *cut)
{
    Graph *part = cut->graph = mem_alloc(1, sizeof *part);
    cut->whole = mem_alloc(states, sizeof *cut->whole);
    if (part == NULL || cut->whole == NULL)
        return STATUS_NO_MEMORY;
    part->first_edge = mem_alloc(states + 1, sizeof *part->first_edge);
    part->edge_to = mem_alloc(edges, sizeof *part->edge_to);
    part->edge_thread = mem_alloc(edges, sizeof *part->edge_thread);
    if (part->first_edge == NULL || part->edge_to == NULL || part->edge_thread == NULL)
        return STATUS_NO_MEMORY;
    part->is_complete = graph->is_complete;
    part->limit = graph->limit;
    part->max_depth = graph->max_depth;
    for (uint64_t s = 0; s < graph->state_count; s++)
        if (number[s] != NOT_HERE) {
            number[s] = (StateId)part->state_count;
            cut->whole[part->state_count++] = (StateId)s;
            part->expanded_count += !graph_is_open(graph, (StateId)s);
        }
    for (uint64_t s = 0; s < part->state_count; s++) {
        StateId whole = cut->whole[s];
        uint64_t count = bits_have(stops, whole) ? 0 : graph->first_edge[whole + 1] - graph->first_edge[whole];
        for (uint64_t i = 0; i < count; i++) {
            part->edge_to[part->edge_count] = number[graph->edge_to[graph->first_edge[whole] + i]];
            part->edge_thread[part->edge_count++] = graph->edge_thread[graph->first_edge[whole] + i];
        }
        part->first_edge[s + 1] = part->edge_count;
    }
    return STATUS_OK;
}

Status cut_build(const Graph *graph, const uint64_t *stops, Work *work, Cut *cut)
{
    uint64_t states = 0, edges = 0;
    memset(cut, 0, sizeof *cut);
    StateId *number = mem_alloc(graph->state_count, sizeof *number);
    StateId *stack = mem_alloc(graph->state_count, sizeof *stack);
    Status status = number == NULL || stack == NULL
                        ? STATUS_NO_MEMORY
                        : reach(graph, stops, number, stack, work, &states, &edges);
    mem_free(stack);
    if (status == STATUS_OK)
        status = fill(graph, stops, number, states, edges, cut);
    mem_free(number);
    if (status != STATUS_OK)
        cut_free(cut);
    return status;
}

void cut_free(Cut *cut)
{
    graph_free(cut->graph);
    mem_free(cut->whole);
    memset(cut, 0, sizeof *cut);
}

StateId cut_state(const Cut *cut, StateId whole)
{
    uint64_t low = 0, high = cut->graph->state_count;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (cut->whole[middle] <= whole)
            low = middle;
        else
            high = middle;
    }
    return (StateId)low;
}
