/* oracle_messages.c: mailboxes, topics, links that lose, repeat and reorder (docs/models/messages.md).
 *
 * Shape   a mailbox is a queue behind all others, by number of its actor; a topic has a queue for each subscriber. An
 *         item has a mark beside it: its acknowledgement was lost once. What a receiver holds until `ack` is in
 *         State.held, two words for each thread and queue: 0 nothing, 1 a message, 2 one with a mark; and the item. */
#include <string.h>

#include "oracle.h"

enum { HELD_NOTHING, HELD_FRESH, HELD_MARKED };

static const Symbol *symbol_of(const Model *model, uint32_t object)
{
    return model->objects[object].symbol;
}

static int64_t *held_of(const Model *model, State *state, uint32_t number, uint32_t object)
{
    return state->held + 2 * ((size_t)number * model->held_count + model->objects[object].held);
}

static bool holds(const Model *model, State *state, uint32_t number, uint32_t object)
{
    return symbol_of(model, object)->is_acknowledged && held_of(model, state, number, object)[0] != HELD_NOTHING;
}

uint32_t messages_queue(const Model *model, const State *state, uint32_t number, const Symbol *symbol, uint32_t element)
{
    if (symbol->kind == SYMBOL_THREAD)
        return model->mailbox_base[symbol->index] + element;
    if (symbol->is_topic && number != NO_THREAD && state->threads[number].symbol->topic == symbol)
        element = state->threads[number].symbol->first_subscriber + state->threads[number].instance;
    return model_object(model, symbol, element);
}

/* What is held keeps its place. */
static int64_t room_of(const Model *model, State *state, uint32_t object)
{
    int64_t room = symbol_of(model, object)->capacity - state->objects[object].count;
    for (uint32_t t = 0; t < state->thread_count; t++)
        room -= holds(model, state, t, object);
    return room;
}

static void append(const Model *model, State *state, uint32_t object, int64_t item, int64_t mark)
{
    ObjectState *queue = &state->objects[object];
    if (queue->count == MAX_MAILBOX && symbol_of(model, object)->is_unbounded)
        die(EXIT_TOO_BIG, "more than %d messages in a mailbox", MAX_MAILBOX);
    uint32_t place = model->objects[object].first_item + (uint32_t)queue->count++;
    state->items[place] = item;
    state->marks[place] = mark;
}

bool messages_has_room(const Model *model, State *state, uint32_t object)
{
    return room_of(model, state, object) > 0;
}

void messages_deliver(Run *run, uint32_t object, int64_t item)
{
    const Symbol *symbol = symbol_of(run->model, object);
    enum { ARRIVES, LOST, TWICE } fates[3] = {ARRIVES};
    uint32_t count = 1;
    if (symbol->is_lossy && !symbol->is_acknowledged)
        fates[count++] = LOST;
    if (symbol->is_duplicating && room_of(run->model, run->state, object) >= 2)
        fates[count++] = TWICE;
    uint32_t fate = fates[count == 1 ? 0 : run_choose(run, count)];
    for (uint32_t copies = fate == LOST ? 0 : fate == TWICE ? 2 : 1; copies > 0; copies--)
        append(run->model, run->state, object, item, 0);
}

bool messages_publish_enabled(const Run *run, uint32_t first)
{
    if (run->state->objects[first].closed)
        return true;
    for (uint32_t i = 0; i < symbol_of(run->model, first)->length; i++)
        if (!messages_has_room(run->model, run->state, first + i))
            return false;
    return true;
}

void messages_publish(Run *run, uint32_t first, int64_t item, uint32_t line)
{
    if (run->state->objects[first].closed) {
        run_misuse(run, first, line);
        return;
    }
    for (uint32_t i = 0; i < symbol_of(run->model, first)->length; i++)
        messages_deliver(run, first + i, item);
}

void messages_send(Run *run, uint32_t object, int64_t item, uint32_t line)
{
    for (uint32_t t = 0; t < run->state->declared_count; t++) {
        const Thread *thread = &run->state->threads[t];
        if (thread->symbol->mailbox != NULL && thread->ended &&
            model_mailbox(run->model, thread->symbol, thread->instance) == object) {
            run_misuse(run, object, line);
            return;
        }
    }
    append(run->model, run->state, object, item, 0);
}

static void give_back(const Model *model, State *state, uint32_t number, uint32_t object)
{
    int64_t *held = held_of(model, state, number, object);
    int64_t mark = held[0] == HELD_MARKED, item = held[1];
    held[0] = HELD_NOTHING;
    held[1] = 0;
    append(model, state, object, item, mark);
}

void messages_get(Run *run, uint32_t number, uint32_t object, Value *item, Value *ok)
{
    State *state = run->state;
    ObjectState *queue = &state->objects[object];
    const Symbol *symbol = symbol_of(run->model, object);
    *item = value_of(0);
    *ok = value_of(queue->count > 0);
    if (queue->count == 0)
        return;
    uint32_t which = symbol->is_reordering && queue->count > 1 ? run_choose(run, (uint32_t)queue->count) : 0;
    uint32_t place = run->model->objects[object].first_item + which;
    int64_t taken = state->items[place], mark = state->marks[place];
    size_t behind = (size_t)queue->count - 1 - which;
    memmove(state->items + place, state->items + place + 1, behind * sizeof *state->items);
    memmove(state->marks + place, state->marks + place + 1, behind * sizeof *state->marks);
    queue->count--;
    *item = value_of(taken);
    if (!symbol->is_acknowledged)
        return;
    if (holds(run->model, state, number, object))
        give_back(run->model, state, number, object);
    int64_t *held = held_of(run->model, state, number, object);
    held[0] = mark ? HELD_MARKED : HELD_FRESH;
    held[1] = taken;
}

void messages_ack(Run *run, uint32_t number, uint32_t object, uint32_t line)
{
    if (!holds(run->model, run->state, number, object)) {
        run_misuse(run, object, line);
        return;
    }
    int64_t *held = held_of(run->model, run->state, number, object);
    int64_t item = held[1];
    bool may_get_lost = symbol_of(run->model, object)->is_lossy && held[0] == HELD_FRESH;
    held[0] = HELD_NOTHING;
    held[1] = 0;
    if (may_get_lost && run_choose(run, 2) == 1)
        append(run->model, run->state, object, item, 1);
}

void messages_end(const Model *model, State *state, uint32_t number)
{
    for (uint32_t i = 0; i < model->object_count; i++)
        if (holds(model, state, number, i))
            give_back(model, state, number, i);
}
