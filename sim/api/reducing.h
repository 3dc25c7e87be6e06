/* reducing.h: exploring with as few states as will show everything (explore/reduced.h), and what is then known.
 *
 * Method  1. the reduced search. Whatever is news there (a row of a detector, an outcome, a lock asked for while
 *            others are owned) leaves a schedule.
 *         2. the easiest schedules, from cheap to dear (explore/hunt.h), until everything of 1. was seen, and
 *            nothing cheaper can be left; or up to a limit. The schedules of 1. are added to that graph, so it shows
 *            everything in any case.
 *         All that follows (findings, outcomes, replay) works on the graph of 2. as on any other, but nothing is
 *         counted.
 * Checked each row and outcome of 1. is in 2., or nothing is claimed at all: STATUS_OK with `*is_done` false, and the
 *         caller explores all states. So it is also where executions may be endless, where an `assume` drops some,
 *         with an `eventually`, beyond the limits of reduced.h, and where a cycle of waiting threads may be closed
 *         while somebody else goes on who is blocked in the end as well (persistent.h, Loses).
 * Cut     where a limit or the user ends 1., what it found so far is shown, unless the exploration has a graph already
 *         that shows something: STATUS_LIMIT or STATUS_INTERRUPTED, with `*is_done` in the first case.
 * Errors  as searching_run. */
#ifndef API_REDUCING_H
#define API_REDUCING_H

#include "api/exploration.h"

/* Puts graph, machine and marks of `exploration` in place. */
Status reducing_run(Exploration *exploration, uint32_t reductions, bool *is_done);
/* Another graph in place of the one at hand, which shows what certain schedules lead to: with the easiest schedules of
 * all its findings and outcomes, as far as the limits allow. False: it does not show them all. */
Status reducing_hunt(Exploration *exploration, const HuntPath *paths, uint32_t path_count, bool *is_done);
/* Is a schedule of this cost the easiest? (Always, but where the hunt for it was cut short.) */
bool reducing_is_easiest(const Exploration *exploration, Cost cost);
/* Adds the notes that say what was done. May leave through the arena. */
void reducing_note(Exploration *exploration);

#endif
