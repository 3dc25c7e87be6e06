/* oracle_coroutines.c: the event loop, and what waits for tasks (docs/models/coroutines.md).
 *
 * Shape   State.loop is the coroutine that runs, NO_THREAD while control was handed over. `gather` keeps its handles
 *         behind its slots in Thread.values, as_completed a handle and a mark (given) for each of its own. */
#include "oracle_here.h"

enum { STAGE_ROUNDS = 800 }; /* as_completed: between two rounds */

/* ---------------------------------------------------------------- event loop */

/* The function whose body the thread executes. */
static const Symbol *innermost(const Thread *thread)
{
    for (uint32_t i = thread->frame_count; i-- > 0;) {
        const Frame *frame = &thread->frames[i];
        if (frame->kind == FRAME_EXPR && ((const Expr *)frame->node)->kind == EXPR_CALL && frame->stage == STAGE_CALLED)
            return ((const Expr *)frame->node)->symbol;
    }
    return thread->symbol;
}

bool coroutines_hands_over(const Thread *thread)
{
    if (thread->ended || thread->frame_count == 0)
        return true;
    const Frame *top = &thread->frames[thread->frame_count - 1];
    if (top->stage < STAGE_STEP || !innermost(thread)->is_coroutine)
        return false;
    if (top->kind == FRAME_OPERATION) {
        const Operation *operation = top->node;
        return operation->is_awaited || operation->kind == OPERATION_AWAIT_TASK || operation->kind == OPERATION_GATHER;
    }
    if (top->kind != FRAME_STMT)
        return false;
    StmtKind kind = ((const Stmt *)top->node)->kind;
    return kind == STMT_AWAIT || kind == STMT_YIELD || kind == STMT_AS_COMPLETED;
}

bool coroutines_is_split(const Thread *thread)
{
    for (uint32_t i = thread->frame_count; i-- > 0;) {
        if (thread->frames[i].kind != FRAME_STMT)
            continue;
        const Stmt *stmt = thread->frames[i].node;
        return stmt->kind == STMT_AS_COMPLETED ||
               (stmt->kind == STMT_OPERATION &&
                (stmt->operation->kind == OPERATION_GATHER || stmt->operation->kind == OPERATION_MAP));
    }
    return false;
}

static bool has_stopped(const Model *model, const State *state)
{
    return model->scenario->run != NULL && state->threads[state->main].ended;
}

bool coroutines_is_cancelled(const Model *model, const State *state, uint32_t number)
{
    return state->threads[number].is_coroutine && !state->threads[number].ended && has_stopped(model, state);
}

bool coroutines_may_step(const Model *model, const State *state, uint32_t number)
{
    if (!state->threads[number].is_coroutine)
        return true;
    return !has_stopped(model, state) && (state->loop == NO_THREAD || state->loop == number);
}

void coroutines_settle(State *state, uint32_t number)
{
    if (number != NO_THREAD && state->threads[number].is_coroutine)
        state->loop = number;
    if (state->loop != NO_THREAD && coroutines_hands_over(&state->threads[state->loop]))
        state->loop = NO_THREAD;
}

bool coroutines_sleeps(const Model *model, const State *state, uint32_t number)
{
    const Frame *top = &state->threads[number].frames[state->threads[number].frame_count - 1];
    if (model->scenario->has_clock || top->kind != FRAME_OPERATION)
        return false;
    OperationKind kind = ((const Operation *)top->node)->kind;
    return top->stage == STAGE_STEP && (kind == OPERATION_SLEEP || kind == OPERATION_IO);
}

bool coroutines_hold_up(const Model *model, const State *state, uint32_t number)
{
    if (state->loop != number || has_stopped(model, state))
        return false;
    const Frame *top = thread_top((Thread *)&state->threads[number]);
    if (top != NULL && top->kind == FRAME_OPERATION && ((const Operation *)top->node)->kind == OPERATION_COMPUTE)
        return false; /* that is what a loop is for */
    for (uint32_t t = 0; t < state->thread_count; t++)
        if (t != number && state->threads[t].is_coroutine && !state->threads[t].ended)
            return true;
    return false;
}

/* -------------------------------------------------------------------- handles */

/* The thread of a handle; NO_THREAD: it is none. */
static uint32_t thread_of(const State *state, int64_t handle)
{
    if (handle < 1 || handle > (int64_t)(state->thread_count - state->declared_count))
        return NO_THREAD;
    return state->declared_count + (uint32_t)handle - 1;
}

bool coroutines_has_ended(const State *state, int64_t handle)
{
    uint32_t thread = thread_of(state, handle);
    return thread == NO_THREAD || state->threads[thread].ended;
}

uint64_t coroutines_waits_for(const State *state, int64_t handle)
{
    return coroutines_has_ended(state, handle) ? 0 : UINT64_C(1) << thread_of(state, handle);
}

int64_t coroutines_result(const State *state, int64_t handle)
{
    uint32_t thread = thread_of(state, handle);
    return thread == NO_THREAD ? 0 : state->threads[thread].value;
}

/* --------------------------------------------------------------------- gather */

void gather_advance(const Here *here, const Operation *operation)
{
    Frame *frame = here_top(here);
    uint32_t base = frame->base;
    if (frame->stage == 0) {
        frame->stage = 1;
        thread_reserve(here->thread, SLOT_COUNT + operation->arguments.count);
        here_push_slots(here, FRAME_OPERANDS, operation, base);
        return;
    }
    uint32_t next = frame->stage - 1;
    if (next > 0)
        here->thread->values[base + SLOT_COUNT + next - 1] = here->thread->result;
    if (next == operation->arguments.count) {
        frame->stage = STAGE_STEP;
        return;
    }
    frame->stage++;
    here_push_expr(here, operation->arguments.items[next]);
}

bool gather_enabled(const State *state, uint32_t number, const Operation *operation, uint32_t slots)
{
    for (uint32_t i = 0; i < operation->arguments.count; i++)
        if (!coroutines_has_ended(state, state->threads[number].values[slots + SLOT_COUNT + i].n))
            return false;
    return true;
}

uint64_t gather_waits_for(const State *state, uint32_t number, const Operation *operation, uint32_t slots)
{
    uint64_t set = 0;
    for (uint32_t i = 0; i < operation->arguments.count; i++)
        set |= coroutines_waits_for(state, state->threads[number].values[slots + SLOT_COUNT + i].n);
    return set;
}

/* v[0].n: base of the slots. Results go to locals at once, a write to a variable is a step. */
void gather_targets(const Here *here, const Operation *operation)
{
    Frame *frame = here_top(here);
    if (operation->targets.count == 0) {
        thread_pop(here->thread);
        return;
    }
    uint32_t count = operation->kind == OPERATION_MAP ? operation->arguments.items[0]->symbol->length
                                                      : operation->arguments.count;
    for (uint32_t i = 0; i < count; i++) {
        const Expr *target = operation->targets.items[operation->targets.count == 1 ? 0 : i];
        bool is_whole = target->symbol->is_array && target->index == NULL;
        if (target->symbol->kind == SYMBOL_VARIABLE || (target->index != NULL && !is_whole))
            die(EXIT_UNSUPPORTED, "line %u: results in variables or elements", operation->span.line);
        int64_t result = coroutines_result(here->run->state, here->thread->values[frame->v[0].n + SLOT_COUNT + i].n);
        *here_local(here, target->symbol, is_whole ? i : 0) = value_of(result);
    }
    thread_pop(here->thread);
}

/* --------------------------------------------------------------- as_completed */

void completed_advance(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    uint32_t base = frame->base, count = stmt->values.count;
    if (frame->stage == STAGE_ROUNDS) {
        bool is_over = true;
        for (uint32_t i = 0; i < count; i++)
            is_over = is_over && here->thread->values[base + count + i].n != 0;
        *here_local(here, stmt->symbol, 0) = value_of(0);
        if (is_over)
            here_leave(here);
        else
            frame->stage = STAGE_STEP;
        return;
    }
    if (frame->stage == 0)
        thread_reserve(here->thread, 2 * count);
    else
        here->thread->values[base + frame->stage - 1] = here->thread->result;
    if (frame->stage == count)
        frame->stage = STAGE_ROUNDS;
    else
        here_push_expr(here, stmt->values.items[frame->stage++]);
}

void completed_step(const Here *here, const Stmt *stmt)
{
    const State *state = here->run->state;
    Frame *frame = here_top(here);
    Value *values = here->thread->values + frame->base;
    uint32_t count = stmt->values.count, first = count;
    for (uint32_t i = 0; i < count; i++) {
        if (values[count + i].n != 0 || !coroutines_has_ended(state, values[i].n))
            continue;
        if (first == count || state->threads[thread_of(state, values[i].n)].ended_as <
                                  state->threads[thread_of(state, values[first].n)].ended_as)
            first = i;
    }
    if (first == count) {
        run_block(here->run, here->number, stmt->span.line);
        return;
    }
    values[count + first] = value_of(1);
    *here_local(here, stmt->symbol, 0) = value_of(coroutines_result(state, values[first].n));
    frame->stage = STAGE_ROUNDS;
    here_push_stmt(here, stmt->body);
}
