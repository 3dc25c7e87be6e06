/* real_locks.c: pthread_mutex_t and pthread_rwlock_t. */
#include <errno.h>
#include <time.h>

#include "pthreads/rig.h"

enum { RETAKE_SECONDS = 10 };

Took real_check_alive(Worker *worker, const Instr *instr, ObjectId object)
{
    if (!atomic_load(&worker->rig->objects[object].is_destroyed))
        return TOOK_NEXT;
    return worker_stop(worker, instr, FINDING_MISUSE, false, "used after it was destroyed");
}

bool real_retake(RealObject *object)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += RETAKE_SECONDS;
    return pthread_mutex_timedlock(&object->mutex, &until) == 0;
}

static bool take_mutex(Worker *worker, RealObject *object, bool waits)
{
    if (waits) {
        worker_may_sleep(worker, object, sizeof *object);
        int error = pthread_mutex_lock(&object->mutex);
        worker_is_awake(worker);
        return error == 0;
    }
    if (pthread_mutex_trylock(&object->mutex) == 0)
        return true;
    /* Nobody owns it, and yet it is locked: its last owner waits on a condition, and is not asleep yet. */
    return worker->rig->mode == RIG_GATED && atomic_load(&object->value) == 0 && real_retake(object);
}

/* For the rest of the execution: the C library saw a deadlock of the thread with itself, and did not let it block. */
static void sleep_for_ever(Worker *worker)
{
    Rig *rig = worker->rig;
    worker_may_sleep(worker, &rig->bell, sizeof rig->bell);
    pthread_mutex_lock(&rig->steps);
    while (!atomic_load(&rig->is_over))
        pthread_cond_wait(&rig->bell, &rig->steps);
    pthread_mutex_unlock(&rig->steps);
    worker_is_awake(worker);
}

static bool take_rwlock(Worker *worker, const Instr *instr, RealObject *object, bool waits)
{
    bool writes = instr->op == OP_WRLOCK;
    if (!waits) {
        if (!writes && atomic_load(&object->announced) > 0)
            return false;
        return (writes ? pthread_rwlock_trywrlock(&object->rwlock) : pthread_rwlock_tryrdlock(&object->rwlock)) == 0;
    }
    worker_may_sleep(worker, object, sizeof *object);
    int error = writes ? pthread_rwlock_wrlock(&object->rwlock) : pthread_rwlock_rdlock(&object->rwlock);
    worker_is_awake(worker);
    if (error == EDEADLK)
        sleep_for_ever(worker);
    return error == 0;
}

Took real_lock(Worker *worker, const Instr *instr, bool waits)
{
    ObjectId id = worker_object(worker, instr);
    RealObject *object = &worker->rig->objects[id];
    Took alive = real_check_alive(worker, instr, id);
    if (alive != TOOK_NEXT)
        return alive;
    int64_t me = (int64_t)worker->id + 1, owner = atomic_load(&object->value);
    bool counts_announced = worker->rig->mode != RIG_FREE; /* there the real lock sees who waits */
    switch (instr->op) {
    case OP_LOCK: {
        bool again = owner == me && worker->rig->program->objects[id].symbol->is_recursive;
        if (!take_mutex(worker, object, waits || again))
            return TOOK_BLOCKED;
        object->depth++;
        atomic_store(&object->value, me);
        worker->owned++;
        break;
    }
    case OP_UNLOCK:
        if (owner != me)
            return worker_stop(worker, instr, FINDING_MISUSE, false, owner == 0 ? "unlocked while it is free" : "unlocked by a thread that does not own it");
        if (--object->depth == 0)
            atomic_store(&object->value, 0);
        worker->owned--;
        pthread_mutex_unlock(&object->mutex);
        break;
    case OP_WRLOCK_ANNOUNCE:
        if (counts_announced)
            atomic_fetch_add(&object->announced, 1);
        break;
    case OP_RDLOCK:
        if (!take_rwlock(worker, instr, object, waits))
            return TOOK_BLOCKED;
        object->reads[worker->id]++;
        worker->owned++;
        break;
    case OP_WRLOCK:
        if (!take_rwlock(worker, instr, object, waits))
            return TOOK_BLOCKED;
        if (instr->d == 1 && counts_announced)
            atomic_fetch_sub(&object->announced, 1);
        atomic_store(&object->value, me);
        worker->owned++;
        break;
    default: /* OP_RW_UNLOCK */
        if (owner == me)
            atomic_store(&object->value, 0);
        else if (object->reads[worker->id] > 0)
            object->reads[worker->id]--;
        else
            return worker_stop(worker, instr, FINDING_MISUSE, false, "unlocked by a thread that does not own it");
        worker->owned--;
        pthread_rwlock_unlock(&object->rwlock);
        break;
    }
    worker->at++;
    return TOOK_NEXT;
}

void worker_put_back(Worker *worker)
{
    Rig *rig = worker->rig;
    int64_t me = (int64_t)worker->id + 1;
    for (ObjectId o = 0; worker->owned > 0 && o < rig->program->object_count; o++) {
        RealObject *object = &rig->objects[o];
        bool owns = (object->kind == SYMBOL_MUTEX || object->kind == SYMBOL_RWLOCK) && atomic_load(&object->value) == me;
        for (; object->kind == SYMBOL_MUTEX && owns && object->depth > 0; object->depth--)
            pthread_mutex_unlock(&object->mutex);
        if (object->kind == SYMBOL_RWLOCK && owns)
            pthread_rwlock_unlock(&object->rwlock);
        for (; object->kind == SYMBOL_RWLOCK && object->reads[worker->id] > 0; object->reads[worker->id]--)
            pthread_rwlock_unlock(&object->rwlock);
        if (owns)
            atomic_store(&object->value, 0);
    }
    worker->owned = 0;
}
