/* oracle_begin.c: whether a task begins with a step of its own: whether something that could hold up the event loop may come
 * first in its coroutine, on some way from the beginning that makes no step. */
#include "oracle_here.h"

typedef struct Scan {
    bool is_whole;     /* statement granularity: what a statement does is one step, which may wait */
    bool in_coroutine; /* not in a function that it calls: `await` hands the loop over */
    bool is_split;     /* statement granularity: in a statement that makes several steps */
    bool may_hold_up;
    bool leaves_loop, returns; /* some way without a step leads out of the innermost loop; out of the function */
} Scan;

/* Each of these is false where a step comes on every way: then nothing behind it comes first. */
static bool scan_expression(Scan *scan, const Expr *expr);
static bool scan_statement(Scan *scan, const Stmt *stmt);

static bool meet_step(Scan *scan, bool may_block)
{
    scan->may_hold_up |= may_block || (scan->is_whole && !scan->is_split);
    return false;
}

static bool scan_list(Scan *scan, const ExprList *list)
{
    bool passes = true;
    for (uint32_t i = 0; i < list->count && passes; i++)
        passes = scan_expression(scan, list->items[i]);
    return passes;
}

/* What stands in brackets behind an object or a target. */
static bool scan_index(Scan *scan, const Expr *place)
{
    return place == NULL || scan_expression(scan, place->index);
}

static bool scan_call(Scan *scan, const Expr *call)
{
    if (!scan_list(scan, &call->arguments))
        return false;
    if (call->symbol->is_coroutine && !call->is_awaited)
        return true; /* it is never run */
    Scan inner = *scan;
    inner.in_coroutine = call->symbol->is_coroutine;
    inner.returns = inner.leaves_loop = false;
    bool passes = scan_statement(&inner, call->symbol->body);
    scan->may_hold_up = inner.may_hold_up;
    return passes || inner.returns;
}

static bool scan_operation(Scan *scan, const Operation *operation)
{
    for (uint32_t i = 0; i < operation->targets.count; i++)
        if (!scan_index(scan, operation->targets.items[i]))
            return false;
    if (operation->kind == OPERATION_AWAIT)
        return meet_step(scan, true);
    if (!scan_index(scan, operation->object) || !scan_index(scan, operation->with_object) ||
        !(operation->a == NULL || operation->kind == OPERATION_MAP || scan_expression(scan, operation->a)))
        return false;
    if (operation->kind == OPERATION_GATHER || operation->kind == OPERATION_MAP) {
        scan_list(scan, &operation->arguments);
        return false;
    }
    if (operation->is_awaited || operation->kind == OPERATION_AWAIT_TASK)
        return false;
    return meet_step(scan, operation_may_block(operation));
}

static bool scan_expression(Scan *scan, const Expr *expr)
{
    if (expr == NULL)
        return true;
    switch (expr->kind) {
    case EXPR_INTEGER:
    case EXPR_SELF:
    case EXPR_MEMBER: return true;
    case EXPR_NAME: return scan_expression(scan, expr->index) && (expr->symbol->kind != SYMBOL_VARIABLE || meet_step(scan, false));
    case EXPR_BINARY:
        if (!scan_expression(scan, expr->a))
            return false;
        if (expr->binary != BINARY_AND && expr->binary != BINARY_OR)
            return scan_expression(scan, expr->b);
        scan_expression(scan, expr->b);
        return true;
    case EXPR_CONDITIONAL: {
        if (!scan_expression(scan, expr->a))
            return false;
        bool then = scan_expression(scan, expr->b), otherwise = scan_expression(scan, expr->c);
        return then || otherwise;
    }
    case EXPR_UNARY:
    case EXPR_DURATION: return scan_expression(scan, expr->a);
    case EXPR_MIN:
    case EXPR_MAX:
    case EXPR_ABS: return scan_list(scan, &expr->arguments);
    case EXPR_CALL: return scan_call(scan, expr);
    case EXPR_TRY:
    case EXPR_GET: return scan_operation(scan, expr->operation);
    case EXPR_CHOOSE:
    case EXPR_CAS:
    case EXPR_FETCH_ADD:
    case EXPR_EXCHANGE:
    case EXPR_LENGTH:
    case EXPR_CLOSED:
    case EXPR_SPAWN: break;
    }
    return scan_index(scan, expr->place) && scan_index(scan, expr->object) && scan_expression(scan, expr->a) &&
           scan_expression(scan, expr->b) && scan_list(scan, &expr->arguments) && meet_step(scan, false);
}

static bool scan_loop(Scan *scan, const Stmt *stmt, bool is_endless)
{
    bool outer = scan->leaves_loop;
    scan->leaves_loop = false;
    bool passes = scan_statement(scan, stmt->body) || scan->leaves_loop || !is_endless;
    scan->leaves_loop = outer;
    return passes;
}

static bool scan_select(Scan *scan, const Stmt *stmt)
{
    for (uint32_t i = 0; i < stmt->arms.count; i++) { /* operands come first; the operations make one step together */
        const Operation *operation = stmt->arms.items[i].operation;
        for (uint32_t k = 0; k < operation->targets.count; k++)
            if (!scan_index(scan, operation->targets.items[k]))
                return false;
        if (!scan_index(scan, operation->object) ||
            (operation->kind != OPERATION_AWAIT && !scan_expression(scan, operation->a)))
            return false;
    }
    return meet_step(scan, true);
}

static bool scan_statement(Scan *scan, const Stmt *stmt)
{
    if (stmt == NULL)
        return true;
    bool passes = true;
    switch (stmt->kind) {
    case STMT_BLOCK:
        for (uint32_t i = 0; i < stmt->statements.count && passes; i++)
            passes = scan_statement(scan, stmt->statements.items[i]);
        return passes;
    case STMT_LOCAL: return scan_expression(scan, stmt->expr) && scan_list(scan, &stmt->values);
    case STMT_ASSIGN:
        return scan_index(scan, stmt->target) &&
               (!stmt->is_compound || stmt->target->symbol->kind != SYMBOL_VARIABLE || meet_step(scan, false)) &&
               scan_expression(scan, stmt->expr) &&
               (stmt->target->symbol->kind != SYMBOL_VARIABLE || meet_step(scan, false));
    case STMT_EXPR:
    case STMT_ASSERT:
    case STMT_ASSUME: return scan_expression(scan, stmt->expr);
    case STMT_IF: {
        if (!scan_expression(scan, stmt->expr))
            return false;
        bool then = scan_statement(scan, stmt->body), otherwise = scan_statement(scan, stmt->otherwise);
        return then || otherwise;
    }
    case STMT_WHILE: return scan_expression(scan, stmt->expr) && scan_loop(scan, stmt, false);
    case STMT_FOR:
        return scan_expression(scan, stmt->low) && scan_expression(scan, stmt->high) && scan_loop(scan, stmt, false);
    case STMT_REPEAT: return scan_expression(scan, stmt->expr) && scan_loop(scan, stmt, false);
    case STMT_LOOP: return scan_loop(scan, stmt, true);
    case STMT_BREAK:
    case STMT_CONTINUE: scan->leaves_loop = true; return false;
    case STMT_RETURN: scan->returns |= scan_expression(scan, stmt->expr); return false;
    case STMT_EXIT: return false;
    case STMT_PRINT:
        for (uint32_t i = 0; i < stmt->items.count && passes; i++)
            passes = scan_expression(scan, stmt->items.items[i].expr);
        return passes && meet_step(scan, false);
    case STMT_SKIP:
    case STMT_FENCE: return false;
    case STMT_YIELD: return scan->in_coroutine ? false : meet_step(scan, false);
    case STMT_PROGRESS: return true;
    case STMT_AWAIT: return scan->in_coroutine ? false : meet_step(scan, true);
    case STMT_ATOMIC:
    case STMT_DO_ONCE: return scan_index(scan, stmt->kind == STMT_DO_ONCE ? stmt->expr : NULL) && meet_step(scan, true);
    case STMT_OPERATION: {
        bool was_split = scan->is_split;
        scan->is_split |= stmt->operation->kind == OPERATION_GATHER || stmt->operation->kind == OPERATION_MAP;
        passes = scan_operation(scan, stmt->operation);
        scan->is_split = was_split;
        return passes;
    }
    case STMT_WITH:
        if (stmt->operation->kind != OPERATION_SHUTDOWN)
            return scan_operation(scan, stmt->operation);
        return scan_statement(scan, stmt->body) && meet_step(scan, false);
    case STMT_AS_COMPLETED: return false;
    case STMT_SELECT: return scan_select(scan, stmt);
    case STMT_SERIAL: return scan_statement(scan, stmt->body);
    }
    return false;
}

void coroutines_begin(const Model *model, State *state, uint32_t number)
{
    Thread *thread = &state->threads[number];
    if (!thread->is_coroutine)
        return;
    Scan scan = {.is_whole = model->statement_granularity, .in_coroutine = true};
    scan_statement(&scan, thread->symbol->body);
    thread->has_to_begin = scan.may_hold_up;
}
