/* resolve_property.c: always, finally, eventually, outcome, expect. */
#include <inttypes.h>
#include <string.h>

#include "lang/foreign.h"
#include "lang/print.h"
#include "lang/resolver.h"
#include "lang/suggest.h"

/* ------------------------------------------------------------------- members */

static Symbol *find_outermost_local(const Symbol *thread, const char *name)
{
    for (uint32_t i = 0; i < thread->locals.count; i++)
        if (thread->locals.items[i]->is_outermost && strcmp(thread->locals.items[i]->name, name) == 0)
            return thread->locals.items[i];
    return NULL;
}

static bool resolve_instance(Resolver *resolver, Expr *expr, const Symbol *thread)
{
    DiagList *diagnostics = resolver->diagnostics;
    if (expr->instance == NULL) {
        if (!thread->is_family)
            return true;
        diag_error(diagnostics, expr->span, "'%s' is a family of %u threads", thread->name, thread->length);
        diag_hint(diagnostics, "write '%s[0].%s'", thread->name, expr->name);
        return false;
    }
    if (thread->kind == SYMBOL_THREAD && !thread->is_family) {
        diag_error(diagnostics, expr->span, "'%s' is one thread, not a family", thread->name);
        diag_hint(diagnostics, "write '%s.%s'", thread->name, expr->name);
        return false;
    }
    int64_t instance;
    if (!resolve_constant(resolver, expr->instance, "the number of the thread", &instance))
        return false;
    bool is_outside =
        instance < 0 || instance > UINT32_MAX || (thread->kind == SYMBOL_THREAD && instance >= thread->length);
    if (is_outside) {
        diag_error(diagnostics, expr->instance->span, "'%s' has no number %" PRId64, thread->name, instance);
        if (thread->kind == SYMBOL_THREAD)
            diag_hint(diagnostics, "its threads are %s[0] to %s[%u]", thread->name, thread->name, thread->length - 1);
        return false;
    }
    expr->instance_value = (uint32_t)instance;
    return true;
}

void resolve_member(Resolver *resolver, Expr *expr, bool allows_array)
{
    DiagList *diagnostics = resolver->diagnostics;
    if (resolver->mode != MODE_PROPERTY) {
        const Binding *owner = scope_find(&resolver->scope, expr->thread_name);
        if (owner != NULL && owner->symbol->kind != SYMBOL_THREAD && owner->symbol->kind != SYMBOL_FUNCTION) {
            const char *meant = foreign_method(resolver->arena, expr->name, expr->thread_name);
            diag_error(diagnostics, expr->span, "%s has no fields", symbol_kind_name(owner->symbol->kind));
            if (meant == NULL)
                meant = arena_format(resolver->arena, "declare 'shared %s_%s = 0'", expr->thread_name, expr->name);
            diag_hint(diagnostics, "%s", meant);
        } else {
            diag_error(diagnostics, expr->span, "a local variable of a thread can be named in properties only");
            diag_hint(diagnostics, "what several threads use is a 'shared' variable");
        }
        resolve_make_invalid(expr);
        return;
    }
    const uint32_t wanted = SYMBOL_BIT(SYMBOL_THREAD) | SYMBOL_BIT(SYMBOL_FUNCTION);
    Symbol *thread = resolve_name(resolver, expr->thread_name, expr->thread_span, wanted);
    if (thread != NULL && (SYMBOL_BIT(thread->kind) & wanted) == 0) {
        diag_error(diagnostics, expr->thread_span, "'%s' is %s, not a thread", thread->name,
                   symbol_kind_name(thread->kind));
        thread = NULL;
    } else if (thread != NULL && thread->kind == SYMBOL_FUNCTION && !thread->is_spawned) {
        diag_error(diagnostics, expr->thread_span, "no thread is started from the function '%s'", thread->name);
        diag_hint(diagnostics, "start one with 'spawn %s(...)'", thread->name);
        thread = NULL;
    }
    Symbol *local = thread == NULL ? NULL : find_outermost_local(thread, expr->name);
    if (thread != NULL && local == NULL) {
        diag_error(diagnostics, expr->span, "'%s' has no outermost local variable '%s'", thread->name, expr->name);
        Suggestion suggestion;
        suggest_begin(&suggestion, expr->name);
        bool is_inner = false;
        const char *outermost = NULL;
        for (uint32_t i = 0; i < thread->locals.count; i++) {
            const Symbol *candidate = thread->locals.items[i];
            is_inner = is_inner || (!candidate->is_outermost && strcmp(candidate->name, expr->name) == 0);
            if (!candidate->is_outermost)
                continue;
            suggest_offer(&suggestion, candidate->name, true);
            outermost = outermost == NULL ? candidate->name
                                          : arena_format(resolver->arena, "%s, %s", outermost, candidate->name);
        }
        if (is_inner)
            diag_hint(diagnostics, "'%s' is declared in an inner block: move it to the beginning of the thread",
                      expr->name);
        else if (suggestion.best != NULL)
            diag_hint(diagnostics, "did you mean '%s.%s'?", expr->thread_name, suggestion.best);
        else if (outermost != NULL)
            diag_hint(diagnostics, "its outermost local variables: %s", outermost);
    }
    if (local == NULL || !resolve_instance(resolver, expr, thread)) {
        resolve_make_invalid(expr);
        return;
    }
    if (!(allows_array && local->is_array && expr->index == NULL) && !resolve_index(resolver, expr, local)) {
        resolve_make_invalid(expr);
        return;
    }
    expr->symbol = local;
    expr->thread = thread;
}

/* -------------------------------------------------------------- properties */

static void resolve_formulas(Resolver *resolver, const ExprList *formulas, const char *word)
{
    resolver->mode = MODE_PROPERTY;
    resolver->mode_word = word;
    for (uint32_t i = 0; i < formulas->count; i++)
        resolve_expression(resolver, formulas->items[i]);
}

/* The text of an expression as the printer writes it: the key in JSON. */
static const char *text_of(Resolver *resolver, const Expr *expr)
{
    text_free(resolver->text);
    print_expression(resolver->text, expr);
    if (resolver->text->failed)
        longjmp(*resolver->arena->escape, 1);
    return arena_string(resolver->arena, resolver->text->bytes, resolver->text->length);
}

/* A constant index of a variable can be checked at once; anything else is no fixed item. */
static bool check_item_index(Resolver *resolver, const Expr *expr, const Symbol *symbol)
{
    if (expr->index == NULL)
        return true;
    if (expr->index->is_invalid)
        return false;
    int64_t index;
    if (!resolve_constant(resolver, expr->index, "the index of an outcome item", &index))
        return false;
    if (index >= 0 && index < symbol->length)
        return true;
    diag_error(resolver->diagnostics, expr->index->span, "'%s' has no element %" PRId64 ", they are 0 to %u",
               symbol->name, index, symbol->length - 1);
    return false;
}

static bool resolve_outcome_expression(Resolver *resolver, Expr *expr)
{
    if (expr->is_invalid)
        return false;
    if (expr->kind == EXPR_MEMBER) {
        resolve_member(resolver, expr, true);
        return !expr->is_invalid && check_item_index(resolver, expr, expr->symbol);
    }
    const Symbol *symbol = NULL;
    if (expr->kind == EXPR_NAME) {
        symbol = resolve_name(resolver, expr->name, expr->span, SYMBOL_BIT(SYMBOL_VARIABLE));
        if (symbol == NULL)
            return false;
    }
    if (symbol == NULL || symbol->kind != SYMBOL_VARIABLE) {
        if (symbol != NULL)
            diag_error(resolver->diagnostics, expr->span, "'%s' is %s, an outcome names variables", symbol->name,
                       symbol_kind_name(symbol->kind));
        else
            diag_error(resolver->diagnostics, expr->span, "an outcome names variables: x, a[1], A.t, output");
        return false;
    }
    expr->symbol = (Symbol *)symbol;
    if (expr->index != NULL && !resolve_index(resolver, expr, symbol))
        return false;
    return check_item_index(resolver, expr, symbol);
}

static void resolve_outcome(Resolver *resolver)
{
    OutcomeItems *items = &resolver->scenario->outcome;
    resolver->mode = MODE_PROPERTY;
    resolver->mode_word = "outcome";
    for (uint32_t i = 0; i < items->count; i++) {
        OutcomeItem *item = &items->items[i];
        if (item->expr != NULL) {
            if (!resolve_outcome_expression(resolver, item->expr))
                continue;
            item->text = text_of(resolver, item->expr);
        }
        for (uint32_t j = 0; j < i; j++) {
            if (items->items[j].text == NULL || strcmp(items->items[j].text, item->text) != 0)
                continue;
            Span span = item->expr != NULL ? item->expr->span : (Span){0, 0, 1, 1};
            diag_error(resolver->diagnostics, span, "the outcome names '%s' twice", item->text);
            break;
        }
    }
}

static void resolve_expectation(Resolver *resolver, Expectation *expectation)
{
    Expr *place = expectation->place;
    if (place == NULL || place->is_invalid)
        return;
    const uint32_t wanted =
        SYMBOL_BIT_OBJECTS | SYMBOL_BIT(SYMBOL_VARIABLE) | SYMBOL_BIT(SYMBOL_THREAD) | SYMBOL_BIT(SYMBOL_POOL);
    Symbol *symbol = resolve_name(resolver, place->name, place->span, wanted);
    if (symbol == NULL)
        return;
    if ((SYMBOL_BIT(symbol->kind) & wanted) == 0) {
        diag_error(resolver->diagnostics, place->span, "'%s' is %s; nothing is found on it", symbol->name,
                   symbol_kind_name(symbol->kind));
        return;
    }
    place->symbol = symbol;
    expectation->object = symbol->name;
    if (place->index == NULL)
        return;
    if (!symbol->is_array) {
        diag_error(resolver->diagnostics, place->span, "'%s' is %s, not an array", symbol->name,
                   symbol_kind_name(symbol->kind));
        return;
    }
    int64_t index;
    if (!resolve_constant(resolver, place->index, "the index after 'on'", &index))
        return;
    if (index < 0 || index >= symbol->length) {
        diag_error(resolver->diagnostics, place->index->span, "'%s' has no element %" PRId64 ", they are 0 to %u",
                   symbol->name, index, symbol->length - 1);
        return;
    }
    expectation->object = arena_format(resolver->arena, "%s[%" PRId64 "]", symbol->name, index);
}

void resolve_properties(Resolver *resolver)
{
    Scenario *scenario = resolver->scenario;
    resolve_formulas(resolver, &scenario->always, "always");
    resolve_formulas(resolver, &scenario->finally, "finally");
    resolve_formulas(resolver, &scenario->eventually, "eventually");
    resolve_outcome(resolver);
    for (uint32_t i = 0; i < scenario->expectations.count; i++)
        resolve_expectation(resolver, &scenario->expectations.items[i]);
}
