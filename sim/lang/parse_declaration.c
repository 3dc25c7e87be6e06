/* parse_declaration.c: the top level: variables, objects, threads, functions. */
#include <inttypes.h>
#include <string.h>

#include "lang/foreign.h"
#include "lang/parse.h"
#include "lang/suggest.h"

enum { TWINS_MAX = 256 }; /* names of one thread declaration, each of which gets its own copy of the body */

static const SymbolKind kinds[TOKEN_KIND_COUNT] = {
    [KEYWORD_SHARED] = SYMBOL_VARIABLE, [KEYWORD_ATOMIC] = SYMBOL_VARIABLE,     [KEYWORD_MUTEX] = SYMBOL_MUTEX,
    [KEYWORD_RWLOCK] = SYMBOL_RWLOCK,   [KEYWORD_SEMAPHORE] = SYMBOL_SEMAPHORE, [KEYWORD_CONDITION] = SYMBOL_CONDITION,
    [KEYWORD_BARRIER] = SYMBOL_BARRIER, [KEYWORD_EVENT] = SYMBOL_EVENT,         [KEYWORD_QUEUE] = SYMBOL_QUEUE,
    [KEYWORD_ONCE] = SYMBOL_ONCE,       [KEYWORD_WAITGROUP] = SYMBOL_WAITGROUP, [KEYWORD_MAPPED] = SYMBOL_VARIABLE,
    [KEYWORD_TOPIC] = SYMBOL_QUEUE,
};

bool parse_at_declaration(const Parser *parser)
{
    TokenKind kind = parser_peek(parser)->kind;
    return parse_at_domain_declaration(parser) || kind == KEYWORD_ATOMIC || (token_is_keyword(kind) && token_keyword_class(kind) == KEYWORD_IS_DECLARATION);
}

static Symbol *add_symbol(Parser *parser, SymbolKind kind, const Token *name)
{
    Symbol *symbol = ARENA_NEW(parser->arena, Symbol);
    symbol->kind = kind;
    symbol->name = name->text;
    symbol->span = name->span;
    symbol->length = 1;
    symbol->maximum = -1;
    /* A misplaced declaration in the repeated body of `thread A, B` has been taken over the first time. */
    if (!parser->diagnostics->is_quiet)
        ARENA_PUSH(parser->arena, parser->parsed->scenario->symbols, symbol);
    return symbol;
}

/* [e]; NULL when it is not there. */
static Expr *parse_length(Parser *parser, const char *what)
{
    const Token *open = parser_peek(parser);
    if (open->kind != TOKEN_LEFT_BRACKET || open->after_newline || parser->panics)
        return NULL;
    parser_advance(parser);
    parser->brackets++;
    if (parser_at(parser, TOKEN_RIGHT_BRACKET) && parser_error_expected(parser, what))
        parser_hint(parser, "write how many, as in [3]");
    Expr *length = parse_expression(parser);
    parser_close(parser, TOKEN_RIGHT_BRACKET, open);
    parser->brackets--;
    return length;
}

/* ------------------------------------------------------------ constants */

static void parse_const(Parser *parser)
{
    parser_advance(parser);
    do {
        const Token *name = parser_expect_name(parser, "the name of a constant");
        if (name == NULL)
            return;
        Symbol *symbol = add_symbol(parser, SYMBOL_CONST, name);
        if (parser_accept(parser, TOKEN_ASSIGN)) {
            symbol->value_expr = parse_expression(parser);
        } else {
            if (parser_error_expected(parser, arena_format(parser->arena, "'=' after 'const %s'", name->text)))
                parser_hint(parser, "write 'const %s = 2'", name->text);
            symbol->value_expr = parse_invalid(parser, name->span);
        }
    } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
    parser_end_statement(parser, "the declaration");
}

static void parse_enum(Parser *parser)
{
    parser_advance(parser);
    if (parser_at(parser, TOKEN_NAME) && parser_peek_at(parser, 1)->kind == TOKEN_LEFT_BRACE) {
        if (parser_note_error(parser, parser_peek(parser)->span, "an enum has no name of its own"))
            parser_hint(parser, "write 'enum { idle, busy }'");
        parser_advance(parser);
    }
    const Token *open = parser_peek(parser);
    if (!parser_expect(parser, TOKEN_LEFT_BRACE, "after 'enum'")) {
        parser_end_statement(parser, "'enum'");
        return;
    }
    int64_t value = 0;
    while (!parser_at(parser, TOKEN_RIGHT_BRACE) && !parser->panics) {
        parser->brackets++;
        const Token *name = parser_expect_name(parser, "a name in 'enum'");
        parser->brackets--;
        if (name == NULL)
            break;
        add_symbol(parser, SYMBOL_CONST, name)->value = value++;
        if (parser_at(parser, TOKEN_ASSIGN)) {
            if (parser_error(parser, parser_peek(parser)->span, "the names of an enum count from 0"))
                parser_hint(parser, "write 'const %s = ...' for another value", name->text);
            break;
        }
        if (!parser_accept(parser, TOKEN_COMMA))
            break;
    }
    if (!parser->panics && !parser_accept(parser, TOKEN_RIGHT_BRACE)) {
        if (parser_error(parser, parser_span_behind(parser), "expected ',' or '}' in 'enum', found %s",
                         parser_found(parser)))
            parser_hint(parser, "the '{' in line %u, column %u is still open", open->span.line, open->span.column);
    }
    while (parser->panics && !parser_at(parser, TOKEN_END)) { /* to the end of the list */
        const Token *token = parser_peek(parser);
        if (token_is_keyword(token->kind) && token->after_newline)
            break;
        if (token->kind == TOKEN_NAME)
            ARENA_PUSH(parser->scratch, parser->parsed->skipped_names, token->text);
        if (parser_advance(parser)->kind == TOKEN_RIGHT_BRACE)
            break;
    }
    if (parser->panics) /* behind its brace anything may follow */
        parser_end_statement(parser, "the declaration");
}

/* --------------------------------------------------- variables and objects */

/* = e or = { e, ... } */
static void parse_initial(Parser *parser, Symbol *symbol)
{
    if (parser->panics || !parser_accept(parser, TOKEN_ASSIGN))
        return;
    switch (symbol->kind) {
    case SYMBOL_VARIABLE:
    case SYMBOL_SEMAPHORE:
    case SYMBOL_WAITGROUP:
    case SYMBOL_QUEUE: {
        if (parser_at(parser, TOKEN_LEFT_BRACE) && !parser_peek(parser)->after_newline) {
            symbol->has_braces = true;
            parse_braced_values(parser, &symbol->initial_exprs);
            break;
        }
        Expr *value = parse_expression(parser);
        ARENA_PUSH(parser->arena, symbol->initial_exprs, value);
        break;
    }
    case SYMBOL_BARRIER: symbol->parties_expr = parse_expression(parser); break;
    default:
        if (parser_error(parser, parser_previous(parser)->span, "%s has no initial value", symbol_kind_name(symbol->kind)))
            parser_hint(parser, symbol->kind == SYMBOL_MUTEX ? "write the name alone; what counts is a 'semaphore s = 1'" : "write the name alone");
        break;
    }
}

/* queue q[8] lossy reordering duplicating ack, in any order */
static void parse_queue_faults(Parser *parser, Symbol *symbol)
{
    static const char *const words[] = {"lossy", "reordering", "duplicating", "ack"};
    bool *const flags[] = {&symbol->is_lossy, &symbol->is_reordering, &symbol->is_duplicating, &symbol->is_acknowledged};
    for (;;) {
        const Token *token = parser_peek(parser);
        if (parser->panics || token->kind != TOKEN_NAME || token->after_newline)
            return;
        size_t i = 0;
        while (i < sizeof words / sizeof *words && strcmp(token->text, words[i]) != 0)
            i++;
        if (i == sizeof words / sizeof *words) {
            if (parser_error(parser, token->span, "'%s' is nothing that happens to messages", token->text))
                parser_hint(parser, "'lossy', 'reordering', 'duplicating' and 'ack' may follow a queue");
            return;
        }
        if (*flags[i] && parser_note_error(parser, token->span, "'%s' stands there twice", token->text))
            parser_hint(parser, "once is enough");
        *flags[i] = true;
        parser_advance(parser);
    }
}

static void parse_object_options(Parser *parser, Symbol *symbol, const char *word)
{
    if (symbol->kind == SYMBOL_SEMAPHORE && !parser->panics && parser_accept(parser, KEYWORD_MAX)) {
        if (parse_on_this_line(parser, TOKEN_ASSIGN)) {
            if (parser_note_error(parser, parser_peek(parser)->span, "the greatest value follows 'max' without '='"))
                parser_hint(parser, "write 'semaphore %s = 1 max 3'", symbol->name);
            parser_advance(parser);
        }
        symbol->maximum_expr = parse_expression(parser);
    }
    if (symbol->kind == SYMBOL_RWLOCK && parser_at_word(parser, "writers") && !parser_peek(parser)->after_newline) {
        parser_advance(parser);
        if (parser_at_word(parser, "first") && !parser_peek(parser)->after_newline) {
            parser_advance(parser);
            symbol->writers_first = true;
        } else {
            parser_error_expected(parser, "'first' after 'writers'");
        }
    }
    if (symbol->kind == SYMBOL_QUEUE)
        parse_queue_faults(parser, symbol);
    if (parser->panics || symbol->parties_expr != NULL || symbol->initial_exprs.count > 0 || symbol->has_braces)
        return;
    if (symbol->kind == SYMBOL_SEMAPHORE) {
        if (parser_note_error(parser, symbol->span, "the semaphore '%s' needs its initial value", symbol->name))
            parser_hint(parser, "write 'semaphore %s%s = 1'", symbol->name, symbol->is_array ? "[...]" : "");
    } else if (symbol->kind == SYMBOL_BARRIER) {
        if (parser_note_error(parser, symbol->span, "the barrier '%s' needs the number of its threads", symbol->name))
            parser_hint(parser, "write '%s %s = 2'", word, symbol->name);
    }
}

/* topic news[8]: the capacity of each subscriber's queue. */
static void parse_topic_length(Parser *parser, Symbol *symbol)
{
    symbol->is_topic = true;
    symbol->capacity_expr = parse_length(parser, "the capacity of the topic's queues");
    if (symbol->capacity_expr != NULL)
        return;
    if (parser_note_error(parser, symbol->span, "the topic '%s' needs the capacity of its queues", symbol->name))
        parser_hint(parser, "write 'topic %s[8]'", symbol->name);
    symbol->capacity_expr = parse_invalid(parser, symbol->span);
}

static void parse_queue_lengths(Parser *parser, Symbol *symbol)
{
    Expr *first = parse_length(parser, "the capacity of the queue");
    Expr *second = first == NULL ? NULL : parse_length(parser, "the capacity of each queue");
    symbol->capacity_expr = second != NULL ? second : first;
    if (second != NULL) {
        symbol->length_expr = first;
        symbol->is_array = true;
    }
    if (first == NULL && parser_note_error(parser, symbol->span, "the queue '%s' needs a capacity", symbol->name))
        parser_hint(parser, "write 'queue %s[3]', or 'queue %s[0]' for a rendezvous", symbol->name, symbol->name);
    if (symbol->capacity_expr == NULL)
        symbol->capacity_expr = parse_invalid(parser, symbol->span);
}

/* `semaphore s(3)`, `queue q(3)`, `mutex m()` */
static bool report_constructor(Parser *parser, Symbol *symbol, const char *word)
{
    const Token *number = parser_peek_at(parser, 1);
    if (!parse_on_this_line(parser, TOKEN_LEFT_PAREN) ||
        !parser_error(parser, parser_peek(parser)->span, "%s is declared without parentheses", symbol_kind_name(symbol->kind)))
        return false;
    const char *value = number->kind == TOKEN_INTEGER ? arena_format(parser->arena, "%" PRIu64, number->value) : "1";
    if (symbol->kind == SYMBOL_QUEUE) {
        parser_hint(parser, "write '%s %s[%s]'", word, symbol->name, value);
        symbol->capacity_expr = parse_invalid(parser, symbol->span);
    } else if (symbol->kind == SYMBOL_VARIABLE || symbol->kind == SYMBOL_SEMAPHORE || symbol->kind == SYMBOL_BARRIER || symbol->kind == SYMBOL_WAITGROUP) {
        parser_hint(parser, "write '%s %s = %s'", word, symbol->name, value);
    } else {
        parser_hint(parser, "write '%s %s'", word, symbol->name);
    }
    return true;
}

static void parse_objects(Parser *parser)
{
    const Token *first = parser_advance(parser);
    bool is_recursive = first->kind == KEYWORD_RECURSIVE;
    const Token *word = first;
    if (is_recursive) {
        word = parser_peek(parser);
        if (!parser_expect(parser, KEYWORD_MUTEX, "after 'recursive'")) {
            parser_end_statement(parser, "the declaration");
            return;
        }
    }
    const char *what = arena_format(parser->arena, "a name after '%s'", word->text);
    const Token *type = parser_peek(parser);
    const ForeignWord *foreign = type->kind == TOKEN_NAME ? foreign_statement(type->text) : NULL;
    if (foreign != NULL && foreign_is_type(foreign) && parser_peek_at(parser, 1)->kind == TOKEN_NAME && !parser_peek_at(parser, 1)->after_newline) {
        if (parser_note_error(parser, type->span, "'%s' is not a word of the language", type->text))
            parser_hint(parser, "all values are whole numbers: write '%s x = 0'", word->text);
        parser_advance(parser);
    }
    do {
        uint32_t errors = parser->diagnostics->errors;
        const Token *name = parser_expect_name(parser, what);
        if (name == NULL) {
            if (parser_at(parser, TOKEN_LESS) && parser->diagnostics->errors > errors)
                parser_hint(parser, "all values are whole numbers: write '%s x = 0'", word->text);
            break;
        }
        Symbol *symbol = add_symbol(parser, kinds[word->kind], name);
        symbol->is_recursive = is_recursive;
        symbol->is_atomic = word->kind == KEYWORD_ATOMIC;
        symbol->is_mapped = word->kind == KEYWORD_MAPPED;
        if (report_constructor(parser, symbol, word->text)) {
            /* nothing is known of it but its name */
        } else if (word->kind == KEYWORD_TOPIC) {
            parse_topic_length(parser, symbol);
        } else if (symbol->kind == SYMBOL_QUEUE) {
            parse_queue_lengths(parser, symbol);
        } else {
            symbol->length_expr = parse_length(parser, "the length of the array");
            symbol->is_array = symbol->length_expr != NULL;
            if (symbol->is_array && parse_on_this_line(parser, TOKEN_LEFT_BRACKET) &&
                parser_error(parser, parser_peek(parser)->span, "arrays have one dimension"))
                parser_hint(parser, "declare HEIGHT * WIDTH elements, and compute the index, as in a[row * WIDTH + column]");
        }
        if (symbol->kind == SYMBOL_QUEUE)
            parse_queue_faults(parser, symbol);
        parse_initial(parser, symbol);
        parse_object_options(parser, symbol, word->text);
    } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
    parser_end_statement(parser, "the declaration");
}

/* start 40 ms copy 10 ms: what process pools cost. */
static void parse_pool_costs(Parser *parser, Symbol *pool)
{
    for (;;) {
        const Token *word = parser_peek(parser);
        bool is_start = parser_at_word(parser, "start");
        if (parser->panics || word->after_newline || (!is_start && !parser_at_word(parser, "copy")))
            return;
        parser_advance(parser);
        if (!pool->is_process && parser_note_error(parser, word->span, "'%s' is a cost of process pools", word->text))
            parser_hint(parser, "write 'process pool %s[4] %s 10 ms'", pool->name, word->text);
        *(is_start ? &pool->start_expr : &pool->copy_expr) = parse_duration(parser);
    }
}

/* pool p[4], q[2]; process pool p[4] start 40 ms copy 10 ms */
void parse_pools(Parser *parser)
{
    bool is_process = parser_accept(parser, KEYWORD_PROCESS);
    parser_advance(parser);
    do {
        const Token *name = parser_expect_name(parser, "a name after 'pool'");
        if (name == NULL)
            break;
        Symbol *symbol = add_symbol(parser, SYMBOL_POOL, name);
        symbol->is_process = is_process;
        symbol->places_expr = parse_length(parser, "the number of workers");
        if (symbol->places_expr == NULL) {
            if (!parser->panics && parser_note_error(parser, name->span, "the pool '%s' needs the number of its workers", name->text))
                parser_hint(parser, "write 'pool %s[4]'", name->text);
            symbol->places_expr = parse_invalid(parser, name->span);
        }
        parse_pool_costs(parser, symbol);
    } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
    parser_end_statement(parser, "the declaration");
}

/* ------------------------------------------------------ threads and functions */

static void finish_bodies(Parser *parser, SymbolList *threads)
{
    uint32_t begin = parser->at;
    bool was_quiet = parser->diagnostics->is_quiet, panicked = parser->panics;
    uint32_t panic_brackets = parser->panic_brackets;
    for (uint32_t i = 0; i < threads->count; i++) {
        parser->at = begin;
        parser->panics = panicked;
        parser->panic_brackets = panic_brackets;
        parser->closes_blocks = false;
        parser->suspect = NULL;
        parser->diagnostics->is_quiet = was_quiet || i > 0;
        threads->items[i]->body = parse_block(parser, "the name of the thread");
        threads->items[i]->repeats_body = i > 0;
    }
    parser->diagnostics->is_quiet = was_quiet;
    if (parser->panics)
        parser_end_statement(parser, "the thread");
}

/* What begins a thread: `thread`, `daemon thread`, `process`, `daemon process`, `actor`, `subscriber thread`, ... */
typedef struct ThreadHead {
    bool is_daemon, is_process, is_actor, is_subscriber, is_fibre;
    const char *word; /* for messages */
} ThreadHead;

static bool parse_thread_head(Parser *parser, ThreadHead *head)
{
    *head = (ThreadHead){.word = "thread"};
    if (parser_accept(parser, KEYWORD_ACTOR)) {
        head->is_actor = head->is_daemon = true;
        head->word = "actor";
        return true;
    }
    head->is_daemon = parser_accept(parser, KEYWORD_DAEMON);
    parse_model_word(parser);
    head->is_subscriber = parser_accept(parser, KEYWORD_SUBSCRIBER);
    head->is_daemon = parser_accept(parser, KEYWORD_DAEMON) || head->is_daemon;
    const char *before = head->is_daemon ? "daemon" : "subscriber";
    parse_model_word(parser);
    if (parser_accept(parser, KEYWORD_PROCESS)) {
        head->is_process = true;
        head->word = "process";
        return true;
    }
    if (parser_accept(parser, KEYWORD_THREAD))
        return true;
    if (!head->is_subscriber && parse_at_domain_word(parser, "fibre")) {
        parser_advance(parser);
        head->is_fibre = true;
        head->word = "fibre";
        return true;
    }
    parser_error_expected(parser, arena_format(parser->arena, "'thread' or 'process' after '%s'", before));
    parser_end_statement(parser, "the thread");
    return false;
}

static void parse_thread_name(Parser *parser, const ThreadHead *head, Symbol *symbol)
{
    symbol->is_daemon = head->is_daemon;
    symbol->is_process = head->is_process;
    symbol->is_fibre = head->is_fibre;
    if (head->is_actor)
        symbol->mailbox = ARENA_NEW(parser->arena, Symbol);
    symbol->length_expr = parse_length(parser, arena_format(parser->arena, "the number of %ss", head->word));
    symbol->is_family = symbol->is_array = symbol->length_expr != NULL;
    const Token *open = parser_peek(parser);
    if (open->kind == TOKEN_LEFT_PAREN && parser_error(parser, open->span, "%s has no parameters", head->is_actor ? "an actor" : arena_format(parser->arena, "a %s", head->word))) {
        parser_hint(parser, "'%s %s[3]' makes three that differ in 'self'; 'fn %s(x)' with '%s' takes parameters",
                    head->word, symbol->name, symbol->name, head->is_process ? "spawn process" : "spawn");
        parser->panic_brackets = 0;
    }
}

/* of TOPIC, behind the names of subscribers */
static void parse_subscription(Parser *parser, const SymbolList *threads)
{
    if (parser->panics)
        return;
    if (!parser_at_word(parser, "of")) {
        if (parser_error_expected(parser, "'of' and a topic") && threads->count > 0)
            parser_hint(parser, "write 'subscriber thread %s of news { ... }'", threads->items[0]->name);
        return;
    }
    parser_advance(parser);
    const Token *name = parser_expect_name(parser, "a topic after 'of'");
    for (uint32_t i = 0; i < threads->count && name != NULL; i++) {
        threads->items[i]->topic_name = name->text;
        threads->items[i]->topic_span = name->span;
    }
}

void parse_thread(Parser *parser)
{
    ThreadHead head;
    if (!parse_thread_head(parser, &head))
        return;
    SymbolList threads = {0};
    const char *what = head.is_actor ? "the name of an actor" : arena_format(parser->arena, "the name of a %s", head.word);
    do {
        uint32_t errors = parser->diagnostics->errors;
        const Token *name = parser_expect_name(parser, what);
        if (name == NULL) {
            bool is_word = token_is_keyword(parser_previous(parser)->kind) && threads.count > 0;
            if (parser->diagnostics->errors > errors && !is_word && !parser_at(parser, TOKEN_INVALID))
                parser_hint(parser, "write '%s A { ... }', or '%s w[3] { ... }' for three alike", head.word, head.word);
            break;
        }
        Symbol *symbol = add_symbol(parser, SYMBOL_THREAD, name);
        ARENA_PUSH(parser->arena, threads, symbol);
        parse_thread_name(parser, &head, symbol);
        if (threads.count == TWINS_MAX) {
            parser_error(parser, name->span, "more than %d threads in one declaration", (int)TWINS_MAX);
            break;
        }
    } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
    if (head.is_subscriber)
        parse_subscription(parser, &threads);
    if (threads.count > 0)
        finish_bodies(parser, &threads);
    else
        parse_block(parser, arena_format(parser->arena, "the name of the %s", head.word));
    if (parser->panics)
        parser_end_statement(parser, "the thread");
}

static void parse_parameters(Parser *parser, Symbol *function)
{
    const Token *open = parser_peek(parser);
    if (!parser_at(parser, TOKEN_LEFT_PAREN)) {
        if (parser_error_expected(parser, "'(' after the name of the function"))
            parser_hint(parser, "write 'fn %s() { ... }'", function->name);
        return;
    }
    parser_advance(parser);
    parser->brackets++;
    while (!parser_at(parser, TOKEN_RIGHT_PAREN) && !parser->panics) {
        const Token *name = parser_expect_name(parser, "the name of a parameter");
        if (name == NULL)
            break;
        Symbol *parameter = ARENA_NEW(parser->arena, Symbol);
        parameter->kind = SYMBOL_LOCAL;
        parameter->name = name->text;
        parameter->span = name->span;
        parameter->length = 1;
        parameter->is_parameter = true;
        ARENA_PUSH(parser->arena, function->parameters, parameter);
        if (!parser_accept(parser, TOKEN_COMMA))
            break;
    }
    parser_close(parser, TOKEN_RIGHT_PAREN, open);
    parser->brackets--;
}

Symbol *parse_function(Parser *parser)
{
    parser_advance(parser);
    const Token *name = parser_expect_name(parser, "the name of a function");
    Symbol *function = name == NULL ? ARENA_NEW(parser->arena, Symbol) : add_symbol(parser, SYMBOL_FUNCTION, name);
    if (name != NULL)
        parse_parameters(parser, function);
    parser->suspect = NULL;
    uint32_t depth = parser->depth, deepest = parser->deepest;
    parser->deepest = depth;
    function->body = parse_block(parser, "the parameters of the function");
    function->body_depth = parser->deepest - depth;
    parser->deepest = deepest > parser->deepest ? deepest : parser->deepest;
    function->body_bytes = parser_span_from(parser, function->body->span).length;
    if (parser->panics)
        parser_end_statement(parser, "the function");
    return function;
}

void parse_declaration(Parser *parser)
{
    switch (parser_peek(parser)->kind) {
    case KEYWORD_CONST: parse_const(parser); break;
    case KEYWORD_ENUM: parse_enum(parser); break;
    case KEYWORD_PROCESS: {
        const Token *pool = parser_peek_at(parser, 1), *name = parser_peek_at(parser, 2);
        bool is_pool = pool->kind == TOKEN_NAME && strcmp(pool->text, "pool") == 0 && name->kind == TOKEN_NAME && !name->after_newline;
        if (is_pool)
            parse_pools(parser);
        else
            parse_thread(parser);
        break;
    }
    case KEYWORD_DAEMON:
    case KEYWORD_ACTOR:
    case KEYWORD_SUBSCRIBER:
    case KEYWORD_THREAD: parse_thread(parser); break;
    case KEYWORD_FN: parse_function(parser); break;
    case TOKEN_NAME: parse_domain_declaration(parser); break;
    default: parse_objects(parser); break;
    }
}

/* --------------------------------------------------------------- top level */

/* A statement outside of any thread: reported, then parsed for its own errors and dropped. */
static void parse_misplaced_statement(Parser *parser)
{
    const Token *word = parser_peek(parser);
    if (parser->is_loose && word->kind != KEYWORD_LOCAL) {
        /* the row was reported at its beginning */
    } else if (word->kind == KEYWORD_LOCAL) {
        if (parser_note_error(parser, word->span, "'local' stands inside a thread or function"))
            parser_hint(parser, "write 'shared' for a variable of all threads");
    } else if (parser_note_error(parser, word->span, "a statement stands inside a thread or function")) {
        if (word->kind == KEYWORD_ASSERT)
            parser_hint(parser, "write 'finally x == 1' for the end, 'always x == 1' for every state");
        else
            parser_hint(parser, "write 'thread main { ... }' around it");
    }
    parser->is_loose = true;
    StmtList dropped = {0};
    parse_statement(parser, &dropped);
    for (uint32_t i = 0; i < dropped.count; i++)
        if (dropped.items[i]->kind == STMT_LOCAL)
            ARENA_PUSH(parser->scratch, parser->parsed->skipped_names, dropped.items[i]->symbol->name);
}

/* A name with an assignment or a call behind it, rather than a misspelt word. */
static bool is_like_statement(const Parser *parser)
{
    const Token *next = parser_peek_at(parser, 1);
    return parser_at(parser, TOKEN_NAME) && !next->after_newline &&
           (parse_is_assignment(next->kind) || next->kind == TOKEN_LEFT_BRACKET || next->kind == TOKEN_LEFT_PAREN ||
            next->kind == TOKEN_COMMA || next->kind == TOKEN_DOT);
}

void parse_top_level(Parser *parser)
{
    parse_model_word(parser);
    const Token *token = parser_peek(parser);
    parser->closes_blocks = false;
    parser->panics = false;
    parser->brackets = 0;
    parser->suspect = NULL;
    parser->statement = parser->at;
    if (parser_accept(parser, TOKEN_SEMICOLON))
        return;
    if (token->kind == TOKEN_RIGHT_BRACE) {
        if (!parser->is_loose)
            if (parser_error(parser, token->span, "'}' closes nothing"))
                parser_hint(parser, "remove it, or look for the '{' that is missing above");
        parser_advance(parser);
        return;
    }
    bool is_atomic_block = token->kind == KEYWORD_ATOMIC && (parser_peek_at(parser, 1)->kind == TOKEN_LEFT_BRACE ||
                                                             parser_peek_at(parser, 1)->kind == KEYWORD_WHEN);
    if (parse_at_declaration(parser) && !is_atomic_block) {
        parser->is_loose = false;
        parse_declaration(parser);
    } else if (parse_at_property(parser)) {
        parser->is_loose = false;
        parse_property(parser, false);
    } else if (parse_clock_line(parser)) {
        parser->is_loose = false;
    } else if (parse_foreign_statement(parser)) {
        parser_skip_construct(parser);
    } else if (token->kind == TOKEN_INVALID) {
        parser_panic(parser);
        parser_skip_construct(parser);
    } else if (token->kind == TOKEN_LEFT_BRACE) {
        parser_error(parser, token->span, "a block stands inside a thread or function");
        parser_skip_braces(parser);
    } else if (token_is_keyword(token->kind) || is_like_statement(parser) || parse_at_domain_statement(parser)) {
        parse_misplaced_statement(parser);
    } else {
        const char *near = token->kind == TOKEN_NAME ? suggest_statement_word(token->text) : NULL;
        int length = token->span.length > 40 ? 40 : (int)token->span.length;
        parser_error(parser, token->span, "'%.*s' begins no declaration", length, parser->source->text + token->span.offset);
        if (near != NULL)
            parser_hint(parser, "did you mean '%s'?", near);
        else if (token->kind == TOKEN_MINUS_MINUS)
            parser_hint(parser, "comments begin with //");
        else if (token->kind == TOKEN_NAME)
            parser_hint(parser, "write 'shared %s = 0' for a variable of all threads", token->text);
        parser_skip_construct(parser);
    }
    if (parser_peek(parser) == token) /* whatever it was, it must not be met again */
        parser_advance(parser);
}
