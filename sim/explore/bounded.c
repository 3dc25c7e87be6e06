#include "explore/bounded.h"

#include "base/memory.h"
#include "explore/state_bits.h"

/* Somebody came to a state by a step of a thread; NO_ID: the start, or a state whose remaining steps are due. */
typedef struct Arrival {
    StateId state;
    ThreadId thread;
} Arrival;

typedef struct Arrivals {
    Stretch memory;
    uint64_t first, count; /* those from `first` on wait */
} Arrivals;

/* Bits of a state: all of its steps are taken; it waits for the next level; then one for each thread that came to it.
 */
enum { BIT_DONE, BIT_DEFERRED, BIT_THREADS };

typedef struct Bounded {
    Partial partial;
    StateBits bits;
    Arrivals now, next;
} Bounded;

static Status push(Bounded *bounded, Arrivals *arrivals, Arrival arrival)
{
    if (arrivals->memory.base == NULL &&
        !stretch_open(&arrivals->memory, (size_t)1 << 40, &bounded->partial.graph->budget))
        return budget_refused(&bounded->partial.graph->budget, &bounded->partial.graph->limit);
    if (!stretch_ensure(&arrivals->memory, (size_t)(arrivals->count + 1) * sizeof arrival))
        return budget_refused(&bounded->partial.graph->budget, &bounded->partial.graph->limit);
    ((Arrival *)arrivals->memory.base)[arrivals->count++] = arrival;
    return STATUS_OK;
}

/* The successor by step `i` of the expansion at hand. */
static Status arrive(Bounded *bounded, uint32_t i)
{
    Partial *partial = &bounded->partial;
    const Expansion *expansion = &partial->expansion;
    Arrival arrival = {.thread = expansion->steps[i].thread};
    Status status =
        partial_enter(partial, expansion->states + (size_t)i * machine_words(partial->machine), &arrival.state);
    if (status != STATUS_OK)
        return status;
    if (!state_bits_ensure(&bounded->bits, partial->graph->state_count))
        return budget_refused(&bounded->partial.graph->budget, &bounded->partial.graph->limit);
    if (state_bits_have(&bounded->bits, arrival.state, BIT_DONE) ||
        state_bits_add(&bounded->bits, arrival.state, BIT_THREADS + arrival.thread))
        return STATUS_OK;
    return push(bounded, &bounded->now, arrival);
}

/* Takes the steps that are free after the arrival, and puts the others off. */
static Status go_on(Bounded *bounded, Arrival arrival)
{
    if (state_bits_have(&bounded->bits, arrival.state, BIT_DONE))
        return STATUS_OK;
    Status status = partial_expand(&bounded->partial, arrival.state, bounded->now.count - bounded->now.first);
    const Expansion *expansion = &bounded->partial.expansion;
    bool can_go_on = false, others = false;
    for (uint32_t i = 0; i < expansion->count && status == STATUS_OK; i++) {
        can_go_on |= expansion->steps[i].thread == arrival.thread;
        others |= expansion->steps[i].thread != arrival.thread;
    }
    for (uint32_t i = 0; i < expansion->count && status == STATUS_OK; i++) {
        ThreadId thread = expansion->steps[i].thread;
        if (!can_go_on || thread == arrival.thread)
            status = arrive(bounded, i);
    }
    if (status != STATUS_OK)
        return status;
    if (!can_go_on || !others)
        state_bits_add(&bounded->bits, arrival.state, BIT_DONE);
    else if (!state_bits_add(&bounded->bits, arrival.state, BIT_DEFERRED))
        return push(bounded, &bounded->next, (Arrival){arrival.state, NO_ID});
    return STATUS_OK;
}

static Status level(Bounded *bounded)
{
    Arrivals *now = &bounded->now;
    Status status = STATUS_OK;
    while (status == STATUS_OK && now->first < now->count)
        status = go_on(bounded, ((const Arrival *)now->memory.base)[now->first++]);
    return status;
}

/* Whether a step waits for the next level. */
static bool has_more(const Bounded *bounded)
{
    const Arrivals *next = &bounded->next;
    for (uint64_t i = next->first; i < next->count; i++)
        if (!state_bits_have(&bounded->bits, ((const Arrival *)next->memory.base)[i].state, BIT_DONE))
            return true;
    return false;
}

static void close_lists(Bounded *bounded)
{
    state_bits_close(&bounded->bits);
    stretch_close(&bounded->now.memory);
    stretch_close(&bounded->next.memory);
    bounded->now = bounded->next = (Arrivals){0};
}

static Status attempt(Bounded *bounded, uint32_t preemptions, uint32_t *levels)
{
    Partial *partial = &bounded->partial;
    *levels = 0;
    Status status = partial_open(partial);
    if (status != STATUS_OK)
        return status;
    if (!state_bits_open(&bounded->bits, machine_program(partial->machine)->thread_count + BIT_THREADS,
                         &partial->graph->budget))
        return budget_refused(&bounded->partial.graph->budget, &bounded->partial.graph->limit);
    status = push(bounded, &bounded->now, (Arrival){0, NO_ID});
    for (uint32_t n = 0; status == STATUS_OK; n++) {
        status = level(bounded);
        if (status != STATUS_OK || n == preemptions)
            break;
        *levels = n + 1;
        if (!has_more(bounded)) {
            *levels = UINT32_MAX;
            return STATUS_OK;
        }
        Arrivals done = bounded->now;
        bounded->now = bounded->next;
        bounded->next = (Arrivals){.memory = done.memory};
    }
    if (status == STATUS_OK)
        *levels = has_more(bounded) ? preemptions + 1 : UINT32_MAX;
    return status;
}

Status bounded_search(Machine *machine, const SearchOptions *options, uint32_t preemptions, const Monitor *monitor,
                      uint32_t *levels, Graph **out)
{
    *out = NULL;
    *levels = 0;
    Bounded bounded = {0};
    Status status = partial_begin(&bounded.partial, machine, options, monitor);
    while (status == STATUS_OK) {
        status = attempt(&bounded, preemptions, levels);
        close_lists(&bounded);
        status = partial_close(&bounded.partial, status);
        if (status != STATUS_RELAYOUT)
            break;
        status = partial_relayout(&bounded.partial);
    }
    *out = partial_take(&bounded.partial);
    partial_free(&bounded.partial);
    return status;
}
