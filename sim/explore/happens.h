/* happens.h: which events of a path happen before which, as sets of events.
 *
 * Shape   rows of bits, one bit for each event of the path, in the path's order: for each event those before it; for each
 *         thread its own; for each footprint those that conflict with it. Rows are kept as the path grows and is cut
 *         back, so that a question about all events is one about a few words.
 *         Paths of more than HAPPENS_LONG events have vector clocks instead (one number for each event and thread), and
 *         rows are made from them when asked for: rows of all events would outgrow the memory.
 * Owner   happens_free; it is empty when zero but for `threads` and `dependence`. A row lives until the next call that is
 *         not a look at bits; of a long path until the next row of its kind.
 * Errors  false: no memory.
 * Source  Mattern, "Virtual time and global states of distributed systems", 1989 (clocks). */
#ifndef EXPLORE_HAPPENS_H
#define EXPLORE_HAPPENS_H

#include "explore/dependence.h"

#ifdef SNARL_SMALL_TABLES
enum { HAPPENS_LONG = 8 };
#else
enum { HAPPENS_LONG = 4096 };
#endif

typedef struct Happens {
    Dependence *dependence;
    uint32_t threads;
    uint32_t count, room; /* events */
    uint32_t width;       /* words of a row */
    ThreadId *thread_of;  /* by event */
    FootprintId *footprint_of;
    bool is_long;

    /* short paths: rows */
    uint64_t *before;    /* by event; itself, too */
    uint64_t *of_thread; /* by thread */
    uint64_t *conflicts; /* by footprint */
    uint64_t *pairs;     /* by footprint: the footprints that it conflicts with, print_room bits */
    uint32_t prints, print_room; /* footprints with rows; a multiple of 64 */

    /* long paths, by event and thread */
    uint32_t *clocks; /* events of the thread that happen before the event, or are it */
    uint32_t *lasts;  /* the thread's last event ahead of the event, plus one; 0 none */
    uint32_t *ordinals; /* by event: which one of its thread, from 1 */
    uint32_t *cursors;  /* scratch, by thread */

    uint64_t *scratch[4]; /* rows: candidates; of a long path before, thread, conflicts */
} Happens;

void happens_free(Happens *happens);
/* One more event. `*races`, `*race_count`: earlier events that it conflicts with, nothing between them that orders the
 * two, latest first; room for `count` of them. */
bool happens_add(Happens *happens, ThreadId thread, FootprintId footprint, uint32_t *races, uint32_t *race_count);
/* Only the first `count` events stay. */
void happens_cut(Happens *happens, uint32_t count);

/* Event k happens before `at`, or is it. */
bool happens_earlier(const Happens *happens, uint32_t k, uint32_t at);

/* Rows. Bits of events that the path does not have are 0. */
const uint64_t *happens_before(Happens *happens, uint32_t event);
const uint64_t *happens_of_thread(Happens *happens, ThreadId thread);
const uint64_t *happens_conflicts_of_new(Happens *happens, FootprintId footprint);
/* NULL: no memory. */
static inline const uint64_t *happens_conflicts(Happens *happens, FootprintId footprint)
{
    if (footprint < happens->prints)
        return happens->conflicts + (size_t)footprint * happens->width;
    return happens_conflicts_of_new(happens, footprint);
}

/* Takes out of the words from .. to - 1 of the row the event and all that come after it. */
void happens_drop_after(const Happens *happens, uint32_t event, uint64_t *row, uint32_t from, uint32_t to);

/* Whether two footprints conflict. */
static inline bool happens_conflict(const Happens *happens, FootprintId a, FootprintId b)
{
    if (a >= happens->prints || b >= happens->prints)
        return dependence_conflict(happens->dependence, a, b);
    return happens->pairs[(size_t)a * (happens->print_room / 64) + b / 64] >> (b % 64) & 1;
}

/* Words of a row that hold the events of the path. */
static inline uint32_t happens_words(const Happens *happens)
{
    return (happens->count + 63) / 64;
}

/* Lowest event of both sets among the words from .. to - 1; NO_ID: none. */
static inline uint32_t happens_lowest(const uint64_t *a, const uint64_t *b, uint32_t from, uint32_t to)
{
    for (uint32_t w = from; w < to; w++)
        if ((a[w] & b[w]) != 0)
            return w * 64 + (uint32_t)__builtin_ctzll(a[w] & b[w]);
    return NO_ID;
}

static inline bool happens_has(const uint64_t *row, uint32_t event)
{
    return row[event / 64] >> (event % 64) & 1;
}

#endif
