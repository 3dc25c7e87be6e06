/* api_map.c: the explored state space to walk through: what is possible in each state, and what lies ahead. */
#include <math.h>
#include <string.h>

#include "api/kept.h"
#include "api/places.h"
#include "explore/ahead.h"
#include "trace/glance.h"

typedef struct OwnedMap {
    SnMap map; /* first: an SnMap is an OwnedMap */
    Arena arena;
    const OwnedResult *owned;
    Glance glance;
    Ahead all;         /* interleavings from each state */
    Ahead *findings;   /* by finding */
    Ahead *kinds;      /* by kind */
    uint32_t *kind_of; /* by finding */
    Ahead *outcomes;
    uint8_t *ends_well;
    const SnPlace **places; /* by state; NULL: not told yet */
} OwnedMap;

/* ------------------------------------------------------------------- counting */

typedef struct Scratch {
    uint8_t *states;
    uint64_t *edges;
} Scratch;

static bool is_end(const Graph *graph, StateId state)
{
    return graph->first_edge[state] == graph->first_edge[state + 1];
}

/* All interleavings that are not dropped; their probability is that of not being dropped, never to end included. */
static Status count_all(OwnedMap *map, const Kept *kept, Scratch *scratch)
{
    const Graph *graph = kept->graph;
    AheadGoal goal = {.states = scratch->states, .counts_endless = true};
    for (StateId s = 0; s < graph->state_count; s++)
        scratch->states[s] = is_end(graph, s) && (kept->is_dropped == NULL || !kept->is_dropped[s]);
    Status status = ahead_count(graph, &goal, &map->all);
    if (status != STATUS_OK)
        return status;
    for (StateId s = 0; s < graph->state_count; s++)
        map->all.probability[s] = 1;
    if (kept->is_dropped == NULL)
        return STATUS_OK;
    Ahead dropped;
    goal = (AheadGoal){.states = kept->is_dropped};
    status = ahead_count(graph, &goal, &dropped);
    for (StateId s = 0; status == STATUS_OK && s < graph->state_count; s++)
        map->all.probability[s] -= dropped.probability[s];
    if (status == STATUS_OK)
        ahead_free(&dropped);
    return status;
}

static void clear_goal(const Graph *graph, Scratch *scratch)
{
    memset(scratch->states, 0, graph->state_count);
    memset(scratch->edges, 0, (graph->edge_count / 64 + 1) * sizeof *scratch->edges);
}

static void add_to_goal(const KeptFinding *finding, Scratch *scratch)
{
    for (uint64_t i = 0; i < finding->state_count; i++)
        scratch->states[finding->states[i]] = 1;
    for (uint64_t i = 0; i < finding->edge_count; i++)
        scratch->edges[finding->edges[i] / 64] |= UINT64_C(1) << (finding->edges[i] % 64);
}

static Status count_goal(OwnedMap *map, const Graph *graph, const Scratch *scratch, Ahead *out)
{
    const AheadGoal goal = {.states = scratch->states, .edges = scratch->edges, .rest = &map->all};
    return ahead_count(graph, &goal, out);
}

/* Each finding, and all of each kind together. */
static Status count_findings(OwnedMap *map, const Kept *kept, Scratch *scratch)
{
    Status status = STATUS_OK;
    for (uint32_t f = 0; f < kept->finding_count && status == STATUS_OK; f++) {
        clear_goal(kept->graph, scratch);
        add_to_goal(&kept->findings[f], scratch);
        if (kept->findings[f].is_told)
            status = count_goal(map, kept->graph, scratch, &map->findings[f]);
    }
    for (uint32_t k = 0; k < map->map.kind_count && status == STATUS_OK; k++) {
        bool is_told = true;
        clear_goal(kept->graph, scratch);
        for (uint32_t f = 0; f < kept->finding_count; f++)
            if (map->kind_of[f] == k) {
                add_to_goal(&kept->findings[f], scratch);
                is_told &= kept->findings[f].is_told;
            }
        if (is_told)
            status = count_goal(map, kept->graph, scratch, &map->kinds[k]);
    }
    return status;
}

static Status count_outcome(const Kept *kept, uint32_t outcome, Scratch *scratch, Ahead *out)
{
    AheadGoal goal = {.states = scratch->states};
    for (StateId s = 0; s < kept->graph->state_count; s++)
        scratch->states[s] = kept->outcome_of[s] == outcome;
    return ahead_count(kept->graph, &goal, out);
}

static Status count_everything(OwnedMap *map)
{
    const Kept *kept = map->owned->kept;
    const Graph *graph = kept->graph;
    uint32_t outcomes = map->owned->result.outcome_count;
    Scratch scratch = {mem_alloc(graph->state_count, 1), mem_alloc(graph->edge_count / 64 + 1, sizeof *scratch.edges)};
    map->findings = mem_alloc(kept->finding_count, sizeof *map->findings);
    map->kinds = mem_alloc(map->map.kind_count, sizeof *map->kinds);
    map->outcomes = mem_alloc(outcomes, sizeof *map->outcomes);
    Status status = STATUS_OK;
    if (scratch.states == NULL || scratch.edges == NULL || map->findings == NULL || map->kinds == NULL ||
        map->outcomes == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        status = count_all(map, kept, &scratch);
    if (status == STATUS_OK)
        status = count_findings(map, kept, &scratch);
    for (uint32_t o = 0; o < outcomes && status == STATUS_OK; o++)
        status = count_outcome(kept, o, &scratch, &map->outcomes[o]);
    mem_free(scratch.states);
    mem_free(scratch.edges);
    return status;
}

/* -------------------------------------------------------------------- telling */

static const char *number_text(OwnedMap *map, const Ahead *ahead, StateId state)
{
    if (ahead->is_infinite[state])
        return "infinite";
    size_t room = mpz_sizeinbase(ahead->numbers[state], 10) + 2;
    return mpz_get_str(arena_alloc(&map->arena, room, 1), 10, ahead->numbers[state]);
}

/* Numbers that were not counted are empty. To come into a loop is not to stay there: how likely that is, is not told.
 */
static void tell_numbers(OwnedMap *map, const Ahead *ahead, bool is_loop, StateId state, const char **text,
                         double *probability)
{
    *text = NULL;
    *probability = (double)NAN;
    if (ahead->numbers == NULL)
        return;
    *text = number_text(map, ahead, state);
    if (!is_loop)
        *probability = ahead->probability[state];
    else if (ahead_is_possible(ahead, state))
        *text = "infinite";
}

static void tell_ahead(OwnedMap *map, StateId state, SnAhead *ahead)
{
    const SnResult *result = &map->owned->result;
    const Kept *kept = map->owned->kept;
    uint32_t kind_count = map->map.kind_count;
    const char **findings = ARENA_ARRAY(&map->arena, const char *, result->finding_count);
    const char **kinds = ARENA_ARRAY(&map->arena, const char *, kind_count);
    const char **outcomes = ARENA_ARRAY(&map->arena, const char *, result->outcome_count);
    double *finding_probability = ARENA_ARRAY(&map->arena, double, result->finding_count);
    double *kind_probability = ARENA_ARRAY(&map->arena, double, kind_count);
    double *outcome_probability = ARENA_ARRAY(&map->arena, double, result->outcome_count);
    for (uint32_t f = 0; f < result->finding_count; f++) {
        uint32_t k = map->kind_of[f];
        tell_numbers(map, &map->findings[f], kept->findings[f].is_loop, state, &findings[f], &finding_probability[f]);
        tell_numbers(map, &map->kinds[k], kept->findings[f].is_loop, state, &kinds[k], &kind_probability[k]);
    }
    for (uint32_t o = 0; o < result->outcome_count; o++)
        tell_numbers(map, &map->outcomes[o], false, state, &outcomes[o], &outcome_probability[o]);
    *ahead = (SnAhead){.interleavings = number_text(map, &map->all, state),
                       .findings = findings,
                       .finding_probability = finding_probability,
                       .kinds = kinds,
                       .kind_probability = kind_probability,
                       .outcomes = outcomes,
                       .outcome_probability = outcome_probability};
}

/* The findings with a mark on a state, or (edge != NO_EDGE) on an edge. */
static uint32_t find_marks(OwnedMap *map, StateId state, EdgeId edge, const uint32_t **out)
{
    const Kept *kept = map->owned->kept;
    ArenaVec(uint32_t) found = {0};
    for (uint32_t f = 0; f < kept->finding_count; f++) {
        const KeptFinding *finding = &kept->findings[f];
        bool is_marked = false;
        for (uint64_t i = 0; edge != NO_EDGE && i < finding->edge_count; i++)
            is_marked |= finding->edges[i] == edge;
        for (uint64_t i = 0; edge == NO_EDGE && i < finding->state_count; i++)
            is_marked |= finding->states[i] == state;
        if (is_marked)
            ARENA_PUSH(&map->arena, found, f);
    }
    *out = found.items;
    return found.count;
}

static Status tell_place(OwnedMap *map, StateId state, SnPlace *place)
{
    const Kept *kept = map->owned->kept;
    const Graph *graph = kept->graph;
    const Machine *machine = map->owned->machine;
    const Word *words = graph_state(graph, state);
    EdgeId first = graph->first_edge[state];
    uint32_t count = (uint32_t)(graph->first_edge[state + 1] - first);
    Status status = glance_state(&map->glance, words, place);
    if (status != STATUS_OK)
        return status;
    place->end = count > 0 ? SN_END_RUNNING : place_end(machine, words);
    place->is_bad = place_is_bad(machine, words, place->end);
    place->can_end_well = map->ends_well[state];
    place->outcome = kept->outcome_of[state];
    place->finding_count = find_marks(map, state, NO_EDGE, &place->findings);
    SnMove *moves = ARENA_ARRAY(&map->arena, SnMove, count);
    for (uint32_t m = 0; m < count && status == STATUS_OK; m++) {
        moves[m].to = graph->edge_to[first + m];
        moves[m].finding_count = find_marks(map, state, first + m, &moves[m].findings);
        status = glance_step(&map->glance, words, m, &moves[m].step);
    }
    place->moves = moves;
    place->move_count = count;
    tell_ahead(map, state, &place->ahead);
    return status;
}

const SnPlace *sn_map_place(SnMap *map, uint32_t state)
{
    OwnedMap *owned = (OwnedMap *)map;
    if (state >= map->state_count)
        return NULL;
    if (owned->places[state] != NULL)
        return owned->places[state];
    jmp_buf escape;
    owned->arena.escape = &escape;
    if (setjmp(escape) != 0)
        return NULL;
    SnPlace *place = ARENA_NEW(&owned->arena, SnPlace);
    if (tell_place(owned, state, place) != STATUS_OK)
        return NULL;
    owned->places[state] = place;
    return place;
}

/* --------------------------------------------------------------------- making */

/* Findings come by kind. */
static void find_kinds(OwnedMap *map)
{
    const SnResult *result = &map->owned->result;
    const char **kinds = ARENA_ARRAY(&map->arena, const char *, result->finding_count);
    map->kind_of = ARENA_ARRAY(&map->arena, uint32_t, result->finding_count);
    uint32_t count = 0;
    for (uint32_t f = 0; f < result->finding_count; f++) {
        if (count == 0 || strcmp(kinds[count - 1], result->findings[f].kind) != 0)
            kinds[count++] = result->findings[f].kind;
        map->kind_of[f] = count - 1;
    }
    map->map.kinds = kinds;
    map->map.kind_count = count;
}

static Status map_begin(OwnedMap *map)
{
    jmp_buf escape;
    map->arena.escape = &escape;
    if (setjmp(escape) != 0)
        return STATUS_NO_MEMORY;
    const OwnedResult *owned = map->owned;
    const Program *program = machine_program(owned->machine);
    map->glance = (Glance){.machine = owned->machine, .arena = &map->arena};
    glance_begin(&map->glance);
    map->places = ARENA_ARRAY(&map->arena, const SnPlace *, owned->kept->graph->state_count);
    map->map = (SnMap){.result = &owned->result,
                       .threads = map->glance.threads,
                       .thread_count = program->thread_count,
                       .objects = map->glance.objects,
                       .object_count = program->object_count,
                       .state_count = (uint32_t)owned->kept->graph->state_count};
    find_kinds(map);
    return STATUS_OK;
}

SnStatus sn_map(const SnResult *result, SnMap **map, char **message)
{
    const OwnedResult *owned = (const OwnedResult *)result;
    *map = NULL;
    *message = NULL;
    if (owned->kept == NULL) {
        *message = api_message(result->complete ? "the state space has %llu states, too many to walk through"
                                                : "the state space was not explored completely (%llu states)",
                               (unsigned long long)result->states);
        return SN_INCOMPLETE;
    }
    OwnedMap *made = mem_alloc(1, sizeof *made);
    Status status = STATUS_NO_MEMORY;
    if (made != NULL) {
        made->owned = owned;
        status = map_begin(made);
        if (status == STATUS_OK)
            status = places_end_well(owned->machine, owned->kept->graph, &made->ends_well);
        if (status == STATUS_OK)
            status = count_everything(made);
    }
    if (status == STATUS_OK) {
        *map = &made->map;
        return SN_OK;
    }
    if (made != NULL)
        sn_map_free(&made->map);
    *message = api_message("%s", "not enough memory to walk through the state space");
    return SN_SYSTEM;
}

void sn_map_free(SnMap *map)
{
    if (map == NULL)
        return;
    OwnedMap *owned = (OwnedMap *)map;
    const Kept *kept = owned->owned->kept;
    for (uint32_t f = 0; owned->findings != NULL && f < kept->finding_count; f++)
        ahead_free(&owned->findings[f]);
    for (uint32_t k = 0; owned->kinds != NULL && k < map->kind_count; k++)
        ahead_free(&owned->kinds[k]);
    for (uint32_t o = 0; owned->outcomes != NULL && o < owned->owned->result.outcome_count; o++)
        ahead_free(&owned->outcomes[o]);
    ahead_free(&owned->all);
    mem_free(owned->findings);
    mem_free(owned->kinds);
    mem_free(owned->outcomes);
    mem_free(owned->ends_well);
    glance_end(&owned->glance);
    arena_free(&owned->arena);
    mem_free(owned);
}
