/* resolve_expression.c: names, built-in functions, calls. */
#include <inttypes.h>
#include <string.h>

#include "lang/fold.h"
#include "lang/foreign.h"
#include "lang/resolver.h"
#include "lang/suggest.h"

void resolve_make_invalid(Expr *expr)
{
    Span span = expr->span;
    *expr = (Expr){.kind = EXPR_INTEGER, .span = span, .is_invalid = true, .height = 1};
}

/* ------------------------------------------------------------------- names */

/* True when this name was reported in this body before, or stands in text that was skipped. */
static bool was_reported(Resolver *resolver, const char *name)
{
    const Symbol *owner = resolver->owner != NULL ? resolver->owner : &resolver->file;
    const Binding *skipped = scope_find(&resolver->skipped, name);
    if (skipped != NULL && (skipped->symbol->owner == NULL || skipped->symbol->owner == owner))
        return true;
    Symbol *note = ARENA_NEW(resolver->scratch, Symbol);
    note->name = name;
    note->owner = resolver->owner != NULL ? resolver->owner : &resolver->file;
    scope_declare(&resolver->skipped, note);
    return false;
}

static const Symbol *thread_with_local(const Resolver *resolver, const char *name)
{
    for (uint32_t i = 0; i < resolver->scenario->threads.count; i++) {
        const Symbol *thread = resolver->scenario->threads.items[i];
        for (uint32_t j = 0; j < thread->locals.count; j++)
            if (thread->locals.items[j]->is_outermost && strcmp(thread->locals.items[j]->name, name) == 0)
                return thread;
    }
    return NULL;
}

/* How the object would be declared that an operation looked for. */
static void hint_object(DiagList *diagnostics, const char *name, uint32_t wanted)
{
    static const struct {
        SymbolKind kind;
        const char *before, *behind;
    } forms[] = {{SYMBOL_MUTEX, "mutex ", ""},         {SYMBOL_RWLOCK, "rwlock ", ""}, {SYMBOL_SEMAPHORE, "semaphore ", " = 1"},
                 {SYMBOL_CONDITION, "condition ", ""}, {SYMBOL_QUEUE, "queue ", "[3]"}, {SYMBOL_BARRIER, "barrier ", " = 2"},
                 {SYMBOL_EVENT, "event ", ""},         {SYMBOL_ONCE, "once ", ""},      {SYMBOL_WAITGROUP, "waitgroup ", " = 1"},
                 {SYMBOL_FUNCTION, "fn ", "() { ... }"}, {SYMBOL_VARIABLE, "shared ", " = 0"}, {SYMBOL_THREAD, "thread ", " { ... }"}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (wanted & SYMBOL_BIT(forms[i].kind)) {
            diag_hint(diagnostics, "declare it outside of the threads: '%s%s%s'", forms[i].before, name, forms[i].behind);
            return;
        }
}

static void report_unknown_name(Resolver *resolver, const char *name, Span span, uint32_t wanted)
{
    DiagList *diagnostics = resolver->diagnostics;
    diag_error(diagnostics, span, "unknown name '%s'", name);
    const Symbol *thread = resolver->mode == MODE_PROPERTY ? thread_with_local(resolver, name) : NULL;
    if (thread != NULL) {
        diag_hint(diagnostics, "a local variable is named with its thread: '%s%s.%s'", thread->name,
                  thread->is_family ? "[0]" : "", name);
        return;
    }
    const char *foreign = (wanted & SYMBOL_BIT(SYMBOL_FUNCTION)) != 0 ? foreign_call(name) : NULL;
    if (foreign == NULL)
        foreign = foreign_value(name);
    if (foreign != NULL) {
        diag_hint(diagnostics, "%s", foreign);
        return;
    }
    Suggestion suggestion;
    suggest_begin(&suggestion, name);
    const Symbol *best = NULL;
    for (const Binding *binding = resolver->scope.newest; binding != NULL; binding = binding->below) {
        const char *before = suggestion.best;
        suggest_offer(&suggestion, binding->symbol->name, (SYMBOL_BIT(binding->symbol->kind) & wanted) != 0);
        if (suggestion.best != before)
            best = binding->symbol;
    }
    if (best != NULL)
        diag_hint(diagnostics, "did you mean '%s'?", best->name);
    else if (wanted == (SYMBOL_BIT(SYMBOL_VARIABLE) | SYMBOL_BIT(SYMBOL_LOCAL)) && resolver->mode == MODE_BODY)
        diag_hint(diagnostics, "declare it with 'local %s = 0' here, or with 'shared %s = 0' for all threads", name,
                  name);
    else
        hint_object(diagnostics, name, wanted);
}

Symbol *resolve_name(Resolver *resolver, const char *name, Span span, uint32_t wanted)
{
    const Binding *binding = scope_find(&resolver->scope, name);
    if (binding != NULL)
        return binding->symbol;
    if (!was_reported(resolver, name))
        report_unknown_name(resolver, name, span, wanted);
    return NULL;
}

bool resolve_index(Resolver *resolver, Expr *expr, const Symbol *symbol)
{
    if (expr->index != NULL)
        resolve_expression(resolver, expr->index);
    if (symbol->is_array && expr->index == NULL) {
        diag_error(resolver->diagnostics, expr->span, "'%s' is an array; one element is needed here", symbol->name);
        diag_hint(resolver->diagnostics, "write '%s[0]'", symbol->name);
        return false;
    }
    if (!symbol->is_array && expr->index != NULL) {
        diag_error(resolver->diagnostics, expr->span, "'%s' is %s, not an array", symbol->name,
                   symbol_kind_name(symbol->kind));
        if (symbol->kind == SYMBOL_VARIABLE || symbol->kind == SYMBOL_LOCAL)
            diag_hint(resolver->diagnostics, "an array is declared with its length: '%s[3]' in line %u", symbol->name, symbol->span.line);
        return false;
    }
    return true;
}

bool resolve_constant(Resolver *resolver, Expr *expr, const char *what, int64_t *value)
{
    ResolveMode mode = resolver->mode;
    const char *mode_word = resolver->mode_word;
    resolver->mode = MODE_CONSTANT;
    resolver->mode_word = what;
    resolve_expression(resolver, expr);
    resolver->mode = mode;
    resolver->mode_word = mode_word;
    return fold_expression(resolver->diagnostics, expr, what, value);
}

bool resolve_count_elements(Resolver *resolver, Span span, uint64_t count)
{
    resolver->elements += count;
    if (resolver->elements <= ELEMENTS_MAX)
        return true;
    if (!resolver->has_reported_elements)
        diag_error(resolver->diagnostics, span, "arrays and queues have more than %d elements in all",
                   (int)ELEMENTS_MAX);
    resolver->has_reported_elements = true;
    return false;
}

uint32_t resolve_length(Resolver *resolver, Expr *expr, const char *name)
{
    int64_t length;
    if (!resolve_constant(resolver, expr, arena_format(resolver->arena, "the length of '%s'", name), &length))
        return 1;
    if (length < 1) {
        diag_error(resolver->diagnostics, expr->span, "the length of '%s' is %" PRId64 ", it must be at least 1", name,
                   length);
        return 1;
    }
    if (length > ELEMENTS_MAX) {
        diag_error(resolver->diagnostics, expr->span, "the length of '%s' is %" PRId64 ", more than %d", name, length,
                   (int)ELEMENTS_MAX);
        return 1;
    }
    return resolve_count_elements(resolver, expr->span, (uint64_t)length) ? (uint32_t)length : 1;
}

/* ------------------------------------------------------------- name as value */

static void resolve_const_name(Resolver *resolver, Expr *expr, Symbol *symbol)
{
    if (expr->index != NULL) {
        diag_error(resolver->diagnostics, expr->span, "'%s' is a constant, not an array", symbol->name);
        resolve_make_invalid(expr);
        return;
    }
    if (symbol->index >= resolver->folded_constants) {
        bool is_self = symbol->index == resolver->folded_constants;
        diag_error(resolver->diagnostics, expr->span,
                   is_self ? "the constant '%s' is not known yet" : "the constant '%s' is declared later",
                   symbol->name);
        diag_hint(resolver->diagnostics,
                  is_self ? "its value cannot depend on itself (line %u)" : "move its declaration (line %u) up",
                  symbol->span.line);
        resolve_make_invalid(expr);
        return;
    }
    if (symbol->value_expr != NULL && symbol->value_expr->is_invalid) {
        resolve_make_invalid(expr);
        return;
    }
    expr->kind = EXPR_INTEGER;
    expr->value = symbol->value;
}

static void report_object_as_value(Resolver *resolver, const Expr *expr, const Symbol *symbol)
{
    DiagList *diagnostics = resolver->diagnostics;
    diag_error(diagnostics, expr->span, "'%s' is %s and has no value", symbol->name, symbol_kind_name(symbol->kind));
    if (symbol->kind == SYMBOL_QUEUE)
        diag_hint(diagnostics, "'len(%s)' is the number of its items; 'x = get %s' takes one", symbol->name,
                  symbol->name);
    else if (symbol->kind == SYMBOL_FUNCTION)
        diag_hint(diagnostics, "call it: '%s(...)'", symbol->name);
    else if (symbol->kind == SYMBOL_THREAD && resolver->mode == MODE_PROPERTY)
        diag_hint(diagnostics, "'%s.x' is its local variable x", symbol->name);
    else if (symbol->kind == SYMBOL_MUTEX)
        diag_hint(diagnostics, "'try lock %s' tells whether it could be locked", symbol->name);
    else if (symbol->kind == SYMBOL_SEMAPHORE)
        diag_hint(diagnostics, "'try acquire %s' tells whether it could be acquired", symbol->name);
}

static void resolve_name_value(Resolver *resolver, Expr *expr)
{
    const uint32_t values = SYMBOL_BIT(SYMBOL_VARIABLE) | SYMBOL_BIT(SYMBOL_LOCAL);
    Symbol *symbol = resolve_name(resolver, expr->name, expr->span, values);
    if (symbol == NULL) {
        if (expr->index != NULL)
            resolve_expression(resolver, expr->index);
        resolve_make_invalid(expr);
        return;
    }
    if (symbol->kind == SYMBOL_CONST) {
        resolve_const_name(resolver, expr, symbol);
        return;
    }
    if (symbol->kind != SYMBOL_VARIABLE && symbol->kind != SYMBOL_LOCAL) {
        if (expr->index != NULL)
            resolve_expression(resolver, expr->index);
        report_object_as_value(resolver, expr, symbol);
        resolve_make_invalid(expr);
        return;
    }
    if (resolver->mode == MODE_CONSTANT) {
        diag_error(resolver->diagnostics, expr->span, "%s must be a constant, '%s' is %s", resolver->mode_word,
                   symbol->name, symbol_kind_name(symbol->kind));
        diag_hint(resolver->diagnostics, "declare '%s' with 'const'", symbol->name);
        resolve_make_invalid(expr);
        return;
    }
    if (!resolve_index(resolver, expr, symbol)) {
        resolve_make_invalid(expr);
        return;
    }
    expr->symbol = symbol;
}

void resolve_target(Resolver *resolver, Expr *expr)
{
    const uint32_t values = SYMBOL_BIT(SYMBOL_VARIABLE) | SYMBOL_BIT(SYMBOL_LOCAL);
    if (expr->is_invalid)
        return;
    Symbol *symbol = resolve_name(resolver, expr->name, expr->span, values);
    if (symbol != NULL && (SYMBOL_BIT(symbol->kind) & values) == 0) {
        diag_error(resolver->diagnostics, expr->span, "'%s' is %s and cannot be assigned to", symbol->name,
                   symbol_kind_name(symbol->kind));
        if (symbol->kind == SYMBOL_CONST)
            diag_hint(resolver->diagnostics, "declare it with 'shared' (line %u)", symbol->span.line);
        symbol = NULL;
    }
    if (symbol == NULL || !resolve_index(resolver, expr, symbol))
        resolve_make_invalid(expr);
    else
        expr->symbol = symbol;
}

/* --------------------------------------------------------- built-in functions */

static void resolve_each(Resolver *resolver, const ExprList *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        resolve_expression(resolver, list->items[i]);
}

/* Reports what changes something, or is a choice, where only reading is allowed. */
static bool is_forbidden(Resolver *resolver, Expr *expr, const char *word)
{
    if (resolver->mode == MODE_BODY)
        return false;
    if (resolver->mode == MODE_CONSTANT)
        diag_error(resolver->diagnostics, expr->span, "%s must be a constant", resolver->mode_word);
    else
        diag_error(resolver->diagnostics, expr->span, "'%s' cannot stand in '%s', which only reads", word,
                   resolver->mode_word);
    resolve_make_invalid(expr);
    return true;
}

static void resolve_read_modify_write(Resolver *resolver, Expr *expr)
{
    const char *word = expr->kind == EXPR_CAS ? "cas" : expr->kind == EXPR_FETCH_ADD ? "fetch_add" : "exchange";
    if (is_forbidden(resolver, expr, word))
        return;
    resolve_target(resolver, expr->place);
    resolve_expression(resolver, expr->a);
    if (expr->b != NULL)
        resolve_expression(resolver, expr->b);
    if (expr->place->is_invalid || expr->place->symbol->kind == SYMBOL_VARIABLE)
        return;
    diag_error(resolver->diagnostics, expr->place->span, "'%s' needs a shared or atomic variable, '%s' is local", word,
               expr->place->name);
    diag_hint(resolver->diagnostics, "no other thread sees '%s': a plain assignment does", expr->place->name);
    resolve_make_invalid(expr);
}

static void resolve_choose(Resolver *resolver, Expr *expr)
{
    if (is_forbidden(resolver, expr, "choose"))
        return;
    resolve_each(resolver, &expr->arguments);
    if (!expr->is_range)
        return;
    resolve_expression(resolver, expr->a);
    resolve_expression(resolver, expr->b);
    bool is_known =
        expr->a->kind == EXPR_INTEGER && expr->b->kind == EXPR_INTEGER && !expr->a->is_invalid && !expr->b->is_invalid;
    if (is_known && (expr->is_closed ? expr->a->value > expr->b->value : expr->a->value >= expr->b->value))
        diag_error(resolver->diagnostics, expr->span, "there is no value to choose from %" PRId64 " to %" PRId64,
                   expr->a->value, expr->b->value);
}

static void resolve_len(Resolver *resolver, Expr *expr)
{
    Expr *object = expr->object;
    const uint32_t fitting = SYMBOL_BIT(SYMBOL_QUEUE) | SYMBOL_BIT(SYMBOL_VARIABLE) | SYMBOL_BIT(SYMBOL_LOCAL);
    Symbol *symbol = object->is_invalid ? NULL : resolve_name(resolver, object->name, object->span, fitting);
    if (symbol == NULL) {
        resolve_make_invalid(expr);
        return;
    }
    object->symbol = symbol;
    if (symbol->kind == SYMBOL_QUEUE) {
        if (resolver->mode == MODE_CONSTANT) {
            diag_error(resolver->diagnostics, expr->span, "%s must be a constant, 'len(%s)' changes",
                       resolver->mode_word, symbol->name);
            resolve_make_invalid(expr);
        } else if (!resolve_index(resolver, object, symbol)) {
            resolve_make_invalid(expr);
        }
        return;
    }
    if (!symbol->is_array || object->index != NULL) {
        diag_error(resolver->diagnostics, object->span, "'len' needs a queue or a whole array");
        resolve_make_invalid(expr);
        return;
    }
    if (symbol->length == 0) {
        diag_error(resolver->diagnostics, expr->span, "the length of '%s' is not known yet", symbol->name);
        diag_hint(resolver->diagnostics, "use the constant that its declaration in line %u uses", symbol->span.line);
        resolve_make_invalid(expr);
        return;
    }
    Span span = expr->span;
    const char *name = arena_format(resolver->arena, "len(%s)", symbol->name); /* for the printer */
    *expr = (Expr){.kind = EXPR_INTEGER, .span = span, .value = symbol->length, .name = name, .height = 1};
}

static void resolve_closed(Resolver *resolver, Expr *expr)
{
    if (resolver->mode == MODE_CONSTANT)
        (void)is_forbidden(resolver, expr, "closed");
    else if (resolve_object(resolver, expr->object, SYMBOL_BIT(SYMBOL_QUEUE), "closed") == NULL)
        resolve_make_invalid(expr);
}

/* --------------------------------------------------------------------- calls */

static void resolve_call(Resolver *resolver, Expr *expr)
{
    const char *word = expr->kind != EXPR_SPAWN ? expr->name : expr->spawn == SPAWN_FORK ? "fork" : "spawn";
    if (resolver->mode == MODE_CONSTANT || resolver->mode == MODE_PROPERTY || resolver->mode == MODE_GUARD) {
        (void)is_forbidden(resolver, expr, word);
        return;
    }
    bool is_foreign = foreign_call(expr->name) != NULL && scope_find(&resolver->scope, expr->name) == NULL;
    if (!is_foreign) /* what the call takes there is another matter */
        resolve_each(resolver, &expr->arguments);
    if (expr->object != NULL)
        resolve_object(resolver, expr->object, SYMBOL_BIT(SYMBOL_POOL), "submit");
    Symbol *symbol = resolve_name(resolver, expr->name, expr->span, SYMBOL_BIT(SYMBOL_FUNCTION));
    if (symbol == NULL) {
        resolve_make_invalid(expr);
        return;
    }
    if (symbol->kind != SYMBOL_FUNCTION) {
        diag_error(resolver->diagnostics, expr->span, "'%s' is %s, not a function", symbol->name,
                   symbol_kind_name(symbol->kind));
        if (symbol->kind == SYMBOL_THREAD)
            diag_hint(resolver->diagnostics, "it starts with the scenario; 'spawn' starts an 'fn'");
        else if (expr->kind == EXPR_SPAWN)
            diag_hint(resolver->diagnostics, "'spawn' starts an 'fn', as in 'fn work() { ... }' and 'spawn work()'");
        resolve_make_invalid(expr);
        return;
    }
    uint32_t wanted = symbol->parameters.count, given = expr->arguments.count;
    if (wanted != given) {
        diag_error(resolver->diagnostics, expr->span, "'%s' takes %u argument%s, not %u", symbol->name, wanted,
                   wanted == 1 ? "" : "s", given);
        diag_hint(resolver->diagnostics, "it is declared in line %u", symbol->span.line);
        resolve_make_invalid(expr);
        return;
    }
    expr->symbol = symbol;
    if (expr->kind == EXPR_SPAWN) {
        bool is_process = expr->spawn == SPAWN_PROCESS || expr->spawn == SPAWN_FORK;
        if (symbol->is_spawned && symbol->is_process_spawned != is_process) {
            diag_error(resolver->diagnostics, expr->span, "'%s' is started as a thread and as a process", symbol->name);
            diag_hint(resolver->diagnostics, "write a second function that calls '%s', and start that one", symbol->name);
        }
        symbol->is_process_spawned = is_process;
        resolve_start(resolver, expr);
    } else {
        CallEdge edge = {.caller = resolver->owner, .callee = symbol, .span = expr->span};
        ARENA_PUSH(resolver->scratch, resolver->calls, edge);
    }
}

void resolve_right_side(Resolver *resolver, Expr *expr)
{
    if ((expr->kind == EXPR_CALL || expr->kind == EXPR_SPAWN) && !expr->is_invalid)
        resolve_call(resolver, expr);
    else
        resolve_expression(resolver, expr);
    if (expr->kind == EXPR_CALL && !expr->is_invalid && expr->symbol != NULL)
        resolve_coroutine_call(resolver, expr, true);
}

void resolve_bare(Resolver *resolver, Expr *expr)
{
    if (expr->kind != EXPR_CALL || expr->is_invalid) {
        resolve_right_side(resolver, expr);
        return;
    }
    resolve_call(resolver, expr);
    if (!expr->is_invalid && expr->symbol != NULL)
        resolve_coroutine_call(resolver, expr, false);
}

static void resolve_misplaced_call(Resolver *resolver, Expr *expr)
{
    uint32_t errors = resolver->diagnostics->errors;
    resolve_call(resolver, expr);
    if (expr->is_invalid || resolver->diagnostics->errors != errors)
        return;
    diag_error(resolver->diagnostics, expr->span,
               expr->kind == EXPR_SPAWN ? "'spawn' stands alone or as the whole right side of an assignment"
                                        : "a call stands alone or as the whole right side of an assignment");
    if (expr->kind == EXPR_SPAWN)
        diag_hint(resolver->diagnostics, "write 'local h = spawn %s(...)' first, then use h", expr->name);
    else
        diag_hint(resolver->diagnostics, "write 'local t = %s(...)' first, then use t", expr->name);
    resolve_make_invalid(expr);
}

/* ---------------------------------------------------------------------- main */

static void resolve_self(Resolver *resolver, Expr *expr)
{
    if (resolver->mode != MODE_CONSTANT && resolver->mode != MODE_PROPERTY)
        return;
    diag_error(resolver->diagnostics, expr->span, "'self' has a value in threads and functions only");
    if (resolver->mode == MODE_PROPERTY)
        diag_hint(resolver->diagnostics, "name each, as in 'a[0] == 1 && a[1] == 1', or write 'assert' inside the thread");
    else
        diag_hint(resolver->diagnostics, "write the number itself, or set it inside the thread");
    resolve_make_invalid(expr);
}

void resolve_expression(Resolver *resolver, Expr *expr)
{
    if (expr->is_invalid)
        return;
    switch (expr->kind) {
    case EXPR_INTEGER: break;
    case EXPR_NAME: resolve_name_value(resolver, expr); break;
    case EXPR_SELF: resolve_self(resolver, expr); break;
    case EXPR_UNARY: resolve_expression(resolver, expr->a); break;
    case EXPR_BINARY:
        resolve_expression(resolver, expr->a);
        resolve_expression(resolver, expr->b);
        break;
    case EXPR_CONDITIONAL:
        resolve_expression(resolver, expr->a);
        resolve_expression(resolver, expr->b);
        resolve_expression(resolver, expr->c);
        break;
    case EXPR_MIN:
    case EXPR_MAX:
    case EXPR_ABS: resolve_each(resolver, &expr->arguments); break;
    case EXPR_CHOOSE: resolve_choose(resolver, expr); break;
    case EXPR_CAS:
    case EXPR_FETCH_ADD:
    case EXPR_EXCHANGE: resolve_read_modify_write(resolver, expr); break;
    case EXPR_LENGTH: resolve_len(resolver, expr); break;
    case EXPR_CLOSED: resolve_closed(resolver, expr); break;
    case EXPR_TRY:
        if (!is_forbidden(resolver, expr, "try"))
            resolve_operation(resolver, expr->operation, OPERATION_IN_TRY);
        break;
    case EXPR_SPAWN:
    case EXPR_CALL: resolve_misplaced_call(resolver, expr); break;
    case EXPR_GET:
        diag_error(resolver->diagnostics, expr->span, "'get' can only be the whole right side of an assignment");
        resolve_make_invalid(expr);
        break;
    case EXPR_MEMBER: resolve_member(resolver, expr, false); break;
    case EXPR_DURATION: resolve_duration(resolver, expr); break;
    }
}
