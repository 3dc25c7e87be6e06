#include "explore/classes.h"

#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "explore/classes_path.h"

#ifdef SNARL_SMALL_TABLES
enum { FIRST_EVENTS = 2 };
#else
enum { FIRST_EVENTS = 64 };
#endif
enum { MAX_STEPS = 100000, CHECK_STEPS = 4096, FIRST_MARK = 64, EVENTS_IN_A_ROW = 16 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ------------------------------------------------------------------------ memory */

static void path_clear(ClassPath *path)
{
    mem_free(path->steps);
    mem_free(path->events);
    mem_free(path->states);
    mem_free(path->counts);
    mem_free(path->clocks);
    mem_free(path->movers);
    mem_free(path->lasts);
    mem_free(path->cursors);
    mem_free(path->nodes);
    mem_free(path->sleepers);
    mem_free(path->races);
    wakeup_free(&path->pool);
    reversal_free(&path->reversal);
    expansion_free(&path->expansion);
    dependence_free(path->dependence);
    *path = (ClassPath){.machine = path->machine, .options = path->options, .result = path->result};
}

#define GROW(path, field, width)                                                                                       \
    do {                                                                                                               \
        void *larger = mem_resize((path)->field, (size_t)room * (width), sizeof *(path)->field);                       \
        if (larger == NULL)                                                                                            \
            return false;                                                                                              \
        (path)->field = larger;                                                                                        \
    } while (0)

/* Room for one more event. */
static bool reserve_event(ClassPath *path)
{
    if (path->count + 1 < path->room)
        return true;
    uint32_t room = path->room == 0 ? FIRST_EVENTS : path->room * 2;
    GROW(path, steps, 1);
    GROW(path, events, 1);
    GROW(path, states, path->words);
    if (path->counts_width > 0)
        GROW(path, counts, path->counts_width);
    GROW(path, clocks, path->threads);
    GROW(path, movers, path->threads);
    GROW(path, lasts, path->threads);
    GROW(path, nodes, 1);
    path->room = room;
    return true;
}

static bool add_sleeper(ClassPath *path, ClassNode *node, Act act)
{
    if (path->sleeper_count == path->sleeper_room) {
        uint32_t room = path->sleeper_room * 2 + 16;
        GROW(path, sleepers, 1);
        path->sleeper_room = room;
    }
    path->sleepers[path->sleeper_count++] = act;
    node->sleeper_count++;
    return true;
}

static bool add_race(ClassPath *path, ClassEvent *event, uint32_t earlier)
{
    if (path->race_count == path->race_room) {
        uint32_t room = path->race_room * 2 + 16;
        GROW(path, races, 1);
        path->race_room = room;
    }
    path->races[path->race_count++] = earlier;
    event->race_count++;
    return true;
}

/* -------------------------------------------------------------------------- steps */

/* The newest event below `next`, plus one, that is not known to be before; 0: none. */
static uint32_t newest_in_a_row(const ClassPath *path, const uint32_t *clock, uint32_t next)
{
    while (next > 0 && path->events[next - 1].ordinal <= clock[path->steps[next - 1].thread])
        next--;
    return next;
}

/* The same, where a cursor of each thread stands at its newest event, plus one, that was not looked at. */
static uint32_t newest_by_thread(const ClassPath *path, const uint32_t *clock, uint32_t *cursors)
{
    uint32_t newest = 0;
    for (ThreadId t = 0; t < path->threads; t++) {
        if (cursors[t] != 0 && path->events[cursors[t] - 1].ordinal <= clock[t])
            cursors[t] = 0; /* and so are all earlier ones of that thread */
        if (cursors[t] > newest)
            newest = cursors[t];
    }
    return newest;
}

/* Clock of the newest event: backwards over those that nothing later has brought along. What conflicts then has
 * nothing between. */
static bool order_event(ClassPath *path, uint32_t at)
{
    uint32_t threads = path->threads;
    ThreadId thread = path->steps[at].thread;
    uint32_t *clock = path->clocks + (size_t)at * threads, *cursors = path->cursors;
    ClassEvent *event = &path->events[at];
    uint32_t mover = path->movers[(size_t)at * threads + thread];
    memset(clock, 0, threads * sizeof *clock);
    memcpy(cursors, path->lasts + (size_t)at * threads, threads * sizeof *cursors);
    event->first_race = path->race_count;
    event->race_count = 0;
    event->previous = cursors[thread];
    bool is_short = at < threads * EVENTS_IN_A_ROW; /* then one by one is faster than thread by thread */
    for (uint32_t next = at;;) {
        uint32_t k = is_short ? newest_in_a_row(path, clock, next) : newest_by_thread(path, clock, cursors);
        if (k-- == 0)
            break;
        next = k;
        ThreadId other = path->steps[k].thread;
        cursors[other] = path->events[k].previous;
        if (!dependence_conflict(path->dependence, path->steps[k].footprint, path->steps[at].footprint))
            continue;
        const uint32_t *theirs = path->clocks + (size_t)k * threads;
        for (ThreadId t = 0; t < threads; t++)
            if (clock[t] < theirs[t])
                clock[t] = theirs[t];
        bool is_needed = other == thread || (mover != 0 && k < mover && path_happens(path, k, mover - 1));
        if (!is_needed && !add_race(path, event, k))
            return false;
    }
    event->ordinal = ++clock[thread];
    return true;
}

static ClassRun run_of(const ClassPath *path, bool is_dropped)
{
    return (ClassRun){path->machine, path->dependence, path->steps, path->states, path->count, is_dropped, path};
}

bool class_run_happens(const ClassRun *run, uint32_t k, uint32_t at)
{
    return path_happens(run->path, k, at);
}

/* Takes the act at the end of the path. */
static Status take(ClassPath *path, Act act, bool is_planned, bool *stops, bool *dropped)
{
    if (!reserve_event(path))
        return STATUS_NO_MEMORY;
    uint32_t at = path->count, threads = path->threads;
    const Word *state = path->states + (size_t)at * path->words;
    Word *next = path->states + (size_t)(at + 1) * path->words;
    uint64_t *counts = NULL;
    if (path->counts_width > 0) {
        counts = path->counts + (size_t)(at + 1) * path->counts_width;
        memcpy(counts, counts - path->counts_width, path->counts_width * sizeof *counts);
    }
    ClassStep *step = &path->steps[at];
    ClassEvent *event = &path->events[at];
    StepInfo info;
    Status status = dependence_step(path->dependence, state, act.thread, act.choice, next, counts, &step->choices,
                                    &info, &step->footprint);
    if (status != STATUS_OK)
        return status;
    if (step->choices == 0 || (is_planned && step->footprint != act.footprint)) {
        path->result->faults++;
        return STATUS_INVALID;
    }
    step->thread = act.thread;
    step->choice = act.choice;
    step->point = machine_point(path->machine, state, act.thread);
    event->stops = *stops = info.stops;
    *dropped = false;
    const Issue *issues = dependence_issues(path->dependence);
    for (uint32_t i = 0; i < info.issue_count; i++)
        *dropped |= issues[info.first_issue + i].is_stop && issues[info.first_issue + i].is_assume;
    /* what it might have touched matters only where that may be something else */
    dependence_point(path->dependence, state, act.thread, &event->disablers, &event->is_fixed);
    event->potential = step->footprint;
    if (!event->is_fixed || event->disablers != 0 || step->choices > 1)
        status = dependence_pending(path->dependence, state, act.thread, &event->potential, &event->disablers,
                                    &event->is_fixed);
    if (status != STATUS_OK)
        return status;

    uint32_t *movers = path->movers + (size_t)(at + 1) * threads;
    memcpy(movers, movers - threads, threads * sizeof *movers);
    event->moves_others = false;
    for (ThreadId t = 0; t < threads; t++)
        if (dependence_moves(path->dependence, step->footprint, t)) {
            movers[t] = at + 1;
            event->moves_others |= t != act.thread;
        }
    if (!order_event(path, at))
        return STATUS_NO_MEMORY;
    uint32_t *lasts = path->lasts + (size_t)(at + 1) * threads;
    memcpy(lasts, lasts - threads, threads * sizeof *lasts);
    lasts[act.thread] = at + 1;
    path->count++;
    path->result->steps++;
    if (path->count > path->result->max_depth)
        path->result->max_depth = path->count;
    const ClassesOptions *options = path->options;
    if (options->event == NULL)
        return STATUS_OK;
    const ClassRun run = run_of(path, false);
    return options->event(options->context, &run, &info, issues, path->races + event->first_race, event->race_count);
}

/* ---------------------------------------------------------------------- exploring */

static bool sleeps(const ClassPath *path, const ClassNode *node, ThreadId thread, uint32_t choice)
{
    for (uint32_t s = 0; s < node->sleeper_count; s++) {
        const Act *act = &path->sleepers[node->first_sleeper + s];
        if (act->thread == thread && act->choice == choice)
            return true;
    }
    return false;
}

/* Any step that does not sleep: the first. `*can_step`: there is a step at all. */
static Status choose(ClassPath *path, Act *act, bool *can_step, bool *found)
{
    const ClassNode *node = &path->nodes[path->count];
    *can_step = *found = false;
    Status status = machine_expand(path->machine, path->states + (size_t)path->count * path->words, &path->expansion);
    if (status != STATUS_OK)
        return status;
    *can_step = path->expansion.count > 0;
    for (uint32_t i = 0; i < path->expansion.count && !*found; i++) {
        const StepInfo *info = &path->expansion.steps[i];
        if (sleeps(path, node, info->thread, info->choice))
            continue;
        *act = (Act){.thread = info->thread, .choice = info->choice};
        *found = true;
    }
    return STATUS_OK;
}

/* Back to the deepest place where something is left to do; false: all is done. */
static Status back(ClassPath *path, bool *goes_on)
{
    *goes_on = false;
    while (path->count > 0) {
        uint32_t at = --path->count;
        path->race_count = path->events[at].first_race;
        ClassNode *node = &path->nodes[at];
        path->sleeper_count = node->first_sleeper + node->sleeper_count;
        const ClassStep *step = &path->steps[at];
        if (node->pending.first == 0)
            continue;
        if (!add_sleeper(path, node, (Act){step->thread, step->choice, step->footprint}))
            return STATUS_NO_MEMORY;
        *goes_on = true;
        return STATUS_OK;
    }
    return STATUS_OK;
}

/* The node behind the newest event: those go on sleeping that do not conflict with it. */
static Status begin_node(ClassPath *path, WakeList below)
{
    const ClassNode *above = &path->nodes[path->count - 1];
    ClassNode *node = &path->nodes[path->count];
    *node = (ClassNode){.first_sleeper = path->sleeper_count, .pending = below};
    for (uint32_t s = 0; s < above->sleeper_count; s++) {
        Act act = path->sleepers[above->first_sleeper + s];
        if (!dependence_conflict(path->dependence, act.footprint, path->steps[path->count - 1].footprint) &&
            !add_sleeper(path, node, act))
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

static Status end_run(ClassPath *path, bool is_dropped)
{
    if (is_dropped)
        path->result->dropped++;
    else
        path->result->classes++;
    const ClassesOptions *options = path->options;
    Status status = STATUS_OK;
    if (options->visit != NULL) {
        const ClassRun run = run_of(path, is_dropped);
        status = options->visit(options->context, &run);
    }
    return status == STATUS_OK ? reversal_find(path) : status;
}

/* Limits; true: go on. */
static bool goes_on(ClassPath *path, double begin, uint64_t *next_check)
{
    ClassesResult *result = path->result;
    const ClassesOptions *options = path->options;
    if (options->max_runs > 0 && result->classes + result->dropped >= options->max_runs) {
        result->limit = CLASSES_MAX_RUNS;
        return false;
    }
    if (result->steps < *next_check)
        return true;
    *next_check = result->steps + CHECK_STEPS;
    double seconds = now() - begin;
    if (options->max_seconds > 0 && seconds > options->max_seconds)
        result->limit = CLASSES_MAX_SECONDS;
    else if (options->progress != NULL &&
             !options->progress(options->progress_context, result->classes + result->dropped, result->steps, seconds))
        result->limit = CLASSES_STOPPED;
    return result->limit == CLASSES_NO_LIMIT;
}

/* Whether the newest state is one that the path was in before; on a path that goes round for ever it will be told
 * (Brent, BIT 1980). */
static bool comes_back(ClassPath *path)
{
    uint32_t count = path->count;
    if (path->mark >= count || count > path->mark * 2 + FIRST_MARK)
        path->mark = count / 2; /* the path was cut back, or is twice as long as then */
    return memcmp(path->states + (size_t)path->mark * path->words, path->states + (size_t)count * path->words,
                  path->words * sizeof(Word)) == 0;
}

static Status explore(ClassPath *path)
{
    ClassesResult *result = path->result;
    double begin = now();
    uint64_t next_check = CHECK_STEPS;
    uint32_t max_steps = path->options->max_steps == 0 ? MAX_STEPS : path->options->max_steps;
    path->nodes[0] = (ClassNode){0};
    bool stops = machine_stop(path->machine, path->states) != NULL,
         dropped = stops && machine_stop(path->machine, path->states)->is_assume;
    for (;;) {
        ClassNode *node = &path->nodes[path->count];
        WakeList below = {0};
        Act act = {0};
        bool is_planned = node->pending.first != 0, can_step = !stops, found = false;
        Status status = STATUS_OK;
        if (is_planned)
            act = wakeup_take(&path->pool, &node->pending, &below);
        else if (!stops)
            status = choose(path, &act, &can_step, &found);
        if (status != STATUS_OK)
            return status;
        bool is_cut = can_step && path->count >= max_steps;
        if ((is_planned || found) && !is_cut) {
            status = take(path, act, is_planned, &stops, &dropped);
            if (status == STATUS_OK)
                status = begin_node(path, below);
            if (status != STATUS_OK)
                return status;
            if (comes_back(path)) {
                result->limit = CLASSES_ENDLESS;
                return STATUS_OK;
            }
            if (!goes_on(path, begin, &next_check))
                return STATUS_OK;
            continue;
        }
        wakeup_drop(&path->pool, &below);
        if (is_cut) { /* no number of classes can come of it any more */
            result->limit = CLASSES_MAX_STEPS;
            return STATUS_OK;
        }
        if (can_step)
            result->faults++;
        else
            status = end_run(path, dropped);
        bool more = false;
        if (status == STATUS_OK)
            status = back(path, &more);
        if (status != STATUS_OK)
            return status;
        if (!more)
            break;
        if (!goes_on(path, begin, &next_check))
            return STATUS_OK;
        stops = dropped = false;
    }
    result->is_complete = result->limit == CLASSES_NO_LIMIT && result->faults == 0;
    return STATUS_OK;
}

static Status start(ClassPath *path)
{
    path->dependence = dependence_new(path->machine);
    if (path->dependence == NULL)
        return STATUS_NO_MEMORY;
    path->words = machine_words(path->machine);
    path->threads = machine_program(path->machine)->thread_count;
    path->counts_width = dependence_counts(path->dependence);
    path->cursors = mem_alloc(path->threads, sizeof *path->cursors);
    if (path->cursors == NULL || !reserve_event(path))
        return STATUS_NO_MEMORY;
    memset(path->lasts, 0, path->threads * sizeof *path->lasts);
    memset(path->movers, 0, path->threads * sizeof *path->movers);
    if (path->counts_width > 0)
        dependence_start(path->dependence, path->counts);
    return machine_start(path->machine, path->states, &path->expansion);
}

Status classes_run(Machine *machine, const ClassesOptions *options, ClassesResult *result)
{
    ClassPath path = {.machine = machine, .options = options, .result = result};
    Status status;
    do {
        *result = (ClassesResult){0};
        status = start(&path);
        if (status == STATUS_OK)
            status = explore(&path);
        path_clear(&path);
        if (status == STATUS_RELAYOUT) {
            Status again = machine_relayout(machine);
            if (again != STATUS_OK)
                return again;
            if (options->restart != NULL)
                options->restart(options->context);
        }
    } while (status == STATUS_RELAYOUT);
    return status;
}
