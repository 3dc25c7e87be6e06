/* api_words.c: the words of the language, for editors. */
#include "lang/lexer.h"
#include "snarl/snarl.h"

typedef struct WordRow {
    const char *word;
    KeywordClass class;
} WordRow;

static const WordRow rows[] = {
#define X(name, spelling, class) {spelling, KEYWORD_IS_##class},
    KEYWORDS(X)
#undef X
#define X(name, spelling, class, follows) {spelling, KEYWORD_IS_##class},
    MODEL_WORDS(X)
#undef X
#define X(spelling, class) {spelling, KEYWORD_IS_##class},
    DOMAIN_WORDS(X) CLOCK_WORDS(X)
#undef X
    {"as_completed", KEYWORD_IS_EXPRESSION},
};

const char *sn_word(size_t index, SnWordClass *word_class)
{
    static const SnWordClass classes[] = {
        [KEYWORD_IS_DECLARATION] = SN_WORD_DECLARATION, [KEYWORD_IS_STATEMENT] = SN_WORD_STATEMENT,
        [KEYWORD_IS_OPERATION] = SN_WORD_OPERATION,     [KEYWORD_IS_EXPRESSION] = SN_WORD_EXPRESSION,
        [KEYWORD_IS_PROPERTY] = SN_WORD_PROPERTY,       [KEYWORD_IS_PART] = SN_WORD_STATEMENT,
    };
    if (index >= sizeof rows / sizeof *rows)
        return NULL;
    *word_class = classes[rows[index].class];
    return rows[index].word;
}
