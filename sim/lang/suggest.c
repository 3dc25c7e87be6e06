#include "lang/suggest.h"

#include <string.h>
#include <utf8proc.h>

#include "lang/lexer.h"

enum { LETTERS_MAX = 48 }; /* longer names get no suggestion */

static uint32_t decode(const char *text, utf8proc_int32_t letters[LETTERS_MAX])
{
    uint32_t count = 0;
    size_t length = strlen(text), at = 0;
    while (at < length) {
        utf8proc_int32_t code;
        utf8proc_ssize_t taken =
            utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(length - at), &code);
        if (taken <= 0 || count == LETTERS_MAX)
            return 0;
        letters[count++] = utf8proc_tolower(code);
        at += (size_t)taken;
    }
    return count;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t distance_between(const utf8proc_int32_t *a, uint32_t a_count, const utf8proc_int32_t *b,
                                 uint32_t b_count)
{
    uint32_t rows[3][LETTERS_MAX + 1];
    for (uint32_t j = 0; j <= b_count; j++)
        rows[0][j] = j;
    for (uint32_t i = 1; i <= a_count; i++) {
        uint32_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (uint32_t j = 1; j <= b_count; j++) {
            bool is_equal = a[i - 1] == b[j - 1];
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + !is_equal);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_count % 3][b_count];
}

void suggest_begin(Suggestion *suggestion, const char *wanted)
{
    *suggestion = (Suggestion){.wanted = wanted, .distance = UINT32_MAX};
}

void suggest_offer(Suggestion *suggestion, const char *candidate, bool is_preferred)
{
    if (strcmp(suggestion->wanted, candidate) == 0)
        return;
    utf8proc_int32_t a[LETTERS_MAX], b[LETTERS_MAX];
    uint32_t a_count = decode(suggestion->wanted, a), b_count = decode(candidate, b);
    if (a_count == 0 || b_count == 0)
        return;
    uint32_t difference = a_count > b_count ? a_count - b_count : b_count - a_count;
    uint32_t allowed = ((a_count < b_count ? b_count : a_count) + 2) / 3;
    if (difference > allowed)
        return;
    uint32_t distance = distance_between(a, a_count, b, b_count);
    if (distance > allowed || distance >= least(a_count, b_count)) /* some letter must be common */
        return;
    bool is_better = distance < suggestion->distance ||
                     (distance == suggestion->distance && is_preferred && !suggestion->is_preferred);
    if (is_better) {
        suggestion->best = candidate;
        suggestion->distance = distance;
        suggestion->is_preferred = is_preferred;
    }
}

const char *suggest_statement_word(const char *wanted)
{
    Suggestion suggestion;
    suggest_begin(&suggestion, wanted);
    for (int kind = TOKEN_TILDE + 1; kind < TOKEN_KIND_COUNT; kind++) {
        KeywordClass class = token_keyword_class((TokenKind)kind);
        if (class != KEYWORD_IS_EXPRESSION && class != KEYWORD_IS_PART)
            suggest_offer(&suggestion, token_spelling((TokenKind)kind), class != KEYWORD_IS_DECLARATION);
    }
    KeywordClass class;
    const char *word;
    for (size_t i = 0; (word = token_domain_word(i, &class)) != NULL; i++)
        suggest_offer(&suggestion, word, class != KEYWORD_IS_DECLARATION);
    return suggestion.best;
}
