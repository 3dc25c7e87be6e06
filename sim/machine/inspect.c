/* inspect.c: what can be read off a state: ends, properties, next accesses, reasons to wait, values for people. */
#include <string.h>

#include "machine/execute.h"

/* ----------------------------------------------------------------- ends */

uint32_t machine_point(const Machine *m, const Word *state, ThreadId thread) { return (uint32_t)machine_get(m, state, m->threads[thread].pc); }
void machine_points(const Machine *m, const Word *state, uint32_t *points) {
    for (ThreadId t = 0; t < m->program->thread_count; t++) points[t] = machine_point(m, state, t);
}
bool machine_is_ended(const Machine *m, const Word *state, ThreadId thread) { return machine_point(m, state, thread) == 0; }

bool machine_is_born(const Machine *m, const Word *state, ThreadId thread) {
    const ThreadCode *code = &m->program->threads[thread];
    return !code->is_spawned || machine_point(m, state, thread) != code->unborn_point;
}

bool machine_is_cancelled(const Machine *m, const Word *state, ThreadId thread) {
    if (m->program->threads[thread].domain == NO_ID) return false;
    Exec x = exec_look(m, state);
    return exec_loop_has_stopped(&x, thread) && machine_is_born(m, state, thread) && !machine_is_ended(m, state, thread);
}

bool machine_is_spurious(const Machine *m, const Word *state, ThreadId thread) {
    const ThreadCode *code = &m->program->threads[thread];
    uint32_t point = m->program->spurious ? machine_point(m, state, thread) : 0;
    return point != 0 && point <= code->point_count && m->program->code[code->points[point].instr].op == OP_CONDITION_SLEEP;
}

const Issue *machine_stop(const Machine *m, const Word *state) {
    int64_t number = machine_get(m, state, m->stop);
    if (number == 0) return NULL;
    pthread_mutex_t *intern = (pthread_mutex_t *)&m->intern; /* others may be adding stops: the list moves, old copies stay */
    pthread_mutex_lock(intern);
    const Issue *stop = &m->stops.items[number - 1];
    pthread_mutex_unlock(intern);
    return stop;
}

bool machine_all_ended(const Machine *m, const Word *state) {
    if (machine_get(m, state, m->stop) != 0) return false;
    for (ThreadId t = 0; t < m->program->thread_count; t++)
        if (!m->program->threads[t].is_daemon && machine_is_born(m, state, t) && !machine_is_ended(m, state, t) && !machine_is_cancelled(m, state, t))
            return false;
    return true;
}

StateEnd machine_end(const Machine *m, const Word *state) {
    if (machine_get(m, state, m->stop) != 0) return STATE_STOPPED;
    return machine_all_ended(m, state) ? STATE_OK : STATE_DEADLOCK;
}

static void add_bits(const Machine *m, FieldId id, Word *mask) {
    Field field = m->fields[id];
    mask[field.word] |= field.mask << field.shift;
}

void machine_private_bits(const Machine *m, ThreadId thread, Word *mask) {
    memset(mask, 0, m->words * sizeof *mask);
    const ThreadLayout *own = &m->threads[thread];
    add_bits(m, own->pc, mask);
    for (uint32_t s = 0; s < own->slot_count; s++) add_bits(m, own->first_slot + s, mask);
    for (ThreadId t = 0; t < m->program->thread_count; t++) {
        const ThreadLayout *layout = &m->threads[t];
        if (layout->timer != NO_ID) add_bits(m, layout->timer, mask); /* time passes for all alike */
        for (uint32_t c = 0; c < layout->chunk_count; c++) add_bits(m, layout->overtaken + c, mask);
        for (uint32_t p = 0; p <= m->program->threads[t].point_count; p++)
            for (uint32_t k = 0; k < layout->points[p].carrier_count; k++)
                for (uint32_t c = 0; c < layout->chunk_count; c++) add_bits(m, layout->points[p].carriers[k].field + c, mask);
    }
}

/* ----------------------------------------------------------- properties */

bool exec_property(const Exec *x, const Property *property, int64_t *r, int64_t *value, const char **text) {
    const Program *program = x->program;
    uint32_t at = property->first_instr;
#define VALUE(operand) ((operand) >= 0 ? r[operand] : program->constants[~(operand)])
    while (at < property->end_instr) {
        const Instr *instr = &program->code[at++];
        uint32_t flags = program_op_flags[instr->op];
        if ((flags & OPF_LOCAL) && (flags & OPF_DEF_A) && (flags & OPF_USE_B)) {
            *text = exec_compute(instr->op, VALUE(instr->b), flags & OPF_USE_C ? VALUE(instr->c) : 0, &r[instr->a]);
            if (*text) return false;
            continue;
        }
        int64_t index = instr->c != NO_OPERAND && (flags & OPF_OBJECT) ? VALUE(instr->c) : 0;
        switch (instr->op) {
        case OP_JUMP: at = (uint32_t)instr->b; break;
        case OP_JUMP_ZERO: if (VALUE(instr->a) == 0) at = (uint32_t)instr->b; break;
        case OP_JUMP_NONZERO: if (VALUE(instr->a) != 0) at = (uint32_t)instr->b; break;
        case OP_CHECK_INDEX:
            if (VALUE(instr->a) < 0 || VALUE(instr->a) >= instr->b) {
                *text = "index out of bounds";
                return false;
            }
            break;
        case OP_LOAD: case OP_LENGTH: r[instr->a] = exec_get(x, x->machine->objects[instr->b + index].value); break;
        case OP_CLOSED: {
            FieldId closed = x->machine->objects[instr->b + index].closed;
            r[instr->a] = closed != NO_ID && exec_get(x, closed);
            break;
        }
        case OP_MEMBER:
            r[instr->a] = exec_register_at(x, (ThreadId)instr->b, instr->c + (instr->d == NO_OPERAND ? 0 : (int32_t)VALUE(instr->d)));
            break;
        default: break;
        }
    }
    *value = VALUE(property->value);
#undef VALUE
    return true;
}

enum { FEW_REGISTERS = 64 };

/* Evaluates properties one after the other: `visit` returning false ends it. Without memory for their registers nothing is visited. */
typedef bool PropertyVisit(void *context, uint32_t number, bool ok, int64_t value);
static void visit_properties(const Machine *m, const Word *state, const Property *list, uint32_t count, PropertyVisit *visit, void *context) {
    int64_t few[FEW_REGISTERS] = {0};
    int64_t *values = few;
    if (m->program->property_registers > FEW_REGISTERS) values = mem_alloc(m->program->property_registers, sizeof *values);
    if (!values) return;
    Exec x = exec_look(m, state);
    for (uint32_t i = 0; i < count; i++) {
        int64_t value = 0;
        const char *text = NULL;
        bool ok = exec_property(&x, &list[i], values, &value, &text);
        if (!visit(context, i, ok, value)) break;
    }
    if (values != few) mem_free(values);
}

static bool find_failed(void *context, uint32_t number, bool ok, int64_t value) {
    if (ok && value != 0) return true;
    *(uint32_t *)context = number;
    return false;
}

uint32_t machine_failed_finally(const Machine *m, const Word *state) {
    uint32_t failed = NO_ID;
    visit_properties(m, state, m->program->finally, m->program->finally_count, find_failed, &failed);
    return failed;
}

static bool store_holds(void *context, uint32_t number, bool ok, int64_t value) {
    ((bool *)context)[number] = ok && value != 0;
    return true;
}

void machine_finally_holds(const Machine *m, const Word *state, bool *holds) {
    for (uint32_t i = 0; i < m->program->finally_count; i++) holds[i] = true; /* those that no memory was left to look at */
    visit_properties(m, state, m->program->finally, m->program->finally_count, store_holds, holds);
}

bool machine_eventually_holds(const Machine *m, const Word *state, uint32_t number) {
    bool holds = true; /* what no memory was left to look at is not blamed */
    visit_properties(m, state, &m->program->eventually[number], 1, store_holds, &holds);
    return holds;
}

static bool store_value(void *context, uint32_t number, bool ok, int64_t value) {
    ((int64_t *)context)[number] = ok ? value : 0;
    return true;
}

void machine_outcome_values(const Machine *m, const Word *state, int64_t *values) {
    visit_properties(m, state, m->program->outcome_values, m->program->outcome_value_count, store_value, values);
}

uint32_t machine_output(const Machine *m, const Word *state, const char **strings, uint32_t room) {
    uint32_t count = 0, node = (uint32_t)machine_get(m, state, m->output);
    for (uint32_t n = node; n; n = m->outputs.items[n].parent) count++;
    uint32_t at = count;
    for (uint32_t n = node; n; n = m->outputs.items[n].parent)
        if (--at < room) strings[at] = m->outputs.items[n].text;
    return count;
}

uint64_t machine_output_id(const Machine *m, const Word *state) { return (uint64_t)machine_get(m, state, m->output); }

/* -------------------------------------------------------- next accesses */

static uint32_t add_access(NextAccess *out, uint32_t count, uint32_t room, NextAccess access) {
    for (uint32_t i = 0; i < count && i < room; i++)
        if (out[i].object == access.object && out[i].writes == access.writes && out[i].is_atomic == access.is_atomic && out[i].line == access.line) return count;
    if (count < room) out[count] = access;
    return count + 1;
}

static NextAccess describe(const Program *program, const Instr *instr, ObjectId object) {
    uint32_t flags = program_op_flags[instr->op];
    bool both = (flags & OPF_READS) && (flags & OPF_WRITES);
    return (NextAccess){.object = object, .writes = flags & OPF_WRITES, .is_atomic = both || (instr->flags & INSTR_ATOMIC), .line = program->sites[instr->site].part.line};
}

uint32_t machine_next_accesses(Machine *m, const Word *state, ThreadId thread, Expansion *scratch, NextAccess *out, uint32_t room) {
    Exec x = exec_look(m, state);
    const Instr *instr = exec_instr_at(&x, thread);
    if (!instr || machine_get(m, state, m->stop) != 0) return 0;
    if (program_op_flags[instr->op] & (OPF_READS | OPF_WRITES)) {
        if (room > 0) out[0] = describe(m->program, instr, exec_object_at(&x, thread, instr));
        return 1;
    }
    if (instr->op != OP_REGION && instr->op != OP_AWAIT && instr->op != OP_SELECT) return 0;
    /* What the step would do is found by doing it, once for each choice. */
    StepLog log = {0};
    uint32_t count = 0, choices = 1;
    Word few[16];
    Word *next = m->words <= 16 ? few : mem_alloc(m->words, sizeof *next);
    for (uint32_t choice = 1; next && choice <= choices; choice++) {
        StepInfo info;
        if (machine_step(m, state, thread, choice, next, &choices, &info, scratch, &log) != STATUS_OK || choice > choices) break;
        for (uint32_t i = 0; i < log.count; i++) {
            const LoggedAccess *access = &log.accesses[i];
            if (access->thread != thread || access->object == NO_ID || access->object >= m->program->variable_count) continue;
            count = add_access(out, count, room, describe(m->program, &m->program->code[access->instr], access->object));
        }
    }
    if (next != few) mem_free(next);
    step_log_free(&log);
    return count;
}

/* ---------------------------------------------------------------- owning */

uint32_t machine_owned(const Machine *m, const Word *state, ThreadId thread, ObjectId *objects, uint32_t room) {
    const ThreadLayout *layout = &m->threads[thread];
    uint32_t count = 0;
    for (uint32_t k = 0; k < layout->lock_count; k++) {
        const ObjectLayout *lock = &m->objects[layout->locks[k]];
        bool owned = machine_get(m, state, lock->value) == (int64_t)thread + 1;
        for (uint32_t r = 0; r < lock->reader_count && !owned; r++) owned = lock->readers[r] == thread && machine_get(m, state, lock->first_item + r) > 0;
        if (!owned) continue;
        if (count < room) objects[count] = layout->locks[k];
        count++;
    }
    return count;
}

uint32_t machine_generation(const Machine *m) { return m->generation; }

uint32_t machine_owner_tests(const Machine *m, ThreadId thread, const ObjectId *mutexes, uint32_t count, OwnerTest *tests) {
    uint32_t test_count = 0;
    for (uint32_t k = 0; k < count; k++) {
        const Field field = m->fields[m->objects[mutexes[k]].value];
        Word owner;
        if (field.mask == 0 || !field_encode(field, (int64_t)thread + 1, &owner)) continue; /* never yet its own: a field that cannot say so widens, and the layout changes */
        uint32_t t = 0;
        while (t < test_count && tests[t].word != field.word) t++;
        if (t == test_count) tests[test_count++] = (OwnerTest){.word = field.word};
        const uint32_t top = field.shift + field.bits - 1u;
        tests[t].mask |= field.mask << field.shift;
        tests[t].pattern |= owner << field.shift;
        tests[t].high |= UINT64_C(1) << top;
        tests[t].low |= (field.mask >> 1) << field.shift;
        tests[t].which[top] = (uint8_t)k;
    }
    return test_count;
}

/* --------------------------------------------------------------- values */

int64_t machine_register(const Machine *m, const Word *state, ThreadId thread, int32_t reg) {
    Exec x = exec_look(m, state);
    return exec_register_at(&x, thread, reg);
}

bool machine_keeps_register(const Machine *m, const Word *state, ThreadId thread, int32_t reg) {
    Exec x = exec_look(m, state);
    uint32_t p = exec_point(&x, thread);
    if (p > m->program->threads[thread].point_count) return false;
    const PointLayout *point = &m->threads[thread].points[p];
    for (uint32_t k = 0; k < point->kept_count; k++)
        if (point->kept[k].reg == (uint32_t)reg) return true;
    return false;
}

/* Threads that stand at one of the places where this object lets nobody through by itself. */
static uint32_t standing(const Exec *x, Opcode op, ObjectId object) {
    uint32_t n = 0;
    for (ThreadId t = 0; t < x->program->thread_count; t++) {
        const Instr *instr = exec_instr_at(x, t);
        n += instr && instr->op == op && exec_object_at(x, t, instr) == object;
    }
    return n;
}

int64_t machine_value(const Machine *m, const Word *state, ObjectId object) {
    Exec x = exec_look(m, state);
    switch (m->program->objects[object].kind) {
    case SYMBOL_CONDITION: return standing(&x, OP_CONDITION_SLEEP, object);
    case SYMBOL_BARRIER: return standing(&x, OP_BARRIER_WAIT, object);
    case SYMBOL_ONCE: return machine_get(m, state, m->objects[object].value) == 1;
    default: return machine_get(m, state, m->objects[object].value);
    }
}

uint32_t machine_queue_items(const Machine *m, const Word *state, ObjectId object, int64_t *items, uint32_t room, bool *closed) {
    const ObjectLayout *layout = &m->objects[object];
    uint32_t length = (uint32_t)machine_get(m, state, layout->value);
    for (uint32_t k = 0; k < length && k < room; k++) items[k] = machine_get(m, state, layout->first_item + k);
    *closed = layout->closed != NO_ID && machine_get(m, state, layout->closed);
    return length;
}

static void print_rwlock(const Exec *x, const ObjectLayout *layout, Text *out) {
    int64_t writer = exec_get(x, layout->value), locks = 0;
    if (writer > 0) {
        text_format(out, "written by %s", x->program->threads[writer - 1].name);
        return;
    }
    for (uint32_t k = 0; k < layout->reader_count; k++) locks += exec_get(x, layout->first_item + k);
    if (locks == 0)
        text_add(out, "free");
    else
        text_format(out, "%lld reader%s", (long long)locks, locks == 1 ? "" : "s");
}

/* "2 of 4 busy, 3 wait, shut down" */
static void print_pool(const Exec *x, ObjectId object, bool is_closed, Text *out) {
    uint32_t domain = program_domain_of(x->program, object), busy = 0, waiting = 0;
    for (ThreadId t = 0; t < x->program->thread_count; t++) {
        if (x->program->threads[t].domain != domain || !machine_is_born(x->machine, x->state, t) || exec_point(x, t) == 0) continue;
        if (exec_is_working(x, t))
            busy++;
        else
            waiting++;
    }
    text_format(out, "%u of %u busy", busy, x->program->domains[domain].places);
    if (waiting > 0) text_format(out, ", %u wait", waiting);
    if (is_closed) text_add(out, ", shut down");
}

void machine_print_value(const Machine *m, const Word *state, ObjectId object, Text *out) {
    Exec x = exec_look(m, state);
    const ObjectLayout *layout = &m->objects[object];
    if (layout->destroyed != NO_ID && exec_get(&x, layout->destroyed)) {
        text_add(out, "destroyed");
        return;
    }
    int64_t value = machine_value(m, state, object);
    switch (m->program->objects[object].kind) {
    case SYMBOL_MUTEX:
        if (value == 0)
            text_add(out, "free");
        else
            text_format(out, "held by %s", m->program->threads[value - 1].name);
        break;
    case SYMBOL_RWLOCK: print_rwlock(&x, layout, out); break;
    case SYMBOL_CONDITION: text_format(out, "%lld asleep", (long long)value); break;
    case SYMBOL_BARRIER: text_format(out, "%lld of %lld", (long long)value, (long long)m->program->objects[object].symbol->parties); break;
    case SYMBOL_EVENT: text_add(out, value ? "set" : "clear"); break;
    case SYMBOL_POOL: print_pool(&x, object, value != 0, out); break;
    case SYMBOL_ONCE: {
        int64_t raw = exec_get(&x, layout->value);
        if (raw > 1)
            text_format(out, "run by %s", m->program->threads[raw - 2].name);
        else
            text_add(out, raw ? "done" : "not run");
        break;
    }
    case SYMBOL_QUEUE: {
        bool closed = layout->closed != NO_ID && exec_get(&x, layout->closed);
        text_add_char(out, '[');
        for (int64_t k = 0; k < value; k++)
            text_format(out, "%s%lld", k ? ", " : "", (long long)exec_get(&x, layout->first_item + (FieldId)k));
        text_add(out, closed ? "] closed" : "]");
        break;
    }
    default: text_format(out, "%lld", (long long)value); break;
    }
}
