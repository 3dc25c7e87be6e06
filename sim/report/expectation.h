/* expectation.h: what a scenario is expected to show against what was found. */
#ifndef REPORT_EXPECTATION_H
#define REPORT_EXPECTATION_H

#include "base/text.h"
#include "snarl/snarl.h"

/* True when the exploration was complete, every expectation has a finding, every finding an expectation, and the times are as `takes` says. An
 * expectation names an object or the array that it is an element of; without an object it covers all of its kind.
 * Adds to `message` what differs, one clause each. */
bool expectation_compare(const SnResult *result, const SnExpectation *expectations, size_t count, Text *message);

#endif
