/* execute.c: actors, local work, and the operations that belong to no family. */
#include "machine/execute.h"

#include <string.h>

enum { MAX_LOCAL_OPERATIONS = 1000000 };

/* ------------------------------------------------------------- actors */

static bool reserve_actor(Exec *x) {
    Scratch *s = x->scratch;
    const Machine *m = x->machine;
    if (s->actor_count < s->actor_room) return true;
    /* Register files do not move while actors are under way: room for every thread is made at once. */
    if (s->actor_count > 0) return false;
    uint32_t room = x->program->thread_count + 1;
    size_t tokens = (size_t)m->max_token_words * (1 + (size_t)m->max_registers);
    int64_t *registers = mem_resize(s->registers, (size_t)room * (m->max_registers + 1), sizeof *registers);
    if (registers) s->registers = registers;
    uint64_t *words = mem_resize(s->tokens, (size_t)room * (tokens + 1), sizeof *words);
    if (words) s->tokens = words;
    if (!registers || !words) return false;
    s->actor_room = room;
    return true;
}

static void load_tokens(Exec *x, Actor *actor, const PointLayout *point) {
    const Machine *m = x->machine;
    const ThreadLayout *thread = &m->threads[actor->thread];
    const ThreadCode *code = &x->program->threads[actor->thread];
    for (uint32_t w = 0; w < code->token_words; w++) actor->overtaken[w] = 0;
    for (uint32_t c = 0; c < thread->chunk_count; c++) actor->overtaken[c / 2] |= (uint64_t)exec_get(x, thread->overtaken + c) << (c % 2 * 32);
    if (!actor->taint) return;
    memset(actor->taint, 0, (size_t)code->register_count * code->token_words * sizeof *actor->taint);
    for (uint32_t k = 0; point && k < point->carrier_count; k++)
        for (uint32_t c = 0; c < thread->chunk_count; c++)
            actor->taint[point->carriers[k].reg * code->token_words + c / 2] |= (uint64_t)exec_get(x, point->carriers[k].field + c) << (c % 2 * 32);
}

Actor *exec_push(Exec *x, Actor *actor, ThreadId thread) {
    if (!reserve_actor(x)) return NULL;
    const Machine *m = x->machine;
    Scratch *s = x->scratch;
    const ThreadCode *code = &x->program->threads[thread];
    const ThreadLayout *layout = &m->threads[thread];
    size_t tokens = (size_t)m->max_token_words * (1 + (size_t)m->max_registers);
    *actor = (Actor){.thread = thread, .at = NO_ID};
    actor->registers = s->registers + (size_t)s->actor_count * (m->max_registers + 1);
    if (layout->chunk_count > 0) {
        actor->overtaken = s->tokens + (size_t)s->actor_count * (tokens + 1);
        if (code->tracks_taint) actor->taint = actor->overtaken + m->max_token_words;
    }
    s->actor_count++;
    uint32_t p = exec_point(x, thread);
    const PointLayout *point = p <= code->point_count ? &layout->points[p] : NULL;
    if (m->options.keep_locals || !point || p == 0) memset(actor->registers, 0, code->register_count * sizeof *actor->registers);
    if (code->result >= 0) actor->registers[code->result] = 0; /* it is kept where the thread has ended, and where an error stopped it ahead of its `return` */
    if (point) {
        actor->at = point->instr;
        for (uint32_t k = 0; k < point->kept_count; k++) actor->registers[point->kept[k].reg] = kept_get(m, x->state, &point->kept[k]);
    }
    if (actor->overtaken) load_tokens(x, actor, point);
    return actor;
}

void exec_pop(Exec *x) { x->scratch->actor_count--; }

/* Locks still owned at a thread's end are reported; the execution goes on. */
static Effect report_owned(Exec *x, const Actor *actor) {
    const ThreadLayout *layout = &x->machine->threads[actor->thread];
    if (layout->lock_count == 0 || x->stops) return EFFECT_NEXT;
    for (uint32_t k = 0; k < layout->lock_count; k++) {
        ObjectId object = layout->locks[k];
        const ObjectLayout *lock = &x->machine->objects[object];
        bool owned = exec_get(x, lock->value) == (int64_t)actor->thread + 1;
        for (uint32_t r = 0; r < lock->reader_count && !owned; r++)
            owned = lock->readers[r] == actor->thread && exec_get(x, lock->first_item + r) > 0;
        if (!owned) continue;
        Effect effect = exec_issue(x, FINDING_MISUSE, actor->thread, object, exec_line(x, &x->program->code[actor->at]), "still owned when its thread ended");
        if (effect != EFFECT_NEXT) return effect;
    }
    return EFFECT_NEXT;
}

Effect exec_save(Exec *x, Actor *actor) {
    const Machine *m = x->machine;
    const ThreadLayout *layout = &m->threads[actor->thread];
    const ThreadCode *code = &x->program->threads[actor->thread];
    const Instr *instr = &x->program->code[actor->at];
    uint32_t p = 0;
    if (instr->op != OP_END && !x->stops) p = instr->point;
    if (p == 0 && !x->stops) {
        Effect effect = report_owned(x, actor);
        if (effect == EFFECT_NEXT) effect = exec_return_held(x, actor->thread);
        if (effect != EFFECT_NEXT) return effect;
        x->progressed |= step_thread_bit(actor->thread);
        effect = exec_note_completion(x, actor->thread);
        if (effect != EFFECT_NEXT) return effect;
    }
    const PointLayout *point = &layout->points[p];
    EXEC_PUT(x, layout->pc, p);
    if (code->domain != NO_ID) {
        Effect effect = exec_leave_domain(x, actor->thread, p);
        if (effect != EFFECT_NEXT) return effect;
    }
    for (uint32_t s = 0; s < layout->slot_count; s++) machine_clear(m, x->state, layout->first_slot + s);
    for (uint32_t k = 0; k < point->kept_count; k++)
        if (!point->kept[k].is_derived) EXEC_PUT(x, point->kept[k].field, actor->registers[point->kept[k].reg]);
    if (!actor->overtaken) return EFFECT_NEXT;
    /* "Overtaken" matters only for tokens that a kept register may still carry into a write. */
    uint64_t any;
    for (uint32_t w = 0; w < code->token_words; w++) {
        any = point->watched ? point->watched[w] : 0;
        if (actor->taint) {
            uint64_t carried = 0;
            for (uint32_t k = 0; k < point->carrier_count; k++) carried |= actor->taint[point->carriers[k].reg * code->token_words + w];
            any &= carried;
        }
        actor->overtaken[w] &= any;
    }
    for (uint32_t c = 0; c < layout->chunk_count; c++)
        EXEC_PUT(x, layout->overtaken + c, (int64_t)(actor->overtaken[c / 2] >> (c % 2 * 32) & 0xffffffffu));
    if (!code->tracks_taint) return EFFECT_NEXT;
    for (uint32_t q = 0; q <= code->point_count; q++) /* carriers of other points: nothing */
        for (uint32_t k = 0; k < layout->points[q].carrier_count; k++)
            for (uint32_t c = 0; c < layout->chunk_count; c++) EXEC_PUT(x, layout->points[q].carriers[k].field + c, 0);
    for (uint32_t k = 0; k < point->carrier_count; k++)
        for (uint32_t c = 0; c < layout->chunk_count; c++) {
            uint64_t bits = actor->taint[point->carriers[k].reg * code->token_words + c / 2] & point->watched[c / 2];
            EXEC_PUT(x, point->carriers[k].field + c, (int64_t)(bits >> (c % 2 * 32) & 0xffffffffu));
        }
    return EFFECT_NEXT;
}

Effect exec_let_go_on(Exec *x, Actor *other, uint32_t at) {
    other->at = at;
    Effect effect = exec_run(x, other, NO_ID);
    if (effect != EFFECT_NEXT && effect != EFFECT_STOPPED) return effect;
    Effect saved = exec_save(x, other);
    return saved == EFFECT_NEXT ? effect : saved;
}

const Instr *exec_instr_at(const Exec *x, ThreadId thread) {
    uint32_t p = exec_point(x, thread);
    if (p == 0 || p > x->program->threads[thread].point_count) return NULL;
    return &x->program->code[x->machine->threads[thread].points[p].instr];
}

int64_t exec_register_at(const Exec *x, ThreadId thread, int32_t reg) {
    uint32_t p = exec_point(x, thread);
    if (p > x->program->threads[thread].point_count) return 0;
    const PointLayout *point = &x->machine->threads[thread].points[p];
    for (uint32_t k = 0; k < point->kept_count; k++)
        if (point->kept[k].reg == (uint32_t)reg) return kept_get(x->machine, x->state, &point->kept[k]);
    return 0;
}

ObjectId exec_object_at(const Exec *x, ThreadId thread, const Instr *instr) {
    if (instr->c == NO_OPERAND) return (ObjectId)instr->b;
    int64_t index = instr->c < 0 ? x->program->constants[~instr->c] : exec_register_at(x, thread, instr->c);
    return (ObjectId)(instr->b + index);
}

Effect exec_enter_serial(Exec *x, ThreadId thread, const Instr *instr) {
    FieldId field = x->machine->serial;
    if (field == NO_ID) return EFFECT_NEXT;
    int64_t inside = exec_get(x, field), me = (int64_t)thread + 1;
    if (inside != 0 && inside != me) return EFFECT_BLOCKED;
    if (instr->flags & INSTR_SERIAL) EXEC_PUT(x, field, me);
    return EFFECT_NEXT;
}

/* ------------------------------------------------------------- issues */

uint32_t exec_line(const Exec *x, const Instr *instr) { return x->program->sites[instr->site].part.line; }

Effect exec_issue(Exec *x, FindingKind kind, ThreadId thread, ObjectId object, uint32_t line, const char *text) {
    Expansion *e = x->expansion;
    if (e->issue_count == e->issue_room) {
        uint32_t room = e->issue_room ? e->issue_room * 2 : 16;
        Issue *issues = mem_resize(e->issues, room, sizeof *issues);
        if (!issues) return EFFECT_NO_MEMORY;
        e->issues = issues;
        e->issue_room = room;
    }
    e->issues[e->issue_count++] = (Issue){.kind = kind, .thread = thread, .object = object, .line = line, .text = text};
    return EFFECT_NEXT;
}

Effect exec_stop_at(Exec *x, FindingKind kind, bool is_assume, ThreadId thread, ObjectId object, uint32_t line, const char *text) {
    if (!text) return EFFECT_NO_MEMORY;
    Effect effect = exec_issue(x, kind, thread, object, line, text);
    if (effect != EFFECT_NEXT) return effect;
    Issue *issue = &x->expansion->issues[x->expansion->issue_count - 1];
    issue->is_stop = true;
    issue->is_assume = is_assume;
    uint32_t number = machine_intern_stop(x->machine, issue);
    if (number == 0) return EFFECT_NO_MEMORY;
    EXEC_PUT(x, x->machine->stop, number);
    x->stops = true;
    return EFFECT_STOPPED;
}

Effect exec_stop(Exec *x, const Actor *actor, const Instr *instr, FindingKind kind, ObjectId object, const char *text) {
    return exec_stop_at(x, kind, false, actor ? actor->thread : NO_ID, object, exec_line(x, instr), text);
}

static Effect runtime_error(Exec *x, const Actor *actor, const Instr *instr, const char *text) {
    return exec_stop(x, actor, instr, FINDING_RUNTIME_ERROR, NO_ID, text);
}

void exec_log(Exec *x, const Actor *actor, const Instr *instr, ObjectId object, LoggedAccess access) {
    StepLog *log = x->log;
    if (!log) return;
    if (log->count == log->room) {
        uint32_t room = log->room ? log->room * 2 : 8;
        LoggedAccess *accesses = mem_resize(log->accesses, room, sizeof *accesses);
        if (!accesses) {
            log->failed = true;
            return;
        }
        log->accesses = accesses;
        log->room = room;
    }
    access.instr = (uint32_t)(instr - x->program->code);
    access.thread = actor->thread;
    access.object = object;
    log->accesses[log->count++] = access;
}

uint32_t exec_choose(Exec *x, uint32_t n) {
    Chooser *c = &x->scratch->chooser;
    if (n <= 1) return 0;
    if (c->position < c->depth) {
        c->options[c->position] = n;
        return c->taken[c->position++];
    }
    if (c->depth == c->room) {
        uint32_t room = c->room ? c->room * 2 : 16;
        uint32_t *taken = mem_resize(c->taken, room, sizeof *taken);
        if (taken) c->taken = taken;
        uint32_t *options = mem_resize(c->options, room, sizeof *options);
        if (options) c->options = options;
        if (!taken || !options) return 0; /* the step still is a legal one; the caller's next allocation fails as well */
        c->room = room;
    }
    c->taken[c->depth] = 0;
    c->options[c->depth++] = n;
    c->position++;
    return 0;
}

/* --------------------------------------------------------- local work */

const char *exec_compute(Opcode op, int64_t a, int64_t b, int64_t *value) {
    switch (op) {
    case OP_MOVE: *value = a; return NULL;
    case OP_NEGATE: return __builtin_sub_overflow((int64_t)0, a, value) ? "overflow in negation" : NULL;
    case OP_NOT: *value = !a; return NULL;
    case OP_COMPLEMENT: *value = ~a; return NULL;
    case OP_ABS:
        if (a == INT64_MIN) return "overflow in abs";
        *value = a < 0 ? -a : a;
        return NULL;
    case OP_ADD: return __builtin_add_overflow(a, b, value) ? "overflow in addition" : NULL;
    case OP_SUBTRACT: return __builtin_sub_overflow(a, b, value) ? "overflow in subtraction" : NULL;
    case OP_MULTIPLY: return __builtin_mul_overflow(a, b, value) ? "overflow in multiplication" : NULL;
    case OP_DIVIDE: case OP_REMAINDER:
        if (b == 0) return "division by zero";
        if (b == -1) { /* the quotient may overflow, the remainder is 0 */
            if (op == OP_DIVIDE) return __builtin_sub_overflow((int64_t)0, a, value) ? "overflow in division" : NULL;
            *value = 0;
            return NULL;
        }
        *value = op == OP_DIVIDE ? a / b : a % b;
        return NULL;
    case OP_SHIFT_LEFT: case OP_SHIFT_RIGHT:
        if (b < 0 || b > 63) return "shift out of range";
        if (op == OP_SHIFT_RIGHT) {
            *value = a >> b;
            return NULL;
        }
        *value = (int64_t)((uint64_t)a << b);
        return (*value >> b) != a ? "overflow in shift" : NULL;
    case OP_BIT_AND: *value = a & b; return NULL;
    case OP_BIT_OR: *value = a | b; return NULL;
    case OP_BIT_XOR: *value = a ^ b; return NULL;
    case OP_EQUAL: *value = a == b; return NULL;
    case OP_NOT_EQUAL: *value = a != b; return NULL;
    case OP_LESS: *value = a < b; return NULL;
    case OP_LESS_EQUAL: *value = a <= b; return NULL;
    case OP_MIN: *value = a < b ? a : b; return NULL;
    case OP_MAX: *value = a > b ? a : b; return NULL;
    default: return "unknown operation";
    }
}

static void taint_join(const Exec *x, Actor *actor, Operand to, Operand from, bool keep) {
    if (!actor->taint || to < 0) return;
    uint32_t words = x->program->threads[actor->thread].token_words;
    uint64_t *target = &actor->taint[(size_t)to * words];
    for (uint32_t w = 0; w < words; w++) {
        uint64_t old = keep ? target[w] : 0;
        target[w] = old | (from >= 0 ? actor->taint[(size_t)from * words + w] : 0);
    }
}

void exec_untaint(const Exec *x, Actor *actor, Operand reg) { taint_join(x, actor, reg, NO_OPERAND, false); }

static Effect run_local(Exec *x, Actor *actor, const Instr *instr, uint32_t flags) {
    int64_t *r = actor->registers;
    if ((flags & OPF_DEF_A) && (flags & OPF_USE_B)) { /* a = op b, c */
        int64_t value, a = exec_value(x, actor, instr->b), b = flags & OPF_USE_C ? exec_value(x, actor, instr->c) : 0;
        const char *error = exec_compute(instr->op, a, b, &value);
        if (error) return runtime_error(x, actor, instr, error);
        if (actor->taint) {
            uint32_t words = x->program->threads[actor->thread].token_words;
            for (uint32_t w = 0; w < words; w++) {
                uint64_t bits = instr->b >= 0 ? actor->taint[(size_t)instr->b * words + w] : 0;
                if ((flags & OPF_USE_C) && instr->c >= 0) bits |= actor->taint[(size_t)instr->c * words + w];
                actor->taint[(size_t)instr->a * words + w] = bits;
            }
        }
        r[instr->a] = value;
        actor->at++;
        return EFFECT_NEXT;
    }
    switch (instr->op) {
    case OP_JUMP: actor->at = (uint32_t)instr->b; return EFFECT_NEXT;
    case OP_JUMP_ZERO: actor->at = exec_value(x, actor, instr->a) == 0 ? (uint32_t)instr->b : actor->at + 1; return EFFECT_NEXT;
    case OP_JUMP_NONZERO: actor->at = exec_value(x, actor, instr->a) != 0 ? (uint32_t)instr->b : actor->at + 1; return EFFECT_NEXT;
    case OP_CHECK_INDEX: {
        int64_t index = exec_value(x, actor, instr->a);
        if (index < 0 || index >= instr->b) {
            const char *name = instr->c == NO_OPERAND ? "the array" : x->program->objects[instr->c].symbol->name;
            return runtime_error(x, actor, instr, machine_text(x->machine, "index %lld is outside 0..%d of %s", (long long)index, instr->b - 1, name));
        }
        break;
    }
    case OP_ARRAY_GET: {
        Operand from = instr->b + (Operand)exec_value(x, actor, instr->c);
        r[instr->a] = r[from];
        taint_join(x, actor, instr->a, from, instr->c == instr->a);
        if (instr->c != instr->a) taint_join(x, actor, instr->a, instr->c, true);
        break;
    }
    case OP_ARRAY_SET: {
        Operand to = instr->b + (Operand)exec_value(x, actor, instr->c);
        r[to] = exec_value(x, actor, instr->a);
        taint_join(x, actor, to, instr->a, false);
        break;
    }
    case OP_ASSERT:
        if (exec_value(x, actor, instr->a) == 0) {
            const char *text = instr->b == NO_OPERAND ? "" : x->program->texts[instr->b];
            return exec_stop(x, actor, instr, FINDING_ASSERTION, NO_ID, text);
        }
        break;
    case OP_ASSUME:
        if (exec_value(x, actor, instr->a) == 0) return exec_stop_at(x, FINDING_ASSERTION, true, actor->thread, NO_ID, exec_line(x, instr), "assumption failed");
        break;
    case OP_ERROR: return runtime_error(x, actor, instr, x->program->texts[instr->b]);
    case OP_NEVER_AWAITED: {
        Effect effect = exec_issue(x, FINDING_MISUSE, actor->thread, NO_ID, exec_line(x, instr), x->program->texts[instr->b]);
        if (effect != EFFECT_NEXT) return effect;
        break;
    }
    case OP_TIMER: {
        Effect effect = exec_arm(x, actor, instr, exec_value(x, actor, instr->a));
        if (effect != EFFECT_NEXT) return effect;
        break;
    }
    case OP_PROGRESS: x->progressed |= step_thread_bit(actor->thread); break;
    case OP_SERIAL_END:
        if (x->machine->serial != NO_ID && exec_get(x, x->machine->serial) == (int64_t)actor->thread + 1) EXEC_PUT(x, x->machine->serial, 0);
        break;
    case OP_REGION_END: actor->region = 0; break;
    default: break; /* markers */
    }
    actor->at++;
    return EFFECT_NEXT;
}

const Instr *exec_first_operation(Exec *x, Actor *actor) {
    for (;;) {
        const Instr *instr = &x->program->code[actor->at];
        uint32_t flags = program_op_flags[instr->op];
        if (instr->op == OP_REGION) {
            actor->at++;
            continue;
        }
        if (instr->op == OP_END || instr->op == OP_REGION_END) return NULL;
        if (!(flags & OPF_LOCAL)) return instr;
        if (++x->local_operations > MAX_LOCAL_OPERATIONS || run_local(x, actor, instr, flags) != EFFECT_NEXT) return NULL;
    }
}

Effect exec_run(Exec *x, Actor *actor, uint32_t stop) {
    for (;;) {
        if (actor->at == stop) return EFFECT_NEXT;
        const Instr *instr = &x->program->code[actor->at];
        if (instr->flags & INSTR_STEP) {
            bool same = instr->op == OP_REGION && instr->a == 0 && instr->b == actor->region;
            if (!same) return EFFECT_NEXT;
            actor->at++;
            continue;
        }
        if (instr->op == OP_END) return EFFECT_NEXT;
        uint32_t flags = program_op_flags[instr->op];
        Effect effect;
        if (flags & OPF_LOCAL) {
            if (++x->local_operations > MAX_LOCAL_OPERATIONS)
                return runtime_error(x, actor, instr, "runs for ever without a step");
            effect = run_local(x, actor, instr, flags);
        } else {
            effect = exec_operation(x, actor, instr);
            if (effect == EFFECT_NEXT && !(instr->flags & INSTR_OPERAND)) x->accesses++;
            if (effect == EFFECT_BLOCKED && !(instr->flags & INSTR_FIRST) && !((instr->flags & INSTR_FIRST_ACCESS) && x->accesses == 0)) return runtime_error(x, actor, instr, "blocks inside an atomic block");
        }
        if (effect != EFFECT_NEXT) return effect;
    }
}

/* --------------------------------------------------------------- other */

static Effect run_choose(Exec *x, Actor *actor, const Instr *instr) {
    int64_t value;
    if (instr->op == OP_CHOOSE) {
        Operand chosen = x->program->lists[instr->b + (Operand)exec_choose(x, (uint32_t)instr->c)];
        value = exec_value(x, actor, chosen);
        taint_join(x, actor, instr->a, chosen, chosen == instr->a);
    } else {
        int64_t low = exec_value(x, actor, instr->b), high = exec_value(x, actor, instr->c);
        if (high < low) return runtime_error(x, actor, instr, "choose from an empty range");
        if ((uint64_t)high - (uint64_t)low >= 1000000) return runtime_error(x, actor, instr, "choose from more than 1,000,000 values");
        value = low + exec_choose(x, (uint32_t)(high - low) + 1);
        exec_untaint(x, actor, instr->a);
    }
    actor->registers[instr->a] = value;
    exec_log(x, actor, instr, NO_ID, (LoggedAccess){.has_value = true, .after = value, .partner = NO_ID});
    actor->at++;
    return EFFECT_NEXT;
}

static Effect run_print(Exec *x, Actor *actor, const Instr *instr) {
    Text text = {0};
    for (Operand k = 0; k < instr->b; k++) {
        const PrintPart *part = &x->program->parts[instr->a + k];
        if (part->text)
            text_add(&text, part->text);
        else
            text_format(&text, "%lld", (long long)exec_value(x, actor, part->value));
    }
    if (text.failed) {
        text_free(&text);
        return EFFECT_NO_MEMORY;
    }
    Machine *m = x->machine;
    const char *string = text.length ? text.bytes : "";
    Effect effect = EFFECT_NEXT;
    if (m->keeps_output) {
        uint32_t node = machine_intern_output(m, (uint32_t)exec_get(x, m->output), string);
        if (node == 0)
            effect = EFFECT_NO_MEMORY;
        else if (!exec_put(x, m->output, node))
            effect = EFFECT_RELAYOUT;
    }
    if (x->log && effect == EFFECT_NEXT) x->log->printed = machine_text(m, "%s", string);
    exec_log(x, actor, instr, NO_ID, (LoggedAccess){.partner = NO_ID});
    text_free(&text);
    actor->at++;
    return effect;
}

/* The guard of an await, seen from the thread; the registers it computes are left behind. */
static Effect run_guard(Exec *x, Actor *actor, const Instr *instr, bool *holds) {
    uint32_t at = actor->at, accesses = x->accesses;
    actor->at = (uint32_t)(instr - x->program->code) + 1;
    Effect effect = exec_run(x, actor, (uint32_t)instr->b);
    actor->at = at;
    x->accesses = accesses; /* looking whether to wait is no access */
    if (effect != EFFECT_NEXT) return effect;
    *holds = exec_value(x, actor, x->program->code[instr->b].a) != 0;
    return EFFECT_NEXT;
}

static Effect run_await(Exec *x, Actor *actor, const Instr *instr) {
    bool holds = false;
    Effect effect = run_guard(x, actor, instr, &holds);
    if (effect != EFFECT_NEXT) return effect;
    if (!holds) return EFFECT_BLOCKED;
    actor->at = (uint32_t)instr->b + 1;
    return EFFECT_NEXT;
}

bool exec_is_enabled(Exec *x, Actor *actor, const Instr *instr) {
    if (!(program_op_flags[instr->op] & OPF_BLOCKS)) return true;
    switch (instr->op) {
    case OP_AWAIT: {
        /* A guard that goes wrong counts as enabled: doing it shows the error. What it logs and reports here is dropped. */
        StepLog *log = x->log;
        uint32_t issues = x->expansion->issue_count;
        int64_t stop = exec_get(x, x->machine->stop);
        bool holds = true;
        uint64_t *overtaken = actor->overtaken;
        x->log = NULL;
        actor->overtaken = NULL; /* and so its reads close no interval of a lost update */
        Effect effect = run_guard(x, actor, instr, &holds);
        actor->overtaken = overtaken;
        x->log = log;
        x->expansion->issue_count = issues;
        x->stops = false;
        field_put(x->state, x->machine->fields[x->machine->stop], stop);
        return effect != EFFECT_NEXT || holds;
    }
    case OP_LOCK: case OP_RDLOCK: case OP_WRLOCK: return exec_lock_enabled(x, actor, instr);
    case OP_ACQUIRE: case OP_EVENT_WAIT: case OP_WAITGROUP_WAIT: return exec_counter_enabled(x, actor, instr);
    case OP_CONDITION_SLEEP: case OP_CONDITION_WAKE: case OP_BARRIER_WAIT: return exec_condition_enabled(x, actor, instr);
    case OP_PUT: case OP_GET: case OP_PUBLISH: return exec_queue_enabled(x, actor, instr);
    case OP_ONCE_ENTER: case OP_JOIN: case OP_JOIN_HANDLE: return exec_thread_enabled(x, actor, instr);
    case OP_SLEEP: case OP_IO: case OP_COMPUTE: case OP_CORE_TAKE: return exec_clock_enabled(x, actor, instr);
    case OP_AWAIT_HANDLE: case OP_GATHER: case OP_NEXT_COMPLETED: return exec_await_enabled(x, actor, instr);
    case OP_POOL_START: case OP_POOL_DRAIN: return exec_domain_enabled(x, actor, instr);
    default: return true;
    }
}

static Effect run_plain(Exec *x, Actor *actor, const Instr *instr) {
    switch (instr->op) {
    case OP_LOAD: return exec_load(x, actor, instr);
    case OP_STORE: return exec_store(x, actor, instr);
    case OP_CAS: case OP_FETCH_ADD: case OP_EXCHANGE: return exec_read_modify_write(x, actor, instr);
    case OP_CHOOSE: case OP_CHOOSE_RANGE: return run_choose(x, actor, instr);
    case OP_PRINT: return run_print(x, actor, instr);
    case OP_YIELD: case OP_SKIP: case OP_FENCE: case OP_TASK_START:
        exec_log(x, actor, instr, NO_ID, (LoggedAccess){.partner = NO_ID});
        actor->at++;
        return EFFECT_NEXT;
    case OP_REGION:
        if (instr->a == 0) actor->region = instr->b;
        actor->at++;
        return EFFECT_NEXT;
    case OP_AWAIT: return run_await(x, actor, instr);
    case OP_SELECT: return exec_select(x, actor, instr);
    case OP_LOCK: case OP_UNLOCK: case OP_RDLOCK: case OP_WRLOCK_ANNOUNCE: case OP_WRLOCK: case OP_RW_UNLOCK: return exec_lock(x, actor, instr);
    case OP_ACQUIRE: case OP_RELEASE: case OP_EVENT_SET: case OP_EVENT_CLEAR: case OP_EVENT_WAIT: case OP_WAITGROUP_ADD: case OP_WAITGROUP_WAIT:
    case OP_DESTROY:
        return exec_counter(x, actor, instr);
    case OP_CONDITION_WAIT: case OP_CONDITION_SLEEP: case OP_CONDITION_WAKE: case OP_SIGNAL: case OP_BROADCAST: case OP_BARRIER_ARRIVE: case OP_BARRIER_WAIT:
        return exec_condition(x, actor, instr);
    case OP_PUT: case OP_GET: case OP_CLOSE: case OP_LENGTH: case OP_CLOSED: return exec_queue(x, actor, instr);
    case OP_SLEEP: case OP_IO: case OP_COMPUTE: case OP_CORE_TAKE: return exec_clock(x, actor, instr);
    case OP_SEND: case OP_PUBLISH: case OP_TOPIC_CLOSE: case OP_ACK: return exec_message(x, actor, instr);
    case OP_AWAIT_HANDLE: case OP_GATHER: case OP_NEXT_COMPLETED: case OP_POOL_START: case OP_POOL_CLOSE: case OP_POOL_DRAIN: return exec_domain(x, actor, instr);
    default: return exec_thread(x, actor, instr);
    }
}

Effect exec_operation(Exec *x, Actor *actor, const Instr *instr) {
    if (!(instr->flags & INSTR_TRY)) return run_plain(x, actor, instr);
    /* `try`: on a rendezvous the failing result is possible only while no partner is ready, which exec_queue_enabled tells. */
    if (!exec_is_enabled(x, actor, instr)) {
        if (instr->op == OP_GET && exec_is_rendezvous(x, instr) && exec_partner_count(x, actor, instr, true) > 0) return EFFECT_BLOCKED; /* the sender's joint step does it */
        actor->registers[instr->result] = 0;
        taint_join(x, actor, instr->result, NO_OPERAND, false);
        ObjectId object = program_op_flags[instr->op] & OPF_OBJECT ? exec_object(x, actor, instr) : NO_ID;
        exec_log(x, actor, instr, object, (LoggedAccess){.failed = true, .partner = NO_ID});
        actor->at = instr->op == OP_AWAIT ? (uint32_t)instr->b + 1 : instr->op == OP_ONCE_ENTER ? (uint32_t)instr->d : actor->at + 1;
        return EFFECT_NEXT;
    }
    int64_t old = actor->registers[instr->result];
    actor->registers[instr->result] = 1; /* ahead of the operation: a sleep saves it */
    taint_join(x, actor, instr->result, NO_OPERAND, false);
    Effect effect = run_plain(x, actor, instr);
    if (effect == EFFECT_STOPPED) actor->registers[instr->result] = old; /* nothing was assigned */
    return effect;
}
