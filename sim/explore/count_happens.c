/* count_happens.c: counter_happens, the interleavings that pass a mark. Without cycles they are all but those that
 * avoid the marks; with cycles the paths up to the first mark and the paths from there are counted apart. */
#include "base/memory.h"
#include "explore/counter.h"
#include "explore/fraction.h"

/* The state that an edge belongs to; `near` is tried first, since marks often come in order. */
static StateId source_of(const Graph *graph, EdgeId edge, StateId near)
{
    uint64_t low = 0, high = graph->state_count - 1;
    if (graph->first_edge[near] <= edge)
        low = near;
    for (uint64_t step = 1; low == near && low + step < high; step *= 2) /* the next mark is near, too, as a rule */
        if (edge < graph->first_edge[low + step])
            high = low + step - 1;
    while (low < high) { /* the last state whose first edge is not after this one; it is not empty then */
        uint64_t middle = high - (high - low) / 2;
        if (graph->first_edge[middle] <= edge)
            low = middle;
        else
            high = middle - 1;
    }
    return (StateId)low;
}

static Status set_marks(Counter *counter, const Marks *marks)
{
    StateId near = 0;
    if (marks->edge_count > 0 && !counter->marked_edges) {
        counter->marked_edges = mem_alloc(counter->graph->edge_count / 64 + 1, sizeof *counter->marked_edges);
        if (!counter->marked_edges)
            return STATUS_NO_MEMORY;
    }
    for (uint64_t i = 0; i < marks->state_count; i++)
        counter->flags[marks->states[i]] |= STATE_MARKED;
    for (uint64_t i = 0; i < marks->edge_count; i++) {
        EdgeId e = marks->edges[i];
        near = source_of(counter->graph, e, near);
        counter->flags[near] |= STATE_MARKED_EDGE;
        counter->marked_edges[e / 64] |= UINT64_C(1) << (e % 64);
    }
    return STATUS_OK;
}

static void clear_marks(Counter *counter, const Marks *marks)
{
    for (uint64_t s = 0; s < counter->graph->state_count; s++)
        counter->flags[s] &= (uint8_t) ~(STATE_MARKED | STATE_MARKED_EDGE | STATE_LEADS);
    for (uint64_t i = 0; i < marks->edge_count && counter->marked_edges; i++)
        counter->marked_edges[marks->edges[i] / 64] = 0;
}

/* All but those that avoid the marks. */
static Status happens_without_cycles(Counter *counter, Count *out)
{
    Pass avoid = counter_pass(counter, STATE_MARKED, false, true);
    Walk walk = counter_walk(counter);
    bool walks = false;
    mpz_t number;
    mpz_init(number);
    walk.marked_slot = 0;
    Status status = counter_know_total(counter);
    if (!status)
        status = exact_paths(&counter->exact, &avoid, counter->primes, number);
    if (!status) {
        mpz_sub(number, counter->total, number);
        status = count_set_interleavings(out, integer_text(number));
    }
    avoid.counts_dropped = true;
    if (!status)
        status = counter_set_probability(counter, &avoid, true, &walks, out);
    if (!status && walks)
        status = counter_walk_once(counter, &walk, out);
    mpz_clear(number);
    return status;
}

/* STATE_LEADS in the part before the marks; whether a cycle can be passed before or after. Marks from which nothing but
 * dropped ends can be reached count for nothing, and cycles on the way to them do no harm. */
static Status find_leads(Counter *counter, const Order *before, bool *is_infinite)
{
    const Graph *graph = counter->graph;
    uint8_t *flags = counter->flags;
    *is_infinite = false;
    for (uint64_t begin = 0; begin < before->count;) {
        uint32_t component = before->component_of[before->sequence[begin]];
        uint64_t end = begin;
        bool leads = false;
        for (; end < before->count && before->component_of[before->sequence[end]] == component; end++) {
            StateId s = before->sequence[end];
            for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++) {
                uint8_t to = flags[graph->edge_to[e]];
                bool is_marked =
                    to & STATE_MARKED || (flags[s] & STATE_MARKED_EDGE && edge_is_marked(counter->marked_edges, e));
                leads |= (to & (is_marked ? STATE_KEPT : STATE_LEADS)) != 0;
                *is_infinite |= is_marked && to & STATE_DIVERGES;
            }
            if (!work_goes_on(&counter->work, 1 + graph->first_edge[s + 1] - graph->first_edge[s]))
                return STATUS_INTERRUPTED;
        }
        *is_infinite |= leads && counter_has_cycle(counter, before, counter->marked_edges, begin, end);
        for (; begin < end && leads; begin++)
            flags[before->sequence[begin]] |= STATE_LEADS;
        begin = end;
    }
    return STATUS_OK;
}

static Status happens_with_cycles(Counter *counter, Count *out)
{
    bool is_infinite = false;
    Order before = {0};
    Walk walk = counter_walk(counter);
    mpz_t number;
    mpz_init(number);
    walk.marked_slot = 0;
    exact_rest(&counter->exact);
    Status status =
        order_build_unmarked(counter->graph, counter->flags, counter->marked_edges, &counter->work, &before);
    if (!status)
        status = find_leads(counter, &before, &is_infinite);
    bool is_never = !(counter->flags[0] & (STATE_LEADS | STATE_MARKED));
    if (!status && is_never) {
        status = count_set_words(out, "0");
    } else if (!status && (is_infinite || counter->flags[0] & STATE_MARKED)) {
        status = count_set_words(out, "infinite");
    } else if (!status) {
        Pass after = counter_pass(counter, STATE_DIVERGES, false, true), marks = counter_pass(counter, 0, false, true);
        after.marked_edges = NULL;
        marks.order = &before;
        marks.team = NULL;
        status = exact_paths_through(&counter->exact, &after, &marks, number);
        if (!status)
            status = count_set_interleavings(out, integer_text(number));
    }
    order_free(&before);
    if (!status && is_never && !counter->has_dropped)
        status = count_set_certain(out, false);
    else if (!status)
        status = counter_walk_once(counter, &walk, out);
    mpz_clear(number);
    return status;
}

Status counter_happens(Counter *counter, const Marks *marks, Count *out)
{
    *out = (Count){0};
    Status status = set_marks(counter, marks);
    if (!status)
        status = counter->is_cyclic ? happens_with_cycles(counter, out) : happens_without_cycles(counter, out);
    clear_marks(counter, marks);
    return count_finish(status, out);
}
