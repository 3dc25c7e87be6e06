/* real_faults.c: what a link does to messages: lost, doubled, overtaken, acknowledged. The schedule says what happens; without one it is by lot. The
 * queues are those of real_queues.c, whose mutex is held here. */
#include "pthreads/rig.h"

bool real_has_room(const RealQueue *queue)
{
    return queue->length + queue->held_count < queue->capacity;
}

uint32_t real_copies(Worker *worker, const Instr *instr, ObjectId id)
{
    const Symbol *symbol = worker->rig->program->objects[id].symbol;
    const RealQueue *queue = &worker->rig->objects[id].queue;
    const LoggedAccess *script = worker_script(worker, instr);
    bool may_be_lost = symbol->is_lossy && !symbol->is_acknowledged;
    bool may_be_doubled = symbol->is_duplicating && queue->length + queue->held_count + 1 < queue->capacity;
    uint32_t choices = 1 + (uint32_t)may_be_lost + (uint32_t)may_be_doubled;
    if (choices == 1)
        return 1;
    if (script != NULL)
        return script->copies;
    uint64_t choice = rng_below(&worker->rng, choices);
    return choice == 0 ? 1 : choice == 1 && may_be_lost ? 0 : 2;
}

int64_t real_take(Worker *worker, const Instr *instr, ObjectId id, bool *mark)
{
    RealQueue *queue = &worker->rig->objects[id].queue;
    int64_t place = 0;
    if (worker->rig->program->objects[id].symbol->is_reordering) {
        const LoggedAccess *script = worker_script(worker, instr);
        place = script != NULL ? script->place : (int64_t)rng_below(&worker->rng, (uint64_t)queue->length);
    }
    if (place >= queue->length) /* the real queue is shorter than the simulated one, which the comparison tells */
        place = queue->length - 1;
    int64_t at = (queue->first + place) % queue->room, item = queue->items[at];
    *mark = queue->marks != NULL && queue->marks[at];
    for (; place > 0; place--) { /* those ahead of it move up */
        int64_t before = (queue->first + place - 1) % queue->room;
        queue->items[at] = queue->items[before];
        if (queue->marks != NULL)
            queue->marks[at] = queue->marks[before];
        at = before;
    }
    queue->first = (queue->first + 1) % queue->room;
    queue->length--;
    return item;
}

/* The message that the thread holds goes to the end of the queue. */
static bool give_back(Rig *rig, RealQueue *queue, ThreadId thread, bool mark)
{
    queue->held[thread] = HOLDS_NONE;
    queue->held_count--;
    if (real_append(rig, queue, queue->held_items[thread], mark))
        return true;
    rig_fail(rig, "out of memory");
    return false;
}

bool real_hold(Worker *worker, RealQueue *queue, int64_t item, bool mark)
{
    ThreadId me = worker->id;
    if (queue->held[me] != HOLDS_NONE && !give_back(worker->rig, queue, me, queue->held[me] == HOLDS_MARKED))
        return false;
    queue->held[me] = mark ? HOLDS_MARKED : HOLDS;
    queue->held_items[me] = item;
    queue->held_count++;
    return true;
}

Took real_ack(Worker *worker, const Instr *instr, ObjectId id)
{
    Rig *rig = worker->rig;
    RealQueue *queue = &rig->objects[id].queue;
    const LoggedAccess *script = worker_script(worker, instr);
    Took took = TOOK_NEXT;
    pthread_mutex_lock(&queue->mutex);
    Holding held = queue->held[worker->id];
    bool may_be_lost = held == HOLDS && rig->program->objects[id].symbol->is_lossy;
    bool is_lost = may_be_lost && (script != NULL ? script->failed : rng_below(&worker->rng, 2) == 1);
    if (held == HOLDS_NONE) {
        took = worker_stop(worker, instr, FINDING_MISUSE, false, "acknowledged without a message");
    } else if (is_lost) {
        took = give_back(rig, queue, worker->id, true) ? TOOK_NEXT : TOOK_QUIT;
    } else {
        queue->held[worker->id] = HOLDS_NONE;
        queue->held_count--;
        pthread_cond_signal(&queue->not_full);
    }
    pthread_mutex_unlock(&queue->mutex);
    return took;
}

bool real_return_held(Worker *worker)
{
    Rig *rig = worker->rig;
    bool is_done = true;
    for (ObjectId o = rig->program->variable_count; o < rig->program->object_count && is_done; o++) {
        RealQueue *queue = &rig->objects[o].queue;
        if (rig->objects[o].kind != SYMBOL_QUEUE || queue->held == NULL)
            continue;
        pthread_mutex_lock(&queue->mutex);
        if (queue->held[worker->id] != HOLDS_NONE)
            is_done = give_back(rig, queue, worker->id, queue->held[worker->id] == HOLDS_MARKED);
        pthread_mutex_unlock(&queue->mutex);
    }
    return is_done;
}
