/* step_memo.h: what dependence_step told before. Runs of different classes pass the same states again and again.
 *
 * Shape   a direct-mapped table: state, thread and choice -> next state, results, footprint. An entry that is in the way
 *         is replaced; nothing depends on what is remembered.
 * Limits  steps that report an issue are not remembered, nor are those of programs whose footprints count (queues).
 * Owner   step_memo_free; NULL remembers nothing. */
#ifndef EXPLORE_STEP_MEMO_H
#define EXPLORE_STEP_MEMO_H

#include "explore/dependence.h"

typedef struct StepMemo StepMemo;

StepMemo *step_memo_new(uint32_t words); /* NULL: no memory */
void step_memo_free(StepMemo *memo);
/* False: not known. `next` may be `state`. */
bool step_memo_find(const StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, Word *next,
                    uint32_t *choices, StepInfo *info, FootprintId *footprint);
/* `state` is the one ahead of the step, which must still be there. */
void step_memo_keep(StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, const Word *next,
                    uint32_t choices, const StepInfo *info, FootprintId footprint);

#endif
