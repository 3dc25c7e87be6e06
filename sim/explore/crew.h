/* crew.h: threads that expand states ahead of the one that enters their successors.
 *
 * Shape   A ring of chunks; a chunk is some states in a row, by id, and their expansions. Chunks are taken in order, by
 *         whoever is free: by the crew, and by the caller when the chunk that is due is not ready. The caller alone
 *         enters successors, tells the monitor and looks at limits, state by state in order of their ids: so the result
 *         is that of one thread, whatever the crew does.
 * Memory  states of a graph lie where they are once they are entered (store.h): the crew reads those below the number
 *         that the caller made known, and nothing else of the graph. Each thread has a scratch of its own for the
 *         machine.
 * Errors  an expansion that fails ends its chunk; the caller comes upon it when all states before it are entered. A
 *         value that did not fit is then looked at again by the caller alone, so that the next layout does not depend
 *         on who met what first.
 * Limits  what the caller does (look-ups, detectors) is not shared out, and where the machine remembers steps it is
 *         most of the work: two threads were at best 1.35 times as fast as one (philosophers, 7), and slower than one
 *         where something else kept the second processor busy.
 * Owner   crew_free ends the threads. */
#ifndef EXPLORE_CREW_H
#define EXPLORE_CREW_H

#include "explore/graph.h"

enum { CHUNK_LANES = 64 };

typedef struct Chunk {
    StateId first;
    uint32_t lane_count; /* states expanded */
    Status status;       /* why the one behind the last lane was not */
    Expansion lanes[CHUNK_LANES];
} Chunk;

typedef struct Crew Crew;

/* `hands` threads beside the caller. NULL: no memory, or no threads. */
Crew *crew_new(Machine *machine, uint32_t hands);
void crew_free(Crew *crew);

/* From the state `first` on. States below `known` can be read. */
void crew_begin(Crew *crew, const Graph *graph, StateId first, uint64_t known);
void crew_tell(Crew *crew, uint64_t known);
/* The chunk that is due; NULL where all known states were handed out. It is the caller's until crew_next or crew_end is
 * called again. */
const Chunk *crew_next(Crew *crew);
/* Waits until nobody expands any more. Before the layout changes, or the graph goes. */
void crew_end(Crew *crew);
/* Gives all memory of expansions back: they do not survive a new layout. Between crew_end and crew_begin. */
void crew_forget(Crew *crew);

#endif
