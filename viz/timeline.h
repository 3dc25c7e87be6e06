/* timeline.h: the Gantt chart of an execution on the virtual clock: rows for the cores, for the workers of pools, and for the tasks.
 *
 *   | title: name and time                       |
 *   | core 0 | [ A ][ B ]          [ A ]   |  80 % |
 *   | A      | [===]- - - -....[===]       | 2.5 s |   run filled, I/O with cut corners, sleep a thin line, ready dashed, waiting dotted
 *   |        0        1        2        3  s       |
 *   | verdict, legend                              |
 *
 * Units   nanoseconds of the trace; rows count from 0, those of the cores first.
 * Errors  runs out of memory by leaving sheet_try. */
#ifndef VIZ_TIMELINE_H
#define VIZ_TIMELINE_H

#include "viz/sheet.h"

/* Page from 1; 0 is the first. */
void timeline_draw(Sheet *sheet, const SnTrace *trace, uint32_t page);
uint32_t timeline_pages(Sheet *sheet, const SnTrace *trace);

#endif
