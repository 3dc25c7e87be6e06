#include "machine/interned.h"

#include <string.h>

#include "base/memory.h"
#include "machine/state.h"

typedef struct StopRecord {
    uint32_t kind, is_assume, is_stop, thread, object, line, length; /* then the text */
} StopRecord;

typedef struct OutputRecord {
    uint32_t parent, length; /* then the text */
} OutputRecord;

void machine_common_bits(const Machine *m, Word *mask)
{
    memset(mask, 0xff, m->words * sizeof *mask);
    const Field own[] = {m->fields[m->stop], m->fields[m->output]};
    for (size_t i = 0; i < 2; i++)
        if (own[i].mask != 0)
            mask[own[i].word] &= ~(own[i].mask << own[i].shift);
}

Interned machine_interned(const Machine *m)
{
    return (Interned){m->stops.count, m->outputs.count};
}

static void add_text(Text *out, const char *text, uint32_t length)
{
    if (length > 0)
        text_add_bytes(out, text, length);
}

void machine_tell_interned(const Machine *m, Interned from, Text *out)
{
    const uint32_t counts[] = {m->stops.count - from.stops, m->outputs.count - from.outputs};
    text_add_bytes(out, (const char *)counts, sizeof counts);
    for (uint32_t i = from.stops; i < m->stops.count; i++) {
        const Issue *stop = &m->stops.items[i];
        const StopRecord record = {(uint32_t)stop->kind, stop->is_assume, stop->is_stop, stop->thread,
                                   stop->object,         stop->line,      (uint32_t)strlen(stop->text)};
        text_add_bytes(out, (const char *)&record, sizeof record);
        add_text(out, stop->text, record.length);
    }
    for (uint32_t i = from.outputs; i < m->outputs.count; i++) {
        const OutputNode *output = &m->outputs.items[i];
        const OutputRecord record = {output->parent, (uint32_t)strlen(output->text)};
        text_add_bytes(out, (const char *)&record, sizeof record);
        add_text(out, output->text, record.length);
    }
}

static bool grow(uint32_t **numbers, uint32_t count, uint32_t more)
{
    if (more == 0)
        return true;
    uint32_t *larger = mem_resize(*numbers, (size_t)count + more, sizeof *larger);
    if (larger != NULL)
        *numbers = larger;
    return larger != NULL;
}

/* The next `size` bytes into `part`. */
static const char *take(const char *bytes, void *part, size_t size)
{
    memcpy(part, bytes, size);
    return bytes + size;
}

Status machine_learn_interned(Machine *m, const char *bytes, size_t length, InternedMap *map)
{
    if (length == 0)
        return STATUS_OK;
    uint32_t counts[2];
    bytes = take(bytes, counts, sizeof counts);
    if (!grow(&map->stops, map->stop_count, counts[0]) || !grow(&map->outputs, map->output_count, counts[1]))
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < counts[0]; i++) {
        StopRecord record;
        bytes = take(bytes, &record, sizeof record);
        const char *text = machine_text(m, "%.*s", (int)record.length, bytes);
        bytes += record.length;
        if (text == NULL)
            return STATUS_NO_MEMORY;
        const Issue stop = {.kind = (FindingKind)record.kind,
                            .is_assume = record.is_assume,
                            .is_stop = record.is_stop,
                            .thread = record.thread,
                            .object = record.object,
                            .line = record.line,
                            .text = text};
        uint32_t number = machine_intern_stop(m, &stop);
        if (number == 0)
            return STATUS_NO_MEMORY;
        map->stops[map->stop_count++] = number;
    }
    for (uint32_t i = 0; i < counts[1]; i++) {
        OutputRecord record;
        bytes = take(bytes, &record, sizeof record);
        uint32_t number = 0; /* the first is the empty output */
        if (map->output_count > 0) {
            const char *text = machine_text(m, "%.*s", (int)record.length, bytes);
            number = text == NULL ? 0 : machine_intern_output(m, map->outputs[record.parent], text);
            if (number == 0)
                return STATUS_NO_MEMORY;
        }
        bytes += record.length;
        map->outputs[map->output_count++] = number;
    }
    return STATUS_OK;
}

void interned_map_free(InternedMap *map)
{
    mem_free(map->stops);
    mem_free(map->outputs);
    *map = (InternedMap){0};
}

bool machine_interned_fits(Machine *m)
{
    const FieldId fields[] = {m->stop, m->output};
    const int64_t highest[] = {m->stops.count, m->outputs.count == 0 ? 0 : (int64_t)m->outputs.count - 1};
    for (size_t i = 0; i < 2; i++)
        if (!field_fits(m->fields[fields[i]], highest[i])) {
            m->widen = fields[i];
            m->widen_to = highest[i];
            return false;
        }
    return true;
}

void machine_adopt(const Machine *m, const InternedMap *map, Word *state)
{
    Field stop = m->fields[m->stop], output = m->fields[m->output];
    int64_t number = field_get(state, stop);
    if (number != 0)
        field_put(state, stop, map->stops[number - 1]);
    number = field_get(state, output);
    if (number != 0)
        field_put(state, output, map->outputs[number]);
}

Overflow machine_overflow(const Machine *m)
{
    return (Overflow){m->widen_to, m->widen, m->more_slots};
}

void machine_set_overflow(Machine *m, Overflow overflow)
{
    m->widen = overflow.field;
    m->widen_to = overflow.value;
    m->more_slots = overflow.function;
}
