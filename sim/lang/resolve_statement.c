/* resolve_statement.c: bodies of threads and functions. */
#include <string.h>

#include "lang/resolver.h"

static void resolve_statement(Resolver *resolver, Stmt *statement);

static void resolve_block(Resolver *resolver, Stmt *block)
{
    scope_push(&resolver->scope);
    for (uint32_t i = 0; i < block->statements.count; i++)
        resolve_statement(resolver, block->statements.items[i]);
    scope_pop(&resolver->scope);
}

/* A block that a loop repeats. */
static void resolve_loop_body(Resolver *resolver, Stmt *block)
{
    resolver->loops++;
    resolve_block(resolver, block);
    resolver->loops--;
}

/* ---------------------------------------------------------------- declarations */

void resolve_declare_local(Resolver *resolver, Symbol *symbol)
{
    symbol->owner = resolver->owner;
    symbol->index = resolver->counts[SYMBOL_LOCAL]++;
    symbol->is_outermost = resolver->scope.level == 1;
    ARENA_PUSH(resolver->arena, resolver->owner->locals, symbol);
    const Binding *hidden = scope_find(&resolver->scope, symbol->name);
    if (hidden != NULL && hidden->level == resolver->scope.level) {
        diag_error(resolver->diagnostics, symbol->span, "'%s' is declared twice in this block", symbol->name);
        diag_hint(resolver->diagnostics, "the first is in line %u", hidden->symbol->span.line);
        return;
    }
    if (hidden != NULL) {
        diag_warning(resolver->diagnostics, symbol->span, "the local variable '%s' hides %s of this name", symbol->name,
                     symbol_kind_name(hidden->symbol->kind));
        diag_hint(resolver->diagnostics, "it is declared in line %u; another name avoids confusion",
                  hidden->symbol->span.line);
    }
    scope_declare(&resolver->scope, symbol);
}

/* Elements that are not written are 0; all share one node, since nobody changes it. */
static void fill_values(Resolver *resolver, Stmt *statement)
{
    Expr *zero = ARENA_NEW(resolver->arena, Expr);
    zero->kind = EXPR_INTEGER;
    zero->height = 1;
    zero->span = statement->span;
    while (statement->values.count < statement->symbol->length)
        ARENA_PUSH(resolver->arena, statement->values, zero);
}

static void resolve_local(Resolver *resolver, Stmt *statement)
{
    Symbol *symbol = statement->symbol;
    if (symbol->length_expr != NULL)
        symbol->length = resolve_length(resolver, symbol->length_expr, symbol->name);
    if (statement->expr != NULL)
        resolve_right_side(resolver, statement->expr);
    for (uint32_t i = 0; i < statement->values.count; i++)
        resolve_expression(resolver, statement->values.items[i]);
    if (statement->has_braces && !symbol->is_array) {
        diag_error(resolver->diagnostics, symbol->span, "'%s' is no array and has one value", symbol->name);
        diag_hint(resolver->diagnostics, "write 'local %s[%u] = {...}' for an array", symbol->name,
                  statement->values.count);
    } else if (statement->has_braces && statement->values.count > symbol->length) {
        diag_error(resolver->diagnostics, statement->values.items[symbol->length]->span,
                   "'%s' has %u elements, here are %u values", symbol->name, symbol->length, statement->values.count);
        diag_hint(resolver->diagnostics, "write '%s[%u]' for all of them", symbol->name, statement->values.count);
    } else if (statement->has_braces && statement->values.count < symbol->length) {
        fill_values(resolver, statement);
    }
    resolve_declare_local(resolver, symbol);
}

/* ------------------------------------------------------------------ statements */

static void resolve_for(Resolver *resolver, Stmt *statement)
{
    resolve_expression(resolver, statement->low);
    resolve_expression(resolver, statement->high);
    scope_push(&resolver->scope);
    if (statement->symbol != NULL)
        resolve_declare_local(resolver, statement->symbol);
    resolve_loop_body(resolver, statement->body);
    scope_pop(&resolver->scope);
}

static void resolve_as_completed(Resolver *resolver, Stmt *statement)
{
    if (resolve_in_coroutine(resolver, statement->span, "as_completed"))
        resolver->scenario->uses_completion = resolver->scenario->uses_results = true;
    resolve_awaitables(resolver, &statement->values, "as_completed");
    scope_push(&resolver->scope);
    resolve_declare_local(resolver, statement->symbol);
    resolve_loop_body(resolver, statement->body);
    scope_pop(&resolver->scope);
}

static void resolve_return(Resolver *resolver, Stmt *statement)
{
    if (statement->expr != NULL && statement->expr->kind == EXPR_CALL && statement->expr->is_awaited)
        resolve_right_side(resolver, statement->expr);
    else if (statement->expr != NULL)
        resolve_expression(resolver, statement->expr);
    if (resolver->owner->kind == SYMBOL_FUNCTION)
        return;
    if (statement->expr != NULL) {
        diag_error(resolver->diagnostics, statement->span, "a thread returns no value");
        diag_hint(resolver->diagnostics, "write 'exit'; a result goes into a shared variable");
    }
    statement->kind = STMT_EXIT; /* both end the thread */
}

static void resolve_select(Resolver *resolver, Stmt *statement)
{
    for (uint32_t i = 0; i < statement->arms.count; i++) {
        resolve_operation(resolver, statement->arms.items[i].operation, OPERATION_IN_SELECT);
        resolve_block(resolver, statement->arms.items[i].body);
    }
    if (statement->otherwise != NULL)
        resolve_block(resolver, statement->otherwise);
}

/* Locals that take the results of gather, map or await: as many as there are. */
static void resolve_declared_results(Resolver *resolver, Operation *operation)
{
    if (operation->kind == OPERATION_GATHER)
        resolve_results(resolver, operation, operation->arguments.count);
    else if (operation->kind == OPERATION_MAP && operation->arguments.items[0]->symbol != NULL)
        resolve_results(resolver, operation, operation->arguments.items[0]->symbol->length);
    else if (operation->kind == OPERATION_AWAIT_TASK)
        resolve_results(resolver, operation, 1);
}

static void resolve_operation_statement(Resolver *resolver, Stmt *statement)
{
    /* The locals of `local x = get q` come into being with the statement; the queue is looked up before. */
    if (statement->declares.count > 0) {
        ExprList targets = statement->operation->targets;
        statement->operation->targets.count = 0;
        resolve_operation(resolver, statement->operation, OPERATION_ALONE);
        statement->operation->targets = targets;
        for (uint32_t i = 0; i < statement->declares.count; i++) {
            Symbol *local = statement->declares.items[i];
            if (local->length_expr != NULL)
                local->length = resolve_length(resolver, local->length_expr, local->name);
            resolve_declare_local(resolver, local);
            targets.items[i]->symbol = local;
        }
        resolve_declared_results(resolver, statement->operation);
        return;
    }
    resolve_operation(resolver, statement->operation, OPERATION_ALONE);
}

static void resolve_guarded(Resolver *resolver, Expr *guard, const char *word)
{
    ResolveMode mode = resolver->mode;
    resolver->mode = MODE_GUARD;
    resolver->mode_word = word;
    resolve_expression(resolver, guard);
    resolver->mode = mode;
}

static void resolve_assign(Resolver *resolver, Stmt *statement)
{
    resolve_target(resolver, statement->target);
    if (statement->is_compound && statement->expr->kind == EXPR_SPAWN) /* a handle is nothing to compute with */
        resolve_expression(resolver, statement->expr);
    else
        resolve_right_side(resolver, statement->expr);
}

static void resolve_statement(Resolver *resolver, Stmt *statement)
{
    switch (statement->kind) {
    case STMT_BLOCK: resolve_block(resolver, statement); break;
    case STMT_LOCAL: resolve_local(resolver, statement); break;
    case STMT_ASSIGN: resolve_assign(resolver, statement); break;
    case STMT_EXPR: resolve_bare(resolver, statement->expr); break;
    case STMT_IF:
        resolve_expression(resolver, statement->expr);
        resolve_block(resolver, statement->body);
        if (statement->otherwise != NULL)
            resolve_statement(resolver, statement->otherwise);
        break;
    case STMT_WHILE:
    case STMT_REPEAT:
        resolve_expression(resolver, statement->expr);
        resolve_loop_body(resolver, statement->body);
        break;
    case STMT_FOR: resolve_for(resolver, statement); break;
    case STMT_AS_COMPLETED: resolve_as_completed(resolver, statement); break;
    case STMT_LOOP: resolve_loop_body(resolver, statement->body); break;
    case STMT_BREAK:
    case STMT_CONTINUE:
        if (resolver->loops == 0) {
            diag_error(resolver->diagnostics, statement->span, "'%s' outside of a loop",
                       statement->kind == STMT_BREAK ? "break" : "continue");
            diag_hint(resolver->diagnostics, "it belongs into a 'while', 'for' or 'loop'; 'return' leaves a function, 'exit' ends the thread");
        }
        break;
    case STMT_RETURN: resolve_return(resolver, statement); break;
    case STMT_EXIT: break;
    case STMT_ASSERT:
    case STMT_ASSUME: resolve_expression(resolver, statement->expr); break;
    case STMT_PRINT:
        for (uint32_t i = 0; i < statement->items.count; i++)
            if (statement->items.items[i].expr != NULL)
                resolve_expression(resolver, statement->items.items[i].expr);
        break;
    case STMT_SKIP:
    case STMT_YIELD:
    case STMT_FENCE:
    case STMT_PROGRESS: break;
    case STMT_ATOMIC:
        if (statement->expr != NULL)
            resolve_guarded(resolver, statement->expr, "atomic when");
        resolve_block(resolver, statement->body);
        break;
    case STMT_AWAIT: resolve_guarded(resolver, statement->expr, "await"); break;
    case STMT_OPERATION: resolve_operation_statement(resolver, statement); break;
    case STMT_WITH:
        resolve_with(resolver, statement->operation);
        resolve_block(resolver, statement->body);
        break;
    case STMT_DO_ONCE:
        resolve_object(resolver, statement->expr, SYMBOL_BIT(SYMBOL_ONCE), "do");
        resolve_block(resolver, statement->body);
        break;
    case STMT_SELECT: resolve_select(resolver, statement); break;
    case STMT_SERIAL: resolve_block(resolver, statement->body); break;
    }
}

void resolve_body(Resolver *resolver, Symbol *owner)
{
    resolver->owner = owner;
    resolver->mode = MODE_BODY;
    resolver->loops = 0;
    resolver->diagnostics->is_quiet = owner->repeats_body;
    scope_push(&resolver->scope);
    for (uint32_t i = 0; i < owner->parameters.count; i++)
        resolve_declare_local(resolver, owner->parameters.items[i]);
    for (uint32_t i = 0; i < owner->body->statements.count; i++)
        resolve_statement(resolver, owner->body->statements.items[i]);
    scope_pop(&resolver->scope);
    resolver->diagnostics->is_quiet = false;
    resolver->owner = NULL;
}
