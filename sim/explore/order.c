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

/* A state comes out when all steps to it have; among those that can, the numbers ascend, and a state that the ascent
 * has passed by comes out at once. The order stays as near that of the numbers, and so of memory, as it can: with a
 * first-in first-out queue instead, passes over ten million states took up to twenty times as long. The sequence fills
 * from its end; the stack of states passed by stands at its beginning, and together they never hold more than all
 * states. With a cycle not all come out: then the order is left short. */
static Status order_near_numbers(const Graph *graph, Work *work, Order *order)
{
    uint64_t n = graph->state_count, tail = n, waiting = 0;
    uint32_t *steps_here = mem_alloc(n, sizeof *steps_here);
    order->sequence = mem_alloc(n, sizeof *order->sequence);
    Status status = steps_here && order->sequence ? STATUS_OK : STATUS_NO_MEMORY;
    for (EdgeId e = 0; e < graph->edge_count && !status; e++) {
        steps_here[graph->edge_to[e]]++;
        if (!work_goes_on(work, 1))
            status = STATUS_INTERRUPTED;
    }
    for (uint64_t next = 0; next < n && !status; next++) {
        if (steps_here[next] == 0)
            order->sequence[waiting++] = (StateId)next;
        while (waiting > 0 && !status) {
            StateId s = order->sequence[--waiting];
            order->sequence[--tail] = s;
            for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++) {
                StateId to = graph->edge_to[e];
                /* cppcheck-suppress arrayIndexThenCheck ; `next` is how far the loop has come, no limit of the array */
                if (--steps_here[to] == 0 && to <= next)
                    order->sequence[waiting++] = to;
            }
            if (!work_goes_on(work, 2 + graph->first_edge[s + 1] - graph->first_edge[s]))
                status = STATUS_INTERRUPTED;
        }
    }
    order->count = n - tail;
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
    uint64_t open; /* the states that were left but whose component is open stand at the end of order->sequence, from
                      place `open` on, the last one first; both ends together never meet */
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
    if (top.low != t->number[top.state]) {
        t->order->sequence[--t->open] = top.state;
        return;
    }
    /* All states that were entered later and are still open belong to this one. They are put in the order in which they
     * were left. */
    StateId *sequence = t->order->sequence;
    uint64_t begin = t->order->count, end = begin;
    while (t->open < t->graph->state_count && t->number[sequence[t->open]] > t->number[top.state])
        sequence[end++] = sequence[t->open++]; /* never the same place: the state left now had none yet */
    for (uint64_t low = begin, high = end; low + 1 < high;) {
        StateId other = sequence[low];
        sequence[low++] = sequence[--high];
        sequence[high] = other;
    }
    sequence[end++] = top.state;
    for (uint64_t place = begin; place < end; place++) {
        t->order->component_of[sequence[place]] = t->components;
        t->number[sequence[place]] = CLOSED;
    }
    t->order->count = end;
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

static Status order_by_components(const Graph *graph, const uint8_t *flags, const uint64_t *marked_edges, Work *work,
                                  Order *order)
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

Status order_build_acyclic(const Graph *graph, Work *work, Order *order, bool *is_acyclic)
{
    *order = (Order){0};
    *is_acyclic = false;
    Status status = numbers_are_in_order(graph, work, is_acyclic);
    if (status)
        return stopped(order, status);
    if (*is_acyclic) {
        order->count = graph->state_count;
        return STATUS_OK;
    }
    status = order_near_numbers(graph, work, order);
    if (status)
        return stopped(order, status);
    *is_acyclic = order->count == graph->state_count;
    if (!*is_acyclic)
        order_free(order);
    return STATUS_OK;
}

Status order_build(const Graph *graph, Work *work, Order *order)
{
    bool is_acyclic;
    Status status = order_build_acyclic(graph, work, order, &is_acyclic);
    return status || is_acyclic ? status : order_by_components(graph, NULL, NULL, work, order);
}

Status order_build_unmarked(const Graph *graph, const uint8_t *flags, const uint64_t *marked_edges, Work *work,
                            Order *order)
{
    return order_by_components(graph, flags, marked_edges, work, order);
}

void order_free(Order *order)
{
    mem_free(order->sequence);
    mem_free(order->component_of);
    *order = (Order){0};
}
