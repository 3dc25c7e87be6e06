/* glance.h: a state, and the steps that lead on from it, in words, without a history: for those who walk through the
 * state space, where many ways lead to a state. What only a history knows (at which step a lock was taken, whose signal
 * woke the thread) is left out.
 *
 * Shape   lanes of the steps, stands and owners are the ids of the machine's program.
 * Owner   everything lies in the arena.
 * Errors  memory that ends jumps to the arena's escape; STATUS_RELAYOUT as from the machine. */
#ifndef TRACE_GLANCE_H
#define TRACE_GLANCE_H

#include "snarl/snarl.h"

#include "machine/machine.h"

typedef struct Glance {
    Machine *machine;
    Arena *arena;        /* must live longer than the glance */
    Expansion expansion; /* all that is possible in the state looked at last */
    Expansion single;    /* scratch of one step */
    StepLog log;
    struct Telling *telling; /* this and what follows lies in the arena */
    Word *next;              /* room for a state */
    SnThread *threads;
    SnObject *objects;
    uint32_t *identity; /* lane -> ThreadId */
} Glance;

/* `glance` is zero but for machine and arena. */
void glance_begin(Glance *glance);
void glance_end(Glance *glance);
/* All that can be done in the state, into glance->expansion; then where each thread stands, and who owns what. */
Status glance_state(Glance *glance, const Word *state, SnPlace *place);
/* Step number `index` of the expansion in words, into *step. */
Status glance_step(Glance *glance, const Word *state, uint32_t index, SnStep *step);

#endif
