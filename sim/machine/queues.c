/* queues.c: bounded FIFO queues, and the rendezvous of queues without room. */
#include "machine/execute.h"

static bool is_closed(const Exec *x, const ObjectLayout *layout) { return layout->closed != NO_ID && exec_get(x, layout->closed); }

/* ---------------------------------------------------------- rendezvous */

/* The operation of kind `op` on `object` that a thread stands at as plain statement or `try`; NULL: none. `*tries` when it would not wait. */
static const Instr *ready_statement(const Exec *x, ThreadId thread, const Instr *instr, Opcode op, ObjectId object, bool *tries) {
    if (instr->op != op || exec_object_at(x, thread, instr) != object) return NULL;
    *tries = instr->flags & INSTR_TRY;
    return instr;
}

/* Walks over the partners in order of thread, then arm; stops at number `wanted`. Returns how many were passed. */
static uint32_t walk_partners(const Exec *x, ThreadId self, Opcode op, ObjectId object, bool self_tries, uint32_t wanted, ThreadId *thread, const Instr **found) {
    uint32_t n = 0;
    for (ThreadId t = 0; t < x->program->thread_count; t++) {
        const Instr *instr = t == self ? NULL : exec_instr_at(x, t);
        if (!instr) continue;
        if (instr->op == OP_REGION && instr->a == 0) instr++; /* a statement whose first access is the operation */
        if (instr->op == OP_SELECT) {
            for (Operand k = 0; k < instr->a; k++) {
                const Instr *arm = &x->program->code[x->program->lists[instr->b + k]];
                if (arm->op != op || exec_object_at(x, t, arm) != object) continue;
                if (n++ == wanted) {
                    *thread = t;
                    *found = arm;
                    return n;
                }
            }
            continue;
        }
        bool tries = false;
        const Instr *ready = ready_statement(x, t, instr, op, object, &tries);
        if (!ready || (tries && self_tries)) continue;
        if (n++ == wanted) {
            *thread = t;
            *found = ready;
            return n;
        }
    }
    return n;
}

uint32_t exec_partner_count(const Exec *x, const Actor *actor, const Instr *instr, bool tries) {
    Opcode other = instr->op == OP_PUT ? OP_GET : OP_PUT;
    return walk_partners(x, actor->thread, other, exec_object(x, actor, instr), tries, NO_ID, NULL, NULL);
}

Effect exec_rendezvous(Exec *x, Actor *actor, const Instr *put, bool tries, uint32_t partner) {
    ObjectId object = exec_object(x, actor, put);
    ThreadId thread = NO_ID;
    const Instr *get = NULL;
    walk_partners(x, actor->thread, OP_GET, object, tries, partner, &thread, &get);
    if (!get) return EFFECT_BLOCKED;
    int64_t item = exec_value(x, actor, put->a);
    exec_log(x, actor, put, object, (LoggedAccess){.writes = true, .has_value = true, .before = 0, .after = item, .partner = thread});
    const Instr *stands = exec_instr_at(x, thread);
    if (stands->flags & INSTR_SERIAL) { /* the receiver's access may begin a block */
        Effect enters = exec_enter_serial(x, thread, stands);
        if (enters != EFFECT_NEXT) return enters;
    }
    Actor other;
    if (!exec_push(x, &other, thread)) return EFFECT_NO_MEMORY;
    if (stands->op == OP_REGION) other.region = stands->b; /* the rest of the receiver's statement belongs to the step */
    if (get->a != NO_OPERAND) {
        other.registers[get->a] = item;
        exec_untaint(x, &other, get->a);
    }
    if (get->d != NO_OPERAND) {
        other.registers[get->d] = 1;
        exec_untaint(x, &other, get->d);
    }
    if (get->result != NO_OPERAND) {
        other.registers[get->result] = 1;
        exec_untaint(x, &other, get->result);
    }
    exec_log(x, &other, get, object, (LoggedAccess){.reads = true, .has_value = true, .before = 0, .after = item, .partner = actor->thread});
    actor->at = (uint32_t)(put - x->program->code) + 1;
    Effect effect = exec_let_go_on(x, &other, (uint32_t)(get - x->program->code) + 1);
    exec_pop(x);
    return effect;
}

/* -------------------------------------------------------------- queues */

bool exec_queue_enabled(Exec *x, Actor *actor, const Instr *instr) {
    ObjectId object = exec_object(x, actor, instr);
    const ObjectLayout *layout = &x->machine->objects[object];
    if (layout->destroyed != NO_ID && exec_get(x, layout->destroyed)) return true;
    if (is_closed(x, layout)) return true; /* put: a misuse; get: what is left, then 0 */
    int64_t capacity = x->program->objects[object].symbol->capacity;
    if (instr->op == OP_PUBLISH) {
        for (ObjectId queue = object; queue < object + (ObjectId)instr->d; queue++)
            if (!exec_has_room(x, queue)) return false;
        return true;
    }
    /* A get on a queue without room is done by the sender's joint step. */
    if (capacity == 0) return instr->op == OP_PUT && exec_partner_count(x, actor, instr, instr->flags & INSTR_TRY) > 0;
    return instr->op == OP_PUT ? exec_has_room(x, object) : exec_get(x, layout->value) > 0;
}

int64_t exec_taken(const Exec *x, ObjectId queue) {
    const ObjectLayout *layout = &x->machine->objects[queue];
    int64_t taken = exec_get(x, layout->value);
    for (uint32_t k = 0; layout->first_held != NO_ID && k < layout->reader_count; k++) taken += exec_get(x, layout->first_held + 2 * k) != 0;
    return taken;
}

bool exec_has_room(const Exec *x, ObjectId object) { return exec_taken(x, object) < x->program->objects[object].symbol->capacity; }

Effect exec_append(Exec *x, ObjectId object, int64_t item, bool mark) {
    const ObjectLayout *layout = &x->machine->objects[object];
    int64_t length = exec_get(x, layout->value);
    if (length == layout->room) { /* only without a bound */
        x->overflow = NO_ID;
        x->overflow_queue = object;
        return EFFECT_RELAYOUT;
    }
    EXEC_PUT(x, layout->first_item + (FieldId)length, item);
    if (layout->first_mark != NO_ID) EXEC_PUT(x, layout->first_mark + (FieldId)length, mark);
    EXEC_PUT(x, layout->value, length + 1);
    return EFFECT_NEXT;
}

static Effect run_put(Exec *x, Actor *actor, const Instr *instr, ObjectId object, const ObjectLayout *layout) {
    if (is_closed(x, layout)) return exec_stop(x, actor, instr, FINDING_MISUSE, object, "put into a closed queue");
    if (exec_is_rendezvous(x, instr)) {
        bool tries = instr->flags & INSTR_TRY;
        uint32_t n = exec_partner_count(x, actor, instr, tries);
        if (n == 0) return EFFECT_BLOCKED;
        return exec_rendezvous(x, actor, instr, tries, exec_choose(x, n));
    }
    int64_t length = exec_get(x, layout->value), item = exec_value(x, actor, instr->a);
    uint32_t copies = exec_copies(x, object);
    for (uint32_t k = 0; k < copies; k++) {
        Effect effect = exec_append(x, object, item, false);
        if (effect != EFFECT_NEXT) return effect;
    }
    exec_log(x, actor, instr, object,
             (LoggedAccess){.writes = true, .has_value = true, .before = length, .after = item, .partner = NO_ID, .copies = copies});
    actor->at++;
    return EFFECT_NEXT;
}

static Effect run_get(Exec *x, Actor *actor, const Instr *instr, ObjectId object, const ObjectLayout *layout) {
    int64_t length = exec_get(x, layout->value), item = 0, ok = length > 0;
    FieldId at = 0;
    if (ok) {
        const Symbol *symbol = x->program->objects[object].symbol;
        at = symbol->is_reordering ? exec_choose(x, (uint32_t)length) : 0;
        FieldId last = (FieldId)length - 1;
        bool mark = layout->first_mark != NO_ID && exec_get(x, layout->first_mark + at);
        item = exec_get(x, layout->first_item + at);
        for (FieldId k = at; k < last; k++) {
            EXEC_PUT(x, layout->first_item + k, exec_get(x, layout->first_item + k + 1));
            if (layout->first_mark != NO_ID) EXEC_PUT(x, layout->first_mark + k, exec_get(x, layout->first_mark + k + 1));
        }
        EXEC_PUT(x, layout->first_item + last, 0);
        if (layout->first_mark != NO_ID) EXEC_PUT(x, layout->first_mark + last, 0);
        EXEC_PUT(x, layout->value, length - 1);
        Effect effect = symbol->is_acknowledged ? exec_hold(x, actor->thread, object, item, mark) : EFFECT_NEXT;
        if (effect != EFFECT_NEXT) return effect;
    }
    if (instr->a != NO_OPERAND) {
        actor->registers[instr->a] = item;
        exec_untaint(x, actor, instr->a);
    }
    if (instr->d != NO_OPERAND) {
        actor->registers[instr->d] = ok;
        exec_untaint(x, actor, instr->d);
    }
    exec_log(x, actor, instr, object, (LoggedAccess){.reads = true, .failed = !ok, .has_value = true, .before = length, .after = item, .partner = NO_ID, .place = at});
    actor->at++;
    return EFFECT_NEXT;
}

Effect exec_queue(Exec *x, Actor *actor, const Instr *instr) {
    ObjectId object = exec_object(x, actor, instr);
    const ObjectLayout *layout = &x->machine->objects[object];
    Effect alive = exec_check_alive(x, actor, instr, object);
    if (alive != EFFECT_NEXT) return alive;
    int64_t value = 0;
    switch (instr->op) {
    case OP_PUT:
        if (!exec_queue_enabled(x, actor, instr)) return EFFECT_BLOCKED;
        return run_put(x, actor, instr, object, layout);
    case OP_GET:
        if (!exec_queue_enabled(x, actor, instr)) return EFFECT_BLOCKED;
        return run_get(x, actor, instr, object, layout);
    case OP_CLOSE:
        if (is_closed(x, layout)) return exec_stop(x, actor, instr, FINDING_MISUSE, object, "closed twice");
        EXEC_PUT(x, layout->closed, 1);
        exec_log(x, actor, instr, object, (LoggedAccess){.writes = true, .partner = NO_ID});
        actor->at++;
        return EFFECT_NEXT;
    case OP_LENGTH: value = exec_get(x, layout->value); break;
    default: value = is_closed(x, layout); break; /* OP_CLOSED */
    }
    actor->registers[instr->a] = value;
    exec_untaint(x, actor, instr->a);
    exec_log(x, actor, instr, object, (LoggedAccess){.reads = true, .has_value = true, .before = value, .after = value, .partner = NO_ID});
    actor->at++;
    return EFFECT_NEXT;
}

/* -------------------------------------------------------------- select */

/* An arm that meets a receiver; on a queue that is closed or gone it is a misuse instead. */
static bool arm_meets(Exec *x, Actor *actor, const Instr *arm) {
    if (arm->op != OP_PUT || !exec_is_rendezvous(x, arm)) return false;
    const ObjectLayout *layout = &x->machine->objects[exec_object(x, actor, arm)];
    return !is_closed(x, layout) && (layout->destroyed == NO_ID || !exec_get(x, layout->destroyed));
}

/* How many results an arm has now. */
static uint32_t arm_options(Exec *x, Actor *actor, const Instr *arm) {
    return arm_meets(x, actor, arm) ? exec_partner_count(x, actor, arm, false) : exec_is_enabled(x, actor, arm);
}

Effect exec_select(Exec *x, Actor *actor, const Instr *select) {
    const Operand *arms = &x->program->lists[select->b];
    uint32_t total = 0;
    for (Operand k = 0; k < select->a; k++) total += arm_options(x, actor, &x->program->code[arms[k]]);
    if (total == 0) {
        if (select->c == NO_OPERAND) return EFFECT_BLOCKED;
        for (Operand k = 0; k < select->a; k++) { /* a sender that waits for us takes its step first */
            const Instr *arm = &x->program->code[arms[k]];
            if (arm->op == OP_GET && exec_is_rendezvous(x, arm) && exec_partner_count(x, actor, arm, false) > 0) return EFFECT_BLOCKED;
        }
        exec_log(x, actor, select, NO_ID, (LoggedAccess){.failed = true, .partner = NO_ID});
        actor->at = (uint32_t)select->c;
        return EFFECT_NEXT;
    }
    uint32_t pick = exec_choose(x, total);
    for (Operand k = 0; k < select->a; k++) {
        const Instr *arm = &x->program->code[arms[k]];
        uint32_t n = arm_options(x, actor, arm);
        if (pick >= n) {
            pick -= n;
            continue;
        }
        actor->at = (uint32_t)arms[k];
        return arm_meets(x, actor, arm) ? exec_rendezvous(x, actor, arm, false, pick) : exec_operation(x, actor, arm);
    }
    return EFFECT_BLOCKED;
}
