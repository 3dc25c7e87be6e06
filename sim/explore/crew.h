/* crew.h: threads that take from the one that enters successors all the rest: expanding states ahead of it, and telling the monitor behind it.
 *
 * Shape   A ring of chunks, each some states in a row, by id, and their successors. A chunk is
 *         expanded by whoever is free; entered by the caller alone, in order; then told to the monitor, by whoever is free, but one chunk at a
 *         time and in order. The caller looks at limits, state by state in order of their ids: so the result is that of one
 *         thread, whatever the crew does. Where the chunk that is due is not ready the caller expands, or tells the monitor, too.
 * Memory  states of a graph lie where they are once they are entered (store.h): the crew reads those below the number
 *         that the caller made known, and nothing else of the graph. Each thread has an expansion of its own.
 * Errors  an expansion that fails ends its chunk; the caller comes upon it when all states before it are entered. A
 *         value that did not fit is then looked at again by the caller alone, so that the next layout does not depend
 *         on who met what first. A monitor that fails is told nothing more; crew_told says how far it came.
 * Limits  entering, and the monitor, are one thread's work at a time. And what one processor wrote costs another as much to read as some twenty
 *         to a hundred steps of a program: hashing by the crew, too, made all of it slower than one thread.
 * Owner   crew_free ends the threads. */
#ifndef EXPLORE_CREW_H
#define EXPLORE_CREW_H

#include "explore/graph.h"
#include "trace/monitor.h"

enum { CHUNK_LANES = 64 };
#define NOT_RARE UINT32_MAX

/* What crosses from one processor to another is kept small: the successors and their threads, one lane behind the other. Lanes with a
 * step of which there is more to tell (an issue, progress, a choice, time that passes) have all their StepInfo as well. */
typedef struct Chunk {
    StateId first;
    uint32_t lane_count; /* states expanded */
    Status status;       /* why the one behind the last lane was not */
    uint32_t first_step[CHUNK_LANES + 1];
    Word *states;      /* of all steps */
    uint16_t *threads;
    uint32_t room;
    size_t room_words; /* of `states` */
    uint32_t first_rare[CHUNK_LANES], first_issue[CHUNK_LANES], issue_counts[CHUNK_LANES]; /* NOT_RARE: not such a lane */
    StepInfo *rare;
    Issue *issues;
    uint32_t rare_count, rare_room, issue_count, issue_room;
    uint32_t entered_count;            /* by the caller: lanes entered, */
    uint64_t first_edges[CHUNK_LANES]; /* and their first edges */
} Chunk;

typedef struct Crew Crew;

/* `hands` threads beside the caller. `monitor` may be NULL. NULL: no memory, or no threads. */
Crew *crew_new(Machine *machine, uint32_t hands, const Monitor *monitor);
void crew_free(Crew *crew);

/* From the state `first` on. States below `known` can be read. */
void crew_begin(Crew *crew, const Graph *graph, StateId first, uint64_t known);
/* The chunk that crew_next gave was entered, as far as its entered_count says; the crew has it again. */
void crew_tell(Crew *crew, uint64_t known);
/* The chunk that is due; NULL where all known states were handed out, or the monitor failed. It is the caller's until crew_tell. */
Chunk *crew_next(Crew *crew);
/* Waits until nobody expands any more, and all chunks entered were told to the monitor. What that said: STATUS_OK, or why it failed.
 * Before the layout changes, or the graph goes. */
Status crew_end(Crew *crew);
/* The state, and the first edge of it, that the monitor was not told any more, when it failed. */
void crew_told(const Crew *crew, StateId *state, uint64_t *first_edge);

#endif
