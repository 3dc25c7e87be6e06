/* waiting.c: what a thread that cannot step waits for, and for whom. */
#include <string.h>

#include "machine/execute.h"

/* A state in which something can be tried: a copy, with registers; mostly they need no memory. */
typedef struct Trial {
    Exec x;
    Scratch scratch;
    Expansion expansion;
    bool is_small;
    Word words[64];
    int64_t registers[64];
    uint64_t tokens[64];
} Trial;

static bool trial_begin(Trial *trial, const Machine *m, const Word *state) {
    enum { FEW = sizeof trial->words / sizeof *trial->words };
    trial->x = exec_look(m, state);
    trial->scratch = (Scratch){0};
    trial->expansion = (Expansion){.scratch = &trial->scratch};
    trial->is_small = m->words <= FEW && m->max_registers < FEW && (size_t)m->max_token_words * (1 + (size_t)m->max_registers) < FEW;
    if (trial->is_small) {
        trial->scratch.registers = trial->registers;
        trial->scratch.tokens = trial->tokens;
        trial->scratch.actor_room = 1;
    }
    trial->x.scratch = &trial->scratch;
    trial->x.expansion = &trial->expansion;
    trial->x.state = trial->is_small ? trial->words : mem_alloc(m->words, sizeof *trial->x.state);
    if (trial->x.state) memcpy(trial->x.state, state, m->words * sizeof *state);
    return trial->x.state != NULL;
}

static void trial_end(Trial *trial) {
    if (!trial->is_small) {
        mem_free(trial->x.state);
        mem_free(trial->scratch.registers);
        mem_free(trial->scratch.tokens);
    }
    mem_free(trial->scratch.chooser.taken);
    mem_free(trial->scratch.chooser.options);
    mem_free(trial->expansion.issues);
}

/* Who waits: with the registers of the point, or behind the local work that a block begins with. */
typedef struct Waiter {
    const Exec *x;
    ThreadId thread;
    const Actor *actor; /* NULL: at the point */
} Waiter;

static void add_holder(WaitInfo *info, ThreadId thread) {
    if (info->holder_count < sizeof info->holders / sizeof *info->holders) info->holders[info->holder_count++] = thread;
}

static void rwlock_holders(const Exec *x, ObjectId object, bool wants_write, WaitInfo *info) {
    const ObjectLayout *layout = &x->machine->objects[object];
    int64_t writer = exec_get(x, layout->value);
    if (writer > 0) add_holder(info, (ThreadId)(writer - 1));
    if (wants_write)
        for (uint32_t k = 0; k < layout->reader_count; k++)
            if (exec_get(x, layout->first_item + k) > 0) add_holder(info, layout->readers[k]);
    if (wants_write || info->holder_count > 0) return;
    for (ThreadId t = 0; t < x->program->thread_count; t++) { /* writers that stand announced hold readers off */
        const Instr *instr = exec_instr_at(x, t);
        if (instr && instr->op == OP_WRLOCK && instr->d == 1 && exec_object_at(x, t, instr) == object) add_holder(info, t);
    }
}

static int64_t operand_of(const Waiter *w, Operand operand) {
    if (w->actor) return exec_value(w->x, w->actor, operand);
    return operand < 0 ? w->x->program->constants[~operand] : exec_register_at(w->x, w->thread, operand);
}

static ObjectId object_of(const Waiter *w, const Instr *instr) {
    return w->actor ? exec_object(w->x, w->actor, instr) : exec_object_at(w->x, w->thread, instr);
}

/* The operation that decides whether a thread can step that stands at a region, found by trying: in a block the first one, behind the local work ahead
 * of it; in a statement the one that can block, behind the accesses ahead of it. Otherwise the region. */
static const Instr *deciding_in_region(Trial *trial, Actor *actor, ThreadId thread, const Instr *region) {
    Exec *x = &trial->x;
    const Instr *code = x->program->code;
    x->stepping = thread;
    if (!exec_push(x, actor, thread)) return region;
    if (region->a != 0) {
        const Instr *first = exec_first_operation(x, actor);
        return first && (program_op_flags[first->op] & OPF_BLOCKS) ? first : region;
    }
    actor->region = region->b;
    actor->at++;
    uint32_t address = (uint32_t)(region - code), stop = program_region_first(x->program, address);
    Effect effect = exec_run(x, actor, stop == address ? NO_ID : stop);
    return effect == EFFECT_BLOCKED || (effect == EFFECT_NEXT && actor->at == stop) ? code + actor->at : region;
}

static void join_holders(const Waiter *w, const Instr *instr, WaitInfo *info) {
    const Exec *x = w->x;
    info->kind = WAIT_JOIN;
    ThreadId first = (ThreadId)instr->b, count = (ThreadId)instr->c;
    if (instr->op == OP_JOIN_HANDLE) {
        first = exec_thread_of_handle(x, operand_of(w, instr->a));
        if (first == NO_ID) return;
        count = 1;
    } else if (instr->d != NO_OPERAND) {
        first += (ThreadId)operand_of(w, instr->d);
        count = 1;
    }
    for (ThreadId t = first; t < first + count; t++)
        if (exec_point(x, t) != 0) add_holder(info, t);
}

ThreadId machine_controller(const Machine *m, const Word *state, uint32_t domain) {
    int64_t now = m->running[domain] == NO_ID ? 0 : machine_get(m, state, m->running[domain]);
    return now == 0 ? NO_ID : (ThreadId)(now - 1);
}

bool machine_is_working(const Machine *m, const Word *state, ThreadId thread) {
    Exec x = exec_look(m, state);
    return exec_is_working(&x, thread);
}

/* Who keeps a member from running whose operation could be done; NO_ID: nobody, or the operation could not. Without memory for many nobody is told. */
static ThreadId controller_of(const Machine *m, const Word *state, ThreadId thread) {
    uint32_t domain = m->program->threads[thread].domain;
    ThreadId raw = domain == NO_ID ? NO_ID : machine_controller(m, state, domain);
    if (raw == NO_ID || raw == thread) return NO_ID;
    Trial trial;
    ThreadId holder = NO_ID;
    if (trial_begin(&trial, m, state)) {
        holder = exec_controller(&trial.x, thread);
        if (holder != NO_ID && !exec_could_step(&trial.x, thread)) holder = NO_ID;
    }
    trial_end(&trial);
    return holder;
}

/* Those that an await waits for. */
static void awaited_holders(const Waiter *w, const Instr *instr, WaitInfo *info) {
    const Exec *x = w->x;
    bool is_one = instr->op == OP_AWAIT_HANDLE;
    for (Operand k = 0; k < (is_one ? 1 : instr->c); k++) {
        ThreadId other = exec_thread_of_handle(x, operand_of(w, is_one ? instr->d : x->program->lists[instr->b + k]));
        if (other != NO_ID && exec_point(x, other) != 0) add_holder(info, other);
    }
}

bool machine_is_gathered(const Machine *m, const Word *state, ThreadId thread, const Instr *gather, ThreadId other) {
    Exec x = exec_look(m, state);
    for (Operand k = 0; k < gather->c; k++)
        if (exec_thread_of_handle(&x, operand_of(&(Waiter){&x, thread, NULL}, m->program->lists[gather->b + k])) == other) return true;
    return false;
}

static void member_holders(const Exec *x, uint32_t domain, bool only_working, WaitInfo *info) {
    for (ThreadId t = 0; t < x->program->thread_count; t++)
        if (x->program->threads[t].domain == domain && machine_is_born(x->machine, x->state, t) && exec_point(x, t) != 0 &&
            (!only_working || exec_is_working(x, t)))
            add_holder(info, t);
}

static void tell_wait(const Machine *m, const Word *state, const Waiter *w, const Instr *instr, bool enabled, WaitInfo *info) {
    const Exec *x = w->x;
    ThreadId thread = w->thread;
    info->instr = (uint32_t)(instr - m->program->code);
    info->line = m->program->sites[exec_instr_at(x, thread)->site].part.line; /* of the step, which may be a whole block */
    if (enabled) return;
    ThreadId controller = controller_of(m, state, thread);
    if (controller != NO_ID) {
        info->kind = WAIT_CONTROL;
        add_holder(info, controller);
        return;
    }
    info->kind = WAIT_OTHER;
    if (program_op_flags[instr->op] & OPF_OBJECT) info->object = object_of(w, instr);
    switch (instr->op) {
    case OP_LOCK: {
        info->kind = WAIT_OWNED;
        int64_t owner = exec_get(x, m->objects[info->object].value);
        if (owner > 0) add_holder(info, (ThreadId)(owner - 1));
        break;
    }
    case OP_CONDITION_WAKE: {
        info->kind = WAIT_OWNED;
        info->object = (ObjectId)(instr->d + (instr->e == NO_OPERAND ? 0 : (Operand)operand_of(w, instr->e)));
        int64_t owner = exec_get(x, m->objects[info->object].value);
        if (owner > 0) add_holder(info, (ThreadId)(owner - 1));
        break;
    }
    case OP_RDLOCK: case OP_WRLOCK:
        rwlock_holders(x, info->object, instr->op == OP_WRLOCK, info);
        /* A writer that stands announced owns nothing yet. */
        if (instr->op == OP_WRLOCK || exec_get(x, m->objects[info->object].value) > 0) info->kind = WAIT_OWNED;
        break;
    case OP_ONCE_ENTER: {
        info->kind = WAIT_OWNED;
        int64_t value = exec_get(x, m->objects[info->object].value);
        if (value > 1) add_holder(info, (ThreadId)(value - 2));
        break;
    }
    case OP_JOIN: case OP_JOIN_HANDLE: join_holders(w, instr, info); break;
    case OP_AWAIT_HANDLE: case OP_GATHER:
        info->kind = WAIT_JOIN;
        awaited_holders(w, instr, info);
        break;
    case OP_NEXT_COMPLETED: awaited_holders(w, instr, info); break;
    case OP_POOL_DRAIN:
        info->kind = WAIT_JOIN;
        member_holders(x, program_domain_of(m->program, info->object), false, info);
        break;
    case OP_POOL_START:
        info->kind = WAIT_PLACE;
        member_holders(x, program_domain_of(m->program, info->object), true, info);
        break;
    default: break;
    }
}

void machine_wait(const Machine *m, const Word *state, ThreadId thread, bool enabled, WaitInfo *info) {
    Exec x = exec_look(m, state);
    const Instr *instr = exec_instr_at(&x, thread);
    info->kind = WAIT_NONE;
    info->object = info->instr = info->controller = NO_ID;
    info->line = info->holder_count = 0;
    if (!instr) return;
    Waiter waiter = {&x, thread, NULL};
    if (instr->op != OP_REGION) {
        tell_wait(m, state, &waiter, instr, enabled, info);
        return;
    }
    Trial trial;
    Actor actor;
    if (trial_begin(&trial, m, state)) {
        const Instr *inner = deciding_in_region(&trial, &actor, thread, instr);
        if (inner != instr) waiter.actor = &actor;
        instr = inner;
    }
    tell_wait(m, state, &waiter, instr, enabled, info);
    trial_end(&trial);
}

void machine_wait_control(const Machine *m, const Word *state, ThreadId thread, const bool *is_enabled, WaitInfo *info) {
    uint32_t domain = m->program->threads[thread].domain;
    if (domain == NO_ID || m->program->domains[domain].kind != DOMAIN_LOOP || info->kind == WAIT_NONE || info->kind == WAIT_CONTROL) return;
    ThreadId controller = machine_controller(m, state, domain);
    if (controller == NO_ID || controller == thread || is_enabled[controller]) return;
    if (wait_is_for_all(info->kind)) {
        info->controller = controller;
        return;
    }
    info->kind = WAIT_CONTROL;
    info->object = NO_ID;
    info->holder_count = 0;
    add_holder(info, controller);
}

