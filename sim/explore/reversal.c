/* reversal.c: the races of a run, turned round. */
#include <string.h>

#include "base/memory.h"
#include "explore/classes_path.h"

/* A race: event `first`, and the step of a thread that might come before it. */
typedef struct Race {
    uint32_t first;
    ThreadId thread;
    uint32_t past;          /* what happens before this event (or is it) must come before the step; NO_ID: nothing */
    FootprintId potential;  /* what the step may touch */
    bool has_options;       /* it may touch more than it did, or be disabled */
    uint32_t except_choice; /* this result is the race's first event; 0: none */
    uint32_t own;           /* the thread's own step, where it does not come after `first`: it is taken back; NO_ID: none */
} Race;

void reversal_free(Reversal *r)
{
    mem_free(r->others);
    mem_free(r->options);
    mem_free(r->is_taken);
    mem_free(r->sequence);
    mem_free(r->state);
    mem_free(r->next);
    mem_free(r->counts);
    mem_free(r->counts_next);
    *r = (Reversal){0};
}

static Status reserve(ClassPath *path)
{
    Reversal *r = &path->reversal;
    if (r->state == NULL) {
        r->state = mem_alloc(path->words, sizeof *r->state);
        r->next = mem_alloc(path->words, sizeof *r->next);
        r->counts = mem_alloc(path->counts_width, sizeof *r->counts);
        r->counts_next = mem_alloc(path->counts_width, sizeof *r->counts_next);
        if (r->state == NULL || r->next == NULL || r->counts == NULL || r->counts_next == NULL)
            return STATUS_NO_MEMORY;
    }
    if (path->count + 1 <= r->room)
        return STATUS_OK;
    uint32_t room = path->room + 1;
    uint32_t *others = mem_resize(r->others, room, sizeof *others);
    if (others != NULL)
        r->others = others;
    uint32_t *options = mem_resize(r->options, room, sizeof *options);
    if (options != NULL)
        r->options = options;
    bool *is_taken = mem_resize(r->is_taken, room, sizeof *is_taken);
    if (is_taken != NULL)
        r->is_taken = is_taken;
    Act *sequence = mem_resize(r->sequence, (size_t)room * 2, sizeof *sequence);
    if (sequence != NULL)
        r->sequence = sequence;
    if (others == NULL || options == NULL || is_taken == NULL || sequence == NULL)
        return STATUS_NO_MEMORY;
    r->room = room;
    return STATUS_OK;
}

static Act act_of(const ClassPath *path, uint32_t event)
{
    const ClassStep *step = &path->steps[event];
    return (Act){step->thread, step->choice, step->footprint};
}

/* Enters `count` acts behind the state ahead of `first`, unless what was explored there covers them. */
static Status enter(ClassPath *path, uint32_t first, Act *sequence, uint32_t count)
{
    ClassNode *node = &path->nodes[first];
    for (uint32_t s = 0; s < node->sleeper_count; s++)
        if (wakeup_initial(path->dependence, path->sleepers[node->first_sleeper + s], sequence, count) != NO_ID)
            return STATUS_OK;
    return wakeup_insert(&path->pool, path->dependence, &node->pending, sequence, count) ? STATUS_OK : STATUS_NO_MEMORY;
}

static bool is_must(const ClassPath *path, const Race *race, uint32_t event)
{
    return race->past != NO_ID && event <= race->past && path_happens(path, event, race->past);
}

/* The step behind `first`'s prefix and those of `others` that must come before it or were taken: in all its results. */
static Status try_options(ClassPath *path, const Race *race, uint32_t other_count, uint32_t option_count)
{
    Reversal *r = &path->reversal;
    Dependence *d = path->dependence;
    const Word *state = path->states + (size_t)race->first * path->words;
    memcpy(r->state, state, path->words * sizeof *state);
    if (path->counts_width > 0)
        memcpy(r->counts, path->counts + (size_t)race->first * path->counts_width,
               path->counts_width * sizeof *r->counts);

    Act *kept = r->sequence, *entered = r->sequence + r->room;
    uint32_t count = 0, choices;
    StepInfo info;
    FootprintId footprint;
    for (uint32_t k = 0; k < other_count; k++) {
        uint32_t event = r->others[k];
        bool is_ahead = is_must(path, race, event);
        bool is_out = race->own != NO_ID && race->own <= event && path_happens(path, race->own, event);
        for (uint32_t o = 0; o < option_count; o++) {
            if (r->is_taken[o])
                is_ahead |= path_happens(path, event, r->options[o]) && event <= r->options[o];
            else
                is_out |= r->options[o] <= event && path_happens(path, r->options[o], event);
        }
        if (is_ahead && is_out)
            return STATUS_OK; /* comes after what was left out */
        if (is_out)
            continue;
        kept[count++] = act_of(path, event);
        if (!is_ahead)
            continue;
        const ClassStep *step = &path->steps[event];
        Status status =
            dependence_step(d, r->state, step->thread, step->choice, r->state, r->counts, &choices, &info, &footprint);
        if (status != STATUS_OK)
            return status;
        if (choices == 0) {
            path->result->faults++;
            return STATUS_OK;
        }
    }
    for (uint32_t choice = 1;; choice++) {
        if (path->counts_width > 0)
            memcpy(r->counts_next, r->counts, path->counts_width * sizeof *r->counts);
        Status status =
            dependence_step(d, r->state, race->thread, choice, r->next, r->counts_next, &choices, &info, &footprint);
        if (status != STATUS_OK)
            return status;
        if (choices == 0)
            return STATUS_OK;
        bool is_same = race->except_choice != 0;
        if (is_same ? choice != race->except_choice
                    : dependence_conflict(d, path->steps[race->first].footprint, footprint)) {
            memcpy(entered, kept, count * sizeof *kept);
            entered[count] = (Act){race->thread, choice, footprint};
            status = enter(path, race->first, entered, count + 1);
            if (status != STATUS_OK)
                return status;
        }
        if (choice == choices)
            return STATUS_OK;
    }
}

/* Every consistent part of the options, from all of them down to none. */
static Status try_parts(ClassPath *path, const Race *race, uint32_t other_count, uint32_t option_count)
{
    Reversal *r = &path->reversal;
    for (uint32_t o = 0; o < option_count; o++)
        r->is_taken[o] = true;
    for (;;) {
        Status status = try_options(path, race, other_count, option_count);
        if (status != STATUS_OK)
            return status;
        uint32_t o = 0;
        while (o < option_count && !r->is_taken[o])
            r->is_taken[o++] = true;
        if (o == option_count)
            return STATUS_OK;
        r->is_taken[o] = false;
    }
}

static Status reverse(ClassPath *path, const Race *given)
{
    Reversal *r = &path->reversal;
    Race copy = *given;
    const Race *race = &copy;
    uint32_t others = 0, options = 0;
    copy.own = NO_ID;
    for (uint32_t k = race->first + 1; k < path->count; k++) {
        if (path_happens(path, race->first, k))
            continue;
        r->others[others++] = k;
        if (path->steps[k].thread == race->thread && !is_must(path, race, k)) {
            if (copy.own == NO_ID) /* what it did there is no part of the way to where it stands */
                copy.own = k;
            continue;
        }
        if (race->has_options && !is_must(path, race, k) &&
            dependence_conflict(path->dependence, path->steps[k].footprint, race->potential))
            r->options[options++] = k;
    }
    return try_parts(path, race, others, options);
}

/* A thread that may be disabled where it stands, ahead of event `at`: everything that conflicts with it, and that it
 * does not need to get there. */
static Status reverse_disabling(ClassPath *path, uint32_t at, ThreadId thread, FootprintId potential,
                                uint16_t disablers)
{
    uint32_t mover = path->movers[(size_t)at * path->threads + thread];
    for (uint32_t k = 0; k < at; k++) {
        if (!dependence_disables(path->dependence, path->steps[k].footprint, potential, disablers))
            continue;
        if (mover != 0 && k < mover && path_happens(path, k, mover - 1))
            continue;
        const Race race = {.first = k,
                           .thread = thread,
                           .past = mover == 0 ? NO_ID : mover - 1,
                           .potential = potential,
                           .has_options = true};
        Status status = reverse(path, &race);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* The step moved others on from where they stood: each might have taken a step of its own instead. */
static Status reverse_moving(ClassPath *path, uint32_t at)
{
    const Word *state = path->states + (size_t)at * path->words;
    for (ThreadId t = 0; t < path->threads; t++) {
        if (t == path->steps[at].thread || !dependence_moves(path->dependence, path->steps[at].footprint, t))
            continue;
        FootprintId potential;
        uint16_t disablers;
        bool is_fixed;
        Status status = dependence_pending(path->dependence, state, t, &potential, &disablers, &is_fixed);
        if (status == STATUS_OK && disablers != 0) {
            const Race race = {.first = at, .thread = t, .past = NO_ID, .potential = potential, .has_options = true};
            status = reverse(path, &race);
            if (status == STATUS_OK)
                status = reverse_disabling(path, at, t, potential, disablers);
        }
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static Status reverse_event(ClassPath *path, uint32_t at)
{
    const ClassEvent *event = &path->events[at];
    const ClassStep *step = &path->steps[at];
    Status status = STATUS_OK;
    if (event->disablers != 0)
        status = reverse_disabling(path, at, step->thread, event->potential, event->disablers);
    for (uint32_t i = 0; i < event->race_count && status == STATUS_OK; i++) {
        const Race race = {.first = path->races[event->first_race + i],
                           .thread = step->thread,
                           .past = at,
                           .potential = event->potential,
                           .has_options = !event->is_fixed};
        status = reverse(path, &race);
    }
    if (event->moves_others && status == STATUS_OK)
        status = reverse_moving(path, at);
    if (step->choices > 1 && status == STATUS_OK) {
        const Race race = {.first = at,
                           .thread = step->thread,
                           .past = NO_ID,
                           .potential = event->potential,
                           .has_options = true,
                           .except_choice = step->choice};
        status = reverse(path, &race);
    }
    return status;
}

/* Threads that stand somewhere when the run ends. */
static Status reverse_waiting(ClassPath *path)
{
    const Word *end = path->states + (size_t)path->count * path->words;
    for (ThreadId t = 0; t < path->threads; t++) {
        FootprintId potential;
        uint16_t disablers;
        bool is_fixed;
        Status status = dependence_pending(path->dependence, end, t, &potential, &disablers, &is_fixed);
        if (status == STATUS_OK && disablers != 0)
            status = reverse_disabling(path, path->count, t, potential, disablers);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* The last step ended the execution: each other thread might have gone on instead. */
static Status reverse_stop(ClassPath *path)
{
    uint32_t last = path->count - 1;
    for (ThreadId t = 0; t < path->threads; t++) {
        if (t == path->steps[last].thread)
            continue;
        const Race race = {.first = last, .thread = t, .past = NO_ID};
        Status status = reverse(path, &race);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

Status reversal_find(ClassPath *path)
{
    Status status = reserve(path);
    for (uint32_t k = 0; k < path->count && status == STATUS_OK; k++)
        status = reverse_event(path, k);
    if (status == STATUS_OK)
        status = reverse_waiting(path);
    if (status == STATUS_OK && path->count > 0 && path->events[path->count - 1].stops)
        status = reverse_stop(path);
    return status;
}
