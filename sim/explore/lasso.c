#include "explore/lasso.h"

#include "base/memory.h"
#include "explore/cycles.h"

#ifdef SNARL_SMALL_TABLES
enum { MOST_PAIRS = 1 << 8, FIRST_EDGES = 2 };
#else
enum { MOST_PAIRS = 1 << 20, FIRST_EDGES = 64 };
#endif
enum { DUTIES_AT_ONCE = 60 };
#define NOBODY UINT32_MAX

typedef struct Lasso {
    const LassoPlan *plan;
    uint64_t *bit_of;     /* by thread: its duty, 0 for none; [thread_count] that of the wanted edges */
    uint64_t thread_bits; /* all duties of threads */
    uint32_t duty_count;
    /* the search under way; a node is (place in the set << duties) | duties fulfilled */
    uint32_t *from_node;
    EdgeId *from_edge;
    uint32_t *queue;
    /* the walk so far */
    EdgeId *edges;
    uint32_t count, room;
} Lasso;

/* Place of a state in the set, or NOBODY. */
static uint32_t place_of(const LassoPlan *plan, StateId state)
{
    uint64_t low = 0, high = plan->count;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (plan->states[middle] <= state)
            low = middle;
        else
            high = middle;
    }
    return plan->states[low] == state ? (uint32_t)low : NOBODY;
}

/* The duties that are fulfilled by being in a state: of threads that have no step there. */
static uint64_t idle_in(const Lasso *lasso, StateId state)
{
    const Graph *graph = lasso->plan->graph;
    uint64_t enabled = 0;
    for (EdgeId e = graph->first_edge[state]; e < graph->first_edge[state + 1]; e++)
        if (lasso->plan->faults == NULL || !bits_have(lasso->plan->faults, e))
            enabled |= lasso->bit_of[graph->edge_thread[e]];
    return lasso->thread_bits & ~enabled;
}

static uint64_t fulfilled_by(const Lasso *lasso, EdgeId edge)
{
    const LassoPlan *plan = lasso->plan;
    uint64_t bits = lasso->bit_of[plan->graph->edge_thread[edge]] | idle_in(lasso, plan->graph->edge_to[edge]);
    if (plan->wanted != NULL && bits_have(plan->wanted, edge))
        bits |= lasso->bit_of[plan->thread_count];
    return bits;
}

static Status append(Lasso *lasso, EdgeId edge)
{
    if (lasso->count == lasso->room) {
        uint32_t room = lasso->room == 0 ? FIRST_EDGES : lasso->room * 2;
        EdgeId *larger = mem_resize(lasso->edges, room, sizeof *larger);
        if (larger == NULL)
            return STATUS_NO_MEMORY;
        lasso->edges = larger;
        lasso->room = room;
    }
    lasso->edges[lasso->count++] = edge;
    return STATUS_OK;
}

/* Appends the way to a node, ended by `last`. */
static Status append_way(Lasso *lasso, uint32_t start, uint32_t node, EdgeId last)
{
    uint32_t begin = lasso->count;
    Status status = append(lasso, last);
    for (; node != start && status == STATUS_OK; node = lasso->from_node[node])
        status = append(lasso, lasso->from_edge[node]);
    for (uint32_t low = begin, high = lasso->count; status == STATUS_OK && low + 1 < high;) {
        EdgeId edge = lasso->edges[low];
        lasso->edges[low++] = lasso->edges[--high];
        lasso->edges[high] = edge;
    }
    return status;
}

/* From place `*at` with `*done` fulfilled, by at least one step, to the first node that has fulfilled more than `*done`
 * (`any`), or that is `goal` with all of `all`. Both are set to where it led. */
static Status go(Lasso *lasso, uint32_t width, uint32_t *at, uint64_t *done, bool any, uint32_t goal, uint64_t all)
{
    const LassoPlan *plan = lasso->plan;
    const Graph *graph = plan->graph;
    uint64_t nodes = plan->count << width, pair_mask = (UINT64_C(1) << width) - 1;
    for (uint64_t i = 0; i < nodes; i++)
        lasso->from_node[i] = NOBODY;
    uint32_t start = (uint32_t)((uint64_t)*at << width | (*done & pair_mask)), head = 0, tail = 0;
    lasso->from_node[start] = start;
    lasso->queue[tail++] = start;
    while (head < tail) {
        uint32_t node = lasso->queue[head++];
        StateId state = plan->states[node >> width];
        uint64_t before = width == 0 ? *done : node & pair_mask;
        for (EdgeId e = graph->first_edge[state]; e < graph->first_edge[state + 1]; e++) {
            if (plan->removed != NULL && bits_have(plan->removed, e))
                continue;
            uint32_t place = place_of(plan, graph->edge_to[e]);
            if (place == NOBODY)
                continue;
            uint64_t after = before | (fulfilled_by(lasso, e) & all);
            if (any ? after != before : place == goal && after == all) {
                *at = place;
                *done = after;
                return append_way(lasso, start, node, e);
            }
            uint32_t next = (uint32_t)((uint64_t)place << width | (after & pair_mask));
            if (lasso->from_node[next] == NOBODY) {
                lasso->from_node[next] = node;
                lasso->from_edge[next] = e;
                lasso->queue[tail++] = next;
            }
        }
    }
    return STATUS_INVALID;
}

/* Gives duties number first, first + 1, ... a bit each: threads that have a step in the start, then the wanted edge. */
static void give_bits(Lasso *lasso, uint32_t first)
{
    const LassoPlan *plan = lasso->plan;
    const Graph *graph = plan->graph;
    uint32_t number = 0, given = 0;
    ThreadId last = NOBODY;
    lasso->thread_bits = 0;
    for (uint32_t t = 0; t <= plan->thread_count; t++)
        lasso->bit_of[t] = 0;
    for (EdgeId e = graph->first_edge[plan->start]; e < graph->first_edge[plan->start + 1]; e++) {
        if (graph->edge_thread[e] == last || (plan->faults != NULL && bits_have(plan->faults, e)))
            continue;
        last = graph->edge_thread[e];
        if (number++ >= first && given < DUTIES_AT_ONCE) {
            lasso->bit_of[last] = UINT64_C(1) << given++;
            lasso->thread_bits |= lasso->bit_of[last];
        }
    }
    if (plan->wanted != NULL && number++ >= first && given < DUTIES_AT_ONCE)
        lasso->bit_of[plan->thread_count] = UINT64_C(1) << given;
    lasso->duty_count = number;
}

static Status walk(Lasso *lasso)
{
    const LassoPlan *plan = lasso->plan;
    give_bits(lasso, 0);
    uint32_t duties = lasso->duty_count, home = place_of(plan, plan->start), at = home, width = 0;
    if (home == NOBODY)
        return STATUS_INVALID;
    if (duties < DUTIES_AT_ONCE && plan->count <= (uint64_t)MOST_PAIRS >> (duties < 32 ? duties : 32))
        width = duties;
    uint64_t nodes = plan->count << width, done = 0;
    lasso->from_node = mem_alloc(nodes, sizeof *lasso->from_node);
    lasso->from_edge = mem_alloc(nodes, sizeof *lasso->from_edge);
    lasso->queue = mem_alloc(nodes, sizeof *lasso->queue);
    if (lasso->from_node == NULL || lasso->from_edge == NULL || lasso->queue == NULL)
        return STATUS_NO_MEMORY;
    if (width > 0 || duties == 0)
        return go(lasso, width, &at, &done, false, home, (UINT64_C(1) << duties) - 1);
    for (uint32_t first = 0; first < duties; first += DUTIES_AT_ONCE) {
        uint32_t left = duties - first;
        uint64_t all = (UINT64_C(1) << (left < DUTIES_AT_ONCE ? left : DUTIES_AT_ONCE)) - 1;
        give_bits(lasso, first);
        done = 0;
        while (done != all) {
            Status status = go(lasso, 0, &at, &done, true, home, all);
            if (status != STATUS_OK)
                return status;
        }
    }
    done = 0;
    return at == home && lasso->count > 0 ? STATUS_OK : go(lasso, 0, &at, &done, false, home, 0);
}

Status lasso_find(const LassoPlan *plan, EdgeId **edges, uint32_t *count)
{
    Lasso lasso = {.plan = plan};
    *edges = NULL;
    *count = 0;
    lasso.bit_of = mem_alloc((uint64_t)plan->thread_count + 1, sizeof *lasso.bit_of);
    Status status = lasso.bit_of == NULL ? STATUS_NO_MEMORY : walk(&lasso);
    mem_free(lasso.bit_of);
    mem_free(lasso.from_node);
    mem_free(lasso.from_edge);
    mem_free(lasso.queue);
    if (status != STATUS_OK) {
        mem_free(lasso.edges);
        return status;
    }
    *edges = lasso.edges;
    *count = lasso.count;
    return STATUS_OK;
}
