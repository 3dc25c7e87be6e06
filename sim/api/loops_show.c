/* loops_show.c: schedules and counts of the loops that were found. */
#include <string.h>

#include "api/loops.h"
#include "explore/lasso.h"

static BeforeTrue *before_true(const Exploration *exploration, const Finding *row)
{
    return row->eventually == 0 ? NULL : &exploration->loops->before[row->eventually - 1];
}

/* ----------------------------------------------------------------------- schedules */

Status loops_shortest(Exploration *exploration, const Finding *row, Shortest **shortest)
{
    BeforeTrue *before = before_true(exploration, row);
    *shortest = exploration->shortest;
    if (before == NULL)
        return STATUS_OK;
    Status status = STATUS_OK;
    if (before->shortest == NULL)
        status = shortest_new(before->cut.graph, NULL, NULL, &before->shortest);
    *shortest = before->shortest;
    return status;
}

StateId loops_state(const Exploration *exploration, const Finding *row, StateId state)
{
    const BeforeTrue *before = before_true(exploration, row);
    return before == NULL ? state : cut_state(&before->cut, state);
}

/* The edge of a state that is the `choice`th of the thread. */
static EdgeId edge_of(const Graph *graph, StateId state, const ScheduleStep *step)
{
    EdgeId edge = graph->first_edge[state];
    while (graph->edge_thread[edge] != step->thread)
        edge++;
    return edge + step->choice - 1;
}

static StateId follow(const Graph *graph, const EasiestSchedule *easiest)
{
    StateId state = 0;
    for (uint32_t i = 0; i < easiest->count; i++)
        state = graph->edge_to[edge_of(graph, state, &easiest->steps[i])];
    return state;
}

static bool has_step(const Graph *graph, StateId state, ThreadId thread)
{
    for (EdgeId e = graph->first_edge[state]; e < graph->first_edge[state + 1]; e++)
        if (graph->edge_thread[e] == thread)
            return true;
    return false;
}

/* Adds the steps and what they cost. */
static Status append(const Graph *graph, StateId state, const EdgeId *edges, uint32_t count, EasiestSchedule *easiest)
{
    ScheduleStep *steps = mem_resize(easiest->steps, (size_t)easiest->count + count, sizeof *steps);
    if (steps == NULL)
        return STATUS_NO_MEMORY;
    easiest->steps = steps;
    for (uint32_t i = 0; i < count; i++) {
        ScheduleStep step = {.thread = graph->edge_thread[edges[i]]};
        step.choice = graph_edge_choice(graph, state, edges[i], &step.choices);
        if (easiest->count > 0 && steps[easiest->count - 1].thread != step.thread) {
            easiest->cost.switches++;
            easiest->cost.preemptions += has_step(graph, state, steps[easiest->count - 1].thread);
        }
        steps[easiest->count++] = step;
        easiest->cost.steps++;
        state = graph->edge_to[edges[i]];
    }
    return STATUS_OK;
}

/* The set of the row that has the state; the row's sets have no state in common. */
static const LoopSet *set_with(const Loops *loops, uint32_t row_number, const Finding *row, StateId state)
{
    for (uint32_t i = 0; i < loops->count; i++) {
        const LoopSet *set = &loops->sets[i];
        if (set->row != row_number)
            continue;
        uint64_t low = set->first, high = set->first + set->count;
        while (high - low > 1) {
            uint64_t middle = low + (high - low) / 2;
            if (row->states[middle] <= state)
                low = middle;
            else
                high = middle;
        }
        if (row->states[low] == state)
            return set;
    }
    return NULL;
}

/* The steps on which somebody else gets on, one bit an edge. */
static Status others_progress(const Exploration *exploration, ThreadId thread, uint64_t **wanted)
{
    const ProgressLog *log = &exploration->detectors.progress;
    *wanted = mem_alloc(bits_words(exploration->graph->edge_count), sizeof **wanted);
    if (*wanted == NULL)
        return STATUS_NO_MEMORY;
    for (uint64_t i = 0; i < log->count; i++)
        if ((log->threads[i] & ~step_thread_bit(thread)) != 0)
            bits_add(*wanted, log->edges[i]);
    return STATUS_OK;
}

Status loops_close(Exploration *exploration, uint32_t row_number, uint32_t *loop_start)
{
    Loops *loops = exploration->loops;
    const Finding *row = finding_get(exploration->detectors.table, row_number);
    const BeforeTrue *before = before_true(exploration, row);
    const Graph *graph = before == NULL ? exploration->graph : before->cut.graph;
    EasiestSchedule *easiest = &exploration->easiest;
    StateId start = follow(graph, easiest);
    const LoopSet *set = set_with(loops, row_number, row, before == NULL ? start : before->cut.whole[start]);
    if (set == NULL)
        return STATUS_INVALID;
    *loop_start = easiest->count;

    StateId *states = NULL;
    uint64_t *wanted = NULL;
    EdgeId *edges = NULL;
    uint32_t count = 0;
    LassoPlan plan = {.graph = graph,
                      .states = row->states + set->first,
                      .count = set->count,
                      .start = start,
                      .thread_count = machine_program(exploration->machine)->thread_count};
    Status status = STATUS_OK;
    if (before != NULL) {
        plan.states = states = mem_alloc(set->count, sizeof *states);
        for (uint64_t i = 0; i < set->count && states != NULL; i++)
            states[i] = cut_state(&before->cut, row->states[set->first + i]);
        plan.removed = plan.faults = before->faults;
        status = states == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    } else {
        status = loops_filter(exploration, row->kind, row->kind == FINDING_STARVATION ? row->threads[0] : NO_ID);
        plan.removed = loops->removed;
        plan.faults = loops->faults;
    }
    if (status == STATUS_OK && row->kind == FINDING_STARVATION)
        status = others_progress(exploration, row->threads[0], &wanted);
    plan.wanted = wanted;
    if (status == STATUS_OK)
        status = lasso_find(&plan, &edges, &count);
    if (status == STATUS_OK)
        status = append(graph, start, edges, count, easiest);
    mem_free(states);
    mem_free(wanted);
    mem_free(edges);
    return status;
}

/* -------------------------------------------------------------------------- counts */

static Status copy_text(const char *text, char **copy)
{
    *copy = mem_alloc(strlen(text) + 1, 1);
    if (*copy == NULL)
        return STATUS_NO_MEMORY;
    memcpy(*copy, text, strlen(text));
    return STATUS_OK;
}

/* Interleavings that end without an `eventually` having been true. */
static Status count_ends(Exploration *exploration, const Finding *row, Counter *counter)
{
    const Cut *cut = &before_true(exploration, row)->cut;
    uint32_t *group_of = mem_alloc(cut->graph->state_count, sizeof *group_of);
    if (group_of == NULL)
        return STATUS_NO_MEMORY;
    memset(group_of, 0xff, cut->graph->state_count * sizeof *group_of);
    for (uint64_t i = 0; i < row->state_count; i++)
        group_of[cut_state(cut, row->states[i])] = 0;
    Status status = counter_ends(counter, group_of, 1, &exploration->count);
    mem_free(group_of);
    return status;
}

/* The states of the row's closed loops, behind the dropped ends (see findings.c), which end the run as well. */
static Status mark_closed(Exploration *exploration, const Finding *row, Marks *marks)
{
    Loops *loops = exploration->loops;
    bool is_cut = row->eventually > 0;
    uint64_t dropped = is_cut ? 0 : exploration->dropped_count, count = 0;
    mem_free(loops->marks);
    loops->marks = mem_alloc(dropped + row->state_count, sizeof *loops->marks);
    if (loops->marks == NULL)
        return STATUS_NO_MEMORY;
    for (StateId s = 0; dropped > 0 && s < exploration->graph->expanded_count; s++)
        if (exploration->is_dropped[s])
            loops->marks[count++] = s;
    for (uint32_t i = 0; i < loops->count; i++) {
        const LoopSet *set = &loops->sets[i];
        if (!set->is_closed || finding_get(exploration->detectors.table, set->row) != row)
            continue;
        for (uint64_t k = 0; k < set->count; k++)
            loops->marks[count++] = loops_state(exploration, row, row->states[set->first + k]);
    }
    marks->states = loops->marks;
    marks->state_count = count;
    return STATUS_OK;
}

Status loops_count(Exploration *exploration, const Finding *row)
{
    BeforeTrue *before = before_true(exploration, row);
    Counter *counter = exploration->counter;
    Status status = STATUS_OK;
    if (before != NULL) {
        if (before->counter == NULL)
            status = counter_new(before->cut.graph, NULL, exploration_goes_on, exploration, &before->counter);
        counter = before->counter;
    }
    if (status == STATUS_OK && row->kind == FINDING_FINAL)
        return count_ends(exploration, row, counter);
    Marks marks = {0};
    if (status == STATUS_OK)
        status = mark_closed(exploration, row, &marks);
    if (status == STATUS_OK)
        status = counter_happens(counter, &marks, &exploration->count);
    if (status != STATUS_OK)
        return status;
    mem_free(exploration->count.interleavings);
    return copy_text("infinite", &exploration->count.interleavings);
}
