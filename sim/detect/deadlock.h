/* deadlock.h: threads that can never go on.
 *
 * Rule    (a) a state without steps, not stopped, in which a thread that is no daemon has not ended: the set of all
 *         such threads. Daemons may stay blocked for ever and are not told.
 *         (b) a state with steps in which threads wait in a cycle for what others own, or for others to end. Every
 *         holder counts as an edge: who waits for several needs all of them, so each cycle is for ever. Daemons in it count as others do.
 * Row     the threads with the lines at which they stand; (a) and (b) with the same threads and lines are one row.
 *         Marks the state. `objects` are what they wait for in the first occurrence.
 * Method  strongly connected components of the wait graph (Tarjan), on the few threads that wait for an owner at
 *         all.
 * Owner   deadlock_free. */
#ifndef DETECT_DEADLOCK_H
#define DETECT_DEADLOCK_H

#include "detect/finding.h"
#include "trace/monitor.h"

typedef struct DeadlockDetector DeadlockDetector;

typedef struct BlockedSet {
    const ThreadId *threads; /* ascending */
    const WaitInfo *waits;   /* of each of them */
    uint32_t count;
    bool is_cycle; /* (b) */
} BlockedSet;

DeadlockDetector *deadlock_new(FindingTable *table); /* NULL: no memory */
void deadlock_free(DeadlockDetector *detector);

/* The blocked sets of a state, where `threads` (ascending) are those that have a step; none for a stopped state. They
 * live until the next call. */
Status deadlock_scan(DeadlockDetector *detector, const Machine *machine, const Word *state, const ThreadId *threads,
                     uint32_t thread_count, const BlockedSet **sets, uint32_t *set_count);

/* True when the set has the identity of the row. */
bool deadlock_is(const BlockedSet *set, const Finding *row);

Status deadlock_state(DeadlockDetector *detector, const MonitorEvent *event);
void deadlock_restart(DeadlockDetector *detector);

/* Whether a thread that stands before this operation may wait for certain others. */
bool deadlock_waits_for_owner(uint16_t op);

#endif
