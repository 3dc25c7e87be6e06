/* schedule.h: the schedule diagram: who does what in which order, on a page of plan.h.
 *
 * Errors  runs out of memory by leaving sheet_try. */
#ifndef VIZ_SCHEDULE_H
#define VIZ_SCHEDULE_H

#include "viz/plan.h"
#include "viz/sheet.h"

void schedule_draw(Sheet *sheet, const SnTrace *trace, uint32_t page);
/* The same as far as it has come after `frame` steps: what comes later is left out, and nothing else changes its place.
 */
void schedule_draw_frame(Sheet *sheet, const SnTrace *trace, uint32_t frame);

#endif
