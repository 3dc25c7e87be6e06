/* real_conditions.c: pthread_cond_t and pthread_barrier_t.
 *
 * FREE uses the condition itself. GATED has one pthread_cond_t for each waiter: a signal only says who goes on, and the real one is sent when the schedule
 * lets that thread take its mutex again (turnstile.c). Otherwise the thread that gives the mutex back would now and then take it again first. */
#include "pthreads/rig.h"

/* The mutex is given back; the registers keep how often it was locked. */
static Took start_wait(Worker *worker, const Instr *instr)
{
    Rig *rig = worker->rig;
    ObjectId id = worker_mutex(worker, instr);
    RealObject *mutex = &rig->objects[id];
    Took alive = real_check_alive(worker, instr, id);
    if (alive != TOOK_NEXT)
        return alive;
    if (atomic_load(&mutex->value) != (int64_t)worker->id + 1)
        return worker_stop(worker, instr, FINDING_MISUSE, false, "not owned by the thread that waits with it");
    int64_t depth = mutex->depth;
    worker->registers[instr->a] = depth;
    worker->owned -= (uint32_t)depth;
    mutex->depth = 0;
    atomic_store(&mutex->value, 0);
    for (int64_t d = 1; d < depth; d++)
        pthread_mutex_unlock(&mutex->mutex);
    if (rig->mode == RIG_STEPWISE)
        pthread_mutex_unlock(&mutex->mutex);
    worker->at++;
    return TOOK_NEXT; /* GATED: the last lock goes with pthread_cond_wait */
}

static void end_wait(Worker *worker, RealObject *mutex, int64_t depth)
{
    for (int64_t d = 1; d < depth; d++)
        pthread_mutex_lock(&mutex->mutex);
    mutex->depth = depth;
    worker->owned += (uint32_t)depth;
    atomic_store(&mutex->value, (int64_t)worker->id + 1);
}

static Took wait_free(Worker *worker, const Instr *instr, RealObject *condition)
{
    RealObject *mutex = &worker->rig->objects[worker_mutex(worker, instr)];
    Took took = start_wait(worker, instr);
    if (took != TOOK_NEXT)
        return took;
    worker_may_sleep(worker, condition, sizeof *condition);
    atomic_store_explicit(&worker->asleep_also, (uintptr_t)mutex, memory_order_relaxed); /* once woken; looked at only when it is asleep */
    pthread_cond_wait(&condition->condition, &mutex->mutex);
    worker_is_awake(worker);
    end_wait(worker, mutex, worker->registers[instr->a]);
    worker->at += 2; /* behind the sleep and the waking */
    return TOOK_NEXT;
}

/* The second step of a wait, or a spurious wake-up, which is both in one. */
static Took wake_up(Worker *worker, const Instr *instr)
{
    Rig *rig = worker->rig;
    ObjectId id = worker_mutex(worker, instr);
    RealObject *mutex = &rig->objects[id];
    if (instr->op == OP_CONDITION_SLEEP && !rig->program->spurious)
        return TOOK_BLOCKED;
    Took alive = real_check_alive(worker, instr, id);
    if (alive != TOOK_NEXT)
        return alive;
    if (rig->mode == RIG_STEPWISE) {
        if (instr->op == OP_CONDITION_SLEEP && !rig->insists && rng_below(&worker->rng, 2) == 0)
            return TOOK_BLOCKED; /* not now */
        if (pthread_mutex_trylock(&mutex->mutex) != 0)
            return TOOK_BLOCKED;
    } /* GATED: pthread_cond_wait has taken it */
    end_wait(worker, mutex, worker->registers[instr->a]);
    worker->at += instr->op == OP_CONDITION_SLEEP ? 2 : 1;
    return TOOK_NEXT;
}

static Took notify(Worker *worker, const Instr *instr, ObjectId id, RealObject *object)
{
    Rig *rig = worker->rig;
    if (rig->mode == RIG_FREE) {
        if (instr->op == OP_SIGNAL)
            pthread_cond_signal(&object->condition);
        else
            pthread_cond_broadcast(&object->condition);
        worker->at++;
        return TOOK_NEXT;
    }
    const LoggedAccess *script = worker_script(worker, instr);
    uint32_t waiters = 0;
    for (ThreadId t = 0; t < rig->program->thread_count; t++)
        waiters += t != worker->id && rig_stands_at(rig, &rig->workers[t], OP_CONDITION_SLEEP, id);
    uint32_t pick = waiters > 0 && script == NULL ? (uint32_t)rng_below(&worker->rng, waiters) : 0;
    for (ThreadId t = 0; t < rig->program->thread_count; t++) {
        Worker *other = &rig->workers[t];
        if (t == worker->id || !rig_stands_at(rig, other, OP_CONDITION_SLEEP, id))
            continue;
        if (instr->op == OP_SIGNAL && (script != NULL ? script->partner != t : pick-- > 0))
            continue;
        other->at++; /* from its sleep to the taking of the mutex */
        if (instr->op == OP_SIGNAL)
            break;
    }
    worker->at++;
    return TOOK_NEXT;
}

static Took arrive(Worker *worker, ObjectId id, RealObject *object)
{
    Rig *rig = worker->rig;
    int64_t arrived = 1;
    if (rig->mode == RIG_FREE) {
        worker_may_sleep(worker, object, sizeof *object);
        pthread_barrier_wait(&object->barrier);
        worker_is_awake(worker);
        worker->at += 2;
        return TOOK_NEXT;
    }
    for (ThreadId t = 0; t < rig->program->thread_count; t++)
        arrived += t != worker->id && rig_stands_at(rig, &rig->workers[t], OP_BARRIER_WAIT, id);
    if (arrived < rig->program->objects[id].symbol->parties) {
        worker->at++;
        return TOOK_NEXT; /* GATED: the real call comes once the turn was passed on */
    }
    if (rig->mode == RIG_GATED)
        pthread_barrier_wait(&object->barrier);
    worker->at += 2;
    for (ThreadId t = 0; t < rig->program->thread_count && !rig->stop.is_stopped; t++) {
        Worker *other = &rig->workers[t];
        if (t == worker->id || !rig_stands_at(rig, other, OP_BARRIER_WAIT, id))
            continue;
        other->at++;
        other->region = 0;
        rig->turns.let_go(rig->turns.context, worker, other);
    }
    return rig->stop.is_stopped ? TOOK_STOPPED : TOOK_NEXT;
}

Took real_condition(Worker *worker, const Instr *instr, bool waits)
{
    ObjectId id = worker_object(worker, instr);
    RealObject *object = &worker->rig->objects[id];
    (void)waits;
    /* Who was woken needs the mutex only: the condition may be gone by then. */
    bool touches = instr->op != OP_CONDITION_SLEEP && instr->op != OP_CONDITION_WAKE;
    Took alive = touches ? real_check_alive(worker, instr, id) : TOOK_NEXT;
    if (alive != TOOK_NEXT)
        return alive;
    switch (instr->op) {
    case OP_CONDITION_WAIT: return worker->rig->mode == RIG_FREE ? wait_free(worker, instr, object) : start_wait(worker, instr);
    case OP_CONDITION_SLEEP: case OP_CONDITION_WAKE: return wake_up(worker, instr);
    case OP_SIGNAL: case OP_BROADCAST: return notify(worker, instr, id, object);
    case OP_BARRIER_ARRIVE: return arrive(worker, id, object);
    default: return TOOK_BLOCKED; /* OP_BARRIER_WAIT: left by the last arrival only */
    }
}
