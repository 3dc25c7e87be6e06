/* lock_known.h: requests for locks that are known with all that is to be known of them (lock_requests.h), found without listing what is owned.
 *
 * Method  a request is where a thread stands, what it asks for, and what it owns; the last are bits of a word, read off a few words of the
 *         state (OwnerTest). A small table remembers the latest; what it forgot is looked up once more.
 * Owner   lock_known_free; all zero is empty.
 * Limits  points at which a thread may own rwlocks, or more than 64 mutexes, are not known. */
#ifndef DETECT_LOCK_KNOWN_H
#define DETECT_LOCK_KNOWN_H

#include "detect/lock_points.h"
#include "detect/lock_requests.h"
#include "machine/machine.h"

enum { LOCK_KNOWN_SLOTS = 256 };

typedef struct LockKnown {
    struct KnownRequest {
        uint64_t owned; /* of the locks that it may own there, one bit each; 0: empty */
        uint32_t instr;
        ObjectId lock;
    } slots[LOCK_KNOWN_SLOTS];
    struct PointTests *points; /* as in LockPoints; NULL until needed */
    OwnerTest *tests;
    uint32_t test_count, test_room;
    const Machine *machine; /* whose layout the tests are for */
    uint32_t generation;
} LockKnown;

/* Whether all that threads ask for in this state is known; false also where memory ended. */
bool lock_known_all(LockKnown *known, const LockPoints *points, const Machine *machine, const Word *state);
/* From now on this one, of a thread in this state, is. */
void lock_known_keep(LockKnown *known, const LockPoints *points, const Machine *machine, const Word *state, const LockStand *stand);
void lock_known_free(LockKnown *known);

#endif
