/* writer.h: what the files that write a C program share. Private to sim/export.
 *
 * Shape   one Writer for a scenario; what follows `body` belongs to the thread or function being written.
 *         Steps inside an expression (reads of shared variables, cas, choose, ...) become statements of their own ahead of it, in
 *         the order of the language; what is left is a C expression over locals. */
#ifndef EXPORT_WRITER_H
#define EXPORT_WRITER_H

#include "export/export.h"
#include "export/runtime.h"

typedef struct Named {
    const Symbol *symbol;
    const char *name;
} Named;

/* What must be done when control leaves a block early, innermost last. */
typedef struct Cleanup {
    const char *code;   /* a call without its semicolon; NULL: the end of an atomic block */
    uint32_t line;
    bool was_inside;    /* the block stands inside an atomic block */
} Cleanup;

typedef struct Writer {
    Arena *arena;
    const Scenario *scenario;
    const ExportPlan *plan;
    DiagList *diagnostics;
    RuntimeVariant variant;
    unsigned features;
    Text *out, *scratch;
    int indent;
    const char *note;       /* a comment to put behind the next line, or NULL */
    ArenaVec(Named) named;  /* global names first, then those of locals in scope, innermost last */
    ArenaVec(const char *) words; /* every identifier of the scenario, which names of ours avoid */

    const Symbol *body;     /* the thread or function */
    bool is_inside;         /* an atomic block: accesses are no steps */
    bool counts_accesses;   /* in it: each access is told, since being blocked behind one is an error */
    ArenaVec(Cleanup) cleanups;
    uint32_t loop_cleanups; /* how many there are around the innermost loop */
    uint32_t line;          /* of the statement */
    uint32_t numbers;       /* of names made so far */
} Writer;

static inline bool writer_takes_turns(const Writer *w) { return w->variant != RUNTIME_FREE; }

/* Lines of code. */
void write_line(Writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void write_open(Writer *w, const char *format, ...) __attribute__((format(printf, 2, 3))); /* a line, then one level deeper */
void write_close(Writer *w, const char *behind);                                             /* "}" and what stands behind it */
/* The source of a statement as a comment behind the next line. */
void write_note(Writer *w, const Span *span);
void write_refusal(Writer *w, Span span, const char *what);
/* Text as a C string with quotes; in a format percent signs are doubled. */
const char *write_string(Arena *arena, const char *text, bool is_format);
/* Text that is harmless inside a comment, at most `columns` wide. */
const char *write_comment(Arena *arena, const char *text, size_t length, size_t columns);

/* Names. */
const char *writer_name(const Writer *w, const Symbol *symbol);
const char *writer_new_name(Writer *w, const char *stem); /* "read1", ... */
void writer_declare(Writer *w, const Symbol *symbol);     /* a local comes into scope */

/* A property or the outcome names this local of a thread: it lives in an array by instance, which outlives the thread. */
bool writer_is_member(const Writer *w, const Symbol *local);

/* Expressions. */
const char *write_expression(Writer *w, const Expr *expr); /* of type int64_t where it is not a condition */
const char *write_number(Writer *w, const Expr *expr);     /* surely of type int64_t */
const char *write_condition(Writer *w, const Expr *expr);  /* for if, while, && */
const char *write_place(Writer *w, const Expr *name);      /* a variable or local: an lvalue, index checked */
const char *write_stable_place(Writer *w, const Expr *name); /* the index evaluated once */
bool expression_has_steps(const Expr *expr);
bool expression_changes_locals(const Expr *expr);
void write_step(Writer *w, const char *format, ...) __attribute__((format(printf, 2, 3))); /* step(line); and the code */
/* A property: read at once, by nobody who is watched. */
const char *write_property(Writer *w, const Expr *expr);       /* a condition, in parentheses */
const char *write_property_value(Writer *w, const Expr *expr); /* a number */

/* Operations. */
const char *write_object(Writer *w, const Expr *name); /* "&m", "&fork[at(i, 5)]" */
void write_operation(Writer *w, const Operation *operation);
const char *write_try(Writer *w, const Operation *operation); /* its result, 1 or 0 */
void write_select(Writer *w, const Stmt *s);
void write_await(Writer *w, const Expr *expr);

/* Statements. */
void write_statement(Writer *w, const Stmt *s);
void write_call(Writer *w, const Expr *call, const char *target); /* `target = `, or "" */
bool body_may_exit(const Scenario *scenario, const Symbol *function);

#endif
