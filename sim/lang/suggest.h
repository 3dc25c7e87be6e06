/* suggest.h: "did you mean": the nearest of some candidates to a misspelt word.
 *
 * Source  restricted Damerau-Levenshtein distance: insert, delete, replace, swap neighbours; over code points. */
#ifndef LANG_SUGGEST_H
#define LANG_SUGGEST_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Suggestion {
    const char *wanted;
    const char *best; /* NULL: nothing is near enough */
    uint32_t distance;
    bool is_preferred;
} Suggestion;

void suggest_begin(Suggestion *suggestion, const char *wanted);
/* The nearest wins; among equally near ones a preferred one, then the first offered. */
void suggest_offer(Suggestion *suggestion, const char *candidate, bool is_preferred);
/* A keyword near to `wanted` that may begin a statement or declaration; NULL without. */
const char *suggest_statement_word(const char *wanted);

#endif
