/* threads.c: spawn, join, and one-time initialisation. Handles count spawned threads from 1, in order of spawning. */
#include "machine/execute.h"

int64_t exec_handle(const Exec *x, ThreadId thread) {
    FieldId field = x->machine->threads[thread].handle;
    return field == NO_ID ? (int64_t)x->program->threads[thread].instance + 1 : exec_get(x, field);
}

ThreadId exec_thread_of_handle(const Exec *x, int64_t handle) {
    if (handle <= 0) return NO_ID;
    for (ThreadId t = x->program->declared_count; t < x->program->thread_count; t++) {
        if (exec_point(x, t) == x->program->threads[t].unborn_point) continue;
        if (exec_handle(x, t) == handle) return t;
    }
    return NO_ID;
}

static bool is_ended(const Exec *x, ThreadId thread) { return exec_point(x, thread) == 0; }

/* What makes a join a misuse; NULL when it is none. */
static const char *join_misuse(const Exec *x, const Actor *actor, const Instr *instr, ThreadId *thread) {
    *thread = NO_ID;
    if (instr->op == OP_JOIN) {
        ThreadId first = (ThreadId)instr->b, last = first + (ThreadId)instr->c - 1;
        if (instr->d != NO_OPERAND) first = last = first + (ThreadId)exec_value(x, actor, instr->d);
        return actor->thread >= first && actor->thread <= last ? "a thread joins itself" : NULL;
    }
    *thread = exec_thread_of_handle(x, exec_value(x, actor, instr->a));
    if (*thread == NO_ID) return "join of something that is no thread";
    if (*thread == actor->thread) return "a thread joins itself";
    FieldId joined = x->machine->threads[*thread].joined;
    return joined != NO_ID && exec_get(x, joined) ? "a thread is joined twice" : NULL;
}

bool exec_thread_enabled(const Exec *x, const Actor *actor, const Instr *instr) {
    if (instr->op == OP_ONCE_ENTER) {
        const ObjectLayout *layout = &x->machine->objects[exec_object(x, actor, instr)];
        return (layout->destroyed != NO_ID && exec_get(x, layout->destroyed)) || exec_get(x, layout->value) < 2;
    }
    ThreadId thread;
    if (join_misuse(x, actor, instr, &thread)) return true;
    if (instr->op == OP_JOIN_HANDLE) return is_ended(x, thread);
    if (instr->d != NO_OPERAND) return is_ended(x, (ThreadId)(instr->b + exec_value(x, actor, instr->d)));
    for (Operand k = 0; k < instr->c; k++)
        if (!is_ended(x, (ThreadId)(instr->b + k))) return false;
    return true;
}

static Effect run_join(Exec *x, Actor *actor, const Instr *instr) {
    ThreadId thread;
    const char *misuse = join_misuse(x, actor, instr, &thread);
    if (misuse) return exec_stop(x, actor, instr, FINDING_MISUSE, NO_ID, misuse);
    if (!exec_thread_enabled(x, actor, instr)) return EFFECT_BLOCKED;
    if (thread != NO_ID && x->machine->threads[thread].joined != NO_ID) EXEC_PUT(x, x->machine->threads[thread].joined, 1);
    if (instr->op == OP_JOIN) thread = (ThreadId)(instr->b + (instr->d == NO_OPERAND ? 0 : exec_value(x, actor, instr->d)));
    exec_log(x, actor, instr, NO_ID, (LoggedAccess){.partner = thread});
    actor->at++;
    return EFFECT_NEXT;
}

/* The variables of a process get the values that they have for whoever forks it. False: one does not fit. */
static bool copy_variables(Exec *x, ThreadId from, ThreadId to) {
    const Program *program = x->program;
    const ThreadCode *parent = &program->threads[from], *child = &program->threads[to];
    ObjectId own = child->own_variables, source = parent->is_process ? parent->own_variables : 0;
    for (; own < program->variable_count && program->objects[own].owner == to; own++, source++) {
        while (program->objects[source].symbol != program->objects[own].symbol) source++; /* mapped ones lie in between */
        if (!exec_put(x, x->machine->objects[own].value, exec_get(x, x->machine->objects[source].value))) return false;
    }
    return true;
}

static Effect run_spawn(Exec *x, Actor *actor, const Instr *instr) {
    const Function *function = &x->program->functions[instr->b];
    if (instr->e == SPAWN_SUBMIT) {
        ObjectId pool = x->program->domains[function->domain].object;
        if (exec_get(x, x->machine->objects[pool].value)) return exec_stop(x, actor, instr, FINDING_MISUSE, pool, "submit after shutdown");
    }
    uint32_t instance = 0;
    while (instance < function->slot_count) {
        ThreadId slot = function->first_slot + instance;
        if (exec_point(x, slot) == x->program->threads[slot].unborn_point) break;
        instance++;
    }
    if (instance == function->slot_count) {
        x->overflow = NO_ID;
        x->overflow_function = (uint32_t)instr->b;
        return EFFECT_RELAYOUT;
    }
    ThreadId thread = function->first_slot + instance;
    int64_t handle = 1;
    for (ThreadId t = x->program->declared_count; t < x->program->thread_count; t++) handle += exec_point(x, t) != x->program->threads[t].unborn_point;
    if (x->machine->threads[thread].handle != NO_ID) EXEC_PUT(x, x->machine->threads[thread].handle, handle);
    Actor child;
    if (!exec_push(x, &child, thread)) return EFFECT_NO_MEMORY;
    for (Operand k = 0; k < instr->d; k++) child.registers[k] = exec_value(x, actor, x->program->lists[instr->c + k]);
    if (instr->a != NO_OPERAND) {
        actor->registers[instr->a] = handle;
        exec_untaint(x, actor, instr->a);
    }
    exec_log(x, actor, instr, NO_ID, (LoggedAccess){.has_value = true, .after = instance, .partner = thread});
    actor->at++;
    if (instr->e == SPAWN_FORK && !copy_variables(x, actor->thread, thread)) return EFFECT_RELAYOUT;
    Effect effect = exec_let_go_on(x, &child, x->program->threads[thread].entry);
    exec_pop(x);
    return effect;
}

static Effect run_once(Exec *x, Actor *actor, const Instr *instr) {
    ObjectId object = exec_object(x, actor, instr);
    const ObjectLayout *layout = &x->machine->objects[object];
    Effect alive = exec_check_alive(x, actor, instr, object);
    if (alive != EFFECT_NEXT) return alive;
    int64_t value = exec_get(x, layout->value);
    LoggedAccess access = {.has_value = true, .before = value, .partner = NO_ID};
    if (instr->op == OP_ONCE_LEAVE) {
        EXEC_PUT(x, layout->value, 1);
        access.after = 1;
        access.writes = true;
        actor->at++;
    } else if (value >= 2) {
        return EFFECT_BLOCKED;
    } else if (value == 1) {
        access.after = 1;
        access.failed = true; /* it has been done already */
        actor->at = (uint32_t)instr->d;
    } else {
        access.after = (int64_t)actor->thread + 2;
        access.writes = true;
        EXEC_PUT(x, layout->value, access.after);
        actor->at++;
    }
    exec_log(x, actor, instr, object, access);
    return EFFECT_NEXT;
}

Effect exec_thread(Exec *x, Actor *actor, const Instr *instr) {
    switch (instr->op) {
    case OP_SPAWN: return run_spawn(x, actor, instr);
    case OP_JOIN: case OP_JOIN_HANDLE: return run_join(x, actor, instr);
    default: return run_once(x, actor, instr);
    }
}
