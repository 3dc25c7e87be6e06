/* states.h: the state space: how each state can go on, how it ends, and from where no good end can be reached.
 *
 * Errors  runs out of memory by leaving sheet_try. */
#ifndef VIZ_STATES_H
#define VIZ_STATES_H

#include "viz/flow.h"

/* Fills `model` and the texts; all texts lie in the sheet's arena. `trace` may be NULL. */
void states_build(Sheet *sheet, const SnStateGraph *graph, const SnTrace *trace, const SnDrawOptions *options,
                  Agraph_t *model, FlowTexts *texts);

#endif
