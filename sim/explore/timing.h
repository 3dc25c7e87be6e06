/* timing.h: the least and the greatest time in which executions finish, with a schedule for both.
 *
 * Weights  the time that passes behind a step (StepInfo.elapsed_ns) is kept for those steps where it is not 0, in order of their edges.
 * Ends     an execution finishes when all threads, daemons aside, have ended; others (deadlocks, errors, dropped ones) have no finishing time.
 * Method   dynamic programming over the graph from the ends backwards (order.h). In a component with cycles the values are improved until
 *          nothing changes. Where time passes on a cycle from which an end can be reached, the greatest is unbounded.
 *          Among equal times fewer steps are better, which also keeps a schedule from going round in a circle.
 * Units    nanoseconds from the start; 24 bytes a state while it runs.
 * Owner    weights_free; range_free. The steps of a schedule name threads of the machine's program.
 * Errors   STATUS_NO_MEMORY, STATUS_INTERRUPTED. */
#ifndef EXPLORE_TIMING_H
#define EXPLORE_TIMING_H

#include "explore/graph.h"
#include "explore/work.h"
#include "trace/monitor.h"
#include "trace/schedule.h"

typedef struct Weights {
    EdgeId *edges; /* ascending */
    int64_t *elapsed_ns;
    uint64_t count, edge_room, time_room;
    int64_t start_ns; /* the time that passes ahead of the first step */
} Weights;

/* As a monitor's state and restart. */
Status weights_state(Weights *weights, const MonitorEvent *event);
/* False: no memory. Edges come in ascending order. */
bool weights_add(Weights *weights, EdgeId edge, int64_t elapsed_ns);
void weights_restart(Weights *weights);
void weights_free(Weights *weights);

typedef struct TimePath {
    int64_t ns;
    ScheduleStep *steps;
    uint32_t count;
} TimePath;

typedef struct TimeRange {
    bool is_any;       /* some execution finishes */
    bool is_unbounded; /* there is no greatest time */
    TimePath least, greatest; /* greatest: not where it is unbounded */
} TimeRange;

/* `is_finish` tells of an end of the graph whether it is one that counts. */
Status timing_range(const Graph *graph, const Weights *weights, bool (*is_finish)(void *context, StateId state), void *context, Work *work,
                    TimeRange *range);
void timing_range_free(TimeRange *range);

#endif
