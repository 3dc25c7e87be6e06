#include "explore/dependence.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "explore/footprint.h"

#ifdef SNARL_SMALL_TABLES
enum { FIRST_FOOTPRINTS = 2, TABLE_FOOTPRINTS = 16 };
#else
enum { FIRST_FOOTPRINTS = 256, TABLE_FOOTPRINTS = 2048 };
#endif

/* ------------------------------------------------------------------- interning */

static bool grow_prints(Dependence *d)
{
    uint32_t room = d->print_room == 0 ? FIRST_FOOTPRINTS : d->print_room * 2;
    Footprint *prints = mem_resize(d->prints, room, sizeof *prints);
    if (prints == NULL)
        return false;
    d->prints = prints;
    uint32_t *slots = mem_alloc((size_t)room * 2, sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t p = 0; p < d->print_count; p++) {
        uint32_t at = (uint32_t)d->prints[p].hash & (room * 2 - 1);
        while (slots[at] != 0)
            at = (at + 1) & (room * 2 - 1);
        slots[at] = p + 1;
    }
    mem_free(d->slots);
    d->slots = slots;
    d->print_room = room;
    if (room <= TABLE_FOOTPRINTS) { /* answers are found again by themselves */
        uint8_t *answers = mem_alloc((size_t)room * room, 1);
        if (answers == NULL)
            return false;
        mem_free(d->answers);
        d->answers = answers;
        d->answer_width = room;
    }
    return true;
}

static int compare_touches(const void *left, const void *right)
{
    const Touch *a = left, *b = right;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (a->manner != b->manner)
        return a->manner < b->manner ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* Few touches, nearly in order. */
static void sort_touches(Touch *touches, uint32_t count)
{
    if (count > 16) {
        qsort(touches, count, sizeof *touches, compare_touches);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        Touch touch = touches[i];
        uint32_t at = i;
        for (; at > 0 && compare_touches(&touches[at - 1], &touch) > 0; at--)
            touches[at] = touches[at - 1];
        touches[at] = touch;
    }
}

Status footprint_intern(Dependence *d, FootprintId *id)
{
    if (d->failed)
        return STATUS_NO_MEMORY;
    sort_touches(d->gathered, d->gathered_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < d->gathered_count; i++)
        if (count == 0 || compare_touches(&d->gathered[count - 1], &d->gathered[i]) != 0)
            d->gathered[count++] = d->gathered[i];
    uint64_t hash = XXH3_64bits_withSeed(d->gathered, count * sizeof *d->gathered, d->is_global);
    if (d->print_count == d->print_room && !grow_prints(d))
        return STATUS_NO_MEMORY;
    uint32_t mask = d->print_room * 2 - 1, at = (uint32_t)hash & mask;
    for (; d->slots[at] != 0; at = (at + 1) & mask) {
        const Footprint *print = &d->prints[d->slots[at] - 1];
        if (print->hash == hash && print->count == count && print->is_global == d->is_global &&
            memcmp(d->touches + print->first, d->gathered, count * sizeof *d->gathered) == 0) {
            *id = d->slots[at] - 1;
            return STATUS_OK;
        }
    }
    if (d->touch_count + count > d->touch_room) {
        uint32_t room = d->touch_room * 2 + count + 64;
        Touch *touches = mem_resize(d->touches, room, sizeof *touches);
        if (touches == NULL)
            return STATUS_NO_MEMORY;
        d->touches = touches;
        d->touch_room = room;
    }
    if (count > 0)
        memcpy(d->touches + d->touch_count, d->gathered, count * sizeof *d->gathered);
    d->prints[d->print_count] = (Footprint){hash, d->touch_count, count, d->is_global};
    d->touch_count += count;
    *id = d->print_count++;
    d->slots[at] = *id + 1;
    return STATUS_OK;
}

/* -------------------------------------------------------------------- conflict */

enum {
    R = 1 << TOUCH_READ,
    W = 1 << TOUCH_WRITE,
    A = 1 << TOUCH_ADD,
    S = 1 << TOUCH_SUB,
    P = 1 << TOUCH_PUT,
    G = 1 << TOUCH_GET,
    C = 1 << TOUCH_CLOSE,
    Q = 1 << TOUCH_ASK,
    U = 1 << TOUCH_GIVE
};
static const uint16_t conflicts[] = {
    [TOUCH_READ] = W | A | S | P | G | C | U,         [TOUCH_WRITE] = R | W | A | S | P | G | C | Q | U,
    [TOUCH_ADD] = R | W | S | P | G | C | Q | U,      [TOUCH_SUB] = R | W | A | P | G | C | Q | U,
    [TOUCH_PUT] = R | W | A | S | P | C | U,          [TOUCH_GET] = R | W | A | S | G | U,
    [TOUCH_CLOSE] = R | W | A | S | P | C | Q | U,    [TOUCH_ASK] = W | A | S | C | U,
    [TOUCH_GIVE] = R | W | A | S | P | G | C | Q | U,
};

static bool touches_conflict(const Dependence *d, const Touch *a, const Touch *b)
{
    if (conflicts[a->manner] >> b->manner & 1)
        return true;
    if (a->manner == TOUCH_GET && b->manner == TOUCH_PUT) {
        const Touch *put = b;
        b = a;
        a = put;
    }
    if (a->manner != TOUCH_PUT || b->manner != TOUCH_GET)
        return false;
    uint64_t capacity = (uint64_t)d->program->objects[a->place].symbol->capacity;
    return a->number == b->number || a->number == b->number + capacity;
}

static bool decide(const Dependence *d, const Footprint *a, const Footprint *b)
{
    if (a->is_global || b->is_global)
        return true;
    const Touch *x = d->touches + a->first, *x_end = x + a->count;
    const Touch *y = d->touches + b->first, *y_end = y + b->count;
    while (x < x_end && y < y_end) {
        if (x->place < y->place) {
            x++;
        } else if (x->place > y->place) {
            y++;
        } else {
            for (const Touch *z = y; z < y_end && z->place == x->place; z++)
                if (touches_conflict(d, x, z))
                    return true;
            x++;
        }
    }
    return false;
}

bool dependence_conflict(Dependence *d, FootprintId a, FootprintId b)
{
    enum { UNKNOWN, NO, YES };
    if (a >= d->answer_width || b >= d->answer_width)
        return decide(d, &d->prints[a], &d->prints[b]);
    uint8_t *answer = &d->answers[(size_t)a * d->answer_width + b];
    if (*answer == UNKNOWN)
        *answer = decide(d, &d->prints[a], &d->prints[b]) ? YES : NO;
    return *answer == YES;
}

bool dependence_only_frees(const Dependence *d, FootprintId unlock, FootprintId lock)
{
    const Footprint *a = &d->prints[unlock], *b = &d->prints[lock];
    if (a->is_global || b->is_global)
        return false;
    for (uint32_t i = 0, k = 0; i < a->count; i++) {
        const Touch *x = &d->touches[a->first + i];
        while (k < b->count && d->touches[b->first + k].place < x->place)
            k++;
        for (uint32_t j = k; j < b->count && d->touches[b->first + j].place == x->place; j++)
            if (touches_conflict(d, x, &d->touches[b->first + j]) &&
                (x->manner != TOUCH_GIVE || d->program->objects[x->place].kind != SYMBOL_MUTEX))
                return false;
    }
    return true;
}

ThreadId dependence_moved(const Dependence *d, const Touch *touch)
{
    bool is_thread = touch->place >= d->first_thread && touch->place < d->first_joined;
    return is_thread && touch->manner == TOUCH_WRITE ? touch->place - d->first_thread : NO_ID;
}

bool dependence_disables(Dependence *d, FootprintId step, FootprintId pending, uint16_t disablers)
{
    if (!dependence_conflict(d, step, pending)) /* known by heart, and mostly so */
        return false;
    const Footprint *a = &d->prints[step], *b = &d->prints[pending];
    if (a->is_global)
        return true;
    for (uint32_t i = 0, k = 0; i < a->count; i++) {
        const Touch *done = &d->touches[a->first + i];
        if ((disablers >> done->manner & 1) == 0)
            continue;
        while (k < b->count && d->touches[b->first + k].place < done->place)
            k++;
        if (k < b->count && d->touches[b->first + k].place == done->place &&
            touches_conflict(d, done, &d->touches[b->first + k]))
            return true;
    }
    return false;
}

uint32_t dependence_footprints(const Dependence *d)
{
    return d->print_count;
}

uint32_t dependence_touches(const Dependence *d, FootprintId id, const Touch **touches)
{
    *touches = d->touches + d->prints[id].first;
    return d->prints[id].count;
}

/* -------------------------------------------------------------------- life */

/* What the `always` properties look at. */
static bool find_watched(Dependence *d)
{
    const Program *program = d->program;
    d->watched = mem_alloc(program->object_count, sizeof *d->watched);
    d->watched_threads = mem_alloc(program->thread_count, sizeof *d->watched_threads);
    if (d->watched == NULL || d->watched_threads == NULL)
        return false;
    for (uint32_t p = 0; p < program->always_count; p++)
        for (uint32_t i = program->always[p].first_instr; i < program->always[p].end_instr; i++) {
            const Instr *instr = &program->code[i];
            if (instr->op == OP_MEMBER)
                d->watched_threads[instr->b] = true;
            if ((program_op_flags[instr->op] & OPF_OBJECT) == 0)
                continue;
            uint32_t count = instr->c == NO_OPERAND ? 1 : program->objects[instr->b].symbol->length;
            for (uint32_t k = 0; k < count; k++)
                d->watched[(uint32_t)instr->b + k] = true;
        }
    return true;
}

Dependence *dependence_new(Machine *machine)
{
    Dependence *d = mem_alloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    const Program *program = machine_program(machine);
    d->machine = machine;
    d->program = program;
    d->first_thread = program->object_count;
    d->first_joined = d->first_thread + program->thread_count;
    d->spawning = d->first_joined + program->thread_count;
    d->output = d->spawning + 1;
    d->watching = d->output + 1;
    d->queue_of = mem_alloc(program->object_count, sizeof *d->queue_of);
    d->points = mem_alloc(program->thread_count, sizeof *d->points);
    bool fits = d->queue_of != NULL && d->points != NULL && grow_prints(d) && find_watched(d);
    for (ObjectId o = 0; fits && o < program->object_count; o++) {
        d->queue_of[o] = NO_ID;
        if (program->objects[o].kind != SYMBOL_QUEUE)
            continue;
        const Symbol *symbol = program->objects[o].symbol;
        if (symbol->capacity == 0)
            d->has_rendezvous = true;
        else if (symbol->is_acknowledged || symbol->is_lossy || symbol->is_duplicating || symbol->is_reordering)
            d->has_acknowledged |= symbol->is_acknowledged; /* its items have no fixed numbers */
        else
            d->queue_of[o] = d->queue_count++;
    }
    uint32_t words = machine_words(machine);
    d->before = mem_alloc(words, sizeof *d->before);
    if (d->queue_count == 0)
        d->memo = step_memo_new(machine);
    fits = fits && d->before != NULL && (d->queue_count > 0 || d->memo != NULL);
    if (!fits) {
        dependence_free(d);
        return NULL;
    }
    return d;
}

void dependence_free(Dependence *d)
{
    if (d == NULL)
        return;
    mem_free(d->prints);
    mem_free(d->slots);
    mem_free(d->touches);
    mem_free(d->answers);
    mem_free(d->gathered);
    mem_free(d->watched);
    mem_free(d->watched_threads);
    mem_free(d->queue_of);
    mem_free(d->points);
    mem_free(d->before);
    step_memo_free(d->memo);
    step_log_free(&d->log);
    expansion_free(&d->scratch);
    mem_free(d);
}

void dependence_forget(Dependence *d)
{
    step_memo_free(d->memo);
    d->memo = NULL;
}

uint32_t dependence_counts(const Dependence *d)
{
    return d->queue_count * 2;
}

void dependence_start(const Dependence *d, uint64_t *counts)
{
    for (ObjectId o = 0; o < d->program->object_count; o++)
        if (d->queue_of[o] != NO_ID) {
            counts[(size_t)d->queue_of[o] * 2] = d->program->objects[o].symbol->initial_count;
            counts[(size_t)d->queue_of[o] * 2 + 1] = 0;
        }
}

const Issue *dependence_issues(const Dependence *d)
{
    return d->scratch.issues;
}
