#include "lang/format.h"

#include <string.h>

#include "lang/lexer.h"

enum { INDENT = 4, MARGIN = 1 }; /* blanks ahead of a comment behind code */

typedef struct Formatter {
    const Source *source;
    const Token *tokens;
    uint32_t count;
    Text *out;
    uint32_t braces, brackets; /* open ones */
    size_t line_begin;         /* of the output */
} Formatter;

/* ------------------------------------------------------------------ spacing */

static bool is_value_end(TokenKind kind)
{
    return kind == TOKEN_NAME || kind == TOKEN_INTEGER || kind == TOKEN_STRING || kind == TOKEN_RIGHT_PAREN ||
           kind == TOKEN_RIGHT_BRACKET || kind == KEYWORD_SELF || kind == KEYWORD_TRUE || kind == KEYWORD_FALSE ||
           kind == KEYWORD_OUTPUT;
}

/* A sign or `!` or `~` that belongs to the value behind it. */
static bool is_prefix(const Formatter *f, uint32_t at)
{
    TokenKind kind = f->tokens[at].kind;
    if (kind == TOKEN_NOT || kind == TOKEN_TILDE)
        return true;
    return (kind == TOKEN_MINUS || kind == TOKEN_PLUS) && (at == 0 || !is_value_end(f->tokens[at - 1].kind));
}

/* Words that are called like functions: min(a, b). Others have a condition in parentheses: if (a). */
static bool is_function_word(TokenKind kind)
{
    return kind == TOKEN_NAME || kind == KEYWORD_MIN || kind == KEYWORD_MAX || kind == KEYWORD_ABS ||
           kind == KEYWORD_LEN || kind == KEYWORD_CHOOSE || kind == KEYWORD_CAS || kind == KEYWORD_FETCH_ADD ||
           kind == KEYWORD_EXCHANGE || kind == KEYWORD_CLOSED;
}

static bool needs_blank(const Formatter *f, uint32_t at)
{
    TokenKind a = f->tokens[at - 1].kind, b = f->tokens[at].kind;
    if (a == TOKEN_LEFT_PAREN || a == TOKEN_LEFT_BRACKET || b == TOKEN_RIGHT_PAREN || b == TOKEN_RIGHT_BRACKET ||
        b == TOKEN_COMMA || b == TOKEN_SEMICOLON)
        return false;
    if (b == TOKEN_PLUS_PLUS || b == TOKEN_MINUS_MINUS || a == TOKEN_DOT || b == TOKEN_DOT || a == TOKEN_RANGE ||
        b == TOKEN_RANGE || a == TOKEN_RANGE_CLOSED || b == TOKEN_RANGE_CLOSED)
        return false;
    if (is_prefix(f, at - 1))
        return (b == TOKEN_MINUS || b == TOKEN_PLUS) && a == b; /* `- -x` */
    if (b == TOKEN_LEFT_BRACKET)
        return !is_value_end(a);
    if (b == TOKEN_LEFT_PAREN && is_function_word(a))
        return false;
    bool is_list = a == TOKEN_LEFT_BRACE || b == TOKEN_RIGHT_BRACE;
    if (is_list) { /* { statement }, but {1, 2} */
        uint32_t open = at - 1, depth = 0;
        if (b == TOKEN_RIGHT_BRACE && a != TOKEN_LEFT_BRACE) {
            for (open = at - 1, depth = 1; open > 0; open--) {
                depth += f->tokens[open].kind == TOKEN_RIGHT_BRACE;
                depth -= f->tokens[open].kind == TOKEN_LEFT_BRACE;
                if (depth == 0)
                    break;
            }
        }
        return !(open > 0 && f->tokens[open - 1].kind == TOKEN_ASSIGN);
    }
    return true;
}

/* ------------------------------------------------------------------ comments */

static size_t column(const Formatter *f)
{
    return text_columns(f->out->bytes + f->line_begin, f->out->length - f->line_begin);
}

static void end_line(Formatter *f)
{
    text_add_char(f->out, '\n');
    f->line_begin = f->out->length;
}

static void indent(Formatter *f, bool closes)
{
    uint32_t depth = f->braces > closes ? f->braces - closes : 0;
    text_fill(f->out, ' ', (size_t)(depth + (f->brackets > 0)) * INDENT);
}

/* Columns in front of a place in the source, tabs to the next multiple of eight. */
static size_t source_column(const Formatter *f, size_t offset)
{
    const char *text = f->source->text;
    size_t begin = offset;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    size_t columns = 0;
    for (size_t i = begin; i < offset; i++) {
        if (text[i] == '\t')
            columns = (columns / 8 + 1) * 8;
        else
            columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return columns;
}

static size_t comment_end(const char *text, size_t at, size_t end)
{
    if (text[at + 1] == '/') {
        while (at < end && text[at] != '\n')
            at++;
        while (text[at - 1] == ' ' || text[at - 1] == '\t' || text[at - 1] == '\r')
            at--;
        return at;
    }
    for (at += 2; at + 1 < end && !(text[at] == '*' && text[at + 1] == '/'); at++)
        continue;
    return at + 2 < end ? at + 2 : end;
}

typedef enum GapEnd { GAP_NOTHING, GAP_COMMENT, GAP_NEW_LINE } GapEnd; /* what stands ahead of the next token */

static void end_lines(Formatter *f, uint32_t lines)
{
    end_line(f);
    if (lines > 1)
        end_line(f);
}

static void write_comment(Formatter *f, size_t at, size_t end)
{
    const char *text = f->source->text;
    text_add_bytes(f->out, text + at, end - at);
    for (size_t i = at; i < end; i++)
        if (text[i] == '\n')
            f->line_begin = f->out->length - (end - i - 1);
}

/* Behind code: a comment to the end of the line keeps its column where the code leaves it free. */
static void write_trailing_comment(Formatter *f, size_t at, size_t end)
{
    size_t wanted = source_column(f, at), here = column(f);
    if (f->source->text[at + 1] != '/')
        wanted = here + 1;
    else if (wanted < here + MARGIN)
        wanted = here + MARGIN;
    text_fill(f->out, ' ', wanted - here);
    write_comment(f, at, end);
}

/* What lies between two tokens: blanks, line ends, comments. */
static GapEnd write_gap(Formatter *f, size_t from, size_t to)
{
    const char *text = f->source->text;
    uint32_t lines = 0; /* line ends since the last thing written */
    bool has_comment = false;
    for (size_t at = from; at < to; at++) {
        lines += text[at] == '\n';
        if (text[at] != '/')
            continue;
        size_t end = comment_end(text, at, to);
        bool is_at_start = f->out->length == 0;
        if (lines == 0 && !is_at_start) {
            write_trailing_comment(f, at, end);
        } else {
            if (!is_at_start)
                end_lines(f, lines);
            indent(f, false);
            write_comment(f, at, end);
        }
        has_comment = true;
        lines = 0;
        at = end - 1;
    }
    if (lines == 0 || f->out->length == 0)
        return has_comment ? GAP_COMMENT : f->out->length == 0 ? GAP_NEW_LINE : GAP_NOTHING;
    end_lines(f, lines);
    return GAP_NEW_LINE;
}

/* ---------------------------------------------------------------------- main */

static void write_all(Formatter *f)
{
    size_t behind = 0;
    for (uint32_t t = 0; t < f->count; t++) {
        const Token *token = &f->tokens[t];
        bool closes = token->kind == TOKEN_RIGHT_BRACE;
        GapEnd end = write_gap(f, behind, token->span.offset);
        if (token->kind == TOKEN_END)
            break;
        if (end == GAP_NEW_LINE)
            indent(f, closes);
        else if (end == GAP_COMMENT || needs_blank(f, t))
            text_add_char(f->out, ' ');
        text_add_bytes(f->out, f->source->text + token->span.offset, token->span.length);
        behind = token->span.offset + token->span.length;
        f->braces += token->kind == TOKEN_LEFT_BRACE;
        f->braces -= closes && f->braces > 0;
        bool opens = token->kind == TOKEN_LEFT_PAREN || token->kind == TOKEN_LEFT_BRACKET;
        bool shuts = token->kind == TOKEN_RIGHT_PAREN || token->kind == TOKEN_RIGHT_BRACKET;
        f->brackets += opens;
        f->brackets -= shuts && f->brackets > 0;
    }
    while (f->out->length > 0 && (f->out->bytes[f->out->length - 1] == '\n' || f->out->bytes[f->out->length - 1] == ' '))
        f->out->length--;
    if (f->out->length > 0)
        text_add_char(f->out, '\n');
}

static bool same_tokens(const TokenList *a, const TokenList *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const Token *x = &a->items[i], *y = &b->items[i];
        if (x->kind != y->kind || x->span.length != y->span.length || (i > 0 && x->after_newline != y->after_newline))
            return false;
    }
    return true;
}

Status format_source(Arena *arena, const Source *source, DiagList *diagnostics, Text *out)
{
    TokenList tokens = lexer_run(arena, arena, source, diagnostics);
    if (diagnostics->errors > 0)
        return STATUS_INVALID;
    Formatter formatter = {.source = source, .tokens = tokens.items, .count = tokens.count, .out = out};
    write_all(&formatter);
    if (out->failed)
        return STATUS_NO_MEMORY;
    Source written = {source->name, out->bytes == NULL ? "" : out->bytes, out->length};
    DiagList none;
    diag_begin(&none, arena, &written);
    TokenList again = lexer_run(arena, arena, &written, &none);
    if (!same_tokens(&tokens, &again)) { /* a layout that we do not know how to keep: as it was */
        out->length = 0;
        text_add_bytes(out, source->text, source->length);
    }
    return out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}
