#include "trace/order.h"

#include <string.h>

/* A step that somebody waits for. */
typedef struct Give {
    uint32_t step;
    SnOrderKind kind;
    ObjectId object; /* NO_ID: none */
} Give;

typedef ArenaVec(Give) GiveList;
typedef ArenaVec(uint32_t) StepList;

/* What an object hands on. */
typedef struct Gate {
    uint32_t *gives;     /* by lane: its last step that gave, plus one; 0 none. NULL until somebody gives */
    uint32_t *writers;   /* rwlocks: likewise, of writers only */
    StepList puts, gets; /* queues, in order; barriers: `puts` are the arrivals of the round */
    uint32_t close;      /* step + 1 */
} Gate;

typedef struct Ordering {
    Telling *telling;
    uint32_t lane_count;
    uint32_t *clocks;
    uint32_t *last;      /* by lane: its last step, plus one */
    uint32_t *turn;      /* by domain whose members take turns: its last step, plus one */
    GiveList *pending;   /* by lane: what its next step comes after */
    ObjectId *asleep_on; /* by lane: condition, or NO_ID */
    Gate *gates;         /* by object */
    GiveList wanted;     /* of the step under way */
    ArenaVec(SnOrder) orders;
} Ordering;

static void want(Ordering *o, uint32_t step, SnOrderKind kind, ObjectId object)
{
    ARENA_PUSH(o->telling->arena, o->wanted, ((Give){step, kind, object}));
}

static void promise(Ordering *o, uint32_t lane, uint32_t step, SnOrderKind kind, ObjectId object)
{
    if (lane != SN_NONE)
        ARENA_PUSH(o->telling->arena, o->pending[lane], ((Give){step, kind, object}));
}

static void want_pending(Ordering *o, uint32_t lane, bool is_taken)
{
    for (uint32_t i = 0; i < o->pending[lane].count; i++)
        ARENA_PUSH(o->telling->arena, o->wanted, o->pending[lane].items[i]);
    if (is_taken)
        o->pending[lane].count = 0;
}

/* ------------------------------------------------------------------- gates */

static void give(Ordering *o, uint32_t **gives, uint32_t lane, uint32_t step)
{
    if (*gives == NULL)
        *gives = ARENA_ARRAY(o->telling->arena, uint32_t, o->lane_count);
    (*gives)[lane] = step + 1;
}

static void want_all(Ordering *o, const uint32_t *gives, SnOrderKind kind, ObjectId object)
{
    for (uint32_t lane = 0; gives != NULL && lane < o->lane_count; lane++)
        if (gives[lane] != 0)
            want(o, gives[lane] - 1, kind, object);
}

static void forget(const Ordering *o, uint32_t *gives)
{
    if (gives != NULL)
        memset(gives, 0, o->lane_count * sizeof *gives);
}

static void variable_access(Ordering *o, const ToldStep *step, const LoggedAccess *access, uint32_t lane, uint32_t s)
{
    const Program *program = o->telling->program;
    const Instr *instr = &program->code[access->instr], *whole = &program->code[step->instr];
    Gate *gate = &o->gates[access->object];
    bool is_atomic = program->objects[access->object].symbol->is_atomic || (access->reads && access->writes) ||
                     instr->op == OP_CAS || (whole->op == OP_REGION && whole->a == 1) || whole->op == OP_AWAIT ||
                     whole->op == OP_SELECT;
    if (access->reads && is_atomic)
        want_all(o, gate->gives, SN_ORDER_ATOMIC, access->object);
    if (access->writes && !(access->reads && is_atomic)) /* an update goes on with the chain of what it read */
        forget(o, gate->gives);
    if (access->writes && is_atomic)
        give(o, &gate->gives, lane, s);
}

/* The latest put of a value: on a queue where messages are lost, doubled or overtaken they are known by their values. */
static void want_put_of(Ordering *o, const LoggedAccess *get)
{
    const Gate *gate = &o->gates[get->object];
    for (uint32_t i = gate->puts.count; i-- > 0;) {
        const ToldStep *step = &o->telling->steps.items[gate->puts.items[i]];
        for (uint32_t k = 0; k < step->access_count; k++) {
            const LoggedAccess *put = &step->accesses[k];
            if (put->object != get->object || !put->writes || put->copies == 0 || put->after != get->after)
                continue;
            want(o, gate->puts.items[i], SN_ORDER_QUEUE, get->object);
            return;
        }
    }
}

static void message_access(Ordering *o, const LoggedAccess *access, uint16_t op, uint32_t s)
{
    Gate *gate = &o->gates[access->object];
    if (op == OP_GET && access->failed) {
        if (gate->close != 0)
            want(o, gate->close - 1, SN_ORDER_QUEUE, access->object);
    } else if (op == OP_GET) {
        want_put_of(o, access);
    } else if (op == OP_CLOSE || op == OP_TOPIC_CLOSE) {
        gate->close = s + 1;
    } else if (op != OP_ACK) {
        ARENA_PUSH(o->telling->arena, gate->puts, s);
    }
}

static void queue_access(Ordering *o, const LoggedAccess *access, uint16_t op, uint32_t s)
{
    Gate *gate = &o->gates[access->object];
    Arena *arena = o->telling->arena;
    uint64_t length = access->before > 0 ? (uint64_t)access->before : 0;
    int64_t capacity = o->telling->program->objects[access->object].symbol->capacity;
    if (op == OP_CLOSE || op == OP_TOPIC_CLOSE) {
        gate->close = s + 1;
    } else if (op == OP_PUT || op == OP_SEND || op == OP_PUBLISH) {
        uint64_t number = gate->gets.count + length; /* of this item; those that were there at the start count */
        if (capacity > 0 && number >= (uint64_t)capacity && number - (uint64_t)capacity < gate->gets.count)
            want(o, gate->gets.items[number - (uint64_t)capacity], SN_ORDER_QUEUE, access->object);
        ARENA_PUSH(arena, gate->puts, s);
    } else if (access->failed) {
        if (gate->close != 0)
            want(o, gate->close - 1, SN_ORDER_QUEUE, access->object);
    } else {
        if (length <= gate->puts.count && length > 0)
            want(o, gate->puts.items[gate->puts.count - length], SN_ORDER_QUEUE, access->object);
        ARENA_PUSH(arena, gate->gets, s);
    }
}

static void barrier_access(Ordering *o, const LoggedAccess *access, uint32_t s)
{
    Gate *gate = &o->gates[access->object];
    if (!access->writes) { /* not the last one */
        ARENA_PUSH(o->telling->arena, gate->puts, s);
        return;
    }
    for (uint32_t i = 0; i < gate->puts.count; i++) {
        uint32_t arrival = gate->puts.items[i];
        want(o, arrival, SN_ORDER_BARRIER, access->object);
        promise(o, o->telling->lanes[o->telling->steps.items[arrival].thread], s, SN_ORDER_BARRIER, access->object);
    }
    gate->puts.count = 0;
}

static void wake(Ordering *o, uint32_t lane, ObjectId condition, uint32_t s)
{
    if (lane == SN_NONE)
        return;
    o->asleep_on[lane] = NO_ID;
    promise(o, lane, s, SN_ORDER_SIGNAL, condition);
}

/* The mutex that a wait gives back and takes again; NO_ID where its index is computed. */
static ObjectId mutex_of(const Ordering *o, const Instr *instr)
{
    uint32_t count;
    ObjectId mutex = telling_operand(o->telling, instr->d, instr->e, &count);
    return count == 1 ? mutex : NO_ID;
}

static void condition_access(Ordering *o, const LoggedAccess *access, const Instr *instr, uint32_t lane, uint32_t s)
{
    ObjectId mutex = instr->op == OP_SIGNAL || instr->op == OP_BROADCAST ? NO_ID : mutex_of(o, instr);
    switch (instr->op) {
    case OP_CONDITION_WAIT:
        o->asleep_on[lane] = access->object;
        if (mutex != NO_ID)
            give(o, &o->gates[mutex].gives, lane, s);
        break;
    case OP_SIGNAL:
        if (access->partner != NO_ID)
            wake(o, o->telling->lanes[access->partner], access->object, s);
        break;
    case OP_BROADCAST:
        for (uint32_t other = 0; other < o->lane_count; other++)
            if (o->asleep_on[other] == access->object)
                wake(o, other, access->object, s);
        break;
    default: /* awake again */
        o->asleep_on[lane] = NO_ID;
        if (mutex != NO_ID)
            want_all(o, o->gates[mutex].gives, SN_ORDER_LOCK, mutex);
        break;
    }
}

static void want_end(Ordering *o, ThreadId thread)
{
    uint32_t lane = o->telling->lanes[thread];
    if (lane == SN_NONE)
        return;
    if (o->last[lane] != 0)
        want(o, o->last[lane] - 1, SN_ORDER_JOIN, NO_ID);
    want_pending(o, lane, false); /* a thread that ended without a step hands on what it came after */
}

static void join_access(Ordering *o, const LoggedAccess *access, const Instr *instr)
{
    if (instr->op == OP_JOIN && instr->d == NO_OPERAND) {
        for (Operand k = 0; k < instr->c; k++)
            want_end(o, (ThreadId)(instr->b + k));
    } else if (access->partner != NO_ID) {
        want_end(o, access->partner);
    }
}

/* All that a gather waited for; all members of a pool. */
static void awaited_access(Ordering *o, const LoggedAccess *access, const Instr *instr, uint32_t s)
{
    const Program *program = o->telling->program;
    const Word *after = o->telling->states.items[s + 1].state;
    for (ThreadId t = 0; t < program->thread_count; t++) {
        uint32_t domain = program->threads[t].domain;
        bool is_meant = domain != NO_ID && program->domains[domain].object == access->object && t != access->thread;
        if (instr->op == OP_POOL_DRAIN ? is_meant : machine_is_gathered(o->telling->machine, o->telling->states.items[s].state, access->thread, instr, t))
            if (machine_is_ended(o->telling->machine, after, t))
                want_end(o, t);
    }
}

static void lock_access(Ordering *o, const LoggedAccess *access, uint16_t op, uint32_t lane, uint32_t s)
{
    Gate *gate = &o->gates[access->object];
    switch (op) {
    case OP_RDLOCK: want_all(o, gate->writers, SN_ORDER_LOCK, access->object); break;
    case OP_LOCK:
    case OP_WRLOCK: want_all(o, gate->gives, SN_ORDER_LOCK, access->object); break;
    case OP_RW_UNLOCK:
        if (access->writes)
            give(o, &gate->writers, lane, s);
        give(o, &gate->gives, lane, s);
        break;
    default: give(o, &gate->gives, lane, s); break;
    }
}

static void counter_access(Ordering *o, const LoggedAccess *access, uint16_t op, uint32_t lane, uint32_t s)
{
    Gate *gate = &o->gates[access->object];
    switch (op) {
    case OP_ACQUIRE: want_all(o, gate->gives, SN_ORDER_SEMAPHORE, access->object); break;
    case OP_RELEASE: give(o, &gate->gives, lane, s); break;
    case OP_EVENT_SET: give(o, &gate->gives, lane, s); break;
    case OP_EVENT_CLEAR: forget(o, gate->gives); break;
    case OP_EVENT_WAIT: want_all(o, gate->gives, SN_ORDER_EVENT, access->object); break;
    case OP_WAITGROUP_WAIT: want_all(o, gate->gives, SN_ORDER_WAITGROUP, access->object); break;
    case OP_WAITGROUP_ADD:
        if (access->after < access->before)
            give(o, &gate->gives, lane, s);
        break;
    case OP_ONCE_LEAVE: give(o, &gate->gives, lane, s); break;
    default: /* OP_ONCE_ENTER */
        if (access->failed)
            want_all(o, gate->gives, SN_ORDER_ONCE, access->object);
        break;
    }
}

static void order_access(Ordering *o, const ToldStep *step, const LoggedAccess *access, uint32_t s)
{
    const Instr *instr = &o->telling->program->code[access->instr];
    uint32_t lane = o->telling->lanes[access->thread];
    bool is_failed_try = access->failed && !access->has_value && (instr->flags & INSTR_TRY) != 0;
    if (lane == SN_NONE || is_failed_try)
        return;
    switch (instr->op) {
    case OP_LOAD:
    case OP_STORE:
    case OP_CAS:
    case OP_FETCH_ADD:
    case OP_EXCHANGE: variable_access(o, step, access, lane, s); break;
    case OP_LOCK:
    case OP_UNLOCK:
    case OP_RDLOCK:
    case OP_WRLOCK:
    case OP_RW_UNLOCK: lock_access(o, access, instr->op, lane, s); break;
    case OP_ACQUIRE:
    case OP_RELEASE:
    case OP_EVENT_SET:
    case OP_EVENT_CLEAR:
    case OP_EVENT_WAIT:
    case OP_WAITGROUP_ADD:
    case OP_WAITGROUP_WAIT:
    case OP_ONCE_ENTER:
    case OP_ONCE_LEAVE: counter_access(o, access, instr->op, lane, s); break;
    case OP_CONDITION_WAIT:
    case OP_CONDITION_SLEEP:
    case OP_CONDITION_WAKE:
    case OP_SIGNAL:
    case OP_BROADCAST: condition_access(o, access, instr, lane, s); break;
    case OP_BARRIER_ARRIVE: barrier_access(o, access, s); break;
    case OP_PUT:
    case OP_GET:
    case OP_CLOSE:
    case OP_SEND:
    case OP_PUBLISH:
    case OP_TOPIC_CLOSE:
    case OP_ACK: {
        const Symbol *queue = o->telling->program->objects[access->object].symbol;
        if (queue->is_lossy || queue->is_duplicating || queue->is_reordering || queue->is_acknowledged)
            message_access(o, access, instr->op, s);
        else if (access->partner == NO_ID || instr->op == OP_SEND)
            queue_access(o, access, instr->op, s);
        break;
    }
    case OP_SPAWN:
        if (access->partner != NO_ID)
            promise(o, o->telling->lanes[access->partner], s, SN_ORDER_SPAWN, NO_ID);
        break;
    case OP_JOIN:
    case OP_JOIN_HANDLE:
    case OP_AWAIT_HANDLE:
    case OP_NEXT_COMPLETED: join_access(o, access, instr); break;
    case OP_GATHER:
    case OP_POOL_DRAIN: awaited_access(o, access, instr, s); break;
    default: break;
    }
}

/* ------------------------------------------------------------------- steps */

/* Who takes part in the step of another (the receiver of a rendezvous): the step comes after its last one, and before
 * its next. */
static void bring_along(Ordering *o, const LoggedAccess *access, uint32_t s)
{
    uint32_t lane = o->telling->lanes[access->thread];
    if (lane == SN_NONE)
        return;
    for (uint32_t i = 0; i < o->pending[lane].count; i++)
        if (o->pending[lane].items[i].step == s)
            return;
    if (o->last[lane] != 0)
        want(o, o->last[lane] - 1, SN_ORDER_QUEUE, access->object);
    want_pending(o, lane, true);
    promise(o, lane, s, SN_ORDER_QUEUE, access->object);
}

static uint32_t lane_of(const Ordering *o, uint32_t step)
{
    return o->telling->lanes[o->telling->steps.items[step].thread];
}

static void add_order(Ordering *o, uint32_t s, const Give *from)
{
    uint32_t lane = lane_of(o, from->step), count = o->lane_count;
    uint32_t *clock = o->clocks + (size_t)s * count;
    const uint32_t *other = o->clocks + (size_t)from->step * count;
    if (from->step >= s || clock[lane] >= other[lane])
        return; /* implied */
    for (uint32_t t = 0; t < count; t++)
        if (other[t] > clock[t])
            clock[t] = other[t];
    SnOrder order = {from->step, s, from->kind, from->object == NO_ID ? SN_NONE : from->object};
    ARENA_PUSH(o->telling->arena, o->orders, order);
}

static void order_step(Ordering *o, uint32_t s)
{
    const ToldStep *step = &o->telling->steps.items[s];
    uint32_t lane = lane_of(o, s);
    o->wanted.count = 0;
    want_pending(o, lane, true);
    for (uint32_t i = 0; i < step->access_count; i++) {
        const LoggedAccess *access = &step->accesses[i];
        if (access->thread != step->thread)
            bring_along(o, access, s);
        order_access(o, step, access, s);
    }
    if (o->last[lane] != 0)
        add_order(o, s, &(Give){o->last[lane] - 1, SN_ORDER_PROGRAM, NO_ID});
    uint32_t domain = o->telling->program->threads[step->thread].domain;
    if (domain != NO_ID && o->telling->program->domains[domain].kind != DOMAIN_POOL) {
        if (o->turn[domain] != 0)
            want(o, o->turn[domain] - 1, SN_ORDER_CONTROL, NO_ID);
        o->turn[domain] = s + 1;
    }
    /* The latest first: what it comes after needs no edge of its own. */
    for (uint32_t done = 0; done < o->wanted.count; done++) {
        uint32_t best = done;
        for (uint32_t i = done + 1; i < o->wanted.count; i++)
            if (o->wanted.items[i].step > o->wanted.items[best].step)
                best = i;
        Give next = o->wanted.items[best];
        o->wanted.items[best] = o->wanted.items[done];
        o->wanted.items[done] = next;
        add_order(o, s, &next);
    }
    o->clocks[(size_t)s * o->lane_count + lane]++;
    o->last[lane] = s + 1;
}

void order_tell(Telling *telling)
{
    Arena *arena = telling->arena;
    Ordering ordering = {.telling = telling, .lane_count = telling->lane_count};
    Ordering *o = &ordering;
    o->clocks = arena_alloc(arena, (size_t)telling->steps.count * o->lane_count, sizeof *o->clocks);
    o->last = ARENA_ARRAY(arena, uint32_t, o->lane_count);
    o->turn = ARENA_ARRAY(arena, uint32_t, telling->program->domain_count + 1);
    o->pending = ARENA_ARRAY(arena, GiveList, o->lane_count);
    o->asleep_on = ARENA_ARRAY(arena, ObjectId, o->lane_count);
    o->gates = ARENA_ARRAY(arena, Gate, telling->program->object_count);
    for (uint32_t lane = 0; lane < o->lane_count; lane++)
        o->asleep_on[lane] = NO_ID;
    for (uint32_t s = 0; s < telling->steps.count; s++)
        order_step(o, s);
    telling->trace->orders = o->orders.items;
    telling->trace->order_count = o->orders.count;
    telling->trace->clocks = o->clocks;
}
