#include "api/outcome_set.h"

#include <string.h>
#include <xxhash.h>

#include "base/memory.h"

enum { FIRST_KEYS = 16 };

void outcome_set_free(OutcomeSet *set)
{
    mem_free(set->keys);
    mem_free(set->slots);
    *set = (OutcomeSet){0};
}

static uint32_t slot_of(const OutcomeSet *set, const int64_t *key)
{
    return (uint32_t)XXH3_64bits(key, set->width * sizeof *key) & (set->slot_count - 1);
}

static bool grow(OutcomeSet *set)
{
    uint32_t room = set->room == 0 ? FIRST_KEYS : set->room * 2;
    int64_t *keys = mem_resize(set->keys, (size_t)(room + 1) * set->width, sizeof *keys);
    if (keys == NULL)
        return false;
    set->keys = keys;
    uint32_t *slots = mem_alloc((size_t)room * 2, sizeof *slots);
    if (slots == NULL)
        return false;
    mem_free(set->slots);
    set->slots = slots;
    set->slot_count = room * 2;
    set->room = room;
    for (uint32_t k = 0; k < set->count; k++) {
        uint32_t slot = slot_of(set, set->keys + (size_t)k * set->width);
        while (slots[slot] != 0)
            slot = (slot + 1) & (set->slot_count - 1);
        slots[slot] = k + 1;
    }
    return true;
}

static void read_key(const Machine *machine, const Word *state, int64_t *key)
{
    const Program *program = machine_program(machine);
    uint32_t values = program->outcome_value_count;
    StateEnd end = machine_end(machine, state);
    const Issue *stop = machine_stop(machine, state);
    machine_outcome_values(machine, state, key);
    key[values] = program->outcome_has_output ? (int64_t)machine_output_id(machine, state) : 0;
    key[values + 1] = stop == NULL ? (int64_t)end : (int64_t)(stop->is_assume ? 4 : 8 + stop->kind);
    key[values + 2] =
        end == STATE_OK && (program->finally_count == 0 || machine_failed_finally(machine, state) == NO_ID);
}

Status outcome_set_add(OutcomeSet *set, const Machine *machine, const Word *state, bool *is_new)
{
    set->width = machine_program(machine)->outcome_value_count + 3;
    if (set->count == set->room && !grow(set))
        return STATUS_NO_MEMORY;
    int64_t *key = set->keys + (size_t)set->count * set->width; /* there is room for one more */
    read_key(machine, state, key);
    uint32_t slot = slot_of(set, key);
    *is_new = true;
    for (; set->slots[slot] != 0; slot = (slot + 1) & (set->slot_count - 1))
        if (memcmp(set->keys + (size_t)(set->slots[slot] - 1) * set->width, key, set->width * sizeof *key) == 0) {
            *is_new = false;
            return STATUS_OK;
        }
    set->slots[slot] = ++set->count;
    return STATUS_OK;
}
