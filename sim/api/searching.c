/* searching.c: which search the options ask for, and why it ended. */
#include "api/reducing.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "explore/bounded.h"

enum { USUAL_RUNS = 10000, USUAL_DEPTH = 3, LONGEST_RUN = 10000, USUAL_COUNTED = 10000000 };

/* ------------------------------------------------------------------------- running */

static SampleOptions sampling(const SnExploreOptions *options)
{
    return (SampleOptions){.kind = options->search == SN_SEARCH_PCT       ? SAMPLE_PCT
                                   : options->search == SN_SEARCH_UNIFORM ? SAMPLE_UNIFORM
                                                                          : SAMPLE_RANDOM,
                           .runs = options->runs == 0 ? USUAL_RUNS : options->runs,
                           .seed = options->seed,
                           .depth = options->depth == 0 ? USUAL_DEPTH : options->depth,
                           .max_steps = LONGEST_RUN};
}

uint64_t searching_most_counted(const Exploration *exploration)
{
    uint64_t most = exploration->options.max_counted;
    return most == 0 ? USUAL_COUNTED : most;
}

Status searching_make_room(Exploration *exploration)
{
    mem_free(exploration->stepping);
    exploration->stepping =
        mem_alloc((size_t)machine_program(exploration->machine)->thread_count + 1, sizeof(ThreadId));
    return exploration->stepping == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* The reductions that were asked for by name. */
static uint32_t reductions_of(SnReduce reduce)
{
    switch (reduce) {
    case SN_REDUCE_ALL: return REDUCE_ALL;
    case SN_REDUCE_PERSISTENT: return REDUCE_PERSISTENT;
    case SN_REDUCE_SLEEP: return REDUCE_SLEEP;
    case SN_REDUCE_MERGE: return REDUCE_MERGE;
    case SN_REDUCE_SYMMETRY: return REDUCE_SYMMETRY;
    default: return 0;
    }
}

/* All states, breadth first. */
static Status search_all(Exploration *exploration, CheckpointPhase phase, const SearchOptions *search)
{
    exploration->checkpoint.phase = phase;
    const Monitor monitor = times_monitor(exploration);
    graph_free(exploration->graph);
    exploration->graph = NULL;
    monitor.restart(monitor.context);
    exploration->phase = "exploring";
    return search_run(exploration->machine, search, &monitor, &exploration->graph);
}

/* Whether the graph at hand is as far as its search gets, however long. */
static bool is_final(const Exploration *exploration)
{
    const SnExploreOptions *options = &exploration->options;
    double seconds = exploration_seconds() - exploration->started;
    return exploration->graph != NULL && (exploration->graph->limit == GRAPH_MAX_MEMORY ||
                                          (options->max_seconds > 0 && seconds >= options->max_seconds));
}

/* Searches whose results were made use of before the checkpoint are not made again, unless what comes next needs them. */
static bool is_past(const Exploration *exploration, CheckpointPhase phase)
{
    const Checkpoint *checkpoint = &exploration->checkpoint;
    return checkpoint->past != NULL && checkpoint->past_phase == CHECKPOINT_ALL && phase < CHECKPOINT_ALL;
}

/* All states while they can be counted; the reduced search where there are more of them, or where it was asked for. */
static Status search_exhaustively(Exploration *exploration, const SearchOptions *search)
{
    const SnExploreOptions *options = &exploration->options;
    uint32_t reductions = reductions_of(options->reduce);
    bool is_auto = options->reduce == SN_REDUCE_AUTO, is_done = false;
    if (reductions == 0 && !is_past(exploration, CHECKPOINT_COUNTED)) {
        SearchOptions counted = *search;
        uint64_t most = searching_most_counted(exploration);
        if (is_auto && (counted.max_states == 0 || counted.max_states > most))
            counted.max_states = most;
        Status status = search_all(exploration, CHECKPOINT_COUNTED, &counted);
        GraphLimit limit = exploration->graph == NULL ? GRAPH_NO_LIMIT : exploration->graph->limit;
        bool is_limit_of_ours = counted.max_states != search->max_states && limit == GRAPH_MAX_STATES;
        if (!is_auto || status != STATUS_LIMIT || (limit != GRAPH_MAX_MEMORY && !is_limit_of_ours))
            return status;
        exploration->was_too_big = true;
        exploration->lacked_memory = limit == GRAPH_MAX_MEMORY;
        reductions = REDUCE_ALL;
    }
    Status status = STATUS_OK;
    exploration->checkpoint.phase = CHECKPOINT_REDUCED;
    if (!is_past(exploration, CHECKPOINT_REDUCED))
        status = reducing_run(exploration, reductions, &is_done);
    if (is_done || status == STATUS_INVALID)
        return status;
    exploration->was_not_reduced = !is_auto && status == STATUS_OK;
    if (is_final(exploration)) {
        if (exploration->graph->limit != GRAPH_MAX_MEMORY)
            exploration->graph->limit = GRAPH_MAX_SECONDS;
        return STATUS_LIMIT;
    }
    if (status == STATUS_INTERRUPTED && exploration->graph != NULL)
        return status;
    SearchOptions rest = *search;
    double left = options->max_seconds - (exploration_seconds() - exploration->started);
    if (options->max_seconds > 0)
        rest.max_seconds = left > 1e-3 ? left : 1e-3;
    return search_all(exploration, CHECKPOINT_ALL, &rest);
}

Status searching_run(Exploration *exploration)
{
    const SnExploreOptions *options = &exploration->options;
    const MachineOptions machine_options = {.keep_locals = options->reduce == SN_REDUCE_NONE,
                                            .skip_lost_updates = options->skip_lost_updates};
    Status status = machine_new(exploration->scenario->program, &machine_options, &exploration->machine);
    if (status == STATUS_OK)
        status = detectors_begin(&exploration->detectors, options->skip_races);
    if (options->peers != NULL)
        status = spreading_begin(exploration, status);
    if (status != STATUS_OK)
        return status;
    const bool has_checkpoints = options->checkpoint != NULL || options->resume != NULL;
    const SearchOptions search = {.max_states = options->max_states,
                                  .max_memory = exploration->search_bytes,
                                  .max_seconds = options->max_seconds,
                                  .jobs = options->jobs,
                                  .progress = options->progress == NULL ? NULL : exploration_search_goes_on,
                                  .progress_context = exploration,
                                  .checkpoint = has_checkpoints ? &exploration->checkpoint : NULL};
    const Monitor monitor = times_monitor(exploration);
    if (options->peers != NULL) {
        exploration->ended = spreading_run(exploration, &search);
        if (exploration->is_helper)
            return STATUS_OK;
    } else if (options->search == SN_SEARCH_UNIFORM) {
        const SampleOptions sample = sampling(options);
        exploration->ended = uniform_search(exploration, &search, &sample, &monitor);
        if (exploration->is_refused)
            return exploration->ended;
    } else if (options->search != SN_SEARCH_EXHAUSTIVE) {
        exploration->phase = "sampling";
        const SampleOptions sample = sampling(options);
        exploration->ended =
            sample_search(exploration->machine, &search, &sample, &monitor, &exploration->sample, &exploration->graph);
    } else if (options->has_preemption_bound) {
        exploration->ended = bounded_search(exploration->machine, &search, options->preemption_bound, &monitor,
                                            &exploration->levels, &exploration->graph);
    } else if (options->reduce == SN_REDUCE_CLASSES) {
        exploration->ended = classes_search(exploration, search, &monitor);
    } else {
        exploration->ended = search_exhaustively(exploration, &search);
    }
    if (exploration->ended == STATUS_INVALID)
        return checkpointing_refuse_past(exploration);
    checkpointing_end(exploration);
    if (exploration->graph == NULL)
        return exploration->ended == STATUS_OK ? STATUS_NO_MEMORY : exploration->ended;
    return searching_make_room(exploration);
}

bool searching_is_bounded(const Exploration *exploration, uint32_t *most)
{
    const SnExploreOptions *options = &exploration->options;
    if (options->search != SN_SEARCH_EXHAUSTIVE || !options->has_preemption_bound || exploration->ended != STATUS_OK ||
        exploration->graph->is_complete)
        return false;
    *most = options->preemption_bound;
    return true;
}

/* ------------------------------------------------------------------------- telling */

/* "1,234,567" */
static void add_grouped(Text *text, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text_add_char(text, ',');
        text_add_char(text, digits[i]);
    }
}

void searching_add_plural(Text *text, uint64_t number, const char *noun)
{
    add_grouped(text, number);
    text_format(text, " %s%s", noun, number == 1 ? "" : "s");
}

void searching_add_bytes(Text *text, size_t bytes)
{
    if (bytes >= (size_t)1 << 30)
        text_format(text, "%.1f GiB", (double)bytes / (double)((size_t)1 << 30));
    else if (bytes >= (size_t)1 << 20)
        text_format(text, "%.0f MiB", (double)bytes / (double)((size_t)1 << 20));
    else
        text_format(text, "%.0f KiB", (double)bytes / 1024);
}

/* "interrupted", "stopped at 4.0 GiB of memory (--max-memory)", ... */
static void add_limit(Exploration *exploration)
{
    const SnExploreOptions *options = &exploration->options;
    Text *text = &exploration->text;
    if (exploration->ended == STATUS_INTERRUPTED) {
        text_add(text, "interrupted");
    } else if (exploration->graph->limit == GRAPH_MAX_STATES) {
        text_add(text, "stopped at ");
        searching_add_plural(text, options->max_states == 0 ? exploration->graph->state_count : options->max_states,
                             "state");
        text_add(text, " (--max-states)");
    } else if (exploration->graph->limit == GRAPH_MAX_SECONDS) {
        text_format(text, "stopped after %g s (--max-time)", options->max_seconds);
    } else {
        text_add(text, "stopped at ");
        searching_add_bytes(text, exploration->asked_bytes);
        text_add(text, " of memory (--max-memory)");
    }
}

/* Rounded down: 100 % is for all of it. */
static void add_coverage(Exploration *exploration)
{
    const Graph *graph = exploration->graph;
    Text *text = &exploration->text;
    text_add(text, ": ");
    add_grouped(text, graph->expanded_count);
    text_add(text, " of ");
    searching_add_plural(text, graph->state_count - graph->has_beyond, "state");
    text_format(text, " expanded (%u %%), to depth %u",
                (unsigned)(100 * graph->expanded_count / (graph->state_count - graph->has_beyond)), graph->max_depth);
}

static void add_exhaustive(Exploration *exploration)
{
    Text *text = &exploration->text;
    add_limit(exploration);
    if (exploration->is_reduced) {
        text_add(text, ": ");
        searching_add_plural(text, exploration->reduced.states, "state");
        text_add(text, " of the reduced search");
    } else {
        add_coverage(exploration);
    }
    if (exploration->ended == STATUS_INTERRUPTED)
        return;
    text_add(text, exploration->graph->limit == GRAPH_MAX_SECONDS ? "; give it more time" : "; raise it");
    text_add(text, ", or look at a part: --preemptions 2, --search random, --search pct");
}

static void add_bounded(Exploration *exploration)
{
    Text *text = &exploration->text;
    SnResult *result = &exploration->owned->result;
    if (exploration->ended != STATUS_OK) {
        add_limit(exploration);
        text_add(text, " at ");
        searching_add_plural(text, result->states, "state");
        text_add(text, exploration->levels == 0 ? ", with none of the preemptions explored to the end" : ", ");
    }
    if (exploration->levels == 0)
        return;
    result->preemptions = exploration->levels - 1;
    text_format(text, "complete up to %u preemption%s", result->preemptions, result->preemptions == 1 ? "" : "s");
    if (exploration->ended == STATUS_OK)
        text_add(text, " (--preemptions); executions with more were left out");
}

static void add_sampled(Exploration *exploration)
{
    Text *text = &exploration->text;
    const Sample *sample = &exploration->sample;
    bool is_pct = sample->options.kind == SAMPLE_PCT, is_uniform = sample->options.kind == SAMPLE_UNIFORM;
    exploration->owned->result.sampling = (SnSampling){.runs = sample->run_count,
                                                       .seed = sample->options.seed,
                                                       .cut_runs = sample->cut_count,
                                                       .longest = sample->longest,
                                                       .threads = is_pct ? sample->thread_count : 0,
                                                       .depth = is_pct ? sample->options.depth : 0,
                                                       .guarantee = sample_guarantee(sample)};
    if (exploration->ended != STATUS_OK) {
        add_limit(exploration);
        text_add(text, " after ");
    }
    searching_add_plural(text, sample->run_count, is_pct ? "PCT run" : is_uniform ? "uniform run" : "random run");
    text_format(text, " (seed %" PRIu64 ")", sample->options.seed);
    if (is_uniform)
        text_add(text, "; each interleaving is as likely as the others");
    if (is_pct)
        text_format(text,
                    "; each shows a bug of depth %u with a probability of at least 1/(n k^%u) = %.3g "
                    "(n = %u threads, k = %u steps)",
                    sample->options.depth, sample->options.depth - 1, sample_guarantee(sample), sample->thread_count,
                    sample->longest);
    if (sample->cut_count > 0) {
        text_add(text, "; ");
        searching_add_plural(text, sample->cut_count, "run");
        text_add(text, " cut off after ");
        searching_add_plural(text, sample->options.max_steps, "step");
    }
}

const char *searching_ended(Exploration *exploration)
{
    if (exploration->has_class_graph)
        return classes_ended(exploration);
    if (exploration->options.search != SN_SEARCH_EXHAUSTIVE)
        add_sampled(exploration);
    else if (exploration->options.has_preemption_bound)
        add_bounded(exploration);
    else
        add_exhaustive(exploration);
    return exploration_take_text(exploration);
}
