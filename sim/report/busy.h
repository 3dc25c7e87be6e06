/* busy.h: what each task and each core did during an execution, in sums of its spans.
 *
 * Units   nanoseconds.
 * Owner   busy_free.
 * Errors  false when memory ended. */
#ifndef REPORT_BUSY_H
#define REPORT_BUSY_H

#include "snarl/snarl.h"

enum { BUSY_KINDS = SN_SPAN_WAIT + 1 };

typedef struct BusyTask {
    int64_t start_ns, end_ns; /* end -1: it has not ended */
    int64_t spent_ns[BUSY_KINDS]; /* by SnSpanKind */
} BusyTask;

typedef struct Busy {
    const SnTrace *trace;
    BusyTask *tasks;      /* by thread */
    int64_t *cores_ns;    /* by core: time in which somebody computes on it */
    uint32_t core_count;  /* those that there are; without a limit, those that were used */
    int64_t makespan_ns;  /* until the last task that is no daemon has ended; the end of the trace where not all have */
    int64_t computed_ns;  /* in sum, costs included */
    int64_t sequential_ns; /* all compute, io and sleep, one after the other; daemons and costs left out */
} Busy;

bool busy_sum(const SnTrace *trace, Busy *busy);
void busy_free(Busy *busy);

#endif
