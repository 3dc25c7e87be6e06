/* parse_builtin.c: values that begin with a word: min, choose, cas, try, spawn and the like. */
#include <string.h>

#include "lang/parse.h"

/* `word(`; false with a report when there is no parenthesis. */
static const Token *expect_open(Parser *parser, const char *word)
{
    if (parser_continuation(parser) == TOKEN_LEFT_PAREN)
        return parser_open_bracket(parser);
    parser_error_expected(parser, arena_format(parser->arena, "'(' after '%s'", word));
    return NULL;
}

static Expr *parse_min_max_abs(Parser *parser, ExprKind kind)
{
    const Token *word = parser_advance(parser);
    Expr *expr = parse_new_expression(parser, kind, word->span);
    if (parser_continuation(parser) != TOKEN_LEFT_PAREN) {
        expect_open(parser, word->text);
        return parse_invalid(parser, word->span);
    }
    parse_arguments(parser, &expr->arguments);
    parse_finish_expression(parser, expr);
    if (!expr->is_invalid && (kind == EXPR_ABS ? expr->arguments.count != 1 : expr->arguments.count == 0))
        parser_note_error(parser, expr->span,
                          kind == EXPR_ABS ? "'%s' takes one value" : "'%s' needs at least one value", word->text);
    return expr;
}

static Expr *parse_choose(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Expr *expr = parse_new_expression(parser, EXPR_CHOOSE, word->span);
    const Token *open = expect_open(parser, word->text);
    if (open == NULL)
        return parse_invalid(parser, word->span);
    if (parser_at(parser, TOKEN_RIGHT_PAREN)) {
        parser_note_error(parser, word->span, "'choose' needs at least one value");
        parser_close_bracket(parser, TOKEN_RIGHT_PAREN, open);
        return parse_invalid(parser, word->span);
    }
    Expr *first = parse_expression(parser);
    if (parser_at(parser, TOKEN_RANGE) || parser_at(parser, TOKEN_RANGE_CLOSED)) {
        expr->is_range = true;
        expr->is_closed = parser_advance(parser)->kind == TOKEN_RANGE_CLOSED;
        expr->a = first;
        expr->b = parse_expression(parser);
    } else {
        ARENA_PUSH(parser->arena, expr->arguments, first);
        while (!parser->panics && parser_accept(parser, TOKEN_COMMA)) {
            Expr *next = parse_expression(parser);
            ARENA_PUSH(parser->arena, expr->arguments, next);
        }
    }
    parser_close_bracket(parser, TOKEN_RIGHT_PAREN, open);
    parse_finish_expression(parser, expr);
    return expr;
}

static Expr *parse_read_modify_write(Parser *parser, ExprKind kind)
{
    const Token *word = parser_advance(parser);
    Expr *expr = parse_new_expression(parser, kind, word->span);
    const Token *open = expect_open(parser, word->text);
    if (open == NULL)
        return parse_invalid(parser, word->span);
    const char *form = kind == EXPR_CAS         ? "cas(x, old, new)"
                       : kind == EXPR_FETCH_ADD ? "fetch_add(x, n)"
                                                : "exchange(x, v)";
    bool is_value = !parser->panics && parser_at(parser, TOKEN_INTEGER);
    expr->place = parse_place(parser, "a variable");
    if (is_value)
        parser_hint(parser, "name the 'shared' or 'atomic' variable that is read and written");
    ExprList values = {0};
    while (!parser->panics && parser_accept(parser, TOKEN_COMMA)) {
        Expr *value = parse_expression(parser);
        ARENA_PUSH(parser->arena, values, value);
    }
    parser_close_bracket(parser, TOKEN_RIGHT_PAREN, open);
    expr->a = values.count > 0 ? values.items[0] : parse_invalid(parser, expr->span);
    if (kind == EXPR_CAS)
        expr->b = values.count > 1 ? values.items[1] : parse_invalid(parser, expr->span);
    parse_finish_expression(parser, expr);
    uint32_t wanted = kind == EXPR_CAS ? 2 : 1;
    if (!parser->panics && !expr->is_invalid && values.count != wanted) {
        parser_note_error(parser, expr->span, "'%s' takes a variable and %s", word->text,
                          wanted == 2 ? "two values" : "one value");
        parser_hint(parser, "write '%s'", form);
    }
    return expr;
}

static Expr *parse_length_closed(Parser *parser, ExprKind kind)
{
    const Token *word = parser_advance(parser);
    Expr *expr = parse_new_expression(parser, kind, word->span);
    if (parser_continuation(parser) != TOKEN_LEFT_PAREN) {
        expect_open(parser, word->text);
        return parse_invalid(parser, word->span);
    }
    expr->object = parse_place(parser, kind == EXPR_LENGTH ? "a queue or an array" : "a queue");
    parse_finish_expression(parser, expr);
    return expr;
}

static Expr *parse_try(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Expr *expr = parse_new_expression(parser, EXPR_TRY, word->span);
    expr->operation = parse_operation(parser);
    parse_finish_expression(parser, expr);
    return expr;
}

/* What was declared above, and is no function. */
static bool is_other_symbol(const Parser *parser, const char *name)
{
    const SymbolList *known = &parser->parsed->scenario->symbols;
    for (uint32_t i = 0; i < known->count; i++)
        if (strcmp(known->items[i]->name, name) == 0)
            return known->items[i]->kind != SYMBOL_FUNCTION;
    return false;
}

static Expr *parse_spawn(Parser *parser)
{
    const Token *word = parser_advance(parser);
    SpawnMode mode = word->kind == KEYWORD_FORK ? SPAWN_FORK : SPAWN_THREAD;
    if (mode == SPAWN_THREAD && parser_at_word(parser, "process") && parser_peek_at(parser, 1)->kind == TOKEN_NAME) {
        parser_advance(parser);
        mode = SPAWN_PROCESS;
    }
    uint32_t errors = parser->diagnostics->errors;
    const Token *next = parser_peek(parser);
    const Token *name = parser_expect_name(parser, arena_format(parser->arena, "a function after '%s'", word->text));
    if (name == NULL && parser->diagnostics->errors > errors && !token_is_keyword(next->kind))
        parser_hint(parser, "write '%s f()'", word->text);
    if (name == NULL)
        return parse_invalid(parser, word->span);
    Expr *expr = parse_new_expression(parser, EXPR_SPAWN, word->span);
    expr->name = name->text;
    expr->spawn = mode;
    if (parser_continuation(parser) == TOKEN_LEFT_PAREN) {
        parse_arguments(parser, &expr->arguments);
    } else if (is_other_symbol(parser, name->text) && parser_at_end_of_statement(parser)) {
        /* resolve reports it */
    } else if (parser_error_expected(parser, arena_format(parser->arena, "'(' after '%s %s'", word->text, name->text))) {
        parser_hint(parser, "write '%s %s()'", word->text, name->text);
    }
    parse_finish_expression(parser, expr);
    return expr;
}

Expr *parse_keyword_value(Parser *parser)
{
    const Token *word = parser_peek(parser);
    switch (word->kind) {
    case KEYWORD_TRUE:
    case KEYWORD_FALSE: {
        Expr *expr = parse_new_expression(parser, EXPR_INTEGER, parser_advance(parser)->span);
        expr->value = word->kind == KEYWORD_TRUE;
        expr->name = word->text;
        return expr;
    }
    case KEYWORD_SELF: return parse_new_expression(parser, EXPR_SELF, parser_advance(parser)->span);
    case KEYWORD_MIN: return parse_min_max_abs(parser, EXPR_MIN);
    case KEYWORD_MAX: return parse_min_max_abs(parser, EXPR_MAX);
    case KEYWORD_ABS: return parse_min_max_abs(parser, EXPR_ABS);
    case KEYWORD_LEN: return parse_length_closed(parser, EXPR_LENGTH);
    case KEYWORD_CLOSED: return parse_length_closed(parser, EXPR_CLOSED);
    case KEYWORD_CHOOSE: return parse_choose(parser);
    case KEYWORD_CAS: return parse_read_modify_write(parser, EXPR_CAS);
    case KEYWORD_FETCH_ADD: return parse_read_modify_write(parser, EXPR_FETCH_ADD);
    case KEYWORD_EXCHANGE: return parse_read_modify_write(parser, EXPR_EXCHANGE);
    case KEYWORD_TRY: return parse_try(parser);
    case KEYWORD_FORK:
    case KEYWORD_SPAWN: return parse_spawn(parser);
    case KEYWORD_GET:
        if (parser_error(parser, word->span, "'get' can only be the whole right side of an assignment"))
            parser_hint(parser, "write 'local x = get q' first, then use x");
        break;
    case KEYWORD_AWAIT:
        if (parser_error(parser, word->span, "'await' can only be the whole right side of an assignment"))
            parser_hint(parser, "write 'local x = await ...' first, then use x");
        break;
    default:
        if (token_keyword_class(word->kind) == KEYWORD_IS_OPERATION) {
            if (parser_error(parser, word->span, "'%s' is a statement and has no value", word->text))
                parser_hint(parser, "'try %s ...' tells whether it was possible", word->text);
        } else {
            parser_error_expected(parser, "a value");
        }
        break;
    }
    return parse_invalid(parser, word->span);
}
