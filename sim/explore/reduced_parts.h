/* reduced_parts.h: what the reduced search keeps. Private to reduced.c, and to reduced_save.c, which writes it down. */
#ifndef EXPLORE_REDUCED_PARTS_H
#define EXPLORE_REDUCED_PARTS_H

#include "explore/acyclic.h"
#include "explore/persistent.h"
#include "explore/reduced.h"
#include "machine/symmetry.h"

/* A step that waits to be taken, with the state behind it. */
typedef struct Pending {
    ThreadId thread;
    uint32_t choice, choices;
    ThreadSet sleep; /* behind it */
} Pending;

/* A state on the way. */
typedef struct Frame {
    StateId id;
    uint32_t first, count, next; /* of its pending steps */
    uint32_t trail;              /* steps of the schedule that leads here */
} Frame;

/* How far the search was before the step under way. */
typedef struct Mark {
    uint64_t states, edges, passed, steps;
    size_t news_bytes;
    uint32_t max_depth, frames, pending, next;
} Mark;

typedef struct Search {
    Machine *machine;
    const SearchOptions *options;
    const ReducedVisitor *visitor;
    ReducedResult *result;
    uint32_t wanted, reductions; /* as asked for; those of use */
    Uses *uses;
    Symmetry *symmetry; /* NULL: not used */
    Budget budget;
    Store *store;
    Stretch sleeps;  /* by state: ThreadSet */
    Stretch is_open; /* by state: on the way */
    Edges edges;     /* with sleep sets: all steps taken between kept states */
    bool has_reopened;
    Stretch frames, pending, states, names, trail;
    uint32_t frame_count, pending_count, trail_count;
    Word *state; /* at hand */
    ThreadId *name; /* of the threads of the state at hand: who they are in the schedule */
    ThreadId *moved, *other;
    Expansion expansion;
    Crowd crowd;
    uint32_t words, threads;
    uint64_t next_check;
    double begin;
    size_t base_bytes;
    bool restarts;       /* a step was met that ends executions, or touches an element, and was not known to */
    uint64_t most_steps; /* of an attempt that must be made again */
    Status asked;        /* a limit, or the user: the search ends when the step under way has been entered */
    bool is_due;         /* a checkpoint is */
    Stretch news;        /* with checkpoints: what the visitor took as news, to be told to another one */
    size_t news_bytes;
    Mark mark;
} Search;

/* ---------------------------------------------------------------------- reduced.c */

/* Everything for the layout at hand. */
Status reduced_prepare(Search *search, uint32_t wanted);

/* ----------------------------------------------------------------- reduced_save.c */

/* Remembers what is news at the state at hand. */
Status reduced_note_news(Search *search, bool is_start_report);
/* The search as it was at the mark; without one nothing. */
void reduced_save(Search *search);
/* The search as it was, in a machine that has not executed anything; the visitor hears the news again. */
Status reduced_restore(Search *search, uint32_t wanted);

#endif
