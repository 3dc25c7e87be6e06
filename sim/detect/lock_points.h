/* lock_points.h: the points of a program at which a thread asks for a lock and may own another, known in advance.
 *
 * Shape   one PointStand for each point of each thread; askers are the threads with at least one that is not
 *         STAND_NONE. Programs with fewer than two locks have none.
 * Owner   lock_points_free. The program must outlive it. */
#ifndef DETECT_LOCK_POINTS_H
#define DETECT_LOCK_POINTS_H

#include "program/takes.h"

typedef enum StandKind {
    STAND_NONE,  /* asks for no lock, or owns none there */
    STAND_FIXED, /* the lock is known in advance */
    STAND_ASK    /* an index decides: the machine tells */
} StandKind;

typedef struct PointStand {
    StandKind kind;
    bool is_exclusive;
    ObjectId lock;
    uint32_t instr, line; /* of the operation; inside a region its first one */
    uint32_t first_owned, owned_count; /* in LockPoints.owned: the locks that the thread may own there, ascending */
    bool owns_mutexes_only;
} PointStand;

typedef struct LockPoints {
    PointStand *points; /* by first_point[thread] + point */
    uint32_t *first_point;
    uint32_t point_count; /* of all threads */
    ObjectId *owned;
    uint32_t owned_count, owned_room;
    Takes *takes; /* by thread */
    uint32_t takes_count;
    uint32_t lock_count; /* mutexes and rwlocks */
    ThreadId *askers;
    uint32_t asker_count;
} LockPoints;

/* STATUS_NO_MEMORY leaves nothing behind. */
Status lock_points_find(const Program *program, LockPoints *points);
void lock_points_free(LockPoints *points);

static inline const PointStand *lock_points_get(const LockPoints *points, ThreadId thread, uint32_t point)
{
    return &points->points[points->first_point[thread] + point];
}

#endif
