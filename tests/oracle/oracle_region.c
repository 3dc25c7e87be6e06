/* oracle_region.c: atomic, await, with, do and select. */
#include "oracle_here.h"

void atomic_advance(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = STAGE_STEP;
    } else if (frame->stage == 1) { /* the guard */
        frame->stage = 2;
        here->thread->result = value_of(1);
        if (stmt->expr != NULL)
            here_push_expr(here, stmt->expr);
    } else if (frame->stage == 2) {
        if (here->thread->result.n == 0) {
            run_block(here->run, here->number, stmt->span.line);
            return;
        }
        frame->stage = 3;
        if (stmt->expr != NULL)
            here->thread->is_first = false;
        here_push_stmt(here, stmt->body);
    } else {
        here->thread->atomic_depth--;
        here_leave(here);
    }
}

void atomic_step(const Here *here)
{
    if (here->thread->atomic_depth++ == 0) {
        here->thread->is_first = true;
        here->thread->region_accesses = 0;
    }
    here_top(here)->stage = 1;
}

void await_step(const Here *here, const Stmt *stmt)
{
    Value value;
    uint32_t line;
    if (!evaluate(here->run, here->number, stmt->expr, false, &value, &line))
        run_error(here->run, line);
    else if (value.n == 0)
        run_block(here->run, here->number, stmt->span.line);
    else
        here_leave(here);
}

/* v[0] the object. */
void with_advance(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0 && stmt->operation->kind == OPERATION_SHUTDOWN) {
        frame->stage = 2;
        here_push_stmt(here, stmt->body);
    } else if (frame->stage == 0) {
        frame->stage = 1;
        thread_push(here->thread, FRAME_OPERATION, stmt->operation);
    } else if (frame->stage == 1) {
        frame->v[0] = here->thread->result;
        frame->stage = 2;
        here_push_stmt(here, stmt->body);
    } else {
        here->thread->statement_open = false;
        frame->stage = STAGE_LEAVE;
    }
}

void with_leave(const Here *here, const Stmt *stmt)
{
    if (stmt->operation->kind == OPERATION_SHUTDOWN) {
        if (pools_shutdown_step(here, stmt->operation->object->symbol, stmt->span.line))
            here_leave(here);
        return;
    }
    uint32_t object = (uint32_t)here_top(here)->v[0].n;
    ObjectState *state = &here->run->state->objects[object];
    here_leave(here);
    if (stmt->operation->kind == OPERATION_LOCK) {
        operation_unlock(here->run, here->number, object, stmt->span.line);
        return;
    }
    int64_t maximum = here->model->objects[object].symbol->maximum;
    if (state->destroyed || (maximum >= 0 && state->count >= maximum))
        run_misuse(here->run, object, stmt->span.line);
    else
        state->count++;
}

enum { ONCE_FINISHED = 2 };

void once_advance(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here->thread->result = value_of(0);
        if (stmt->expr->index != NULL)
            here_push_expr(here, stmt->expr->index);
    } else if (frame->stage == 1) {
        if (!here_check_index(here, stmt->expr, stmt->expr->symbol, here->thread->result.n))
            return;
        frame->v[0] =
            value_of((int64_t)model_object(here->model, stmt->expr->symbol, (uint32_t)here->thread->result.n));
        frame->stage = STAGE_STEP;
    } else if (frame->stage == 2) {
        frame->stage = 3;
        here_push_stmt(here, stmt->body);
    } else {
        here->thread->statement_open = false;
        frame->stage = STAGE_LEAVE;
    }
}

void once_step(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    uint32_t number = (uint32_t)frame->v[0].n;
    ObjectState *object = &here->run->state->objects[number];
    here->thread->region_accesses++;
    if (object->destroyed) {
        run_misuse(here->run, number, stmt->span.line);
    } else if (frame->stage == STAGE_LEAVE) {
        object->owner = -1;
        object->count = ONCE_FINISHED;
        here_leave(here);
    } else if (object->count == ONCE_FINISHED) {
        here_leave(here);
    } else if (object->owner < 0) {
        object->owner = (int32_t)here->number;
        frame->stage = 2;
    } else {
        here->run->waits_for |= UINT64_C(1) << object->owner;
        here->run->blocked_objects[number / 64] |= UINT64_C(1) << (number % 64);
        run_block(here->run, here->number, stmt->span.line);
    }
}

/* Operands of all arms, in order; then the step; v[0] the arm. */
void select_advance(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    uint32_t base = frame->base;
    switch (frame->stage) {
    case 0:
        thread_reserve(here->thread, SLOT_COUNT * stmt->arms.count);
        frame->v[1] = value_of(0);
        frame->stage = 1;
        return;
    case 1:
        if (frame->v[1].n == (int64_t)stmt->arms.count) {
            frame->stage = STAGE_STEP;
            return;
        }
        {
            uint32_t arm = (uint32_t)frame->v[1].n++;
            here_push_slots(here, FRAME_OPERANDS, stmt->arms.items[arm].operation, base + SLOT_COUNT * arm);
        }
        return;
    case STAGE_DONE:
        frame->stage = STAGE_DONE + 1;
        here_push_slots(here, FRAME_TARGETS, stmt->arms.items[frame->v[0].n].operation,
                        base + SLOT_COUNT * (uint32_t)frame->v[0].n);
        return;
    default: {
        const Stmt *body = stmt->arms.items[frame->v[0].n].body;
        here_leave(here);
        if (body != NULL)
            here_push_stmt(here, body);
    }
    }
}

void select_step(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    uint32_t base = frame->base, enabled[MAX_THREADS], count = 0;
    bool sender_ready = false, has_else = stmt->otherwise != NULL;
    if (stmt->arms.count > MAX_THREADS)
        die(EXIT_UNSUPPORTED, "line %u: too many arms", stmt->span.line);
    for (uint32_t i = 0; i < stmt->arms.count; i++) {
        uint32_t slots = base + SLOT_COUNT * i;
        if (operation_enabled(here->run, here->number, stmt->arms.items[i].operation, slots, MODE_ARM))
            enabled[count++] = i;
        if (run_is_over(here->run))
            return;
        sender_ready = sender_ready ||
                       operation_sender_ready(here->run, here->number, stmt->arms.items[i].operation, slots, MODE_ARM);
    }
    if (count > 0) {
        uint32_t arm = enabled[count == 1 ? 0 : run_choose(here->run, count)];
        const Operation *operation = stmt->arms.items[arm].operation;
        frame->v[0] = value_of(arm);
        frame->stage = STAGE_DONE;
        operation_execute(here->run, here->number, operation, base + SLOT_COUNT * arm, MODE_ARM, operation->span.line);
    } else if (has_else && !sender_ready) {
        here->thread->region_accesses++;
        here_leave(here);
        here_push_stmt(here, stmt->otherwise);
    } else {
        for (uint32_t i = 0; i < stmt->arms.count && !has_else; i++)
            operation_explain(here->run, here->number, stmt->arms.items[i].operation, base + SLOT_COUNT * i, false);
        run_block(here->run, here->number, stmt->span.line);
    }
}
