#include "explore/crossing.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

/* States further on, whose successors' values are asked for early. */
enum { STATES_AHEAD = 6 };

void crossings_free(Crossings *crossings)
{
    mem_free(crossings->marks);
    *crossings = (Crossings){0};
}

/* Takes out those that some path comes back to. touched[s]: findings that some path to the state has happen. */
static Status drop_those_come_back_to(const Graph *graph, const Order *order, Work *work, uint64_t *touched, Crossings *crossings)
{
    const uint64_t *marks = crossings->marks;
    uint64_t back = 0;
    memset(touched, 0, graph->state_count * sizeof *touched);
    for (uint64_t place = order->count; place-- > 0;) {
        StateId s = order_state(order, place);
        EdgeId first = graph->first_edge[s], last = graph->first_edge[s + 1];
        uint64_t before = touched[s] | marks[s];
        for (EdgeId e = first; e < last; e++) {
            StateId to = graph->edge_to[e];
            back |= marks[to] & ~marks[s] & before;
            touched[to] |= before;
        }
        if (!work_goes_on(work, 1 + last - first))
            return STATUS_INTERRUPTED;
    }
    crossings->which &= ~back;
    for (uint64_t s = 0; s < graph->state_count && back != 0; s++)
        crossings->marks[s] &= ~back;
    return STATUS_OK;
}

Status crossings_find(const Graph *graph, const Order *order, const Marks *marks, uint32_t count, Work *work, uint64_t *scratch,
                      Crossings *crossings)
{
    assert(count <= CROSSINGS_MAX);
    *crossings = (Crossings){.marks = mem_alloc(graph->state_count, sizeof *crossings->marks)};
    if (crossings->marks == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        if (marks[i].edge_count > 0 || marks[i].state_count == 0)
            continue;
        crossings->which |= UINT64_C(1) << i;
        for (uint64_t k = 0; k < marks[i].state_count; k++)
            crossings->marks[marks[i].states[k]] |= UINT64_C(1) << i;
    }
    Status status = crossings->which == 0 ? STATUS_OK : drop_those_come_back_to(graph, order, work, scratch, crossings);
    if (status != STATUS_OK)
        crossings_free(crossings);
    return status;
}

static void add_to_each(uint64_t which, uint32_t lanes, const uint64_t *gaps, const uint64_t *amount, uint64_t *happens)
{
    for (; which != 0; which &= which - 1) {
        uint64_t *sum = happens + (size_t)__builtin_ctzll(which) * lanes;
        for (uint32_t lane = 0; lane < lanes; lane++)
            sum[lane] = mod_add(sum[lane], amount[lane], gaps[lane]);
    }
}

/* As in pass.c: compiled for each kind and number of lanes. */
static inline __attribute__((always_inline)) Status push(const Crossings *crossings, const Pass *pass, const Sums *sums,
                                                         const uint64_t *after, uint64_t *restrict before, uint64_t *happens,
                                                         const bool is_mean, const uint32_t lanes)
{
    const EdgeId *first_edge = pass->graph->first_edge;
    const StateId *edge_to = pass->graph->edge_to;
    const uint64_t *marks = crossings->marks;
    const uint64_t count = pass->order->count;
    uint64_t gaps[PASS_LANES_MAX] = {0};
    memset(before, 0, pass->graph->state_count * lanes * sizeof *before);
    for (uint32_t lane = 0; lane < lanes; lane++) {
        before[lane] = 1;
        gaps[lane] = sums->gaps[lane];
    }
    uint64_t at_once[PASS_LANES_MAX];
    for (uint32_t lane = 0; lane < lanes; lane++)
        at_once[lane] = is_mean ? 1 : mod_canonical(after[lane], gaps[lane]);
    add_to_each(marks[0], lanes, gaps, at_once, happens);
    for (uint64_t place = count; place-- > 0;) {
        StateId s = order_state(pass->order, place);
        EdgeId first = first_edge[s], last = first_edge[s + 1];
        if (place >= STATES_AHEAD) {
            StateId ahead = order_state(pass->order, place - STATES_AHEAD);
            for (EdgeId e = first_edge[ahead]; e < first_edge[ahead + 1]; e++) {
                __builtin_prefetch(before + (uint64_t)edge_to[e] * lanes, 1);
                __builtin_prefetch(marks + edge_to[e]);
            }
        }
        uint64_t given[PASS_LANES_MAX];
        for (uint32_t lane = 0; lane < lanes; lane++) {
            given[lane] = before[(uint64_t)s * lanes + lane] = mod_canonical(before[(uint64_t)s * lanes + lane], gaps[lane]);
            if (is_mean)
                given[lane] = mod_multiply(given[lane], sums->factor[(last - first) * lanes + lane], gaps[lane]);
        }
        for (EdgeId e = first; e < last; e++) {
            const uint64_t to = edge_to[e], goes_in = marks[to] & ~marks[s];
            pass_add_lazily(before + to * lanes, given, gaps, lanes);
            if (goes_in == 0)
                continue;
            uint64_t through[PASS_LANES_MAX];
            for (uint32_t lane = 0; lane < lanes; lane++)
                through[lane] = is_mean ? given[lane] : mod_multiply(after[to * lanes + lane], given[lane], gaps[lane]);
            add_to_each(goes_in, lanes, gaps, through, happens);
        }
        if (!work_goes_on(pass->work, 1 + last - first))
            return STATUS_INTERRUPTED;
    }
    return STATUS_OK;
}

Status crossings_push(const Crossings *crossings, const Pass *pass, const Sums *sums, const uint64_t *after, uint64_t *before,
                      uint64_t *happens)
{
#define PUSH(is_mean, lanes) push(crossings, pass, sums, after, before, happens, is_mean, lanes)
    assert(sums->kind == SUM_MODULO || sums->kind == SUM_MEAN);
    if (sums->kind == SUM_MODULO)
        return sums->lanes == 1 ? PUSH(false, 1) : sums->lanes == 2 ? PUSH(false, 2) : PUSH(false, 4);
    return sums->lanes == 1 ? PUSH(true, 1) : sums->lanes == 2 ? PUSH(true, 2) : PUSH(true, 4);
#undef PUSH
}
