#include "explore/costs.h"

#include <string.h>

/* States further on, whose successors' rows are asked for early. */
enum { ROWS_AHEAD = 8 };

void costs_free(Costs *costs)
{
    stretch_close(&costs->row_memory);
    stretch_close(&costs->in_memory);
    memset(costs, 0, sizeof *costs);
}

static uint32_t count_threads(const Graph *graph)
{
    uint16_t most = 0;
    for (EdgeId e = 0; e < graph->edge_count; e++)
        most = graph->edge_thread[e] > most ? graph->edge_thread[e] : most;
    return (uint32_t)most + 1;
}

static bool make_room(const Graph *graph, Costs *costs)
{
    size_t rows = (size_t)graph->state_count * costs->width * sizeof(uint32_t), in = (size_t)(graph->edge_count + 1) * sizeof(EdgeIn);
    if (!stretch_open(&costs->row_memory, rows, &costs->budget) || !stretch_ensure(&costs->row_memory, rows) ||
        !stretch_open(&costs->in_memory, in, &costs->budget) || !stretch_ensure(&costs->in_memory, in))
        return false;
    costs->rows = costs->row_memory.base;
    costs->in = costs->in_memory.base;
    return true;
}

/* What is left of COST_MOST behind a switch in a state, from its row; `could`: the threads with a step there, one bit each. */
static inline uint32_t left_by_switch(const uint32_t *row, uint32_t threads, uint32_t could)
{
    uint32_t most = 0;
    for (uint32_t t = 0; t < threads; t++) {
        uint32_t price = COST_SWITCH + (could >> t & 1) * COST_PREEMPTION;
        uint32_t left = row[t] > price ? row[t] - price : 0;
        most = left > most ? left : most;
    }
    return most;
}

static Status go_along(const Graph *graph, const Order *order, Work *work, Costs *costs)
{
    const EdgeId *first_edge = graph->first_edge;
    const StateId *edge_to = graph->edge_to;
    const uint16_t *edge_thread = graph->edge_thread;
    const uint32_t threads = costs->threads, width = costs->width;
    uint32_t *rows = costs->rows;
    EdgeIn *in = costs->in;
    for (uint64_t place = order->count; place-- > 0;) {
        const StateId s = order_state(order, place);
        EdgeId first = first_edge[s], last = first_edge[s + 1];
        if (place >= ROWS_AHEAD) {
            StateId ahead = order_state(order, place - ROWS_AHEAD);
            for (EdgeId e = first_edge[ahead]; e < first_edge[ahead + 1]; e++)
                __builtin_prefetch(rows + (size_t)edge_to[e] * width);
        }
        const uint32_t *row = rows + (size_t)s * width;
        uint32_t could = 0;
        for (EdgeId e = first; e < last; e++)
            could |= UINT32_C(1) << edge_thread[e];
        uint32_t switched = s == 0 ? COST_MOST : first < last ? left_by_switch(row, threads, could) : 0;
        for (EdgeId e = first; e < last; e++) {
            uint32_t thread = edge_thread[e], left = row[thread] > switched ? row[thread] : switched;
            uint32_t *to = rows + (size_t)edge_to[e] * width;
            if (left == 0) /* the state cannot be reached */
                continue;
            left -= COST_STEP;
            if (((COST_MOST - left) & (COST_SWITCH - 1)) > COST_STEPS_MAX)
                return STATUS_LIMIT;
            to[thread] = left > to[thread] ? left : to[thread];
            in[e] = (EdgeIn){s, to[threads]};
            to[threads] = (uint32_t)e + 1;
        }
        if (!work_goes_on(work, 1 + threads + 2 * (last - first)))
            return STATUS_INTERRUPTED;
    }
    return STATUS_OK;
}

Status costs_find(const Graph *graph, const Order *order, Work *work, Costs *costs)
{
    *costs = (Costs){.threads = count_threads(graph)};
    costs->width = costs->threads + 1;
    if (costs->threads > COST_THREADS_MAX || graph->edge_count >= UINT32_MAX)
        return STATUS_LIMIT;
    Order own = {0};
    bool is_acyclic = order != NULL && order->component_of == NULL;
    Status status = order == NULL ? order_build_acyclic(graph, work, &own, &is_acyclic) : STATUS_OK;
    if (status == STATUS_OK && !is_acyclic)
        status = STATUS_LIMIT;
    if (status == STATUS_OK && !make_room(graph, costs))
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        status = go_along(graph, order == NULL ? &own : order, work, costs);
    order_free(&own);
    if (status != STATUS_OK)
        costs_free(costs);
    return status;
}
