/* ends.c: the ends of all executions, grouped to outcomes; and the executions that an `assume` drops. */
#include "api/reducing.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#ifdef SNARL_SMALL_TABLES
enum { FIRST_GROUPS = 2 };
#else
enum { FIRST_GROUPS = 64 };
#endif

#define NO_GROUP UINT32_MAX

/* One outcome. Its key: the values, then a number for the output, then how it ended, then whether `finally` held. */
typedef struct Group {
    const int64_t *key;
    uint32_t value_count;      /* here because qsort passes no context on */
    const char *const *output; /* of the first of its ends */
    uint32_t output_count;
    StateId first;
    uint32_t number; /* in order of discovery */
} Group;

typedef struct Outcomes {
    uint32_t width;  /* numbers of a key */
    uint32_t values; /* how many of them are values */
    int64_t *keys;   /* width * room */
    Group *groups;
    uint32_t count, room;
    uint32_t *slots;      /* group + 1; 0 free */
    uint32_t slot_count;  /* a power of two, at least twice `count` */
    int64_t *key;         /* of the end at hand */
    const char **strings; /* of the output at hand */
    uint32_t string_room;
    uint32_t *group_of;  /* by state; NO_GROUP where it is no end */
    StateId *ends;       /* sorted by group */
    uint32_t *first_end; /* count + 1 */
    uint32_t *rank;      /* place in the report of the n-th group that was discovered */
    Count *counts;       /* by group, in order of the report */
    SnSeen *seen;        /* likewise; NULL: nothing was sampled */
    SnOutcome *list; /* by group; in the result's arena */
} Outcomes;

static bool is_end(const Graph *graph, StateId state)
{
    return !graph_is_open(graph, state) && graph->first_edge[state] == graph->first_edge[state + 1];
}

/* ----------------------------------------------------------------- dropped ones */

/* A state is doomed when it is a dropped end, or all its steps lead to doomed states. States on a cycle never are.
 * Steps lead mostly to states of higher numbers, so going backwards finds nearly all in the first pass. */
static void spread_doom(const Graph *graph, uint8_t *is_doomed)
{
    bool changes = true;
    while (changes) {
        changes = false;
        for (uint64_t s = graph->expanded_count; s-- > 0;) {
            if (is_doomed[s] || graph->first_edge[s] == graph->first_edge[s + 1])
                continue;
            EdgeId e = graph->first_edge[s];
            while (e < graph->first_edge[s + 1] && is_doomed[graph->edge_to[e]])
                e++;
            if (e == graph->first_edge[s + 1]) {
                is_doomed[s] = 1;
                changes = true;
            }
        }
    }
}

Status ends_find_doomed(Exploration *exploration)
{
    const Graph *graph = exploration->graph;
    if (!machine_program(exploration->machine)->has_assume)
        return STATUS_OK;
    exploration->is_dropped = mem_alloc(graph->state_count, 1);
    exploration->is_doomed = mem_alloc(graph->state_count, 1);
    if (exploration->is_dropped == NULL || exploration->is_doomed == NULL)
        return STATUS_NO_MEMORY;
    for (StateId s = 0; s < graph->expanded_count; s++) {
        if (!is_end(graph, s))
            continue;
        const Issue *stop = machine_stop(exploration->machine, graph_state(graph, s));
        if (stop != NULL && stop->is_assume) {
            exploration->is_dropped[s] = exploration->is_doomed[s] = 1;
            exploration->dropped_count++;
        }
    }
    if (exploration->dropped_count > 0)
        spread_doom(graph, exploration->is_doomed);
    return STATUS_OK;
}

/* --------------------------------------------------------------------- grouping */

static SnEnd end_of(const Machine *machine, const Word *state)
{
    switch (machine_end(machine, state)) {
    case STATE_OK: return SN_END_OK;
    case STATE_DEADLOCK: return SN_END_DEADLOCK;
    case STATE_STOPPED: break;
    }
    const Issue *stop = machine_stop(machine, state);
    if (stop->is_assume)
        return SN_END_ASSUME;
    switch (stop->kind) {
    case FINDING_ASSERTION: return SN_END_ASSERTION;
    case FINDING_INVARIANT: return SN_END_INVARIANT;
    case FINDING_RUNTIME_ERROR: return SN_END_RUNTIME_ERROR;
    default: return SN_END_MISUSE;
    }
}

static void read_key(Exploration *exploration, const Word *state)
{
    Outcomes *outcomes = exploration->outcomes;
    const Machine *machine = exploration->machine;
    const Program *program = machine_program(machine);
    int64_t *key = outcomes->key;
    machine_outcome_values(machine, state, key);
    key[outcomes->values] = program->outcome_has_output ? (int64_t)machine_output_id(machine, state) : 0;
    SnEnd end = end_of(machine, state);
    key[outcomes->values + 1] = end;
    /* an execution that did not run to its end did not keep any promise about it */
    key[outcomes->values + 2] =
        end == SN_END_OK && (program->finally_count == 0 || machine_failed_finally(machine, state) == NO_ID);
}

static bool grow_slots(Outcomes *outcomes)
{
    size_t width = outcomes->width;
    uint32_t slot_count = outcomes->slot_count == 0 ? FIRST_GROUPS * 2 : outcomes->slot_count * 2;
    uint32_t *slots = mem_alloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t g = 0; g < outcomes->count; g++) {
        uint32_t slot = (uint32_t)XXH3_64bits(outcomes->keys + g * width, width * sizeof(int64_t)) & (slot_count - 1);
        while (slots[slot] != 0)
            slot = (slot + 1) & (slot_count - 1);
        slots[slot] = g + 1;
    }
    mem_free(outcomes->slots);
    outcomes->slots = slots;
    outcomes->slot_count = slot_count;
    return true;
}

static bool grow_groups(Outcomes *outcomes)
{
    uint32_t room = outcomes->room == 0 ? FIRST_GROUPS : outcomes->room * 2;
    int64_t *keys = mem_resize(outcomes->keys, (size_t)room * outcomes->width, sizeof *keys);
    if (keys == NULL)
        return false;
    outcomes->keys = keys;
    Group *groups = mem_resize(outcomes->groups, room, sizeof *groups);
    if (groups == NULL)
        return false;
    outcomes->groups = groups;
    outcomes->room = room;
    return true;
}

/* The group of the key at hand; NO_GROUP: no memory. */
static uint32_t find_group(Outcomes *outcomes, StateId state)
{
    size_t width = outcomes->width, bytes = width * sizeof(int64_t);
    if ((outcomes->count + 1) * 2 > outcomes->slot_count && !grow_slots(outcomes))
        return NO_GROUP;
    uint32_t mask = outcomes->slot_count - 1;
    uint32_t slot = (uint32_t)XXH3_64bits(outcomes->key, bytes) & mask;
    while (outcomes->slots[slot] != 0) {
        uint32_t group = outcomes->slots[slot] - 1;
        if (memcmp(outcomes->keys + group * width, outcomes->key, bytes) == 0)
            return group;
        slot = (slot + 1) & mask;
    }
    if (outcomes->count == outcomes->room && !grow_groups(outcomes))
        return NO_GROUP;
    uint32_t group = outcomes->count++;
    memcpy(outcomes->keys + group * width, outcomes->key, bytes);
    outcomes->groups[group] = (Group){.first = state, .number = group};
    outcomes->slots[slot] = group + 1;
    return group;
}

static Status group_ends(Exploration *exploration)
{
    const Graph *graph = exploration->graph;
    Outcomes *outcomes = exploration->outcomes;
    uint32_t values = machine_program(exploration->machine)->outcome_value_count;
    outcomes->values = values;
    outcomes->width = values + 3;
    outcomes->key = mem_alloc(outcomes->width, sizeof *outcomes->key);
    outcomes->group_of = mem_alloc(graph->state_count, sizeof *outcomes->group_of);
    if (outcomes->key == NULL || outcomes->group_of == NULL)
        return STATUS_NO_MEMORY;
    for (StateId s = 0; s < graph->state_count; s++) {
        outcomes->group_of[s] = NO_GROUP;
        if (!is_end(graph, s))
            continue;
        read_key(exploration, graph_state(graph, s));
        outcomes->group_of[s] = find_group(outcomes, s);
        if (outcomes->group_of[s] == NO_GROUP)
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------------- ordering */

static int compare_values(const int64_t *a, const int64_t *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static int compare_outputs(const Group *a, const Group *b)
{
    for (uint32_t i = 0; i < a->output_count && i < b->output_count; i++) {
        int order = strcmp(a->output[i], b->output[i]);
        if (order != 0)
            return order;
    }
    return (a->output_count > b->output_count) - (a->output_count < b->output_count);
}

/* By values, output, end, and `finally` broken before held. */
static int compare_groups(const void *left, const void *right)
{
    const Group *a = left, *b = right;
    uint32_t values = a->value_count;
    int order = compare_values(a->key, b->key, values);
    if (order == 0)
        order = compare_outputs(a, b);
    if (order == 0)
        order = compare_values(a->key + values + 1, b->key + values + 1, 2);
    return order;
}

/* The output of the group's first end; the strings are the machine's, the list of them is the result's. */
static Status read_output(Exploration *exploration, Group *group)
{
    Outcomes *outcomes = exploration->outcomes;
    const Machine *machine = exploration->machine;
    const Word *state = graph_state(exploration->graph, group->first);
    uint32_t count = machine_output(machine, state, outcomes->strings, outcomes->string_room);
    if (count > outcomes->string_room) {
        const char **larger = mem_resize(outcomes->strings, count, sizeof *larger);
        if (larger == NULL)
            return STATUS_NO_MEMORY;
        outcomes->strings = larger;
        outcomes->string_room = count;
        machine_output(machine, state, outcomes->strings, count);
    }
    const char **list = ARENA_ARRAY(&exploration->owned->arena, const char *, count);
    if (count > 0)
        memcpy(list, outcomes->strings, count * sizeof *list);
    group->output = list;
    group->output_count = count;
    return STATUS_OK;
}

/* Puts the groups in order and sorts the ends by group. */
static Status order_groups(Exploration *exploration)
{
    const Graph *graph = exploration->graph;
    Outcomes *outcomes = exploration->outcomes;
    bool has_output = machine_program(exploration->machine)->outcome_has_output;
    for (uint32_t g = 0; g < outcomes->count; g++) {
        Group *group = &outcomes->groups[g];
        group->key = outcomes->keys + (size_t)g * outcomes->width;
        group->value_count = outcomes->values;
        Status status = has_output ? read_output(exploration, group) : STATUS_OK;
        if (status != STATUS_OK)
            return status;
    }
    if (outcomes->count > 1)
        qsort(outcomes->groups, outcomes->count, sizeof *outcomes->groups, compare_groups);

    outcomes->rank = mem_alloc(outcomes->count, sizeof *outcomes->rank);
    outcomes->first_end = mem_alloc((size_t)outcomes->count + 2, sizeof *outcomes->first_end);
    if (outcomes->rank == NULL || outcomes->first_end == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t g = 0; g < outcomes->count; g++)
        outcomes->rank[outcomes->groups[g].number] = g;
    /* a counting sort: sizes, then beginnings, which the filling moves to the next group's */
    uint32_t *first = outcomes->first_end;
    for (StateId s = 0; s < graph->state_count; s++)
        if (outcomes->group_of[s] != NO_GROUP) {
            outcomes->group_of[s] = outcomes->rank[outcomes->group_of[s]];
            first[outcomes->group_of[s] + 1]++;
        }
    for (uint32_t g = 0; g < outcomes->count; g++)
        first[g + 1] += first[g];
    outcomes->ends = mem_alloc(first[outcomes->count], sizeof *outcomes->ends);
    if (outcomes->ends == NULL)
        return STATUS_NO_MEMORY;
    for (StateId s = 0; s < graph->state_count; s++)
        if (outcomes->group_of[s] != NO_GROUP)
            outcomes->ends[first[outcomes->group_of[s]]++] = s;
    memmove(first + 1, first, outcomes->count * sizeof *first);
    first[0] = 0;
    return STATUS_OK;
}

/* ------------------------------------------------------------------------- result */

/* "1", or "[1, 2]" for an array: the JSON text of one column. */
static const char *value_text(Exploration *exploration, const OutcomeColumn *column, const int64_t *values)
{
    Text *text = &exploration->text;
    if (column->is_array)
        text_add_char(text, '[');
    for (uint32_t i = 0; i < column->count; i++)
        text_format(text, "%s%" PRId64, i == 0 ? "" : ", ", values[column->first + i]);
    if (column->is_array)
        text_add_char(text, ']');
    return exploration_take_text(exploration);
}

/* The easiest schedule to one of the group's ends. */
static Status add_schedule(Exploration *exploration, uint32_t group, SnOutcome *outcome)
{
    Outcomes *outcomes = exploration->outcomes;
    Goals *goals = &exploration->goals;
    uint32_t count = outcomes->first_end[group + 1] - outcomes->first_end[group];
    if (count > goals->room) {
        Goal *larger = mem_resize(goals->items, count, sizeof *larger);
        if (larger == NULL)
            return STATUS_NO_MEMORY;
        goals->items = larger;
        goals->room = count;
    }
    for (uint32_t i = 0; i < count; i++)
        goals->items[i] = (Goal){outcomes->ends[outcomes->first_end[group] + i], NO_EDGE, NO_EDGE};
    easiest_clear(&exploration->easiest);
    Status status = shortest_schedule(exploration->shortest, goals->items, count, &exploration->easiest);
    if (status != STATUS_OK)
        return status;
    const EasiestSchedule *easiest = &exploration->easiest;
    schedule_print_steps(machine_program(exploration->machine), easiest->steps, easiest->count, &exploration->text);
    outcome->schedule = exploration_take_text(exploration);
    outcome->preemptions = easiest->cost.preemptions;
    outcome->switches = easiest->cost.switches;
    outcome->step_count = easiest->count;
    outcome->may_be_easier = (exploration->is_reduced || exploration->has_class_graph) && !reducing_is_easiest(exploration, easiest->cost);
    exploration->not_easiest += outcome->may_be_easier;
    return STATUS_OK;
}

static void forget_counts(Outcomes *outcomes)
{
    for (uint32_t g = 0; outcomes->counts != NULL && g < outcomes->count; g++)
        count_clear(&outcomes->counts[g]);
    mem_free(outcomes->counts);
    outcomes->counts = NULL;
}

Status ends_count(Exploration *exploration)
{
    Outcomes *outcomes = exploration->outcomes;
    if (exploration->counter == NULL || outcomes->count == 0 || outcomes->counts != NULL)
        return STATUS_OK;
    outcomes->counts = mem_alloc(outcomes->count, sizeof *outcomes->counts);
    if (outcomes->counts == NULL)
        return STATUS_NO_MEMORY;
    Status status = counter_ends(exploration->counter, outcomes->group_of, outcomes->count, outcomes->counts);
    if (status != STATUS_OK)
        forget_counts(outcomes);
    return status;
}

Status ends_count_with(Exploration *exploration, const Marks *findings, uint32_t count, Count *happens, bool *is_counted)
{
    Outcomes *outcomes = exploration->outcomes;
    bool has_ends = false;
    outcomes->counts = mem_alloc(outcomes->count, sizeof *outcomes->counts);
    if (outcomes->counts == NULL)
        return STATUS_NO_MEMORY;
    Status status = counter_together(exploration->counter, outcomes->group_of, outcomes->count, outcomes->counts, &has_ends, findings, count,
                                     happens, is_counted);
    if (!has_ends || status != STATUS_OK)
        forget_counts(outcomes);
    return status;
}

/* In how many random runs each came about. */
static Status count_runs(Exploration *exploration)
{
    Outcomes *outcomes = exploration->outcomes;
    const Sample *sample = &exploration->sample;
    if (sample->run_count == 0)
        return STATUS_OK;
    outcomes->seen = mem_alloc(outcomes->count, sizeof *outcomes->seen);
    if (outcomes->seen == NULL)
        return STATUS_NO_MEMORY;
    for (uint64_t run = 0; run < sample->run_count; run++) {
        if (sample->ends[run] == SAMPLE_CUT || outcomes->group_of[sample->ends[run]] == NO_GROUP)
            continue;
        SnSeen *seen = &outcomes->seen[outcomes->group_of[sample->ends[run]]];
        seen->first_run = seen->runs == 0 ? run + 1 : seen->first_run;
        seen->runs++;
    }
    for (uint32_t g = 0; g < outcomes->count; g++)
        sampled_estimate(exploration, &outcomes->seen[g]);
    return STATUS_OK;
}

static Status add_outcomes(Exploration *exploration)
{
    OwnedResult *owned = exploration->owned;
    Arena *arena = &owned->arena;
    Outcomes *outcomes = exploration->outcomes;
    const Program *program = machine_program(exploration->machine);

    const char **names = ARENA_ARRAY(arena, const char *, program->outcome_count);
    for (uint32_t c = 0; c < program->outcome_count; c++)
        names[c] = arena_string(arena, program->outcome[c].text, strlen(program->outcome[c].text));
    owned->result.outcome_names = names;
    owned->result.outcome_name_count = program->outcome_count;

    SnOutcome *list = outcomes->list;
    owned->result.outcomes = list;
    for (uint32_t g = 0; g < outcomes->count; g++) {
        const Group *group = &outcomes->groups[g];
        SnOutcome *outcome = &list[g];
        const char **values = ARENA_ARRAY(arena, const char *, program->outcome_count);
        for (uint32_t c = 0; c < program->outcome_count; c++)
            values[c] = value_text(exploration, &program->outcome[c], group->key);
        outcome->names = names;
        outcome->values = values;
        outcome->output = group->output;
        outcome->output_count = group->output_count;
        outcome->end = (SnEnd)group->key[outcomes->values + 1];
        outcome->has_final = program->finally_count > 0;
        outcome->final = group->key[outcomes->values + 2] != 0;
        if (outcome->end == SN_END_OK)
            outcome->serial =
                serial_judge(exploration, exploration->machine, graph_state(exploration->graph, group->first));
        outcome->probability = (double)NAN;
        if (outcomes->seen != NULL)
            outcome->seen = outcomes->seen[g];
        else
            sampled_estimate(exploration, &outcome->seen);
        if (outcomes->counts != NULL)
            exploration_add_count(exploration, &outcomes->counts[g], &outcome->interleavings, &outcome->probability,
                                  &outcome->probability_exact);
        owned->result.outcome_count = g + 1;
    }
    return STATUS_OK;
}

Status ends_group(Exploration *exploration)
{
    exploration->outcomes = mem_alloc(1, sizeof *exploration->outcomes);
    if (exploration->outcomes == NULL)
        return STATUS_NO_MEMORY;
    Status status = group_ends(exploration);
    return status == STATUS_OK ? order_groups(exploration) : status;
}

Status ends_schedules(Exploration *exploration)
{
    Outcomes *outcomes = exploration->outcomes;
    Status status = STATUS_OK;
    outcomes->list = ARENA_ARRAY(&exploration->owned->arena, SnOutcome, outcomes->count);
    for (uint32_t g = 0; g < outcomes->count && status == STATUS_OK; g++)
        status = add_schedule(exploration, g, &outcomes->list[g]);
    return status;
}

Status ends_report(Exploration *exploration)
{
    Status status = count_runs(exploration);
    exploration->phase = "counting outcomes";
    if (status == STATUS_OK)
        status = counting_ends(exploration);
    if (status == STATUS_OK || status == STATUS_INTERRUPTED) /* counting was cut short: outcomes without counts */
        status = add_outcomes(exploration);
    return status;
}

uint32_t *ends_take_outcomes(Exploration *exploration)
{
    uint32_t *taken = exploration->outcomes->group_of;
    exploration->outcomes->group_of = NULL;
    return taken;
}

void ends_free(Exploration *exploration)
{
    Outcomes *outcomes = exploration->outcomes;
    if (outcomes == NULL)
        return;
    forget_counts(outcomes);
    mem_free(outcomes->seen);
    mem_free(outcomes->keys);
    mem_free(outcomes->groups);
    mem_free(outcomes->slots);
    mem_free(outcomes->key);
    mem_free(outcomes->strings);
    mem_free(outcomes->group_of);
    mem_free(outcomes->ends);
    mem_free(outcomes->first_end);
    mem_free(outcomes->rank);
    mem_free(outcomes);
    exploration->outcomes = NULL;
}
