/* oracle_expression.c: expressions, one access at a time. */
#include "oracle_here.h"

static void advance_name(const Here *here, const Expr *expr)
{
    Frame *frame = here_top(here);
    if (expr->symbol->kind == SYMBOL_CONST) {
        here_leave_with(here, value_of(expr->symbol->value));
        return;
    }
    if (frame->stage == 0 && expr->index != NULL) {
        frame->stage = 1;
        here_push_expr(here, expr->index);
        return;
    }
    if (frame->stage == 1) {
        frame->v[0] = here->thread->result;
        if (!here_check_index(here, expr, expr->symbol, frame->v[0].n))
            return;
    }
    if (expr->symbol->kind == SYMBOL_VARIABLE) {
        frame->stage = STAGE_STEP;
        return;
    }
    Value value = *here_local(here, expr->symbol, frame->v[0].n);
    value.taint = taint_union(value.taint, frame->v[0].taint);
    here_leave_with(here, value);
}

static void advance_unary(const Here *here, const Expr *expr)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here_push_expr(here, expr->kind == EXPR_ABS ? expr->arguments.items[0] : expr->a);
        return;
    }
    Value value = here->thread->result;
    bool is_fine = true;
    if (expr->kind == EXPR_UNARY)
        is_fine = arithmetic_unary(expr->unary, value.n, &value.n);
    else if (value.n < 0)
        is_fine = arithmetic_unary(UNARY_NEGATE, value.n, &value.n);
    if (is_fine)
        here_leave_with(here, value);
    else
        run_error(here->run, expr->span.line);
}

static void advance_binary(const Here *here, const Expr *expr)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here_push_expr(here, expr->a);
        return;
    }
    if (frame->stage == 1) {
        frame->v[0] = here->thread->result;
        bool is_decided =
            (expr->binary == BINARY_AND && frame->v[0].n == 0) || (expr->binary == BINARY_OR && frame->v[0].n != 0);
        if (!is_decided) {
            frame->stage = 2;
            here_push_expr(here, expr->b);
            return;
        }
        Value value = frame->v[0];
        value.n = value.n != 0;
        here_leave_with(here, value);
        return;
    }
    Value value = {.taint = taint_union(frame->v[0].taint, here->thread->result.taint)};
    if (arithmetic_binary(expr->binary, frame->v[0].n, here->thread->result.n, &value.n))
        here_leave_with(here, value);
    else
        run_error(here->run, expr->span.line);
}

static void advance_conditional(const Here *here, const Expr *expr)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here_push_expr(here, expr->a);
    } else if (frame->stage == 1) {
        frame->stage = 2;
        here_push_expr(here, here->thread->result.n != 0 ? expr->b : expr->c);
    } else {
        here_leave_with(here, here->thread->result);
    }
}

/* Evaluates the arguments one after another into Thread.values; true when all are there. */
static bool gather_arguments(const Here *here, const ExprList *arguments)
{
    Frame *frame = here_top(here);
    if (frame->stage > 0) {
        Value value = here->thread->result;
        uint32_t place = thread_reserve(here->thread, 1);
        here->thread->values[place] = value;
    }
    if (frame->stage == arguments->count)
        return true;
    here_push_expr(here, arguments->items[frame->stage++]);
    return false;
}

static void advance_extreme(const Here *here, const Expr *expr)
{
    if (!gather_arguments(here, &expr->arguments))
        return;
    const Value *values = here->thread->values + here_top(here)->base;
    Value value = values[0];
    for (uint32_t i = 1; i < expr->arguments.count; i++) {
        if (expr->kind == EXPR_MIN ? values[i].n < value.n : values[i].n > value.n)
            value.n = values[i].n;
        value.taint = taint_union(value.taint, values[i].taint);
    }
    here_leave_with(here, value);
}

static void advance_choose(const Here *here, const Expr *expr)
{
    Frame *frame = here_top(here);
    if (!expr->is_range) {
        if (gather_arguments(here, &expr->arguments))
            here_top(here)->stage = STAGE_STEP;
        return;
    }
    if (frame->stage == 0) {
        frame->stage = 1;
        here_push_expr(here, expr->a);
    } else if (frame->stage == 1) {
        frame->v[0] = here->thread->result;
        frame->stage = 2;
        here_push_expr(here, expr->b);
    } else {
        frame->v[1] = here->thread->result;
        frame->stage = STAGE_STEP;
    }
}

static void step_choose(const Here *here, const Expr *expr)
{
    Frame *frame = here_top(here);
    if (!expr->is_range) {
        uint32_t chosen = run_choose(here->run, expr->arguments.count);
        here_leave_with(here, here->thread->values[frame->base + chosen]);
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
    here_leave_with(here, value);
}

/* cas, fetch_add, exchange: index, then the values, then the access. */
static void advance_update(const Here *here, const Expr *expr)
{
    Frame *frame = here_top(here);
    switch (frame->stage) {
    case 0:
        frame->stage = 1;
        here->thread->result = value_of(0);
        if (expr->place->index != NULL)
            here_push_expr(here, expr->place->index);
        return;
    case 1:
        frame->v[0] = here->thread->result;
        if (!here_check_index(here, expr->place, expr->place->symbol, frame->v[0].n))
            return;
        frame->stage = 2;
        here_push_expr(here, expr->a);
        return;
    case 2:
        frame->v[1] = here->thread->result;
        if (expr->kind == EXPR_CAS) {
            frame->stage = 3;
            here_push_expr(here, expr->b);
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
    Frame *frame = here_top(here);
    uint32_t element = here_element(here, expr->place, frame->v[0].n);
    Value old = here_read(here, expr->place, &frame->v[0], true);
    if (!memory_is_own(here->model, here->run->state, here->number, element))
        here->run->accesses[here->run->access_count - 1].writes = true;
    int64_t *variable = memory_place(here->model, here->run->state, here->number, element);
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
    if (writes && !memory_is_own(here->model, here->run->state, here->number, element))
        run_overtake(here->run, here->number, element);
    here_leave_with(here, value);
}

static void advance_length(const Here *here, const Expr *expr)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here->thread->result = value_of(0);
        if (expr->object->index != NULL) {
            here_push_expr(here, expr->object->index);
            return;
        }
    }
    frame = here_top(here);
    frame->v[0] = here->thread->result;
    if (here_check_index(here, expr->object, expr->object->symbol, frame->v[0].n))
        frame->stage = STAGE_STEP;
}

static void step_length(const Here *here, const Expr *expr)
{
    uint32_t object = messages_queue(here->model, here->run->state, here->number, expr->object->symbol,
                                     (uint32_t)here_top(here)->v[0].n);
    const ObjectState *queue = &here->run->state->objects[object];
    if (queue->destroyed)
        run_misuse(here->run, object, expr->span.line);
    else
        here_leave_with(here, value_of(expr->kind == EXPR_LENGTH ? queue->count : queue->closed));
}

static void step_submit(const Here *here, const Expr *expr)
{
    State *state = here->run->state;
    uint32_t task = pools_submit(here->run, expr->object->symbol, expr->symbol, expr->span.line);
    if (task == NO_THREAD)
        return;
    for (uint32_t i = 0; i < expr->arguments.count; i++)
        state->threads[task].locals[model_local(here->model, expr->symbol->parameters.items[i])] =
            value_of(here->thread->values[here_top(here)->base + i].n);
    here_leave_with(here, value_of((int64_t)(task - state->declared_count) + 1));
}

static void step_spawn(const Here *here, const Expr *expr)
{
    State *state = here->run->state;
    uint32_t instance = 0;
    if (expr->spawn == SPAWN_SUBMIT) {
        step_submit(here, expr);
        return;
    }
    for (uint32_t t = 0; t < state->thread_count; t++)
        instance += state->threads[t].symbol == expr->symbol;
    uint32_t child = state_add_thread(here->model, state, expr->symbol, instance);
    if (expr->spawn == SPAWN_PROCESS)
        memory_begin(here->model, state, child);
    else if (expr->spawn == SPAWN_FORK)
        memory_fork(here->model, state, child, here->number);
    for (uint32_t i = 0; i < expr->arguments.count; i++) {
        uint32_t slot = model_local(here->model, expr->symbol->parameters.items[i]);
        state->threads[child].locals[slot] = value_of(here->thread->values[here_top(here)->base + i].n);
    }
    here_leave_with(here, value_of((int64_t)(child - state->declared_count) + 1));
    coroutines_begin(here->model, state, child);
    if (!state->threads[child].has_to_begin)
        interpret_advance(here->run, child);
}

static void advance_call(const Here *here, const Expr *expr)
{
    if (here_top(here)->stage == STAGE_CALLED) { /* the body ended without a return */
        here->thread->statement_open = false;
        here_forget_locals(here, expr->symbol);
        here_leave_with(here, value_of(0));
        return;
    }
    if (!gather_arguments(here, &expr->arguments))
        return;
    if (expr->symbol->is_coroutine && !expr->is_awaited) {
        finding_set_add(here->run->events, finding_simple(FINDING_MISUSE, NULL, expr->span.line));
        here_leave_with(here, value_of(0));
        return;
    }
    Frame *frame = here_top(here);
    here_forget_locals(here, expr->symbol);
    for (uint32_t i = 0; i < expr->arguments.count; i++)
        *here_local(here, expr->symbol->parameters.items[i], 0) = here->thread->values[frame->base + i];
    thread_trim(here->thread, frame->base);
    frame->stage = STAGE_CALLED;
    thread_push(here->thread, FRAME_STMT, expr->symbol->body);
}

/* a times the unit. */
static void advance_duration(const Here *here, const Expr *expr)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here_push_expr(here, expr->a);
        return;
    }
    Value value = here->thread->result;
    if (!arithmetic_binary(BINARY_MULTIPLY, value.n, expr->value, &value.n))
        run_error(here->run, expr->span.line);
    else
        here_leave_with(here, value);
}

static void advance_try(const Here *here, const Expr *expr)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        thread_push(here->thread, FRAME_OPERATION, expr->operation)->is_try = true;
        return;
    }
    here_leave_with(here, here->thread->result);
}

void expression_advance(const Here *here)
{
    const Expr *expr = here_top(here)->node;
    switch (expr->kind) {
    case EXPR_INTEGER: here_leave_with(here, value_of(expr->value)); return;
    case EXPR_SELF: here_leave_with(here, value_of(here->thread->instance)); return;
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
            here_top(here)->stage = STAGE_STEP;
        return;
    case EXPR_CALL: advance_call(here, expr); return;
    case EXPR_DURATION: advance_duration(here, expr); return;
    case EXPR_GET:
    case EXPR_MEMBER: break;
    }
    die(EXIT_UNSUPPORTED, "line %u: an expression that cannot stand in a body", expr->span.line);
}

void expression_step(const Here *here)
{
    const Expr *expr = here_top(here)->node;
    switch (expr->kind) {
    case EXPR_NAME: here_leave_with(here, here_read(here, expr, &here_top(here)->v[0], false)); return;
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
