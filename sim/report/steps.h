/* steps.h: the step table of a trace: number, source line, one column for each thread, what the step did, watched
 * values.
 *
 *       step  line  A                  B                  effect              counter
 *     ───────────────────────────────────────────────────────────────────────────────
 *                                                                                   0
 *          1     6  local t = counter  │                  reads counter = 0         0
 *          2     6  │                  local t = counter  reads counter = 0         0
 *          3     7  │                  counter = t + 1    counter: 0 → 1            1
 *     ✗    4     7  counter = t + 1                       counter: 1 → 1  [1]       1
 *
 * A thread that could go on has │ in its column, one that is blocked ┊, one that has ended nothing. Threads that are
 * blocked at the end get a row that shows where they stand. Where all that is too wide, the values that never
 * change go first, then the thread columns become one, then the values go. */
#ifndef REPORT_STEPS_H
#define REPORT_STEPS_H

#include "report/page.h"

typedef struct StepsStyle {
    uint32_t indent;
    bool all;    /* every step; else a long trace shows its beginning, its end and what is around the notes */
    bool locals; /* local variables too, where there is room */
} StepsStyle;

void steps_table(Page *page, const SnTrace *trace, const StepsStyle *style);
/* Below the table: the notes, who waits for whom, the cycle, and the output. */
void steps_remarks(Page *page, const SnTrace *trace, uint32_t indent);

#endif
