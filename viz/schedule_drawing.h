/* schedule_drawing.h: what the two files of the schedule diagram share: boxes and texts (schedule.c), lines between
 * them (schedule_lines.c). */
#ifndef VIZ_SCHEDULE_DRAWING_H
#define VIZ_SCHEDULE_DRAWING_H

#include "viz/plan.h"
#include "viz/sheet.h"

typedef struct Drawing {
    Sheet *sheet;
    const Theme *theme;
    const SnTrace *trace;
    Plan *plan;
    Agnode_t **steps; /* node of each row of the page, by row - first */
    Agnode_t **bars;  /* node of each bar, or NULL off the page */
    Agnode_t *page;   /* stands in for ends off the page */
    uint32_t frame;   /* only what happened in so many steps; SN_NONE: all */
} Drawing;

bool schedule_has_row(const Plan *plan, uint32_t row);   /* on the page */
bool schedule_has_come(const Drawing *d, uint32_t row);  /* by this frame */
Paint schedule_paint(const Drawing *d, uint32_t object); /* SN_NONE: that of local work */

/* Bars of ownership; before the boxes, which lie on top. */
void schedule_bars(Drawing *d);
/* Path of the scheduler, arrows, badges; after the boxes, whose nodes they join. */
void schedule_lines(Drawing *d);

#endif
