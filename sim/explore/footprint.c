/* footprint.c: what the step of a thread touches: as executed, and at most. */
#include "explore/footprint.h"

#include <string.h>

#include "base/memory.h"

/* ------------------------------------------------------------------- gathering */

static void touch(Dependence *d, uint32_t place, Manner manner, uint64_t number)
{
    if (d->gathered_count == d->gathered_room) {
        uint32_t room = d->gathered_room == 0 ? 16 : d->gathered_room * 2;
        Touch *gathered = mem_resize(d->gathered, room, sizeof *gathered);
        if (gathered == NULL) {
            d->failed = true;
            return;
        }
        d->gathered = gathered;
        d->gathered_room = room;
    }
    d->gathered[d->gathered_count++] = (Touch){place, manner, number};
    if (place < d->program->object_count && d->watched[place] && manner != TOUCH_READ && manner != TOUCH_ASK)
        touch(d, d->watching, TOUCH_WRITE, 0);
}

static void touch_thread(Dependence *d, ThreadId thread)
{
    touch(d, d->first_thread + thread, TOUCH_WRITE, 0);
    if (d->watched_threads[thread])
        touch(d, d->watching, TOUCH_WRITE, 0);
}

typedef struct Range {
    ObjectId first, count;
} Range;

/* What base[index] may name. The index is known when it is a constant, or when the thread stands at the instruction. */
static Range find_range(const Dependence *d, const Word *state, ThreadId thread, bool stands, Operand base,
                        Operand index)
{
    ObjectId first = (ObjectId)base;
    ObjectId length = d->program->objects[first].symbol->length - d->program->objects[first].element;
    int64_t value;
    if (index == NO_OPERAND)
        return (Range){first, 1};
    if (index < 0)
        value = d->program->constants[~index];
    else if (stands)
        value = machine_register(d->machine, state, thread, index);
    else
        return (Range){first, length};
    return value >= 0 && value < (int64_t)length ? (Range){first + (ObjectId)value, 1} : (Range){first, 0};
}

static void touch_range(Dependence *d, Range range, Manner manner)
{
    for (ObjectId o = range.first; o < range.first + range.count; o++)
        touch(d, o, manner, 0);
}

static bool is_rendezvous(const Dependence *d, const Instr *instr)
{
    return (instr->op == OP_PUT || instr->op == OP_GET) && d->program->objects[instr->b].symbol->capacity == 0;
}

static void touch_joined(Dependence *d, const Word *state, ThreadId thread, bool stands, const Instr *instr)
{
    ThreadId first = (ThreadId)instr->b, count = (ThreadId)instr->c;
    if (instr->op == OP_JOIN_HANDLE) { /* whose handle it is, only the machine knows: any */
        first = d->program->declared_count;
        count = d->program->thread_count - first;
        for (ThreadId t = first; t < first + count; t++)
            touch(d, d->first_joined + t, TOUCH_READ, 0);
    } else if (instr->d != NO_OPERAND && (instr->d < 0 || stands)) {
        first += (ThreadId)(instr->d < 0 ? d->program->constants[~instr->d]
                                         : machine_register(d->machine, state, thread, instr->d));
        count = 1;
    }
    for (ThreadId t = first; t < first + count && t < d->program->thread_count; t++)
        touch(d, d->first_thread + t, TOUCH_READ, 0);
}

/* The variables that a fork copies. */
static void touch_copied(Dependence *d, ThreadId thread)
{
    const Program *program = d->program;
    ThreadId owner = program->threads[thread].is_process ? thread : NO_ID;
    for (ObjectId o = 0; o < program->variable_count; o++)
        if (program->objects[o].owner == owner && !program->objects[o].symbol->is_mapped)
            touch(d, o, TOUCH_READ, 0);
}

/* Ending gives messages back that were not acknowledged. */
static void touch_acknowledged(Dependence *d)
{
    for (ObjectId o = d->program->variable_count; o < d->program->object_count; o++)
        if (d->program->objects[o].kind == SYMBOL_QUEUE && d->program->objects[o].symbol->is_acknowledged)
            touch(d, o, TOUCH_WRITE, 0);
}

/* All that an operation may look at or change: `manner` for its own object. */
static void touch_at_most(Dependence *d, const Word *state, ThreadId thread, bool stands, const Instr *instr,
                          Manner manner)
{
    uint32_t flags = program_op_flags[instr->op];
    if (flags & OPF_OBJECT) {
        bool reads_only = instr->op == OP_LOAD || instr->op == OP_EVENT_WAIT || instr->op == OP_WAITGROUP_WAIT;
        bool is_joint = is_rendezvous(d, instr);
        touch_range(d, find_range(d, state, thread, stands, instr->b, instr->c),
                    is_joint     ? TOUCH_WRITE
                    : reads_only ? TOUCH_READ
                                 : manner);
    }
    switch (instr->op) {
    case OP_CONDITION_WAIT:
    case OP_CONDITION_SLEEP:
    case OP_CONDITION_WAKE: touch_range(d, find_range(d, state, thread, stands, instr->d, instr->e), manner); break;
    case OP_JOIN:
    case OP_JOIN_HANDLE: touch_joined(d, state, thread, stands, instr); break;
    case OP_SPAWN:
        touch(d, d->spawning, manner, 0);
        if (instr->e == SPAWN_FORK)
            touch_copied(d, thread);
        break;
    case OP_PRINT: touch(d, d->output, manner, 0); break;
    case OP_DESTROY: d->is_global = true; break;
    case OP_SEND:
        for (ThreadId t = (ThreadId)instr->d; t < (ThreadId)instr->d + d->program->objects[instr->b].symbol->length; t++)
            touch(d, d->first_thread + t, TOUCH_READ, 0);
        break;
    case OP_PUBLISH:
    case OP_TOPIC_CLOSE: touch_range(d, (Range){(ObjectId)instr->b, (ObjectId)instr->d}, manner); break;
    default: break;
    }
}

static void touch_code(Dependence *d, const Word *state, ThreadId thread, uint32_t from, uint32_t to, Manner manner);

/* An operation with all that belongs to it: arms, a guard, a block. */
static void touch_whole(Dependence *d, const Word *state, ThreadId thread, bool stands, uint32_t address, Manner manner)
{
    const Instr *instr = &d->program->code[address];
    touch_at_most(d, state, thread, stands, instr, manner);
    if (instr->op == OP_SELECT)
        for (Operand k = 0; k < instr->a; k++)
            touch_whole(d, state, thread, stands, (uint32_t)d->program->lists[instr->b + k], manner);
    else if (instr->op == OP_AWAIT)
        touch_code(d, state, thread, address + 1, (uint32_t)instr->b, manner);
    else if (instr->op == OP_REGION)
        touch_code(d, state, thread, address + 1, program_region_end(d->program, address), manner);
}

static void touch_code(Dependence *d, const Word *state, ThreadId thread, uint32_t from, uint32_t to, Manner manner)
{
    for (uint32_t i = from; i < to && i < d->program->code_count; i++) {
        const Instr *instr = &d->program->code[i];
        if (instr->op == OP_SELECT) /* arms may lie elsewhere */
            touch_whole(d, state, thread, false, i, manner);
        else if ((program_op_flags[instr->op] & OPF_LOCAL) == 0)
            touch_at_most(d, state, thread, false, instr, manner);
    }
}

/* Queues without room at which a thread stands: who comes or goes there changes what partners can do. */
static void touch_rendezvous(Dependence *d, const Word *state, ThreadId thread)
{
    uint32_t point = machine_point(d->machine, state, thread);
    const ThreadCode *code = &d->program->threads[thread];
    if (point == 0 || point > code->point_count)
        return;
    uint32_t address = code->points[point].instr;
    const Instr *instr = &d->program->code[address];
    if (instr->op == OP_REGION && instr->a == 0)
        instr++;
    if (is_rendezvous(d, instr))
        touch_range(d, find_range(d, state, thread, true, instr->b, instr->c), TOUCH_WRITE);
    for (Operand k = 0; instr->op == OP_SELECT && k < instr->a; k++) {
        const Instr *arm = &d->program->code[d->program->lists[instr->b + k]];
        if (is_rendezvous(d, arm))
            touch_range(d, find_range(d, state, thread, true, arm->b, arm->c), TOUCH_WRITE);
    }
}

/* -------------------------------------------------------------- as executed */

static void touch_queue(Dependence *d, const LoggedAccess *access, const Instr *instr, uint64_t *counts)
{
    uint32_t queue = d->queue_of[access->object];
    if (queue == NO_ID)
        touch(d, access->object, TOUCH_WRITE, 0);
    else if (access->failed)
        touch(d, access->object, TOUCH_READ, 0);
    else if (instr->op == OP_PUT)
        touch(d, access->object, TOUCH_PUT, counts[(size_t)queue * 2]++);
    else
        touch(d, access->object, TOUCH_GET, counts[(size_t)queue * 2 + 1]++);
}

static Manner manner_of(const Dependence *d, const LoggedAccess *access, const Instr *instr)
{
    switch (instr->op) {
    case OP_LOAD:
    case OP_EVENT_WAIT:
    case OP_WAITGROUP_WAIT:
    case OP_LENGTH: return TOUCH_READ;
    case OP_CAS:
    case OP_ONCE_ENTER: return access->writes ? TOUCH_WRITE : TOUCH_READ;
    case OP_RELEASE: return d->program->objects[access->object].symbol->maximum >= 0 ? TOUCH_WRITE : TOUCH_ADD;
    case OP_RDLOCK:
    case OP_CONDITION_WAIT:
    case OP_EVENT_SET: return TOUCH_ADD;
    case OP_RW_UNLOCK: return access->writes ? TOUCH_WRITE : TOUCH_ADD;
    case OP_CONDITION_SLEEP:
    case OP_EVENT_CLEAR: return TOUCH_SUB;
    case OP_WAITGROUP_ADD: return access->after < access->before ? TOUCH_WRITE : TOUCH_ADD;
    case OP_UNLOCK: return TOUCH_GIVE;
    case OP_CLOSE: return TOUCH_CLOSE;
    case OP_CLOSED: return TOUCH_ASK;
    default: return TOUCH_WRITE;
    }
}

static void touch_logged(Dependence *d, const Word *state, uint32_t point_instr, const LoggedAccess *access,
                         uint64_t *counts)
{
    const Instr *instr = &d->program->code[access->instr];
    bool stands = access->instr == point_instr;
    switch (instr->op) {
    case OP_PUT:
    case OP_GET: touch_queue(d, access, instr, counts); return;
    case OP_JOIN: touch_joined(d, state, access->thread, stands, instr); return;
    case OP_JOIN_HANDLE:
        if (access->failed) {
            touch_joined(d, state, access->thread, stands, instr);
        } else {
            touch(d, d->first_thread + access->partner, TOUCH_READ, 0);
            touch(d, d->first_joined + access->partner, TOUCH_WRITE, 0);
        }
        return;
    case OP_SPAWN:
        touch(d, d->spawning, TOUCH_WRITE, 0);
        if (instr->e == SPAWN_FORK)
            touch_copied(d, access->thread);
        return;
    case OP_SEND: touch(d, d->first_thread + access->partner, TOUCH_READ, 0); break;
    case OP_PUBLISH:
        if (access->failed) { /* which queues have room decided, whichever of them had none */
            touch_range(d, (Range){(ObjectId)instr->b, (ObjectId)instr->d}, TOUCH_READ);
            return;
        }
        break;
    case OP_PRINT: touch(d, d->output, TOUCH_WRITE, 0); return;
    case OP_DESTROY: d->is_global = true; break;
    case OP_CONDITION_WAIT:
    case OP_CONDITION_SLEEP:
    case OP_CONDITION_WAKE:
        touch_range(d, find_range(d, state, access->thread, stands, instr->d, instr->e),
                    instr->op == OP_CONDITION_WAIT ? TOUCH_GIVE : TOUCH_WRITE);
        if (instr->op == OP_CONDITION_WAKE)
            return;
        break;
    case OP_SELECT: return; /* its arms were touched before */
    case OP_AWAIT:          /* a `try` that failed */
        touch_whole(d, state, access->thread, false, access->instr, TOUCH_READ);
        return;
    default: break;
    }
    if (access->object != NO_ID)
        touch(d, access->object, access->failed ? TOUCH_READ : manner_of(d, access, instr), 0);
}

/* What decided between the arms of a select, wherever in the step it stands. */
static void touch_arms(Dependence *d, const Word *state, ThreadId thread, uint32_t address)
{
    const Instr *instr = &d->program->code[address];
    if (instr->op == OP_SELECT)
        touch_whole(d, state, thread, true, address, TOUCH_READ);
    if (instr->op != OP_REGION)
        return;
    uint32_t end = program_region_end(d->program, address);
    for (uint32_t i = address + 1; i < end && i < d->program->code_count; i++)
        if (d->program->code[i].op == OP_SELECT)
            touch_whole(d, state, thread, false, i, TOUCH_READ);
}

static Status execute(Dependence *d, const Word *state, ThreadId thread, uint32_t choice, Word *next, uint64_t *counts,
                      StepFacts *facts)
{
    const Program *program = d->program;
    StepInfo info;
    for (ThreadId t = 0; t < program->thread_count; t++)
        d->points[t] = machine_point(d->machine, state, t);
    Status status = machine_step(d->machine, state, thread, choice, next, &facts->choices, &info, &d->scratch, &d->log);
    if (status != STATUS_OK)
        return status;
    if (d->log.failed)
        return STATUS_NO_MEMORY;
    if (facts->choices == 0 || choice > facts->choices) {
        facts->choices = 0;
        return STATUS_OK;
    }
    facts->stops = info.stops;
    facts->first_issue = info.first_issue;
    facts->issue_count = info.issue_count;
    d->gathered_count = 0;
    d->is_global = info.stops;
    uint32_t point_instr = program->threads[thread].points[facts->point].instr;
    touch_thread(d, thread);
    touch_arms(d, state, thread, point_instr);
    for (uint32_t i = 0; i < d->log.count; i++) {
        const LoggedAccess *access = &d->log.accesses[i];
        touch_logged(d, state, point_instr, access, counts);
        if (access->thread != thread)
            touch_thread(d, access->thread);
    }
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (t != thread && machine_point(d->machine, next, t) != d->points[t])
            touch_thread(d, t);
    if (d->has_acknowledged && machine_is_ended(d->machine, next, thread))
        touch_acknowledged(d);
    if (d->has_rendezvous) {
        uint32_t moved = d->gathered_count;
        for (uint32_t i = 0; i < moved; i++) {
            uint32_t place = d->gathered[i].place;
            if (place < d->first_thread || place >= d->first_joined || d->gathered[i].manner != TOUCH_WRITE)
                continue;
            touch_rendezvous(d, state, place - d->first_thread);
            touch_rendezvous(d, next, place - d->first_thread);
        }
    }
    return footprint_intern(d, &facts->footprint);
}

/* ------------------------------------------------------------------ at most */

/* In which manners others may disable it. */
static uint16_t disablers_of(const Dependence *d, uint32_t address)
{
    enum { ALL = UINT16_MAX };
    const Instr *instr = &d->program->code[address];
    if (is_rendezvous(d, instr) || ((instr->op == OP_PUT || instr->op == OP_GET) && d->queue_of[instr->b] == NO_ID))
        return ALL;
    if (instr->flags & INSTR_TRY)
        return 0;
    switch (instr->op) {
    case OP_LOCK:
    case OP_CONDITION_WAKE:
    case OP_ACQUIRE:
    case OP_ONCE_ENTER:
    case OP_RDLOCK: return 1 << TOUCH_WRITE;
    case OP_WRLOCK: return 1 << TOUCH_WRITE | 1 << TOUCH_ADD;
    case OP_CONDITION_SLEEP: return d->program->spurious ? 1 << TOUCH_WRITE : 0;
    case OP_EVENT_WAIT: return 1 << TOUCH_SUB;
    case OP_WAITGROUP_WAIT: return 1 << TOUCH_ADD;
    case OP_PUT: return 1 << TOUCH_PUT | 1 << TOUCH_CLOSE;
    case OP_GET: return 1 << TOUCH_GET;
    case OP_BARRIER_WAIT:
    case OP_JOIN:
    case OP_JOIN_HANDLE: return 0;
    default: return program_op_flags[instr->op] & OPF_BLOCKS ? ALL : 0;
    }
}

/* The same places and manners in every state, as long as the thread stands there. */
static bool is_fixed(const Instr *instr)
{
    if (instr->flags & INSTR_TRY)
        return false;
    switch (instr->op) {
    case OP_LOAD:
    case OP_STORE:
    case OP_FETCH_ADD:
    case OP_EXCHANGE:
    case OP_CHOOSE:
    case OP_CHOOSE_RANGE:
    case OP_PRINT:
    case OP_YIELD:
    case OP_SKIP:
    case OP_FENCE:
    case OP_SLEEP: /* without a virtual clock: a step without effect */
    case OP_IO:
    case OP_COMPUTE:
    case OP_LOCK:
    case OP_UNLOCK:
    case OP_ACQUIRE:
    case OP_RELEASE:
    case OP_RDLOCK:
    case OP_WRLOCK:
    case OP_WRLOCK_ANNOUNCE:
    case OP_EVENT_SET:
    case OP_EVENT_CLEAR:
    case OP_EVENT_WAIT:
    case OP_WAITGROUP_ADD:
    case OP_WAITGROUP_WAIT:
    case OP_JOIN:
    case OP_JOIN_HANDLE:
    case OP_CONDITION_WAIT:
    case OP_CONDITION_WAKE: return true;
    default: return false;
    }
}

static void look_at_point(const Dependence *d, uint32_t point, ThreadId thread, uint16_t *disablers, bool *fixed)
{
    *disablers = 0;
    *fixed = false;
    const ThreadCode *code = &d->program->threads[thread];
    if (point == 0 || point > code->point_count)
        return;
    *disablers = disablers_of(d, code->points[point].instr);
    *fixed = !d->has_rendezvous && is_fixed(&d->program->code[code->points[point].instr]);
}

bool dependence_can_wait(const Dependence *d, const Word *state, ThreadId thread)
{
    uint16_t disablers;
    bool fixed;
    look_at_point(d, machine_point(d->machine, state, thread), thread, &disablers, &fixed);
    return disablers != 0;
}

Status dependence_pending(Dependence *d, const Word *state, ThreadId thread, FootprintId *footprint,
                          uint16_t *disablers, bool *fixed)
{
    d->gathered_count = 0;
    d->is_global = false;
    uint32_t point = machine_point(d->machine, state, thread);
    look_at_point(d, point, thread, disablers, fixed);
    const ThreadCode *code = &d->program->threads[thread];
    touch(d, d->first_thread + thread, TOUCH_WRITE, 0);
    if (point != 0 && point <= code->point_count) {
        uint32_t address = code->points[point].instr;
        touch_whole(d, state, thread, true, address, TOUCH_WRITE);
    }
    if (d->has_acknowledged)
        touch_acknowledged(d);
    if (d->has_rendezvous) { /* where the thread will stand next may depend on what it reads */
        for (ObjectId o = 0; o < d->program->object_count; o++)
            if (d->program->objects[o].kind == SYMBOL_QUEUE && d->queue_of[o] == NO_ID)
                touch(d, o, TOUCH_WRITE, 0);
    }
    return footprint_intern(d, footprint);
}

/* ------------------------------------------------------------------- a step */

static bool moves_others(const Dependence *d, const StepFacts *facts, ThreadId thread)
{
    const Touch *touches;
    uint32_t count = dependence_touches(d, facts->footprint, &touches);
    for (uint32_t i = 0; i < count; i++) {
        ThreadId moved = dependence_moved(d, &touches[i]);
        if (moved != NO_ID && moved != thread)
            return true;
    }
    return false;
}

/* What it might have touched matters only where that may be something else. */
static Status find_potential(Dependence *d, const Word *state, ThreadId thread, StepFacts *facts)
{
    look_at_point(d, facts->point, thread, &facts->disablers, &facts->is_fixed);
    facts->potential = facts->footprint;
    facts->moves_others = facts->choices > 0 && moves_others(d, facts, thread);
    if (facts->choices == 1 && facts->is_fixed && facts->disablers == 0)
        return STATUS_OK;
    return dependence_pending(d, state, thread, &facts->potential, &facts->disablers, &facts->is_fixed);
}

Status dependence_step(Dependence *d, const Word *state, ThreadId thread, uint32_t choice, Word *next, uint64_t *counts,
                       StepFacts *facts)
{
    uint32_t point = d->memo == NULL ? machine_point(d->machine, state, thread)
                                     : step_memo_point(d->memo, state, thread);
    facts->point = point;
    if (point == 0 || point > d->program->threads[thread].point_count) {
        facts->choices = 0;
        facts->potential = NO_ID;
        return STATUS_OK;
    }
    if (d->memo != NULL && step_memo_find(d->memo, state, thread, choice, next, facts))
        return STATUS_OK;
    *facts = (StepFacts){.point = point};
    memcpy(d->before, state, machine_words(d->machine) * sizeof *state); /* `next` may be `state` */
    Status status = execute(d, d->before, thread, choice, next, counts, facts);
    if (status == STATUS_OK)
        status = find_potential(d, d->before, thread, facts);
    if (status == STATUS_OK && d->memo != NULL)
        step_memo_keep(d->memo, d->before, thread, choice, next, facts);
    return status;
}
