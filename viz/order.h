/* order.h: the happens-before diagram: a lane for each thread, each step as high as its longest chain of orders allows,
 * arrows for the orders by synchronisation, a vector clock in each box. Two steps that race stand in a row of their
 * own.
 *
 *   | title                                   |
 *   | gutter | box | gutter | box | gutter    |   arrows leave and enter boxes at the side, run down in the gutters
 * beside |        | A   |        | B   |           |   the lanes, and cross lanes in the gaps between the rows: so they
 * meet |        | [ ]-+--.     |     |           |   no box |        |     |  '-----+>[ ] |           | | verdict,
 * legend                         |
 *
 * Units   rows count from 0.
 * Errors  runs out of memory by leaving sheet_try. */
#ifndef VIZ_ORDER_H
#define VIZ_ORDER_H

#include "viz/sheet.h"

/* Page from 1; 0 is the last, on which a race is. */
void order_draw(Sheet *sheet, const SnTrace *trace, uint32_t page);
uint32_t order_pages(Sheet *sheet, const SnTrace *trace);

#endif
