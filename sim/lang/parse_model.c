/* parse_model.c: the words of the execution models, which are keywords only where they begin something. */
#include <string.h>

#include "lang/parse.h"

typedef enum Follows { FOLLOWS_NAME, FOLLOWS_ANYTHING } Follows;

static const struct {
    const char *word;
    TokenKind kind;
    Follows follows;
} words[] = {
#define X(name, spelling, class, follows) {spelling, KEYWORD_##name, FOLLOWS_##follows},
    MODEL_WORDS(X)
#undef X
};

/* A name with an assignment, an index or a list behind it is a name. */
static bool is_used_as_name(const Token *next)
{
    return !next->after_newline &&
           (parse_is_assignment(next->kind) || next->kind == TOKEN_LEFT_BRACKET || next->kind == TOKEN_COMMA ||
            next->kind == TOKEN_DOT);
}

void parse_model_word(Parser *parser)
{
    Token *token = &parser->tokens.items[parser->at];
    if (token->kind != TOKEN_NAME)
        return;
    const Token *next = parser_peek_at(parser, 1);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, token->text) != 0)
            continue;
        bool has_name = next->kind == TOKEN_NAME && !next->after_newline;
        if (words[i].follows == FOLLOWS_NAME ? has_name : !is_used_as_name(next))
            token->kind = words[i].kind;
        return;
    }
}

bool parse_declares_receive(const Parser *parser)
{
    for (uint32_t i = 0; i + 1 < parser->tokens.count; i++) {
        const Token *token = &parser->tokens.items[i], *next = token + 1;
        if (token->kind != TOKEN_NAME || strcmp(token->text, "receive") != 0)
            continue;
        TokenKind before = i == 0 ? TOKEN_END : token[-1].kind;
        if (before == KEYWORD_LOCAL || before == KEYWORD_SHARED || before == KEYWORD_ATOMIC || before == KEYWORD_CONST ||
            before == KEYWORD_FOR || before == TOKEN_COMMA || before == TOKEN_LEFT_PAREN || is_used_as_name(next))
            return true;
    }
    return false;
}
