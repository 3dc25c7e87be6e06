/* diag.h: what is wrong with a scenario, and where.
 *
 * Shape   a list in the order of reporting; printed sorted by place.
 * Units   lines and columns count from 1, columns count code points; offsets and lengths count bytes.
 * Owner   the arena given to diag_begin; the source text must outlive the list. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include "base/memory.h"
#include "base/text.h"

typedef struct Span {
    uint32_t offset, length; /* bytes of the source */
    uint32_t line, column;
} Span;

typedef struct Source {
    const char *name; /* as the user gave it */
    const char *text; /* NUL-terminated; may hold more NULs inside */
    size_t length;
} Source;

typedef enum Severity { SEVERITY_ERROR, SEVERITY_WARNING } Severity;

typedef struct Diagnostic {
    Severity severity;
    Span span;
    const char *message; /* one sentence, no full stop */
    const char *hint;    /* what to do about it, or NULL */
} Diagnostic;

typedef struct DiagList {
    Arena *arena;
    const Source *source;
    ArenaVec(Diagnostic) all;
    uint32_t errors; /* how many of them are errors */
    bool is_quiet;   /* while set nothing is recorded: for text that is looked at a second time */
    uint32_t dropped; /* reported beyond DIAG_MAX, and not kept */
    bool skips_hint; /* the newest report was not recorded, so its hint is not either */
} DiagList;

enum { DIAG_MAX = 100 };

void diag_begin(DiagList *list, Arena *arena, const Source *source);
void diag_error(DiagList *list, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_warning(DiagList *list, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_report(DiagList *list, Severity severity, Span span, const char *format, va_list args);
/* Sets the hint of the newest diagnostic. */
void diag_hint(DiagList *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
void diag_report_hint(DiagList *list, const char *format, va_list args);
/* All of them as `file:line:column: error: message`, source line, caret line, `hint: ...`; tabs kept aligned. */
void diag_print(const DiagList *list, Text *out);

#endif
