#include "explore/timing.h"

#include <string.h>

#include "base/memory.h"
#include "explore/order.h"

#ifdef SNARL_SMALL_TABLES
enum { FIRST_WEIGHTS = 2 };
#else
enum { FIRST_WEIGHTS = 256 };
#endif

/* ------------------------------------------------------------------- weights */

bool weights_add(Weights *weights, EdgeId edge, int64_t elapsed_ns)
{
    if (weights->count == weights->edge_room) {
        uint64_t room = weights->edge_room == 0 ? FIRST_WEIGHTS : weights->edge_room * 2;
        EdgeId *edges = mem_resize(weights->edges, room, sizeof *edges);
        if (edges == NULL)
            return false;
        weights->edges = edges;
        weights->edge_room = room;
    }
    if (weights->count == weights->time_room) {
        int64_t *times = mem_resize(weights->elapsed_ns, weights->edge_room, sizeof *times);
        if (times == NULL)
            return false;
        weights->elapsed_ns = times;
        weights->time_room = weights->edge_room;
    }
    weights->edges[weights->count] = edge;
    weights->elapsed_ns[weights->count++] = elapsed_ns;
    return true;
}

Status weights_state(Weights *weights, const MonitorEvent *event)
{
    if (!machine_program(event->machine)->has_clock)
        return STATUS_OK;
    if (event->is_start_report)
        weights->start_ns = event->expansion->elapsed_ns;
    for (uint32_t i = 0; i < event->expansion->count && !event->is_start_report; i++)
        if (event->expansion->steps[i].elapsed_ns != 0 &&
            !weights_add(weights, event->first_edge + i, event->expansion->steps[i].elapsed_ns))
            return STATUS_NO_MEMORY;
    return STATUS_OK;
}

void weights_restart(Weights *weights)
{
    weights->count = 0;
    weights->start_ns = 0;
}

void weights_free(Weights *weights)
{
    mem_free(weights->edges);
    mem_free(weights->elapsed_ns);
    memset(weights, 0, sizeof *weights);
}

/* The first weight at or behind an edge. */
static uint64_t find_weight(const Weights *weights, EdgeId edge)
{
    uint64_t low = 0, high = weights->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (weights->edges[middle] < edge)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --------------------------------------------------------------------- values */

#define NEVER (-1)        /* no end can be reached */
#define NO_BOUND INT64_MAX

typedef struct Value {
    int64_t ns; /* to an end; NEVER; NO_BOUND */
    uint64_t steps;
} Value;

typedef struct Timing {
    const Graph *graph;
    const Weights *weights;
    Work *work;
    Order order;
    Value *values; /* by state */
    bool wants_greatest;
} Timing;

static int64_t add_times(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? NO_BOUND : sum;
}

static bool is_better(const Timing *timing, Value a, Value b)
{
    if (b.ns == NEVER || a.ns == NEVER)
        return b.ns == NEVER && a.ns != NEVER;
    if (a.ns != b.ns)
        return timing->wants_greatest ? a.ns > b.ns : a.ns < b.ns;
    return a.steps < b.steps;
}

/* What a step is worth; `*next` goes along with the edges of a state. */
static Value value_of_edge(const Timing *timing, EdgeId edge, uint64_t *next)
{
    const Weights *weights = timing->weights;
    Value value = timing->values[timing->graph->edge_to[edge]];
    while (*next < weights->count && weights->edges[*next] < edge)
        ++*next;
    if (value.ns == NEVER || value.ns == NO_BOUND)
        return value;
    if (*next < weights->count && weights->edges[*next] == edge)
        value.ns = add_times(value.ns, weights->elapsed_ns[*next]);
    value.steps++;
    return value;
}

/* Takes the best of the steps; true when that is better than what the state had. */
static bool improve(Timing *timing, StateId state)
{
    const Graph *graph = timing->graph;
    Value best = timing->values[state];
    bool is_changed = false;
    uint64_t next = find_weight(timing->weights, graph->first_edge[state]);
    for (EdgeId edge = graph->first_edge[state]; edge < graph->first_edge[state + 1]; edge++) {
        Value value = value_of_edge(timing, edge, &next);
        if (is_better(timing, value, best)) {
            best = value;
            is_changed = true;
        }
    }
    timing->values[state] = best;
    return is_changed;
}

/* Does time pass on a step inside the component? */
static bool has_inner_time(const Timing *timing, uint64_t begin, uint64_t end)
{
    const Graph *graph = timing->graph;
    const Order *order = &timing->order;
    for (uint64_t place = begin; place < end; place++) {
        StateId state = order_state(order, place);
        for (uint64_t w = find_weight(timing->weights, graph->first_edge[state]);
             w < timing->weights->count && timing->weights->edges[w] < graph->first_edge[state + 1]; w++)
            if (order->component_of[graph->edge_to[timing->weights->edges[w]]] == order->component_of[state])
                return true;
    }
    return false;
}

/* The states of one component, `begin` to `end` in the order; all behind them have their values. */
static Status settle(Timing *timing, uint64_t begin, uint64_t end)
{
    const Graph *graph = timing->graph;
    bool is_unbounded = timing->wants_greatest && timing->order.component_of != NULL && has_inner_time(timing, begin, end);
    bool changes = true;
    for (bool is_first = true; changes; is_first = false) {
        changes = false;
        for (uint64_t place = begin; place < end; place++) {
            StateId state = order_state(&timing->order, place);
            changes = improve(timing, state) || changes;
            if (!work_goes_on(timing->work, 1 + graph->first_edge[state + 1] - graph->first_edge[state]))
                return STATUS_INTERRUPTED;
        }
        if (is_first && (end - begin == 1 || is_unbounded))
            break;
    }
    bool ends = false;
    for (uint64_t place = begin; place < end && is_unbounded && !ends; place++)
        ends = timing->values[order_state(&timing->order, place)].ns != NEVER;
    for (uint64_t place = begin; place < end && ends; place++)
        timing->values[order_state(&timing->order, place)] = (Value){.ns = NO_BOUND};
    return STATUS_OK;
}

static Status settle_all(Timing *timing)
{
    /* components stand side by side, ends first: found from behind, settled from the front */
    Order *order = &timing->order;
    Status status = STATUS_OK;
    for (uint64_t begin = 0; begin < order->count && status == STATUS_OK;) {
        uint64_t end = begin + 1;
        while (order->component_of != NULL && end < order->count &&
               order->component_of[order->sequence[end]] == order->component_of[order->sequence[begin]])
            end++;
        status = settle(timing, begin, end);
        begin = end;
    }
    return status;
}

/* ------------------------------------------------------------------ schedules */

/* Along the best steps; among equal ones the thread goes on that stepped last. */
static Status walk(const Timing *timing, TimePath *path)
{
    const Graph *graph = timing->graph;
    uint64_t length = timing->values[0].steps;
    uint32_t last = UINT32_MAX;
    path->ns = add_times(timing->values[0].ns, timing->weights->start_ns);
    if (length > SCHEDULE_MAX_STEPS)
        return STATUS_OK;
    path->steps = mem_alloc(length + 1, sizeof *path->steps);
    if (path->steps == NULL)
        return STATUS_NO_MEMORY;
    for (StateId state = 0; path->count < length;) {
        EdgeId chosen = graph->first_edge[state + 1];
        uint64_t next = find_weight(timing->weights, graph->first_edge[state]);
        for (EdgeId edge = graph->first_edge[state]; edge < graph->first_edge[state + 1]; edge++) {
            Value value = value_of_edge(timing, edge, &next);
            bool is_best = value.ns == timing->values[state].ns && value.steps == timing->values[state].steps;
            bool is_first = chosen == graph->first_edge[state + 1];
            if (is_best && (is_first || (graph->edge_thread[edge] == last && graph->edge_thread[chosen] != last)))
                chosen = edge;
        }
        ScheduleStep *step = &path->steps[path->count++];
        last = step->thread = graph->edge_thread[chosen];
        step->choice = graph_edge_choice(graph, state, chosen, &step->choices);
        state = graph->edge_to[chosen];
    }
    return STATUS_OK;
}

static Status run(Timing *timing, bool wants_greatest, bool (*is_finish)(void *, StateId), void *context)
{
    const Graph *graph = timing->graph;
    timing->wants_greatest = wants_greatest;
    for (uint64_t s = 0; s < graph->state_count; s++) {
        bool is_end = graph->first_edge[s] == graph->first_edge[s + 1] && is_finish(context, (StateId)s);
        timing->values[s] = (Value){.ns = is_end ? 0 : NEVER};
    }
    return settle_all(timing);
}

Status timing_range(const Graph *graph, const Weights *weights, bool (*is_finish)(void *context, StateId state), void *context, Work *work,
                    TimeRange *range)
{
    Timing timing = {.graph = graph, .weights = weights, .work = work};
    *range = (TimeRange){0};
    Status status = order_build(graph, work, &timing.order);
    if (status == STATUS_OK) {
        timing.values = mem_alloc(graph->state_count, sizeof *timing.values);
        status = timing.values == NULL ? STATUS_NO_MEMORY : run(&timing, false, is_finish, context);
    }
    if (status == STATUS_OK && timing.values[0].ns != NEVER) {
        range->is_any = true;
        status = walk(&timing, &range->least);
        if (status == STATUS_OK)
            status = run(&timing, true, is_finish, context);
        range->is_unbounded = status == STATUS_OK && timing.values[0].ns == NO_BOUND;
        if (status == STATUS_OK && !range->is_unbounded)
            status = walk(&timing, &range->greatest);
    }
    mem_free(timing.values);
    order_free(&timing.order);
    if (status != STATUS_OK)
        timing_range_free(range);
    return status;
}

void timing_range_free(TimeRange *range)
{
    mem_free(range->least.steps);
    mem_free(range->greatest.steps);
    *range = (TimeRange){0};
}
