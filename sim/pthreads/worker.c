/* worker.c: what one real thread does: the step code's local work, its accesses to variables, and the order of it all. */
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "machine/compute.h"
#include "pthreads/processes.h"
#include "pthreads/rig.h"

enum { MAX_LOCAL_OPERATIONS = 1000000 }; /* as in the simulation */

Took worker_stop(Worker *worker, const Instr *instr, FindingKind kind, bool is_assume, const char *format, ...)
{
    Rig *rig = worker->rig;
    pthread_mutex_lock(&rig->births); /* in FREE several may come here at once */
    if (!rig->stop.is_stopped) {
        rig->stop = (RigStop){.is_stopped = true, .is_assume = is_assume, .kind = kind, .thread = worker->id, .line = rig_line(rig, instr)};
        va_list args;
        va_start(args, format);
        vsnprintf(rig->stop.text, sizeof rig->stop.text, format, args);
        va_end(args);
    }
    pthread_mutex_unlock(&rig->births);
    return TOOK_STOPPED;
}

const LoggedAccess *worker_script(Worker *worker, const Instr *instr)
{
    uint32_t address = (uint32_t)(instr - worker->rig->program->code);
    for (uint32_t i = worker->script_at; i < worker->script_count; i++)
        if (worker->script[i].thread == worker->id && worker->script[i].instr == address) {
            worker->script_at = i + 1;
            return &worker->script[i];
        }
    return NULL;
}

/* ------------------------------------------------------------- local work */

static Took run_local(Worker *worker, const Instr *instr, uint32_t flags)
{
    int64_t *r = worker->registers;
    if ((flags & OPF_DEF_A) && (flags & OPF_USE_B)) {
        int64_t value;
        const char *error = exec_compute(instr->op, worker_value(worker, instr->b), flags & OPF_USE_C ? worker_value(worker, instr->c) : 0, &value);
        if (error != NULL)
            return worker_stop(worker, instr, FINDING_RUNTIME_ERROR, false, "%s", error);
        r[instr->a] = value;
        worker->at++;
        return TOOK_NEXT;
    }
    switch (instr->op) {
    case OP_JUMP: worker->at = (uint32_t)instr->b; return TOOK_NEXT;
    case OP_JUMP_ZERO: worker->at = worker_value(worker, instr->a) == 0 ? (uint32_t)instr->b : worker->at + 1; return TOOK_NEXT;
    case OP_JUMP_NONZERO: worker->at = worker_value(worker, instr->a) != 0 ? (uint32_t)instr->b : worker->at + 1; return TOOK_NEXT;
    case OP_CHECK_INDEX: {
        int64_t index = worker_value(worker, instr->a);
        if (index < 0 || index >= instr->b)
            return worker_stop(worker, instr, FINDING_RUNTIME_ERROR, false, "index %lld is outside 0..%d", (long long)index, instr->b - 1);
        break;
    }
    case OP_ARRAY_GET: r[instr->a] = r[instr->b + (Operand)worker_value(worker, instr->c)]; break;
    case OP_ARRAY_SET: r[instr->b + (Operand)worker_value(worker, instr->c)] = worker_value(worker, instr->a); break;
    case OP_ASSERT:
        if (worker_value(worker, instr->a) == 0)
            return worker_stop(worker, instr, FINDING_ASSERTION, false, "%s", instr->b == NO_OPERAND ? "" : worker->rig->program->texts[instr->b]);
        break;
    case OP_ASSUME:
        if (worker_value(worker, instr->a) == 0)
            return worker_stop(worker, instr, FINDING_ASSERTION, true, "assumption failed");
        break;
    case OP_TIMER:
        if (worker_value(worker, instr->a) < 0)
            return worker_stop(worker, instr, FINDING_RUNTIME_ERROR, false, "a time below zero");
        break;
    case OP_ERROR: return worker_stop(worker, instr, FINDING_RUNTIME_ERROR, false, "%s", worker->rig->program->texts[instr->b]);
    case OP_REGION_END: worker->region = 0; break;
    default: break; /* markers */
    }
    worker->at++;
    return TOOK_NEXT;
}

/* Up to the next point, or to the address `stop`. */
static Took run_to(Worker *worker, uint32_t stop)
{
    const Program *program = worker->rig->program;
    for (;;) {
        if (worker->at == stop)
            return TOOK_NEXT;
        const Instr *instr = &program->code[worker->at];
        if (instr->flags & INSTR_STEP) {
            if (instr->op != OP_REGION || instr->a != 0 || instr->b != worker->region)
                return TOOK_NEXT;
            worker->at++; /* the same statement goes on */
            continue;
        }
        if (instr->op == OP_END)
            return TOOK_NEXT;
        uint32_t flags = program_op_flags[instr->op];
        Took took;
        if (flags & OPF_LOCAL) {
            if (++worker->local_operations > MAX_LOCAL_OPERATIONS)
                return worker_stop(worker, instr, FINDING_RUNTIME_ERROR, false, "runs for ever without a step");
            took = run_local(worker, instr, flags);
        } else {
            if (instr->op == OP_ONCE_LEAVE && worker->once_depth > 0)
                return TOOK_LEAVE;
            took = real_operation(worker, instr, worker->waits);
            if (took == TOOK_NEXT && !(instr->flags & INSTR_OPERAND))
                worker->accesses++;
            if (took == TOOK_BLOCKED && !(instr->flags & INSTR_FIRST) && !((instr->flags & INSTR_FIRST_ACCESS) && worker->accesses == 0))
                return worker_stop(worker, instr, FINDING_RUNTIME_ERROR, false, "blocks inside an atomic block");
        }
        if (took != TOOK_NEXT)
            return took;
    }
}

Took worker_run(Worker *worker)
{
    return run_to(worker, NO_ID);
}

/* ------------------------------------------------------------- operations */

static Took run_access(Worker *worker, const Instr *instr)
{
    _Atomic int64_t *variable = processes_variable(worker->rig, worker_object(worker, instr));
    switch (instr->op) {
    case OP_LOAD: worker->registers[instr->a] = atomic_load(variable); break;
    case OP_STORE: atomic_store(variable, worker_value(worker, instr->a)); break;
    case OP_EXCHANGE: worker->registers[instr->a] = atomic_exchange(variable, worker_value(worker, instr->d)); break;
    case OP_CAS: {
        int64_t expected = worker_value(worker, instr->d);
        worker->registers[instr->a] = atomic_compare_exchange_strong(variable, &expected, worker_value(worker, instr->e));
        break;
    }
    default: { /* OP_FETCH_ADD, checked */
        int64_t before = atomic_load(variable), after;
        do
            if (__builtin_add_overflow(before, worker_value(worker, instr->d), &after))
                return worker_stop(worker, instr, FINDING_RUNTIME_ERROR, false, "overflow in fetch_add");
        while (!atomic_compare_exchange_weak(variable, &before, after));
        worker->registers[instr->a] = before;
        break;
    }
    }
    worker->at++;
    return TOOK_NEXT;
}

static Took run_choose(Worker *worker, const Instr *instr)
{
    const LoggedAccess *script = worker_script(worker, instr);
    const Program *program = worker->rig->program;
    if (instr->op == OP_CHOOSE) {
        Operand pick = script == NULL ? (Operand)rng_below(&worker->rng, (uint64_t)instr->c) : 0;
        for (Operand k = 0; script != NULL && k < instr->c; k++)
            if (worker_value(worker, program->lists[instr->b + k]) == script->after)
                pick = k;
        worker->registers[instr->a] = worker_value(worker, program->lists[instr->b + pick]);
    } else {
        int64_t low = worker_value(worker, instr->b), high = worker_value(worker, instr->c);
        if (high < low)
            return worker_stop(worker, instr, FINDING_RUNTIME_ERROR, false, "choose from an empty range");
        if ((uint64_t)high - (uint64_t)low >= 1000000)
            return worker_stop(worker, instr, FINDING_RUNTIME_ERROR, false, "choose from more than 1,000,000 values");
        int64_t value = script != NULL ? script->after : low + (int64_t)rng_below(&worker->rng, (uint64_t)(high - low) + 1);
        worker->registers[instr->a] = value < low || value > high ? low : value;
    }
    worker->at++;
    return TOOK_NEXT;
}

static Took run_print(Worker *worker, const Instr *instr)
{
    Text text = {0};
    for (Operand k = 0; k < instr->b; k++) {
        const PrintPart *part = &worker->rig->program->parts[instr->a + k];
        if (part->text != NULL)
            text_add(&text, part->text);
        else
            text_format(&text, "%lld", (long long)worker_value(worker, part->value));
    }
    if (text.failed)
        rig_fail(worker->rig, "out of memory");
    else
        rig_print(worker->rig, text.length > 0 ? text.bytes : "");
    text_free(&text);
    worker->at++;
    return TOOK_NEXT;
}

static Took run_await(Worker *worker, const Instr *instr)
{
    uint32_t at = worker->at, accesses = worker->accesses;
    worker->at = (uint32_t)(instr - worker->rig->program->code) + 1;
    Took took = run_to(worker, (uint32_t)instr->b);
    worker->at = at;
    worker->accesses = accesses; /* looking whether to wait is no access */
    if (took != TOOK_NEXT)
        return took;
    if (worker_value(worker, worker->rig->program->code[instr->b].a) == 0)
        return TOOK_BLOCKED;
    worker->at = (uint32_t)instr->b + 1;
    return TOOK_NEXT;
}

bool worker_guard_holds(Worker *worker, const Instr *await)
{
    Rig *rig = worker->rig;
    uint32_t at = worker->at, script_at = worker->script_at;
    Took took = run_await(worker, await);
    worker->at = at;
    worker->script_at = script_at;
    if (took == TOOK_STOPPED) /* doing it shows the error */
        rig->stop.is_stopped = false;
    return took != TOOK_BLOCKED;
}

static Took plain_operation(Worker *worker, const Instr *instr, bool waits)
{
    switch (instr->op) {
    case OP_LOAD: case OP_STORE: case OP_CAS: case OP_FETCH_ADD: case OP_EXCHANGE: return run_access(worker, instr);
    case OP_CHOOSE: case OP_CHOOSE_RANGE: return run_choose(worker, instr);
    case OP_PRINT: return run_print(worker, instr);
    case OP_YIELD:
        if (worker->rig->mode == RIG_FREE)
            sched_yield();
        worker->at++;
        return TOOK_NEXT;
    case OP_FENCE:
        atomic_thread_fence(memory_order_seq_cst);
        worker->at++;
        return TOOK_NEXT;
    case OP_CORE_TAKE: /* the schedule says when; what is left of the work is part of the state */
        if (instr->a != NO_OPERAND) {
            int64_t work = worker_value(worker, instr->b), quantum = worker->rig->program->quantum_ns;
            worker->registers[instr->a] = quantum > 0 && work > quantum ? work - quantum : 0;
        }
        worker->at++;
        return TOOK_NEXT;
    case OP_SKIP: case OP_TASK_START: case OP_SLEEP: case OP_IO: case OP_COMPUTE: worker->at++; return TOOK_NEXT;
    case OP_REGION:
        if (instr->a == 0)
            worker->region = instr->b;
        worker->at++;
        return TOOK_NEXT;
    case OP_AWAIT: return run_await(worker, instr);
    case OP_SELECT: return real_select(worker, instr);
    case OP_LOCK: case OP_UNLOCK: case OP_RDLOCK: case OP_WRLOCK_ANNOUNCE: case OP_WRLOCK: case OP_RW_UNLOCK: return real_lock(worker, instr, waits);
    case OP_ACQUIRE: case OP_RELEASE: case OP_EVENT_SET: case OP_EVENT_CLEAR: case OP_EVENT_WAIT: case OP_WAITGROUP_ADD: case OP_WAITGROUP_WAIT:
    case OP_DESTROY:
        return real_counter(worker, instr, waits);
    case OP_CONDITION_WAIT: case OP_CONDITION_SLEEP: case OP_CONDITION_WAKE: case OP_SIGNAL: case OP_BROADCAST: case OP_BARRIER_ARRIVE: case OP_BARRIER_WAIT:
        return real_condition(worker, instr, waits);
    case OP_PUT: case OP_GET: case OP_CLOSE: case OP_LENGTH: case OP_CLOSED: return real_queue(worker, instr, waits);
    case OP_AWAIT_HANDLE: case OP_GATHER: case OP_NEXT_COMPLETED: case OP_POOL_START: case OP_POOL_CLOSE: case OP_POOL_DRAIN: return real_domain(worker, instr);
    case OP_SEND: case OP_PUBLISH: case OP_TOPIC_CLOSE: case OP_ACK: return real_message(worker, instr);
    default: return real_thread(worker, instr, waits);
    }
}

/* `try` on a get from a rendezvous: it fails only while no sender is ready; otherwise the sender's joint step does it. */
static bool waits_for_sender(Worker *worker, const Instr *instr)
{
    if (instr->op != OP_GET || worker->rig->program->objects[instr->b].symbol->capacity > 0)
        return false;
    return real_partners(worker, instr, true, NO_ID, NULL, NULL) > 0;
}

Took real_operation(Worker *worker, const Instr *instr, bool waits)
{
    if (!(instr->flags & INSTR_TRY))
        return plain_operation(worker, instr, waits);
    int64_t old = worker->registers[instr->result];
    worker->registers[instr->result] = 1; /* ahead of the operation: a sleep keeps it */
    Took took = plain_operation(worker, instr, false);
    if (took == TOOK_STOPPED)
        worker->registers[instr->result] = old;
    if (took != TOOK_BLOCKED)
        return took;
    worker->registers[instr->result] = old;
    if (waits_for_sender(worker, instr))
        return TOOK_BLOCKED;
    worker->registers[instr->result] = 0;
    worker->at = instr->op == OP_AWAIT ? (uint32_t)instr->b + 1 : instr->op == OP_ONCE_ENTER ? (uint32_t)instr->d : worker->at + 1;
    return TOOK_NEXT;
}

/* ------------------------------------------------------------------- life */

/* One step; TOOK_BLOCKED leaves the worker as it was. */
static Took step(Worker *worker)
{
    Rig *rig = worker->rig;
    const Instr *instr = worker_instr(worker);
    if (rig->mode != RIG_FREE) {
        memcpy(worker->saved, worker->registers, worker->code->register_count * sizeof *worker->saved);
        worker->saved_at = worker->at;
        worker->saved_region = worker->region;
    }
    worker->accesses = worker->local_operations = 0;
    worker->region = 0;
    Took took = real_operation(worker, instr, worker->waits);
    if (took == TOOK_NEXT)
        took = worker_run(worker);
    if (took == TOOK_BLOCKED) {
        memcpy(worker->registers, worker->saved, worker->code->register_count * sizeof *worker->saved);
        worker->at = worker->saved_at;
        worker->region = worker->saved_region;
    }
    return took;
}

static void tell_end(Worker *worker)
{
    pthread_mutex_lock(&worker->end.mutex);
    worker->end.value = 1;
    pthread_cond_broadcast(&worker->end.changed);
    pthread_mutex_unlock(&worker->end.mutex);
    atomic_store(&worker->life, LIFE_ENDED); /* last: from now on it will wake nobody, and who looks for a deadlock may leave it out */
}

Took worker_settle(Worker *worker, Took took)
{
    if (took == TOOK_STOPPED)
        atomic_store(&worker->life, LIFE_ENDED); /* it stands nowhere any more */
    if (took == TOOK_NEXT && worker_instr(worker)->op == OP_END) {
        if (worker->rig->mode == RIG_GATED && worker->code->is_spawned)
            worker->completed = ++worker->rig->completions;
        if (!real_return_held(worker))
            return TOOK_QUIT;
        tell_end(worker);
        return TOOK_ENDED;
    }
    return took;
}

/* From the middle of a step, which went `took` so far, to the thread's end. With TOOK_LEAVE it is the worker's turn. */
static Took go_on(Worker *worker, Took took)
{
    const RigTurns *turns = &worker->rig->turns;
    for (;;) {
        took = worker_settle(worker, took);
        if (took == TOOK_LEAVE || took == TOOK_QUIT)
            return took;
        if (took == TOOK_BLOCKED) {
            if (turns->blocked(turns->context, worker) == TOOK_QUIT)
                return TOOK_QUIT;
        } else {
            atomic_store_explicit(&worker->steps, atomic_load_explicit(&worker->steps, memory_order_relaxed) + 1, memory_order_relaxed);
            turns->after(turns->context, worker, took);
            if (took == TOOK_ENDED || took == TOOK_STOPPED)
                return took;
        }
        took = worker_take_turn(worker);
    }
}

/* Waits for the turn and takes the step. */
Took worker_take_turn(Worker *worker)
{
    const RigTurns *turns = &worker->rig->turns;
    Took took = turns->before(turns->context, worker);
    if (took != TOOK_NEXT)
        return took;
    if (worker->role != ROLE_STEP) { /* another's step lets it go on */
        worker->local_operations = worker->accesses = 0;
        return worker_run(worker);
    }
    if (worker_instr(worker)->op == OP_ONCE_LEAVE && worker->once_depth > 0)
        return TOOK_LEAVE;
    return step(worker);
}

Took worker_live(Worker *worker)
{
    worker->local_operations = worker->accesses = 0;
    return go_on(worker, worker_run(worker));
}

Took worker_live_on(Worker *worker)
{
    return go_on(worker, worker_take_turn(worker));
}

/* Blocks in the object's own call where it has one, and on the bell where a thread waits for several objects. */
void worker_block(Worker *worker)
{
    Rig *rig = worker->rig;
    worker->waits = true;
    Took took = step(worker);
    worker->waits = false;
    if (took != TOOK_BLOCKED)
        return;
    worker_may_sleep(worker, &rig->bell, sizeof rig->bell);
    pthread_mutex_lock(&rig->steps);
    while (!atomic_load(&rig->is_over))
        pthread_cond_wait(&rig->bell, &rig->steps);
    pthread_mutex_unlock(&rig->steps);
    worker_is_awake(worker);
}

/* ------------------------------------------------------------------- once */

static _Thread_local Worker *running; /* pthread_once passes nothing on */

static void run_body(void)
{
    Worker *worker = running;
    RealObject *once = &worker->rig->objects[worker_object(worker, worker->once_instr)];
    worker_is_awake(worker);
    atomic_store(&once->value, (int64_t)worker->id + 2);
    worker->at++;
    worker->accesses++; /* entering is one, and counts for what the body meets in an atomic block */
    worker->once_depth++;
    worker->once_took = go_on(worker, worker_run(worker));
    worker->once_depth--;
    atomic_store(&once->value, 1);
}

/* The body runs inside pthread_once. It comes back in the middle of another step: the one that leaves the body. */
static Took enter_once(Worker *worker, const Instr *instr, RealObject *once)
{
    worker->once_took = TOOK_ENDED; /* by then: the body was not run */
    worker->once_instr = instr;
    running = worker;
    if (worker->rig->shared == NULL) {
        worker_may_sleep(worker, once, sizeof *once);
        pthread_once(&once->once, run_body);
        worker_is_awake(worker);
    } else if (atomic_load(&once->value) == 0) { /* there is no pthread_once between processes */
        run_body();
    }
    if (worker->once_took == TOOK_ENDED && worker_instr(worker) == instr) {
        worker->at = (uint32_t)instr->d;
        return TOOK_NEXT;
    }
    if (worker->once_took != TOOK_LEAVE)
        return TOOK_QUIT; /* inside the body it ended, and said so */
    worker->at++; /* behind ONCE_LEAVE */
    return TOOK_NEXT;
}

Took real_once(Worker *worker, const Instr *instr, bool waits)
{
    ObjectId object = worker_object(worker, instr);
    RealObject *once = &worker->rig->objects[object];
    Took alive = real_check_alive(worker, instr, object);
    if (alive != TOOK_NEXT)
        return alive;
    if ((!waits || worker->rig->shared != NULL) && atomic_load(&once->value) > 1)
        return TOOK_BLOCKED;
    return enter_once(worker, instr, once);
}
