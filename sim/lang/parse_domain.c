/* parse_domain.c: the words of coroutines, fibres and pools. They are names wherever they begin nothing. */
#include <string.h>

#include "lang/parse.h"

bool parse_at_domain_word(const Parser *parser, const char *word)
{
    const Token *next = parser_peek_at(parser, 1);
    return parser_at_word(parser, word) && !next->after_newline &&
           (next->kind == TOKEN_NAME || (token_is_keyword(next->kind) && next->kind != KEYWORD_IN));
}

/* ------------------------------------------------------------ declarations */

static void parse_coroutine(Parser *parser)
{
    parse_function(parser)->is_coroutine = true;
}

/* run main(1) */
static void parse_run(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Expr *call = parse_expression(parser);
    if (call->kind != EXPR_CALL && !call->is_invalid && parser_error(parser, call->span, "'run' needs the call of a coroutine"))
        parser_hint(parser, "write 'run main()'");
    else if (parser->parsed->scenario->run != NULL &&
             parser_error(parser, word->span, "a scenario has one event loop, it is run in line %u",
                          parser->parsed->scenario->run->span.line))
        parser_hint(parser, "start the other coroutine inside of it: 'task t = f()'");
    if (!parser->panics && !call->is_invalid)
        parser->parsed->scenario->run = call;
    parser_end_statement(parser, "'run'");
}

/* Rows: a word that begins a declaration, and what parses it from there. */
static const struct {
    const char *word;
    void (*parse)(Parser *parser);
} declarations[] = {
    {"coroutine", parse_coroutine},
    {"run", parse_run},
    {"fibre", parse_thread},
    {"pool", parse_pools},
};

bool parse_at_domain_declaration(const Parser *parser)
{
    for (size_t i = 0; i < sizeof declarations / sizeof *declarations; i++)
        if (parse_at_domain_word(parser, declarations[i].word))
            return true;
    return false;
}

void parse_domain_declaration(Parser *parser)
{
    for (size_t i = 0; i < sizeof declarations / sizeof *declarations; i++) {
        if (!parse_at_domain_word(parser, declarations[i].word))
            continue;
        declarations[i].parse(parser);
        return;
    }
}

/* -------------------------------------------------------------- operations */

/* A call, or what holds a handle. */
static Expr *parse_awaitable(Parser *parser, const char *after)
{
    Expr *expr = parse_expression(parser);
    if (expr->kind != EXPR_NAME && expr->kind != EXPR_CALL && !expr->is_invalid) {
        if (parser_error(parser, expr->span, "expected a task or the call of a coroutine after '%s'", after))
            parser_hint(parser, "write 'await t', 'await f(1)', or 'await (x == 1)' for a condition");
        return parse_invalid(parser, expr->span);
    }
    return expr;
}

static void parse_awaitables(Parser *parser, ExprList *list, const char *after)
{
    do {
        Expr *expr = parse_awaitable(parser, after);
        ARENA_PUSH(parser->arena, *list, expr);
    } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
}

static Operation *new_operation(Parser *parser, OperationKind kind)
{
    Operation *operation = ARENA_NEW(parser->arena, Operation);
    operation->kind = kind;
    operation->span = parser_advance(parser)->span;
    return operation;
}

/* gather t, f(3) */
static Operation *parse_gather(Parser *parser)
{
    Operation *operation = new_operation(parser, OPERATION_GATHER);
    parse_awaitables(parser, &operation->arguments, "gather");
    return operation;
}

/* map p, f, a */
static Operation *parse_map(Parser *parser)
{
    Operation *operation = new_operation(parser, OPERATION_MAP);
    operation->object = parse_place(parser, "a pool after 'map'");
    const char *pool = operation->object->name == NULL ? "p" : operation->object->name;
    bool has_function = !parser->panics && parser_accept(parser, TOKEN_COMMA);
    const Token *name = has_function ? parser_expect_name(parser, "a function") : NULL;
    bool has_array = name != NULL && parser_accept(parser, TOKEN_COMMA);
    if (!has_array && parser_error_expected(parser, "',' and the pool, the function and the array of 'map'"))
        parser_hint(parser, "write 'map %s, f, a'", pool);
    operation->a = name == NULL ? parse_invalid(parser, operation->span) : parse_new_expression(parser, EXPR_CALL, name->span);
    operation->a->name = name == NULL ? NULL : name->text;
    Expr *array = has_array ? parse_place(parser, "an array") : parse_invalid(parser, operation->span);
    ARENA_PUSH(parser->arena, operation->arguments, array);
    return operation;
}

static Operation *parse_shutdown(Parser *parser)
{
    Operation *operation = new_operation(parser, OPERATION_SHUTDOWN);
    operation->object = parse_place(parser, "a pool after 'shutdown'");
    return operation;
}

/* Rows: a word that begins an operation; `has_result`: it may stand on a right side. */
static const struct {
    const char *word;
    Operation *(*parse)(Parser *parser);
    bool has_result;
} operations[] = {
    {"gather", parse_gather, true},
    {"map", parse_map, true},
    {"shutdown", parse_shutdown, false},
};

bool parse_at_domain_operation(const Parser *parser, bool with_result)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (parse_at_domain_word(parser, operations[i].word) && (operations[i].has_result || !with_result))
            return true;
    return false;
}

Operation *parse_domain_operation(Parser *parser)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (!parse_at_domain_word(parser, operations[i].word))
            continue;
        Operation *operation = operations[i].parse(parser);
        operation->span = parser_span_from(parser, operation->span);
        return operation;
    }
    return NULL;
}

/* ------------------------------------------------------------------- await */

bool parse_at_await_call(const Parser *parser)
{
    const Token *name = parser_peek_at(parser, 1), *open = parser_peek_at(parser, 2);
    return parser_at(parser, KEYWORD_AWAIT) && name->kind == TOKEN_NAME && !name->after_newline &&
           open->kind == TOKEN_LEFT_PAREN && !open->after_newline;
}

Expr *parse_await_call(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Expr *call = parse_expression(parser);
    if (call->kind == EXPR_CALL) {
        call->is_awaited = true;
        call->span = parser_span_from(parser, word->span);
        return call;
    }
    if (!call->is_invalid)
        parser_error(parser, call->span, "the call after 'await' stands alone, or as the whole right side of an assignment");
    return parse_invalid(parser, word->span);
}

Operation *parse_await_operand(Parser *parser)
{
    Operation *operation;
    if (parser_at_end_of_statement(parser) || parser_at(parser, TOKEN_LEFT_PAREN)) {
        operation = ARENA_NEW(parser->arena, Operation);
        operation->kind = OPERATION_AWAIT;
        operation->a = parse_condition(parser, "await");
    } else if (parse_at_operation(parser) && !parser_at(parser, KEYWORD_AWAIT)) {
        operation = parse_operation_statement(parser);
        operation->is_awaited = true;
    } else if (parse_at_domain_operation(parser, false)) {
        operation = parse_domain_operation(parser);
        operation->is_awaited = true;
    } else {
        operation = ARENA_NEW(parser->arena, Operation);
        operation->kind = OPERATION_AWAIT_TASK;
        operation->a = parse_awaitable(parser, "await");
    }
    return operation;
}

/* -------------------------------------------------------------- right sides */

bool parse_at_start(const Parser *parser)
{
    return parse_at_domain_word(parser, "task") || parse_at_domain_word(parser, "submit");
}

/* task f(1), submit p, f(1) */
Expr *parse_start(Parser *parser)
{
    bool is_submit = parser_at_word(parser, "submit");
    const Token *word = parser_advance(parser);
    Expr *expr = parse_new_expression(parser, EXPR_SPAWN, word->span);
    expr->spawn = is_submit ? SPAWN_SUBMIT : SPAWN_TASK;
    if (is_submit) {
        expr->object = parse_place(parser, "a pool after 'submit'");
        if (!parser->panics && !parser_accept(parser, TOKEN_COMMA) &&
            parser_error_expected(parser, "',' and a call after the pool"))
            parser_hint(parser, "write 'submit %s, f(1)'", expr->object->name == NULL ? "p" : expr->object->name);
    }
    Expr *call = parser->panics ? parse_invalid(parser, word->span) : parse_expression(parser);
    if (call->kind != EXPR_CALL) {
        if (!call->is_invalid && parser_error(parser, call->span, "'%s' needs a call", word->text))
            parser_hint(parser, is_submit ? "write 'submit p, f(1)'" : "write 'task t = f(1)'");
        return parse_invalid(parser, word->span);
    }
    expr->name = call->name;
    expr->arguments = call->arguments;
    parse_finish_expression(parser, expr);
    return expr;
}

/* -------------------------------------------------------------- statements */

/* task t = f(1), u = f(2); future h = submit p, f(1): a local with the handle. */
static void parse_handle_declaration(Parser *parser, StmtList *into)
{
    const Token *word = parser_advance(parser);
    bool is_task = strcmp(word->text, "task") == 0;
    do {
        const Token *name = parser_expect_name(parser, is_task ? "a name for the task" : "a name for the future");
        if (name == NULL)
            return;
        Stmt *statement = parse_new_statement(parser, STMT_LOCAL, word->span);
        statement->symbol = parse_new_local(parser, name);
        ARENA_PUSH(parser->arena, *into, statement);
        if (!parser_accept(parser, TOKEN_ASSIGN)) {
            if (parser_error_expected(parser, "'='"))
                parser_hint(parser, is_task ? "write 'task %s = f(1)'" : "write 'future %s = submit p, f(1)'", name->text);
            return;
        }
        Expr *value;
        if (is_task && !parse_at_start(parser)) {
            value = parse_expression(parser);
            if (value->kind == EXPR_CALL) {
                value->kind = EXPR_SPAWN;
                value->spawn = SPAWN_TASK;
            } else if (!value->is_invalid && parser_error(parser, value->span, "a task is the call of a coroutine")) {
                parser_hint(parser, "write 'task %s = f(1)'", name->text);
            }
        } else {
            value = parse_right_side(parser);
            if (value->kind != EXPR_SPAWN && !value->is_invalid &&
                parser_error(parser, value->span, "a future is what 'submit' gives"))
                parser_hint(parser, "write 'future %s = submit p, f(1)'; its value: 'local x = await %s'", name->text, name->text);
        }
        statement->expr = value;
        statement->span = parser_span_from(parser, word->span);
    } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
}

bool parse_at_domain_statement(const Parser *parser)
{
    return parse_at_domain_word(parser, "future") || parse_at_start(parser) || parse_at_domain_operation(parser, false);
}

bool parse_domain_statement(Parser *parser, StmtList *into)
{
    const Token *word = parser_peek(parser);
    bool declares = parse_at_domain_word(parser, "future") ||
                    (parse_at_domain_word(parser, "task") && parser_peek_at(parser, 2)->kind != TOKEN_LEFT_PAREN);
    if (declares) {
        parse_handle_declaration(parser, into);
    } else if (parse_at_start(parser)) {
        Stmt *statement = parse_new_statement(parser, STMT_EXPR, word->span);
        statement->expr = parse_start(parser);
        statement->span = parser_span_from(parser, word->span);
        ARENA_PUSH(parser->arena, *into, statement);
    } else if (parse_at_domain_operation(parser, false)) {
        Stmt *statement = parse_new_statement(parser, STMT_OPERATION, word->span);
        statement->operation = parse_domain_operation(parser);
        statement->span = parser_span_from(parser, word->span);
        ARENA_PUSH(parser->arena, *into, statement);
    } else {
        return false;
    }
    parser_end_statement(parser, arena_format(parser->arena, "'%s'", word->text));
    return true;
}

/* in as_completed(f(3), t): behind `for r in`. */
bool parse_as_completed(Parser *parser, Stmt *statement)
{
    if (!parser_at_word(parser, "as_completed") || parser_peek_at(parser, 1)->kind != TOKEN_LEFT_PAREN)
        return false;
    parser_advance(parser);
    const Token *open = parser_open_bracket(parser);
    parse_awaitables(parser, &statement->values, "as_completed");
    parser_close_bracket(parser, TOKEN_RIGHT_PAREN, open);
    statement->kind = STMT_AS_COMPLETED;
    return true;
}
