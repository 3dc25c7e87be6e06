/* telling.h: what the files that build a trace share. Private to sim/trace.
 *
 * Shape   A walk (replay.h) first records all that happened: packed states, who could step, logged accesses, issues.
 *         Then each file tells its part from that record: effects, tables, holds, waits, notes. Nothing is executed
 *         any more by then.
 * Units   ThreadId and ObjectId as in the machine's program; a *lane* is a thread's index in the trace; step s leads
 *         from state s to s+1.
 * Owner   `arena`, which moves into the trace; `scratch` is freed by build.c.
 * Errors  memory that ends jumps to the arena's escape. */
#ifndef TRACE_TELLING_H
#define TRACE_TELLING_H

#include "snarl/snarl.h"

#include "machine/machine.h"
#include "trace/build.h"

typedef struct ToldStep {
    ThreadId thread;
    uint32_t choice, choices;
    uint32_t instr; /* of the point at which the thread stood */
    const LoggedAccess *accesses;
    uint32_t access_count;
    const char *printed;
    const Issue *issues;
    uint32_t issue_count;
    bool stops;
    int64_t time_ns;   /* virtual clock: when it happens */
    int64_t stood_ns;  /* since when its thread stood at its point */
    uint32_t core;     /* taken, or given back, by this step; SN_NONE */
} ToldStep;

typedef struct ToldState {
    const Word *state;
    const bool *enabled; /* by ThreadId */
    int64_t elapsed_ns;  /* virtual clock: the time that passed right before it */
} ToldState;

typedef struct WaitList WaitList; /* waits.h */

typedef struct Telling {
    Arena *arena;
    Machine *machine;
    const Program *program;
    ArenaVec(ToldState) states; /* steps.count + 1 */
    ArenaVec(ToldStep) steps;
    const Issue *start_issues;
    uint32_t start_issue_count;

    uint32_t *lanes;   /* ThreadId -> lane, SN_NONE for one that was never spawned */
    ThreadId *threads; /* lane -> ThreadId */
    uint32_t lane_count;

    SnTrace *trace;
    ArenaVec(SnAccess) accesses;
    ArenaVec(SnHold) holds; /* threads are lanes */
    ArenaVec(SnNote) notes;
    WaitList *waits_found;
    bool is_plain_run; /* no finding was given */
    bool has_no_past;  /* glance.c: the steps that led to the first state are not known */
    Text scratch;
} Telling;

/* Records a schedule. Starting over empties arena and record. `*refusal` as in replay.h. */
struct Refusal;
Status telling_record(Telling *telling, const Schedule *schedule, struct Refusal *refusal);

/* ------------------------------------------------------------------ words */

/* What stands for the %-letters of a template in words.def. */
typedef struct Words {
    const char *object, *other, *mutex, *text, *values;
    int64_t before, after, number;
} Words;
/* Into `scratch`. */
void telling_say(Telling *telling, const char *template, const Words *words);
/* The scratch as a string of the arena; the scratch is empty again. */
const char *telling_take(Telling *telling);
/* "A", "A and B", "A, B and C": what goes before item i of n. */
const char *telling_comma(uint32_t i, uint32_t n);

/* workers.c: the worker, from 0, that took a member of a pool; NO_ID: none did yet. */
uint32_t telling_worker(Telling *telling, ThreadId thread);
/* What members of a domain wait for: "the event loop", "control", or the pool's name. */
const char *telling_domain(const Telling *telling, ThreadId thread);
const char *telling_thread(const Telling *telling, ThreadId thread);
const char *telling_object(const Telling *telling, ObjectId object); /* "" for NO_ID */
/* Line and one-line text of the statement of an instruction. */
uint32_t telling_line(const Telling *telling, uint32_t instr);
const char *telling_source(Telling *telling, uint32_t instr);
/* A piece of the scenario's text with its blanks folded. */
const char *telling_span(Telling *telling, Span span);
/* The object that an instruction names where its index is known, else NO_ID; `*count`: how many elements it may be,
 * from the result on. */
ObjectId telling_operand(const Telling *telling, Operand base, Operand index, uint32_t *count);

static inline const ToldState *telling_last(const Telling *telling)
{
    return &telling->states.items[telling->steps.count];
}

SnObjectKind telling_object_kind(const Object *object);

/* Can anybody step in the last state? */
bool telling_anybody_enabled(const Telling *telling);

/* The rows of words.def. */
typedef struct Saying {
    SnAction action;
    const char *verb, *done, *other;
} Saying;
const Saying *telling_saying(uint16_t op);
typedef struct Lack {
    const char *lack, *provide;
} Lack;
const Lack *telling_lack(uint16_t op); /* NULL: nobody waits at such an operation */
bool telling_helps(uint16_t waiting_op, uint16_t helping_op);

/* -------------------------------------------------------------- the parts */

void spans_tell(Telling *telling);   /* spans.c: times of the steps, trace->spans */
void effects_tell(Telling *telling); /* effects.c: trace->steps, accesses */
void holds_tell(Telling *telling);   /* holds.c: trace->holds */
/* The open hold of a thread at the end; NULL. */
const SnHold *holds_open(const Telling *telling, uint32_t lane, ObjectId object);
void tables_tell(Telling *telling); /* tables.c: watched, values, locals, states and lines of threads */
/* waits.c: waits, holders, cycles; `with_daemons`: also those of daemons that are left alone */
void waits_tell(Telling *telling, bool with_daemons);
/* cycles.c: why nobody goes on: "A holds a and waits for b, B holds b and waits for a". */
const char *cycles_sentence(Telling *telling);
/* Who does not: "A and B wait for each other", "nobody can go on". */
const char *cycles_title(Telling *telling);
/* story.c: title, verdict, notes and end. `given` has thread ids of this program. */
void story_tell(Telling *telling, const TraceSubject *given);
/* notes.c: the remarks on the steps, for story.c; the texts they return go into the verdict. */
const char *notes_lost_update(Telling *telling, uint32_t step, ObjectId object);
const char *notes_data_race(Telling *telling, ObjectId object, const TraceSubject *subject);
void notes_lock_order(Telling *telling, const TraceSubject *subject);
void notes_add(Telling *telling, SnNote note);
/* notes_models.c: messages that were lost or doubled; writes to a process's own copy of a variable that `expr` names. */
void notes_messages(Telling *telling);
void notes_own_copies(Telling *telling, const Expr *expr);

/* reach.c: the threads that have not ended and whose remaining code could let `thread` go on, which waits at `instr`
 * for `object` (NO_ID: for the variables that the instruction reads). Into `marks`, by ThreadId. */
void reach_helpers(Telling *telling, ThreadId thread, uint32_t instr, ObjectId object, bool *marks);
/* Does the code of the thread, from its very beginning, contain an operation that helps there? */
bool reach_ever_helps(Telling *telling, ThreadId thread, uint32_t instr, ObjectId object);

/* operands.c: the values that an expression is made of: "counter = 1, A.t = 0". Shared variables as `thread` read them
 * last at or before step `step` (NO_ID: as they are in the last state); its locals as they are in the last state. ""
 * when there are none. */
const char *operands_tell(Telling *telling, const Expr *expr, ThreadId thread);

#endif
