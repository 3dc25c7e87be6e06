/* memo.h: steps remembered. Private to sim/machine.
 *
 * What a step does depends on few bits of the state: the thread's own fields, and those of the objects that the code up to its next point can
 * touch. For each point a mask of these bits is known in advance (its footprint); the result of a step is kept under the masked state and found
 * again in a few instructions, however long the code is. Points whose steps reach further (signal, barriers, rendezvous, spawn, destroy) are not remembered,
 * nor are steps with more than one result.
 * Source  W. Brandon, R. van Renesse, Harmony's model checker, memoises steps by thread context; the masks are our own.
 * Owner   the Scratch of one Expansion: no sharing between workers. */
#ifndef MACHINE_MEMO_H
#define MACHINE_MEMO_H

#include "machine/execute.h"

typedef struct Memo Memo;

typedef struct MemoHit {
    bool found;
    bool is_enabled;
    bool stops, progresses;
    const Word *bits;     /* new values of the footprint's bits */
    const Word *mask;
    const Issue *issue;   /* NULL: none */
} MemoHit;

/* Footprint of a point: `mask` of machine->words words; false when its steps are not remembered. */
bool memo_footprint(const Machine *machine, ThreadId thread, uint32_t point, Word *mask);

/* NULL: no memory; the machine then works without. */
Memo *memo_new(const Machine *machine);
void memo_free(Memo *memo);
/* Looks a step up. A miss remembers where the result belongs: memo_keep may follow, for the same step. */
MemoHit memo_find(Memo *memo, ThreadId thread, uint32_t point, const Word *state);
/* Keeps the result of the step that was just missed: successor NULL when the thread cannot step. */
void memo_keep(Memo *memo, const Word *successor, const StepInfo *info, const Issue *issue);

#endif
