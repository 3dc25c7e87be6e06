#include "explore/uniform.h"

#include <gmp.h>

#include "base/memory.h"
#include "base/rng.h"

/* Numbers of interleavings, by state. */
static Status count_all(const Graph *graph, const uint8_t *is_dropped, const Order *order, Work *work, mpz_t *counts)
{
    for (uint64_t place = 0; place < order->count; place++) { /* ends first */
        StateId state = order_state(order, place);
        EdgeId first = graph->first_edge[state], end = graph->first_edge[state + 1];
        if (first == end)
            mpz_set_ui(counts[state], is_dropped == NULL || !is_dropped[state]);
        for (EdgeId e = first; e < end; e++)
            mpz_add(counts[state], counts[state], counts[graph->edge_to[e]]);
        if (!work_goes_on(work, end - first + 1))
            return STATUS_INTERRUPTED;
    }
    return STATUS_OK;
}

/* Uniform below `bound` > 0: bits are drawn until they are less. */
static void draw_below(Rng *rng, const mpz_t bound, mpz_t drawn)
{
    size_t bits = mpz_sizeinbase(bound, 2);
    do {
        mpz_set_ui(drawn, 0);
        for (size_t have = 0; have < bits; have += 32) {
            size_t wanted = bits - have < 32 ? bits - have : 32;
            mpz_mul_2exp(drawn, drawn, wanted);
            mpz_add_ui(drawn, drawn, (unsigned long)(rng_next(rng) >> (64 - wanted)));
        }
    } while (mpz_cmp(drawn, bound) >= 0);
}

static bool add_edge(Sample *sample, EdgeId edge)
{
    if (sample->edge_count == sample->edge_room) {
        uint64_t room = sample->edge_room * 2 + 1024;
        EdgeId *edges = mem_resize(sample->edges, room, sizeof *edges);
        if (edges == NULL)
            return false;
        sample->edges = edges;
        sample->edge_room = room;
    }
    sample->edges[sample->edge_count++] = edge;
    return true;
}

static Status run_once(const Graph *graph, mpz_t *counts, mpz_t number, Sample *sample, uint64_t run)
{
    StateId state = 0;
    uint64_t begin = sample->edge_count;
    while (graph->first_edge[state] < graph->first_edge[state + 1]) {
        EdgeId edge = graph->first_edge[state];
        for (; mpz_cmp(number, counts[graph->edge_to[edge]]) >= 0; edge++)
            mpz_sub(number, number, counts[graph->edge_to[edge]]);
        if (!add_edge(sample, edge))
            return STATUS_NO_MEMORY;
        state = graph->edge_to[edge];
    }
    uint64_t length = sample->edge_count - begin;
    sample->longest = length > sample->longest ? (uint32_t)length : sample->longest;
    sample->ends[run] = state;
    sample->edge_ends[run] = sample->edge_count;
    sample->run_count = run + 1;
    return STATUS_OK;
}

static Status run_all(const Graph *graph, mpz_t *counts, Work *work, Sample *sample)
{
    uint64_t runs = sample->options.runs;
    sample->ends = mem_alloc(runs, sizeof *sample->ends);
    sample->edge_ends = mem_alloc(runs, sizeof *sample->edge_ends);
    if (sample->ends == NULL || sample->edge_ends == NULL)
        return STATUS_NO_MEMORY;
    Rng rng = rng_seed(sample->options.seed);
    Status status = STATUS_OK;
    mpz_t number;
    mpz_init(number);
    for (uint64_t run = 0; run < runs && status == STATUS_OK; run++) {
        draw_below(&rng, counts[0], number);
        status = run_once(graph, counts, number, sample, run);
        if (status == STATUS_OK && !work_goes_on(work, 1000))
            status = STATUS_INTERRUPTED;
    }
    mpz_clear(number);
    return status;
}

Status uniform_sample(const Graph *graph, const uint8_t *is_dropped, const SampleOptions *sampling, Work *work,
                      Sample *sample)
{
    *sample = (Sample){.options = *sampling};
    Order order;
    Status status = order_build(graph, work, &order);
    if (status != STATUS_OK)
        return status;
    if (order.component_of != NULL) {
        order_free(&order);
        return STATUS_INVALID;
    }
    mpz_t *counts = mem_alloc(graph->state_count, sizeof *counts);
    if (counts == NULL) {
        order_free(&order);
        return STATUS_NO_MEMORY;
    }
    for (uint64_t s = 0; s < graph->state_count; s++)
        mpz_init(counts[s]);
    status = count_all(graph, is_dropped, &order, work, counts);
    if (status == STATUS_OK && mpz_sgn(counts[0]) == 0)
        status = STATUS_INVALID;
    if (status == STATUS_OK)
        status = run_all(graph, counts, work, sample);
    for (uint64_t s = 0; s < graph->state_count; s++)
        mpz_clear(counts[s]);
    mem_free(counts);
    order_free(&order);
    return status;
}
