/* resolve.h: binds each name of a tree to its symbol, folds constants, checks the rules of the language.
 *
 * Shape   first the names of the file, then constants in order, then lengths and initial values, then the bodies, then
 *         the properties (which may name locals of threads), last the calls of functions among each other.
 * Owner   as parser.h. `text` is a buffer that the caller frees, also after an escape of the arena. */
#ifndef LANG_RESOLVE_H
#define LANG_RESOLVE_H

#include "base/text.h"
#include "lang/parser.h"

/* A call is replaced by the body of its function: so deep in all levels of both, and so long with all that is called, may that become. */
enum { ELEMENTS_MAX = 1000000, THREADS_MAX = 1000, CALL_DEPTH_MAX = 1000, CALLED_BYTES_MAX = 4 << 20 };

void resolve_run(Arena *arena, Arena *scratch, Parsed *parsed, Define *defines, uint32_t define_count,
                 DiagList *diagnostics, Text *text);

#endif
