/* real_queues.c: bounded queues, monitors of a mutex and two conditions; rendezvous, two semaphores; select. */
#include "pthreads/rig.h"

/* ------------------------------------------------------------- rendezvous */

/* The fitting operation that `other` stands at, number `*skip` of them; NULL when there are fewer. */
static const Instr *standing_at(const Worker *other, Opcode op, ObjectId object, bool tries, uint32_t *skip)
{
    const Program *program = other->rig->program;
    const Instr *instr = worker_instr(other);
    if (instr->op == OP_REGION && instr->a == 0)
        instr++; /* a statement whose first access is the operation */
    if (instr->op == OP_SELECT) {
        for (Operand k = 0; k < instr->a; k++) {
            const Instr *arm = &program->code[program->lists[instr->b + k]];
            if (arm->op == op && worker_object(other, arm) == object && (*skip)-- == 0)
                return arm;
        }
        return NULL;
    }
    bool fits = instr->op == op && worker_object(other, instr) == object && !(tries && (instr->flags & INSTR_TRY));
    return fits && (*skip)-- == 0 ? instr : NULL;
}

uint32_t real_partners(const Worker *worker, const Instr *instr, bool tries, uint32_t wanted, Worker **partner, const Instr **operation)
{
    const Rig *rig = worker->rig;
    ObjectId object = worker_object(worker, instr);
    Opcode op = instr->op == OP_PUT ? OP_GET : OP_PUT;
    uint32_t count = 0;
    for (ThreadId t = 0; t < rig->program->thread_count; t++) {
        Worker *other = &rig->workers[t];
        if (t == worker->id || atomic_load(&other->life) != LIFE_ALIVE)
            continue;
        for (uint32_t k = 0;; k++) {
            uint32_t skip = k;
            const Instr *found = standing_at(other, op, object, tries, &skip);
            if (found == NULL)
                break;
            if (count++ == wanted) {
                *partner = other;
                *operation = found;
                return count;
            }
        }
    }
    return count;
}

/* Which partner: as simulated, or by lot. False: none is there. */
static bool find_partner(Worker *worker, const Instr *put, Worker **partner, const Instr **get)
{
    bool tries = put->flags & INSTR_TRY;
    uint32_t count = real_partners(worker, put, tries, NO_ID, NULL, NULL);
    if (count == 0)
        return false;
    const LoggedAccess *script = worker_script(worker, put);
    if (script == NULL)
        return real_partners(worker, put, tries, (uint32_t)rng_below(&worker->rng, count), partner, get) > 0;
    for (uint32_t k = 0; k < count; k++) {
        real_partners(worker, put, tries, k, partner, get);
        bool is_next = worker->script_at < worker->script_count; /* the receiver's entry follows the sender's */
        if (is_next && (*partner)->id == script->partner && worker->script[worker->script_at].instr == (uint32_t)(*get - worker->rig->program->code))
            return true;
    }
    return false;
}

void worker_receive(Worker *worker, const Instr *get, int64_t item)
{
    const Instr *stands = worker_instr(worker);
    worker->region = stands->op == OP_REGION ? stands->b : 0; /* the rest of the statement belongs to the step */
    if (get->a != NO_OPERAND)
        worker->registers[get->a] = item;
    if (get->d != NO_OPERAND)
        worker->registers[get->d] = 1;
    if (get->result != NO_OPERAND)
        worker->registers[get->result] = 1;
    worker->at = (uint32_t)(get - worker->rig->program->code) + 1;
}

/* The joint step, under the sender's name. */
static Took meet(Worker *worker, const Instr *put, RealQueue *queue)
{
    Rig *rig = worker->rig;
    Worker *partner;
    const Instr *get;
    if (!find_partner(worker, put, &partner, &get))
        return TOOK_BLOCKED;
    int64_t item = worker_value(worker, put->a);
    worker->at = (uint32_t)(put - rig->program->code) + 1;
    if (rig->mode == RIG_GATED) {
        queue->slot = item;
        partner->role = ROLE_RECEIVE;
        partner->arm = get;
        sem_post(&queue->full);
    } else {
        worker_receive(partner, get, item);
    }
    rig->turns.let_go(rig->turns.context, worker, partner);
    if (rig->mode == RIG_GATED)
        while (sem_wait(&queue->taken) != 0)
            continue;
    return rig->stop.is_stopped ? TOOK_STOPPED : TOOK_NEXT;
}

/* ----------------------------------------------------------------- queues */

static Took put(Worker *worker, const Instr *instr, ObjectId id, RealObject *object, bool waits)
{
    RealQueue *queue = &object->queue;
    Took took = TOOK_NEXT;
    if (queue->capacity == 0 && !queue->closed)
        return meet(worker, instr, queue);
    if (waits)
        worker_may_sleep(worker, object, sizeof *object);
    pthread_mutex_lock(&queue->mutex);
    while (waits && !real_has_room(queue) && !queue->closed)
        pthread_cond_wait(&queue->not_full, &queue->mutex);
    if (queue->closed) {
        took = worker_stop(worker, instr, FINDING_MISUSE, false, "put into a closed queue");
    } else if (!real_has_room(queue)) {
        took = TOOK_BLOCKED;
    } else {
        for (uint32_t copies = real_copies(worker, instr, id); copies > 0 && took == TOOK_NEXT; copies--)
            took = real_append(worker->rig, queue, worker_value(worker, instr->a), false) ? TOOK_NEXT : TOOK_QUIT;
        if (took == TOOK_NEXT)
            worker->at++;
        else
            rig_fail(worker->rig, "out of memory");
    }
    pthread_mutex_unlock(&queue->mutex);
    worker_is_awake(worker);
    return took;
}

static Took get(Worker *worker, const Instr *instr, ObjectId id, RealObject *object, bool waits)
{
    RealQueue *queue = &object->queue;
    if (queue->capacity == 0 && !queue->closed)
        return TOOK_BLOCKED; /* the sender's joint step does it */
    if (waits)
        worker_may_sleep(worker, object, sizeof *object);
    pthread_mutex_lock(&queue->mutex);
    while (waits && queue->length == 0 && !queue->closed)
        pthread_cond_wait(&queue->not_empty, &queue->mutex);
    bool is_through = queue->length > 0 || queue->closed;
    bool mark, is_kept = true;
    int64_t item = 0, ok = queue->length > 0;
    if (ok) {
        item = real_take(worker, instr, id, &mark);
        is_kept = queue->held == NULL || real_hold(worker, queue, item, mark);
        pthread_cond_signal(&queue->not_full);
    }
    pthread_mutex_unlock(&queue->mutex);
    worker_is_awake(worker);
    if (!is_through || !is_kept)
        return is_kept ? TOOK_BLOCKED : TOOK_QUIT;
    if (instr->a != NO_OPERAND)
        worker->registers[instr->a] = item;
    if (instr->d != NO_OPERAND)
        worker->registers[instr->d] = ok;
    worker->at++;
    return TOOK_NEXT;
}

Took real_queue(Worker *worker, const Instr *instr, bool waits)
{
    ObjectId id = worker_object(worker, instr);
    RealObject *object = &worker->rig->objects[id];
    RealQueue *queue = &object->queue;
    Took took = real_check_alive(worker, instr, id);
    if (took != TOOK_NEXT)
        return took;
    if (instr->op == OP_PUT)
        return put(worker, instr, id, object, waits);
    if (instr->op == OP_GET)
        return get(worker, instr, id, object, waits);
    pthread_mutex_lock(&queue->mutex);
    if (instr->op == OP_LENGTH) {
        worker->registers[instr->a] = queue->length;
    } else if (instr->op == OP_CLOSED) {
        worker->registers[instr->a] = queue->closed;
    } else if (queue->closed) {
        took = worker_stop(worker, instr, FINDING_MISUSE, false, "closed twice");
    } else {
        queue->closed = true;
        pthread_cond_broadcast(&queue->not_empty);
        pthread_cond_broadcast(&queue->not_full);
    }
    pthread_mutex_unlock(&queue->mutex);
    if (took == TOOK_NEXT)
        worker->at++;
    return took;
}

/* ----------------------------------------------------------------- select */

/* How many results an arm has now. */
static uint32_t arm_options(Worker *worker, const Instr *arm)
{
    const Program *program = worker->rig->program;
    bool is_rendezvous = arm->op == OP_PUT && program->objects[arm->b].symbol->capacity == 0;
    if (is_rendezvous && !worker->rig->objects[worker_object(worker, arm)].queue.closed)
        return real_partners(worker, arm, false, NO_ID, NULL, NULL);
    if (!(program_op_flags[arm->op] & OPF_BLOCKS))
        return 1;
    return arm->op == OP_AWAIT ? worker_guard_holds(worker, arm) : real_is_open(worker, arm);
}

enum { ARM_ELSE = -1, ARM_UNKNOWN = -2 };

/* The arm that the simulation took: told by what it logged; where that is nothing (an await without reads, an error), by the number of the choice.
 * `next` is where in the script a later select of the same step has to begin: behind all of this one's, which for a guard are its loads, in
 * the order of their addresses. */
static Operand scripted_arm(Worker *worker, const Instr *select, uint32_t *next)
{
    *next = worker->script_at;
    const Program *program = worker->rig->program;
    const Operand *arms = &program->lists[select->b];
    for (uint32_t i = worker->script_at; i < worker->script_count; i++) {
        uint32_t at = worker->script[i].instr;
        if (worker->script[i].thread != worker->id)
            continue;
        *next = i + 1;
        if (at == (uint32_t)(select - program->code))
            return ARM_ELSE;
        for (Operand k = 0; k < select->a; k++) {
            const Instr *arm = &program->code[arms[k]];
            if (at == (uint32_t)arms[k])
                return k;
            if (arm->op != OP_AWAIT || at < (uint32_t)arms[k] || at >= (uint32_t)arm->b)
                continue;
            for (uint32_t last = at; *next < worker->script_count; ++*next) {
                const LoggedAccess *load = &worker->script[*next];
                if (load->thread != worker->id || load->instr <= last || load->instr >= (uint32_t)arm->b)
                    break;
                last = load->instr;
            }
            return k;
        }
    }
    *next = worker->script_at;
    uint32_t pick = worker->choice - 1;
    for (Operand k = 0; k < select->a; k++) {
        uint32_t options = arm_options(worker, &program->code[arms[k]]);
        if (pick < options)
            return k;
        pick -= options;
    }
    return ARM_UNKNOWN;
}

Took real_select(Worker *worker, const Instr *select)
{
    const Program *program = worker->rig->program;
    uint32_t address = worker->at;
    uint32_t next = 0;
    Operand scripted = worker->script == NULL ? ARM_UNKNOWN : scripted_arm(worker, select, &next);
    Operand start = worker->script == NULL ? (Operand)rng_below(&worker->rng, (uint64_t)select->a) : 0;
    for (Operand k = 0; k < select->a; k++) {
        Operand number = (start + k) % select->a;
        uint32_t at = (uint32_t)program->lists[select->b + number];
        if (scripted >= 0 && number != scripted)
            continue;
        worker->at = at;
        Took took = real_operation(worker, &program->code[at], false);
        if (took == TOOK_BLOCKED)
            continue;
        worker->script_at = next > worker->script_at ? next : worker->script_at;
        return took;
    }
    worker->at = address;
    if (select->c == NO_OPERAND || scripted >= 0)
        return TOOK_BLOCKED;
    for (Operand k = 0; k < select->a; k++) { /* a sender that waits for us takes its step first */
        const Instr *arm = &program->code[program->lists[select->b + k]];
        if (arm->op == OP_GET && program->objects[arm->b].symbol->capacity == 0 && real_partners(worker, arm, false, NO_ID, NULL, NULL) > 0)
            return TOOK_BLOCKED;
    }
    worker->script_at = next > worker->script_at ? next : worker->script_at;
    worker->at = (uint32_t)select->c;
    return TOOK_NEXT;
}
