/* holds.c: the intervals in which threads own mutexes, rwlocks and the bodies of `do`. */
#include "trace/telling.h"

static void open_hold(Telling *telling, ThreadId thread, ObjectId object, uint32_t step)
{
    SnHold hold = {telling->lanes[thread], object, step, SN_NONE};
    ARENA_PUSH(telling->arena, telling->holds, hold);
}

static SnHold *find_open(Telling *telling, uint32_t lane, ObjectId object)
{
    for (uint32_t h = telling->holds.count; h-- > 0;) {
        SnHold *hold = &telling->holds.items[h];
        if (hold->thread == lane && hold->object == object && hold->to_step == SN_NONE)
            return hold;
    }
    return NULL;
}

static bool is_in(const ObjectId *objects, uint32_t count, ObjectId object)
{
    for (uint32_t i = 0; i < count; i++)
        if (objects[i] == object)
            return true;
    return false;
}

/* Compares what the thread that stepped owns before and after. */
static void tell_locks(Telling *telling, uint32_t s, ObjectId *before, ObjectId *after)
{
    ThreadId thread = telling->steps.items[s].thread;
    uint32_t room = telling->program->object_count;
    uint32_t had = machine_owned(telling->machine, telling->states.items[s].state, thread, before, room);
    uint32_t has = machine_owned(telling->machine, telling->states.items[s + 1].state, thread, after, room);
    for (uint32_t i = 0; i < had; i++) {
        SnHold *hold = is_in(after, has, before[i]) ? NULL : find_open(telling, telling->lanes[thread], before[i]);
        if (hold != NULL)
            hold->to_step = s;
    }
    for (uint32_t i = 0; i < has; i++)
        if (!is_in(before, had, after[i]))
            open_hold(telling, thread, after[i], s);
}

/* A `do` has no owner in the machine's sense: its accesses tell. */
static void tell_once(Telling *telling, uint32_t s)
{
    const ToldStep *step = &telling->steps.items[s];
    for (uint32_t i = 0; i < step->access_count; i++) {
        const LoggedAccess *access = &step->accesses[i];
        uint16_t op = telling->program->code[access->instr].op;
        if (op == OP_ONCE_ENTER && !access->failed)
            open_hold(telling, step->thread, access->object, s);
        SnHold *hold = op == OP_ONCE_LEAVE ? find_open(telling, telling->lanes[step->thread], access->object) : NULL;
        if (hold != NULL)
            hold->to_step = s;
    }
}

void holds_tell(Telling *telling)
{
    ObjectId *before = ARENA_ARRAY(telling->arena, ObjectId, telling->program->object_count);
    ObjectId *after = ARENA_ARRAY(telling->arena, ObjectId, telling->program->object_count);
    for (uint32_t s = 0; s < telling->steps.count; s++) {
        tell_locks(telling, s, before, after);
        tell_once(telling, s);
    }
    telling->trace->holds = telling->holds.items;
    telling->trace->hold_count = telling->holds.count;
}

const SnHold *holds_open(const Telling *telling, uint32_t lane, ObjectId object)
{
    for (uint32_t h = telling->holds.count; h-- > 0;) {
        const SnHold *hold = &telling->holds.items[h];
        if (hold->thread == lane && hold->object == object && hold->to_step == SN_NONE)
            return hold;
    }
    return NULL;
}
