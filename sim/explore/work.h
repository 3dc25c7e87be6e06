/* work.h: a long computation's way of asking whether it may go on.
 *
 * Units   an operation is about a nanosecond or two: an edge looked at, a product modulo a prime. */
#ifndef EXPLORE_WORK_H
#define EXPLORE_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef struct Work {
    bool (*keep_going)(void *context); /* NULL: never asked to stop */
    void *context;
    uint64_t done;    /* operations since the last question */
    bool was_stopped; /* stays: everything after it ends at once, too */
} Work;

enum { WORK_BETWEEN_QUESTIONS = 1000000 };

/* Counts `operations`; false when the work shall end, with STATUS_INTERRUPTED. */
static inline bool work_goes_on(Work *work, uint64_t operations)
{
    work->done += operations;
    if (work->done < WORK_BETWEEN_QUESTIONS)
        return !work->was_stopped;
    work->done = 0;
    if (work->keep_going && !work->keep_going(work->context))
        work->was_stopped = true;
    return !work->was_stopped;
}

#endif
