#include "program/takes.h"

#include <string.h>

#include "program/flow.h"

static bool is_lock(SymbolKind kind)
{
    return kind == SYMBOL_MUTEX || kind == SYMBOL_RWLOCK;
}

/* Base and index of the lock that an operation is about: a wait's is its mutex. */
static void lock_operands(const Instr *instr, Operand *base, Operand *index)
{
    bool is_wait = instr->op == OP_CONDITION_WAIT || instr->op == OP_CONDITION_WAKE || instr->op == OP_CONDITION_SLEEP;
    *base = is_wait ? instr->d : instr->b;
    *index = is_wait ? instr->e : instr->c;
}

bool takes_lock(const Program *program, const Instr *instr, ObjectId *first, uint32_t *count)
{
    bool may_wake = instr->op == OP_CONDITION_SLEEP && program->spurious;
    if (!(program_op_flags[instr->op] & OPF_TAKES) && !may_wake)
        return false;
    Operand base, index;
    lock_operands(instr, &base, &index);
    const Object *object = &program->objects[base];
    if (!is_lock(object->kind))
        return false;
    *first = (ObjectId)base;
    *count = index == NO_OPERAND ? 1 : object->symbol->length;
    return true;
}

/* The lock that is surely free of this thread behind the instruction; NO_ID: none is. */
static ObjectId lock_given(const Program *program, const Instr *instr)
{
    if (instr->op != OP_UNLOCK && instr->op != OP_RW_UNLOCK && instr->op != OP_CONDITION_WAIT)
        return NO_ID;
    Operand base, index;
    lock_operands(instr, &base, &index);
    bool is_sure =
        index == NO_OPERAND && (instr->op == OP_CONDITION_WAIT || !program->objects[base].symbol->is_recursive);
    return is_sure && !(instr->flags & INSTR_TRY) ? (ObjectId)base : NO_ID;
}

static bool is_ended_by(const Program *program, const Instr *take, ObjectId given)
{
    ObjectId first;
    uint32_t count;
    return takes_lock(program, take, &first, &count) && count == 1 && first == given && take->op != OP_RDLOCK;
}

static bool spread(Takes *takes, uint64_t *out, uint32_t *next)
{
    const Program *program = takes->program;
    const ThreadCode *thread = takes->thread;
    bool changes = false;
    uint32_t take = 0;
    for (uint32_t i = 0; i < thread->instr_count; i++) {
        uint32_t address = thread->first_instr + i;
        const Instr *instr = &program->code[address];
        memcpy(out, takes->reach + (size_t)i * takes->words, takes->words * sizeof *out);
        ObjectId given = lock_given(program, instr);
        for (uint32_t k = 0; given != NO_ID && k < takes->count; k++)
            if (is_ended_by(program, &program->code[takes->instrs[k]], given))
                out[k / 64] &= ~(UINT64_C(1) << (k % 64));
        while (take < takes->count && takes->instrs[take] < address)
            take++;
        if (take < takes->count && takes->instrs[take] == address)
            out[take / 64] |= UINT64_C(1) << (take % 64);
        uint32_t count = flow_successors(program, address, next);
        for (uint32_t s = 0; s < count; s++) {
            uint64_t *in = takes->reach + (size_t)(next[s] - thread->first_instr) * takes->words;
            for (uint32_t w = 0; w < takes->words; w++) {
                changes |= (out[w] & ~in[w]) != 0;
                in[w] |= out[w];
            }
        }
    }
    return changes;
}

Status takes_find(const Program *program, const ThreadCode *thread, Takes *takes)
{
    *takes = (Takes){.program = program, .thread = thread};
    ObjectId first;
    uint32_t count;
    for (uint32_t i = thread->first_instr; i < thread->first_instr + thread->instr_count; i++)
        takes->count += takes_lock(program, &program->code[i], &first, &count);
    if (takes->count == 0)
        return STATUS_OK;
    takes->words = (takes->count + 63) / 64;
    takes->instrs = mem_alloc(takes->count, sizeof *takes->instrs);
    takes->reach = mem_alloc((size_t)thread->instr_count * takes->words, sizeof *takes->reach);
    uint64_t *out = mem_alloc(takes->words, sizeof *out);
    uint32_t *next = mem_alloc((size_t)flow_max_successors(program, thread) + 3, sizeof *next);
    bool is_complete = takes->instrs != NULL && takes->reach != NULL && out != NULL && next != NULL;
    if (is_complete) {
        uint32_t found = 0;
        for (uint32_t i = thread->first_instr; i < thread->first_instr + thread->instr_count; i++)
            if (takes_lock(program, &program->code[i], &first, &count))
                takes->instrs[found++] = i;
        while (spread(takes, out, next))
            continue;
    }
    mem_free(out);
    mem_free(next);
    if (is_complete)
        return STATUS_OK;
    takes_free(takes);
    return STATUS_NO_MEMORY;
}

void takes_free(Takes *takes)
{
    mem_free(takes->instrs);
    mem_free(takes->reach);
    memset(takes, 0, sizeof *takes);
}

bool takes_any(const Takes *takes, uint32_t address)
{
    for (uint32_t w = 0; w < takes->words; w++)
        if (takes->reach[(size_t)(address - takes->thread->first_instr) * takes->words + w] != 0)
            return true;
    return false;
}

bool takes_may_own(const Takes *takes, uint32_t address, ObjectId lock)
{
    bool is_unique;
    return takes->count > 0 && takes_line(takes, address, lock, &is_unique) != 0;
}

uint32_t takes_line(const Takes *takes, uint32_t address, ObjectId lock, bool *is_unique)
{
    const Program *program = takes->program;
    uint32_t line = 0;
    *is_unique = true;
    for (uint32_t k = 0; k < takes->count; k++) {
        const uint64_t *reach = takes->reach + (size_t)(address - takes->thread->first_instr) * takes->words;
        const Instr *take = &program->code[takes->instrs[k]];
        ObjectId first;
        uint32_t count;
        if (!(reach[k / 64] >> (k % 64) & 1) || !takes_lock(program, take, &first, &count) || lock < first ||
            lock >= first + count)
            continue;
        uint32_t here = program->sites[take->site].part.line;
        if (line != 0 && here != line)
            *is_unique = false;
        line = line == 0 || here < line ? here : line;
    }
    return line;
}
