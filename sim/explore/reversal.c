/* reversal.c: one race of a run turned round.
 *
 * What is entered is a beginning of notdep(e, E).p (the paper's v): everything of the run that does not come after event e, then
 * the step p. Whether something covers it is decided by all of that, as in the paper. Of what is new only the part is
 * entered that the step needs, and what wakes all that will sleep there: with nobody asleep no run behind it can end
 * asleep, and it covers the whole of v. So it seldom holds events behind the race, and then the same race is not looked at
 * again as long as the path keeps the events that it does hold (Race.settled). */
#include <string.h>

#include "base/memory.h"
#include "explore/classes_path.h"

void reversal_free(Reversal *r)
{
    mem_free(r->rest);
    mem_free(r->must);
    mem_free(r->needed);
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

/* What works on rows is compiled for rows of one word as well. */
#define ROWS static inline __attribute__((always_inline))

#define GROW(r, field, number)                                                                                         \
    do {                                                                                                               \
        void *larger = mem_resize((r)->field, (number), sizeof *(r)->field);                                           \
        if (larger == NULL)                                                                                            \
            return STATUS_NO_MEMORY;                                                                                   \
        (r)->field = larger;                                                                                           \
    } while (0)

Status reversal_reserve(ClassPath *path)
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
    if (path->happens.width > r->width) {
        uint32_t width = path->happens.width;
        GROW(r, rest, width);
        GROW(r, must, width);
        GROW(r, needed, width);
        r->width = width;
    }
    if (path->count + 1 > r->room) {
        uint32_t room = path->room + 1;
        GROW(r, others, room);
        GROW(r, options, room);
        GROW(r, is_taken, room);
        GROW(r, sequence, (size_t)room * 2);
        r->room = room;
    }
    return STATUS_OK;
}

static Act act_of(const ClassPath *path, uint32_t event)
{
    const ClassStep *step = &path->steps[event];
    return (Act){step->thread, step->choice, step->choices, step->footprint};
}

/* ----------------------------------------------------------------- every part */

/* Enters `count` acts behind the state ahead of `first`, unless what was explored there covers them. */
static Status enter_sequence(ClassPath *path, uint32_t first, Act *sequence, uint32_t count)
{
    ClassNode *node = &path->nodes[first];
    for (uint32_t s = 0; s < node->sleeper_count; s++)
        if (wakeup_initial(path->dependence, path->sleepers[node->first_sleeper + s], sequence, count) != NO_ID)
            return STATUS_OK;
    return wakeup_insert(&path->pool, path->dependence, &node->pending, sequence, count) ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The step behind `first`'s prefix and those of `others` that must come before it or were taken: in all its results.
 * `own`: the thread's own step, where it does not come after `first`: it is taken back; NO_ID: none. */
static Status try_options(ClassPath *path, const Race *race, uint32_t own, uint32_t other_count, uint32_t option_count)
{
    Reversal *r = &path->reversal;
    Dependence *d = path->dependence;
    const Happens *h = &path->happens;
    const Word *state = path->states + (size_t)race->first * path->words;
    memcpy(r->state, state, path->words * sizeof *state);
    if (path->counts_width > 0)
        memcpy(r->counts, path->counts + (size_t)race->first * path->counts_width,
               path->counts_width * sizeof *r->counts);

    Act *kept = r->sequence, *entered = r->sequence + r->room;
    uint32_t count = 0;
    StepFacts facts;
    for (uint32_t k = 0; k < other_count; k++) {
        uint32_t event = r->others[k];
        bool is_ahead = happens_has(r->must, event);
        bool is_out = own != NO_ID && own <= event && happens_earlier(h, own, event);
        for (uint32_t o = 0; o < option_count; o++) {
            if (r->is_taken[o])
                is_ahead |= event <= r->options[o] && happens_earlier(h, event, r->options[o]);
            else
                is_out |= r->options[o] <= event && happens_earlier(h, r->options[o], event);
        }
        if (is_ahead && is_out)
            return STATUS_OK; /* comes after what was left out */
        if (is_out)
            continue;
        kept[count++] = act_of(path, event);
        if (!is_ahead)
            continue;
        const ClassStep *step = &path->steps[event];
        Status status = dependence_step(d, r->state, step->thread, step->choice, r->state, r->counts, &facts);
        if (status != STATUS_OK)
            return status;
        if (facts.choices == 0) {
            path->result->faults++;
            return STATUS_OK;
        }
    }
    for (uint32_t choice = 1;; choice++) {
        if (path->counts_width > 0)
            memcpy(r->counts_next, r->counts, path->counts_width * sizeof *r->counts);
        Status status = dependence_step(d, r->state, race->thread, choice, r->next, r->counts_next, &facts);
        if (status != STATUS_OK)
            return status;
        if (facts.choices == 0)
            return STATUS_OK;
        bool is_same = race->except_choice != 0;
        if (is_same ? choice != race->except_choice
                    : dependence_conflict(d, path->steps[race->first].footprint, facts.footprint)) {
            memcpy(entered, kept, count * sizeof *kept);
            entered[count] = (Act){race->thread, choice, facts.choices, facts.footprint};
            status = enter_sequence(path, race->first, entered, count + 1);
            if (status != STATUS_OK)
                return status;
        }
        if (choice == facts.choices)
            return STATUS_OK;
    }
}

/* Every consistent part of the options, from all of them down to none. `options`: the row of events that may touch what
 * the step may touch; NULL: none. */
static Status try_parts(ClassPath *path, const Race *race, uint32_t own, const uint64_t *options)
{
    Reversal *r = &path->reversal;
    const uint64_t *mine = happens_of_thread(&path->happens, race->thread);
    uint32_t other_count = 0, option_count = 0;
    for (uint32_t k = race->first + 1; k < path->count; k++) {
        if (!happens_has(r->rest, k))
            continue;
        r->others[other_count++] = k;
        if (options != NULL && happens_has(options, k) && !happens_has(mine, k) && !happens_has(r->must, k))
            r->options[option_count++] = k;
    }
    for (uint32_t o = 0; o < option_count; o++)
        r->is_taken[o] = true;
    for (;;) {
        Status status = try_options(path, race, own, other_count, option_count);
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

/* ------------------------------------------------------------------- one step */

/* The step behind what must come before it, and nothing else. */
ROWS Status try_step(ClassPath *path, Race *race, const uint32_t from, const uint32_t to)
{
    Reversal *r = &path->reversal;
    const Word *state = path->states + (size_t)race->first * path->words;
    StepFacts facts;
    if (path->counts_width > 0)
        memcpy(r->counts, path->counts + (size_t)race->first * path->counts_width,
               path->counts_width * sizeof *r->counts);
    race->result = RESULT_NONE;
    for (uint32_t w = from; w < to; w++)
        for (uint64_t rest = r->must[w]; rest != 0; rest &= rest - 1) {
            const ClassStep *step = &path->steps[w * 64 + (uint32_t)__builtin_ctzll(rest)];
            Status status =
                dependence_step(path->dependence, state, step->thread, step->choice, r->state, r->counts, &facts);
            if (status != STATUS_OK)
                return status;
            if (facts.choices == 0) {
                path->result->faults++;
                return STATUS_OK;
            }
            state = r->state;
        }
    Status status = dependence_step(path->dependence, state, race->thread, 1, r->next, r->counts, &facts);
    if (status != STATUS_OK || facts.choices == 0)
        return status;
    if (facts.choices > 1)
        race->result = RESULT_MANY;
    else if (dependence_conflict(path->dependence, path->steps[race->first].footprint, facts.footprint))
        race->result = RESULT_ONE;
    race->step = (Act){race->thread, 1, 1, facts.footprint};
    return STATUS_OK;
}

/* How an act meets `rest`, then the step. */
typedef enum Meeting {
    MEETS_EVENT,   /* it is one of the events, and can come first */
    MEETS_STEP,    /* it is the step, and can come first */
    MEETS_NOTHING, /* it has nothing to do with any */
    MEETS_CONFLICT /* the event, or the step where that is NO_ID, must come before it */
} Meeting;

static inline Meeting meet(ClassPath *path, const Act *act, uint32_t event, const Act *step)
{
    if (event != NO_ID) {
        const ClassStep *met = &path->steps[event];
        return met->thread == act->thread && met->choice == act->choice ? MEETS_EVENT : MEETS_CONFLICT;
    }
    if (step == NULL)
        return MEETS_NOTHING;
    if (step->thread == act->thread)
        return step->choice == act->choice ? MEETS_STEP : MEETS_CONFLICT;
    return happens_conflict(&path->happens, act->footprint, step->footprint) ? MEETS_CONFLICT : MEETS_NOTHING;
}

ROWS void need(ClassPath *path, uint32_t event, const uint32_t from, const uint32_t to)
{
    uint64_t *needed = path->reversal.needed;
    const uint64_t *before = happens_before(&path->happens, event);
    for (uint32_t w = from; w < to; w++)
        needed[w] |= before[w];
}

/* Those of the needed events that are still in `rest`, then the step, as a branch below `parent`. */
ROWS bool append(ClassPath *path, WakeList *list, WakeId parent, const Act *step, const uint32_t from, const uint32_t to,
                 uint32_t *newest)
{
    const Reversal *r = &path->reversal;
    for (uint32_t w = from; w < to; w++)
        for (uint64_t bits = r->needed[w] & r->rest[w]; bits != 0; bits &= bits - 1) {
            uint32_t event = w * 64 + (uint32_t)__builtin_ctzll(bits);
            parent = wakeup_append(&path->pool, list, parent, act_of(path, event));
            if (parent == 0)
                return false;
            if (event > *newest)
                *newest = event;
        }
    return step == NULL || wakeup_append(&path->pool, list, parent, *step) != 0;
}

/* Enters `rest` and the step behind the state ahead of the race, unless what was explored or entered there covers them. */
ROWS Status enter(ClassPath *path, Race *race, const uint32_t from, const uint32_t to, bool is_lasting)
{
    Reversal *r = &path->reversal;
    Happens *h = &path->happens;
    ClassNode *node = &path->nodes[race->first];
    const Act *step = &race->step;
    uint32_t newest = race->at;
    for (uint32_t w = from; w < to; w++)
        r->needed[w] = r->must[w];
    for (uint32_t s = 0; s < node->sleeper_count; s++) {
        const Act *sleeper = &path->sleepers[node->first_sleeper + s];
        const uint64_t *conflicts = happens_conflicts(h, sleeper->footprint);
        if (conflicts == NULL)
            return STATUS_NO_MEMORY;
        uint32_t event = happens_lowest(conflicts, r->rest, from, to);
        Meeting meeting = meet(path, sleeper, event, step);
        if (meeting == MEETS_CONFLICT) {
            if (event != NO_ID)
                need(path, event, from, to);
            continue;
        }
        if (is_lasting && meeting == MEETS_STEP && sleeper->footprint == step->footprint)
            race->settled = newest;
        return STATUS_OK;
    }
    WakeId parent = 0, child = node->pending.first;
    while (child != 0) {
        const Act act = path->pool.nodes[child].act;
        const uint64_t *conflicts = happens_conflicts(h, act.footprint);
        if (conflicts == NULL)
            return STATUS_NO_MEMORY;
        uint32_t event = happens_lowest(conflicts, r->rest, from, to);
        Meeting meeting = meet(path, &act, event, step);
        if (meeting == MEETS_CONFLICT) {
            if (event != NO_ID)
                need(path, event, from, to);
            child = path->pool.nodes[child].next;
            continue;
        }
        if (meeting == MEETS_EVENT) {
            r->rest[event / 64] &= ~(UINT64_C(1) << (event % 64));
            if (event > newest)
                newest = event;
        } else {
            is_lasting = is_lasting && meeting == MEETS_STEP && act.footprint == step->footprint;
            if (meeting == MEETS_STEP)
                step = NULL;
        }
        parent = child;
        child = path->pool.nodes[child].first;
        if (child == 0) { /* what is explored behind this leaf covers it all */
            if (is_lasting)
                race->settled = newest;
            return STATUS_OK;
        }
    }
    if (step != NULL) { /* what the step, at its new place, comes after */
        const uint64_t *conflicts = happens_conflicts(h, step->footprint);
        if (conflicts == NULL)
            return STATUS_NO_MEMORY;
        for (uint32_t w = from; w < to; w++)
            for (uint64_t bits = conflicts[w] & r->rest[w] & ~r->needed[w]; bits != 0; bits &= bits - 1)
                need(path, w * 64 + (uint32_t)__builtin_ctzll(bits), from, to);
    }
    if (!append(path, &node->pending, parent, step, from, to, &newest))
        return STATUS_NO_MEMORY;
    if (is_lasting)
        race->settled = newest;
    return STATUS_OK;
}

/* The race's second event comes after the first, and touches what the step touches, or may touch: what the path may hold
 * behind it either comes after the first as well, or has nothing to do with the step. */
static bool is_lasting(const ClassPath *path, const Race *race)
{
    if (race->at == NO_ID || !happens_earlier(&path->happens, race->first, race->at))
        return false;
    FootprintId footprint = path->steps[race->at].footprint;
    return (!race->has_options || race->potential == footprint) &&
           (race->result == RESULT_NONE || race->step.footprint == footprint);
}

/* The events of word `w` that lie behind `first`. */
static uint64_t behind(uint32_t first, uint32_t w)
{
    if (w != (first + 1) / 64)
        return w < (first + 1) / 64 ? 0 : ~UINT64_C(0);
    return ~UINT64_C(0) << ((first + 1) % 64);
}

/* What must come before the step: what happens before `past` and does not come after `first`. */
ROWS void find_must(ClassPath *path, const Race *race, const uint32_t from, const uint32_t to)
{
    uint64_t *must = path->reversal.must;
    const uint64_t *before = race->past == NO_ID ? NULL : happens_before(&path->happens, race->past);
    for (uint32_t w = from; w < to; w++)
        must[w] = before == NULL ? 0 : before[w] & behind(race->first, w);
    for (uint32_t w = from; w < to; w++)
        for (uint64_t rest = must[w]; rest != 0; rest &= rest - 1) {
            uint32_t event = w * 64 + (uint32_t)__builtin_ctzll(rest);
            if (happens_earlier(&path->happens, race->first, event))
                must[w] &= ~(rest & -rest);
        }
}

ROWS void find_rest(ClassPath *path, const Race *race, const uint32_t from, const uint32_t to)
{
    uint64_t *rest = path->reversal.rest;
    for (uint32_t w = from; w < to; w++)
        rest[w] = behind(race->first, w);
    if (path->count % 64 != 0)
        rest[to - 1] &= (UINT64_C(1) << (path->count % 64)) - 1;
    happens_drop_after(&path->happens, race->first, rest, from, to);
}

/* Whether the step may touch anything that does not come after `first` and need not come before the step. */
ROWS bool has_options(ClassPath *path, const Race *race, const uint64_t *options, const uint64_t *mine,
                      const uint32_t from, const uint32_t to)
{
    const Reversal *r = &path->reversal;
    for (uint32_t w = from; w < to; w++) {
        uint64_t rest = options[w] & ~r->must[w] & ~mine[w] & behind(race->first, w);
        for (; rest != 0; rest &= rest - 1)
            if (!happens_earlier(&path->happens, race->first, w * 64 + (uint32_t)__builtin_ctzll(rest)))
                return true;
    }
    return false;
}

/* `from` .. to - 1: the words of rows that hold what comes behind `first`, and one word at least. */
ROWS Status turn_round(ClassPath *path, Race *race, const uint32_t from, const uint32_t to)
{
    Reversal *r = &path->reversal;
    Happens *h = &path->happens;
    find_must(path, race, from, to);
    const uint64_t *mine = happens_of_thread(h, race->thread), *options = NULL;
    bool is_plain = race->except_choice == 0;
    if (race->has_options) {
        options = happens_conflicts(h, race->potential);
        if (options == NULL)
            return STATUS_NO_MEMORY;
        is_plain = is_plain && !has_options(path, race, options, mine, from, to);
    }
    if (is_plain && race->result == RESULT_UNKNOWN) {
        Status status = try_step(path, race, from, to);
        if (status != STATUS_OK)
            return status;
    }
    bool lasts = is_plain && race->result != RESULT_MANY && is_lasting(path, race);
    if (is_plain && race->result == RESULT_NONE) {
        race->settled = lasts ? race->at : NO_ID;
        return STATUS_OK;
    }
    find_rest(path, race, from, to);
    /* what the thread did from where it stands is no part of the way there */
    uint32_t own = NO_ID;
    for (uint32_t w = from; w < to && own == NO_ID; w++)
        if ((r->rest[w] & mine[w] & ~r->must[w]) != 0)
            own = w * 64 + (uint32_t)__builtin_ctzll(r->rest[w] & mine[w] & ~r->must[w]);
    if (!is_plain || race->result == RESULT_MANY)
        return try_parts(path, race, own, options);
    if (own != NO_ID)
        happens_drop_after(h, own, r->rest, from, to);
    return enter(path, race, from, to, lasts);
}

Status reversal_enter(ClassPath *path, Race *race)
{
    uint32_t from = (race->first + 1) / 64, to = happens_words(&path->happens);
    if (to == 1)
        return turn_round(path, race, 0, 1);
    return turn_round(path, race, from < to ? from : from - 1, to);
}
