/* taint.c: which registers may carry a value read from a variable that the same thread later writes with it.
 *
 * That is what a lost update needs (LANGUAGE.md section 5): a write whose value is computed from the thread's read of the same variable. Two
 * data-flow analyses over groups (a variable; for an array that is indexed at run time all its elements together):
 *   forward   may[i][r], must[i][r]: groups whose value register r may / surely carries ahead of instruction i;
 *   backward  demand[i][r]: groups to which register r may still be written.
 * A token is *watched* at a point if some register may carry it and is demanded for it: only there the machine keeps the bit "overtaken".
 * Where may and must differ at a write, or an index is only known at run time, the registers' tokens are kept in the state as well. */
#include <stdlib.h>
#include <string.h>

#include "program/flow.h"
#include "program/lowering.h"

typedef struct Group {
    ObjectId object;  /* first element */
    uint32_t count;   /* elements: more than 1 for an array indexed at run time */
    uint32_t token;   /* first token, once it is known to be needed */
    bool is_dynamic, is_needed, is_ambiguous;
} Group;

typedef struct Taint {
    Arena *arena;
    const Program *program;
    ThreadCode *thread;
    ArenaVec(Group) groups;
    struct Access *accesses; /* sorted by object */
    size_t access_count;
    uint32_t words;       /* of a set of groups */
    uint32_t registers;
    int32_t *group_of;    /* for each instruction: its group, or -1 */
    uint64_t *may, *must, *demand; /* [instr][register][word] */
    uint32_t *next;
} Taint;

static uint64_t *set_at(const Taint *t, uint64_t *table, uint32_t i, uint32_t reg) {
    return &table[((size_t)i * t->registers + reg) * t->words];
}

static bool is_source(const Instr *instr) { return program_op_flags[instr->op] & OPF_READS; }
static bool is_store(const Instr *instr) { return instr->op == OP_STORE; }

/* What the thread does to one object; all accesses of the thread, by object. */
typedef struct Access {
    const Symbol *symbol;
    ObjectId object;
    bool is_dynamic, is_read;
    int32_t group; /* or -1 */
} Access;

static bool is_access(const Instr *instr) { return is_source(instr) || is_store(instr); }

static int compare_accesses(const void *a, const void *b) {
    ObjectId x = ((const Access *)a)->object, y = ((const Access *)b)->object;
    return (x > y) - (x < y);
}

static Access *access_of(Access *accesses, size_t count, ObjectId object) {
    const Access wanted = {.object = object};
    return bsearch(&wanted, accesses, count, sizeof *accesses, compare_accesses);
}

/* One entry for each object; an array that is indexed at run time anywhere is dynamic, and read, as a whole. */
static Access *list_accesses(const Taint *t, size_t *count) {
    const Program *program = t->program;
    const ThreadCode *thread = t->thread;
    Access *list = ARENA_ARRAY(t->arena, Access, (size_t)thread->instr_count + 1);
    size_t used = 0, kept = 0;
    for (uint32_t i = thread->first_instr; i < thread->first_instr + thread->instr_count; i++) {
        const Instr *instr = &program->code[i];
        if (!is_access(instr)) continue;
        list[used++] = (Access){program->objects[instr->b].symbol, (ObjectId)instr->b, instr->c != NO_OPERAND, is_source(instr), -1};
    }
    qsort(list, used, sizeof *list, compare_accesses);
    for (size_t i = 0; i < used; i++) {
        if (kept > 0 && list[kept - 1].object == list[i].object) {
            list[kept - 1].is_dynamic |= list[i].is_dynamic;
            list[kept - 1].is_read |= list[i].is_read;
        } else {
            list[kept++] = list[i];
        }
    }
    for (size_t i = 0, end; i < kept; i = end) { /* the elements of an array stand together */
        bool is_dynamic = false, is_read = false;
        for (end = i; end < kept && list[end].symbol == list[i].symbol; end++) {
            is_dynamic |= list[end].is_dynamic;
            is_read |= list[end].is_read;
        }
        for (size_t k = i; k < end && is_dynamic; k++) {
            list[k].is_dynamic = true;
            list[k].is_read = is_read;
        }
    }
    *count = kept;
    return list;
}

static void find_groups(Taint *t) {
    const Program *program = t->program;
    const ThreadCode *thread = t->thread;
    size_t count;
    Access *accesses = list_accesses(t, &count);
    for (uint32_t i = thread->first_instr; i < thread->first_instr + thread->instr_count; i++) {
        const Instr *store = &program->code[i];
        if (!is_store(store)) continue;
        Access *access = access_of(accesses, count, (ObjectId)store->b);
        if (!access->is_read || access->group >= 0) continue;
        Group group = {.object = (ObjectId)store->b, .count = 1, .is_dynamic = access->is_dynamic};
        if (group.is_dynamic) {
            group.object -= program->objects[store->b].element;
            group.count = access->symbol->length;
        }
        access->group = (int32_t)t->groups.count;
        for (Access *other = access; group.is_dynamic && other > accesses && other[-1].symbol == access->symbol; other--) other[-1].group = access->group;
        for (Access *other = access + 1; group.is_dynamic && other < accesses + count && other->symbol == access->symbol; other++) other->group = access->group;
        ARENA_PUSH(t->arena, t->groups, group);
    }
    t->accesses = accesses;
    t->access_count = count;
}

static int32_t group_of(const Taint *t, const Instr *instr) {
    if (!(program_op_flags[instr->op] & (OPF_READS | OPF_WRITES))) return -1;
    const Access *access = access_of(t->accesses, t->access_count, (ObjectId)instr->b);
    return access == NULL ? -1 : access->group;
}

/* Adds or intersects the sets that instruction i leaves behind into those ahead of instruction `to`. Returns whether they changed. */
static bool flow_into(Taint *t, const uint64_t *out, uint64_t *table, uint32_t to, bool intersect) {
    uint64_t *in = set_at(t, table, to, 0);
    bool changed = false;
    for (size_t w = 0; w < (size_t)t->registers * t->words; w++) {
        uint64_t merged = intersect ? in[w] & out[w] : in[w] | out[w];
        changed |= merged != in[w];
        in[w] = merged;
    }
    return changed;
}

static void copy_operand(const Taint *t, const uint64_t *in, uint64_t *set, Operand operand) {
    if (operand < 0) return;
    for (uint32_t w = 0; w < t->words; w++) set[w] |= in[(size_t)operand * t->words + w];
}

/* One of several values: what any of them may carry, or all of them surely do. */
static void merge_operand(const Taint *t, const uint64_t *in, uint64_t *set, Operand operand, bool surely) {
    for (uint32_t w = 0; w < t->words; w++) {
        uint64_t bits = operand >= 0 ? in[(size_t)operand * t->words + w] : 0;
        set[w] = surely ? set[w] & bits : set[w] | bits;
    }
}

/* What registers carry behind instruction i, from what they may carry (or `surely` carry) ahead of it. */
static void transfer(const Taint *t, uint32_t i, const uint64_t *in, uint64_t *out, bool surely) {
    const Instr *instr = &t->program->code[t->thread->first_instr + i];
    uint32_t flags = program_op_flags[instr->op];
    memcpy(out, in, (size_t)t->registers * t->words * sizeof *out);
    if (instr->op == OP_ARRAY_SET) { /* each element may have been the one */
        for (Operand k = 0; k < instr->d; k++) merge_operand(t, in, &out[(size_t)(instr->b + k) * t->words], instr->a, surely);
        return;
    }
    if (instr->result != NO_OPERAND) memset(&out[(size_t)instr->result * t->words], 0, t->words * sizeof *out);
    if ((flags & OPF_DEF_D) && instr->d >= 0) memset(&out[(size_t)instr->d * t->words], 0, t->words * sizeof *out);
    if (!(flags & OPF_DEF_A) || instr->a < 0) return;
    uint64_t *set = &out[(size_t)instr->a * t->words];
    memset(set, 0, t->words * sizeof *set);
    if (flags & OPF_LOCAL) {
        if (flags & OPF_USE_B) copy_operand(t, in, set, instr->b);
        if (flags & OPF_USE_C) {
            if (instr->op == OP_ARRAY_GET) {
                copy_operand(t, in, set, instr->b);
                for (Operand k = 1; k < instr->d; k++) merge_operand(t, in, set, instr->b + k, surely);
            }
            copy_operand(t, in, set, instr->c);
        }
    } else if (instr->op == OP_CHOOSE) { /* one of the operands */
        copy_operand(t, in, set, t->program->lists[instr->b]);
        for (Operand k = 1; k < instr->c; k++) merge_operand(t, in, set, t->program->lists[instr->b + k], surely);
    } else if (flags & OPF_READS) {
        int32_t g = t->group_of[i];
        if (g >= 0) set[g / 64] |= UINT64_C(1) << (g % 64);
        if (instr->c != NO_OPERAND) copy_operand(t, in, set, instr->c); /* a value found through an index comes from the index, too */
    }
}

static void solve_forward(Taint *t) {
    uint32_t n = t->thread->instr_count;
    size_t row = (size_t)t->registers * t->words;
    uint64_t *out = ARENA_ARRAY(t->arena, uint64_t, row);
    memset(t->must, 0xff, (size_t)n * row * sizeof *t->must); /* unreached: everything */
    memset(t->must, 0, row * sizeof *t->must);
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t count = flow_successors(t->program, t->thread->first_instr + i, t->next);
            transfer(t, i, set_at(t, t->may, i, 0), out, false);
            for (uint32_t s = 0; s < count; s++) changed |= flow_into(t, out, t->may, t->next[s] - t->thread->first_instr, false);
            transfer(t, i, set_at(t, t->must, i, 0), out, true);
            for (uint32_t s = 0; s < count; s++) changed |= flow_into(t, out, t->must, t->next[s] - t->thread->first_instr, true);
        }
    }
}

static void demand_operand(const Taint *t, uint64_t *in, Operand operand, const uint64_t *set) {
    if (operand < 0) return;
    for (uint32_t w = 0; w < t->words; w++) in[(size_t)operand * t->words + w] |= set[w];
}

static void solve_backward(Taint *t) {
    uint32_t n = t->thread->instr_count;
    size_t row = (size_t)t->registers * t->words;
    uint64_t *in = ARENA_ARRAY(t->arena, uint64_t, row), *set = ARENA_ARRAY(t->arena, uint64_t, t->words);
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t i = n; i-- > 0;) {
            const Instr *instr = &t->program->code[t->thread->first_instr + i];
            uint32_t flags = program_op_flags[instr->op];
            uint32_t count = flow_successors(t->program, t->thread->first_instr + i, t->next);
            memset(in, 0, row * sizeof *in);
            for (uint32_t s = 0; s < count; s++) {
                const uint64_t *after = set_at(t, t->demand, t->next[s] - t->thread->first_instr, 0);
                for (size_t w = 0; w < row; w++) in[w] |= after[w];
            }
            if (instr->op == OP_STORE && t->group_of[i] >= 0 && instr->a >= 0)
                in[(size_t)instr->a * t->words + (size_t)(t->group_of[i] / 64)] |= UINT64_C(1) << (t->group_of[i] % 64);
            if (instr->op == OP_ARRAY_SET) {
                for (Operand k = 0; k < instr->d; k++) demand_operand(t, in, instr->a, &in[(size_t)(instr->b + k) * t->words]);
            } else if ((flags & OPF_DEF_A) && instr->a >= 0) {
                memcpy(set, &in[(size_t)instr->a * t->words], t->words * sizeof *set);
                if (!(instr->flags & INSTR_TRY)) memset(&in[(size_t)instr->a * t->words], 0, t->words * sizeof *set);
                if (flags & OPF_LOCAL) {
                    if (flags & OPF_USE_B) demand_operand(t, in, instr->b, set);
                    if (instr->op == OP_ARRAY_GET)
                        for (Operand k = 0; k < instr->d; k++) demand_operand(t, in, instr->b + k, set);
                    if (flags & OPF_USE_C) demand_operand(t, in, instr->c, set);
                } else if (instr->op == OP_CHOOSE) {
                    for (Operand k = 0; k < instr->c; k++) demand_operand(t, in, t->program->lists[instr->b + k], set);
                } else if ((flags & OPF_READS) && instr->c != NO_OPERAND) {
                    demand_operand(t, in, instr->c, set);
                }
            }
            if (memcmp(in, set_at(t, t->demand, i, 0), row * sizeof *in) != 0) {
                memcpy(set_at(t, t->demand, i, 0), in, row * sizeof *in);
                changed = true;
            }
        }
    }
}

/* Groups that matter at each point, and whether the registers' tokens must be tracked at run time. */
static void judge(Taint *t) {
    ThreadCode *thread = t->thread;
    for (uint32_t p = 1; p <= thread->point_count; p++) {
        uint32_t i = thread->points[p].instr - thread->first_instr;
        for (uint32_t r = 0; r < t->registers; r++)
            for (uint32_t g = 0; g < t->groups.count; g++)
                if (set_at(t, t->may, i, r)[g / 64] & set_at(t, t->demand, i, r)[g / 64] & UINT64_C(1) << (g % 64)) t->groups.items[g].is_needed = true;
    }
    for (uint32_t i = 0; i < thread->instr_count; i++) {
        const Instr *instr = &t->program->code[thread->first_instr + i];
        int32_t g = t->group_of[i];
        if (!is_store(instr) || g < 0 || instr->a < 0 || !t->groups.items[g].is_needed) continue;
        uint64_t bit = UINT64_C(1) << (g % 64);
        bool may = set_at(t, t->may, i, (uint32_t)instr->a)[g / 64] & bit, must = set_at(t, t->must, i, (uint32_t)instr->a)[g / 64] & bit;
        if (may && (!must || t->groups.items[g].is_dynamic)) thread->tracks_taint = true;
    }
    for (uint32_t g = 0; g < t->groups.count; g++) {
        Group *group = &t->groups.items[g];
        if (!group->is_needed) continue;
        group->token = thread->token_count;
        thread->token_count += group->count;
    }
}

static void publish(Taint *t) {
    ThreadCode *thread = t->thread;
    thread->token_words = (thread->token_count + 63) / 64;
    thread->tokens = ARENA_ARRAY(t->arena, Token, thread->token_count + 1);
    for (uint32_t g = 0; g < t->groups.count; g++) {
        const Group *group = &t->groups.items[g];
        for (uint32_t k = 0; group->is_needed && k < group->count; k++) thread->tokens[group->token + k].object = group->object + k;
    }
    for (uint32_t i = 0; i < thread->instr_count; i++) {
        Instr *instr = &t->program->code[thread->first_instr + i];
        int32_t g = t->group_of[i];
        if (g < 0 || !t->groups.items[g].is_needed) continue;
        const Group *group = &t->groups.items[g];
        instr->token = (int32_t)(group->token + ((ObjectId)instr->b - group->object));
        if (is_store(instr) && instr->a >= 0)
            instr->stale = set_at(t, t->must, i, (uint32_t)instr->a)[g / 64] >> (g % 64) & 1;
    }
    for (uint32_t p = 0; p <= thread->point_count; p++) {
        Point *point = &thread->points[p];
        point->watched = ARENA_ARRAY(t->arena, uint64_t, thread->token_words);
        if (p == 0) continue;
        uint32_t i = point->instr - thread->first_instr;
        point->carriers = ARENA_ARRAY(t->arena, uint32_t, t->registers);
        for (uint32_t r = 0; r < t->registers; r++) {
            bool carries = false;
            for (uint32_t g = 0; g < t->groups.count; g++) {
                const Group *group = &t->groups.items[g];
                if (!group->is_needed || !(set_at(t, t->may, i, r)[g / 64] & set_at(t, t->demand, i, r)[g / 64] & UINT64_C(1) << (g % 64))) continue;
                carries = true;
                for (uint32_t k = group->token; k < group->token + group->count; k++) point->watched[k / 64] |= UINT64_C(1) << (k % 64);
            }
            if (carries) point->carriers[point->carrier_count++] = r;
        }
    }
}

void program_find_tokens(Arena *arena, Program *program, ThreadCode *thread) {
    Taint t = {.arena = arena, .program = program, .thread = thread, .registers = thread->register_count ? thread->register_count : 1};
    find_groups(&t);
    if (t.groups.count == 0) return;
    t.words = (t.groups.count + 63) / 64;
    size_t size = (size_t)thread->instr_count * t.registers * t.words;
    t.may = ARENA_ARRAY(arena, uint64_t, size);
    t.must = ARENA_ARRAY(arena, uint64_t, size);
    t.demand = ARENA_ARRAY(arena, uint64_t, size);
    t.next = ARENA_ARRAY(arena, uint32_t, flow_max_successors(program, thread) + 2);
    t.group_of = ARENA_ARRAY(arena, int32_t, thread->instr_count);
    for (uint32_t i = 0; i < thread->instr_count; i++) t.group_of[i] = group_of(&t, &program->code[thread->first_instr + i]);
    solve_forward(&t);
    solve_backward(&t);
    judge(&t);
    publish(&t);
}
