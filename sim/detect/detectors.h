/* detectors.h: all detectors of an exploration as one monitor.
 *
 * Owner   detectors_free; the table and the detectors live as long. */
#ifndef DETECT_DETECTORS_H
#define DETECT_DETECTORS_H

#include "detect/deadlock.h"
#include "detect/finding.h"
#include "detect/sift.h"
#include "detect/livelock.h"
#include "detect/lock_order.h"
#include "detect/race.h"
#include "trace/monitor.h"

typedef struct Detectors {
    FindingTable *table;
    RaceDetector *race; /* NULL: left out */
    DeadlockDetector *deadlock;
    LockOrderDetector *lock_order;
    ProgressLog progress;
    Sift sift;
} Detectors;

/* STATUS_NO_MEMORY leaves nothing behind. Lost updates are left out by MachineOptions.skip_lost_updates. */
Status detectors_begin(Detectors *detectors, bool skip_races);
void detectors_free(Detectors *detectors);
/* Valid as long as `detectors` stays where it is. */
Monitor detectors_monitor(Detectors *detectors);

#endif
