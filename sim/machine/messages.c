/* messages.c: mailboxes, topics, and what happens to messages on their way. */
#include "machine/execute.h"

/* What may arrive of a message, in the order of the choices: once, not at all (the sender of an acknowledged queue repeats it until it
 * arrives), twice (where there is room). */
uint32_t exec_copies(Exec *x, ObjectId object) {
    const Symbol *symbol = x->program->objects[object].symbol;
    bool may_be_lost = symbol->is_lossy && !symbol->is_acknowledged;
    bool may_be_doubled = symbol->is_duplicating && exec_taken(x, object) + 1 < symbol->capacity;
    if (!may_be_lost && !may_be_doubled) return 1;
    uint32_t choice = exec_choose(x, 1 + (uint32_t)may_be_lost + (uint32_t)may_be_doubled);
    if (choice == 0) return 1;
    return choice == 1 && may_be_lost ? 0 : 2;
}

/* ------------------------------------------------------ acknowledgement */

/* The field that tells whether `thread` holds a message of the queue; NO_ID: it never gets from it. */
static FieldId held_field(const Exec *x, ThreadId thread, ObjectId object) {
    const ObjectLayout *layout = &x->machine->objects[object];
    for (uint32_t k = 0; k < layout->reader_count; k++)
        if (layout->readers[k] == thread) return layout->first_held + 2 * k;
    return NO_ID;
}

/* The message that `thread` holds goes to the end of the queue. */
static Effect give_back(Exec *x, FieldId held, ObjectId object, bool mark) {
    int64_t item = exec_get(x, held + 1);
    EXEC_PUT(x, held, 0);
    EXEC_PUT(x, held + 1, 0);
    return exec_append(x, object, item, mark);
}

Effect exec_hold(Exec *x, ThreadId thread, ObjectId object, int64_t item, bool mark) {
    FieldId held = held_field(x, thread, object);
    int64_t before = exec_get(x, held);
    if (before != 0) {
        Effect effect = give_back(x, held, object, before == 2);
        if (effect != EFFECT_NEXT) return effect;
    }
    EXEC_PUT(x, held, mark ? 2 : 1);
    EXEC_PUT(x, held + 1, item);
    return EFFECT_NEXT;
}

Effect exec_return_held(Exec *x, ThreadId thread) {
    for (ObjectId o = x->program->variable_count; o < x->program->object_count; o++) {
        if (x->machine->objects[o].first_held == NO_ID) continue;
        FieldId held = held_field(x, thread, o);
        if (held == NO_ID || exec_get(x, held) == 0) continue;
        Effect effect = give_back(x, held, o, exec_get(x, held) == 2);
        if (effect != EFFECT_NEXT) return effect;
    }
    return EFFECT_NEXT;
}

/* The acknowledgement of a message may be lost once where messages may be; then it comes again. */
static Effect run_ack(Exec *x, Actor *actor, const Instr *instr, ObjectId object) {
    FieldId held = held_field(x, actor->thread, object);
    int64_t state = held == NO_ID ? 0 : exec_get(x, held);
    if (state == 0) return exec_stop(x, actor, instr, FINDING_MISUSE, object, "acknowledged without a message");
    int64_t item = exec_get(x, held + 1);
    bool lost = x->program->objects[object].symbol->is_lossy && state == 1 && exec_choose(x, 2) == 1;
    if (lost) {
        Effect effect = give_back(x, held, object, true);
        if (effect != EFFECT_NEXT) return effect;
    } else {
        EXEC_PUT(x, held, 0);
        EXEC_PUT(x, held + 1, 0);
    }
    exec_log(x, actor, instr, object, (LoggedAccess){.writes = true, .failed = lost, .has_value = true, .after = item, .partner = NO_ID});
    actor->at++;
    return EFFECT_NEXT;
}

/* ------------------------------------------------------------- messages */

static Effect run_send(Exec *x, Actor *actor, const Instr *instr, ObjectId object) {
    ThreadId receiver = x->program->objects[object].owner;
    const ObjectLayout *layout = &x->machine->objects[object];
    if (exec_point(x, receiver) == 0) return exec_stop(x, actor, instr, FINDING_MISUSE, object, "sent to an actor that has ended");
    int64_t length = exec_get(x, layout->value), item = exec_value(x, actor, instr->a);
    Effect effect = exec_append(x, object, item, false);
    if (effect != EFFECT_NEXT) return effect;
    exec_log(x, actor, instr, object, (LoggedAccess){.writes = true, .has_value = true, .before = length, .after = item, .partner = receiver, .copies = 1});
    actor->at++;
    return EFFECT_NEXT;
}

static Effect run_publish(Exec *x, Actor *actor, const Instr *instr, ObjectId first) {
    uint32_t count = (uint32_t)instr->d;
    int64_t item = exec_value(x, actor, instr->a);
    for (ObjectId queue = first; queue < first + count; queue++) {
        FieldId closed = x->machine->objects[queue].closed;
        if (closed != NO_ID && exec_get(x, closed)) return exec_stop(x, actor, instr, FINDING_MISUSE, queue, "published to a closed topic");
    }
    if (!exec_is_enabled(x, actor, instr)) return EFFECT_BLOCKED;
    for (ObjectId queue = first; queue < first + count; queue++) {
        int64_t length = exec_get(x, x->machine->objects[queue].value);
        uint32_t copies = exec_copies(x, queue);
        for (uint32_t k = 0; k < copies; k++) {
            Effect effect = exec_append(x, queue, item, false);
            if (effect != EFFECT_NEXT) return effect;
        }
        exec_log(x, actor, instr, queue,
                 (LoggedAccess){.writes = true, .has_value = true, .before = length, .after = item, .partner = NO_ID, .copies = copies});
    }
    actor->at++;
    return EFFECT_NEXT;
}

static Effect close_topic(Exec *x, Actor *actor, const Instr *instr, ObjectId first) {
    for (ObjectId queue = first; queue < first + (ObjectId)instr->d; queue++) {
        FieldId closed = x->machine->objects[queue].closed;
        if (exec_get(x, closed)) return exec_stop(x, actor, instr, FINDING_MISUSE, queue, "closed twice");
        EXEC_PUT(x, closed, 1);
        exec_log(x, actor, instr, queue, (LoggedAccess){.writes = true, .partner = NO_ID});
    }
    actor->at++;
    return EFFECT_NEXT;
}

Effect exec_message(Exec *x, Actor *actor, const Instr *instr) {
    ObjectId object = exec_object(x, actor, instr);
    Effect alive = exec_check_alive(x, actor, instr, object);
    if (alive != EFFECT_NEXT) return alive;
    switch (instr->op) {
    case OP_SEND: return run_send(x, actor, instr, object);
    case OP_PUBLISH: return run_publish(x, actor, instr, object);
    case OP_TOPIC_CLOSE: return close_topic(x, actor, instr, object);
    default: return run_ack(x, actor, instr, object);
    }
}
