/* affine.h: registers that need not be kept, because they follow from another one.
 *
 * What   At a point, register r = scale * base + offset of a register that is kept there, on every way to the point: `own[self] = i + 1` has i + 1
 *        ready when it stands before the store, beside i. Arithmetic modulo 2^64: the value was computed once without an error, so it comes
 *        out the same.
 * Source a must-analysis by forward iteration (Aho, Lam, Sethi, Ullman, "Compilers", 2nd ed., section 9.2); the facts are those of affine
 *        induction variables (section 9.8.3 there). */
#ifndef PROGRAM_AFFINE_H
#define PROGRAM_AFFINE_H

#include "program/flow.h"

typedef struct Affine {
    uint32_t base; /* a register that is in the live set, too, and does not follow from another; NO_ID: nothing is known */
    int64_t scale, offset;
} Affine;

/* By point, then by register: points 0 .. point_count, code->register_count each. Only registers of `live` are asked about; never those that
 * index the point's operation, nor those of an ended thread. NULL: none follows from another anywhere. */
Affine *affine_registers(Arena *arena, const Program *program, const ThreadCode *thread, const LiveSet *live);

#endif
