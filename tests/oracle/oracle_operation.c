/* oracle_operation.c: the synchronisation operations: when each is enabled, and what it does. */
#include <string.h>

#include "oracle.h"

#define THREAD_BIT(thread) (UINT64_C(1) << (thread))

static Value *slots_of(Run *run, uint32_t thread, uint32_t slots)
{
    return run->state->threads[thread].values + slots;
}

static uint32_t object_of(Run *run, uint32_t thread, uint32_t slots)
{
    return (uint32_t)slots_of(run, thread, slots)[SLOT_OBJECT].n;
}

/* ----------------------------------------------------------------------- join */

/* The threads that a join waits for; *is_misuse: it can never be right. */
static uint64_t join_set(Run *run, uint32_t number, const Operation *operation, uint32_t slots, bool *is_misuse)
{
    const State *state = run->state;
    const Value *values = slots_of(run, number, slots);
    uint64_t set = 0;
    *is_misuse = false;
    if (operation->object != NULL) {
        for (uint32_t t = 0; t < state->declared_count; t++)
            if (state->threads[t].symbol == operation->object->symbol &&
                (operation->object->index == NULL || state->threads[t].instance == (uint32_t)values[SLOT_OBJECT].n))
                set |= THREAD_BIT(t);
    } else {
        int64_t handle = values[SLOT_A].n;
        if (handle < 1 || handle > (int64_t)(state->thread_count - state->declared_count)) {
            *is_misuse = true;
            return 0;
        }
        uint32_t t = state->declared_count + (uint32_t)handle - 1;
        *is_misuse = state->threads[t].joined;
        set = THREAD_BIT(t);
    }
    *is_misuse = *is_misuse || (set & THREAD_BIT(number)) != 0;
    return set;
}

static uint64_t not_ended(const State *state, uint64_t set)
{
    for (uint32_t t = 0; t < state->thread_count; t++)
        if (state->threads[t].ended)
            set &= ~THREAD_BIT(t);
    return set;
}

static void execute_join(Run *run, uint32_t number, const Operation *operation, uint32_t slots, uint32_t line)
{
    bool is_misuse;
    uint64_t set = join_set(run, number, operation, slots, &is_misuse);
    if (is_misuse) {
        run_misuse(run, UINT32_MAX, line);
        return;
    }
    if (operation->object == NULL)
        for (uint32_t t = 0; t < run->state->thread_count; t++)
            if ((set & THREAD_BIT(t)) != 0)
                run->state->threads[t].joined = true;
}

/* ----------------------------------------------------------------- rendezvous */

typedef struct Partner {
    uint32_t thread, arm;
} Partner;

/* The arms of a thread, or its one operation, that stand at `kind` on the queue. */
static uint32_t find_partners(Run *run, uint32_t number, OperationKind kind, uint32_t queue, bool is_try,
                              Partner *partners)
{
    uint32_t count = 0;
    for (uint32_t t = 0; t < run->state->thread_count; t++) {
        Thread *thread = &run->state->threads[t];
        if (t == number || thread->ended)
            continue;
        const Frame *frame = thread_top(thread);
        if (frame->stage != STAGE_STEP)
            continue;
        if (frame->kind == FRAME_OPERATION) {
            const Operation *operation = frame->node;
            if (operation->kind == kind && thread->values[frame->base + SLOT_OBJECT].n == (int64_t)queue &&
                !(is_try && frame->is_try))
                partners[count++] = (Partner){.thread = t};
            continue;
        }
        const Stmt *stmt = frame->kind == FRAME_STMT ? frame->node : NULL;
        if (stmt == NULL || stmt->kind != STMT_SELECT)
            continue;
        for (uint32_t i = 0; i < stmt->arms.count && count < 4 * MAX_THREADS; i++)
            if (stmt->arms.items[i].operation->kind == kind &&
                thread->values[frame->base + i * SLOT_COUNT + SLOT_OBJECT].n == (int64_t)queue)
                partners[count++] = (Partner){.thread = t, .arm = i};
    }
    return count;
}

bool operation_sender_ready(Run *run, uint32_t number, const Operation *operation, uint32_t slots, Mode mode)
{
    if (operation->kind != OPERATION_GET)
        return false;
    uint32_t object = object_of(run, number, slots);
    const ObjectState *queue = &run->state->objects[object];
    if (run->model->objects[object].symbol->capacity > 0 || queue->closed || queue->destroyed)
        return false;
    Partner partners[5 * MAX_THREADS];
    return find_partners(run, number, OPERATION_PUT, object, mode == MODE_TRY, partners) > 0;
}

/* -------------------------------------------------------------------- enabled */

static bool holds_nobody(const ObjectState *lock)
{
    if (lock->owner >= 0)
        return false;
    for (uint32_t t = 0; t < MAX_THREADS; t++)
        if (lock->reads[t] > 0)
            return false;
    return true;
}

static bool put_enabled(Run *run, uint32_t number, uint32_t object, Mode mode)
{
    const ObjectState *queue = &run->state->objects[object];
    int64_t capacity = run->model->objects[object].symbol->capacity;
    if (queue->closed)
        return true;
    if (capacity > 0)
        return messages_has_room(run->model, run->state, object);
    Partner partners[5 * MAX_THREADS];
    return find_partners(run, number, OPERATION_GET, object, mode == MODE_TRY, partners) > 0;
}

static bool await_enabled(Run *run, uint32_t number, const Operation *operation)
{
    Value value;
    uint32_t line;
    if (!evaluate(run, number, operation->a, true, &value, &line)) {
        run_error(run, line);
        return true;
    }
    return value.n != 0;
}

bool operation_enabled(Run *run, uint32_t number, const Operation *operation, uint32_t slots, Mode mode)
{
    if (operation->kind == OPERATION_AWAIT)
        return await_enabled(run, number, operation);
    if (models_is_timed(operation))
        return models_timed_enabled(run, number, operation);
    if (operation->kind == OPERATION_AWAIT_TASK)
        return coroutines_has_ended(run->state, slots_of(run, number, slots)[SLOT_A].n);
    if (operation->kind == OPERATION_GATHER)
        return gather_enabled(run->state, number, operation, slots);
    if (operation->kind == OPERATION_JOIN) {
        bool is_misuse;
        uint64_t set = join_set(run, number, operation, slots, &is_misuse);
        return is_misuse || not_ended(run->state, set) == 0;
    }
    uint32_t object = object_of(run, number, slots);
    const ObjectState *state = &run->state->objects[object];
    const Symbol *symbol = run->model->objects[object].symbol;
    if (state->destroyed)
        return true;
    switch (operation->kind) {
    case OPERATION_LOCK: return state->owner < 0 || (symbol->is_recursive && state->owner == (int32_t)number);
    case OPERATION_RDLOCK: return state->owner < 0 && !(symbol->writers_first && state->announced != 0);
    case OPERATION_WRLOCK: return (symbol->writers_first && mode == MODE_PLAIN) || holds_nobody(state);
    case OPERATION_ACQUIRE: return state->count > 0;
    case OPERATION_WAIT_EVENT: return state->count != 0;
    case OPERATION_WAIT_WAITGROUP: return state->count == 0;
    case OPERATION_PUT: return put_enabled(run, number, object, mode);
    case OPERATION_GET: return state->count > 0 || state->closed;
    case OPERATION_RECEIVE: return state->count > 0;
    case OPERATION_PUBLISH: return messages_publish_enabled(run, object);
    default: return true;
    }
}

bool operation_may_block(const Operation *operation)
{
    switch (operation->kind) {
    case OPERATION_UNLOCK:
    case OPERATION_RELEASE:
    case OPERATION_SIGNAL:
    case OPERATION_BROADCAST:
    case OPERATION_SET:
    case OPERATION_CLEAR:
    case OPERATION_ADD:
    case OPERATION_DONE:
    case OPERATION_CLOSE:
    case OPERATION_DESTROY:
    case OPERATION_SEND:
    case OPERATION_ACK: return false;
    default: return true;
    }
}

void operation_explain(Run *run, uint32_t number, const Operation *operation, uint32_t slots, bool is_and)
{
    if (operation->kind == OPERATION_AWAIT || models_is_timed(operation))
        return;
    if (operation->kind == OPERATION_AWAIT_TASK || operation->kind == OPERATION_GATHER) {
        if (operation->kind == OPERATION_GATHER)
            run->waits_for |= gather_waits_for(run->state, number, operation, slots);
        else
            run->waits_for |= coroutines_waits_for(run->state, slots_of(run, number, slots)[SLOT_A].n);
        return;
    }
    if (operation->kind == OPERATION_JOIN) {
        bool is_misuse;
        if (is_and)
            run->waits_for |= not_ended(run->state, join_set(run, number, operation, slots, &is_misuse));
        return;
    }
    uint32_t object = object_of(run, number, slots);
    const ObjectState *state = &run->state->objects[object];
    run->blocked_objects[object / 64] |= UINT64_C(1) << (object % 64);
    bool is_lock =
        operation->kind == OPERATION_LOCK || operation->kind == OPERATION_RDLOCK || operation->kind == OPERATION_WRLOCK;
    if (!is_and || !is_lock)
        return;
    if (state->owner >= 0)
        run->waits_for |= THREAD_BIT(state->owner);
    if (operation->kind == OPERATION_WRLOCK)
        for (uint32_t t = 0; t < run->state->thread_count; t++)
            if (state->reads[t] > 0)
                run->waits_for |= THREAD_BIT(t);
}

/* -------------------------------------------------------------------- effects */

void operation_unlock(Run *run, uint32_t number, uint32_t object, uint32_t line)
{
    ObjectState *state = &run->state->objects[object];
    if (state->destroyed) {
        run_misuse(run, object, line);
    } else if (state->owner == (int32_t)number) {
        if (state->count > 0)
            state->count--;
        if (state->count == 0)
            state->owner = -1;
    } else if (run->model->objects[object].symbol->kind == SYMBOL_RWLOCK && state->reads[number] > 0) {
        state->reads[number]--;
    } else {
        run_misuse(run, object, line);
    }
}

bool operation_can_retake(const Run *run, uint32_t object)
{
    return run->state->objects[object].owner < 0;
}

void operation_retake(Run *run, uint32_t number, uint32_t object, int64_t depth, uint32_t line)
{
    (void)line;
    run->state->objects[object].owner = (int32_t)number;
    run->state->objects[object].count = depth;
}

/* The thread rests in the middle of its operation. */
static void rest(Run *run, uint32_t number, uint32_t stage)
{
    Thread *thread = &run->state->threads[number];
    thread_top(thread)->stage = stage;
    thread->statement_open = false;
    if (stage != STAGE_ANNOUNCED)
        thread->is_first = false;
}

static void execute_wait_condition(Run *run, uint32_t number, uint32_t slots, uint32_t line)
{
    uint32_t mutex = (uint32_t)slots_of(run, number, slots)[SLOT_WITH].n;
    ObjectState *state = &run->state->objects[mutex];
    if (state->destroyed || state->owner != (int32_t)number) {
        run_misuse(run, mutex, line);
        return;
    }
    thread_top(&run->state->threads[number])->v[0] = value_of(state->count);
    state->owner = -1;
    state->count = 0;
    rest(run, number, STAGE_ASLEEP);
}

/* Threads that rest at this stage of an operation on the object, by number. */
static uint32_t resting(Run *run, uint32_t stage, uint32_t object, uint32_t *threads)
{
    uint32_t count = 0;
    for (uint32_t t = 0; t < run->state->thread_count; t++) {
        Thread *thread = &run->state->threads[t];
        if (thread->ended || thread->frame_count == 0)
            continue;
        const Frame *frame = thread_top(thread);
        uint32_t arm = frame->kind == FRAME_STMT ? (uint32_t)frame->v[0].n : 0; /* in a select */
        if (frame->stage == stage && thread->values[frame->base + arm * SLOT_COUNT + SLOT_OBJECT].n == (int64_t)object)
            threads[count++] = t;
    }
    return count;
}

static void execute_wake(Run *run, uint32_t object, bool is_all)
{
    uint32_t threads[MAX_THREADS];
    uint32_t count = resting(run, STAGE_ASLEEP, object, threads);
    if (count == 0)
        return;
    uint32_t first = is_all || count == 1 ? 0 : run_choose(run, count);
    uint32_t end = is_all ? count : first + 1;
    for (uint32_t i = first; i < end; i++)
        thread_top(&run->state->threads[threads[i]])->stage = STAGE_WOKEN;
}

static void execute_barrier(Run *run, uint32_t number, uint32_t object)
{
    ObjectState *state = &run->state->objects[object];
    if (state->count + 1 < run->model->objects[object].symbol->parties) {
        state->count++;
        rest(run, number, STAGE_ARRIVED);
        return;
    }
    uint32_t threads[MAX_THREADS];
    uint32_t count = resting(run, STAGE_ARRIVED, object, threads);
    state->count = 0;
    for (uint32_t i = 0; i < count; i++)
        thread_top(&run->state->threads[threads[i]])->stage = STAGE_DONE;
    for (uint32_t i = 0; i < count; i++)
        interpret_advance(run, threads[i]);
}

static void execute_put(Run *run, uint32_t number, uint32_t object, int64_t item, Mode mode, uint32_t line)
{
    ObjectState *queue = &run->state->objects[object];
    const ObjectInfo *info = &run->model->objects[object];
    if (queue->closed) {
        run_misuse(run, object, line);
        return;
    }
    if (info->symbol->capacity > 0) {
        messages_deliver(run, object, item);
        return;
    }
    Partner partners[5 * MAX_THREADS];
    uint32_t count = find_partners(run, number, OPERATION_GET, object, mode == MODE_TRY, partners);
    Partner partner = partners[count == 1 ? 0 : run_choose(run, count)];
    interpret_receive(run, partner.thread, partner.arm, item);
    interpret_advance(run, partner.thread);
}

static void execute_destroy(Run *run, uint32_t number, uint32_t object, uint32_t line)
{
    ObjectState *state = &run->state->objects[object];
    bool in_use = !holds_nobody(state);
    for (uint32_t t = 0; t < run->state->thread_count && !in_use && !run->is_probe; t++)
        in_use = t != number && expand_waits_at(run->model, run->state, t, object);
    if (in_use)
        run_misuse(run, object, line);
    else
        state->destroyed = true;
}

/* count + n, below zero or above the maximum: misuse. */
static void add_to_count(Run *run, uint32_t object, int64_t n, uint32_t line)
{
    ObjectState *state = &run->state->objects[object];
    int64_t maximum =
        run->model->objects[object].symbol->kind == SYMBOL_SEMAPHORE ? run->model->objects[object].symbol->maximum : -1;
    int64_t sum;
    if (__builtin_add_overflow(state->count, n, &sum))
        run_error(run, line);
    else if (sum < 0 || (maximum >= 0 && sum > maximum))
        run_misuse(run, object, line);
    else
        state->count = sum;
}

static void await_again(Run *run, uint32_t number, const Operation *operation)
{
    Value value;
    uint32_t line;
    evaluate(run, number, operation->a, false, &value, &line);
}

void operation_execute(Run *run, uint32_t number, const Operation *operation, uint32_t slots, Mode mode, uint32_t line)
{
    Thread *thread = &run->state->threads[number];
    thread->region_accesses++;
    if (operation->kind == OPERATION_AWAIT) {
        await_again(run, number, operation);
        return;
    }
    if (models_is_timed(operation)) {
        models_timed_execute(run, number, operation);
        return;
    }
    if (operation->kind == OPERATION_GATHER)
        return;
    if (operation->kind == OPERATION_AWAIT_TASK) {
        int64_t result = coroutines_result(run->state, thread->values[slots + SLOT_A].n);
        thread->values[slots + SLOT_ITEM] = value_of(result);
        return;
    }
    if (operation->kind == OPERATION_JOIN) {
        execute_join(run, number, operation, slots, line);
        return;
    }
    uint32_t object = object_of(run, number, slots);
    int64_t value = thread->values[slots + SLOT_A].n;
    ObjectState *state = &run->state->objects[object];
    const Symbol *symbol = run->model->objects[object].symbol;
    if (state->destroyed) {
        run_misuse(run, object, line);
        return;
    }
    switch (operation->kind) {
    case OPERATION_LOCK:
        state->owner = (int32_t)number;
        state->count++;
        return;
    case OPERATION_UNLOCK: operation_unlock(run, number, object, line); return;
    case OPERATION_RDLOCK:
        if (state->reads[number] == UINT8_MAX)
            die(EXIT_UNSUPPORTED, "too many read locks");
        state->reads[number]++;
        return;
    case OPERATION_WRLOCK:
        if (symbol->writers_first && mode == MODE_PLAIN) {
            state->announced |= THREAD_BIT(number);
            rest(run, number, STAGE_ANNOUNCED);
        } else {
            state->owner = (int32_t)number;
        }
        return;
    case OPERATION_ACQUIRE: state->count--; return;
    case OPERATION_RELEASE:
        value = operation->a == NULL ? 1 : value;
        if (value < 0)
            run_misuse(run, object, line);
        else
            add_to_count(run, object, value, line);
        return;
    case OPERATION_WAIT_CONDITION:
        if (mode != MODE_PLAIN)
            die(EXIT_UNSUPPORTED, "line %u: a wait under try or select", line);
        execute_wait_condition(run, number, slots, line);
        return;
    case OPERATION_SIGNAL: execute_wake(run, object, false); return;
    case OPERATION_BROADCAST: execute_wake(run, object, true); return;
    case OPERATION_WAIT_BARRIER: execute_barrier(run, number, object); return;
    case OPERATION_SET: state->count = 1; return;
    case OPERATION_CLEAR: state->count = 0; return;
    case OPERATION_WAIT_EVENT:
    case OPERATION_WAIT_WAITGROUP: return;
    case OPERATION_ADD: add_to_count(run, object, value, line); return;
    case OPERATION_DONE: add_to_count(run, object, -1, line); return;
    case OPERATION_PUT: execute_put(run, number, object, value, mode, line); return;
    case OPERATION_GET:
    case OPERATION_RECEIVE: {
        Value item, ok;
        messages_get(run, number, object, &item, &ok);
        slots_of(run, number, slots)[SLOT_ITEM] = item;
        slots_of(run, number, slots)[SLOT_OK] = ok;
        return;
    }
    case OPERATION_SEND: messages_send(run, object, value, line); return;
    case OPERATION_PUBLISH: messages_publish(run, object, value, line); return;
    case OPERATION_ACK: messages_ack(run, number, object, line); return;
    case OPERATION_CLOSE:
        if (state->closed)
            run_misuse(run, object, line);
        for (uint32_t i = 0; i < (symbol->is_topic ? symbol->length : 1); i++)
            run->state->objects[object + i].closed = true;
        return;
    case OPERATION_DESTROY: execute_destroy(run, number, object, line); return;
    case OPERATION_SLEEP:
    case OPERATION_IO:
    case OPERATION_COMPUTE: return; /* above */
    case OPERATION_JOIN:
    case OPERATION_AWAIT:
    case OPERATION_KIND_COUNT: return;
    case OPERATION_AWAIT_TASK:
    case OPERATION_GATHER: return;
    case OPERATION_MAP:
    case OPERATION_SHUTDOWN: die(EXIT_UNSUPPORTED, "line %u: %s", line, operation_word(operation->kind));
    }
}
