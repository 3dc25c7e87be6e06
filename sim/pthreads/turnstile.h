/* turnstile.h: forces the steps of a course on real threads, one at a time, and compares what each left behind.
 *
 * Shape   A gate (semaphore) for each thread and a baton: whoever finishes step k compares, and opens the gate of the owner of step k+1.
 *         A thread goes into pthread_cond_wait and pthread_barrier_wait for real, once it has passed the baton on; every other call is made only when the
 *         simulation says that it goes through, and is tried, so that one that would block is a disagreement and no hang.
 *         At a deadlock the stuck threads make the real, blocking calls, and are seen asleep from outside (watch.h).
 * Process the caller's; it should have one thread. After `is_stuck` there are threads that will never end: the process must (child.h).
 * Errors  STATUS_NO_MEMORY; STATUS_LIMIT with report->text: the system gives no more threads, or an object cannot be had. */
#ifndef PTHREADS_TURNSTILE_H
#define PTHREADS_TURNSTILE_H

#include "base/text.h"
#include "pthreads/course.h"

typedef enum Evidence {
    EVIDENCE_NONE,
    EVIDENCE_QUIET,  /* no /proc: nothing moved for half a second */
    EVIDENCE_ASLEEP, /* asleep at two looks, and all the time between */
    EVIDENCE_PLACE   /* and in this very object */
} Evidence;

enum { REPORT_STUCK = 64 };

typedef struct StuckThread {
    ThreadId thread;
    uint32_t line;
    ObjectId object; /* NO_ID: a join, or several */
    uint32_t op;     /* Opcode that it is stuck in */
} StuckThread;

typedef struct TurnReport {
    bool agrees;
    uint32_t step;     /* where they disagree, from 0; the number of steps: at the end */
    Text text;         /* what is different */
    Evidence evidence; /* of a deadlock */
    StuckThread stuck[REPORT_STUCK];
    uint32_t stuck_count;
    bool is_stuck;     /* threads of this process will never end */
} TurnReport;

typedef struct TurnOptions {
    bool shows_blocked; /* show the blocked threads asleep though others could go on: a deadlock of some */
    const char *proc;   /* "/proc" */
} TurnOptions;

Status turnstile_run(const Course *course, const TurnOptions *options, TurnReport *report);

#endif
