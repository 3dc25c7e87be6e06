/* symmetry.h: families of threads that nothing tells apart, and states in which they stand in order.
 *
 * Terms   a *family* are the instances of one declared thread whose code is the same instruction by instruction (a
 *         `self` that is used would be a constant in it, and differ) and which nobody names: no join of one of them
 *         alone, no property that looks at their locals, no mailbox or subscription of theirs.
 * Rule    All that a state knows of a thread (its point, its registers, its memory of lost updates, what it owns) is
 *         its block. Exchanging the blocks of two threads of a family, and the owners with them, gives a state with
 *         the same future but for names. In a sorted state the blocks of each family ascend, so that one state stands
 *         for all exchanges: for n threads up to n! of them. Blocks that are equal are equal in all respects, so the
 *         sorted state is the same for all of them.
 * Not     where the results of a step are numbered in the order of threads (signals, queues without room), and for
 *         spawned threads, which have handles.
 * Owner   symmetry_free. For one layout of the machine.
 * Source  E. Emerson, A. P. Sistla, "Symmetry and model checking", Formal Methods in System Design 9, 1996; sorting of
 *         process blocks: C. N. Ip, D. Dill, "Better verification through symmetry", the same volume. */
#ifndef MACHINE_SYMMETRY_H
#define MACHINE_SYMMETRY_H

#include "machine/machine.h"

typedef struct Symmetry Symmetry;

/* NULL: no memory. */
Symmetry *symmetry_new(const Machine *machine);
void symmetry_free(Symmetry *symmetry);
/* Families of at least two threads. */
uint32_t symmetry_family_count(const Symmetry *symmetry);
/* The first thread of a family, and how many there are; they are neighbours. */
ThreadId symmetry_family(const Symmetry *symmetry, uint32_t family, uint32_t *count);

/* Puts the families of a state in order. `moved[t]` is the thread that now stands where t stands (room for all
 * threads). False: nothing was moved. States that were stopped stay as they are. */
bool symmetry_sort(Symmetry *symmetry, Word *state, ThreadId *moved);

#endif
