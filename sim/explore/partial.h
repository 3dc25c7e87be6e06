/* partial.h: the graph of some of the reachable states: those that a bounded search or random runs came to.
 *
 * Shape   First the states are collected, in the order in which somebody comes to them; edges and marks wait until all
 *         are there. Then each is expanded once more, in order of its id, its steps are entered and the monitor hears
 *         of it. A step to a state that nobody came to leads *beyond*: to one more state behind the others, which is
 *         open and has no packed form of its own (Graph.has_beyond). So findings, schedules and ends are read off a
 *         partial graph as off a whole one, and whether a thread could have gone on can be seen in all its states.
 * Limits  while states are collected they may take half of max_memory, and all that comes with
 *         them (what the machine remembers of outputs) the whole of it; edges get the rest. Expanding them once more
 *         knows no limit but memory: what was found so far is worth the time.
 * Owner   partial_free; the graph goes to the caller.
 * Errors  as search.h; STATUS_RELAYOUT from anything: partial_relayout, then from partial_open on again. */
#ifndef EXPLORE_PARTIAL_H
#define EXPLORE_PARTIAL_H

#include "explore/search.h"

typedef struct Partial {
    Machine *machine;
    const SearchOptions *options;
    const Monitor *monitor; /* may be NULL */
    Graph *graph;
    Expansion expansion; /* of the last state expanded */
    uint64_t steps;      /* possible in all states expanded so far */
    uint64_t next_check;
    bool goes_beyond;            /* some step leads beyond */
    size_t base_bytes;           /* live before */
    double begin, last_progress; /* seconds */
} Partial;

/* Teaches the machine its layout. */
Status partial_begin(Partial *partial, Machine *machine, const SearchOptions *options, const Monitor *monitor);
void partial_free(Partial *partial);
/* An empty set of states, then the start, which gets the id 0. */
Status partial_open(Partial *partial);
/* The id of a state, which is added if it is new. */
Status partial_enter(Partial *partial, const Word *state, StateId *id);
/* The steps of a state, into partial->expansion. Looks at the clock now and then; `waiting` is for the progress. */
Status partial_expand(Partial *partial, StateId state, uint64_t waiting);
/* Edges and marks. `ended` is how the collecting ended; what is returned is that, or worse. */
Status partial_close(Partial *partial, Status ended);
/* Lays the machine out anew and forgets all. */
Status partial_relayout(Partial *partial);
/* Hands the graph over; NULL where there is no state in it. */
Graph *partial_take(Partial *partial);

#endif
