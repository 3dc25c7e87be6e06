/* real_messages.c: mailboxes, which grow, and topics, whose message goes into the queue of every subscriber in one step; on the queues of real_queues.c. */
#include <string.h>

#include "pthreads/rig.h"

/* A ring without end: twice as large, the oldest first. */
static bool grow(Rig *rig, RealQueue *queue)
{
    int64_t room = queue->room == 0 ? 8 : queue->room * 2;
    int64_t *larger = shared_alloc(rig->shared, (size_t)room, sizeof *larger);
    bool *marks = queue->marks == NULL ? NULL : shared_alloc(rig->shared, (size_t)room, sizeof *marks);
    if (larger == NULL || (marks == NULL && queue->marks != NULL)) {
        shared_free(rig->shared, larger);
        shared_free(rig->shared, marks);
        return false;
    }
    for (int64_t k = 0; k < queue->length; k++) {
        larger[k] = queue->items[(queue->first + k) % queue->room];
        if (marks != NULL)
            marks[k] = queue->marks[(queue->first + k) % queue->room];
    }
    shared_free(rig->shared, queue->items);
    shared_free(rig->shared, queue->marks);
    queue->items = larger;
    queue->marks = marks;
    queue->room = room;
    queue->first = 0;
    return true;
}

bool real_append(Rig *rig, RealQueue *queue, int64_t item, bool mark)
{
    if (queue->length == queue->room && !grow(rig, queue))
        return false;
    int64_t at = (queue->first + queue->length++) % queue->room;
    queue->items[at] = item;
    if (queue->marks != NULL)
        queue->marks[at] = mark;
    pthread_cond_signal(&queue->not_empty);
    return true;
}

/* Its mutex held; false: no memory, and told. */
static bool append(Worker *worker, RealQueue *queue, int64_t item)
{
    bool is_done = real_append(worker->rig, queue, item, false);
    if (!is_done)
        rig_fail(worker->rig, "out of memory");
    return is_done;
}

static Took send(Worker *worker, const Instr *instr, ObjectId id)
{
    Rig *rig = worker->rig;
    RealQueue *queue = &rig->objects[id].queue;
    const Worker *receiver = &rig->workers[rig->program->objects[id].owner];
    if (atomic_load(&receiver->life) == LIFE_ENDED)
        return worker_stop(worker, instr, FINDING_MISUSE, false, "sent to an actor that has ended");
    pthread_mutex_lock(&queue->mutex);
    bool is_done = append(worker, queue, worker_value(worker, instr->a));
    pthread_mutex_unlock(&queue->mutex);
    return is_done ? TOOK_NEXT : TOOK_QUIT;
}

/* All queues of the topic are locked, in their order, so that it is one step for whoever gets from them. */
static Took publish(Worker *worker, const Instr *instr, ObjectId first)
{
    RealObject *objects = &worker->rig->objects[first];
    Took took = TOOK_NEXT;
    for (Operand k = 0; k < instr->d; k++)
        pthread_mutex_lock(&objects[k].queue.mutex);
    for (Operand k = 0; k < instr->d && took == TOOK_NEXT; k++)
        if (objects[k].queue.closed)
            took = worker_stop(worker, instr, FINDING_MISUSE, false, instr->op == OP_PUBLISH ? "published to a closed topic" : "closed twice");
    for (Operand k = 0; k < instr->d && took == TOOK_NEXT && instr->op == OP_PUBLISH; k++)
        if (!real_has_room(&objects[k].queue))
            took = TOOK_BLOCKED;
    for (Operand k = 0; k < instr->d && took == TOOK_NEXT; k++) {
        RealQueue *queue = &objects[k].queue;
        if (instr->op == OP_PUBLISH) {
            for (uint32_t copies = real_copies(worker, instr, first + (ObjectId)k); copies > 0 && took == TOOK_NEXT; copies--)
                took = append(worker, queue, worker_value(worker, instr->a)) ? TOOK_NEXT : TOOK_QUIT;
        } else {
            queue->closed = true;
            pthread_cond_broadcast(&queue->not_empty);
            pthread_cond_broadcast(&queue->not_full);
        }
    }
    for (Operand k = instr->d; k-- > 0;)
        pthread_mutex_unlock(&objects[k].queue.mutex);
    return took;
}

Took real_message(Worker *worker, const Instr *instr)
{
    ObjectId id = worker_object(worker, instr);
    Took took = real_check_alive(worker, instr, id);
    if (took == TOOK_NEXT)
        took = instr->op == OP_SEND ? send(worker, instr, id) : instr->op == OP_ACK ? real_ack(worker, instr, id) : publish(worker, instr, id);
    if (took == TOOK_NEXT)
        worker->at++;
    return took;
}
