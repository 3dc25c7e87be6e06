/* conditions.c: condition variables and barriers. Who waits is told by where the threads stand: there is no list of waiters in the state.
 *
 * A wait is CONDITION_WAIT (a step: the mutex is given back), CONDITION_SLEEP (a place to stand; a signal moves the thread on), CONDITION_WAKE (a
 * step: the mutex is taken again). An arrival at a barrier is BARRIER_ARRIVE (a step) and BARRIER_WAIT, which the last arrival moves on. */
#include "machine/execute.h"

static ObjectId mutex_of(const Exec *x, const Actor *actor, const Instr *instr) {
    return (ObjectId)(instr->d + (instr->e == NO_OPERAND ? 0 : (Operand)exec_value(x, actor, instr->e)));
}

bool exec_condition_enabled(const Exec *x, const Actor *actor, const Instr *instr) {
    if (instr->op == OP_BARRIER_WAIT) return false;
    if (instr->op == OP_CONDITION_SLEEP && !x->program->spurious) return false;
    const ObjectLayout *mutex = &x->machine->objects[mutex_of(x, actor, instr)];
    if (mutex->destroyed != NO_ID && exec_get(x, mutex->destroyed)) return true;
    return exec_get(x, mutex->value) == 0;
}

static Effect run_wait(Exec *x, Actor *actor, const Instr *instr, ObjectId object) {
    ObjectId mutex = mutex_of(x, actor, instr);
    const ObjectLayout *layout = &x->machine->objects[mutex];
    Effect alive = exec_check_alive(x, actor, instr, mutex);
    if (alive != EFFECT_NEXT) return alive;
    if (exec_get(x, layout->value) != (int64_t)actor->thread + 1)
        return exec_stop(x, actor, instr, FINDING_MISUSE, mutex, "not owned by the thread that waits with it");
    int64_t depth = 1;
    if (layout->depth != NO_ID) {
        depth = exec_get(x, layout->depth);
        EXEC_PUT(x, layout->depth, 0);
    }
    actor->registers[instr->a] = depth;
    exec_untaint(x, actor, instr->a);
    EXEC_PUT(x, layout->value, 0);
    exec_log(x, actor, instr, object, (LoggedAccess){.partner = NO_ID});
    actor->at++;
    return EFFECT_NEXT;
}

static Effect run_wake(Exec *x, Actor *actor, const Instr *instr, ObjectId object) {
    if (instr->op == OP_CONDITION_SLEEP && !x->program->spurious) return EFFECT_BLOCKED;
    ObjectId mutex = mutex_of(x, actor, instr);
    const ObjectLayout *layout = &x->machine->objects[mutex];
    Effect alive = exec_check_alive(x, actor, instr, mutex);
    if (alive != EFFECT_NEXT) return alive;
    if (!exec_condition_enabled(x, actor, instr)) return EFFECT_BLOCKED;
    EXEC_PUT(x, layout->value, (int64_t)actor->thread + 1);
    if (layout->depth != NO_ID) EXEC_PUT(x, layout->depth, actor->registers[instr->a]);
    exec_log(x, actor, instr, object, (LoggedAccess){.partner = NO_ID});
    actor->at += instr->op == OP_CONDITION_SLEEP ? 2 : 1; /* a spurious wake-up takes the mutex in the same step */
    return EFFECT_NEXT;
}

static bool stands_at(const Exec *x, ThreadId thread, Opcode op, ObjectId object) {
    const Instr *instr = exec_instr_at(x, thread);
    return instr && instr->op == op && exec_object_at(x, thread, instr) == object;
}

/* Moves a thread from its sleep to the taking of the mutex. */
static Effect wake(Exec *x, ThreadId thread) {
    Actor other;
    if (!exec_push(x, &other, thread)) return EFFECT_NO_MEMORY;
    Effect effect = exec_let_go_on(x, &other, other.at + 1);
    exec_pop(x);
    return effect;
}

static Effect run_signal(Exec *x, Actor *actor, const Instr *instr, ObjectId object) {
    uint32_t waiters = 0;
    LoggedAccess access = {.partner = NO_ID};
    for (ThreadId t = 0; t < x->program->thread_count; t++)
        if (t != actor->thread) waiters += stands_at(x, t, OP_CONDITION_SLEEP, object);
    access.failed = waiters == 0;
    if (waiters > 0) {
        uint32_t pick = instr->op == OP_SIGNAL ? exec_choose(x, waiters) : 0;
        for (ThreadId t = 0; t < x->program->thread_count; t++) {
            if (t == actor->thread || !stands_at(x, t, OP_CONDITION_SLEEP, object)) continue;
            if (instr->op == OP_SIGNAL && pick-- > 0) continue;
            Effect effect = wake(x, t);
            if (effect != EFFECT_NEXT) return effect;
            if (instr->op == OP_SIGNAL) {
                access.partner = t;
                break;
            }
        }
    }
    access.has_value = true;
    access.before = waiters;
    access.after = instr->op == OP_SIGNAL && waiters > 0 ? waiters - 1 : 0;
    exec_log(x, actor, instr, object, access);
    actor->at++;
    return EFFECT_NEXT;
}

static Effect run_arrive(Exec *x, Actor *actor, const Instr *instr, ObjectId object) {
    int64_t arrived = 1;
    for (ThreadId t = 0; t < x->program->thread_count; t++)
        if (t != actor->thread) arrived += stands_at(x, t, OP_BARRIER_WAIT, object);
    bool is_last = arrived >= x->program->objects[object].symbol->parties;
    exec_log(x, actor, instr, object, (LoggedAccess){.writes = is_last, .has_value = true, .before = arrived - 1, .after = arrived, .partner = NO_ID});
    actor->at += is_last ? 2 : 1;
    /* Everybody is taken off the barrier first: their local work cannot see each other. */
    for (ThreadId t = 0; is_last && t < x->program->thread_count; t++) {
        if (t == actor->thread || !stands_at(x, t, OP_BARRIER_WAIT, object)) continue;
        Actor other;
        if (!exec_push(x, &other, t)) return EFFECT_NO_MEMORY;
        Effect effect = exec_let_go_on(x, &other, other.at + 1);
        exec_pop(x);
        if (effect != EFFECT_NEXT) return effect;
    }
    return EFFECT_NEXT;
}

Effect exec_condition(Exec *x, Actor *actor, const Instr *instr) {
    ObjectId object = exec_object(x, actor, instr);
    /* Who was woken needs the mutex only: the condition may be gone by then (POSIX, pthread_cond_destroy). */
    bool touches = instr->op != OP_CONDITION_SLEEP && instr->op != OP_CONDITION_WAKE;
    Effect alive = touches ? exec_check_alive(x, actor, instr, object) : EFFECT_NEXT;
    if (alive != EFFECT_NEXT) return alive;
    switch (instr->op) {
    case OP_CONDITION_WAIT: return run_wait(x, actor, instr, object);
    case OP_CONDITION_SLEEP: case OP_CONDITION_WAKE: return run_wake(x, actor, instr, object);
    case OP_SIGNAL: case OP_BROADCAST: return run_signal(x, actor, instr, object);
    case OP_BARRIER_ARRIVE: return run_arrive(x, actor, instr, object);
    default: return EFFECT_BLOCKED; /* OP_BARRIER_WAIT */
    }
}
