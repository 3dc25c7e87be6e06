/* final.h: `finally` properties.
 *
 * Rule    in every reachable state in which all threads, daemons aside, have ended, every `finally` holds.
 * Row     the line of the `finally`, one for each that fails; marks the state. */
#ifndef DETECT_FINAL_H
#define DETECT_FINAL_H

#include "detect/finding.h"
#include "trace/monitor.h"

/* True when the `finally` of the row fails in this state. */
bool final_is(const Machine *machine, const Word *state, const Finding *row);

Status final_state(FindingTable *table, const MonitorEvent *event);

#endif
