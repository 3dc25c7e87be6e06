#include "viz/words.h"

static const char *const words[][WORD_COUNT] = {
    [SN_LANGUAGE_ENGLISH] =
        {
#define WORD_TEXT(name, english, russian) [WORD_##name] = english,
            WORDS(WORD_TEXT)
#undef WORD_TEXT
        },
    [SN_LANGUAGE_RUSSIAN] =
        {
#define WORD_TEXT(name, english, russian) [WORD_##name] = russian,
            WORDS(WORD_TEXT)
#undef WORD_TEXT
        },
};

const char *words_get(SnLanguage language, WordId word)
{
    return words[language == SN_LANGUAGE_RUSSIAN ? SN_LANGUAGE_RUSSIAN : SN_LANGUAGE_ENGLISH][word];
}
