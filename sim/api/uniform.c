/* uniform.c: --search uniform: the whole graph, then runs that take each of its interleavings with the same
 * probability. */
#include "explore/uniform.h"

#include "api/exploration.h"

static Status refuse(Exploration *exploration, const char *reason)
{
    exploration->message =
        api_message("--search uniform needs the exact number of interleavings, but %s; --search random does not", reason);
    exploration->is_refused = true;
    return STATUS_INVALID;
}

static Status find_dropped(Exploration *exploration, uint8_t **is_dropped)
{
    const Graph *graph = exploration->graph;
    *is_dropped = NULL;
    if (!machine_program(exploration->machine)->has_assume)
        return STATUS_OK;
    *is_dropped = mem_alloc(graph->state_count, 1);
    if (*is_dropped == NULL)
        return STATUS_NO_MEMORY;
    for (StateId s = 0; s < graph->state_count; s++) {
        if (graph->first_edge[s] != graph->first_edge[s + 1])
            continue;
        const Issue *stop = machine_stop(exploration->machine, graph_state(graph, s));
        (*is_dropped)[s] = stop != NULL && stop->is_assume;
    }
    return STATUS_OK;
}

Status uniform_search(Exploration *exploration, const SearchOptions *search, const SampleOptions *sampling,
                      const Monitor *monitor)
{
    exploration->phase = "exploring";
    Status status = search_run(exploration->machine, search, monitor, &exploration->graph);
    if (status == STATUS_LIMIT || status == STATUS_INTERRUPTED)
        return refuse(exploration, "not all states could be explored (--max-states, --max-memory, --max-time)");
    if (status != STATUS_OK)
        return status;
    exploration->phase = "sampling";
    Work work = {.keep_going = exploration_goes_on, .context = exploration};
    uint8_t *is_dropped;
    status = find_dropped(exploration, &is_dropped);
    if (status == STATUS_OK)
        status = uniform_sample(exploration->graph, is_dropped, sampling, &work, &exploration->sample);
    mem_free(is_dropped);
    return status == STATUS_INVALID ? refuse(exploration, "there are infinitely many, or none that `assume` keeps")
                                    : status;
}
