#include "detect/lock_cycles.h"

#include <string.h>

#include "detect/lock_order.h"

enum { MAX_LOOKS = 2000000 }; /* a fraction of a second */

/* Requests by lock: those of lock o are items[first[o] .. first[o + 1]). */
typedef struct ByLock {
    uint32_t *first, *items;
} ByLock;

typedef struct Hunt {
    const Program *program;
    const LockRequests *requests;
    LockCycles *cycles;
    ByLock owners, wanters;
    bool *is_useful; /* by request: wants what another owns, and owns what another wants */
    uint32_t path[LOCK_CYCLE_LENGTH_MAX];
    uint32_t count, length; /* on the path; wanted */
    uint32_t looks;
} Hunt;

static bool waits(const Hunt *hunt, uint32_t waiter, uint32_t owner)
{
    LockRequest a = lock_requests_get(hunt->requests, waiter), b = lock_requests_get(hunt->requests, owner);
    return lock_order_waits(hunt->program, &a.stand, &b.stand);
}

/* ------------------------------------------------------------------- candidates */

static uint32_t lock_count_of(const LockStand *stand, bool of_owned)
{
    return of_owned ? stand->held_count : 1;
}

static ObjectId lock_of(const LockStand *stand, bool of_owned, uint32_t i)
{
    return of_owned ? held_lock(stand->held[i]) : stand->lock;
}

/* A counting sort: sizes, then beginnings. */
static bool sort_by_lock(const Hunt *hunt, bool of_owned, ByLock *out)
{
    uint32_t objects = hunt->program->object_count, requests = lock_requests_count(hunt->requests), total = 0;
    out->first = mem_alloc((size_t)objects + 2, sizeof *out->first);
    if (out->first == NULL)
        return false;
    for (uint32_t r = 0; r < requests; r++) {
        LockStand stand = lock_requests_get(hunt->requests, r).stand;
        for (uint32_t i = 0; i < lock_count_of(&stand, of_owned); i++, total++)
            out->first[lock_of(&stand, of_owned, i) + 2]++;
    }
    for (uint32_t o = 2; o < objects + 2; o++)
        out->first[o] += out->first[o - 1];
    out->items = mem_alloc(total, sizeof *out->items);
    for (uint32_t r = 0; r < requests && out->items != NULL; r++) {
        LockStand stand = lock_requests_get(hunt->requests, r).stand;
        for (uint32_t i = 0; i < lock_count_of(&stand, of_owned); i++)
            out->items[out->first[lock_of(&stand, of_owned, i) + 1]++] = r;
    }
    return out->items != NULL;
}

static bool has_owner(const Hunt *hunt, uint32_t request)
{
    ObjectId lock = lock_requests_get(hunt->requests, request).stand.lock;
    for (uint32_t k = hunt->owners.first[lock]; k < hunt->owners.first[lock + 1]; k++)
        if (hunt->is_useful[hunt->owners.items[k]] && waits(hunt, request, hunt->owners.items[k]))
            return true;
    return false;
}

static bool has_waiter(const Hunt *hunt, uint32_t request)
{
    LockStand stand = lock_requests_get(hunt->requests, request).stand;
    for (uint32_t i = 0; i < stand.held_count; i++) {
        ObjectId lock = held_lock(stand.held[i]);
        for (uint32_t k = hunt->wanters.first[lock]; k < hunt->wanters.first[lock + 1]; k++)
            if (hunt->is_useful[hunt->wanters.items[k]] && waits(hunt, hunt->wanters.items[k], request))
                return true;
    }
    return false;
}

/* Leaves out, again and again, what has nobody in front or nobody behind: most programs keep one order, and nothing is
 * left. */
static void trim(Hunt *hunt)
{
    uint32_t count = lock_requests_count(hunt->requests);
    bool changes = true;
    for (uint32_t r = 0; r < count; r++)
        hunt->is_useful[r] = true;
    while (changes) {
        changes = false;
        for (uint32_t r = 0; r < count; r++)
            if (hunt->is_useful[r] && !(has_owner(hunt, r) && has_waiter(hunt, r))) {
                hunt->is_useful[r] = false;
                changes = true;
            }
    }
}

/* ------------------------------------------------------------------- verdict */

static bool lives(const LockRequest *at, ThreadId thread)
{
    return at->alive[thread / 64] >> (thread % 64) & 1;
}

/* A lock that both own, and not both for reading; NO_ID: none. */
static ObjectId shared_lock(const LockStand *a, const LockStand *b)
{
    for (uint32_t i = 0; i < a->held_count; i++)
        for (uint32_t k = 0; k < b->held_count; k++)
            if (held_lock(a->held[i]) == held_lock(b->held[k]) &&
                (held_is_exclusive(a->held[i]) || held_is_exclusive(b->held[k])))
                return held_lock(a->held[i]);
    return NO_ID;
}

static void judge(const Hunt *hunt, LockCycle *cycle)
{
    cycle->kind = LOCK_CYCLE_OPEN;
    cycle->gate = NO_ID;
    for (uint32_t i = 0; i < cycle->count; i++)
        for (uint32_t k = i + 1; k < cycle->count && cycle->kind != LOCK_CYCLE_GUARDED; k++) {
            LockRequest a = lock_requests_get(hunt->requests, cycle->requests[i]);
            LockRequest b = lock_requests_get(hunt->requests, cycle->requests[k]);
            ObjectId gate = shared_lock(&a.stand, &b.stand);
            bool is_ordered = !lives(&a, b.stand.thread) || !lives(&b, a.stand.thread);
            if (gate == NO_ID && (!is_ordered || cycle->kind == LOCK_CYCLE_ORDERED))
                continue;
            cycle->kind = gate != NO_ID ? LOCK_CYCLE_GUARDED : LOCK_CYCLE_ORDERED;
            cycle->gate = gate;
            cycle->first = i;
            cycle->second = k;
        }
}

/* --------------------------------------------------------------- enumeration */

void lock_cycles_stands(const LockRequests *requests, const LockCycle *cycle, LockStand *stands,
                        const LockStand **pointers)
{
    for (uint32_t i = 0; i < cycle->count; i++) {
        stands[i] = lock_requests_get(requests, cycle->requests[i]).stand;
        pointers[i] = &stands[i];
    }
}

typedef struct Identity {
    uint32_t locks[LOCK_CYCLE_LENGTH_MAX], lines[LOCK_CYCLE_LENGTH_MAX], threads[LOCK_CYCLE_LENGTH_MAX];
    Finding key;
} Identity;

static void identify(const Hunt *hunt, const LockCycle *cycle, Identity *identity)
{
    LockStand stands[LOCK_CYCLE_LENGTH_MAX];
    const LockStand *pointers[LOCK_CYCLE_LENGTH_MAX];
    lock_cycles_stands(hunt->requests, cycle, stands, pointers);
    lock_order_key(pointers, cycle->count, identity->locks, identity->lines, identity->threads, &identity->key);
}

static bool is_same(const Identity *a, const Identity *b)
{
    return a->key.object_count == b->key.object_count && a->key.line_count == b->key.line_count &&
           memcmp(a->locks, b->locks, a->key.object_count * sizeof *a->locks) == 0 &&
           memcmp(a->lines, b->lines, a->key.line_count * sizeof *a->lines) == 0;
}

static bool add(Hunt *hunt)
{
    LockCycles *cycles = hunt->cycles;
    LockCycle cycle = {.count = hunt->count};
    memcpy(cycle.requests, hunt->path, hunt->count * sizeof *hunt->path);
    judge(hunt, &cycle);
    Identity identity, other;
    identify(hunt, &cycle, &identity);
    hunt->looks += cycles->count;
    for (uint32_t c = 0; c < cycles->count; c++) {
        if (cycles->items[c].count != cycle.count)
            continue;
        identify(hunt, &cycles->items[c], &other);
        if (!is_same(&identity, &other))
            continue;
        if (cycle.kind == LOCK_CYCLE_OPEN && cycles->items[c].kind != LOCK_CYCLE_OPEN)
            cycles->items[c] = cycle;
        return true;
    }
    if (cycles->count == LOCK_CYCLES_MAX) {
        cycles->is_cut = true;
        return true;
    }
    if (cycles->count == cycles->room) {
        uint32_t room = cycles->room == 0 ? 4 : cycles->room * 2;
        LockCycle *larger = mem_resize(cycles->items, room, sizeof *larger);
        if (larger == NULL)
            return false;
        cycles->items = larger;
        cycles->room = room;
    }
    cycles->items[cycles->count++] = cycle;
    return true;
}

static bool may_follow(const Hunt *hunt, uint32_t candidate)
{
    if (!hunt->is_useful[candidate])
        return false;
    LockStand stand = lock_requests_get(hunt->requests, candidate).stand;
    for (uint32_t i = 0; i < hunt->count; i++) {
        LockStand other = lock_requests_get(hunt->requests, hunt->path[i]).stand;
        if (other.thread == stand.thread || other.lock == stand.lock || (i == 0 && other.lock > stand.lock))
            return false;
    }
    return waits(hunt, hunt->path[hunt->count - 1], candidate);
}

/* Recursion is no deeper than the longest cycle. */
static bool extend(Hunt *hunt)
{
    if (hunt->count == hunt->length)
        return !waits(hunt, hunt->path[hunt->count - 1], hunt->path[0]) || add(hunt);
    ObjectId lock = lock_requests_get(hunt->requests, hunt->path[hunt->count - 1]).stand.lock;
    for (uint32_t k = hunt->owners.first[lock]; k < hunt->owners.first[lock + 1]; k++) {
        if (++hunt->looks > MAX_LOOKS) {
            hunt->cycles->is_cut = true;
            return true;
        }
        uint32_t candidate = hunt->owners.items[k];
        if (!may_follow(hunt, candidate))
            continue;
        hunt->path[hunt->count++] = candidate;
        bool goes_on = extend(hunt);
        hunt->count--;
        if (!goes_on)
            return false;
    }
    return true;
}

static bool enumerate(Hunt *hunt)
{
    uint32_t count = lock_requests_count(hunt->requests);
    hunt->is_useful = mem_alloc((size_t)count + 1, sizeof *hunt->is_useful);
    if (hunt->is_useful == NULL || !sort_by_lock(hunt, true, &hunt->owners) ||
        !sort_by_lock(hunt, false, &hunt->wanters))
        return false;
    trim(hunt);
    for (hunt->length = 2; hunt->length <= LOCK_CYCLE_LENGTH_MAX; hunt->length++)
        for (uint32_t r = 0; r < count; r++) {
            hunt->path[0] = r;
            hunt->count = 1;
            if (hunt->is_useful[r] && !extend(hunt))
                return false;
        }
    return true;
}

Status lock_cycles_find(const Program *program, const LockRequests *requests, LockCycles *cycles)
{
    *cycles = (LockCycles){0};
    Hunt hunt = {.program = program, .requests = requests, .cycles = cycles};
    bool is_complete = lock_requests_count(requests) == 0 || enumerate(&hunt);
    mem_free(hunt.is_useful);
    mem_free(hunt.owners.first);
    mem_free(hunt.owners.items);
    mem_free(hunt.wanters.first);
    mem_free(hunt.wanters.items);
    if (is_complete)
        return STATUS_OK;
    lock_cycles_free(cycles);
    return STATUS_NO_MEMORY;
}

void lock_cycles_free(LockCycles *cycles)
{
    mem_free(cycles->items);
    memset(cycles, 0, sizeof *cycles);
}
