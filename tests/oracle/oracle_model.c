/* oracle_model.c: numbers for variable elements, objects and locals. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

static bool is_object_kind(SymbolKind kind)
{
    return (SYMBOL_BIT(kind) & SYMBOL_BIT_OBJECTS) != 0;
}

static const char *element_name(Model *model, const Symbol *symbol, uint32_t element)
{
    if (!symbol->is_array)
        return symbol->name;
    return arena_format(&model->arena, "%s[%u]", symbol->name, element);
}

/* The queues of a topic are named for their subscribers. */
static const char *object_name(Model *model, const Symbol *symbol, uint32_t element)
{
    if (!symbol->is_topic)
        return element_name(model, symbol, element);
    for (uint32_t i = 0; i < model->scenario->threads.count; i++) {
        const Symbol *thread = model->scenario->threads.items[i];
        uint32_t instance = element - thread->first_subscriber;
        if (thread->topic != symbol || element < thread->first_subscriber || instance >= thread->length)
            continue;
        if (!thread->is_family)
            return arena_format(&model->arena, "%s.%s", thread->name, symbol->name);
        return arena_format(&model->arena, "%s[%u].%s", thread->name, instance, symbol->name);
    }
    return symbol->name;
}

static uint32_t count_of_kind(const Model *model, SymbolKind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < model->scenario->symbols.count; i++)
        count += model->scenario->symbols.items[i]->kind == kind;
    return count;
}

static void number_variables(Model *model)
{
    const SymbolList *symbols = &model->scenario->symbols;
    model->variable_base = must_alloc(count_of_kind(model, SYMBOL_VARIABLE) + 1, sizeof *model->variable_base);
    for (uint32_t i = 0; i < symbols->count; i++)
        if (symbols->items[i]->kind == SYMBOL_VARIABLE)
            model->element_count += symbols->items[i]->length;
    if (model->element_count > 64 * TAINT_WORDS)
        die(EXIT_UNSUPPORTED, "more than %d variable elements", 64 * TAINT_WORDS);
    model->elements = must_alloc(model->element_count + 1, sizeof *model->elements);
    uint32_t next = 0;
    for (uint32_t i = 0; i < symbols->count; i++) {
        const Symbol *symbol = symbols->items[i];
        if (symbol->kind != SYMBOL_VARIABLE)
            continue;
        model->variable_base[symbol->index] = next;
        for (uint32_t e = 0; e < symbol->length; e++)
            model->elements[next++] = (Element){
                .name = element_name(model, symbol, e), .is_atomic = symbol->is_atomic, .is_mapped = symbol->is_mapped};
    }
}

static void number_objects(Model *model)
{
    const SymbolList *symbols = &model->scenario->symbols;
    for (SymbolKind kind = 0; kind < SYMBOL_FUNCTION; kind++)
        if (is_object_kind(kind))
            model->object_base[kind] = must_alloc(count_of_kind(model, kind) + 1, sizeof *model->object_base[kind]);
    for (uint32_t i = 0; i < symbols->count; i++)
        if (is_object_kind(symbols->items[i]->kind))
            model->object_count += symbols->items[i]->length;
    const SymbolList *threads = &model->scenario->threads;
    for (uint32_t i = 0; i < threads->count; i++)
        model->object_count += threads->items[i]->mailbox == NULL ? 0 : threads->items[i]->length;
    if (model->object_count > 64 * OBJECT_WORDS)
        die(EXIT_UNSUPPORTED, "more than %d objects", 64 * OBJECT_WORDS);
    model->objects = must_alloc(model->object_count + 1, sizeof *model->objects);
    uint32_t next = 0;
    for (uint32_t i = 0; i < symbols->count; i++) {
        const Symbol *symbol = symbols->items[i];
        if (!is_object_kind(symbol->kind))
            continue;
        model->object_base[symbol->kind][symbol->index] = next;
        for (uint32_t e = 0; e < symbol->length; e++) {
            model->objects[next++] =
                (ObjectInfo){.symbol = symbol, .name = object_name(model, symbol, e), .first_item = model->item_count};
            if (symbol->is_acknowledged)
                model->objects[next - 1].held = model->held_count++;
            if (symbol->kind == SYMBOL_QUEUE) {
                if (symbol->capacity > MAX_ITEMS || model->item_count > MAX_ITEMS)
                    die(EXIT_UNSUPPORTED, "queues with more than %d items", MAX_ITEMS);
                model->item_count += (uint32_t)symbol->capacity;
            }
        }
    }
    model->mailbox_base = must_alloc(threads->count + 1, sizeof *model->mailbox_base);
    for (uint32_t i = 0; i < threads->count; i++) {
        const Symbol *actor = threads->items[i];
        model->mailbox_base[actor->index] = next;
        for (uint32_t e = 0; actor->mailbox != NULL && e < actor->length; e++) {
            model->objects[next++] = (ObjectInfo){.symbol = actor->mailbox,
                                                  .name = arena_format(&model->arena, "%s.mailbox", element_name(model, actor->mailbox, e)),
                                                  .first_item = model->item_count};
            model->item_count += MAX_MAILBOX;
        }
    }
}

static uint32_t place_locals(Model *model, const Symbol *owner, uint32_t first)
{
    for (uint32_t i = 0; i < owner->locals.count; i++) {
        model->local_offset[owner->locals.items[i]->index] = first;
        first += owner->locals.items[i]->length;
    }
    return first;
}

/* Threads share their places, functions have some of their own: no function is active twice in a thread. */
static void number_locals(Model *model)
{
    const SymbolList *lists[2] = {&model->scenario->threads, &model->scenario->functions};
    uint32_t greatest = 0;
    for (uint32_t k = 0; k < 2; k++)
        for (uint32_t i = 0; i < lists[k]->count; i++)
            for (uint32_t l = 0; l < lists[k]->items[i]->locals.count; l++)
                if (lists[k]->items[i]->locals.items[l]->index > greatest)
                    greatest = lists[k]->items[i]->locals.items[l]->index;
    model->local_offset = must_alloc(greatest + 1, sizeof *model->local_offset);
    uint32_t widest = 0;
    for (uint32_t i = 0; i < lists[0]->count; i++) {
        uint32_t end = place_locals(model, lists[0]->items[i], 0);
        if (end > widest)
            widest = end;
    }
    for (uint32_t i = 0; i < lists[1]->count; i++)
        widest = place_locals(model, lists[1]->items[i], widest);
    model->local_count = widest;
}

void model_build(Model *model)
{
    memory_build(model);
    pools_check(model->scenario);
    number_variables(model);
    number_objects(model);
    number_locals(model);
}

uint32_t model_element(const Model *model, const Symbol *variable, uint32_t element)
{
    return model->variable_base[variable->index] + element;
}

uint32_t model_object(const Model *model, const Symbol *object, uint32_t element)
{
    return model->object_base[object->kind][object->index] + element;
}

uint32_t model_mailbox(const Model *model, const Symbol *actor, uint32_t instance)
{
    return model->mailbox_base[actor->index] + instance;
}

uint32_t model_local(const Model *model, const Symbol *local)
{
    return model->local_offset[local->index];
}
