/* resolver.h: what the files of resolve share. */
#ifndef LANG_RESOLVER_H
#define LANG_RESOLVER_H

#include "lang/resolve.h"
#include "lang/scope.h"

typedef enum ResolveMode {
    MODE_BODY,     /* everything is allowed */
    MODE_GUARD,    /* await, atomic when: reads only */
    MODE_PROPERTY, /* always, finally, outcome: reads of shared variables and of locals by A.t */
    MODE_CONSTANT
} ResolveMode;

typedef struct CallEdge {
    Symbol *caller, *callee;
    Span span;
} CallEdge;

typedef struct SkippedName {
    const char *name;
    const Symbol *owner; /* where it was reported; NULL: never report it */
} SkippedName;

typedef struct Resolver {
    Arena *arena, *scratch;
    DiagList *diagnostics;
    Scenario *scenario;
    Text *text;
    Scope scope;
    ResolveMode mode;
    const char *mode_word; /* for messages: "await", "finally", "the length" */
    Symbol *owner;         /* thread or function whose body this is */
    uint32_t loops;        /* around this place */
    uint32_t counts[SYMBOL_FUNCTION + 1];
    uint32_t folded_constants;
    uint64_t elements, instances;
    bool has_reported_elements;
    ArenaVec(CallEdge) calls;
    Scope skipped;             /* symbols made for names that were skipped or reported; `owner` tells by whom */
    Symbol file;               /* owner of what stands outside of bodies, for `skipped` */
} Resolver;

/* ------------------------------------------------------------------- names */

/* The symbol of a name, or NULL with a report (once for each body). `wanted` is a mask of the kinds that fit. */
Symbol *resolve_name(Resolver *resolver, const char *name, Span span, uint32_t wanted);
/* Checks that an array has an index and nothing else has; `index` is resolved. */
bool resolve_index(Resolver *resolver, Expr *expr, const Symbol *symbol);
/* Declares a local of the present body; reports a second one in the block, warns of a hidden name. */
void resolve_declare_local(Resolver *resolver, Symbol *symbol);
/* Adds to the number of array elements; false with a report beyond ELEMENTS_MAX. */
bool resolve_count_elements(Resolver *resolver, Span span, uint64_t count);

/* ------------------------------------------------------------- expressions */

void resolve_expression(Resolver *resolver, Expr *expr);
/* A constant duration of the file, in nanoseconds; `otherwise` after a report. */
int64_t resolve_constant_duration(Resolver *resolver, Expr *expr, const char *what, int64_t otherwise);
/* resolve_domain.c. await, gather, map, shutdown: */
void resolve_await(Resolver *resolver, Operation *operation);
void resolve_gather(Resolver *resolver, Operation *operation);
void resolve_map(Resolver *resolver, Operation *operation);
/* Handles, and calls of coroutines, which become tasks. */
void resolve_awaitables(Resolver *resolver, ExprList *list, const char *word);
/* The rules for calls of coroutines and for what starts an instance; behind the check of name and arguments. */
void resolve_start(Resolver *resolver, Expr *expr);
void resolve_coroutine_call(Resolver *resolver, Expr *expr, bool is_value);
void resolve_event_loop(Resolver *resolver);
/* `await OP` stands in a coroutine; false with a report. */
bool resolve_in_coroutine(Resolver *resolver, Span span, const char *what);
/* The targets of gather and map: none, one for each of `count` results, or an array of this length. */
void resolve_results(Resolver *resolver, Operation *operation, uint32_t count);
/* A right side: calls and spawn are allowed as the whole of it. */
void resolve_right_side(Resolver *resolver, Expr *expr);
/* A call or spawn alone on its line. */
void resolve_bare(Resolver *resolver, Expr *expr);
/* A constant; false with a report. */
bool resolve_constant(Resolver *resolver, Expr *expr, const char *what, int64_t *value);
/* The length of an array; 1 after a report. */
uint32_t resolve_length(Resolver *resolver, Expr *expr, const char *name);
/* A variable or local that is assigned to. */
void resolve_target(Resolver *resolver, Expr *expr);
/* EXPR_MEMBER; a whole array only where `allows_array`. */
void resolve_member(Resolver *resolver, Expr *expr, bool allows_array);
void resolve_make_invalid(Expr *expr);

/* EXPR_DURATION. */
void resolve_duration(Resolver *resolver, Expr *expr);

typedef enum OperationContext { OPERATION_ALONE, OPERATION_IN_TRY, OPERATION_IN_SELECT } OperationContext;
void resolve_operation(Resolver *resolver, Operation *operation, OperationContext context);
/* sleep, io, compute */
void resolve_timed(Resolver *resolver, Operation *operation, OperationContext context);
/* with m: decides between lock and acquire. */
void resolve_with(Resolver *resolver, Operation *operation);
/* The object of an operation, of one of the kinds in `wanted`; NULL with a report. */
Symbol *resolve_object(Resolver *resolver, Expr *expr, uint32_t wanted, const char *word);

/* -------------------------------------------------------------- statements */

void resolve_body(Resolver *resolver, Symbol *owner);
void resolve_properties(Resolver *resolver);
/* The lines about the virtual clock. */
void resolve_clock(Resolver *resolver);

#endif
