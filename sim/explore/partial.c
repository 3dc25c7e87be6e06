#include "explore/partial.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "explore/learn.h"
#include "explore/store.h"

enum { CHECK_STEPS = 1024, PROGRESS_STEPS = 65536 };
#define PROGRESS_SECONDS 0.05

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

Status partial_begin(Partial *partial, Machine *machine, const SearchOptions *options, const Monitor *monitor)
{
    double begin = now();
    *partial =
        (Partial){.machine = machine, .options = options, .monitor = monitor, .begin = begin, .last_progress = begin};
    return learn_layout(machine, &partial->expansion);
}

void partial_free(Partial *partial)
{
    graph_free(partial->graph);
    expansion_free(&partial->expansion);
    partial->graph = NULL;
}

Status partial_relayout(Partial *partial)
{
    graph_free(partial->graph);
    partial->graph = NULL;
    expansion_free(&partial->expansion);
    Status status = machine_relayout(partial->machine);
    if (partial->monitor != NULL && partial->monitor->restart != NULL)
        partial->monitor->restart(partial->monitor->context);
    return status;
}

Graph *partial_take(Partial *partial)
{
    Graph *graph = partial->graph;
    if (graph == NULL || graph->first_edge == NULL || graph->state_count == 0)
        return NULL;
    partial->graph = NULL;
    return graph;
}

/* ------------------------------------------------------------------ collecting */

/* The start, and what goes wrong before the first step, into the expansion. */
static Status start(Partial *partial, Word **state)
{
    *state = mem_alloc(machine_words(partial->machine), sizeof **state);
    return *state == NULL ? STATUS_NO_MEMORY : machine_start(partial->machine, *state, &partial->expansion);
}

Status partial_open(Partial *partial)
{
    graph_free(partial->graph);
    Graph *graph = partial->graph = mem_alloc(1, sizeof *graph);
    if (graph == NULL)
        return STATUS_NO_MEMORY;
    partial->steps = 0;
    partial->next_check = CHECK_STEPS;
    graph->budget.limit_bytes = partial->options->max_memory / 2;
    Status status =
        store_new(machine_words(partial->machine), partial->options->max_states, &graph->budget, &graph->store);
    if (status != STATUS_OK)
        return budget_refused(&graph->budget, &graph->limit);
    Word *state;
    status = start(partial, &state);
    StateId id;
    if (status == STATUS_OK)
        status = partial_enter(partial, state, &id);
    mem_free(state);
    return status;
}

Status partial_enter(Partial *partial, const Word *state, StateId *id)
{
    Graph *graph = partial->graph;
    Probe probe;
    uint32_t done;
    store_prefetch(graph->store, state, 1, &probe);
    Status status = store_add(graph->store, state, &probe, 1, id, &done);
    graph->state_count = store_count(graph->store);
    if (status == STATUS_LIMIT)
        graph->limit = graph->budget.was_hit ? GRAPH_MAX_MEMORY : GRAPH_MAX_STATES;
    return status;
}

static Status check(Partial *partial, uint64_t waiting)
{
    const SearchOptions *options = partial->options;
    Graph *graph = partial->graph;
    partial->next_check = partial->steps + CHECK_STEPS;
    double time = now();
    if (options->max_seconds > 0 && time - partial->begin >= options->max_seconds) {
        graph->limit = GRAPH_MAX_SECONDS;
        return STATUS_LIMIT;
    }
    if (options->progress == NULL || time - partial->last_progress < PROGRESS_SECONDS)
        return STATUS_OK;
    partial->last_progress = time;
    bool goes_on = options->progress(options->progress_context, graph->state_count, partial->steps, waiting,
                                     graph->budget.used_bytes, time - partial->begin);
    return goes_on ? STATUS_OK : STATUS_INTERRUPTED;
}

Status partial_expand(Partial *partial, StateId state, uint64_t waiting)
{
    Status status = machine_expand(partial->machine, graph_state(partial->graph, state), &partial->expansion);
    partial->steps += partial->expansion.count;
    size_t most = partial->options->max_memory;
    if (status == STATUS_OK && most != 0 && mem_live_bytes() > partial->base_bytes + most) {
        partial->graph->limit = GRAPH_MAX_MEMORY;
        return STATUS_LIMIT;
    }
    if (status == STATUS_OK && partial->steps >= partial->next_check)
        status = check(partial, waiting);
    return status;
}

/* --------------------------------------------------------------- edges and marks */

static Status open_edges(Graph *graph)
{
    if (!stretch_open(&graph->first_edge_memory, (size_t)(graph->state_count + 2) * sizeof(EdgeId), &graph->budget) ||
        !stretch_open(&graph->edge_to_memory, (size_t)1 << 40, &graph->budget) ||
        !stretch_open(&graph->edge_thread_memory, (size_t)1 << 40, &graph->budget) ||
        !stretch_ensure(&graph->first_edge_memory, (size_t)(graph->state_count + 2) * sizeof(EdgeId)))
        return budget_refused(&graph->budget, &graph->limit);
    graph->first_edge = graph->first_edge_memory.base;
    graph->edge_to = graph->edge_to_memory.base;
    graph->edge_thread = graph->edge_thread_memory.base;
    return STATUS_OK;
}

static Status report(Partial *partial, StateId id, bool is_start_report)
{
    if (partial->monitor == NULL || partial->monitor->state == NULL)
        return STATUS_OK;
    MonitorEvent event = {.machine = partial->machine,
                          .state = graph_state(partial->graph, id),
                          .state_id = id,
                          .first_edge = partial->graph->edge_count,
                          .expansion = &partial->expansion,
                          .is_start_report = is_start_report};
    return partial->monitor->state(partial->monitor->context, &event);
}

static Status report_start(Partial *partial)
{
    Word *state;
    Status status = start(partial, &state);
    mem_free(state);
    return status == STATUS_OK ? report(partial, 0, true) : status;
}

/* The next state in turn; `beyond` is the id of the state behind all others. */
static Status add_edges(Partial *partial, StateId beyond)
{
    Graph *graph = partial->graph;
    const Expansion *expansion = &partial->expansion;
    StateId from = (StateId)graph->expanded_count;
    Status status = machine_expand(partial->machine, graph_state(graph, from), &partial->expansion);
    if (status != STATUS_OK)
        return status;
    uint32_t words = machine_words(partial->machine);
    size_t edges = (size_t)(graph->edge_count + expansion->count);
    if (!stretch_ensure(&graph->edge_to_memory, edges * sizeof(StateId)) ||
        !stretch_ensure(&graph->edge_thread_memory, edges * sizeof(uint16_t)))
        return budget_refused(&graph->budget, &graph->limit);
    status = report(partial, from, false);
    if (status != STATUS_OK)
        return status;
    graph->first_edge[from] = graph->edge_count;
    for (uint32_t i = 0; i < expansion->count; i++) {
        StateId to = store_find(graph->store, expansion->states + (size_t)i * words);
        if (to == UINT32_MAX) {
            to = beyond;
            partial->goes_beyond = true;
        }
        assert(expansion->steps[i].thread < UINT16_MAX);
        graph->edge_to[graph->edge_count + i] = to;
        graph->edge_thread[graph->edge_count + i] = (uint16_t)expansion->steps[i].thread;
    }
    graph->edge_count += expansion->count;
    graph->expanded_count++;
    return STATUS_OK;
}

/* The greatest distance from the start. */
static Status measure_depth(Graph *graph)
{
    uint64_t count = graph->state_count;
    StateId *queue = mem_alloc(count, sizeof *queue);
    uint8_t *is_seen = mem_alloc(count, 1);
    if (queue != NULL && is_seen != NULL) {
        uint64_t first = 0, last = 1, level_end = 1;
        is_seen[0] = 1;
        while (first < last) {
            StateId from = queue[first++];
            for (EdgeId e = graph->first_edge[from]; e < graph->first_edge[from + 1]; e++)
                if (!is_seen[graph->edge_to[e]] && !graph_is_open(graph, graph->edge_to[e])) {
                    is_seen[graph->edge_to[e]] = 1;
                    queue[last++] = graph->edge_to[e];
                }
            if (first == level_end && last > level_end) {
                graph->max_depth++;
                level_end = last;
            }
        }
    }
    Status status = queue != NULL && is_seen != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    mem_free(queue);
    mem_free(is_seen);
    return status;
}

Status partial_close(Partial *partial, Status ended)
{
    Graph *graph = partial->graph;
    if (graph == NULL || graph->state_count == 0 || ended == STATUS_RELAYOUT)
        return ended;
    graph->budget.limit_bytes = partial->options->max_memory;
    graph->budget.was_hit = false;
    partial->goes_beyond = false;
    StateId count = (StateId)graph->state_count;
    Status status = open_edges(graph);
    if (status == STATUS_OK)
        status = report_start(partial);
    while (status == STATUS_OK && graph->expanded_count < count)
        status = add_edges(partial, count);
    if (graph->first_edge == NULL || status == STATUS_RELAYOUT)
        return status;
    graph->has_beyond = partial->goes_beyond; /* not before: the last state is still one of the others */
    graph->state_count = count + graph->has_beyond;
    for (uint64_t state = graph->expanded_count; state <= graph->state_count; state++)
        graph->first_edge[state] = graph->edge_count;
    if (status == STATUS_OK)
        status = measure_depth(graph);
    graph->is_complete = status == STATUS_OK && !graph->has_beyond;
    return status == STATUS_OK ? ended : status;
}
