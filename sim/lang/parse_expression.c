/* parse_expression.c: operators by precedence climbing, and what stands between them. */
#include <string.h>

#include "lang/parse.h"

static Expr *parse_unary(Parser *parser);

Expr *parse_new_expression(Parser *parser, ExprKind kind, Span span)
{
    Expr *expr = ARENA_NEW(parser->arena, Expr);
    expr->kind = kind;
    expr->span = span;
    expr->height = 1;
    return expr;
}

Expr *parse_invalid(Parser *parser, Span span)
{
    Expr *expr = parse_new_expression(parser, EXPR_INTEGER, span);
    expr->is_invalid = true;
    return expr;
}

static uint16_t height_of(const Expr *expr)
{
    return expr == NULL ? 0 : expr->height;
}

static uint16_t taller(uint16_t height, const Expr *expr)
{
    return height_of(expr) > height ? height_of(expr) : height;
}

void parse_finish_expression(Parser *parser, Expr *expr)
{
    uint16_t height = 0;
    const Expr *children[] = {expr->a, expr->b, expr->c, expr->index, expr->place, expr->object, expr->instance};
    for (size_t i = 0; i < sizeof children / sizeof *children; i++)
        height = taller(height, children[i]);
    for (uint32_t i = 0; i < expr->arguments.count; i++)
        height = taller(height, expr->arguments.items[i]);
    if (expr->operation != NULL) {
        height = taller(height, expr->operation->a);
        height = taller(height, expr->operation->object);
        height = taller(height, expr->operation->with_object);
        for (uint32_t i = 0; i < expr->operation->targets.count; i++)
            height = taller(height, expr->operation->targets.items[i]);
    }
    expr->height = (uint16_t)(height + 1);
    expr->span = parser_span_from(parser, expr->span);
    if (expr->height > EXPR_MAX_HEIGHT) {
        if (parser_error(parser, expr->span, "the expression is too long"))
            parser_hint(parser, "compute it in several statements");
        Span span = expr->span;
        *expr = (Expr){.kind = EXPR_INTEGER, .span = span, .is_invalid = true, .height = 1};
    }
}

/* The current token when it goes on with the expression, not on a new line. */
static TokenKind continuation(const Parser *parser)
{
    const Token *token = parser_peek(parser);
    return token->after_newline && parser->brackets == 0 ? TOKEN_END : token->kind;
}

/* ------------------------------------------------------- pieces with brackets */

static const Token *open_bracket(Parser *parser)
{
    parser->brackets++;
    return parser_advance(parser);
}

static void close_bracket(Parser *parser, TokenKind kind, const Token *open)
{
    parser_close(parser, kind, open);
    if (parser->brackets > 0)
        parser->brackets--;
}

static void parse_index(Parser *parser, Expr *expr)
{
    const Token *open = open_bracket(parser);
    if (parser_at(parser, TOKEN_RIGHT_BRACKET))
        parser_error_expected(parser, "an index");
    expr->index = parse_expression(parser);
    close_bracket(parser, TOKEN_RIGHT_BRACKET, open);
    if (continuation(parser) == TOKEN_LEFT_BRACKET && parser_error(parser, parser_peek(parser)->span, "arrays have one dimension"))
        parser_hint(parser, "compute the index, as in a[row * WIDTH + column]");
}

/* The arguments up to the closing parenthesis; at `(`. */
static void parse_arguments(Parser *parser, ExprList *arguments)
{
    const Token *open = open_bracket(parser);
    while (!parser_at(parser, TOKEN_RIGHT_PAREN) && !parser->panics) {
        Expr *argument = parse_expression(parser);
        ARENA_PUSH(parser->arena, *arguments, argument);
        if (!parser_accept(parser, TOKEN_COMMA))
            break;
    }
    close_bracket(parser, TOKEN_RIGHT_PAREN, open);
}

Expr *parse_place(Parser *parser, const char *what)
{
    const Token *first = parser_peek(parser);
    if (first->kind == TOKEN_LEFT_PAREN && continuation(parser) == TOKEN_LEFT_PAREN && parser_enter(parser)) {
        const Token *open = open_bracket(parser);
        Expr *inner = parse_place(parser, what);
        close_bracket(parser, TOKEN_RIGHT_PAREN, open);
        parser_leave(parser);
        return inner;
    }
    if (first->kind == TOKEN_AND || first->kind == TOKEN_STAR) {
        parser_note_error(parser, first->span, "there are no pointers, '%s' has no meaning here", token_spelling(first->kind));
        const Token *name = parser_peek_at(parser, 1);
        if (name->kind == TOKEN_NAME)
            parser_hint(parser, "write '%s' alone", name->text);
        parser_advance(parser);
    }
    const Token *name = parser_expect_name(parser, what);
    if (name == NULL)
        return parse_invalid(parser, first->span);
    Expr *expr = parse_new_expression(parser, EXPR_NAME, name->span);
    expr->name = name->text;
    if (continuation(parser) == TOKEN_LEFT_BRACKET)
        parse_index(parser, expr);
    parse_finish_expression(parser, expr);
    if (expr->is_invalid)
        return parse_invalid(parser, expr->span);
    return expr;
}

Expr *parse_condition(Parser *parser, const char *word)
{
    const Token *open = parser_peek(parser);
    if (continuation(parser) == TOKEN_LEFT_PAREN) {
        open_bracket(parser);
    } else {
        parser_note_error(parser, open->after_newline ? parser_span_behind(parser) : open->span,
                          "the condition of '%s' stands in parentheses", word);
        if (!parser->panics)
            parser_hint(parser, "write '%s (...)'", word);
        if (parser_at_end_of_statement(parser) || parser_at(parser, TOKEN_LEFT_BRACE))
            return parse_invalid(parser, open->span);
        open = NULL;
    }
    Expr *expr = parse_expression(parser);
    if (parser_at(parser, TOKEN_ASSIGN)) {
        if (parser_note_error(parser, parser_peek(parser)->span, "'=' assigns, a comparison is written '=='"))
            parser_hint(parser, "write '=='");
        parser_advance(parser);
        parse_expression(parser);
        expr = parse_invalid(parser, expr->span);
    }
    if (open != NULL) {
        close_bracket(parser, TOKEN_RIGHT_PAREN, open);
        /* `if (a) && (b) {`: one condition, of which the parentheses hold only a part */
        TokenKind next = continuation(parser);
        if (!parser->panics && (next == TOKEN_AND_AND || next == TOKEN_OR_OR)) {
            if (parser_error(parser, parser_peek(parser)->span, "the condition of '%s' stands in parentheses as a whole", word))
                parser_hint(parser, "write '%s ((a) %s (b))'", word, token_spelling(next));
        }
    }
    return expr;
}

/* --------------------------------------------------------------- built-ins */

/* `word(`; false with a report when there is no parenthesis. */
static const Token *expect_open(Parser *parser, const char *word)
{
    if (continuation(parser) == TOKEN_LEFT_PAREN)
        return open_bracket(parser);
    parser_error_expected(parser, arena_format(parser->arena, "'(' after '%s'", word));
    return NULL;
}

static Expr *parse_min_max_abs(Parser *parser, ExprKind kind)
{
    const Token *word = parser_advance(parser);
    Expr *expr = parse_new_expression(parser, kind, word->span);
    if (continuation(parser) != TOKEN_LEFT_PAREN) {
        expect_open(parser, word->text);
        return expr;
    }
    parse_arguments(parser, &expr->arguments);
    parse_finish_expression(parser, expr);
    if (!expr->is_invalid && (kind == EXPR_ABS ? expr->arguments.count != 1 : expr->arguments.count == 0))
        parser_note_error(parser, expr->span, kind == EXPR_ABS ? "'%s' takes one value" : "'%s' needs at least one value", word->text);
    return expr;
}

static Expr *parse_choose(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Expr *expr = parse_new_expression(parser, EXPR_CHOOSE, word->span);
    const Token *open = expect_open(parser, word->text);
    if (open == NULL)
        return expr;
    if (parser_at(parser, TOKEN_RIGHT_PAREN)) {
        parser_error_expected(parser, "a value to choose");
        parser_advance(parser);
        parser->brackets -= parser->brackets > 0;
        return expr;
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
    close_bracket(parser, TOKEN_RIGHT_PAREN, open);
    parse_finish_expression(parser, expr);
    return expr;
}

static Expr *parse_read_modify_write(Parser *parser, ExprKind kind)
{
    const Token *word = parser_advance(parser);
    Expr *expr = parse_new_expression(parser, kind, word->span);
    const Token *open = expect_open(parser, word->text);
    if (open == NULL)
        return expr;
    const char *form = kind == EXPR_CAS ? "cas(x, old, new)" : kind == EXPR_FETCH_ADD ? "fetch_add(x, n)" : "exchange(x, v)";
    expr->place = parse_place(parser, "a variable");
    ExprList values = {0};
    while (!parser->panics && parser_accept(parser, TOKEN_COMMA)) {
        Expr *value = parse_expression(parser);
        ARENA_PUSH(parser->arena, values, value);
    }
    close_bracket(parser, TOKEN_RIGHT_PAREN, open);
    expr->a = values.count > 0 ? values.items[0] : parse_invalid(parser, expr->span);
    if (kind == EXPR_CAS)
        expr->b = values.count > 1 ? values.items[1] : parse_invalid(parser, expr->span);
    parse_finish_expression(parser, expr);
    uint32_t wanted = kind == EXPR_CAS ? 2 : 1;
    if (!parser->panics && !expr->is_invalid && values.count != wanted) {
        parser_note_error(parser, expr->span, "'%s' takes a variable and %s", word->text, wanted == 2 ? "two values" : "one value");
        parser_hint(parser, "write '%s'", form);
    }
    return expr;
}

static Expr *parse_length_closed(Parser *parser, ExprKind kind)
{
    const Token *word = parser_advance(parser);
    Expr *expr = parse_new_expression(parser, kind, word->span);
    if (continuation(parser) != TOKEN_LEFT_PAREN) {
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

static Expr *parse_spawn(Parser *parser)
{
    const Token *word = parser_advance(parser);
    const Token *name = parser_expect_name(parser, "a function after 'spawn'");
    if (name == NULL)
        return parse_invalid(parser, word->span);
    Expr *expr = parse_new_expression(parser, EXPR_SPAWN, word->span);
    expr->name = name->text;
    if (continuation(parser) == TOKEN_LEFT_PAREN) {
        parse_arguments(parser, &expr->arguments);
    } else if (parser_error_expected(parser, arena_format(parser->arena, "'(' after 'spawn %s'", name->text))) {
        parser_hint(parser, "write 'spawn %s()'", name->text);
    }
    parse_finish_expression(parser, expr);
    return expr;
}

/* ----------------------------------------------------------------- primary */

/* `thread.local`, `thread[1].local`; at the dot. */
static Expr *parse_member(Parser *parser, Expr *thread)
{
    const Token *dot = parser_advance(parser);
    const Token *member = parser_peek(parser);
    if ((member->kind != TOKEN_NAME && !token_is_keyword(member->kind)) || member->after_newline) {
        parser_error_expected(parser, "the name of a local variable after '.'");
        return thread;
    }
    parser_advance(parser);
    if (continuation(parser) == TOKEN_LEFT_PAREN) {
        if (parser_error(parser, parser_span_from(parser, dot->span), "objects have no methods")) {
            bool is_operation = token_is_keyword(member->kind) && token_keyword_class(member->kind) == KEYWORD_IS_OPERATION;
            if (is_operation && member->kind == KEYWORD_PUT)
                parser_hint(parser, "write 'put %s, ...'", thread->name);
            else if (is_operation)
                parser_hint(parser, "write '%s %s'", member->text, thread->name);
            else
                parser_hint(parser, "an operation is a word before its object, as in 'lock m' or 'put q, 1'");
        }
        return thread;
    }
    if (member->kind != TOKEN_NAME) {
        parser_error(parser, member->span, "'%s' is a word of the language, not a local variable", member->text);
        return thread;
    }
    Expr *expr = parse_new_expression(parser, EXPR_MEMBER, thread->span);
    expr->thread_name = thread->name;
    expr->thread_span = thread->span;
    expr->instance = thread->index;
    expr->name = member->text;
    if (continuation(parser) == TOKEN_LEFT_BRACKET)
        parse_index(parser, expr);
    parse_finish_expression(parser, expr);
    return expr;
}

static Expr *parse_name(Parser *parser)
{
    const Token *name = parser_advance(parser);
    const Token *next = parser_peek(parser);
    if (strcmp(name->text, "not") == 0 && continuation(parser) == TOKEN_NAME) {
        if (parser_note_error(parser, name->span, "'not' is written '!'"))
            parser_hint(parser, "write '!%s'", next->text);
        return parse_unary(parser);
    }
    if (continuation(parser) == TOKEN_LEFT_PAREN) {
        Expr *call = parse_new_expression(parser, EXPR_CALL, name->span);
        call->name = name->text;
        parse_arguments(parser, &call->arguments);
        parse_finish_expression(parser, call);
        return call;
    }
    Expr *expr = parse_new_expression(parser, EXPR_NAME, name->span);
    expr->name = name->text;
    if (continuation(parser) == TOKEN_LEFT_BRACKET)
        parse_index(parser, expr);
    parse_finish_expression(parser, expr);
    if (!expr->is_invalid && continuation(parser) == TOKEN_DOT)
        return parse_member(parser, expr);
    return expr;
}

static Expr *parse_keyword_value(Parser *parser)
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
    case KEYWORD_SPAWN: return parse_spawn(parser);
    case KEYWORD_GET:
        if (parser_error(parser, word->span, "'get' can only be the whole right side of an assignment"))
            parser_hint(parser, "write 'local x = get q' first, then use x");
        break;
    case KEYWORD_AWAIT:
        parser_error(parser, word->span, "'await' for a value is not supported yet");
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

/* A value may begin a new line only where the line before cannot end. */
static bool is_continued(const Parser *parser)
{
    const Token *token = parser_peek(parser);
    if (!token->after_newline || parser->brackets > 0 || parser->at == parser->fresh)
        return true;
    TokenKind before = parser_previous(parser)->kind;
    return before == TOKEN_COMMA || before == TOKEN_QUESTION || before == TOKEN_COLON || before == TOKEN_LEFT_BRACE ||
           (before >= TOKEN_AND_AND && before <= TOKEN_TILDE && before != TOKEN_ASSIGN);
}

static Expr *parse_primary(Parser *parser)
{
    const Token *token = parser_peek(parser);
    if (!is_continued(parser)) {
        parser_error_expected(parser, "a value");
        return parse_invalid(parser, parser_span_behind(parser));
    }
    switch (token->kind) {
    case TOKEN_INTEGER: {
        Expr *expr = parse_new_expression(parser, EXPR_INTEGER, parser_advance(parser)->span);
        if (token->value > INT64_MAX) {
            parser_note_error(parser, token->span, "the number does not fit 64 bits");
            if (!parser->panics)
                parser_hint(parser, "the greatest is 9223372036854775807");
        } else {
            expr->value = (int64_t)token->value;
        }
        return expr;
    }
    case TOKEN_NAME: return parse_name(parser);
    case TOKEN_LEFT_PAREN: {
        if (!parser_enter(parser))
            return parse_invalid(parser, token->span);
        const Token *open = open_bracket(parser);
        Expr *expr = parse_expression(parser);
        close_bracket(parser, TOKEN_RIGHT_PAREN, open);
        parser_leave(parser);
        expr->is_parenthesised = true;
        expr->span = parser_span_from(parser, open->span);
        return expr;
    }
    case TOKEN_STRING:
        parser_error(parser, token->span, "a text can only stand in 'print' and 'assert'");
        return parse_invalid(parser, token->span);
    case TOKEN_AND:
    case TOKEN_STAR:
        if (parser_note_error(parser, token->span, "there are no pointers, '%s' has no meaning here", token_spelling(token->kind))) {
            const Token *name = parser_peek_at(parser, 1);
            if (name->kind == TOKEN_NAME)
                parser_hint(parser, "write '%s' alone", name->text);
        }
        parser_advance(parser);
        return parse_unary(parser);
    case TOKEN_PLUS_PLUS:
    case TOKEN_MINUS_MINUS:
        if (parser_error(parser, token->span, "'%s' is a statement of its own, behind its variable", token_spelling(token->kind))) {
            const Token *name = parser_peek_at(parser, 1);
            parser_hint(parser, "write '%s%s' on a line of its own", name->kind == TOKEN_NAME ? name->text : "x",
                        token_spelling(token->kind));
        }
        return parse_invalid(parser, token->span);
    default:
        if (token_is_keyword(token->kind))
            return parse_keyword_value(parser);
        parser_error_expected(parser, "a value");
        return parse_invalid(parser, token->span);
    }
}

/* --------------------------------------------------------------- operators */

static Expr *parse_unary(Parser *parser)
{
    const Token *token = parser_peek(parser);
    UnaryOp op;
    switch (token->kind) {
    case TOKEN_MINUS: op = UNARY_NEGATE; break;
    case TOKEN_NOT: op = UNARY_NOT; break;
    case TOKEN_TILDE: op = UNARY_COMPLEMENT; break;
    case TOKEN_PLUS: op = UNARY_PLUS; break;
    default: return parse_primary(parser);
    }
    if (!is_continued(parser))
        return parse_primary(parser);
    const Token *number = parser_peek_at(parser, 1);
    parser_advance(parser);
    /* the smallest number is the only one whose digits alone do not fit */
    if (op == UNARY_NEGATE && number->kind == TOKEN_INTEGER && number->value == (uint64_t)INT64_MAX + 1) {
        parser_advance(parser);
        Expr *smallest = parse_new_expression(parser, EXPR_INTEGER, parser_span_from(parser, token->span));
        smallest->value = INT64_MIN;
        return smallest;
    }
    Expr *expr = parse_new_expression(parser, EXPR_UNARY, token->span);
    expr->unary = op;
    if (!parser_enter(parser))
        return parse_invalid(parser, token->span);
    expr->a = parse_unary(parser);
    parser_leave(parser);
    parse_finish_expression(parser, expr);
    return expr;
}

static int precedence_of(TokenKind kind, BinaryOp *op)
{
    static const struct {
        BinaryOp op;
        int precedence;
    } table[TOKEN_KIND_COUNT] = {
        [TOKEN_OR_OR] = {BINARY_OR, 1},          [TOKEN_AND_AND] = {BINARY_AND, 2},
        [TOKEN_OR] = {BINARY_BIT_OR, 3},         [TOKEN_XOR] = {BINARY_BIT_XOR, 4},
        [TOKEN_AND] = {BINARY_BIT_AND, 5},       [TOKEN_EQUAL] = {BINARY_EQUAL, 6},
        [TOKEN_NOT_EQUAL] = {BINARY_NOT_EQUAL, 6}, [TOKEN_LESS] = {BINARY_LESS, 7},
        [TOKEN_LESS_EQUAL] = {BINARY_LESS_EQUAL, 7}, [TOKEN_GREATER] = {BINARY_GREATER, 7},
        [TOKEN_GREATER_EQUAL] = {BINARY_GREATER_EQUAL, 7}, [TOKEN_SHIFT_LEFT] = {BINARY_SHIFT_LEFT, 8},
        [TOKEN_SHIFT_RIGHT] = {BINARY_SHIFT_RIGHT, 8}, [TOKEN_PLUS] = {BINARY_ADD, 9},
        [TOKEN_MINUS] = {BINARY_SUBTRACT, 9},    [TOKEN_STAR] = {BINARY_MULTIPLY, 10},
        [TOKEN_SLASH] = {BINARY_DIVIDE, 10},     [TOKEN_PERCENT] = {BINARY_REMAINDER, 10},
    };
    *op = table[kind].op;
    return table[kind].precedence;
}

static Expr *parse_binary(Parser *parser, int least)
{
    Expr *left = parse_unary(parser);
    while (!parser->panics) {
        BinaryOp op;
        int precedence = precedence_of(continuation(parser), &op);
        if (precedence == 0 || precedence < least)
            break;
        parser_advance(parser);
        Expr *expr = parse_new_expression(parser, EXPR_BINARY, left->span);
        expr->binary = op;
        expr->a = left;
        expr->b = parse_binary(parser, precedence + 1);
        parse_finish_expression(parser, expr);
        left = expr;
    }
    return left;
}

Expr *parse_expression(Parser *parser)
{
    if (!parser_enter(parser))
        return parse_invalid(parser, parser_peek(parser)->span);
    Expr *expr = parse_binary(parser, 1);
    if (!parser->panics && continuation(parser) == TOKEN_QUESTION) {
        parser_advance(parser);
        Expr *conditional = parse_new_expression(parser, EXPR_CONDITIONAL, expr->span);
        conditional->a = expr;
        conditional->b = parse_expression(parser);
        if (parser_at(parser, TOKEN_COLON) && continuation(parser) == TOKEN_COLON)
            parser_advance(parser);
        else
            parser_error_expected(parser, "':' of '? :'");
        conditional->c = parse_expression(parser);
        parse_finish_expression(parser, conditional);
        expr = conditional;
    }
    parser_leave(parser);
    return expr;
}

Expr *parse_right_side(Parser *parser)
{
    const Token *token = parser_peek(parser);
    if (token->kind != KEYWORD_GET || parser_at_end_of_statement(parser))
        return parse_expression(parser);
    Expr *expr = parse_new_expression(parser, EXPR_GET, token->span);
    expr->operation = parse_operation_statement(parser);
    parse_finish_expression(parser, expr);
    return expr;
}
