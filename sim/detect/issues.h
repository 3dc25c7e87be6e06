/* issues.h: what a step itself does wrong: assertion, invariant, misuse, runtime error, lost update.
 *
 * Rule    the machine reports them as Issues of a step; a failed assume is no finding. A lost update is found by
 *         the machine's own monitor bits: since a store of visited states merges histories, the overtaken reads are
 *         part of the state.
 * Row     kind, object if there is one, line; marks the edge, or state 0 for what goes wrong before the first step. */
#ifndef DETECT_ISSUES_H
#define DETECT_ISSUES_H

#include "detect/finding.h"
#include "trace/monitor.h"

/* The row's identity for an issue: fills `key`, whose arrays point into `issue`. */
void issues_key(const Issue *issue, Finding *key);
/* True when the issue has the identity of the row. */
bool issues_is(const Issue *issue, const Finding *row);

Status issues_state(FindingTable *table, const MonitorEvent *event);

#endif
