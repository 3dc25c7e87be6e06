/* footprint.h: what lies behind dependence.h. Private to dependence.c and footprint.c. */
#ifndef EXPLORE_FOOTPRINT_H
#define EXPLORE_FOOTPRINT_H

#include "explore/dependence.h"
#include "explore/step_memo.h"

typedef struct Footprint {
    uint64_t hash;
    uint32_t first, count; /* in Dependence.touches, ascending */
    bool is_global;        /* conflicts with every step */
} Footprint;

struct Dependence {
    Machine *machine;
    const Program *program;
    /* places: objects, then threads, then being joined of each thread, then single ones */
    uint32_t first_thread, first_joined, spawning, output, watching;
    uint32_t *queue_of; /* by object: number among the queues with room; NO_ID */
    uint32_t queue_count;
    bool has_rendezvous;
    bool has_acknowledged; /* a thread that ends gives back the messages it holds */
    bool *watched;         /* by object: an `always` looks at it */
    bool *watched_threads; /* by thread: an `always` looks at a local of it */

    Footprint *prints;
    uint32_t print_count, print_room;
    uint32_t *slots; /* print + 1; twice print_room */
    Touch *touches;
    uint32_t touch_count, touch_room;
    uint8_t *answers; /* by pair of the first `answer_width` footprints */
    uint32_t answer_width;

    Touch *gathered; /* of the step at hand */
    uint32_t gathered_count, gathered_room;
    bool is_global, failed;
    StepLog log;
    Expansion scratch;
    uint32_t *points; /* of all threads, ahead of the step at hand */
    StepMemo *memo;   /* NULL where queues are counted */
    Word *before;     /* the state ahead of the step at hand */
};

/* The footprint of what was gathered. */
Status footprint_intern(Dependence *dependence, FootprintId *id);

#endif
