/* api_graph.c: the explored graph for people: each state in words, and from where no good end can be reached. */
#include <string.h>

#include "api/places.h"
#include "api/scenario.h"
#include "explore/search.h"
#include "explore/store.h"
#include "lang/lang.h"
#include "trace/schedule.h"

enum { USUAL_STATES = 200, MOST_SEARCHED = 1000000 };

typedef struct OwnedGraph {
    SnStateGraph graph; /* first: an SnStateGraph is an OwnedGraph */
    Arena arena;
} OwnedGraph;

typedef struct Making {
    const SnScenario *scenario;
    const SnGraphOptions *options;
    uint64_t limit;
    Machine *machine;
    const Program *program;
    Graph *searched;
    uint8_t *ends_well; /* by searched state */
    Schedule schedule;
    Expansion expansion;
    OwnedGraph *owned;
    ArenaVec(const Word *) words; /* of each state */
    ArenaVec(SnState) states;
    ArenaVec(SnStateEdge) edges;
    ArenaVec(uint32_t) path;
    Text text;
    char *message;
} Making;

/* ------------------------------------------------------------------ in words */

static const char *take_text(Making *making)
{
    if (making->text.failed)
        longjmp(*making->owned->arena.escape, 1);
    const char *taken =
        arena_string(&making->owned->arena, making->text.length > 0 ? making->text.bytes : "", making->text.length);
    making->text.length = 0;
    return taken;
}

static uint32_t line_of(const Program *program, uint32_t instr)
{
    const Site *site = &program->sites[program->code[instr].site];
    return site->part.line != 0 ? site->part.line : site->statement.line;
}

/* Where a thread stands; 0: it has ended, or was not spawned. */
static uint32_t line_at(const Making *making, const Word *state, ThreadId thread)
{
    const ThreadCode *code = &making->program->threads[thread];
    uint32_t point = machine_point(making->machine, state, thread);
    return point == 0 || point > code->point_count ? 0 : line_of(making->program, code->points[point].instr);
}

static const char *describe(Making *making, const Word *state)
{
    Text *out = &making->text;
    for (ObjectId o = 0; o < making->program->object_count; o++) {
        text_format(out, "%s%s = ", o == 0 ? "" : ", ", making->program->objects[o].name);
        machine_print_value(making->machine, state, o, out);
    }
    text_add_char(out, '\n');
    bool is_first = true;
    for (ThreadId t = 0; t < making->program->thread_count; t++) {
        if (!machine_is_born(making->machine, state, t))
            continue;
        uint32_t line = line_at(making, state, t);
        text_format(out, "%s%s ", is_first ? "" : ", ", making->program->threads[t].name);
        if (line == 0)
            text_add(out, "ended");
        else
            text_format(out, "at :%u", (unsigned)line);
        is_first = false;
    }
    return take_text(making);
}

static void add_state(Making *making, const Word *words, uint32_t number)
{
    Arena *arena = &making->owned->arena;
    SnState state = {.number = number, .end = SN_END_RUNNING, .can_end_well = true, .is_open = true};
    state.text = describe(making, words);
    if (making->ends_well != NULL && number < making->searched->state_count)
        state.can_end_well = making->ends_well[number];
    ARENA_PUSH(arena, making->words, words);
    ARENA_PUSH(arena, making->states, state);
}

/* ------------------------------------------------------------------ the steps */

/* What a step shows; the last issue is the one that stopped it. */
static const char *issue_kind(const Expansion *expansion, const StepInfo *step)
{
    for (uint32_t i = step->issue_count; i-- > 0;) {
        const Issue *issue = &expansion->issues[step->first_issue + i];
        if (!issue->is_assume)
            return lang_finding_hyphenated(issue->kind);
    }
    return NULL;
}

/* The packed state as a state of the result, made when it is new. In a whole graph `known` is its id. */
static uint32_t state_of(Making *making, const Word *words, uint32_t known)
{
    if (known != NO_ID)
        return known;
    size_t size = machine_words(making->machine) * sizeof(Word);
    for (uint32_t s = 0; s < making->states.count; s++)
        if (memcmp(making->words.items[s], words, size) == 0)
            return s;
    Word *copy = arena_alloc(&making->owned->arena, size, 1);
    memcpy(copy, words, size);
    StateId number = making->searched != NULL ? store_find(making->searched->store, words) : NO_ID;
    add_state(making, copy, number);
    return making->states.count - 1;
}

/* `targets`: the ids of the successors in a whole graph; NULL for a path. */
static Status expand(Making *making, uint32_t s, const StateId *targets)
{
    const Word *words = making->words.items[s];
    Status status = machine_expand(making->machine, words, &making->expansion);
    if (status != STATUS_OK)
        return status;
    const Expansion *expansion = &making->expansion;
    uint32_t width = machine_words(making->machine), first = making->edges.count;
    for (uint32_t i = 0; i < expansion->count; i++) {
        const StepInfo *step = &expansion->steps[i];
        SnStateEdge edge = {.from = s,
                            .thread = step->thread,
                            .choice = step->choice,
                            .choices = step->choices,
                            .line = line_at(making, words, step->thread),
                            .kind = issue_kind(expansion, step)};
        edge.to = state_of(making, expansion->states + (size_t)i * width, targets != NULL ? targets[i] : NO_ID);
        ARENA_PUSH(&making->owned->arena, making->edges, edge);
    }
    SnState *state = &making->states.items[s];
    state->is_open = false;
    state->first_edge = first;
    state->edge_count = expansion->count;
    if (expansion->count == 0) {
        state->end = place_end(making->machine, words);
        state->is_bad = place_is_bad(making->machine, words, state->end);
    }
    return STATUS_OK;
}

static Status make_whole(Making *making)
{
    const Graph *graph = making->searched;
    for (StateId s = 0; s < graph->state_count; s++)
        add_state(making, graph_state(graph, s), s);
    for (StateId s = 0; s < graph->state_count; s++) {
        Status status = expand(making, s, graph->edge_to + graph->first_edge[s]);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ the path */

static Status refuse(Making *making, uint32_t step)
{
    making->message = api_message("step %u of the schedule is not possible in the state space", (unsigned)step + 1);
    return STATUS_INVALID;
}

static Status follow(Making *making)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < making->schedule.count; i++) {
        const NamedStep *step = &making->schedule.steps[i];
        ThreadId thread = schedule_thread(making->program, step);
        uint32_t found = NO_ID;
        if (making->states.items[at].is_open) {
            Status status = expand(making, at, NULL);
            if (status != STATUS_OK)
                return status;
        }
        const SnState *state = &making->states.items[at];
        for (uint32_t e = state->first_edge; e < state->first_edge + state->edge_count; e++)
            if (making->edges.items[e].thread == thread && making->edges.items[e].choice == step->choice)
                found = e;
        if (found == NO_ID)
            return refuse(making, i);
        ARENA_PUSH(&making->owned->arena, making->path, found);
        at = making->edges.items[found].to;
    }
    return making->states.items[at].is_open ? expand(making, at, NULL) : STATUS_OK;
}

/* Successors beside the path are not followed, but whether they are ends is told. */
static Status look_aside(Making *making)
{
    for (uint32_t s = 0; s < making->states.count; s++) {
        if (!making->states.items[s].is_open)
            continue;
        const Word *words = making->words.items[s];
        Status status = machine_expand(making->machine, words, &making->expansion);
        if (status != STATUS_OK)
            return status;
        if (making->expansion.count > 0)
            continue;
        SnState *state = &making->states.items[s];
        state->is_open = false;
        state->end = place_end(making->machine, words);
        state->is_bad = place_is_bad(making->machine, words, state->end);
    }
    return STATUS_OK;
}

/* Edges were added in the order in which the path came by; a path may come by a state twice. */
static Status make_path(Making *making)
{
    Word *start = arena_alloc(&making->owned->arena, machine_words(making->machine), sizeof *start);
    Status status = machine_start(making->machine, start, &making->expansion);
    if (status == STATUS_OK) {
        add_state(making, start, 0);
        status = follow(making);
    }
    return status == STATUS_OK ? look_aside(making) : status;
}

/* ----------------------------------------------------------------- all of it */

static void publish(Making *making)
{
    SnStateGraph *graph = &making->owned->graph;
    Arena *arena = &making->owned->arena;
    const Program *program = making->program;
    SnThread *threads = ARENA_ARRAY(arena, SnThread, program->thread_count);
    for (ThreadId t = 0; t < program->thread_count; t++) {
        const ThreadCode *code = &program->threads[t];
        threads[t] =
            (SnThread){arena_string(arena, code->name, strlen(code->name)), code->is_daemon, code->symbol->span.line};
    }
    *graph = (SnStateGraph){.scenario = making->scenario,
                            .threads = threads,
                            .thread_count = program->thread_count,
                            .states = making->states.items,
                            .state_count = making->states.count,
                            .edges = making->edges.items,
                            .edge_count = making->edges.count,
                            .path = making->path.items,
                            .path_length = making->path.count,
                            .explored = making->searched->state_count,
                            .is_complete = making->ends_well != NULL,
                            .is_path_only = making->options->is_path_only};
}

/* Everything that the last attempt made is void after STATUS_RELAYOUT. */
static void start_over(Making *making)
{
    arena_free(&making->owned->arena);
    making->words.items = NULL;
    making->words.count = making->words.room = 0;
    making->states.items = NULL;
    making->states.count = making->states.room = 0;
    making->edges.items = NULL;
    making->edges.count = making->edges.room = 0;
    making->path.items = NULL;
    making->path.count = making->path.room = 0;
    graph_free(making->searched);
    making->searched = NULL;
    mem_free(making->ends_well);
    making->ends_well = NULL;
    expansion_free(&making->expansion);
    making->expansion = (Expansion){0};
}

static Status too_many(Making *making)
{
    making->message = api_message("the state space has more than %llu states (--max-states); --path draws only the "
                                  "states on the way to the finding",
                                  (unsigned long long)making->limit);
    return STATUS_LIMIT;
}

static Status attempt(Making *making)
{
    bool is_path = making->options->is_path_only;
    const SearchOptions search = {.max_states = is_path ? MOST_SEARCHED : making->limit};
    const Monitor nobody = {0};
    Status status = search_run(making->machine, &search, &nobody, &making->searched);
    making->program = machine_program(making->machine);
    if (making->searched == NULL || (status != STATUS_OK && status != STATUS_LIMIT))
        return status == STATUS_OK || status == STATUS_LIMIT ? STATUS_NO_MEMORY : status;
    if (status == STATUS_LIMIT && !is_path)
        return too_many(making);
    if (making->searched->is_complete && (status = places_end_well(making->machine, making->searched, &making->ends_well)) != STATUS_OK)
        return status;
    jmp_buf escape;
    making->owned->arena.escape = &escape;
    if (setjmp(escape) != 0)
        return STATUS_NO_MEMORY;
    if (is_path)
        status = make_path(making);
    else if ((status = make_whole(making)) == STATUS_OK)
        status = follow(making);
    if (status == STATUS_OK && making->states.count > making->limit && is_path)
        status = too_many(making);
    if (status == STATUS_OK)
        publish(making);
    return status;
}

static Status make_graph(Making *making)
{
    static const MachineOptions machine_options = {0};
    const char *schedule = making->options->schedule;
    Status status = machine_new(making->scenario->program, &machine_options, &making->machine);
    if (status == STATUS_OK && schedule != NULL)
        status = schedule_parse(making->scenario->program, schedule, &making->schedule, &making->message);
    if (status != STATUS_OK)
        return status;
    making->owned = mem_alloc(1, sizeof *making->owned);
    if (making->owned == NULL)
        return STATUS_NO_MEMORY;
    while ((status = attempt(making)) == STATUS_RELAYOUT) {
        start_over(making);
        status = machine_relayout(making->machine);
        if (status != STATUS_OK)
            return status;
    }
    return status;
}

SnStatus sn_explore_graph(const SnScenario *scenario, const SnGraphOptions *options, SnStateGraph **graph,
                          char **message)
{
    static const SnGraphOptions defaults = {0};
    *graph = NULL;
    *message = NULL;
    Making making = {.scenario = scenario, .options = options != NULL ? options : &defaults};
    making.limit = making.options->max_states > 0 ? making.options->max_states : USUAL_STATES;
    Status status = make_graph(&making);
    if (status == STATUS_OK) {
        making.owned->arena.escape = NULL;
        *graph = &making.owned->graph;
        making.owned = NULL;
    } else if (making.message != NULL) {
        *message = making.message;
    } else {
        *message = api_message("%s", "not enough memory for the state space");
    }
    if (making.owned != NULL)
        sn_state_graph_free(&making.owned->graph);
    schedule_free(&making.schedule);
    text_free(&making.text);
    expansion_free(&making.expansion);
    mem_free(making.ends_well);
    graph_free(making.searched);
    machine_free(making.machine);
    return status == STATUS_OK        ? SN_OK
           : status == STATUS_LIMIT   ? SN_INCOMPLETE
           : status == STATUS_INVALID ? SN_INVALID
                                      : SN_SYSTEM;
}

void sn_state_graph_free(SnStateGraph *graph)
{
    if (graph == NULL)
        return;
    OwnedGraph *owned = (OwnedGraph *)graph;
    arena_free(&owned->arena);
    mem_free(owned);
}
