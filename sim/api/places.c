#include "api/places.h"

#include "base/memory.h"

SnEnd place_end(const Machine *machine, const Word *state)
{
    const Issue *stop = machine_stop(machine, state);
    if (stop == NULL)
        return machine_end(machine, state) == STATE_OK ? SN_END_OK : SN_END_DEADLOCK;
    if (stop->is_assume)
        return SN_END_ASSUME;
    switch (stop->kind) {
    case FINDING_ASSERTION: return SN_END_ASSERTION;
    case FINDING_INVARIANT: return SN_END_INVARIANT;
    case FINDING_MISUSE: return SN_END_MISUSE;
    default: return SN_END_RUNTIME_ERROR;
    }
}

bool place_is_bad(const Machine *machine, const Word *state, SnEnd end)
{
    if (end == SN_END_OK)
        return machine_failed_finally(machine, state) != NO_ID;
    return end != SN_END_ASSUME && end != SN_END_RUNNING;
}

/* From the ends backwards. Steps lead mostly to states of higher numbers, so one pass finds nearly all. */
Status places_end_well(const Machine *machine, const Graph *graph, uint8_t **ends_well)
{
    uint8_t *is_good = mem_alloc(graph->state_count, 1);
    *ends_well = is_good;
    if (is_good == NULL)
        return STATUS_NO_MEMORY;
    for (bool changes = true; changes;) {
        changes = false;
        for (uint64_t s = graph->expanded_count; s-- > 0;) {
            EdgeId first = graph->first_edge[s], end = graph->first_edge[s + 1];
            if (is_good[s])
                continue;
            if (first == end) {
                const Word *state = graph_state(graph, (StateId)s);
                is_good[s] = !place_is_bad(machine, state, place_end(machine, state));
            }
            for (EdgeId e = first; e < end && !is_good[s]; e++)
                is_good[s] = is_good[graph->edge_to[e]];
            changes |= is_good[s];
        }
    }
    return STATUS_OK;
}
