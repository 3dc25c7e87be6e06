/* oracle_pools.c: pools, whose tasks are threads that wait for a worker first (docs/models/pools.md).
 *
 * Shape   Thread.pool is 1 + the pool's index. Tasks are numbered as they were submitted, so that the first of those that
 *         wait has the least number. A `map` keeps its handles behind its slots, v[1] is the element, v[2] its value. */
#include "oracle_here.h"

void pools_check(const Scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->symbols.count; i++) {
        const Symbol *symbol = scenario->symbols.items[i];
        if (symbol->kind == SYMBOL_POOL && scenario->has_clock && (symbol->start_ns > 0 || symbol->copy_ns > 0))
            die(EXIT_UNSUPPORTED, "line %u: costs of a pool", symbol->span.line);
        if (symbol->kind == SYMBOL_POOL && symbol->index >= 32)
            die(EXIT_UNSUPPORTED, "more than 32 pools");
    }
}

uint32_t pools_submit(Run *run, const Symbol *pool, const Symbol *function, uint32_t line)
{
    State *state = run->state;
    if ((state->pools_shut >> pool->index & 1) != 0) {
        run_stop(run, STOP_MISUSE, FINDING_MISUSE, pool->name, line);
        return NO_THREAD;
    }
    uint32_t instance = 0;
    for (uint32_t t = 0; t < state->thread_count; t++)
        instance += state->threads[t].symbol == function;
    uint32_t task = state_add_thread(run->model, state, function, instance);
    state->threads[task].pool = pool->index + 1;
    state->threads[task].places = (uint32_t)pool->places;
    state->threads[task].has_to_begin = true;
    if (pool->is_process)
        memory_begin(run->model, state, task);
    return task;
}

bool pools_may_take(const State *state, uint32_t number)
{
    uint32_t under_way = 0;
    for (uint32_t t = 0; t < state->thread_count; t++) {
        const Thread *thread = &state->threads[t];
        if (thread->pool != state->threads[number].pool || thread->ended)
            continue;
        if (thread->has_to_begin && t < number)
            return false;
        under_way += !thread->has_to_begin;
    }
    return under_way < state->threads[number].places;
}

static uint64_t tasks_of(const State *state, const Symbol *pool)
{
    uint64_t set = 0;
    for (uint32_t t = 0; t < state->thread_count; t++)
        if (state->threads[t].pool == pool->index + 1 && !state->threads[t].ended)
            set |= UINT64_C(1) << t;
    return set;
}

/* v[1]: it takes no more already. True when all have ended. */
bool pools_shutdown_step(const Here *here, const Symbol *pool, uint32_t line)
{
    Frame *frame = here_top(here);
    here->thread->statement_open = false;
    if (frame->v[1].n == 0) {
        here->run->state->pools_shut |= UINT32_C(1) << pool->index;
        frame->v[1].n = 1;
        return false;
    }
    uint64_t tasks = tasks_of(here->run->state, pool);
    if (tasks == 0)
        return true;
    here->run->waits_for |= tasks;
    run_block(here->run, here->number, line);
    return false;
}

/* ------------------------------------------------------------------------ map */

void map_advance(const Here *here, const Operation *operation)
{
    Frame *frame = here_top(here);
    const Expr *array = operation->arguments.items[0];
    if (frame->stage == 0)
        thread_reserve(here->thread, SLOT_COUNT + array->symbol->length);
    if (frame->v[1].n == (int64_t)array->symbol->length) {
        frame->stage = STAGE_MAP_WAIT;
        return;
    }
    frame->stage = STAGE_MAP_READ;
    if (array->symbol->kind == SYMBOL_LOCAL) {
        frame->v[2] = *here_local(here, array->symbol, frame->v[1].n);
        frame->stage = STAGE_MAP_SUBMIT;
    }
}

void map_step(const Here *here, const Operation *operation)
{
    Frame *frame = here_top(here);
    const Symbol *function = operation->a->symbol;
    uint32_t line = operation->span.line;
    if (frame->stage == STAGE_MAP_READ) {
        frame->v[2] = here_read(here, operation->arguments.items[0], &frame->v[1], false);
        frame->stage = STAGE_MAP_SUBMIT;
        return;
    }
    if (frame->stage == STAGE_MAP_SUBMIT) {
        uint32_t task = pools_submit(here->run, operation->object->symbol, function, line);
        if (task == NO_THREAD)
            return;
        State *state = here->run->state;
        state->threads[task].locals[model_local(here->model, function->parameters.items[0])] = value_of(frame->v[2].n);
        here->thread->values[frame->base + SLOT_COUNT + frame->v[1].n++] = value_of(task - state->declared_count + 1);
        frame->stage = 1;
        return;
    }
    const Symbol *array = operation->arguments.items[0]->symbol;
    uint64_t waits = 0;
    for (uint32_t i = 0; i < array->length; i++)
        waits |= coroutines_waits_for(here->run->state, here->thread->values[frame->base + SLOT_COUNT + i].n);
    if (waits == 0) {
        frame->stage = STAGE_DONE;
        return;
    }
    here->run->waits_for |= waits;
    run_block(here->run, here->number, line);
}
