/* oracle_interpret.c: one thread's frames: expressions and statements, stopping at each access.
 *
 * Shape   interpret_advance runs the top frame again and again. A frame at a stage from STAGE_STEP on stands at an
 *         access: outside of a region (atomic, or one statement with --granularity statement) the thread rests there;
 *         interpret_step executes the access and advances.
 *         A frame asks for the value of an expression by pushing a frame for it and finds it in Thread.result when
 *         it is on top again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

typedef struct Here { /* the thread that runs */
    Run *run;
    uint32_t number;
    Thread *thread;
    const Model *model;
} Here;

static Here here_of(Run *run, uint32_t number)
{
    return (Here){.run = run, .number = number, .thread = &run->state->threads[number], .model = run->model};
}

static Frame *top(const Here *here)
{
    return thread_top(here->thread);
}

/* ---------------------------------------------------------------- expressions */

static void push_expr(const Here *here, const Expr *expr)
{
    thread_push(here->thread, FRAME_EXPR, expr);
}

static void leave_with(const Here *here, Value value)
{
    thread_trim(here->thread, top(here)->base);
    thread_pop(here->thread);
    here->thread->result = value;
}

/* False with a runtime error. */
static bool check_index(const Here *here, const Expr *place, const Symbol *symbol, int64_t index)
{
    if (index >= 0 && index < (int64_t)symbol->length)
        return true;
    run_error(here->run, place->span.line);
    return false;
}

static Value *local_slot(const Here *here, const Symbol *symbol, int64_t index)
{
    return &here->thread->locals[model_local(here->model, symbol) + (uint32_t)index];
}

static uint32_t element_of(const Here *here, const Expr *place, int64_t index)
{
    return model_element(here->model, place->symbol, (uint32_t)index);
}

static Value read_element(const Here *here, const Expr *place, const Value *index, bool is_atomic)
{
    uint32_t element = element_of(here, place, index->n);
    run_access(here->run, here->number, element, place->span.line, false, is_atomic);
    taint_set(&here->thread->has_read, element);
    taint_clear(&here->thread->overtaken, element);
    Value value = {.n = here->run->state->variables[element], .taint = index->taint};
    taint_set(&value.taint, element);
    return value;
}

static void advance_name(const Here *here, const Expr *expr)
{
    Frame *frame = top(here);
    if (expr->symbol->kind == SYMBOL_CONST) {
        leave_with(here, value_of(expr->symbol->value));
        return;
    }
    if (frame->stage == 0 && expr->index != NULL) {
        frame->stage = 1;
        push_expr(here, expr->index);
        return;
    }
    if (frame->stage == 1) {
        frame->v[0] = here->thread->result;
        if (!check_index(here, expr, expr->symbol, frame->v[0].n))
            return;
    }
    if (expr->symbol->kind == SYMBOL_VARIABLE) {
        frame->stage = STAGE_STEP;
        return;
    }
    Value value = *local_slot(here, expr->symbol, frame->v[0].n);
    value.taint = taint_union(value.taint, frame->v[0].taint);
    leave_with(here, value);
}

static void advance_unary(const Here *here, const Expr *expr)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        push_expr(here, expr->kind == EXPR_ABS ? expr->arguments.items[0] : expr->a);
        return;
    }
    Value value = here->thread->result;
    bool is_fine = true;
    if (expr->kind == EXPR_UNARY)
        is_fine = arithmetic_unary(expr->unary, value.n, &value.n);
    else if (value.n < 0)
        is_fine = arithmetic_unary(UNARY_NEGATE, value.n, &value.n);
    if (is_fine)
        leave_with(here, value);
    else
        run_error(here->run, expr->span.line);
}

static void advance_binary(const Here *here, const Expr *expr)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        push_expr(here, expr->a);
        return;
    }
    if (frame->stage == 1) {
        frame->v[0] = here->thread->result;
        bool is_decided =
            (expr->binary == BINARY_AND && frame->v[0].n == 0) || (expr->binary == BINARY_OR && frame->v[0].n != 0);
        if (!is_decided) {
            frame->stage = 2;
            push_expr(here, expr->b);
            return;
        }
        Value value = frame->v[0];
        value.n = value.n != 0;
        leave_with(here, value);
        return;
    }
    Value value = {.taint = taint_union(frame->v[0].taint, here->thread->result.taint)};
    if (arithmetic_binary(expr->binary, frame->v[0].n, here->thread->result.n, &value.n))
        leave_with(here, value);
    else
        run_error(here->run, expr->span.line);
}

static void advance_conditional(const Here *here, const Expr *expr)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        push_expr(here, expr->a);
    } else if (frame->stage == 1) {
        frame->stage = 2;
        push_expr(here, here->thread->result.n != 0 ? expr->b : expr->c);
    } else {
        leave_with(here, here->thread->result);
    }
}

/* Evaluates the arguments one after another into Thread.values; true when all are there. */
static bool gather_arguments(const Here *here, const ExprList *arguments)
{
    Frame *frame = top(here);
    if (frame->stage > 0) {
        Value value = here->thread->result;
        uint32_t place = thread_reserve(here->thread, 1);
        here->thread->values[place] = value;
    }
    if (frame->stage == arguments->count)
        return true;
    push_expr(here, arguments->items[frame->stage++]);
    return false;
}

static void advance_extreme(const Here *here, const Expr *expr)
{
    if (!gather_arguments(here, &expr->arguments))
        return;
    const Value *values = here->thread->values + top(here)->base;
    Value value = values[0];
    for (uint32_t i = 1; i < expr->arguments.count; i++) {
        if (expr->kind == EXPR_MIN ? values[i].n < value.n : values[i].n > value.n)
            value.n = values[i].n;
        value.taint = taint_union(value.taint, values[i].taint);
    }
    leave_with(here, value);
}

static void advance_choose(const Here *here, const Expr *expr)
{
    Frame *frame = top(here);
    if (!expr->is_range) {
        if (gather_arguments(here, &expr->arguments))
            top(here)->stage = STAGE_STEP;
        return;
    }
    if (frame->stage == 0) {
        frame->stage = 1;
        push_expr(here, expr->a);
    } else if (frame->stage == 1) {
        frame->v[0] = here->thread->result;
        frame->stage = 2;
        push_expr(here, expr->b);
    } else {
        frame->v[1] = here->thread->result;
        frame->stage = STAGE_STEP;
    }
}

static void step_choose(const Here *here, const Expr *expr)
{
    Frame *frame = top(here);
    if (!expr->is_range) {
        uint32_t chosen = run_choose(here->run, expr->arguments.count);
        leave_with(here, here->thread->values[frame->base + chosen]);
        return;
    }
    int64_t low = frame->v[0].n, high = frame->v[1].n;
    if (expr->is_closed ? low > high : low >= high) {
        run_error(here->run, expr->span.line);
        return;
    }
    uint64_t count = (uint64_t)high - (uint64_t)low + expr->is_closed;
    if (count > 10000)
        die(EXIT_UNSUPPORTED, "line %u: too many values to choose from", expr->span.line);
    Value value = {.taint = taint_union(frame->v[0].taint, frame->v[1].taint)};
    value.n = low + (int64_t)run_choose(here->run, (uint32_t)count);
    leave_with(here, value);
}

/* cas, fetch_add, exchange: index, then the values, then the access. */
static void advance_update(const Here *here, const Expr *expr)
{
    Frame *frame = top(here);
    switch (frame->stage) {
    case 0:
        frame->stage = 1;
        here->thread->result = value_of(0);
        if (expr->place->index != NULL)
            push_expr(here, expr->place->index);
        return;
    case 1:
        frame->v[0] = here->thread->result;
        if (!check_index(here, expr->place, expr->place->symbol, frame->v[0].n))
            return;
        frame->stage = 2;
        push_expr(here, expr->a);
        return;
    case 2:
        frame->v[1] = here->thread->result;
        if (expr->kind == EXPR_CAS) {
            frame->stage = 3;
            push_expr(here, expr->b);
            return;
        }
        frame->stage = STAGE_STEP;
        return;
    default:
        frame->v[2] = here->thread->result;
        frame->stage = STAGE_STEP;
        return;
    }
}

static void step_update(const Here *here, const Expr *expr)
{
    Frame *frame = top(here);
    uint32_t element = element_of(here, expr->place, frame->v[0].n);
    Value old = read_element(here, expr->place, &frame->v[0], true);
    here->run->accesses[here->run->access_count - 1].writes = true;
    int64_t *variable = &here->run->state->variables[element];
    bool writes = true;
    Value value = old;
    if (expr->kind == EXPR_CAS) {
        writes = old.n == frame->v[1].n;
        value = (Value){.n = writes, .taint = taint_union(old.taint, frame->v[1].taint)};
        if (writes)
            *variable = frame->v[2].n;
    } else if (expr->kind == EXPR_EXCHANGE) {
        *variable = frame->v[1].n;
    } else if (!arithmetic_binary(BINARY_ADD, old.n, frame->v[1].n, variable)) {
        *variable = old.n;
        run_error(here->run, expr->span.line);
        return;
    }
    if (writes)
        run_overtake(here->run, here->number, element);
    leave_with(here, value);
}

static void advance_length(const Here *here, const Expr *expr)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here->thread->result = value_of(0);
        if (expr->object->index != NULL) {
            push_expr(here, expr->object->index);
            return;
        }
    }
    frame = top(here);
    frame->v[0] = here->thread->result;
    if (check_index(here, expr->object, expr->object->symbol, frame->v[0].n))
        frame->stage = STAGE_STEP;
}

static void step_length(const Here *here, const Expr *expr)
{
    uint32_t object = model_object(here->model, expr->object->symbol, (uint32_t)top(here)->v[0].n);
    const ObjectState *queue = &here->run->state->objects[object];
    if (queue->destroyed)
        run_misuse(here->run, object, expr->span.line);
    else
        leave_with(here, value_of(expr->kind == EXPR_LENGTH ? queue->count : queue->closed));
}

static void step_spawn(const Here *here, const Expr *expr)
{
    State *state = here->run->state;
    uint32_t instance = 0;
    for (uint32_t t = state->declared_count; t < state->thread_count; t++)
        instance += state->threads[t].symbol == expr->symbol;
    uint32_t child = state_add_thread(here->model, state, expr->symbol, instance);
    for (uint32_t i = 0; i < expr->arguments.count; i++) {
        uint32_t slot = model_local(here->model, expr->symbol->parameters.items[i]);
        state->threads[child].locals[slot] = value_of(here->thread->values[top(here)->base + i].n);
    }
    leave_with(here, value_of((int64_t)(child - state->declared_count) + 1));
    interpret_advance(here->run, child);
}

static void forget_locals(const Here *here, const Symbol *function)
{
    for (uint32_t i = 0; i < function->locals.count; i++)
        for (uint32_t e = 0; e < function->locals.items[i]->length; e++)
            *local_slot(here, function->locals.items[i], e) = value_of(0);
}

enum { STAGE_CALLED = 900 };

static void advance_call(const Here *here, const Expr *expr)
{
    if (top(here)->stage == STAGE_CALLED) { /* the body ended without a return */
        here->thread->statement_open = false;
        forget_locals(here, expr->symbol);
        leave_with(here, value_of(0));
        return;
    }
    if (!gather_arguments(here, &expr->arguments))
        return;
    Frame *frame = top(here);
    forget_locals(here, expr->symbol);
    for (uint32_t i = 0; i < expr->arguments.count; i++)
        *local_slot(here, expr->symbol->parameters.items[i], 0) = here->thread->values[frame->base + i];
    thread_trim(here->thread, frame->base);
    frame->stage = STAGE_CALLED;
    thread_push(here->thread, FRAME_STMT, expr->symbol->body);
}

static void advance_try(const Here *here, const Expr *expr)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        thread_push(here->thread, FRAME_OPERATION, expr->operation)->is_try = true;
        return;
    }
    leave_with(here, here->thread->result);
}

static void advance_expr(const Here *here)
{
    const Expr *expr = top(here)->node;
    switch (expr->kind) {
    case EXPR_INTEGER: leave_with(here, value_of(expr->value)); return;
    case EXPR_SELF: leave_with(here, value_of(here->thread->instance)); return;
    case EXPR_NAME: advance_name(here, expr); return;
    case EXPR_UNARY:
    case EXPR_ABS: advance_unary(here, expr); return;
    case EXPR_BINARY: advance_binary(here, expr); return;
    case EXPR_CONDITIONAL: advance_conditional(here, expr); return;
    case EXPR_MIN:
    case EXPR_MAX: advance_extreme(here, expr); return;
    case EXPR_CHOOSE: advance_choose(here, expr); return;
    case EXPR_CAS:
    case EXPR_FETCH_ADD:
    case EXPR_EXCHANGE: advance_update(here, expr); return;
    case EXPR_LENGTH:
    case EXPR_CLOSED: advance_length(here, expr); return;
    case EXPR_TRY: advance_try(here, expr); return;
    case EXPR_SPAWN:
        if (gather_arguments(here, &expr->arguments))
            top(here)->stage = STAGE_STEP;
        return;
    case EXPR_CALL: advance_call(here, expr); return;
    case EXPR_GET:
    case EXPR_MEMBER: break;
    }
    die(EXIT_UNSUPPORTED, "line %u: an expression that cannot stand in a body", expr->span.line);
}

static void step_expr(const Here *here)
{
    const Expr *expr = top(here)->node;
    switch (expr->kind) {
    case EXPR_NAME: leave_with(here, read_element(here, expr, &top(here)->v[0], false)); return;
    case EXPR_CHOOSE: step_choose(here, expr); return;
    case EXPR_CAS:
    case EXPR_FETCH_ADD:
    case EXPR_EXCHANGE: step_update(here, expr); return;
    case EXPR_LENGTH:
    case EXPR_CLOSED: step_length(here, expr); return;
    case EXPR_SPAWN: step_spawn(here, expr); return;
    default: die(EXIT_UNSUPPORTED, "line %u: no step", expr->span.line);
    }
}

/* ----------------------------------------------------------------- operations */

/* The operand that belongs to a slot; NULL: none. */
static const Expr *operand_of(const Operation *operation, uint32_t slot)
{
    const Expr *place = NULL;
    switch (slot) {
    case SLOT_OBJECT: place = operation->object; break;
    case SLOT_WITH: place = operation->with_object; break;
    case SLOT_A: return operation->kind == OPERATION_AWAIT ? NULL : operation->a;
    case SLOT_TARGET: place = operation->targets.count > 0 ? operation->targets.items[0] : NULL; break;
    case SLOT_TARGET_OK: place = operation->targets.count > 1 ? operation->targets.items[1] : NULL; break;
    default: break;
    }
    return place == NULL ? NULL : place->index;
}

static const Expr *place_of(const Operation *operation, uint32_t slot)
{
    switch (slot) {
    case SLOT_OBJECT: return operation->object;
    case SLOT_WITH: return operation->with_object;
    case SLOT_TARGET: return operation->targets.count > 0 ? operation->targets.items[0] : NULL;
    case SLOT_TARGET_OK: return operation->targets.count > 1 ? operation->targets.items[1] : NULL;
    default: return NULL;
    }
}

/* Order: indices of the targets, of the object, of the second object, the value. v[0].n: base of the slots. */
static void advance_operands(const Here *here, const Operation *operation)
{
    static const uint32_t order[] = {SLOT_TARGET, SLOT_TARGET_OK, SLOT_OBJECT, SLOT_WITH, SLOT_A};
    Frame *frame = top(here);
    uint32_t slots = (uint32_t)frame->v[0].n;
    if (frame->v[1].n != 0) { /* a value has come */
        uint32_t slot = order[frame->stage];
        here->thread->values[slots + slot] = here->thread->result;
        frame->v[1].n = 0;
        const Expr *place = place_of(operation, slot);
        if (place != NULL && !check_index(here, place, place->symbol, here->thread->result.n))
            return;
        frame->stage++;
    }
    while (frame->stage < 5) {
        const Expr *operand = operand_of(operation, order[frame->stage]);
        if (operand != NULL) {
            frame->v[1].n = 1;
            push_expr(here, operand);
            return;
        }
        frame->stage++;
    }
    if (operation->object != NULL && operation->object->symbol->kind != SYMBOL_THREAD) {
        Value *object = &here->thread->values[slots + SLOT_OBJECT];
        *object = value_of((int64_t)model_object(here->model, operation->object->symbol, (uint32_t)object->n));
    }
    if (operation->with_object != NULL) {
        Value *object = &here->thread->values[slots + SLOT_WITH];
        *object = value_of((int64_t)model_object(here->model, operation->with_object->symbol, (uint32_t)object->n));
    }
    thread_pop(here->thread);
}

/* Assigns the item and ok of a get; v[0].n: base of the slots. */
static void advance_targets(const Here *here, const Operation *operation)
{
    Frame *frame = top(here);
    while (frame->stage < operation->targets.count) {
        const Expr *target = operation->targets.items[frame->stage];
        if (target->symbol->kind == SYMBOL_VARIABLE) {
            frame->v[1] = value_of(frame->stage);
            frame->stage = STAGE_STORE;
            return;
        }
        const Value *slots = here->thread->values + frame->v[0].n;
        *local_slot(here, target->symbol, slots[SLOT_TARGET + frame->stage].n) = slots[SLOT_ITEM + frame->stage];
        frame->stage++;
    }
    thread_pop(here->thread);
}

static void step_targets(const Here *here, const Operation *operation)
{
    Frame *frame = top(here);
    uint32_t which = (uint32_t)frame->v[1].n;
    const Expr *target = operation->targets.items[which];
    const Value *slots = here->thread->values + frame->v[0].n;
    uint32_t element = element_of(here, target, slots[SLOT_TARGET + which].n);
    frame->stage = which + 1;
    frame->v[1] = value_of(0);
    run_write(here->run, here->number, element, slots[SLOT_ITEM + which], target->span.line);
}

static void push_with_slots(const Here *here, FrameKind kind, const Operation *operation, uint32_t slots)
{
    thread_push(here->thread, kind, operation)->v[0] = value_of(slots);
}

static void advance_operation(const Here *here, const Operation *operation)
{
    Frame *frame = top(here);
    uint32_t base = frame->base;
    switch (frame->stage) {
    case 0:
        frame->stage = 1;
        thread_reserve(here->thread, SLOT_COUNT);
        push_with_slots(here, FRAME_OPERANDS, operation, base);
        return;
    case 1: frame->stage = STAGE_STEP; return;
    case STAGE_DONE:
        frame->stage = STAGE_DONE + 1;
        push_with_slots(here, FRAME_TARGETS, operation, base);
        return;
    case STAGE_TRY_FAILED: leave_with(here, value_of(0)); return;
    default: /* STAGE_DONE + 1 */
        leave_with(here, frame->is_try ? value_of(1) : value_of(here->thread->values[base + SLOT_OBJECT].n));
        return;
    }
}

static void step_operation(const Here *here, const Operation *operation, uint32_t line)
{
    Frame *frame = top(here);
    uint32_t slots = frame->base;
    Mode mode = frame->is_try ? MODE_TRY : MODE_PLAIN;
    if (operation_enabled(here->run, here->number, operation, slots, mode)) {
        if (run_is_over(here->run))
            return;
        frame->stage = STAGE_DONE;
        operation_execute(here->run, here->number, operation, slots, mode, line);
    } else if (frame->is_try && !operation_sender_ready(here->run, here->number, operation, slots, mode)) {
        frame->stage = STAGE_TRY_FAILED;
        here->thread->region_accesses++;
    } else if (!run_is_over(here->run)) {
        operation_explain(here->run, here->number, operation, slots, true);
        run_block(here->run, here->number, line);
    }
}

/* The second halves of wait and wrlock. */
static void step_second(const Here *here, const Operation *operation, uint32_t line)
{
    Frame *frame = top(here);
    uint32_t slots = frame->base;
    Value *values = here->thread->values + slots;
    if (frame->stage == STAGE_ANNOUNCED) {
        uint32_t object = (uint32_t)values[SLOT_OBJECT].n;
        if (here->run->state->objects[object].destroyed) {
            run_misuse(here->run, object, line);
        } else if (operation_enabled(here->run, here->number, operation, slots, MODE_ARM)) {
            frame->stage = STAGE_DONE;
            operation_execute(here->run, here->number, operation, slots, MODE_ARM, line);
            here->run->state->objects[object].announced &= ~(UINT64_C(1) << here->number);
        } else {
            operation_explain(here->run, here->number, operation, slots, true);
            run_block(here->run, here->number, line);
        }
        return;
    }
    uint32_t object = (uint32_t)values[SLOT_WITH].n;
    bool may_wake = frame->stage == STAGE_WOKEN || (frame->stage == STAGE_ASLEEP && here->model->spurious);
    if (may_wake && here->run->state->objects[object].destroyed) {
        run_misuse(here->run, object, line);
    } else if (may_wake && operation_can_retake(here->run, object)) {
        frame->stage = STAGE_DONE;
        operation_retake(here->run, here->number, object, frame->v[0].n, line);
    } else {
        const ObjectState *mutex = &here->run->state->objects[object];
        if (frame->stage == STAGE_WOKEN && mutex->owner >= 0)
            here->run->waits_for |= UINT64_C(1) << mutex->owner;
        run_block(here->run, here->number, line);
    }
}

void interpret_receive(Run *run, uint32_t number, uint32_t arm, int64_t item)
{
    Here here = here_of(run, number);
    Frame *frame = top(&here);
    if (frame->kind == FRAME_OPERATION) {
        here.thread->values[frame->base + SLOT_ITEM] = value_of(item);
        here.thread->values[frame->base + SLOT_OK] = value_of(1);
        frame->stage = STAGE_DONE;
    } else {
        Value *slots = here.thread->values + frame->base + arm * SLOT_COUNT;
        slots[SLOT_ITEM] = value_of(item);
        slots[SLOT_OK] = value_of(1);
        frame->v[0] = value_of(arm);
        frame->stage = STAGE_DONE;
    }
    here.thread->statement_open = run->model->statement_granularity;
}

/* ----------------------------------------------------------------- statements */

static void push_stmt(const Here *here, const Stmt *stmt)
{
    thread_push(here->thread, FRAME_STMT, stmt);
}

static void leave_stmt(const Here *here)
{
    thread_trim(here->thread, top(here)->base);
    thread_pop(here->thread);
}

static void unwind(const Here *here, Unwind how, uint32_t line)
{
    here->thread->unwind = how;
    here->thread->end_line = line;
}

static bool is_local_place(const Expr *place)
{
    return place->symbol->kind == SYMBOL_LOCAL;
}

/* Locals of a block are out of reach behind it. Those of the owner's body stay: properties may name them. */
static void forget_block(const Here *here, const Stmt *block)
{
    for (uint32_t i = 0; i < block->statements.count; i++) {
        const Stmt *stmt = block->statements.items[i];
        if (stmt->kind == STMT_LOCAL && !stmt->symbol->is_outermost)
            for (uint32_t e = 0; e < stmt->symbol->length; e++)
                *local_slot(here, stmt->symbol, e) = value_of(0);
        for (uint32_t d = 0; d < stmt->declares.count; d++)
            if (!stmt->declares.items[d]->is_outermost)
                *local_slot(here, stmt->declares.items[d], 0) = value_of(0);
    }
}

static void advance_block(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage == stmt->statements.count) {
        forget_block(here, stmt);
        leave_stmt(here);
        return;
    }
    push_stmt(here, stmt->statements.items[frame->stage++]);
}

static void advance_local(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    const Symbol *symbol = stmt->symbol;
    if (symbol->is_array) {
        if (frame->stage > 0) {
            uint32_t first = stmt->values.count == 1 ? 0 : frame->stage - 1;
            uint32_t last = stmt->values.count == 1 ? symbol->length : frame->stage;
            for (uint32_t e = first; e < last; e++)
                *local_slot(here, symbol, e) = here->thread->result;
        } else {
            for (uint32_t e = 0; e < symbol->length; e++)
                *local_slot(here, symbol, e) = value_of(0);
        }
        if (frame->stage == stmt->values.count)
            leave_stmt(here);
        else
            push_expr(here, stmt->values.items[frame->stage++]);
        return;
    }
    if (frame->stage == 0) {
        frame->stage = 1;
        here->thread->result = value_of(0);
        if (stmt->expr != NULL) {
            push_expr(here, stmt->expr);
            return;
        }
    }
    *local_slot(here, symbol, 0) = here->thread->result;
    leave_stmt(here);
}

/* v[0] index, v[1] old value of a compound assignment, v[2] what is written. */
static void advance_assign(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    const Expr *target = stmt->target;
    switch (frame->stage) {
    case 0:
        frame->stage = 1;
        here->thread->result = value_of(0);
        if (target->index != NULL)
            push_expr(here, target->index);
        return;
    case 1:
        frame->v[0] = here->thread->result;
        if (!check_index(here, target, target->symbol, frame->v[0].n))
            return;
        if (stmt->is_compound && !is_local_place(target)) {
            frame->stage = STAGE_STEP;
            return;
        }
        if (stmt->is_compound) {
            frame->v[1] = *local_slot(here, target->symbol, frame->v[0].n);
            frame->v[1].taint = taint_union(frame->v[1].taint, frame->v[0].taint);
        }
        frame->stage = 2;
        return;
    case 2:
        frame->stage = 3;
        push_expr(here, stmt->expr);
        return;
    default:
        frame->v[2] = here->thread->result;
        if (stmt->is_compound) {
            frame->v[2].taint = taint_union(frame->v[1].taint, frame->v[2].taint);
            if (!arithmetic_binary(stmt->assign, frame->v[1].n, frame->v[2].n, &frame->v[2].n)) {
                run_error(here->run, stmt->span.line);
                return;
            }
        }
        if (!is_local_place(target)) {
            frame->stage = STAGE_STORE;
            return;
        }
        *local_slot(here, target->symbol, frame->v[0].n) = frame->v[2];
        leave_stmt(here);
    }
}

static void step_assign(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage == STAGE_STEP) {
        frame->v[1] = read_element(here, stmt->target, &frame->v[0], false);
        frame->stage = 2;
        return;
    }
    uint32_t element = element_of(here, stmt->target, frame->v[0].n);
    Value value = frame->v[2];
    leave_stmt(here);
    run_write(here->run, here->number, element, value, stmt->target->span.line);
}

static void advance_if(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        push_expr(here, stmt->expr);
        return;
    }
    bool holds = here->thread->result.n != 0;
    leave_stmt(here);
    if (holds)
        push_stmt(here, stmt->body);
    else if (stmt->otherwise != NULL)
        push_stmt(here, stmt->otherwise);
}

static void advance_while(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here->thread->statement_open = false;
        push_expr(here, stmt->expr);
    } else if (here->thread->result.n != 0) {
        frame->stage = 0;
        push_stmt(here, stmt->body);
    } else {
        leave_stmt(here);
    }
}

/* v[0] the next number, v[1] the bound. Assigning to the loop variable does not change the count. */
static void advance_for(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        push_expr(here, stmt->low);
        return;
    }
    if (frame->stage == 1) {
        frame->v[0] = here->thread->result;
        frame->stage = 2;
        push_expr(here, stmt->high);
        return;
    }
    if (frame->stage == 2) {
        frame->v[1] = value_of(here->thread->result.n);
        frame->stage = 3;
    }
    bool goes_on = stmt->is_closed ? frame->v[0].n <= frame->v[1].n : frame->v[0].n < frame->v[1].n;
    if (!goes_on || frame->stage == 4) {
        *local_slot(here, stmt->symbol, 0) = value_of(0);
        leave_stmt(here);
        return;
    }
    *local_slot(here, stmt->symbol, 0) = frame->v[0];
    if (frame->v[0].n == INT64_MAX)
        frame->stage = 4;
    else
        frame->v[0].n++;
    push_stmt(here, stmt->body);
}

static void advance_repeat(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        push_expr(here, stmt->expr);
        return;
    }
    if (frame->stage == 1) {
        frame->stage = 2;
        frame->v[0] = value_of(here->thread->result.n);
    }
    if (frame->v[0].n <= 0) {
        leave_stmt(here);
        return;
    }
    frame->v[0].n--;
    push_stmt(here, stmt->body);
}

static void advance_return(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage == 0 && stmt->expr != NULL) {
        frame->stage = 1;
        push_expr(here, stmt->expr);
        return;
    }
    here->thread->returned = stmt->expr == NULL ? value_of(0) : here->thread->result;
    unwind(here, UNWIND_RETURN, stmt->span.line);
}

static void advance_check(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        push_expr(here, stmt->expr);
        return;
    }
    bool holds = here->thread->result.n != 0;
    leave_stmt(here);
    if (holds)
        return;
    if (stmt->kind == STMT_ASSERT)
        run_stop(here->run, STOP_ASSERTION, FINDING_ASSERTION, NULL, stmt->span.line);
    else
        run_stop(here->run, STOP_ASSUME, FINDING_ASSERTION, NULL, stmt->span.line);
}

static void advance_print(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage > 0) {
        Value value = here->thread->result;
        uint32_t place = thread_reserve(here->thread, 1);
        here->thread->values[place] = value_of(value.n);
    }
    if (frame->stage == stmt->items.count) {
        frame->stage = STAGE_STEP;
        return;
    }
    const Expr *expr = stmt->items.items[frame->stage++].expr;
    here->thread->result = value_of(0);
    if (expr != NULL)
        push_expr(here, expr);
}

static void step_print(const Here *here, const Stmt *stmt)
{
    Text text = {0};
    for (uint32_t i = 0; i < stmt->items.count; i++) {
        if (stmt->items.items[i].text != NULL)
            text_add(&text, stmt->items.items[i].text);
        else
            text_format(&text, "%lld", (long long)here->thread->values[top(here)->base + i].n);
    }
    text_add(&text, "");
    here->run->state->output = output_append(here->run->state->output, text.bytes == NULL ? "" : text.bytes);
    text_free(&text);
    leave_stmt(here);
}

static void advance_atomic(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = STAGE_STEP;
    } else if (frame->stage == 1) { /* the guard */
        frame->stage = 2;
        here->thread->result = value_of(1);
        if (stmt->expr != NULL)
            push_expr(here, stmt->expr);
    } else if (frame->stage == 2) {
        if (here->thread->result.n == 0) {
            run_block(here->run, here->number, stmt->span.line);
            return;
        }
        frame->stage = 3;
        if (stmt->expr != NULL)
            here->thread->is_first = false;
        push_stmt(here, stmt->body);
    } else {
        here->thread->atomic_depth--;
        leave_stmt(here);
    }
}

static void step_atomic(const Here *here)
{
    if (here->thread->atomic_depth++ == 0) {
        here->thread->is_first = true;
        here->thread->region_accesses = 0;
    }
    top(here)->stage = 1;
}

static void step_await(const Here *here, const Stmt *stmt)
{
    Value value;
    uint32_t line;
    if (!evaluate(here->run, here->number, stmt->expr, false, &value, &line))
        run_error(here->run, line);
    else if (value.n == 0)
        run_block(here->run, here->number, stmt->span.line);
    else
        leave_stmt(here);
}

/* v[0] the object. */
static void advance_with(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        thread_push(here->thread, FRAME_OPERATION, stmt->operation);
    } else if (frame->stage == 1) {
        frame->v[0] = here->thread->result;
        frame->stage = 2;
        push_stmt(here, stmt->body);
    } else {
        here->thread->statement_open = false;
        frame->stage = STAGE_LEAVE;
    }
}

static void step_leave_with(const Here *here, const Stmt *stmt)
{
    uint32_t object = (uint32_t)top(here)->v[0].n;
    ObjectState *state = &here->run->state->objects[object];
    leave_stmt(here);
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

static void advance_once(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here->thread->result = value_of(0);
        if (stmt->expr->index != NULL)
            push_expr(here, stmt->expr->index);
    } else if (frame->stage == 1) {
        if (!check_index(here, stmt->expr, stmt->expr->symbol, here->thread->result.n))
            return;
        frame->v[0] =
            value_of((int64_t)model_object(here->model, stmt->expr->symbol, (uint32_t)here->thread->result.n));
        frame->stage = STAGE_STEP;
    } else if (frame->stage == 2) {
        frame->stage = 3;
        push_stmt(here, stmt->body);
    } else {
        here->thread->statement_open = false;
        frame->stage = STAGE_LEAVE;
    }
}

static void step_once(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
    uint32_t number = (uint32_t)frame->v[0].n;
    ObjectState *object = &here->run->state->objects[number];
    here->thread->region_accesses++;
    if (object->destroyed) {
        run_misuse(here->run, number, stmt->span.line);
    } else if (frame->stage == STAGE_LEAVE) {
        object->owner = -1;
        object->count = ONCE_FINISHED;
        leave_stmt(here);
    } else if (object->count == ONCE_FINISHED) {
        leave_stmt(here);
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
static void advance_select(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
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
            push_with_slots(here, FRAME_OPERANDS, stmt->arms.items[arm].operation, base + SLOT_COUNT * arm);
        }
        return;
    case STAGE_DONE:
        frame->stage = STAGE_DONE + 1;
        push_with_slots(here, FRAME_TARGETS, stmt->arms.items[frame->v[0].n].operation,
                        base + SLOT_COUNT * (uint32_t)frame->v[0].n);
        return;
    default: {
        const Stmt *body = stmt->arms.items[frame->v[0].n].body;
        leave_stmt(here);
        if (body != NULL)
            push_stmt(here, body);
    }
    }
}

static void step_select(const Here *here, const Stmt *stmt)
{
    Frame *frame = top(here);
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
        leave_stmt(here);
        push_stmt(here, stmt->otherwise);
    } else {
        for (uint32_t i = 0; i < stmt->arms.count; i++)
            operation_explain(here->run, here->number, stmt->arms.items[i].operation, base + SLOT_COUNT * i, false);
        run_block(here->run, here->number, stmt->span.line);
    }
}

static void advance_stmt(const Here *here)
{
    Frame *frame = top(here);
    const Stmt *stmt = frame->node;
    if (frame->stage == 0 && stmt->kind != STMT_BLOCK) {
        here->thread->statement_open = false;
        if (here->thread->region_accesses > 0)
            here->thread->is_first = false;
        if (here->thread->frame_count > 2) { /* behind the first statement of an atomic block */
            const Frame *block = frame - 1, *owner = frame - 2;
            const Stmt *region = owner->node;
            if (owner->kind == FRAME_STMT && region->kind == STMT_ATOMIC && block->kind == FRAME_STMT &&
                block->stage > 1)
                here->thread->is_first = false;
        }
    }
    switch (stmt->kind) {
    case STMT_BLOCK: advance_block(here, stmt); return;
    case STMT_LOCAL: advance_local(here, stmt); return;
    case STMT_ASSIGN: advance_assign(here, stmt); return;
    case STMT_EXPR:
        if (frame->stage == 0) {
            frame->stage = 1;
            push_expr(here, stmt->expr);
        } else {
            leave_stmt(here);
        }
        return;
    case STMT_IF: advance_if(here, stmt); return;
    case STMT_WHILE: advance_while(here, stmt); return;
    case STMT_FOR: advance_for(here, stmt); return;
    case STMT_REPEAT: advance_repeat(here, stmt); return;
    case STMT_LOOP: push_stmt(here, stmt->body); return;
    case STMT_BREAK: unwind(here, UNWIND_BREAK, 0); return;
    case STMT_CONTINUE: unwind(here, UNWIND_CONTINUE, 0); return;
    case STMT_RETURN: advance_return(here, stmt); return;
    case STMT_EXIT: unwind(here, UNWIND_EXIT, stmt->span.line); return;
    case STMT_ASSERT:
    case STMT_ASSUME: advance_check(here, stmt); return;
    case STMT_PRINT: advance_print(here, stmt); return;
    case STMT_SKIP:
    case STMT_YIELD:
    case STMT_FENCE:
    case STMT_AWAIT: frame->stage = STAGE_STEP; return;
    case STMT_PROGRESS: leave_stmt(here); return;
    case STMT_ATOMIC: advance_atomic(here, stmt); return;
    case STMT_OPERATION:
        if (frame->stage == 0) {
            frame->stage = 1;
            thread_push(here->thread, FRAME_OPERATION, stmt->operation);
        } else {
            leave_stmt(here);
        }
        return;
    case STMT_WITH: advance_with(here, stmt); return;
    case STMT_DO_ONCE: advance_once(here, stmt); return;
    case STMT_SELECT: advance_select(here, stmt); return;
    case STMT_SERIAL:
        leave_stmt(here);
        push_stmt(here, stmt->body);
        return;
    }
}

static void step_stmt(const Here *here)
{
    const Stmt *stmt = top(here)->node;
    if (top(here)->stage == STAGE_ARRIVED) { /* at a barrier, by a select */
        run_block(here->run, here->number, stmt->span.line);
        return;
    }
    switch (stmt->kind) {
    case STMT_ASSIGN: step_assign(here, stmt); return;
    case STMT_PRINT: step_print(here, stmt); break;
    case STMT_ATOMIC: step_atomic(here); return;
    case STMT_AWAIT: step_await(here, stmt); break;
    case STMT_WITH: step_leave_with(here, stmt); break;
    case STMT_DO_ONCE: step_once(here, stmt); return;
    case STMT_SELECT: step_select(here, stmt); return;
    case STMT_SKIP:
    case STMT_YIELD:
    case STMT_FENCE: leave_stmt(here); break;
    default: die(EXIT_UNSUPPORTED, "line %u: no step", stmt->span.line);
    }
    here->thread->region_accesses++;
}

/* ------------------------------------------------------------------ unwinding */

static bool is_loop(const Stmt *stmt)
{
    return stmt->kind == STMT_WHILE || stmt->kind == STMT_FOR || stmt->kind == STMT_REPEAT || stmt->kind == STMT_LOOP;
}

/* Takes one frame away, or stops at one that has something to do first. */
static void unwind_frame(const Here *here)
{
    Frame *frame = top(here);
    if (frame->kind == FRAME_EXPR) {
        const Expr *expr = frame->node;
        if (expr->kind == EXPR_CALL && here->thread->unwind == UNWIND_RETURN) {
            Value value = here->thread->returned;
            here->thread->returned = value_of(0);
            here->thread->statement_open = false;
            here->thread->unwind = UNWIND_NONE;
            here->thread->end_line = 0;
            forget_locals(here, expr->symbol);
            leave_with(here, value);
            return;
        }
        leave_stmt(here);
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
                if (stmt->kind == STMT_FOR)
                    *local_slot(here, stmt->symbol, 0) = value_of(0);
                leave_stmt(here);
            }
            here->thread->unwind = UNWIND_NONE;
            return;
        }
        if (stmt->kind == STMT_ATOMIC && frame->stage == 3)
            here->thread->atomic_depth--;
        if (stmt->kind == STMT_BLOCK)
            forget_block(here, stmt);
    }
    leave_stmt(here);
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
    Frame *frame = top(here);
    switch (frame->kind) {
    case FRAME_EXPR: step_expr(here); return;
    case FRAME_STMT: step_stmt(here); return;
    case FRAME_TARGETS: step_targets(here, frame->node); return;
    case FRAME_OPERATION: {
        const Operation *operation = frame->node;
        if (frame->stage == STAGE_STEP)
            step_operation(here, operation, operation->span.line);
        else if (frame->stage == STAGE_ARRIVED)
            run_block(here->run, here->number, operation->span.line);
        else
            step_second(here, operation, operation->span.line);
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
        Frame *frame = top(&here);
        if (frame->stage >= STAGE_STEP) {
            if (thread->atomic_depth == 0 && !thread->statement_open) {
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
        case FRAME_EXPR: advance_expr(&here); break;
        case FRAME_STMT: advance_stmt(&here); break;
        case FRAME_OPERANDS: advance_operands(&here, frame->node); break;
        case FRAME_OPERATION: advance_operation(&here, frame->node); break;
        case FRAME_TARGETS: advance_targets(&here, frame->node); break;
        }
    }
}

void interpret_step(Run *run, uint32_t number)
{
    Here here = here_of(run, number);
    here.thread->region_accesses = 0;
    here.thread->is_first = false;
    here.thread->statement_open = run->model->statement_granularity;
    run->local_work = 0;
    step_top(&here);
    interpret_advance(run, number);
    here.thread->statement_open = false;
    here.thread->region_accesses = 0;
}

uint32_t interpret_line(const State *state, uint32_t number)
{
    const Thread *thread = &state->threads[number];
    for (uint32_t i = thread->frame_count; i-- > 0;) {
        const Frame *frame = &thread->frames[i];
        if (frame->kind == FRAME_STMT)
            return ((const Stmt *)frame->node)->span.line;
    }
    return thread->symbol->span.line;
}
