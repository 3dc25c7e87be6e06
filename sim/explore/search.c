#include "explore/search.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "explore/checkpoint.h"
#include "explore/crew.h"
#include "explore/learn.h"
#include "explore/store_inline.h"

enum {
    BATCH = 16, /* states expanded in a row: enough look-ups in flight, few enough to stay in the first-level cache */
#ifdef SNARL_SMALL_TABLES
    CREW_STATES = 8,
#else
    CREW_STATES = 4096, /* that wait before others are asked to help: small scenarios need no threads */
#endif
    LEVELS = 8, PAIRS = LEVELS / 2, MOST_LEVELS = 256,
    KNOWN_ROOM = 64,
    CARRY_TRIED = 4096, CARRY_SHARE = 4,
    CHECK_STEPS = 1024, /* between looks at the clock */
    PROGRESS_STEPS = 65536
};
#define PROGRESS_SECONDS 0.05

typedef struct Search {
    Machine *machine;
    const SearchOptions *options;
    const Monitor *monitor;
    Graph *graph;
    Expansion lanes[BATCH];
    void *scratch; /* one for all lanes: what the machine remembers of steps must be the same memory each time */
    Word *rows;    /* states of a batch, where the store is packed */
    Probe *probes; /* of all lanes of a batch */
    uint32_t probe_room;
    StateId *ids; /* of one lane, when edges are not kept */
    uint32_t id_room;
    uint64_t *known;      /* skip_known: by the state's number modulo the room, of those that wait; NULL: nothing is carried over */
    uint64_t known_room;  /* a power of two */
    uint64_t level_end;                 /* states before it are at the depth being expanded, or above */
    double levels[LEVELS];              /* states at the last depths, the last first */
    uint64_t next_check, next_progress; /* in steps */
    double begin, last_progress;        /* seconds */
    Crew *crew;                         /* NULL: none is needed yet, or none can be had */
    bool has_no_crew;
    bool is_behind; /* of what was found before: ids of successors come from the checkpoint, nothing is looked up */
} Search;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* --------------------------------------------------------------------- search */

/* Memory that was refused: by our own limit, or by the world. */
static Status make_graph(Search *search)
{
    const SearchOptions *options = search->options;
    Graph *graph = mem_alloc(1, sizeof *graph);
    if (graph == NULL)
        return STATUS_NO_MEMORY;
    search->graph = graph;
    graph->budget.limit_bytes = options->max_memory;
    const uint32_t words = machine_words(search->machine);
    const bool is_packed = options->skip_edges && options->jobs < 2; /* a crew reads states where they are */
    if (is_packed) {
        graph->row = mem_alloc(words, sizeof *graph->row);
        Word *rows = mem_resize(search->rows, (size_t)BATCH * words, sizeof *rows);
        if (rows != NULL)
            search->rows = rows;
        if (graph->row == NULL || rows == NULL)
            return STATUS_NO_MEMORY;
    }
    Status status = store_new_packed(words, is_packed ? machine_bytes(search->machine) : words * (uint32_t)sizeof(Word), options->max_states,
                                     &graph->budget, &graph->store);
    if (status != STATUS_OK)
        return budget_refused(&graph->budget, &graph->limit);
    if (options->skip_edges)
        return STATUS_OK;
    size_t most = options->max_states == 0 ? UINT32_MAX : (size_t)options->max_states;
    if (!stretch_open(&graph->first_edge_memory, (most + 2) * sizeof(EdgeId), &graph->budget) ||
        !stretch_open(&graph->edge_to_memory, (size_t)1 << 40, &graph->budget) ||
        !stretch_open(&graph->edge_thread_memory, (size_t)1 << 40, &graph->budget) ||
        !stretch_ensure(&graph->first_edge_memory, 2 * sizeof(EdgeId)))
        return budget_refused(&graph->budget, &graph->limit);
    graph->first_edge = graph->first_edge_memory.base;
    graph->edge_to = graph->edge_to_memory.base;
    graph->edge_thread = graph->edge_thread_memory.base;
    return STATUS_OK;
}

static Status report(Search *search, const Word *state, StateId id, const Expansion *expansion, bool is_start_report)
{
    if (search->monitor == NULL || search->monitor->state == NULL)
        return STATUS_OK;
    MonitorEvent event = {.machine = search->machine,
                          .state = state,
                          .state_id = id,
                          .first_edge = search->graph->edge_count,
                          .expansion = expansion,
                          .is_start_report = is_start_report};
    return search->monitor->state(search->monitor->context, &event);
}

static void lend_scratch(Search *search, Expansion *lane)
{
    lane->scratch = search->scratch;
    search->scratch = NULL;
}

static void take_scratch(Search *search, Expansion *lane)
{
    search->scratch = lane->scratch;
    lane->scratch = NULL;
}

/* Between two layouts: the machine sees to the memory of one lane at most, the one that has the scratch by then. */
static void empty_lanes(Search *search)
{
    for (uint32_t i = 0; i < BATCH; i++)
        expansion_free(&search->lanes[i]);
}

static Status enter_start(Search *search)
{
    Expansion *expansion = &search->lanes[0];
    Word *state = mem_alloc(machine_words(search->machine), sizeof *state);
    if (state == NULL)
        return STATUS_NO_MEMORY;
    lend_scratch(search, expansion);
    Status status = machine_start(search->machine, state, expansion);
    take_scratch(search, expansion);
    if (status == STATUS_OK) {
        Probe probe;
        StateId id;
        uint32_t done;
        store_prefetch(search->graph->store, state, 1, &probe);
        status = store_add(search->graph->store, state, &probe, 1, &id, &done);
        search->graph->state_count = store_count(search->graph->store);
        if (status == STATUS_OK)
            status = report(search, state, 0, expansion, true);
    }
    mem_free(state);
    return status;
}

/* Room for `more` edges behind the last, and for the index of every state there may be after them. */
static bool ensure_edges(Graph *graph, uint32_t more)
{
    return stretch_ensure(&graph->edge_to_memory, (size_t)(graph->edge_count + more) * sizeof(StateId)) &&
           stretch_ensure(&graph->edge_thread_memory, (size_t)(graph->edge_count + more) * sizeof(uint16_t)) &&
           stretch_ensure(&graph->first_edge_memory, (size_t)(graph->state_count + more + 2) * sizeof(EdgeId));
}

static bool ensure_scratch(void **items, uint32_t *room, uint32_t count, size_t size)
{
    if (count <= *room)
        return true;
    uint32_t wanted = count < 256 ? 256 : count * 2;
    void *larger = mem_resize(*items, wanted, size);
    if (larger == NULL)
        return false;
    *items = larger;
    *room = wanted;
    return true;
}

/* It costs a fifth of the time where it saves next to nothing. */
static bool carrying_pays(const Graph *graph)
{
    return graph->left_out_count * CARRY_SHARE >= graph->edge_count;
}

static void stop_carrying(Search *search)
{
    mem_free(search->known);
    search->known = NULL;
}

/* What is known of the steps of the states from `first` on, which are new: successors of `from`. Without memory it is given up: it is true of
 * no state then that something is known. */
static void carry(Search *search, const Word *state, const Expansion *lane, const StateId *ids, StateId from, uint64_t first)
{
    uint64_t count = search->graph->state_count;
    if (count - from > search->known_room) {
        uint64_t room = search->known_room * 2;
        while (room < count - from)
            room *= 2;
        uint64_t *larger = mem_alloc(room, sizeof *larger);
        for (uint64_t id = from; larger != NULL && id < first; id++)
            larger[id & (room - 1)] = search->known[id & (search->known_room - 1)];
        mem_free(search->known);
        search->known = larger;
        search->known_room = room;
        if (larger == NULL)
            return;
    }
    for (uint32_t i = 0; first < count; i++)
        if (ids[i] == first)
            search->known[first++ & (search->known_room - 1)] =
                machine_carry(search->machine, state, lane, i, ids);
}

/* The numbers of states by depth mostly rise to one peak and fall, much like a bell: each is r times the one before, and r falls by a nearly
 * constant factor. Going on like this tells how many there will be. Levels are taken in pairs, because often every other one is larger. */
static void next_level(Search *search)
{
    Graph *graph = search->graph;
    double *levels = search->levels, pairs[PAIRS], factor = 0;
    for (uint32_t i = LEVELS - 1; i > 0; i--)
        levels[i] = levels[i - 1];
    levels[0] = (double)(graph->state_count - search->level_end);
    search->level_end = graph->state_count;
    graph->max_depth++;
    if (levels[LEVELS - 1] == 0)
        return;
    for (uint32_t i = 0; i < PAIRS; i++)
        pairs[i] = levels[(size_t)2 * i] + levels[(size_t)2 * i + 1];
    for (uint32_t i = 0; i + 2 < PAIRS; i++)
        factor += pairs[i] * pairs[i + 2] / (pairs[i + 1] * pairs[i + 1]) / (double)(PAIRS - 2);
    double pair = pairs[0], r = pair / pairs[1], expected = (double)graph->state_count;
    for (uint32_t i = 0; i < MOST_LEVELS && pair >= 1 && expected < 1e10; i++) {
        r *= factor;
        pair *= r;
        expected += pair;
    }
    store_expect(graph->store, (uint64_t)expected);
}

/* The state with place `i` in the batch that was read before. */
static inline const Word *in_batch(const Search *search, StateId id, uint32_t i, uint32_t words)
{
    return search->graph->row == NULL ? store_get(search->graph->store, id) : search->rows + (size_t)i * words;
}

/* The same, read now. */
static inline const Word *state_of(const Search *search, StateId id, uint32_t i, uint32_t words)
{
    if (search->graph->row != NULL)
        for (uint32_t w = 0; w < words; w++)
            search->rows[(size_t)i * words + w] = store_word(search->graph->store, store_row(search->graph->store, id), w, words);
    return in_batch(search, id, i, words);
}

/* Enters the successors of the next state in turn. `first_edge`: takes its first edge, and somebody else tells the monitor; NULL: it is told
 * here. `threads`: of the steps, where the lane has no StepInfo. */
STORE_INLINE Status commit(Search *search, const Word *state, const Expansion *lane, const uint16_t *threads, const Probe *probes, uint64_t *first_edge, uint32_t words)
{
    Graph *graph = search->graph;
    StateId from = (StateId)graph->expanded_count;
    StateId *ids;
    if (search->options->skip_edges) {
        if (!ensure_scratch((void **)&search->ids, &search->id_room, lane->count, sizeof *ids))
            return STATUS_NO_MEMORY;
        ids = search->ids;
    } else {
        if (!ensure_edges(graph, lane->count))
            return budget_refused(&graph->budget, &graph->limit);
        ids = graph->edge_to + graph->edge_count;
    }
    uint32_t done;
    uint64_t first_new = graph->state_count;
    Status status =
        search->is_behind
            ? checkpoint_recall(search->options->checkpoint, graph->store, lane, words, ids)
            : store_add_wide(graph->store, lane->states, probes, lane->count, ids, &done, words);
    graph->state_count = store_count(graph->store);
    if (search->known != NULL && status == STATUS_OK && first_new < graph->state_count)
        carry(search, state, lane, ids, from, first_new);
    if (status == STATUS_LIMIT)
        graph->limit = graph->budget.was_hit ? GRAPH_MAX_MEMORY : GRAPH_MAX_STATES;
    if (status == STATUS_OK && first_edge == NULL)
        status = report(search, state, from, lane, false);
    if (status != STATUS_OK)
        return status;
    if (first_edge != NULL)
        *first_edge = graph->edge_count;
    if (!search->options->skip_edges) {
        graph->first_edge[from] = graph->edge_count;
        for (uint32_t i = 0; i < lane->count; i++) {
            assert(threads != NULL || lane->steps[i].thread < UINT16_MAX);
            /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): where no threads are given the lane has its steps */
            graph->edge_thread[graph->edge_count + i] = threads != NULL ? threads[i] : (uint16_t)lane->steps[i].thread;
        }
    }
    graph->edge_count += lane->count + lane->left_out;
    graph->left_out_count += lane->left_out;
    if (search->known != NULL && graph->expanded_count == CARRY_TRIED && !carrying_pays(graph))
        stop_carrying(search);
    graph->expanded_count++;
    if (graph->expanded_count == search->level_end && graph->state_count > search->level_end)
        next_level(search);
    if (!search->is_behind || graph->expanded_count < search->options->checkpoint->past_expanded)
        return STATUS_OK;
    search->is_behind = false;
    status = checkpoint_recall_end(search->options->checkpoint, graph->store);
    if (status == STATUS_LIMIT)
        graph->limit = GRAPH_MAX_MEMORY;
    return status;
}

/* Hashes and prefetches the successors of one lane, whose probes lie behind the first `probes`. */
STORE_INLINE Status aim(Search *search, const Expansion *lane, uint32_t *probes, uint32_t words)
{
    if (search->is_behind)
        return STATUS_OK;
    if (!ensure_scratch((void **)&search->probes, &search->probe_room, *probes + lane->count, sizeof *search->probes))
        return STATUS_NO_MEMORY;
    store_prefetch_wide(search->graph->store, lane->states, lane->count, search->probes + *probes, words);
    *probes += lane->count;
    return STATUS_OK;
}

/* Enters what was aimed at: the successors of the next states in turn. */
STORE_INLINE Status commit_lanes(Search *search, const Expansion *lanes, uint32_t lane_count, uint32_t probes, uint32_t words)
{
    while (search->is_behind && lane_count > 0) {
        Status status = commit(search, state_of(search, (StateId)search->graph->expanded_count, 0, words), lanes, NULL, NULL, NULL, words);
        lanes++, lane_count--;
        for (uint32_t i = 0; status == STATUS_OK && !search->is_behind && i < lane_count; i++)
            status = aim(search, &lanes[i], &probes, words);
        if (status != STATUS_OK)
            return status;
    }
    if (store_is_large(search->graph->store))
        store_peek_all(search->graph->store, probes, search->probes);
    uint32_t first = 0;
    for (uint32_t i = 0; i < lane_count; i++) {
        Status status = commit(search, in_batch(search, (StateId)search->graph->expanded_count, i, words), &lanes[i], NULL, search->probes + first, NULL, words);
        if (status != STATUS_OK)
            return status;
        first += lanes[i].count;
    }
    return STATUS_OK;
}

static Status expand(const Search *search, StateId id, const Word *state, Expansion *lane)
{
    if (search->known == NULL)
        return machine_expand(search->machine, state, lane);
    return machine_expand_carried(search->machine, state, search->known[id & (search->known_room - 1)], lane);
}

STORE_INLINE Status run_batch_wide(Search *search, uint32_t words)
{
    Graph *graph = search->graph;
    uint64_t waiting = graph->state_count - graph->expanded_count;
    uint32_t lanes = waiting < BATCH ? (uint32_t)waiting : BATCH, probes = 0;
    Status failure = STATUS_OK;
    for (uint32_t i = 0; i < lanes; i++) {
        Expansion *lane = &search->lanes[i];
        lend_scratch(search, lane);
        failure = expand(search, (StateId)(graph->expanded_count + i), state_of(search, (StateId)(graph->expanded_count + i), i, words), lane);
        take_scratch(search, lane);
        if (failure == STATUS_OK)
            failure = aim(search, lane, &probes, words);
        if (failure != STATUS_OK) {
            lanes = i; /* enter those before it: the graph ends at the same place whatever the batch */
            break;
        }
    }
    Status status = commit_lanes(search, search->lanes, lanes, probes, words);
    return status != STATUS_OK ? status : failure;
}

static Status run_batch(Search *search)
{
    uint32_t words = machine_words(search->machine);
#define CALL(n) return run_batch_wide(search, n)
    STORE_FOR_WIDTH(words, CALL)
#undef CALL
}

static Status check(Search *search);

/* A chunk that others may have expanded, in batches as above. */
static Status commit_chunk(Search *search, Chunk *chunk)
{
    Graph *graph = search->graph;
    const uint32_t words = machine_words(search->machine), *first_step = chunk->first_step;
    for (uint32_t at = 0; at < chunk->lane_count;) {
        uint32_t end = chunk->lane_count - at < BATCH ? chunk->lane_count : at + BATCH;
        const uint32_t first = first_step[at], count = first_step[end] - first;
        if (!ensure_scratch((void **)&search->probes, &search->probe_room, count, sizeof *search->probes))
            return STATUS_NO_MEMORY;
        if (!search->is_behind)
            store_prefetch(graph->store, chunk->states + (size_t)first * words, count, search->probes);
        if (!search->is_behind && store_is_large(graph->store))
            store_peek(graph->store, count, search->probes);
        bool was_behind = search->is_behind;
        for (; at < end; at++) {
            const Expansion lane = {.states = chunk->states + (size_t)first_step[at] * words,
                                    .count = first_step[at + 1] - first_step[at]};
            if (was_behind && !search->is_behind) /* the first lanes were the last that the checkpoint knew */
                store_prefetch(graph->store, lane.states, lane.count, search->probes + (first_step[at] - first));
            Status status = commit(search, store_get(graph->store, (StateId)graph->expanded_count), &lane, chunk->threads + first_step[at], search->probes + (first_step[at] - first), &chunk->first_edges[at], words);
            if (status != STATUS_OK)
                return status;
            chunk->entered_count = at + 1;
        }
        Status status = graph->edge_count >= search->next_check ? check(search) : STATUS_OK;
        if (status != STATUS_OK)
            return status;
    }
    return chunk->status;
}

/* The monitor failed: what it was not told counts as not expanded. */
static void take_back_untold(Search *search)
{
    Graph *graph = search->graph;
    StateId state;
    crew_told(search->crew, &state, &graph->edge_count);
    graph->expanded_count = state;
}

/* With a crew, as long as there is something to expand. */
static Status run_crew(Search *search)
{
    Graph *graph = search->graph;
    Status status = STATUS_OK;
    Chunk *chunk;
    crew_begin(search->crew, graph, (StateId)graph->expanded_count, graph->state_count);
    while (status == STATUS_OK && (chunk = crew_next(search->crew)) != NULL) {
        status = commit_chunk(search, chunk);
        crew_tell(search->crew, graph->state_count);
    }
    Status monitor_status = crew_end(search->crew);
    if (monitor_status != STATUS_OK) {
        take_back_untold(search);
        return monitor_status;
    }
    if (status == STATUS_RELAYOUT) /* what did not fit in this state, and not in one further on that somebody was at */
        status = run_batch(search);
    return status;
}

/* Is there work for others? */
static bool has_crew(Search *search)
{
    if (search->options->jobs < 2 || search->has_no_crew ||
        search->graph->state_count - search->graph->expanded_count < CREW_STATES)
        return false;
    if (search->crew == NULL)
        search->crew = crew_new(search->machine, search->options->jobs - 1, search->monitor);
    search->has_no_crew = search->crew == NULL;
    return !search->has_no_crew;
}

/* Looks at the clock and tells the caller how far we are. */
static Status check(Search *search)
{
    const SearchOptions *options = search->options;
    Graph *graph = search->graph;
    search->next_check = graph->edge_count + CHECK_STEPS;
    double time = now();
    if (checkpoint_is_due(options->checkpoint, time))
        checkpoint_save_graph(options->checkpoint, graph);
    if (options->max_seconds > 0 && time - search->begin >= options->max_seconds) {
        graph->limit = GRAPH_MAX_SECONDS;
        return STATUS_LIMIT;
    }
    if (options->progress == NULL ||
        (graph->edge_count < search->next_progress && time - search->last_progress < PROGRESS_SECONDS))
        return STATUS_OK;
    search->next_progress = graph->edge_count + PROGRESS_STEPS;
    search->last_progress = time;
    bool goes_on =
        options->progress(options->progress_context, graph->state_count, graph->edge_count,
                          graph->state_count - graph->expanded_count, graph->budget.used_bytes, time - search->begin);
    return goes_on ? STATUS_OK : STATUS_INTERRUPTED;
}

/* Nothing is known of the start's steps. */
static void make_known(Search *search)
{
    const SearchOptions *options = search->options;
    mem_free(search->known);
    search->known = NULL;
    search->known_room = KNOWN_ROOM;
    if (options->skip_edges && options->skip_known && options->jobs < 2 && machine_can_carry(search->machine))
        search->known = mem_alloc(search->known_room, sizeof *search->known);
}

static Status attempt(Search *search)
{
    Status status = make_graph(search);
    make_known(search);
    if (status == STATUS_OK)
        status = enter_start(search);
    Graph *graph = search->graph;
    search->level_end = 1;
    memset(search->levels, 0, sizeof search->levels);
    search->next_check = CHECK_STEPS;
    search->next_progress = PROGRESS_STEPS;
    search->is_behind = checkpoint_goes_on(search->options->checkpoint);
    if (status == STATUS_OK && search->is_behind)
        status = checkpoint_recall_begin(search->options->checkpoint);
    while (status == STATUS_OK && graph->expanded_count < graph->state_count) {
        status = has_crew(search) ? run_crew(search) : run_batch(search);
        if (status == STATUS_OK && graph->edge_count >= search->next_check)
            status = check(search);
    }
    return status;
}

/* Gives open states their empty lists of edges. The room for them was had when they were entered. */
static void close_graph(Graph *graph, Status status, uint64_t level_end)
{
    graph->is_complete = status == STATUS_OK;
    if (graph->state_count > level_end)
        graph->max_depth++;
    if (graph->first_edge != NULL)
        for (uint64_t state = graph->expanded_count; state <= graph->state_count; state++)
            graph->first_edge[state] = graph->edge_count;
}

Status search_run(Machine *machine, const SearchOptions *options, const Monitor *monitor, Graph **out)
{
    *out = NULL;
    Search search = {.machine = machine, .options = options, .monitor = monitor, .begin = now()};
    search.last_progress = search.begin;
    Status status = learn_narrow_layout(machine, &search.lanes[0]);
    take_scratch(&search, &search.lanes[0]);
    while (status == STATUS_OK && (status = attempt(&search)) == STATUS_RELAYOUT) {
        graph_free(search.graph);
        search.graph = NULL;
        empty_lanes(&search);
        status = machine_relayout(machine);
        if (monitor != NULL && monitor->restart != NULL)
            monitor->restart(monitor->context);
    }
    lend_scratch(&search, &search.lanes[0]);
    empty_lanes(&search);
    crew_free(search.crew);
    mem_free(search.probes);
    mem_free(search.rows);
    mem_free(search.ids);
    mem_free(search.known);
    if (search.graph != NULL && search.graph->state_count > 0) {
        close_graph(search.graph, status, search.level_end);
        *out = search.graph;
    } else {
        graph_free(search.graph);
        assert(status != STATUS_OK);
    }
    return status;
}
