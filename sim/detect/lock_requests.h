/* lock_requests.h: the distinct ways in which threads stood at a lock while they owned others, over all states.
 *
 * Shape   a hash table; requests are numbered in order of first occurrence. Lists lie in pools.
 * Owner   lock_requests_free; what lock_requests_get points to lives until the next lock_requests_add. */
#ifndef DETECT_LOCK_REQUESTS_H
#define DETECT_LOCK_REQUESTS_H

#include "machine/machine.h"

/* A lock that is owned: its id and whether nobody else can own it. */
typedef uint32_t Held;
static inline Held held_make(ObjectId lock, bool is_exclusive)
{
    return lock << 1 | is_exclusive;
}
static inline ObjectId held_lock(Held held)
{
    return held >> 1;
}
static inline bool held_is_exclusive(Held held)
{
    return held & 1;
}

typedef struct LockStand {
    ThreadId thread;
    uint32_t instr, line; /* of the operation, inside the region if there is one */
    ObjectId lock;
    bool is_exclusive; /* wants it alone */
    const Held *held;  /* ascending */
    uint32_t held_count;
} LockStand;

/* A distinct stand, with what is remembered of all states in which it was seen. */
typedef struct LockRequest {
    LockStand stand;
    uint32_t first_state;
    const uint64_t *alive; /* a bit for each thread that was born and had not ended in one of these states at least */
} LockRequest;

typedef struct LockRequests LockRequests;

LockRequests *lock_requests_new(uint32_t thread_count); /* NULL: no memory */
void lock_requests_free(LockRequests *requests);

/* The stand's number, new or not. NO_ID: no memory. */
uint32_t lock_requests_add(LockRequests *requests, const LockStand *stand, uint32_t state);
/* Was every thread seen alive with this request already? */
bool lock_requests_knows_all(const LockRequests *requests, uint32_t index);
void lock_requests_add_alive(LockRequests *requests, uint32_t index, const uint64_t *alive);
/* Grows with each of the two calls above that told something new. NULL: 0. */
uint64_t lock_requests_news(const LockRequests *requests);
uint32_t lock_requests_count(const LockRequests *requests); /* NULL: 0 */
LockRequest lock_requests_get(const LockRequests *requests, uint32_t index);

#endif
