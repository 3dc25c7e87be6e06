#include "machine/memo.h"

#include <string.h>

enum { FIRST_ENTRIES = 16, MAX_ENTRIES = 1 << 12, MAX_ELEMENTS = 64 };

typedef enum EntryKind { ENTRY_EMPTY, ENTRY_BLOCKED, ENTRY_STEP } EntryKind;

typedef struct Entry {
    uint8_t kind; /* EntryKind */
    bool stops, progresses;
    uint32_t issue; /* 0: none; number in Memo.issues + 1 */
} Entry;

/* One point: a direct-mapped table; entry i has its masked key and its new bits in words[i * 2 * width ...]. */
typedef struct Table {
    bool is_known, is_usable;
    uint32_t size, misses, hits; /* since the table grew */
    Entry *entries;
    Word *words;
    Word *mask;
} Table;

struct Memo {
    const Machine *machine;
    uint32_t generation, width;
    uint32_t *first; /* of each thread, in tables */
    Table *tables;
    uint32_t table_count;
    Word *masks;
    Word *key;       /* of the last miss */
    Table *missed;
    Issue *issues;
    uint32_t issue_count, issue_room;
};

/* ------------------------------------------------------------ footprint */

static void add_field(const Machine *m, Word *mask, FieldId id) {
    if (id == NO_ID) return;
    Field field = m->fields[id];
    mask[field.word] |= field.mask << field.shift;
}

static void add_thread(const Machine *m, Word *mask, ThreadId t) {
    const ThreadLayout *thread = &m->threads[t];
    add_field(m, mask, thread->pc);
    for (uint32_t s = 0; s < thread->slot_count; s++) add_field(m, mask, thread->first_slot + s);
    for (uint32_t c = 0; c < thread->chunk_count; c++) add_field(m, mask, thread->overtaken + c);
    for (uint32_t p = 0; p <= m->program->threads[t].point_count; p++)
        for (uint32_t k = 0; k < thread->points[p].carrier_count; k++)
            for (uint32_t c = 0; c < thread->chunk_count; c++) add_field(m, mask, thread->points[p].carriers[k].field + c);
}

static void add_object(const Machine *m, Word *mask, ObjectId o) {
    const Object *object = &m->program->objects[o];
    const ObjectLayout *layout = &m->objects[o];
    add_field(m, mask, layout->value);
    add_field(m, mask, layout->depth);
    add_field(m, mask, layout->closed);
    add_field(m, mask, layout->announced);
    add_field(m, mask, layout->destroyed);
    uint32_t items = object->kind == SYMBOL_QUEUE ? (uint32_t)object->symbol->capacity : layout->reader_count;
    for (uint32_t k = 0; k < items; k++) add_field(m, mask, layout->first_item + k);
}

/* The object of an operation, or all that its index can name. False: too many. */
static bool add_objects(const Machine *m, Word *mask, ThreadId self, Operand base, Operand index, bool writes) {
    const Program *program = m->program;
    const Symbol *symbol = program->objects[base].symbol;
    ObjectId first = (ObjectId)base, count = 1;
    if (index != NO_OPERAND) count = symbol->length;
    if (count > MAX_ELEMENTS) return false;
    for (ObjectId o = first; o < first + count; o++) {
        add_object(m, mask, o);
        for (uint32_t k = 0; writes && k < m->objects[o].watcher_count; k++) {
            const Watcher *watcher = &m->objects[o].watchers[k];
            if (watcher->thread == self) continue;
            if (program->threads[watcher->thread].tracks_taint) {
                add_thread(m, mask, watcher->thread);
            } else {
                add_field(m, mask, m->threads[watcher->thread].pc);
                add_field(m, mask, m->threads[watcher->thread].overtaken + watcher->token / 32);
            }
        }
    }
    return true;
}

static bool add_instr(const Machine *m, Word *mask, ThreadId t, const Instr *instr) {
    const Program *program = m->program;
    uint32_t flags = program_op_flags[instr->op];
    switch (instr->op) {
    case OP_SIGNAL: case OP_BROADCAST: case OP_BARRIER_ARRIVE: case OP_BARRIER_WAIT: case OP_DESTROY: case OP_SPAWN: case OP_CHOOSE: case OP_CHOOSE_RANGE: case OP_SELECT:
        return false;
    case OP_PUT: case OP_GET:
        if (program->objects[instr->b].symbol->capacity == 0) return false;
        break;
    case OP_CONDITION_WAIT: case OP_CONDITION_SLEEP: case OP_CONDITION_WAKE:
        if (!add_objects(m, mask, t, instr->d, instr->e, false)) return false;
        break;
    case OP_JOIN:
        for (Operand k = 0; k < instr->c; k++) add_field(m, mask, m->threads[instr->b + k].pc);
        break;
    case OP_JOIN_HANDLE:
        for (ThreadId u = program->declared_count; u < program->thread_count; u++) {
            add_field(m, mask, m->threads[u].pc);
            add_field(m, mask, m->threads[u].handle);
            add_field(m, mask, m->threads[u].joined);
        }
        break;
    case OP_PRINT: add_field(m, mask, m->output); break;
    case OP_END:
        for (uint32_t k = 0; k < m->threads[t].lock_count; k++) add_object(m, mask, m->threads[t].locks[k]);
        break;
    default: break;
    }
    return !(flags & OPF_OBJECT) || add_objects(m, mask, t, instr->b, instr->c, flags & OPF_WRITES);
}

/* What the properties read that are checked behind every step. */
static bool add_properties(const Machine *m, Word *mask) {
    for (uint32_t i = 0; i < m->program->always_count; i++) {
        const Property *property = &m->program->always[i];
        for (uint32_t at = property->first_instr; at < property->end_instr; at++) {
            const Instr *instr = &m->program->code[at];
            if (instr->op == OP_MEMBER) add_thread(m, mask, (ThreadId)instr->b);
            if ((program_op_flags[instr->op] & OPF_OBJECT) && !add_objects(m, mask, NO_ID, instr->b, instr->c, false)) return false;
        }
    }
    return true;
}

bool memo_footprint(const Machine *m, ThreadId t, uint32_t p, Word *mask) {
    const Program *program = m->program;
    const ThreadCode *code = &program->threads[t];
    memset(mask, 0, m->words * sizeof *mask);
    add_thread(m, mask, t);
    add_field(m, mask, m->stop);
    if (!add_properties(m, mask)) return false;
    /* Everything from the point on that control reaches ahead of another point. */
    bool *seen = mem_alloc(code->instr_count, sizeof *seen);
    uint32_t *work = mem_alloc(code->instr_count, sizeof *work);
    uint32_t *next = mem_alloc(flow_max_successors(program, code) + 2, sizeof *next);
    bool ok = seen && work && next;
    uint32_t pending = 0;
    if (ok) {
        uint32_t start = code->points[p].instr;
        seen[start - code->first_instr] = true;
        work[pending++] = start;
    }
    while (ok && pending > 0) {
        uint32_t at = work[--pending];
        const Instr *start = &program->code[code->points[p].instr], *instr = &program->code[at];
        bool same = instr->op == OP_REGION && start->op == OP_REGION && instr->a == 0 && instr->b == start->b; /* of the same statement */
        if (instr != start && (instr->flags & INSTR_STEP) && !same) continue;
        ok = add_instr(m, mask, t, &program->code[at]);
        uint32_t count = flow_successors(program, at, next);
        if (program->code[at].op == OP_AWAIT) next[count++] = (uint32_t)program->code[at].b + 1;
        for (uint32_t k = 0; k < count; k++) {
            uint32_t offset = next[k] - code->first_instr;
            if (seen[offset]) continue;
            seen[offset] = true;
            work[pending++] = next[k];
        }
    }
    mem_free(seen);
    mem_free(work);
    mem_free(next);
    return ok;
}

/* --------------------------------------------------------------- tables */

Memo *memo_new(const Machine *m) {
    Memo *memo = mem_alloc(1, sizeof *memo);
    if (!memo) return NULL;
    const Program *program = m->program;
    memo->machine = m;
    memo->width = m->words;
    memo->first = mem_alloc((size_t)program->thread_count + 1, sizeof *memo->first);
    if (memo->first) {
        for (ThreadId t = 0; t < program->thread_count; t++) {
            memo->first[t] = memo->table_count;
            memo->table_count += program->threads[t].point_count + 1;
        }
        memo->tables = mem_alloc((size_t)memo->table_count + 1, sizeof *memo->tables);
        memo->masks = mem_alloc(((size_t)memo->table_count + 1) * m->words, sizeof *memo->masks);
        memo->key = mem_alloc(m->words, sizeof *memo->key);
    }
    if (!memo->tables || !memo->masks || !memo->key) {
        memo_free(memo);
        return NULL;
    }
    return memo;
}

void memo_free(Memo *memo) {
    if (!memo) return;
    for (uint32_t i = 0; memo->tables && i < memo->table_count; i++) {
        mem_free(memo->tables[i].entries);
        mem_free(memo->tables[i].words);
    }
    mem_free(memo->first);
    mem_free(memo->tables);
    mem_free(memo->masks);
    mem_free(memo->key);
    mem_free(memo->issues);
    mem_free(memo);
}

static uint32_t slot_of(const Table *table, const Word *key, uint32_t width) {
    uint64_t hash = 0;
    for (uint32_t w = 0; w < width; w++) hash = (hash ^ key[w]) * UINT64_C(0x9e3779b97f4a7c15) ^ hash >> 29;
    return (uint32_t)(hash >> 32) & (table->size - 1);
}

/* A table that misses often gets room; what it held is found again soon enough. */
static bool grow(const Memo *memo, Table *table) {
    uint32_t size = table->size ? table->size * 4 : FIRST_ENTRIES;
    Entry *entries = mem_alloc(size, sizeof *entries);
    Word *words = mem_alloc((size_t)size * 2 * memo->width, sizeof *words);
    if (!entries || !words) {
        mem_free(entries);
        mem_free(words);
        return false;
    }
    mem_free(table->entries);
    mem_free(table->words);
    table->entries = entries;
    table->words = words;
    table->size = size;
    table->misses = table->hits = 0;
    return true;
}

static void prepare(Memo *memo, Table *table, ThreadId thread, uint32_t point) {
    table->is_known = true;
    table->mask = &memo->masks[(size_t)(table - memo->tables) * memo->width];
    table->is_usable = memo_footprint(memo->machine, thread, point, table->mask) && grow(memo, table);
}

MemoHit memo_find(Memo *memo, ThreadId thread, uint32_t point, const Word *state) {
    Table *table = &memo->tables[memo->first[thread] + point];
    memo->missed = NULL;
    if (!table->is_known) prepare(memo, table, thread, point);
    if (!table->is_usable) return (MemoHit){.found = false};
    uint32_t width = memo->width;
    Word *key = memo->key;
    for (uint32_t w = 0; w < width; w++) key[w] = state[w] & table->mask[w];
    uint32_t slot = slot_of(table, key, width);
    const Entry *entry = &table->entries[slot];
    const Word *words = &table->words[(size_t)slot * 2 * width];
    bool equal = entry->kind != ENTRY_EMPTY;
    for (uint32_t w = 0; w < width; w++) equal &= words[w] == key[w];
    if (!equal) {
        table->misses++;
        memo->missed = table;
        return (MemoHit){.found = false};
    }
    table->hits++;
    return (MemoHit){.found = true, .is_enabled = entry->kind == ENTRY_STEP, .stops = entry->stops, .progresses = entry->progresses,
                     .bits = words + width, .mask = table->mask, .issue = entry->issue ? &memo->issues[entry->issue - 1] : NULL};
}

static bool same_issue(const Issue *a, const Issue *b) {
    return a->kind == b->kind && a->is_assume == b->is_assume && a->is_stop == b->is_stop && a->thread == b->thread && a->object == b->object &&
           a->line == b->line && a->text == b->text;
}

/* Number of an issue, from 1; 0: no memory. */
static uint32_t issue_number(Memo *memo, const Issue *issue) {
    for (uint32_t i = 0; i < memo->issue_count; i++)
        if (same_issue(&memo->issues[i], issue)) return i + 1;
    if (memo->issue_count == memo->issue_room) {
        uint32_t room = memo->issue_room ? memo->issue_room * 2 : 8;
        Issue *issues = mem_resize(memo->issues, room, sizeof *issues);
        if (!issues) return 0;
        memo->issues = issues;
        memo->issue_room = room;
    }
    memo->issues[memo->issue_count++] = *issue;
    return memo->issue_count;
}

void memo_keep(Memo *memo, const Word *successor, const StepInfo *info, const Issue *issue) {
    Table *table = memo->missed;
    if (!table) return;
    memo->missed = NULL;
    if (table->misses > table->size) {
        if (table->size < MAX_ENTRIES) {
            if (!grow(memo, table)) table->misses = 0;
        } else {
            /* A footprint that hardly ever repeats costs more than the step itself. */
            table->is_usable = table->hits >= 2 * table->misses;
            table->misses = table->hits = 0;
            if (!table->is_usable) return;
        }
    }
    uint32_t number = 0, width = memo->width;
    if (issue && (memo->issue_count > 4096 || (number = issue_number(memo, issue)) == 0)) return;
    uint32_t slot = slot_of(table, memo->key, width);
    Word *words = &table->words[(size_t)slot * 2 * width];
    table->entries[slot] = (Entry){.kind = successor ? ENTRY_STEP : ENTRY_BLOCKED, .stops = successor && info->stops,
                                   .progresses = successor && info->progresses, .issue = number};
    memcpy(words, memo->key, width * sizeof *words);
    for (uint32_t w = 0; successor && w < width; w++) words[width + w] = successor[w] & table->mask[w];
}
