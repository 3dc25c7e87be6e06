#include "explore/sample.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"

enum {
    PILOT_RUNS = 32, /* uniform walks that give the first k of PCT */
    FEW_RESTARTS = 4 /* then k doubles */
};

/* ---------------------------------------------------------------------- choosing */

/* Who steps next in one run. Decides by threads and numbers of states alone, so that a run can be made again on the
 * graph. */
typedef struct Picker {
    const SampleOptions *options;
    Rng rng;
    uint32_t thread_count, longest; /* n, k */
    /* PCT */
    int64_t *priorities; /* by thread; higher steps first; all differ */
    int64_t lowest;      /* below it all are free */
    uint32_t *changes;   /* the d-1 numbers of steps, from 0 */
    uint32_t step;       /* number of the next one */
    ThreadId last;       /* who stepped last */
    StateId checkpoint;  /* a state passed before; and when the next is taken */
    uint32_t next_checkpoint;
} Picker;

static Status picker_new(Picker *picker, const SampleOptions *options, uint32_t thread_count)
{
    *picker = (Picker){.options = options, .thread_count = thread_count};
    if (options->kind != SAMPLE_PCT)
        return STATUS_OK;
    picker->priorities = mem_alloc(thread_count, sizeof *picker->priorities);
    picker->changes = mem_alloc(options->depth, sizeof *picker->changes);
    return picker->priorities != NULL && picker->changes != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static void picker_free(Picker *picker)
{
    mem_free(picker->priorities);
    mem_free(picker->changes);
    picker->priorities = NULL;
    picker->changes = NULL;
}

/* Independent streams: the seed of a run is itself the output of a generator. */
/* NOLINTBEGIN(clang-analyzer-core.NullDereference): with SAMPLE_PCT, and only then, there are priorities and changes */
static void picker_begin(Picker *picker, uint64_t run)
{
    Rng seeds = rng_seed(picker->options->seed ^ run * UINT64_C(0xD1342543DE82EF95));
    picker->rng = rng_seed(rng_next(&seeds) + run);
    picker->step = 0;
    picker->last = NO_ID;
    picker->checkpoint = UINT32_MAX;
    picker->next_checkpoint = 1;
    if (picker->options->kind != SAMPLE_PCT)
        return;
    for (uint32_t t = 0; t < picker->thread_count; t++) { /* Fisher, Yates, inside out */
        uint32_t at = (uint32_t)rng_below(&picker->rng, t + 1);
        picker->priorities[t] = picker->priorities[at];
        picker->priorities[at] = t;
    }
    for (uint32_t i = 0; i + 1 < picker->options->depth; i++)
        picker->changes[i] = (uint32_t)rng_below(&picker->rng, picker->longest == 0 ? 1 : picker->longest);
    picker->lowest = -1;
}

/* The steps of the thread with the highest priority: their first and how many. */
static uint32_t highest(const Picker *picker, const ThreadId *threads, uint32_t count, uint32_t *results)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < count; i++)
        if (picker->priorities[threads[i]] > picker->priorities[threads[best]])
            best = i;
    *results = 0;
    for (uint32_t i = best; i < count && threads[i] == threads[best]; i++)
        ++*results;
    return best;
}

static void look_for_rounds(Picker *picker, StateId state)
{
    if (state == picker->checkpoint && picker->last != NO_ID) {
        picker->priorities[picker->last] = picker->lowest--;
        picker->checkpoint = UINT32_MAX;
        picker->next_checkpoint = picker->step + 1;
    } else if (picker->step >= picker->next_checkpoint) {
        picker->checkpoint = state;
        picker->next_checkpoint = picker->step * 2;
    }
}

/* Which of the steps possible in `state`; `threads` has the thread of each. */
static uint32_t picker_choose(Picker *picker, StateId state, const ThreadId *threads, uint32_t count)
{
    if (picker->options->kind == SAMPLE_RANDOM)
        return (uint32_t)rng_below(&picker->rng, count);
    look_for_rounds(picker, state);
    uint32_t results, first = highest(picker, threads, count, &results);
    for (uint32_t i = 0; i + 1 < picker->options->depth; i++)
        if (picker->changes[i] == picker->step) {
            picker->priorities[threads[first]] = picker->lowest--;
            first = highest(picker, threads, count, &results);
        }
    picker->step++;
    picker->last = threads[first];
    return results > 1 ? first + (uint32_t)rng_below(&picker->rng, results) : first;
}
/* NOLINTEND(clang-analyzer-core.NullDereference) */

/* -------------------------------------------------------------------------- runs */

typedef struct Sampler {
    Partial partial;
    Sample *sample;
    Picker picker;
    ThreadId *threads; /* of the steps possible in the state at hand */
    uint32_t thread_room;
    uint64_t end_room;
    Word *state; /* of a pilot */
} Sampler;

static bool ensure_threads(ThreadId **threads, uint32_t *room, uint32_t count)
{
    if (count <= *room)
        return true;
    uint32_t wanted = count < 64 ? 64 : count * 2;
    ThreadId *larger = mem_resize(*threads, wanted, sizeof *larger);
    if (larger == NULL)
        return false;
    *threads = larger;
    *room = wanted;
    return true;
}

static Status list_threads(Sampler *sampler)
{
    const Expansion *expansion = &sampler->partial.expansion;
    if (!ensure_threads(&sampler->threads, &sampler->thread_room, expansion->count))
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < expansion->count; i++)
        sampler->threads[i] = expansion->steps[i].thread;
    return STATUS_OK;
}

/* One run; its states are kept. */
static Status run_once(Sampler *sampler, uint64_t run, uint32_t *length, StateId *end)
{
    Partial *partial = &sampler->partial;
    uint32_t words = machine_words(partial->machine), most = sampler->sample->options.max_steps;
    StateId state = 0;
    picker_begin(&sampler->picker, run);
    *end = SAMPLE_CUT;
    for (*length = 0; *length < most; ++*length) {
        Status status = partial_expand(partial, state, sampler->sample->options.runs - run);
        if (status == STATUS_OK && partial->expansion.count == 0) {
            *end = state;
            return STATUS_OK;
        }
        if (status == STATUS_OK)
            status = list_threads(sampler);
        if (status != STATUS_OK)
            return status;
        uint32_t step = picker_choose(&sampler->picker, state, sampler->threads, partial->expansion.count);
        status = partial_enter(partial, partial->expansion.states + (size_t)step * words, &state);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* The first k. These runs are not kept: only those of PCT count. */
static Status pilot(Sampler *sampler)
{
    Partial *partial = &sampler->partial;
    uint32_t words = machine_words(partial->machine), most = sampler->sample->options.max_steps;
    Rng rng = rng_seed(~sampler->sample->options.seed);
    for (uint32_t run = 0; run < PILOT_RUNS; run++) {
        memcpy(sampler->state, graph_state(partial->graph, 0), words * sizeof *sampler->state);
        for (uint32_t length = 0; length < most; length++) {
            Status status = machine_expand(partial->machine, sampler->state, &partial->expansion);
            if (status != STATUS_OK)
                return status;
            if (partial->expansion.count == 0)
                break;
            size_t step = (size_t)rng_below(&rng, partial->expansion.count);
            memcpy(sampler->state, partial->expansion.states + step * words, words * sizeof *sampler->state);
            if (length + 1 > sampler->sample->longest)
                sampler->sample->longest = length + 1;
        }
    }
    return STATUS_OK;
}

/* Room for the end of one more run. */
static bool ensure_ends(Sampler *sampler, uint64_t run)
{
    if (run < sampler->end_room)
        return true;
    uint64_t room = run < 64 ? 64 : run * 2;
    StateId *larger = mem_resize(sampler->sample->ends, room, sizeof *larger);
    if (larger == NULL)
        return false;
    sampler->sample->ends = larger;
    sampler->end_room = room;
    return true;
}

/* All runs with one k; `*is_short` when one was longer. */
static Status run_all(Sampler *sampler, uint32_t k, bool *is_short)
{
    Sample *sample = sampler->sample;
    sample->run_count = sample->cut_count = 0;
    sampler->picker.longest = k;
    *is_short = false;
    for (uint64_t run = 0; run < sample->options.runs; run++) {
        uint32_t length;
        StateId end;
        Status status = run_once(sampler, run, &length, &end);
        if (status != STATUS_OK)
            return status;
        if (length > sample->longest)
            sample->longest = length;
        if (sample->options.kind == SAMPLE_PCT && length > k) {
            *is_short = true;
            return STATUS_OK;
        }
        if (!ensure_ends(sampler, run))
            return STATUS_NO_MEMORY;
        sample->ends[run] = end;
        sample->cut_count += end == SAMPLE_CUT;
        sample->run_count = run + 1;
    }
    return STATUS_OK;
}

static Status attempt(Sampler *sampler)
{
    Sample *sample = sampler->sample;
    Partial *partial = &sampler->partial;
    sample->longest = 0;
    Status status = partial_open(partial);
    if (status != STATUS_OK)
        return status;
    sample->thread_count = machine_program(partial->machine)->thread_count;
    picker_free(&sampler->picker);
    status = picker_new(&sampler->picker, &sample->options, sample->thread_count);
    mem_free(sampler->state);
    sampler->state = mem_alloc(machine_words(partial->machine), sizeof *sampler->state);
    if (sampler->state == NULL)
        return STATUS_NO_MEMORY;
    if (status == STATUS_OK && sample->options.kind == SAMPLE_PCT && sample->options.depth > 1)
        status = pilot(sampler);
    bool is_short = false;
    for (uint32_t restarts = 0; status == STATUS_OK; restarts++) {
        uint32_t k = sample->longest;
        if (restarts > FEW_RESTARTS)
            k = k > sample->options.max_steps / 2 ? sample->options.max_steps : k * 2;
        if (sample->options.depth == 1)
            k = sample->options.max_steps; /* nothing is drawn from it */
        status = run_all(sampler, k, &is_short);
        if (status != STATUS_OK || !is_short) {
            sample->longest = sample->options.kind == SAMPLE_PCT && sample->options.depth > 1 ? k : sample->longest;
            break;
        }
        status = partial_open(partial);
    }
    return status;
}

Status sample_search(Machine *machine, const SearchOptions *options, const SampleOptions *sampling,
                     const Monitor *monitor, Sample *sample, Graph **out)
{
    *out = NULL;
    *sample = (Sample){.options = *sampling};
    Sampler sampler = {.sample = sample};
    Status status = partial_begin(&sampler.partial, machine, options, monitor);
    while (status == STATUS_OK) {
        status = partial_close(&sampler.partial, attempt(&sampler));
        if (status != STATUS_RELAYOUT)
            break;
        status = partial_relayout(&sampler.partial);
    }
    *out = partial_take(&sampler.partial);
    partial_free(&sampler.partial);
    picker_free(&sampler.picker);
    mem_free(sampler.threads);
    mem_free(sampler.state);
    return status;
}

void sample_free(Sample *sample)
{
    mem_free(sample->ends);
    mem_free(sample->edges);
    mem_free(sample->edge_ends);
    sample->ends = NULL;
    sample->edges = NULL;
    sample->edge_ends = NULL;
    sample->run_count = 0;
}

double sample_guarantee(const Sample *sample)
{
    if (sample->options.kind != SAMPLE_PCT || sample->thread_count == 0)
        return 0;
    double k = sample->longest == 0 ? 1 : sample->longest;
    return 1 / (sample->thread_count * pow(k, sample->options.depth - 1));
}

/* ------------------------------------------------------------------- once more */

/* The steps were kept. */
static void walk_kept(const Sample *sample, const Graph *graph, const SampleVisitor *visitor)
{
    uint64_t at = 0;
    for (uint64_t run = 0; run < sample->run_count; run++) {
        StateId state = 0;
        visitor->state(visitor->context, run, state);
        for (; at < sample->edge_ends[run]; at++) {
            visitor->step(visitor->context, run, state, sample->edges[at]);
            state = graph->edge_to[sample->edges[at]];
            visitor->state(visitor->context, run, state);
        }
    }
}

Status sample_walk(const Sample *sample, const Graph *graph, const SampleVisitor *visitor)
{
    if (sample->options.kind == SAMPLE_UNIFORM) {
        walk_kept(sample, graph, visitor);
        return STATUS_OK;
    }
    Picker picker;
    ThreadId *threads = NULL;
    uint32_t room = 0;
    Status status = picker_new(&picker, &sample->options, sample->thread_count);
    picker.longest = sample->longest;
    for (uint64_t run = 0; run < sample->run_count && status == STATUS_OK; run++) {
        StateId state = 0;
        picker_begin(&picker, run);
        visitor->state(visitor->context, run, state);
        for (uint32_t length = 0; length < sample->options.max_steps; length++) {
            EdgeId first = graph->first_edge[state];
            uint32_t count = (uint32_t)(graph->first_edge[state + 1] - first);
            if (count == 0)
                break;
            if (!ensure_threads(&threads, &room, count)) {
                status = STATUS_NO_MEMORY;
                break;
            }
            for (uint32_t i = 0; i < count; i++)
                threads[i] = graph->edge_thread[first + i];
            EdgeId edge = first + picker_choose(&picker, state, threads, count);
            visitor->step(visitor->context, run, state, edge);
            state = graph->edge_to[edge];
            visitor->state(visitor->context, run, state);
        }
    }
    picker_free(&picker);
    mem_free(threads);
    return status;
}
