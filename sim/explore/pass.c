#include "explore/pass.h"

#include <assert.h>
#include <string.h>

/* The loops are written once, for any kind and number of lanes, and compiled for each: `kind` and `lanes` are constants
 * where it is inlined. */
#define FOR_EACH_KIND static inline __attribute__((always_inline))

/* States further on, whose successors' values are asked for early: a pass waits for nothing else. */
enum { PASS_AHEAD = 6 };

/* So many lazy residues and a folded sum fit into 64 bits: 7 * (2^61 + 7 gap) < 2^64. */
enum { EDGES_A_FOLD = 6 };

FOR_EACH_KIND uint64_t join_values(uint64_t a, uint64_t b, const SumKind kind)
{
    if (kind == SUM_BOUND)
        return bound_add(a, b);
    if (kind == SUM_LONGEST)
        return a > b ? a : b;
    return a + b;
}

/* The places begin .. end-1 of the order. */
FOR_EACH_KIND Status pull(const Pass *pass, const Sums *sums, uint64_t *restrict values, uint64_t begin, uint64_t end,
                          Work *work, const SumKind kind, const uint32_t lanes)
{
    const EdgeId *first_edge = pass->graph->first_edge;
    const StateId *edge_to = pass->graph->edge_to;
    const StateId *sequence = pass->order->sequence;
    const uint64_t *marked_edges = pass->marked_edges;
    const uint64_t count = pass->order->count;
    const bool is_modular = kind == SUM_MODULO || kind == SUM_MEAN;
    uint64_t one = kind == SUM_BOUND ? BOUND_ONE : kind == SUM_LONGEST ? 0 : 1;
    uint64_t gap[PASS_LANES_MAX] = {0};
    if (is_modular)
        for (uint32_t lane = 0; lane < lanes; lane++)
            gap[lane] = sums->gaps[lane];

    for (uint64_t i = begin; i < end; i++) {
        uint64_t s = sequence ? sequence[i] : count - 1 - i;
        EdgeId first = first_edge[s], last = first_edge[s + 1];
        uint8_t flags = pass->flags ? pass->flags[s] : 0;
        uint64_t sum[PASS_LANES_MAX] = {0};
        if (i + PASS_AHEAD < count) {
            uint64_t ahead = sequence ? sequence[i + PASS_AHEAD] : s - PASS_AHEAD;
            for (EdgeId e = first_edge[ahead]; e < first_edge[ahead + 1]; e++)
                __builtin_prefetch(values + (uint64_t)edge_to[e] * lanes);
        }
        if (flags & pass->stop) {
            /* 0 */
        } else if (first == last) {
            if (flags & STATE_DROPPED ? pass->counts_dropped : pass->counts_others)
                for (uint32_t lane = 0; lane < lanes; lane++)
                    sum[lane] = one;
        } else {
            for (EdgeId e = first; e < last;) {
                EdgeId stop = last - e > EDGES_A_FOLD ? e + EDGES_A_FOLD : last;
                for (; e < stop; e++) {
                    const uint64_t *from = values + (uint64_t)edge_to[e] * lanes;
                    if (flags & STATE_MARKED_EDGE && marked_edges && edge_is_marked(marked_edges, e))
                        continue;
                    for (uint32_t lane = 0; lane < lanes; lane++)
                        sum[lane] = join_values(sum[lane], from[lane], kind);
                }
                if (is_modular)
                    for (uint32_t lane = 0; lane < lanes; lane++)
                        sum[lane] = mod_fold(sum[lane], gap[lane]);
            }
            for (uint32_t lane = 0; lane < lanes; lane++) {
                if (kind == SUM_MEAN)
                    sum[lane] = mod_multiply(sum[lane], sums->factor[(last - first) * lanes + lane], gap[lane]);
                if (kind == SUM_LONGEST)
                    sum[lane] += sums->factor[(last - first) * lanes + lane];
            }
        }
        for (uint32_t lane = 0; lane < lanes; lane++)
            values[s * lanes + lane] = sum[lane];
        if (!work_goes_on(work, 1 + last - first))
            return STATUS_INTERRUPTED;
    }
    return STATUS_OK;
}

static Status pull_places(const Pass *pass, const Sums *sums, uint64_t *values, uint64_t begin, uint64_t end, Work *work)
{
#define PULL(kind, lanes) pull(pass, sums, values, begin, end, work, kind, lanes)
#define PULL_LANES(kind) sums->lanes == 1 ? PULL(kind, 1) : sums->lanes == 2 ? PULL(kind, 2) : PULL(kind, 4)
    switch (sums->kind) {
    case SUM_MODULO: return PULL_LANES(SUM_MODULO);
    case SUM_MEAN: return PULL_LANES(SUM_MEAN);
    case SUM_LONGEST: return PULL_LANES(SUM_LONGEST);
    default: assert(sums->kind == SUM_BOUND && sums->lanes == 1); return PULL(SUM_BOUND, 1);
    }
#undef PULL_LANES
#undef PULL
}

typedef struct SharedPull {
    const Pass *pass;
    const Sums *sums;
    uint64_t *values;
} SharedPull;

static void pull_stretch(void *context, uint64_t item)
{
    const SharedPull *shared = context;
    const uint64_t *cuts = shared->pass->layers->cuts;
    Work work = {0}; /* who brought the job asks whether to go on */
    pull_places(shared->pass, shared->sums, shared->values, cuts[item], cuts[item + 1], &work);
}

static uint64_t pull_ready_at(void *context, uint64_t item)
{
    return ((const SharedPull *)context)->pass->layers->first_of[item];
}

static bool pull_goes_on(void *context)
{
    const Pass *pass = ((const SharedPull *)context)->pass;
    const Graph *graph = pass->graph;
    return work_goes_on(pass->work, (graph->state_count + graph->edge_count) / pass->layers->count);
}

Status pass_pull(const Pass *pass, const Sums *sums, uint64_t *values, uint64_t *result)
{
    SharedPull shared = {pass, sums, values};
    const TeamJob job = {pull_stretch, &shared, pass->layers == NULL ? 0 : pass->layers->count, pull_ready_at, pull_goes_on};
    Status status = pass->team == NULL            ? pull_places(pass, sums, values, 0, pass->order->count, pass->work)
                    : team_run(pass->team, &job) ? STATUS_OK
                                                  : STATUS_INTERRUPTED;
    for (uint32_t lane = 0; lane < sums->lanes; lane++)
        result[lane] = sums->kind == SUM_MODULO || sums->kind == SUM_MEAN
                           ? mod_canonical(values[lane], sums->gaps[lane])
                           : values[lane];
    return status;
}

FOR_EACH_KIND Status push(const Pass *pass, const Sums *sums, uint64_t *restrict values, const SumKind kind,
                          const uint32_t lanes)
{
    const EdgeId *first_edge = pass->graph->first_edge;
    const StateId *edge_to = pass->graph->edge_to;
    const StateId *sequence = pass->order->sequence;
    uint64_t gap[PASS_LANES_MAX] = {0};
    memset(values, 0, pass->graph->state_count * lanes * sizeof *values);
    for (uint32_t lane = 0; lane < lanes; lane++) {
        values[lane] = kind == SUM_BOUND ? BOUND_ONE : 1;
        if (kind != SUM_BOUND)
            gap[lane] = sums->gaps[lane];
    }
    for (uint64_t i = pass->order->count; i-- > 0;) {
        uint64_t s = sequence ? sequence[i] : pass->order->count - 1 - i;
        EdgeId first = first_edge[s], last = first_edge[s + 1];
        if (!work_goes_on(pass->work, 1 + last - first))
            return STATUS_INTERRUPTED;
        if (i >= PASS_AHEAD) {
            uint64_t ahead = sequence ? sequence[i - PASS_AHEAD] : s + PASS_AHEAD;
            for (EdgeId e = first_edge[ahead]; e < first_edge[ahead + 1]; e++)
                __builtin_prefetch(values + (uint64_t)edge_to[e] * lanes, 1);
        }
        uint64_t given[PASS_LANES_MAX] = {0};
        for (uint32_t lane = 0; lane < lanes; lane++) {
            given[lane] = values[s * lanes + lane];
            if (kind != SUM_BOUND)
                given[lane] = values[s * lanes + lane] = mod_canonical(given[lane], gap[lane]);
        }
        if (pass->flags[s] & pass->stop)
            continue;
        for (uint32_t lane = 0; lane < lanes && kind == SUM_MEAN; lane++)
            given[lane] = mod_multiply(given[lane], sums->factor[(last - first) * lanes + lane], gap[lane]);
        for (EdgeId e = first; e < last; e++) {
            uint64_t *to = values + (uint64_t)edge_to[e] * lanes;
            if (kind == SUM_BOUND)
                to[0] = bound_add(to[0], given[0]);
            else
                pass_add_lazily(to, given, gap, lanes);
        }
    }
    return STATUS_OK;
}

Status pass_push(const Pass *pass, const Sums *sums, uint64_t *values)
{
    switch (sums->kind) {
    case SUM_MODULO:
        return sums->lanes == 1   ? push(pass, sums, values, SUM_MODULO, 1)
               : sums->lanes == 2 ? push(pass, sums, values, SUM_MODULO, 2)
                                  : push(pass, sums, values, SUM_MODULO, 4);
    case SUM_MEAN:
        return sums->lanes == 1   ? push(pass, sums, values, SUM_MEAN, 1)
               : sums->lanes == 2 ? push(pass, sums, values, SUM_MEAN, 2)
                                  : push(pass, sums, values, SUM_MEAN, 4);
    default: assert(sums->kind == SUM_BOUND && sums->lanes == 1); return push(pass, sums, values, SUM_BOUND, 1);
    }
}

Status pass_through_marks(const Pass *pass, const Sums *sums, const uint64_t *after, uint64_t *before, uint64_t *result)
{
    const Graph *graph = pass->graph;
    assert(sums->lanes == 1);
    *result = before[0] = 0;
    for (uint64_t i = 0; i < pass->order->count; i++) {
        StateId s = order_state(pass->order, i);
        uint8_t flags = pass->flags[s];
        EdgeId first = graph->first_edge[s], last = graph->first_edge[s + 1];
        if (!work_goes_on(pass->work, 1 + last - first))
            return STATUS_INTERRUPTED;
        before[s] = 0;
        if (!(flags & STATE_LEADS))
            continue;
        for (EdgeId e = first; e < last; e++) {
            StateId to = graph->edge_to[e];
            uint64_t value;
            if (pass->flags[to] & STATE_MARKED || (flags & STATE_MARKED_EDGE && edge_is_marked(pass->marked_edges, e)))
                value = after[to];
            else if (pass->flags[to] & STATE_LEADS)
                value = before[to];
            else
                continue;
            before[s] =
                sums->kind == SUM_BOUND ? bound_add(before[s], value) : mod_fold(before[s] + value, sums->gaps[0]);
        }
    }
    *result = sums->kind == SUM_BOUND ? before[0] : mod_canonical(before[0], sums->gaps[0]);
    return STATUS_OK;
}
