/* lock_order.h: locks that threads take in different orders.
 *
 * Terms   a *stand* is a thread that is about to take a lock, or waits for it, while it owns others; `try` never
 *         waits and makes none. A *ring* are stands of different threads in one state, each blocked at a lock that the
 *         next one owns, with as many different locks as threads: the deadlock itself. A ring of one thread, a join, a
 *         `do`, or readers that all want to write the same rwlock is none. Two read locks close no ring, but where
 *         writers come first: one that waits between the two readers makes it.
 * Rule    a ring in a reachable state is a finding (`is_cycle` says confirmed). What was seen over all states is kept
 *         as *requests*, the distinct stands; lock_cycles.h looks for rings that they could make.
 * Row     the locks and the lines at which they are waited for; marks the state.
 * Speed   where a thread owns no lock (nearly everywhere) is known from the code (program/takes.h); elsewhere it costs
 *         a look at the few locks that the thread may own, and into a table.
 * Owner   lock_order_free.
 * Source  Bensalem and Havelund, "Dynamic deadlock analysis of multi-threaded programs", HVC 2005: lock graph, gate
 *         locks, segments. There one run is looked at, and a cycle is a warning; here the states decide. */
#ifndef DETECT_LOCK_ORDER_H
#define DETECT_LOCK_ORDER_H

#include "detect/finding.h"
#include "detect/lock_requests.h"
#include "trace/monitor.h"

typedef struct LockOrderDetector LockOrderDetector;

typedef struct LockRing {
    const LockStand *const *stands; /* each waits for a lock of the next, the last for one of the first; the first waits
                                       for the lock with the smallest id */
    uint32_t count;
} LockRing;

LockOrderDetector *lock_order_new(FindingTable *table); /* NULL: no memory */
void lock_order_free(LockOrderDetector *detector);

/* The rings of a state, where `threads` (ascending) are those that have a step; none for a stopped state. They live
 * until the next call. */
Status lock_order_scan(LockOrderDetector *detector, const Machine *machine, const Word *state, const ThreadId *threads,
                       uint32_t thread_count, const LockRing **rings, uint32_t *ring_count);
/* Can the one who owns `held` keep the stand waiting? */
bool lock_order_blocks(const Program *program, const LockStand *stand, Held held);
/* The owned lock by which the second stand keeps the first waiting. */
bool lock_order_waits(const Program *program, const LockStand *stand, const LockStand *owner);

/* The row's identity for stands in a ring: fills `key`, whose arrays point into the other three (room for `count`). */
void lock_order_key(const LockStand *const *stands, uint32_t count, ObjectId *locks, uint32_t *lines, ThreadId *threads,
                    Finding *key);
bool lock_order_is(const LockRing *ring, const Finding *row);

/* may_ring: false where it is known that the state has no ring. */
Status lock_order_state(LockOrderDetector *detector, const MonitorEvent *event, bool may_ring);
void lock_order_restart(LockOrderDetector *detector);

/* All that was seen so far. */
const LockRequests *lock_order_requests(const LockOrderDetector *detector);
/* The requests that were the ring of a row when it was seen first, in the ring's order; 0: no such row. */
uint32_t lock_order_first_ring(const LockOrderDetector *detector, uint32_t row, const uint32_t **requests);
/* The line where the stand's thread took a lock that it owns; the first possible one, and `*is_unique` false, where
 * the code alone does not tell. 0: unknown. */
uint32_t lock_order_taken_at(const LockOrderDetector *detector, const LockStand *stand, ObjectId lock, bool *is_unique);

/* Whether a thread that stands at this point of a program asks for a lock and may own one. False: no memory. */
bool lock_order_asks(LockOrderDetector *detector, const Program *program, ThreadId thread, uint32_t point, bool *asks);

#endif
