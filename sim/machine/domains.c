/* domains.c: who may run beside whom (event loop, fibres, pools), and waiting for what an instance returns.
 *
 * A loop and the fibres have one field `running`: 0 nobody, thread + 1. A member steps only when it is itself, or when control is free. Behind a
 * step control stays with the member, unless the point where it then stands hands over, or it has ended. Fibres hand over where they have to wait,
 * too: control is free while the one that has it is not enabled; that is looked up, not stored. A pool has no field but whether it is shut down:
 * an instance that stands at its POOL_START waits for a worker, one that is past it has one. */
#include <string.h>

#include "machine/execute.h"

static const Domain *domain_of(const Exec *x, ThreadId thread) {
    uint32_t d = x->program->threads[thread].domain;
    return d == NO_ID ? NULL : &x->program->domains[d];
}

static FieldId running_of(const Exec *x, ThreadId thread) {
    uint32_t d = x->program->threads[thread].domain;
    return d == NO_ID ? NO_ID : x->machine->running[d];
}

static bool is_born(const Exec *x, ThreadId thread) { return exec_point(x, thread) != x->program->threads[thread].unborn_point || !x->program->threads[thread].is_spawned; }
static bool has_ended(const Exec *x, ThreadId thread) { return exec_point(x, thread) == 0; }

/* ---------------------------------------------------------- control */

bool exec_loop_has_stopped(const Exec *x, ThreadId thread) {
    const Domain *domain = domain_of(x, thread);
    return domain && domain->main != NO_ID && domain->main != thread && has_ended(x, domain->main);
}

/* Whether a region, a select or a `try` is blocked shows in trying it: on a copy, with choices of its own. What it reports is dropped. */
static bool try_step(Exec *x, Actor *actor) {
    size_t size = x->machine->words * sizeof(Word);
    Word *before = mem_alloc(x->machine->words, sizeof *before);
    if (!before) return true;
    memcpy(before, x->state, size);
    Exec saved = *x;
    uint32_t issues = x->expansion->issue_count;
    Chooser chooser = x->scratch->chooser;
    x->scratch->chooser = (Chooser){0};
    x->log = NULL;
    x->accesses = 0;
    Effect effect = exec_operation(x, actor, &x->program->code[actor->at]);
    if (effect == EFFECT_NEXT) effect = exec_run(x, actor, NO_ID);
    mem_free(x->scratch->chooser.taken);
    mem_free(x->scratch->chooser.options);
    x->scratch->chooser = chooser;
    x->expansion->issue_count = issues;
    *x = saved;
    memcpy(x->state, before, size);
    mem_free(before);
    return effect != EFFECT_BLOCKED;
}

bool exec_could_step(Exec *x, ThreadId thread) {
    Actor actor;
    if (!exec_push(x, &actor, thread)) return true;
    const Instr *instr = &x->program->code[actor.at];
    bool is_compound = instr->op == OP_REGION || instr->op == OP_SELECT || (instr->flags & INSTR_TRY);
    bool is_asleep = instr->op == OP_CONDITION_SLEEP; /* a spurious wake-up is nothing to count on */
    bool enabled = is_compound ? try_step(x, &actor) : !is_asleep && exec_is_enabled(x, &actor, instr);
    exec_pop(x);
    return enabled;
}

ThreadId exec_controller(Exec *x, ThreadId thread) {
    FieldId running = running_of(x, thread);
    int64_t now = running == NO_ID ? 0 : exec_get(x, running);
    if (now == 0) return NO_ID;
    ThreadId holder = (ThreadId)(now - 1);
    if (holder == thread) return NO_ID;
    return domain_of(x, thread)->kind == DOMAIN_FIBRES && !exec_could_step(x, holder) ? NO_ID : holder;
}

Effect exec_enter_domain(Exec *x, ThreadId thread) {
    return exec_loop_has_stopped(x, thread) || exec_controller(x, thread) != NO_ID ? EFFECT_BLOCKED : EFFECT_NEXT;
}

Effect exec_leave_domain(Exec *x, ThreadId thread, uint32_t point) {
    FieldId running = running_of(x, thread);
    if (running == NO_ID) return EFFECT_NEXT;
    int64_t me = (int64_t)thread + 1;
    if (x->stepping != thread && exec_get(x, running) != me) return EFFECT_NEXT;
    const PointLayout *stands = &x->machine->threads[thread].points[point];
    bool stays = point != 0 && !(x->program->code[stands->instr].flags & INSTR_HANDS_OVER);
    EXEC_PUT(x, running, stays ? me : 0);
    return EFFECT_NEXT;
}

Effect exec_check_blocking(Exec *x) {
    for (uint32_t d = 0; d < x->program->domain_count; d++) {
        if (x->program->domains[d].kind != DOMAIN_LOOP) continue;
        int64_t now = exec_get(x, x->machine->running[d]);
        if (now == 0) continue;
        ThreadId holder = (ThreadId)(now - 1);
        const Instr *instr = exec_instr_at(x, holder);
        if (!instr || instr->op == OP_COMPUTE || instr->op == OP_CORE_TAKE) continue; /* to compute is to use the loop */
        bool sleeps = instr->op == OP_SLEEP || instr->op == OP_IO;
        if (!sleeps && exec_could_step(x, holder)) continue;
        bool others = false;
        for (ThreadId t = 0; t < x->program->thread_count && !others; t++)
            others = t != holder && x->program->threads[t].domain == d && is_born(x, t) && !has_ended(x, t);
        if (!others) continue;
        Effect effect = exec_issue(x, FINDING_MISUSE, holder, NO_ID, exec_line(x, instr), "blocks the event loop: no other coroutine can go on meanwhile");
        if (effect != EFFECT_NEXT) return effect;
    }
    return EFFECT_NEXT;
}

/* ------------------------------------------------------------- pools */

static const Domain *pool_of(const Exec *x, ObjectId object, uint32_t *number) {
    for (*number = 0; *number < x->program->domain_count; (*number)++)
        if (x->program->domains[*number].object == object) return &x->program->domains[*number];
    return NULL;
}

static bool waits_for_worker(const Exec *x, ThreadId thread) {
    const Instr *instr = exec_instr_at(x, thread);
    return instr && instr->op == OP_POOL_START;
}

bool exec_is_working(const Exec *x, ThreadId thread) { return is_born(x, thread) && !has_ended(x, thread) && !waits_for_worker(x, thread); }

/* A worker is free, and nobody was submitted earlier who waits for one. */
static bool may_start(const Exec *x, ThreadId thread) {
    uint32_t number = x->program->threads[thread].domain, working = 0;
    int64_t mine = exec_handle(x, thread);
    for (ThreadId t = 0; t < x->program->thread_count; t++) {
        if (x->program->threads[t].domain != number || t == thread || !is_born(x, t)) continue;
        if (exec_is_working(x, t)) working++;
        if (waits_for_worker(x, t) && exec_handle(x, t) < mine) return false;
    }
    return working < x->program->domains[number].places;
}

static bool is_drained(const Exec *x, ObjectId object) {
    uint32_t number;
    (void)pool_of(x, object, &number);
    for (ThreadId t = 0; t < x->program->thread_count; t++)
        if (x->program->threads[t].domain == number && is_born(x, t) && !has_ended(x, t)) return false;
    return true;
}

bool exec_domain_enabled(const Exec *x, const Actor *actor, const Instr *instr) {
    switch (instr->op) {
    case OP_POOL_START: return may_start(x, actor->thread);
    case OP_POOL_DRAIN: return is_drained(x, (ObjectId)instr->b);
    default: break;
    }
    return true;
}

/* ----------------------------------------------------------- results */

static int64_t result_of(const Exec *x, ThreadId thread) {
    int32_t reg = x->program->threads[thread].result;
    return reg < 0 ? 0 : exec_register_at(x, thread, reg);
}

/* The thread of a handle that is waited for; NO_ID when it is none, or the one that waits. */
static ThreadId awaited(const Exec *x, const Actor *actor, Operand handle) {
    ThreadId thread = exec_thread_of_handle(x, exec_value(x, actor, handle));
    return thread == actor->thread ? NO_ID : thread;
}

/* How many of those that ended did so before `thread`, among the handles of a list. */
static uint32_t ended_before(const Exec *x, const Actor *actor, const Instr *instr, ThreadId thread) {
    uint32_t before = 0;
    int64_t mine = exec_get(x, x->machine->threads[thread].completed);
    for (Operand k = 0; k < instr->c; k++) {
        ThreadId other = awaited(x, actor, x->program->lists[instr->b + k]);
        before += other != NO_ID && has_ended(x, other) && exec_get(x, x->machine->threads[other].completed) < mine;
    }
    return before;
}

/* The one that ended as number d of a list; NO_ID: so many have not ended yet. */
static ThreadId next_completed(const Exec *x, const Actor *actor, const Instr *instr) {
    int64_t number = exec_value(x, actor, instr->d);
    for (Operand k = 0; k < instr->c; k++) {
        ThreadId thread = awaited(x, actor, x->program->lists[instr->b + k]);
        if (thread != NO_ID && has_ended(x, thread) && ended_before(x, actor, instr, thread) == (uint32_t)number) return thread;
    }
    return NO_ID;
}

/* What is wrong with the handles of an operation; NULL: nothing. */
static const char *await_misuse(const Exec *x, const Actor *actor, const Instr *instr) {
    bool is_one = instr->op == OP_AWAIT_HANDLE;
    for (Operand k = 0; k < (is_one ? 1 : instr->c); k++) {
        Operand handle = is_one ? instr->d : x->program->lists[instr->b + k];
        ThreadId thread = exec_thread_of_handle(x, exec_value(x, actor, handle));
        if (thread == NO_ID) return "await of something that is no task and no future";
        if (thread == actor->thread) return "a task awaits itself";
    }
    return NULL;
}

bool exec_await_enabled(const Exec *x, const Actor *actor, const Instr *instr) {
    if (await_misuse(x, actor, instr)) return true;
    if (instr->op == OP_AWAIT_HANDLE) return has_ended(x, awaited(x, actor, instr->d));
    if (instr->op == OP_NEXT_COMPLETED) return next_completed(x, actor, instr) != NO_ID;
    for (Operand k = 0; k < instr->c; k++)
        if (!has_ended(x, awaited(x, actor, x->program->lists[instr->b + k]))) return false;
    return true;
}

static void give(const Exec *x, Actor *actor, Operand reg, ThreadId from) {
    if (reg == NO_OPERAND) return;
    actor->registers[reg] = result_of(x, from);
    exec_untaint(x, actor, reg);
}

static Effect run_await(Exec *x, Actor *actor, const Instr *instr) {
    const char *misuse = await_misuse(x, actor, instr);
    if (misuse) return exec_stop(x, actor, instr, FINDING_MISUSE, NO_ID, misuse);
    if (!exec_await_enabled(x, actor, instr)) return EFFECT_BLOCKED;
    LoggedAccess access = {.partner = NO_ID};
    if (instr->op == OP_GATHER) {
        for (Operand k = 0; k < instr->c; k++)
            if (instr->a != NO_OPERAND) give(x, actor, instr->a + k, awaited(x, actor, x->program->lists[instr->b + k]));
    } else {
        access.partner = instr->op == OP_AWAIT_HANDLE ? awaited(x, actor, instr->d) : next_completed(x, actor, instr);
        give(x, actor, instr->a, access.partner);
        access.has_value = instr->a != NO_OPERAND;
        access.after = access.has_value ? actor->registers[instr->a] : 0;
    }
    exec_log(x, actor, instr, NO_ID, access);
    actor->at++;
    return EFFECT_NEXT;
}

/* -------------------------------------------------------------- main */

Effect exec_note_completion(Exec *x, ThreadId thread) {
    FieldId field = x->machine->threads[thread].completed;
    if (field == NO_ID) return EFFECT_NEXT;
    int64_t number = 1;
    for (ThreadId t = x->program->declared_count; t < x->program->thread_count; t++) number += has_ended(x, t);
    EXEC_PUT(x, field, number);
    return EFFECT_NEXT;
}

/* A worker is made when all that are there are busy; the lowest one that is free takes the task. */
static Effect pay(Exec *x, Actor *actor, const Instr *instr) {
    uint32_t number, working = 0;
    const Domain *domain = pool_of(x, (ObjectId)instr->b, &number);
    for (ThreadId t = 0; t < x->program->thread_count; t++)
        working += x->program->threads[t].domain == number && exec_is_working(x, t);
    FieldId made = x->machine->objects[instr->b].depth;
    int64_t cost = domain->symbol->copy_ns;
    if (made != NO_ID && exec_get(x, made) == working) {
        EXEC_PUT(x, made, working + 1);
        cost += domain->symbol->start_ns;
    }
    actor->registers[instr->a] = cost;
    exec_untaint(x, actor, instr->a);
    return EFFECT_NEXT;
}

Effect exec_domain(Exec *x, Actor *actor, const Instr *instr) {
    if (instr->op == OP_AWAIT_HANDLE || instr->op == OP_GATHER || instr->op == OP_NEXT_COMPLETED) return run_await(x, actor, instr);
    if (!exec_domain_enabled(x, actor, instr)) return EFFECT_BLOCKED;
    ObjectId object = (ObjectId)instr->b;
    LoggedAccess access = {.partner = NO_ID};
    if (instr->op == OP_POOL_CLOSE) {
        FieldId closed = x->machine->objects[object].value;
        access = (LoggedAccess){.writes = true, .has_value = true, .before = exec_get(x, closed), .after = 1, .partner = NO_ID};
        EXEC_PUT(x, closed, 1);
    }
    if (instr->op == OP_POOL_START && instr->a != NO_OPERAND) {
        Effect effect = pay(x, actor, instr);
        if (effect != EFFECT_NEXT) return effect;
    }
    exec_log(x, actor, instr, object, access);
    actor->at++;
    return EFFECT_NEXT;
}

Effect exec_start_main(Exec *x) {
    Effect effect = EFFECT_NEXT;
    for (uint32_t d = 0; d < x->program->domain_count && effect == EFFECT_NEXT; d++) {
        ThreadId main = x->program->domains[d].main;
        if (main == NO_ID) continue;
        FieldId handle = x->machine->threads[main].handle;
        if (handle != NO_ID) EXEC_PUT(x, handle, 1);
        Actor actor;
        x->local_operations = 0;
        if (!exec_push(x, &actor, main)) return EFFECT_NO_MEMORY;
        const ExprList *arguments = &x->program->scenario->run->arguments;
        for (uint32_t k = 0; k < arguments->count; k++) actor.registers[k] = arguments->items[k]->value;
        effect = exec_let_go_on(x, &actor, x->program->threads[main].entry);
        exec_pop(x);
    }
    return effect;
}
