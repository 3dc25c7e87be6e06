/* checkpoint.h: what a search has found out so far, in a file, so that it can go on from there another day.
 *
 * Shape   a record (base/record.h): the line MAGIC, who wrote it and for what (CheckpointIdentity), the phase, and what
 *         the search of that phase keeps:
 *           full search     how many states are expanded, and of each of their edges how far back its state lies
 *                           (0: a new one). States are not there: they come from expanding again, without a look-up,
 *                           and the monitor hears of them as it did; so nothing of it need be kept.
 *           reduced search  what the machine learned, and the search's own memory as it is (reduced_save.c).
 * When    every `every_seconds`, but never before twenty times as long has passed as the last one took, so that
 *         writing takes a twentieth of the time at most; and when the search ends without having seen all.
 * Owner   checkpoint_close; path belongs to the caller.
 * Errors  a checkpoint that cannot be written ends nothing: `error` has the errno of the latest, 0 when it was written.
 *         A past that does not fit: STATUS_INVALID. */
#ifndef EXPLORE_CHECKPOINT_H
#define EXPLORE_CHECKPOINT_H

#include "base/record.h"
#include "explore/graph.h"

#define CHECKPOINT_MAGIC "snarl checkpoint 1\n"

typedef enum CheckpointPhase {
    CHECKPOINT_COUNTED = 1, /* all states, as long as they can be counted */
    CHECKPOINT_REDUCED,
    CHECKPOINT_ALL          /* all states, after a reduced search was given up */
} CheckpointPhase;

typedef struct CheckpointIdentity {
    char version[16];  /* of snarl */
    uint32_t order;    /* of bytes, and their number in a word */
    uint32_t zero;
    uint64_t scenario; /* hash of the text, and of what was made of it */
    uint64_t options;  /* hash of those that change what is searched */
} CheckpointIdentity;

typedef struct Checkpoint {
    const char *path;      /* NULL: none is written */
    double every_seconds;
    CheckpointIdentity identity;
    CheckpointPhase phase; /* of the search under way */
    Record *past;          /* what to go on from; NULL: nothing */
    CheckpointPhase past_phase;
    bool is_behind;        /* the past is ahead of what was found so far: nothing is written */
    uint64_t past_place, past_expanded;
    double due;            /* monotonic seconds; 0: not begun */
    uint32_t written;      /* how many were */
    int error;
} Checkpoint;

/* Opens the past. STATUS_INVALID: `*found` is who wrote it, `is_ours` false: no checkpoint; `is_whole` false: damaged. */
typedef struct CheckpointFound {
    bool is_ours, is_whole;
    CheckpointIdentity identity;
} CheckpointFound;
Status checkpoint_open(Checkpoint *checkpoint, const char *path, CheckpointFound *found);
void checkpoint_close(Checkpoint *checkpoint);

/* The past is one of the phase at hand. NULL: no. */
static inline bool checkpoint_goes_on(const Checkpoint *checkpoint)
{
    return checkpoint != NULL && checkpoint->past != NULL && checkpoint->past_phase == checkpoint->phase;
}

/* Is it time? NULL: never. */
bool checkpoint_is_due(Checkpoint *checkpoint, double seconds);
/* NULL: `error` says why. */
Record *checkpoint_begin(Checkpoint *checkpoint);
void checkpoint_end(Checkpoint *checkpoint, Record *record);
/* Nothing can go on from it any more. */
void checkpoint_forget_past(Checkpoint *checkpoint);

/* ----------------------------------------------------------------- full search */

void checkpoint_save_graph(Checkpoint *checkpoint, const Graph *graph);
/* From the first state on; again after a new layout, since states mean nothing to the file. */
Status checkpoint_recall_begin(Checkpoint *checkpoint);
/* The ids of the successors of the next state; new ones go into the store. */
Status checkpoint_recall(Checkpoint *checkpoint, Store *store, const Expansion *lane, uint32_t words, StateId *ids);
/* Behind the last of them: the store gets its table. */
Status checkpoint_recall_end(Checkpoint *checkpoint, Store *store);

#endif
