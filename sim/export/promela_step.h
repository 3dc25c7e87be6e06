/* promela_step.h: what is common to the files that write a Promela model: the model under way, and the text of a step.
 *
 * Shape   fragments of text; `t` is the thread that steps, `path` what was chosen on the way.
 * Owner   fragments belong to the arena, whose escape must be set.
 * Errors  promela_refuse tells the first thing that Promela cannot express; the text is not to be used then. */
#ifndef EXPORT_PROMELA_STEP_H
#define EXPORT_PROMELA_STEP_H

#include "base/text.h"
#include "program/flow.h"
#include "program/program.h"

typedef struct Model {
    Arena *arena;
    const Program *program;
    DiagList *diagnostics;
    Text *out;
    LiveSet **live;     /* by thread and point */
    uint32_t written;   /* instructions of the tree under way */
    bool is_refused;    /* reported already */
    uint32_t site;      /* of the instruction being written, for refusals */
} Model;

void promela_refuse(Model *m, const char *what);
void promela_put(Model *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Of an object's symbol: its letters that every tool takes, and its number, so that no two are alike. */
const char *promela_symbol(Model *m, const Symbol *symbol);
const char *promela_value(Model *m, uint32_t thread, Operand operand);
/* The field `part` ("" is the value itself) of an element. */
const char *promela_field(Model *m, uint32_t thread, ObjectId object, Operand index, const char *part);
const char *promela_arithmetic(Model *m, const Instr *instr, const char *b, const char *c);

/* Enabled, as a condition on the state; NULL: always. */
const char *promela_guard(Model *m, uint32_t t, const Instr *instr);
/* The statement of an operation; returns how many `fi` close what it has opened, behind what follows. */
uint32_t promela_write_operation(Model *m, uint32_t t, const Instr *instr);
/* The instructions from `at` up to the next point, as a tree of `if`s. */
void promela_write_from(Model *m, uint32_t t, uint32_t at, const uint32_t *path, uint32_t depth);

/* All other threads that may stand at `op` of this object; the visitors below let one go on, and count. */
void promela_each_at(Model *m, uint32_t t, uint32_t op, const Instr *instr, void (*visit)(Model *, uint32_t thread, uint32_t point, const void *), const void *context);
void promela_let_go(Model *m, uint32_t u, uint32_t p, const void *context);
void promela_count_at(Model *m, uint32_t u, uint32_t p, const void *context);

#endif
