#include "explore/order.h"

#include <string.h>

#include "base/memory.h"

static Status stopped(Order *order, Status status)
{
    order_free(order);
    return status;
}

static Status numbers_are_in_order(const Graph *graph, Work *work, bool *answer)
{
    *answer = false;
    for (uint64_t s = 0; s < graph->state_count; s++) {
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
            if (graph->edge_to[e] <= s)
                return STATUS_OK;
        if (!work_goes_on(work, 1 + graph->first_edge[s + 1] - graph->first_edge[s]))
            return STATUS_INTERRUPTED;
    }
    *answer = true;
    return STATUS_OK;
}

/* First in, first out: states of the same greatest distance from the start come together, which keeps neighbours near each other in memory
 * (a depth-first order made the passes over large graphs several times slower). The sequence fills from its end and is its own queue.
 * With a cycle not all states come out: then the order is left short. */
static Status order_by_levels(const Graph *graph, Work *work, Order *order)
{
    uint64_t n = graph->state_count, head = n, tail = n; /* waiting: places tail .. head-1 */
    uint32_t *steps_here = mem_alloc(n, sizeof *steps_here);
    order->sequence = mem_alloc(n, sizeof *order->sequence);
    Status status = steps_here && order->sequence ? STATUS_OK : STATUS_NO_MEMORY;
    if (status)
        goto done;
    for (EdgeId e = 0; e < graph->edge_count; e++) {
        steps_here[graph->edge_to[e]]++;
        if (!work_goes_on(work, 1)) {
            status = STATUS_INTERRUPTED;
            goto done;
        }
    }
    if (steps_here[0] == 0)
        order->sequence[--tail] = 0;
    while (head > tail) {
        StateId s = order->sequence[--head];
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
            if (--steps_here[graph->edge_to[e]] == 0)
                order->sequence[--tail] = graph->edge_to[e];
        if (!work_goes_on(work, 1 + graph->first_edge[s + 1] - graph->first_edge[s])) {
            status = STATUS_INTERRUPTED;
            goto done;
        }
    }
    order->count = n - tail;
done:
    mem_free(steps_here);
    return status;
}

typedef struct Frame {
    StateId state;
    uint32_t low;    /* least number that is reached from here and whose component is still open */
    uint32_t cursor; /* edges of the state looked at */
} Frame;

typedef struct Tarjan {
    const Graph *graph;
    const uint8_t *flags; /* NULL: no marks */
    const uint64_t *marked_edges;
    Order *order;
    uint32_t *number; /* by state: 0 not seen, CLOSED its component is known, else the rank of the first visit */
    Frame *frames;
    uint64_t depth, room;
    uint64_t visited;
    uint64_t open; /* the states of open components stand at the end of order->sequence, from place `open` on: both ends together never meet */
    uint32_t components;
} Tarjan;

#define CLOSED UINT32_MAX

static Status tarjan_enter(Tarjan *t, StateId s)
{
    if (t->depth == t->room) {
#ifdef SNARL_SMALL_TABLES
        uint64_t room = t->room ? 2 * t->room : 2;
#else
        uint64_t room = t->room ? 2 * t->room : 256;
#endif
        Frame *frames = mem_resize(t->frames, room, sizeof *frames);
        if (!frames)
            return STATUS_NO_MEMORY;
        t->frames = frames;
        t->room = room;
    }
    t->number[s] = (uint32_t)++t->visited;
    t->frames[t->depth++] = (Frame){.state = s, .low = t->number[s]};
    t->order->sequence[--t->open] = s;
    return STATUS_OK;
}

static bool tarjan_passes(const Tarjan *t, StateId from, EdgeId e)
{
    if (!t->flags)
        return true;
    if (t->flags[t->graph->edge_to[e]] & STATE_MARKED)
        return false;
    return !(t->flags[from] & STATE_MARKED_EDGE) || !edge_is_marked(t->marked_edges, e);
}

static void tarjan_leave(Tarjan *t)
{
    Frame top = t->frames[--t->depth];
    if (t->depth > 0 && top.low < t->frames[t->depth - 1].low)
        t->frames[t->depth - 1].low = top.low;
    if (top.low != t->number[top.state])
        return;
    StateId s;
    do { /* the place written is at most the place read */
        s = t->order->sequence[t->open++];
        t->order->sequence[t->order->count++] = s;
        t->order->component_of[s] = t->components;
        t->number[s] = CLOSED;
    } while (s != top.state);
    t->components++;
}

static Status tarjan_run(Tarjan *t, Work *work)
{
    Status status = tarjan_enter(t, 0);
    while (!status && t->depth > 0) {
        Frame *top = &t->frames[t->depth - 1];
        EdgeId e = t->graph->first_edge[top->state] + top->cursor;
        if (e == t->graph->first_edge[top->state + 1]) {
            tarjan_leave(t);
        } else {
            StateId to = t->graph->edge_to[e];
            top->cursor++;
            if (!tarjan_passes(t, top->state, e)) {
                /* not a step of this graph */
            } else if (t->number[to] == 0) {
                status = tarjan_enter(t, to);
            } else if (t->number[to] != CLOSED && t->number[to] < top->low) {
                top->low = t->number[to];
            }
        }
        if (!work_goes_on(work, 2))
            status = STATUS_INTERRUPTED;
    }
    return status;
}

static Status order_by_components(const Graph *graph, const uint8_t *flags, const uint64_t *marked_edges, Work *work, Order *order)
{
    uint64_t n = graph->state_count;
    Tarjan t = {.graph = graph, .flags = flags, .marked_edges = marked_edges, .order = order, .open = n};
    *order = (Order){0};
    order->sequence = mem_alloc(n, sizeof *order->sequence);
    order->component_of = mem_alloc(n, sizeof *order->component_of);
    t.number = mem_alloc(n, sizeof *t.number);
    Status status = order->sequence && order->component_of && t.number ? STATUS_OK : STATUS_NO_MEMORY;
    if (!status && !(flags && flags[0] & STATE_MARKED))
        status = tarjan_run(&t, work);
    mem_free(t.number);
    mem_free(t.frames);
    return status ? stopped(order, status) : STATUS_OK;
}

Status order_build(const Graph *graph, Work *work, Order *order)
{
    bool in_order = false;
    *order = (Order){0};
    Status status = numbers_are_in_order(graph, work, &in_order);
    if (status)
        return stopped(order, status);
    if (in_order) {
        order->count = graph->state_count;
        return STATUS_OK;
    }
    status = order_by_levels(graph, work, order);
    if (status)
        return stopped(order, status);
    if (order->count == graph->state_count)
        return STATUS_OK;
    order_free(order);
    return order_by_components(graph, NULL, NULL, work, order);
}

Status order_build_unmarked(const Graph *graph, const uint8_t *flags, const uint64_t *marked_edges, Work *work, Order *order)
{
    return order_by_components(graph, flags, marked_edges, work, order);
}

void order_free(Order *order)
{
    mem_free(order->sequence);
    mem_free(order->component_of);
    *order = (Order){0};
}
