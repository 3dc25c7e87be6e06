#include "detect/lock_known.h"

#include <string.h>

/* The tests for what a thread may own at a point: tests[first .. first + count - 1]. */
typedef struct PointTests {
    uint32_t first, count;
    bool are_made;
} PointTests;

void lock_known_free(LockKnown *known)
{
    mem_free(known->points);
    mem_free(known->tests);
    memset(known, 0, sizeof *known);
}

/* False: no memory. */
static bool prepare(LockKnown *known, const LockPoints *points, const Machine *machine)
{
    if (known->points != NULL && known->machine == machine && known->generation == machine_generation(machine))
        return true;
    mem_free(known->points);
    known->points = mem_alloc((size_t)points->point_count + 1, sizeof *known->points);
    known->test_count = 0;
    known->machine = machine;
    known->generation = machine_generation(machine);
    return known->points != NULL;
}

static bool make_tests(LockKnown *known, const LockPoints *points, const Machine *machine, ThreadId thread, const PointStand *point,
                       PointTests *made)
{
    if (known->test_count + point->owned_count > known->test_room) {
        uint32_t room = (known->test_count + point->owned_count) * 2;
        OwnerTest *larger = mem_resize(known->tests, room, sizeof *larger);
        if (larger == NULL)
            return false;
        known->tests = larger;
        known->test_room = room;
    }
    *made = (PointTests){.first = known->test_count, .are_made = true};
    made->count = machine_owner_tests(machine, thread, points->owned + point->first_owned, point->owned_count, known->tests + made->first);
    known->test_count += made->count;
    return true;
}

/* Which of the locks that it may own at this point a thread owns; false: not to be told so. */
static bool owned_at(LockKnown *known, const LockPoints *points, const Machine *machine, const Word *state, ThreadId thread,
                     const PointStand *point, uint64_t *owned)
{
    if (!point->owns_mutexes_only || point->owned_count > 64)
        return false;
    PointTests *tests = &known->points[point - points->points];
    if (!tests->are_made && !make_tests(known, points, machine, thread, point, tests))
        return false;
    *owned = machine_owns(state, known->tests + tests->first, tests->count);
    return true;
}

static struct KnownRequest *slot_of(LockKnown *known, uint32_t instr, ObjectId lock, uint64_t owned)
{
    uint64_t hash = (owned * UINT64_C(0x9E3779B97F4A7C15) ^ instr) * UINT64_C(0x9E3779B97F4A7C15) + lock;
    return &known->slots[(hash ^ hash >> 32) % LOCK_KNOWN_SLOTS];
}

static ObjectId asked_for(const Machine *machine, const Word *state, ThreadId thread, const PointStand *point)
{
    if (point->kind == STAND_FIXED)
        return point->lock;
    WaitInfo info;
    machine_wait(machine, state, thread, false, &info);
    return info.object;
}

bool lock_known_all(LockKnown *known, const LockPoints *points, const Machine *machine, const Word *state)
{
    if (!prepare(known, points, machine))
        return false;
    for (uint32_t a = 0; a < points->asker_count; a++) {
        const ThreadId thread = points->askers[a];
        const PointStand *point = lock_points_get(points, thread, machine_point(machine, state, thread));
        uint64_t owned;
        if (point->kind == STAND_NONE)
            continue;
        if (!owned_at(known, points, machine, state, thread, point, &owned))
            return false;
        if (owned == 0)
            continue;
        const ObjectId lock = asked_for(machine, state, thread, point);
        const struct KnownRequest *request = slot_of(known, point->instr, lock, owned);
        if (request->owned != owned || request->instr != point->instr || request->lock != lock)
            return false;
    }
    return true;
}

void lock_known_keep(LockKnown *known, const LockPoints *points, const Machine *machine, const Word *state, const LockStand *stand)
{
    const PointStand *point = lock_points_get(points, stand->thread, machine_point(machine, state, stand->thread));
    uint64_t owned;
    if (prepare(known, points, machine) && owned_at(known, points, machine, state, stand->thread, point, &owned) && owned != 0)
        *slot_of(known, stand->instr, stand->lock, owned) = (struct KnownRequest){owned, stand->instr, stand->lock};
}
