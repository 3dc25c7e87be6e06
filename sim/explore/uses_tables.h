/* uses_tables.h: what Uses consists of, and its tables: for each kind of step the points from which on some step may
 * conflict with it, and those from which on some step may help others that wait. Private to uses.c and uses_tables.c. */
#ifndef EXPLORE_USES_TABLES_H
#define EXPLORE_USES_TABLES_H

#include "explore/uses.h"

enum {
    USE_READ = 1 << 0,
    USE_WRITE = 1 << 1,
    USE_ADD = 1 << 2,
    USE_TAKE = 1 << 3,
    USE_SET = 1 << 4,
    USE_CLEAR = 1 << 5,
    USE_WAIT = 1 << 6,
    USE_LOCK = 1 << 7,
    USE_SHARE = 1 << 8,
    USE_GIVE = 1 << 9,
    USE_SLEEP = 1 << 10,
    USE_PUT = 1 << 11,
    USE_GET = 1 << 12,
    USE_CLOSE = 1 << 13,
    USE_ALL = (1 << 14) - 1,
    MANNERS = 14,
    /* what leaves everybody else waiting who waits now */
    USE_HELPS_NOBODY = USE_READ | USE_TAKE | USE_WAIT | USE_LOCK | USE_SHARE
};

typedef struct Use {
    uint32_t place;
    uint16_t manners;
} Use;

typedef struct Kind {
    uint32_t first_use, use_count;
    uint32_t point; /* number over all threads */
    bool stops;
    bool is_seen; /* some thread stood there */
    uint8_t told; /* of the two before, what the tables mind */
} Kind;

typedef struct PointUses {
    StepKind first_kind;
    uint32_t kind_count;  /* elements of the array, or 1 */
    int32_t index;        /* register that tells the element; -1: one kind only */
    uint32_t first_next, next_count; /* points that may come next */
} PointUses;

struct Uses {
    const Program *program;
    uint32_t place_count, output, spawning, handles, meeting, watching;
    uint32_t first_end; /* of each thread: that it has ended */
    bool has_rendezvous, watches_ends;
    bool *watched;         /* by object */
    bool *watched_threads; /* a property looks at a local of it */

    uint32_t *first_point; /* by thread: number of its point 0 */
    uint32_t point_count;
    PointUses *points;
    uint32_t *nexts;
    uint32_t next_count, next_room;
    Kind *kinds;
    uint32_t kind_count, kind_room;
    Use *uses;
    uint32_t use_count, use_room;

    uint16_t *futures;     /* manners by point and place */
    bool *future_stops;    /* by point: a stop may lie ahead */
    size_t point_words;
    bool is_stale;         /* the tables are older than what was seen */
    uint64_t *meeting_at;  /* by kind: a bit for each point */
    uint64_t *enabling_at;
    bool failed;

    /* scratch of the walk through a step */
    bool *seen;
    uint32_t *work, *next;
};

/* Room for the tables of the kinds gathered; uses_free releases it, also after false. `*is_unfit`: they would be too large. */
bool uses_make_tables(Uses *u, bool *is_unfit);
/* Anew from what was seen. */
void uses_fill_tables(Uses *u);

#endif
