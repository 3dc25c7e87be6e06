/* real_threads.c: spawn and join. Several threads may join one, so a thread's end is a monitor of its own, not pthread_join. */
#include <string.h>

#include "pthreads/rig.h"

Took real_once(Worker *worker, const Instr *instr, bool waits);

/* The variables of a process get the values that they have for whoever forks it. */
static void copy_variables(Rig *rig, const Worker *from, const Worker *to)
{
    const Program *program = rig->program;
    ObjectId own = to->code->own_variables, source = from->code->is_process ? from->code->own_variables : 0;
    for (; own < program->variable_count && program->objects[own].owner == to->id; own++, source++) {
        while (program->objects[source].symbol != program->objects[own].symbol)
            source++; /* mapped ones lie in between */
        atomic_store(&rig->objects[own].value, atomic_load(&rig->objects[source].value));
    }
}

static Took spawn(Worker *worker, const Instr *instr)
{
    Rig *rig = worker->rig;
    const Function *function = &rig->program->functions[instr->b];
    Worker *child = NULL;
    if (instr->e == SPAWN_SUBMIT && atomic_load(&rig->objects[rig->program->domains[function->domain].object].value) != 0)
        return worker_stop(worker, instr, FINDING_MISUSE, false, "submit after shutdown");
    pthread_mutex_lock(&rig->births);
    for (uint32_t i = 0; i < function->slot_count && child == NULL; i++)
        if (atomic_load(&rig->workers[function->first_slot + i].life) == LIFE_UNBORN)
            child = &rig->workers[function->first_slot + i];
    if (child != NULL) {
        child->handle = ++rig->handles;
        for (Operand k = 0; k < instr->d; k++)
            child->registers[k] = worker_value(worker, rig->program->lists[instr->c + k]);
        atomic_store(&child->life, LIFE_ALIVE);
        if (instr->a != NO_OPERAND)
            worker->registers[instr->a] = child->handle;
    }
    pthread_mutex_unlock(&rig->births);
    if (child == NULL) {
        rig_fail(rig, "more threads are spawned than in any simulated execution");
        return TOOK_QUIT;
    }
    child->inherits = instr->e == SPAWN_FORK;
    if (child->inherits && rig->shared == NULL) /* fork() does it */
        copy_variables(rig, worker, child);
    worker->at++;
    if (!rig->turns.born(rig->turns.context, worker, child))
        return TOOK_QUIT;
    return rig->mode != RIG_FREE && rig->stop.is_stopped ? TOOK_STOPPED : TOOK_NEXT;
}

static Worker *worker_of_handle(Rig *rig, int64_t handle)
{
    Worker *found = NULL;
    pthread_mutex_lock(&rig->births);
    for (ThreadId t = rig->program->declared_count; t < rig->program->thread_count && handle > 0 && found == NULL; t++)
        if (atomic_load(&rig->workers[t].life) != LIFE_UNBORN && rig->workers[t].handle == handle)
            found = &rig->workers[t];
    pthread_mutex_unlock(&rig->births);
    return found;
}

static bool wait_for_end(Worker *worker, Worker *other, bool waits)
{
    RealCounter *end = &other->end;
    if (waits)
        worker_may_sleep(worker, end, sizeof *end);
    pthread_mutex_lock(&end->mutex);
    while (waits && end->value == 0)
        pthread_cond_wait(&end->changed, &end->mutex);
    bool is_ended = end->value != 0;
    pthread_mutex_unlock(&end->mutex);
    worker_is_awake(worker);
    return is_ended;
}

static Took join_declared(Worker *worker, const Instr *instr, bool waits)
{
    Worker *workers = worker->rig->workers;
    ThreadId first = (ThreadId)instr->b, last = first + (ThreadId)instr->c - 1;
    if (instr->d != NO_OPERAND)
        first = last = first + (ThreadId)worker_value(worker, instr->d);
    if (worker->id >= first && worker->id <= last)
        return worker_stop(worker, instr, FINDING_MISUSE, false, "a thread joins itself");
    for (ThreadId t = first; t <= last; t++)
        if (!wait_for_end(worker, &workers[t], waits))
            return TOOK_BLOCKED;
    worker->at++;
    return TOOK_NEXT;
}

static Took join_handle(Worker *worker, const Instr *instr, bool waits)
{
    Worker *other = worker_of_handle(worker->rig, worker_value(worker, instr->a));
    if (other == NULL)
        return worker_stop(worker, instr, FINDING_MISUSE, false, "join of something that is no thread");
    if (other == worker)
        return worker_stop(worker, instr, FINDING_MISUSE, false, "a thread joins itself");
    if (worker->rig->mode != RIG_FREE && other->is_joined)
        return worker_stop(worker, instr, FINDING_MISUSE, false, "a thread is joined twice");
    if (!wait_for_end(worker, other, waits))
        return TOOK_BLOCKED;
    if (worker->rig->mode != RIG_FREE)
        other->is_joined = true;
    worker->at++;
    return TOOK_NEXT;
}

/* A misuse counts as open: doing it shows it. */
bool real_join_is_open(const Worker *worker, const Instr *instr)
{
    Rig *rig = worker->rig;
    if (instr->op == OP_JOIN_HANDLE) {
        const Worker *other = worker_of_handle(rig, worker_value(worker, instr->a));
        return other == NULL || other == worker || other->is_joined || other->end.value != 0;
    }
    ThreadId first = (ThreadId)instr->b, last = first + (ThreadId)instr->c - 1;
    if (instr->d != NO_OPERAND)
        first = last = first + (ThreadId)worker_value(worker, instr->d);
    bool is_open = true;
    for (ThreadId t = first; t <= last; t++)
        is_open &= rig->workers[t].end.value != 0;
    return is_open || (worker->id >= first && worker->id <= last);
}

Took real_thread(Worker *worker, const Instr *instr, bool waits)
{
    switch (instr->op) {
    case OP_SPAWN: return spawn(worker, instr);
    case OP_JOIN: return join_declared(worker, instr, waits);
    case OP_JOIN_HANDLE: return join_handle(worker, instr, waits);
    default: return real_once(worker, instr, waits); /* ONCE_LEAVE ends the body that pthread_once runs: worker.c */
    }
}
