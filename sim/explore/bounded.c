#include "explore/bounded.h"

#include <string.h>

#include "base/memory.h"

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
    Stretch bits;
    uint32_t bit_words; /* of one state */
    Arrivals now, next;
} Bounded;

static Status refused(Bounded *bounded)
{
    Graph *graph = bounded->partial.graph;
    if (!graph->budget.was_hit)
        return STATUS_NO_MEMORY;
    graph->limit = GRAPH_MAX_MEMORY;
    return STATUS_LIMIT;
}

static bool test_and_set(Bounded *bounded, StateId state, uint32_t bit)
{
    uint64_t *word = (uint64_t *)bounded->bits.base + (size_t)state * bounded->bit_words + bit / 64;
    uint64_t mask = UINT64_C(1) << bit % 64;
    bool was_set = (*word & mask) != 0;
    *word |= mask;
    return was_set;
}

static bool test(const Bounded *bounded, StateId state, uint32_t bit)
{
    const uint64_t *word = (const uint64_t *)bounded->bits.base + (size_t)state * bounded->bit_words + bit / 64;
    return (*word >> bit % 64 & 1) != 0;
}

static Status push(Bounded *bounded, Arrivals *arrivals, Arrival arrival)
{
    if (arrivals->memory.base == NULL &&
        !stretch_open(&arrivals->memory, (size_t)1 << 40, &bounded->partial.graph->budget))
        return refused(bounded);
    if (!stretch_ensure(&arrivals->memory, (size_t)(arrivals->count + 1) * sizeof arrival))
        return refused(bounded);
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
    if (!stretch_ensure(&bounded->bits, (size_t)partial->graph->state_count * bounded->bit_words * sizeof(uint64_t)))
        return refused(bounded);
    if (test(bounded, arrival.state, BIT_DONE) || test_and_set(bounded, arrival.state, BIT_THREADS + arrival.thread))
        return STATUS_OK;
    return push(bounded, &bounded->now, arrival);
}

/* Takes the steps that are free after the arrival, and puts the others off. */
static Status go_on(Bounded *bounded, Arrival arrival)
{
    if (test(bounded, arrival.state, BIT_DONE))
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
        test_and_set(bounded, arrival.state, BIT_DONE);
    else if (!test_and_set(bounded, arrival.state, BIT_DEFERRED))
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
        if (!test(bounded, ((const Arrival *)next->memory.base)[i].state, BIT_DONE))
            return true;
    return false;
}

static void close_lists(Bounded *bounded)
{
    stretch_close(&bounded->bits);
    stretch_close(&bounded->now.memory);
    stretch_close(&bounded->next.memory);
    bounded->now = bounded->next = (Arrivals){0};
    memset(&bounded->bits, 0, sizeof bounded->bits);
}

static Status attempt(Bounded *bounded, uint32_t preemptions, uint32_t *levels)
{
    Partial *partial = &bounded->partial;
    *levels = 0;
    Status status = partial_open(partial);
    if (status != STATUS_OK)
        return status;
    bounded->bit_words = (machine_program(partial->machine)->thread_count + BIT_THREADS + 63) / 64;
    if (!stretch_open(&bounded->bits, (size_t)1 << 40, &partial->graph->budget) ||
        !stretch_ensure(&bounded->bits, bounded->bit_words * sizeof(uint64_t)))
        return refused(bounded);
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
