/* remembered.h: expanding a state with remembered steps (memo.h), and carrying over what is known of its successors' steps.
 *
 * Carrying  Sleep sets (Godefroid, LNCS 1032, 1996, chapter 5) of a breadth-first search, told apart by the states at hand: t and u, both with
 *           one remembered result, are independent in a state when t's step changes no bit of u's footprint and the other way round. For a
 *           state v that is new, first met by t's step from s, and every other thread u:
 *             covered  u's step from v leads to a state that is in the store by the time v is expanded, if t and u are independent in s, and
 *                      u's step from s leads to a state w with a lower id than v, or is itself covered there. For w is expanded ahead of
 *                      v, and the step of t from w leads where u's leads from v; it was entered then, or covered in w, whose
 *                      id is lower (induction over ids).
 *             blocked  u cannot step in v, if it could not in s and t's step changes no bit of its footprint.
 *           Nothing is ever taken back: what was true when v was found stays true, whoever meets v later. So all states are found, with
 *           hardly more look-ups than states; the covered steps are counted, but not made. */
#ifndef MACHINE_REMEMBERED_H
#define MACHINE_REMEMBERED_H

#include "machine/execute.h"

/* As machine_expand and machine_expand_carried, where the scratch has a memo and the state is not stopped. */
Status remembered_expand(Machine *machine, const Word *state, Expansion *expansion);
Status remembered_expand_carried(Machine *machine, const Word *state, uint64_t known, Expansion *expansion);
/* Nothing is known of the expansion at hand. */
void remembered_forget(Expansion *expansion);

#endif
