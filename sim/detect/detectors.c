#include "detect/detectors.h"

#include <string.h>

#include "detect/final.h"
#include "detect/issues.h"

Status detectors_begin(Detectors *detectors, bool skip_races)
{
    memset(detectors, 0, sizeof *detectors);
    detectors->table = finding_table_new();
    if (detectors->table != NULL) {
        detectors->deadlock = deadlock_new(detectors->table);
        detectors->lock_order = lock_order_new(detectors->table);
        if (!skip_races)
            detectors->race = race_new(detectors->table);
    }
    if (detectors->deadlock != NULL && detectors->lock_order != NULL && (skip_races || detectors->race != NULL))
        return STATUS_OK;
    detectors_free(detectors);
    return STATUS_NO_MEMORY;
}

void detectors_free(Detectors *detectors)
{
    sift_restart(&detectors->sift);
    race_free(detectors->race);
    deadlock_free(detectors->deadlock);
    lock_order_free(detectors->lock_order);
    progress_free(&detectors->progress);
    finding_table_free(detectors->table);
    memset(detectors, 0, sizeof *detectors);
}

static Status on_state(void *context, const MonitorEvent *event)
{
    Detectors *detectors = context;
    Status status = issues_state(detectors->table, event);
    if (status != STATUS_OK || event->is_start_report)
        return status;
    uint32_t what;
    status = sift_state(&detectors->sift, detectors->race, detectors->lock_order, event, &what);
    if (status == STATUS_OK && what & SIFT_DEADLOCK)
        status = deadlock_state(detectors->deadlock, event);
    if (status == STATUS_OK && what & SIFT_LOCK_ORDER)
        status = lock_order_state(detectors->lock_order, event, (what & SIFT_RING) != 0);
    if (status == STATUS_OK && what & SIFT_RACE && detectors->race != NULL)
        status = race_state(detectors->race, event);
    if (status == STATUS_OK)
        status = final_state(detectors->table, event);
    if (status == STATUS_OK)
        status = progress_state(&detectors->progress, event);
    return status;
}

static void on_restart(void *context)
{
    Detectors *detectors = context;
    finding_table_clear(detectors->table);
    sift_restart(&detectors->sift);
    deadlock_restart(detectors->deadlock);
    lock_order_restart(detectors->lock_order);
    progress_restart(&detectors->progress);
    if (detectors->race != NULL)
        race_restart(detectors->race);
}

Monitor detectors_monitor(Detectors *detectors)
{
    return (Monitor){.context = detectors, .state = on_state, .restart = on_restart};
}
