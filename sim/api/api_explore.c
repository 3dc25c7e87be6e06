#include "api/reducing.h"

#include "api/kept.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "explore/spread.h"

/* -------------------------------------------------------------------- little helpers */

double exploration_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

const char *exploration_take_text(Exploration *exploration)
{
    Text *text = &exploration->text;
    Arena *arena = &exploration->owned->arena;
    if (text->failed)
        longjmp(*arena->escape, 1);
    const char *copy = arena_string(arena, text->length == 0 ? "" : text->bytes, text->length);
    text->length = 0;
    return copy;
}

void exploration_add_count(Exploration *exploration, const Count *count, const char **interleavings,
                           double *probability, const char **exact)
{
    Arena *arena = &exploration->owned->arena;
    *probability = count->probability;
    if (count->interleavings != NULL)
        *interleavings = arena_string(arena, count->interleavings, strlen(count->interleavings));
    if (count->probability_exact != NULL)
        *exact = arena_string(arena, count->probability_exact, strlen(count->probability_exact));
}

/* Three quarters of the machine's memory; where the system does not tell, what a small machine has. */
static size_t default_memory(const SnPeers *peers)
{
    size_t shared_by = peers == NULL || peers->neighbours == 0 ? 1 : peers->neighbours;
    long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page_bytes <= 0)
        return ((size_t)1 << 30) / shared_by;
    return (size_t)pages / 4 * 3 / shared_by * (size_t)page_bytes;
}

/* --------------------------------------------------------------------------- progress */

static bool tell(Exploration *exploration, const SnProgress *progress)
{
    if (exploration->options.progress == NULL || exploration->was_told_to_stop)
        return !exploration->was_told_to_stop;
    if (!exploration->options.progress(exploration->options.progress_context, progress))
        exploration->was_told_to_stop = true;
    return !exploration->was_told_to_stop;
}

bool exploration_search_goes_on(void *context, uint64_t states, uint64_t steps, uint64_t frontier, size_t bytes,
                                double seconds)
{
    const SnProgress progress = {states, steps, frontier, bytes, seconds, "exploring"};
    return tell(context, &progress);
}

bool exploration_goes_on(void *context)
{
    Exploration *exploration = context;
    double seconds = exploration_seconds() - exploration->started;
    const Graph *graph = exploration->graph;
    const SnProgress progress = {graph->state_count, graph->edge_count, 0,
                                 mem_live_bytes(),   seconds,           exploration->phase};
    if (exploration->options.max_seconds > 0 && seconds > exploration->options.max_seconds)
        return false;
    return tell(exploration, &progress);
}

/* ---------------------------------------------------------------------------- assembly */

void exploration_add_note(Exploration *exploration, const char *note)
{
    SnResult *result = &exploration->owned->result;
    const char **notes = ARENA_ARRAY(&exploration->owned->arena, const char *, result->note_count + 1);
    if (result->note_count > 0)
        memcpy(notes, result->notes, result->note_count * sizeof *notes);
    notes[result->note_count++] = note;
    result->notes = notes;
}

/* Below so many steps counting is over before others could help. */
#ifdef SNARL_SMALL_TABLES
enum { TEAM_STEPS = 1 };
#else
enum { TEAM_STEPS = 100000 };
#endif

/* Makes the counter and the totals. Counting that is cut short leaves the counter out, and a note. */
static Status count_all(Exploration *exploration)
{
    SnResult *result = &exploration->owned->result;
    if (exploration->options.skip_counts || exploration->is_reduced || exploration->has_class_graph ||
        !exploration->graph->is_complete)
        return STATUS_OK;
    if (exploration->options.search != SN_SEARCH_EXHAUSTIVE && exploration->options.search != SN_SEARCH_UNIFORM)
        return STATUS_OK; /* all states may have been passed, but who asks for a sample gets one */
    exploration->phase = "counting";
    Status status = counter_new(exploration->graph, exploration->is_dropped, exploration_goes_on, exploration,
                                &exploration->counter);
    if (status == STATUS_OK && exploration->options.jobs > 1 && exploration->graph->edge_count >= TEAM_STEPS)
        exploration->team = team_new(exploration->options.jobs - 1);
    if (status == STATUS_OK && exploration->team != NULL)
        status = counter_share(exploration->counter, exploration->team);
    if (status == STATUS_OK)
        status = counter_total(exploration->counter, &exploration->count);
    if (status == STATUS_OK) {
        double probability;
        const char *exact = NULL;
        exploration_add_count(exploration, &exploration->count, &result->interleavings, &probability, &exact);
        count_clear(&exploration->count);
        result->never_ends = counter_never_ends(exploration->counter);
        if (exploration->is_dropped != NULL) {
            status = counter_dropped(exploration->counter, &exploration->dropped);
            if (status == STATUS_OK)
                exploration_add_count(exploration, &exploration->dropped, &result->dropped, &probability, &exact);
        }
    }
    count_clear(&exploration->count);
    if (status == STATUS_OK)
        return STATUS_OK;
    counter_free(exploration->counter);
    exploration->counter = NULL;
    result->interleavings = NULL;
    result->dropped = NULL;
    result->never_ends = (double)NAN;
    exploration->was_cut = true;
    if (status == STATUS_INTERRUPTED || status == STATUS_LIMIT)
        exploration_add_note(exploration, "the states are all explored, but counting the interleavings was cut short");
    else if (status == STATUS_NO_MEMORY)
        exploration_add_note(
            exploration,
            "the states are all explored, but there was no memory left to count the interleavings (--max-memory)");
    else
        return status;
    return STATUS_OK;
}

static Status assemble(Exploration *exploration)
{
    const Graph *graph = exploration->graph;
    const SnExploreOptions *options = &exploration->options;
    OwnedResult *owned = exploration->owned;
    SnResult *result = &owned->result;
    result->scenario = exploration->scenario;
    result->complete = exploration->ended == STATUS_OK && (exploration->is_reduced || graph->is_complete) &&
                       (options->search == SN_SEARCH_EXHAUSTIVE || options->search == SN_SEARCH_UNIFORM);
    if (exploration->has_class_graph)
        result->complete = exploration->ended == STATUS_OK && exploration->classes.is_complete;
    result->states = graph->state_count - graph->has_beyond;
    result->expanded = graph->expanded_count;
    result->steps = graph->edge_count;
    result->search = options->search;
    result->preemptions = SN_NONE;
    result->max_depth = graph->max_depth;
    result->is_reduced = exploration->is_reduced;
    if (exploration->is_reduced) {
        result->states = result->expanded = exploration->reduced.states;
        result->steps = exploration->reduced.steps;
        result->max_depth = exploration->reduced.max_depth;
    }
    result->never_ends = (double)NAN;
    result->bytes_per_state = machine_words(exploration->machine) * (uint32_t)sizeof(Word);
    if (!result->complete)
        result->stopped = searching_ended(exploration);
    else if (options->search == SN_SEARCH_UNIFORM)
        exploration_add_note(exploration, searching_ended(exploration));

    Status status = ends_find_doomed(exploration);
    if (status == STATUS_OK) {
        exploration->phase = "schedules";
        /* schedules are part of what was found so far, so no interruption ends this */
        status = shortest_new(graph, NULL, NULL, &exploration->shortest);
    }
    if (status == STATUS_OK)
        status = count_all(exploration);
    if (status == STATUS_OK && exploration->counter != NULL)
        shortest_know_order(exploration->shortest, counter_order(exploration->counter));
    if (status == STATUS_OK)
        status = serial_find(exploration);
    if (status == STATUS_OK)
        status = ends_group(exploration);
    if (status == STATUS_OK)
        status = findings_find(exploration);
    if (status == STATUS_OK)
        status = ends_schedules(exploration);
    if (status == STATUS_OK)
        counting_end(exploration);
    if (status == STATUS_OK)
        status = findings_report(exploration);
    if (status == STATUS_OK)
        status = lock_orders_report(exploration);
    if (status == STATUS_OK)
        status = ends_report(exploration);
    if (status == STATUS_OK)
        status = times_report(exploration);
    if (status == STATUS_OK)
        status = classes_report(exploration);
    if (status != STATUS_OK)
        return status;
    cancelled_report(exploration);
    reducing_note(exploration);
    checkpointing_note(exploration);

    result->status = result->finding_count > 0 ? SN_FOUND : result->complete ? SN_OK : SN_INCOMPLETE;
    result->verdict = result->status == SN_FOUND ? "found" : result->status == SN_OK ? "ok" : "incomplete";
    result->seconds = exploration_seconds() - exploration->started;
    result->peak_bytes = mem_peak_bytes();
    return STATUS_OK;
}

/* The arena of the result jumps back to here when memory ends. */
static Status assemble_or_fail(Exploration *exploration)
{
    exploration->owned = mem_alloc(1, sizeof *exploration->owned);
    if (exploration->owned == NULL)
        return STATUS_NO_MEMORY;
    jmp_buf escape;
    exploration->owned->arena.escape = &escape;
    Status status = setjmp(escape) != 0 ? STATUS_NO_MEMORY : assemble(exploration);
    exploration->owned->arena.escape = NULL;
    return status;
}

/* What is told when not even the start fits into the memory allowed; NULL: not that either. */
static OwnedResult *result_of_nothing(const Exploration *exploration)
{
    OwnedResult *owned = mem_alloc(1, sizeof *owned);
    if (owned == NULL)
        return NULL;
    jmp_buf escape;
    owned->arena.escape = &escape;
    if (setjmp(escape) != 0) {
        sn_result_free(&owned->result);
        return NULL;
    }
    Text limit = {0};
    searching_add_bytes(&limit, exploration->asked_bytes);
    SnResult *result = &owned->result;
    *result = (SnResult){.scenario = exploration->scenario, .status = SN_INCOMPLETE, .verdict = "incomplete", .preemptions = SN_NONE,
                         .search = exploration->options.search, .never_ends = (double)NAN};
    result->stopped = arena_format(&owned->arena, "stopped at %s (--max-memory), too little to begin",
                                   limit.bytes == NULL ? "its limit" : limit.bytes);
    text_free(&limit);
    result->seconds = exploration_seconds() - exploration->started;
    result->peak_bytes = mem_peak_bytes();
    owned->arena.escape = NULL;
    return owned;
}

static void exploration_free(Exploration *exploration)
{
    counting_free(exploration);
    ends_free(exploration);
    findings_free(exploration);
    lock_orders_free(exploration);
    serial_free(exploration);
    times_free(exploration);
    class_runs_free(exploration);
    witness_free(exploration);
    easiest_clear(&exploration->easiest);
    count_clear(&exploration->count);
    count_clear(&exploration->dropped);
    schedule_free(&exploration->schedule);
    text_free(&exploration->text);
    mem_free(exploration->goals.items);
    mem_free(exploration->stepping);
    mem_free(exploration->candidate);
    counter_free(exploration->counter);
    team_free(exploration->team);
    shortest_free(exploration->shortest);
    graph_free(exploration->graph);
    spread_free(exploration->spread);
    checkpoint_close(&exploration->checkpoint);
    mem_free(exploration->is_dropped);
    mem_free(exploration->is_doomed);
    mem_free(exploration->marks);
    detectors_free(&exploration->detectors);
    sample_free(&exploration->sample);
    machine_free(exploration->machine);
    if (exploration->owned != NULL)
        sn_result_free(&exploration->owned->result);
    sn_string_free(exploration->message);
}

/* NULL: several processes can do it. */
static const char *needs_one_process(const SnExploreOptions *options)
{
    if (options->peers == NULL)
        return NULL;
    if (options->search != SN_SEARCH_EXHAUSTIVE)
        return "random runs are made by one process: `snarl explore --search`";
    if (options->has_preemption_bound)
        return "--preemptions is explored by one process: `snarl explore --preemptions`";
    if (options->reduce == SN_REDUCE_CLASSES)
        return "classes are counted by one process: `snarl explore --reduce classes`";
    if (options->reduce != SN_REDUCE_AUTO && options->reduce != SN_REDUCE_NONE)
        return "several processes explore all states: reductions are for one, `snarl explore --reduce`";
    return options->jobs > 1 ? "each process is one job: give mpirun more processes instead of --jobs" : NULL;
}

/* Of the limit on memory; what the program and its libraries take is in it. */
static void share_memory(Exploration *exploration)
{
    enum { PROGRAM_BYTES = 9 << 20 };
    const SnExploreOptions *options = &exploration->options;
    size_t asked = options->max_memory > 0 ? options->max_memory : default_memory(options->peers);
    exploration->asked_bytes = asked;
    exploration->memory_bytes = asked - (asked / 3 < PROGRAM_BYTES ? asked / 3 : PROGRAM_BYTES);
}

/* Searches with so many eighths of the memory, then tells what was found with all of it. */
static Status explore_once(Exploration *exploration, size_t eighths)
{
    exploration->search_bytes = exploration->memory_bytes / 8 * eighths;
    size_t base_bytes = mem_live_bytes();
    mem_set_budget(base_bytes + exploration->memory_bytes / 8 * (eighths < 6 ? 6 : 7));
    Status status = checkpointing_begin(exploration);
    if (status == STATUS_OK)
        status = searching_run(exploration);
    mem_set_budget(base_bytes + exploration->memory_bytes);
    if (status == STATUS_OK && !exploration->is_helper)
        status = assemble_or_fail(exploration);
    mem_set_budget(0);
    return status;
}

/* What schedules and counts need behind the search depends on what it finds: from next to nothing to three times the graph. So it gets most of
 * the memory; and where telling then runs out of it, all is done again with less, down to what leaves enough. */
static Status explore_within_memory(Exploration *exploration)
{
    enum { MOST = 6, LEAST = 2, LESS = 2 }; /* eighths */
    share_memory(exploration);
    const Exploration fresh = *exploration;
    const SnExploreOptions *options = &fresh.options;
    /* all processes would have to begin again; and so would a checkpoint */
    if (options->peers != NULL || options->checkpoint != NULL || options->resume != NULL)
        return explore_once(exploration, LEAST);
    for (size_t eighths = MOST;; eighths -= LESS) {
        Status status = explore_once(exploration, eighths);
        double seconds = exploration_seconds() - fresh.started;
        bool is_late = options->max_seconds > 0 && seconds >= options->max_seconds;
        if (status != STATUS_NO_MEMORY || exploration->message != NULL || eighths == LEAST)
            return status;
        exploration_free(exploration);
        *exploration = fresh;
        if (is_late) { /* twice the time rather than nothing to tell */
            exploration->started = exploration_seconds();
            eighths = LEAST + LESS;
        }
#ifdef __GLIBC__
        malloc_trim(0); /* or what was freed would still count, beside what comes now */
#endif
    }
}

SnStatus sn_explore(const SnScenario *scenario, const SnExploreOptions *options, SnResult **result, char **message)
{
    *result = NULL;
    *message = NULL;
    Exploration exploration = {.scenario = scenario, .started = exploration_seconds(), .phase = "exploring"};
    if (options != NULL)
        exploration.options = *options;
    const char *refusal = needs_one_process(&exploration.options);
    if (refusal != NULL) {
        *message = api_message("%s", refusal);
        return SN_INVALID;
    }
    Status status = explore_within_memory(&exploration);

    SnStatus answer = SN_SYSTEM;
    if (status == STATUS_OK && exploration.is_helper) {
        answer = SN_OK;
    } else if (status == STATUS_OK) {
        kept_keep(&exploration);
        exploration.owned->machine = exploration.machine;
        exploration.machine = NULL;
        *result = &exploration.owned->result;
        exploration.owned = NULL;
        answer = (*result)->status;
    } else if (exploration.message != NULL) {
        *message = exploration.message;
        answer = exploration.is_refused ? SN_INVALID : SN_SYSTEM;
        exploration.message = NULL;
    } else if (status == STATUS_INTERRUPTED) {
        *message = api_message("interrupted before anything was explored");
    } else if (status == STATUS_INVALID) {
        *message = api_message("internal: the exploration came upon what cannot be (%s)", exploration.phase);
    } else if (exploration.options.max_memory > 0 && (exploration.owned = result_of_nothing(&exploration)) != NULL) {
        *result = &exploration.owned->result;
        exploration.owned = NULL;
        answer = SN_INCOMPLETE;
    } else {
        Text limit = {0};
        searching_add_bytes(&limit, exploration.asked_bytes);
        *message = api_message("memory ended at %s (--max-memory)", limit.bytes == NULL ? "its limit" : limit.bytes);
        text_free(&limit);
    }
    exploration_free(&exploration);
    return answer;
}

const Program *exploration_program(const SnResult *result)
{
    const OwnedResult *owned = (const OwnedResult *)result;
    return owned->machine != NULL ? machine_program(owned->machine) : result->scenario->program;
}

void sn_result_free(SnResult *result)
{
    if (result == NULL)
        return;
    OwnedResult *owned = (OwnedResult *)result;
    kept_free(owned->kept);
    arena_free(&owned->arena);
    machine_free(owned->machine);
    mem_free(owned);
}
