#include "program/flow.h"

#include <string.h>

uint32_t flow_max_successors(const Program *program, const ThreadCode *thread) {
    uint32_t max = 2;
    for (uint32_t i = thread->first_instr; i < thread->first_instr + thread->instr_count; i++)
        if (program->code[i].op == OP_SELECT && (uint32_t)program->code[i].a + 1 > max) max = (uint32_t)program->code[i].a + 1;
    return max;
}

uint32_t flow_successors(const Program *program, uint32_t address, uint32_t *out) {
    const Instr *instr = &program->code[address];
    uint32_t flags = program_op_flags[instr->op], n = 0;
    switch (instr->op) {
    case OP_SELECT:
        for (Operand k = 0; k < instr->a; k++) out[n++] = (uint32_t)program->lists[instr->b + k];
        if (instr->c != NO_OPERAND) out[n++] = (uint32_t)instr->c;
        return n;
    case OP_ONCE_ENTER: out[n++] = (uint32_t)instr->d; break;
    case OP_BARRIER_ARRIVE: case OP_CONDITION_SLEEP: out[n++] = address + 2; break;
    default: break;
    }
    if (flags & OPF_JUMPS) out[n++] = (uint32_t)instr->b;
    if (!(flags & OPF_ENDS)) out[n++] = address + 1;
    return n;
}

static void visit_operand(Operand operand, FlowVisit *visit, void *context) {
    if (operand >= 0) visit(context, operand);
}

void flow_uses(const Program *program, uint32_t address, FlowVisit *visit, void *context) {
    const Instr *instr = &program->code[address];
    uint32_t flags = program_op_flags[instr->op];
    if (flags & OPF_USE_A) visit_operand(instr->a, visit, context);
    if (flags & OPF_USE_B) visit_operand(instr->b, visit, context);
    if (flags & (OPF_USE_C | OPF_OBJECT)) visit_operand(instr->c, visit, context);
    if (flags & OPF_USE_D) visit_operand(instr->d, visit, context);
    if (flags & OPF_USE_E) visit_operand(instr->e, visit, context);
    switch (instr->op) {
    case OP_CHOOSE:
        for (Operand k = 0; k < instr->c; k++) visit_operand(program->lists[instr->b + k], visit, context);
        break;
    case OP_SPAWN:
        for (Operand k = 0; k < instr->d; k++) visit_operand(program->lists[instr->c + k], visit, context);
        break;
    case OP_GATHER: case OP_NEXT_COMPLETED:
        for (Operand k = 0; k < instr->c; k++) visit_operand(program->lists[instr->b + k], visit, context);
        break;
    case OP_PRINT:
        for (Operand k = 0; k < instr->b; k++)
            if (!program->parts[instr->a + k].text) visit_operand(program->parts[instr->a + k].value, visit, context);
        break;
    case OP_ARRAY_GET:
        for (Operand k = 0; k < instr->d; k++) visit(context, instr->b + k);
        break;
    default: break;
    }
}

void flow_definitions(const Program *program, uint32_t address, FlowVisit *visit, void *context) {
    const Instr *instr = &program->code[address];
    uint32_t flags = program_op_flags[instr->op];
    if (instr->result != NO_OPERAND) visit(context, instr->result);
    if (instr->flags & INSTR_TRY) return; /* a `try` that fails leaves the others as they are */
    if (instr->op == OP_GATHER && instr->a != NO_OPERAND)
        for (Operand k = 0; k < instr->c; k++) visit(context, instr->a + k);
    if (flags & OPF_DEF_A) visit_operand(instr->a, visit, context);
    if (flags & OPF_DEF_D) visit_operand(instr->d, visit, context);
}

/* ------------------------------------------------------------ liveness */

typedef struct Bits {
    uint64_t *words;
} Bits;

static void set_bit(void *context, int32_t reg) { ((Bits *)context)->words[reg / 64] |= UINT64_C(1) << (reg % 64); }
static void clear_bit(void *context, int32_t reg) { ((Bits *)context)->words[reg / 64] &= ~(UINT64_C(1) << (reg % 64)); }

LiveSet *flow_liveness(Arena *arena, const Program *program, const ThreadCode *thread, bool keep_locals) {
    uint32_t n = thread->instr_count, words = thread->register_count / 64 + 1;
    uint64_t *in = ARENA_ARRAY(arena, uint64_t, (size_t)n * words); /* live before instruction i */
    uint64_t *pinned = ARENA_ARRAY(arena, uint64_t, words), *now = ARENA_ARRAY(arena, uint64_t, words);
    uint32_t *next = ARENA_ARRAY(arena, uint32_t, flow_max_successors(program, thread) + 2);
    Bits bits = {pinned};
    for (uint32_t k = 0; k < thread->local_count; k++)
        if (keep_locals || thread->locals[k].is_pinned)
            for (uint32_t e = 0; e < thread->locals[k].length; e++) set_bit(&bits, thread->locals[k].reg + (int32_t)e);
    bits.words = now;
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t i = n; i-- > 0;) {
            uint32_t address = thread->first_instr + i;
            memset(now, 0, words * sizeof *now);
            uint32_t count = flow_successors(program, address, next);
            for (uint32_t s = 0; s < count; s++)
                for (uint32_t w = 0; w < words; w++) now[w] |= in[(size_t)(next[s] - thread->first_instr) * words + w];
            flow_definitions(program, address, clear_bit, &bits);
            flow_uses(program, address, set_bit, &bits);
            if (memcmp(now, &in[(size_t)i * words], words * sizeof *now) != 0) {
                memcpy(&in[(size_t)i * words], now, words * sizeof *now);
                changed = true;
            }
        }
    }
    Bits result = {ARENA_ARRAY(arena, uint64_t, words)};
    if (thread->result >= 0) set_bit(&result, thread->result);
    LiveSet *sets = ARENA_ARRAY(arena, LiveSet, thread->point_count + 1);
    for (uint32_t p = 0; p <= thread->point_count; p++) {
        memcpy(now, pinned, words * sizeof *now);
        if (p == 0)
            for (uint32_t w = 0; w < words; w++) now[w] |= result.words[w];
        else
            for (uint32_t w = 0; w < words; w++) now[w] |= in[(size_t)(thread->points[p].instr - thread->first_instr) * words + w];
        sets[p].registers = ARENA_ARRAY(arena, uint32_t, thread->register_count + 1);
        for (uint32_t r = 0; r < thread->register_count; r++)
            if (now[r / 64] >> (r % 64) & 1) sets[p].registers[sets[p].count++] = r;
    }
    return sets;
}
