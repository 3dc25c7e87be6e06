#include "machine/symmetry.h"

#include <string.h>

#include "machine/state.h"

typedef struct Family {
    ThreadId first;
    uint32_t count;
} Family;

/* A place in which an owner is written: `base` + thread. */
typedef struct Owner {
    FieldId field;
    int64_t base;
} Owner;

struct Symmetry {
    const Machine *machine;
    Family *families;
    uint32_t family_count;
    FieldId *blocks;       /* of all threads: their own fields; `width` each, NO_ID where there are fewer */
    uint32_t width;
    Owner *owners;
    uint32_t owner_count;
    /* scratch, for one family */
    int64_t *values;       /* of its threads: own fields, then for each owner whether it is one */
    uint32_t *order;
    ThreadId *place;       /* by thread: where it goes */
};

/* ------------------------------------------------------------------- who is alike */

static bool same_operand(const Program *program, Operand a, Operand b)
{
    return a == b || (a < 0 && b < 0 && a != NO_OPERAND && b != NO_OPERAND &&
                      program->constants[~a] == program->constants[~b]);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_print(const Program *program, const Instr *a, const Instr *b)
{
    if (a->b != b->b)
        return false;
    for (Operand k = 0; k < a->b; k++) {
        const PrintPart *x = &program->parts[a->a + k], *y = &program->parts[b->a + k];
        if (!same_text(x->text, y->text) || (x->text == NULL && !same_operand(program, x->value, y->value)))
            return false;
    }
    return true;
}

static bool same_list(const Program *program, Operand a, Operand b, Operand count, bool are_addresses, Operand shift)
{
    for (Operand k = 0; k < count; k++) {
        Operand x = program->lists[a + k], y = program->lists[b + k];
        if (are_addresses ? x + shift != y : !same_operand(program, x, y))
            return false;
    }
    return true;
}

/* Code addresses differ by `shift`. */
static bool same_instr(const Program *program, const Instr *a, const Instr *b, Operand shift)
{
    if (a->op != b->op || a->flags != b->flags || a->result != b->result || a->point != b->point)
        return false;
    switch (a->op) {
    case OP_PRINT: return same_print(program, a, b);
    case OP_SELECT:
        return a->a == b->a && same_list(program, a->b, b->b, a->a, true, shift) &&
               (a->c == NO_OPERAND ? b->c == NO_OPERAND : a->c + shift == b->c);
    case OP_CHOOSE:
        return a->a == b->a && a->c == b->c && same_list(program, a->b, b->b, a->c, false, 0);
    case OP_REGION:
        /* statements are numbered over all threads */
        return a->a == b->a && (a->a == 0 || a->b + shift == b->b);
    case OP_AWAIT: return a->b + shift == b->b;
    case OP_ASSERT:
        return a->a == b->a && (a->b == NO_OPERAND ? b->b == NO_OPERAND
                                                   : b->b != NO_OPERAND &&
                                                         same_text(program->texts[a->b], program->texts[b->b]));
    case OP_ERROR: return same_text(program->texts[a->b], program->texts[b->b]);
    case OP_JUMP:
    case OP_JUMP_ZERO:
    case OP_JUMP_NONZERO: return same_operand(program, a->a, b->a) && a->b + shift == b->b;
    case OP_ONCE_ENTER: return a->b == b->b && same_operand(program, a->c, b->c) && a->d + shift == b->d;
    case OP_SPAWN:
    case OP_JOIN:
    case OP_JOIN_HANDLE:
    case OP_MEMBER: return false; /* these name threads */
    default:
        return same_operand(program, a->a, b->a) && same_operand(program, a->b, b->b) &&
               same_operand(program, a->c, b->c) && same_operand(program, a->d, b->d) &&
               same_operand(program, a->e, b->e);
    }
}

static bool same_code(const Program *program, const ThreadCode *a, const ThreadCode *b)
{
    if (a->symbol != b->symbol || a->is_spawned || b->is_spawned || a->instr_count != b->instr_count ||
        a->point_count != b->point_count || a->token_count != b->token_count || a->tracks_taint != b->tracks_taint)
        return false;
    Operand shift = (Operand)b->first_instr - (Operand)a->first_instr;
    for (uint32_t i = 0; i < a->instr_count; i++)
        if (!same_instr(program, &program->code[a->first_instr + i], &program->code[b->first_instr + i], shift))
            return false;
    for (uint32_t k = 0; k < a->token_count; k++)
        if (a->tokens[k].object != b->tokens[k].object)
            return false;
    return true;
}

/* Does anything but the family's own code name one of its threads? Mailboxes and the queues of subscribers do: their items are
 * no part of a block, and whether an actor has ended is seen by whoever sends. */
static bool is_named(const Program *program, Family family)
{
    for (ObjectId o = 0; o < program->object_count; o++) {
        const Object *object = &program->objects[o];
        if (object->kind == SYMBOL_QUEUE && object->owner >= family.first &&
            object->owner < family.first + family.count) /* NO_ID is greater */
            return true;
    }
    for (uint32_t i = 0; i < program->code_count; i++) {
        const Instr *instr = &program->code[i];
        ThreadId named = (ThreadId)instr->b;
        if (instr->op == OP_MEMBER && named >= family.first && named < family.first + family.count)
            return true;
        if (instr->op != OP_JOIN)
            continue;
        bool is_all = instr->d == NO_OPERAND && named == family.first && instr->c == (Operand)family.count;
        bool is_apart = named >= family.first + family.count || named + (ThreadId)instr->c <= family.first;
        if (!is_all && !is_apart)
            return true;
    }
    return false;
}

/* Results in the order of threads have numbers that an exchange would change. */
static bool numbers_threads(const Program *program)
{
    for (uint32_t i = 0; i < program->code_count; i++) {
        const Instr *instr = &program->code[i];
        bool is_queue = instr->op == OP_PUT || instr->op == OP_GET;
        if (instr->op == OP_SIGNAL || (is_queue && program->objects[instr->b].symbol->capacity == 0))
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------------- what a block is */

static uint32_t list_block(const Machine *m, ThreadId t, FieldId *out)
{
    const ThreadLayout *layout = &m->threads[t];
    uint32_t count = 0;
#define ADD(id)                                                                                                        \
    do {                                                                                                               \
        if (out != NULL)                                                                                               \
            out[count] = (id);                                                                                         \
        count++;                                                                                                       \
    } while (0)
    ADD(layout->pc);
    for (uint32_t s = 0; s < layout->slot_count; s++)
        ADD(layout->first_slot + s);
    for (uint32_t c = 0; c < layout->chunk_count; c++)
        ADD(layout->overtaken + c);
    for (uint32_t p = 0; p <= m->program->threads[t].point_count; p++)
        for (uint32_t k = 0; k < layout->points[p].carrier_count; k++)
            for (uint32_t c = 0; c < layout->chunk_count; c++)
                ADD(layout->points[p].carriers[k].field + c); /* some of them more than once */
    for (ObjectId o = 0; o < m->program->object_count; o++)
        for (uint32_t r = 0; r < m->objects[o].reader_count; r++)
            if (m->objects[o].readers[r] == t)
                ADD(m->objects[o].first_item + r);
#undef ADD
    return count;
}

static bool list_owners(Symmetry *s)
{
    const Machine *m = s->machine;
    s->owners = mem_alloc(m->program->object_count + 1, sizeof *s->owners);
    if (s->owners == NULL)
        return false;
    for (ObjectId o = 0; o < m->program->object_count; o++) {
        SymbolKind kind = m->program->objects[o].kind;
        if (kind == SYMBOL_MUTEX || kind == SYMBOL_RWLOCK)
            s->owners[s->owner_count++] = (Owner){m->objects[o].value, 1};
        else if (kind == SYMBOL_ONCE)
            s->owners[s->owner_count++] = (Owner){m->objects[o].value, 2};
    }
    return true;
}

static bool list_families(Symmetry *s)
{
    const Program *program = s->machine->program;
    s->families = mem_alloc(program->thread_count + 1, sizeof *s->families);
    if (s->families == NULL)
        return false;
    if (numbers_threads(program))
        return true;
    for (ThreadId t = 0; t < program->thread_count;) {
        Family family = {t, 1};
        uint32_t width = list_block(s->machine, t, NULL);
        while (t + family.count < program->thread_count &&
               same_code(program, &program->threads[t], &program->threads[t + family.count]) &&
               list_block(s->machine, t + family.count, NULL) == width)
            family.count++;
        t += family.count;
        if (family.count > 1 && !is_named(program, family))
            s->families[s->family_count++] = family;
    }
    return true;
}

Symmetry *symmetry_new(const Machine *machine)
{
    Symmetry *s = mem_alloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->machine = machine;
    uint32_t threads = machine->program->thread_count;
    bool fits = list_families(s) && list_owners(s);
    for (ThreadId t = 0; t < threads; t++) {
        uint32_t width = list_block(machine, t, NULL);
        s->width = width > s->width ? width : s->width;
    }
    s->blocks = mem_alloc((size_t)threads * s->width + 1, sizeof *s->blocks);
    s->values = mem_alloc((size_t)threads * (s->width + s->owner_count) + 1, sizeof *s->values);
    s->order = mem_alloc(threads + 1, sizeof *s->order);
    s->place = mem_alloc(threads + 1, sizeof *s->place);
    if (!fits || s->blocks == NULL || s->values == NULL || s->order == NULL || s->place == NULL) {
        symmetry_free(s);
        return NULL;
    }
    for (size_t i = 0; i < (size_t)threads * s->width; i++)
        s->blocks[i] = NO_ID;
    for (ThreadId t = 0; t < threads; t++)
        list_block(machine, t, s->blocks + (size_t)t * s->width);
    return s;
}

void symmetry_free(Symmetry *s)
{
    if (s == NULL)
        return;
    mem_free(s->families);
    mem_free(s->blocks);
    mem_free(s->owners);
    mem_free(s->values);
    mem_free(s->order);
    mem_free(s->place);
    mem_free(s);
}

uint32_t symmetry_family_count(const Symmetry *s)
{
    return s->family_count;
}

ThreadId symmetry_family(const Symmetry *s, uint32_t family, uint32_t *count)
{
    *count = s->families[family].count;
    return s->families[family].first;
}

/* ------------------------------------------------------------------------- sorting */

static int64_t get(const Symmetry *s, const Word *state, FieldId id)
{
    return field_get(state, s->machine->fields[id]);
}

static void read_block(Symmetry *s, const Word *state, ThreadId t, int64_t *values)
{
    const FieldId *block = s->blocks + (size_t)t * s->width;
    for (uint32_t i = 0; i < s->width; i++)
        values[i] = block[i] == NO_ID ? 0 : get(s, state, block[i]);
    for (uint32_t k = 0; k < s->owner_count; k++)
        values[s->width + k] = get(s, state, s->owners[k].field) == (int64_t)t + s->owners[k].base;
}

static int compare(const Symmetry *s, uint32_t a, uint32_t b)
{
    uint32_t width = s->width + s->owner_count;
    const int64_t *x = s->values + (size_t)a * width, *y = s->values + (size_t)b * width;
    for (uint32_t i = 0; i < width; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* Can the values be exchanged? The ranges of fields widen together where they belong to one thread's registers only. */
static bool fits(const Symmetry *s, Family family)
{
    uint32_t width = s->width + s->owner_count;
    for (uint32_t i = 0; i < family.count; i++) {
        const FieldId *block = s->blocks + (size_t)(family.first + i) * s->width;
        for (uint32_t k = 0; k < s->width; k++)
            if (block[k] != NO_ID &&
                !field_fits(s->machine->fields[block[k]], s->values[(size_t)s->order[i] * width + k]))
                return false;
    }
    return true;
}

static bool sort_family(Symmetry *s, Word *state, Family family)
{
    uint32_t width = s->width + s->owner_count;
    bool moves = false;
    for (uint32_t i = 0; i < family.count; i++) {
        read_block(s, state, family.first + i, s->values + (size_t)i * width);
        uint32_t at = i;
        for (; at > 0 && compare(s, s->order[at - 1], i) > 0; at--)
            s->order[at] = s->order[at - 1];
        s->order[at] = i;
        moves |= at != i;
    }
    if (!moves || !fits(s, family))
        return false;
    for (uint32_t i = 0; i < family.count; i++) {
        const FieldId *block = s->blocks + (size_t)(family.first + i) * s->width;
        const int64_t *values = s->values + (size_t)s->order[i] * width;
        for (uint32_t k = 0; k < s->width; k++)
            if (block[k] != NO_ID)
                field_put(state, s->machine->fields[block[k]], values[k]);
        for (uint32_t k = 0; k < s->owner_count; k++)
            if (values[s->width + k] != 0)
                field_put(state, s->machine->fields[s->owners[k].field],
                          (int64_t)(family.first + i) + s->owners[k].base);
        s->place[family.first + s->order[i]] = family.first + i;
    }
    return true;
}

bool symmetry_sort(Symmetry *s, Word *state, ThreadId *moved)
{
    uint32_t threads = s->machine->program->thread_count;
    if (s->family_count == 0 || get(s, state, s->machine->stop) != 0)
        return false;
    bool moves = false;
    for (ThreadId t = 0; t < threads; t++)
        s->place[t] = t;
    for (uint32_t f = 0; f < s->family_count; f++)
        moves |= sort_family(s, state, s->families[f]);
    for (ThreadId t = 0; t < threads; t++)
        moved[s->place[t]] = t;
    return moves;
}
