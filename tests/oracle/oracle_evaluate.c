/* oracle_evaluate.c: arithmetic, and expressions that are evaluated at once: properties, await. */
#include "oracle.h"

bool arithmetic_unary(UnaryOp op, int64_t a, int64_t *result)
{
    switch (op) {
    case UNARY_NEGATE: return !__builtin_sub_overflow(INT64_C(0), a, result);
    case UNARY_NOT: *result = a == 0; return true;
    case UNARY_COMPLEMENT: *result = ~a; return true;
    case UNARY_PLUS: *result = a; return true;
    }
    return false;
}

/* a * 2^b; bits that do not fit are an overflow. */
static bool shift_left(int64_t a, int64_t b, int64_t *result)
{
    if (b < 0 || b > 63)
        return false;
    if (a == 0 || b == 0) {
        *result = a;
        return true;
    }
    if (b == 63) {
        *result = INT64_MIN;
        return a == -1;
    }
    return !__builtin_mul_overflow(a, INT64_C(1) << b, result);
}

static int64_t shift_right(int64_t a, int64_t b)
{
    return a >= 0 ? a >> b : ~(~a >> b);
}

bool arithmetic_binary(BinaryOp op, int64_t a, int64_t b, int64_t *result)
{
    switch (op) {
    case BINARY_OR: *result = a != 0 || b != 0; return true;
    case BINARY_AND: *result = a != 0 && b != 0; return true;
    case BINARY_BIT_OR: *result = a | b; return true;
    case BINARY_BIT_XOR: *result = a ^ b; return true;
    case BINARY_BIT_AND: *result = a & b; return true;
    case BINARY_EQUAL: *result = a == b; return true;
    case BINARY_NOT_EQUAL: *result = a != b; return true;
    case BINARY_LESS: *result = a < b; return true;
    case BINARY_LESS_EQUAL: *result = a <= b; return true;
    case BINARY_GREATER: *result = a > b; return true;
    case BINARY_GREATER_EQUAL: *result = a >= b; return true;
    case BINARY_SHIFT_LEFT: return shift_left(a, b, result);
    case BINARY_SHIFT_RIGHT:
        if (b < 0 || b > 63)
            return false;
        *result = shift_right(a, b);
        return true;
    case BINARY_ADD: return !__builtin_add_overflow(a, b, result);
    case BINARY_SUBTRACT: return !__builtin_sub_overflow(a, b, result);
    case BINARY_MULTIPLY: return !__builtin_mul_overflow(a, b, result);
    case BINARY_DIVIDE:
        if (b == 0 || (a == INT64_MIN && b == -1))
            return false;
        *result = a / b;
        return true;
    case BINARY_REMAINDER:
        if (b == 0)
            return false;
        *result = b == -1 ? 0 : a % b;
        return true;
    }
    return false;
}

typedef struct Context {
    Run *run;
    uint32_t thread;
    bool quiet;
    uint32_t error_line;
} Context;

static bool eval(Context *context, const Expr *expr, Value *value);

static bool fail(Context *context, const Expr *expr)
{
    context->error_line = expr->span.line;
    return false;
}

static bool eval_index(Context *context, const Expr *expr, const Symbol *symbol, Value *index)
{
    *index = value_of(0);
    if (expr->index == NULL)
        return true;
    if (!eval(context, expr->index, index))
        return false;
    if (index->n < 0 || index->n >= (int64_t)symbol->length)
        return fail(context, expr);
    return true;
}

static bool eval_name(Context *context, const Expr *expr, Value *value)
{
    const Symbol *symbol = expr->symbol;
    Value index;
    if (symbol->kind == SYMBOL_CONST) {
        *value = value_of(symbol->value);
        return true;
    }
    if (!eval_index(context, expr, symbol, &index))
        return false;
    State *state = context->run->state;
    if (symbol->kind == SYMBOL_LOCAL) {
        *value = state->threads[context->thread].locals[model_local(context->run->model, symbol) + (uint32_t)index.n];
    } else {
        uint32_t element = model_element(context->run->model, symbol, (uint32_t)index.n);
        if (context->thread != NO_THREAD && !context->quiet)
            *value = run_read(context->run, context->thread, element, expr->span.line);
        else
            *value = value_of(*memory_place(context->run->model, state, context->thread, element));
    }
    value->taint = taint_union(value->taint, index.taint);
    return true;
}

/* A.t: 0 while there is no such instance. */
static bool eval_member(Context *context, const Expr *expr, Value *value)
{
    Value index;
    if (!eval_index(context, expr, expr->symbol, &index))
        return false;
    const State *state = context->run->state;
    *value = value_of(0);
    for (uint32_t t = 0; t < state->thread_count; t++)
        if (state->threads[t].symbol == expr->thread && state->threads[t].instance == expr->instance_value)
            value->n = state->threads[t].locals[model_local(context->run->model, expr->symbol) + (uint32_t)index.n].n;
    return true;
}

static bool eval_object(Context *context, const Expr *expr, Value *value)
{
    Value index;
    if (!eval_index(context, expr->object, expr->object->symbol, &index))
        return false;
    uint32_t object = messages_queue(context->run->model, context->run->state, context->thread, expr->object->symbol,
                                     (uint32_t)index.n);
    const ObjectState *queue = &context->run->state->objects[object];
    *value = value_of(expr->kind == EXPR_LENGTH ? queue->count : queue->closed);
    return true;
}

static bool eval_extreme(Context *context, const Expr *expr, Value *value)
{
    if (!eval(context, expr->arguments.items[0], value))
        return false;
    for (uint32_t i = 1; i < expr->arguments.count; i++) {
        Value next;
        if (!eval(context, expr->arguments.items[i], &next))
            return false;
        if (expr->kind == EXPR_MIN ? next.n < value->n : next.n > value->n)
            value->n = next.n;
        value->taint = taint_union(value->taint, next.taint);
    }
    return true;
}

static bool eval_binary(Context *context, const Expr *expr, Value *value)
{
    Value left, right;
    if (!eval(context, expr->a, &left))
        return false;
    if ((expr->binary == BINARY_AND && left.n == 0) || (expr->binary == BINARY_OR && left.n != 0)) {
        *value = left;
        value->n = left.n != 0;
        return true;
    }
    if (!eval(context, expr->b, &right))
        return false;
    value->taint = taint_union(left.taint, right.taint);
    if (!arithmetic_binary(expr->binary, left.n, right.n, &value->n))
        return fail(context, expr);
    return true;
}

static bool eval(Context *context, const Expr *expr, Value *value)
{
    switch (expr->kind) {
    case EXPR_INTEGER: *value = value_of(expr->value); return true;
    case EXPR_NAME: return eval_name(context, expr, value);
    case EXPR_SELF: *value = value_of(context->run->state->threads[context->thread].instance); return true;
    case EXPR_UNARY:
        if (!eval(context, expr->a, value))
            return false;
        return arithmetic_unary(expr->unary, value->n, &value->n) || fail(context, expr);
    case EXPR_BINARY: return eval_binary(context, expr, value);
    case EXPR_CONDITIONAL: {
        Value condition;
        return eval(context, expr->a, &condition) && eval(context, condition.n != 0 ? expr->b : expr->c, value);
    }
    case EXPR_MIN:
    case EXPR_MAX: return eval_extreme(context, expr, value);
    case EXPR_ABS:
        if (!eval(context, expr->arguments.items[0], value))
            return false;
        return value->n >= 0 || arithmetic_unary(UNARY_NEGATE, value->n, &value->n) || fail(context, expr);
    case EXPR_LENGTH:
    case EXPR_CLOSED: return eval_object(context, expr, value);
    case EXPR_MEMBER: return eval_member(context, expr, value);
    default: die(EXIT_UNSUPPORTED, "line %u: an expression with effects is evaluated at once", expr->span.line);
    }
}

bool evaluate(Run *run, uint32_t thread, const Expr *expr, bool quiet, Value *value, uint32_t *error_line)
{
    Context context = {.run = run, .thread = thread, .quiet = quiet};
    bool is_fine = eval(&context, expr, value);
    if (!is_fine)
        *error_line = context.error_line;
    return is_fine;
}
