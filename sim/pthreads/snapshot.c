#include "pthreads/snapshot.h"

enum { MAILBOX_ITEMS = 16 }; /* that are compared, beside the length */

static uint32_t item_count(const Object *object)
{
    return object->symbol->is_unbounded ? MAILBOX_ITEMS : (uint32_t)object->symbol->capacity;
}

static uint32_t object_size(const Program *program, ObjectId id)
{
    const Object *object = &program->objects[id];
    return object->kind == SYMBOL_QUEUE ? 2 + item_count(object) : 1;
}

static uint32_t thread_size(const ThreadCode *code)
{
    uint32_t size = 1;
    for (uint32_t k = 0; k < code->local_count; k++)
        size += code->locals[k].length;
    return size;
}

uint32_t snapshot_objects(const Program *program)
{
    uint32_t size = 0;
    for (ObjectId o = 0; o < program->object_count; o++)
        size += object_size(program, o);
    return size;
}

uint32_t snapshot_size(const Program *program)
{
    uint32_t size = snapshot_objects(program) + 1;
    for (ThreadId t = 0; t < program->thread_count; t++)
        size += thread_size(&program->threads[t]);
    return size;
}

static bool counts_output(const Program *program)
{
    return program->outcome_has_output && program->has_print;
}

void snapshot_of_state(const Machine *machine, const Word *state, int64_t *row)
{
    const Program *program = machine_program(machine);
    for (ObjectId o = 0; o < program->object_count; o++) {
        *row++ = machine_value(machine, state, o);
        if (program->objects[o].kind != SYMBOL_QUEUE)
            continue;
        uint32_t capacity = item_count(&program->objects[o]);
        bool closed;
        for (uint32_t k = 0; k <= capacity; k++)
            row[k] = 0;
        machine_queue_items(machine, state, o, row + 1, capacity, &closed);
        row[0] = closed;
        row += 1 + capacity;
    }
    for (ThreadId t = 0; t < program->thread_count; t++) {
        const ThreadCode *code = &program->threads[t];
        *row++ = machine_point(machine, state, t);
        for (uint32_t k = 0; k < code->local_count; k++)
            for (uint32_t i = 0; i < code->locals[k].length; i++)
                *row++ = machine_register(machine, state, t, code->locals[k].reg + (int32_t)i);
    }
    *row = counts_output(program) ? machine_output(machine, state, NULL, 0) : 0;
}

static int64_t standing(const Rig *rig, Opcode op, ObjectId object)
{
    int64_t count = 0;
    for (ThreadId t = 0; t < rig->program->thread_count; t++)
        count += rig_stands_at(rig, &rig->workers[t], op, object);
    return count;
}

static int64_t object_value(const Rig *rig, ObjectId id)
{
    RealObject *object = &rig->objects[id];
    switch (object->kind) {
    case SYMBOL_CONDITION: return standing(rig, OP_CONDITION_SLEEP, id);
    case SYMBOL_BARRIER: return standing(rig, OP_BARRIER_WAIT, id);
    case SYMBOL_EVENT: case SYMBOL_WAITGROUP: return object->counter.value;
    case SYMBOL_QUEUE: return object->queue.length;
    case SYMBOL_ONCE: return atomic_load(&object->value) == 1;
    case SYMBOL_SEMAPHORE: {
        int count = 0;
        sem_getvalue(&object->semaphore, &count);
        return count;
    }
    default: return atomic_load(&object->value);
    }
}

void snapshot_of_rig(const Rig *rig, int64_t *row)
{
    const Program *program = rig->program;
    for (ObjectId o = 0; o < program->object_count; o++) {
        *row++ = object_value(rig, o);
        if (program->objects[o].kind != SYMBOL_QUEUE)
            continue;
        const RealQueue *queue = &rig->objects[o].queue;
        *row++ = queue->closed;
        for (int64_t k = 0; k < item_count(&program->objects[o]); k++)
            *row++ = k < queue->length ? queue->items[(queue->first + k) % queue->room] : 0;
    }
    for (ThreadId t = 0; t < program->thread_count; t++) {
        const Worker *worker = &rig->workers[t];
        const ThreadCode *code = worker->code;
        int life = atomic_load(&worker->life);
        *row++ = life == LIFE_ALIVE ? program->code[worker->at].point : life == LIFE_UNBORN ? code->unborn_point : 0;
        for (uint32_t k = 0; k < code->local_count; k++)
            for (uint32_t i = 0; i < code->locals[k].length; i++)
                *row++ = worker->registers[code->locals[k].reg + (int32_t)i];
    }
    *row = counts_output(program) ? rig->output_count : 0;
}

/* Its name and what the number says about it. */
static void explain_object(const Program *program, ObjectId id, uint32_t offset, int64_t value, Text *out)
{
    const Object *object = &program->objects[id];
    bool is_lock = object->kind == SYMBOL_MUTEX || object->kind == SYMBOL_RWLOCK;
    if (object->kind == SYMBOL_QUEUE && offset == 1)
        text_add(out, value ? "closed" : "open");
    else if (is_lock && (value <= 0 || value > program->thread_count))
        text_add(out, "free");
    else if (is_lock)
        text_format(out, "held by %s", program->threads[value - 1].name);
    else
        text_format(out, "%lld", (long long)value);
}

void snapshot_explain(const Program *program, uint32_t number, int64_t simulated, int64_t real, Text *out)
{
    for (ObjectId o = 0; o < program->object_count; o++) {
        uint32_t size = object_size(program, o);
        if (number >= size) {
            number -= size;
            continue;
        }
        const char *what = program->objects[o].kind != SYMBOL_QUEUE ? "" : number == 0 ? " (its length)" : number == 1 ? "" : " (an item)";
        text_format(out, "%s%s is ", program->objects[o].name, what);
        explain_object(program, o, number, real, out);
        text_add(out, ", simulated ");
        explain_object(program, o, number, simulated, out);
        return;
    }
    for (ThreadId t = 0; t < program->thread_count; t++) {
        const ThreadCode *code = &program->threads[t];
        if (number >= thread_size(code)) {
            number -= thread_size(code);
            continue;
        }
        if (number == 0) {
            text_format(out, "%s stands at its step %lld, simulated %lld (0: ended)", code->name, (long long)real, (long long)simulated);
            return;
        }
        uint32_t k = 0;
        for (number--; number >= code->locals[k].length; k++)
            number -= code->locals[k].length;
        text_format(out, "%s of %s is %lld, simulated %lld", code->locals[k].name, code->name, (long long)real, (long long)simulated);
        return;
    }
    text_format(out, "%lld lines were printed, simulated %lld", (long long)real, (long long)simulated);
}
