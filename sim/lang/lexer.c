#include "lang/lexer.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

typedef struct Lexer {
    Arena *arena, *scratch;
    DiagList *diagnostics;
    const char *text;
    size_t length, at;
    uint32_t line;
    size_t column_at; /* the last place whose column is known, on this line */
    uint32_t column;
    bool after_newline;
    TokenList tokens;
} Lexer;

typedef struct Spelling {
    const char *text;
    TokenKind kind;
} Spelling;

/* In the order of PUNCTUATION: a longer spelling stands before its own beginning. */
static const Spelling punctuation[] = {
#define X(name, spelling) {spelling, name},
    PUNCTUATION(X)
#undef X
};

static const char *const spellings[TOKEN_KIND_COUNT] = {[TOKEN_END] = "the end of the file",
                                                        [TOKEN_INVALID] = "something unreadable",
                                                        [TOKEN_NAME] = "a name",
                                                        [TOKEN_INTEGER] = "a number",
                                                        [TOKEN_DECIMAL] = "a number",
                                                        [TOKEN_STRING] = "a text",
#define X(name, spelling) [name] = spelling,
                                                        PUNCTUATION(X)
#undef X
#define X(name, spelling, class) [KEYWORD_##name] = spelling,
                                                            KEYWORDS(X)
#undef X
#define X(name, spelling, class, follows) [KEYWORD_##name] = spelling,
                                                                MODEL_WORDS(X)
#undef X
};

static const KeywordClass classes[TOKEN_KIND_COUNT] = {
#define X(name, spelling, class) [KEYWORD_##name] = KEYWORD_IS_##class,
    KEYWORDS(X)
#undef X
#define X(name, spelling, class, follows) [KEYWORD_##name] = KEYWORD_IS_##class,
        MODEL_WORDS(X)
#undef X
};

/* Characters that an editor or a keyboard for another script puts in place of the ASCII ones. */
static const struct {
    utf8proc_int32_t code;
    const char *meant;
} lookalikes[] = {
    {0x201C, "\""}, {0x201D, "\""}, {0x201E, "\""}, {0x00AB, "\""}, {0x00BB, "\""}, {0x2018, "\""},
    {0x2019, "\""}, {0xFF08, "("},  {0xFF09, ")"},  {0xFF5B, "{"},  {0xFF5D, "}"},  {0xFF3B, "["},
    {0xFF3D, "]"},  {0xFF0C, ","},  {0x3001, ","},  {0xFF1B, ";"},  {0x037E, ";"},  {0xFF1D, "="},
    {0xFF0B, "+"},  {0x2212, "-"},  {0x2013, "-"},  {0x2014, "-"},  {0x00D7, "*"},  {0x2260, "!="},
    {0x2264, "<="}, {0x2265, ">="}, {0x2227, "&&"}, {0x2228, "||"}, {0x00AC, "!"},  {0x2026, ".."},
};

const char *token_spelling(TokenKind kind)
{
    return spellings[kind];
}

bool token_is_keyword(TokenKind kind)
{
    return kind > TOKEN_TILDE;
}

KeywordClass token_keyword_class(TokenKind kind)
{
    assert(token_is_keyword(kind));
    return classes[kind];
}

const char *token_domain_word(size_t i, KeywordClass *class)
{
    static const struct {
        const char *spelling;
        KeywordClass class;
    } words[] = {
#define X(spelling, class) {spelling, KEYWORD_IS_##class},
        DOMAIN_WORDS(X) CLOCK_WORDS(X)
#undef X
    };
    if (i >= sizeof words / sizeof *words)
        return NULL;
    *class = words[i].class;
    return words[i].spelling;
}

/* ------------------------------------------------------------------ places */

static Span span_from(Lexer *lexer, size_t offset)
{
    for (; lexer->column_at < offset; lexer->column_at++)
        lexer->column += ((unsigned char)lexer->text[lexer->column_at] & 0xC0) != 0x80;
    return (Span){(uint32_t)offset, (uint32_t)(lexer->at - offset), lexer->line, lexer->column};
}

/* To be called when `at` stands behind a newline. */
static void begin_line(Lexer *lexer)
{
    lexer->line++;
    lexer->column_at = lexer->at;
    lexer->column = 1;
    lexer->after_newline = true;
}

/* The character at `offset` and its length in bytes; an invalid byte is -1 and 1. */
static utf8proc_int32_t code_at(const Lexer *lexer, size_t offset, size_t *bytes)
{
    utf8proc_int32_t code;
    size_t left = lexer->length - offset;
    utf8proc_ssize_t taken =
        utf8proc_iterate((const utf8proc_uint8_t *)lexer->text + offset, left > 4 ? 4 : (utf8proc_ssize_t)left, &code);
    *bytes = taken > 0 ? (size_t)taken : 1;
    return taken > 0 ? code : -1;
}

static char char_at(const Lexer *lexer, size_t offset)
{
    if (offset >= lexer->length)
        return '\0';
    return lexer->text[offset];
}

static Token *push(Lexer *lexer, TokenKind kind, Span span)
{
    Token token = {.kind = kind, .span = span, .after_newline = lexer->after_newline};
    lexer->after_newline = false;
    ARENA_PUSH(lexer->scratch, lexer->tokens, token);
    return &lexer->tokens.items[lexer->tokens.count - 1];
}

/* ------------------------------------------------------------------- names */

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(utf8proc_int32_t code)
{
    if (code < 0)
        return false;
    if (code < 128)
        return is_ascii_letter((char)code);
    utf8proc_category_t category = utf8proc_category(code);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) || category == UTF8PROC_CATEGORY_NL;
}

static bool is_name_part(utf8proc_int32_t code)
{
    if (code < 0)
        return false;
    if (code < 128)
        return is_ascii_letter((char)code) || is_digit((char)code);
    utf8proc_category_t category = utf8proc_category(code);
    return is_name_start(code) || category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_PC;
}

/* Two spellings of the same letters (composed or with combining marks) are one name. */
static const char *normalise(Lexer *lexer, const char *bytes, size_t length)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    const utf8proc_uint8_t *source = (const utf8proc_uint8_t *)bytes;
    utf8proc_ssize_t codes = utf8proc_decompose(source, (utf8proc_ssize_t)length, NULL, 0, options);
    if (codes < 0)
        return arena_string(lexer->arena, bytes, length);
    utf8proc_int32_t *buffer = ARENA_ARRAY(lexer->scratch, utf8proc_int32_t, (size_t)codes + 1);
    utf8proc_decompose(source, (utf8proc_ssize_t)length, buffer, codes, options);
    utf8proc_ssize_t encoded = utf8proc_reencode(buffer, codes, options);
    return arena_string(lexer->arena, (const char *)buffer, encoded < 0 ? 0 : (size_t)encoded);
}

static TokenKind keyword_kind(const char *bytes, size_t length)
{
    for (int kind = TOKEN_TILDE + 1; kind < TOKEN_RESERVED_END; kind++)
        if (strlen(spellings[kind]) == length && memcmp(spellings[kind], bytes, length) == 0)
            return (TokenKind)kind;
    return TOKEN_NAME;
}

static void lex_name(Lexer *lexer)
{
    size_t begin = lexer->at;
    bool is_ascii = true;
    while (lexer->at < lexer->length) {
        size_t bytes;
        if (!is_name_part(code_at(lexer, lexer->at, &bytes)))
            break;
        is_ascii = is_ascii && bytes == 1;
        lexer->at += bytes;
    }
    const char *name = lexer->text + begin;
    size_t length = lexer->at - begin;
    Token *token = push(lexer, is_ascii ? keyword_kind(name, length) : TOKEN_NAME, span_from(lexer, begin));
    token->text = is_ascii ? arena_string(lexer->arena, name, length) : normalise(lexer, name, length);
}

/* ----------------------------------------------------------------- numbers */

static int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

/* A unit of time may follow its number without a blank: 100ms. */
static bool is_unit(const Lexer *lexer, size_t at)
{
    static const char *const units[] = {"ns", "us", "ms", "s", "min"};
    size_t end = at;
    while (is_ascii_letter(char_at(lexer, end)) || is_digit(char_at(lexer, end)))
        end++;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++)
        if (strlen(units[u]) == end - at && memcmp(lexer->text + at, units[u], end - at) == 0)
            return true;
    return false;
}

static void lex_number(Lexer *lexer)
{
    const uint64_t limit = (uint64_t)INT64_MAX + 1;
    size_t begin = lexer->at;
    uint64_t base = 10;
    if (char_at(lexer, begin) == '0') {
        char c = char_at(lexer, begin + 1);
        base = c == 'x' || c == 'X' ? 16 : c == 'b' || c == 'B' ? 2 : c == 'o' || c == 'O' ? 8 : 10;
    }
    lexer->at += base == 10 ? 0 : 2;

    uint64_t value = 0;
    size_t digits = 0;
    bool is_bad = false, is_huge = false, is_fraction = false;
    size_t first = lexer->at;
    for (; lexer->at < lexer->length; lexer->at++) {
        char c = lexer->text[lexer->at];
        if (c == '_')
            continue;
        if ((!is_digit(c) && !is_ascii_letter(c)) || (base == 10 && is_ascii_letter(c) && is_unit(lexer, lexer->at)))
            break;
        int digit = digit_value(c);
        if ((uint64_t)digit >= base) {
            is_bad = true;
            continue;
        }
        digits++;
        if (value > (limit - (uint64_t)digit) / base)
            is_huge = true;
        else
            value = value * base + (uint64_t)digit;
    }
    if (char_at(lexer, lexer->at) == '.' && is_digit(char_at(lexer, lexer->at + 1))) {
        is_fraction = true;
        for (lexer->at++; is_digit(char_at(lexer, lexer->at)); lexer->at++)
            continue;
    }
    int length = lexer->at - begin > 40 ? 40 : (int)(lexer->at - begin);
    const char *text = lexer->text + begin;
    Span span = span_from(lexer, begin);
    if (is_fraction && base == 10 && !is_bad && digits > 0) {
        push(lexer, TOKEN_DECIMAL, span)->text = arena_string(lexer->arena, text, lexer->at - begin);
        return;
    }
    if (is_bad || is_fraction || digits == 0) {
        diag_error(lexer->diagnostics, span, "'%.*s' is no number", length, text);
        diag_hint(lexer->diagnostics, "numbers look like 42, 1_000, 0x2A, 0b101010 or 0o52");
    } else if (is_huge) {
        diag_error(lexer->diagnostics, span, "the number does not fit 64 bits");
        diag_hint(lexer->diagnostics, "the greatest is 9223372036854775807");
    } else if (base == 10 && text[0] == '0' && lexer->at - first > 1) {
        diag_error(lexer->diagnostics, span, "a decimal number does not begin with 0");
        diag_hint(lexer->diagnostics, "octal numbers are written 0o17");
    }
    push(lexer, TOKEN_INTEGER, span)->value = is_huge || is_bad ? 0 : value;
}

/* ----------------------------------------------------------------- strings */

static void lex_string(Lexer *lexer)
{
    size_t begin = lexer->at;
    char quote = lexer->text[begin];
    size_t end = begin + 1; /* of what stands between the quotes */
    while (end < lexer->length && lexer->text[end] != '\n' && lexer->text[end] != quote)
        end += lexer->text[end] == '\\' && end + 1 < lexer->length && lexer->text[end + 1] != '\n' ? 2 : 1;
    bool is_closed = end < lexer->length && lexer->text[end] == quote;
    if (!is_closed && lexer->text[end - 1] == '\r')
        end--;
    char *decoded = ARENA_ARRAY(lexer->scratch, char, end - begin);
    size_t count = 0;
    Span span = span_from(lexer, begin);
    lexer->at++;
    while (lexer->at < end) {
        char c = lexer->text[lexer->at];
        size_t place = lexer->at;
        if (c == '\\') {
            static const char escapes[] = "nrt\\\"'", meanings[] = "\n\r\t\\\"'";
            char escape = char_at(lexer, lexer->at + 1);
            const char *found = escape == '\0' ? NULL : strchr(escapes, escape);
            size_t bytes;
            lexer->at++;
            if (lexer->at == end) /* a backslash before the end of the line: the missing quote is reported below */
                break;
            (void)code_at(lexer, lexer->at, &bytes);
            lexer->at += bytes;
            if (found != NULL) {
                decoded[count++] = meanings[found - escapes];
            } else {
                diag_error(lexer->diagnostics, span_from(lexer, place), "unknown escape '%.*s' in a text",
                           (int)(lexer->at - place), lexer->text + place);
                diag_hint(lexer->diagnostics, "known are \\n \\r \\t \\\\ \\\" \\'");
            }
            continue;
        }
        size_t bytes;
        utf8proc_int32_t code = code_at(lexer, lexer->at, &bytes);
        lexer->at += bytes;
        if (code < 0)
            diag_error(lexer->diagnostics, span_from(lexer, place), "the text is not valid UTF-8 here");
        else if (code == 0)
            diag_error(lexer->diagnostics, span_from(lexer, place), "a NUL byte in a text");
        else
            for (size_t i = 0; i < bytes; i++)
                decoded[count++] = lexer->text[place + i];
    }
    if (is_closed)
        lexer->at++;
    span.length = (uint32_t)(lexer->at - begin);
    if (!is_closed) {
        diag_error(lexer->diagnostics, span, "this text does not end on its line");
        diag_hint(lexer->diagnostics, "close it with %c; a line break is written \\n", quote);
    } else if (quote == '\'') {
        diag_error(lexer->diagnostics, span, "a text stands in double quotes");
        diag_hint(lexer->diagnostics, "write \"%.*s\"", (int)(span.length - 2), lexer->text + begin + 1);
    }
    push(lexer, TOKEN_STRING, span)->text = arena_string(lexer->arena, decoded, count);
}

/* ---------------------------------------------------------------- comments */

/* A comment may hold anything that is UTF-8; one report for each comment is enough. */
static void check_comment_character(Lexer *lexer, bool *is_reported)
{
    size_t begin = lexer->at, bytes;
    utf8proc_int32_t code = code_at(lexer, begin, &bytes);
    lexer->at += bytes;
    if (code > 0 || *is_reported)
        return;
    *is_reported = true;
    diag_error(lexer->diagnostics, span_from(lexer, begin),
               code == 0 ? "a NUL byte in a comment" : "the comment is not valid UTF-8 here");
}

static void lex_line_comment(Lexer *lexer)
{
    bool is_reported = false;
    while (lexer->at < lexer->length && lexer->text[lexer->at] != '\n')
        check_comment_character(lexer, &is_reported);
}

static void lex_block_comment(Lexer *lexer)
{
    bool is_reported = false;
    size_t begin = lexer->at;
    lexer->at += 2;
    Span span = span_from(lexer, begin);
    while (lexer->at < lexer->length) {
        if (lexer->text[lexer->at] == '*' && char_at(lexer, lexer->at + 1) == '/') {
            lexer->at += 2;
            return;
        }
        if (lexer->text[lexer->at] == '\n') {
            lexer->at++;
            begin_line(lexer);
        } else {
            check_comment_character(lexer, &is_reported);
        }
    }
    diag_error(lexer->diagnostics, span, "this comment never ends");
    diag_hint(lexer->diagnostics, "close it with */");
}

/* ------------------------------------------------------------ bad characters */

/* What a character that cannot stand here may have been meant as, or NULL. */
static const char *meant(utf8proc_int32_t code)
{
    for (size_t i = 0; i < sizeof lookalikes / sizeof *lookalikes; i++)
        if (lookalikes[i].code == code)
            return lookalikes[i].meant;
    return NULL;
}

static void lex_bad(Lexer *lexer)
{
    size_t begin = lexer->at, bytes;
    utf8proc_int32_t code = code_at(lexer, begin, &bytes);
    if (code <= 0) { /* one report for the whole run */
        while (lexer->at < lexer->length && code_at(lexer, lexer->at, &bytes) == code)
            lexer->at += bytes;
        Span span = span_from(lexer, begin);
        diag_error(lexer->diagnostics, span,
                   code == 0 ? "a NUL byte in the source" : "the source is not valid UTF-8 here");
        push(lexer, TOKEN_INVALID, span);
        return;
    }
    lexer->at += bytes;
    Span span = span_from(lexer, begin);
    bool is_visible = code > ' ' && code != 127 && utf8proc_charwidth(code) > 0;
    if (is_visible)
        diag_error(lexer->diagnostics, span, "'%.*s' has no meaning here", (int)bytes, lexer->text + begin);
    else
        diag_error(lexer->diagnostics, span, "the invisible character U+%04X has no meaning here", (unsigned)code);
    const char *ascii = meant(code);
    if (code == '#') { /* the rest of the line is a comment, for somebody; nothing is missing there */
        size_t left = lexer->length - lexer->at;
        bool is_include = left > 7 && memcmp(lexer->text + lexer->at, "include", 7) == 0;
        diag_hint(lexer->diagnostics, is_include ? "a scenario is one file, and needs nothing else" : "comments begin with //");
        while (lexer->at < lexer->length && lexer->text[lexer->at] != '\n')
            lexer->at++;
        return;
    }
    if (ascii != NULL) {
        diag_hint(lexer->diagnostics, "write %s", ascii);
    }
    push(lexer, TOKEN_INVALID, span);
}

/* -------------------------------------------------------------------- main */

static bool lex_punctuation(Lexer *lexer)
{
    for (size_t i = 0; i < sizeof punctuation / sizeof *punctuation; i++) {
        size_t length = strlen(punctuation[i].text);
        if (length > lexer->length - lexer->at || memcmp(lexer->text + lexer->at, punctuation[i].text, length) != 0)
            continue;
        size_t begin = lexer->at;
        lexer->at += length;
        push(lexer, punctuation[i].kind, span_from(lexer, begin));
        return true;
    }
    return false;
}

static void lex_token(Lexer *lexer)
{
    char c = lexer->text[lexer->at];
    size_t bytes;
    utf8proc_int32_t code = code_at(lexer, lexer->at, &bytes);
    if (c == '\n') {
        lexer->at++;
        begin_line(lexer);
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' ||
               (code > 127 && utf8proc_category(code) == UTF8PROC_CATEGORY_ZS)) {
        lexer->at += bytes;
    } else if (c == '/' && char_at(lexer, lexer->at + 1) == '/') {
        lex_line_comment(lexer);
    } else if (c == '/' && char_at(lexer, lexer->at + 1) == '*') {
        lex_block_comment(lexer);
    } else if (is_digit(c)) {
        lex_number(lexer);
    } else if (c == '"' || c == '\'') {
        lex_string(lexer);
    } else if (is_name_start(code)) {
        lex_name(lexer);
    } else if (!lex_punctuation(lexer)) {
        lex_bad(lexer);
    }
}

TokenList lexer_run(Arena *arena, Arena *scratch, const Source *source, DiagList *diagnostics)
{
    Lexer lexer = {.arena = arena,
                   .scratch = scratch,
                   .diagnostics = diagnostics,
                   .text = source->text,
                   .length = source->length,
                   .line = 1,
                   .column = 1,
                   .after_newline = true};
    if (source->length > LEXER_MAX_BYTES) {
        diag_error(diagnostics, (Span){0, 0, 1, 1}, "the file has %zu bytes, more than %d", source->length,
                   (int)LEXER_MAX_BYTES);
        lexer.length = 0;
    }
    if (lexer.length >= 3 && memcmp(lexer.text, "\xEF\xBB\xBF", 3) == 0) /* a byte order mark, as some editors write */
        lexer.at = lexer.column_at = 3;
    while (lexer.at < lexer.length)
        lex_token(&lexer);
    Span end = span_from(&lexer, lexer.at);
    lexer.after_newline = true;
    push(&lexer, TOKEN_END, end);
    return lexer.tokens;
}
