/* oracle_models.c: the virtual clock, the interpreter lock, fibres: as docs/models says, one rule after the other. */
#include <stdlib.h>

#include "oracle.h"

/* ------------------------------------------------------------------- clock */

bool models_is_timed(const Operation *operation)
{
    return operation->kind == OPERATION_SLEEP || operation->kind == OPERATION_IO || operation->kind == OPERATION_COMPUTE;
}

/* Computing needs a core, or the interpreter lock. */
static bool is_limited(const Scenario *scenario, const Operation *operation)
{
    return operation->kind == OPERATION_COMPUTE && scenario->has_clock && (scenario->cores > 0 || scenario->has_gil);
}

void models_arrive(Run *run, uint32_t number, const Operation *operation, int64_t ns)
{
    Thread *thread = &run->state->threads[number];
    if (thread->atomic_depth > 0) { /* takes time, clock or not */
        run_error(run, operation->span.line);
        return;
    }
    if (!run->model->scenario->has_clock)
        return;
    if (ns < 0)
        run_error(run, operation->span.line);
    else if (is_limited(run->model->scenario, operation))
        thread->work = ns;
    else
        thread->timer = ns;
}

/* The thread waits for a core. */
static bool wants_core(const Model *model, Thread *thread)
{
    if (thread->ended || thread->frame_count == 0)
        return false;
    const Frame *top = thread_top(thread);
    return top->kind == FRAME_OPERATION && top->stage == STAGE_STEP && is_limited(model->scenario, top->node);
}

static bool may_take_core(const Run *run, uint32_t number)
{
    const Scenario *scenario = run->model->scenario;
    int64_t busy = 0;
    bool is_locked = false; /* the interpreter of its process */
    bool all_waiting_had = true;
    for (uint32_t t = 0; t < run->state->thread_count; t++) {
        Thread *thread = &run->state->threads[t];
        busy += thread->computes;
        is_locked = is_locked || (thread->computes && memory_shares_process(run->state, t, number));
        if (t != number && wants_core(run->model, thread) && !thread->had_slice)
            all_waiting_had = false;
    }
    if (scenario->has_gil && is_locked)
        return false;
    if (scenario->cores > 0 && busy >= (int64_t)scenario->cores)
        return false;
    return !run->state->threads[number].had_slice || all_waiting_had;
}

bool models_timed_enabled(const Run *run, uint32_t number, const Operation *operation)
{
    if (!run->model->scenario->has_clock)
        return true;
    if (is_limited(run->model->scenario, operation))
        return may_take_core(run, number);
    return run->state->threads[number].timer == 0;
}

void models_timed_execute(Run *run, uint32_t number, const Operation *operation)
{
    Thread *thread = &run->state->threads[number];
    if (!is_limited(run->model->scenario, operation))
        return;
    int64_t quantum = run->model->scenario->quantum_ns;
    int64_t slice = quantum > 0 && thread->work > quantum ? quantum : thread->work;
    if (thread->had_slice) /* nobody waits who has not had one: the next round */
        for (uint32_t t = 0; t < run->state->thread_count; t++)
            if (wants_core(run->model, &run->state->threads[t]))
                run->state->threads[t].had_slice = false;
    thread->work -= slice;
    thread->had_slice = quantum > 0 && thread->work > 0;
    thread->timer = slice;
    thread->computes = true;
    thread_top(thread)->stage = STAGE_COMPUTING;
    thread->statement_open = false;
}

void models_give_core(Run *run, uint32_t number, uint32_t line)
{
    Thread *thread = &run->state->threads[number];
    if (thread->timer > 0) {
        run_block(run, number, line);
        return;
    }
    thread->computes = false;
    thread_top(thread)->stage = thread->work > 0 ? STAGE_STEP : STAGE_DONE;
    if (thread->work > 0)
        thread->statement_open = false;
}

/* ------------------------------------------------------------------- steps */

/* Whether the thread has a step that it can count on, control aside. */
static bool can_step(const Model *model, const State *state, uint32_t number)
{
    Thread *thread = (Thread *)&state->threads[number];
    if (thread->ended || thread_top(thread)->stage == STAGE_ASLEEP) /* a spurious wake-up is nothing to count on */
        return false;
    FindingSet events = {0};
    State *copy = state_new(model);
    Run run = {.model = model, .state = copy, .events = &events, .is_probe = true};
    state_copy(model, copy, state);
    interpret_step(&run, number);
    bool can = !run.blocked;
    state_free(copy);
    free(run.accesses);
    return can;
}

bool models_may_step(const Model *model, const State *state, uint32_t number)
{
    int32_t holder = state->control;
    if (!coroutines_may_step(model, state, number))
        return false;
    if (!state->threads[number].is_fibre || holder < 0 || holder == (int32_t)number)
        return true;
    return !can_step(model, state, (uint32_t)holder); /* one that has to wait hands over */
}

static bool hands_over(const State *state, uint32_t number)
{
    Thread *thread = (Thread *)&state->threads[number];
    if (thread->ended)
        return true;
    const Frame *top = thread_top(thread);
    return top->kind == FRAME_STMT && ((const Stmt *)top->node)->kind == STMT_YIELD;
}

bool models_counts(const Model *model, const State *state, uint32_t number)
{
    const Thread *thread = &state->threads[number];
    return !thread->ended && !thread->is_daemon && !coroutines_is_cancelled(model, state, number);
}

static bool all_but_daemons_ended(const Model *model, const State *state)
{
    for (uint32_t t = 0; t < state->thread_count; t++)
        if (models_counts(model, state, t))
            return false;
    return true;
}

static void pass_time(const Model *model, State *state)
{
    while (state->stop == STOP_NONE && !all_but_daemons_ended(model, state)) {
        int64_t least = 0;
        for (uint32_t t = 0; t < state->thread_count; t++) {
            if (!state->threads[t].ended && models_may_step(model, state, t) && can_step(model, state, t))
                return;
            int64_t left = state->threads[t].timer;
            if (left > 0 && (least == 0 || left < least))
                least = left;
        }
        if (least == 0)
            return;
        for (uint32_t t = 0; t < state->thread_count; t++)
            if (state->threads[t].timer > 0)
                state->threads[t].timer -= least;
    }
}

void models_settle(const Model *model, State *state, uint32_t number, FindingSet *events)
{
    coroutines_settle(state, number);
    if (number != NO_THREAD && state->threads[number].is_fibre)
        state->control = (int32_t)number;
    if (state->control >= 0 && hands_over(state, (uint32_t)state->control))
        state->control = -1;
    uint32_t holder = state->loop;
    if (state->stop == STOP_NONE && holder != NO_THREAD && coroutines_hold_up(model, state, holder) &&
        (coroutines_sleeps(model, state, holder) || !can_step(model, state, holder)))
        finding_set_add(events, finding_simple(FINDING_MISUSE, NULL, interpret_line(state, holder)));
    if (model->scenario->has_clock)
        pass_time(model, state);
}

bool models_race(const Model *model, const State *state, uint32_t a, uint32_t b)
{
    if (model->scenario->has_gil && memory_shares_process(state, a, b))
        return false;
    if (state->threads[a].is_coroutine && state->threads[b].is_coroutine)
        return false;
    return !(state->threads[a].is_fibre && state->threads[b].is_fibre);
}
