/* outcomes.h: bars for the final outcomes: how likely each is in the simulation, and how often it came on real threads.
 *
 *   | title: how many outcomes                                    |
 *   | counter = 1   ✗ final   [==============]  0.500  2/3        |
 *   |                         (====)  0.163  of the runs          |
 *   | legend                                                      |
 *
 * Units   probabilities and shares, 0 to 1; the axis ends at the greatest of them, at least at 0.1.
 * Errors  runs out of memory by leaving sheet_try. */
#ifndef VIZ_OUTCOMES_H
#define VIZ_OUTCOMES_H

#include "viz/sheet.h"

typedef struct OutcomesSubject {
    const SnResult *result;
    const SnStressResult *stress; /* of the same result; NULL: only simulated */
} OutcomesSubject;

/* How many pages they take; the sheet needs a size and a language only. */
uint32_t outcomes_pages(Sheet *sheet, const OutcomesSubject *subject);
/* Page from 1; 0 is the first. */
void outcomes_draw(Sheet *sheet, const OutcomesSubject *subject, uint32_t page);

#endif
