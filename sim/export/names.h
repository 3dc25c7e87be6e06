/* names.h: names of the scenario as identifiers of C.
 *
 * A name stays as it is where it can: letters outside ASCII are kept for the scripts that every compiler takes (Latin, Greek,
 * Cyrillic), others are written as u and their code point. Words of C, names of its library and of our own runtime get an underscore
 * behind them, and so does a local that hides another name. What begins as reserved names do gets s_ in front.
 * Owner   the arena. */
#ifndef EXPORT_NAMES_H
#define EXPORT_NAMES_H

#include "lang/ast.h"

/* As letters, digits and underscores; may still be a word of C. */
const char *names_letters(Arena *arena, const char *name);
/* Begins as names do that the headers reserve, or that we give ourselves; no ending helps. */
bool names_begins_taken(const char *name);
/* So, or a word of C, a name that its library may declare, or one of our runtime. */
bool names_is_taken(const char *name);

#endif
