/* layout.c: gives every field its place, and makes room where a value did not fit. */
#include <string.h>

#include "machine/state.h"
#include "program/affine.h"

#define ROOMY_LOW  (-(INT64_C(1) << 15))
#define ROOMY_HIGH ((INT64_C(1) << 15) - 1)
enum { FEW_MISSES = 3 }; /* each makes the search start over */

typedef struct Builder {
    Machine *m;
    Arena *arena;
    ArenaVec(Field) fields;
    ArenaVec(Range) ranges;
    uint32_t groups;
    uint32_t timer_group; /* NO_ID: no timer so far */
    bool joins_handles;
    bool destroys; /* some object, somewhere */
} Builder;

static FieldId add_field(Builder *b, int64_t low, int64_t high, uint32_t group) {
    Range range = {.low = low, .high = high};
    FieldId id = b->fields.count;
    if (id < b->m->field_count) range = b->m->ranges[id]; /* what an earlier layout learned */
    range.group = group;
    range.is_narrow = false;
    ARENA_PUSH(b->arena, b->fields, (Field){0});
    ARENA_PUSH(b->arena, b->ranges, range);
    return id;
}

/* One of which few values may be seen, whatever its range. */
static FieldId add_value(Builder *b, int64_t low, int64_t high, uint32_t group) {
    FieldId id = add_field(b, low, high, group);
    Range *range = &b->ranges.items[id];
    range->is_narrow = true;
    range->is_identity = false;
    if (b->m->narrowness == LAYOUT_ROOMY && range->low > ROOMY_LOW) range->low = ROOMY_LOW;
    if (b->m->narrowness == LAYOUT_ROOMY && range->high < ROOMY_HIGH) range->high = ROOMY_HIGH;
    return id;
}

static uint32_t new_group(Builder *b) { return b->groups++; }

/* ------------------------------------------------------------ threads */

/* Registers kept at a common point get different slots: greedy colouring in order of registers. */
static uint32_t color_slots(Builder *b, const ThreadCode *thread, const LiveSet *live, uint32_t *slot_of) {
    uint32_t n = thread->register_count, slots = 0;
    bool *taken = ARENA_ARRAY(b->arena, bool, n + 1);
    for (uint32_t r = 0; r < n; r++) {
        slot_of[r] = NO_ID;
        bool kept = false;
        memset(taken, 0, n + 1);
        for (uint32_t p = 0; p <= thread->point_count; p++) {
            bool here = false;
            for (uint32_t k = 0; k < live[p].count && !here; k++) here = live[p].registers[k] == r;
            if (!here) continue;
            kept = true;
            for (uint32_t k = 0; k < live[p].count; k++)
                if (live[p].registers[k] < r) taken[slot_of[live[p].registers[k]]] = true;
        }
        if (!kept) continue;
        uint32_t slot = 0;
        while (taken[slot]) slot++;
        slot_of[r] = slot;
        if (slot + 1 > slots) slots = slot + 1;
    }
    return slots;
}

/* Registers that follow from others at a point, and are no longer in its live set. */
typedef struct Derived {
    const Affine *facts;
    uint32_t *counts; /* by point; NULL: none anywhere */
    uint32_t **registers;
} Derived;

static Derived list_derived(Builder *b, const ThreadCode *code, LiveSet *live) {
    Derived derived = {0};
    if (!b->m->options.keep_locals) derived.facts = affine_registers(b->arena, b->m->program, code, live);
    if (!derived.facts) return derived;
    derived.counts = ARENA_ARRAY(b->arena, uint32_t, code->point_count + 1);
    derived.registers = ARENA_ARRAY(b->arena, uint32_t *, code->point_count + 1);
    for (uint32_t p = 0; p <= code->point_count; p++) {
        uint32_t kept = 0;
        derived.registers[p] = ARENA_ARRAY(b->arena, uint32_t, live[p].count + 1);
        for (uint32_t k = 0; k < live[p].count; k++) {
            uint32_t reg = live[p].registers[k];
            if (derived.facts[(size_t)p * code->register_count + reg].base == NO_ID)
                live[p].registers[kept++] = reg;
            else
                derived.registers[p][derived.counts[p]++] = reg;
        }
        live[p].count = kept;
    }
    return derived;
}

static void list_locks(Builder *b, const ThreadCode *code, ThreadLayout *thread) {
    const Program *program = b->m->program;
    bool *may = ARENA_ARRAY(b->arena, bool, program->object_count + 1);
    for (uint32_t i = code->first_instr; i < code->first_instr + code->instr_count; i++) {
        const Instr *instr = &program->code[i];
        if (!(program_op_flags[instr->op] & OPF_TAKES) || instr->op == OP_ACQUIRE) continue;
        bool is_wake = instr->op == OP_CONDITION_WAKE;
        ObjectId object = (ObjectId)(is_wake ? instr->d : instr->b);
        bool indexed = (is_wake ? instr->e : instr->c) != NO_OPERAND;
        uint32_t count = indexed ? program->objects[object].symbol->length : 1;
        for (uint32_t k = 0; k < count; k++) may[object + k] = true;
    }
    thread->locks = ARENA_ARRAY(b->arena, ObjectId, program->object_count + 1);
    for (ObjectId o = 0; o < program->object_count; o++)
        if (may[o]) thread->locks[thread->lock_count++] = o;
}

/* Groups of the slots of earlier instances of the same thread or function. */
static uint32_t slot_group(Builder *b, ThreadId t, uint32_t slot) {
    const Program *program = b->m->program;
    for (ThreadId u = 0; u < t; u++)
        if (program->threads[u].symbol == program->threads[t].symbol && slot < b->m->threads[u].slot_count)
            return b->ranges.items[b->m->threads[u].first_slot + slot].group;
    return new_group(b);
}

static bool has_op(const Program *program, const ThreadCode *code, Opcode op) {
    for (uint32_t i = code->first_instr; i < code->first_instr + code->instr_count; i++)
        if (program->code[i].op == op) return true;
    return false;
}

static void lay_timer(Builder *b, const ThreadCode *code, ThreadLayout *thread) {
    const Program *program = b->m->program;
    thread->timer = thread->had_slice = NO_ID;
    bool computes = has_op(program, code, OP_CORE_TAKE);
    if (!program->has_clock || !(computes || has_op(program, code, OP_TIMER))) return;
    if (b->timer_group == NO_ID) b->timer_group = new_group(b);
    thread->timer = add_field(b, 0, 0, b->timer_group);
    if (computes && program->quantum_ns > 0) thread->had_slice = add_field(b, 0, 1, new_group(b));
}

static void lay_thread(Builder *b, ThreadId t) {
    Machine *m = b->m;
    const ThreadCode *code = &m->program->threads[t];
    ThreadLayout *thread = &m->threads[t];
    LiveSet *live = flow_liveness(b->arena, m->program, code, m->options.keep_locals);
    Derived derived = list_derived(b, code, live);
    uint32_t *slot_of = ARENA_ARRAY(b->arena, uint32_t, code->register_count + 1);
    thread->pc = add_field(b, 0, (int64_t)code->point_count + (code->is_spawned ? 1 : 0), new_group(b));
    thread->slot_count = color_slots(b, code, live, slot_of);
    thread->first_slot = b->fields.count;
    for (uint32_t s = 0; s < thread->slot_count; s++) add_value(b, 0, 0, slot_group(b, t, s));
    thread->overtaken = thread->joined = thread->handle = thread->completed = NO_ID;
    if (code->is_spawned && m->program->scenario->uses_completion) thread->completed = add_field(b, 0, m->program->thread_count, new_group(b));
    if (code->is_spawned && m->program->function_count > 1) thread->handle = add_field(b, 0, m->program->thread_count, new_group(b));
    if (code->is_spawned && b->joins_handles) thread->joined = add_field(b, 0, 1, new_group(b));
    bool monitors = code->token_count > 0 && !m->options.skip_lost_updates;
    thread->chunk_count = monitors ? (code->token_count + 31) / 32 : 0;
    FieldId *carrier_field = ARENA_ARRAY(b->arena, FieldId, code->register_count + 1);
    for (uint32_t r = 0; r < code->register_count; r++) carrier_field[r] = NO_ID;
    if (monitors) {
        thread->overtaken = b->fields.count;
        for (uint32_t c = 0; c < thread->chunk_count; c++) {
            uint32_t bits = code->token_count - c * 32 < 32 ? code->token_count - c * 32 : 32;
            add_field(b, 0, (int64_t)((UINT64_C(1) << bits) - 1), new_group(b));
        }
    }
    lay_timer(b, code, thread);
    thread->points = ARENA_ARRAY(b->arena, PointLayout, code->point_count + 1);
    for (uint32_t p = 0; p <= code->point_count; p++) {
        PointLayout *point = &thread->points[p];
        point->instr = code->points[p].instr;
        point->watched = code->points[p].watched;
        uint32_t derived_count = derived.counts ? derived.counts[p] : 0;
        Kept *kept = ARENA_ARRAY(b->arena, Kept, live[p].count + derived_count + 1);
        for (uint32_t k = 0; k < live[p].count; k++)
            kept[k] = (Kept){.reg = live[p].registers[k], .field = thread->first_slot + slot_of[live[p].registers[k]], .scale = 1};
        for (uint32_t k = 0; k < derived_count; k++) {
            uint32_t reg = derived.registers[p][k];
            Affine from = derived.facts[(size_t)p * code->register_count + reg];
            kept[live[p].count + k] = (Kept){.reg = reg, .field = thread->first_slot + slot_of[from.base], .is_derived = true, .scale = from.scale, .offset = from.offset};
        }
        point->kept = kept;
        point->kept_count = live[p].count + derived_count;
        if (!monitors || !code->tracks_taint) continue;
        Kept *carriers = ARENA_ARRAY(b->arena, Kept, code->points[p].carrier_count + 1);
        for (uint32_t k = 0; k < code->points[p].carrier_count; k++) {
            uint32_t reg = code->points[p].carriers[k];
            if (carrier_field[reg] == NO_ID) {
                carrier_field[reg] = b->fields.count;
                for (uint32_t c = 0; c < thread->chunk_count; c++) {
                    uint32_t bits = code->token_count - c * 32 < 32 ? code->token_count - c * 32 : 32;
                    add_field(b, 0, (int64_t)((UINT64_C(1) << bits) - 1), new_group(b));
                }
            }
            carriers[k] = (Kept){.reg = reg, .field = carrier_field[reg], .scale = 1};
        }
        point->carriers = carriers;
        point->carrier_count = code->points[p].carrier_count;
    }
    list_locks(b, code, thread);
    if (code->register_count > m->max_registers) m->max_registers = code->register_count;
    if (code->token_words > m->max_token_words) m->max_token_words = code->token_words;
}

/* ------------------------------------------------------------ objects */

static bool uses(const Program *program, const Symbol *symbol, Opcode op, ThreadId thread) {
    const ThreadCode *code = thread == NO_ID ? NULL : &program->threads[thread];
    uint32_t from = code ? code->first_instr : 0, to = code ? code->first_instr + code->instr_count : program->code_count;
    for (uint32_t i = from; i < to; i++)
        if (program->code[i].op == op && program->objects[program->code[i].b].symbol == symbol) return true;
    return false;
}

static bool gets_from(const Program *program, ThreadId thread, ObjectId object) {
    const ThreadCode *code = &program->threads[thread];
    for (uint32_t i = code->first_instr; i < code->first_instr + code->instr_count; i++) {
        const Instr *instr = &program->code[i];
        if (instr->op != OP_GET || program->objects[instr->b].symbol != program->objects[object].symbol) continue;
        if (instr->c != NO_OPERAND || (ObjectId)instr->b == object) return true;
    }
    return false;
}

static void lay_rwlock(Builder *b, const Object *object, ObjectLayout *layout) {
    const Program *program = b->m->program;
    ThreadId *readers = ARENA_ARRAY(b->arena, ThreadId, program->thread_count + 1);
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (uses(program, object->symbol, OP_RDLOCK, t)) readers[layout->reader_count++] = t;
    layout->readers = readers;
    layout->value = add_field(b, 0, program->thread_count, new_group(b));
    layout->first_item = b->fields.count;
    uint32_t group = new_group(b);
    for (uint32_t k = 0; k < layout->reader_count; k++) add_field(b, 0, 1, group);
    if (object->symbol->writers_first) layout->announced = add_field(b, 0, 1, new_group(b));
}

static void lay_queue(Builder *b, ObjectId o, ObjectLayout *layout, uint32_t group) {
    const Program *program = b->m->program;
    const Symbol *symbol = program->objects[o].symbol;
    const uint32_t *rooms = b->m->rooms;
    layout->room = !symbol->is_unbounded ? (uint32_t)symbol->capacity : rooms ? rooms[o - program->variable_count] : 1;
    layout->value = add_field(b, 0, layout->room, group);
    layout->first_item = b->fields.count;
    for (uint32_t k = 0; k < layout->room; k++) {
        int64_t item = k < symbol->initial_count ? symbol->initial[k] : 0;
        add_value(b, item < 0 ? item : 0, item > 0 ? item : 0, group + 1);
    }
    if (uses(program, symbol, OP_CLOSE, NO_ID) || uses(program, symbol, OP_TOPIC_CLOSE, NO_ID)) layout->closed = add_field(b, 0, 1, new_group(b));
    if (!symbol->is_acknowledged) return;
    ThreadId *holders = ARENA_ARRAY(b->arena, ThreadId, program->thread_count + 1);
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (gets_from(program, t, o)) holders[layout->reader_count++] = t;
    layout->readers = holders;
    layout->first_mark = b->fields.count;
    for (uint32_t k = 0; k < layout->room; k++) add_field(b, 0, symbol->is_lossy, group + 2);
    layout->first_held = b->fields.count;
    for (uint32_t k = 0; k < layout->reader_count; k++) {
        add_field(b, 0, symbol->is_lossy ? 2 : 1, group + 2);
        add_field(b, 0, 0, group + 1);
    }
}

static void lay_object(Builder *b, ObjectId o, uint32_t group) {
    Machine *m = b->m;
    const Program *program = m->program;
    const Object *object = &program->objects[o];
    const Symbol *symbol = object->symbol;
    ObjectLayout *layout = &m->objects[o];
    *layout = (ObjectLayout){.value = NO_ID, .depth = NO_ID, .first_item = NO_ID, .closed = NO_ID, .announced = NO_ID, .destroyed = NO_ID, .first_mark = NO_ID, .first_held = NO_ID};
    int64_t initial = symbol->kind != SYMBOL_QUEUE && object->element < symbol->initial_count ? symbol->initial[object->element] : 0;
    switch (symbol->kind) {
    case SYMBOL_VARIABLE: case SYMBOL_SEMAPHORE: case SYMBOL_WAITGROUP:
        layout->value = add_value(b, initial < 0 ? initial : 0, initial > 0 ? initial : 0, group);
        break;
    case SYMBOL_MUTEX:
        layout->value = add_value(b, 0, program->thread_count, group);
        b->ranges.items[layout->value].is_identity = true;
        if (symbol->is_recursive) layout->depth = add_field(b, 0, 1, new_group(b));
        break;
    case SYMBOL_RWLOCK: lay_rwlock(b, object, layout); break;
    case SYMBOL_POOL:
        layout->value = add_field(b, 0, 1, group);
        if (program->has_clock && symbol->start_ns > 0) layout->depth = add_field(b, 0, symbol->places, new_group(b));
        break;
    case SYMBOL_EVENT: layout->value = add_field(b, 0, 1, group); break;
    case SYMBOL_ONCE:
        layout->value = add_value(b, 0, (int64_t)program->thread_count + 1, group);
        b->ranges.items[layout->value].is_identity = true;
        break;
    case SYMBOL_QUEUE:
        lay_queue(b, o, layout, group);
        break;
    default: break; /* condition, barrier: who stands there is all there is */
    }
    if (b->destroys && uses(program, symbol, OP_DESTROY, NO_ID)) layout->destroyed = add_field(b, 0, 1, new_group(b));
}

static void lay_watchers(Builder *b) {
    Machine *m = b->m;
    const Program *program = m->program;
    if (m->options.skip_lost_updates) return;
    uint32_t total = 0;
    for (ThreadId t = 0; t < program->thread_count; t++)
        for (uint32_t k = 0; k < program->threads[t].token_count; k++, total++) m->objects[program->threads[t].tokens[k].object].watcher_count++;
    Watcher *all = ARENA_ARRAY(b->arena, Watcher, (size_t)total + 1), *room = all;
    for (ObjectId o = 0; o < program->variable_count; o++) {
        m->objects[o].watchers = room;
        room += m->objects[o].watcher_count;
        m->objects[o].watcher_count = 0;
    }
    for (ThreadId t = 0; t < program->thread_count; t++)
        for (uint32_t k = 0; k < program->threads[t].token_count; k++) {
            ObjectLayout *layout = &m->objects[program->threads[t].tokens[k].object];
            all[layout->watchers - all + layout->watcher_count++] = (Watcher){t, k};
        }
}

/* -------------------------------------------------------------- words */

static uint8_t bits_for(const Range *range) {
    uint64_t span = (uint64_t)range->high - (uint64_t)range->low;
    return span == 0 ? 0 : (uint8_t)(64 - __builtin_clzll(span));
}

/* A list of values where that is narrower than the range, and while next to nothing is known. Of numbers that lie close together others between
 * them are to be expected. */
static Field field_of(Builder *b, Range *range) {
    Field field = {.low = range->low, .bits = bits_for(range)};
    if (b->m->narrowness == LAYOUT_NARROW && range->is_narrow && range->count <= RANGE_VALUES) {
        uint8_t bits = range->count <= 1 ? 0 : (uint8_t)(32 - __builtin_clz(range->count - 1));
        uint64_t span = (uint64_t)range->high - (uint64_t)range->low;
        bool is_sparse = range->is_identity ? bits < field.bits : range->count <= 2 ? bits < field.bits : UINT64_C(2) << bits <= span;
        if (range->count <= 1 || is_sparse) {
            int64_t *values = ARENA_ARRAY(b->arena, int64_t, (size_t)1 << bits);
            for (uint32_t i = 0; i < UINT32_C(1) << bits; i++) values[i] = range->count == 0 ? 0 : range->values[i < range->count ? i : range->count - 1];
            field = (Field){.values = values, .bits = bits, .count = (uint16_t)range->count};
        } else {
            range->count = RANGE_MANY; /* from now on whatever fits may be put unnoticed */
        }
    }
    field.mask = field.bits == 64 ? UINT64_MAX : (UINT64_C(1) << field.bits) - 1;
    return field;
}

/* First word with room; wide fields start a new one. */
static void place_fields(Builder *b) {
    ArenaVec(uint8_t) used = {0};
    Machine *m = b->m;
    ARENA_PUSH(b->arena, used, 0);
    m->bits = 0;
    uint32_t first_fit[65] = {0}; /* for each width: no word before it has room */
    for (FieldId id = 0; id < b->fields.count; id++) {
        Field *field = &b->fields.items[id];
        *field = field_of(b, &b->ranges.items[id]);
        uint8_t bits = field->bits;
        if (bits == 0) continue;
        uint32_t word = first_fit[bits];
        while (word < used.count && used.items[word] + bits > 64) word++;
        first_fit[bits] = word;
        if (word == used.count) ARENA_PUSH(b->arena, used, 0);
        field->word = word;
        field->shift = used.items[word];
        used.items[word] = (uint8_t)(used.items[word] + bits);
        m->bits += bits;
    }
    m->words = used.count;
    m->last_bits = used.items[used.count - 1];
}

static bool renew_seen(Machine *m, uint32_t count);

Status layout_build(Machine *m) {
    Builder b = {.m = m, .arena = &m->arena, .timer_group = NO_ID};
    Arena old = m->arena; /* the ranges learned lie in it */
    m->arena = (Arena){0};
    jmp_buf escape;
    if (setjmp(escape)) {
        arena_free(&m->arena);
        m->arena = old;
        return STATUS_NO_MEMORY;
    }
    m->arena.escape = &escape;
    const Program *program = m->program;
    m->max_registers = m->max_token_words = 0;
    m->generation++;
    for (uint32_t i = 0; i < program->code_count; i++) {
        b.joins_handles |= program->code[i].op == OP_JOIN_HANDLE;
        b.destroys |= program->code[i].op == OP_DESTROY;
    }
    m->threads = ARENA_ARRAY(b.arena, ThreadLayout, program->thread_count + 1);
    for (ThreadId t = 0; t < program->thread_count; t++) lay_thread(&b, t);
    m->objects = ARENA_ARRAY(b.arena, ObjectLayout, program->object_count + 1);
    uint32_t group = 0;
    for (ObjectId o = 0; o < program->object_count; o++) {
        if (program->objects[o].element == 0) { /* all elements of an array are widened together */
            group = new_group(&b);
            (void)new_group(&b);
            (void)new_group(&b);
        }
        lay_object(&b, o, group);
    }
    lay_watchers(&b);
    bool stops = false;
    for (uint32_t i = 0; i < program->code_count; i++) stops |= program->code[i].op == OP_ASSERT;
    m->stop = add_field(&b, 0, stops ? 1 : 0, new_group(&b));
    m->output = add_field(&b, 0, 0, new_group(&b));
    m->serial = m->options.serial_only ? add_field(&b, 0, program->thread_count, new_group(&b)) : NO_ID;
    m->running = ARENA_ARRAY(b.arena, FieldId, program->domain_count + 1);
    for (uint32_t d = 0; d < program->domain_count; d++)
        m->running[d] = program->domains[d].kind == DOMAIN_POOL ? NO_ID : add_field(&b, 0, program->thread_count, new_group(&b));
    place_fields(&b);
    if (m->narrowness == LAYOUT_ROOMY && b.fields.count != m->field_count && !renew_seen(m, b.fields.count)) longjmp(escape, 1);
    m->fields = b.fields.items;
    m->ranges = b.ranges.items;
    m->field_count = b.fields.count;
    m->arena.escape = NULL;
    old.escape = NULL;
    arena_free(&old);
    return STATUS_OK;
}

static void widen(Range *range, int64_t to) {
    if (to < range->low) { /* downwards: to a power of two below zero */
        uint64_t size = 1;
        while (size < UINT64_C(1) << 63 && -(int64_t)size > to) size <<= 1;
        range->low = size >= UINT64_C(1) << 63 ? INT64_MIN : -(int64_t)size;
    }
    if (to > range->high) range->high = to;
    uint64_t span = (uint64_t)range->high - (uint64_t)range->low;
    uint64_t full = span >> 63 ? UINT64_MAX : (UINT64_C(2) << (63 - __builtin_clzll(span | 1))) - 1;
    uint64_t high = (uint64_t)range->low + full; /* use the whole width */
    range->high = range->low > 0 || (int64_t)high >= range->high ? (int64_t)high : INT64_MAX;
    if (full == UINT64_MAX) {
        range->low = INT64_MIN;
        range->high = INT64_MAX;
    }
}

/* One that is not alone with what it lacks makes all of its group plain, as wide as the widest. */
static void widen_narrow(Machine *m, FieldId id, int64_t to) {
    Range *range = &m->ranges[id];
    const Field *field = &m->fields[id];
    if (range->count <= RANGE_VALUES) {
        (void)range_note(range, to);
        return;
    }
    uint64_t top = (uint64_t)range->low + field->mask; /* what fitted may have been put */
    if (field->bits < 63 && (int64_t)top > range->high) range->high = (int64_t)top;
    widen(range, to);
}

void layout_widen(Machine *m) {
    const uint32_t group = m->ranges[m->widen].group;
    if (m->narrowness == LAYOUT_NARROW && m->ranges[m->widen].is_narrow) {
        widen_narrow(m, m->widen, m->widen_to);
        if (++m->misses <= FEW_MISSES) return;
        int64_t low = m->widen_to, high = low;
        for (FieldId id = 0; id < m->field_count; id++) {
            const Range *range = &m->ranges[id];
            if (range->group != group || range->count == 0) continue;
            if (range->low < low) low = range->low;
            if (range->high > high) high = range->high;
        }
        for (FieldId id = 0; id < m->field_count; id++) {
            if (m->ranges[id].group != group) continue;
            widen_narrow(m, id, low);
            widen_narrow(m, id, high);
            m->ranges[id].count = RANGE_MANY;
        }
        return;
    }
    for (FieldId id = 0; id < m->field_count; id++)
        if (m->ranges[id].group == group) widen(&m->ranges[id], m->widen_to);
}

/* ------------------------------------------------------------- noting */

bool range_note(Range *range, int64_t value) {
    bool is_wider = range->count == 0 || value < range->low || value > range->high;
    if (range->count == 0 || value < range->low) range->low = value;
    if (range->count == 0 || value > range->high) range->high = value;
    if (range->count == RANGE_MANY) return is_wider;
    for (uint32_t i = 0; i < range->count; i++)
        if (range->values[i] == value) return false;
    if (range->count < RANGE_VALUES) range->values[range->count] = value;
    range->count++;
    return true;
}

/* Fields of another program, or of longer queues, have other numbers: noting begins anew. */
static bool renew_seen(Machine *m, uint32_t count) {
    Range *seen = mem_alloc((size_t)count + 1, sizeof *seen);
    if (!seen) return false;
    mem_free(m->seen);
    m->seen = seen;
    return true;
}

Status layout_note(Machine *m) {
    m->narrowness = LAYOUT_ROOMY;
    m->field_count = 0;
    return layout_build(m);
}

void layout_noted(Machine *m) {
    for (FieldId id = 0; id < m->field_count; id++) {
        Range *range = &m->ranges[id];
        if (!range->is_narrow) continue;
        Range old = *range;
        *range = m->seen[id];
        range->group = old.group;
        range->is_narrow = true;
        range->is_identity = old.is_identity;
    }
    m->misses = 0;
    mem_free(m->seen);
    m->seen = NULL;
    m->narrowness = LAYOUT_NARROW;
}
