/* classes_path.h: the path that classes.c is on, which races.c and reversal.c look back over. Private to them.
 *
 * Shape   event k leads from state k to state k + 1. Node k is the exploration behind the first k events: who sleeps
 *         there, what is still to be done there. Races belong to the event at which they show: a stack, cut back with
 *         the path, so that a run finds only those that are new.
 *
 * Owner   classes.c */
#ifndef EXPLORE_CLASSES_PATH_H
#define EXPLORE_CLASSES_PATH_H

#include "explore/classes.h"
#include "explore/happens.h"
#include "explore/wakeup.h"

/* Event `first`, and the step of a thread that might come before it. */
typedef struct Race {
    uint32_t first;
    ThreadId thread;
    uint32_t past;          /* what happens before this event (or is it) must come before the step; NO_ID: nothing */
    uint32_t at;            /* the event that is the thread's step in this run; NO_ID: none */
    FootprintId potential;  /* what the step may touch */
    bool has_options;       /* it may touch more than it did, or be disabled */
    uint32_t except_choice; /* this result is the race's first event; 0: none */
    enum { RESULT_UNKNOWN, RESULT_NONE, RESULT_ONE, RESULT_MANY } result; /* behind what must come before it, alone */
    Act step;               /* RESULT_ONE */
    uint32_t settled; /* turned round already, whatever comes behind this event; NO_ID: not known to be */
} Race;

typedef struct ClassEvent {
    uint32_t first_race, first_move; /* in the path's stacks */
    bool stops;
} ClassEvent;

/* Where a thread stands, and since when. */
typedef struct Move {
    ThreadId thread;
    uint32_t mover;        /* the event that moved it on, or was its own, plus one; 0: it stands there from the beginning */
    uint32_t before;       /* its last move ahead of this one; NO_ID: none */
    FootprintId potential; /* of the operation there, where it was found blocked; NO_ID: not known */
} Move;

/* Sets of threads hold the first 64 of them; what is not known of the others is found out each time. */
typedef struct ClassNode {
    uint64_t ended, blocked; /* known to be */
    uint64_t asleep;         /* in one of their steps at least */
    uint32_t first_sleeper, sleeper_count;
    WakeList pending;
} ClassNode;

typedef struct Reversal { /* scratch of reversal.c */
    uint64_t *rest;       /* row: events that do not come after the one that is reversed */
    uint64_t *must;       /* row: of these, those that must come before the step */
    uint64_t *needed;     /* row: of these, those that are entered ahead of the step */
    uint32_t width;       /* of the rows */
    uint32_t *others;     /* `rest`, by number */
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
    ClassNode *nodes;
    Happens happens;
    uint32_t *stands; /* by thread: its last move */
    Move *moves;      /* a stack; below all others one of each thread */
    uint32_t move_count, move_room;
    Act *sleepers;
    uint32_t sleeper_count, sleeper_room;
    Race *races;
    uint32_t race_count, race_room;
    uint32_t *pairs; /* scratch: events that the newest conflicts with */
    uint32_t cut;    /* the events ahead of this one are those of the last run that ended */
    WakePool pool;
    Reversal reversal;
    Expansion expansion;
    uint32_t mark; /* a state that must not come again: Brent's, at powers of two */
} ClassPath;

static inline uint32_t path_mover(const ClassPath *path, ThreadId thread)
{
    return path->moves[path->stands[thread]].mover;
}

/* The races that show with the newest event. `pairs`: the earlier ones that it conflicts with, nothing between them, that
 * its thread does not need. `mover`: who moved the thread ahead of it. */
Status races_note(ClassPath *path, const StepFacts *facts, uint32_t mover, const uint32_t *pairs, uint32_t pair_count);
/* The run has ended: enters everything that might have been instead. */
Status races_reverse(ClassPath *path);

/* Enters what might have been instead of one race. */
Status reversal_enter(ClassPath *path, Race *race);
/* Room for the path at hand. */
Status reversal_reserve(ClassPath *path);
void reversal_free(Reversal *reversal);

#endif
