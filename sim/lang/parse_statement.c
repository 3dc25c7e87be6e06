/* parse_statement.c: what stands in the body of a thread or function. */
#include <string.h>

#include "lang/foreign.h"
#include "lang/parse.h"
#include "lang/suggest.h"

bool parse_is_assignment(TokenKind kind)
{
    return kind == TOKEN_ASSIGN || (kind >= TOKEN_SHIFT_LEFT_ASSIGN && kind <= TOKEN_XOR_ASSIGN);
}

/* ------------------------------------------------------------------ simple */

void parse_braced_values(Parser *parser, ExprList *values)
{
    const Token *open = parser_advance(parser);
    uint32_t brackets = parser->brackets;
    parser->brackets = brackets + 1; /* lines do not count inside */
    while (!parser_at(parser, TOKEN_RIGHT_BRACE) && !parser->panics) {
        Expr *value = parse_expression(parser);
        ARENA_PUSH(parser->arena, *values, value);
        if (!parser_accept(parser, TOKEN_COMMA))
            break;
    }
    if (!parser->panics && !parser_at(parser, TOKEN_RIGHT_BRACE)) {
        parser_error_expected(parser, "',' or '}' in the list of values");
        if (parser_at(parser, TOKEN_END))
            parser_hint(parser, "the '{' in line %u, column %u is still open", open->span.line, open->span.column);
    }
    parser->brackets = brackets;
    if (!parser->panics) {
        parser_advance(parser);
        return;
    }
    /* What is left of the list is no statement. It ends at its brace, unless that is missing. */
    while (!parser_at(parser, TOKEN_END) && !parser_at(parser, TOKEN_LEFT_BRACE) &&
           !parser_at(parser, TOKEN_SEMICOLON)) {
        const Token *token = parser_peek(parser);
        if (token->after_newline && token_is_keyword(token->kind) &&
            token_keyword_class(token->kind) != KEYWORD_IS_EXPRESSION)
            break;
        if (parser_advance(parser)->kind == TOKEN_RIGHT_BRACE)
            break;
    }
    parser->panic_brackets = brackets;
}

/* The local that `get` gives its value to. */
static void finish_local_get(Parser *parser, const Token *word, StmtList *declared, Expr *get, StmtList *into)
{
    Stmt *statement = parse_new_statement(parser, STMT_OPERATION, word->span);
    statement->operation = get->operation;
    for (uint32_t i = 0; i < declared->count; i++) {
        Stmt *local = declared->items[i];
        bool is_get = get->operation->kind == OPERATION_GET;
        if ((is_get && (i > 1 || local->symbol->length_expr != NULL)) || (local->expr != NULL && local->expr != get) ||
            local->values.count > 0) {
            if (!is_get) {
                if (parser_error(parser, get->span, "the results go into variables without values of their own"))
                    parser_hint(parser, "declare other variables apart");
                break;
            }
            if (parser_error(parser, get->span, "'get' gives a value and, if wanted, whether there was one"))
                parser_hint(parser,
                            "write 'local x = get q' or 'local x, ok = get q', and declare other variables apart");
            break;
        }
        Expr *target = parse_new_expression(parser, EXPR_NAME, local->symbol->span);
        target->name = local->symbol->name;
        ARENA_PUSH(parser->arena, statement->operation->targets, target);
        ARENA_PUSH(parser->arena, statement->declares, local->symbol);
    }
    statement->span = statement->operation->span = parser_span_from(parser, word->span);
    ARENA_PUSH(parser->arena, *into, statement);
}

static void parse_local(Parser *parser, StmtList *into)
{
    const Token *word = parser_advance(parser);
    StmtList declared = {0};
    do {
        const Token *name = parser_expect_name(parser, "the name of a local variable");
        if (name == NULL)
            break;
        Stmt *statement = parse_new_statement(parser, STMT_LOCAL, declared.count == 0 ? word->span : name->span);
        statement->symbol = parse_new_local(parser, name);
        ARENA_PUSH(parser->arena, declared, statement);
        if (parse_on_this_line(parser, TOKEN_LEFT_BRACKET)) {
            const Token *open = parser_advance(parser);
            parser->brackets++;
            if (parser_at(parser, TOKEN_RIGHT_BRACKET))
                parser_error_expected(parser, "the length of the array");
            Expr *length = parse_expression(parser);
            parser_close(parser, TOKEN_RIGHT_BRACKET, open);
            parser->brackets--;
            statement->symbol->length_expr = length;
            statement->symbol->is_array = true;
        }
        if (!parser->panics && parser_accept(parser, TOKEN_ASSIGN)) {
            if (parse_on_this_line(parser, TOKEN_LEFT_BRACE)) {
                statement->has_braces = true;
                parse_braced_values(parser, &statement->values);
            } else {
                Expr *value = parse_right_side(parser);
                if (value->kind == EXPR_GET && !value->is_invalid) {
                    finish_local_get(parser, word, &declared, value, into);
                    return;
                }
                if (statement->symbol->is_array)
                    ARENA_PUSH(parser->arena, statement->values, value);
                else
                    statement->expr = value;
            }
        }
        statement->span = parser_span_from(parser, statement->span);
    } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
    for (uint32_t i = 0; i < declared.count; i++)
        ARENA_PUSH(parser->arena, *into, declared.items[i]);
}

static Stmt *parse_print(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = parse_new_statement(parser, STMT_PRINT, word->span);
    const Token *open = parser_peek(parser);
    if (parse_on_this_line(parser, TOKEN_LEFT_PAREN) && parser_peek_at(parser, 1)->kind == TOKEN_STRING) {
        if (parser_error(parser, open->span, "what is printed stands without parentheses"))
            parser_hint(parser, "write 'print \"x = \", x'");
        return statement;
    }
    do {
        PrintItem item = {0};
        const Token *token = parser_peek(parser), *next = parser_peek_at(parser, 1);
        bool is_prefixed = token->kind == TOKEN_NAME && next->kind == TOKEN_STRING && next->span.offset == token->span.offset + token->span.length;
        if (is_prefixed) {
            if (parser_error(parser, token->span, "a text has no '%s' in front", token->text))
                parser_hint(parser, "values stand beside it: print \"x = \", x");
            return statement;
        }
        if (token->kind == TOKEN_STRING && (!token->after_newline || statement->items.count > 0))
            item.text = parser_advance(parser)->text;
        else
            item.expr = parse_expression(parser);
        ARENA_PUSH(parser->arena, statement->items, item);
    } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
    return statement;
}

/* `assert(x == 1, "text")`: a text is the last thing in the parentheses. */
static bool report_assert_call(Parser *parser, const Token *word)
{
    const Token *open = parser_peek(parser);
    if (!parse_on_this_line(parser, TOKEN_LEFT_PAREN))
        return false;
    uint32_t depth = 0, ahead = 0;
    for (;; ahead++) {
        const Token *token = parser_peek_at(parser, ahead);
        if (token->kind == TOKEN_END || token->kind == TOKEN_LEFT_BRACE || token->kind == TOKEN_RIGHT_BRACE || token->kind == TOKEN_SEMICOLON)
            return false;
        depth += token->kind == TOKEN_LEFT_PAREN;
        depth -= token->kind == TOKEN_RIGHT_PAREN;
        if (depth == 0)
            break;
    }
    if (parser_peek_at(parser, ahead - 1)->kind != TOKEN_STRING || parser_peek_at(parser, ahead - 2)->kind != TOKEN_COMMA)
        return false;
    if (parser_error(parser, open->span, "the operands of '%s' stand without parentheses", word->text))
        parser_hint(parser, "write 'assert x == 1, \"text\"'");
    return true;
}

static Stmt *parse_assert(Parser *parser, StmtKind kind)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = parse_new_statement(parser, kind, word->span);
    if (report_assert_call(parser, word)) {
        statement->expr = parse_invalid(parser, word->span);
        return statement;
    }
    statement->expr = parse_expression(parser);
    if (!parser->panics && parser_at(parser, TOKEN_ASSIGN)) {
        parse_report_assign(parser);
        parser_panic(parser);
    } else if (kind == STMT_ASSERT && !parser->panics && parser_accept(parser, TOKEN_COMMA)) {
        if (parser_at(parser, TOKEN_STRING))
            statement->text = parser_advance(parser)->text;
        else
            parser_error_expected(parser, "a text in double quotes after ','");
    }
    return statement;
}

static Stmt *parse_return(Parser *parser)
{
    Stmt *statement = parse_new_statement(parser, STMT_RETURN, parser_advance(parser)->span);
    if (parse_at_await_call(parser))
        statement->expr = parse_await_call(parser);
    else if (!parser_at_end_of_statement(parser))
        statement->expr = parse_expression(parser);
    return statement;
}

static Stmt *parse_plain_word(Parser *parser, StmtKind kind)
{
    return parse_new_statement(parser, kind, parser_advance(parser)->span);
}

static Stmt *parse_operation_as_statement(Parser *parser)
{
    const Token *word = parser_peek(parser);
    Operation *operation = parse_operation_statement(parser);
    Stmt *statement =
        parse_new_statement(parser, operation->kind == OPERATION_AWAIT ? STMT_AWAIT : STMT_OPERATION, word->span);
    if (statement->kind == STMT_AWAIT)
        statement->expr = operation->a;
    else
        statement->operation = operation;
    return statement;
}

/* ------------------------------------------------- assignments and expressions */

static bool compound_operator(TokenKind kind, BinaryOp *op)
{
    switch (kind) {
    case TOKEN_PLUS_ASSIGN:
    case TOKEN_PLUS_PLUS: *op = BINARY_ADD; return true;
    case TOKEN_MINUS_ASSIGN:
    case TOKEN_MINUS_MINUS: *op = BINARY_SUBTRACT; return true;
    case TOKEN_STAR_ASSIGN: *op = BINARY_MULTIPLY; return true;
    case TOKEN_SLASH_ASSIGN: *op = BINARY_DIVIDE; return true;
    case TOKEN_PERCENT_ASSIGN: *op = BINARY_REMAINDER; return true;
    case TOKEN_AND_ASSIGN: *op = BINARY_BIT_AND; return true;
    case TOKEN_OR_ASSIGN: *op = BINARY_BIT_OR; return true;
    case TOKEN_XOR_ASSIGN: *op = BINARY_BIT_XOR; return true;
    case TOKEN_SHIFT_LEFT_ASSIGN: *op = BINARY_SHIFT_LEFT; return true;
    case TOKEN_SHIFT_RIGHT_ASSIGN: *op = BINARY_SHIFT_RIGHT; return true;
    default: return false;
    }
}

/* x, ok = get q; at the first comma. */
static Stmt *parse_several_targets(Parser *parser, Expr *first)
{
    Stmt *statement = parse_new_statement(parser, STMT_OPERATION, first->span);
    ExprList targets = {0};
    ARENA_PUSH(parser->arena, targets, first);
    while (!parser->panics && parser_accept(parser, TOKEN_COMMA)) {
        Expr *target = parse_place(parser, "a variable");
        ARENA_PUSH(parser->arena, targets, target);
    }
    parser_expect(parser, TOKEN_ASSIGN, "after the variables");
    const Token *right = parser_peek(parser);
    bool has_results = !parser->panics &&
                       (parse_at_get(parser) || (!parser_at_end_of_statement(parser) &&
                                                 (parse_at_domain_operation(parser, true) ||
                                                  (right->kind == KEYWORD_AWAIT && !parse_at_await_call(parser)))));
    Expr *value = has_results ? parse_right_side(parser) : NULL;
    if (value != NULL && value->kind == EXPR_GET && !value->is_invalid) {
        statement->operation = value->operation;
    } else {
        if (parser_error(parser, right->span, "only 'get' has two results"))
            parser_hint(parser, "write one assignment a line");
        statement->operation = ARENA_NEW(parser->arena, Operation);
        statement->operation->kind = OPERATION_GET;
        statement->operation->object = parse_invalid(parser, right->span);
    }
    statement->operation->targets = targets;
    parse_check_targets(parser, statement->operation);
    statement->operation->span = parser_span_from(parser, first->span);
    return statement;
}

static void report_no_effect(Parser *parser, const Expr *expr)
{
    if (expr->is_invalid || !parser_error(parser, expr->span, "this statement has no effect"))
        return;
    if (expr->kind == EXPR_BINARY && expr->binary == BINARY_EQUAL)
        parser_hint(parser, "'==' compares; an assignment is written '='");
    else if (expr->kind == EXPR_NAME)
        parser_hint(parser, "write 'x = ...' to change a variable, 'f()' to call a function");
    else
        parser_hint(parser, "write 'x = ...' to keep a value");
}

/* A word alone on its line that is nearly one of the language, and none of the file: `retrun`. */
static bool report_lone_word(Parser *parser)
{
    const Token *word = parser_peek(parser), *next = parser_peek_at(parser, 1);
    bool is_alone = next->after_newline || next->kind == TOKEN_SEMICOLON || next->kind == TOKEN_RIGHT_BRACE || next->kind == TOKEN_END;
    const char *near = word->kind == TOKEN_NAME && is_alone ? suggest_statement_word(word->text) : NULL;
    if (near == NULL)
        return false;
    const SymbolList *known = &parser->parsed->scenario->symbols;
    for (uint32_t i = 0; i < known->count; i++)
        if (strcmp(known->items[i]->name, word->text) == 0)
            return false;
    if (parser_error(parser, word->span, "'%s' begins no statement", word->text))
        parser_hint(parser, "did you mean '%s'?", near);
    return true;
}

static Stmt *parse_assignment_or_expression(Parser *parser)
{
    const Token *first = parser_peek(parser);
    parser->fresh = parser->at;
    Expr *target = parse_expression(parser);
    const Token *token = parser_peek(parser);
    BinaryOp op = BINARY_ADD;
    bool is_step = token->kind == TOKEN_PLUS_PLUS || token->kind == TOKEN_MINUS_MINUS;
    bool is_compound = compound_operator(token->kind, &op);
    bool is_place = target->kind == EXPR_NAME;
    if (!parser->panics && !token->after_newline && (is_compound || token->kind == TOKEN_ASSIGN)) {
        if (!is_place && !target->is_invalid) {
            if (parser_error(parser, target->span, "only a variable can be assigned to"))
                parser_hint(parser, "%s", target->kind != EXPR_MEMBER ? "its name stands on the left side: 'x = ...'"
                                                                      : arena_format(parser->arena, "there are no fields: declare 'shared %s_%s = 0'",
                                                                                     target->thread_name, target->name));
            target = parse_invalid(parser, target->span);
        }
        parser_advance(parser);
        Stmt *statement = parse_new_statement(parser, STMT_ASSIGN, first->span);
        statement->target = target;
        statement->is_compound = is_compound;
        statement->assign = op;
        if (is_step) {
            statement->expr = parse_new_expression(parser, EXPR_INTEGER, token->span);
            statement->expr->value = 1;
            return statement;
        }
        statement->expr = parse_right_side(parser);
        if (statement->expr->kind != EXPR_GET || statement->expr->is_invalid)
            return statement;
        const char *word = operation_word(statement->expr->operation->kind);
        if (is_compound && parser_error(parser, statement->expr->span, "'%s' needs a plain '='", word))
            parser_hint(parser, "write 'local x = %s ...' first, then use x", word);
        statement->kind = STMT_OPERATION;
        statement->operation = statement->expr->operation;
        statement->expr = NULL;
        statement->target = NULL;
        ARENA_PUSH(parser->arena, statement->operation->targets, target);
        statement->operation->span = parser_span_from(parser, first->span);
        return statement;
    }
    if (!parser->panics && is_place && parse_on_this_line(parser, TOKEN_COMMA))
        return parse_several_targets(parser, target);
    Stmt *statement = parse_new_statement(parser, STMT_EXPR, first->span);
    statement->expr = target;
    switch (target->kind) {
    case EXPR_CALL:
    case EXPR_SPAWN:
    case EXPR_CAS:
    case EXPR_FETCH_ADD:
    case EXPR_EXCHANGE:
    case EXPR_CHOOSE:
    case EXPR_TRY: break;
    default:
        if (parser_at_end_of_statement(parser))
            report_no_effect(parser, target);
    }
    return statement;
}

/* `wile (x == 1) {`: a brace behind the parentheses, where a call has none. */
static bool ends_in_brace(const Parser *parser)
{
    for (uint32_t ahead = 1;; ahead++) {
        const Token *token = parser_peek_at(parser, ahead);
        if (token->kind == TOKEN_END || token->after_newline || token->kind == TOKEN_SEMICOLON ||
            token->kind == TOKEN_RIGHT_BRACE)
            return false;
        if (token->kind == TOKEN_LEFT_BRACE)
            return parser_peek_at(parser, ahead - 1)->kind == TOKEN_RIGHT_PAREN;
    }
}

/* A name that is followed by something that no statement has there: most likely a misspelt or foreign word. */
static bool report_unknown_word(Parser *parser)
{
    const Token *word = parser_peek(parser), *next = parser_peek_at(parser, 1);
    if (word->kind != TOKEN_NAME || next->after_newline)
        return false;
    bool is_colon = next->kind == TOKEN_COLON;
    bool begins_operand = next->kind == TOKEN_NAME || next->kind == TOKEN_INTEGER || next->kind == TOKEN_STRING ||
                          next->kind == TOKEN_LEFT_BRACE;
    bool is_call =
        next->kind == TOKEN_LEFT_PAREN && parser_peek_at(parser, 2)->kind == TOKEN_NAME && ends_in_brace(parser);
    if (is_colon && parser_peek_at(parser, 2)->kind == TOKEN_ASSIGN) {
        if (parser_error(parser, next->span, "':=' is no operator"))
            parser_hint(parser, "write 'local %s = ...'", word->text);
        return true;
    }
    if (!begins_operand && !is_call)
        return false;
    const char *near = suggest_statement_word(word->text);
    if (!parser_error(parser, word->span, "'%s' begins no statement", word->text))
        return true;
    if (near != NULL)
        parser_hint(parser, "did you mean '%s'?", near);
    else if (next->kind == TOKEN_LEFT_BRACE)
        parser_hint(parser, "a block follows a word, as in 'with %s { ... }'", word->text);
    else
        parser_hint(parser, "a statement is an operation, as 'lock m', an assignment, as 'x = 1', or a call, as 'f(x)'");
    return true;
}

bool parse_foreign_statement(Parser *parser)
{
    const Token *word = parser_peek(parser), *next = parser_peek_at(parser, 1);
    if (word->kind != TOKEN_NAME)
        return false;
    const ForeignWord *foreign = foreign_statement(word->text);
    if (foreign == NULL)
        return false;
    bool is_name = !next->after_newline &&
                   (parse_is_assignment(next->kind) || next->kind == TOKEN_PLUS_PLUS || next->kind == TOKEN_MINUS_MINUS ||
                    next->kind == TOKEN_LEFT_BRACKET || next->kind == TOKEN_COMMA || next->kind == TOKEN_DOT || (next->kind == TOKEN_LEFT_PAREN && !foreign->may_be_called));
    if (is_name)
        return false;
    bool is_function = next->kind == TOKEN_NAME && parser_peek_at(parser, 2)->kind == TOKEN_LEFT_PAREN && foreign_is_type(foreign);
    if (parser_error(parser, word->span, "'%s' is not a word of the language", word->text))
        parser_hint(parser, "%s", is_function ? "write 'fn name(a, b) { ... }', or 'thread name { ... }' for what runs by itself" : foreign->hint);
    return true;
}

/* -------------------------------------------------------------------- main */

static Stmt *parse_simple(Parser *parser)
{
    switch (parser_peek(parser)->kind) {
    case KEYWORD_BREAK: return parse_plain_word(parser, STMT_BREAK);
    case KEYWORD_CONTINUE: return parse_plain_word(parser, STMT_CONTINUE);
    case KEYWORD_EXIT: return parse_plain_word(parser, STMT_EXIT);
    case KEYWORD_SKIP: return parse_plain_word(parser, STMT_SKIP);
    case KEYWORD_YIELD: return parse_plain_word(parser, STMT_YIELD);
    case KEYWORD_FENCE: return parse_plain_word(parser, STMT_FENCE);
    case KEYWORD_PROGRESS: return parse_plain_word(parser, STMT_PROGRESS);
    case KEYWORD_RETURN: return parse_return(parser);
    case KEYWORD_ASSERT: return parse_assert(parser, STMT_ASSERT);
    case KEYWORD_ASSUME: return parse_assert(parser, STMT_ASSUME);
    case KEYWORD_PRINT: return parse_print(parser);
    default:
        if (parse_at_await_call(parser)) {
            Stmt *statement = parse_new_statement(parser, STMT_EXPR, parser_peek(parser)->span);
            statement->expr = parse_await_call(parser);
            return statement;
        }
        if (parse_at_operation(parser))
            return parse_operation_as_statement(parser);
        return parse_assignment_or_expression(parser);
    }
}

/* `atomic x += 1`: an assignment that is no initial value. */
static bool is_assignment_behind(const Parser *parser)
{
    TokenKind kind = parser_peek_at(parser, 2)->kind;
    return kind == TOKEN_PLUS_PLUS || kind == TOKEN_MINUS_MINUS || (parse_is_assignment(kind) && kind != TOKEN_ASSIGN);
}

/* A declaration or property inside a body: it is parsed, and takes effect, so that its names are known. */
static bool parse_misplaced(Parser *parser)
{
    const Token *word = parser_peek(parser);
    bool is_declaration = parse_at_declaration(parser) &&
                          !(word->kind == KEYWORD_ATOMIC && parser_peek_at(parser, 1)->kind != TOKEN_NAME);
    if (!is_declaration && !parse_at_property(parser))
        return false;
    if (word->kind == KEYWORD_ATOMIC && is_assignment_behind(parser)) {
        if (parser_error(parser, word->span, "what is done in one step stands in braces"))
            parser_hint(parser, "write 'atomic { ... }'");
        parser_advance(parser);
        parser_end_statement(parser, "'atomic'");
        return true;
    }
    if (parser_note_error(parser, word->span, "'%s' stands outside of threads and functions", word->text)) {
        if (word->kind == KEYWORD_SHARED || word->kind == KEYWORD_ATOMIC)
            parser_hint(parser, "move it to the top level, or write 'local' for a private variable");
        else
            parser_hint(parser, "move it to the top level");
    }
    uint32_t depth = parser->depth;
    if (is_declaration)
        parse_declaration(parser);
    else
        parse_property(parser, true);
    parser->depth = depth;
    return true;
}

void parse_statement(Parser *parser, StmtList *into)
{
    parse_model_word(parser);
    const Token *first = parser_peek(parser);
    parser->statement = parser->at;
    if (parser_accept(parser, TOKEN_SEMICOLON) || parse_misplaced(parser))
        return;
    if (first->kind == KEYWORD_LOCAL) {
        parse_local(parser, into);
        parser_end_statement(parser, "the declaration");
        return;
    }
    if (first->kind == TOKEN_LEFT_BRACE) {
        Stmt *block = parse_block(parser, "");
        ARENA_PUSH(parser->arena, *into, block);
        return;
    }
    if (parse_domain_statement(parser, into))
        return;
    if (!parse_at_timed(parser) &&
        (parse_foreign_statement(parser) || report_unknown_word(parser) || report_lone_word(parser))) {
        parser_skip_construct(parser);
        return;
    }
    if (first->kind == KEYWORD_ELSE || first->kind == KEYWORD_WHEN) {
        if (parser_error(parser, first->span,
                         first->kind == KEYWORD_ELSE ? "'else' without 'if'" : "'when' outside of 'select'"))
            parser_hint(parser, first->kind == KEYWORD_ELSE
                                    ? "it follows the '}' of an 'if' or the last arm of a 'select'"
                                    : "write 'select { when lock m { ... } }'");
        parser_advance(parser);
        if (first->kind == KEYWORD_ELSE && parser_at(parser, TOKEN_LEFT_BRACE))
            parse_block(parser, "'else'");
        else
            parser_end_statement(parser, "'else'");
        parser->panics = false;
        return;
    }
    Stmt *statement = parse_compound(parser);
    bool is_compound = statement != NULL;
    if (!is_compound)
        statement = parse_simple(parser);
    ARENA_PUSH(parser->arena, *into, statement);
    if (!is_compound)
        statement->span = parser_span_from(parser, first->span);
    if (!is_compound || parser->panics)
        parser_end_statement(parser, is_compound                     ? "the statement"
                                     : token_is_keyword(first->kind) ? arena_format(parser->arena, "'%s'", first->text)
                                                                     : "the statement");
    if (parser_peek(parser) == first) /* whatever it was, it must not be met again */
        parser_advance(parser);
}
