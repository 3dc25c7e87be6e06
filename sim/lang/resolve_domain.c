/* resolve_domain.c: the rules of coroutines, tasks and pools. */
#include "lang/resolver.h"

bool resolve_in_coroutine(Resolver *resolver, Span span, const char *what)
{
    if (resolver->owner != NULL && resolver->owner->is_coroutine)
        return true;
    diag_error(resolver->diagnostics, span, "this '%s' stands only in a coroutine", what);
    if (resolver->owner != NULL && resolver->owner->kind == SYMBOL_FUNCTION)
        diag_hint(resolver->diagnostics, "write 'coroutine %s(...) { ... }'", resolver->owner->name);
    return false;
}

/* ------------------------------------------------------------ calls and starts */

static void remember_pool(Resolver *resolver, Symbol *function, Symbol *pool)
{
    for (uint32_t i = 0; i < function->pools.count; i++)
        if (function->pools.items[i] == pool)
            return;
    ARENA_PUSH(resolver->arena, function->pools, pool);
}

void resolve_start(Resolver *resolver, Expr *expr)
{
    Symbol *function = expr->symbol;
    function->is_spawned = true;
    if (expr->spawn == SPAWN_TASK) {
        if (!function->is_coroutine) {
            diag_error(resolver->diagnostics, expr->span, "'%s' is no coroutine", function->name);
            diag_hint(resolver->diagnostics, "declare it in line %u as 'coroutine %s(...)', or start a thread: 'spawn %s(...)'",
                      function->span.line, function->name, function->name);
            resolve_make_invalid(expr);
        } else if (resolver->owner != NULL && resolver->owner->kind == SYMBOL_THREAD) {
            diag_error(resolver->diagnostics, expr->span, "a task is started in the event loop, by a coroutine");
            resolve_make_invalid(expr);
        }
        return;
    }
    if (function->is_coroutine) {
        diag_error(resolver->diagnostics, expr->span, "'%s' is a coroutine and runs in the event loop", function->name);
        diag_hint(resolver->diagnostics, "write 'task t = %s(...)'; '%s' needs an 'fn'", function->name,
                  expr->spawn == SPAWN_SUBMIT ? "submit" : "spawn");
        resolve_make_invalid(expr);
        return;
    }
    if (expr->spawn == SPAWN_SUBMIT) {
        if (expr->object->symbol != NULL)
            remember_pool(resolver, function, expr->object->symbol);
        else
            resolve_make_invalid(expr);
        return;
    }
    function->is_threaded = true;
}

void resolve_coroutine_call(Resolver *resolver, Expr *expr, bool is_value)
{
    const Symbol *function = expr->symbol;
    if (expr->is_awaited && !function->is_coroutine) {
        diag_error(resolver->diagnostics, expr->span, "'%s' is no coroutine, there is nothing to await", function->name);
        diag_hint(resolver->diagnostics, "write '%s(...)', or declare it in line %u as 'coroutine %s(...)'", function->name,
                  function->span.line, function->name);
        resolve_make_invalid(expr);
    } else if (expr->is_awaited) {
        if (!resolve_in_coroutine(resolver, expr->span, "await"))
            resolve_make_invalid(expr);
    } else if (function->is_coroutine && is_value) {
        diag_error(resolver->diagnostics, expr->span, "the call of a coroutine has no value until it is awaited");
        diag_hint(resolver->diagnostics, "write 'await %s(...)'", function->name);
        resolve_make_invalid(expr);
    }
}

void resolve_event_loop(Resolver *resolver)
{
    Expr *call = resolver->scenario->run;
    if (call == NULL)
        return;
    Symbol *function = resolve_name(resolver, call->name, call->span, SYMBOL_BIT(SYMBOL_FUNCTION));
    if (function == NULL)
        return;
    if (function->kind != SYMBOL_FUNCTION || !function->is_coroutine) {
        diag_error(resolver->diagnostics, call->span, "'%s' is %s, 'run' needs a coroutine", function->name,
                   symbol_kind_name(function->kind));
        return;
    }
    if (function->parameters.count != call->arguments.count)
        diag_error(resolver->diagnostics, call->span, "'%s' takes %u argument%s, not %u", function->name,
                   function->parameters.count, function->parameters.count == 1 ? "" : "s", call->arguments.count);
    for (uint32_t i = 0; i < call->arguments.count; i++) {
        Expr *argument = call->arguments.items[i];
        int64_t value;
        if (resolve_constant(resolver, argument, "an argument of 'run'", &value)) {
            argument->kind = EXPR_INTEGER;
            argument->value = value;
        }
    }
    call->symbol = function;
    function->is_spawned = true;
}

/* ------------------------------------------------------------------ awaiting */

void resolve_results(Resolver *resolver, Operation *operation, uint32_t count)
{
    const ExprList *targets = &operation->targets;
    if (targets->count == 0)
        return;
    resolver->scenario->uses_results = true;
    const Expr *first = targets->items[0];
    bool is_array = targets->count == 1 && first->symbol != NULL && first->symbol->is_array && first->index == NULL;
    uint32_t given = is_array ? first->symbol->length : targets->count;
    for (uint32_t i = 0; i < targets->count; i++) {
        const Expr *target = targets->items[i];
        if (is_array || target->symbol == NULL || !target->symbol->is_array || target->index != NULL)
            continue;
        diag_error(resolver->diagnostics, target->span, "'%s' is an array, and stands among other variables", target->name);
        return;
    }
    if (given == count)
        return;
    diag_error(resolver->diagnostics, first->span, "'%s' has %u result%s here, for %u variable%s",
               operation_word(operation->kind), count, count == 1 ? "" : "s", given, given == 1 ? "" : "s");
}

/* A variable that is assigned to, or a whole array of results. */
static void resolve_result_targets(Resolver *resolver, Operation *operation, uint32_t count)
{
    for (uint32_t i = 0; i < operation->targets.count; i++) {
        Expr *target = operation->targets.items[i];
        const Binding *binding = target->is_invalid || target->name == NULL ? NULL : scope_find(&resolver->scope, target->name);
        bool is_whole = binding != NULL && binding->symbol->is_array && target->index == NULL &&
                        (binding->symbol->kind == SYMBOL_VARIABLE || binding->symbol->kind == SYMBOL_LOCAL);
        if (is_whole)
            target->symbol = binding->symbol;
        else
            resolve_target(resolver, target);
    }
    resolve_results(resolver, operation, count);
}

void resolve_await(Resolver *resolver, Operation *operation)
{
    Expr *operand = operation->a;
    if (operand->kind == EXPR_CALL && !operand->is_invalid) {
        diag_error(resolver->diagnostics, operand->span, "the call of a coroutine is awaited by a statement of its own");
        resolve_make_invalid(operand);
        return;
    }
    const Binding *binding = operand->kind == EXPR_NAME && !operand->is_invalid ? scope_find(&resolver->scope, operand->name) : NULL;
    if (binding != NULL && binding->symbol->kind == SYMBOL_FUNCTION) {
        diag_error(resolver->diagnostics, operand->span, "'%s' is a function, 'await' needs its call or a task", operand->name);
        diag_hint(resolver->diagnostics, "write 'await %s(...)'", operand->name);
        resolve_make_invalid(operand);
        return;
    }
    resolve_expression(resolver, operand);
    resolve_result_targets(resolver, operation, 1);
}

void resolve_awaitables(Resolver *resolver, ExprList *list, const char *word)
{
    ExprList all = {0};
    for (uint32_t i = 0; i < list->count; i++) {
        Expr *expr = list->items[i];
        const Binding *binding = expr->kind == EXPR_NAME && !expr->is_invalid ? scope_find(&resolver->scope, expr->name) : NULL;
        bool is_whole = binding != NULL && binding->symbol->kind == SYMBOL_LOCAL && binding->symbol->is_array && expr->index == NULL;
        if (expr->kind == EXPR_CALL && !expr->is_invalid) {
            expr->kind = EXPR_SPAWN;
            expr->spawn = SPAWN_TASK;
            resolve_right_side(resolver, expr);
        } else if (is_whole) { /* an array of handles: each of them */
            for (uint32_t k = 0; k < binding->symbol->length; k++) {
                Expr *element = ARENA_NEW(resolver->arena, Expr);
                *element = *expr;
                element->symbol = binding->symbol;
                element->index = ARENA_NEW(resolver->arena, Expr);
                *element->index = (Expr){.kind = EXPR_INTEGER, .value = k, .span = expr->span, .height = 1};
                element->height = 2;
                ARENA_PUSH(resolver->arena, all, element);
            }
            continue;
        } else {
            resolve_expression(resolver, expr);
        }
        ARENA_PUSH(resolver->arena, all, expr);
    }
    (void)word;
    *list = all;
}

void resolve_gather(Resolver *resolver, Operation *operation)
{
    resolve_in_coroutine(resolver, operation->span, "gather");
    resolve_awaitables(resolver, &operation->arguments, "gather");
    resolve_result_targets(resolver, operation, operation->arguments.count);
}

void resolve_map(Resolver *resolver, Operation *operation)
{
    Symbol *pool = resolve_object(resolver, operation->object, SYMBOL_BIT(SYMBOL_POOL), "map");
    Expr *call = operation->a, *array = operation->arguments.items[0];
    Symbol *function = call->is_invalid ? NULL : resolve_name(resolver, call->name, call->span, SYMBOL_BIT(SYMBOL_FUNCTION));
    if (function != NULL && (function->kind != SYMBOL_FUNCTION || function->is_coroutine)) {
        diag_error(resolver->diagnostics, call->span, "'%s' is %s, 'map' needs an 'fn'", function->name,
                   function->is_coroutine ? "a coroutine" : symbol_kind_name(function->kind));
        function = NULL;
    } else if (function != NULL && function->parameters.count != 1) {
        diag_error(resolver->diagnostics, call->span, "'map' calls '%s' with one element, it takes %u arguments", function->name,
                   function->parameters.count);
        function = NULL;
    }
    const uint32_t arrays = SYMBOL_BIT(SYMBOL_VARIABLE) | SYMBOL_BIT(SYMBOL_LOCAL);
    Symbol *values = array->is_invalid ? NULL : resolve_name(resolver, array->name, array->span, arrays);
    if (values != NULL && ((SYMBOL_BIT(values->kind) & arrays) == 0 || !values->is_array || array->index != NULL)) {
        diag_error(resolver->diagnostics, array->span, "'map' needs a whole array");
        values = NULL;
    }
    if (pool == NULL || function == NULL || values == NULL) {
        resolve_make_invalid(array);
        return;
    }
    call->symbol = function;
    array->symbol = values;
    function->is_spawned = true;
    remember_pool(resolver, function, pool);
    resolve_result_targets(resolver, operation, values->length);
}
