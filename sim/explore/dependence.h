/* dependence.h: which steps conflict: the footprint of a step, and whether two footprints conflict.
 *
 * Shape   A footprint is a set of touches (place, manner), interned: equal sets have equal ids, so that a step costs
 *         its explorer one number and the answer for two steps is remembered in a table. Places are the objects, and
 *         beside them each thread (its program order), each spawned thread's being joined, the order of spawning, the
 *         output, and what the `always` properties look at.
 *
 * Rule    Two steps conflict when they touch a place in manners that conflict:
 *
 *           READ    variables read, a failed `try` or cas, waits on events and waitgroups, a once that is finished, a
 *                   signal that nobody hears, a get that finds a closed queue empty, len
 *           WRITE   variables written; mutexes: every lock, that after a wake-up, too; acquire, and release where the
 *                   semaphore has a maximum; signals that are heard; who enters and leaves a once; wrlock; print;
 *                   spawn; arrivals at a barrier; counting a waitgroup down
 *           GIVE    every unlock, that of `wait`, too: conflicts as WRITE does, but disables nothing
 *           ADD     release, sleeping on a condition, set, counting a waitgroup up, rdlock and its unlock: they
 *                   commute with each other
 *           SUB     clear, a spurious wake-up: likewise
 *           PUT     the n-th put conflicts with all puts, and with the n-th get, which takes its item
 *           GET     the n-th get conflicts with all gets, and with put n + capacity, which needs its room
 *           CLOSE   conflicts with puts, failed gets and closed(), but not with gets of what is left
 *           ASK     closed()
 *
 *         Every step writes the place of its thread, and those of threads that it lets go on (woken, spawned, taken
 *         through a barrier or a rendezvous); join reads those that it joins. A step that ends the execution
 *         (assertion, misuse, ...), and `destroy`, conflict with every step: both decide what others can still do.
 *
 *         What decides whether a step can be taken, or how many results it has, belongs to its footprint, so that
 *         steps without conflict neither enable, disable nor change each other, now or behind steps that conflict
 *         with neither.
 *
 * Coarser than it might be:
 *         - acquire and release of a semaphore conflict also while it is above 0, set and wait also when the event is
 *           set: releases (sets) would not commute otherwise, since no partial order tells which of two let a thread go
 *           on;
 *         - arrivals at a barrier, steps that count a waitgroup down, and releases below a maximum conflict also where
 *           neither is the last: which one is depends on how many came before, whoever they were;
 *         - rendezvous: a thread that comes to stand at `q[0]`, or leaves it, writes q; select reads all its arms;
 *         - rwlocks `writers first`: an announcement conflicts with every reader;
 *         - writes to what an `always` looks at conflict with each other, so that each class passes the same states of
 *           it; spawns conflict with each other, since their order gives the names.
 *
 * Owner   dependence_free. Errors STATUS_NO_MEMORY.
 * Source  Mazurkiewicz, "Trace theory", 1987; Godefroid, LNCS 1032, chapter 3. */
#ifndef EXPLORE_DEPENDENCE_H
#define EXPLORE_DEPENDENCE_H

#include "machine/machine.h"

typedef uint32_t FootprintId;
typedef struct Dependence Dependence;

typedef enum Manner {
    TOUCH_READ,
    TOUCH_WRITE,
    TOUCH_ADD,
    TOUCH_SUB,
    TOUCH_PUT,
    TOUCH_GET,
    TOUCH_CLOSE,
    TOUCH_ASK,
    TOUCH_GIVE
} Manner;

typedef struct Touch {
    uint32_t place;
    uint32_t manner;
    uint64_t number; /* PUT, GET: which one, in its queue */
} Touch;

/* NULL: no memory. For one layout of the machine: make another one after machine_relayout. */
Dependence *dependence_new(Machine *machine);
void dependence_free(Dependence *dependence);

/* No step is remembered from now on: each is executed anew (tests compare). */
void dependence_forget(Dependence *dependence);

/* Queues need to know how many puts and gets lie behind a state: these many numbers for each state, started by
 * dependence_start. */
uint32_t dependence_counts(const Dependence *dependence);
void dependence_start(const Dependence *dependence, uint64_t *counts);

/* A step of a thread, or what it stands at where it cannot step. */
typedef struct StepFacts {
    uint32_t choices; /* 0: it cannot step, or has fewer results than that */
    uint32_t point;   /* at which it stands; 0: it has ended */
    FootprintId footprint;             /* of the step; none without one */
    uint32_t first_issue, issue_count; /* in dependence_issues */
    FootprintId potential;             /* dependence_pending; NO_ID where it has ended, or is not born: no more is told then */
    uint16_t disablers;
    bool is_fixed;
    bool moves_others; /* from where they stand */
    bool stops;
} StepFacts;

/* Executes a step; `counts` goes from the state before to the one behind. `next` may be `state`; nothing is done to
 * either where the choices are 0. */
Status dependence_step(Dependence *dependence, const Word *state, ThreadId thread, uint32_t choice, Word *next,
                       uint64_t *counts, StepFacts *facts);

/* What the next step of a thread may touch at most, whether it can be taken now or not. `*disablers`: steps that touch
 * one of its places in one of these manners (bits) may make it impossible; 0: nobody can. `*is_fixed`: a step of this
 * thread from here touches the same places in the same manners wherever it is taken. */
Status dependence_pending(Dependence *dependence, const Word *state, ThreadId thread, FootprintId *footprint,
                          uint16_t *disablers, bool *is_fixed);
/* Whether a thread that stands there may be disabled by others at all. */
bool dependence_can_wait(const Dependence *dependence, const Word *state, ThreadId thread);
/* Whether the step may disable one with that footprint and those disablers. */
bool dependence_disables(Dependence *dependence, FootprintId step, FootprintId pending, uint16_t disablers);

bool dependence_conflict(Dependence *dependence, FootprintId a, FootprintId b);
/* They conflict only where the first unlocks what the second, which waits while that is locked, locks: it can never come
 * next ahead of the first. */
bool dependence_only_frees(const Dependence *dependence, FootprintId unlock, FootprintId lock);
uint32_t dependence_touches(const Dependence *d, FootprintId id, const Touch **touches);
/* The thread whose own step has that touch, or that it moved on; NO_ID: it is another touch. */
ThreadId dependence_moved(const Dependence *dependence, const Touch *touch);
/* How many footprints there are: ids from 0. */
uint32_t dependence_footprints(const Dependence *dependence);
/* The issues of the last dependence_step, by StepFacts. */
const Issue *dependence_issues(const Dependence *dependence);

#endif
