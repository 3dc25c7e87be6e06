#include "program/affine.h"

#include <string.h>

/* What is known ahead of an instruction: for each register its fact. `base` NO_ID: nothing. */
typedef struct Facts {
    Arena *arena;
    const Program *program;
    const ThreadCode *thread;
    Affine *in;      /* [instr_count][register_count] */
    bool *is_reached;
    Affine *now;     /* scratch */
    bool *is_named;  /* a pinned local, or an element of an array */
} Facts;

static const Affine nothing = {NO_ID, 0, 0};

/* The register has a value of its own from now on. */
static void forget(void *context, int32_t reg)
{
    Facts *f = context;
    if (reg < 0)
        return;
    for (uint32_t r = 0; r < f->thread->register_count; r++)
        if (f->now[r].base == (uint32_t)reg)
            f->now[r] = nothing;
    f->now[reg] = nothing;
}

/* scale * operand + offset, in terms of a register; NO_ID: not one, or unknown. */
static Affine fact_of(const Facts *f, Operand operand)
{
    if (operand < 0)
        return nothing;
    return f->now[operand].base != NO_ID ? f->now[operand] : (Affine){(uint32_t)operand, 1, 0};
}

static bool constant_of(const Facts *f, Operand operand, uint64_t *value)
{
    if (operand >= 0 || operand == NO_OPERAND)
        return false;
    *value = (uint64_t)f->program->constants[~operand];
    return true;
}

static Affine times(Affine fact, uint64_t factor, uint64_t addend)
{
    fact.scale = (int64_t)((uint64_t)fact.scale * factor);
    fact.offset = (int64_t)((uint64_t)fact.offset * factor + addend);
    return fact;
}

/* What a computation says of its result, from what is known ahead of it. */
static Affine computed(const Facts *f, const Instr *instr)
{
    uint64_t c;
    switch (instr->op) {
    case OP_MOVE: return fact_of(f, instr->b);
    case OP_NEGATE: return times(fact_of(f, instr->b), UINT64_MAX, 0);
    case OP_ADD:
        if (constant_of(f, instr->c, &c))
            return times(fact_of(f, instr->b), 1, c);
        return constant_of(f, instr->b, &c) ? times(fact_of(f, instr->c), 1, c) : nothing;
    case OP_SUBTRACT:
        if (constant_of(f, instr->c, &c))
            return times(fact_of(f, instr->b), 1, 0 - c);
        return constant_of(f, instr->b, &c) ? times(fact_of(f, instr->c), UINT64_MAX, c) : nothing;
    case OP_MULTIPLY:
        if (constant_of(f, instr->c, &c))
            return times(fact_of(f, instr->b), c, 0);
        return constant_of(f, instr->b, &c) ? times(fact_of(f, instr->c), c, 0) : nothing;
    default: return nothing;
    }
}

/* From ahead of an instruction to behind it. Whatever it may write counts as written. */
static void pass(Facts *f, const Instr *instr)
{
    uint32_t flags = program_op_flags[instr->op];
    Affine result = computed(f, instr);
    if (instr->result != NO_OPERAND)
        forget(f, instr->result);
    if (flags & OPF_DEF_A)
        forget(f, instr->a);
    if (flags & OPF_DEF_D)
        forget(f, instr->d);
    if (instr->op == OP_GATHER && instr->a != NO_OPERAND)
        for (Operand k = 0; k < instr->c; k++)
            forget(f, instr->a + k);
    if (instr->op == OP_ARRAY_SET)
        for (Operand k = 0; k < instr->d; k++)
            forget(f, instr->b + k);
    if (result.base != NO_ID && result.scale != 0 && (flags & OPF_DEF_A) && instr->a >= 0 && result.base != (uint32_t)instr->a)
        f->now[instr->a] = result;
}

static bool same(Affine a, Affine b)
{
    return a.base == b.base && a.scale == b.scale && a.offset == b.offset;
}

/* Meets what is known so far at an instruction with f->now; true: less is known now. */
static bool meet(Facts *f, uint32_t at)
{
    uint32_t n = f->thread->register_count;
    Affine *known = &f->in[(size_t)at * n];
    if (!f->is_reached[at]) {
        f->is_reached[at] = true;
        memcpy(known, f->now, n * sizeof *known);
        return true;
    }
    bool changed = false;
    for (uint32_t r = 0; r < n; r++)
        if (known[r].base != NO_ID && !same(known[r], f->now[r])) {
            known[r] = nothing;
            changed = true;
        }
    return changed;
}

static void iterate(Facts *f)
{
    const ThreadCode *thread = f->thread;
    uint32_t n = thread->register_count;
    uint32_t *next = ARENA_ARRAY(f->arena, uint32_t, flow_max_successors(f->program, thread) + 2);
    for (uint32_t r = 0; r < n; r++)
        f->now[r] = nothing;
    meet(f, thread->entry - thread->first_instr);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < thread->instr_count; i++) {
            if (!f->is_reached[i])
                continue;
            memcpy(f->now, &f->in[(size_t)i * n], n * sizeof *f->now);
            const Instr *instr = &f->program->code[thread->first_instr + i];
            pass(f, instr);
            uint32_t count = flow_successors(f->program, thread->first_instr + i, next);
            if (instr->op == OP_AWAIT)
                next[count++] = (uint32_t)instr->b + 1;
            for (uint32_t s = 0; s < count; s++)
                changed |= meet(f, next[s] - thread->first_instr);
        }
    }
}

static bool holds(const LiveSet *set, uint32_t reg)
{
    for (uint32_t k = 0; k < set->count; k++)
        if (set->registers[k] == reg)
            return true;
    return false;
}

Affine *affine_registers(Arena *arena, const Program *program, const ThreadCode *thread, const LiveSet *live)
{
    uint32_t n = thread->register_count, points = thread->point_count;
    bool may_be = false;
    for (uint32_t p = 1; p <= points; p++)
        may_be |= live[p].count > 1;
    if (!may_be)
        return NULL;
    Facts f = {.arena = arena, .program = program, .thread = thread};
    f.in = ARENA_ARRAY(arena, Affine, (size_t)thread->instr_count * n);
    f.is_reached = ARENA_ARRAY(arena, bool, thread->instr_count);
    f.now = ARENA_ARRAY(arena, Affine, n);
    f.is_named = ARENA_ARRAY(arena, bool, n);
    for (uint32_t k = 0; k < thread->local_count; k++)
        for (uint32_t e = 0; e < thread->locals[k].length; e++)
            f.is_named[thread->locals[k].reg + (int32_t)e] |= thread->locals[k].is_pinned || thread->locals[k].length > 1;
    iterate(&f);
    Affine *all = ARENA_ARRAY(arena, Affine, ((size_t)points + 1) * n);
    bool is_any = false;
    for (uint32_t p = 0; p <= points; p++) {
        const Instr *instr = &program->code[thread->points[p].instr];
        const Affine *facts = p == 0 ? NULL : &f.in[(size_t)(thread->points[p].instr - thread->first_instr) * n];
        for (uint32_t r = 0; r < n; r++) {
            Affine *fact = &all[(size_t)p * n + r];
            *fact = nothing;
            if (facts == NULL || facts[r].base == NO_ID || f.is_named[r] || facts[facts[r].base].base != NO_ID || instr->c == (Operand)r ||
                instr->e == (Operand)r || !f.is_reached[thread->points[p].instr - thread->first_instr] || !holds(&live[p], r) ||
                !holds(&live[p], facts[r].base))
                continue;
            *fact = facts[r];
            is_any = true;
        }
    }
    return is_any ? all : NULL;
}
