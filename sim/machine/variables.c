/* variables.c: loads, stores and read-modify-write operations, and with them lost updates: a token says that the value
 * that a thread read was overtaken by another thread's write, taint which registers hold a value computed from that read. */
#include "machine/execute.h"

static uint32_t token_of(const Instr *instr, ObjectId object) { return (uint32_t)instr->token + (object - (ObjectId)instr->b); }

static void note_read(const Exec *x, Actor *actor, const Instr *instr, ObjectId object) {
    if (!actor->overtaken) return;
    uint32_t words = x->program->threads[actor->thread].token_words;
    if (actor->taint && instr->a >= 0) { /* a value found through an index comes from the index, too */
        uint64_t *taint = &actor->taint[(size_t)instr->a * words];
        for (uint32_t w = 0; w < words; w++) taint[w] = instr->c >= 0 ? actor->taint[(size_t)instr->c * words + w] : 0;
    }
    if (instr->token < 0) return;
    uint32_t token = token_of(instr, object);
    actor->overtaken[token / 64] &= ~(UINT64_C(1) << (token % 64));
    if (actor->taint && instr->a >= 0) actor->taint[(size_t)instr->a * words + token / 64] |= UINT64_C(1) << (token % 64);
}

/* Other threads that read this element and may still write it from that read are overtaken. */
static Effect note_write(Exec *x, const Actor *actor, ObjectId object) {
    const ObjectLayout *layout = &x->machine->objects[object];
    for (uint32_t k = 0; k < layout->watcher_count; k++) {
        const Watcher *watcher = &layout->watchers[k];
        if (watcher->thread == actor->thread) continue;
        const ThreadLayout *thread = &x->machine->threads[watcher->thread];
        uint32_t p = exec_point(x, watcher->thread);
        if (p == 0 || p > x->program->threads[watcher->thread].point_count) continue;
        const PointLayout *point = &thread->points[p];
        if (!(point->watched[watcher->token / 64] >> (watcher->token % 64) & 1)) continue;
        if (x->program->threads[watcher->thread].tracks_taint) {
            bool carried = false;
            for (uint32_t c = 0; c < point->carrier_count && !carried; c++)
                carried = exec_get(x, point->carriers[c].field + watcher->token / 32) >> (watcher->token % 32) & 1;
            if (!carried) continue;
        }
        FieldId field = thread->overtaken + watcher->token / 32;
        EXEC_PUT(x, field, exec_get(x, field) | (int64_t)(UINT64_C(1) << (watcher->token % 32)));
    }
    return EFFECT_NEXT;
}

static Effect write_variable(Exec *x, const Actor *actor, ObjectId object, int64_t value) {
    const ObjectLayout *layout = &x->machine->objects[object];
    EXEC_PUT(x, layout->value, value);
    return layout->watcher_count > 0 ? note_write(x, actor, object) : EFFECT_NEXT;
}

Effect exec_store(Exec *x, Actor *actor, const Instr *instr) {
    ObjectId object = exec_object(x, actor, instr);
    int64_t value = exec_value(x, actor, instr->a);
    if (actor->overtaken && instr->token >= 0) {
        uint32_t token = token_of(instr, object);
        bool overtaken = actor->overtaken[token / 64] >> (token % 64) & 1;
        bool stale = instr->stale;
        if (actor->taint && instr->a >= 0)
            stale = actor->taint[(size_t)instr->a * x->program->threads[actor->thread].token_words + token / 64] >> (token % 64) & 1;
        if (overtaken && stale) {
            Effect effect = exec_issue(x, FINDING_LOST_UPDATE, actor->thread, object, exec_line(x, instr), NULL);
            if (effect != EFFECT_NEXT) return effect;
        }
    }
    int64_t before = exec_get(x, x->machine->objects[object].value);
    Effect effect = write_variable(x, actor, object, value);
    exec_log(x, actor, instr, object, (LoggedAccess){.writes = true, .has_value = true, .before = before, .after = value, .partner = NO_ID});
    actor->at++;
    return effect;
}

Effect exec_read_modify_write(Exec *x, Actor *actor, const Instr *instr) {
    ObjectId object = exec_object(x, actor, instr);
    int64_t before = exec_get(x, x->machine->objects[object].value), after = before, d = exec_value(x, actor, instr->d), result = before;
    bool writes = true;
    if (instr->op == OP_CAS) {
        writes = before == d;
        result = writes;
        if (writes) after = exec_value(x, actor, instr->e);
    } else if (instr->op == OP_EXCHANGE) {
        after = d;
    } else if (__builtin_add_overflow(before, d, &after)) {
        exec_log(x, actor, instr, object, (LoggedAccess){.reads = true, .failed = true, .has_value = true, .before = before, .after = before, .partner = NO_ID});
        return exec_stop(x, actor, instr, FINDING_RUNTIME_ERROR, NO_ID, "overflow in fetch_add");
    }
    note_read(x, actor, instr, object);
    Effect effect = writes ? write_variable(x, actor, object, after) : EFFECT_NEXT;
    actor->registers[instr->a] = result;
    exec_log(x, actor, instr, object,
             (LoggedAccess){.reads = true, .writes = writes, .failed = !writes, .has_value = true, .before = before, .after = after, .partner = NO_ID});
    actor->at++;
    return effect;
}

Effect exec_load(Exec *x, Actor *actor, const Instr *instr) {
    ObjectId object = exec_object(x, actor, instr);
    int64_t value = exec_get(x, x->machine->objects[object].value);
    note_read(x, actor, instr, object);
    actor->registers[instr->a] = value;
    exec_log(x, actor, instr, object, (LoggedAccess){.reads = true, .has_value = true, .before = value, .after = value, .partner = NO_ID});
    actor->at++;
    return EFFECT_NEXT;
}
