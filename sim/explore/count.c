#include "explore/counter.h"

#include <string.h>

#include "base/memory.h"
#include "explore/fraction.h"

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

Status count_set_words(Count *out, const char *text)
{
    return count_set_interleavings(out, text_of(text));
}

Status count_set_certain(Count *out, bool is_certain)
{
    out->probability = is_certain;
    out->probability_exact = text_of(is_certain ? "1" : "0");
    return out->probability_exact ? STATUS_OK : STATUS_NO_MEMORY;
}

Status count_finish(Status status, Count *out)
{
    if (status)
        count_clear(out);
    return status;
}

Status count_set_interleavings(Count *out, char *text)
{
    out->interleavings = text;
    return text ? STATUS_OK : STATUS_NO_MEMORY;
}

Status count_set_fraction(Count *out, mpz_t numerator, const mpz_t denominator)
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

Walk counter_walk(Counter *counter)
{
    return (Walk){.graph = counter->graph,
                  .order = &counter->order,
                  .flags = counter->flags,
                  .marked_edges = counter->marked_edges,
                  .dropped_slot = WALK_NOWHERE,
                  .marked_slot = WALK_NOWHERE,
                  .never_slot = WALK_NOWHERE,
                  .slots = 1,
                  .work = &counter->work};
}

Status counter_walk_once(Counter *counter, const Walk *walk, Count *out)
{
    WalkResult result;
    exact_rest(&counter->exact);
    Status status = walk_solve(walk, &result);
    out->probability = result.probability;
    out->probability_exact = result.exact;
    return status;
}

bool counter_has_cycle(const Counter *counter, const Order *order, const uint64_t *marked_edges, uint64_t begin,
                       uint64_t end)
{
    const Graph *graph = counter->graph;
    StateId s = order_state(order, begin);
    bool is_marked = marked_edges && counter->flags[s] & STATE_MARKED_EDGE;
    if (end - begin > 1)
        return true;
    for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
        if (graph->edge_to[e] == s && !(is_marked && edge_is_marked(marked_edges, e)))
            return true;
    return false;
}

/* STATE_CYCLIC; STATE_DIVERGES and STATE_KEPT from the ends, STATE_TAINTED from the start. */
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
                found |= flags[graph->edge_to[e]] & (STATE_DIVERGES | STATE_KEPT);
            if (graph->first_edge[s] == graph->first_edge[s + 1] && !(flags[s] & STATE_DROPPED))
                found = STATE_KEPT;
            if (!work_goes_on(&counter->work, 1 + graph->first_edge[s + 1] - graph->first_edge[s]))
                return STATUS_INTERRUPTED;
        }
        if (counter_has_cycle(counter, order, NULL, begin, end))
            found = STATE_CYCLIC | STATE_DIVERGES | STATE_TAINTED | STATE_KEPT;
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

/* Whether a walk can come to where it never ends. */
static bool has_trap(Counter *counter)
{
    Walk walk = counter_walk(counter);
    for (uint64_t end = counter->order.count, begin; end > 0; end = begin) {
        begin = order_begin(&counter->order, end);
        if (!walk_is_plain(&walk, begin, end) && walk_is_trap(&walk, begin, end))
            return true;
    }
    return false;
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
    if (!status && counter->is_cyclic && has_trap(counter)) {
        Count never = {0};
        Walk walk = counter_walk(counter);
        walk.never_slot = 0;
        status = counter_walk_once(counter, &walk, &never);
        counter->never_ends = never.probability;
        count_clear(&never);
    }
    return status;
}

Status counter_new(const Graph *graph, const uint8_t *is_dropped, bool (*keep_going)(void *context), void *context,
                   Counter **counter)
{
    *counter = NULL;
    Counter *made = mem_alloc(1, sizeof *made);
    if (!made)
        return STATUS_NO_MEMORY;
    made->graph = graph;
    made->asks_anywhere = keep_going == NULL;
    made->work = (Work){.keep_going = keep_going, .context = context};
    mpz_init(made->total);
    exact_begin(&made->exact, graph, &made->order, &made->work);
    Status status = counter_begin(made, is_dropped);
    if (status)
        counter_free(made);
    else
        *counter = made;
    return status;
}

void counter_free(Counter *counter)
{
    if (!counter)
        return;
    exact_end(&counter->exact);
    layers_free(&counter->layers);
    order_free(&counter->order);
    mem_free(counter->flags);
    mem_free(counter->marked_edges);
    mpz_clear(counter->total);
    mem_free(counter);
}

Status counter_share(Counter *counter, Team *team)
{
    Status status = layers_find(counter->graph, &counter->order, &counter->work, &counter->layers);
    if (!status && layers_are_wide(&counter->layers))
        counter->team = counter->exact.team = team;
    counter->exact.layers = &counter->layers;
    return status;
}

void counter_ask(Counter *counter, bool (*keep_going)(void *context), void *context, bool is_shared)
{
    counter->asks_anywhere = is_shared;
    counter->work.keep_going = keep_going;
    counter->work.context = context;
}

bool counter_is_cyclic(const Counter *counter)
{
    return counter->is_cyclic;
}

const Order *counter_order(const Counter *counter)
{
    return &counter->order;
}

double counter_never_ends(Counter *counter)
{
    return counter->never_ends;
}

/* ---- all, and those dropped ---- */

Pass counter_pass(Counter *counter, uint8_t stop, bool counts_dropped, bool counts_others)
{
    return (Pass){.graph = counter->graph,
                  .order = &counter->order,
                  .flags = counter->flags,
                  .marked_edges = counter->marked_edges,
                  .stop = stop,
                  .counts_dropped = counts_dropped,
                  .counts_others = counts_others,
                  .work = &counter->work,
                  .team = counter->team,
                  .layers = &counter->layers};
}

Status counter_know_total(Counter *counter)
{
    uint64_t primes = 0;
    Pass all = counter_pass(counter, 0, true, true), kept = counter_pass(counter, 0, false, true);
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

Status counter_set_probability(Counter *counter, const Pass *pass, bool is_other, bool *is_too_long, Count *out)
{
    mpz_t numerator;
    Status status = exact_denominator(&counter->exact, 1, is_too_long);
    if (status || *is_too_long)
        return status;
    mpz_init(numerator);
    status = exact_probability(&counter->exact, pass, numerator);
    if (is_other)
        mpz_sub(numerator, counter->exact.denominator, numerator);
    if (!status)
        status = count_set_fraction(out, numerator, counter->exact.denominator);
    mpz_clear(numerator);
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
    status = count_set_fraction(out, mpq_numref(fraction), mpq_denref(fraction));
    mpq_clear(fraction);
    return status;
}

Status counter_total(Counter *counter, Count *out)
{
    bool walks = counter->is_cyclic;
    Status status;
    *out = (Count){0};
    if (counter->is_cyclic) {
        status = count_set_words(out, "infinite");
    } else {
        status = counter_know_total(counter);
        if (!status)
            status = count_set_interleavings(out, integer_text(counter->total));
    }
    if (!status && !counter->has_dropped) {
        status = count_set_certain(out, true);
    } else if (!status) {
        Pass kept = counter_pass(counter, 0, false, true);
        Walk walk = counter_walk(counter);
        walk.dropped_slot = 0;
        if (!walks)
            status = counter_set_probability(counter, &kept, false, &walks, out);
        if (!status && walks)
            status = counter_walk_once(counter, &walk, out);
        if (!status && walks)
            status = complement(out);
    }
    return count_finish(status, out);
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
        status = count_set_words(out, "0");
        if (!status)
            status = count_set_certain(out, false);
    } else if (counter->is_cyclic) {
        status = dropped_with_cycles(counter, out);
    } else {
        Pass dropped = counter_pass(counter, 0, true, false);
        Walk walk = counter_walk(counter);
        bool walks = false;
        mpz_t number;
        mpz_init(number);
        walk.dropped_slot = 0;
        status = counter_know_total(counter);
        if (!status)
            status = exact_paths(&counter->exact, &dropped, counter->primes, number);
        if (!status)
            status = count_set_interleavings(out, integer_text(number));
        if (!status)
            status = counter_set_probability(counter, &dropped, false, &walks, out);
        if (!status && walks)
            status = counter_walk_once(counter, &walk, out);
        mpz_clear(number);
    }
    return count_finish(status, out);
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
    return out->interleavings ? STATUS_OK : count_set_interleavings(out, integer_text(number));
}

static Status give_probability(void *context, uint32_t group, const mpz_t number)
{
    GroupSink *sink = context;
    mpz_t numerator;
    mpz_init_set(numerator, number);
    Status status = count_set_fraction(&sink->out[group], numerator, sink->denominator);
    mpz_clear(numerator);
    return status;
}

static Status walk_to_groups(Counter *counter, const uint32_t *group_of, uint32_t n, Count *out)
{
    Walk walk = counter_walk(counter);
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

bool counter_is_everything(const Counter *counter, const uint32_t *group_of, uint32_t n)
{
    const Graph *graph = counter->graph;
    if (n != 1 || counter->is_cyclic || counter->has_dropped)
        return false;
    for (uint64_t s = 0; s < graph->state_count; s++)
        if (group_of[s] != 0 && graph->first_edge[s] == graph->first_edge[s + 1])
            return false;
    return true;
}

static Status count_everything(Counter *counter, Count *out)
{
    *out = (Count){0};
    Status status = counter_know_total(counter);
    if (!status)
        status = count_set_interleavings(out, integer_text(counter->total));
    if (!status)
        status = count_set_certain(out, true);
    return count_finish(status, out);
}

Status counter_ends(Counter *counter, const uint32_t *group_of, uint32_t n, Count *out)
{
    const Graph *graph = counter->graph;
    if (counter_is_everything(counter, group_of, n))
        return count_everything(counter, out);
    Pass pass = counter_pass(counter, STATE_TAINTED, true, true);
    GroupSink sink = {.out = out, .denominator = counter->exact.denominator};
    bool is_too_long = false;
    Status status = STATUS_OK;
    for (uint32_t g = 0; g < n; g++)
        out[g] = (Count){0};
    for (uint64_t s = 0; s < graph->state_count && counter->is_cyclic && !status; s++)
        if (graph->first_edge[s] == graph->first_edge[s + 1] && counter->flags[s] & STATE_TAINTED && group_of[s] < n &&
            !out[group_of[s]].interleavings)
            status = count_set_words(&out[group_of[s]], "infinite");
    if (!status)
        status = exact_ends(&counter->exact, &pass, SUM_MODULO, group_of, n, give_paths, &sink);
    if (!status && !counter->is_cyclic)
        status = exact_denominator(&counter->exact, n, &is_too_long);
    if (!status && (counter->is_cyclic || is_too_long))
        status = walk_to_groups(counter, group_of, n, out);
    else if (!status)
        status = exact_ends(&counter->exact, &pass, SUM_MEAN, group_of, n, give_probability, &sink);
    for (uint32_t g = 0; g < n && status; g++)
        count_clear(&out[g]);
    return status;
}
