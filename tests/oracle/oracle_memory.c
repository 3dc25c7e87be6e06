/* oracle_memory.c: whose variables a thread sees: those of the scenario, or the copies of a process (docs/models/processes.md).
 *
 * Shape   State.variables has the scenario's own first, and then, in scenarios with processes, room for the copies of
 *         each thread by its number. What is `mapped` is always the scenario's. */
#include <string.h>

#include "oracle.h"

void memory_build(Model *model)
{
    const SymbolList *symbols = &model->scenario->symbols;
    for (uint32_t i = 0; i < symbols->count; i++)
        if (symbols->items[i]->is_process || symbols->items[i]->is_process_spawned) /* threads, pools, functions */
            model->has_processes = true;
}

size_t memory_size(const Model *model, uint32_t threads)
{
    return (size_t)model->element_count * (model->has_processes ? 1 + threads : 1);
}

static int64_t *copies_of(const Model *model, State *state, uint32_t number)
{
    return state->variables + (size_t)model->element_count * (1 + number);
}

bool memory_is_own(const Model *model, const State *state, uint32_t number, uint32_t element)
{
    return number != NO_THREAD && state->threads[number].is_process && !model->elements[element].is_mapped;
}

int64_t *memory_place(const Model *model, State *state, uint32_t number, uint32_t element)
{
    if (memory_is_own(model, state, number, element))
        return copies_of(model, state, number) + element;
    return state->variables + element;
}

void memory_declare(const Model *model, int64_t *variables)
{
    for (uint32_t i = 0; i < model->scenario->symbols.count; i++) {
        const Symbol *symbol = model->scenario->symbols.items[i];
        if (symbol->kind == SYMBOL_VARIABLE)
            for (uint32_t e = 0; e < symbol->length; e++)
                variables[model_element(model, symbol, e)] = symbol->initial[e];
    }
}

void memory_begin(const Model *model, State *state, uint32_t number)
{
    state->threads[number].is_process = true;
    memory_declare(model, copies_of(model, state, number));
}

void memory_fork(const Model *model, State *state, uint32_t number, uint32_t parent)
{
    state->threads[number].is_process = true;
    for (uint32_t e = 0; e < model->element_count; e++)
        copies_of(model, state, number)[e] = *memory_place(model, state, parent, e);
}

void memory_end(const Model *model, State *state, uint32_t number)
{
    if (state->threads[number].is_process)
        memset(copies_of(model, state, number), 0, model->element_count * sizeof *state->variables);
}

bool memory_shares_process(const State *state, uint32_t a, uint32_t b)
{
    return a == b || (!state->threads[a].is_process && !state->threads[b].is_process);
}
