/* export.h: a scenario written in another language: as a C program with POSIX threads.
 *
 * Shape   from the resolved tree, so that the text can be read next to the scenario; a schedule comes as names and choices.
 * Owner   the caller's Text; scratch memory from the arena, whose escape must be set.
 * Errors  what cannot be expressed is a diagnostic at its place; the text is not to be used then. */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include "base/text.h"
#include "lang/ast.h"

/* A step of a schedule. */
typedef struct ExportTurn {
    const char *thread; /* "A", "worker[1]", "f[0]": an instance of a spawned function always with its number */
    uint32_t choice, choices;
    uint32_t line;
} ExportTurn;

typedef struct ExportPlan {
    const char *file;            /* of the scenario, as the user gave it */
    const char *const *expected; /* lines that tell what to expect, or NULL */
    uint32_t expected_count;
    bool has_schedule;
    const char *schedule;        /* as text, for the comment */
    const ExportTurn *turns;
    uint32_t turn_count;
    bool is_whole;               /* the execution is over at the end of the schedule */
    bool is_spurious;            /* --spurious */
} ExportPlan;

/* False when it cannot be exported: the diagnostics say why and where. */
bool export_c(Arena *arena, const Scenario *scenario, const ExportPlan *plan, DiagList *diagnostics, Text *out);

#endif
