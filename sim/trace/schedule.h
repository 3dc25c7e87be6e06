/* schedule.h: which thread steps when, as steps and as a line of text: `A A B A*3 worker[1] S:2`.
 *
 * Shape   A ScheduleStep names its thread by the id it has in one Program. A NamedStep names it by symbol and
 *         instance, and so stays valid when the program is laid out anew with more slots for spawned threads. Text
 *         -> NamedStep -> text loses nothing.
 * Units   choices count from 1; `choices` is 0 where it is not known yet (steps that were parsed).
 * Owner   schedule_free; symbols belong to the scenario.
 * Errors  STATUS_INVALID with a sentence for the user in `*message` (mem_free); STATUS_NO_MEMORY.
 * Source  LANGUAGE.md section 7. */
#ifndef TRACE_SCHEDULE_H
#define TRACE_SCHEDULE_H

#include "base/status.h"
#include "base/text.h"
#include "program/program.h"

enum { SCHEDULE_MAX_STEPS = 1000000 };

typedef struct ScheduleStep {
    ThreadId thread;
    uint32_t choice, choices;
} ScheduleStep;

typedef struct NamedStep {
    const Symbol *symbol; /* SYMBOL_THREAD or a spawned SYMBOL_FUNCTION */
    uint32_t instance;
    uint32_t choice, choices;
} NamedStep;

typedef struct Schedule {
    NamedStep *steps;
    uint32_t count, room;
} Schedule;

void schedule_free(Schedule *schedule); /* leaves it empty */
/* False: no memory. */
bool schedule_add(Schedule *schedule, NamedStep step);

/* Parses the text. `name*3` is three steps, `name:2` the second result, `name:2*3` both. */
Status schedule_parse(const Program *program, const char *text, Schedule *schedule, char **message);
/* From steps whose ids are those of `program`. */
Status schedule_name(const Program *program, const ScheduleStep *steps, uint32_t count, Schedule *schedule);

/* The step's thread in this program; NO_ID when the program has no slot for that instance (yet). */
ThreadId schedule_thread(const Program *program, const NamedStep *step);
/* "A", "worker[1]"; `f` alone for a spawned function with one slot. */
void schedule_print_name(const Program *program, const Symbol *symbol, uint32_t instance, Text *out);

/* Names separated by one blank, `:k` where the step has several possible results; runs are not compressed. */
void schedule_print(const Program *program, const Schedule *schedule, Text *out);
void schedule_print_steps(const Program *program, const ScheduleStep *steps, uint32_t count, Text *out);

#endif
