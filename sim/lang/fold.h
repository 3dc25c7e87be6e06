/* fold.h: the value of a constant expression, in checked 64-bit arithmetic. */
#ifndef LANG_FOLD_H
#define LANG_FOLD_H

#include "lang/ast.h"

/* After names of constants have become EXPR_INTEGER. False when it has no value: a report is made, unless the
 * expression is invalid already. `what` names its use, for the message "WHAT must be a constant". */
bool fold_expression(DiagList *diagnostics, const Expr *expr, const char *what, int64_t *value);

#endif
