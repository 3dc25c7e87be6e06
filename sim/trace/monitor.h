/* monitor.h: where the search meets the detectors: who listens to states and steps.
 *
 * The search calls `state` once for each state when it is expanded, with all its steps, in order of StateId (also in parallel runs
 * the calls come one at a time in that order). Edge ids of the steps are first_edge + 0, 1, ... in the order of the expansion. */
#ifndef TRACE_MONITOR_H
#define TRACE_MONITOR_H

#include "machine/machine.h"

typedef struct MonitorEvent {
    Machine *machine;
    const Word *state;
    uint32_t state_id;
    uint64_t first_edge;
    const Expansion *expansion; /* steps and issues; of the start's own issues when is_start_report */
    bool is_start_report;       /* called once before all others with machine_start's issues; state_id 0, no steps */
} MonitorEvent;

typedef struct Monitor {
    void *context;
    /* STATUS_OK, or STATUS_NO_MEMORY to end the search. */
    Status (*state)(void *context, const MonitorEvent *event);
    /* The layout changed and the search starts over: forget everything. */
    void (*restart)(void *context);
} Monitor;

#endif
