/* lexer.h: the text of a scenario as a row of tokens.
 *
 * Shape   all tokens at once, the last one TOKEN_END. A newline is no token but a mark on the token after it, so that
 *         the parser can decide where it ends a statement.
 * Owner   the tokens belong to the scratch arena, names and strings to the arena of the tree.
 * Errors  bad characters, numbers, strings and comments are reported here; what could not be read at all becomes one
 *         TOKEN_INVALID, on which the parser keeps silent. */
#ifndef LANG_LEXER_H
#define LANG_LEXER_H

#include "base/diag.h"
#include "base/memory.h"
#include "lang/keywords.h"

#define PUNCTUATION(X)                                                                                       \
    X(TOKEN_LEFT_PAREN, "(") X(TOKEN_RIGHT_PAREN, ")") X(TOKEN_LEFT_BRACKET, "[") X(TOKEN_RIGHT_BRACKET, "]") \
    X(TOKEN_LEFT_BRACE, "{") X(TOKEN_RIGHT_BRACE, "}") X(TOKEN_COMMA, ",") X(TOKEN_SEMICOLON, ";")           \
    X(TOKEN_RANGE_CLOSED, "..=") X(TOKEN_RANGE, "..") X(TOKEN_DOT, ".") X(TOKEN_QUESTION, "?")               \
    X(TOKEN_COLON, ":")                                                                                      \
    X(TOKEN_SHIFT_LEFT_ASSIGN, "<<=") X(TOKEN_SHIFT_RIGHT_ASSIGN, ">>=")                                     \
    X(TOKEN_PLUS_PLUS, "++") X(TOKEN_MINUS_MINUS, "--") X(TOKEN_PLUS_ASSIGN, "+=") X(TOKEN_MINUS_ASSIGN, "-=") \
    X(TOKEN_STAR_ASSIGN, "*=") X(TOKEN_SLASH_ASSIGN, "/=") X(TOKEN_PERCENT_ASSIGN, "%=")                     \
    X(TOKEN_AND_ASSIGN, "&=") X(TOKEN_OR_ASSIGN, "|=") X(TOKEN_XOR_ASSIGN, "^=")                             \
    X(TOKEN_AND_AND, "&&") X(TOKEN_OR_OR, "||") X(TOKEN_EQUAL, "==") X(TOKEN_NOT_EQUAL, "!=")                \
    X(TOKEN_SHIFT_LEFT, "<<") X(TOKEN_SHIFT_RIGHT, ">>") X(TOKEN_LESS_EQUAL, "<=")                           \
    X(TOKEN_GREATER_EQUAL, ">=")                                                                             \
    X(TOKEN_LESS, "<") X(TOKEN_GREATER, ">") X(TOKEN_ASSIGN, "=") X(TOKEN_PLUS, "+") X(TOKEN_MINUS, "-")     \
    X(TOKEN_STAR, "*") X(TOKEN_SLASH, "/") X(TOKEN_PERCENT, "%") X(TOKEN_AND, "&") X(TOKEN_OR, "|")          \
    X(TOKEN_XOR, "^") X(TOKEN_NOT, "!") X(TOKEN_TILDE, "~")

typedef enum TokenKind {
    TOKEN_END,     /* of the file */
    TOKEN_INVALID, /* already reported */
    TOKEN_NAME,    /* `text` */
    TOKEN_INTEGER, /* `value` */
    TOKEN_DECIMAL, /* `text`: digits with a point, for durations */
    TOKEN_STRING,  /* `text`, escapes resolved */
#define X(name, spelling) name,
    PUNCTUATION(X)
#undef X
#define X(name, spelling, class) KEYWORD_##name,
    KEYWORDS(X)
#undef X
    TOKEN_RESERVED_END, /* what follows comes from the parser only */
    TOKEN_BEFORE_MODEL_WORDS = TOKEN_RESERVED_END - 1,
#define X(name, spelling, class, follows) KEYWORD_##name,
    MODEL_WORDS(X)
#undef X
    TOKEN_KIND_COUNT
} TokenKind;

typedef struct Token {
    TokenKind kind;
    bool after_newline; /* first on its line */
    Span span;
    const char *text; /* names: in normal form C */
    uint64_t value;   /* at most 2^63, which only a minus in front makes a number of 64 bits */
} Token;

typedef struct TokenList {
    Token *items;
    uint32_t count, room;
} TokenList;

/* Source texts beyond this are refused. */
enum { LEXER_MAX_BYTES = 4 * 1024 * 1024 };

TokenList lexer_run(Arena *arena, Arena *scratch, const Source *source, DiagList *diagnostics);

/* The spelling of punctuation or a keyword; for other kinds a description such as "a name". */
const char *token_spelling(TokenKind kind);
bool token_is_keyword(TokenKind kind);
KeywordClass token_keyword_class(TokenKind kind); /* of a keyword */
/* Word i of DOMAIN_WORDS and CLOCK_WORDS; NULL behind the last one. */
const char *token_domain_word(size_t i, KeywordClass *class);

#endif
