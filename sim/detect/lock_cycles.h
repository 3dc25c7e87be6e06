/* lock_cycles.h: the cycles that the requests of all states could close.
 *
 * Terms   a request that owns a and wants b is an edge a -> b. A *cycle* are requests of different threads, each of
 * which wants a lock that the next one owns, with as many different locks; shortest first, up to length 8. Verdict
 * *guarded*: two of them own the same lock, so that they never stand there together (for two threads the gate lock of
 * Havelund; for more it is enough that two share one). *Ordered*: whenever one of them stands there, the thread of
 * another has ended or is not born yet. *Open*: neither; only the states can tell whether it deadlocks. Shape   one
 * cycle for each set of locks and lines, as LANGUAGE.md section 8 tells findings apart: the first open one, else the
 * first of all. Limits  LOCK_CYCLES_MAX cycles, and some steps of the enumeration; `is_cut` says that there may be
 * more. Owner   lock_cycles_free. Source  Bensalem and Havelund, see lock_order.h. */
#ifndef DETECT_LOCK_CYCLES_H
#define DETECT_LOCK_CYCLES_H

#include "base/status.h"
#include "detect/lock_requests.h"

enum { LOCK_CYCLE_LENGTH_MAX = 8, LOCK_CYCLES_MAX = 1000 };

typedef enum LockCycleKind { LOCK_CYCLE_OPEN, LOCK_CYCLE_ORDERED, LOCK_CYCLE_GUARDED } LockCycleKind;

typedef struct LockCycle {
    uint32_t requests[LOCK_CYCLE_LENGTH_MAX]; /* each waits for the next; the first for the lock with the smallest id */
    uint32_t count;
    LockCycleKind kind;
    uint32_t first, second; /* ordered, guarded: which two of the requests */
    ObjectId gate;          /* guarded */
} LockCycle;

typedef struct LockCycles {
    LockCycle *items;
    uint32_t count, room;
    bool is_cut;
} LockCycles;

/* STATUS_NO_MEMORY leaves nothing behind. `requests` may be NULL. */
Status lock_cycles_find(const Program *program, const LockRequests *requests, LockCycles *cycles);
void lock_cycles_free(LockCycles *cycles);

/* The stands of a cycle; room for its requests in both. */
void lock_cycles_stands(const LockRequests *requests, const LockCycle *cycle, LockStand *stands,
                        const LockStand **pointers);

#endif
