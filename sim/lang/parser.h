/* parser.h: tokens -> tree, with names not yet bound (lang/resolve.h does that).
 *
 * Shape   every construct of the language is accepted where it can be understood, and every fault of the text is
 *         reported once, with the place and, where it helps, what to write instead.
 * Owner   the tree belongs to `arena`; `scratch` may go when resolve has run.
 * Source  panic-mode recovery as in Wirth, "Compiler Construction", 1996, section 4.3. */
#ifndef LANG_PARSER_H
#define LANG_PARSER_H

#include "lang/ast.h"

typedef struct Parsed {
    Scenario *scenario;
    ArenaVec(const char *) skipped_names; /* in text that was skipped after a report */
} Parsed;

Parsed *parser_run(Arena *arena, Arena *scratch, const Source *source, DiagList *diagnostics);

#endif
