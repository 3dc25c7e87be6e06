/* oracle_state.c: one state, unpacked; copying it, its bytes as a key. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

void die(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("oracle: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(status);
}

void *must_alloc(size_t count, size_t size)
{
    void *block = calloc(count == 0 ? 1 : count, size);
    if (block == NULL)
        die(EXIT_TOO_BIG, "out of memory");
    return block;
}

void *must_resize(void *block, size_t count, size_t size)
{
    size_t bytes;
    bool overflows = __builtin_mul_overflow(count == 0 ? 1 : count, size, &bytes);
    void *resized = overflows ? NULL : realloc(block, bytes);
    if (resized == NULL)
        die(EXIT_TOO_BIG, "out of memory");
    return resized;
}

/* ------------------------------------------------------------------ values */

Value value_of(int64_t n)
{
    return (Value){.n = n};
}

bool taint_has(const Taint *taint, uint32_t element)
{
    return (taint->bits[element / 64] >> (element % 64) & 1) != 0;
}

void taint_set(Taint *taint, uint32_t element)
{
    taint->bits[element / 64] |= UINT64_C(1) << (element % 64);
}

void taint_clear(Taint *taint, uint32_t element)
{
    taint->bits[element / 64] &= ~(UINT64_C(1) << (element % 64));
}

Taint taint_union(Taint a, Taint b)
{
    for (int i = 0; i < TAINT_WORDS; i++)
        a.bits[i] |= b.bits[i];
    return a;
}

/* ------------------------------------------------------------------ threads */

Frame *thread_top(Thread *thread)
{
    return &thread->frames[thread->frame_count - 1];
}

Frame *thread_push(Thread *thread, FrameKind kind, const void *node)
{
    if (thread->frame_count == thread->frame_room) {
        thread->frame_room = thread->frame_room == 0 ? 8 : 2 * thread->frame_room;
        thread->frames = must_resize(thread->frames, thread->frame_room, sizeof *thread->frames);
    }
    Frame *frame = &thread->frames[thread->frame_count++];
    memset(frame, 0, sizeof *frame);
    frame->kind = kind;
    frame->node = node;
    frame->base = thread->value_count;
    return frame;
}

void thread_pop(Thread *thread)
{
    thread->frame_count--;
}

uint32_t thread_reserve(Thread *thread, uint32_t count)
{
    if (thread->value_room - thread->value_count < count) {
        thread->value_room = 2 * thread->value_room + count;
        thread->values = must_resize(thread->values, thread->value_room, sizeof *thread->values);
    }
    uint32_t first = thread->value_count;
    if (count > 0)
        memset(thread->values + first, 0, count * sizeof *thread->values);
    thread->value_count += count;
    return first;
}

void thread_trim(Thread *thread, uint32_t count)
{
    thread->value_count = count;
}

uint32_t state_add_thread(const Model *model, State *state, const Symbol *symbol, uint32_t instance)
{
    if (state->thread_count == MAX_THREADS)
        die(EXIT_UNSUPPORTED, "more than %d threads", MAX_THREADS);
    uint32_t number = state->thread_count++;
    Thread *thread = &state->threads[number];
    Frame *frames = thread->frames;
    Value *values = thread->values, *locals = thread->locals;
    uint32_t frame_room = thread->frame_room, value_room = thread->value_room;
    memset(thread, 0, sizeof *thread);
    thread->frames = frames;
    thread->frame_room = frame_room;
    thread->values = values;
    thread->value_room = value_room;
    if (locals == NULL)
        locals = must_alloc(model->local_count, sizeof *locals);
    else
        memset(locals, 0, model->local_count * sizeof *locals);
    thread->locals = locals;
    if (model->has_processes)
        memset(state->variables + memory_size(model, number), 0, model->element_count * sizeof *state->variables);
    thread->symbol = symbol;
    thread->instance = instance;
    thread->is_daemon = symbol->is_daemon;
    thread->is_spawned = symbol->kind == SYMBOL_FUNCTION;
    thread->is_fibre = symbol->is_fibre;
    thread->is_coroutine = symbol->is_coroutine;
    thread_push(thread, FRAME_STMT, symbol->body);
    return number;
}

const char *thread_name(const State *state, uint32_t number)
{
    static char names[8][128];
    static unsigned next;
    char *name = names[next++ % 8];
    const Thread *thread = &state->threads[number];
    if (thread->is_spawned || thread->symbol->is_family)
        snprintf(name, sizeof names[0], "%s[%u]", thread->symbol->name, thread->instance);
    else
        snprintf(name, sizeof names[0], "%s", thread->symbol->name);
    return name;
}

/* -------------------------------------------------------------------- state */

State *state_new(const Model *model)
{
    State *state = must_alloc(1, sizeof *state);
    state->variables = must_alloc(memory_size(model, MAX_THREADS), sizeof *state->variables);
    state->objects = must_alloc(model->object_count, sizeof *state->objects);
    state->items = must_alloc(model->item_count, sizeof *state->items);
    state->marks = must_alloc(model->item_count, sizeof *state->marks);
    state->held = must_alloc(2 * MAX_THREADS * (size_t)model->held_count, sizeof *state->held);
    return state;
}

void state_free(State *state)
{
    if (state == NULL)
        return;
    for (uint32_t t = 0; t < MAX_THREADS; t++) {
        free(state->threads[t].frames);
        free(state->threads[t].values);
        free(state->threads[t].locals);
    }
    free(state->variables);
    free(state->objects);
    free(state->items);
    free(state->marks);
    free(state->held);
    free(state);
}

static void copy_bytes(void *to, const void *from, size_t size)
{
    if (size > 0)
        memcpy(to, from, size);
}

static void thread_copy(const Model *model, Thread *to, const Thread *from)
{
    Frame *frames = to->frames;
    Value *values = to->values, *locals = to->locals;
    uint32_t frame_room = to->frame_room, value_room = to->value_room;
    if (frame_room < from->frame_count) {
        frame_room = from->frame_count;
        frames = must_resize(frames, frame_room, sizeof *frames);
    }
    if (value_room < from->value_count) {
        value_room = from->value_count;
        values = must_resize(values, value_room, sizeof *values);
    }
    if (locals == NULL)
        locals = must_alloc(model->local_count, sizeof *locals);
    *to = *from;
    to->frames = frames;
    to->frame_room = frame_room;
    to->values = values;
    to->value_room = value_room;
    to->locals = locals;
    copy_bytes(frames, from->frames, from->frame_count * sizeof *frames);
    copy_bytes(values, from->values, from->value_count * sizeof *values);
    copy_bytes(locals, from->locals, model->local_count * sizeof *locals);
}

void state_copy(const Model *model, State *to, const State *from)
{
    copy_bytes(to->variables, from->variables, memory_size(model, from->thread_count) * sizeof *to->variables);
    copy_bytes(to->objects, from->objects, model->object_count * sizeof *to->objects);
    copy_bytes(to->items, from->items, model->item_count * sizeof *to->items);
    if (model->held_count > 0) {
        copy_bytes(to->marks, from->marks, model->item_count * sizeof *to->marks);
        copy_bytes(to->held, from->held, 2 * MAX_THREADS * (size_t)model->held_count * sizeof *to->held);
    }
    for (uint32_t t = 0; t < from->thread_count; t++)
        thread_copy(model, &to->threads[t], &from->threads[t]);
    to->thread_count = from->thread_count;
    to->declared_count = from->declared_count;
    to->output = from->output;
    to->stop = from->stop;
    to->control = from->control;
    to->loop = from->loop;
    to->pools_shut = from->pools_shut;
    to->main = from->main;
    to->coroutines_ended = from->coroutines_ended;
}

typedef struct Bytes {
    uint8_t *bytes;
    size_t length, room;
} Bytes;

static void add_bytes(Bytes *out, const void *bytes, size_t length)
{
    if (out->room - out->length < length) {
        out->room = 2 * out->room + length + 256;
        out->bytes = must_resize(out->bytes, out->room, 1);
    }
    copy_bytes(out->bytes + out->length, bytes, length);
    out->length += length;
}

static void add_number(Bytes *out, uint64_t number)
{
    add_bytes(out, &number, sizeof number);
}

static void add_value(Bytes *out, const Value *value)
{
    add_number(out, (uint64_t)value->n);
    add_bytes(out, value->taint.bits, sizeof value->taint.bits);
}

static void add_thread(Bytes *out, const Model *model, const Thread *thread)
{
    add_bytes(out, &thread->symbol, sizeof thread->symbol);
    add_number(out, thread->instance);
    add_number(out, (uint64_t)(thread->ended | thread->joined << 1));
    add_number(out, thread->unwind);
    add_number(out, thread->end_line);
    add_number(out, thread->atomic_depth);
    add_number(out, (uint64_t)thread->timer);
    add_number(out, (uint64_t)thread->work);
    add_number(out, (uint64_t)(thread->computes | thread->had_slice << 1 | thread->has_to_begin << 2));
    add_number(out, (uint64_t)thread->value);
    add_number(out, thread->ended_as);
    add_number(out, thread->pool);
    add_value(out, &thread->result);
    add_value(out, &thread->returned);
    add_bytes(out, thread->has_read.bits, sizeof thread->has_read.bits);
    add_bytes(out, thread->overtaken.bits, sizeof thread->overtaken.bits);
    add_number(out, thread->frame_count);
    for (uint32_t i = 0; i < thread->frame_count; i++) {
        const Frame *frame = &thread->frames[i];
        add_number(out, (uint64_t)frame->kind << 33 | (uint64_t)frame->is_try << 32 | frame->stage);
        add_bytes(out, &frame->node, sizeof frame->node);
        add_number(out, frame->base);
        for (int k = 0; k < 3; k++)
            add_value(out, &frame->v[k]);
    }
    add_number(out, thread->value_count);
    for (uint32_t i = 0; i < thread->value_count; i++)
        add_value(out, &thread->values[i]);
    for (uint32_t i = 0; i < model->local_count; i++)
        add_value(out, &thread->locals[i]);
}

uint8_t *state_key(const Model *model, const State *state, size_t *length)
{
    Bytes out = {0};
    add_number(&out, state->stop);
    add_number(&out, state->output);
    add_bytes(&out, state->variables, memory_size(model, state->thread_count) * sizeof *state->variables);
    for (uint32_t i = 0; i < model->object_count; i++) {
        const ObjectState *object = &state->objects[i];
        add_number(&out, (uint64_t)(object->destroyed | object->closed << 1));
        add_number(&out, (uint64_t)(int64_t)object->owner);
        add_number(&out, (uint64_t)object->count);
        add_number(&out, object->announced);
        add_bytes(&out, object->reads, sizeof object->reads);
        if (model->objects[i].symbol->kind != SYMBOL_QUEUE)
            continue;
        add_bytes(&out, state->items + model->objects[i].first_item, (size_t)object->count * sizeof *state->items);
        if (model->held_count > 0)
            add_bytes(&out, state->marks + model->objects[i].first_item, (size_t)object->count * sizeof *state->marks);
    }
    add_bytes(&out, state->held, 2 * MAX_THREADS * (size_t)model->held_count * sizeof *state->held);
    add_number(&out, (uint64_t)(int64_t)state->control);
    add_number(&out, state->loop);
    add_number(&out, state->pools_shut);
    add_number(&out, state->thread_count);
    for (uint32_t t = 0; t < state->thread_count; t++)
        add_thread(&out, model, &state->threads[t]);
    *length = out.length;
    return out.bytes;
}

/* ------------------------------------------------------------------ outputs */

typedef struct OutputNode {
    uint32_t before;
    char *string;
} OutputNode;

static OutputNode *output_nodes; /* number 0 is the empty output */
static uint32_t output_count, output_room;

uint32_t output_append(uint32_t output, const char *string)
{
    for (uint32_t i = 0; i < output_count; i++)
        if (output_nodes[i].before == output && strcmp(output_nodes[i].string, string) == 0)
            return i + 1;
    if (output_count == output_room) {
        output_room = output_room == 0 ? 16 : 2 * output_room;
        output_nodes = must_resize(output_nodes, output_room, sizeof *output_nodes);
    }
    size_t size = strlen(string) + 1;
    char *copy = must_alloc(size, 1);
    memcpy(copy, string, size);
    output_nodes[output_count] = (OutputNode){.before = output, .string = copy};
    return ++output_count;
}

void output_list(uint32_t output, const char ***strings, uint32_t *count)
{
    *count = 0;
    for (uint32_t at = output; at != 0; at = output_nodes[at - 1].before)
        ++*count;
    *strings = must_alloc(*count, sizeof **strings);
    uint32_t place = *count;
    for (uint32_t at = output; at != 0; at = output_nodes[at - 1].before)
        (*strings)[--place] = output_nodes[at - 1].string;
}

void outputs_free(void)
{
    for (uint32_t i = 0; i < output_count; i++)
        free(output_nodes[i].string);
    free(output_nodes);
}
