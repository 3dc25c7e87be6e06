#include "explore/count.h"

#include <string.h>

#include "base/memory.h"
#include "explore/exact.h"
#include "explore/fraction.h"
#include "explore/order.h"
#include "explore/walk.h"

struct Counter {
    const Graph *graph;
    Work work;
    Order order;
    uint8_t *flags;         /* STATE_, by state; those of marks are cleared after each call */
    uint64_t *marked_edges; /* one bit an edge; NULL until needed; clear between calls */
    bool is_cyclic, has_dropped;
    Exact exact;
    uint64_t primes;        /* that determine any number of interleavings; 0 until known, without cycles only */
    mpz_t total;            /* with `primes` */
    double never_ends;
};

void count_clear(Count *count)
{
    mem_free(count->interleavings);
    mem_free(count->probability_exact);
    *count = (Count){0};
}

/* ---- setting up ---- */

static char *text_of(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = mem_alloc(size, 1);
    return copy ? memcpy(copy, text, size) : NULL;
}

static Status set_interleavings(Count *out, char *text)
{
    out->interleavings = text;
    return text ? STATUS_OK : STATUS_NO_MEMORY;
}

static Status set_fraction(Count *out, mpz_t numerator, const mpz_t denominator)
{
    Status status = STATUS_OK;
    mpz_t reduced;
    mpz_init_set(reduced, denominator);
    fraction_reduce(numerator, reduced);
    out->probability = fraction_round(numerator, reduced);
    if (fraction_is_short(reduced)) {
        out->probability_exact = fraction_text(numerator, reduced);
        status = out->probability_exact ? STATUS_OK : STATUS_NO_MEMORY;
    }
    mpz_clear(reduced);
    return status;
}

static Walk walk_of(Counter *counter)
{
    return (Walk){.graph = counter->graph, .order = &counter->order, .flags = counter->flags, .marked_edges = counter->marked_edges,
                  .dropped_slot = WALK_NOWHERE, .marked_slot = WALK_NOWHERE, .never_slot = WALK_NOWHERE, .slots = 1, .work = &counter->work};
}

/* The result of a walk with one slot. */
static Status walk_once(Counter *counter, const Walk *walk, Count *out)
{
    WalkResult result;
    exact_rest(&counter->exact);
    Status status = walk_solve(walk, &result);
    out->probability = result.probability;
    out->probability_exact = result.exact;
    return status;
}

static bool component_has_cycle(const Graph *graph, const Order *order, const uint8_t *flags, const uint64_t *marked_edges, uint64_t begin, uint64_t end)
{
    StateId s = order_state(order, begin);
    if (end - begin > 1)
        return true;
    for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
        if (graph->edge_to[e] == s && !(flags[s] & STATE_MARKED_EDGE && edge_is_marked(marked_edges, e)))
            return true;
    return false;
}

/* STATE_CYCLIC, STATE_DIVERGES from the ends, STATE_TAINTED from the start. */
static Status find_cycles(Counter *counter)
{
    const Graph *graph = counter->graph;
    const Order *order = &counter->order;
    uint8_t *flags = counter->flags;
    for (uint64_t begin = 0; begin < order->count;) {
        uint32_t component = order->component_of[order->sequence[begin]];
        uint64_t end = begin;
        uint8_t found = 0;
        for (; end < order->count && order->component_of[order->sequence[end]] == component; end++) {
            StateId s = order->sequence[end];
            for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
                found |= flags[graph->edge_to[e]] & STATE_DIVERGES;
            if (!work_goes_on(&counter->work, 1 + graph->first_edge[s + 1] - graph->first_edge[s]))
                return STATUS_INTERRUPTED;
        }
        if (component_has_cycle(graph, order, flags, NULL, begin, end))
            found = STATE_CYCLIC | STATE_DIVERGES | STATE_TAINTED;
        for (; begin < end; begin++)
            flags[order->sequence[begin]] |= found;
    }
    for (uint64_t i = order->count; i-- > 0;) { /* every state of a component with a cycle is tainted by now */
        StateId s = order->sequence[i];
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1] && flags[s] & STATE_TAINTED; e++)
            flags[graph->edge_to[e]] |= STATE_TAINTED;
        if (!work_goes_on(&counter->work, 1 + graph->first_edge[s + 1] - graph->first_edge[s]))
            return STATUS_INTERRUPTED;
    }
    counter->is_cyclic = flags[0] & STATE_DIVERGES;
    return STATUS_OK;
}

static Status counter_begin(Counter *counter, const uint8_t *is_dropped)
{
    const Graph *graph = counter->graph;
    counter->flags = mem_alloc(graph->state_count, 1);
    if (!counter->flags)
        return STATUS_NO_MEMORY;
    for (uint64_t s = 0; s < graph->state_count && is_dropped; s++)
        if (is_dropped[s] && graph->first_edge[s] == graph->first_edge[s + 1]) {
            counter->flags[s] = STATE_DROPPED;
            counter->has_dropped = true;
        }
    Status status = order_build(graph, &counter->work, &counter->order);
    if (!status && counter->order.component_of)
        status = find_cycles(counter);
    if (!status && counter->is_cyclic) {
        Count never = {0};
        Walk walk = walk_of(counter);
        walk.never_slot = 0;
        status = walk_once(counter, &walk, &never);
        counter->never_ends = never.probability;
        count_clear(&never);
    }
    return status;
}

Status counter_new(const Graph *graph, const uint8_t *is_dropped, bool (*keep_going)(void *context), void *context, Counter **out)
{
    *out = NULL;
    Counter *counter = mem_alloc(1, sizeof *counter);
    if (!counter)
        return STATUS_NO_MEMORY;
    counter->graph = graph;
    counter->work = (Work){.keep_going = keep_going, .context = context};
    mpz_init(counter->total);
    exact_begin(&counter->exact, graph, &counter->order, &counter->work);
    Status status = counter_begin(counter, is_dropped);
    if (status)
        counter_free(counter);
    else
        *out = counter;
    return status;
}

void counter_free(Counter *counter)
{
    if (!counter)
        return;
    exact_end(&counter->exact);
    order_free(&counter->order);
    mem_free(counter->flags);
    mem_free(counter->marked_edges);
    mpz_clear(counter->total);
    mem_free(counter);
}

bool counter_is_cyclic(const Counter *counter)
{
    return counter->is_cyclic;
}

double counter_never_ends(Counter *counter)
{
    return counter->never_ends;
}

/* ---- all, and those dropped ---- */

static Pass pass_of(Counter *counter, uint8_t stop, bool counts_dropped, bool counts_others)
{
    return (Pass){.graph = counter->graph, .order = &counter->order, .flags = counter->flags, .marked_edges = counter->marked_edges,
                  .stop = stop, .counts_dropped = counts_dropped, .counts_others = counts_others, .work = &counter->work};
}

/* Without cycles: finds `primes`, which do for the dropped ends as well, and `total`. */
static Status know_total(Counter *counter)
{
    uint64_t primes = 0;
    Pass all = pass_of(counter, 0, true, true), kept = pass_of(counter, 0, false, true);
    if (counter->primes)
        return STATUS_OK;
    all.marked_edges = kept.marked_edges = NULL;
    Status status = exact_paths_primes(&counter->exact, &all, &primes);
    if (!status)
        status = exact_paths(&counter->exact, &kept, primes, counter->total);
    if (!status)
        counter->primes = primes;
    return status;
}

static Status certain(Count *out, const char *text, double probability)
{
    out->probability = probability;
    out->probability_exact = text_of(text);
    return out->probability_exact ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The probability that a walk ends as the pass counts; if `is_other`, that it does not. Without cycles. *is_too_long, and nothing else: a walk has
 * to tell. */
static Status set_probability(Counter *counter, const Pass *pass, bool is_other, bool *is_too_long, Count *out)
{
    mpz_t numerator;
    Status status = exact_denominator(&counter->exact, is_too_long);
    if (status || *is_too_long)
        return status;
    mpz_init(numerator);
    status = exact_probability(&counter->exact, pass, numerator);
    if (is_other)
        mpz_sub(numerator, counter->exact.denominator, numerator);
    if (!status)
        status = set_fraction(out, numerator, counter->exact.denominator);
    mpz_clear(numerator);
    return status;
}

static Status finish(Status status, Count *out)
{
    if (status)
        count_clear(out);
    return status;
}

/* The probability of 1 - (that of out), which is a reduced fraction or has no text. */
static Status complement(Count *out)
{
    mpq_t fraction;
    Status status = STATUS_OK;
    out->probability = 1 - out->probability;
    if (!out->probability_exact)
        return STATUS_OK;
    mpq_init(fraction);
    mpq_set_str(fraction, out->probability_exact, 10);
    mpz_sub(mpq_numref(fraction), mpq_denref(fraction), mpq_numref(fraction));
    mem_free(out->probability_exact);
    out->probability_exact = NULL;
    status = set_fraction(out, mpq_numref(fraction), mpq_denref(fraction));
    mpq_clear(fraction);
    return status;
}

Status counter_total(Counter *counter, Count *out)
{
    bool walks = counter->is_cyclic;
    Status status;
    *out = (Count){0};
    if (counter->is_cyclic) {
        status = set_interleavings(out, text_of("infinite"));
    } else {
        status = know_total(counter);
        if (!status)
            status = set_interleavings(out, integer_text(counter->total));
    }
    if (!status && !counter->has_dropped) {
        status = certain(out, "1", 1);
    } else if (!status) {
        Pass kept = pass_of(counter, 0, false, true);
        Walk walk = walk_of(counter);
        walk.dropped_slot = 0;
        if (!walks)
            status = set_probability(counter, &kept, false, &walks, out);
        if (!status && walks)
            status = walk_once(counter, &walk, out);
        if (!status && walks)
            status = complement(out);
    }
    return finish(status, out);
}

/* The dropped ends as group 0. */
static Status dropped_with_cycles(Counter *counter, Count *out)
{
    uint64_t n = counter->graph->state_count;
    uint32_t *group_of = mem_alloc(n, sizeof *group_of);
    if (!group_of)
        return STATUS_NO_MEMORY;
    for (uint64_t s = 0; s < n; s++)
        group_of[s] = counter->flags[s] & STATE_DROPPED ? 0 : UINT32_MAX;
    Status status = counter_ends(counter, group_of, 1, out);
    mem_free(group_of);
    return status;
}

Status counter_dropped(Counter *counter, Count *out)
{
    Status status;
    *out = (Count){0};
    if (!counter->has_dropped) {
        status = set_interleavings(out, text_of("0"));
        if (!status)
            status = certain(out, "0", 0);
    } else if (counter->is_cyclic) {
        status = dropped_with_cycles(counter, out);
    } else {
        Pass dropped = pass_of(counter, 0, true, false);
        Walk walk = walk_of(counter);
        bool walks = false;
        mpz_t number;
        mpz_init(number);
        walk.dropped_slot = 0;
        status = know_total(counter);
        if (!status)
            status = exact_paths(&counter->exact, &dropped, counter->primes, number);
        if (!status)
            status = set_interleavings(out, integer_text(number));
        if (!status)
            status = set_probability(counter, &dropped, false, &walks, out);
        if (!status && walks)
            status = walk_once(counter, &walk, out);
        mpz_clear(number);
    }
    return finish(status, out);
}

/* ---- groups of ends ---- */

typedef struct GroupSink {
    Count *out;
    mpz_srcptr denominator;
} GroupSink;

/* Groups that are infinite have their text already. */
static Status give_paths(void *context, uint32_t group, const mpz_t number)
{
    Count *out = &((GroupSink *)context)->out[group];
    return out->interleavings ? STATUS_OK : set_interleavings(out, integer_text(number));
}

static Status give_probability(void *context, uint32_t group, const mpz_t number)
{
    GroupSink *sink = context;
    mpz_t numerator;
    mpz_init_set(numerator, number);
    Status status = set_fraction(&sink->out[group], numerator, sink->denominator);
    mpz_clear(numerator);
    return status;
}

static Status walk_to_groups(Counter *counter, const uint32_t *group_of, uint32_t n, Count *out)
{
    Walk walk = walk_of(counter);
    WalkResult *results = mem_alloc(n, sizeof *results);
    if (!results)
        return STATUS_NO_MEMORY;
    exact_rest(&counter->exact);
    walk.slot_of = group_of;
    walk.slots = n;
    Status status = walk_solve(&walk, results);
    for (uint32_t g = 0; g < n; g++) {
        out[g].probability = results[g].probability;
        out[g].probability_exact = results[g].exact;
    }
    mem_free(results);
    return status;
}

Status counter_ends(Counter *counter, const uint32_t *group_of, uint32_t n, Count *out)
{
    const Graph *graph = counter->graph;
    Pass pass = pass_of(counter, STATE_TAINTED, true, true);
    GroupSink sink = {.out = out, .denominator = counter->exact.denominator};
    bool is_too_long = false;
    Status status = STATUS_OK;
    for (uint32_t g = 0; g < n; g++)
        out[g] = (Count){0};
    for (uint64_t s = 0; s < graph->state_count && counter->is_cyclic && !status; s++)
        if (graph->first_edge[s] == graph->first_edge[s + 1] && counter->flags[s] & STATE_TAINTED && group_of[s] < n && !out[group_of[s]].interleavings)
            status = set_interleavings(&out[group_of[s]], text_of("infinite"));
    if (!status)
        status = exact_ends(&counter->exact, &pass, SUM_MODULO, group_of, n, give_paths, &sink);
    if (!status && !counter->is_cyclic)
        status = exact_denominator(&counter->exact, &is_too_long);
    if (!status && (counter->is_cyclic || is_too_long))
        status = walk_to_groups(counter, group_of, n, out);
    else if (!status)
        status = exact_ends(&counter->exact, &pass, SUM_MEAN, group_of, n, give_probability, &sink);
    for (uint32_t g = 0; g < n && status; g++)
        count_clear(&out[g]);
    return status;
}

/* ---- findings ---- */

/* The state that an edge belongs to; `near` is tried first, since marks often come in order. */
static StateId source_of(const Graph *graph, EdgeId edge, StateId near)
{
    uint64_t low = 0, high = graph->state_count - 1;
    if (graph->first_edge[near] <= edge)
        low = near;
    if (edge < graph->first_edge[(uint64_t)near + 1])
        high = near;
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
        counter->flags[s] &= (uint8_t)~(STATE_MARKED | STATE_MARKED_EDGE | STATE_LEADS);
    for (uint64_t i = 0; i < marks->edge_count && counter->marked_edges; i++)
        counter->marked_edges[marks->edges[i] / 64] = 0;
}

/* All but those that avoid the marks. */
static Status happens_without_cycles(Counter *counter, Count *out)
{
    Pass avoid = pass_of(counter, STATE_MARKED, false, true);
    Walk walk = walk_of(counter);
    bool walks = false;
    mpz_t number;
    mpz_init(number);
    walk.marked_slot = 0;
    Status status = know_total(counter);
    if (!status)
        status = exact_paths(&counter->exact, &avoid, counter->primes, number);
    if (!status) {
        mpz_sub(number, counter->total, number);
        status = set_interleavings(out, integer_text(number));
    }
    avoid.counts_dropped = true;
    if (!status)
        status = set_probability(counter, &avoid, true, &walks, out);
    if (!status && walks)
        status = walk_once(counter, &walk, out);
    mpz_clear(number);
    return status;
}

/* STATE_LEADS in the part before the marks; whether a cycle can be passed before or after. */
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
                bool is_marked = to & STATE_MARKED || (flags[s] & STATE_MARKED_EDGE && edge_is_marked(counter->marked_edges, e));
                leads |= is_marked || to & STATE_LEADS;
                *is_infinite |= is_marked && to & STATE_DIVERGES;
            }
            if (!work_goes_on(&counter->work, 1 + graph->first_edge[s + 1] - graph->first_edge[s]))
                return STATUS_INTERRUPTED;
        }
        *is_infinite |= leads && component_has_cycle(graph, before, flags, counter->marked_edges, begin, end);
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
    Walk walk = walk_of(counter);
    mpz_t number;
    mpz_init(number);
    walk.marked_slot = 0;
    exact_rest(&counter->exact);
    Status status = order_build_unmarked(counter->graph, counter->flags, counter->marked_edges, &counter->work, &before);
    if (!status)
        status = find_leads(counter, &before, &is_infinite);
    if (!status && !(counter->flags[0] & (STATE_LEADS | STATE_MARKED))) {
        status = set_interleavings(out, text_of("0"));
        if (!status)
            status = certain(out, "0", 0);
        goto done;
    }
    if (!status && (is_infinite || counter->flags[0] & STATE_MARKED)) {
        status = set_interleavings(out, text_of("infinite"));
    } else if (!status) {
        Pass after = pass_of(counter, STATE_DIVERGES, false, true), marks = pass_of(counter, 0, false, true);
        after.marked_edges = NULL;
        marks.order = &before;
        status = exact_paths_through(&counter->exact, &after, &marks, number);
        if (!status)
            status = set_interleavings(out, integer_text(number));
    }
    order_free(&before);
    if (!status)
        status = walk_once(counter, &walk, out);
done:
    order_free(&before);
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
    return finish(status, out);
}
