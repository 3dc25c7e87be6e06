/* mock_machine.h: a toy that keeps the promises of machine/machine.h which the search relies on.
 *
 * Shape   A toy program has a few variables and threads; each thread is a list of guarded commands, one step each. A
 *         state has a field for each thread's place, each variable, and one that says "stopped". Fields never
 *         straddle words, so widths and padding change the words at will.
 * Use     Include it in one file of a test: it defines the functions of machine.h that the search calls. Nothing of
 *         the real machine is linked then. */
#ifndef MOCK_MACHINE_H
#define MOCK_MACHINE_H

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "machine/machine.h"

enum { TOY_THREADS = 4, TOY_VARS = 4, TOY_STEPS = 12, TOY_FIELDS = TOY_THREADS + TOY_VARS + 1 };

typedef enum ToyEffect { TOY_ADD, TOY_SET, TOY_COPY, TOY_GOTO, TOY_STOP, TOY_EFFECTS } ToyEffect;

typedef struct ToyStep {
    bool has_guard;
    uint8_t guard_var, guard_value; /* enabled when the variable has the value */
    ToyEffect effect;
    uint8_t var;
    uint8_t value;   /* added or set; the variable copied; the place gone to */
    uint8_t choices; /* 1 ..: choice k adds k-1 more */
} ToyStep;

typedef struct ToyProgram {
    uint32_t thread_count, var_count;
    uint32_t step_count[TOY_THREADS];
    ToyStep steps[TOY_THREADS][TOY_STEPS];
    uint32_t modulus; /* values are taken modulo this */
} ToyProgram;

struct Machine {
    const ToyProgram *toy;
    uint32_t bits[TOY_FIELDS];
    uint32_t padding; /* words in front of the state */
    uint32_t misfit;  /* the field that did not fit, or TOY_FIELDS */
    uint32_t relayouts;
};

/* With `learns` the fields start at one bit; otherwise they fit from the start. */
static inline void toy_machine(Machine *machine, const ToyProgram *toy, bool learns, uint32_t padding)
{
    memset(machine, 0, sizeof *machine);
    machine->toy = toy;
    machine->padding = padding;
    machine->misfit = TOY_FIELDS;
    for (uint32_t field = 0; field < TOY_FIELDS; field++)
        machine->bits[field] = learns ? 1 : 10;
}

/* Where a field lies. */
static inline void toy_place(const Machine *machine, uint32_t field, uint32_t *word, uint32_t *shift)
{
    *word = machine->padding;
    *shift = 0;
    for (uint32_t f = 0;; f++) {
        if (*shift + machine->bits[f] > 64) {
            ++*word;
            *shift = 0;
        }
        if (f == field)
            return;
        *shift += machine->bits[f];
    }
}

static inline uint32_t toy_get(const Machine *machine, const Word *state, uint32_t field)
{
    uint32_t word, shift;
    toy_place(machine, field, &word, &shift);
    return (uint32_t)(state[word] >> shift & (((Word)1 << machine->bits[field]) - 1));
}

static inline bool toy_put(Machine *machine, Word *state, uint32_t field, uint32_t value)
{
    uint32_t word, shift;
    toy_place(machine, field, &word, &shift);
    Word mask = ((Word)1 << machine->bits[field]) - 1;
    if (value > mask) {
        machine->misfit = field;
        return false;
    }
    state[word] = (state[word] & ~(mask << shift)) | (Word)value << shift;
    return true;
}

uint32_t machine_words(const Machine *machine)
{
    uint32_t word, shift;
    toy_place(machine, TOY_FIELDS - 1, &word, &shift);
    return word + 1;
}

uint32_t machine_bytes(const Machine *machine)
{
    return machine_words(machine) * (uint32_t)sizeof(Word);
}

uint64_t machine_news(const Machine *machine)
{
    (void)machine;
    return 0;
}

Status machine_note(Machine *machine)
{
    (void)machine;
    return STATUS_OK;
}

Status machine_narrow(Machine *machine)
{
    (void)machine;
    return STATUS_OK;
}

Status machine_relayout(Machine *machine)
{
    machine->bits[machine->misfit]++;
    machine->misfit = TOY_FIELDS;
    machine->relayouts++;
    return STATUS_OK;
}

void expansion_free(Expansion *expansion)
{
    mem_free(expansion->states);
    mem_free(expansion->steps);
    memset(expansion, 0, sizeof *expansion);
}

Status machine_start(Machine *machine, Word *state, Expansion *expansion)
{
    memset(state, 0, machine_words(machine) * sizeof *state);
    for (uint32_t i = 0; i < machine->padding; i++)
        state[i] = 0x0123456789ABCDEF;
    expansion->count = 0;
    expansion->issue_count = 0;
    return STATUS_OK;
}

static inline Status toy_room(Expansion *expansion, uint32_t words)
{
    if (expansion->count < expansion->room)
        return STATUS_OK;
    uint32_t room = expansion->room * 2 + 1;
    Word *states =
        mem_resize(expansion->states, (size_t)room * 8, sizeof *states); /* no toy state is wider than 8 words */
    if (states == NULL)
        return STATUS_NO_MEMORY;
    expansion->states = states;
    StepInfo *steps = mem_resize(expansion->steps, room, sizeof *steps);
    if (steps == NULL)
        return STATUS_NO_MEMORY;
    expansion->steps = steps;
    expansion->room = room;
    return words <= 8 ? STATUS_OK : STATUS_INVALID;
}

static inline Status toy_do(Machine *machine, const Word *state, uint32_t thread, const ToyStep *step, uint32_t choice,
                            Expansion *expansion)
{
    const ToyProgram *toy = machine->toy;
    uint32_t words = machine_words(machine);
    Status status = toy_room(expansion, words);
    if (status != STATUS_OK)
        return status;
    Word *next = expansion->states + (size_t)expansion->count * words;
    memcpy(next, state, words * sizeof *next);
    uint32_t place = toy_get(machine, state, thread) + 1, field = TOY_THREADS + step->var,
             value = toy_get(machine, state, field);
    bool fits = true;
    switch (step->effect) {
    case TOY_ADD: fits = toy_put(machine, next, field, (value + step->value + choice - 1) % toy->modulus); break;
    case TOY_SET: fits = toy_put(machine, next, field, (step->value + choice - 1) % toy->modulus); break;
    case TOY_COPY: fits = toy_put(machine, next, field, toy_get(machine, state, TOY_THREADS + step->value)); break;
    case TOY_GOTO: place = step->value; break;
    case TOY_STOP: fits = toy_put(machine, next, TOY_FIELDS - 1, 1); break;
    case TOY_EFFECTS: break;
    }
    if (!fits || !toy_put(machine, next, thread, place))
        return STATUS_RELAYOUT;
    expansion->steps[expansion->count++] =
        (StepInfo){.thread = thread, .choice = choice, .choices = step->choices, .stops = step->effect == TOY_STOP};
    return STATUS_OK;
}

bool machine_can_carry(const Machine *machine)
{
    (void)machine;
    return false;
}

Status machine_expand_carried(Machine *machine, const Word *state, uint64_t known, Expansion *expansion)
{
    (void)known;
    return machine_expand(machine, state, expansion);
}

uint64_t machine_carry(const Machine *machine, const Word *state, const Expansion *expansion, uint32_t step,
                       const uint32_t *ids)
{
    (void)machine, (void)state, (void)expansion, (void)step, (void)ids;
    return 0;
}

Status machine_expand(Machine *machine, const Word *state, Expansion *expansion)
{
    const ToyProgram *toy = machine->toy;
    expansion->count = 0;
    expansion->issue_count = 0;
    if (toy_get(machine, state, TOY_FIELDS - 1) != 0)
        return STATUS_OK;
    for (uint32_t thread = 0; thread < toy->thread_count; thread++) {
        uint32_t place = toy_get(machine, state, thread);
        if (place >= toy->step_count[thread])
            continue;
        const ToyStep *step = &toy->steps[thread][place];
        if (step->has_guard && toy_get(machine, state, TOY_THREADS + step->guard_var) != step->guard_value)
            continue;
        for (uint32_t choice = 1; choice <= step->choices; choice++) {
            Status status = toy_do(machine, state, thread, step, choice, expansion);
            if (status != STATUS_OK)
                return status;
        }
    }
    return STATUS_OK;
}

/* Some program, different for each seed. */
static inline void toy_random(ToyProgram *toy, uint64_t seed)
{
    uint64_t x = seed * 0x9E3779B97F4A7C15u + 1;
#define TOY_DRAW(n) (x ^= x << 13, x ^= x >> 7, x ^= x << 17, (uint32_t)((x >> 33) % (n)))
    memset(toy, 0, sizeof *toy);
    toy->thread_count = 1 + TOY_DRAW(TOY_THREADS);
    toy->var_count = 1 + TOY_DRAW(TOY_VARS);
    toy->modulus = 2 + TOY_DRAW(9);
    for (uint32_t t = 0; t < toy->thread_count; t++) {
        toy->step_count[t] = 1 + TOY_DRAW(toy->thread_count > 2 ? 4 : TOY_STEPS);
        for (uint32_t s = 0; s < toy->step_count[t]; s++) {
            ToyStep *step = &toy->steps[t][s];
            step->has_guard = TOY_DRAW(4) == 0;
            step->guard_var = (uint8_t)TOY_DRAW(toy->var_count);
            step->guard_value = (uint8_t)TOY_DRAW(2);
            uint32_t kind = TOY_DRAW(24);
            step->effect = kind < 10   ? TOY_ADD
                           : kind < 15 ? TOY_SET
                           : kind < 21 ? TOY_COPY
                           : kind < 23 ? TOY_GOTO
                                       : TOY_STOP;
            step->var = (uint8_t)TOY_DRAW(toy->var_count);
            step->value = (uint8_t)TOY_DRAW(step->effect == TOY_COPY   ? toy->var_count
                                            : step->effect == TOY_GOTO ? toy->step_count[t]
                                                                       : 3);
            step->choices = (uint8_t)(TOY_DRAW(5) == 0 ? 1 + TOY_DRAW(3) : 1);
        }
    }
#undef TOY_DRAW
}

#endif
