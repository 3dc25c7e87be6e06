/* pool_threads.h: the workers of thread pools under a schedule, as real threads: at most as many as the pool has places, made when those that are there
 * are busy. A task is handed to one of them when its turn to start has come, and lived to its end there; while it waits for a worker it has no thread.
 *
 * Turns   at most one task is on its way to a thread at a time: it is handed over by who passes the turn to its first step, and takes that step first.
 * Owner   pool_threads_free, once pool_threads_have_left.
 * Errors  pool_threads_new: NULL, no memory; pool_threads_give: false, with errno. */
#ifndef PTHREADS_POOL_THREADS_H
#define PTHREADS_POOL_THREADS_H

#include "pthreads/rig.h"

typedef struct PoolThreads PoolThreads;

/* `live` lives a task from its first turn on. */
PoolThreads *pool_threads_new(Rig *rig, void (*live)(Worker *task));
void pool_threads_free(PoolThreads *threads);
/* Whether it is a task that gets its thread here: of a pool, in a program without real processes. */
bool pool_threads_serve(const Worker *task);
bool pool_threads_give(PoolThreads *threads, Worker *task);
/* It is over: threads without a task end, the others with theirs. */
void pool_threads_end(PoolThreads *threads);
/* Joins those that have ended; true when all have. */
bool pool_threads_have_left(PoolThreads *threads);

#endif
