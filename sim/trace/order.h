/* order.h: happens-before: which steps are ordered by the program and by synchronisation, and a vector clock for each.
 *
 * Rule    A step comes after the step of its thread before it, and after those that let it go on:
 *           mutex, rwlock    who unlocked it before (readers wait for writers only)
 *           semaphore        every release so far, as POSIX and ThreadSanitizer have it
 *           condition        the signal that woke it, and whoever gave the mutex back
 *           queue            the put of the item; on a bounded queue the get that made room (as in Go); the close
 *           barrier          all arrivals of the round, for all who leave it
 *           event, waitgroup, once   who set it, counted it down, finished it
 *           atomic access    the atomic writes that it reads from; a plain write in between breaks the chain
 *           spawn, join      the spawn; the last step of the thread that is joined
 *         Accesses in `atomic` and `await`, and cas, fetch_add and exchange count as atomic. Two threads that race in a
 *         state step one after the other with no such edge between, so their clocks are concurrent. With statement
 *         granularity a step has several accesses, and one that synchronises may order steps whose other accesses race.
 * Shape   trace->orders, by `to_step`, only those that others do not imply (but program order always); and
 *         trace->clocks[s * thread_count + t]: how many steps of t happen before or at step s.
 * Source  Lamport, CACM 1978; Mattern 1989; Flanagan and Freund, "FastTrack", PLDI 2009. */
#ifndef TRACE_ORDER_H
#define TRACE_ORDER_H

#include "trace/telling.h"

void order_tell(Telling *telling);

#endif
