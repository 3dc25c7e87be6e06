/* classes_path.h: the path that classes.c is on, which reversal.c looks back over. Private to both.
 *
 * Shape   event k leads from state k to state k + 1. Row k of `clocks`: how many events of each thread happen before or
 *         at event k. Row k of `movers` and `lasts`: by thread, the last event before state k that moved it on, or that
 *         was its own, plus one; 0 none.
 *
 *         Node k is the exploration behind the first k events: who sleeps there, what is still to be done there.
 *
 * Owner   classes.c */
#ifndef EXPLORE_CLASSES_PATH_H
#define EXPLORE_CLASSES_PATH_H

#include "explore/classes.h"
#include "explore/wakeup.h"

typedef struct ClassEvent {
    uint32_t previous;     /* event of its thread, plus one; 0 none */
    uint32_t ordinal;      /* of its thread's events, from 1 */
    FootprintId potential; /* what its thread might have touched there */
    uint32_t first_race, race_count;
    uint16_t disablers;
    bool is_fixed; /* dependence_pending */
    bool stops, moves_others;
} ClassEvent;

typedef struct ClassNode {
    uint32_t first_sleeper, sleeper_count;
    WakeList pending;
} ClassNode;

typedef struct Reversal { /* scratch of reversal.c */
    uint32_t *others;     /* events that do not come after the one that is reversed */
    uint32_t *options;    /* those of them that may go ahead of the step or not */
    bool *is_taken;       /* by option */
    Act *sequence;
    uint32_t room;
    Word *state, *next;
    uint64_t *counts, *counts_next;
} Reversal;

typedef struct ClassPath {
    Machine *machine;
    const ClassesOptions *options;
    ClassesResult *result;
    Dependence *dependence;
    uint32_t words, threads, counts_width;

    uint32_t count, room; /* events */
    ClassStep *steps;
    ClassEvent *events;
    Word *states;
    uint64_t *counts;
    uint32_t *clocks, *movers, *lasts;
    uint32_t *cursors; /* scratch: by thread */
    ClassNode *nodes;
    Act *sleepers;
    uint32_t sleeper_count, sleeper_room;
    uint32_t
        *races; /* earlier events that event k conflicts with, nothing between them, that its thread does not need */
    uint32_t race_count, race_room;
    WakePool pool;
    Reversal reversal;
    Expansion expansion;
    uint32_t mark; /* a state that must not come again: Brent's, at powers of two */
} ClassPath;

/* Event k happens before `at`, or is it. */
static inline bool path_happens(const ClassPath *path, uint32_t k, uint32_t at)
{
    return path->clocks[(size_t)at * path->threads + path->steps[k].thread] >= path->events[k].ordinal;
}

/* The run has ended: enters everything that might have been instead. */
Status reversal_find(ClassPath *path);
void reversal_free(Reversal *reversal);

#endif
