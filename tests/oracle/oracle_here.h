/* oracle_here.h: what the parts of the interpreter share: the thread that runs, its top frame.
 *
 * Shape   oracle_expression.c, oracle_operands.c, oracle_statement.c and oracle_region.c each have frames of their own:
 *         X_advance goes on with local work, X_step executes the access at which the top frame stands. */
#ifndef ORACLE_HERE_H
#define ORACLE_HERE_H

#include "oracle.h"

typedef struct Here { /* the thread that runs */
    Run *run;
    uint32_t number;
    Thread *thread;
    const Model *model;
} Here;

enum { STAGE_CALLED = 900 }; /* call: the body runs */

Here here_of(Run *run, uint32_t number);
Frame *here_top(const Here *here);
void here_push_expr(const Here *here, const Expr *expr);
void here_push_stmt(const Here *here, const Stmt *stmt);
/* A frame for an operation whose operands are at `slots`. */
void here_push_slots(const Here *here, FrameKind kind, const Operation *operation, uint32_t slots);
/* Takes the top frame and its values away; here_leave_with gives its result to the frame below. */
void here_leave(const Here *here);
void here_leave_with(const Here *here, Value value);
/* False with a runtime error. */
bool here_check_index(const Here *here, const Expr *place, const Symbol *symbol, int64_t index);
Value *here_local(const Here *here, const Symbol *symbol, int64_t index);
uint32_t here_element(const Here *here, const Expr *place, int64_t index);
Value here_read(const Here *here, const Expr *place, const Value *index, bool is_atomic);
void here_forget_locals(const Here *here, const Symbol *function);
/* Locals of a block are out of reach behind it. Those of the owner's body stay: properties may name them. */
void here_forget_block(const Here *here, const Stmt *block);

void expression_advance(const Here *here);
void expression_step(const Here *here);

void operands_advance(const Here *here, const Operation *operation);
void targets_advance(const Here *here, const Operation *operation);
void targets_step(const Here *here, const Operation *operation);
void operating_advance(const Here *here, const Operation *operation);
void operating_step(const Here *here, const Operation *operation, uint32_t line);
/* The second halves of wait and wrlock. */
void operating_step_again(const Here *here, const Operation *operation, uint32_t line);

void statement_advance(const Here *here);
void statement_step(const Here *here);

void gather_advance(const Here *here, const Operation *operation);
void gather_targets(const Here *here, const Operation *operation);
void completed_advance(const Here *here, const Stmt *stmt);
void completed_step(const Here *here, const Stmt *stmt);

bool pools_shutdown_step(const Here *here, const Symbol *pool, uint32_t line);
void map_advance(const Here *here, const Operation *operation);
void map_step(const Here *here, const Operation *operation);

void atomic_advance(const Here *here, const Stmt *stmt);
void atomic_step(const Here *here);
void await_step(const Here *here, const Stmt *stmt);
void with_advance(const Here *here, const Stmt *stmt);
void with_leave(const Here *here, const Stmt *stmt);
void once_advance(const Here *here, const Stmt *stmt);
void once_step(const Here *here, const Stmt *stmt);
void select_advance(const Here *here, const Stmt *stmt);
void select_step(const Here *here, const Stmt *stmt);

#endif
