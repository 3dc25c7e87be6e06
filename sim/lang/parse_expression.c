/* parse_expression.c: operators by precedence climbing, and what stands between them. */
#include <string.h>

#include "lang/foreign.h"
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

/* ------------------------------------------------------- pieces with brackets */

static void parse_index(Parser *parser, Expr *expr)
{
    const Token *open = parser_open_bracket(parser);
    if (parser_at(parser, TOKEN_RIGHT_BRACKET))
        parser_error_expected(parser, "an index");
    expr->index = parse_expression(parser);
    parser_close_bracket(parser, TOKEN_RIGHT_BRACKET, open);
    if (parser_continuation(parser) == TOKEN_LEFT_BRACKET &&
        parser_error(parser, parser_peek(parser)->span, "arrays have one dimension"))
        parser_hint(parser, "compute the index, as in a[row * WIDTH + column]");
}

/* The arguments up to the closing parenthesis; at `(`. */
void parse_arguments(Parser *parser, ExprList *arguments)
{
    const Token *open = parser_open_bracket(parser);
    while (!parser_at(parser, TOKEN_RIGHT_PAREN) && !parser->panics) {
        Expr *argument = parse_expression(parser);
        ARENA_PUSH(parser->arena, *arguments, argument);
        if (!parser_accept(parser, TOKEN_COMMA))
            break;
    }
    parser_close_bracket(parser, TOKEN_RIGHT_PAREN, open);
}

Expr *parse_place(Parser *parser, const char *what)
{
    const Token *first = parser_peek(parser);
    if (first->kind == TOKEN_LEFT_PAREN && parser_continuation(parser) == TOKEN_LEFT_PAREN && parser_enter(parser)) {
        const Token *open = parser_open_bracket(parser);
        Expr *inner = parse_place(parser, what);
        parser_close_bracket(parser, TOKEN_RIGHT_PAREN, open);
        parser_leave(parser);
        return inner;
    }
    if (first->kind == TOKEN_AND || first->kind == TOKEN_STAR) {
        parser_note_error(parser, first->span, "there are no pointers, '%s' has no meaning here",
                          token_spelling(first->kind));
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
    if (parser_continuation(parser) == TOKEN_LEFT_BRACKET)
        parse_index(parser, expr);
    parse_finish_expression(parser, expr);
    if (expr->is_invalid)
        return parse_invalid(parser, expr->span);
    return expr;
}

static bool touches(const Token *left, const Token *right)
{
    return left->span.offset + left->span.length == right->span.offset;
}

void parse_report_assign(Parser *parser)
{
    const Token *assign = parser_peek(parser), *next = parser_peek_at(parser, 1);
    if (next->kind == TOKEN_GREATER && touches(assign, next)) {
        if (parser_note_error(parser, assign->span, "'=>' is no comparison"))
            parser_hint(parser, "write '>='");
    } else if (parser_note_error(parser, assign->span, "'=' assigns, a comparison is written '=='")) {
        parser_hint(parser, "write '=='");
    }
}

Expr *parse_condition(Parser *parser, const char *word)
{
    const Token *open = parser_peek(parser);
    if (parser_continuation(parser) == TOKEN_LEFT_PAREN) {
        parser_open_bracket(parser);
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
    if (parser_at(parser, TOKEN_ASSIGN) && parser_peek_at(parser, 1)->kind == KEYWORD_GET) {
        if (parser_error(parser, parser_peek(parser)->span, "'get' in a condition needs 'try'"))
            parser_hint(parser, "write 'try x = get q': 1 when there was an item");
    } else if (parser_at(parser, TOKEN_ASSIGN)) {
        parse_report_assign(parser);
        if (touches(parser_advance(parser), parser_peek(parser)))
            parser_accept(parser, TOKEN_GREATER);
        parse_expression(parser);
        expr = parse_invalid(parser, expr->span);
    }
    if (open != NULL) {
        parser_close_bracket(parser, TOKEN_RIGHT_PAREN, open);
        /* `if (a) && (b) {`: one condition, of which the parentheses hold only a part */
        TokenKind next = parser_continuation(parser);
        if (!parser->panics && (next == TOKEN_AND_AND || next == TOKEN_OR_OR)) {
            if (parser_error(parser, parser_peek(parser)->span,
                             "the condition of '%s' stands in parentheses as a whole", word))
                parser_hint(parser, "write '%s ((a) %s (b))'", word, token_spelling(next));
        }
    }
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
        return parse_invalid(parser, thread->span);
    }
    parser_advance(parser);
    if (parser_continuation(parser) == TOKEN_LEFT_PAREN) {
        if (parser_error(parser, parser_span_from(parser, dot->span), "objects have no methods")) {
            bool is_operation =
                token_is_keyword(member->kind) && token_keyword_class(member->kind) == KEYWORD_IS_OPERATION;
            const char *meant = foreign_method(parser->arena, member->text, thread->name);
            if (meant != NULL)
                parser_hint(parser, "%s", meant);
            else if (is_operation && member->kind == KEYWORD_PUT)
                parser_hint(parser, "write 'put %s, ...'", thread->name);
            else if (is_operation)
                parser_hint(parser, "write '%s %s'", member->text, thread->name);
            else
                parser_hint(parser, "an operation is a word before its object, as in 'lock m' or 'put q, 1'");
        }
        return parse_invalid(parser, thread->span);
    }
    if (member->kind != TOKEN_NAME) {
        parser_error(parser, member->span, "'%s' is a word of the language, not a local variable", member->text);
        return parse_invalid(parser, thread->span);
    }
    Expr *expr = parse_new_expression(parser, EXPR_MEMBER, thread->span);
    expr->thread_name = thread->name;
    expr->thread_span = thread->span;
    expr->instance = thread->index;
    expr->name = member->text;
    if (parser_continuation(parser) == TOKEN_LEFT_BRACKET)
        parse_index(parser, expr);
    parse_finish_expression(parser, expr);
    return expr;
}

static Expr *parse_name(Parser *parser)
{
    const Token *name = parser_advance(parser);
    const Token *next = parser_peek(parser);
    if (strcmp(name->text, "not") == 0 && parser_continuation(parser) == TOKEN_NAME) {
        if (parser_note_error(parser, name->span, "'not' is written '!'"))
            parser_hint(parser, "write '!%s'", next->text);
        return parse_unary(parser);
    }
    const char *operation = parser_continuation(parser) == TOKEN_NAME ? foreign_method(parser->arena, name->text, next->text) : NULL;
    if (operation != NULL) { /* `x = pop q` */
        if (parser_error(parser, name->span, "'%s' is not a word of the language", name->text))
            parser_hint(parser, "%s", operation);
        return parse_invalid(parser, name->span);
    }
    if (parser_continuation(parser) == TOKEN_LEFT_PAREN) {
        Expr *call = parse_new_expression(parser, EXPR_CALL, name->span);
        call->name = name->text;
        parse_arguments(parser, &call->arguments);
        parse_finish_expression(parser, call);
        return call;
    }
    Expr *expr = parse_new_expression(parser, EXPR_NAME, name->span);
    expr->name = name->text;
    if (parser_continuation(parser) == TOKEN_LEFT_BRACKET)
        parse_index(parser, expr);
    parse_finish_expression(parser, expr);
    if (!expr->is_invalid && parser_continuation(parser) == TOKEN_DOT)
        return parse_member(parser, expr);
    return expr;
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

/* What stands where a value should: operators that are written otherwise elsewhere, lists in square brackets. */
static void hint_instead_of_value(Parser *parser, const Token *found)
{
    const Token *before = parser_previous(parser);
    bool is_joined = touches(before, found);
    if (is_joined && before->kind == TOKEN_LESS && found->kind == TOKEN_GREATER)
        parser_hint(parser, "'<>' is written '!='");
    else if (is_joined && (before->kind == TOKEN_EQUAL || before->kind == TOKEN_NOT_EQUAL) && found->kind == TOKEN_ASSIGN)
        parser_hint(parser, "write '%s'", token_spelling(before->kind));
    else if (is_joined && before->kind == TOKEN_ASSIGN && found->kind == TOKEN_GREATER)
        parser_hint(parser, "'=>' is written '>='");
    else if (found->kind == TOKEN_LEFT_BRACKET)
        parser_hint(parser, "the values of an array stand in braces, behind its length: a[3] = {1, 2, 3}");
}

static bool is_closed_text(const Parser *parser, const Token *text)
{
    const char *begin = parser->source->text + text->span.offset;
    return text->span.length > 1 && begin[text->span.length - 1] == begin[0];
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
    case TOKEN_DECIMAL:
        if (parser_note_error(parser, token->span, "numbers are whole, '%.40s' is not", token->text))
            parser_hint(parser, "count in a smaller unit, as 1500 ms instead of 1.5 s");
        return parse_new_expression(parser, EXPR_INTEGER, parser_advance(parser)->span);
    case TOKEN_NAME: return parse_name(parser);
    case TOKEN_LEFT_PAREN: {
        if (!parser_enter(parser))
            return parse_invalid(parser, token->span);
        const Token *open = parser_open_bracket(parser);
        Expr *expr = parse_expression(parser);
        parser_close_bracket(parser, TOKEN_RIGHT_PAREN, open);
        parser_leave(parser);
        expr->is_parenthesised = true;
        expr->span = parser_span_from(parser, open->span);
        return expr;
    }
    case TOKEN_STRING:
        if (!is_closed_text(parser, token))
            parser_panic(parser); /* the lexer has reported it */
        else if (parser_error(parser, token->span, "a text can only stand in 'print' and 'assert'"))
            parser_hint(parser, "values are whole numbers; 'enum { idle, busy }' gives names to some");
        return parse_invalid(parser, token->span);
    case TOKEN_AND:
    case TOKEN_STAR:
        if (token->kind == TOKEN_STAR && parser_previous(parser)->kind == TOKEN_STAR && touches(parser_previous(parser), token)) {
            if (parser_error(parser, token->span, "'**' is no operator"))
                parser_hint(parser, "write x * x");
            return parse_invalid(parser, token->span);
        }
        if (parser_note_error(parser, token->span, "there are no pointers, '%s' has no meaning here",
                              token_spelling(token->kind))) {
            const Token *name = parser_peek_at(parser, 1);
            if (name->kind == TOKEN_NAME)
                parser_hint(parser, "write '%s' alone", name->text);
            else
                parser_hint(parser, "a value stands on both sides of '%s'", token_spelling(token->kind));
        }
        parser_advance(parser);
        return parse_unary(parser);
    case TOKEN_PLUS_PLUS:
    case TOKEN_MINUS_MINUS:
        if (parser_error(parser, token->span, "'%s' is a statement of its own, behind its variable",
                         token_spelling(token->kind))) {
            const Token *name = parser_peek_at(parser, 1);
            parser_hint(parser, "write '%s%s' on a line of its own", name->kind == TOKEN_NAME ? name->text : "x",
                        token_spelling(token->kind));
        }
        return parse_invalid(parser, token->span);
    default:
        if (token->after_newline && parser->brackets == 0 && parser->at != parser->fresh && parse_begins_statement(token->kind)) {
            if (parser_error_expected(parser, "a value")) /* `x = y +`, and the next statement below it */
                parser_hint(parser, "the '%s' before it needs a value on both sides", token_spelling(parser_previous(parser)->kind));
            return parse_invalid(parser, parser_span_behind(parser));
        }
        if (token_is_keyword(token->kind))
            return parse_keyword_value(parser);
        if (parser_error_expected(parser, "a value"))
            hint_instead_of_value(parser, token);
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
        [TOKEN_OR_OR] = {BINARY_OR, 1},
        [TOKEN_AND_AND] = {BINARY_AND, 2},
        [TOKEN_OR] = {BINARY_BIT_OR, 3},
        [TOKEN_XOR] = {BINARY_BIT_XOR, 4},
        [TOKEN_AND] = {BINARY_BIT_AND, 5},
        [TOKEN_EQUAL] = {BINARY_EQUAL, 6},
        [TOKEN_NOT_EQUAL] = {BINARY_NOT_EQUAL, 6},
        [TOKEN_LESS] = {BINARY_LESS, 7},
        [TOKEN_LESS_EQUAL] = {BINARY_LESS_EQUAL, 7},
        [TOKEN_GREATER] = {BINARY_GREATER, 7},
        [TOKEN_GREATER_EQUAL] = {BINARY_GREATER_EQUAL, 7},
        [TOKEN_SHIFT_LEFT] = {BINARY_SHIFT_LEFT, 8},
        [TOKEN_SHIFT_RIGHT] = {BINARY_SHIFT_RIGHT, 8},
        [TOKEN_PLUS] = {BINARY_ADD, 9},
        [TOKEN_MINUS] = {BINARY_SUBTRACT, 9},
        [TOKEN_STAR] = {BINARY_MULTIPLY, 10},
        [TOKEN_SLASH] = {BINARY_DIVIDE, 10},
        [TOKEN_PERCENT] = {BINARY_REMAINDER, 10},
    };
    *op = table[kind].op;
    return table[kind].precedence;
}

static bool is_comparison(int precedence)
{
    return precedence == 6 || precedence == 7;
}

/* `0 < x < 3`, `!x == 1`: C reads them so, mathematics and Python do not. */
static void warn_of_comparison(Parser *parser, const Expr *left, const Token *sign)
{
    static const TokenKind relations[] = {TOKEN_LESS, TOKEN_LESS_EQUAL, TOKEN_GREATER, TOKEN_GREATER_EQUAL};
    if (left->is_parenthesised || left->is_invalid)
        return;
    bool is_relation = false, was_relation = left->kind == EXPR_BINARY && left->binary >= BINARY_LESS && left->binary <= BINARY_GREATER_EQUAL;
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++)
        is_relation = is_relation || sign->kind == relations[i];
    if (is_relation && was_relation) {
        diag_warning(parser->diagnostics, sign->span, "what is compared here is the result of the comparison before it, 0 or 1");
        diag_hint(parser->diagnostics, "write 'a < x && x < b'");
    } else if (left->kind == EXPR_UNARY && left->unary == UNARY_NOT) {
        diag_warning(parser->diagnostics, left->span, "'!' belongs to the value behind it, not to the comparison");
        diag_hint(parser->diagnostics, "write '!(x == 1)' or '(!x) == 1'");
    }
}

static Expr *parse_binary(Parser *parser, int least)
{
    Expr *left = parse_unary(parser);
    while (!parser->panics) {
        BinaryOp op;
        int precedence = precedence_of(parser_continuation(parser), &op);
        if (precedence == 0 || precedence < least)
            break;
        const Token *sign = parser_advance(parser);
        Expr *expr = parse_new_expression(parser, EXPR_BINARY, left->span);
        expr->binary = op;
        expr->a = left;
        expr->b = parse_binary(parser, precedence + 1);
        if (!parser->panics && is_comparison(precedence))
            warn_of_comparison(parser, left, sign);
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
    if (!parser->panics && parser_continuation(parser) == TOKEN_QUESTION) {
        parser_advance(parser);
        Expr *conditional = parse_new_expression(parser, EXPR_CONDITIONAL, expr->span);
        conditional->a = expr;
        conditional->b = parse_expression(parser);
        if (parser_at(parser, TOKEN_COLON) && parser_continuation(parser) == TOKEN_COLON)
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
    if (parse_at_get(parser)) {
        Expr *get = parse_new_expression(parser, EXPR_GET, token->span);
        get->operation = parse_operation_statement(parser);
        parse_finish_expression(parser, get);
        return get;
    }
    if (parser_at_end_of_statement(parser))
        return parse_expression(parser);
    if (parse_at_await_call(parser))
        return parse_await_call(parser);
    if (parse_at_start(parser))
        return parse_start(parser);
    bool is_model = parse_at_domain_operation(parser, true);
    if (token->kind != KEYWORD_AWAIT && !is_model)
        return parse_expression(parser);
    Expr *expr = parse_new_expression(parser, EXPR_GET, token->span);
    expr->operation = is_model ? parse_domain_operation(parser) : parse_operation_statement(parser);
    OperationKind kind = expr->operation->kind;
    if (kind != OPERATION_GET && kind != OPERATION_RECEIVE && kind != OPERATION_AWAIT_TASK && kind != OPERATION_GATHER && kind != OPERATION_MAP &&
        parser_error(parser, token->span, "'%s' has no value", operation_word(kind)))
        return parse_invalid(parser, token->span);
    parse_finish_expression(parser, expr);
    return expr;
}
