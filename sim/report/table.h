/* table.h: a table of text cells that finds its own column widths.
 *
 * Shape   cells are marked text (page.h); a span is a row that is one line across all columns. Columns that may wrap
 * give way when the table is wider than the page; the others never do. Units   widths count terminal columns. Owner the
 * arena of the page. */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include "report/page.h"

typedef struct TableColumn {
    const char *head;
    bool right;       /* numbers stand right */
    uint32_t minimum; /* may be wrapped down to this width; 0: never wrapped */
    uint32_t width;   /* table_fit sets it */
} TableColumn;

typedef struct TableRow {
    const char **cells; /* one a column; NULL in a span */
    const char *span;
} TableRow;

typedef struct Table {
    Page *page;
    ArenaVec(TableColumn) columns;
    ArenaVec(TableRow) rows;
} Table;

void table_begin(Table *table, Page *page);
/* All columns come before the first row. Returns the column's index. */
uint32_t table_column(Table *table, const char *head, bool right, uint32_t minimum);
/* A new last row of empty cells. */
void table_row(Table *table);
/* A cell of the last row. */
void table_cell(Table *table, uint32_t column, const char *marked);
void table_span(Table *table, const char *marked);
/* Sets the widths. True when the table, behind `indent` columns, fits the page. */
bool table_fit(Table *table, uint32_t indent);
/* Heads, a rule, and the rows, without blanks at the ends of lines. */
void table_print(const Table *table, uint32_t indent);

#endif
