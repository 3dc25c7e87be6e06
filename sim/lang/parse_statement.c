/* parse_statement.c: what stands in the body of a thread or function. */
#include <string.h>

#include "lang/foreign.h"
#include "lang/parse.h"
#include "lang/suggest.h"

static Stmt *new_statement(Parser *parser, StmtKind kind, Span span)
{
    Stmt *statement = ARENA_NEW(parser->arena, Stmt);
    statement->kind = kind;
    statement->span = span;
    return statement;
}

static Symbol *new_local(Parser *parser, const Token *name)
{
    Symbol *symbol = ARENA_NEW(parser->arena, Symbol);
    symbol->kind = SYMBOL_LOCAL;
    symbol->name = name->text;
    symbol->span = name->span;
    symbol->length = 1;
    return symbol;
}

static bool on_this_line(const Parser *parser, TokenKind kind)
{
    const Token *token = parser_peek(parser);
    return token->kind == kind && !token->after_newline;
}

bool parse_is_assignment(TokenKind kind)
{
    return kind == TOKEN_ASSIGN || (kind >= TOKEN_SHIFT_LEFT_ASSIGN && kind <= TOKEN_XOR_ASSIGN);
}

/* ------------------------------------------------------------------ blocks */

/* The column where the line of `token` begins. */
static uint32_t indentation(const Parser *parser, const Token *token)
{
    while (!token->after_newline && token > parser->tokens.items)
        token--;
    return token->span.column;
}

/* In a body: a word that can only stand at the top level and begins a line at the very left, so that the body lacks
 * its closing brace. */
static bool is_brace_missing(const Parser *parser, const Token *open)
{
    const Token *token = parser_peek(parser);
    if (!token->after_newline || token->span.column != 1 || !token_is_keyword(token->kind))
        return false;
    if (indentation(parser, open) == 1) {
        KeywordClass class = token_keyword_class(token->kind);
        return class == KEYWORD_IS_DECLARATION || class == KEYWORD_IS_PROPERTY;
    }
    return token->kind == KEYWORD_THREAD || token->kind == KEYWORD_FN || token_keyword_class(token->kind) == KEYWORD_IS_PROPERTY;
}

static void report_missing_brace(Parser *parser, const Token *open)
{
    const Token *culprit = parser->suspect != NULL ? parser->suspect : open;
    parser->panics = false;
    parser_note_error(parser, parser_span_behind(parser), "missing '}'");
    parser_hint(parser, "the '{' in line %u, column %u is still open", culprit->span.line, culprit->span.column);
    parser->closes_blocks = true;
}

static void parse_statements(Parser *parser, Stmt *block, const Token *open)
{
    while (!parser->closes_blocks) {
        const Token *token = parser_peek(parser);
        if (token->kind == TOKEN_RIGHT_BRACE) {
            if (token->after_newline && parser->suspect == NULL && token->span.column < indentation(parser, open))
                parser->suspect = open;
            parser_advance(parser);
            return;
        }
        if (token->kind == TOKEN_END || is_brace_missing(parser, open)) {
            report_missing_brace(parser, open);
            return;
        }
        parse_statement(parser, &block->statements);
    }
}

Stmt *parse_block(Parser *parser, const char *head)
{
    Stmt *block = new_statement(parser, STMT_BLOCK, parser_peek(parser)->span);
    if (!parser->panics && !parser_at(parser, TOKEN_LEFT_BRACE)) {
        const Token *token = parser_peek(parser);
        if (token->kind == TOKEN_COLON) {
            if (parser_error(parser, token->span, "expected '{' after %s, found ':'", head))
                parser_hint(parser, "blocks stand in braces: { ... }");
            parser_advance(parser);
        } else if (token->kind == TOKEN_INVALID) {
            parser_panic(parser);
        } else {
            bool is_missing = token->kind == TOKEN_END || token->kind == TOKEN_RIGHT_BRACE || token->after_newline;
            const Token *next = token->kind == TOKEN_SEMICOLON ? parser_peek_at(parser, 1) : token;
            /* the brace may stand on the next line */
            if (next->kind != TOKEN_LEFT_BRACE) {
                parser_error(parser, is_missing ? parser_span_behind(parser) : token->span, "expected '{' after %s, found %s", head, parser_found(parser));
                parser_hint(parser, "the body stands in braces: { ... }");
            }
        }
    }
    if (parser->panics) {
        /* Look for the brace on the rest of the line, so that the errors inside the block are found too. */
        parser_skip_statement(parser);
        if (!parser_at(parser, TOKEN_LEFT_BRACE))
            return block;
        parser->panics = false;
    }
    parser->brackets = 0;
    if (!parser_enter(parser)) {
        parser_skip_braces(parser);
        parser->panics = false;
        return block;
    }
    const Token *open = parser_peek(parser);
    if (parser_accept(parser, TOKEN_LEFT_BRACE))
        parse_statements(parser, block, open);
    parser_leave(parser);
    return block;
}

/* ------------------------------------------------------------------ control */

static Stmt *parse_if(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = new_statement(parser, STMT_IF, word->span);
    statement->expr = parse_condition(parser, "if");
    statement->span = parser_span_from(parser, word->span);
    statement->body = parse_block(parser, "'if (...)'");
    if (parser->panics || parser->closes_blocks)
        return statement;
    if (parser_at_word(parser, "elif") || parser_at_word(parser, "elsif")) {
        const Token *elif = parser_peek(parser);
        if (parser_note_error(parser, elif->span, "'%s' is not a word of the language", elif->text))
            parser_hint(parser, "write 'else if (...)'");
    } else if (!parser_accept(parser, KEYWORD_ELSE)) {
        return statement;
    } else if (!on_this_line(parser, KEYWORD_IF)) {
        statement->otherwise = parse_block(parser, "'else'");
        return statement;
    }
    if (parser_enter(parser)) {
        statement->otherwise = parse_if(parser);
        parser_leave(parser);
    }
    return statement;
}

static Stmt *parse_while(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = new_statement(parser, STMT_WHILE, word->span);
    statement->expr = parse_condition(parser, "while");
    statement->span = parser_span_from(parser, word->span);
    statement->body = parse_block(parser, "'while (...)'");
    return statement;
}

/* `for (int i = 0; i < n; i++)`: skip to the closing parenthesis. */
static void skip_c_for(Parser *parser, Stmt *statement)
{
    const Token *open = parser_peek(parser);
    if (parser_note_error(parser, open->span, "a 'for' loop counts through a range"))
        parser_hint(parser, "write 'for i in 0..n { ... }'");
    uint32_t depth = 0;
    do {
        const Token *token = parser_peek(parser);
        if (token->kind == TOKEN_END || token->kind == TOKEN_LEFT_BRACE || token->kind == TOKEN_RIGHT_BRACE)
            break;
        bool is_variable = token->kind == TOKEN_NAME && parser_peek_at(parser, 1)->kind == TOKEN_ASSIGN;
        if (is_variable && statement->symbol == NULL)
            statement->symbol = new_local(parser, token);
        depth += token->kind == TOKEN_LEFT_PAREN;
        depth -= token->kind == TOKEN_RIGHT_PAREN;
        parser_advance(parser);
    } while (depth > 0);
}

static void parse_for_head(Parser *parser, Stmt *statement)
{
    const Token *name = parser_expect_name(parser, "the name of the loop variable");
    if (name == NULL)
        return;
    statement->symbol = new_local(parser, name);
    if (!parser_accept(parser, KEYWORD_IN)) {
        parser_error_expected(parser, arena_format(parser->arena, "'in' after 'for %s'", name->text));
        return;
    }
    const Token *low = parser_peek(parser);
    statement->low = parse_expression(parser);
    if (!parser_at(parser, TOKEN_RANGE) && !parser_at(parser, TOKEN_RANGE_CLOSED)) {
        bool is_range_call = low->kind == TOKEN_NAME && strcmp(low->text, "range") == 0;
        if (is_range_call ? parser_error(parser, low->span, "'range' is not a word of the language") : parser_error_expected(parser, "'..'"))
            parser_hint(parser, "write 'for %s in 0..n { ... }'", name->text);
        return;
    }
    statement->is_closed = parser_advance(parser)->kind == TOKEN_RANGE_CLOSED;
    statement->high = parse_expression(parser);
}

static Stmt *parse_for(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = new_statement(parser, STMT_FOR, word->span);
    if (on_this_line(parser, TOKEN_LEFT_PAREN))
        skip_c_for(parser, statement);
    else
        parse_for_head(parser, statement);
    if (statement->low == NULL)
        statement->low = parse_invalid(parser, word->span);
    if (statement->high == NULL)
        statement->high = parse_invalid(parser, word->span);
    statement->span = parser_span_from(parser, word->span);
    statement->body = parse_block(parser, "'for'");
    return statement;
}

static Stmt *parse_repeat(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = new_statement(parser, STMT_REPEAT, word->span);
    if (parser_at(parser, TOKEN_LEFT_BRACE)) {
        if (parser_error(parser, parser_span_behind(parser), "expected how often after 'repeat', found '{'"))
            parser_hint(parser, "write 'repeat 3 { ... }', or 'loop { ... }' for ever");
        statement->expr = parse_invalid(parser, word->span);
    } else {
        statement->expr = parse_expression(parser);
    }
    statement->span = parser_span_from(parser, word->span);
    statement->body = parse_block(parser, "'repeat'");
    return statement;
}

/* loop, serial: a word and a block. */
static Stmt *parse_word_block(Parser *parser, StmtKind kind, const char *head)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = new_statement(parser, kind, word->span);
    statement->body = parse_block(parser, head);
    return statement;
}

static Stmt *parse_with(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = new_statement(parser, STMT_WITH, word->span);
    statement->operation = ARENA_NEW(parser->arena, Operation);
    statement->operation->kind = OPERATION_LOCK;
    statement->operation->object = parse_place(parser, "a mutex after 'with'");
    if (parser_at(parser, TOKEN_COMMA) && parser_error(parser, parser_peek(parser)->span, "'with' takes one object"))
        parser_hint(parser, "write one 'with' inside the other");
    statement->span = statement->operation->span = parser_span_from(parser, word->span);
    statement->body = parse_block(parser, "'with'");
    return statement;
}

static Stmt *parse_do(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = new_statement(parser, STMT_DO_ONCE, word->span);
    if (parser_at(parser, TOKEN_LEFT_BRACE)) {
        if (parser_error(parser, word->span, "'do' needs a once object"))
            parser_hint(parser, "write 'do o { ... }' for what is done once; a loop is 'loop' or 'while (...)'");
        statement->expr = parse_invalid(parser, word->span);
    } else {
        statement->expr = parse_place(parser, "a once object after 'do'");
    }
    statement->span = parser_span_from(parser, word->span);
    statement->body = parse_block(parser, "'do'");
    return statement;
}

static Stmt *parse_atomic(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = new_statement(parser, STMT_ATOMIC, word->span);
    if (on_this_line(parser, KEYWORD_WHEN)) {
        parser_advance(parser);
        statement->expr = parse_condition(parser, "atomic when");
    }
    statement->span = parser_span_from(parser, word->span);
    statement->body = parse_block(parser, "'atomic'");
    return statement;
}

static void parse_arm(Parser *parser, Stmt *select)
{
    const Token *when = parser_advance(parser);
    SelectArm arm = {.span = when->span};
    if (parser_at(parser, KEYWORD_LOCAL)) {
        if (parser_note_error(parser, parser_peek(parser)->span, "an arm of 'select' cannot declare a local variable"))
            parser_hint(parser, "declare it before the 'select'");
        parser_advance(parser);
    }
    arm.operation = parse_operation(parser);
    arm.span = parser_span_from(parser, when->span);
    arm.body = parse_block(parser, "'when'");
    ARENA_PUSH(parser->arena, select->arms, arm);
}

static Stmt *parse_select(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = new_statement(parser, STMT_SELECT, word->span);
    const Token *open = parser_peek(parser);
    if (!parser_expect(parser, TOKEN_LEFT_BRACE, "after 'select'"))
        return statement;
    if (!parser_enter(parser)) {
        parser->at--;
        parser_skip_braces(parser);
        parser->panics = false;
        return statement;
    }
    while (!parser->closes_blocks && !parser_accept(parser, TOKEN_RIGHT_BRACE)) {
        const Token *token = parser_peek(parser);
        if (token->kind == TOKEN_END || is_brace_missing(parser, open)) {
            report_missing_brace(parser, open);
        } else if (token->kind == KEYWORD_WHEN) {
            parse_arm(parser, statement);
        } else if (token->kind == KEYWORD_ELSE) {
            parser_advance(parser);
            if (statement->otherwise != NULL)
                parser_note_error(parser, token->span, "a 'select' has one 'else'");
            statement->otherwise = parse_block(parser, "'else'");
        } else if (!parser_accept(parser, TOKEN_SEMICOLON)) {
            if (parser_error_expected(parser, "'when' or 'else' in 'select'"))
                parser_hint(parser, "write 'select { when lock m { ... } else { ... } }'");
            parser_advance(parser);
            parser_end_statement(parser, "an arm");
        }
        if (parser->panics) /* no block was found on the line of the arm */
            parser_end_statement(parser, "an arm");
    }
    parser_leave(parser);
    if (statement->arms.count == 0 && !parser->closes_blocks && parser->diagnostics->errors == 0)
        parser_note_error(parser, word->span, "a 'select' needs at least one 'when'");
    return statement;
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
    while (!parser_at(parser, TOKEN_END) && !parser_at(parser, TOKEN_LEFT_BRACE) && !parser_at(parser, TOKEN_SEMICOLON)) {
        const Token *token = parser_peek(parser);
        if (token->after_newline && token_is_keyword(token->kind) && token_keyword_class(token->kind) != KEYWORD_IS_EXPRESSION)
            break;
        if (parser_advance(parser)->kind == TOKEN_RIGHT_BRACE)
            break;
    }
    parser->panic_brackets = brackets;
}

/* The local that `get` gives its value to. */
static void finish_local_get(Parser *parser, const Token *word, StmtList *declared, Expr *get, StmtList *into)
{
    Stmt *statement = new_statement(parser, STMT_OPERATION, word->span);
    statement->operation = get->operation;
    for (uint32_t i = 0; i < declared->count; i++) {
        Stmt *local = declared->items[i];
        if (i > 1 || local->symbol->length_expr != NULL || (local->expr != NULL && local->expr != get) || local->values.count > 0) {
            if (parser_error(parser, get->span, "'get' gives a value and, if wanted, whether there was one"))
                parser_hint(parser, "write 'local x = get q' or 'local x, ok = get q', and declare other variables apart");
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
        Stmt *statement = new_statement(parser, STMT_LOCAL, declared.count == 0 ? word->span : name->span);
        statement->symbol = new_local(parser, name);
        ARENA_PUSH(parser->arena, declared, statement);
        if (on_this_line(parser, TOKEN_LEFT_BRACKET)) {
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
            if (on_this_line(parser, TOKEN_LEFT_BRACE)) {
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
    Stmt *statement = new_statement(parser, STMT_PRINT, word->span);
    const Token *open = parser_peek(parser);
    if (on_this_line(parser, TOKEN_LEFT_PAREN) && parser_peek_at(parser, 1)->kind == TOKEN_STRING) {
        if (parser_error(parser, open->span, "what is printed stands without parentheses"))
            parser_hint(parser, "write 'print \"x = \", x'");
        return statement;
    }
    do {
        PrintItem item = {0};
        const Token *token = parser_peek(parser);
        if (token->kind == TOKEN_STRING && (!token->after_newline || statement->items.count > 0))
            item.text = parser_advance(parser)->text;
        else
            item.expr = parse_expression(parser);
        ARENA_PUSH(parser->arena, statement->items, item);
    } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
    return statement;
}

static Stmt *parse_assert(Parser *parser, StmtKind kind)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = new_statement(parser, kind, word->span);
    statement->expr = parse_expression(parser);
    if (!parser->panics && parser_at(parser, TOKEN_ASSIGN)) {
        if (parser_error(parser, parser_peek(parser)->span, "'=' assigns, a comparison is written '=='"))
            parser_hint(parser, "write '=='");
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
    Stmt *statement = new_statement(parser, STMT_RETURN, parser_advance(parser)->span);
    if (!parser_at_end_of_statement(parser))
        statement->expr = parse_expression(parser);
    return statement;
}

static Stmt *parse_plain_word(Parser *parser, StmtKind kind)
{
    return new_statement(parser, kind, parser_advance(parser)->span);
}

static Stmt *parse_operation_as_statement(Parser *parser)
{
    const Token *word = parser_peek(parser);
    Operation *operation = parse_operation_statement(parser);
    Stmt *statement = new_statement(parser, operation->kind == OPERATION_AWAIT ? STMT_AWAIT : STMT_OPERATION, word->span);
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
    case TOKEN_PLUS_ASSIGN: case TOKEN_PLUS_PLUS: *op = BINARY_ADD; return true;
    case TOKEN_MINUS_ASSIGN: case TOKEN_MINUS_MINUS: *op = BINARY_SUBTRACT; return true;
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
    Stmt *statement = new_statement(parser, STMT_OPERATION, first->span);
    ExprList targets = {0};
    ARENA_PUSH(parser->arena, targets, first);
    while (!parser->panics && parser_accept(parser, TOKEN_COMMA)) {
        Expr *target = parse_place(parser, "a variable");
        ARENA_PUSH(parser->arena, targets, target);
    }
    parser_expect(parser, TOKEN_ASSIGN, "after the variables");
    const Token *right = parser_peek(parser);
    if (!parser->panics && right->kind == KEYWORD_GET && !parser_at_end_of_statement(parser)) {
        statement->operation = parse_operation_statement(parser);
    } else {
        if (parser_error(parser, right->span, "only 'get' has two results"))
            parser_hint(parser, "write one assignment a line");
        statement->operation = ARENA_NEW(parser->arena, Operation);
        statement->operation->kind = OPERATION_GET;
        statement->operation->object = parse_invalid(parser, right->span);
    }
    if (targets.count > 2 && !parser->panics)
        parser_note_error(parser, targets.items[2]->span, "'get' has at most two results: the value, and whether there was one");
    statement->operation->targets = targets;
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
            parser_error(parser, target->span, "only a variable can be assigned to");
            target = parse_invalid(parser, target->span);
        }
        parser_advance(parser);
        Stmt *statement = new_statement(parser, STMT_ASSIGN, first->span);
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
        if (is_compound && parser_error(parser, statement->expr->span, "'get' needs a plain '='"))
            parser_hint(parser, "write 'local x = get q' first, then use x");
        statement->kind = STMT_OPERATION;
        statement->operation = statement->expr->operation;
        statement->expr = NULL;
        statement->target = NULL;
        ARENA_PUSH(parser->arena, statement->operation->targets, target);
        statement->operation->span = parser_span_from(parser, first->span);
        return statement;
    }
    if (!parser->panics && is_place && on_this_line(parser, TOKEN_COMMA))
        return parse_several_targets(parser, target);
    Stmt *statement = new_statement(parser, STMT_EXPR, first->span);
    statement->expr = target;
    switch (target->kind) {
    case EXPR_CALL: case EXPR_SPAWN: case EXPR_CAS: case EXPR_FETCH_ADD: case EXPR_EXCHANGE: case EXPR_CHOOSE: case EXPR_TRY: break;
    default:
        if (parser_at_end_of_statement(parser))
            report_no_effect(parser, target);
    }
    return statement;
}

/* A name that is followed by something that no statement has there: most likely a misspelt or foreign word. */
static bool report_unknown_word(Parser *parser)
{
    const Token *word = parser_peek(parser), *next = parser_peek_at(parser, 1);
    if (word->kind != TOKEN_NAME || next->after_newline)
        return false;
    bool is_colon = next->kind == TOKEN_COLON;
    bool begins_operand = next->kind == TOKEN_NAME || next->kind == TOKEN_INTEGER || next->kind == TOKEN_STRING || next->kind == TOKEN_LEFT_BRACE;
    const char *near = suggest_statement_word(word->text);
    if (is_colon && parser_peek_at(parser, 2)->kind == TOKEN_ASSIGN) {
        if (parser_error(parser, next->span, "':=' is no operator"))
            parser_hint(parser, "write 'local %s = ...'", word->text);
        return true;
    }
    if (!begins_operand && !(near != NULL && next->kind == TOKEN_LEFT_PAREN && parser_peek_at(parser, 2)->kind == TOKEN_NAME &&
                             strcmp(near, "if") == 0))
        return false;
    if (parser_error(parser, word->span, "'%s' begins no statement", word->text) && near != NULL)
        parser_hint(parser, "did you mean '%s'?", near);
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
                   (parse_is_assignment(next->kind) || next->kind == TOKEN_LEFT_BRACKET || next->kind == TOKEN_COMMA || next->kind == TOKEN_DOT ||
                    (next->kind == TOKEN_LEFT_PAREN && !foreign->may_be_called));
    if (is_name)
        return false;
    if (parser_error(parser, word->span, "'%s' is not a word of the language", word->text))
        parser_hint(parser, "%s", foreign->hint);
    return true;
}

bool parse_later_statement(Parser *parser)
{
    const Token *word = parser_peek(parser), *next = parser_peek_at(parser, 1);
    if (word->kind != TOKEN_NAME || !token_is_later_word(word->text))
        return false;
    bool is_name = !next->after_newline && (parse_is_assignment(next->kind) || next->kind == TOKEN_LEFT_BRACKET || next->kind == TOKEN_COMMA);
    if (is_name)
        return false;
    parser_error(parser, word->span, "'%s' is not supported yet", word->text);
    return true;
}

/* -------------------------------------------------------------------- main */

static Stmt *parse_keyword_statement(Parser *parser, bool *is_compound)
{
    *is_compound = true;
    switch (parser_peek(parser)->kind) {
    case KEYWORD_IF: return parse_if(parser);
    case KEYWORD_WHILE: return parse_while(parser);
    case KEYWORD_FOR: return parse_for(parser);
    case KEYWORD_REPEAT: return parse_repeat(parser);
    case KEYWORD_LOOP: return parse_word_block(parser, STMT_LOOP, "'loop'");
    case KEYWORD_SERIAL: return parse_word_block(parser, STMT_SERIAL, "'serial'");
    case KEYWORD_WITH: return parse_with(parser);
    case KEYWORD_DO: return parse_do(parser);
    case KEYWORD_SELECT: return parse_select(parser);
    case KEYWORD_ATOMIC: return parse_atomic(parser);
    default: break;
    }
    *is_compound = false;
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
        if (parse_at_operation(parser))
            return parse_operation_as_statement(parser);
        return parse_assignment_or_expression(parser);
    }
}

/* A declaration or property inside a body: it is parsed, and takes effect, so that its names are known. */
static bool parse_misplaced(Parser *parser)
{
    const Token *word = parser_peek(parser);
    bool is_declaration = parse_at_declaration(parser) &&
                          !(word->kind == KEYWORD_ATOMIC && parser_peek_at(parser, 1)->kind != TOKEN_NAME);
    if (!is_declaration && !parse_at_property(parser))
        return false;
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
        parse_property(parser);
    parser->depth = depth;
    return true;
}

void parse_statement(Parser *parser, StmtList *into)
{
    const Token *first = parser_peek(parser);
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
    if (parse_later_statement(parser) || parse_foreign_statement(parser) || report_unknown_word(parser)) {
        parser_skip_construct(parser);
        return;
    }
    if (first->kind == KEYWORD_ELSE || first->kind == KEYWORD_WHEN) {
        if (parser_error(parser, first->span, first->kind == KEYWORD_ELSE ? "'else' without 'if'" : "'when' outside of 'select'"))
            parser_hint(parser, first->kind == KEYWORD_ELSE ? "it follows the '}' of an 'if' or the last arm of a 'select'"
                                                            : "write 'select { when lock m { ... } }'");
        parser_advance(parser);
        if (first->kind == KEYWORD_ELSE && parser_at(parser, TOKEN_LEFT_BRACE))
            parse_block(parser, "'else'");
        else
            parser_end_statement(parser, "'else'");
        parser->panics = false;
        return;
    }
    bool is_compound = false;
    Stmt *statement = parse_keyword_statement(parser, &is_compound);
    ARENA_PUSH(parser->arena, *into, statement);
    if (!is_compound)
        statement->span = parser_span_from(parser, first->span);
    if (!is_compound || parser->panics)
        parser_end_statement(parser, is_compound ? "the statement" : token_is_keyword(first->kind) ? arena_format(parser->arena, "'%s'", first->text) : "the statement");
    if (parser_peek(parser) == first) /* whatever it was, it must not be met again */
        parser_advance(parser);
}
