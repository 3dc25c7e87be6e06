/* counters.c: semaphores, events, waitgroups, and `destroy` of any object. */
#include "machine/execute.h"

bool exec_counter_enabled(const Exec *x, const Actor *actor, const Instr *instr) {
    const ObjectLayout *layout = &x->machine->objects[exec_object(x, actor, instr)];
    if (layout->destroyed != NO_ID && exec_get(x, layout->destroyed)) return true; /* doing it is a misuse */
    int64_t value = exec_get(x, layout->value);
    return instr->op == OP_WAITGROUP_WAIT ? value == 0 : value > 0;
}

/* Whether a thread is blocked at the object, or asleep on it; one that is about to use it and could is not waiting. */
static bool waits_at(Exec *x, ThreadId thread, ObjectId object) {
    const Instr *instr = exec_instr_at(x, thread);
    if (!instr) return false;
    if (instr->op == OP_REGION) instr = x->program->code + program_region_first(x->program, (uint32_t)(instr - x->program->code));
    Actor other;
    if (!exec_push(x, &other, thread)) return false;
    bool waits = false;
    Operand arms = instr->op == OP_SELECT ? instr->a : 0;
    for (Operand k = 0; k < arms; k++) {
        const Instr *arm = &x->program->code[x->program->lists[instr->b + k]];
        if (exec_is_enabled(x, &other, arm)) { /* the select can go on */
            exec_pop(x);
            return false;
        }
        waits |= (program_op_flags[arm->op] & OPF_OBJECT) && exec_object(x, &other, arm) == object;
    }
    if (instr->op == OP_SELECT) {
        waits = waits && instr->c == NO_OPERAND;
    } else if ((program_op_flags[instr->op] & OPF_BLOCKS) && (program_op_flags[instr->op] & OPF_OBJECT) && !(instr->flags & INSTR_TRY)) {
        bool is_condition = instr->op == OP_CONDITION_SLEEP || instr->op == OP_CONDITION_WAKE;
        if (is_condition) {
            ObjectId mutex = (ObjectId)(instr->d + (instr->e == NO_OPERAND ? 0 : (Operand)exec_value(x, &other, instr->e)));
            waits = (instr->op == OP_CONDITION_SLEEP && exec_object(x, &other, instr) == object) ||
                    (mutex == object && !exec_is_enabled(x, &other, instr) && instr->op == OP_CONDITION_WAKE);
        } else {
            waits = exec_object(x, &other, instr) == object && !exec_is_enabled(x, &other, instr);
        }
    }
    exec_pop(x);
    return waits;
}

static Effect run_destroy(Exec *x, Actor *actor, const Instr *instr, ObjectId object) {
    const ObjectLayout *layout = &x->machine->objects[object];
    SymbolKind kind = x->program->objects[object].kind;
    bool owned = false;
    if (kind == SYMBOL_MUTEX || kind == SYMBOL_RWLOCK) owned = exec_get(x, layout->value) != 0;
    if (kind == SYMBOL_ONCE) owned = exec_get(x, layout->value) > 1;
    for (uint32_t k = 0; k < layout->reader_count; k++) owned |= exec_get(x, layout->first_item + k) > 0;
    if (owned) return exec_stop(x, actor, instr, FINDING_MISUSE, object, "destroyed while it is owned");
    for (ThreadId t = 0; t < x->program->thread_count; t++)
        if (t != actor->thread && waits_at(x, t, object)) return exec_stop(x, actor, instr, FINDING_MISUSE, object, "destroyed while a thread waits for it");
    EXEC_PUT(x, layout->destroyed, 1);
    exec_log(x, actor, instr, object, (LoggedAccess){.writes = true, .partner = NO_ID});
    actor->at++;
    return EFFECT_NEXT;
}

Effect exec_counter(Exec *x, Actor *actor, const Instr *instr) {
    ObjectId object = exec_object(x, actor, instr);
    const ObjectLayout *layout = &x->machine->objects[object];
    Effect alive = exec_check_alive(x, actor, instr, object);
    if (alive != EFFECT_NEXT) return alive;
    if (instr->op == OP_DESTROY) return run_destroy(x, actor, instr, object);
    if (!exec_is_enabled(x, actor, instr)) return EFFECT_BLOCKED;
    int64_t before = exec_get(x, layout->value), after = before;
    switch (instr->op) {
    case OP_ACQUIRE: after = before - 1; break;
    case OP_RELEASE: {
        int64_t n = exec_value(x, actor, instr->a), maximum = x->program->objects[object].symbol->maximum;
        if (n < 0) return exec_stop(x, actor, instr, FINDING_MISUSE, object, "released by a negative number");
        if (__builtin_add_overflow(before, n, &after) && maximum < 0)
            return exec_stop(x, actor, instr, FINDING_MISUSE, object, "counted above the greatest integer");
        if (maximum >= 0 && (after > maximum || after < before))
            return exec_stop(x, actor, instr, FINDING_MISUSE, object, "released above its maximum");
        break;
    }
    case OP_EVENT_SET: after = 1; break;
    case OP_EVENT_CLEAR: after = 0; break;
    case OP_WAITGROUP_ADD: {
        int64_t n = exec_value(x, actor, instr->a);
        if (__builtin_add_overflow(before, n, &after)) return exec_stop(x, actor, instr, FINDING_MISUSE, object, "counted above the greatest integer");
        if (after < 0) return exec_stop(x, actor, instr, FINDING_MISUSE, object, "counted below zero");
        break;
    }
    default: break; /* waits */
    }
    EXEC_PUT(x, layout->value, after);
    exec_log(x, actor, instr, object, (LoggedAccess){.writes = true, .has_value = true, .before = before, .after = after, .partner = NO_ID});
    actor->at++;
    return EFFECT_NEXT;
}
