/* generate.h: random scenarios: text, dice and what is declared.
 *
 * Shape   generate.c declares variables, objects and threads and writes the properties; generate_body.c writes the
 *         statements of one body within a budget of steps; generate_objects.c those about synchronisation objects.
 * Rules   equal seeds give equal bytes. Each scenario is valid; what it does at run time may be wrong, but not at once.
 */
#ifndef GENERATE_H
#define GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { MAX_NAMES = 24, NAME_SIZE = 32 };

typedef struct NameList {
    char names[MAX_NAMES][NAME_SIZE];
    uint32_t count;
} NameList;

typedef struct Function {
    char name[NAME_SIZE];
    uint32_t parameters;
    int cost;
    bool may_block;
} Function;

typedef enum ObjectFamily {
    HAS_MUTEX,
    HAS_RECURSIVE,
    HAS_SEMAPHORE,
    HAS_RWLOCK,
    HAS_CONDITION,
    HAS_BARRIER,
    HAS_EVENT,
    HAS_QUEUE,
    HAS_ONCE,
    HAS_WAITGROUP,
    HAS_FAMILY_COUNT
} ObjectFamily;

typedef struct Generator {
    uint64_t dice;
    Text out;
    bool with_objects, with_extras, with_models, with_memory, with_messages, with_coroutines, with_pools, is_medium;
    bool has_link, has_ack, has_topic, has_topic_ack; /* queue link, topic news */
    uint32_t actor_count;                             /* R */
    bool has_clock;
    NameList scalars;      /* shared and atomic variables */
    NameList atomics;      /* those of them that are atomic */
    char array[NAME_SIZE]; /* a shared array, or "" */
    uint32_t array_length;
    NameList objects[HAS_FAMILY_COUNT];
    char rendezvous[NAME_SIZE]; /* a queue without room, or "" */
    char mutex_array[NAME_SIZE];
    Function functions[3];
    uint32_t function_count;
    char spawned[NAME_SIZE]; /* function that is spawned, or "" */
    NameList threads;        /* their first names */
    uint32_t thread_count;
    NameList members; /* A.t, for properties */
} Generator;

typedef struct Body {
    Generator *generator;
    const char *thread; /* NULL: a function */
    NameList locals;    /* scalars in scope */
    int budget;         /* steps left */
    int depth, loops;
    uint32_t next_local;
    bool in_atomic, in_family, in_function, in_actor, in_subscriber, in_coroutine, in_pool;
    uint32_t coroutines, starts; /* coroutine: how many it may call; tasks that it may still start */
    uint32_t prints;
} Body;

/* 0 .. count-1 */
uint32_t roll(Generator *generator, uint32_t count);
/* True once in `count`. */
bool once_in(Generator *generator, uint32_t count);
const char *pick(Generator *generator, const NameList *list);
void name_add(NameList *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Begins a line of the body. */
void body_indent(Body *body);
void body_line(Body *body, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A block in braces behind the head that was written: statements for at most `budget` steps. */
void body_block(Body *body, int budget);
void body_statements(Body *body);
/* An expression; adds its steps to *cost. */
void body_expression(Body *body, int depth, int *cost);
void body_condition(Body *body, int *cost);
/* A variable or local to assign to; *cost of writing it. */
void body_target(Body *body, int *cost);
/* A new local; its name. */
const char *body_new_local(Body *body, char *name);

/* A variable's element, plain or with an index; *cost of reading it. */
void body_variable(Body *body, int *cost);
/* A value: variable, local or constant. */
void body_term(Body *body, int *cost);

/* generate_extras.c: rarer forms, for `--profile all`. */
bool body_extra_statement(Body *body);

/* generate_models.c: for `--profile models`: a clock, cores, sleeps; the head of a thread, which may be a fibre. */
void declare_models(Generator *generator);
const char *thread_word(Generator *generator);
bool body_model_statement(Body *body);

/* The whole body in braces. */
void write_body(Generator *generator, Body *body, int budget);

/* generate_messages.c: for `--profile messages`: a link and a topic, what is done with them, actors and subscribers. */
void declare_messages(Generator *generator);
bool body_message_statement(Body *body);
void write_receivers(Generator *generator);

/* generate_coroutines.c: for `--profile coroutines`: an event loop instead of the threads. */
bool body_coroutine_statement(Body *body);
void write_coroutines(Generator *generator);

/* generate_pools.c: for `--profile pools`: a pool p, its tasks, threads that submit them. */
bool body_pool_statement(Body *body);
void write_pools(Generator *generator);

/* generate_memory.c: for `--profile memory`: mapped variables, processes, fork. */
bool is_mapped(Generator *generator);
const char *process_word(Generator *generator);
/* `spawn` or what starts processes. */
const char *spawn_words(Generator *generator);

/* One statement about the objects; false when nothing fits. */
bool body_object_statement(Body *body);
bool body_lock_statement(Body *body);
/* Starts the function that is there for it. */
bool body_spawn(Body *body);

#endif
