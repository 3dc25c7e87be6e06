/* c_names.c: which name each symbol has in the emitted program. */
#include <string.h>

#include "export/names.h"
#include "export/walk.h"
#include "export/writer.h"

/* ------------------------------------------------------------ looking up */

const char *writer_name(const Writer *w, const Symbol *symbol)
{
    for (uint32_t n = w->named.count; n-- > 0;)
        if (w->named.items[n].symbol == symbol)
            return w->named.items[n].name;
    return "unnamed";
}

static bool is_visible(const Writer *w, const char *name)
{
    for (uint32_t n = 0; n < w->named.count; n++)
        if (strcmp(w->named.items[n].name, name) == 0)
            return true;
    return false;
}

static bool is_word(const Writer *w, const char *name)
{
    for (uint32_t n = 0; n < w->words.count; n++)
        if (strcmp(w->words.items[n], name) == 0)
            return true;
    return false;
}

/* ---------------------------------------------------------------- naming */

const char *writer_new_name(Writer *w, const char *stem)
{
    const char *name;
    do
        name = arena_format(w->arena, "%s%u", stem, ++w->numbers);
    while (is_word(w, name) || names_is_taken(name));
    return name;
}

static void name_symbol(Writer *w, const Symbol *symbol)
{
    const char *name = names_letters(w->arena, symbol->name);
    if (names_is_taken(name) && names_is_taken(arena_format(w->arena, "%s_", name)))
        name = arena_format(w->arena, "x%s", name); /* its beginning is taken */
    while (names_is_taken(name) || is_visible(w, name))
        name = arena_format(w->arena, names_begins_taken(name) ? "s_%s" : "%s_", name);
    Named named = {symbol, name};
    ARENA_PUSH(w->arena, w->named, named);
    ARENA_PUSH(w->arena, w->words, name);
}

void writer_declare(Writer *w, const Symbol *symbol)
{
    if (writer_is_member(w, symbol)) /* has a name already, for all of the program */
        return;
    name_symbol(w, symbol);
}

/* --------------------------------------------------------------- members */

static bool is_member_of(const Stmt *s, const Expr *expr, const void *context)
{
    return s == NULL && expr->kind == EXPR_MEMBER && expr->symbol == context;
}

static bool names_member(const ExprList *list, const Symbol *local)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (walk_any_expression(list->items[i], is_member_of, local))
            return true;
    return false;
}

bool writer_is_member(const Writer *w, const Symbol *local)
{
    const Scenario *scenario = w->scenario;
    if (local->owner == NULL || !local->is_outermost)
        return false;
    if (names_member(&scenario->always, local) || names_member(&scenario->finally, local))
        return true;
    for (uint32_t i = 0; i < scenario->outcome.count; i++)
        if (walk_any_expression(scenario->outcome.items[i].expr, is_member_of, local))
            return true;
    return false;
}

/* All names of the scenario, so that names of ours are none of them; then those of the whole program. */
void writer_name_all(Writer *w)
{
    const SymbolList *symbols = &w->scenario->symbols;
    for (uint32_t i = 0; i < symbols->count; i++) {
        const Symbol *symbol = symbols->items[i];
        ARENA_PUSH(w->arena, w->words, names_letters(w->arena, symbol->name));
        for (uint32_t l = 0; l < symbol->locals.count; l++)
            ARENA_PUSH(w->arena, w->words, names_letters(w->arena, symbol->locals.items[l]->name));
    }
    for (uint32_t i = 0; i < symbols->count; i++)
        if (symbols->items[i]->kind != SYMBOL_CONST)
            name_symbol(w, symbols->items[i]);
    for (uint32_t i = 0; i < symbols->count; i++)
        for (uint32_t l = 0; l < symbols->items[i]->locals.count; l++) {
            const Symbol *local = symbols->items[i]->locals.items[l];
            if (!writer_is_member(w, local))
                continue;
            const char *name = arena_format(w->arena, "%s_%s", writer_name(w, symbols->items[i]), names_letters(w->arena, local->name));
            if (names_is_taken(name) && names_is_taken(arena_format(w->arena, "%s_", name)))
                name = arena_format(w->arena, "x%s", name);
            while (names_is_taken(name) || is_word(w, name))
                name = arena_format(w->arena, "%s_", name);
            Named named = {local, name};
            ARENA_PUSH(w->arena, w->named, named);
            ARENA_PUSH(w->arena, w->words, name);
        }
}
