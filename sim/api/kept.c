#include "api/kept.h"

#include <string.h>

#include "api/loops.h"

static bool copy_finding(const Finding *row, KeptFinding *copy)
{
    copy->states = mem_alloc(row->state_count, sizeof *copy->states);
    copy->edges = mem_alloc(row->edge_count, sizeof *copy->edges);
    if (copy->states == NULL || copy->edges == NULL)
        return false;
    if (row->state_count > 0)
        memcpy(copy->states, row->states, row->state_count * sizeof *copy->states);
    if (row->edge_count > 0)
        memcpy(copy->edges, row->edges, row->edge_count * sizeof *copy->edges);
    copy->state_count = row->state_count;
    copy->edge_count = row->edge_count;
    copy->is_loop = loops_is(row);
    copy->is_told = row->eventually == 0;
    return true;
}

static bool copy_findings(const Exploration *exploration, Kept *kept)
{
    uint32_t count = exploration->owned->result.finding_count;
    kept->findings = mem_alloc(count, sizeof *kept->findings);
    if (kept->findings == NULL)
        return false;
    kept->finding_count = count;
    for (uint32_t f = 0; f < count; f++)
        if (!copy_finding(findings_row(exploration, f), &kept->findings[f]))
            return false;
    return true;
}

void kept_keep(Exploration *exploration)
{
    const Graph *graph = exploration->graph;
    bool is_wanted = exploration->options.search == SN_SEARCH_EXHAUSTIVE && graph->is_complete &&
                     exploration->options.peers == NULL && /* their states go with the search */
                     graph->state_count <= exploration->options.map_states;
    Kept *kept = is_wanted ? mem_alloc(1, sizeof *kept) : NULL;
    if (kept == NULL)
        return;
    if (!copy_findings(exploration, kept)) {
        kept_free(kept);
        return;
    }
    kept->outcome_of = ends_take_outcomes(exploration);
    kept->graph = exploration->graph;
    kept->is_dropped = exploration->is_dropped;
    exploration->graph = NULL;
    exploration->is_dropped = NULL;
    exploration->owned->kept = kept;
}

void kept_free(Kept *kept)
{
    if (kept == NULL)
        return;
    for (uint32_t f = 0; f < kept->finding_count; f++) {
        mem_free(kept->findings[f].states);
        mem_free(kept->findings[f].edges);
    }
    mem_free(kept->findings);
    mem_free(kept->is_dropped);
    mem_free(kept->outcome_of);
    graph_free(kept->graph);
    mem_free(kept);
}
