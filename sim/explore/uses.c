#include "explore/uses_tables.h"

#include <string.h>

#include "base/memory.h"
#include "program/flow.h"

/* ------------------------------------------------------------------- gathering */

#define GROW(uses, items, count, room)                                                                                 \
    ((count) < (room) || grow(uses, (void **)&(items), &(room), sizeof *(items)))

static bool grow(Uses *u, void **items, uint32_t *room, size_t size)
{
    uint32_t wanted = *room == 0 ? 64 : *room * 2;
    void *larger = mem_resize(*items, wanted, size);
    if (larger == NULL) {
        u->failed = true;
        return false;
    }
    *items = larger;
    *room = wanted;
    return true;
}

/* Adds a use to the last kind. */
static void add_use(Uses *u, uint32_t place, uint16_t manners)
{
    Kind *kind = &u->kinds[u->kind_count - 1];
    for (uint32_t i = 0; i < kind->use_count; i++)
        if (u->uses[kind->first_use + i].place == place) {
            u->uses[kind->first_use + i].manners |= manners;
            return;
        }
    if (!GROW(u, u->uses, u->use_count, u->use_room))
        return;
    u->uses[u->use_count++] = (Use){place, manners};
    kind->use_count++;
}

static void add_objects(Uses *u, ObjectId first, uint32_t count, uint16_t manners)
{
    const Object *object = &u->program->objects[first];
    if (object->kind == SYMBOL_QUEUE && object->symbol->capacity == 0)
        add_use(u, u->meeting, USE_WRITE);
    for (ObjectId o = first; o < first + count; o++) {
        add_use(u, o, manners);
        if (u->watched[o] && (manners & ~(USE_READ | USE_WAIT)) != 0)
            add_use(u, u->watching, USE_WRITE);
    }
}

static uint16_t manners_of(const Uses *u, const Instr *instr, bool is_part)
{
    const Symbol *symbol = u->program->objects[instr->b].symbol;
    if (instr->op == OP_LOAD || instr->op == OP_LENGTH || instr->op == OP_CLOSED)
        return USE_READ;
    if (is_part || (instr->flags & (INSTR_TRY | INSTR_ARM)) != 0)
        return USE_WRITE;
    switch (instr->op) {
    case OP_LOCK: return USE_LOCK;
    case OP_RDLOCK: return USE_SHARE;
    case OP_WRLOCK: return symbol->writers_first ? USE_WRITE : USE_LOCK;
    case OP_UNLOCK: return USE_GIVE;
    case OP_RW_UNLOCK: return USE_GIVE;
    case OP_ACQUIRE: return USE_TAKE;
    case OP_RELEASE: return symbol->maximum >= 0 ? USE_WRITE : USE_ADD;
    case OP_CONDITION_WAIT: return USE_SLEEP;
    case OP_CONDITION_SLEEP: return u->program->spurious ? USE_WRITE : USE_WAIT; /* woken by others' steps alone */
    case OP_BARRIER_WAIT: return USE_WAIT;
    case OP_EVENT_SET: return USE_SET;
    case OP_EVENT_CLEAR: return USE_CLEAR;
    case OP_EVENT_WAIT: return USE_WAIT;
    case OP_WAITGROUP_WAIT: return USE_READ;
    case OP_PUT: return symbol->capacity == 0 ? USE_WRITE : USE_PUT;
    case OP_GET: return symbol->capacity == 0 ? USE_WRITE : USE_GET;
    case OP_CLOSE: return symbol->capacity == 0 ? USE_WRITE : USE_CLOSE;
    default: return USE_WRITE;
    }
}

static uint32_t length_of(const Uses *u, Operand base, Operand index)
{
    const Object *object = &u->program->objects[base];
    return index == NO_OPERAND ? 1 : object->symbol->length - object->element;
}

/* All objects base[index] may be, or element `element` of them. */
static void add_indexed(Uses *u, Operand base, Operand index, uint32_t element, uint16_t manners)
{
    uint32_t length = length_of(u, base, index);
    if (index != NO_OPERAND && index < 0) { /* outside: an error that touches nothing */
        int64_t value = u->program->constants[~index];
        if (value < 0 || value >= (int64_t)length)
            return;
        element = (uint32_t)value;
    }
    if (element == NO_ID)
        add_objects(u, (ObjectId)base, length, manners);
    else
        add_objects(u, (ObjectId)base + element, 1, manners);
}

/* A plain join waits for ends, anything else asks whether there was one. */
static void add_joined(Uses *u, const Instr *instr, bool is_part)
{
    bool asks = is_part || (instr->flags & (INSTR_TRY | INSTR_ARM)) != 0;
    ThreadId first = (ThreadId)instr->b, count = (ThreadId)instr->c;
    if (instr->op == OP_JOIN_HANDLE) { /* whose handle it is, only the machine knows: any */
        first = u->program->declared_count;
        count = u->program->thread_count - first;
        add_use(u, u->handles, USE_WRITE);
    }
    for (ThreadId t = first; t < first + count && t < u->program->thread_count; t++)
        add_use(u, u->first_end + t, asks ? USE_READ : USE_WAIT);
}

static void add_instr(Uses *u, const Instr *instr, bool is_part, uint32_t element)
{
    uint32_t flags = program_op_flags[instr->op];
    Kind *kind = &u->kinds[u->kind_count - 1];
    if ((flags & OPF_LOCAL) != 0) {
        /* an `assume` decides what all others' steps count for */
        kind->stops |= instr->op == OP_ASSUME;
        return;
    }
    switch (instr->op) {
    case OP_CONDITION_WAIT: add_indexed(u, instr->d, instr->e, NO_ID, is_part ? USE_WRITE : USE_GIVE); break;
    case OP_CONDITION_SLEEP: /* who wakes unasked takes the mutex in the same step */
        if (u->program->spurious)
            add_indexed(u, instr->d, instr->e, NO_ID, is_part ? USE_WRITE : USE_LOCK);
        break;
    case OP_CONDITION_WAKE: add_indexed(u, instr->d, instr->e, NO_ID, is_part ? USE_WRITE : USE_LOCK); return;
    case OP_DESTROY: kind->stops = true; break;
    case OP_SPAWN:
        add_use(u, u->spawning, USE_WRITE);
        add_use(u, u->meeting, USE_WRITE);
        return;
    case OP_BARRIER_ARRIVE:
    case OP_BARRIER_WAIT: add_use(u, u->meeting, USE_WRITE); break; /* others go on, and come to stand somewhere */
    case OP_JOIN:
    case OP_JOIN_HANDLE: add_joined(u, instr, is_part); return;
    case OP_PRINT:
        if (u->program->outcome_has_output)
            add_use(u, u->output, USE_WRITE);
        return;
    case OP_SEND: /* whether the receiver has ended matters, too */
        for (uint32_t k = 0; k < u->program->objects[instr->b].symbol->length; k++)
            if ((ThreadId)instr->d + k < u->program->thread_count)
                add_use(u, u->first_end + (ThreadId)instr->d + k, USE_READ);
        break;
    case OP_PUBLISH:
    case OP_TOPIC_CLOSE: add_objects(u, (ObjectId)instr->b, (uint32_t)instr->d, USE_WRITE); return;
    case OP_SLEEP: /* without a clock: steps without effect */
    case OP_IO:
    case OP_COMPUTE:
    case OP_CHOOSE:
    case OP_CHOOSE_RANGE:
    case OP_YIELD:
    case OP_SKIP:
    case OP_FENCE:
    case OP_REGION:
    case OP_AWAIT:
    case OP_SELECT: return;
    default:
        if ((flags & OPF_OBJECT) == 0) { /* unknown here */
            kind->stops = true;
            return;
        }
    }
    add_indexed(u, instr->b, instr->c, element, manners_of(u, instr, is_part));
}

/* ------------------------------------------------------------------ through a step */

static bool add_next(Uses *u, uint32_t point)
{
    if (!GROW(u, u->nexts, u->next_count, u->next_room))
        return false;
    u->nexts[u->next_count++] = point;
    return true;
}

/* A thread that comes to stand at a queue without room, or at a select, changes what others can do. */
static void add_arrival(Uses *u, uint32_t address)
{
    uint16_t op = u->program->code[address].op;
    if (u->has_rendezvous && (op == OP_PUT || op == OP_GET || op == OP_SELECT || op == OP_REGION))
        add_use(u, u->meeting, USE_WRITE);
}

/* Everything from `start` on that control reaches ahead of another point: its uses go to the last kind, the points
 * behind it to the list of nexts. `is_point`: the thread stands there; otherwise it is only about to be born. */
static void walk_step(Uses *u, ThreadId t, uint32_t start, bool is_point, uint32_t element, bool with_nexts)
{
    const Program *program = u->program;
    const ThreadCode *code = &program->threads[t];
    memset(u->seen, 0, code->instr_count * sizeof *u->seen);
    uint32_t pending = 0;
    u->seen[start - code->first_instr] = true;
    u->work[pending++] = start;
    const Instr *first = &program->code[start];
    bool is_composite =
        is_point && (first->op == OP_REGION || first->op == OP_AWAIT || first->op == OP_SELECT);
    while (pending > 0 && !u->failed) {
        uint32_t at = u->work[--pending];
        const Instr *instr = &program->code[at];
        bool is_same = is_point && instr->op == OP_REGION && first->op == OP_REGION && instr->a == 0 &&
                       instr->b == first->b; /* of the same statement */
        if ((instr->flags & INSTR_STEP) != 0 && !is_same && !(is_point && at == start)) {
            add_arrival(u, at);
            if (with_nexts)
                add_next(u, u->first_point[t] + instr->point);
            continue;
        }
        add_instr(u, instr, is_composite, at == start ? element : NO_ID);
        if (instr->op == OP_END) {
            add_use(u, u->first_end + t, USE_SET);
            if (u->watches_ends && !code->is_daemon)
                add_use(u, u->watching, USE_WRITE);
        }
        uint32_t count = flow_successors(program, at, u->next);
        if (instr->op == OP_AWAIT)
            u->next[count++] = (uint32_t)instr->b + 1;
        for (uint32_t k = 0; k < count; k++) {
            uint32_t offset = u->next[k] - code->first_instr;
            if (offset >= code->instr_count || u->seen[offset])
                continue;
            u->seen[offset] = true;
            u->work[pending++] = u->next[k];
        }
    }
}

/* The points at which a thread of a function may stand first, behind a step that spawns it. */
static void add_born(Uses *u, const Instr *spawn)
{
    const Function *function = &u->program->functions[spawn->b];
    for (uint32_t s = 0; s < function->slot_count; s++) {
        ThreadId t = function->first_slot + s;
        walk_step(u, t, u->program->threads[t].entry, false, NO_ID, true);
    }
}

static bool add_kind(Uses *u, ThreadId t, uint32_t point, uint32_t element, bool with_nexts)
{
    if (!GROW(u, u->kinds, u->kind_count, u->kind_room))
        return false;
    u->kinds[u->kind_count++] =
        (Kind){.first_use = u->use_count, .point = u->first_point[t] + point, .is_seen = element == NO_ID};
    if (u->watched_threads[t])
        add_use(u, u->watching, USE_WRITE);
    uint32_t start = u->program->threads[t].points[point].instr;
    walk_step(u, t, start, true, element, with_nexts);
    for (uint32_t i = 0; i < u->program->threads[t].instr_count; i++) {
        const Instr *instr = &u->program->code[u->program->threads[t].first_instr + i];
        /* a spawn is a point of its own, or stands in a block: then anywhere in its code will do */
        bool is_here = instr->op == OP_SPAWN && (u->program->code[start].op == OP_SPAWN
                                                     ? u->program->threads[t].first_instr + i == start
                                                     : u->program->code[start].op == OP_REGION);
        if (is_here && with_nexts)
            add_born(u, instr);
    }
    return !u->failed;
}

static bool add_point(Uses *u, ThreadId t, uint32_t point)
{
    PointUses *here = &u->points[u->first_point[t] + point];
    const Instr *instr = &u->program->code[u->program->threads[t].points[point].instr];
    bool is_indexed = (program_op_flags[instr->op] & OPF_OBJECT) != 0 && instr->c != NO_OPERAND && instr->c >= 0;
    *here = (PointUses){.first_kind = u->kind_count,
                        .kind_count = is_indexed ? length_of(u, instr->b, instr->c) : 1,
                        .index = is_indexed ? instr->c : -1,
                        .first_next = u->next_count};
    for (uint32_t e = 0; e < here->kind_count; e++)
        if (!add_kind(u, t, point, is_indexed ? e : NO_ID, e == 0))
            return false;
    here->next_count = u->next_count - here->first_next;
    return true;
}

/* ----------------------------------------------------------------------- life */

static void watch(Uses *u, const Property *properties, uint32_t count)
{
    const Program *program = u->program;
    for (uint32_t p = 0; p < count; p++)
        for (uint32_t i = properties[p].first_instr; i < properties[p].end_instr; i++) {
            const Instr *instr = &program->code[i];
            if (instr->op == OP_MEMBER)
                u->watched_threads[instr->b] = true;
            if ((program_op_flags[instr->op] & OPF_OBJECT) == 0)
                continue;
            uint32_t length = length_of(u, instr->b, instr->c);
            for (uint32_t k = 0; k < length; k++)
                u->watched[(uint32_t)instr->b + k] = true;
        }
}

static bool prepare(Uses *u)
{
    const Program *program = u->program;
    u->output = program->object_count;
    u->spawning = u->output + 1;
    u->handles = u->spawning + 1;
    u->meeting = u->handles + 1;
    u->watching = u->meeting + 1;
    u->first_end = u->watching + 1;
    u->place_count = u->first_end + program->thread_count;
    u->watched = mem_alloc(program->object_count + 1, sizeof *u->watched);
    u->watched_threads = mem_alloc(program->thread_count + 1, sizeof *u->watched_threads);
    u->first_point = mem_alloc(program->thread_count + 1, sizeof *u->first_point);
    if (u->watched == NULL || u->watched_threads == NULL || u->first_point == NULL)
        return false;
    bool has_daemon = false;
    uint32_t most_instrs = 1, most_nexts = 2;
    for (ThreadId t = 0; t < program->thread_count; t++) {
        const ThreadCode *code = &program->threads[t];
        u->first_point[t] = u->point_count;
        u->point_count += code->point_count + 2; /* ended, and unborn */
        has_daemon |= code->is_daemon;
        most_instrs = code->instr_count > most_instrs ? code->instr_count : most_instrs;
        uint32_t nexts = flow_max_successors(program, code) + 2;
        most_nexts = nexts > most_nexts ? nexts : most_nexts;
    }
    for (ObjectId o = 0; o < program->object_count; o++)
        u->has_rendezvous |= program->objects[o].kind == SYMBOL_QUEUE && program->objects[o].symbol->capacity == 0;
    watch(u, program->always, program->always_count);
    if (has_daemon && program->finally_count > 0) {
        u->watches_ends = true;
        watch(u, program->finally, program->finally_count);
    }
    u->seen = mem_alloc(most_instrs, sizeof *u->seen);
    u->work = mem_alloc(most_instrs + 1, sizeof *u->work);
    u->next = mem_alloc(most_nexts, sizeof *u->next);
    u->points = mem_alloc(u->point_count, sizeof *u->points);
    return u->seen != NULL && u->work != NULL && u->next != NULL && u->points != NULL;
}

/* What makes steps depend on each other that touch nothing in common. */
static bool covers(const Program *program)
{
    bool covers = program->thread_count <= USES_THREADS_MAX && !program->has_clock && !program->has_gil &&
                  !program->has_domains && program->cores == 0;
    for (ObjectId o = 0; o < program->object_count && covers; o++) {
        const Symbol *symbol = program->objects[o].symbol;
        covers = program->objects[o].kind != SYMBOL_QUEUE || !(symbol->is_acknowledged || symbol->is_lossy ||
                                                               symbol->is_duplicating || symbol->is_reordering);
    }
    for (uint32_t i = 0; i < program->code_count && covers; i++)
        covers = program->code[i].op != OP_SPAWN || program->code[i].e != SPAWN_FORK;
    return covers;
}

Uses *uses_new(const Program *program, bool *is_unfit)
{
    *is_unfit = !covers(program);
    Uses *u = *is_unfit ? NULL : mem_alloc(1, sizeof *u);
    if (u == NULL)
        return NULL;
    u->program = program;
    bool fits = prepare(u);
    for (ThreadId t = 0; t < program->thread_count && fits; t++)
        for (uint32_t p = 1; p <= program->threads[t].point_count && fits; p++)
            fits = add_point(u, t, p);
    fits = fits && !u->failed && uses_make_tables(u, is_unfit);
    if (!fits) {
        uses_free(u);
        return NULL;
    }
    uses_fill_tables(u);
    return u;
}

void uses_free(Uses *u)
{
    if (u == NULL)
        return;
    mem_free(u->watched);
    mem_free(u->watched_threads);
    mem_free(u->first_point);
    mem_free(u->points);
    mem_free(u->nexts);
    mem_free(u->kinds);
    mem_free(u->uses);
    mem_free(u->futures);
    mem_free(u->future_stops);
    mem_free(u->meeting_at);
    mem_free(u->enabling_at);
    mem_free(u->seen);
    mem_free(u->work);
    mem_free(u->next);
    mem_free(u);
}

/* -------------------------------------------------------------------- answers */

StepKind uses_kind(const Uses *u, const Machine *machine, const Word *state, ThreadId thread, uint32_t point)
{
    const PointUses *here = &u->points[u->first_point[thread] + point];
    if (here->index < 0)
        return here->first_kind;
    int64_t element = machine_register(machine, state, thread, here->index);
    /* outside: an error that touches nothing, so any element will do */
    return here->first_kind + (element >= 0 && element < (int64_t)here->kind_count ? (uint32_t)element : 0);
}

bool uses_add_stop(Uses *u, ThreadId thread, uint32_t point)
{
    const PointUses *here = &u->points[u->first_point[thread] + point];
    if (u->kinds[here->first_kind].stops)
        return false;
    for (uint32_t k = 0; k < here->kind_count; k++)
        u->kinds[here->first_kind + k].stops = true;
    u->is_stale = true;
    return true;
}

bool uses_see(Uses *u, StepKind kind)
{
    if (u->kinds[kind].is_seen)
        return false;
    u->kinds[kind].is_seen = true;
    u->is_stale = true;
    return true;
}

StepKind uses_alike(const Uses *u, StepKind kind, ThreadId from, ThreadId to, uint32_t point)
{
    return kind - u->points[u->first_point[from] + point].first_kind + u->points[u->first_point[to] + point].first_kind;
}
