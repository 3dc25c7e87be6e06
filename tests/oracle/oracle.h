/* oracle.h: the independent judge: an interpreter of the resolved tree that is as plain as it can be made.
 *
 * Shape   model.c gives every variable element, object and local a number; state.c is one state, unpacked and copyable;
 *         interpret.c runs the frames of one thread, operation.c does the synchronisation operations, evaluate.c
 * evaluates at once what makes no steps; expand.c finds all steps and findings of one state; paths.c walks every path,
 *         memo.c shares equal states, verdict.c collects and prints.
 * Rules   nothing of the simulator is used but its parser, so that a mistake cannot be made in the same place twice.
 *         README.md lists how open questions of the language are read here.
 * Owner   the process: memory is given back where it matters for the walk only; running out of it ends the program. */
#ifndef ORACLE_H
#define ORACLE_H

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/ast.h"

enum {
    MAX_THREADS = 32,
    MAX_DEPTH = 2000, /* steps of a path */
    OBJECT_WORDS = 16,
    TAINT_WORDS = 3,
    FINDING_WORDS = 8,
    MAX_FINDINGS = 64 * FINDING_WORDS,
    MAX_CHOICES = 64,         /* choices within one step */
    MAX_LOCAL_WORK = 1000000, /* local operations without a step */
    MAX_ITEMS = 1 << 20,
    MAX_MAILBOX = 64 /* messages that wait for an actor */
};

/* Exit statuses of the program. */
enum { EXIT_DONE = 0, EXIT_INVALID = 2, EXIT_TOO_BIG = 3, EXIT_UNSUPPORTED = 5 };

/* Ends the program with a message. */
void die(int status, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
void *must_alloc(size_t count, size_t size);
void *must_resize(void *block, size_t count, size_t size);

/* ------------------------------------------------------------------ values */

/* The variable elements from whose reads by this thread a value was computed. */
typedef struct Taint {
    uint64_t bits[TAINT_WORDS];
} Taint;

typedef struct Value {
    int64_t n;
    Taint taint;
} Value;

Value value_of(int64_t n);
bool taint_has(const Taint *taint, uint32_t element);
void taint_set(Taint *taint, uint32_t element);
void taint_clear(Taint *taint, uint32_t element);
Taint taint_union(Taint a, Taint b);

/* ------------------------------------------------------------------- model */

typedef struct Element { /* of a variable */
    const char *name;
    bool is_atomic, is_mapped;
} Element;

typedef struct ObjectInfo {
    const Symbol *symbol;
    const char *name;
    uint32_t first_item; /* queues: where its items are kept in State.items */
    uint32_t held;       /* queues with `ack`: number among these */
} ObjectInfo;

typedef struct Model {
    Arena arena;
    Scenario *scenario;
    Element *elements;
    uint32_t element_count;
    ObjectInfo *objects;
    uint32_t object_count, item_count, held_count;
    uint32_t *mailbox_base; /* by index of the actor's symbol */
    uint32_t *variable_base;                    /* by index of the variable's symbol */
    uint32_t *object_base[SYMBOL_FUNCTION + 1]; /* by kind and index */
    uint32_t *local_offset;                     /* by index of the local's symbol */
    uint32_t local_count;                       /* slots that each thread has */
    bool statement_granularity, spurious;
    bool has_processes;
} Model;

void model_build(Model *model);
uint32_t model_element(const Model *model, const Symbol *variable, uint32_t element);
uint32_t model_object(const Model *model, const Symbol *object, uint32_t element);
uint32_t model_mailbox(const Model *model, const Symbol *actor, uint32_t instance);
uint32_t model_local(const Model *model, const Symbol *local);

/* ------------------------------------------------------------------- state */

typedef enum FrameKind {
    FRAME_EXPR,      /* node: Expr; leaves its value in Thread.result */
    FRAME_STMT,      /* node: Stmt */
    FRAME_OPERANDS,  /* node: Operation; fills its slots in Thread.values */
    FRAME_OPERATION, /* node: Operation; operands, operation, targets */
    FRAME_TARGETS    /* node: Operation; assigns what a get brought */
} FrameKind;

/* Stages from here on are places at which a thread stands between two steps. */
enum {
    STAGE_DONE = 10, /* operations and select: carried out, the targets come next */
    STAGE_TRY_FAILED = 12,
    STAGE_STEP = 1000,
    STAGE_STORE,     /* assignment: the write behind a read of the same statement */
    STAGE_LEAVE,     /* with, do: the step out */
    STAGE_ASLEEP,    /* wait c with m: asleep */
    STAGE_WOKEN,     /* wait c with m: wants m again */
    STAGE_ANNOUNCED, /* wrlock with writers first: second step */
    STAGE_ARRIVED,   /* barrier: waits for the last arrival */
    STAGE_COMPUTING, /* compute on limited cores: has one */
    STAGE_MAP_READ,  /* map: reads an element, submits its task, waits for all */
    STAGE_MAP_SUBMIT,
    STAGE_MAP_WAIT
};

typedef struct Frame {
    FrameKind kind;
    uint32_t stage;
    const void *node;
    uint32_t base; /* its part of Thread.values */
    bool is_try;   /* FRAME_OPERATION */
    Value v[3];
} Frame;

/* Slots of an operation's operands in Thread.values. */
enum { SLOT_OBJECT, SLOT_WITH, SLOT_A, SLOT_TARGET, SLOT_TARGET_OK, SLOT_ITEM, SLOT_OK, SLOT_COUNT };

typedef enum Unwind { UNWIND_NONE, UNWIND_BREAK, UNWIND_CONTINUE, UNWIND_RETURN, UNWIND_EXIT } Unwind;

typedef struct Thread {
    const Symbol *symbol; /* thread or spawned function */
    uint32_t instance;
    bool is_daemon, is_spawned, is_process, ended, joined;
    Frame *frames;
    uint32_t frame_count, frame_room;
    Value *values;
    uint32_t value_count, value_room;
    Value *locals; /* Model.local_count */
    Value result, returned;
    Unwind unwind;
    uint32_t end_line; /* of the exit or return that ended it; 0 none */
    Taint has_read, overtaken;
    uint32_t atomic_depth;
    int64_t timer;       /* virtual clock: what is left of a sleep or of computing */
    int64_t work;        /* limited cores: computing that is left behind the slice under way */
    bool computes, had_slice, is_fibre, is_coroutine;
    bool has_to_begin; /* coroutine: a step of its own before its first operation; task of a pool: waits for a worker */
    uint32_t pool;     /* task of a pool: 1 + its index; 0 none */
    uint32_t places;   /* of its pool */
    int64_t value;     /* coroutine or task that has ended: its result */
    uint32_t ended_as; /* the how manieth of the coroutines that have ended */
    /* Only within a step: */
    bool is_first;       /* in atomic: still in its first statement */
    bool statement_open; /* statement granularity: its statement goes on */
    uint32_t region_accesses;
} Thread;

typedef struct ObjectState {
    bool destroyed, closed;
    int32_t owner; /* mutex, rwlock (writer), once; -1 none */
    int64_t count; /* depth, semaphore, event, items, waitgroup, once: 2 finished */
    uint8_t reads[MAX_THREADS];
    uint64_t announced; /* threads */
} ObjectState;

typedef enum Stop { STOP_NONE, STOP_ASSERTION, STOP_INVARIANT, STOP_MISUSE, STOP_RUNTIME_ERROR, STOP_ASSUME } Stop;

typedef struct State {
    int64_t *variables; /* oracle_memory.c */
    ObjectState *objects;
    int64_t *items, *marks; /* marks, held: oracle_messages.c */
    int64_t *held;
    Thread threads[MAX_THREADS];
    uint32_t thread_count, declared_count;
    uint32_t output; /* id of the output so far */
    int32_t control; /* the fibre that has it; -1 nobody */
    uint32_t loop;   /* the coroutine that runs, or NO_THREAD */
    uint32_t main;   /* with a `run`: its coroutine */
    uint32_t coroutines_ended;
    uint32_t pools_shut; /* by index */
    Stop stop;
} State;

State *state_new(const Model *model);
void state_free(State *state);
void state_copy(const Model *model, State *to, const State *from);
/* The whole state as bytes, equal for equal states; malloc. */
uint8_t *state_key(const Model *model, const State *state, size_t *length);
Frame *thread_top(Thread *thread);
Frame *thread_push(Thread *thread, FrameKind kind, const void *node);
void thread_pop(Thread *thread);
uint32_t thread_reserve(Thread *thread, uint32_t count); /* zeroed values; returns where */
void thread_trim(Thread *thread, uint32_t count);
/* Adds a thread that has still to run to its first access. */
uint32_t state_add_thread(const Model *model, State *state, const Symbol *symbol, uint32_t instance);
/* "A", "w[1]", "f[0]". Static buffers, a few at a time. */
const char *thread_name(const State *state, uint32_t thread);

/* Outputs: numbers for sequences of strings. */
uint32_t output_append(uint32_t output, const char *string);
void output_list(uint32_t output, const char ***strings, uint32_t *count); /* malloc */

/* ---------------------------------------------------------------- findings */

typedef struct FindingSet {
    uint64_t bits[FINDING_WORDS];
} FindingSet;
void finding_set_add(FindingSet *set, uint32_t finding);
bool finding_set_has(const FindingSet *set, uint32_t finding);
FindingSet finding_set_union(const FindingSet *a, const FindingSet *b);
bool finding_set_equal(const FindingSet *a, const FindingSet *b);

/* Number of the finding with this identity. Strings are copied. Threads with their lines: deadlocks only. */
typedef struct FindingKey {
    FindingKind kind;
    const char *object; /* or NULL */
    uint32_t lines[MAX_THREADS];
    uint32_t line_count;
    const char *threads[MAX_THREADS];
    uint32_t thread_count;
} FindingKey;
uint32_t finding_number(const FindingKey *key);
uint32_t finding_simple(FindingKind kind, const char *object, uint32_t line);
uint32_t finding_total(void);
const FindingKey *finding_at(uint32_t number);

/* -------------------------------------------------------------------- steps */

typedef struct Access { /* of a step to a variable's element */
    uint32_t thread;    /* a rendezvous has those of the receiver too, which are no next step of its own */
    uint32_t element, line;
    bool writes, is_atomic;
} Access;

typedef struct Run { /* one attempt at one step */
    const Model *model;
    State *state;
    FindingSet *events;
    bool blocked;
    bool is_probe;                          /* only asks whether a thread is blocked: destroy looks no further */
    uint64_t waits_for;                     /* blocked: threads that own what it wants, or that it joins */
    uint64_t blocked_objects[OBJECT_WORDS]; /* objects it is blocked at */
    uint32_t local_work;
    bool progresses;
    uint32_t chosen[MAX_CHOICES], offered[MAX_CHOICES], choice_count, choice_at;
    Access *accesses;
    uint32_t access_count, access_room;
} Run;

/* Takes the next choice among `count`. */
uint32_t run_choose(Run *run, uint32_t count);
void run_stop(Run *run, Stop stop, FindingKind kind, const char *object, uint32_t line);
void run_error(Run *run, uint32_t line); /* runtime error */
void run_misuse(Run *run, uint32_t object, uint32_t line);
void run_access(Run *run, uint32_t thread, uint32_t element, uint32_t line, bool writes, bool is_atomic);
Value run_read(Run *run, uint32_t thread, uint32_t element, uint32_t line);
void run_write(Run *run, uint32_t thread, uint32_t element, Value value, uint32_t line);
/* The bookkeeping of a write by `thread` for the others' intervals. */
void run_overtake(Run *run, uint32_t thread, uint32_t element);
/* The thread cannot go on here: the attempt is void, or a runtime error inside atomic. */
void run_block(Run *run, uint32_t thread, uint32_t line);
bool run_is_over(const Run *run);

/* Executes the step that the thread stands at, with the choices in `run`. */
void interpret_step(Run *run, uint32_t thread);
/* Local work up to the next access, or the end. */
void interpret_advance(Run *run, uint32_t thread);
/* Line of the statement in which the thread stands. */
uint32_t interpret_line(const State *state, uint32_t thread);
/* A rendezvous partner got this item: the operation of its top frame, or arm `arm` of its select, is done. */
void interpret_receive(Run *run, uint32_t thread, uint32_t arm, int64_t item);

/* operation.c: `slots` are Thread.values of the operation. */
typedef enum Mode { MODE_PLAIN, MODE_TRY, MODE_ARM } Mode;
bool operation_enabled(Run *run, uint32_t thread, const Operation *operation, uint32_t slots, Mode mode);
/* True for a receiver that only the sender's step can serve right now. */
bool operation_sender_ready(Run *run, uint32_t thread, const Operation *operation, uint32_t slots, Mode mode);
bool operation_may_block(const Operation *operation);
/* What an operation does at once; the stage of the top frame is set where a second step follows. */
void operation_execute(Run *run, uint32_t thread, const Operation *operation, uint32_t slots, Mode mode, uint32_t line);
/* Whom and what the thread waits for, into run->waits_for and blocked_objects. */
void operation_explain(Run *run, uint32_t thread, const Operation *operation, uint32_t slots, bool is_and);
bool operation_can_retake(const Run *run, uint32_t object);
void operation_retake(Run *run, uint32_t thread, uint32_t object, int64_t depth, uint32_t line);
void operation_unlock(Run *run, uint32_t thread, uint32_t object, uint32_t line);
/* Is the thread blocked, or asleep, at this object in the present state? For destroy. */
bool expand_waits_at(const Model *model, const State *state, uint32_t thread, uint32_t object);

/* models.c: the virtual clock, the interpreter lock, fibres. */
bool models_is_timed(const Operation *operation);
/* The operands of a timed operation are known: its time begins. */
void models_arrive(Run *run, uint32_t thread, const Operation *operation, int64_t ns);
bool models_timed_enabled(const Run *run, uint32_t thread, const Operation *operation);
void models_timed_execute(Run *run, uint32_t thread, const Operation *operation);
/* The end of computing on a limited core. */
void models_give_core(Run *run, uint32_t thread, uint32_t line);
/* Whether control lets the thread step. */
bool models_may_step(const Model *model, const State *state, uint32_t thread);
/* Behind a step (NO_THREAD: the start): who has control, a coroutine that holds up the others, and time that passes
 * where nobody can step. */
void models_settle(const Model *model, State *state, uint32_t thread, FindingSet *events);
/* The scenario waits for its end. */
bool models_counts(const Model *model, const State *state, uint32_t thread);
bool models_race(const Model *model, const State *state, uint32_t a, uint32_t b);

/* memory.c: the variables of the scenario, and the copies of processes. */
#define NO_THREAD UINT32_MAX
void memory_build(Model *model);
/* Elements of State.variables with so many threads. */
size_t memory_size(const Model *model, uint32_t threads);
/* Where the thread finds the element; NO_THREAD: the scenario's. */
int64_t *memory_place(const Model *model, State *state, uint32_t thread, uint32_t element);
/* Nobody else ever sees it. */
bool memory_is_own(const Model *model, const State *state, uint32_t thread, uint32_t element);
void memory_declare(const Model *model, int64_t *variables);
/* The thread becomes a process with initial values, or with those of `parent`. */
void memory_begin(const Model *model, State *state, uint32_t thread);
void memory_fork(const Model *model, State *state, uint32_t thread, uint32_t parent);
void memory_end(const Model *model, State *state, uint32_t thread);
bool memory_shares_process(const State *state, uint32_t a, uint32_t b);

/* messages.c: actors, topics, faults of queues. */
/* The queue that the thread means: an actor's mailbox, its own of a topic. */
uint32_t messages_queue(const Model *model, const State *state, uint32_t thread, const Symbol *symbol, uint32_t element);
bool messages_has_room(const Model *model, State *state, uint32_t object);
/* Into a queue that has room, with what may happen on the way. */
void messages_deliver(Run *run, uint32_t object, int64_t item);
/* `first`: the topic's first queue. */
bool messages_publish_enabled(const Run *run, uint32_t first);
void messages_publish(Run *run, uint32_t first, int64_t item, uint32_t line);
void messages_send(Run *run, uint32_t mailbox, int64_t item, uint32_t line);
void messages_get(Run *run, uint32_t thread, uint32_t object, Value *item, Value *ok);
void messages_ack(Run *run, uint32_t thread, uint32_t object, uint32_t line);
/* What the thread holds goes back. */
void messages_end(const Model *model, State *state, uint32_t thread);

/* coroutines.c: the event loop, tasks. */
/* The thread, which runs a coroutine, stands where it lets others run. */
bool coroutines_hands_over(const Thread *thread);
/* It stands in a statement that is several steps, whatever the granularity: gather and as_completed. */
bool coroutines_is_split(const Thread *thread);
bool coroutines_is_cancelled(const Model *model, const State *state, uint32_t thread);
bool coroutines_may_step(const Model *model, const State *state, uint32_t thread);
void coroutines_settle(State *state, uint32_t thread);
void coroutines_begin(const Model *model, State *state, uint32_t thread);
/* Without a clock: it sleeps, for any time. */
bool coroutines_sleeps(const Model *model, const State *state, uint32_t thread);
/* It has the loop while others have not ended. */
bool coroutines_hold_up(const Model *model, const State *state, uint32_t thread);
bool coroutines_has_ended(const State *state, int64_t handle);
uint64_t coroutines_waits_for(const State *state, int64_t handle);
int64_t coroutines_result(const State *state, int64_t handle);
bool gather_enabled(const State *state, uint32_t thread, const Operation *operation, uint32_t slots);
uint64_t gather_waits_for(const State *state, uint32_t thread, const Operation *operation, uint32_t slots);

/* pools.c */
/* Ends the program where pools are beyond it. */
void pools_check(const Scenario *scenario);
/* The new task; NO_THREAD: a misuse. */
uint32_t pools_submit(Run *run, const Symbol *pool, const Symbol *function, uint32_t line);
bool pools_may_take(const State *state, uint32_t thread);

/* evaluate.c: arithmetic, false: runtime error. */
bool arithmetic_unary(UnaryOp op, int64_t a, int64_t *result);
bool arithmetic_binary(BinaryOp op, int64_t a, int64_t b, int64_t *result);
/* Evaluates at once. With a thread: in its context, its reads recorded unless quiet. Without (NO_THREAD): a property.
 * False: a runtime error, at *error_line. */
bool evaluate(Run *run, uint32_t thread, const Expr *expr, bool quiet, Value *value, uint32_t *error_line);

/* ------------------------------------------------------------------ expand */

typedef struct Successor {
    State *state;
    FindingSet events;
    uint32_t thread;
    bool progresses; /* passed a `progress` */
} Successor;

typedef struct Node {
    Successor *successors;
    uint32_t count, room; /* successors[count .. room) keep states for use again */
    FindingSet here;      /* findings of the state itself */
    bool is_end, is_dropped;
    uint32_t outcome; /* is_end */
} Node;

/* May set state->stop (an invariant that fails). */
void expand(const Model *model, State *state, Node *node);
void node_free(Node *node);
/* The initial state; findings before any step go to `events`. */
State *expand_start(const Model *model, FindingSet *events);

/* ----------------------------------------------------------------- verdict */

/* Number of the outcome with this JSON text. */
uint32_t outcome_number(const Model *model, const State *state, const char *end, bool all_ended, bool final_holds);

typedef struct Tally {
    bool is_infinite, has_livelock;
    mpz_t total, dropped;
    mpz_t *outcome_counts, *finding_counts;
    mpq_t *outcome_probabilities, *finding_probabilities;
    bool *outcome_seen, *finding_seen;
    /* With cycles: numbers may be infinite, probabilities are approximate; negative: not known. */
    bool *outcome_endless, *finding_endless;
    double *outcome_chance, *finding_chance;
    uint32_t outcome_room, finding_room;
    uint64_t nodes;
} Tally;
/* Gives back the numbered findings, outcomes and outputs. */
void outcomes_free(void);
void outputs_free(void);

Tally *tally_new(void);
void tally_free(Tally *tally);
/* `count` paths of this probability end in this outcome and meet these findings. */
void tally_add(Tally *tally, uint32_t outcome, bool dropped, const FindingSet *findings, const mpz_t count,
               const mpq_t probability);
/* With cycles: the figures of one outcome, or one finding. */
void tally_set_outcome(Tally *tally, uint32_t outcome, bool is_endless, const mpz_t count, double chance);
void tally_set_finding(Tally *tally, uint32_t finding, bool is_endless, const mpz_t count, double chance);
void tally_see_outcome(Tally *tally, uint32_t outcome);
void tally_see_findings(Tally *tally, const FindingSet *findings);
void tally_print(const Model *model, const Tally *tally);

typedef struct Limits {
    uint64_t paths;
    double seconds;
} Limits;
/* Ends the program when the time is over. */
void limits_check_time(const Limits *limits);

/* False when a state repeats on a path: the total is infinite. */
bool paths_walk(const Model *model, const Limits *limits, Tally *tally);
/* The same with sub-results shared; false as above, and then outcomes and findings are only seen, not counted. */
bool memo_walk(const Model *model, const Limits *limits, Tally *tally);

#endif
