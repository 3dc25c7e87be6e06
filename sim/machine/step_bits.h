/* step_bits.h: the bits of a state that a thread's next step depends on, or may change: those of the thread, and of the objects that the
 * code up to its next point can touch (memo_footprint). Two states that agree in them have the same next step of the thread: enabled or
 * not, with the same results, changing the same bits.
 *
 * Shape   for each thread and point, found when first asked for: words with a mask. Where the operation takes its index from a register, for
 *         each element of the array. Where a step reaches further (signal, barriers, rendezvous, ...): all words.
 * Owner   step_bits_free. One layout of the machine: make another one after machine_relayout. */
#ifndef MACHINE_STEP_BITS_H
#define MACHINE_STEP_BITS_H

#include "machine/machine.h"

typedef struct StepPart {
    Word mask;
    uint32_t word;
} StepPart;

typedef struct StepParts {
    const StepPart *parts; /* by word, ascending; NULL: not known yet */
    uint32_t count;
} StepParts;

typedef struct StepBits StepBits;

StepBits *step_bits_new(const Machine *machine); /* NULL: no memory */
void step_bits_free(StepBits *bits);
/* The thread must stand at a point, neither ended nor unborn. Equal pointers: the same bits of the same thread, standing at the same point. NULL: no memory. */
const StepParts *step_bits_find(StepBits *bits, const Word *state, ThreadId thread);

#endif
