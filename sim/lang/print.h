/* print.h: the tree back as source text: canonical layout, one statement a line, four blanks a level.
 * Parsing the printed text gives an equal tree (tests/unit/print). */
#ifndef LANG_PRINT_H
#define LANG_PRINT_H

#include "base/text.h"
#include "lang/ast.h"

void print_scenario(Text *out, const Scenario *scenario);
void print_statement(Text *out, const Stmt *statement, int indent);
void print_expression(Text *out, const Expr *expr);
/* What is awaited: handles, and calls that start tasks. */
void print_awaitables(Text *out, const ExprList *list);
void print_operation(Text *out, const Operation *operation); /* `x = get q`, `wait c with m` */
/* Pieces: NAME or NAME[index]; [index] or nothing; e, e, e. */
void print_name(Text *out, const Expr *expr);
void print_index(Text *out, const Expr *index);
void print_list(Text *out, const ExprList *list);

#endif
