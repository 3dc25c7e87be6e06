/* page_data.h: what the page shows, as the JSON object that viz/page/model.js reads: findings, outcomes, runs, and the
 * state space where it is small. Nothing is computed here; all of it comes from the public interface.
 *
 * Shape   every text, stand and step is written once, in `strings`, `stands` and `steps`, and elsewhere is a number
 *         there. In a run, what is the same as one step before is 0: the locals, and each part of a place. Probabilities are millionths, so that no locale can spoil them; -1 is "not known". */
#ifndef VIZ_PAGE_DATA_H
#define VIZ_PAGE_DATA_H

#include "base/text.h"
#include "snarl/viz.h"

typedef struct PageSubject {
    const SnResult *result;
    SnMap *map; /* NULL: the state space is too large */
    const SnPageOptions *options;
    SnTrace *const *finding_traces; /* by finding */
    SnTrace *const *outcome_traces; /* by outcome, `outcome_run_count` of them */
    uint32_t outcome_run_count;
    const SnTrace *only; /* the one trace of a page without findings and outcomes; or NULL */
} PageSubject;

/* False: no memory. */
bool page_data_add(Text *out, const PageSubject *subject);

#endif
