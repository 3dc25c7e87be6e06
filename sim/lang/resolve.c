#include "lang/resolve.h"

#include <inttypes.h>
#include <string.h>

#include "lang/resolver.h"
#include "lang/suggest.h"

/* ------------------------------------------------------------------- names */

static void declare_symbols(Resolver *resolver)
{
    Scenario *scenario = resolver->scenario;
    for (uint32_t i = 0; i < scenario->symbols.count; i++) {
        Symbol *symbol = scenario->symbols.items[i];
        const Binding *first = scope_find(&resolver->scope, symbol->name);
        if (first != NULL) {
            diag_error(resolver->diagnostics, symbol->span, "'%s' is declared twice", symbol->name);
            diag_hint(resolver->diagnostics, "the first is %s in line %u", symbol_kind_name(first->symbol->kind),
                      first->symbol->span.line);
        } else {
            scope_declare(&resolver->scope, symbol);
        }
        symbol->index = resolver->counts[symbol->kind]++;
        if (symbol->is_array)
            symbol->length = 0; /* not known yet */
        if (symbol->kind == SYMBOL_THREAD)
            ARENA_PUSH(resolver->arena, scenario->threads, symbol);
        else if (symbol->kind == SYMBOL_FUNCTION)
            ARENA_PUSH(resolver->arena, scenario->functions, symbol);
    }
}

static void remember_skipped_names(Resolver *resolver, const Parsed *parsed)
{
    for (uint32_t i = 0; i < parsed->skipped_names.count; i++) {
        const char *name = parsed->skipped_names.items[i];
        if (scope_find(&resolver->skipped, name) != NULL)
            continue;
        Symbol *note = ARENA_NEW(resolver->scratch, Symbol);
        note->name = name;
        scope_declare(&resolver->skipped, note);
    }
}

/* --------------------------------------------------------------- constants */

static Define *find_define(Define *defines, uint32_t count, const char *name)
{
    Define *found = NULL;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(defines[i].name, name) == 0)
            found = &defines[i]; /* the last one on the command line wins */
    return found;
}

static void fold_constants(Resolver *resolver, Define *defines, uint32_t define_count)
{
    Scenario *scenario = resolver->scenario;
    for (uint32_t i = 0; i < scenario->symbols.count; i++) {
        Symbol *symbol = scenario->symbols.items[i];
        if (symbol->kind != SYMBOL_CONST)
            continue;
        if (symbol->value_expr != NULL) {
            const char *what = arena_format(resolver->arena, "the value of '%s'", symbol->name);
            if (!resolve_constant(resolver, symbol->value_expr, what, &symbol->value))
                resolve_make_invalid(symbol->value_expr);
            Define *define = find_define(defines, define_count, symbol->name);
            if (define != NULL)
                symbol->value = define->value;
        }
        resolver->folded_constants = symbol->index + 1;
    }
    for (uint32_t i = 0; i < define_count; i++) {
        const Binding *binding = scope_find(&resolver->scope, defines[i].name);
        defines[i].used =
            binding != NULL && binding->symbol->kind == SYMBOL_CONST && binding->symbol->value_expr != NULL;
        if (defines[i].used)
            continue;
        diag_error(resolver->diagnostics, (Span){0, 0, 1, 1}, "-D %s: the scenario has no constant of this name",
                   defines[i].name);
        Suggestion suggestion;
        suggest_begin(&suggestion, defines[i].name);
        for (uint32_t j = 0; j < scenario->symbols.count; j++)
            if (scenario->symbols.items[j]->kind == SYMBOL_CONST && scenario->symbols.items[j]->value_expr != NULL)
                suggest_offer(&suggestion, scenario->symbols.items[j]->name, true);
        if (suggestion.best != NULL)
            diag_hint(resolver->diagnostics, "did you mean '%s'?", suggestion.best);
    }
}

/* --------------------------------------------------- lengths and initial values */

static void set_length(Resolver *resolver, Symbol *symbol)
{
    if (symbol->length_expr == NULL)
        resolve_count_elements(resolver, symbol->span, 1);
    symbol->length = symbol->length_expr == NULL ? 1 : resolve_length(resolver, symbol->length_expr, symbol->name);
    if (symbol->kind != SYMBOL_THREAD)
        return;
    bool was_fine = resolver->instances <= THREADS_MAX;
    resolver->instances += symbol->length;
    if (was_fine && resolver->instances > THREADS_MAX)
        diag_error(resolver->diagnostics, symbol->span, "the scenario has more than %d threads", (int)THREADS_MAX);
}

/* A constant of at least `least`; `least` itself after a report. */
static int64_t checked_value(Resolver *resolver, Expr *expr, const char *what, const char *name, int64_t least)
{
    int64_t value;
    if (!resolve_constant(resolver, expr, arena_format(resolver->arena, "%s '%s'", what, name), &value))
        return least;
    if (value >= least)
        return value;
    diag_error(resolver->diagnostics, expr->span, "%s '%s' is %" PRId64 ", it must be at least %" PRId64, what, name,
               value, least);
    return least;
}

/* Values of `count` places: one for all, or a list in braces of which missing ones are 0. */
static void set_initial_values(Resolver *resolver, Symbol *symbol, uint32_t count, int64_t least)
{
    ExprList *written = &symbol->initial_exprs;
    if (symbol->has_braces && !symbol->is_array && symbol->kind != SYMBOL_QUEUE) {
        diag_error(resolver->diagnostics, symbol->span, "'%s' is no array and has one value", symbol->name);
        diag_hint(resolver->diagnostics, "write '%s[%u]' for an array", symbol->name, written->count);
        count = 1;
    } else if (written->count > count) {
        diag_error(resolver->diagnostics, written->items[count]->span, "'%s' has %u element%s, here are %u values",
                   symbol->name, count, count == 1 ? "" : "s", written->count);
        diag_hint(resolver->diagnostics, "write '%s[%u]' for all of them", symbol->name, written->count);
    }
    symbol->initial = ARENA_ARRAY(resolver->arena, int64_t, count);
    symbol->initial_count = count;
    for (uint32_t i = 0; i < written->count; i++) {
        int64_t value = checked_value(resolver, written->items[i], "the initial value of", symbol->name, least);
        if (i < count)
            symbol->initial[i] = value;
    }
    if (!symbol->has_braces && written->count == 1)
        for (uint32_t i = 1; i < count; i++)
            symbol->initial[i] = symbol->initial[0];
}

static void set_semaphore(Resolver *resolver, Symbol *symbol)
{
    set_initial_values(resolver, symbol, symbol->length, 0);
    symbol->maximum = -1;
    if (symbol->maximum_expr == NULL)
        return;
    symbol->maximum = checked_value(resolver, symbol->maximum_expr, "the maximum of", symbol->name, 1);
    for (uint32_t i = 0; i < symbol->initial_count; i++) {
        if (symbol->initial[i] <= symbol->maximum || symbol->maximum_expr->is_invalid)
            continue;
        uint32_t at = i < symbol->initial_exprs.count ? i : 0;
        Span span = symbol->initial_exprs.count > 0 ? symbol->initial_exprs.items[at]->span : symbol->span;
        diag_error(resolver->diagnostics, span, "'%s' starts with %" PRId64 ", above its maximum %" PRId64,
                   symbol->name, symbol->initial[i], symbol->maximum);
        break;
    }
}

static void set_queue(Resolver *resolver, Symbol *symbol)
{
    bool has_room = symbol->is_topic || symbol->is_lossy || symbol->is_reordering || symbol->is_duplicating ||
                    symbol->is_acknowledged;
    symbol->capacity = checked_value(resolver, symbol->capacity_expr, "the capacity of", symbol->name, 0);
    if (symbol->capacity == 0 && has_room && !symbol->capacity_expr->is_invalid) {
        diag_error(resolver->diagnostics, symbol->capacity_expr->span,
                   symbol->is_topic ? "the queues of the topic '%s' need room"
                                    : "a rendezvous hands messages over directly, nothing happens to them on the way",
                   symbol->name);
        diag_hint(resolver->diagnostics, "write '%s[1]'", symbol->name);
        symbol->capacity = 1;
    }
    if (symbol->capacity > ELEMENTS_MAX) {
        diag_error(resolver->diagnostics, symbol->capacity_expr->span,
                   "the capacity of '%s' is %" PRId64 ", more than %d", symbol->name, symbol->capacity,
                   (int)ELEMENTS_MAX);
        symbol->capacity = 1;
    } else {
        resolve_count_elements(resolver, symbol->capacity_expr->span, (uint64_t)symbol->capacity * symbol->length);
    }
    uint32_t written = symbol->initial_exprs.count;
    if (written > 0 && !symbol->has_braces && symbol->capacity_expr->is_invalid)
        return; /* reported: the number is no list */
    if (written > 0 && !symbol->has_braces) {
        diag_error(resolver->diagnostics, symbol->initial_exprs.items[0]->span,
                   "the first items of a queue stand in braces");
        diag_hint(resolver->diagnostics, "write 'queue %s[...] = {1, 2}'", symbol->name);
        return;
    }
    if (written > (uint64_t)symbol->capacity && !symbol->capacity_expr->is_invalid) {
        diag_error(resolver->diagnostics, symbol->initial_exprs.items[symbol->capacity]->span,
                   "'%s' holds %" PRId64 " items, here are %u", symbol->name, symbol->capacity, written);
        diag_hint(resolver->diagnostics, "write 'queue %s[%u]' for as many", symbol->name, written);
        return;
    }
    set_initial_values(resolver, symbol, written, INT64_MIN);
}

/* The mailbox of an actor is a queue for each of its instances, without a bound. */
static void set_mailbox(Resolver *resolver, Symbol *actor)
{
    Symbol *mailbox = actor->mailbox;
    mailbox->kind = SYMBOL_QUEUE;
    mailbox->name = actor->name;
    mailbox->span = actor->span;
    mailbox->length = actor->length;
    mailbox->is_array = actor->is_family;
    mailbox->capacity = QUEUE_UNBOUNDED;
    mailbox->is_unbounded = true;
    mailbox->initial = ARENA_ARRAY(resolver->arena, int64_t, 1);
}

static void set_subscription(Resolver *resolver, Symbol *thread)
{
    const Binding *binding = scope_find(&resolver->scope, thread->topic_name);
    if (binding == NULL) {
        resolve_name(resolver, thread->topic_name, thread->topic_span, SYMBOL_BIT(SYMBOL_QUEUE));
        return;
    }
    Symbol *topic = binding->symbol;
    if (!topic->is_topic) {
        diag_error(resolver->diagnostics, thread->topic_span, "'%s' is %s, a subscriber needs a topic", topic->name,
                   symbol_kind_name(topic->kind));
        if (topic->kind == SYMBOL_QUEUE)
            diag_hint(resolver->diagnostics, "declare it as 'topic %s[8]'", topic->name);
        return;
    }
    thread->topic = topic;
    thread->first_subscriber = topic->length;
    topic->length += thread->length;
}

static void set_subscriptions(Resolver *resolver)
{
    const SymbolList *symbols = &resolver->scenario->symbols;
    for (uint32_t i = 0; i < symbols->count; i++)
        if (symbols->items[i]->is_topic)
            symbols->items[i]->length = 0;
    for (uint32_t i = 0; i < symbols->count; i++) {
        Symbol *symbol = symbols->items[i];
        if (symbol->mailbox != NULL)
            set_mailbox(resolver, symbol);
        if (symbol->topic_name != NULL)
            set_subscription(resolver, symbol);
    }
    for (uint32_t i = 0; i < symbols->count; i++) {
        Symbol *topic = symbols->items[i];
        if (!topic->is_topic)
            continue;
        if (topic->length == 0) {
            diag_error(resolver->diagnostics, topic->span, "nobody subscribes to the topic '%s'", topic->name);
            diag_hint(resolver->diagnostics, "write 'subscriber thread S of %s { ... }'", topic->name);
            topic->length = 1;
        } else if (topic->length > 1) {
            resolve_count_elements(resolver, topic->span, (uint64_t)topic->capacity * (topic->length - 1));
        }
    }
}

static void set_sizes(Resolver *resolver)
{
    for (uint32_t i = 0; i < resolver->scenario->symbols.count; i++) {
        Symbol *symbol = resolver->scenario->symbols.items[i];
        if (symbol->kind == SYMBOL_CONST || symbol->kind == SYMBOL_FUNCTION)
            continue;
        set_length(resolver, symbol);
        switch (symbol->kind) {
        case SYMBOL_VARIABLE: set_initial_values(resolver, symbol, symbol->length, INT64_MIN); break;
        case SYMBOL_WAITGROUP: set_initial_values(resolver, symbol, symbol->length, 0); break;
        case SYMBOL_SEMAPHORE: set_semaphore(resolver, symbol); break;
        case SYMBOL_QUEUE: set_queue(resolver, symbol); break;
        case SYMBOL_POOL: symbol->places = checked_value(resolver, symbol->places_expr, "the number of workers of", symbol->name, 1);
            if (symbol->start_expr != NULL)
                symbol->start_ns = resolve_constant_duration(resolver, symbol->start_expr, "the start of a worker", 0);
            if (symbol->copy_expr != NULL)
                symbol->copy_ns = resolve_constant_duration(resolver, symbol->copy_expr, "the copying", 0);
            break;
        case SYMBOL_BARRIER:
            symbol->parties = symbol->parties_expr == NULL ? 1
                                                           : checked_value(resolver, symbol->parties_expr,
                                                                           "the number of threads of", symbol->name, 1);
            break;
        default: break;
        }
    }
}

/* --------------------------------------------------------------- recursion */

typedef struct CallFrame {
    uint32_t function, next; /* the call to follow next, in `order` */
} CallFrame;

static void report_recursion(Resolver *resolver, const CallFrame *frames, uint32_t from, uint32_t depth,
                             const CallEdge *edge)
{
    SymbolList functions = resolver->scenario->functions;
    if (from + 1 == depth) {
        diag_error(resolver->diagnostics, edge->span, "recursion: '%s' calls itself", edge->callee->name);
    } else {
        const char *path = "";
        for (uint32_t i = from; i < depth && i < from + 8; i++)
            path = arena_format(resolver->arena, "%s%s -> ", path, functions.items[frames[i].function]->name);
        diag_error(resolver->diagnostics, edge->span, "recursion: %s%s%s", path, depth - from > 8 ? "... -> " : "",
                   edge->callee->name);
    }
    diag_hint(resolver->diagnostics, "write a loop; 'spawn' may name the function itself");
}

/* How many levels the calls of a function nest, and how long it is when each is replaced by the body that it calls. */
typedef struct CallExtent {
    uint32_t depth;
    uint64_t bytes;
} CallExtent;

/* Grows by a call; false after a report. Once is enough: what calls this one is as large. */
static bool add_call(Resolver *resolver, CallExtent *extent, CallExtent callee, const CallEdge *edge)
{
    uint32_t depth = callee.depth + (edge->caller->kind == SYMBOL_FUNCTION ? edge->caller->body_depth : 0) + 1;
    extent->depth = depth > extent->depth ? depth : extent->depth;
    extent->bytes += callee.bytes;
    if (extent->depth <= CALL_DEPTH_MAX && extent->bytes <= CALLED_BYTES_MAX)
        return true;
    if (extent->depth > CALL_DEPTH_MAX) {
        diag_error(resolver->diagnostics, edge->span, "with all that is called from '%s', blocks and calls are nested more than %d levels deep", edge->callee->name, (int)CALL_DEPTH_MAX);
        diag_hint(resolver->diagnostics, "write the statements themselves instead of the innermost calls");
    } else {
        diag_error(resolver->diagnostics, edge->span, "with all that is called from '%s', the scenario is too long", edge->callee->name);
        diag_hint(resolver->diagnostics, "each call is as long as the function itself: call it from fewer places, or in a loop");
    }
    return false;
}

/* Depth first along the calls; a call to a function on the way there closes a cycle. */
static void check_recursion(Resolver *resolver)
{
    uint32_t count = resolver->scenario->functions.count, calls = resolver->calls.count;
    /* the calls of function f: order[first[f]] to order[first[f + 1] - 1] */
    uint32_t *first = ARENA_ARRAY(resolver->scratch, uint32_t, (size_t)count + 2);
    uint32_t *order = ARENA_ARRAY(resolver->scratch, uint32_t, (size_t)calls + 1);
    char *colours = ARENA_ARRAY(resolver->scratch, char, (size_t)count + 1); /* 0 new, 1 on the way, 2 done */
    uint32_t *places = ARENA_ARRAY(resolver->scratch, uint32_t, (size_t)count + 1);
    CallFrame *frames = ARENA_ARRAY(resolver->scratch, CallFrame, (size_t)count + 1);
    CallExtent *extents = ARENA_ARRAY(resolver->scratch, CallExtent, (size_t)count + 1), threads = {0};
    bool is_too_long = false;
    for (uint32_t i = 0; i < calls; i++)
        if (resolver->calls.items[i].caller->kind == SYMBOL_FUNCTION)
            first[resolver->calls.items[i].caller->index + 2]++;
    for (uint32_t f = 1; f < count + 2; f++)
        first[f] += first[f - 1];
    for (uint32_t i = 0; i < calls; i++)
        if (resolver->calls.items[i].caller->kind == SYMBOL_FUNCTION)
            order[first[resolver->calls.items[i].caller->index + 1]++] = i;

    for (uint32_t root = 0; root < count; root++) {
        uint32_t depth = 0;
        if (colours[root] != 0)
            continue;
        frames[depth++] = (CallFrame){root, first[root]};
        colours[root] = 1;
        places[root] = 0;
        while (depth > 0) {
            CallFrame *frame = &frames[depth - 1];
            if (frame->next == first[frame->function + 1]) {
                colours[frame->function] = 2;
                depth--;
                extents[frame->function].bytes += resolver->scenario->functions.items[frame->function]->body_bytes;
                for (uint32_t i = first[frame->function]; i < first[frame->function + 1] && !is_too_long; i++) {
                    const CallEdge *edge = &resolver->calls.items[order[i]];
                    is_too_long = !add_call(resolver, &extents[frame->function], extents[edge->callee->index], edge);
                }
                continue;
            }
            const CallEdge *edge = &resolver->calls.items[order[frame->next++]];
            uint32_t callee = edge->callee->index;
            if (colours[callee] == 1) {
                report_recursion(resolver, frames, places[callee], depth, edge);
            } else if (colours[callee] == 0) {
                colours[callee] = 1;
                places[callee] = depth;
                frames[depth++] = (CallFrame){callee, first[callee]};
            }
        }
    }
    for (uint32_t i = 0; i < calls && !is_too_long; i++) {
        const CallEdge *edge = &resolver->calls.items[i];
        if (edge->caller->kind != SYMBOL_FUNCTION)
            is_too_long = !add_call(resolver, &threads, extents[edge->callee->index], edge);
    }
}

/* -------------------------------------------------------------------- main */

void resolve_run(Arena *arena, Arena *scratch, Parsed *parsed, Define *defines, uint32_t define_count,
                 DiagList *diagnostics, Text *text)
{
    Resolver resolver = {
        .arena = arena, .scratch = scratch, .diagnostics = diagnostics, .scenario = parsed->scenario, .text = text};
    Scenario *scenario = parsed->scenario;
    scope_begin(&resolver.scope, scratch);
    scope_begin(&resolver.skipped, scratch);
    remember_skipped_names(&resolver, parsed);
    declare_symbols(&resolver);
    fold_constants(&resolver, defines, define_count);
    set_sizes(&resolver);
    resolve_clock(&resolver);
    set_subscriptions(&resolver);
    for (uint32_t i = 0; i < scenario->symbols.count; i++)
        if (scenario->symbols.items[i]->body != NULL)
            resolve_body(&resolver, scenario->symbols.items[i]);
    resolve_event_loop(&resolver);
    resolve_properties(&resolver);
    check_recursion(&resolver);
    if (scenario->threads.count == 0 && scenario->run == NULL && diagnostics->errors == 0) {
        diag_error(diagnostics, (Span){0, 0, 1, 1}, "the scenario has no thread");
        const Symbol *coroutine = NULL;
        for (uint32_t i = scenario->functions.count; i-- > 0;)
            if (scenario->functions.items[i]->is_coroutine)
                coroutine = scenario->functions.items[i];
        if (coroutine != NULL)
            diag_hint(diagnostics, "write 'run %s(...)': the event loop starts with it", coroutine->name);
        else
            diag_hint(diagnostics, "write 'thread main { ... }'");
    }
}
