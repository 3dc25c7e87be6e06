/* forced.h: many schedules, each forced on real threads, in a child process that is replaced when it holds threads that are stuck.
 *
 * Shape   the child simulates a schedule (course.h), forces it (turnstile.h) and sends a record; the parent only listens.
 * Errors  STATUS_NO_MEMORY, STATUS_INTERRUPTED; STATUS_LIMIT with `*message` (mem_free): the system gives no process or no thread, or the child died. */
#ifndef PTHREADS_FORCED_H
#define PTHREADS_FORCED_H

#include "pthreads/turnstile.h"

typedef struct ForcedJob {
    const Schedule *schedule;
    bool shows_blocked; /* as in TurnOptions */
} ForcedJob;

typedef struct ForcedRecord {
    uint32_t job;
    bool agrees;
    uint32_t step, step_count; /* as in TurnReport; steps of the schedule */
    CourseEnd end;
    FindingKind stop;          /* COURSE_STOPPED */
    bool is_assume;
    Evidence evidence;
    StuckThread stuck[REPORT_STUCK];
    uint32_t stuck_count;
    uint32_t text_length;
} ForcedRecord;

typedef struct ForcedOptions {
    uint32_t repeat;  /* each schedule so often; the first disagreement ends it; 0: once */
    const char *proc; /* NULL: "/proc" */
    bool (*record)(void *context, const ForcedRecord *record, const char *text); /* false: no memory */
    bool (*goes_on)(void *context);                                              /* false: the user wants to stop */
    void *context;
} ForcedOptions;

/* `machine` keeps all locals; in the parent it stays as it is. */
Status forced_run(Machine *machine, const ForcedJob *jobs, uint32_t count, const ForcedOptions *options, char **message);

#endif
