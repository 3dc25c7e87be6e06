/* step_memo.h: what dependence_step told before. Steps are remembered by the bits of the state that they depend on
 * (machine/step_bits.h), so that runs which pass different states share them.
 *
 * Shape   a direct-mapped table: the masked state, thread and choice -> facts, and the bits that change. An entry that is
 *         in the way is replaced; nothing depends on what is remembered.
 * Limits  steps that report an issue are not remembered, nor are those of programs whose footprints count (queues).
 * Owner   step_memo_free. */
#ifndef EXPLORE_STEP_MEMO_H
#define EXPLORE_STEP_MEMO_H

#include "explore/dependence.h"

typedef struct StepMemo StepMemo;

StepMemo *step_memo_new(const Machine *machine); /* NULL: no memory */
void step_memo_free(StepMemo *memo);
/* As machine_point. */
uint32_t step_memo_point(const StepMemo *memo, const Word *state, ThreadId thread);
/* The thread must stand at a point, which is in the facts. False: not known. `next` may be `state`; it is not touched when
 * there is no step. */
bool step_memo_find(StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, Word *next, StepFacts *facts);
/* `state` is the one ahead of the step, which must still be there. */
void step_memo_keep(StepMemo *memo, const Word *state, ThreadId thread, uint32_t choice, const Word *next,
                    const StepFacts *facts);

#endif
