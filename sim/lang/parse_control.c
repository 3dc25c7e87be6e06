/* parse_control.c: blocks, and the statements that have one. */
#include <string.h>

#include "lang/parse.h"

Stmt *parse_new_statement(Parser *parser, StmtKind kind, Span span)
{
    Stmt *statement = ARENA_NEW(parser->arena, Stmt);
    statement->kind = kind;
    statement->span = span;
    return statement;
}

Symbol *parse_new_local(Parser *parser, const Token *name)
{
    Symbol *symbol = ARENA_NEW(parser->arena, Symbol);
    symbol->kind = SYMBOL_LOCAL;
    symbol->name = name->text;
    symbol->span = name->span;
    symbol->length = 1;
    return symbol;
}

bool parse_on_this_line(const Parser *parser, TokenKind kind)
{
    const Token *token = parser_peek(parser);
    return token->kind == kind && !token->after_newline;
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
    if (!token->after_newline || token->span.column != 1)
        return false;
    if (parse_at_domain_declaration(parser))
        return true;
    if (!token_is_keyword(token->kind))
        return false;
    if (indentation(parser, open) == 1) {
        KeywordClass class = token_keyword_class(token->kind);
        return class == KEYWORD_IS_DECLARATION || class == KEYWORD_IS_PROPERTY;
    }
    return token->kind == KEYWORD_THREAD || token->kind == KEYWORD_FN ||
           token_keyword_class(token->kind) == KEYWORD_IS_PROPERTY;
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
    Stmt *block = parse_new_statement(parser, STMT_BLOCK, parser_peek(parser)->span);
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
                parser_error(parser, is_missing ? parser_span_behind(parser) : token->span,
                             "expected '{' after %s, found %s", head, parser_found(parser));
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
    Stmt *statement = parse_new_statement(parser, STMT_IF, word->span);
    statement->expr = parse_condition(parser, "if");
    statement->span = parser_span_from(parser, word->span);
    statement->body = parse_block(parser, "'if (...)'");
    if (parser->panics || parser->closes_blocks)
        return statement;
    if (parser_at_word(parser, "elif") || parser_at_word(parser, "elsif") || parser_at_word(parser, "elseif")) {
        const Token *elif = parser_peek(parser);
        if (parser_note_error(parser, elif->span, "'%s' is not a word of the language", elif->text))
            parser_hint(parser, "write 'else if (...)'");
    } else if (!parser_accept(parser, KEYWORD_ELSE)) {
        return statement;
    } else if (!parse_on_this_line(parser, KEYWORD_IF)) {
        statement->otherwise = parse_block(parser, "'else'");
        return statement;
    }
    if (parser_enter(parser)) {
        statement->otherwise = parse_if(parser);
        parser_leave(parser);
        return statement;
    }
    do { /* the rest of a chain that is too long */
        parser_advance(parser);
        parser_skip_statement(parser);
        if (parser_at(parser, TOKEN_LEFT_BRACE))
            parser_skip_braces(parser);
    } while (parser_at(parser, KEYWORD_ELSE));
    parser->panics = false;
    return statement;
}

static Stmt *parse_while(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = parse_new_statement(parser, STMT_WHILE, word->span);
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
            statement->symbol = parse_new_local(parser, token);
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
    statement->symbol = parse_new_local(parser, name);
    if (!parser_accept(parser, KEYWORD_IN)) {
        if (parser_error_expected(parser, arena_format(parser->arena, "'in' after 'for %s'", name->text)))
            parser_hint(parser, "write 'for %s in 0..n { ... }'", name->text);
        return;
    }
    if (parse_as_completed(parser, statement))
        return;
    const Token *low = parser_peek(parser);
    statement->low = parse_expression(parser);
    if (!parser_at(parser, TOKEN_RANGE) && !parser_at(parser, TOKEN_RANGE_CLOSED)) {
        bool is_range_call = low->kind == TOKEN_NAME && strcmp(low->text, "range") == 0;
        statement->low = parse_invalid(parser, low->span);
        if (is_range_call ? parser_error(parser, low->span, "'range' is not a word of the language")
                          : parser_error_expected(parser, "'..'"))
            parser_hint(parser, "write 'for %s in 0..n { ... }'", name->text);
        return;
    }
    statement->is_closed = parser_advance(parser)->kind == TOKEN_RANGE_CLOSED;
    statement->high = parse_expression(parser);
}

static Stmt *parse_for(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = parse_new_statement(parser, STMT_FOR, word->span);
    if (parse_on_this_line(parser, TOKEN_LEFT_PAREN))
        skip_c_for(parser, statement);
    else
        parse_for_head(parser, statement);
    bool is_range = statement->kind == STMT_FOR;
    if (is_range && statement->low == NULL)
        statement->low = parse_invalid(parser, word->span);
    if (is_range && statement->high == NULL)
        statement->high = parse_invalid(parser, word->span);
    statement->span = parser_span_from(parser, word->span);
    statement->body = parse_block(parser, "'for'");
    return statement;
}

static Stmt *parse_repeat(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = parse_new_statement(parser, STMT_REPEAT, word->span);
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
    Stmt *statement = parse_new_statement(parser, kind, word->span);
    statement->body = parse_block(parser, head);
    return statement;
}

static Stmt *parse_with(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = parse_new_statement(parser, STMT_WITH, word->span);
    statement->operation = ARENA_NEW(parser->arena, Operation);
    statement->operation->kind = OPERATION_LOCK;
    const Token *inner = parser_peek(parser);
    if (inner->kind == KEYWORD_LOCK || inner->kind == KEYWORD_ACQUIRE) {
        if (parser_note_error(parser, inner->span, "'with' locks by itself"))
            parser_hint(parser, "write 'with m { ... }'");
        parser_advance(parser);
    }
    statement->operation->object = parse_place(parser, "a mutex or a pool after 'with'");
    if (parser_at(parser, TOKEN_COMMA) && parser_error(parser, parser_peek(parser)->span, "'with' takes one object"))
        parser_hint(parser, "write one 'with' inside the other");
    statement->span = statement->operation->span = parser_span_from(parser, word->span);
    statement->body = parse_block(parser, "'with'");
    return statement;
}

static Stmt *parse_do(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = parse_new_statement(parser, STMT_DO_ONCE, word->span);
    if (parser_at(parser, TOKEN_LEFT_BRACE)) {
        if (parser_error(parser, word->span, "'do' needs a once object"))
            parser_hint(parser, "write 'do o { ... }' for what is done once; a loop is 'loop' or 'while (...)'");
        statement->expr = parse_invalid(parser, word->span);
    } else {
        statement->expr = parse_place(parser, "a once object after 'do'");
    }
    statement->span = parser_span_from(parser, word->span);
    bool is_loop = parser->panics;
    statement->body = parse_block(parser, "'do'");
    if (is_loop && parse_on_this_line(parser, KEYWORD_WHILE)) { /* do { } while (...) */
        parser_advance(parser);
        parser_skip_statement(parser);
    }
    return statement;
}

static Stmt *parse_atomic(Parser *parser)
{
    const Token *word = parser_advance(parser);
    Stmt *statement = parse_new_statement(parser, STMT_ATOMIC, word->span);
    if (parse_on_this_line(parser, KEYWORD_WHEN)) {
        parser_advance(parser);
        statement->expr = parse_condition(parser, "atomic when");
    }
    if (parse_on_this_line(parser, TOKEN_LEFT_PAREN) &&
        parser_error(parser, parser_peek(parser)->span, "'atomic' takes no operand"))
        parser_hint(parser, "write 'atomic { ... }', or 'atomic when (x == 1) { ... }' to wait for a condition");
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
    uint32_t errors = parser->diagnostics->errors;
    Stmt *statement = parse_new_statement(parser, STMT_SELECT, word->span);
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
    if (statement->arms.count == 0 && !parser->closes_blocks && parser->diagnostics->errors == errors)
        parser_note_error(parser, word->span, "a 'select' needs at least one 'when'");
    return statement;
}

/* -------------------------------------------------------------------- main */

Stmt *parse_compound(Parser *parser)
{
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
    default: return NULL;
    }
}
