/* races.c: which steps of a run might have come in another order. */
#include "base/memory.h"
#include "explore/classes_path.h"

static Status add_race(ClassPath *path, Race race)
{
    if (path->race_count == path->race_room) {
        uint32_t room = path->race_room * 2 + 16;
        Race *larger = mem_resize(path->races, room, sizeof *larger);
        if (larger == NULL)
            return STATUS_NO_MEMORY;
        path->races = larger;
        path->race_room = room;
    }
    race.settled = NO_ID;
    path->races[path->race_count++] = race;
    return STATUS_OK;
}

/* A thread that may be disabled where it stands, ahead of event `end`: everything that conflicts with it, and that it
 * does not need to get there. `race` has the rest; it is noted, or turned round at once when the run is over. */
static Status find_disabling(ClassPath *path, uint32_t end, uint32_t mover, uint16_t disablers, Race race, bool is_over)
{
    race.past = mover == 0 ? NO_ID : mover - 1;
    race.has_options = true;
    for (uint32_t w = 0; w * 64 < end; w++) { /* rows may move, or go, when a race is turned round */
        const uint64_t *conflicts = happens_conflicts(&path->happens, race.potential);
        if (conflicts == NULL)
            return STATUS_NO_MEMORY;
        uint64_t rest = conflicts[w];
        if (end - w * 64 < 64)
            rest &= (UINT64_C(1) << (end - w * 64)) - 1;
        if (rest != 0 && mover != 0)
            rest &= ~happens_before(&path->happens, mover - 1)[w];
        for (; rest != 0; rest &= rest - 1) {
            race.first = w * 64 + (uint32_t)__builtin_ctzll(rest);
            if (!dependence_disables(path->dependence, path->steps[race.first].footprint, race.potential, disablers))
                continue;
            Race copy = race;
            Status status = is_over ? reversal_enter(path, &copy) : add_race(path, race);
            if (status != STATUS_OK)
                return status;
        }
    }
    return STATUS_OK;
}

/* The step moved others on from where they stood: each might have taken a step of its own instead. */
static Status note_moved(ClassPath *path, uint32_t at)
{
    const Word *state = path->states + (size_t)at * path->words;
    for (uint32_t i = path->events[at].first_move; i < path->move_count; i++) {
        const Move move = path->moves[i];
        if (move.thread == path->steps[at].thread)
            continue;
        FootprintId potential;
        uint16_t disablers;
        bool is_fixed;
        Status status = dependence_pending(path->dependence, state, move.thread, &potential, &disablers, &is_fixed);
        if (status == STATUS_OK && disablers != 0) {
            const Race race = {.first = at,
                               .thread = move.thread,
                               .past = NO_ID,
                               .at = NO_ID,
                               .potential = potential,
                               .has_options = true};
            status = add_race(path, race);
            if (status == STATUS_OK)
                status = find_disabling(path, at, path->moves[move.before].mover, disablers, race, false);
        }
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

Status races_note(ClassPath *path, const StepFacts *facts, uint32_t mover, const uint32_t *pairs, uint32_t pair_count)
{
    uint32_t at = path->count - 1;
    const ClassStep *step = &path->steps[at];
    Race race = {.thread = step->thread, .at = at, .potential = facts->potential};
    Status status = STATUS_OK;
    if (facts->disablers != 0)
        status = find_disabling(path, at, mover, facts->disablers, race, false);
    race.past = at;
    race.has_options = !facts->is_fixed;
    for (uint32_t i = 0; i < pair_count && status == STATUS_OK; i++) {
        race.first = pairs[i];
        if (facts->disablers == 0 ||
            !dependence_only_frees(path->dependence, path->steps[race.first].footprint, step->footprint))
            status = add_race(path, race);
    }
    if (facts->moves_others && status == STATUS_OK)
        status = note_moved(path, at);
    if (step->choices > 1 && status == STATUS_OK) {
        race.first = at;
        race.past = race.at = NO_ID;
        race.has_options = true;
        race.except_choice = step->choice;
        status = add_race(path, race);
    }
    return status;
}

/* Threads that stand somewhere when the run ends. */
static Status reverse_waiting(ClassPath *path)
{
    const Word *end = path->states + (size_t)path->count * path->words;
    for (ThreadId t = 0; t < path->threads; t++) {
        bool is_ended = t < 64 && path->nodes[path->count].ended >> t & 1;
        if (is_ended || !dependence_can_wait(path->dependence, end, t))
            continue;
        Race race = {.thread = t, .at = NO_ID};
        uint16_t disablers;
        bool is_fixed;
        Status status = dependence_pending(path->dependence, end, t, &race.potential, &disablers, &is_fixed);
        if (status == STATUS_OK)
            status = find_disabling(path, path->count, path_mover(path, t), disablers, race, true);
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
        Race race = {.first = last, .thread = t, .past = NO_ID, .at = NO_ID};
        Status status = reversal_enter(path, &race);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

Status races_reverse(ClassPath *path)
{
    Status status = reversal_reserve(path);
    for (uint32_t i = 0; i < path->race_count && status == STATUS_OK; i++) {
        Race *race = &path->races[i];
        if (race->settled < path->cut)
            continue;
        race->settled = NO_ID;
        status = reversal_enter(path, race);
    }
    path->cut = path->count;
    if (status == STATUS_OK)
        status = reverse_waiting(path);
    if (status == STATUS_OK && path->count > 0 && path->events[path->count - 1].stops)
        status = reverse_stop(path);
    return status;
}
