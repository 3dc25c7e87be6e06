/* promela.h: a scenario as a model for SPIN, in which one transition is one step.
 *
 * Shape   from the step code; `file` is told in the comment.
 * Owner   the caller's Text; scratch memory from the arena, whose escape must be set.
 * Errors  what Promela cannot express, or what is not written yet, is a diagnostic at its place; the text is not to be used then.
 * Source  Holzmann, "The SPIN Model Checker", 2003. */
#ifndef EXPORT_PROMELA_H
#define EXPORT_PROMELA_H

#include "base/text.h"
#include "program/program.h"

bool export_promela(Arena *arena, const Program *program, const char *file, DiagList *diagnostics, Text *out);

#endif
