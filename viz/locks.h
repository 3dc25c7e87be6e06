/* locks.h: the lock-order graph: which lock a thread asks for while it owns which. Locks taken in a circle can
 * deadlock.
 *
 * Errors  runs out of memory by leaving sheet_try. */
#ifndef VIZ_LOCKS_H
#define VIZ_LOCKS_H

#include "viz/flow.h"

/* Fills `model` and the texts; all texts lie in the sheet's arena. */
void locks_build(Sheet *sheet, const SnResult *result, const SnDrawOptions *options, Agraph_t *model, FlowTexts *texts);

#endif
