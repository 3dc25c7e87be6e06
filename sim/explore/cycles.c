#include "explore/cycles.h"

#include "base/memory.h"

typedef struct Frame {
    StateId state;
    uint32_t low;    /* least number of an open state that is reached from here */
    uint32_t cursor; /* edges of the state looked at */
    bool loops;      /* an edge leads to the state itself */
} Frame;

typedef struct Tarjan {
    const Graph *graph;
    const uint64_t *removed;
    uint32_t *number;       /* by state: 0 not seen, else the rank of the first visit */
    uint32_t *component_of; /* by state: OPEN until its set is known */
    StateId *open;          /* states whose set is not known yet, in order of visit */
    uint64_t open_count;
    Frame *frames;
    uint64_t depth, room;
    uint32_t visited, components;
    Status (*found)(void *context, const Cycle *cycle);
    void *context;
} Tarjan;

#define OPEN UINT32_MAX

#ifdef SNARL_SMALL_TABLES
enum { FIRST_FRAMES = 2 };
#else
enum { FIRST_FRAMES = 256 };
#endif

static Status enter(Tarjan *t, StateId state)
{
    if (t->depth == t->room) {
        uint64_t room = t->room == 0 ? FIRST_FRAMES : 2 * t->room;
        Frame *frames = mem_resize(t->frames, room, sizeof *frames);
        if (frames == NULL)
            return STATUS_NO_MEMORY;
        t->frames = frames;
        t->room = room;
    }
    t->number[state] = ++t->visited;
    t->component_of[state] = OPEN;
    t->open[t->open_count++] = state;
    t->frames[t->depth++] = (Frame){.state = state, .low = t->visited};
    return STATUS_OK;
}

static Status leave(Tarjan *t)
{
    Frame top = t->frames[--t->depth];
    if (top.low != t->number[top.state]) {
        Frame *below = &t->frames[t->depth - 1];
        below->low = top.low < below->low ? top.low : below->low;
        return STATUS_OK;
    }
    uint64_t end = t->open_count;
    uint32_t component = t->components++;
    do
        t->component_of[t->open[--t->open_count]] = component;
    while (t->open[t->open_count] != top.state);
    const Cycle cycle = {.states = t->open + t->open_count,
                         .count = end - t->open_count,
                         .component_of = t->component_of,
                         .component = component};
    return cycle.count > 1 || top.loops ? t->found(t->context, &cycle) : STATUS_OK;
}

static Status run_from(Tarjan *t, StateId root, Work *work)
{
    const Graph *graph = t->graph;
    Status status = enter(t, root);
    while (status == STATUS_OK && t->depth > 0) {
        Frame *top = &t->frames[t->depth - 1];
        EdgeId edge = graph->first_edge[top->state] + top->cursor;
        if (edge == graph->first_edge[top->state + 1]) {
            status = leave(t);
        } else {
            StateId to = graph->edge_to[edge];
            top->cursor++;
            if (t->removed != NULL && bits_have(t->removed, edge)) {
                /* not a step of this graph */
            } else if (t->number[to] == 0) {
                status = enter(t, to);
            } else if (t->component_of[to] == OPEN) {
                top->loops = top->loops || to == top->state;
                top->low = t->number[to] < top->low ? t->number[to] : top->low;
            }
        }
        if (status == STATUS_OK && !work_goes_on(work, 2))
            status = STATUS_INTERRUPTED;
    }
    return status;
}

Status cycles_find(const Graph *graph, const uint64_t *removed, Work *work,
                   Status (*found)(void *context, const Cycle *cycle), void *context)
{
    uint64_t n = graph->state_count;
    Tarjan t = {.graph = graph, .removed = removed, .found = found, .context = context};
    t.number = mem_alloc(n, sizeof *t.number);
    t.component_of = mem_alloc(n, sizeof *t.component_of);
    t.open = mem_alloc(n, sizeof *t.open);
    Status status =
        t.number != NULL && t.component_of != NULL && t.open != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    for (uint64_t s = 0; s < n && status == STATUS_OK; s++)
        if (t.number[s] == 0)
            status = run_from(&t, (StateId)s, work);
    mem_free(t.number);
    mem_free(t.component_of);
    mem_free(t.open);
    mem_free(t.frames);
    return status;
}

bool cycles_cannot_be(const Graph *graph)
{
    for (uint64_t s = 0; s < graph->state_count; s++)
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
            if (graph->edge_to[e] <= s)
                return false;
    return true;
}
