/* format.h: a scenario laid out anew: indentation by blocks, one blank between words, blanks around operators. Lines stay
 * lines, comments stay where they are, and more than one empty line becomes one.
 *
 * The result has the same tokens, with the same ones first on their lines, so that it means the same; formatting it
 * again changes nothing.
 *
 * Errors  STATUS_NO_MEMORY; STATUS_INVALID for a text that the lexer refuses, with its diagnostics. */
#ifndef LANG_FORMAT_H
#define LANG_FORMAT_H

#include "base/diag.h"
#include "base/status.h"
#include "base/text.h"

Status format_source(Arena *arena, const Source *source, DiagList *diagnostics, Text *out);

#endif
