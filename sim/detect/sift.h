/* sift.h: which detectors must look at a state, told from where its threads stand. Most states have nothing for any of them.
 *
 * Shape   for each point of each thread, in advance: what plain memory its step may touch, whether it can wait for the owner of a mutex or for
 *         somebody else, and whether it asks for a lock while it may own one. A race takes two threads with a step that may touch the same.
 *         A cycle of waiting threads is what is left when those that wait for nobody who waits himself are taken away one after the other;
 *         locks without readers close a ring in such a cycle only.
 * Errors  STATUS_NO_MEMORY.
 * Limits  programs with domains, or more than 64 threads, are not judged: all detectors must look. */
#ifndef DETECT_SIFT_H
#define DETECT_SIFT_H

#include "detect/lock_order.h"
#include "detect/race.h"

enum { SIFT_RACE = 1, SIFT_DEADLOCK = 2, SIFT_LOCK_ORDER = 4, SIFT_RING = 8, SIFT_ALL = 15 };

typedef struct Sift {
    const Program *program; /* what the rest was made for */
    struct PointSift *points;
    uint32_t *first_point;
    bool has_rwlocks;
    uint32_t *stands_at;  /* by thread: its point */
    bool *is_enabled;     /* by thread */
} Sift;

void sift_restart(Sift *sift); /* leaves nothing to free */
/* `race` may be NULL. *what: SIFT_ of those that must look; SIFT_RING: the one of lock orders for rings, too. */
Status sift_state(Sift *sift, RaceDetector *race, LockOrderDetector *lock_order, const MonitorEvent *event, uint32_t *what);

#endif
