/* classes_judge.h: the judge of explore/classes: every interleaving, grouped by what it orders.
 *
 * Shape   judge_walk takes every path (depth first, no reduction) and enters the canonical form of each: for each
 * thread its steps, with their results and, by thread, how many steps happen before. Two interleavings have the same
 * form exactly when they order all conflicting steps in the same way. With each form the end is kept: two interleavings
 * of one class must end in the same state. judge_visit enters the runs of the explorer, which must all be new. Owner
 * judge_free. */
#ifndef CLASSES_JUDGE_H
#define CLASSES_JUDGE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "explore/classes.h"

enum { JUDGE_DEPTH = 64, JUDGE_THREADS = 12, JUDGE_WORDS = 16 };

typedef struct JudgeForm {
    uint64_t low, high; /* of the canonical form */
    uint64_t end;       /* hash of the last state */
    bool explored;
} JudgeForm;

typedef struct Judge {
    JudgeForm *forms;
    size_t count, room; /* room: a power of two */
    uint64_t paths, max_paths;
    uint64_t again, strange; /* runs of the explorer that came twice; that no path has */
    uint64_t unequal;        /* classes whose interleavings end in different states */
    bool is_too_big;
} Judge;

typedef struct JudgeStep {
    ThreadId thread;
    uint32_t choice;
    FootprintId footprint;
} JudgeStep;

static inline void judge_free(Judge *judge)
{
    free(judge->forms);
    *judge = (Judge){0};
}

static inline JudgeForm *judge_find(Judge *judge, uint64_t low, uint64_t high)
{
    if (judge->count * 2 >= judge->room) {
        Judge larger = {.room = judge->room == 0 ? 1024 : judge->room * 2};
        larger.forms = calloc(larger.room, sizeof *larger.forms);
        if (larger.forms == NULL)
            abort();
        for (size_t i = 0; i < judge->room; i++)
            if (judge->forms[i].high != 0)
                *judge_find(&larger, judge->forms[i].low, judge->forms[i].high) = judge->forms[i];
        free(judge->forms);
        judge->forms = larger.forms;
        judge->room = larger.room;
    }
    size_t at = low & (judge->room - 1);
    while (judge->forms[at].high != 0 && (judge->forms[at].low != low || judge->forms[at].high != high))
        at = (at + 1) & (judge->room - 1);
    if (judge->forms[at].high == 0)
        judge->count++;
    return &judge->forms[at];
}

/* The canonical form, hashed to 128 bits. */
static inline void judge_form(Dependence *dependence, const JudgeStep *steps, uint32_t count, uint64_t *low,
                              uint64_t *high)
{
    static uint32_t clocks[JUDGE_DEPTH][JUDGE_THREADS], form[JUDGE_DEPTH * (JUDGE_THREADS + 2)];
    uint32_t done[JUDGE_THREADS] = {0}, length = 0;
    for (uint32_t i = 0; i < count; i++) {
        memset(clocks[i], 0, sizeof clocks[i]);
        for (uint32_t k = 0; k < i; k++)
            if (steps[k].thread == steps[i].thread ||
                dependence_conflict(dependence, steps[k].footprint, steps[i].footprint))
                for (ThreadId t = 0; t < JUDGE_THREADS; t++)
                    if (clocks[i][t] < clocks[k][t])
                        clocks[i][t] = clocks[k][t];
        clocks[i][steps[i].thread] = ++done[steps[i].thread];
    }
    for (ThreadId t = 0; t < JUDGE_THREADS; t++)
        for (uint32_t i = 0; i < count; i++)
            if (steps[i].thread == t) {
                form[length++] = t;
                form[length++] = steps[i].choice;
                memcpy(form + length, clocks[i], sizeof clocks[i]);
                length += JUDGE_THREADS;
            }
    XXH128_hash_t hash = XXH3_128bits(form, length * sizeof *form);
    *low = hash.low64;
    *high = hash.high64 | 1; /* 0 is an empty slot */
}

static inline uint64_t judge_end(Machine *machine, const Word *state)
{
    return XXH3_64bits(state, machine_words(machine) * sizeof *state) ^ machine_output_id(machine, state);
}

static inline void judge_path(Judge *judge, Machine *machine, Dependence *dependence, const Word *state,
                              const uint64_t *counts, JudgeStep *steps, uint32_t depth)
{
    if (judge->is_too_big)
        return;
    if (depth == JUDGE_DEPTH || dependence_counts(dependence) > JUDGE_WORDS) {
        judge->is_too_big = true;
        return;
    }
    bool is_end = true;
    for (ThreadId t = 0; t < machine_program(machine)->thread_count; t++)
        for (uint32_t choice = 1, choices = 1; choice <= choices; choice++) {
            Word next[JUDGE_WORDS];
            uint64_t behind[JUDGE_WORDS];
            StepFacts facts;
            memcpy(behind, counts, sizeof behind);
            Status status = dependence_step(dependence, state, t, choice, next, behind, &facts);
            choices = facts.choices;
            if (status != STATUS_OK)
                judge->is_too_big = true;
            if (status != STATUS_OK || choices == 0)
                break;
            steps[depth].footprint = facts.footprint;
            is_end = false;
            steps[depth].thread = t;
            steps[depth].choice = choice;
            judge_path(judge, machine, dependence, next, behind, steps, depth + 1);
        }
    if (!is_end)
        return;
    if (++judge->paths > judge->max_paths) {
        judge->is_too_big = true;
        return;
    }
    uint64_t low, high;
    judge_form(dependence, steps, depth, &low, &high);
    JudgeForm *form = judge_find(judge, low, high);
    uint64_t end = judge_end(machine, state);
    if (form->high != 0 && form->end != end)
        judge->unequal++;
    *form = (JudgeForm){.low = low, .high = high, .end = end};
}

/* The machine must have learned its layout already (classes_run first). */
static inline void judge_walk(Judge *judge, Machine *machine, uint64_t max_paths)
{
    Dependence *dependence = dependence_new(machine);
    Expansion expansion = {0};
    Word state[JUDGE_WORDS];
    uint64_t counts[JUDGE_WORDS] = {0};
    JudgeStep steps[JUDGE_DEPTH];
    judge->max_paths = max_paths;
    if (dependence == NULL || machine_words(machine) > JUDGE_WORDS ||
        machine_program(machine)->thread_count > JUDGE_THREADS ||
        machine_start(machine, state, &expansion) != STATUS_OK) {
        judge->is_too_big = true;
    } else {
        dependence_forget(dependence); /* every step anew */
        dependence_start(dependence, counts);
        judge_path(judge, machine, dependence, state, counts, steps, 0);
    }
    expansion_free(&expansion);
    dependence_free(dependence);
}

/* Listens to the explorer. */
static inline Status judge_visit(void *context, const ClassRun *run)
{
    Judge *judge = context;
    JudgeStep steps[JUDGE_DEPTH];
    if (run->count > JUDGE_DEPTH || machine_program(run->machine)->thread_count > JUDGE_THREADS)
        return STATUS_LIMIT;
    for (uint32_t i = 0; i < run->count; i++)
        steps[i] = (JudgeStep){run->steps[i].thread, run->steps[i].choice, run->steps[i].footprint};
    uint64_t low, high;
    judge_form(run->dependence, steps, run->count, &low, &high);
    JudgeForm *form = judge_find(judge, low, high);
    if (form->high == 0) {
        judge->strange++;
        *form = (JudgeForm){.low = low, .high = high, .explored = true};
    } else if (form->explored) {
        judge->again++;
    }
    form->explored = true;
    return STATUS_OK;
}

static inline uint64_t judge_missing(const Judge *judge)
{
    uint64_t missing = 0;
    for (size_t i = 0; i < judge->room; i++)
        missing += judge->forms[i].high != 0 && !judge->forms[i].explored;
    return missing;
}

/* Explorer against judge; true when they agree. `text` gets what differs. Too big: agrees. */
static inline bool judge_compare(Machine *machine, uint64_t max_paths, char *text, size_t size, uint64_t *classes)
{
    Judge judge = {0};
    ClassesResult result;
    const ClassesOptions options = {.max_steps = JUDGE_DEPTH - 1, .max_runs = max_paths};
    *classes = 0;
    Status status = classes_run(machine, &options, &result); /* learns the layout */
    text[0] = 0;
    if (status != STATUS_OK) {
        snprintf(text, size, "status %d, %llu faults", (int)status, (unsigned long long)result.faults);
        return false;
    }
    if (result.faults == 0 && !result.is_complete)
        return true;
    judge_walk(&judge, machine, max_paths);
    if (!judge.is_too_big) {
        const ClassesOptions again = {.max_steps = JUDGE_DEPTH - 1, .visit = judge_visit, .context = &judge};
        status = classes_run(machine, &again, &result);
        *classes = result.classes;
        uint64_t missing = judge_missing(&judge);
        if (status != STATUS_OK || missing + judge.again + judge.strange + judge.unequal + result.faults > 0)
            snprintf(text, size,
                     "status %d; of %zu classes: %llu missing, %llu twice, %llu strange, %llu unequal, %llu faults",
                     (int)status, judge.count, (unsigned long long)missing, (unsigned long long)judge.again,
                     (unsigned long long)judge.strange, (unsigned long long)judge.unequal,
                     (unsigned long long)result.faults);
    } else if (result.faults > 0) {
        snprintf(text, size, "%llu faults", (unsigned long long)result.faults);
    }
    judge_free(&judge);
    return text[0] == 0;
}

#endif
