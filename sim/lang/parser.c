#include "lang/parser.h"

#include <stdarg.h>
#include <string.h>

#include "lang/parse.h"

/* ------------------------------------------------------------------ tokens */

const Token *parser_peek(const Parser *parser)
{
    return &parser->tokens.items[parser->at];
}

const Token *parser_peek_at(const Parser *parser, uint32_t ahead)
{
    uint32_t last = parser->tokens.count - 1;
    return &parser->tokens.items[ahead < last - parser->at ? parser->at + ahead : last];
}

const Token *parser_previous(const Parser *parser)
{
    return &parser->tokens.items[parser->at == 0 ? 0 : parser->at - 1];
}

const Token *parser_advance(Parser *parser)
{
    const Token *token = parser_peek(parser);
    if (token->kind != TOKEN_END)
        parser->at++;
    return token;
}

bool parser_at(const Parser *parser, TokenKind kind)
{
    return parser_peek(parser)->kind == kind;
}

bool parser_accept(Parser *parser, TokenKind kind)
{
    if (!parser_at(parser, kind))
        return false;
    parser_advance(parser);
    return true;
}

bool parser_at_word(const Parser *parser, const char *word)
{
    return parser_at(parser, TOKEN_NAME) && strcmp(parser_peek(parser)->text, word) == 0;
}

bool parser_at_end_of_statement(const Parser *parser)
{
    const Token *token = parser_peek(parser);
    return token->kind == TOKEN_END || token->kind == TOKEN_SEMICOLON || token->kind == TOKEN_RIGHT_BRACE ||
           (token->after_newline && parser->brackets == 0);
}

Span parser_span_from(const Parser *parser, Span from)
{
    Span last = parser_previous(parser)->span;
    uint32_t end = last.offset + last.length;
    from.length = end > from.offset ? end - from.offset : from.length;
    return from;
}

Span parser_span_behind(const Parser *parser)
{
    const Token *previous = parser_previous(parser);
    Span span = previous->span;
    const char *text = parser->source->text + span.offset;
    for (uint32_t i = 0; i < span.length; i++)
        span.column += ((unsigned char)text[i] & 0xC0) != 0x80;
    span.offset += span.length;
    span.length = 0;
    return span;
}

TokenKind parser_continuation(const Parser *parser)
{
    const Token *token = parser_peek(parser);
    return token->after_newline && parser->brackets == 0 ? TOKEN_END : token->kind;
}

/* ----------------------------------------------------------------- reports */

void parser_panic(Parser *parser)
{
    if (!parser->panics)
        parser->panic_brackets = parser->brackets;
    parser->panics = true;
}

bool parser_error(Parser *parser, Span span, const char *format, ...)
{
    if (parser->panics)
        return false;
    va_list args;
    va_start(args, format);
    diag_report(parser->diagnostics, SEVERITY_ERROR, span, format, args);
    va_end(args);
    parser_panic(parser);
    return true;
}

bool parser_note_error(Parser *parser, Span span, const char *format, ...)
{
    if (parser->panics)
        return false;
    va_list args;
    va_start(args, format);
    diag_report(parser->diagnostics, SEVERITY_ERROR, span, format, args);
    va_end(args);
    return true;
}

void parser_hint(Parser *parser, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag_report_hint(parser->diagnostics, format, args);
    va_end(args);
}

const char *parser_found(Parser *parser)
{
    const Token *token = parser_peek(parser);
    if (token->kind == TOKEN_END)
        return "the end of the file";
    if (token->after_newline && parser->brackets == 0 && parser->at > 0)
        return "the end of the line";
    if (token->kind == TOKEN_STRING)
        return "a text";
    int length = token->span.length > 40 ? 40 : (int)token->span.length;
    return arena_format(parser->arena, "'%.*s'", length, parser->source->text + token->span.offset);
}

bool parser_error_expected(Parser *parser, const char *what)
{
    const Token *token = parser_peek(parser);
    if (token->kind == TOKEN_INVALID) { /* the lexer has reported it */
        parser_panic(parser);
        return false;
    }
    bool is_missing = token->kind == TOKEN_END || (token->after_newline && parser->brackets == 0);
    Span span = is_missing && parser->at > 0 ? parser_span_behind(parser) : token->span;
    return parser_error(parser, span, "expected %s, found %s", what, parser_found(parser));
}

bool parser_expect(Parser *parser, TokenKind kind, const char *where)
{
    if (parser_accept(parser, kind))
        return true;
    parser_error_expected(parser, arena_format(parser->arena, "'%s' %s", token_spelling(kind), where));
    return false;
}

void parser_close(Parser *parser, TokenKind kind, const Token *open)
{
    if (parser->panics || parser_accept(parser, kind))
        return;
    if (parser_at(parser, TOKEN_INVALID)) {
        parser_panic(parser);
        return;
    }
    const Token *found = parser_peek(parser);
    if (parser_error_foreign_operator(parser))
        return;
    bool may_go_on = found->kind == TOKEN_LEFT_BRACE || found->kind == TOKEN_RIGHT_BRACE || found->kind == TOKEN_END ||
                     found->after_newline;
    parser_note_error(parser, may_go_on ? parser_span_behind(parser) : found->span, "missing '%s'",
                      token_spelling(kind));
    parser_hint(parser, "the '%s' in line %u, column %u is still open", token_spelling(open->kind), open->span.line,
                open->span.column);
    if (!may_go_on)
        parser_panic(parser);
}

bool parser_error_foreign_operator(Parser *parser)
{
    static const struct {
        const char *word, *ours;
    } words[] = {{"and", "&&"}, {"or", "||"}, {"is", "=="}, {"mod", "%"}, {"xor", "^"}};
    const Token *token = parser_peek(parser);
    for (size_t i = 0; token->kind == TOKEN_NAME && !(token->after_newline && parser->brackets == 0) && i < sizeof words / sizeof *words; i++)
        if (strcmp(token->text, words[i].word) == 0) {
            if (parser_error(parser, token->span, "'%s' is not a word of the language", token->text))
                parser_hint(parser, "write '%s'", words[i].ours);
            return true;
        }
    return false;
}

const Token *parser_open_bracket(Parser *parser)
{
    parser->brackets++;
    return parser_advance(parser);
}

void parser_close_bracket(Parser *parser, TokenKind kind, const Token *open)
{
    parser_close(parser, kind, open);
    if (parser->brackets > 0)
        parser->brackets--;
}

const Token *parser_expect_name(Parser *parser, const char *what)
{
    const Token *token = parser_peek(parser);
    bool is_here = !(token->after_newline && parser->brackets == 0);
    if (token->kind == TOKEN_NAME && is_here)
        return parser_advance(parser);
    if (token_is_keyword(token->kind) && is_here) {
        if (parser_error(parser, token->span, "'%s' is a word of the language and cannot be a name", token->text))
            parser_hint(parser, "choose another name");
        parser_advance(parser);
        return NULL;
    }
    parser_error_expected(parser, what);
    return NULL;
}

/* ---------------------------------------------------------------- recovery */

static void remember_name(Parser *parser, const Token *token)
{
    if (token->kind == TOKEN_NAME && !parser->diagnostics->is_quiet)
        ARENA_PUSH(parser->scratch, parser->parsed->skipped_names, token->text);
}

void parser_skip_braces(Parser *parser)
{
    uint32_t open = 0;
    do {
        const Token *token = parser_peek(parser);
        if (token->kind == TOKEN_END)
            return;
        open += token->kind == TOKEN_LEFT_BRACE;
        open -= token->kind == TOKEN_RIGHT_BRACE;
        remember_name(parser, token);
        parser_advance(parser);
    } while (open > 0);
}

bool parse_begins_statement(TokenKind kind)
{
    if (!token_is_keyword(kind))
        return false;
    KeywordClass class = token_keyword_class(kind);
    return class != KEYWORD_IS_EXPRESSION && class != KEYWORD_IS_PART;
}

void parser_skip_statement(Parser *parser)
{
    uint32_t brackets = parser->panics ? parser->panic_brackets : 0;
    bool is_first = parser->at == parser->statement; /* it is passed, wherever it stands */
    for (;; is_first = false) {
        const Token *token = parser_peek(parser);
        if (token->kind == TOKEN_END || token->kind == TOKEN_SEMICOLON || token->kind == TOKEN_LEFT_BRACE ||
            token->kind == TOKEN_RIGHT_BRACE)
            break;
        /* An open bracket that never closes must not swallow the file: a word that begins a line ends it. */
        if (token->after_newline && !is_first && (brackets == 0 || parse_begins_statement(token->kind)))
            break;
        if (token->kind == TOKEN_LEFT_PAREN || token->kind == TOKEN_LEFT_BRACKET)
            brackets++;
        if ((token->kind == TOKEN_RIGHT_PAREN || token->kind == TOKEN_RIGHT_BRACKET) && brackets > 0)
            brackets--;
        remember_name(parser, token);
        parser_advance(parser);
    }
}

void parser_skip_construct(Parser *parser)
{
    uint32_t column = parser_peek(parser)->span.column;
    remember_name(parser, parser_advance(parser));
    parser_skip_statement(parser);
    if (parser_at(parser, TOKEN_LEFT_BRACE))
        parser_skip_braces(parser);
    if (parser_previous(parser)->kind == TOKEN_COLON) { /* a block by indentation */
        while (parser_peek(parser)->span.column > column && parser_peek(parser)->kind != TOKEN_RIGHT_BRACE &&
               parser_peek(parser)->kind != TOKEN_END) {
            remember_name(parser, parser_advance(parser));
            while (!parser_peek(parser)->after_newline)
                remember_name(parser, parser_advance(parser));
        }
    }
    parser->panics = false;
}

static bool is_time_unit(const Token *token)
{
    static const char *const units[] = {"ns", "us", "ms", "s", "sec", "seconds", "min", "h"};
    for (size_t i = 0; token->kind == TOKEN_NAME && i < sizeof units / sizeof *units; i++)
        if (strcmp(token->text, units[i]) == 0)
            return true;
    return false;
}

/* What may have been meant by what stands where the line should end. */
static void hint_behind_statement(Parser *parser, const Token *found, const char *after)
{
    static const char separate[] = "begin a new line, or write ';' between two statements";
    const Token *before = parser_previous(parser);
    bool is_print = strcmp(after, "'print'") == 0;
    switch (found->kind) {
    case TOKEN_LEFT_PAREN:
        if (strcmp(after, "the declaration") == 0)
            parser_hint(parser, "an initial value follows '='");
        break;
    case TOKEN_LEFT_BRACE:
        if (strcmp(after, "'lock'") == 0 || strcmp(after, "'acquire'") == 0)
            parser_hint(parser, "write 'with m { ... }'");
        break;
    case TOKEN_RIGHT_PAREN:
    case TOKEN_RIGHT_BRACKET:
        parser_hint(parser, "no '%s' is open here", found->kind == TOKEN_RIGHT_PAREN ? "(" : "[");
        break;
    case TOKEN_COLON: parser_hint(parser, "blocks stand in braces, without ':'"); break;
    case TOKEN_COMMA:
        if (after[0] == '\'')
            parser_hint(parser, "one object each: write %s again on a line of its own", after);
        else
            parser_hint(parser, "%s", separate);
        break;
    case TOKEN_DOT:
        if (before->kind == KEYWORD_SELF)
            parser_hint(parser, "'self' is the number of the thread, and has no parts");
        else
            parser_hint(parser, "values are whole numbers, and have no parts");
        break;
    case TOKEN_PLUS_PLUS:
    case TOKEN_MINUS_MINUS:
        parser_hint(parser, "'x%s' is a statement of its own", token_spelling(found->kind));
        break;
    case TOKEN_PLUS:
    case TOKEN_STRING:
        if (is_print)
            parser_hint(parser, "',' stands between what is printed: print \"x = \", x");
        break;
    case KEYWORD_IF: parser_hint(parser, "%s", after[0] == '\'' ? separate : "a choice between two values is written 'c ? a : b'"); break;
    case KEYWORD_WITH:
        if (strcmp(after, "the declaration") == 0)
            parser_hint(parser, "the mutex is named where a thread waits: 'wait c with m'");
        break;
    default:
        if (before->kind == TOKEN_INTEGER && is_time_unit(found))
            parser_hint(parser, "times stand behind 'sleep', 'compute' and 'io'; other values are plain numbers");
        else if (found->kind == TOKEN_NAME || (token_is_keyword(found->kind) && token_keyword_class(found->kind) != KEYWORD_IS_PART))
            parser_hint(parser, "%s", separate);
        break;
    }
}

/* Behind `try { ... }`, which was reported: `catch (e) { ... }`, `finally { ... }`. */
static bool is_at_handler(const Parser *parser)
{
    const Token *token = parser_peek(parser);
    return parser->tokens.items[parser->statement].kind == KEYWORD_TRY && !token->after_newline && parser_previous(parser)->kind == TOKEN_RIGHT_BRACE &&
           (token->kind == KEYWORD_FINALLY || parser_at_word(parser, "catch") || parser_at_word(parser, "except"));
}

void parser_end_statement(Parser *parser, const char *after)
{
    if (!parser->panics && !parser_at_end_of_statement(parser)) {
        const Token *token = parser_peek(parser);
        if (token->kind == TOKEN_INVALID) {
            parser_panic(parser);
        } else if (parser_error_foreign_operator(parser)) {
            /* reported */
        } else if (parser_error(parser, token->span, "expected the end of the line after %s, found %s", after,
                                parser_found(parser))) {
            hint_behind_statement(parser, token, after);
        }
    }
    if (parser->panics) {
        do { /* behind the braces of an initial value the list may go on */
            parser_skip_statement(parser);
            if (parser_at(parser, TOKEN_LEFT_BRACE))
                parser_skip_braces(parser);
        } while ((parser_at(parser, TOKEN_COMMA) && !parser_peek(parser)->after_newline) || is_at_handler(parser));
        parser->panics = false;
        parser->brackets = 0;
    }
    while (parser_accept(parser, TOKEN_SEMICOLON))
        continue;
}

bool parser_enter(Parser *parser)
{
    if (parser->depth < NESTING_MAX) {
        parser->depth++;
        if (parser->depth > parser->deepest)
            parser->deepest = parser->depth;
        return true;
    }
    if (parser->is_too_deep) { /* one report a file is enough */
        parser_panic(parser);
        return false;
    }
    parser->is_too_deep = true;
    if (parser_error(parser, parser_peek(parser)->span, "nested more than %d levels deep", (int)NESTING_MAX))
        parser_hint(parser, "move the inner part into a function");
    return false;
}

void parser_leave(Parser *parser)
{
    parser->depth--;
}

/* -------------------------------------------------------------------- main */

Parsed *parser_run(Arena *arena, Arena *scratch, const Source *source, DiagList *diagnostics)
{
    Parser parser = {.arena = arena, .scratch = scratch, .source = source, .diagnostics = diagnostics};
    parser.tokens = lexer_run(arena, scratch, source, diagnostics);
    parser.parsed = ARENA_NEW(scratch, Parsed);
    parser.parsed->scenario = ARENA_NEW(arena, Scenario);
    parser.parsed->scenario->source = source;
    parser.declares_receive = parse_declares_receive(&parser);
    while (!parser_at(&parser, TOKEN_END))
        parse_top_level(&parser);
    return parser.parsed;
}
