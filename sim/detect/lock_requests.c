#include "detect/lock_requests.h"

#include <string.h>

#ifdef SNARL_SMALL_TABLES
enum { FIRST_REQUESTS = 2, FIRST_SLOTS = 2 };
#else
enum { FIRST_REQUESTS = 32, FIRST_SLOTS = 64 };
#endif

typedef struct Stored { /* a request; the lists lie in pools that move */
    LockStand stand;    /* without `held` */
    uint64_t first_held;
    uint32_t first_state;
    bool knows_all;
} Stored;

struct LockRequests {
    uint64_t news;
    Stored *items;
    uint32_t count, room;
    Held *pool;
    uint64_t pool_count, pool_room;
    uint64_t *alive_pool; /* alive_words a request */
    uint32_t alive_words, thread_count;
    uint32_t *slots; /* request + 1; 0 empty */
    uint32_t slot_count;
};

LockRequests *lock_requests_new(uint32_t thread_count)
{
    LockRequests *requests = mem_alloc(1, sizeof *requests);
    if (requests != NULL) {
        requests->alive_words = thread_count / 64 + 1;
        requests->thread_count = thread_count;
    }
    return requests;
}

void lock_requests_free(LockRequests *requests)
{
    if (requests == NULL)
        return;
    mem_free(requests->items);
    mem_free(requests->pool);
    mem_free(requests->alive_pool);
    mem_free(requests->slots);
    mem_free(requests);
}

uint32_t lock_requests_count(const LockRequests *requests)
{
    return requests == NULL ? 0 : requests->count;
}

LockRequest lock_requests_get(const LockRequests *requests, uint32_t index)
{
    const Stored *stored = &requests->items[index];
    LockRequest request = {.stand = stored->stand,
                           .first_state = stored->first_state,
                           .alive = requests->alive_pool + (size_t)index * requests->alive_words};
    request.stand.held = requests->pool + stored->first_held;
    return request;
}

static uint64_t hash_of(const LockStand *stand)
{
    uint64_t hash = ((uint64_t)stand->instr << 32 ^ stand->lock) * UINT64_C(0x9E3779B97F4A7C15);
    for (uint32_t i = 0; i < stand->held_count; i++)
        hash = (hash ^ hash >> 29 ^ stand->held[i]) * UINT64_C(0x9E3779B97F4A7C15);
    return hash >> 32;
}

/* Each thread has code of its own: the instruction names the thread. */
static bool is_same(const LockRequests *requests, const Stored *stored, const LockStand *stand)
{
    return stored->stand.instr == stand->instr && stored->stand.lock == stand->lock &&
           stored->stand.held_count == stand->held_count &&
           memcmp(requests->pool + stored->first_held, stand->held, stand->held_count * sizeof(Held)) == 0;
}

static bool grow_slots(LockRequests *requests)
{
    uint32_t slot_count = requests->slot_count == 0 ? FIRST_SLOTS : requests->slot_count * 2;
    uint32_t *slots = mem_alloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t r = 0; r < requests->count; r++) {
        LockRequest request = lock_requests_get(requests, r);
        uint32_t slot = (uint32_t)hash_of(&request.stand) & (slot_count - 1);
        while (slots[slot] != 0)
            slot = (slot + 1) & (slot_count - 1);
        slots[slot] = r + 1;
    }
    mem_free(requests->slots);
    requests->slots = slots;
    requests->slot_count = slot_count;
    return true;
}

static bool grow_requests(LockRequests *requests)
{
    uint32_t room = requests->room == 0 ? FIRST_REQUESTS : requests->room * 2;
    Stored *items = mem_resize(requests->items, room, sizeof *items);
    if (items != NULL)
        requests->items = items;
    uint64_t *alive = mem_resize(requests->alive_pool, (size_t)room * requests->alive_words, sizeof *alive);
    if (alive != NULL)
        requests->alive_pool = alive;
    if (items == NULL || alive == NULL)
        return false;
    requests->room = room;
    return true;
}

static bool reserve_pool(LockRequests *requests, uint32_t count)
{
    if (requests->pool_count + count <= requests->pool_room)
        return true;
    uint64_t room = (requests->pool_count + count) * 2;
    Held *larger = mem_resize(requests->pool, room, sizeof *larger);
    if (larger == NULL)
        return false;
    requests->pool = larger;
    requests->pool_room = room;
    return true;
}

uint32_t lock_requests_add(LockRequests *requests, const LockStand *stand, uint32_t state)
{
    if ((requests->count + 1) * 2 > requests->slot_count && !grow_slots(requests))
        return NO_ID;
    uint32_t mask = requests->slot_count - 1, slot = (uint32_t)hash_of(stand) & mask;
    while (requests->slots[slot] != 0) {
        uint32_t request = requests->slots[slot] - 1;
        if (is_same(requests, &requests->items[request], stand))
            return request;
        slot = (slot + 1) & mask;
    }
    if (requests->count == requests->room && !grow_requests(requests))
        return NO_ID;
    if (!reserve_pool(requests, stand->held_count))
        return NO_ID;
    uint32_t request = requests->count++;
    requests->news++;
    requests->items[request] = (Stored){.stand = *stand, .first_held = requests->pool_count, .first_state = state};
    memcpy(requests->pool + requests->pool_count, stand->held, stand->held_count * sizeof(Held));
    requests->pool_count += stand->held_count;
    memset(requests->alive_pool + (size_t)request * requests->alive_words, 0,
           requests->alive_words * sizeof *requests->alive_pool);
    requests->slots[slot] = request + 1;
    return request;
}

bool lock_requests_knows_all(const LockRequests *requests, uint32_t index)
{
    return requests->items[index].knows_all;
}

void lock_requests_add_alive(LockRequests *requests, uint32_t index, const uint64_t *alive)
{
    uint64_t *known = requests->alive_pool + (size_t)index * requests->alive_words;
    uint32_t count = 0;
    for (uint32_t w = 0; w < requests->alive_words; w++) {
        requests->news += (alive[w] & ~known[w]) != 0;
        known[w] |= alive[w];
        count += (uint32_t)__builtin_popcountll(known[w]);
    }
    requests->items[index].knows_all = count == requests->thread_count;
}

uint64_t lock_requests_news(const LockRequests *requests)
{
    return requests == NULL ? 0 : requests->news;
}
