/* waits.h: the wait-for graph of the last state: who waits for what, and who holds it.
 *
 * Errors  runs out of memory by leaving sheet_try. */
#ifndef VIZ_WAITS_H
#define VIZ_WAITS_H

#include "viz/sheet.h"

void waits_draw(Sheet *sheet, const SnTrace *trace, uint32_t page);

#endif
