/* easier.c: a schedule that random runs came upon, made easier by trial: what is known exactly of a whole graph, a few
 * runs do not tell.
 *
 * Method  a schedule is a row of stretches, each of one thread. At each place where a stretch was preempted: let the
 *         thread go on with its next stretch at once; or let it begin later, right before that; or leave the stretch
 *         out. Whatever can still be replayed, shows the finding at its end, and costs less, is kept; and so on until
 *         nothing helps, or enough was tried. Always the same for the same schedule. */
#include "api/exploration.h"

#include <string.h>

#include "trace/replay.h"

enum {
    MOST_TRIES = 300,
    LONGEST = 4000 /* steps of a schedule that is looked at */
};

typedef struct Trial {
    Exploration *exploration;
    const Finding *row;
    ScheduleStep *steps; /* of the candidate */
    uint32_t count;
    uint32_t tries;
    /* while it is replayed */
    Cost cost;
    ThreadId before;
    bool could_go_on;
} Trial;

/* ------------------------------------------------------------------ what it costs */

static Status begin(void *context, Machine *machine, const Word *state, const Issue *issues, uint32_t issue_count)
{
    (void)machine, (void)state, (void)issues, (void)issue_count;
    Trial *trial = context;
    trial->cost = (Cost){0};
    trial->before = NO_ID;
    return STATUS_OK;
}

static Status look(void *context, Machine *machine, const ReplayState *told)
{
    (void)machine;
    Trial *trial = context;
    trial->could_go_on = false;
    for (uint32_t i = 0; i < told->expansion->count; i++)
        trial->could_go_on |= told->expansion->steps[i].thread == trial->before;
    return STATUS_OK;
}

static Status add_step(void *context, Machine *machine, const ReplayEvent *event)
{
    (void)machine;
    Trial *trial = context;
    bool is_switch = trial->before != NO_ID && trial->before != event->thread;
    trial->cost.steps++;
    trial->cost.switches += is_switch;
    trial->cost.preemptions += is_switch && trial->could_go_on;
    trial->before = event->thread;
    trial->steps[event->step].choices = event->choices;
    return STATUS_OK;
}

/* STATUS_INVALID: one of the steps is not possible. */
static Status measure(Trial *trial)
{
    Exploration *exploration = trial->exploration;
    schedule_free(&exploration->schedule);
    Status status =
        schedule_name(machine_program(exploration->machine), trial->steps, trial->count, &exploration->schedule);
    if (status != STATUS_OK)
        return status;
    const ReplayListener listener = {trial, begin, look, add_step};
    Refusal refusal;
    return replay_walk(exploration->replayer, &exploration->schedule, &listener, &refusal);
}

static bool is_cheaper(Cost a, Cost b)
{
    if (a.preemptions != b.preemptions)
        return a.preemptions < b.preemptions;
    return a.switches != b.switches ? a.switches < b.switches : a.steps < b.steps;
}

/* Keeps the candidate when it is better. */
static Status judge(Trial *trial, bool *is_better)
{
    Exploration *exploration = trial->exploration;
    EasiestSchedule *best = &exploration->easiest;
    *is_better = false;
    if (trial->count == 0 || trial->tries >= MOST_TRIES)
        return STATUS_OK;
    trial->tries++;
    Status status = measure(trial);
    if (status == STATUS_INVALID)
        return STATUS_OK;
    if (status != STATUS_OK || !is_cheaper(trial->cost, best->cost))
        return status;
    const EasiestSchedule candidate = {.steps = trial->steps, .count = trial->count, .cost = trial->cost};
    status = witness_try(exploration, trial->row, &candidate, is_better);
    if (status == STATUS_OK && *is_better) {
        memcpy(best->steps, trial->steps, trial->count * sizeof *best->steps);
        best->count = trial->count;
        best->cost = trial->cost;
    }
    return status;
}

/* ---------------------------------------------------------------------- candidates */

static uint32_t stretch_end(const EasiestSchedule *schedule, uint32_t from)
{
    uint32_t end = from + 1;
    while (end < schedule->count && schedule->steps[end].thread == schedule->steps[from].thread)
        end++;
    return end;
}

static void add_steps(Trial *trial, uint32_t from, uint32_t end)
{
    memcpy(trial->steps + trial->count, trial->exploration->easiest.steps + from, (end - from) * sizeof *trial->steps);
    trial->count += end - from;
}

/* The three ways for the stretch [first, end). */
static Status try_stretch(Trial *trial, uint32_t first, uint32_t end, bool *is_better)
{
    const EasiestSchedule *best = &trial->exploration->easiest;
    uint32_t next = end;
    while (next < best->count && best->steps[next].thread != best->steps[first].thread)
        next++;
    Status status = STATUS_OK;
    *is_better = false;
    if (next < best->count) {
        uint32_t next_end = stretch_end(best, next), count = best->count;
        trial->count = 0; /* go on at once */
        add_steps(trial, 0, end);
        add_steps(trial, next, next_end);
        add_steps(trial, end, next);
        add_steps(trial, next_end, count);
        status = judge(trial, is_better);
        if (status != STATUS_OK || *is_better)
            return status;
        trial->count = 0; /* begin later */
        add_steps(trial, 0, first);
        add_steps(trial, end, next);
        add_steps(trial, first, end);
        add_steps(trial, next, count);
        status = judge(trial, is_better);
        if (status != STATUS_OK || *is_better)
            return status;
    }
    trial->count = 0; /* leave it out */
    add_steps(trial, 0, first);
    add_steps(trial, end, best->count);
    return judge(trial, is_better);
}

Status easier_make(Exploration *exploration, const Finding *row)
{
    EasiestSchedule *best = &exploration->easiest;
    if (best->count < 2 || best->count > LONGEST || best->cost.preemptions == 0)
        return STATUS_OK;
    ScheduleStep *room = mem_resize(exploration->candidate, best->count, sizeof *room);
    if (room == NULL)
        return STATUS_NO_MEMORY;
    exploration->candidate = room;
    Trial trial = {.exploration = exploration, .row = row, .steps = room};
    /* the replaying machine is made with the first witness */
    bool is_better = false;
    Status status = witness_try(exploration, row, best, &is_better);
    if (status != STATUS_OK || !is_better)
        return status;
    for (uint32_t first = 0; first < best->count && trial.tries < MOST_TRIES && status == STATUS_OK;) {
        uint32_t end = stretch_end(best, first);
        status = try_stretch(&trial, first, end, &is_better);
        first = is_better ? 0 : end;
    }
    return status;
}
