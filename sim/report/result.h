/* result.h: the parts of a report on an exploration that tests and the JSON writer use apart. */
#ifndef REPORT_RESULT_H
#define REPORT_RESULT_H

#include "base/text.h"
#include "snarl/snarl.h"

/* Where the traces of findings come from: sn_trace_finding and sn_trace_free, or the fixtures of a test. */
typedef struct TraceSource {
    SnStatus (*finding)(const SnResult *result, uint32_t finding, SnTrace **trace, char **message);
    void (*free)(SnTrace *trace);
} TraceSource;

/* sn_report_result with traces from `source`. */
char *result_report(const SnResult *result, const SnTextStyle *style, const TraceSource *source);
/* The finding that tells most: the first that is more than a warning of what may come (data race, lock order); SN_NONE
 * without findings. */
uint32_t result_most_telling(const SnResult *result);
/* "300 ms to 600 ms", "2 s in every execution that finishes", "no execution finishes". */
void result_add_time(Text *line, const SnTime *time);
/* Name of the scenario; "scenario" for NULL. */
const char *result_name(const SnScenario *scenario);

#endif
