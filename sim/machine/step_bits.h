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

typedef struct StepPoint {
    StepParts whole;
    StepParts *elements; /* [index_mask + 1], by the bits of the index; NULL: not by element */
    Word index_mask;
    uint32_t index; /* the field */
    uint32_t index_word, index_shift;
    bool is_known;
} StepPoint;

typedef struct StepThread { /* where its point lies in the state */
    Word pc_mask;
    uint32_t pc_word, pc_shift;
    StepPoint *points;
} StepThread;

typedef struct StepBits {
    const Machine *machine;
    StepThread *threads;
    Word *mask; /* scratch */
} StepBits;

StepBits *step_bits_new(const Machine *machine); /* NULL: no memory */
void step_bits_free(StepBits *bits);
const StepParts *step_bits_learn(StepBits *bits, const Word *state, ThreadId thread, uint32_t point);

/* As machine_point. */
static inline uint32_t step_bits_point(const StepBits *bits, const Word *state, ThreadId thread) {
    const StepThread *of = &bits->threads[thread];
    return (uint32_t)(state[of->pc_word] >> of->pc_shift & of->pc_mask);
}

/* `point` is where the thread stands, neither ended nor unborn. Equal pointers: the same bits of the same thread at the same point. NULL: no
 * memory. */
static inline const StepParts *step_bits_find(StepBits *bits, const Word *state, ThreadId thread, uint32_t point) {
    const StepPoint *found = &bits->threads[thread].points[point];
    const StepParts *parts = found->elements ? &found->elements[state[found->index_word] >> found->index_shift & found->index_mask] : &found->whole;
    return parts->parts ? parts : step_bits_learn(bits, state, thread, point);
}

#endif
