/* locks.c: mutexes and reader-writer locks. */
#include "machine/execute.h"

Effect exec_check_alive(Exec *x, const Actor *actor, const Instr *instr, ObjectId object) {
    FieldId field = x->machine->objects[object].destroyed;
    if (field == NO_ID || !exec_get(x, field)) return EFFECT_NEXT;
    return exec_stop(x, actor, instr, FINDING_MISUSE, object, "used after it was destroyed");
}

static bool is_destroyed(const Exec *x, const ObjectLayout *layout) { return layout->destroyed != NO_ID && exec_get(x, layout->destroyed); }

static int64_t reader_total(const Exec *x, const ObjectLayout *layout) {
    int64_t total = 0;
    for (uint32_t k = 0; k < layout->reader_count; k++) total += exec_get(x, layout->first_item + k);
    return total;
}

/* The field that counts the read locks of a thread; NO_ID when its code has no rdlock. */
static FieldId reader_field(const ObjectLayout *layout, ThreadId thread) {
    for (uint32_t k = 0; k < layout->reader_count; k++)
        if (layout->readers[k] == thread) return layout->first_item + k;
    return NO_ID;
}

bool exec_lock_enabled(const Exec *x, const Actor *actor, const Instr *instr) {
    ObjectId object = exec_object(x, actor, instr);
    const ObjectLayout *layout = &x->machine->objects[object];
    if (is_destroyed(x, layout)) return true; /* doing it is a misuse */
    int64_t owner = exec_get(x, layout->value);
    switch (instr->op) {
    case OP_LOCK: return owner == 0 || (owner == (int64_t)actor->thread + 1 && layout->depth != NO_ID);
    case OP_RDLOCK: return owner == 0 && (layout->announced == NO_ID || exec_get(x, layout->announced) == 0);
    default: return owner == 0 && reader_total(x, layout) == 0;
    }
}

Effect exec_lock(Exec *x, Actor *actor, const Instr *instr) {
    ObjectId object = exec_object(x, actor, instr);
    const ObjectLayout *layout = &x->machine->objects[object];
    Effect alive = exec_check_alive(x, actor, instr, object);
    if (alive != EFFECT_NEXT) return alive;
    if (!exec_is_enabled(x, actor, instr)) return EFFECT_BLOCKED;
    int64_t me = (int64_t)actor->thread + 1, owner = exec_get(x, layout->value);
    LoggedAccess access = {.partner = NO_ID};
    FieldId readers;
    switch (instr->op) {
    case OP_LOCK:
        if (layout->depth != NO_ID) EXEC_PUT(x, layout->depth, exec_get(x, layout->depth) + 1);
        EXEC_PUT(x, layout->value, me);
        access.writes = true;
        break;
    case OP_UNLOCK:
        if (owner != me) return exec_stop(x, actor, instr, FINDING_MISUSE, object, owner == 0 ? "unlocked while it is free" : "unlocked by a thread that does not own it");
        access.writes = true;
        if (layout->depth != NO_ID) {
            int64_t depth = exec_get(x, layout->depth) - 1;
            EXEC_PUT(x, layout->depth, depth);
            if (depth > 0) break;
        }
        EXEC_PUT(x, layout->value, 0);
        break;
    case OP_RDLOCK:
        readers = reader_field(layout, actor->thread);
        EXEC_PUT(x, readers, exec_get(x, readers) + 1);
        access.reads = true;
        break;
    case OP_WRLOCK_ANNOUNCE:
        EXEC_PUT(x, layout->announced, exec_get(x, layout->announced) + 1);
        break;
    case OP_WRLOCK:
        if (instr->d == 1) EXEC_PUT(x, layout->announced, exec_get(x, layout->announced) - 1);
        EXEC_PUT(x, layout->value, me);
        access.writes = true;
        break;
    default: /* OP_RW_UNLOCK */
        readers = reader_field(layout, actor->thread);
        if (owner == me) {
            EXEC_PUT(x, layout->value, 0);
            access.writes = true;
        } else if (readers != NO_ID && exec_get(x, readers) > 0) {
            EXEC_PUT(x, readers, exec_get(x, readers) - 1);
            access.reads = true;
        } else {
            return exec_stop(x, actor, instr, FINDING_MISUSE, object, "unlocked by a thread that does not own it");
        }
        break;
    }
    exec_log(x, actor, instr, object, access);
    actor->at++;
    return EFFECT_NEXT;
}
