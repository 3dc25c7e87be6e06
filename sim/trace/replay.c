#include "trace/replay.h"

#include <string.h>

#include "base/rng.h"

enum { DEFAULT_MAX_STEPS = 100000 };

/* The place of an interleaving in the making. */
typedef struct Walk {
    Machine *machine;
    Word *state, *next; /* machine_words each */
    Expansion expansion, scratch;
    StepLog log;
    StepInfo info;
    uint32_t choices;
    ThreadId last; /* who stepped last; NO_ID at the start */
    int64_t elapsed_ns; /* right before the state */
} Walk;

static void walk_free(Walk *walk)
{
    mem_free(walk->state);
    mem_free(walk->next);
    expansion_free(&walk->expansion);
    expansion_free(&walk->scratch);
    step_log_free(&walk->log);
}

/* At the initial state; its issues are in walk->scratch. */
static Status walk_begin(Walk *walk)
{
    size_t words = machine_words(walk->machine);
    Word *state = mem_resize(walk->state, words, sizeof *state);
    if (state == NULL)
        return STATUS_NO_MEMORY;
    walk->state = state;
    Word *next = mem_resize(walk->next, words, sizeof *next);
    if (next == NULL)
        return STATUS_NO_MEMORY;
    walk->next = next;
    walk->last = NO_ID;
    Status status = machine_start(walk->machine, walk->state, &walk->scratch);
    walk->elapsed_ns = walk->scratch.elapsed_ns;
    return status;
}

/* Executes into walk->next; walk_advance makes it the state. */
static Status walk_try(Walk *walk, ThreadId thread, uint32_t choice)
{
    walk->choices = 0;
    walk->log.count = 0;
    walk->log.printed = NULL;
    Status status = machine_step(walk->machine, walk->state, thread, choice, walk->next, &walk->choices, &walk->info,
                                 &walk->scratch, &walk->log);
    return status == STATUS_OK && walk->log.failed ? STATUS_NO_MEMORY : status;
}

static void walk_advance(Walk *walk, ThreadId thread)
{
    Word *old = walk->state;
    walk->state = walk->next;
    walk->next = old;
    walk->last = thread;
    walk->elapsed_ns = walk->info.elapsed_ns;
}

/* Executes a step of a schedule, or says why not (STATUS_INVALID). */
static Status walk_scheduled(Walk *walk, uint32_t index, const NamedStep *wanted, ThreadId *thread, Refusal *refusal)
{
    const Program *program = machine_program(walk->machine);
    *refusal = (Refusal){.step = index, .wanted = *wanted};
    *thread = schedule_thread(program, wanted);
    Status status = STATUS_OK;
    if (*thread != NO_ID && machine_is_born(walk->machine, walk->state, *thread)) {
        status = walk_try(walk, *thread, wanted->choice);
        if (status != STATUS_OK)
            return status;
        refusal->choices = walk->choices;
        if (wanted->choice <= walk->choices)
            return STATUS_OK;
        refusal->kind = walk->choices > 0                                       ? REFUSAL_CHOICE
                        : machine_is_ended(walk->machine, walk->state, *thread) ? REFUSAL_ENDED
                                                                                : REFUSAL_BLOCKED;
    } else {
        refusal->kind = REFUSAL_UNBORN;
    }
    if (refusal->kind != REFUSAL_CHOICE) {
        status = machine_expand(walk->machine, walk->state, &walk->expansion);
        if (status != STATUS_OK)
            return status;
        if (walk->expansion.count == 0)
            refusal->kind = REFUSAL_OVER;
    }
    return STATUS_INVALID;
}

/* ---------------------------------------------------------------- choosing */

/* The first possible step of the thread that comes first from `from` on, in a circle. */
static const StepInfo *first_from(const Expansion *expansion, ThreadId from)
{
    for (uint32_t i = 0; i < expansion->count; i++)
        if (expansion->steps[i].thread >= from)
            return &expansion->steps[i];
    return &expansion->steps[0];
}

static const StepInfo *choose(const Walk *walk, ReplayPolicy policy, Rng *rng)
{
    const Expansion *expansion = &walk->expansion;
    ThreadId last = walk->last == NO_ID ? 0 : walk->last;
    switch (policy) {
    case REPLAY_RANDOM: return &expansion->steps[rng_below(rng, expansion->count)];
    case REPLAY_ROUND_ROBIN: return first_from(expansion, walk->last == NO_ID ? 0 : last + 1);
    default: return first_from(expansion, last);
    }
}

/* Brent's search for a cycle: one state is remembered, at steps 1, 2, 4, 8, ... of the policy. The state and the thread
 * that stepped last decide all that follows, unless steps are drawn by lot. */
typedef struct Cycle {
    Word *state;
    ThreadId last;
    uint32_t step;
    uint64_t power;
} Cycle;

static bool cycle_closes(Cycle *cycle, const Walk *walk, uint32_t step)
{
    size_t bytes = (size_t)machine_words(walk->machine) * sizeof(Word);
    if (cycle->power > 0 && cycle->last == walk->last && memcmp(cycle->state, walk->state, bytes) == 0)
        return true;
    if (cycle->power == 0 || step - cycle->step == cycle->power) {
        memcpy(cycle->state, walk->state, bytes);
        cycle->last = walk->last;
        cycle->step = step;
        cycle->power = cycle->power == 0 ? 1 : cycle->power * 2;
    }
    return false;
}

static bool note_step(Walk *walk, ThreadId thread, uint32_t choice, uint32_t choices, Schedule *done)
{
    const ThreadCode *code = &machine_program(walk->machine)->threads[thread];
    return schedule_add(done, (NamedStep){code->symbol, code->instance, choice, choices});
}

static Status follow(Walk *walk, const Schedule *schedule, Recording *recording)
{
    for (uint32_t i = 0; schedule != NULL && i < schedule->count; i++) {
        ThreadId thread;
        Status status = walk_scheduled(walk, i, &schedule->steps[i], &thread, &recording->refusal);
        if (status != STATUS_OK)
            return status;
        if (!note_step(walk, thread, schedule->steps[i].choice, walk->choices, &recording->done))
            return STATUS_NO_MEMORY;
        walk_advance(walk, thread);
    }
    return STATUS_OK;
}

static bool others_can_step(const Walk *walk)
{
    for (uint32_t i = 0; i < walk->expansion.count; i++)
        if (walk->expansion.steps[i].thread != walk->last)
            return true;
    return false;
}

static Status go_on(Walk *walk, const ReplayPlan *plan, Cycle *cycle, Recording *recording)
{
    Rng rng = rng_seed(plan->seed);
    uint64_t max_steps = plan->max_steps == 0 ? DEFAULT_MAX_STEPS : plan->max_steps;
    uint32_t passed_over = 0; /* threads that spin and had to give way since one got on */
    while (recording->done.count < max_steps) {
        if (plan->goes_on != NULL && !plan->goes_on(plan->context))
            return STATUS_INTERRUPTED;
        bool closes = plan->policy != REPLAY_RANDOM && cycle_closes(cycle, walk, recording->done.count);
        Status status = machine_expand(walk->machine, walk->state, &walk->expansion);
        if (status != STATUS_OK || walk->expansion.count == 0)
            return status;
        /* One thread alone gets nowhere: what it spins for may be another's to do. */
        bool give_way = closes && plan->policy == REPLAY_SEQUENTIAL && others_can_step(walk) &&
                        passed_over++ <= machine_program(walk->machine)->thread_count;
        if (closes && !give_way) {
            recording->loop_start = cycle->step;
            return STATUS_OK;
        }
        if (give_way)
            cycle->power = 0;
        StepInfo chosen = give_way ? *first_from(&walk->expansion, walk->last + 1) : *choose(walk, plan->policy, &rng);
        if (chosen.progresses)
            passed_over = 0;
        status = walk_try(walk, chosen.thread, chosen.choice);
        if (status != STATUS_OK)
            return status;
        if (!note_step(walk, chosen.thread, chosen.choice, walk->choices, &recording->done))
            return STATUS_NO_MEMORY;
        walk_advance(walk, chosen.thread);
    }
    return STATUS_OK;
}

static Status record_once(Walk *walk, const ReplayPlan *plan, Recording *recording)
{
    recording->done.count = 0;
    recording->loop_start = NO_ID;
    recording->refusal = (Refusal){0};
    Status status = walk_begin(walk);
    if (status == STATUS_OK)
        status = follow(walk, plan->schedule, recording);
    if (status != STATUS_OK || plan->policy == REPLAY_STOP)
        return status;
    Cycle cycle = {.state = mem_alloc(machine_words(walk->machine), sizeof(Word))};
    if (cycle.state == NULL)
        return STATUS_NO_MEMORY;
    status = go_on(walk, plan, &cycle, recording);
    mem_free(cycle.state);
    return status;
}

Status replay_record(Machine *machine, const ReplayPlan *plan, Recording *recording)
{
    Walk walk = {.machine = machine};
    *recording = (Recording){.loop_start = NO_ID};
    ReplayPlan cut = *plan;
    Status status;
    while ((status = record_once(&walk, &cut, recording)) == STATUS_RELAYOUT) {
        recording->longest = recording->done.count > recording->longest ? recording->done.count : recording->longest;
        bool is_full = plan->max_threads > 0 && machine_program(machine)->thread_count >= plan->max_threads;
        if (is_full && recording->done.count > 0)
            cut.max_steps = recording->done.count; /* the same steps again, and no further */
        status = machine_relayout(machine);
        if (status != STATUS_OK)
            break;
    }
    walk_free(&walk);
    return status;
}

/* --------------------------------------------------------------- listening */

static Status tell_state(Walk *walk, const ReplayListener *listener, uint32_t step)
{
    Status status = machine_expand(walk->machine, walk->state, &walk->expansion);
    if (status != STATUS_OK || listener->state == NULL)
        return status;
    ReplayState told = {step, walk->state, &walk->expansion, walk->elapsed_ns};
    return listener->state(listener->context, walk->machine, &told);
}

static Status tell_step(Walk *walk, const ReplayListener *listener, uint32_t step, ThreadId thread, uint32_t choice)
{
    if (listener->step == NULL)
        return STATUS_OK;
    ReplayEvent event = {.step = step,
                         .thread = thread,
                         .choice = choice,
                         .choices = walk->choices,
                         .before = walk->state,
                         .after = walk->next,
                         .issues = walk->info.issue_count == 0 ? NULL : walk->scratch.issues + walk->info.first_issue,
                         .issue_count = walk->info.issue_count,
                         .stops = walk->info.stops,
                         .progressed = walk->info.progressed,
                         .log = &walk->log};
    if (event.issue_count == 0)
        event.issues = NULL;
    return listener->step(listener->context, walk->machine, &event);
}

static Status walk_once(Walk *walk, const Schedule *schedule, const ReplayListener *listener, Refusal *refusal)
{
    *refusal = (Refusal){0};
    Status status = walk_begin(walk);
    if (status == STATUS_OK && listener->begin != NULL)
        status = listener->begin(listener->context, walk->machine, walk->state, walk->scratch.issues,
                                 walk->scratch.issue_count);
    if (status == STATUS_OK)
        status = tell_state(walk, listener, 0);
    for (uint32_t i = 0; i < schedule->count && status == STATUS_OK; i++) {
        ThreadId thread;
        const NamedStep *wanted = &schedule->steps[i];
        status = walk_scheduled(walk, i, wanted, &thread, refusal);
        if (status == STATUS_OK)
            status = tell_step(walk, listener, i, thread, wanted->choice);
        if (status != STATUS_OK)
            break;
        walk_advance(walk, thread);
        status = tell_state(walk, listener, i + 1);
    }
    return status;
}

Status replay_walk(Machine *machine, const Schedule *schedule, const ReplayListener *listener, Refusal *refusal)
{
    Walk walk = {.machine = machine};
    Status status;
    while ((status = walk_once(&walk, schedule, listener, refusal)) == STATUS_RELAYOUT) {
        status = machine_relayout(machine);
        if (status != STATUS_OK)
            break;
    }
    walk_free(&walk);
    return status;
}
