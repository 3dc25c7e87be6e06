/* real_counters.c: sem_t, events, waitgroups, and `destroy` of any object. */
#include <errno.h>
#include <limits.h>

#include "pthreads/rig.h"

static bool acquire(Worker *worker, RealObject *object, bool waits)
{
    if (!waits)
        return sem_trywait(&object->semaphore) == 0;
    worker_may_sleep(worker, object, sizeof *object);
    int error;
    do
        error = sem_wait(&object->semaphore);
    while (error != 0 && errno == EINTR);
    worker_is_awake(worker);
    return error == 0;
}

static Took release(Worker *worker, const Instr *instr, ObjectId id, RealObject *object)
{
    int64_t n = worker_value(worker, instr->a), maximum = worker->rig->program->objects[id].symbol->maximum, after;
    int before = 0;
    sem_getvalue(&object->semaphore, &before);
    if (n < 0)
        return worker_stop(worker, instr, FINDING_MISUSE, false, "released by a negative number");
    if (__builtin_add_overflow((int64_t)before, n, &after) || (maximum >= 0 && after > maximum))
        return worker_stop(worker, instr, FINDING_MISUSE, false, "released above its maximum");
    if (after > INT_MAX) {
        rig_fail(worker->rig, "%s: a sem_t holds at most %d", worker->rig->program->objects[id].name, INT_MAX);
        return TOOK_QUIT;
    }
    for (; n > 0; n--)
        sem_post(&object->semaphore);
    return TOOK_NEXT;
}

/* Waits until the counter is 0, for an event until it is not. */
static bool wait_counter(Worker *worker, RealObject *object, bool is_event, bool waits)
{
    RealCounter *counter = &object->counter;
    if (waits)
        worker_may_sleep(worker, object, sizeof *object);
    pthread_mutex_lock(&counter->mutex);
    while (waits && (counter->value != 0) != is_event)
        pthread_cond_wait(&counter->changed, &counter->mutex);
    bool is_through = (counter->value != 0) == is_event;
    pthread_mutex_unlock(&counter->mutex);
    worker_is_awake(worker);
    return is_through;
}

static Took change_counter(Worker *worker, const Instr *instr, RealObject *object)
{
    RealCounter *counter = &object->counter;
    Took took = TOOK_NEXT;
    pthread_mutex_lock(&counter->mutex);
    int64_t after = instr->op == OP_EVENT_SET;
    if (instr->op == OP_WAITGROUP_ADD) {
        if (__builtin_add_overflow(counter->value, worker_value(worker, instr->a), &after))
            took = worker_stop(worker, instr, FINDING_MISUSE, false, "counted above the greatest integer");
        else if (after < 0)
            took = worker_stop(worker, instr, FINDING_MISUSE, false, "counted below zero");
    }
    if (took == TOOK_NEXT) {
        counter->value = after;
        pthread_cond_broadcast(&counter->changed);
    }
    pthread_mutex_unlock(&counter->mutex);
    return took;
}

/* --------------------------------------------------------------- destroy */

bool real_is_open(const Worker *worker, const Instr *instr)
{
    const Rig *rig = worker->rig;
    if (instr->op == OP_JOIN || instr->op == OP_JOIN_HANDLE)
        return real_join_is_open(worker, instr);
    bool is_wait = instr->op == OP_CONDITION_SLEEP || instr->op == OP_CONDITION_WAKE;
    RealObject *object = &rig->objects[is_wait ? worker_mutex(worker, instr) : worker_object(worker, instr)];
    int64_t value = atomic_load(&object->value), me = (int64_t)worker->id + 1;
    if (instr->op == OP_BARRIER_WAIT || (instr->op == OP_CONDITION_SLEEP && !rig->program->spurious))
        return false;
    if (atomic_load(&object->is_destroyed))
        return true;
    switch (instr->op) {
    case OP_LOCK: return value == 0 || (value == me && rig->program->objects[worker_object(worker, instr)].symbol->is_recursive);
    case OP_RDLOCK: return value == 0 && atomic_load(&object->announced) == 0;
    case OP_WRLOCK:
        for (ThreadId t = 0; t < rig->program->thread_count; t++)
            if (object->reads[t] > 0)
                return false;
        return value == 0;
    case OP_ACQUIRE: {
        int count = 0;
        sem_getvalue(&object->semaphore, &count);
        return count > 0;
    }
    case OP_EVENT_WAIT: return object->counter.value != 0;
    case OP_WAITGROUP_WAIT: return object->counter.value == 0;
    case OP_CONDITION_SLEEP: case OP_CONDITION_WAKE: return value == 0;
    case OP_PUT: case OP_GET: {
        const RealQueue *queue = &object->queue;
        if (queue->closed)
            return true;
        if (queue->capacity == 0)
            return instr->op == OP_PUT && real_partners(worker, instr, instr->flags & INSTR_TRY, NO_ID, NULL, NULL) > 0;
        return instr->op == OP_PUT ? real_has_room(queue) : queue->length > 0;
    }
    case OP_PUBLISH: {
        bool has_room = true;
        for (Operand k = 0; k < instr->d; k++)
            has_room &= real_has_room(&object[k].queue);
        return has_room;
    }
    case OP_ONCE_ENTER: return value < 2;
    default: return true;
    }
}

static bool select_waits_at(Worker *worker, const Instr *select, ObjectId object)
{
    const Program *program = worker->rig->program;
    bool waits = false;
    for (Operand k = 0; k < select->a; k++) {
        const Instr *arm = &program->code[program->lists[select->b + k]];
        bool has_object = program_op_flags[arm->op] & OPF_OBJECT;
        bool is_open = !(program_op_flags[arm->op] & OPF_BLOCKS) ||
                       (arm->op == OP_AWAIT ? worker_guard_holds(worker, arm) : real_is_open(worker, arm));
        if (is_open)
            return false;
        waits |= has_object && worker_object(worker, arm) == object;
    }
    return waits && select->c == NO_OPERAND;
}

/* Whether a thread is blocked at the object, or asleep on it. */
static bool waits_at(Worker *worker, ObjectId object)
{
    const Program *program = worker->rig->program;
    if (atomic_load(&worker->life) != LIFE_ALIVE)
        return false;
    const Instr *instr = worker_instr(worker);
    if (instr->op == OP_REGION)
        instr = program->code + program_region_first(program, worker->at);
    if (instr->op == OP_SELECT)
        return select_waits_at(worker, instr, object);
    uint32_t flags = program_op_flags[instr->op];
    if (!(flags & OPF_BLOCKS) || !(flags & OPF_OBJECT) || (instr->flags & INSTR_TRY))
        return false;
    if (instr->op == OP_CONDITION_SLEEP)
        return worker_object(worker, instr) == object;
    if (instr->op == OP_CONDITION_WAKE)
        return worker_mutex(worker, instr) == object && !real_is_open(worker, instr);
    return worker_object(worker, instr) == object && !real_is_open(worker, instr);
}

static Took destroy(Worker *worker, const Instr *instr, ObjectId id, RealObject *object)
{
    const Rig *rig = worker->rig;
    int64_t value = atomic_load(&object->value);
    bool is_lock = object->kind == SYMBOL_MUTEX || object->kind == SYMBOL_RWLOCK;
    bool is_owned = (is_lock && value != 0) || (object->kind == SYMBOL_ONCE && value > 1);
    for (ThreadId t = 0; rig->mode != RIG_FREE && t < rig->program->thread_count; t++) {
        is_owned |= object->kind == SYMBOL_RWLOCK && object->reads[t] > 0;
        if (!is_owned && t != worker->id && waits_at(&rig->workers[t], id))
            return worker_stop(worker, instr, FINDING_MISUSE, false, "destroyed while a thread waits for it");
    }
    if (is_owned)
        return worker_stop(worker, instr, FINDING_MISUSE, false, "destroyed while it is owned");
    atomic_store(&object->is_destroyed, true); /* the real one goes at the end: what uses it later is a misuse, not undefined */
    return TOOK_NEXT;
}

Took real_counter(Worker *worker, const Instr *instr, bool waits)
{
    ObjectId id = worker_object(worker, instr);
    RealObject *object = &worker->rig->objects[id];
    Took took = real_check_alive(worker, instr, id);
    if (took != TOOK_NEXT)
        return took;
    switch (instr->op) {
    case OP_ACQUIRE: took = acquire(worker, object, waits) ? TOOK_NEXT : TOOK_BLOCKED; break;
    case OP_RELEASE: took = release(worker, instr, id, object); break;
    case OP_EVENT_WAIT: took = wait_counter(worker, object, true, waits) ? TOOK_NEXT : TOOK_BLOCKED; break;
    case OP_WAITGROUP_WAIT: took = wait_counter(worker, object, false, waits) ? TOOK_NEXT : TOOK_BLOCKED; break;
    case OP_DESTROY: took = destroy(worker, instr, id, object); break;
    default: took = change_counter(worker, instr, object); break;
    }
    if (took == TOOK_NEXT)
        worker->at++;
    return took;
}
