/* lowering.h: what the files that lower the tree share. Private to sim/program.
 *
 * Shape   One Lowering for a scenario; `thread` and what follows it belong to the thread being lowered.
 *         A patch list collects jumps whose target is not known yet. */
#ifndef PROGRAM_LOWERING_H
#define PROGRAM_LOWERING_H

#include "program/program.h"

typedef ArenaVec(uint32_t) PatchList;

/* What must happen when control leaves a block early, innermost last. */
typedef struct Cleanup {
    Opcode op;        /* OP_UNLOCK, OP_RELEASE, OP_ONCE_LEAVE, OP_SERIAL_END, OP_REGION_END */
    Operand a, b, c;
    uint32_t site;
    uint32_t region_depth; /* where the block stands: leaving it from inside an atomic block is a step behind that block */
    bool region_atomic, region_first, region_first_access;
} Cleanup;

typedef struct Loop {
    PatchList breaks, continues;
    uint32_t cleanup_depth;
} Loop;

typedef struct Call { /* an inlined function, or the thread's own body (symbol NULL) */
    const Symbol *symbol;
    int32_t result;
    PatchList returns;
    uint32_t cleanup_depth;
} Call;

typedef struct Binding {
    const Symbol *symbol;
    int32_t reg;
} Binding;

typedef struct Lowering {
    Arena *arena;
    DiagList *diagnostics;
    const Scenario *scenario;
    const LowerOptions *options;
    Program *program;
    ArenaVec(Instr) code;
    ArenaVec(int64_t) constants;
    ArenaVec(Operand) lists;
    ArenaVec(PrintPart) parts;
    ArenaVec(const char *) texts;
    ArenaVec(Site) sites;
    ObjectId *object_base; /* for each top-level symbol, in the order of scenario->symbols; actors: of their mailboxes */
    ObjectId *own_base;    /* likewise, variables of a process: distance from its first one; NO_ID: shared by all processes */

    ThreadCode *thread;
    ArenaVec(Local) locals;
    ArenaVec(Binding) bindings;
    ArenaVec(Cleanup) cleanups;
    Loop *loop;   /* innermost, or NULL */
    Call *call;
    int64_t self;
    int32_t next_register;
    uint32_t call_depth;
    Span statement;      /* being lowered */
    uint32_t region_depth;
    uint32_t statement_region; /* statement granularity: number of the statement whose accesses are one step; 0 none */
    uint32_t statement_count;  /* numbers given so far */
    const struct Region *call_region; /* the step that a call's arguments share with what stands ahead of them; NULL: their own */
    bool region_atomic;  /* accesses are marked atomic */
    bool region_first;   /* being blocked here disables the step */
    bool region_first_access; /* being blocked here disables the step as long as nothing was accessed */
    bool is_operand;     /* of an operation that may block */
    bool is_property;
    bool failed;         /* a diagnostic was written */
} Lowering;

/* Emitting. Each returns the address of the new instruction. */
uint32_t lowering_emit(Lowering *l, Instr instr, Span part);
Instr lowering_instr(Opcode op); /* operands NO_OPERAND */
uint32_t lowering_local(Lowering *l, Opcode op, Operand a, Operand b, Operand c, Span part);
uint32_t lowering_jump(Lowering *l, Opcode op, Operand condition, PatchList *list, Span part);
void lowering_patch(Lowering *l, PatchList *list, uint32_t address);
uint32_t lowering_here(const Lowering *l);
Operand lowering_constant(Lowering *l, int64_t value);
int32_t lowering_register(Lowering *l);
bool lowering_is_constant(const Lowering *l, Operand operand, int64_t *value);
int32_t lowering_reg_of(const Lowering *l, const Symbol *symbol);
void lowering_bind(Lowering *l, const Symbol *symbol, int32_t reg);
uint32_t lowering_site(Lowering *l, Span part);
uint32_t lowering_text(Lowering *l, const char *text);
/* First object of a symbol, of an actor its mailbox; of a process's variables its own. */
ObjectId lowering_object(const Lowering *l, const Symbol *symbol);
/* True in a subscriber of the topic; otherwise reports the place. */
bool lowering_subscribes(Lowering *l, const Symbol *topic, Span span);
/* An error that only the thread which runs the code makes one: reported for the first instance of each thread. */
void lowering_error(Lowering *l, Span span, const char *message, const char *hint);
void lowering_push_cleanup(Lowering *l, Cleanup cleanup);
/* Emits cleanups from the innermost down to `depth` (they stay on the stack). */
void lowering_leave(Lowering *l, uint32_t depth);

/* Expressions (lower_expression.c). `lower_into` leaves the value in a given register. */
Operand lower_expression(Lowering *l, const Expr *expr);
void lower_into(Lowering *l, const Expr *expr, int32_t reg);
/* Jumps to `list` if the truth of expr equals `sense`, else falls through. */
void lower_branch(Lowering *l, const Expr *expr, bool sense, PatchList *list);
/* A copy in a fresh register when the operand is a register that later code could change. */
Operand lower_stable(Lowering *l, Operand operand);
/* Base object and checked index of a variable or object named by an expression. */
typedef struct Place {
    ObjectId object;   /* base, or the element itself when the index is constant */
    Operand index;     /* NO_OPERAND when constant */
} Place;
Place lower_place(Lowering *l, const Expr *name);
void lower_store(Lowering *l, Place place, Operand value, Span part);
void lower_spawn(Lowering *l, const Expr *expr, Operand target);

/* Operations (lower_operation.c). `result`: register of `try`; `flags`: INSTR_TRY, INSTR_ARM. Operands first, then the operation itself. */
typedef struct LoweredOperation {
    const Operation *operation;
    Place place, with_place;
    Place targets[2];          /* of a GET */
    Operand a;
    Operand get_value, get_ok; /* registers that a GET fills; get_value: the first of those that gather and map fill */
    Operand list, count;       /* gather, map: the handles */
    Operand depth;
} LoweredOperation;
void lower_operation_operands(Lowering *l, const Operation *operation, LoweredOperation *out);
void lower_operation_emit(Lowering *l, const LoweredOperation *lowered, uint16_t flags, Operand result);
/* sleep, io, compute: operations of the virtual clock (lower_clock.c). */
static inline bool lowering_is_timed(OperationKind kind) { return kind == OPERATION_SLEEP || kind == OPERATION_IO || kind == OPERATION_COMPUTE; }
/* The step of such an operation, with what arms its timer; `duration` in nanoseconds. */
void lower_timed(Lowering *l, Instr step, Operand duration, Span part);
/* Stores what a GET brought into targets that are shared variables. */
void lower_operation_targets(Lowering *l, const LoweredOperation *operation);

/* Statements (lower_statement.c). */
void lower_statement(Lowering *l, const Stmt *statement);
void lower_call(Lowering *l, const Expr *call, Operand result);

/* Execution domains (lower_domains.c). */
void lowering_domains(Lowering *l);
/* Once objects have their numbers: those of the pools. */
void lowering_place_domains(Lowering *l);
/* Program.functions; `count`: threads declared so far; returns the count with their slots. */
uint32_t lowering_functions(Lowering *l, uint32_t count);
/* Slots of the same function in other domains, declared before: instances are numbered through. */
uint32_t lowering_instances_before(const Program *program, uint32_t function);
bool lowering_is_numbered(const Program *program, uint32_t function);
bool lowering_domain_is_process(const Program *program, uint32_t domain);
uint32_t lowering_domain_of(const Program *program, const Symbol *thread);
/* Ahead of the body of a thread: the register for its result; waiting for a place in its pool. */
void lowering_begin_instance(Lowering *l);
/* Behind it: drops the step that begins a task where it makes no difference. */
void lowering_finish_instance(Lowering *l);
/* END with a result: that in register `value`, or 0. */
void lowering_end_instance(Lowering *l, Operand value, Span span);
/* Does code that is lowered now, at an operation that is awaited, hand over? */
bool lowering_hands_over(const Lowering *l, bool is_yield);
/* The body of a loop, as lower_statement.c lowers it; `reg` is the loop variable. */
typedef struct LoopBody {
    Loop *loop;
    int32_t reg;
    void (*lower)(Lowering *l, Loop *loop, const Stmt *body);
} LoopBody;
void lower_as_completed(Lowering *l, const Stmt *statement, const LoopBody *body);
/* Close, and wait for the members; `flags` are those of the waiting. */
void lower_shutdown(Lowering *l, Operand object, uint16_t flags, Span span);
/* The handles that gather or map waits for, what has to be started for them being started: where they stand in `lists`. */
Operand lower_gathered(Lowering *l, const Operation *operation);
/* Is it this row of Program.functions that EXPR_SPAWN makes an instance of? */
bool lowering_starts(const Lowering *l, uint32_t function, const Expr *spawn);
void lower_never_awaited(Lowering *l, const Expr *call);

/* Threads' analyses. */
void program_find_tokens(Arena *arena, Program *program, ThreadCode *thread); /* taint.c */
void program_mark_serial(Arena *arena, Program *program, const ThreadCode *thread); /* serial.c: INSTR_SERIAL, has_serial */

#endif
