/* state.h: how a state lies in its words. Private to sim/machine.
 *
 *   word 0                                             word 1
 *   +------------------------------+-------------------+----------------------------------------+
 *   | thread 0: pc | slots | taint | overtaken | ...   | variables | owners, counters, queues | stop | output |
 *   +------------------------------+-------------------+----------------------------------------+
 *
 * A field holds value - low in `mask`, or the number of the value in a list of the few it can have (narrow layouts: layout.h); it never straddles
 * two words. Its range starts with what is known before the first step and grows when a value does not fit (layout_widen). Registers are kept in slots: registers of one thread that are never
 * kept at the same point share a slot. A register that is not kept at a point has its slot at 0 there, so that equal futures are equal states. */
#ifndef MACHINE_STATE_H
#define MACHINE_STATE_H

#include <pthread.h>
#include <stdbool.h>

#include "machine/machine.h"
#include "program/flow.h"

typedef uint32_t FieldId;

typedef struct Field {
    int64_t low;
    uint64_t mask;         /* of value - low; 0: the field is constant `low` and takes no room */
    const int64_t *values; /* by code, as many as `mask` allows; NULL: value - low is the code */
    uint32_t word;
    uint8_t shift, bits;
    uint16_t count;        /* of values in use, 0: none was ever put. The codes beyond stand for the last one */
} Field;

enum { RANGE_VALUES = 16, RANGE_MANY = RANGE_VALUES + 1 };

typedef struct Range {
    int64_t low, high;
    uint32_t group;  /* fields that are widened together */
    bool is_narrow;  /* in a narrow layout it goes by its values */
    bool is_identity; /* the values are names, not amounts */
    uint32_t count;  /* narrow layouts: of `values`, which is all that was ever put; RANGE_MANY: `low` and `high` are all that is known */
    int64_t values[RANGE_VALUES];
} Range;

/* One more value that was put; false: nothing new. */
bool range_note(Range *range, int64_t value);

static inline uint64_t field_code(Word word, Field field) { return word >> field.shift & field.mask; }

static inline int64_t field_value(Field field, uint64_t code) {
    return __builtin_expect(field.values != NULL, false) ? field.values[code] : (int64_t)((uint64_t)field.low + code);
}

static inline int64_t field_get(const Word *state, Field field) { return field_value(field, field_code(state[field.word], field)); }

/* False: it has none. */
static inline bool field_encode(Field field, int64_t value, uint64_t *code) {
    *code = (uint64_t)value - (uint64_t)field.low;
    if (field.values == NULL) return *code <= field.mask;
    for (*code = 0; *code < field.count; ++*code)
        if (field.values[*code] == value) return true;
    return false;
}

static inline bool field_fits(Field field, int64_t value) {
    uint64_t code;
    return field_encode(field, value, &code);
}

static inline void field_put_code(Word *state, Field field, uint64_t code) {
    Word *word = &state[field.word];
    *word = (*word & ~(field.mask << field.shift)) | code << field.shift;
}

/* A value that fits. */
static inline void field_put(Word *state, Field field, int64_t value) {
    uint64_t code;
    if (field_encode(field, value, &code)) field_put_code(state, field, code);
}

/* Registers known at a point, with where: scale * value + offset of the field. */
typedef struct Kept {
    uint32_t reg;
    FieldId field;
    bool is_derived; /* the field is another register's */
    int64_t scale, offset;
} Kept;

typedef struct PointLayout {
    uint32_t instr;
    const Kept *kept;      uint32_t kept_count;
    const Kept *carriers;  uint32_t carrier_count; /* tracks_taint: field of the first 32-token chunk of each */
    const uint64_t *watched;
} PointLayout;

typedef struct ThreadLayout {
    FieldId pc;
    FieldId first_slot;  uint32_t slot_count;
    FieldId overtaken;   /* chunks of 32 tokens; NO_ID without tokens */
    FieldId handle;      /* spawned threads, where several functions are spawned: its handle; NO_ID: instance + 1 */
    FieldId joined;      /* spawned threads, where a handle is joined; NO_ID */
    FieldId timer;       /* virtual clock, threads that take time: what is left of it, in nanoseconds; NO_ID */
    FieldId had_slice;   /* with a quantum, threads that compute: 1 after its slice in this round; NO_ID */
    FieldId completed;   /* spawned threads, where `as_completed` asks: as which one it ended, from 1; NO_ID */
    uint32_t chunk_count;
    PointLayout *points; /* 0 .. point_count */
    ObjectId *locks;     uint32_t lock_count; /* mutexes and rwlocks that its code may take, ascending */
} ThreadLayout;

typedef struct Watcher {
    ThreadId thread;
    uint32_t token;
} Watcher;

typedef struct ObjectLayout {
    FieldId value;      /* variable; owner (0 free, thread + 1); count; flag; length of a queue; once: 0 not run, 1 done, 2 + thread runs it; rwlock: writer */
    FieldId depth;      /* recursive mutex; pool whose workers cost time to start: how many there are; NO_ID */
    FieldId first_item; /* queue: `capacity` items; rwlock: number of read locks of each reader thread */
    FieldId closed;     /* queue; NO_ID: never closed */
    FieldId announced;  /* rwlock writers first: writers that stand announced; NO_ID */
    FieldId destroyed;  /* NO_ID: no `destroy` */
    uint32_t room;      /* queue: how many items there are fields for */
    FieldId first_mark; /* acknowledged queue that loses: for each item whether its acknowledgement was lost before; NO_ID */
    FieldId first_held; /* acknowledged queue: for each of `readers` whether it holds a message (2: marked), and which; NO_ID */
    const ThreadId *readers; uint32_t reader_count; /* rwlock, acknowledged queue: threads with a field of their own */
    const Watcher *watchers; uint32_t watcher_count; /* variable: threads with a token for it */
} ObjectLayout;

typedef struct OutputNode {
    uint32_t parent; /* 0: none */
    const char *text;
} OutputNode;

/* How fields get their widths. */
typedef enum Narrowness {
    LAYOUT_BY_GROUP, /* by the ranges of their groups: alike threads have alike fields */
    LAYOUT_ROOMY,    /* while values are noted: whatever the scenario may come to is likely to fit */
    LAYOUT_NARROW    /* by the values that each was seen to have */
} Narrowness;

struct Machine {
    const Program *program;
    MachineOptions options;
    Arena arena;         /* layout: rebuilt by machine_relayout */
    Arena texts;         /* strings that issues and outputs point to: live as long as the machine */
    Arena program_arena; /* programs with more slots than the one given */
    Field *fields;
    Range *ranges;
    uint32_t field_count, group_count;
    uint32_t words, bits, last_bits; /* in use; of the last word */
    ThreadLayout *threads;
    ObjectLayout *objects;
    FieldId stop, output;
    FieldId *running;    /* [program->domain_count]: who has control, thread + 1, 0 nobody; NO_ID: a pool */
    FieldId serial;      /* serial_only: the thread inside a `serial` block + 1, 0 nobody; NO_ID otherwise */
    uint32_t max_registers, max_token_words;
    bool keeps_output;   /* the output is part of the outcome */
    ArenaVec(Issue) stops;        /* value of the stop field - 1 */
    ArenaVec(OutputNode) outputs; /* [0] is the empty output */
    uint32_t *output_table;       /* open addressing: node numbers, 0 empty */
    uint32_t output_table_size;
    pthread_mutex_t intern;       /* guards texts, stops, outputs */
    uint32_t generation;          /* counts layouts */
    Narrowness narrowness;
    uint32_t misses;     /* LAYOUT_NARROW: values that did not fit so far */
    Range *seen;         /* LAYOUT_ROOMY: by field, what was put; NULL otherwise */
    uint64_t news;       /* how often something new was put into one */
    uint32_t *rooms;     /* by object - variable_count: fields of queues without a bound, as learned; NULL: one each */
    FieldId widen;       /* what did not fit: NO_ID nothing */
    int64_t widen_to;
    uint32_t more_slots; /* function that needs one more slot; NO_ID */
    ObjectId more_room;  /* queue without a bound that needs more fields for items; NO_ID */
};

/* Lays out fields and words for machine->program from the ranges; ranges of fields seen before are kept. */
Status layout_build(Machine *machine);
/* Makes room for the value noted in widen. */
void layout_widen(Machine *machine);
/* Forgets the ranges; the fields of the next layout are roomy, and what is put is noted. */
Status layout_note(Machine *machine);
/* The next layout has room for what was noted. */
void layout_noted(Machine *machine);

/* Interned: equal contents give equal numbers. Safe from several threads. 0 on lack of memory. */
uint32_t machine_intern_stop(Machine *machine, const Issue *issue);
uint32_t machine_intern_output(Machine *machine, uint32_t parent, const char *text);
/* A string that lives as long as the machine. */
const char *machine_text(Machine *machine, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A thread's slot that is not needed where it stands: the value 0 where that is possible, so that alike threads look alike; in a narrow layout
 * the code 0. */
static inline void machine_clear(const Machine *m, Word *state, FieldId id) {
    Field field = m->fields[id];
    field_put_code(state, field, 0);
    if (m->narrowness != LAYOUT_NARROW && field.low != 0) field_put(state, field, 0);
}

static inline int64_t kept_get(const Machine *m, const Word *state, const Kept *kept) {
    return (int64_t)((uint64_t)kept->scale * (uint64_t)field_get(state, m->fields[kept->field]) + (uint64_t)kept->offset);
}

static inline int64_t machine_get(const Machine *m, const Word *state, FieldId id) { return field_get(state, m->fields[id]); }

#endif
