/* print.h: the tree back as source text: canonical layout, one statement a line, four blanks a level.
 * Parsing the printed text gives an equal tree (tests/unit/print). */
#ifndef LANG_PRINT_H
#define LANG_PRINT_H

#include "base/text.h"
#include "lang/ast.h"

void print_scenario(Text *out, const Scenario *scenario);
void print_statement(Text *out, const Stmt *statement, int indent);
void print_expression(Text *out, const Expr *expr);

#endif
