#include "export/walk.h"

static bool walk_operation(const Operation *operation, WalkAsk *ask, const void *context)
{
    if (operation == NULL)
        return false;
    for (uint32_t i = 0; i < operation->targets.count; i++)
        if (walk_any_expression(operation->targets.items[i]->index, ask, context))
            return true;
    return walk_any_expression(operation->object, ask, context) || walk_any_expression(operation->with_object, ask, context) ||
           walk_any_expression(operation->a, ask, context);
}

bool walk_any_expression(const Expr *expr, WalkAsk *ask, const void *context)
{
    if (expr == NULL)
        return false;
    if (ask(NULL, expr, context))
        return true;
    for (uint32_t i = 0; i < expr->arguments.count; i++)
        if (walk_any_expression(expr->arguments.items[i], ask, context))
            return true;
    return walk_any_expression(expr->index, ask, context) || walk_any_expression(expr->a, ask, context) ||
           walk_any_expression(expr->b, ask, context) || walk_any_expression(expr->c, ask, context) ||
           walk_any_expression(expr->place, ask, context) || walk_any_expression(expr->object, ask, context) ||
           walk_operation(expr->operation, ask, context);
}

bool walk_any(const Stmt *s, WalkAsk *ask, const void *context)
{
    if (s == NULL)
        return false;
    if (ask(s, NULL, context))
        return true;
    for (uint32_t i = 0; i < s->statements.count; i++)
        if (walk_any(s->statements.items[i], ask, context))
            return true;
    for (uint32_t i = 0; i < s->values.count; i++)
        if (walk_any_expression(s->values.items[i], ask, context))
            return true;
    for (uint32_t i = 0; i < s->items.count; i++)
        if (walk_any_expression(s->items.items[i].expr, ask, context))
            return true;
    for (uint32_t i = 0; i < s->arms.count; i++)
        if (walk_operation(s->arms.items[i].operation, ask, context) || walk_any(s->arms.items[i].body, ask, context))
            return true;
    if (s->target != NULL && walk_any_expression(s->target->index, ask, context))
        return true;
    return walk_any_expression(s->expr, ask, context) || walk_any_expression(s->low, ask, context) ||
           walk_any_expression(s->high, ask, context) || walk_operation(s->operation, ask, context) || walk_any(s->body, ask, context) ||
           walk_any(s->otherwise, ask, context);
}
