/* walk.h: looks through statements and everything below them. */
#ifndef EXPORT_WALK_H
#define EXPORT_WALK_H

#include "lang/ast.h"

/* Asked about a statement (expr NULL) or an expression (s NULL). What is assigned to is no expression, its index is. */
typedef bool WalkAsk(const Stmt *s, const Expr *expr, const void *context);

bool walk_any(const Stmt *s, WalkAsk *ask, const void *context);
bool walk_any_expression(const Expr *expr, WalkAsk *ask, const void *context);

#endif
