/* foreign.h: words and forms of other languages that a newcomer may write, and what to write instead. */
#ifndef LANG_FOREIGN_H
#define LANG_FOREIGN_H

#include <stdbool.h>

#include "base/memory.h"

typedef struct ForeignWord {
    const char *word;
    bool may_be_called; /* the word is foreign also in front of a parenthesis */
    const char *hint;
} ForeignWord;

/* For a word at the beginning of a statement or declaration; NULL for an ordinary name. */
const ForeignWord *foreign_statement(const char *word);
/* A type of another language, which may begin a function as well as a variable. */
bool foreign_is_type(const ForeignWord *word);
/* For `object.method(...)`: what to write instead, in the arena; NULL for a method that nobody would expect. */
const char *foreign_method(Arena *arena, const char *method, const char *object);
/* For an unknown name in an expression: what to write instead, or NULL. */
const char *foreign_value(const char *word);
/* For the call of an unknown function, which may be foreign as a call only: what to write instead, or NULL. */
const char *foreign_call(const char *word);

#endif
