/* easiest.c: from the marks of a finding to the places where a schedule may end that shows it. */
#include "api/loops.h"

#include <string.h>

/* A finding can happen in more states than memory should hold goals: they are gone through in portions. */
#ifdef SNARL_SMALL_TABLES
enum { FIRST_GOALS = 1, GOALS_AT_ONCE = 2, TRIED_FIRST = 1 };
#else
enum { FIRST_GOALS = 1 << 10, GOALS_AT_ONCE = 1 << 22, TRIED_FIRST = 1 << 10 };
#endif

void easiest_clear(EasiestSchedule *easiest)
{
    mem_free(easiest->steps);
    memset(easiest, 0, sizeof *easiest);
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

/* The order of shortest.h: cost, then thread and choice step by step. */
static bool is_easier(const EasiestSchedule *a, const EasiestSchedule *b)
{
    int order = compare_numbers(a->cost.preemptions, b->cost.preemptions);
    if (order == 0)
        order = compare_numbers(a->cost.switches, b->cost.switches);
    if (order == 0)
        order = compare_numbers(a->cost.steps, b->cost.steps);
    for (uint32_t i = 0; order == 0 && i < a->count && i < b->count; i++) {
        order = compare_numbers(a->steps[i].thread, b->steps[i].thread);
        if (order == 0)
            order = compare_numbers(a->steps[i].choice, b->steps[i].choice);
    }
    return order < 0;
}

typedef struct Hunt {
    Exploration *exploration;
    Shortest *shortest; /* in the whole graph, or in what happens before an `eventually` is true */
    bool has_best;
    uint64_t next_try; /* goals to look at before there is a best one */
    bool is_bounded; /* what lies behind an open state takes more preemptions than are allowed */
} Hunt;

/* Looks at the goals collected so far. */
static Status flush(Hunt *hunt)
{
    Exploration *exploration = hunt->exploration;
    if (exploration->goals.count == 0)
        return STATUS_OK;
    EasiestSchedule found = {0};
    Status status =
        shortest_schedule(hunt->shortest, exploration->goals.items, exploration->goals.count, &found);
    exploration->goals.count = 0;
    if (status == STATUS_INVALID) {
        easiest_clear(&found);
        return STATUS_OK;
    }
    if (status != STATUS_OK)
        return status;
    if (!hunt->has_best || is_easier(&found, &exploration->easiest)) {
        easiest_clear(&exploration->easiest);
        exploration->easiest = found;
        hunt->has_best = true;
    } else {
        easiest_clear(&found);
    }
    return STATUS_OK;
}

/* Where memory is short the portions are smaller. */
static Status make_room(Hunt *hunt)
{
    Goals *goals = &hunt->exploration->goals;
    if (goals->count < goals->room)
        return STATUS_OK;
    uint32_t room = goals->room == 0 ? FIRST_GOALS : goals->room * 2;
    Goal *larger = room > GOALS_AT_ONCE ? NULL : mem_resize(goals->items, room, sizeof *larger);
    if (larger == NULL)
        return goals->room == 0 ? STATUS_NO_MEMORY : flush(hunt);
    goals->items = larger;
    goals->room = room;
    return STATUS_OK;
}

/* False: a schedule of this length behind the state costs more than one that is known. */
static bool is_worth_it(const Hunt *hunt, StateId state, uint32_t steps)
{
    return !hunt->has_best || shortest_may_reach(hunt->shortest, state, steps, hunt->exploration->easiest.cost);
}

static Status add_goal(Hunt *hunt, StateId state, EdgeId edge, EdgeId second_edge)
{
    if (!is_worth_it(hunt, state, (edge == NO_EDGE ? 0 : 1u) + (second_edge == NO_EDGE ? 0 : 1u)))
        return STATUS_OK;
    Status status = make_room(hunt);
    /* marks come in the order of discovery: the first of them are near the start, and spare a look at most others */
    if (status == STATUS_OK && !hunt->has_best && hunt->exploration->goals.count >= hunt->next_try) {
        status = flush(hunt);
        hunt->next_try *= 4;
    }
    if (status != STATUS_OK)
        return status;
    status = make_room(hunt);
    if (status != STATUS_OK)
        return status;
    Goals *goals = &hunt->exploration->goals;
    goals->items[goals->count++] = (Goal){.state = state, .edge = edge, .second_edge = second_edge};
    return STATUS_OK;
}

/* ------------------------------------------------------------------ data races */

/* The schedule of a race ends with the two accesses, in either order. `is_single`: with the first of them alone. */
static Status add_order(Hunt *hunt, StateId state, ThreadId first, ThreadId second, bool is_single)
{
    const Graph *graph = hunt->exploration->graph;
    for (EdgeId e = graph->first_edge[state]; e < graph->first_edge[state + 1]; e++) {
        if (graph->edge_thread[e] != first)
            continue;
        Status status = STATUS_OK;
        StateId to = graph->edge_to[e];
        if (is_single && (!hunt->is_bounded || !graph_is_open(graph, to))) {
            status = add_goal(hunt, state, e, NO_EDGE);
        } else if (!is_single && !graph_is_open(graph, to)) {
            for (EdgeId f = graph->first_edge[to]; f < graph->first_edge[to + 1] && status == STATUS_OK; f++)
                if (graph->edge_thread[f] == second)
                    status = add_goal(hunt, state, e, f);
        }
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* Lines of a pair come in the order of its threads, those of a row ascending. */
static bool is_row_of(const RacePair *pair, const Finding *row)
{
    uint32_t low = row->lines[0], high = row->lines[row->line_count - 1];
    return pair->object == row->objects[0] && ((pair->first_line == low && pair->second_line == high) ||
                                               (pair->first_line == high && pair->second_line == low));
}

static Status add_race_goals(Hunt *hunt, const Finding *row, bool is_single)
{
    Exploration *exploration = hunt->exploration;
    const Graph *graph = exploration->graph;
    ThreadId *threads = exploration->stepping;
    for (uint64_t m = 0; m < row->state_count; m++) {
        StateId state = row->states[m];
        uint32_t thread_count = 0;
        if (!is_worth_it(hunt, state, is_single ? 1 : 2))
            continue;
        for (EdgeId e = graph->first_edge[state]; e < graph->first_edge[state + 1]; e++)
            if (thread_count == 0 || threads[thread_count - 1] != graph->edge_thread[e])
                threads[thread_count++] = graph->edge_thread[e];
        const RacePair *pairs;
        uint32_t pair_count;
        Status status = race_scan(exploration->detectors.race, exploration->machine, graph_state(graph, state), threads,
                                  thread_count, &pairs, &pair_count);
        for (uint32_t p = 0; p < pair_count && status == STATUS_OK; p++) {
            if (!is_row_of(&pairs[p], row))
                continue;
            status = add_order(hunt, state, pairs[p].first, pairs[p].second, is_single);
            if (status == STATUS_OK)
                status = add_order(hunt, state, pairs[p].second, pairs[p].first, is_single);
        }
        if (status != STATUS_OK)
            return status;
    }
    return flush(hunt);
}

static Status find_race(Hunt *hunt, const Finding *row)
{
    Status status = add_race_goals(hunt, row, false);
    /* where each of the two takes the other's step away (it ends the execution, or disables it) one access must do */
    hunt->exploration->has_half_race = status == STATUS_OK && !hunt->has_best;
    if (hunt->exploration->has_half_race)
        status = add_race_goals(hunt, row, true);
    return status;
}

Status easiest_find(Exploration *exploration, const Finding *row)
{
    uint32_t most;
    Hunt hunt = {.exploration = exploration, .next_try = TRIED_FIRST, .is_bounded = searching_is_bounded(exploration, &most)};
    exploration->goals.count = 0;
    exploration->has_half_race = false;
    easiest_clear(&exploration->easiest);
    Status status = loops_shortest(exploration, row, &hunt.shortest);
    if (status != STATUS_OK)
        return status;
    if (row->kind == FINDING_DATA_RACE) {
        status = find_race(&hunt, row);
    } else {
        for (uint64_t i = 0; i < row->state_count && status == STATUS_OK; i++)
            status = add_goal(&hunt, loops_state(exploration, row, row->states[i]), NO_EDGE, NO_EDGE);
        for (uint64_t i = 0; i < row->edge_count && status == STATUS_OK; i++)
            status = add_goal(&hunt, row->edge_from[i], row->edges[i], NO_EDGE);
        if (status == STATUS_OK)
            status = flush(&hunt);
    }
    if (status == STATUS_OK && !hunt.has_best)
        return STATUS_INVALID;
    return status;
}
