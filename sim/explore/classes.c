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
enum { MAX_STEPS = 100000, CHECK_STEPS = 4096, FIRST_MARK = 64 };

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
    mem_free(path->nodes);
    happens_free(&path->happens);
    mem_free(path->stands);
    mem_free(path->moves);
    mem_free(path->sleepers);
    mem_free(path->races);
    mem_free(path->pairs);
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
    GROW(path, nodes, 1);
    GROW(path, pairs, 1);
    path->room = room;
    return true;
}

static uint64_t bit_of(ThreadId thread)
{
    return thread < 64 ? UINT64_C(1) << thread : 0;
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
    node->asleep |= bit_of(act.thread);
    return true;
}

static bool add_move(ClassPath *path, ThreadId thread)
{
    if (path->move_count == path->move_room) {
        uint32_t room = path->move_room * 2 + 16;
        GROW(path, moves, 1);
        path->move_room = room;
    }
    path->moves[path->move_count] = (Move){thread, path->count, path->stands[thread], NO_ID};
    path->stands[thread] = path->move_count++;
    return true;
}

/* -------------------------------------------------------------------------- steps */

static ClassRun run_of(const ClassPath *path, bool is_dropped)
{
    return (ClassRun){path->machine, path->dependence, path->steps, path->states, path->count, is_dropped, path};
}

bool class_run_happens(const ClassRun *run, uint32_t k, uint32_t at)
{
    return happens_earlier(&run->path->happens, k, at);
}

/* The step from the end of the path; the state behind it is in its place then. */
static Status try_step(ClassPath *path, ThreadId thread, uint32_t choice, StepFacts *facts)
{
    const Word *state = path->states + (size_t)path->count * path->words;
    Word *next = path->states + (size_t)(path->count + 1) * path->words;
    uint64_t *counts = NULL;
    if (path->counts_width > 0) {
        counts = path->counts + (size_t)(path->count + 1) * path->counts_width;
        memcpy(counts, counts - path->counts_width, path->counts_width * sizeof *counts);
    }
    return dependence_step(path->dependence, state, thread, choice, next, counts, facts);
}

/* Who is moved on by the newest event: its own thread, and others. */
static bool note_moves(ClassPath *path, ThreadId self, const StepFacts *facts)
{
    const Touch *touches;
    if (!add_move(path, self))
        return false;
    uint32_t count = facts->moves_others ? dependence_touches(path->dependence, facts->footprint, &touches) : 0;
    for (uint32_t i = 0; i < count; i++) {
        ThreadId thread = dependence_moved(path->dependence, &touches[i]);
        if (thread != NO_ID && thread != self && !add_move(path, thread))
            return false;
    }
    return true;
}

/* Of the events that the newest one conflicts with those of others, and that its thread does not need. */
static uint32_t drop_needed(const ClassPath *path, uint32_t mover, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = path->pairs[i];
        bool is_needed = path->steps[k].thread == path->steps[path->count - 1].thread ||
                         (mover != 0 && k < mover && happens_earlier(&path->happens, k, mover - 1));
        if (!is_needed)
            path->pairs[kept++] = k;
    }
    return kept;
}

/* Takes the act at the end of the path, which was tried. */
static Status take(ClassPath *path, Act act, const StepFacts *facts, bool *stops, bool *dropped)
{
    uint32_t at = path->count, pairs, mover = path_mover(path, act.thread);
    path->steps[at] = (ClassStep){act.thread, act.choice, facts->choices, facts->footprint, facts->point};
    path->events[at] = (ClassEvent){path->race_count, path->move_count, facts->stops};
    *stops = facts->stops;
    *dropped = false;
    const Issue *issues = facts->issue_count == 0 ? NULL : dependence_issues(path->dependence) + facts->first_issue;
    for (uint32_t i = 0; i < facts->issue_count; i++)
        *dropped |= issues[i].is_stop && issues[i].is_assume;
    if (!happens_add(&path->happens, act.thread, facts->footprint, path->pairs, &pairs))
        return STATUS_NO_MEMORY;
    path->count++;
    path->result->steps++;
    if (path->count > path->result->max_depth)
        path->result->max_depth = path->count;
    if (!note_moves(path, act.thread, facts))
        return STATUS_NO_MEMORY;
    pairs = drop_needed(path, mover, pairs);
    const ClassesOptions *options = path->options;
    Status status = STATUS_OK;
    if (options->event != NULL) { /* ahead of the races: finding them may execute other steps */
        const ClassRun run = run_of(path, false);
        status = options->event(options->context, &run, issues, facts->issue_count, path->pairs, pairs);
    }
    return status == STATUS_OK ? races_note(path, facts, mover, path->pairs, pairs) : status;
}

/* ---------------------------------------------------------------------- exploring */

static const Act *find_sleeper(const ClassPath *path, const ClassNode *node, ThreadId thread, uint32_t choice)
{
    if (thread < 64 && (node->asleep & bit_of(thread)) == 0)
        return NULL;
    for (uint32_t s = 0; s < node->sleeper_count; s++) {
        const Act *act = &path->sleepers[node->first_sleeper + s];
        if (act->thread == thread && act->choice == choice)
            return act;
    }
    return NULL;
}

/* Any result of the thread's step that does not sleep: the first, which is tried then. */
static Status choose_of(ClassPath *path, ThreadId thread, Act *act, StepFacts *facts, bool *can_step, bool *found)
{
    ClassNode *node = &path->nodes[path->count];
    const Act *first = find_sleeper(path, node, thread, 1);
    if (first != NULL && first->choices == 1)
        return STATUS_OK;
    for (uint32_t choice = 1;; choice++) {
        Status status = try_step(path, thread, choice, facts);
        if (status != STATUS_OK)
            return status;
        if (facts->choices == 0)
            break;
        *can_step = true;
        if (find_sleeper(path, node, thread, choice) == NULL) {
            *act = (Act){.thread = thread, .choice = choice};
            *found = true;
            return STATUS_OK;
        }
        if (choice == facts->choices)
            return STATUS_OK;
    }
    if (facts->point == 0) {
        node->ended |= bit_of(thread);
    } else if (facts->potential != NO_ID) {
        node->blocked |= bit_of(thread);
        path->moves[path->stands[thread]].potential = facts->potential;
    }
    return STATUS_OK;
}

/* Any step that does not sleep, which is tried then: of the thread that stepped last, or the first. `*can_step`: there is
 * a step at all. */
static Status choose(ClassPath *path, Act *act, StepFacts *facts, bool *can_step, bool *found)
{
    const ClassNode *node = &path->nodes[path->count];
    Status status = STATUS_OK;
    *can_step = node->sleeper_count > 0;
    *found = false;
    ThreadId last = path->count == 0 ? 0 : path->steps[path->count - 1].thread;
    status = choose_of(path, last, act, facts, can_step, found);
    for (uint64_t rest = ~(node->ended | node->blocked | bit_of(last)); rest != 0 && !*found; rest &= rest - 1) {
        ThreadId t = (ThreadId)__builtin_ctzll(rest);
        if (t >= path->threads || status != STATUS_OK)
            return status;
        status = choose_of(path, t, act, facts, can_step, found);
    }
    for (ThreadId t = 64; t < path->threads && status == STATUS_OK && !*found; t++)
        if (t != last)
            status = choose_of(path, t, act, facts, can_step, found);
    return status;
}

/* Back to the deepest place where something is left to do; false: all is done. */
static Status back(ClassPath *path, bool *goes_on)
{
    *goes_on = false;
    while (path->count > 0) {
        uint32_t at = --path->count;
        path->race_count = path->events[at].first_race;
        while (path->move_count > path->events[at].first_move) {
            const Move *move = &path->moves[--path->move_count];
            path->stands[move->thread] = move->before;
        }
        ClassNode *node = &path->nodes[at];
        path->sleeper_count = node->first_sleeper + node->sleeper_count;
        const ClassStep *step = &path->steps[at];
        if (node->pending.first == 0)
            continue;
        if (!add_sleeper(path, node, (Act){step->thread, step->choice, step->choices, step->footprint}))
            return STATUS_NO_MEMORY;
        happens_cut(&path->happens, at);
        if (path->cut > at)
            path->cut = at;
        *goes_on = true;
        return STATUS_OK;
    }
    return STATUS_OK;
}

/* The node behind the newest event: those go on sleeping, and are still blocked, that it does not conflict with. */
static Status begin_node(ClassPath *path, WakeList below)
{
    const ClassNode *above = &path->nodes[path->count - 1];
    ClassNode *node = &path->nodes[path->count];
    FootprintId footprint = path->steps[path->count - 1].footprint;
    *node = (ClassNode){.ended = above->ended, .first_sleeper = path->sleeper_count, .pending = below};
    for (uint64_t rest = above->blocked; rest != 0; rest &= rest - 1) {
        FootprintId potential = path->moves[path->stands[__builtin_ctzll(rest)]].potential;
        if (potential != NO_ID && !happens_conflict(&path->happens, potential, footprint))
            node->blocked |= rest & -rest;
    }
    for (uint32_t s = 0; s < above->sleeper_count; s++) {
        Act act = path->sleepers[above->first_sleeper + s];
        if (!happens_conflict(&path->happens, act.footprint, footprint) && !add_sleeper(path, node, act))
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
    return status == STATUS_OK ? races_reverse(path) : status;
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
    const Word *then = path->states + (size_t)path->mark * path->words,
               *now = path->states + (size_t)count * path->words;
    for (uint32_t w = 0; w < path->words; w++)
        if (then[w] != now[w])
            return false;
    return true;
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
        WakeList below = {0};
        Act act = {0};
        StepFacts facts;
        bool is_planned = path->nodes[path->count].pending.first != 0, can_step = !stops, found = false;
        Status status = reserve_event(path) ? STATUS_OK : STATUS_NO_MEMORY;
        if (status == STATUS_OK && !is_planned && !stops)
            status = choose(path, &act, &facts, &can_step, &found);
        if (status != STATUS_OK)
            return status;
        if (is_planned)
            act = wakeup_take(&path->pool, &path->nodes[path->count].pending, &below);
        bool is_cut = can_step && path->count >= max_steps;
        if ((is_planned || found) && !is_cut) {
            if (is_planned) {
                status = try_step(path, act.thread, act.choice, &facts);
                if (status == STATUS_OK && (facts.choices == 0 || facts.footprint != act.footprint)) {
                    result->faults++;
                    return STATUS_INVALID;
                }
            }
            if (status == STATUS_OK)
                status = take(path, act, &facts, &stops, &dropped);
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
    path->happens = (Happens){.dependence = path->dependence, .threads = path->threads};
    path->stands = mem_alloc(path->threads, sizeof *path->stands);
    if (path->stands == NULL || !reserve_event(path))
        return STATUS_NO_MEMORY;
    for (ThreadId t = 0; t < path->threads; t++) {
        path->stands[t] = NO_ID;
        if (!add_move(path, t))
            return STATUS_NO_MEMORY;
    }
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
