#include "machine/memo.h"

#include <string.h>

enum { FIRST_BITS = 4, MORE_BITS = 2, MAX_BITS = 12, MAX_ELEMENTS = 64, MAX_INDEX = 1024, LINE = 64 }; /* bits: log2 of the number of entries */

/* What stands for a table in which nothing is remembered: no entry, and one that says that there is no step. */
static Word never[LINE / sizeof(Word)], no_step[LINE / sizeof(Word)] = {MEMO_BLOCKED};

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
    add_field(m, mask, thread->timer);
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
    uint32_t items = object->kind == SYMBOL_QUEUE ? layout->room : layout->reader_count;
    for (uint32_t k = 0; k < items; k++) add_field(m, mask, layout->first_item + k);
    for (uint32_t k = 0; layout->first_mark != NO_ID && k < items; k++) add_field(m, mask, layout->first_mark + k);
    for (uint32_t k = 0; layout->first_held != NO_ID && k < 2 * layout->reader_count; k++) add_field(m, mask, layout->first_held + k);
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

static bool has_choices(const Symbol *queue) { return queue->is_lossy || queue->is_reordering || queue->is_duplicating || queue->is_acknowledged; }

/* All that a handle may stand for, with what it returned. */
static void add_awaited(const Machine *m, Word *mask) {
    for (ThreadId u = m->program->declared_count; u < m->program->thread_count; u++) {
        const ThreadLayout *thread = &m->threads[u];
        add_field(m, mask, thread->pc);
        add_field(m, mask, thread->handle);
        add_field(m, mask, thread->completed);
        for (uint32_t k = 0; k < thread->points[0].kept_count; k++) add_field(m, mask, thread->points[0].kept[k].field);
    }
}

/* Who has control, and whether the loop has stopped. */
static void add_domain(const Machine *m, Word *mask, ThreadId t) {
    uint32_t d = m->program->threads[t].domain;
    if (d == NO_ID || m->running[d] == NO_ID) return;
    add_field(m, mask, m->running[d]);
    if (m->program->domains[d].main != NO_ID) add_field(m, mask, m->threads[m->program->domains[d].main].pc);
}

bool memo_is_possible(const Program *program) {
    for (ThreadId t = 0; t < program->thread_count; t++) {
        const ThreadCode *code = &program->threads[t];
        if (code->domain == NO_ID || program->domains[code->domain].kind == DOMAIN_POOL) continue;
        if (program->domains[code->domain].kind == DOMAIN_FIBRES) return false;
        for (uint32_t p = 1; p <= code->point_count; p++) {
            const Instr *instr = &program->code[code->points[p].instr];
            bool is_blocking = program_op_flags[instr->op] & OPF_BLOCKS && instr->op != OP_COMPUTE && instr->op != OP_CORE_TAKE;
            if (is_blocking && !(instr->flags & INSTR_HANDS_OVER)) return false;
        }
    }
    return true;
}

static bool add_instr(const Machine *m, Word *mask, ThreadId t, const Instr *instr) {
    const Program *program = m->program;
    uint32_t flags = program_op_flags[instr->op];
    switch (instr->op) {
    case OP_POOL_START: case OP_POOL_DRAIN: return false;
    case OP_AWAIT_HANDLE: case OP_GATHER: case OP_NEXT_COMPLETED: add_awaited(m, mask); break;
    case OP_SIGNAL: case OP_BROADCAST: case OP_BARRIER_ARRIVE: case OP_BARRIER_WAIT: case OP_DESTROY: case OP_SPAWN: case OP_CHOOSE: case OP_CHOOSE_RANGE: case OP_SELECT:
    case OP_PUBLISH: case OP_TOPIC_CLOSE: case OP_ACK: case OP_CORE_TAKE:
        return false;
    case OP_PUT: case OP_GET:
        if (program->objects[instr->b].symbol->capacity == 0 || has_choices(program->objects[instr->b].symbol)) return false;
        break;
    case OP_SEND:
        for (uint32_t k = 0; k < program->objects[instr->b].symbol->length; k++) add_field(m, mask, m->threads[instr->d + (Operand)k].pc);
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
        if (m->threads[t].completed != NO_ID) add_awaited(m, mask);
        for (ObjectId o = program->variable_count; o < program->object_count; o++)
            if (m->objects[o].first_held != NO_ID) add_object(m, mask, o);
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

bool memo_footprint(const Machine *m, ThreadId t, uint32_t p, uint32_t element, Word *mask) {
    const Program *program = m->program;
    const ThreadCode *code = &program->threads[t];
    memset(mask, 0, m->words * sizeof *mask);
    add_thread(m, mask, t);
    add_domain(m, mask, t);
    add_field(m, mask, m->stop);
    add_field(m, mask, m->serial);
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
        Instr resolved = *instr;
        if (instr == start && element != NO_ID) {
            resolved.b += (Operand)element;
            resolved.c = NO_OPERAND;
        }
        ok = add_instr(m, mask, t, &resolved);
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

/* A table of one entry, whatever the state. */
static void stand_in(MemoTable *table, Word *entry) {
    table->entries = entry;
    table->count = 1;
    table->stride = 4;
    table->shift = 63; /* of a mask of no bits comes a hash of 0 */
}

Memo *memo_new(const Machine *m) {
    Memo *memo = mem_alloc(1, sizeof *memo);
    if (!memo) return NULL;
    const Program *program = m->program;
    memo->machine = m;
    for (ThreadId t = 0; t < program->thread_count; t++) memo->table_count += program->threads[t].point_count + 2;
    memo->threads = mem_alloc((size_t)program->thread_count + 1, sizeof *memo->threads);
    memo->tables = mem_alloc((size_t)memo->table_count + 1, sizeof *memo->tables);
    memo->mask = mem_alloc(m->words, sizeof *memo->mask);
    memo->reach = mem_alloc((size_t)program->thread_count * m->words + 1, sizeof *memo->reach);
    memo->changes = mem_alloc((size_t)program->thread_count * m->words + 1, sizeof *memo->changes);
    if (!memo->threads || !memo->tables || !memo->mask || !memo->reach || !memo->changes) {
        memo_free(memo);
        return NULL;
    }
    MemoTable *tables = memo->tables;
    for (uint32_t i = 0; i < memo->table_count; i++) stand_in(&tables[i], never);
    for (ThreadId t = 0; t < program->thread_count; t++) {
        Field pc = m->fields[m->threads[t].pc];
        uint32_t points = program->threads[t].point_count;
        memo->threads[t] = (MemoThread){pc.mask, pc.word, pc.shift, {.thread = t, .choice = 1, .choices = 1}, tables,
                                        memo->reach + (size_t)t * m->words, memo->changes + (size_t)t * m->words};
        memo->threads[t].reach[pc.word] |= pc.mask << pc.shift;
        stand_in(&tables[0], no_step);
        stand_in(&tables[points + 1], no_step);
        tables[0].is_known = tables[0].is_usable = tables[points + 1].is_known = tables[points + 1].is_usable = true;
        tables += points + 2;
    }
    return memo;
}

static void free_tables(MemoTable *tables, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        mem_free(tables[i].block);
        mem_free(tables[i].parts);
        if (tables[i].elements) free_tables(tables[i].elements, tables[i].element_count);
    }
    mem_free(tables);
}

void memo_free(Memo *memo) {
    if (!memo) return;
    free_tables(memo->tables, memo->tables ? memo->table_count : 0);
    mem_free(memo->threads);
    mem_free(memo->mask);
    mem_free(memo->reach);
    mem_free(memo->changes);
    mem_free(memo->issues);
    mem_free(memo);
}

static uint32_t bits_of(const MemoTable *table) { return 64u - table->shift; }

/* A table that misses often gets room; what it held is found again soon enough. */
static bool grow(MemoTable *table) {
    uint32_t bits = table->block ? bits_of(table) + MORE_BITS : FIRST_BITS;
    Word *block = mem_alloc(((size_t)table->stride << bits) + LINE / sizeof(Word), sizeof *block);
    if (!block) return false;
    mem_free(table->block);
    table->block = block;
    table->entries = block + (-(uintptr_t)block % LINE) / sizeof(Word);
    table->shift = (uint8_t)(64 - bits);
    table->misses = table->hits = 0;
    return true;
}

static void prepare(Memo *memo, MemoTable *table, ThreadId thread, uint32_t point, uint32_t element) {
    uint32_t words = memo->machine->words, count = 0;
    table->is_known = true;
    if (!memo_footprint(memo->machine, thread, point, element, memo->mask)) return;
    table->parts = mem_alloc(words, sizeof *table->parts);
    if (!table->parts) return;
    for (uint32_t w = 0; w < words; w++)
        if (memo->mask[w] != 0 || words == 1) table->parts[count++] = (MemoPart){memo->mask[w], 0, w};
    table->stride = (1 + 2 * count + 3) / 4 * 4;
    if (!grow(table)) return;
    table->count = count;
    for (uint32_t i = 0; i < count && i < MEMO_INLINE; i++) {
        table->mask[i] = table->parts[i].mask;
        table->word[i] = table->parts[i].word;
    }
    table->is_usable = true;
    for (uint32_t i = 0; i < count; i++) memo->threads[thread].reach[table->parts[i].word] |= table->parts[i].mask;
}

/* A table that is of no use looks like one that is empty. */
static void give_up(Memo *memo, ThreadId thread, MemoTable *table) {
    for (uint32_t w = 0; w < memo->machine->words; w++) memo->threads[thread].reach[w] = ~(Word)0;
    table->is_usable = false;
    table->mask[0] = 0;
    stand_in(table, never);
}

bool memo_index(const Machine *m, ThreadId thread, uint32_t point, FieldId *id) {
    const PointLayout *layout = &m->threads[thread].points[point];
    const Instr *instr = &m->program->code[layout->instr];
    if (!(program_op_flags[instr->op] & OPF_OBJECT) || instr->c == NO_OPERAND || instr->c < 0) return false;
    for (uint32_t k = 0; k < layout->kept_count; k++)
        if (layout->kept[k].reg == (uint32_t)instr->c && !layout->kept[k].is_derived) {
            *id = layout->kept[k].field;
            return m->fields[*id].mask < MAX_INDEX;
        }
    return false;
}

/* Where a point's operation takes its index from a register, each element gets a table of its own: the footprint then is that of one
 * element. */
static bool split(const Memo *memo, MemoTable *table, ThreadId thread, uint32_t point) {
    const Program *program = memo->machine->program;
    const Instr *instr = &program->code[memo->machine->threads[thread].points[point].instr];
    FieldId id;
    if (!memo_index(memo->machine, thread, point, &id)) return false;
    const Field index = memo->machine->fields[id];
    MemoTable *elements = mem_alloc((size_t)index.mask + 1, sizeof *elements);
    if (!elements) return false;
    table->is_known = true;
    table->element_count = (uint32_t)index.mask + 1;
    for (uint32_t i = 0; i < table->element_count; i++) {
        uint64_t element = (uint64_t)field_value(index, i);
        stand_in(&elements[i], never);
        elements[i].is_known = element >= program->objects[instr->b].symbol->length; /* out of range: an error each time */
    }
    table->index_word = index.word;
    table->index_shift = index.shift;
    table->index_mask = index.mask;
    table->index = id;
    table->elements = elements;
    return true;
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

void memo_keep(Memo *memo, ThreadId thread, uint32_t point, const Word *state, const Word *successor, const StepInfo *info, const Issue *issue) {
    MemoTable *whole = &memo->threads[thread].tables[point];
    if (!whole->is_known && !split(memo, whole, thread, point)) prepare(memo, whole, thread, point, NO_ID);
    MemoTable *table = memo_table(&memo->threads[thread], point, state);
    if (!table->is_known) prepare(memo, table, thread, point, (uint32_t)field_value(memo->machine->fields[whole->index], (uint64_t)(table - whole->elements)));
    if (!table->is_usable) return;
    if (++table->misses >> bits_of(table)) {
        if (bits_of(table) < MAX_BITS) {
            if (!grow(table)) table->misses = 0;
        } else {
            /* A footprint that hardly ever repeats costs more than the step itself. */
            if (table->hits < 2 * table->misses) {
                give_up(memo, thread, table);
                return;
            }
            table->misses = table->hits = 0;
        }
    }
    Word what = successor ? MEMO_STEP : MEMO_BLOCKED;
    if (successor && info->stops) what |= MEMO_STOPS;
    if (successor && info->progresses) what |= MEMO_PROGRESSES;
    if (issue) {
        uint32_t number = memo->issue_count > 4096 ? 0 : issue_number(memo, issue);
        if (number == 0) return;
        what |= (Word)number << MEMO_ISSUE_SHIFT;
    }
    Word *entry = memo_entry(table, state, memo->machine->words);
    entry[0] = what;
    for (uint32_t i = 0; i < table->count; i++) {
        uint32_t w = table->parts[i].word;
        entry[1 + i] = state[w] & table->parts[i].mask;
        Word change = successor ? state[w] ^ successor[w] : 0;
        entry[1 + table->count + i] = change;
        *(i < MEMO_INLINE ? &table->changes[i] : &table->parts[i].changes) |= change;
        memo->threads[thread].changes[w] |= change;
    }
}
