#include "detect/lock_points.h"

#include <string.h>

#ifdef SNARL_SMALL_TABLES
enum { FIRST_OWNED = 1 };
#else
enum { FIRST_OWNED = 64 };
#endif

static PointStand stand_at(const Program *program, const Takes *takes, uint32_t address)
{
    uint32_t at = program->code[address].op == OP_REGION ? program_region_first(program, address) : address;
    const Instr *instr = &program->code[at];
    PointStand stand = {.kind = STAND_NONE, .instr = at, .line = program->sites[instr->site].part.line};
    ObjectId first;
    uint32_t count;
    if (instr->op == OP_CONDITION_SLEEP || (instr->flags & INSTR_TRY) || !takes_lock(program, instr, &first, &count) ||
        !takes_any(takes, address))
        return stand;
    bool is_indexed = (instr->op == OP_CONDITION_WAKE ? instr->e : instr->c) != NO_OPERAND;
    stand.kind = is_indexed ? STAND_ASK : STAND_FIXED;
    stand.lock = first;
    stand.is_exclusive = instr->op != OP_RDLOCK;
    return stand;
}

static bool find_takes(const Program *program, LockPoints *points)
{
    for (; points->takes_count < program->thread_count; points->takes_count++)
        if (takes_find(program, &program->threads[points->takes_count], &points->takes[points->takes_count]) !=
            STATUS_OK)
            return false;
    return true;
}

/* Lists what may be owned. */
static bool list_owned(const Program *program, const Takes *takes, uint32_t address, LockPoints *points, PointStand *stand)
{
    stand->first_owned = points->owned_count;
    stand->owns_mutexes_only = true;
    for (ObjectId o = 0; o < program->object_count; o++) {
        if ((program->objects[o].kind != SYMBOL_MUTEX && program->objects[o].kind != SYMBOL_RWLOCK) || !takes_may_own(takes, address, o))
            continue;
        if (points->owned_count == points->owned_room) {
            uint32_t room = points->owned_room * 2 + FIRST_OWNED;
            ObjectId *larger = mem_resize(points->owned, room, sizeof *larger);
            if (larger == NULL)
                return false;
            points->owned = larger;
            points->owned_room = room;
        }
        points->owned[points->owned_count++] = o;
        stand->owns_mutexes_only &= program->objects[o].kind == SYMBOL_MUTEX;
    }
    stand->owned_count = points->owned_count - stand->first_owned;
    return true;
}

Status lock_points_find(const Program *program, LockPoints *points)
{
    memset(points, 0, sizeof *points);
    size_t n = (size_t)program->thread_count + 1;
    uint32_t total = 0;
    points->first_point = mem_alloc(n, sizeof *points->first_point);
    points->takes = mem_alloc(n, sizeof *points->takes);
    points->askers = mem_alloc(n, sizeof *points->askers);
    for (ThreadId t = 0; t < program->thread_count && points->first_point != NULL; t++) {
        points->first_point[t] = total;
        total += program->threads[t].point_count + 2; /* 0 ended, and unborn_point */
    }
    points->points = mem_alloc((size_t)total + 1, sizeof *points->points);
    points->point_count = total;
    for (ObjectId o = 0; o < program->object_count; o++)
        points->lock_count += program->objects[o].kind == SYMBOL_MUTEX || program->objects[o].kind == SYMBOL_RWLOCK;
    if (points->first_point == NULL || points->takes == NULL || points->askers == NULL || points->points == NULL ||
        (points->lock_count > 1 && !find_takes(program, points))) {
        lock_points_free(points);
        return STATUS_NO_MEMORY;
    }
    for (ThreadId t = 0; t < points->takes_count; t++) {
        bool asks = false;
        for (uint32_t point = 1; point <= program->threads[t].point_count && points->takes[t].count > 0; point++) {
            PointStand stand = stand_at(program, &points->takes[t], program->threads[t].points[point].instr);
            if (stand.kind != STAND_NONE && !list_owned(program, &points->takes[t], program->threads[t].points[point].instr, points, &stand)) {
                lock_points_free(points);
                return STATUS_NO_MEMORY;
            }
            points->points[points->first_point[t] + point] = stand;
            asks = asks || stand.kind != STAND_NONE;
        }
        if (asks)
            points->askers[points->asker_count++] = t;
    }
    return STATUS_OK;
}

void lock_points_free(LockPoints *points)
{
    for (uint32_t t = 0; t < points->takes_count; t++)
        takes_free(&points->takes[t]);
    mem_free(points->takes);
    mem_free(points->points);
    mem_free(points->owned);
    mem_free(points->first_point);
    mem_free(points->askers);
    memset(points, 0, sizeof *points);
}
