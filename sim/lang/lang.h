/* lang.h: from the text of a scenario to its resolved tree. The one entry of the folder.
 *
 * Errors  STATUS_INVALID when any error was reported; all errors of the file are in `diagnostics`. A define that names
 *         no constant is an error of the command line and reported at 1:1 with the name.
 *         STATUS_NO_MEMORY when the arena could not grow. */
#ifndef LANG_LANG_H
#define LANG_LANG_H

#include "base/status.h"
#include "lang/ast.h"

Status lang_load(Arena *arena, const Source *source, Define *defines, uint32_t define_count, DiagList *diagnostics, Scenario **scenario);

/* The word or phrase of a kind, as in FINDING_KINDS. */
const char *lang_finding_words(FindingKind kind);
const char *lang_finding_hyphenated(FindingKind kind);

#endif
