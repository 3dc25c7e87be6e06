/* oracle_interpret.c: one thread's frames, run until it stands at an access or has ended.
 *
 * Shape   interpret_advance runs the top frame again and again. A frame at a stage from STAGE_STEP on stands at an
 *         access: outside of a region (atomic, or one statement with --granularity statement) the thread rests there;
 *         interpret_step executes the access and advances.
 *         A frame asks for the value of an expression by pushing a frame for it and finds it in Thread.result when
 *         it is on top again. */
#include "oracle_here.h"

Here here_of(Run *run, uint32_t number)
{
    return (Here){.run = run, .number = number, .thread = &run->state->threads[number], .model = run->model};
}

Frame *here_top(const Here *here)
{
    return thread_top(here->thread);
}

void here_push_expr(const Here *here, const Expr *expr)
{
    thread_push(here->thread, FRAME_EXPR, expr);
}

void here_leave_with(const Here *here, Value value)
{
    thread_trim(here->thread, here_top(here)->base);
    thread_pop(here->thread);
    here->thread->result = value;
}

/* False with a runtime error. */
bool here_check_index(const Here *here, const Expr *place, const Symbol *symbol, int64_t index)
{
    if (index >= 0 && index < (int64_t)symbol->length)
        return true;
    run_error(here->run, place->span.line);
    return false;
}

Value *here_local(const Here *here, const Symbol *symbol, int64_t index)
{
    return &here->thread->locals[model_local(here->model, symbol) + (uint32_t)index];
}

uint32_t here_element(const Here *here, const Expr *place, int64_t index)
{
    return model_element(here->model, place->symbol, (uint32_t)index);
}

Value here_read(const Here *here, const Expr *place, const Value *index, bool is_atomic)
{
    uint32_t element = here_element(here, place, index->n);
    run_access(here->run, here->number, element, place->span.line, false, is_atomic);
    Value value = {.n = *memory_place(here->model, here->run->state, here->number, element), .taint = index->taint};
    if (memory_is_own(here->model, here->run->state, here->number, element))
        return value;
    taint_set(&here->thread->has_read, element);
    taint_clear(&here->thread->overtaken, element);
    taint_set(&value.taint, element);
    return value;
}

void here_push_slots(const Here *here, FrameKind kind, const Operation *operation, uint32_t slots)
{
    thread_push(here->thread, kind, operation)->v[0] = value_of(slots);
}

void here_push_stmt(const Here *here, const Stmt *stmt)
{
    thread_push(here->thread, FRAME_STMT, stmt);
}

void here_leave(const Here *here)
{
    thread_trim(here->thread, here_top(here)->base);
    thread_pop(here->thread);
}

void here_forget_locals(const Here *here, const Symbol *function)
{
    for (uint32_t i = 0; i < function->locals.count; i++)
        for (uint32_t e = 0; e < function->locals.items[i]->length; e++)
            *here_local(here, function->locals.items[i], e) = value_of(0);
}

/* Locals of a block are out of reach behind it. Those of the owner's body stay: properties may name them. */
void here_forget_block(const Here *here, const Stmt *block)
{
    for (uint32_t i = 0; i < block->statements.count; i++) {
        const Stmt *stmt = block->statements.items[i];
        if (stmt->kind == STMT_LOCAL && !stmt->symbol->is_outermost)
            for (uint32_t e = 0; e < stmt->symbol->length; e++)
                *here_local(here, stmt->symbol, e) = value_of(0);
        for (uint32_t d = 0; d < stmt->declares.count; d++)
            if (!stmt->declares.items[d]->is_outermost)
                *here_local(here, stmt->declares.items[d], 0) = value_of(0);
    }
}

/* ------------------------------------------------------------------ unwinding */

static bool is_loop(const Stmt *stmt)
{
    return stmt->kind == STMT_WHILE || stmt->kind == STMT_FOR || stmt->kind == STMT_REPEAT || stmt->kind == STMT_LOOP ||
           stmt->kind == STMT_AS_COMPLETED;
}

/* Takes one frame away, or stops at one that has something to do first. */
static void unwind_frame(const Here *here)
{
    Frame *frame = here_top(here);
    if (frame->kind == FRAME_EXPR) {
        const Expr *expr = frame->node;
        if (expr->kind == EXPR_CALL && here->thread->unwind == UNWIND_RETURN) {
            Value value = here->thread->returned;
            here->thread->returned = value_of(0);
            here->thread->statement_open = false;
            here->thread->unwind = UNWIND_NONE;
            here->thread->end_line = 0;
            here_forget_locals(here, expr->symbol);
            here_leave_with(here, value);
            return;
        }
        here_leave(here);
        return;
    }
    const Stmt *stmt = frame->kind == FRAME_STMT ? frame->node : NULL;
    if (stmt != NULL && frame->stage != STAGE_LEAVE) {
        bool is_inside =
            (stmt->kind == STMT_WITH && frame->stage == 2) || (stmt->kind == STMT_DO_ONCE && frame->stage == 3);
        if (is_inside) {
            here->thread->statement_open = false;
            frame->stage = STAGE_LEAVE;
            return;
        }
        if (is_loop(stmt) && (here->thread->unwind == UNWIND_BREAK || here->thread->unwind == UNWIND_CONTINUE)) {
            if (here->thread->unwind == UNWIND_BREAK) {
                if (stmt->kind == STMT_FOR || stmt->kind == STMT_AS_COMPLETED)
                    *here_local(here, stmt->symbol, 0) = value_of(0);
                here_leave(here);
            }
            here->thread->unwind = UNWIND_NONE;
            return;
        }
        if (stmt->kind == STMT_ATOMIC && frame->stage == 3)
            here->thread->atomic_depth--;
        if (stmt->kind == STMT_BLOCK)
            here_forget_block(here, stmt);
    }
    here_leave(here);
}

/* ------------------------------------------------------------------- the loop */

static void end_thread(const Here *here)
{
    Thread *thread = here->thread;
    const Stmt *body = thread->symbol->body;
    uint32_t line = thread->end_line;
    if (line == 0 && body->statements.count > 0)
        line = body->statements.items[body->statements.count - 1]->span.line;
    if (line == 0)
        line = thread->symbol->span.line;
    for (uint32_t i = 0; i < here->model->object_count; i++) {
        const ObjectState *object = &here->run->state->objects[i];
        SymbolKind kind = here->model->objects[i].symbol->kind;
        if (object->destroyed || (kind != SYMBOL_MUTEX && kind != SYMBOL_RWLOCK))
            continue;
        if (object->owner == (int32_t)here->number || object->reads[here->number] > 0)
            finding_set_add(here->run->events, finding_simple(FINDING_MISUSE, here->model->objects[i].name, line));
    }
    thread->ended = true;
    if (thread->is_coroutine || thread->pool > 0)
        thread->value = thread->returned.n;
    if (thread->is_coroutine) {
        thread->ended_as = ++here->run->state->coroutines_ended;
    }
    messages_end(here->model, here->run->state, here->number);
    memory_end(here->model, here->run->state, here->number);
    thread->statement_open = false;
    thread->unwind = UNWIND_NONE;
    thread->end_line = 0;
    thread->result = thread->returned = value_of(0);
    thread->has_read = thread->overtaken = (Taint){0};
    thread_trim(thread, 0);
    for (uint32_t i = 0; i < here->model->local_count; i++)
        thread->locals[i].taint = (Taint){0};
}

static void step_top(const Here *here)
{
    Frame *frame = here_top(here);
    switch (frame->kind) {
    case FRAME_EXPR: expression_step(here); return;
    case FRAME_STMT: statement_step(here); return;
    case FRAME_TARGETS: targets_step(here, frame->node); return;
    case FRAME_OPERATION: {
        const Operation *operation = frame->node;
        if (operation->kind == OPERATION_MAP)
            map_step(here, operation);
        else if (operation->kind == OPERATION_SHUTDOWN)
            frame->stage = pools_shutdown_step(here, operation->object->symbol, operation->span.line) ? STAGE_DONE : STAGE_STEP;
        else if (frame->stage == STAGE_STEP)
            operating_step(here, operation, operation->span.line);
        else if (frame->stage == STAGE_ARRIVED)
            run_block(here->run, here->number, operation->span.line);
        else
            operating_step_again(here, operation, operation->span.line);
        return;
    }
    case FRAME_OPERANDS: die(EXIT_UNSUPPORTED, "no step");
    }
}

void interpret_advance(Run *run, uint32_t number)
{
    Here here = here_of(run, number);
    Thread *thread = here.thread;
    while (!run_is_over(run)) {
        if (thread->frame_count == 0) {
            end_thread(&here);
            return;
        }
        Frame *frame = here_top(&here);
        if (frame->stage >= STAGE_STEP) {
            bool rests = !thread->statement_open || (thread->is_coroutine && coroutines_hands_over(thread));
            if (thread->atomic_depth == 0 && rests) {
                thread->statement_open = false;
                thread->result = value_of(0);
                thread->region_accesses = 0;
                thread->is_first = false;
                return;
            }
            step_top(&here);
            continue;
        }
        if (++run->local_work > MAX_LOCAL_WORK) {
            run_error(run, interpret_line(run->state, number));
            return;
        }
        if (thread->unwind != UNWIND_NONE) {
            unwind_frame(&here);
            continue;
        }
        switch (frame->kind) {
        case FRAME_EXPR: expression_advance(&here); break;
        case FRAME_STMT: statement_advance(&here); break;
        case FRAME_OPERANDS: operands_advance(&here, frame->node); break;
        case FRAME_OPERATION: operating_advance(&here, frame->node); break;
        case FRAME_TARGETS: targets_advance(&here, frame->node); break;
        }
    }
}

void interpret_step(Run *run, uint32_t number)
{
    Here here = here_of(run, number);
    here.thread->region_accesses = 0;
    here.thread->is_first = false;
    here.thread->statement_open = run->model->statement_granularity && !coroutines_is_split(here.thread);
    run->local_work = 0;
    if (here.thread->has_to_begin) {
        here.thread->statement_open = false;
        if (here.thread->pool > 0 && !pools_may_take(run->state, number)) {
            run_block(run, number, here.thread->symbol->span.line);
            return;
        }
        here.thread->has_to_begin = false;
        interpret_advance(run, number);
        return;
    }
    step_top(&here);
    interpret_advance(run, number);
    here.thread->statement_open = false;
    here.thread->region_accesses = 0;
}

uint32_t interpret_line(const State *state, uint32_t number)
{
    const Thread *thread = &state->threads[number];
    if (thread->has_to_begin)
        return thread->symbol->span.line;
    for (uint32_t i = thread->frame_count; i-- > 0;) {
        const Frame *frame = &thread->frames[i];
        if (frame->kind == FRAME_STMT)
            return ((const Stmt *)frame->node)->span.line;
    }
    return thread->symbol->span.line;
}
