/* resolve_operation.c: which operation a word means for the kind of its object. */
#include <string.h>

#include "lang/resolver.h"

/* What a beginner may have meant by a word with an object of another kind: taking, giving back, waiting. */
typedef enum Intent { INTENT_TAKE, INTENT_GIVE, INTENT_OTHER } Intent;

static Intent intent_of(OperationKind kind)
{
    switch (kind) {
    case OPERATION_LOCK:
    case OPERATION_RDLOCK:
    case OPERATION_WRLOCK:
    case OPERATION_ACQUIRE:
    case OPERATION_GET:
    case OPERATION_WAIT_CONDITION:
    case OPERATION_WAIT_BARRIER:
    case OPERATION_WAIT_EVENT:
    case OPERATION_WAIT_WAITGROUP:
    case OPERATION_JOIN:
    case OPERATION_RECEIVE:
    case OPERATION_AWAIT: return INTENT_TAKE;
    case OPERATION_UNLOCK:
    case OPERATION_RELEASE:
    case OPERATION_SIGNAL:
    case OPERATION_BROADCAST:
    case OPERATION_SET:
    case OPERATION_DONE:
    case OPERATION_SEND:
    case OPERATION_PUBLISH:
    case OPERATION_ACK:
    case OPERATION_PUT: return INTENT_GIVE;
    default: return INTENT_OTHER;
    }
}

static const Symbol *first_mutex(const Resolver *resolver)
{
    for (uint32_t i = 0; i < resolver->scenario->symbols.count; i++)
        if (resolver->scenario->symbols.items[i]->kind == SYMBOL_MUTEX)
            return resolver->scenario->symbols.items[i];
    return NULL;
}

static const char *advice(const Resolver *resolver, const Symbol *symbol, const char *word, Intent intent)
{
    bool takes = intent == INTENT_TAKE, is_lock = strcmp(word, "lock") == 0 || strcmp(word, "unlock") == 0 || strcmp(word, "with") == 0;
    const char *name = symbol->name;
    const Symbol *mutex = first_mutex(resolver);
    switch (symbol->kind) {
    case SYMBOL_MUTEX: return arena_format(resolver->arena, takes ? "use 'lock %s'" : "use 'unlock %s'", name);
    case SYMBOL_RWLOCK:
        return takes ? arena_format(resolver->arena, "use 'rdlock %s' to read or 'wrlock %s' to write", name, name)
                     : arena_format(resolver->arena, "use 'unlock %s'", name);
    case SYMBOL_SEMAPHORE: return arena_format(resolver->arena, takes ? "use 'acquire %s'" : "use 'release %s'", name);
    case SYMBOL_CONDITION:
        return takes ? arena_format(resolver->arena, "use 'wait %s with %s'", name, mutex == NULL ? "m" : mutex->name)
                     : arena_format(resolver->arena, "use 'signal %s' or 'broadcast %s'", name, name);
    case SYMBOL_BARRIER: return arena_format(resolver->arena, "use 'wait %s'", name);
    case SYMBOL_EVENT: return arena_format(resolver->arena, takes ? "use 'wait %s'" : "use 'set %s'", name);
    case SYMBOL_QUEUE:
        return arena_format(resolver->arena, takes              ? "use 'x = get %s'"
                                             : symbol->is_topic ? "use 'publish %s, x'"
                                                                : "use 'put %s, x'",
                            name);
    case SYMBOL_ONCE: return arena_format(resolver->arena, "use 'do %s { ... }'", name);
    case SYMBOL_WAITGROUP: return arena_format(resolver->arena, takes ? "use 'wait %s'" : "use 'done %s'", name);
    case SYMBOL_THREAD:
        return arena_format(resolver->arena, symbol->mailbox != NULL && !takes ? "use 'send %s, x'" : "use 'join %s'", name);
    case SYMBOL_VARIABLE:
    case SYMBOL_LOCAL:
        if (is_lock) /* and most likely the mutex that guards it is meant */
            return mutex != NULL ? arena_format(resolver->arena, "name the mutex: '%s %s'", word, mutex->name)
                                 : arena_format(resolver->arena, "declare 'mutex m' beside it, and write '%s m'", word);
        return takes ? arena_format(resolver->arena, "use 'await (%s == ...)' to wait for a value", name) : NULL;
    default: return NULL;
    }
}

/* "a mutex", "a mutex or an rwlock", "a condition, a barrier or an event" */
static const char *kinds_text(const Resolver *resolver, uint32_t mask)
{
    if ((mask & SYMBOL_BIT_OBJECTS) == SYMBOL_BIT_OBJECTS)
        return "an object";
    const char *text = "";
    for (int kind = 0; kind <= SYMBOL_FUNCTION; kind++) {
        if ((mask & SYMBOL_BIT(kind)) == 0)
            continue;
        bool is_last = (mask >> kind) == 1;
        text = arena_format(resolver->arena, "%s%s%s", text, text[0] == '\0' ? "" : is_last ? " or " : ", ",
                            symbol_kind_name((SymbolKind)kind));
    }
    return text;
}

static Symbol *resolve_fitting_object(Resolver *resolver, Expr *expr, uint32_t wanted, const char *word, Intent intent)
{
    if (expr->is_invalid)
        return NULL;
    Symbol *symbol = resolve_name(resolver, expr->name, expr->span, wanted);
    if (symbol == NULL || (SYMBOL_BIT(symbol->kind) & wanted) == 0) {
        if (expr->index != NULL)
            resolve_expression(resolver, expr->index);
        if (symbol != NULL) {
            diag_error(resolver->diagnostics, expr->span, "'%s' is %s, '%s' needs %s", symbol->name,
                       symbol_kind_name(symbol->kind), word, kinds_text(resolver, wanted));
            const char *hint = intent == INTENT_OTHER ? NULL : advice(resolver, symbol, word, intent);
            if (hint != NULL)
                diag_hint(resolver->diagnostics, "%s", hint);
        }
        resolve_make_invalid(expr);
        return NULL;
    }
    if (!resolve_index(resolver, expr, symbol)) {
        resolve_make_invalid(expr);
        return NULL;
    }
    expr->symbol = symbol;
    return symbol;
}

Symbol *resolve_object(Resolver *resolver, Expr *expr, uint32_t wanted, const char *word)
{
    return resolve_fitting_object(resolver, expr, wanted, word, INTENT_OTHER);
}

/* ------------------------------------------------------------------ special forms */

static void resolve_wait(Resolver *resolver, Operation *operation)
{
    DiagList *diagnostics = resolver->diagnostics;
    const uint32_t waitable = SYMBOL_BIT(SYMBOL_CONDITION) | SYMBOL_BIT(SYMBOL_BARRIER) | SYMBOL_BIT(SYMBOL_EVENT) |
                              SYMBOL_BIT(SYMBOL_WAITGROUP);
    Symbol *symbol = resolve_fitting_object(resolver, operation->object, waitable, "wait", INTENT_TAKE);
    if (operation->with_object != NULL)
        resolve_fitting_object(resolver, operation->with_object, SYMBOL_BIT(SYMBOL_MUTEX), "with", INTENT_OTHER);
    if (symbol == NULL)
        return;
    if (symbol->kind == SYMBOL_CONDITION) {
        operation->kind = OPERATION_WAIT_CONDITION;
        if (operation->with_object != NULL)
            return;
        const Symbol *mutex = first_mutex(resolver);
        diag_error(diagnostics, operation->span,
                   "waiting on the condition '%s' needs the mutex that is given back meanwhile", symbol->name);
        diag_hint(diagnostics, "write 'wait %s with %s'", symbol->name, mutex == NULL ? "m" : mutex->name);
        return;
    }
    if (operation->with_object != NULL) {
        diag_error(diagnostics, operation->with_object->span, "'with' is for conditions, '%s' is %s", symbol->name,
                   symbol_kind_name(symbol->kind));
        diag_hint(diagnostics, "write 'wait %s'", symbol->name);
    }
    operation->kind = symbol->kind == SYMBOL_BARRIER ? OPERATION_WAIT_BARRIER
                      : symbol->kind == SYMBOL_EVENT ? OPERATION_WAIT_EVENT
                                                     : OPERATION_WAIT_WAITGROUP;
}

/* join A, join w, join w[1]: a thread by name; everything else is an expression with a handle. */
static void resolve_join(Resolver *resolver, Operation *operation)
{
    Expr *operand = operation->a;
    const Binding *binding =
        operand->kind == EXPR_NAME && !operand->is_invalid ? scope_find(&resolver->scope, operand->name) : NULL;
    if (binding == NULL || binding->symbol->kind != SYMBOL_THREAD) {
        if (binding != NULL && binding->symbol->kind == SYMBOL_FUNCTION) {
            diag_error(resolver->diagnostics, operand->span,
                       "'%s' is a function; a thread started from it is joined by its handle", operand->name);
            diag_hint(resolver->diagnostics, "write 'local h = spawn %s(...)' and 'join h'", operand->name);
            return;
        }
        if (operand->kind == EXPR_NAME && binding == NULL && !operand->is_invalid)
            resolve_name(resolver, operand->name, operand->span, SYMBOL_BIT(SYMBOL_THREAD) | SYMBOL_BIT(SYMBOL_LOCAL));
        else
            resolve_expression(resolver, operand);
        return;
    }
    Symbol *thread = binding->symbol;
    operation->object = operand;
    operation->a = NULL;
    operand->symbol = thread;
    if (operand->index == NULL)
        return;
    resolve_expression(resolver, operand->index);
    if (!thread->is_family)
        diag_error(resolver->diagnostics, operand->span, "'%s' is one thread, not a family", thread->name);
}

static void resolve_get_targets(Resolver *resolver, Operation *operation)
{
    for (uint32_t i = 0; i < operation->targets.count; i++)
        resolve_target(resolver, operation->targets.items[i]);
}

/* await (e), the guard of `atomic when`: one step that only reads. */
static void resolve_guard(Resolver *resolver, Expr *expr, const char *word)
{
    ResolveMode mode = resolver->mode;
    const char *mode_word = resolver->mode_word;
    resolver->mode = MODE_GUARD;
    resolver->mode_word = word;
    resolve_expression(resolver, expr);
    resolver->mode = mode;
    resolver->mode_word = mode_word;
}

/* Words for messages, with an object of the right kind that is not made for them. */
static void check_message(Resolver *resolver, const Operation *operation, const Symbol *symbol)
{
    DiagList *diagnostics = resolver->diagnostics;
    const char *name = symbol->name;
    Span span = operation->object->span;
    switch (operation->kind) {
    case OPERATION_SEND:
        if (symbol->mailbox != NULL)
            break;
        diag_error(diagnostics, span, "'%s' is a thread, 'send' needs an actor", name);
        diag_hint(diagnostics, "declare it as 'actor %s { ... }', or use a queue", name);
        break;
    case OPERATION_PUBLISH:
        if (symbol->is_topic)
            break;
        diag_error(diagnostics, span, "'%s' is a queue, 'publish' needs a topic", name);
        diag_hint(diagnostics, "use 'put %s, x', or declare 'topic %s[8]'", name, name);
        break;
    case OPERATION_PUT:
        if (!symbol->is_topic)
            break;
        diag_error(diagnostics, span, "'%s' is a topic, 'put' needs a queue", name);
        diag_hint(diagnostics, "use 'publish %s, x'", name);
        break;
    case OPERATION_ACK:
        if (symbol->is_acknowledged)
            break;
        diag_error(diagnostics, span, "nobody waits for acknowledgements of '%s'", name);
        diag_hint(diagnostics, "declare it as '%s %s[8] ack'", symbol->is_topic ? "topic" : "queue", name);
        break;
    case OPERATION_DESTROY:
        if (symbol->is_topic)
            diag_error(diagnostics, span, "a topic is not destroyed");
        break;
    default: break;
    }
}

/* ------------------------------------------------------------------------- main */

void resolve_operation(Resolver *resolver, Operation *operation, OperationContext context)
{
    const char *word = operation_word(operation->kind);
    if (operation->is_awaited)
        resolve_in_coroutine(resolver, operation->span, "await");
    switch (operation->kind) {
    case OPERATION_AWAIT_TASK: resolve_await(resolver, operation); return;
    case OPERATION_GATHER: resolve_gather(resolver, operation); return;
    case OPERATION_MAP: resolve_map(resolver, operation); return;
    case OPERATION_AWAIT: resolve_guard(resolver, operation->a, "await"); return;
    case OPERATION_JOIN: resolve_join(resolver, operation); return;
    case OPERATION_SLEEP:
    case OPERATION_IO:
    case OPERATION_COMPUTE: resolve_timed(resolver, operation, context); return;
    case OPERATION_RECEIVE:
        if (resolver->owner->kind == SYMBOL_THREAD && resolver->owner->mailbox == NULL) {
            diag_error(resolver->diagnostics, operation->span, "'%s' is no actor and has no mailbox to receive from",
                       resolver->owner->name);
            diag_hint(resolver->diagnostics, "declare it as 'actor %s { ... }'", resolver->owner->name);
        }
        resolve_get_targets(resolver, operation);
        return;
    case OPERATION_WAIT_CONDITION:
    case OPERATION_WAIT_BARRIER:
    case OPERATION_WAIT_EVENT:
    case OPERATION_WAIT_WAITGROUP:
        resolve_wait(resolver, operation);
        if (operation->kind == OPERATION_WAIT_CONDITION && context != OPERATION_ALONE) {
            diag_error(resolver->diagnostics, operation->span,
                       "waiting on a condition takes two steps and cannot stand in '%s'",
                       context == OPERATION_IN_TRY ? "try" : "select");
        }
        return;
    default: break;
    }
    Symbol *symbol = resolve_fitting_object(resolver, operation->object, operation_objects(operation->kind), word,
                                            intent_of(operation->kind));
    if (symbol != NULL)
        check_message(resolver, operation, symbol);
    if (operation->a != NULL)
        resolve_expression(resolver, operation->a);
    resolve_get_targets(resolver, operation);
}

void resolve_with(Resolver *resolver, Operation *operation)
{
    const uint32_t wanted = SYMBOL_BIT(SYMBOL_MUTEX) | SYMBOL_BIT(SYMBOL_SEMAPHORE) | SYMBOL_BIT(SYMBOL_POOL);
    const Binding *binding =
        operation->object->is_invalid ? NULL : scope_find(&resolver->scope, operation->object->name);
    if (binding != NULL && binding->symbol->kind == SYMBOL_RWLOCK) {
        diag_error(resolver->diagnostics, operation->object->span,
                   "'%s' is an rwlock, 'with' needs a mutex or a semaphore", binding->symbol->name);
        diag_hint(resolver->diagnostics, "use 'rdlock %s' or 'wrlock %s', and 'unlock %s'", binding->symbol->name,
                  binding->symbol->name, binding->symbol->name);
        return;
    }
    Symbol *symbol = resolve_fitting_object(resolver, operation->object, wanted, "with", INTENT_OTHER);
    if (symbol != NULL)
        operation->kind = symbol->kind == SYMBOL_MUTEX  ? OPERATION_LOCK
                          : symbol->kind == SYMBOL_POOL ? OPERATION_SHUTDOWN
                                                        : OPERATION_ACQUIRE;
}
