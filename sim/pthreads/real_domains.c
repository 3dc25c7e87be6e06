/* real_domains.c: coroutines, fibres and the workers of pools, under a schedule only: real threads whose baton goes where the schedule says, so who has
 * control of the event loop, and who has a worker of a pool, is the schedule's to know. Here: waiting for what an instance returns. */
#include "pthreads/rig.h"

static Worker *awaited(const Worker *worker, Operand handle)
{
    Rig *rig = worker->rig;
    int64_t wanted = worker_value(worker, handle);
    for (ThreadId t = rig->program->declared_count; t < rig->program->thread_count; t++)
        if (wanted > 0 && atomic_load(&rig->workers[t].life) != LIFE_UNBORN && rig->workers[t].handle == wanted)
            return &rig->workers[t];
    return NULL;
}

static const char *misuse_of(const Worker *worker, const Instr *instr)
{
    bool is_one = instr->op == OP_AWAIT_HANDLE;
    for (Operand k = 0; k < (is_one ? 1 : instr->c); k++) {
        const Worker *other = awaited(worker, is_one ? instr->d : worker->rig->program->lists[instr->b + k]);
        if (other == NULL)
            return "await of something that is no task and no future";
        if (other == worker)
            return "a task awaits itself";
    }
    return NULL;
}

/* The one of the list that ended as number `number` of them, from 0; NULL: so many have not ended. */
static const Worker *completed(const Worker *worker, const Instr *instr, int64_t number)
{
    const Operand *handles = &worker->rig->program->lists[instr->b];
    for (Operand k = 0; k < instr->c; k++) {
        const Worker *other = awaited(worker, handles[k]);
        int64_t before = 0;
        for (Operand j = 0; j < instr->c; j++) {
            const Worker *rival = awaited(worker, handles[j]);
            before += rival->completed > 0 && rival->completed < other->completed;
        }
        if (other->completed > 0 && before == number)
            return other;
    }
    return NULL;
}

static void give(Worker *worker, Operand reg, const Worker *from)
{
    if (reg != NO_OPERAND)
        worker->registers[reg] = from->code->result < 0 ? 0 : from->registers[from->code->result];
}

static Took gather(Worker *worker, const Instr *instr)
{
    const Operand *handles = &worker->rig->program->lists[instr->b];
    for (Operand k = 0; k < instr->c; k++)
        if (awaited(worker, handles[k])->completed == 0)
            return TOOK_BLOCKED;
    for (Operand k = 0; k < instr->c && instr->a != NO_OPERAND; k++)
        give(worker, instr->a + k, awaited(worker, handles[k]));
    return TOOK_NEXT;
}

/* A worker is made when all that are there are busy; copying is paid for each task. */
static void pay(Worker *worker, const Instr *instr)
{
    const Rig *rig = worker->rig;
    const Domain *domain = &rig->program->domains[worker->code->domain];
    RealObject *pool = &rig->objects[instr->b];
    int64_t working = 0, cost = domain->symbol->copy_ns;
    for (ThreadId t = 0; t < rig->program->thread_count; t++) {
        const Worker *other = &rig->workers[t];
        working += other->code->domain == worker->code->domain && atomic_load(&other->life) == LIFE_ALIVE && worker_instr(other)->op != OP_POOL_START;
    }
    if (domain->symbol->start_ns > 0 && pool->depth == working) {
        pool->depth++;
        cost += domain->symbol->start_ns;
    }
    worker->registers[instr->a] = cost;
}

Took real_domain(Worker *worker, const Instr *instr)
{
    Took took = TOOK_NEXT;
    const Worker *other;
    switch (instr->op) {
    case OP_POOL_START:
        if (instr->a != NO_OPERAND)
            pay(worker, instr);
        break;
    case OP_POOL_DRAIN: break;
    case OP_POOL_CLOSE: atomic_store(&worker->rig->objects[instr->b].value, 1); break;
    default: {
        const char *misuse = misuse_of(worker, instr);
        if (misuse != NULL)
            return worker_stop(worker, instr, FINDING_MISUSE, false, "%s", misuse);
        if (instr->op == OP_GATHER) {
            took = gather(worker, instr);
            break;
        }
        other = instr->op == OP_AWAIT_HANDLE ? awaited(worker, instr->d) : completed(worker, instr, worker_value(worker, instr->d));
        if (other == NULL || other->completed == 0)
            return TOOK_BLOCKED;
        give(worker, instr->a, other);
        break;
    }
    }
    if (took == TOOK_NEXT)
        worker->at++;
    return took;
}
