#include "pthreads/rig.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "machine/compute.h"
#include "pthreads/processes.h"

/* Operations that have a counterpart on real threads; a new one is refused until it stands here. */
static const bool is_executed[OP_COUNT] = {
    [OP_MOVE] = true, [OP_NEGATE] = true, [OP_NOT] = true, [OP_COMPLEMENT] = true, [OP_ABS] = true, [OP_ADD] = true, [OP_SUBTRACT] = true,
    [OP_MULTIPLY] = true, [OP_DIVIDE] = true, [OP_REMAINDER] = true, [OP_SHIFT_LEFT] = true, [OP_SHIFT_RIGHT] = true, [OP_BIT_AND] = true,
    [OP_BIT_OR] = true, [OP_BIT_XOR] = true, [OP_EQUAL] = true, [OP_NOT_EQUAL] = true, [OP_LESS] = true, [OP_LESS_EQUAL] = true, [OP_MIN] = true,
    [OP_MAX] = true, [OP_JUMP] = true, [OP_JUMP_ZERO] = true, [OP_JUMP_NONZERO] = true, [OP_CHECK_INDEX] = true, [OP_ARRAY_GET] = true,
    [OP_ARRAY_SET] = true, [OP_ASSERT] = true, [OP_ASSUME] = true, [OP_PROGRESS] = true, [OP_END] = true, [OP_ERROR] = true,
    [OP_REGION_END] = true, [OP_AWAIT_END] = true, [OP_MEMBER] = true, [OP_SERIAL_BEGIN] = true, [OP_SERIAL_END] = true, [OP_LOAD] = true,
    [OP_STORE] = true, [OP_CAS] = true, [OP_FETCH_ADD] = true, [OP_EXCHANGE] = true, [OP_CHOOSE] = true, [OP_CHOOSE_RANGE] = true,
    [OP_PRINT] = true, [OP_YIELD] = true, [OP_SKIP] = true, [OP_FENCE] = true, [OP_REGION] = true, [OP_AWAIT] = true, [OP_SELECT] = true,
    [OP_LOCK] = true, [OP_UNLOCK] = true, [OP_RDLOCK] = true, [OP_WRLOCK_ANNOUNCE] = true, [OP_WRLOCK] = true, [OP_RW_UNLOCK] = true,
    [OP_ACQUIRE] = true, [OP_RELEASE] = true, [OP_CONDITION_WAIT] = true, [OP_CONDITION_SLEEP] = true, [OP_CONDITION_WAKE] = true,
    [OP_SIGNAL] = true, [OP_BROADCAST] = true, [OP_BARRIER_ARRIVE] = true, [OP_BARRIER_WAIT] = true, [OP_EVENT_SET] = true,
    [OP_EVENT_CLEAR] = true, [OP_EVENT_WAIT] = true, [OP_WAITGROUP_ADD] = true, [OP_WAITGROUP_WAIT] = true, [OP_PUT] = true, [OP_GET] = true,
    [OP_CLOSE] = true, [OP_LENGTH] = true, [OP_CLOSED] = true, [OP_ONCE_ENTER] = true, [OP_ONCE_LEAVE] = true, [OP_DESTROY] = true,
    [OP_SPAWN] = true, [OP_JOIN] = true, [OP_JOIN_HANDLE] = true, [OP_SEND] = true, [OP_PUBLISH] = true, [OP_TOPIC_CLOSE] = true,
    [OP_SLEEP] = true, [OP_IO] = true, [OP_COMPUTE] = true, [OP_TIMER] = true, [OP_CORE_TAKE] = true,
    [OP_NEVER_AWAITED] = true, [OP_AWAIT_HANDLE] = true, [OP_GATHER] = true, [OP_NEXT_COMPLETED] = true, [OP_POOL_START] = true, [OP_POOL_CLOSE] = true,
    [OP_POOL_DRAIN] = true, [OP_ACK] = true, [OP_TASK_START] = true,
};

/* Whose members do not run freely, and why. */
static const char *refused_domain(DomainKind kind, const char **why)
{
    switch (kind) {
    case DOMAIN_LOOP:
        *why = "which of them has control is for the event loop to say, not for the system";
        return "coroutine";
    case DOMAIN_FIBRES:
        *why = "they hand control to each other, and the system has no part in it";
        return "fibre";
    default:
        *why = "who has a worker of the pool is for the pool to say, not for the system";
        return "pool";
    }
}

const char *rig_refuses(const Program *program, bool is_forced, uint32_t *line, const char **why)
{
    const char *what = NULL;
    *line = 1;
    if (!is_forced && program->has_clock) {
        *why = "its time is simulated, and the system's own would decide otherwise";
        return "clock virtual";
    }
    if (!is_forced && program->has_gil) {
        *why = "when the interpreter's lock changes hands is for the interpreter to say, not for the system";
        return "runtime gil";
    }
    for (ThreadId t = 0; t < program->thread_count && what == NULL; t++) {
        const ThreadCode *thread = &program->threads[t];
        *line = thread->symbol->span.line;
        if (!is_forced && thread->domain != NO_ID)
            what = refused_domain(program->domains[thread->domain].kind, why);
    }
    for (uint32_t i = 0; i < program->code_count && what == NULL; i++) {
        *why = "it has no counterpart on real threads";
        what = is_executed[program->code[i].op] ? NULL : program_op_names[program->code[i].op];
        *line = rig_line_of(program, &program->code[i]);
    }
    return what;
}

/* A step of several calls, or one that looks at several things, would not be one step any more. */
static bool is_single(const Program *program, const Instr *instr)
{
    bool is_rendezvous = (instr->op == OP_PUT || instr->op == OP_GET) && program->objects[instr->b].symbol->capacity == 0;
    switch (instr->op) {
    case OP_PUBLISH: case OP_TOPIC_CLOSE: case OP_REGION: case OP_AWAIT: case OP_SELECT: case OP_CONDITION_SLEEP: return instr->op == OP_CONDITION_SLEEP && !program->spurious;
    case OP_SPAWN: return instr->e != SPAWN_FORK; /* copies variables */
    case OP_RELEASE: return instr->a < 0 && program->constants[~instr->a] == 1;
    case OP_ONCE_ENTER: case OP_JOIN: case OP_JOIN_HANDLE: return !(instr->flags & INSTR_TRY);
    default: return !is_rendezvous;
    }
}

bool rig_fits_free(const Program *program)
{
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (program->threads[t].is_daemon)
            return false;
    for (ObjectId o = 0; o < program->object_count; o++) /* who ends gives messages back, in the same step */
        if (program->objects[o].kind == SYMBOL_QUEUE && program->objects[o].symbol->is_acknowledged)
            return false;
    for (uint32_t i = 0; i < program->code_count; i++)
        if (!is_single(program, &program->code[i]))
            return false;
    return true;
}

void rig_fail(Rig *rig, const char *format, ...)
{
    if (atomic_exchange(&rig->is_failing, true))
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(rig->trouble, sizeof rig->trouble, format, args);
    va_end(args);
    atomic_store(&rig->failed, true);
}

/* --------------------------------------------------------------- objects */

static int sharing(const Rig *rig)
{
    return rig->shared == NULL ? PTHREAD_PROCESS_PRIVATE : PTHREAD_PROCESS_SHARED;
}

static void init_mutex(const Rig *rig, pthread_mutex_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setpshared(&attributes, sharing(rig));
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static void init_condition(const Rig *rig, pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setpshared(&attributes, sharing(rig));
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void init_semaphore(const Rig *rig, sem_t *semaphore, unsigned value)
{
    sem_init(semaphore, rig->shared != NULL, value);
}

static void init_barrier(const Rig *rig, pthread_barrier_t *barrier, unsigned parties)
{
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, sharing(rig));
    pthread_barrier_init(barrier, &attributes, parties);
    pthread_barrierattr_destroy(&attributes);
}

static void open_counter(const Rig *rig, RealCounter *counter, int64_t value)
{
    init_mutex(rig, &counter->mutex, PTHREAD_MUTEX_DEFAULT);
    init_condition(rig, &counter->changed);
    counter->value = value;
}

static void close_counter(RealCounter *counter)
{
    pthread_mutex_destroy(&counter->mutex);
    pthread_cond_destroy(&counter->changed);
}

static void open_rwlock(const Rig *rig, RealObject *object, const Symbol *symbol)
{
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setpshared(&attributes, sharing(rig));
#ifdef __GLIBC__
    if (symbol->writers_first)
        pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
    pthread_rwlock_init(&object->rwlock, &attributes);
    pthread_rwlockattr_destroy(&attributes);
}

/* Everything but the memory of items and counts, which stays. */
static void open_object(const Rig *rig, ObjectId id, RealObject *object)
{
    const Program *program = rig->program;
    const Symbol *symbol = program->objects[id].symbol;
    int64_t initial = program->objects[id].element < symbol->initial_count && object->kind != SYMBOL_QUEUE ? symbol->initial[program->objects[id].element] : 0;
    atomic_store(&object->value, object->kind == SYMBOL_VARIABLE ? initial : 0);
    atomic_store(&object->announced, 0);
    atomic_store(&object->is_destroyed, false);
    object->depth = 0;
    switch (object->kind) {
    case SYMBOL_MUTEX: /* not ERRORCHECK: a thread that locks its own mutex again deadlocks */
        init_mutex(rig, &object->mutex, symbol->is_recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
        break;
    case SYMBOL_RWLOCK:
        open_rwlock(rig, object, symbol);
        memset(object->reads, 0, program->thread_count * sizeof *object->reads);
        break;
    case SYMBOL_SEMAPHORE: init_semaphore(rig, &object->semaphore, (unsigned)initial); break;
    case SYMBOL_CONDITION: init_condition(rig, &object->condition); break;
    case SYMBOL_BARRIER: init_barrier(rig, &object->barrier, (unsigned)symbol->parties); break;
    case SYMBOL_ONCE: object->once = (pthread_once_t)PTHREAD_ONCE_INIT; break;
    case SYMBOL_EVENT: case SYMBOL_WAITGROUP: open_counter(rig, &object->counter, initial); break;
    case SYMBOL_QUEUE: {
        RealQueue *queue = &object->queue;
        init_mutex(rig, &queue->mutex, PTHREAD_MUTEX_DEFAULT);
        init_condition(rig, &queue->not_empty);
        init_condition(rig, &queue->not_full);
        init_semaphore(rig, &queue->full, 0);
        init_semaphore(rig, &queue->taken, 0);
        queue->capacity = symbol->capacity;
        queue->first = queue->slot = 0;
        queue->closed = false;
        queue->length = symbol->initial_count;
        queue->held_count = 0;
        if (queue->held != NULL) {
            memset(queue->held, 0, program->thread_count * sizeof *queue->held);
            memset(queue->marks, 0, (size_t)queue->room * sizeof *queue->marks);
        }
        for (uint32_t k = 0; k < symbol->initial_count; k++)
            queue->items[k] = symbol->initial[k];
        break;
    }
    default: break;
    }
}

static void close_object(RealObject *object)
{
    switch (object->kind) {
    case SYMBOL_MUTEX: pthread_mutex_destroy(&object->mutex); break;
    case SYMBOL_RWLOCK: pthread_rwlock_destroy(&object->rwlock); break;
    case SYMBOL_SEMAPHORE: sem_destroy(&object->semaphore); break;
    case SYMBOL_CONDITION: pthread_cond_destroy(&object->condition); break;
    case SYMBOL_BARRIER: pthread_barrier_destroy(&object->barrier); break;
    case SYMBOL_EVENT: case SYMBOL_WAITGROUP: close_counter(&object->counter); break;
    case SYMBOL_QUEUE:
        pthread_mutex_destroy(&object->queue.mutex);
        pthread_cond_destroy(&object->queue.not_empty);
        pthread_cond_destroy(&object->queue.not_full);
        sem_destroy(&object->queue.full);
        sem_destroy(&object->queue.taken);
        break;
    default: break;
    }
}

/* What the system's own objects cannot hold. */
static bool fits_system(Rig *rig, ObjectId id)
{
    const Object *object = &rig->program->objects[id];
    const Symbol *symbol = object->symbol;
    if (object->kind == SYMBOL_SEMAPHORE && object->element < symbol->initial_count && symbol->initial[object->element] > INT_MAX)
        rig_fail(rig, "%s: a sem_t holds at most %d", object->name, INT_MAX);
    if (object->kind == SYMBOL_BARRIER && symbol->parties > INT_MAX)
        rig_fail(rig, "%s: a pthread_barrier_t is for at most %d threads", object->name, INT_MAX);
    return !rig->failed;
}

static Status make_queue(const Rig *rig, const Symbol *symbol, RealQueue *queue)
{
    size_t room = symbol->is_unbounded ? 0 : (size_t)symbol->capacity, threads = (size_t)rig->program->thread_count + 1;
    room = (room > symbol->initial_count ? room : symbol->initial_count) + 1;
    queue->items = shared_alloc(rig->shared, room, sizeof *queue->items);
    queue->room = (int64_t)room;
    if (symbol->is_acknowledged) {
        queue->marks = shared_alloc(rig->shared, room, sizeof *queue->marks);
        queue->held = shared_alloc(rig->shared, threads, sizeof *queue->held);
        queue->held_items = shared_alloc(rig->shared, threads, sizeof *queue->held_items);
    }
    bool is_whole = queue->items != NULL && (!symbol->is_acknowledged || (queue->marks != NULL && queue->held != NULL && queue->held_items != NULL));
    return is_whole ? STATUS_OK : STATUS_NO_MEMORY;
}

static void free_queue(const Rig *rig, RealQueue *queue)
{
    shared_free(rig->shared, queue->items);
    shared_free(rig->shared, queue->marks);
    shared_free(rig->shared, queue->held);
    shared_free(rig->shared, queue->held_items);
}

static Status make_objects(Rig *rig)
{
    const Program *program = rig->program;
    rig->objects = shared_alloc(rig->shared, program->object_count + 1, sizeof *rig->objects);
    if (rig->objects == NULL)
        return STATUS_NO_MEMORY;
    for (ObjectId o = 0; o < program->object_count; o++) {
        RealObject *object = &rig->objects[o];
        const Symbol *symbol = program->objects[o].symbol;
        if (!fits_system(rig, o))
            return STATUS_INVALID;
        if (program->objects[o].kind == SYMBOL_QUEUE && make_queue(rig, symbol, &object->queue) != STATUS_OK)
            return STATUS_NO_MEMORY;
        if (program->objects[o].kind == SYMBOL_RWLOCK) {
            object->reads = shared_alloc(rig->shared, program->thread_count, sizeof *object->reads);
            if (object->reads == NULL)
                return STATUS_NO_MEMORY;
        }
        object->kind = program->objects[o].kind;
        open_object(rig, o, object);
    }
    return STATUS_OK;
}

/* --------------------------------------------------------------- workers */

static void rest_worker(Worker *worker)
{
    const ThreadCode *code = worker->code;
    memset(worker->registers, 0, code->register_count * sizeof *worker->registers);
    worker->at = code->entry;
    worker->region = 0;
    worker->once_depth = worker->owned = 0;
    worker->waits = worker->rig->mode == RIG_FREE;
    worker->role = ROLE_STEP;
    worker->is_joined = worker->is_let_go = worker->is_waiting = worker->is_woken = false;
    worker->handle = worker->completed = 0;
    worker->script = NULL;
    worker->script_count = worker->script_at = 0;
    worker->end.value = 0;
    atomic_store(&worker->life, code->is_spawned ? LIFE_UNBORN : LIFE_ALIVE);
}

static Status make_workers(Rig *rig)
{
    const Program *program = rig->program;
    rig->workers = shared_alloc(rig->shared, program->thread_count + 1, sizeof *rig->workers);
    if (rig->workers == NULL)
        return STATUS_NO_MEMORY;
    for (ThreadId t = 0; t < program->thread_count; t++) {
        Worker *worker = &rig->workers[t];
        *worker = (Worker){.rig = rig, .code = &program->threads[t], .id = t, .rng = rng_seed(t)};
        worker->registers = shared_alloc(rig->shared, (size_t)worker->code->register_count + 1, sizeof *worker->registers);
        worker->saved = shared_alloc(rig->shared, (size_t)worker->code->register_count + 1, sizeof *worker->saved);
        if (worker->registers == NULL || worker->saved == NULL)
            return STATUS_NO_MEMORY;
        open_counter(rig, &worker->end, 0);
        init_semaphore(rig, &worker->gate, 0);
        init_condition(rig, &worker->wake);
        rest_worker(worker);
    }
    return STATUS_OK;
}

Status rig_new(const Program *program, RigMode mode, const RigTurns *turns, Shared *shared, Rig **out)
{
    *out = NULL;
    Rig *rig = shared_alloc(shared, 1, sizeof *rig);
    if (rig == NULL)
        return STATUS_NO_MEMORY;
    *rig = (Rig){.program = program, .shared = shared, .mode = mode, .turns = *turns};
    init_mutex(rig, &rig->steps, PTHREAD_MUTEX_DEFAULT);
    init_mutex(rig, &rig->births, PTHREAD_MUTEX_DEFAULT);
    init_mutex(rig, &rig->printing, PTHREAD_MUTEX_DEFAULT);
    init_condition(rig, &rig->bell);
    init_semaphore(rig, &rig->settled, 0);
    rig->values = shared_alloc(rig->shared, (size_t)program->property_registers + 1, sizeof *rig->values);
    Status status = rig->values == NULL ? STATUS_NO_MEMORY : make_objects(rig);
    if (status == STATUS_OK)
        status = make_workers(rig);
    if (status == STATUS_OK && shared != NULL)
        status = processes_new(rig);
    *out = rig;
    if (status == STATUS_NO_MEMORY) {
        rig_free(rig);
        *out = NULL;
    }
    return status;
}

static void forget_output(Rig *rig)
{
    for (uint32_t i = 0; i < rig->output_count; i++)
        shared_free(rig->shared, rig->output[i]);
    rig->output_count = 0;
}

void rig_reset(Rig *rig)
{
    for (ObjectId o = 0; o < rig->program->object_count; o++) {
        close_object(&rig->objects[o]);
        open_object(rig, o, &rig->objects[o]);
    }
    for (ThreadId t = 0; t < rig->program->thread_count; t++)
        rest_worker(&rig->workers[t]);
    forget_output(rig);
    rig->handles = rig->completions = 0;
    rig->stop.is_stopped = false;
    rig->insists = false;
    atomic_store(&rig->is_over, false);
}

void rig_free(Rig *rig)
{
    if (rig == NULL)
        return;
    for (ObjectId o = 0; rig->objects != NULL && o < rig->program->object_count; o++) {
        RealObject *object = &rig->objects[o];
        close_object(object);
        if (rig->program->objects[o].kind == SYMBOL_QUEUE)
            free_queue(rig, &object->queue);
        shared_free(rig->shared, object->reads);
    }
    for (ThreadId t = 0; rig->workers != NULL && t < rig->program->thread_count; t++) {
        Worker *worker = &rig->workers[t];
        shared_free(rig->shared, worker->registers);
        shared_free(rig->shared, worker->saved);
        if (worker->saved == NULL) /* memory ended here */
            break;
        close_counter(&worker->end);
        sem_destroy(&worker->gate);
        pthread_cond_destroy(&worker->wake);
    }
    forget_output(rig);
    shared_free(rig->shared, rig->output);
    shared_free(rig->shared, rig->objects);
    shared_free(rig->shared, rig->workers);
    shared_free(rig->shared, rig->values);
    pthread_mutex_destroy(&rig->steps);
    pthread_mutex_destroy(&rig->births);
    pthread_mutex_destroy(&rig->printing);
    pthread_cond_destroy(&rig->bell);
    sem_destroy(&rig->settled);
    processes_free(rig);
    shared_free(rig->shared, rig);
}

/* --------------------------------------------------------------- looking */

bool rig_stands_at(const Rig *rig, const Worker *worker, Opcode op, ObjectId object)
{
    const Instr *instr = &rig->program->code[worker->at];
    return atomic_load(&worker->life) == LIFE_ALIVE && instr->op == op && worker_object(worker, instr) == object;
}

bool rig_all_ended(const Rig *rig)
{
    for (ThreadId t = 0; t < rig->program->thread_count; t++)
        if (!rig->program->threads[t].is_daemon && atomic_load(&rig->workers[t].life) == LIFE_ALIVE)
            return false;
    return true;
}

static int64_t read_object(const Rig *rig, ObjectId id)
{
    const RealObject *object = &rig->objects[id];
    return object->kind == SYMBOL_QUEUE ? object->queue.length : atomic_load(&object->value);
}

bool rig_property(Rig *rig, const Property *property, int64_t *value)
{
    const Program *program = rig->program;
    int64_t *r = rig->values;
    uint32_t at = property->first_instr;
#define VALUE(operand) ((operand) >= 0 ? r[operand] : program->constants[~(operand)])
    while (at < property->end_instr) {
        const Instr *instr = &program->code[at++];
        uint32_t flags = program_op_flags[instr->op];
        if ((flags & OPF_LOCAL) && (flags & OPF_DEF_A) && (flags & OPF_USE_B)) {
            if (exec_compute(instr->op, VALUE(instr->b), flags & OPF_USE_C ? VALUE(instr->c) : 0, &r[instr->a]) != NULL)
                return false;
            continue;
        }
        int64_t index = instr->c != NO_OPERAND && (flags & OPF_OBJECT) ? VALUE(instr->c) : 0;
        switch (instr->op) {
        case OP_JUMP: at = (uint32_t)instr->b; break;
        case OP_JUMP_ZERO: if (VALUE(instr->a) == 0) at = (uint32_t)instr->b; break;
        case OP_JUMP_NONZERO: if (VALUE(instr->a) != 0) at = (uint32_t)instr->b; break;
        case OP_CHECK_INDEX:
            if (VALUE(instr->a) < 0 || VALUE(instr->a) >= instr->b)
                return false;
            break;
        case OP_LOAD: case OP_LENGTH: r[instr->a] = read_object(rig, (ObjectId)(instr->b + index)); break;
        case OP_CLOSED: r[instr->a] = rig->objects[instr->b + index].queue.closed; break;
        case OP_MEMBER:
            r[instr->a] = rig->workers[instr->b].registers[instr->c + (instr->d == NO_OPERAND ? 0 : (int32_t)VALUE(instr->d))];
            break;
        default: break;
        }
    }
    *value = VALUE(property->value);
#undef VALUE
    return true;
}

bool rig_finally_holds(Rig *rig)
{
    for (uint32_t i = 0; i < rig->program->finally_count; i++) {
        int64_t value;
        if (!rig_property(rig, &rig->program->finally[i], &value) || value == 0)
            return false;
    }
    return true;
}

void rig_check_always(Rig *rig)
{
    for (uint32_t i = 0; i < rig->program->always_count && !rig->stop.is_stopped; i++) {
        const Property *property = &rig->program->always[i];
        int64_t value = 0;
        bool has_value = rig_property(rig, property, &value);
        if (has_value && value != 0)
            continue;
        rig->stop = (RigStop){.is_stopped = true, .kind = has_value ? FINDING_INVARIANT : FINDING_RUNTIME_ERROR, .thread = NO_ID, .line = property->line};
        snprintf(rig->stop.text, sizeof rig->stop.text, "%s", property->text);
    }
}

void rig_print(Rig *rig, const char *text)
{
    pthread_mutex_lock(&rig->printing);
    if (rig->output_count == rig->output_room) {
        uint32_t room = rig->output_room == 0 ? 16 : rig->output_room * 2;
        char **larger = shared_alloc(rig->shared, room, sizeof *larger);
        if (larger == NULL) {
            rig_fail(rig, "out of memory");
        } else {
            if (rig->output_count > 0)
                memcpy(larger, rig->output, rig->output_count * sizeof *larger);
            shared_free(rig->shared, rig->output);
            rig->output = larger;
            rig->output_room = room;
        }
    }
    size_t size = strlen(text) + 1;
    char *copy = rig->output_count < rig->output_room ? shared_alloc(rig->shared, size, 1) : NULL;
    if (copy == NULL) {
        rig_fail(rig, "out of memory");
    } else {
        memcpy(copy, text, size);
        rig->output[rig->output_count++] = copy;
    }
    pthread_mutex_unlock(&rig->printing);
}
