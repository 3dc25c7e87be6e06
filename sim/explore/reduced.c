#include "explore/reduced.h"

#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "explore/checkpoint.h"
#include "explore/learn.h"
#include "explore/reduced_parts.h"
#include "explore/store.h"

enum {
    CHAIN_MAX = 256,
#ifdef SNARL_SMALL_TABLES
    CHECK_STEPS = 8,
#else
    CHECK_STEPS = 4096,
#endif
    FIRST_STEPS = 256 /* of an attempt that goes on though it must be made again; doubles */
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static Status look(Search *s)
{
    double time = now(), seconds = time - s->begin;
    s->is_due |= checkpoint_is_due(s->options->checkpoint, time);
    if (s->options->max_seconds > 0 && seconds >= s->options->max_seconds) {
        s->result->limit = GRAPH_MAX_SECONDS;
        return STATUS_LIMIT;
    }
    if (s->options->max_memory != 0 && mem_live_bytes() > s->base_bytes + s->options->max_memory) {
        s->result->limit = GRAPH_MAX_MEMORY;
        return STATUS_LIMIT;
    }
    bool goes_on = s->options->progress == NULL ||
                   s->options->progress(s->options->progress_context, s->result->states, s->result->steps,
                                        s->frame_count, s->budget.used_bytes, seconds);
    return goes_on ? STATUS_OK : STATUS_INTERRUPTED;
}

/* In the middle of a step the search is nothing that could be gone on from. */
static void check(Search *s)
{
    s->next_check = s->result->steps + CHECK_STEPS;
    if (s->asked == STATUS_OK)
        s->asked = look(s);
}

/* ------------------------------------------------------------------------ telling */

static Status visit(Search *s, bool is_start_report)
{
    const MonitorEvent event = {.machine = s->machine,
                                .state = s->state,
                                .expansion = &s->expansion,
                                .is_start_report = is_start_report};
    bool is_news = false;
    Status status = s->visitor->state(s->visitor->context, &event, &is_news);
    if (status == STATUS_OK && is_news && s->options->checkpoint != NULL)
        status = reduced_note_news(s, is_start_report);
    if (status == STATUS_OK && is_news)
        status = s->visitor->schedule(s->visitor->context, s->trail.base, s->trail_count, s->name);
    if (s->trail_count > s->result->max_depth)
        s->result->max_depth = s->trail_count;
    return status;
}

/* The threads that stand for each other with this one. */
static ThreadId family_of(const Search *s, ThreadId thread, uint32_t *count)
{
    uint32_t families = s->symmetry == NULL ? 0 : symmetry_family_count(s->symmetry);
    for (uint32_t f = 0; f < families; f++) {
        ThreadId first = symmetry_family(s->symmetry, f, count);
        if (thread >= first && thread < first + *count)
            return first;
    }
    *count = 1;
    return thread;
}

/* Steps that end the execution and were thought not to, and elements that nobody stood before. */
static void learn(Search *s)
{
    for (ThreadSet left = s->crowd.alive; left != 0; left &= left - 1) {
        ThreadId thread = (ThreadId)__builtin_ctzll(left);
        if (!uses_see(s->uses, s->crowd.kinds[thread]))
            continue;
        uint32_t count, point = s->crowd.points[thread];
        ThreadId first = family_of(s, thread, &count);
        for (ThreadId t = first; t < first + count; t++)
            uses_see(s->uses, uses_alike(s->uses, s->crowd.kinds[thread], thread, t, point));
        s->restarts = true;
    }
    for (uint32_t i = 0; i < s->expansion.count; i++) {
        const StepInfo *step = &s->expansion.steps[i];
        uint32_t count, point = s->crowd.points[step->thread];
        if (!step->stops || !uses_add_stop(s->uses, step->thread, point))
            continue;
        ThreadId first = family_of(s, step->thread, &count);
        for (ThreadId t = first; t < first + count; t++)
            uses_add_stop(s->uses, t, point);
        s->restarts = true;
    }
}

/* --------------------------------------------------------------------- on the way */

/* Threads that stay asleep behind a step of `thread`. */
static ThreadSet still_asleep(const Search *s, ThreadSet sleep, ThreadId thread)
{
    ThreadSet stays = 0;
    for (ThreadSet left = sleep & ~(UINT64_C(1) << thread); left != 0; left &= left - 1) {
        ThreadId other = (ThreadId)__builtin_ctzll(left);
        if (!uses_conflict(s->uses, s->crowd.kinds[thread], s->crowd.kinds[other]))
            stays |= left & -left;
    }
    return stays;
}

static Status add_to_trail(Search *s, const ScheduleStep *step)
{
    if (!stretch_ensure(&s->trail, (size_t)(s->trail_count + 1) * sizeof *step))
        return budget_refused(&s->budget, &s->result->limit);
    ((ScheduleStep *)s->trail.base)[s->trail_count++] = *step;
    s->result->steps++;
    if (s->result->steps >= s->next_check)
        check(s);
    return STATUS_OK;
}

/* Puts the state at hand in order. */
static void sort(Search *s)
{
    if (s->symmetry == NULL || !symmetry_sort(s->symmetry, s->state, s->moved))
        return;
    for (ThreadId t = 0; t < s->threads; t++)
        s->other[t] = s->name[s->moved[t]];
    memcpy(s->name, s->other, s->threads * sizeof *s->name);
}

/* Takes step `i` of the expansion. */
static Status step_to(Search *s, uint32_t i)
{
    const StepInfo *info = &s->expansion.steps[i];
    const ScheduleStep step = {s->name[info->thread], info->choice, info->choices};
    memcpy(s->state, s->expansion.states + (size_t)i * s->words, s->words * sizeof *s->state);
    sort(s);
    return add_to_trail(s, &step);
}

/* The state at hand goes on the way, with the steps of `threads`. */
static Status push(Search *s, StateId id, ThreadSet threads, ThreadSet sleep)
{
    Frame frame = {.id = id, .first = s->pending_count, .trail = s->trail_count};
    const Expansion *expansion = &s->expansion;
    size_t most = (size_t)s->pending_count + expansion->count;
    if (!stretch_ensure(&s->frames, (size_t)(s->frame_count + 1) * sizeof frame) ||
        !stretch_ensure(&s->pending, most * sizeof(Pending)) ||
        !stretch_ensure(&s->states, most * s->words * sizeof(Word)) ||
        !stretch_ensure(&s->names, (size_t)(s->frame_count + 1) * s->threads * sizeof(ThreadId)))
        return budget_refused(&s->budget, &s->result->limit);
    for (uint32_t i = 0; i < expansion->count; i++) {
        ThreadId thread = expansion->steps[i].thread;
        ThreadSet bit = UINT64_C(1) << thread;
        if ((threads & bit) == 0)
            continue;
        ThreadSet done = sleep | (threads & (bit - 1)); /* the steps of all before it are taken by then */
        ((Pending *)s->pending.base)[s->pending_count] =
            (Pending){.thread = thread,
                      .choice = expansion->steps[i].choice,
                      .choices = expansion->steps[i].choices,
                      .sleep = (s->reductions & REDUCE_SLEEP) != 0 ? still_asleep(s, done, thread) : 0};
        memcpy((Word *)s->states.base + (size_t)s->pending_count * s->words,
               expansion->states + (size_t)i * s->words, s->words * sizeof(Word));
        s->pending_count++;
    }
    frame.count = s->pending_count - frame.first;
    memcpy((ThreadId *)s->names.base + (size_t)s->frame_count * s->threads, s->name,
           s->threads * sizeof(ThreadId));
    ((Frame *)s->frames.base)[s->frame_count++] = frame;
    ((uint8_t *)s->is_open.base)[id] = 1;
    return STATUS_OK;
}

static Status expand(Search *s)
{
    Status status = machine_expand(s->machine, s->state, &s->expansion);
    if (status != STATUS_OK)
        return status;
    crowd_read(&s->crowd, s->uses, s->machine, s->state, &s->expansion);
    learn(s);
    return STATUS_OK;
}

/* The step of a thread that alone is enough, and has one result; NO_ID. */
static uint32_t only_step(const Search *s, ThreadSet enough)
{
    if (enough == 0 || (enough & (enough - 1)) != 0)
        return NO_ID;
    uint32_t found = NO_ID;
    for (uint32_t i = 0; i < s->expansion.count; i++)
        if (enough >> s->expansion.steps[i].thread & 1) {
            if (found != NO_ID || s->expansion.steps[i].stops)
                return NO_ID;
            found = i;
        }
    return found;
}

static Status keep(Search *s, StateId *id)
{
    Probe probe;
    uint32_t done;
    store_prefetch(s->store, s->state, 1, &probe);
    Status status = store_add(s->store, s->state, &probe, 1, id, &done);
    if (status == STATUS_LIMIT)
        s->result->limit = s->budget.was_hit ? GRAPH_MAX_MEMORY : GRAPH_MAX_STATES;
    if (status != STATUS_OK)
        return status;
    s->result->states = store_count(s->store);
    if (!stretch_ensure(&s->is_open, (size_t)*id + 1) ||
        !stretch_ensure(&s->sleeps, ((size_t)*id + 1) * sizeof(ThreadSet)))
        return budget_refused(&s->budget, &s->result->limit);
    return STATUS_OK;
}

static Status add_edge(Search *s, StateId to)
{
    if (s->frame_count == 0 || (s->reductions & REDUCE_SLEEP) == 0)
        return STATUS_OK;
    const Frame *above = (const Frame *)s->frames.base + s->frame_count - 1;
    return edges_add(&s->edges, above->id, to) ? STATUS_OK : budget_refused(&s->budget, &s->result->limit);
}

/* The state at hand was kept before. */
static Status meet_again(Search *s, StateId id, ThreadSet sleep)
{
    if (((const uint8_t *)s->is_open.base)[id]) {
        s->result->is_cyclic = true;
        return STATUS_OK;
    }
    Status status = add_edge(s, id);
    ThreadSet *asleep = (ThreadSet *)s->sleeps.base + id;
    ThreadSet woken = *asleep & ~sleep;
    if (status != STATUS_OK || woken == 0)
        return status;
    status = expand(s);
    if (status == STATUS_OK)
        status = push(s, id, woken, *asleep & sleep);
    if (status != STATUS_OK)
        return status;
    *asleep &= sleep;
    s->has_reopened = true;
    return STATUS_OK;
}

/* From the state at hand down to one that is kept, is known, or has nothing left to do. */
static Status descend(Search *s, ThreadSet sleep)
{
    for (uint32_t chain = 0;; chain++) {
        StateId id = store_find(s->store, s->state);
        if (id != UINT32_MAX)
            return meet_again(s, id, sleep);
        Status status = expand(s);
        if (status != STATUS_OK)
            return status;
        bool looks = (s->reductions & (REDUCE_PERSISTENT | REDUCE_MERGE)) != 0;
        ThreadSet enough =
            looks ? persistent_find(s->uses, s->machine, s->state, &s->crowd) : s->crowd.enabled;
        uint32_t only = (s->reductions & REDUCE_MERGE) != 0 ? only_step(s, enough) : NO_ID;
        if ((s->reductions & REDUCE_PERSISTENT) == 0 && only == NO_ID)
            enough = s->crowd.enabled;
        bool is_passed = only != NO_ID && chain % CHAIN_MAX != CHAIN_MAX - 1;
        if (!is_passed) {
            status = keep(s, &id);
            if (status == STATUS_OK)
                status = add_edge(s, id);
            if (status != STATUS_OK)
                return status;
            ((ThreadSet *)s->sleeps.base)[id] = sleep;
        }
        status = visit(s, false);
        if (status != STATUS_OK)
            return status;
        if (!is_passed)
            return push(s, id, enough & ~sleep, sleep);
        s->result->passed++;
        if ((enough & sleep) != 0)
            return STATUS_OK;
        sleep = still_asleep(s, sleep, s->expansion.steps[only].thread);
        status = step_to(s, only);
        if (status != STATUS_OK)
            return status;
    }
}

static void set_mark(Search *s)
{
    const Frame *frame = s->frame_count == 0 ? NULL : (const Frame *)s->frames.base + s->frame_count - 1;
    s->mark = (Mark){.states = s->result->states,
                     .edges = s->edges.count,
                     .passed = s->result->passed,
                     .steps = s->result->steps,
                     .news_bytes = s->news_bytes,
                     .max_depth = s->result->max_depth,
                     .frames = s->frame_count,
                     .pending = s->pending_count,
                     .next = frame == NULL ? 0 : frame->next};
}

/* From the state at hand, if there is one, until nothing is left to do. */
static Status go(Search *s, bool has_state)
{
    Status status = has_state ? descend(s, 0) : STATUS_OK;
    while (status == STATUS_OK && s->frame_count > 0 && !s->result->is_cyclic &&
           (!s->restarts || s->result->steps < s->most_steps)) {
        set_mark(s);
        if (s->is_due)
            reduced_save(s);
        s->is_due = false;
        if (s->asked != STATUS_OK)
            return s->asked;
        Frame *frame = (Frame *)s->frames.base + s->frame_count - 1;
        s->trail_count = frame->trail;
        if (frame->next == frame->count) {
            ((uint8_t *)s->is_open.base)[frame->id] = 0;
            s->pending_count = frame->first;
            s->frame_count--;
            continue;
        }
        uint32_t at = frame->first + frame->next++;
        const Pending pending = ((const Pending *)s->pending.base)[at];
        memcpy(s->state, (const Word *)s->states.base + (size_t)at * s->words, s->words * sizeof(Word));
        memcpy(s->name, (const ThreadId *)s->names.base + (size_t)(s->frame_count - 1) * s->threads,
               s->threads * sizeof(ThreadId));
        const ScheduleStep step = {s->name[pending.thread], pending.choice, pending.choices};
        sort(s);
        status = add_to_trail(s, &step);
        if (status == STATUS_OK)
            status = descend(s, pending.sleep);
    }
    if (status == STATUS_OK)
        set_mark(s);
    return status;
}

/* -------------------------------------------------------------------------- attempts */

static void clear(Search *s)
{
    store_free(s->store);
    s->store = NULL;
    edges_free(&s->edges);
    stretch_close(&s->sleeps);
    stretch_close(&s->is_open);
    stretch_close(&s->frames);
    stretch_close(&s->pending);
    stretch_close(&s->states);
    stretch_close(&s->names);
    stretch_close(&s->trail);
    stretch_close(&s->news);
    mem_free(s->state);
    mem_free(s->name);
    mem_free(s->moved);
    mem_free(s->other);
    s->state = NULL;
    s->name = s->moved = s->other = NULL;
    symmetry_free(s->symmetry);
    s->symmetry = NULL;
    s->frame_count = s->pending_count = s->trail_count = 0;
    s->has_reopened = false;
    s->asked = STATUS_OK;
    s->is_due = false;
    s->news_bytes = 0;
    s->mark = (Mark){0};
}

static bool open_stretches(Search *s)
{
    const size_t most = (size_t)1 << 40;
    return stretch_open(&s->sleeps, most, &s->budget) && stretch_open(&s->is_open, most, &s->budget) &&
           stretch_open(&s->frames, most, &s->budget) && stretch_open(&s->pending, most, &s->budget) &&
           stretch_open(&s->states, most, &s->budget) && stretch_open(&s->names, most, &s->budget) &&
           stretch_open(&s->trail, most, &s->budget) && stretch_ensure(&s->trail, sizeof(ScheduleStep)) &&
           stretch_open(&s->news, most, &s->budget) &&
           edges_open(&s->edges, &s->budget);
}

Status reduced_prepare(Search *s, uint32_t wanted)
{
    s->words = machine_words(s->machine);
    s->threads = machine_program(s->machine)->thread_count;
    s->wanted = s->reductions = wanted;
    s->budget = (Budget){.limit_bytes = s->options->max_memory};
    if (s->uses == NULL)
        s->uses = uses_new(machine_program(s->machine), &s->result->is_unfit);
    if (s->result->is_unfit)
        return STATUS_OK;
    if (s->uses != NULL)
        uses_refresh(s->uses);
    s->state = mem_alloc(s->words, sizeof *s->state);
    s->name = mem_alloc(s->threads + 1, sizeof *s->name);
    s->moved = mem_alloc(s->threads + 1, sizeof *s->moved);
    s->other = mem_alloc(s->threads + 1, sizeof *s->other);
    if (s->uses == NULL || s->state == NULL || s->name == NULL || s->moved == NULL || s->other == NULL)
        return STATUS_NO_MEMORY;
    for (ThreadId t = 0; t < s->threads; t++)
        s->name[t] = t;
    if ((wanted & REDUCE_SYMMETRY) != 0) {
        s->symmetry = symmetry_new(s->machine);
        if (s->symmetry == NULL)
            return STATUS_NO_MEMORY;
        if (symmetry_family_count(s->symmetry) > 0) {
            s->reductions &= ~(uint32_t)REDUCE_SLEEP;
        } else {
            s->reductions &= ~(uint32_t)REDUCE_SYMMETRY;
            symmetry_free(s->symmetry);
            s->symmetry = NULL;
        }
    }
    Status status = store_new(s->words, s->options->max_states, &s->budget, &s->store);
    if (status != STATUS_OK || !open_stretches(s))
        return budget_refused(&s->budget, &s->result->limit);
    return STATUS_OK;
}

static Status attempt(Search *s, uint32_t wanted)
{
    *s->result = (ReducedResult){0};
    s->restarts = false;
    s->most_steps *= 2;
    bool goes_on = checkpoint_goes_on(s->options->checkpoint);
    Status status = goes_on ? reduced_restore(s, wanted) : reduced_prepare(s, wanted);
    if (status != STATUS_OK || s->result->is_unfit)
        return status;
    s->next_check = s->result->steps + CHECK_STEPS;
    s->result->reductions = s->reductions;
    if (!goes_on) {
        status = machine_start(s->machine, s->state, &s->expansion);
        if (status == STATUS_OK)
            status = visit(s, true);
        sort(s);
    }
    if (status == STATUS_OK)
        status = go(s, !goes_on);
    s->result->bytes = s->budget.used_bytes;
    bool is_through = status == STATUS_OK && !s->restarts && !s->result->is_cyclic; /* what follows may take as long */
    if (status == STATUS_LIMIT || status == STATUS_INTERRUPTED || is_through)
        reduced_save(s);
    if (status != STATUS_OK || s->restarts || s->result->is_cyclic || !s->has_reopened)
        return status;
    bool is_acyclic = false;
    if (!edges_check(&s->edges, s->result->states, &is_acyclic))
        return budget_refused(&s->budget, &s->result->limit);
    s->result->is_cyclic = !is_acyclic;
    return STATUS_OK;
}

Status reduced_search(Machine *machine, const SearchOptions *options, uint32_t reductions,
                      const ReducedVisitor *visitor, ReducedResult *result)
{
    *result = (ReducedResult){0};
    Search s = {.machine = machine,
                .options = options,
                .visitor = visitor,
                .result = result,
                .begin = now(),
                .most_steps = FIRST_STEPS,
                .base_bytes = mem_live_bytes()};
    Status status = checkpoint_goes_on(options->checkpoint) ? STATUS_OK : learn_layout(machine, &s.expansion);
    bool again = true;
    while (status == STATUS_OK && again) {
        status = attempt(&s, reductions);
        clear(&s);
        again = s.restarts && status == STATUS_OK && !result->is_cyclic;
        if (status == STATUS_RELAYOUT) {
            expansion_free(&s.expansion);
            uses_free(s.uses); /* the program may be another one */
            s.uses = NULL;
            status = machine_relayout(machine);
            again = true;
        }
        if (again && visitor->restart != NULL)
            visitor->restart(visitor->context);
    }
    expansion_free(&s.expansion);
    uses_free(s.uses);
    return status;
}
