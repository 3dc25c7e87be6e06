/* course.h: a schedule as simulated, step by step: what the real threads are told to do, and what must come of it.
 *
 * Owner   course_free; texts and code belong to the machine, which must keep all locals (keep_locals).
 * Errors  STATUS_INVALID with a Refusal when a step is not possible; STATUS_NO_MEMORY. */
#ifndef PTHREADS_COURSE_H
#define PTHREADS_COURSE_H

#include "trace/replay.h"

typedef struct CourseStop { /* an error that ends the execution */
    bool is_stopped, is_assume;
    FindingKind kind;
    uint32_t line;
    const char *text;
} CourseStop;

typedef struct CourseStep {
    ThreadId thread;
    uint32_t choice, choices;
    LoggedAccess *script; /* as it was logged: choices are taken from it */
    uint32_t script_count;
    int64_t *row;         /* snapshot behind it */
    CourseStop stop;
} CourseStep;

typedef enum CourseEnd { COURSE_OK, COURSE_DEADLOCK, COURSE_STOPPED, COURSE_RUNNING } CourseEnd; /* RUNNING: somebody could step */

typedef struct Course {
    const Program *program;
    int64_t *start;       /* snapshot ahead of the first step */
    CourseStop start_stop;
    CourseStep *steps;
    uint32_t count, room;
    CourseEnd end;
    bool *is_blocked;     /* at the end: not ended, and cannot step */
    uint32_t *lines;      /* at the end: where each thread stands */
    WaitInfo *waits;      /* of those that are blocked */
    int64_t *values;      /* of the outcome */
    bool final_holds;
    const char **output;  uint32_t output_count;
} Course;

Status course_make(Machine *machine, const Schedule *schedule, Course **out, Refusal *refusal);
void course_free(Course *course);

#endif
