#include "machine/snapshot.h"

#include "machine/interned.h"
#include "machine/state.h"

/* ------------------------------------------------------------------------ saving */

bool machine_save(const Machine *m, Record *record)
{
    const Program *program = m->program;
    record_put_number(record, program->function_count);
    for (uint32_t f = 0; f < program->function_count; f++)
        record_put_number(record, program->functions[f].slot_count);
    uint32_t queues = m->rooms == NULL ? 0 : program->object_count - program->variable_count;
    record_put_number(record, queues);
    for (uint32_t q = 0; q < queues; q++)
        record_put_number(record, m->rooms[q]);
    record_put_number(record, m->field_count);
    for (FieldId id = 0; id < m->field_count; id++) {
        RECORD_PUT(record, m->ranges[id].low);
        RECORD_PUT(record, m->ranges[id].high);
    }
    Text interned = {0};
    machine_tell_interned(m, (Interned){0, 0}, &interned);
    bool is_told = !interned.failed && record_put_number(record, interned.length) &&
                   record_put(record, interned.bytes, interned.length);
    text_free(&interned);
    return is_told && !record->has_failed;
}

/* ---------------------------------------------------------------------- restoring */

/* A number that is at most `most`. */
static bool get_below(Record *record, uint64_t most, uint32_t *number)
{
    uint64_t found;
    if (!record_get_number(record, &found) || found > most)
        return false;
    *number = (uint32_t)found;
    return true;
}

static Status restore_slots(Machine *m, Record *record)
{
    uint32_t count, differ = 0;
    if (!get_below(record, UINT32_MAX, &count) || count != m->program->function_count)
        return STATUS_INVALID;
    uint32_t *slots = mem_alloc((size_t)count + 1, sizeof *slots);
    if (slots == NULL)
        return STATUS_NO_MEMORY;
    Status status = STATUS_OK;
    for (uint32_t f = 0; f < count && status == STATUS_OK; f++) {
        if (!get_below(record, UINT32_MAX, &slots[f]))
            status = STATUS_INVALID;
        differ += slots[f] != m->program->functions[f].slot_count;
    }
    if (status == STATUS_OK && differ > 0) {
        LowerOptions options = m->program->options;
        options.spawn_slots = slots;
        Program *program;
        status = program_lower(&m->program_arena, m->program->scenario, &options, NULL, &program);
        if (status == STATUS_OK)
            m->program = program;
    }
    mem_free(slots);
    return status;
}

static Status restore_rooms(Machine *m, Record *record)
{
    uint32_t count, queues = m->program->object_count - m->program->variable_count;
    if (!get_below(record, queues, &count) || (count != 0 && count != queues))
        return STATUS_INVALID;
    if (count == 0)
        return STATUS_OK;
    m->rooms = mem_alloc(count, sizeof *m->rooms);
    if (m->rooms == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t q = 0; q < count; q++)
        if (!get_below(record, UINT32_MAX, &m->rooms[q]))
            return STATUS_INVALID;
    return STATUS_OK;
}

/* The fields of the program come first, with what is known of them at the start; their ranges have only grown since. */
static Status restore_layout(Machine *m, Record *record)
{
    uint32_t count;
    m->field_count = 0;
    Status status = layout_build(m);
    if (status != STATUS_OK)
        return status;
    if (!get_below(record, UINT32_MAX, &count) || count != m->field_count)
        return STATUS_INVALID;
    for (FieldId id = 0; id < count; id++) {
        int64_t low, high;
        if (!RECORD_GET(record, low) || !RECORD_GET(record, high) || low > m->ranges[id].low ||
            high < m->ranges[id].high)
            return STATUS_INVALID;
        m->ranges[id].low = low;
        m->ranges[id].high = high;
    }
    return layout_build(m);
}

/* They get the numbers again that they had. */
static Status restore_interned(Machine *m, Record *record)
{
    uint64_t length;
    if (!record_get_number(record, &length) || length > record_left(record))
        return STATUS_INVALID;
    char *bytes = mem_alloc((size_t)length + 1, 1);
    InternedMap map = {0};
    Status status = bytes == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK && !record_get(record, bytes, (size_t)length))
        status = STATUS_INVALID;
    if (status == STATUS_OK)
        status = machine_learn_interned(m, bytes, (size_t)length, &map);
    for (uint32_t i = 0; i < map.stop_count && status == STATUS_OK; i++)
        status = map.stops[i] == i + 1 ? STATUS_OK : STATUS_INVALID;
    for (uint32_t i = 0; i < map.output_count && status == STATUS_OK; i++)
        status = map.outputs[i] == i ? STATUS_OK : STATUS_INVALID;
    interned_map_free(&map);
    mem_free(bytes);
    return status;
}

Status machine_restore(Machine *m, Record *record)
{
    Status status = restore_slots(m, record);
    if (status == STATUS_OK)
        status = restore_rooms(m, record);
    if (status == STATUS_OK)
        status = restore_layout(m, record);
    return status == STATUS_OK ? restore_interned(m, record) : status;
}
