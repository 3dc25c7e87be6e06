/* loops.h: livelocks, starvations and broken `eventually`s of an exploration. Private to sim/api.
 *
 * Shape   detect/livelock.h says what is looked for, explore/cycles.h finds it, explore/lasso.h and the easiest schedule
 *         make a lasso of it: a prefix into the loop, and a walk round it. Rows in the detectors' table mark the states
 *         of the loops; a LoopSet says which of a row's states are one loop.
 *         An `eventually` is looked for in a cut (explore/cut.h): the states reached while it has not been true yet.
 * Counts  a run round a loop has no end: "infinite" many interleavings; the probability is that of a run that stays
 *         in such loops for ever, which a random walk does in those without a way out, and in no others.
 * Speed   without a jump back in the code, or without a way back in the graph, a look at the code or at each edge is
 *         all. Otherwise one pass for livelocks, one for each thread where there is a `progress`, one for each
 *         `eventually`.
 * Owner   exploration->loops; loops_free. */
#ifndef API_LOOPS_H
#define API_LOOPS_H

#include "api/exploration.h"
#include "explore/cut.h"
#include "explore/cycles.h"

typedef struct LoopSet {
    uint32_t row;          /* of the table */
    uint64_t first, count; /* of the row's states, ascending there */
    bool is_closed;        /* no step leads out, and none was left out: who is in stays in */
} LoopSet;

/* What happens before an `eventually` has been true. */
typedef struct BeforeTrue {
    Cut cut;
    uint64_t *faults; /* as in Loops, of the cut */
    Shortest *shortest;
    Counter *counter;
} BeforeTrue;

typedef struct Loops {
    LoopSet *sets;
    uint32_t count, room;
    BeforeTrue *before; /* of each `eventually` */
    uint32_t before_count;
    bool has_filter;       /* `removed` is for this kind and thread */
    FindingKind kind;
    ThreadId thread;
    uint64_t *removed;     /* steps that a loop must do without, one bit an edge; NULL: none */
    StateId *marks;        /* scratch of counting and closing */
    uint64_t *faults;      /* spurious wake-ups, one bit an edge of the whole graph; NULL: none */
} Loops;

/* Adds the rows. Loops that were found stay when the search for them is cut short (STATUS_INTERRUPTED, or
 * STATUS_NO_MEMORY with exploration->loops). */
Status loops_find(Exploration *exploration);
void loops_free(Exploration *exploration);

/* The steps that a loop of this kind must do without, into loops->removed. */
Status loops_filter(Exploration *exploration, FindingKind kind, ThreadId thread);

static inline bool loops_is(const Finding *row)
{
    return row->kind == FINDING_LIVELOCK || row->kind == FINDING_STARVATION;
}
/* Where schedules to the states of a row are looked for, and the number that a state has there. */
Status loops_shortest(Exploration *exploration, const Finding *row, Shortest **shortest);
StateId loops_state(const Exploration *exploration, const Finding *row, StateId state);

/* Adds the walk round the loop to exploration->easiest, which leads into one of the row's. */
Status loops_close(Exploration *exploration, uint32_t row_number, uint32_t *loop_start);
/* Interleavings and probability of a row with a loop or an `eventually`, into exploration->count. */
Status loops_count(Exploration *exploration, const Finding *row);

#endif
