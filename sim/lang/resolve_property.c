/* resolve_property.c: always, finally, eventually, outcome, expect. */
#include <inttypes.h>
#include <string.h>

#include "lang/print.h"
#include "lang/resolver.h"

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
    diag_error(resolver->diagnostics, expr->index->span, "'%s' has no element %" PRId64 ", they are 0 to %u", symbol->name, index, symbol->length - 1);
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
            diag_error(resolver->diagnostics, expr->span, "'%s' is %s, an outcome names variables", symbol->name, resolve_kind_name(symbol->kind));
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
    const uint32_t wanted = SYMBOL_BIT_OBJECTS | SYMBOL_BIT(SYMBOL_VARIABLE) | SYMBOL_BIT(SYMBOL_THREAD);
    Symbol *symbol = resolve_name(resolver, place->name, place->span, wanted);
    if (symbol == NULL)
        return;
    if ((SYMBOL_BIT(symbol->kind) & wanted) == 0) {
        diag_error(resolver->diagnostics, place->span, "'%s' is %s; nothing is found on it", symbol->name, resolve_kind_name(symbol->kind));
        return;
    }
    place->symbol = symbol;
    expectation->object = symbol->name;
    if (place->index == NULL)
        return;
    if (!symbol->is_array) {
        diag_error(resolver->diagnostics, place->span, "'%s' is %s, not an array", symbol->name, resolve_kind_name(symbol->kind));
        return;
    }
    int64_t index;
    if (!resolve_constant(resolver, place->index, "the index after 'on'", &index))
        return;
    if (index < 0 || index >= symbol->length) {
        diag_error(resolver->diagnostics, place->index->span, "'%s' has no element %" PRId64 ", they are 0 to %u", symbol->name, index, symbol->length - 1);
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
