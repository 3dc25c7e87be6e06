#include "detect/sift.h"

#include <string.h>

#include "detect/deadlock.h"

typedef enum SiftWait {
    SIFT_NEVER, /* for nobody in particular */
    SIFT_MUTEX, /* for the owner of `mutex` */
    SIFT_ASK    /* the machine tells for whom */
} SiftWait;

typedef struct PointSift {
    uint64_t reads, writes; /* plain variables, modulo 64 */
    uint8_t wait;
    bool asks; /* for a lock, while it may own one */
    ObjectId mutex;
} PointSift;

void sift_restart(Sift *sift)
{
    mem_free(sift->points);
    mem_free(sift->first_point);
    mem_free(sift->is_enabled);
    mem_free(sift->stands_at);
    memset(sift, 0, sizeof *sift);
}

static PointSift sift_at(const Program *program, uint32_t address)
{
    const Instr *instr = &program->code[address];
    PointSift point = {.wait = SIFT_NEVER};
    if (instr->op == OP_REGION)
        instr = &program->code[program_region_first(program, address)];
    if (instr->op == OP_REGION) { /* which operation decides, depends */
        point.wait = SIFT_ASK;
    } else if (instr->op == OP_LOCK) {
        point.wait = instr->c == NO_OPERAND ? SIFT_MUTEX : SIFT_ASK;
        point.mutex = (ObjectId)instr->b;
    } else if (deadlock_waits_for_owner(instr->op)) {
        point.wait = SIFT_ASK;
    }
    return point;
}

static Status prepare(Sift *sift, RaceDetector *race, LockOrderDetector *lock_order, const Program *program)
{
    if (sift->program == program)
        return STATUS_OK;
    sift_restart(sift);
    size_t n = (size_t)program->thread_count + 1;
    sift->first_point = mem_alloc(n, sizeof *sift->first_point);
    sift->is_enabled = mem_alloc(n, sizeof *sift->is_enabled);
    sift->stands_at = mem_alloc(n, sizeof *sift->stands_at);
    if (sift->first_point == NULL || sift->is_enabled == NULL || sift->stands_at == NULL)
        return STATUS_NO_MEMORY;
    uint32_t total = 0;
    for (ThreadId t = 0; t < program->thread_count; t++) {
        sift->first_point[t] = total;
        total += program->threads[t].point_count + 2; /* 0 ended, and unborn_point */
    }
    sift->points = mem_alloc((size_t)total + 1, sizeof *sift->points);
    if (sift->points == NULL)
        return STATUS_NO_MEMORY;
    for (ThreadId t = 0; t < program->thread_count; t++)
        for (uint32_t at = 1; at <= program->threads[t].point_count; at++) {
            PointSift *point = &sift->points[sift->first_point[t] + at];
            *point = sift_at(program, program->threads[t].points[at].instr);
            if (!lock_order_asks(lock_order, program, t, at, &point->asks) ||
                (race != NULL && !race_touches(race, program, t, at, &point->reads, &point->writes)))
                return STATUS_NO_MEMORY;
        }
    for (ObjectId o = 0; o < program->object_count; o++)
        sift->has_rwlocks |= program->objects[o].kind == SYMBOL_RWLOCK;
    sift->program = program;
    return STATUS_OK;
}

/* For whom a thread waits, one bit each. */
static uint64_t holders_of(const MonitorEvent *event, ThreadId thread, const PointSift *point)
{
    if (point->wait == SIFT_MUTEX) {
        int64_t owner = machine_value(event->machine, event->state, point->mutex);
        return owner > 0 ? UINT64_C(1) << (owner - 1) : 0;
    }
    WaitInfo info;
    uint64_t holders = 0;
    machine_wait(event->machine, event->state, thread, false, &info);
    for (uint32_t i = 0; i < info.holder_count; i++)
        holders |= UINT64_C(1) << info.holders[i];
    return holders;
}

/* `waiting`: threads, one bit each. */
static bool may_be_cyclic(const Sift *sift, const MonitorEvent *event, uint64_t waiting)
{
    uint64_t holders[64];
    for (uint64_t rest = waiting; rest != 0; rest &= rest - 1) {
        ThreadId t = (ThreadId)__builtin_ctzll(rest);
        holders[t] = holders_of(event, t, &sift->points[sift->first_point[t] + sift->stands_at[t]]);
    }
    for (uint64_t before = 0; waiting != before;) {
        before = waiting;
        for (uint64_t rest = waiting; rest != 0; rest &= rest - 1)
            if ((holders[__builtin_ctzll(rest)] & waiting) == 0)
                waiting &= ~(rest & -rest);
    }
    return waiting != 0;
}

Status sift_state(Sift *sift, RaceDetector *race, LockOrderDetector *lock_order, const MonitorEvent *event, uint32_t *what)
{
    const Expansion *expansion = event->expansion;
    const Program *program = machine_program(event->machine);
    const uint32_t threads = program->thread_count;
    *what = SIFT_ALL;
    if (expansion->count == 0 || program->has_domains || threads > 64)
        return STATUS_OK;
    Status status = prepare(sift, race, lock_order, program);
    if (status != STATUS_OK)
        return status;
    memset(sift->is_enabled, 0, threads * sizeof *sift->is_enabled);
    for (uint32_t i = 0; i < expansion->count; i++)
        sift->is_enabled[expansion->steps[i].thread] = true;
    machine_points(event->machine, event->state, sift->stands_at);
    uint64_t reads = 0, writes = 0, waiting = 0;
    bool may_race = false, asks = false;
    for (ThreadId t = 0; t < threads; t++) {
        const PointSift *point = &sift->points[sift->first_point[t] + sift->stands_at[t]];
        asks |= point->asks;
        if (sift->is_enabled[t]) {
            may_race |= ((point->reads & writes) | (point->writes & (reads | writes))) != 0;
            reads |= point->reads;
            writes |= point->writes;
        } else if (point->wait != SIFT_NEVER) {
            waiting |= UINT64_C(1) << t;
        }
    }
    bool is_cyclic = waiting != 0 && may_be_cyclic(sift, event, waiting);
    *what = (may_race ? SIFT_RACE : 0u) | (is_cyclic ? SIFT_DEADLOCK : 0u) | (asks ? SIFT_LOCK_ORDER : 0u) |
            (is_cyclic || sift->has_rwlocks ? SIFT_RING : 0u);
    return STATUS_OK;
}
